"""Work, problem and plan: the rules of the field from both sides, and what a re-plan keeps."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import time, timedelta

import pytest

from data.model.desk import ChangeAction
from data.model.message import Message
from data.model.plan import JobKind, Phase, PlanVersion
from ops.base.messages import Translator
from ops.planning import solver_input
from ops.planning.duty_sheets import station_sheets
from ops.planning.in_force import whereabouts
from ops.planning.in_force.manual_overrides import Override
from ops.planning.left_out_groups import left_out_groups
from ops.planning.parameters import StabilitySettings
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.tasks import unassigned
from ops.risk.rain_outlook import outlook
from ops.risk.stop_work import SafetySettings, open_ground_spans, spans_without, well_spans
from tests.bench.plan_sense_districts import made_up
from tests.helpers.drawn.laws import manned_and_not
from tests.helpers.makers import NOW, local, make_alert, make_city, make_forecast
from tests.helpers.storm import make_storm, plan_for
from weather.model import Level


@pytest.fixture(scope="module")
def first() -> PlanVersion:
    return plan_for(make_storm(alerts=(make_alert(),)))[0]


def test_the_three_phases_keep_to_their_time(first):
    for work in first.assignments:
        if work.phase is Phase.BEFORE:
            assert work.start_at < local(11)
        elif work.phase is Phase.DURING:
            assert local(11) - timedelta(minutes=15) <= work.start_at
            assert work.end_at <= local(16.25)
        else:
            assert work.start_at >= local(16)
    assert {work.phase for work in first.assignments} == set(Phase) - {Phase.DRY}


@pytest.mark.parametrize(
    ("segment_id", "kind"),
    [("S1", JobKind.GUARD), ("S3", JobKind.GUARD), ("S3", JobKind.PUMP)],
)
def test_posts_are_manned_through_the_whole_storm_and_a_low_point_has_its_pump(
    first, segment_id, kind
):
    watches = sorted(
        (work.start_at, work.end_at)
        for work in first.assignments
        if work.segment_id == segment_id and work.kind is kind
    )
    assert watches[0][0] <= local(11)
    assert watches[-1][1] == local(16)
    gaps = [b[0] - a[1] for a, b in itertools.pairwise(watches)]
    assert all(timedelta(0) <= gap <= timedelta(minutes=15) for gap in gaps)


def test_machines_come_with_a_driver_and_nobody_leaves_before_the_order_is_read(first):
    for work in first.assignments:
        for member in work.members:
            assert (member.driver_id is not None) == (member.kind == "machine")
            assert member.leave_at >= NOW + timedelta(minutes=10)
            assert member.leave_at <= member.arrive_at == work.start_at


def test_flushing_and_hauling_follow_desilting(first):
    at = {work.job_id: work for work in first.assignments}
    desilted = [work for work in first.assignments if work.kind is JobKind.DESILT]
    assert desilted
    for work in first.assignments:
        if work.kind is JobKind.FLUSH:
            assert at[f"desilt:{work.segment_id}"].end_at <= work.start_at
        if work.kind is JobKind.HAUL:
            assert min(each.end_at for each in desilted) <= work.start_at


def test_nobody_goes_down_a_well_in_rain_or_under_a_warning(first):
    wells = [work for work in first.assignments if work.kind is JobKind.WELL]
    wet = [hour for hour, mm in first.rain.hours if mm > 0]
    assert wells
    for work in wells:
        assert work.start_at >= NOW + timedelta(hours=6)  # the warning's six hours
        assert not any(
            hour < work.end_at and work.start_at < hour + timedelta(hours=1) for hour in wet
        )
        assert work.members[0].unit_id.startswith(("A2", "B2"))  # the crews with the certificate


def test_wells_wait_for_the_warning_s_end_even_when_it_is_dry():
    spans = well_spans(make_storm(series=make_forecast({})).rain, (make_alert(),), NOW, local(20))
    assert spans == ((NOW + timedelta(hours=6), local(20)),)
    assert well_spans(make_storm(series=make_forecast({})).rain, (), NOW, local(20)) == (
        (NOW, local(20)),
    )


@pytest.mark.parametrize(
    ("level", "free"),
    [
        (None, [(local(9), local(11)), (local(15), local(16))]),
        (Level.BLUE, [(local(9), local(11)), (local(15), local(16))]),
        (Level.YELLOW, [(local(9), local(10)), (local(15), local(16))]),
        (Level.ORANGE, [(local(9), local(10)), (local(15), local(16))]),
        (Level.RED, [(local(9), local(10)), (local(15), local(16))]),
    ],
)
def test_open_ground_work_stops_as_the_level_orders(level, free):
    rain = outlook(make_forecast({10: 4.0, 11: 9.0, 12: 20.0, 13: 9.0, 14: 8.0}), (), None, NOW)
    alerts = (make_alert(level),) if level else ()
    assert list(open_ground_spans(rain, alerts, local(9), local(16), SafetySettings())) == free


def test_a_colour_rules_no_longer_than_its_warning_stands():
    rain = outlook(make_forecast({10: 4.0, 15: 4.0, 17: 0.5}), (), None, NOW)
    orange = (make_alert(Level.ORANGE, forecast_hours=3.0),)  # until 11:20
    assert open_ground_spans(rain, orange, local(9), local(18), SafetySettings()) == (
        (local(9), local(10)),
        (local(11), local(18)),
    )


def test_spans_without_takes_out_overlaps_and_keeps_order():
    blocked = [
        (local(10), local(12)),
        (local(11), local(13)),
        (local(8), local(8.5)),
        (local(15), local(20)),
    ]
    assert spans_without(blocked, local(9), local(16)) == (
        (local(9), local(10)),
        (local(13), local(15)),
    )
    assert spans_without([(local(8), local(20))], local(9), local(16)) == ()


def test_work_that_no_time_is_left_for_is_told_and_not_dropped():
    """A red warning that stands for days: nobody clears, and that is said."""
    red = (make_alert(Level.RED, forecast_hours=60.0),)
    storm = make_storm(alerts=red, series=make_forecast({9: 30.0, 10: 30.0}), now=local(8.95))
    version, inputs = plan_for(storm)
    assert {left.why.code for left in inputs.no_time} == {"left.no_time"}
    assert {left.kind for left in inputs.no_time} >= {JobKind.CLEAR}
    assert {left.job_id for left in inputs.no_time} <= {left.job_id for left in version.left_out}


def test_work_under_way_is_kept_to_the_minute_and_work_behind_us_is_not_asked_for_again(first):
    under_way = min(
        (work for work in first.assignments if work.phase is Phase.BEFORE), key=lambda w: w.start_at
    )
    now = under_way.start_at + timedelta(minutes=1)
    storm = make_storm(alerts=(make_alert(),), now=now, before=first.rain)
    second, inputs = plan_for(storm, first)
    kept = next(work for work in second.assignments if work.job_id == under_way.job_id)
    assert kept == replace(under_way, state="under_way")
    assert under_way.job_id in {pin.job for pin in inputs.problem.pinned}
    third, _ = plan_for(
        make_storm(alerts=(make_alert(),), now=under_way.end_at, before=first.rain), second
    )
    past = next(work for work in third.assignments if work.job_id == under_way.job_id)
    assert past == replace(under_way, state="past")


@pytest.mark.parametrize("minutes", [1, 40, 90])
def test_what_follows_on_work_that_is_begun_or_done_is_done_still(first, minutes):
    """Roads are rinsed and loads driven away once the silt is out: with the first spade in it the
    rinsing was called off, for want of time as it said.
    """
    begins = min(work.start_at for work in first.assignments if work.kind is JobKind.DESILT)
    now = begins + timedelta(minutes=minutes)
    storm = make_storm(alerts=(make_alert(),), now=now, before=first.rain)
    second, inputs = plan_for(storm, first)
    follows = (JobKind.FLUSH, JobKind.HAUL)
    known = [work.job_id for work in first.assignments if work.kind in follows]
    assert any(
        work.state != "planned" for work in second.assignments if work.kind is JobKind.DESILT
    )
    assert len(known) > 1
    assert {work.job_id for work in second.assignments} >= set(known)
    assert not [left for left in inputs.no_time if left.kind in follows]


def test_a_plan_made_again_for_the_same_storm_stays_as_it_is(first):
    later = NOW + timedelta(minutes=1)
    second, _ = plan_for(make_storm(alerts=(make_alert(),), now=later, before=first.rain), first)
    was = {work.job_id: {m.unit_id for m in work.members} for work in first.assignments}
    now = {work.job_id: {m.unit_id for m in work.members} for work in second.assignments}
    assert sum(was.get(job) == team for job, team in now.items()) >= 0.95 * len(now)


def test_a_plan_that_can_t_go_on_is_followed_by_one_that_begins_anew(first, caplog, monkeypatch):
    """Whatever a version holds, the loop is never without a plan; it is told in the log."""

    def refused(current, storm):
        if current is not None:
            raise ValueError("jobs[1].id: is already that of jobs[0]")
        return real(current, storm)

    real = whereabouts.split_past_and_running
    monkeypatch.setattr(whereabouts, "split_past_and_running", refused)
    storm = make_storm(alerts=(make_alert(),), now=local(12), before=first.rain)
    version, _ = plan_for(storm, first)
    assert any(job.kind is JobKind.GUARD for job in version.assignments)
    assert "a new one begins" in caplog.text


def test_rain_that_comes_early_calls_open_ground_work_back(first):
    under_way = max(
        (w for w in first.assignments if w.kind is JobKind.CLEAR), key=lambda w: w.end_at
    )
    now = under_way.start_at + timedelta(minutes=1)
    hour = int((now - local(0)) / timedelta(hours=1))
    storm = make_storm(
        alerts=(make_alert(),),
        now=now,
        series=make_forecast({hour: 30.0, hour + 1: 30.0}, now),
        before=first.rain,
    )
    second, inputs = plan_for(storm, first)
    assert under_way.job_id not in inputs.held
    again = [work for work in second.assignments if work.job_id == under_way.job_id]
    assert all(work.start_at >= local(hour + 2) for work in again)


LATE_RAIN = make_forecast({14: 9.0, 15: 18.0, 16: 9.0})


def test_a_break_falls_inside_its_window_and_outside_all_work():
    version, _ = plan_for(make_storm(series=LATE_RAIN))
    of_day = [rest for rest in version.rests if "day@" in rest.unit_id]
    assert of_day
    for rest in of_day:
        assert local(11) <= rest.start_at
        assert rest.end_at <= local(13)
        assert not rest.at_post
        for work in version.assignments:
            if rest.unit_id in {member.unit_id for member in work.members}:
                assert rest.end_at <= work.start_at or work.end_at <= rest.start_at


def test_who_is_at_a_post_when_it_is_time_to_eat_eats_there_and_not_before_the_rain(first):
    """Its window is 11 to 13, the rain begins at 11: the hours before it are for opening inlets."""
    at_work = {
        member.unit_id
        for work in first.assignments
        if work.start_at < local(13) and local(11) < work.end_at
        for member in work.members
        if "day@" in member.unit_id
    }
    eating = [rest for rest in first.rests if "day@" in rest.unit_id]
    assert at_work
    assert {rest.unit_id for rest in eating} == at_work
    assert all(rest.at_post and rest.start_at == local(11) for rest in eating)


def test_units_of_a_shift_may_hand_over_within_their_margin_only(first):
    for work in first.assignments:
        for member in work.members:
            if member.unit_id.endswith("day@2022-07-08"):
                assert work.end_at <= local(16.5)
            if "late@" in member.unit_id:
                assert member.leave_at >= local(15.5)


def test_a_machine_without_driver_stays_in():
    city = make_city()
    bare = replace(city, drivers=tuple(d for d in city.drivers if d.machine_id != "M-pump_truck"))
    version, _ = plan_for(make_storm(city=bare, alerts=(make_alert(),)))
    assert not [work for work in version.assignments if work.kind is JobKind.PUMP]
    assert "left.no_unit_for" in {
        left.why.code for left in version.left_out if left.kind is JobKind.PUMP
    }


def test_that_nobody_is_on_duty_in_the_storm_is_told_once_and_who_would_mend_it():
    """Tomorrow's crews fit each post: that is not 'nobody meets the need', and not seven lines."""
    whole = make_city()
    by_day = [one for one in whole.crews if one.shift_id == "day"]
    drivers = tuple(one for one in whole.drivers if one.shift_id == "day")
    city = replace(whole, crews=tuple(by_day), drivers=drivers)
    night = make_forecast(dict.fromkeys(range(22, 26), 15.0), local(21))
    version, _ = plan_for(make_storm(city=city, series=night, now=local(21)))
    posts = [one for one in version.left_out if one.kind in (JobKind.GUARD, JobKind.RESERVE)]
    assert posts
    assert {one.why.code for one in posts} == {"left.no_unit_for"}
    people = {repr(one.why.facts["needs"]) for one in posts}
    told = left_out_groups(posts, city)
    assert len(told) == len(people)
    assert all(one.mend and one.mend.code == "mend.call_in" for one in told)


def test_a_dry_day_gives_upkeep_only():
    version, _ = plan_for(make_storm(series=make_forecast({})))
    assert version.assignments
    assert {work.phase for work in (*version.assignments, *version.left_out)} == {Phase.DRY}


def test_work_of_a_dry_day_that_goes_on_into_a_storm_is_told_in_a_phase_of_that():
    dry, _ = plan_for(make_storm(series=make_forecast({})))
    begun = min(work.start_at for work in dry.assignments)
    later = make_storm(now=begun + timedelta(minutes=1))
    version, _ = plan_for(later, dry)
    assert {work.job_id for work in version.assignments if work.start_at <= later.now}
    assert Phase.DRY not in {work.phase for work in (*version.assignments, *version.left_out)}


def test_the_round_of_a_dry_day_is_shared_out_over_the_crews_and_left_out_nowhere():
    """One crew did twelve pieces of fourteen while seven sat at their stations."""
    city = made_up(31, crews=12, records=60)()
    version, _ = plan_for(make_storm(city=city, series=make_forecast({})))
    by_crew = Counter(
        member.resource_id
        for job in version.assignments
        if job.kind is JobKind.CLEAR
        for member in job.members
    )
    assert not [left for left in version.left_out if left.kind is JobKind.CLEAR]
    assert max(by_crew.values()) <= 0.6 * by_crew.total(), by_crew


@pytest.mark.parametrize("reason", ["left.no_unit_for", "left.unexamined", "left.outweighed"])
def test_whoever_has_nothing_to_do_gets_what_was_left_out_however_little_it_prevents(reason):
    dry = make_storm(series=make_forecast({}))
    version, inputs = plan_for(dry)
    small = {name for name, task in inputs.tasks.items() if task.points < StabilitySettings().add}
    left = tuple(unassigned(task, Message(reason), inputs.storms) for task in inputs.tasks.values())
    nothing_done = replace(version, assignments=(), rests=(), left_out=left)
    again = plan_for(dry, nothing_done)[0]
    assert small
    assert small <= {work.job_id for work in again.assignments}


def test_a_plan_for_a_district_that_was_replaced_does_not_stand_in_the_way(first):
    segments = tuple(replace(segment, id=f"new-{segment.id}") for segment in make_city().segments)
    city = make_city(segments=segments, inlets=(), blockages=())
    second, inputs = plan_for(
        make_storm(city=city, alerts=(make_alert(),), now=local(9), before=first.rain), first
    )
    assert inputs.held == {}
    assert {work.segment_id for work in second.assignments} <= {
        None,
        *(segment.id for segment in segments),
    }


def test_plans_made_again_all_through_a_shift_keep_their_breaks_and_stay_legal():
    version, _ = plan_for(make_storm(series=LATE_RAIN))
    before = version.rain
    for hour in (8.45, 11.2, 12.5, 14.0, 16.2):
        version, _ = plan_for(make_storm(series=LATE_RAIN, now=local(hour), before=before), version)
        before = version.rain
    day = [
        rest
        for rest in version.rests
        if rest.unit_id.endswith("day@2022-07-08") or rest.start_at < local(16)
    ]
    crews = {rest.unit_id for rest in day if rest.unit_id[1] in "12"}
    assert len(crews) >= 3
    assert len({rest.unit_id for rest in day}) == len(day), "nobody's break is told twice"


def test_a_machine_is_at_one_place_at_a_time_whoever_drives_it(first):
    spans = {}
    for work in first.assignments:
        for member in work.members:
            if member.kind == "machine":
                spans.setdefault(member.resource_id, []).append(
                    (member.leave_at, work.end_at, member.driver_id)
                )
    assert {driver for span in spans["M-pump_truck"] for driver in span[2:]} == {"D-pump_truck-day"}
    for stays in spans.values():
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(sorted(stays)))


def test_a_driver_is_relieved_where_the_machine_stands():
    storm = make_storm(series=make_forecast(dict.fromkeys(range(14, 19), 9.0)))
    version, _solver_input = plan_for(storm)
    pumping = sorted(
        (work.start_at, work.members[0])
        for work in version.assignments
        if work.kind is JobKind.PUMP
    )
    assert {member.unit_id for _, member in pumping} == {"M-pump_truck@24h"}
    assert {member.driver_id for _, member in pumping} == {"D-pump_truck-day", "D-pump_truck-late"}
    assert all(
        member.driver_id == ("D-pump_truck-late" if start >= local(16) else "D-pump_truck-day")
        for start, member in pumping
    )
    assert all(member.leave_at == start for start, member in pumping[1:]), "it stays where it is"


def test_watches_are_cut_where_shifts_change():
    city = make_city(
        shifts=tuple(
            replace(
                shift,
                start=time((shift.start.hour + 7) % 24),
                end=time((shift.end.hour + 7) % 24),
                break_minutes=0,
            )
            for shift in make_city().shifts
        )
    )
    watches = [work for work in storm_tasks(make_storm(city=city)) if work.kind is JobKind.GUARD]
    cuts = {span[0] for work in watches for span in work.spans}
    assert local(15) in cuts
    assert len({work.id for work in watches}) == len(watches)


def test_what_was_ordered_minutes_ago_may_still_set_out_as_told(first):
    again, _ = plan_for(
        make_storm(alerts=(make_alert(),), now=NOW + timedelta(minutes=7), before=first.rain), first
    )
    was = {
        (work.job_id, member.unit_id): member.leave_at
        for work in first.assignments
        for member in work.members
    }
    soon = [key for key, at in was.items() if at <= NOW + timedelta(minutes=15)]
    now = {
        (work.job_id, member.unit_id): member.leave_at
        for work in again.assignments
        for member in work.members
    }
    assert soon
    assert sum(now.get(key) == was[key] for key in soon) >= 0.8 * len(soon)


def test_a_portion_is_short_enough_for_short_notice():
    storm = make_storm(series=make_forecast({9: 9.0}), now=local(8.4))
    clearing = [work for work in storm_tasks(storm) if work.kind is JobKind.CLEAR]
    assert clearing
    assert all(work.minutes <= 25 for work in clearing)
    version, _ = plan_for(storm)
    assert any(
        work.kind is JobKind.CLEAR and work.end_at <= local(9) for work in version.assignments
    )


@pytest.mark.parametrize("rain", [{9: 40.0}, {9: 40.0, 15: 30.0}])
def test_clearing_is_told_by_the_hour_that_it_got(rain):
    """No sheet says "before the rain at 09:00" of work at noon."""
    version, _ = plan_for(make_storm(series=make_forecast(rain), now=local(8.9)))
    cleared = [job for job in version.assignments if job.kind is JobKind.CLEAR]
    assert any(job.start_at > local(9) for job in cleared)
    for job in cleared:
        codes = {why.code for why in job.why}
        if job.phase is not Phase.BEFORE:
            assert "why.before" not in codes
        for why in job.why:
            if why.code == "why.before":
                assert why.facts["onset"] > job.start_at


def test_a_post_that_is_left_unmanned_is_told_with_its_time():
    city = make_city(crews=())
    version, _ = plan_for(make_storm(city=city, alerts=(make_alert(),)))
    posts = [
        left for left in version.left_out if left.phase is Phase.DURING and left.segment_id == "S1"
    ]
    starts = [local(hour) for hour in (10.75, 12, 13, 14, 15)]
    assert [left.why.facts["start"] for left in posts] == starts
    merged, *_ = left_out_groups(posts, city)
    t = Translator("zh")
    assert t.message(merged.what[0]) == "无人值守 1 处"
    assert "10:45—" in t.message(merged.places[0])
    assert "12:00" not in t.message(merged.places[0]), "one post, one time"


def test_nobody_is_told_that_a_post_is_unmanned_while_its_guard_comes():
    """A piece of the watch that begins with a change of shift was told as left for all its time."""
    city = make_city()
    day, *others = city.shifts
    (crew,) = (one for one in city.crews if one.id == "B1day")
    shifts = (replace(day, end=time(20), break_minutes=0), *others)
    city = replace(city, shifts=shifts, crews=(crew,), machines=(), drivers=())
    storm = make_storm(city, series=make_forecast({16: 8.0, 17: 18.0}), now=local(15.5))
    first, _ = plan_for(storm)
    (post,) = (job for job in first.assignments if job.segment_id == "S3" and job.kind.is_post)
    (member,) = post.members
    comes = local(15.8)
    member = replace(member, leave_at=storm.now + timedelta(minutes=10), arrive_at=comes)
    post = replace(post, start_at=comes, members=(member,))
    before = replace(first, assignments=(post,))
    after, _ = plan_for(replace(storm, now=local(15.72)), before)
    assert list(manned_and_not(after)) == []
    assert [job for job in after.assignments if job.segment_id == "S3" and job.kind.is_post]


def test_a_driver_s_sheet_holds_the_breaks_of_his_own_shift_alone():
    city = make_city(
        shifts=(
            *make_city().shifts[:1],
            *(
                replace(
                    shift,
                    break_minutes=30,
                    break_from=time((shift.start.hour + 2) % 24),
                    break_to=time((shift.start.hour + 5) % 24),
                )
                for shift in make_city().shifts[1:]
            ),
        )
    )
    version, _ = plan_for(make_storm(city=city, alerts=(make_alert(),)))
    sheets = [
        unit for sheet in station_sheets(version, city) for unit in sheet.units if unit.machine_kind
    ]
    assert any(unit.rests for unit in sheets)
    for unit in sheets:
        hours = {(rest.start_at - local(0)) / timedelta(hours=1) % 24 for rest in unit.rests}
        start = unit.shift.start.hour
        assert all(start <= hour < start + 8 for hour in hours), unit.unit_id


def test_what_is_not_worth_its_ways_is_said_to_be_so_and_asks_for_nobody_more():
    """The flusher and the sweeper are free; to rinse the roads prevents next to nothing."""
    storm = make_storm()
    storm = replace(storm, work=replace(storm.work, flush_gain_km=0.001))

    version, _ = plan_for(storm)

    (group,) = [
        each
        for each in left_out_groups(version.left_out, storm.city)
        if any(job.startswith(JobKind.FLUSH) for job in each.jobs)
    ]
    assert (group.why.code, group.mend) == ("left.not_worth", None)


@pytest.mark.parametrize("kind", [JobKind.GUARD, JobKind.PUMP, JobKind.RESERVE])
@pytest.mark.parametrize("minutes", [0, 7, 40])
def test_an_order_of_the_desk_holds_while_its_team_stands_at_the_post(first, kind, minutes):
    post = next(work for work in first.assignments if work.kind is kind)
    order = Override(
        number=1,
        job_id=post.job_id,
        action=ChangeAction.LOCK,
        by="王",
        at=NOW,
        start=post.start_at,
        units=tuple(member.unit_id for member in post.members),
    )
    storm = make_storm(alerts=(make_alert(),), now=post.start_at + timedelta(minutes=minutes))
    inputs = solver_input.build_problem(storm, storm_tasks(storm), first, overrides=[order])
    assert not inputs.given_up
    pins = {pin.job: pin.units for pin in inputs.problem.pinned}
    assert pins[post.job_id] == order.units


def test_who_eats_at_the_post_eats_once_he_stands_there():
    """Its window is 11 to 13; the rain begins at noon, and until then they open inlets."""
    version, _ = plan_for(make_storm(series=make_forecast({12: 8.0, 13: 18.0, 14: 12.0})))
    eating = [rest for rest in version.rests if rest.at_post and "day@" in rest.unit_id]
    assert eating
    for rest in eating:
        posts = [
            work
            for work in version.assignments
            if work.kind.is_post and rest.unit_id in {member.unit_id for member in work.members}
        ]
        assert min(work.start_at for work in posts) <= rest.start_at
        assert rest.end_at == local(13)
