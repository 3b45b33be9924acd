"""Workload: the hours are those of the assignments, the night and the overtime a part of them, and
limits are kept.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from data.model.ids import UnitId
from data.model.operation import LevelOrder, TriggerKind
from data.model.plan import Member, UnitKind
from data.model.roster import Rotation
from ops.analytics.case import CLOCKS, Case
from ops.analytics.time_kpis import ResponseSettings
from ops.analytics.workload import (
    DAY,
    MONTH,
    WorkInterval,
    WorkloadSettings,
    crew_workloads,
    spread,
    work_intervals,
)
from tests.helpers.makers import HOUR, NOW, make_city

CITY = make_city(crews=make_city().crews[:3])
CREW = CITY.crews[0].id
MIDNIGHT = NOW.replace(hour=16, minute=0) - timedelta(days=1)  # 00:00 of 8 July in the district
ALWAYS = (NOW - timedelta(days=99), NOW + timedelta(days=99))


def interval(
    start: float, end: float, crew: str = CREW, called: bool = False, day: str = "2022-07-08"
) -> WorkInterval:
    return WorkInterval(
        crew_id=crew,
        unit_id=f"{crew}{'+' if called else ''}@{day}",
        start_at=MIDNIGHT + start * HOUR,
        end_at=MIDNIGHT + end * HOUR,
        reported=False,
    )


def workload_of(*worked: WorkInterval, orders=(), period=ALWAYS, crew: str = CREW, **limits):
    found = crew_workloads(
        worked, orders, CITY, period, WorkloadSettings(**limits), ResponseSettings()
    )
    return next(one for one in found if one.crew_id == crew)


def case(
    state: str = "open", reopened: bool = False, kind: UnitKind = UnitKind.CREW, **clocks: float
) -> Case:
    member = Member(
        unit_id=f"{CREW}+@2022-07-08",
        kind=kind,
        resource_id=CREW,
        driver_id=None,
        leave_at=NOW,
        arrive_at=NOW + HOUR / 4,
    )
    at = {name: NOW + hours * HOUR for name, hours in clocks.items()}
    return Case(
        cause="x",
        cause_kind=TriggerKind.MANUAL,
        job_id="j",
        members=(member,),
        state=state,
        clocks=tuple(at.get(name) for name in CLOCKS),
        planned_start=NOW + HOUR / 4,
        planned_end=NOW + HOUR,
        reopened=reopened,
    )


@pytest.mark.parametrize(
    ("one", "now", "spans"),
    [
        (case(), 2, [(0, 1, False)]),
        (case(), 0.9, []),
        (case(departed=0.5, cleared=3), 4, [(0.5, 3, True)]),
        (case(departed=0.5), 0.75, [(0.5, 0.75, True)]),
        (case(on_site=0.5), 4, [(0.5, 1, True)]),
        (case(reopened=True, departed=0.5, cleared=9), 10, [(0, 1, False)]),
        (case(state="withdrawn"), 2, []),
        (case(kind=UnitKind.MACHINE), 2, []),
    ],
)
def test_hours_are_reported_ones_else_planned_and_past(one, now, spans):
    assert [
        ((each.start_at - NOW) / HOUR, (each.end_at - NOW) / HOUR, each.reported)
        for each in work_intervals([one], NOW + now * HOUR)
    ] == spans
    assert {each.crew_id for each in work_intervals([one], NOW + now * HOUR)} <= {CREW}, (
        "called in, it is the same crew"
    )


def test_the_night_is_from_ten_to_six_and_a_turn_counts_once():
    workload = workload_of(interval(-3, -1), interval(0, 1), interval(5, 7))
    assert (workload.hours, workload.night_hours, workload.nights) == (5, 3, 1)
    assert workload_of(interval(-2, -1.5), interval(1, 2, day="2022-07-09")).nights == 2
    assert workload_of(interval(6, 22)).night_hours == 0


def test_overtime_over_the_limits_is_told_with_its_day_and_exemption():
    order = LevelOrder(id=1, operation_id=1, level="II", by="x", at=MIDNIGHT)
    ended = LevelOrder(id=2, operation_id=1, level=None, by="x", at=MIDNIGHT + 24 * HOUR)
    worked = (
        interval(1, 4.5, called=True),
        interval(25, 29, called=True, day="2022-07-09"),
        interval(9, 16),
        interval(50, 52, called=True, day="2022-07-10"),
    )
    workload = workload_of(*worked, orders=(order, ended))
    assert [(one.span, one.when, one.hours, one.level) for one in workload.violations] == [
        (DAY, "2022-07-08", 3.5, "II"),
        (DAY, "2022-07-09", 4.0, None),
    ]
    assert (workload.calls, workload.overtime_hours, workload.unusual_days) == (3, 9.5, 1)
    assert not workload_of(interval(1, 4, called=True)).violations, "three hours are allowed"
    month = workload_of(*worked, day_hours=5, month_hours=9).violations
    assert [(one.span, one.when, one.hours) for one in month] == [(MONTH, "2022-07", 9.5)]
    assert not workload_of(
        *worked, period=(MIDNIGHT + 48 * HOUR, MIDNIGHT + 72 * HOUR)
    ).violations, "not in this period"


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"day_hours": 25.0}, {"usual_day_hours": 4.0}, {"month_hours": -1.0}]
)
def test_limits_that_can_t_be_are_refused(wrong):
    with pytest.raises(ValueError, match="must lie"):
        WorkloadSettings(**wrong)


SHIFT_ENDS = {"day": 16, "late": 24, "night": 8}
WORKED = some.lists(
    some.builds(
        lambda start, length, crew, called: interval(
            start / 60, (start + length) / 60, crew, called
        ),
        some.integers(-600, 2000),
        some.integers(1, 500),
        some.sampled_from([one.id for one in CITY.crews]),
        some.booleans(),
    ),
    max_size=6,
)


@given(WORKED, some.integers(-600, 1000), some.integers(1, 2000))
def test_each_minute_counts_once_as_a_plain_count_has_it(worked, begin, length):
    period = MIDNIGHT + begin * HOUR / 60, MIDNIGHT + (begin + length) * HOUR / 60
    for workload in crew_workloads(
        worked, (), CITY, period, WorkloadSettings(), ResponseSettings()
    ):
        mine = [one for one in worked if one.crew_id == workload.crew_id]

        def minutes(of: list[WorkInterval]) -> set[datetime]:
            return {
                one.start_at + n * HOUR / 60
                for one in of
                for n in range(round((one.end_at - one.start_at) / HOUR * 60))
                if period[0] <= one.start_at + n * HOUR / 60 < period[1]
            }

        every, called = minutes(mine), minutes([one for one in mine if "+" in one.unit_id])
        over = MIDNIGHT + SHIFT_ENDS[CITY.crew_by_id[workload.crew_id].shift_id] * HOUR
        usual = [one for one in mine if "+" not in one.unit_id]
        called |= {at for at in minutes(usual) if at >= over}
        night = {
            at
            for at in every
            if ((at - MIDNIGHT) / HOUR) % 24 < 6 or ((at - MIDNIGHT) / HOUR) % 24 >= 22
        }
        assert workload.hours * 60 == pytest.approx(len(every))
        assert workload.overtime_hours * 60 == pytest.approx(len(called))
        assert workload.night_hours * 60 == pytest.approx(len(night))


@given(
    some.lists(
        some.tuples(some.integers(1, 90), some.sampled_from([one.id for one in CITY.crews])),
        max_size=12,
    )
)
def test_one_work_after_another_adds_up_to_the_sum_over_assignments(lengths):
    worked = [
        interval(n * 2, n * 2 + minutes / 60, crew) for n, (minutes, crew) in enumerate(lengths)
    ]
    found = crew_workloads(worked, (), CITY, ALWAYS, WorkloadSettings(), ResponseSettings())
    assert sum(workload.hours for workload in found) == pytest.approx(
        sum(minutes for minutes, _ in lengths) / 60
    )
    assert {workload.crew_id for workload in found} == {crew.id for crew in CITY.crews}, (
        "who has not worked is counted too"
    )


@given(some.lists(some.floats(0, 400), min_size=1, max_size=9))
def test_gini_is_half_the_mean_difference(hours):
    total, n = sum(hours), len(hours)
    plain = (
        sum(abs(a - b) for a in hours for b in hours) / (2 * n * total) if total > 1e-6 else None
    )
    found = spread(hours)
    assert plain is None or found.gini == pytest.approx(plain, abs=1e-9)
    assert (found.most, found.least) == (max(hours), min(hours))
    assert spread([hours[0]] * n).gini == pytest.approx(0, abs=1e-12)
    assert spread([]).gini == 0


def squad(number: int, people: int, start: float, end: float, called: bool = False) -> WorkInterval:
    unit = UnitId(CREW, "2022-07-08", number, called)
    return replace(interval(start, end, called=called), unit_id=str(unit), people=people)


def test_a_crew_s_hours_are_those_of_its_people():
    """Three of it, then two."""
    both = workload_of(squad(1, 3, 9, 11), squad(2, 2, 9, 11))
    assert both.hours == pytest.approx(2)
    turns = workload_of(squad(1, 3, 9, 11), squad(2, 2, 11, 13), squad(2, 2, 13, 14))
    assert turns.hours == pytest.approx((3 * 2 + 2 * 3) / 5)
    assert workload_of(squad(1, 2, 9, 12)).hours == pytest.approx(2), "one of the three has rested"
    assert workload_of(squad(1, 3, 1, 2), squad(2, 2, 3, 4)).nights == 1
    late = workload_of(squad(1, 3, 17, 19), squad(2, 2, 19, 21.5))
    assert late.overtime_hours == pytest.approx((3 * 2 + 2 * 2.5) / 5)
    assert not late.violations, "nobody had more than three hours"
    over = workload_of(squad(1, 3, 17, 19), squad(2, 2, 17, 20.5))
    assert [one.hours for one in over.violations] == [3.5]


def test_overtime_is_paid_by_the_day_it_lies_in():
    """Friday 8 July, Saturday; 1 October is a public holiday."""
    rotation = Rotation(id="w", pattern=("5-2",), anchor=date(2022, 1, 1))
    weekly = replace(CITY.crew_by_id[CREW], rotation_id="w")
    city = replace(CITY, crews=(weekly,), rotations=(rotation,))
    october = MIDNIGHT + timedelta(days=85)
    worked = (
        interval(15, 18),
        interval(30, 33, called=True),
        replace(
            interval(0, 1, called=True), start_at=october + 9 * HOUR, end_at=october + 10 * HOUR
        ),
    )
    for tables, paid in ((city, ((150, 2), (200, 3), (300, 1))), (CITY, ((150, 5), (300, 1)))):
        period = (MIDNIGHT, october + 48 * HOUR)
        found = crew_workloads(worked, (), tables, period, WorkloadSettings(), ResponseSettings())
        (own,) = (one for one in found if one.crew_id == CREW)
        assert dict(own.overtime_pay) == pytest.approx(dict(paid))


def test_a_crew_that_the_tables_no_longer_know_is_not_forgotten():
    assert workload_of(replace(interval(0, 2), crew_id="gone"), crew="gone").hours == 2


def test_missed_work_is_nobodys_hours():
    worked = case()
    assert len(work_intervals([worked], ALWAYS[1])) == 1
    assert work_intervals([replace(worked, untold=True)], ALWAYS[1]) == ()
