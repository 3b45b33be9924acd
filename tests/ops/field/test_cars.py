"""Kits and calls of the service cars: which cars go, what is left, what past calls say."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import Crew, Station
from data.model.field import EventKind, FieldEvent
from data.model.street.service_cars import CARS, CarriedItem, Taken
from ops.field.cars.calls import CallRecord
from ops.field.cars.kit import Kit, kits
from ops.field.cars.proposals import needed_by, proposals
from ops.planning.wanted.call_tasks import MOST_CARS, team_for
from tests.helpers.makers import NOW, make_city, make_version


def car(name, full, left=None):
    return Kit(crew_id=name, full=full, left=full if left is None else left)


def call(kind="vehicle_fire", used=(), missing=(), days=0):
    return CallRecord(
        kind=kind,
        at=NOW - timedelta(days=days),
        place="富民桥",
        used=tuple(Taken(item=i, least=a, most=b) for i, a, b in used),
        missing=tuple(Taken(item=i, least=a, most=b) for i, a, b in missing),
    )


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=6),
    st.integers(1, 12),
)
def test_as_few_cars_go_as_carry_it_together(stocks, number):
    kits = {f"C{n}": car(f"C{n}", {"extinguisher": left}) for n, left in enumerate(stocks)}
    team = team_for({"extinguisher": number}, kits, kits)
    assert 1 <= team.cars <= min(MOST_CARS, len(team.able))
    able = sorted(kits[one].left["extinguisher"] for one in team.able)
    if not team.short:
        assert sum(able[: team.cars]) >= number  # whichever of them go
    else:
        assert max(stocks) < number  # no car has it alone
        assert bool(able[0]) == any(stocks)  # who has some goes, else whoever is nearest
    assert team_for({}, kits, kits).able == frozenset(kits)


def kit_of(*said):
    """The kit of one car after these taps: number, kind, job."""
    group = Station(
        id="W", name="一组", position=(125.1, 42.9), chief="长", deputy="副", service=CARS
    )
    crew = Crew(
        id="C1", station_id="W", name="1号车", leader="甲", size=2, skills=(), shift_id="day"
    )
    city = replace(
        make_city(),
        stations=(group,),
        crews=(crew,),
        car_kit=(CarriedItem(id="K", crew_id="C1", item="rope", number=1),),
    )
    events = (
        FieldEvent(
            id=number,
            operation_id=1,
            event_id=f"tap-{number}",
            version=1,
            station_id="W",
            kind=kind,
            job_id=job,
            unit_id="C1",
            server_at=NOW + timedelta(days=number),
            by="甲",
            amounts={"rope": 1.0} if kind is EventKind.KIT_USED else {},
        )
        for number, kind, job in said
    )
    return kits(city, events)["C1"]


def test_a_way_to_put_back_is_no_earlier_one_when_the_oldest_taps_are_read_no_more():
    said, names = [], set()
    for number in range(1, 9, 2):
        said.append((number, EventKind.KIT_USED, "rescue:c1"))
        found = {kit_of(*said).since, kit_of(*said[-1:]).since, kit_of(*said[-3:]).since}
        assert len(found) == 1  # however much of what came before is known
        assert not found & names
        names |= found
        said.append((number + 1, EventKind.CLEAR, f"restock:C1:n{found.pop()}"))
        assert not kit_of(*said).short


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], []),
        ([call(used=[("extinguisher", 2, 2)])], []),
        (
            [call(used=[("extinguisher", 4, 5)]), call(used=[("extinguisher", 3, 3)], days=1)],
            [("extinguisher", 2, 5, 4, False, 2)],
        ),
        (
            [
                call("water_rescue", missing=[("rope", 1, 1)]),
                call(used=[("extinguisher", 2, 2)], missing=[("extinguisher", 2, 3)], days=4),
            ],
            [("extinguisher", 2, 5, 4, True, 1), ("rope", 0, 1, 1, True, 1)],
        ),
    ],
    ids=["nothing", "enough", "four or five", "a workman's rope"],
)
def test_what_was_taken_or_missed_is_proposed_with_the_calls_that_say_so(records, expected):
    kits = {
        "C1": car("C1", {"extinguisher": 2, "first_aid": 1}, {"extinguisher": 0, "first_aid": 1}),
        "C2": car("C2", {"extinguisher": 4, "rope": 0}),
    }
    found = proposals(kits, records)
    assert [
        (one.item, one.carried, one.number, one.least, one.missed, len(one.calls)) for one in found
    ] == expected
    assert kits["C1"].short == {"extinguisher": 2}


def test_a_call_asks_for_what_the_gravest_of_its_kind_took():
    past = [call(used=[("extinguisher", 4, 5)]), call("injury", used=[("extinguisher", 9, 9)])]
    assert needed_by("vehicle_fire", past) == {"extinguisher": 5}
    assert needed_by("vehicle_fire", []) == {"extinguisher": 1}
    assert needed_by("roadside_help", past) == {}


def test_a_kit_lacks_what_was_used_however_long_ago_until_it_is_put_back(store, drill):
    def tap(number, kind, job, days, **more):
        event = FieldEvent(
            operation_id=drill.id,
            event_id=f"tap-{number:06d}",
            version=1,
            station_id="W",
            kind=kind,
            job_id=job,
            server_at=NOW + timedelta(days=days),
            by="甲",
            **more,
        )
        store.field.save_event(event)
        return [one.event_id for one in store.field.kit_taps(drill.id)]

    store.plans.save(replace(make_version(1), operation_id=drill.id), [], NOW)
    used = {"unit_id": "C1", "amounts": {"rope": 1.0}}
    assert tap(1, EventKind.KIT_USED, "rescue:c1", 0, **used) == ["tap-000001"]
    assert tap(2, EventKind.CLEAR, "rescue:c9", 90) == ["tap-000001"]
    found = tap(3, EventKind.CLEAR, "restock:C1:n1", 91)
    assert found == ["tap-000001", "tap-000003"]
    assert tap(4, EventKind.TAKE_BACK, "restock:C1:n1", 92, about="tap-000003") == [
        "tap-000001",
        "tap-000004",
    ]
