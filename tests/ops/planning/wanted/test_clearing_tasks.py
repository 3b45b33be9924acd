"""What asks for jetting is opened by the truck or by hand, and by one of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.ids import JobId
from data.model.plan import JobKind
from ops.planning.in_force.broken_off import still_wanted
from ops.planning.prevented import prevented
from ops.planning.wanted.clearing_tasks import MOST_BLOCKED, clearing_tasks
from tests.bench.plan_sense_districts import longshan
from tests.helpers.makers import NOW, make_assignment, make_blockage, make_forecast
from tests.helpers.storm import make_storm, plan_for

STORM = make_storm()
ROAD = STORM.city.inlets_by_segment["S1"]
TRUCK = ("jetting_truck",)


def asking_for_jetting(count, is_dry=False):
    """So many inlets of a road blocked that ask for jetting, in a storm or on a dry day."""
    blocked = tuple(
        make_blockage(one.id, 2, cleared=False, remedy="jetting") for one in ROAD[:count]
    )
    rain = make_forecast({}, NOW) if is_dry else None
    return make_storm(city=replace(STORM.city, blockages=blocked), series=rain)


def asked(storm, machines=TRUCK):
    return [task for task in clearing_tasks(storm, machines, ()) if task.segment_id == "S1"]


@pytest.mark.parametrize("count", range(1, len(ROAD) + 1))
def test_in_a_storm_each_stop_can_be_jetted_or_opened_by_hand(count):
    storm = asking_for_jetting(count)
    blocked = {one.id for one in ROAD[:count]}
    groups: dict[str, list] = {}
    for task in asked(storm):
        if blocked & set(task.inlet_ids):
            groups.setdefault(task.group, []).append(task)
    assert len(groups) == -(-count // MOST_BLOCKED)
    for jet, by_hand in groups.values():
        assert (jet.kind, by_hand.kind) == (JobKind.JET, JobKind.CLEAR)
        assert jet.inlet_ids == by_hand.inlet_ids
        assert by_hand.minutes < jet.minutes
        assert by_hand.points < jet.points
    names = [task.id for task in asked(storm)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("machines", [TRUCK, ()])
@pytest.mark.parametrize("is_dry", [True, False])
def test_each_inlet_is_asked_for_once_or_in_ways_of_which_one_is_done(machines, is_dry):
    storm = asking_for_jetting(2, is_dry)
    tasks = asked(storm, machines)
    for inlet in ROAD[:2]:
        own = [task for task in tasks if inlet.id in task.inlet_ids]
        assert len(own) == 1 or (len(own) == 2 and len({task.group for task in own}) == 1)
        kinds = {task.kind for task in own}
        if machines and is_dry:
            assert kinds == {JobKind.JET}
        elif not machines:
            assert kinds == {JobKind.CLEAR}
        else:
            assert kinds == {JobKind.JET, JobKind.CLEAR}


@pytest.mark.parametrize("begun", [JobKind.JET, JobKind.CLEAR])
@pytest.mark.parametrize("is_done", [True, False])
def test_what_is_begun_in_one_way_is_wanted_in_no_other(begun, is_done):
    tasks = asked(asking_for_jetting(1))
    way, other = sorted((t for t in tasks if t.group), key=lambda task: task.kind is not begun)
    done, held = ({way.id}, set()) if is_done else (set(), {way.id})
    left = {task.id for task in still_wanted(tasks, done, held, {})}
    assert not {way.id, other.id} & left
    assert left == {task.id for task in tasks} - {way.id, other.id}


def test_what_is_opened_by_hand_but_asks_for_jetting_counts_by_half():
    storm = asking_for_jetting(1)
    jet, by_hand = (task for task in asked(storm) if task.group)
    shares = {}
    for task in (jet, by_hand):
        job = replace(
            make_assignment(task.id, "A1day@2022-07-08"),
            kind=task.kind,
            segment_id=task.segment_id,
            inlet_ids=task.inlet_ids,
            start_at=NOW,
            end_at=NOW + timedelta(minutes=30),
        )
        shares[task.kind] = prevented([job], storm)[job.job_id]
    worth = storm.worth
    ratio = worth.settings.hand_share / worth.cleared_share
    assert shares[JobKind.CLEAR] == pytest.approx(ratio * shares[JobKind.JET])


def test_the_name_of_what_is_opened_by_hand_is_that_of_none_of_the_roads_portions():
    for count in range(1, len(ROAD) + 1):
        tasks = asked(asking_for_jetting(count))
        names = [JobId.parse(task.id) for task in tasks if task.kind is JobKind.CLEAR]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(("days", "is_asked"), [(60, True), (10, False)])
def test_one_inlet_of_a_lane_is_asked_for_in_light_rain_unless_it_is_clean(days, is_asked):
    """Crews that had nothing else to do stood idle beside it."""
    city = STORM.city
    lane = replace(city.segment_by_id["S1"], importance=1, low_lying=False, guard=False)
    one = replace(ROAD[0], cleaned_on=NOW.date() - timedelta(days=days))
    city = replace(city, segments=(lane,), inlets=(one,), blockages=())
    storm = make_storm(city=city, series=make_forecast(dict.fromkeys((11, 12, 13), 1.8)))
    assert [task.inlet_ids for task in asked(storm)] == [(one.id,)] * is_asked


def test_before_a_storm_inlets_are_not_left_to_who_comes_on_duty_just_before_it():
    """Warned at 08:20 of rain at 17:00, the sample has squads that work an hour of their eight, and
    the evening's pass by the same inlets at 16:05.
    """
    rain = {17: 12.0, 18: 40.0, 19: 20.0, 20: 3.0}
    storm = make_storm(city=longshan(), series=make_forecast(rain, NOW))
    version, _ = plan_for(storm)
    opened = [job for job in version.assignments if job.kind in (JobKind.CLEAR, JobKind.JET)]
    by = NOW + timedelta(hours=5)
    assert len(opened) > 70
    assert max(job.end_at for job in opened) < by


@pytest.mark.parametrize("is_dry", [True, False])
def test_waiting_costs_a_share_of_what_is_prevented_before_a_storm_alone(is_dry):
    storm = asking_for_jetting(1, is_dry)
    share = 0 if is_dry else storm.work.wait_share
    tasks = asked(storm)
    assert tasks
    assert all(task.wait_points == round(share * task.points) for task in tasks)


@pytest.mark.parametrize("minutes_to_the_end", [60, 0])
def test_once_the_rain_is_over_what_asks_for_jetting_is_jetted_and_that_all_the_afternoon(
    minutes_to_the_end,
):
    """Two hours after a storm a grate was opened by hand, 'no time before the rain', while the
    truck stood idle; and what it did not jet until then nobody did until the next day.
    """
    before = asking_for_jetting(1)
    end = before.rain.storms[-1][1]
    now = end - timedelta(minutes=minutes_to_the_end)
    storm = make_storm(city=before.city, now=now, before=before.rain)
    tasks = [task for task in asked(storm) if ROAD[0].id in task.inlet_ids]
    assert [task.kind for task in tasks] == [JobKind.JET, JobKind.CLEAR][: 1 + (now < end)]
    assert tasks[0].spans[-1][1] == storm.after_until
    assert all(task.spans[-1][1] <= end for task in tasks[1:])
    assert len({task.group for task in tasks}) == 1
    assert (tasks[0].group is None) is (now >= end)


@pytest.mark.parametrize("is_dry", [True, False])
def test_on_a_dry_day_known_blockages_are_not_left_to_the_afternoon(is_dry):
    """The round's own pieces were worth less by the hour, and what was known to be blocked not."""
    (jet,) = [task for task in asked(asking_for_jetting(1, is_dry)) if task.kind is JobKind.JET]
    assert (jet.due_at == jet.spans[0][0] and jet.late_points > 0) is is_dry
