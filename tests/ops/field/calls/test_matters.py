"""Calls about one thing are one matter: sorted as they come, split and joined by the desk."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.account import Role
from data.model.field import HELP, EventKind, Incident
from data.model.ids import JobId
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.field.calls import incidents
from ops.field.calls.incident_jobs import matter_name
from ops.field.calls.incidents import IncidentReport, IncidentSettings
from ops.field.calls.matters import Matter, is_graver, matters, maybe_same, sorting_by
from ops.field.reports import Report, take_report
from ops.field.verification import reopen
from ops.planning.wanted.incident_tasks import incident_tasks
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.incident import incident
from tests.helpers.makers import DESK, HOUR, NOW, both_databases, make_city
from tests.helpers.storm import make_storm

SORT = sorting_by(60.0, 12.0)
PLACE = (125.144, 42.902)
NEAR = (125.1445, 42.902)  # some 41 m off
FAR = (125.146, 42.902)  # some 160 m off


def sorted_in(calls: list[Incident]) -> list[Incident]:
    """The calls as they are kept when they come in this order, numbered from 1."""
    kept: list[Incident] = []
    for number, call in enumerate(calls, 1):
        still_open = [each for each in kept if each.closed_at is None]
        kept.append(replace(call, id=number, matter_id=SORT(call, still_open)[0]))
    return kept


water = st.builds(
    incident,
    kind=st.sampled_from(("standing_water", "blocked_inlet", "vehicle_in_water")),
    depth_cm=st.none() | st.floats(0, 80),
    segment_id=st.sampled_from(("S1", "S2", "S3")),
    reported_at=st.integers(0, 300).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)


@given(st.lists(water, min_size=1, max_size=12), st.randoms())
def test_the_order_of_calls_does_not_matter(calls, random):
    def seen(given: list[Incident]) -> set:
        return {
            (one.first.segment_id, one.count, one.depth_cm, one.earliest.reported_at, one.kinds)
            for one in matters(sorted_in(given))
        }

    others = list(calls)
    random.shuffle(others)
    assert seen(calls) == seen(others)
    assert len(matters(sorted_in(calls))) == len({call.segment_id for call in calls})


@given(st.lists(water, min_size=2, max_size=12), st.data())
def test_what_comes_later_moves_no_call_and_no_job(calls, data):
    known = data.draw(st.integers(1, len(calls) - 1))
    before, after = matters(sorted_in(calls[:known])), matters(sorted_in(calls))
    assert [one.id for one in before] == [one.id for one in after][: len(before)]
    for old, new in zip(before, after, strict=False):
        assert new.calls[: old.count] == old.calls
        assert (new.depth_cm or 0) >= (old.depth_cm or 0)


@given(st.lists(water, min_size=1, max_size=8))
def test_every_call_is_in_one_matter(calls):
    kept = sorted_in(calls)
    assert sorted(call.id for one in matters(kept) for call in one.calls) == [
        call.id for call in kept
    ]


FIRST = incident(id=7, kind="standing_water", depth_cm=20.0, position=PLACE)


@pytest.mark.parametrize(
    ("changes", "joins", "asks"),
    [
        ({"depth_cm": 10.0}, True, False),
        ({"depth_cm": 21.0}, True, True),
        ({"kind": "blocked_inlet", "depth_cm": None}, True, True),
        ({"kind": "fallen_tree"}, False, True),
        ({"segment_id": "S3", "position": NEAR, "depth_cm": 5.0}, True, False),
        ({"segment_id": "S3", "position": FAR}, False, True),
        ({"segment_id": "S3"}, False, True),
        ({"source": HELP, "kind": "other"}, False, True),
        ({"reported_at": NOW + 13 * HOUR}, False, True),
    ],
)
def test_a_call_joins_what_is_of_its_kind_near_and_not_long_ago(changes, joins, asks):
    call = incident(id=None, **({"kind": "standing_water"} | changes))
    assert SORT(call, [FIRST]) == (7 if joins else None, asks)


def test_what_nobody_can_tell_apart_stays_apart():
    other = incident(id=7, kind="other")
    assert SORT(replace(other, id=None), [other]) == (None, True)


def test_of_two_matters_on_a_segment_the_nearer_one_has_the_call():
    split_off = incident(id=9, kind="standing_water", depth_cm=30.0, position=FAR, matter_id=9)
    call = incident(id=None, kind="standing_water", depth_cm=25.0)
    assert SORT(replace(call, position=FAR), [FIRST, split_off])[0] == 9
    assert SORT(call, [FIRST, split_off])[0] == 7


def test_the_first_call_closed_alone_leaves_the_matter_its_number():
    second = incident(id=8, kind="standing_water", depth_cm=30.0, matter_id=7)
    (matter,) = matters([second])
    assert (matter.id, SORT(replace(second, id=None), [second])) == (7, (7, False))


def test_a_matter_says_how_many_called_how_deep_and_since_when():
    calls = [
        replace(FIRST, id=7 + n, matter_id=7, depth_cm=depth, reported_at=NOW - n * HOUR / 4)
        for n, depth in enumerate((20.0, 25.0, None))
    ]
    (matter,) = matters(calls)
    said = Translator("zh").message(matter_name(matter, make_city()))
    assert (
        said.endswith("路面积水（3个来电，最深25厘米，最早15:50）") or "3个来电，最深25厘米" in said
    )
    (task, _) = incident_tasks(replace(make_storm(), incidents=tuple(calls)))
    assert task.why[0].code == "why.matter"
    assert not is_graver(calls[0], Matter(tuple(calls[1:])))


# --- through the store


@pytest.fixture
def desk(store):
    desk = Desk(store, seconds=0.5)
    yield desk
    desk.loop.stop()


def call_in(desk, actor=DESK, **changes) -> Incident:
    told = {
        "kind": "standing_water",
        "by": "热线",
        "source": "desk",
        "reported_at": desk.now,
        "segment_id": "S2",
        "depth_cm": 20.0,
    }
    report = IncidentReport(**(told | changes))
    return incidents.report(desk.store, desk.drill, actor, report, desk.now)[0]


def open_matters(desk) -> list[tuple[int, ...]]:
    found = matters(desk.store.field.incidents(desk.drill.id, open_only=True))
    return [tuple(call.id for call in one.calls) for one in found]


def causes(desk) -> list[str]:
    return [one.cause.partition("@")[0] for one in desk.store.triggers.all(desk.drill.id)]


@both_databases
def test_thirty_calls_are_one_matter_and_ask_for_a_plan_only_when_it_gets_worse(store, drill):
    store.replace_city(make_city())
    for number in range(30):
        told = IncidentReport(
            kind="standing_water",
            by="热线",
            source="desk",
            reported_at=NOW,
            segment_id="S2",
            depth_cm=25.0 if number == 10 else 20.0,
        )
        incidents.report(store, drill, DESK, told, NOW)
    (matter,) = matters(store.field.incidents(drill.id))
    assert (matter.count, matter.depth_cm) == (30, 25.0)
    assert [one.cause for one in store.triggers.all(drill.id)] == ["incident:1", "incident:11"]
    assert incidents.close(store, drill, DESK, 4, NOW) == 30
    assert store.field.incidents(drill.id, open_only=True) == []


def test_the_desk_splits_and_joins_and_new_calls_leave_it_so(desk):
    for _ in range(3):
        call_in(desk)
    incidents.split(desk.store, desk.drill, DESK, 2, desk.now)
    call_in(desk)
    assert open_matters(desk) == [(1, 3, 4), (2,)]
    incidents.split(desk.store, desk.drill, DESK, 1, desk.now)
    assert open_matters(desk) == [(1,), (2,), (3, 4)]
    desk.wait(minutes=1)
    incidents.join(desk.store, desk.drill, DESK, 4, 2, desk.now)
    assert open_matters(desk) == [(1,), (2, 3, 4)]
    moved = desk.store.field.incidents(desk.drill.id)[3]
    assert (moved.matter_by, moved.matter_at) == (DESK.name, desk.now)
    assert causes(desk) == ["incident:1", "matter:2", "matter:3", "matter:2"]
    actions = [one.action for one in desk.store.desk.audit_log()]
    assert actions.count("sort_incidents") == 3


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda d: incidents.split(d.store, d.drill, DESK, 3, d.now), "incident.alone"),
        (lambda d: incidents.split(d.store, d.drill, DESK, 9, d.now), "incident.not_found"),
        (lambda d: incidents.join(d.store, d.drill, DESK, 1, 2, d.now), "incident.joined_already"),
        (lambda d: incidents.join(d.store, d.drill, DESK, 1, 4, d.now), "incident.not_open"),
        (lambda d: incidents.join(d.store, d.drill, DESK, 1, 5, d.now), "incident.help_alone"),
        (
            lambda d: incidents.join(
                d.store, d.drill, Actor(name="api:grid", role=Role.PLATFORM), 6, 1, d.now
            ),
            "incident.not_found",
        ),
        (
            lambda d: incidents.split(
                d.store, d.drill, Actor(name="甲", role=Role.MANAGER), 2, d.now
            ),
            "access.refused",
        ),
    ],
)
def test_what_can_not_be_split_or_joined_is_refused_with_the_reason(desk, act, why):
    call_in(desk)
    call_in(desk)
    call_in(desk, segment_id="S3")
    call_in(desk, kind="fallen_tree")
    incidents.close(desk.store, desk.drill, DESK, 4, desk.now)
    call_in(desk, kind="other", source=HELP)
    call_in(desk, kind="other", source="api:grid")
    before = desk.store.field.incidents(desk.drill.id)
    with pytest.raises(NotAllowed) as refused:
        act(desk)
    assert refused.value.code == why
    assert desk.store.field.incidents(desk.drill.id) == before


def test_a_platform_closes_its_own_call_alone_and_the_job_stays(desk):
    grid = Actor(name="api:grid", role=Role.PLATFORM)
    call_in(desk, grid, external_id="A-1")
    call_in(desk)
    assert incidents.close(desk.store, desk.drill, grid, 1, desk.now) == 1
    assert open_matters(desk) == [(2,)]
    storm = replace(
        make_storm(), incidents=tuple(desk.store.field.incidents(desk.drill.id, open_only=True))
    )
    assert [task.id for task in incident_tasks(storm)] == ["incident:1", "incident:1:pump"]


def test_work_reported_done_closes_all_its_calls_and_opened_anew_they_are_open(desk):
    desk.paste(YELLOW)
    for _ in range(3):
        call_in(desk, kind="blocked_inlet", depth_cm=None)
    desk.loop.answer()
    plan = desk.store.plans.current(desk.drill.id)
    job = next(work for work in plan.assignments if JobId.parse(work.job_id).incident_id)
    desk.wait(minutes=30)
    said = Report(
        event_id="tap-clear-1",
        version=plan.number,
        station_id=job.station_id,
        kind=EventKind.CLEAR,
        job_id=job.job_id,
    )
    take_report(desk.store, desk.drill, DESK, said, desk.now)
    assert open_matters(desk) == []
    desk.wait(minutes=1)
    reopen(desk.store, desk.drill, DESK, job.job_id, "又堵", desk.now)
    assert open_matters(desk) == [(1, 2, 3)]


def test_settings_that_would_make_late_work_worthless_are_refused():
    with pytest.raises(ValueError, match="waiting_share"):
        IncidentSettings(waiting_share=1.0)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({}, {}, True),
        ({"kind": "fallen_tree"}, {}, False),
        ({"kind": "other"}, {}, True),
        ({"kind": "blocked_inlet"}, {}, True),
        ({"position": PLACE}, {"position": FAR}, True),
        ({"position": PLACE}, {"position": (125.15, 42.902)}, False),
        ({"segment_id": "S3"}, {}, False),
        ({"reported_at": NOW - 13 * HOUR}, {}, False),
        ({"source": HELP}, {}, False),
    ],
)
def test_what_may_be_the_same_is_proposed_by_place_kind_and_time(first, second, same):
    one = replace(incident(**({"kind": "standing_water"} | first)), id=1)
    two = replace(incident(**({"kind": "standing_water"} | second)), id=2)
    matter, other = Matter((one,)), Matter((two,))
    city = make_city()
    assert maybe_same(matter, [other, matter], city, 250.0, 12.0) == ((other,) if same else ())
    assert bool(maybe_same(other, [matter], city, 250.0, 12.0)) is same
