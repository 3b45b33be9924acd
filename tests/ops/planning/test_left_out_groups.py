"""Left out, truly: told once per cause, posts merged over time, what can be mended first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.message import Message
from data.model.plan import JobKind, Phase, UnassignedJob
from ops.base.messages import Translator
from ops.documents import labels
from ops.planning.left_out_groups import left_count, left_out_groups, why_no_unit
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.tiers import Tier
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import Reason, Slot, Unassigned, solve
from solver.plan import Detail
from tests.helpers.makers import NOW, make_alert, make_city
from tests.helpers.storm import make_storm

CITY = make_city()
HOUR = timedelta(hours=1)
OUTWEIGHED = Message("left.outweighed", {"jobs": (Message("name.text", {"text": "永宁路"}),)})
NO_LOADER = Message("left.no_kind", {"needs": (Message("machine.loader"),)})
T = Translator("zh")


def left(kind: JobKind, why=OUTWEIGHED, hour: float | None = None, **changes) -> UnassignedJob:
    phase = Phase.DURING if kind.is_post else Phase.BEFORE
    segment = changes.pop("segment_id", "S1")
    if hour is not None:
        times = {"start": NOW + hour * HOUR, "end": NOW + (hour + 1) * HOUR}
        why = Message(why.code, why.facts | times)
    job = UnassignedJob(
        job_id=f"{kind}:{segment}:{hour}:{why.code}",
        kind=kind,
        phase=phase,
        segment_id=segment,
        station_id="A",
        risk=10,
        why=why,
    )
    return replace(job, **changes)


def said(*jobs: UnassignedJob, now=None) -> list[tuple[str, str, str]]:
    return [
        (labels.left_title(T, group), labels.left_why(T, group), labels.left_places(T, group))
        for group in left_out_groups(jobs, CITY, now)
    ]


def test_a_cause_is_told_once_with_all_that_it_stops():
    after = Phase.AFTER
    jobs = (
        left(JobKind.HAUL, NO_LOADER, segment_id="S1", phase=after),
        left(JobKind.HAUL, NO_LOADER, segment_id="S2", phase=after),
        left(JobKind.FLUSH, Message("left.predecessor"), segment_id="S1", phase=after),
        left(JobKind.FLUSH, Message("left.predecessor"), segment_id="S3", phase=after),
    )
    first, second = said(*jobs)
    assert first[0] == "冲洗清扫 1 项、污泥清运 2 项"
    assert first[1] == "需装载机：全区无；可补救：调用或租用：装载机"
    assert second[0] == "冲洗清扫 1 项"


def test_the_watches_of_a_post_are_one_time_and_what_is_over_is_none():
    posts = [left(JobKind.GUARD, hour=hour) for hour in (3, 1, 2, 6)]
    ((what, _, where),) = said(*posts)
    assert what == "无人值守 1 处"
    assert "09:20—12:20" in where
    assert "14:20—15:20" in where
    ((what, _, where),) = said(*posts, now=NOW + 4 * HOUR)
    assert what == "无人值守 1 处"
    assert "14:20—15:20" in where


@pytest.mark.parametrize("kind", [JobKind.RESERVE, JobKind.GUARD, JobKind.PUMP])
def test_a_post_that_is_left_hour_by_hour_for_this_and_that_is_told_once(kind):
    not_worth, other = Message("left.not_worth"), Message("left.outweighed_alone")
    place = {"segment_id": None if kind is JobKind.RESERVE else "S1"}
    hours = [
        left(kind, why, hour, **place) for hour, why in ((1, not_worth), (2, other), (4, other))
    ]
    ((what, why, where),) = said(*hours)
    assert what.split()[1] == "1"
    assert why.startswith(T.message(other))
    assert "10:20" not in where, "hours that follow upon one another are one"
    ((_, why, _),) = said(hours[0])
    assert "不缺人" in why


@pytest.mark.parametrize("soon", ["left.no_unit_alone", "left.no_time"])
def test_the_first_hours_of_a_post_that_nobody_reaches_are_told_with_the_rest_of_it(soon):
    hours = [
        left(JobKind.GUARD, why, hour)
        for hour, why in ((1, Message(soon)), (2, Message(soon)), (3, OUTWEIGHED), (4, OUTWEIGHED))
    ]
    ((what, why, where),) = said(*hours)
    assert what == "无人值守 1 处"
    assert "永宁路" in why
    assert "09:20—13:20，11:20前没人能到" in where
    alone = said(*hours[:2], left(JobKind.GUARD, OUTWEIGHED, 6))
    assert len(alone) == 2, "it is manned in between"
    assert "没人能到" not in said(*hours[:2])[0][2], "that is its reason"


def test_what_outweighs_is_named_where_it_is_one_thing_for_all():
    other = Message("left.outweighed", {"jobs": (Message("name.text", {"text": "连阳路"}),)})
    assert "永宁路" in said(left(JobKind.CLEAR))[0][1]
    ((what, why, _),) = said(left(JobKind.CLEAR), left(JobKind.CLEAR, other, segment_id="S2"))
    assert what == "雨水口清掏 2 项"
    assert "永宁路" not in why


@pytest.mark.parametrize(
    ("kind", "mend"),
    [
        (JobKind.CLEAR, "增加班组（见“增援试算”）"),
        (JobKind.DESILT, "增加班组或吸污车（见“增援试算”）"),
        (JobKind.PUMP, "增加排水泵车（见“增援试算”）"),
        (JobKind.FLUSH, "增加冲洗车、扫路车（见“增援试算”）"),
    ],
)
def test_what_would_mend_it_is_more_of_what_its_team_takes(kind, mend):
    (group,) = left_out_groups([left(kind)], CITY)
    assert T.message(group.mend) == mend


def test_what_is_grave_comes_first_and_of_that_what_can_be_mended():
    jobs = (
        left(JobKind.CLEAR, risk=90),
        left(JobKind.CLEAR, Message("left.no_time"), risk=99),
        left(JobKind.RESERVE, hour=1, segment_id=None),
        left(JobKind.GUARD, hour=1),
        left(JobKind.GUARD, hour=1, segment_id="S3"),
        replace(left(JobKind.CLEAR), job_id="incident:4"),
    )
    groups = left_out_groups(jobs, CITY)
    assert [(group.tier, group.mend is not None) for group in groups] == [
        (Tier.WATER, True),
        (Tier.LOW_POINT, True),
        (Tier.POST, True),
        (Tier.STANDBY, True),
        (Tier.GAIN, True),
        (Tier.GAIN, False),
    ]
    assert {job for group in groups for job in group.jobs} == {job.job_id for job in jobs}


def test_who_is_missing_is_named():
    def why(*slots: Slot) -> str:
        return T.message(why_no_unit(slots, CITY))

    assert why(Slot("crane")) == T.message(
        Message("left.no_kind", {"needs": (Message("machine.crane"),)})
    )
    assert why(Slot("loader")) == "当班没有可用的装载机"
    assert why(Slot("crew", size=9)) == "当班没有可用的9人以上的班组"
    assert why_no_unit((), CITY).code == "left.no_unit_alone"


def test_an_incident_that_nobody_goes_to_is_told_as_one_and_not_among_the_posts():
    """A fallen tree was 'unmanned posts: 1', and one with the road's own watch after it."""
    tree = left(JobKind.GUARD, hour=0, job_id="incident:5")
    pump = left(JobKind.PUMP, hour=0, job_id="incident:6:pump", segment_id="S2")
    titles = [title for title, *_ in said(left(JobKind.GUARD, hour=1), tree, pump)]
    assert titles[:2] == ["险情没有人去 1 处", "险情处无排水泵车 1 处"]
    assert titles[2:] == ["无人值守 1 处"]


def test_a_post_counts_once_however_many_of_its_hours_are_left_out():
    """A plan told of 109 jobs left out where ten posts were."""
    hours = [
        left(kind, job_id=f"{kind}:{road}:0708T{hour:02}00", segment_id=road)
        for kind in (JobKind.GUARD, JobKind.PUMP)
        for road in ("S1", "S2")
        for hour in range(9, 14)
    ]
    jobs = [left(JobKind.CLEAR, job_id=f"clear:S1:{number}") for number in (1, 2)]
    waters = [left(JobKind.GUARD, job_id=f"incident:{number}:2") for number in (7, 8)]
    assert left_count(hours) == 4
    assert left_count([*hours, *jobs, *waters]) == 8
    assert left_count([]) == 0


def test_no_work_is_said_to_be_left_out_for_itself():
    """Of a road cleared in three portions one was "dropped for clearing" of that very road."""
    storm = make_storm(alerts=(make_alert(),))
    inputs = build_problem(storm, storm_tasks(storm), None)
    portions = sorted(name for name, task in inputs.tasks.items() if name.startswith("clear:S2"))
    other = "clear:S1"
    plan = solve(inputs.problem, steps=300)

    def why(*jobs: str) -> Message:
        left = Unassigned(portions[0], Reason.OUTWEIGHED, Detail(jobs=jobs))
        kept = tuple(one for one in plan.assignments if one.job != portions[0])
        _, left_out, _ = read_plan(
            inputs, replace(plan, assignments=kept, unassigned=(left,)), storm.city
        )
        return next(one.why for one in left_out if one.job_id == portions[0])

    assert len(portions) > 1
    assert why(*portions[1:]).code == "left.outweighed_alone"
    assert len(why(*portions[1:], other).facts["jobs"]) == 1
    assert why(other) == why(*portions[1:], other)
