"""Which cars may go to which call, and what waiting for them costs."""

from dataclasses import replace
from datetime import time, timedelta

from data.model.city import Crew, Shift, Station
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID
from ops.base.messages import Translator
from ops.field.cars.kit import Kit
from ops.field.cases.standing import standing_of
from ops.planning.wanted.call_tasks import CarFacts, call_tasks
from ops.planning.wanted.case_tasks import case_tasks
from tests.helpers.makers import NOW, make_city
from tests.helpers.storm import make_storm
from tests.helpers.street_case import street_case


def town(service=CARS):
    """The small district with a group of two crews, and a machine that is the group's too."""
    city = make_city()
    group = Station(
        id="W", name="一组", position=(125.139, 42.899), chief="长", deputy="副", service=service
    )
    shift = Shift(id="car", name="全天", start=time(0), end=time(23, 59))
    first = Crew(
        id="W1", station_id="W", name="1号车", leader="甲", size=2, skills=(), shift_id="car"
    )
    machines = tuple(
        replace(one, station_id="W") if one.kind == "sweeper" else one for one in city.machines
    )
    return replace(
        city,
        stations=(*city.stations, group),
        shifts=(*city.shifts, shift),
        crews=(*city.crews, first, replace(first, id="W2", name="2号车")),
        machines=machines,
    )


def case(number: int, kind: str, hours: float = 1):
    due = NOW + timedelta(hours=hours)
    return standing_of(street_case(id=number, kind=kind, by="122", owner="W", due_at=due), ())


def may_go(cases, **extinguishers):
    """By case, which cars may go."""
    storm = replace(make_storm(), city=town())
    kits = {
        car: Kit(crew_id=car, full={"extinguisher": n}, left={"extinguisher": n})
        for car, n in extinguishers.items()
    }
    tasks = call_tasks(storm, CarFacts(cases=cases, kits=kits))
    return {
        task.id: sorted(set(storm.city.resource_by_id) - task.not_by)
        for task in tasks
        if task.kind == "rescue"
    }


def test_two_calls_do_not_count_on_the_same_extinguisher():
    fires = (case(1, "vehicle_fire"), case(2, "vehicle_fire"))
    assert may_go(fires, W1=1, W2=0) == {"rescue:c1": ["W1"], "rescue:c2": ["W1", "W2"]}
    assert may_go(fires, W1=2, W2=0) == {"rescue:c1": ["W1"], "rescue:c2": ["W1"]}
    assert may_go(fires, W1=1, W2=1) == {"rescue:c1": ["W1", "W2"], "rescue:c2": ["W1", "W2"]}


def test_the_graver_call_is_first_served_from_the_kits():
    calls = (case(1, "roadside_help"), case(2, "vehicle_fire"))
    assert may_go(calls, W1=1, W2=0) == {"rescue:c1": ["W1", "W2"], "rescue:c2": ["W1"]}


def test_an_errand_two_hours_late_counts_more_than_one_a_quarter_late():
    storm = replace(make_storm(), city=town(GRID))
    (task,) = case_tasks(storm, (case(1, "street_lamp"),))
    lost = [min(task.late_most, task.late_points * 60 * late) for late in (15, 60, 120)]
    assert lost == sorted(set(lost))
    assert task.points > task.late_most  # late is better than never


def test_a_call_of_which_nothing_more_was_said_tells_nothing_more():
    storm = replace(make_storm(), city=town())
    kits = {"W1": Kit(crew_id="W1", full={})}
    quiet = case(1, "roadside_help")
    spoken = replace(quiet, case=replace(quiet.case, id=2, text="爆胎"))
    tasks = call_tasks(storm, CarFacts(cases=(quiet, spoken), kits=kits))
    said = {task.id: Translator().message(task.why[0]) for task in tasks}
    assert said["rescue:c1"].endswith("）")
    assert said["rescue:c2"].endswith("）爆胎")
