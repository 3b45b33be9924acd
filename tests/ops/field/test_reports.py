"""What stations report: checked against version and station, kept once, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.account import Role
from data.model.field import EventKind
from data.model.notice import NoticeState
from data.model.plan import PlanState
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.field.progress import Progress, Stage
from ops.field.reports import Report, take_report
from ops.planning.in_force import work_in_progress
from ops.planning.solver_input import build_problem
from ops.planning.wanted.storm_tasks import storm_tasks
from tests.helpers.makers import HOUR, NOW, both_databases, make_city, make_notice
from tests.helpers.progress import JOB, UNIT, VERSION
from tests.helpers.storm import make_storm, plan_for

CHIEF = Actor(name="甲站站长", role=Role.ADMIN)


def report(kind: str, **changes) -> Report:
    values = {
        "event_id": f"tap-{kind}-1",
        "version": 1,
        "station_id": "A",
        "kind": EventKind(kind),
        "job_id": JOB.job_id,
        "device_at": NOW,
        "reason": "缺人" if kind in ("refuse", "ask") else None,
    }
    return Report(**(values | changes))


@pytest.fixture
def ordered(store, drill):
    """A store with a version in force, and its operation."""
    store.replace_city(make_city())
    store.plans.save(
        replace(VERSION, operation_id=drill.id), [], NOW, notices=[make_notice(drill.id)]
    )
    return store, drill


@both_databases
def test_a_tap_is_kept_once_with_both_times_and_acknowledges(ordered):
    store, drill = ordered
    first = report("clear", amounts={"silt_m3": 0.4, "inlets": 6}, photo="a.jpg")
    assert take_report(store, drill, CHIEF, first, NOW + HOUR)
    assert not take_report(
        store, drill, CHIEF, report("clear", amounts={"silt_m3": 9.0}), NOW + 2 * HOUR
    )
    (event,) = store.field.events(drill.id)
    assert (event.device_at, event.server_at, event.amounts) == (
        NOW,
        NOW + HOUR,
        {"silt_m3": 0.4, "inlets": 6},
    )
    assert [one.state for one in store.outbox.notices(drill.id)] == [NoticeState.ACKNOWLEDGED]


@both_databases
@pytest.mark.parametrize("kind", ["refuse", "help", "accept"])
def test_a_refusal_and_a_call_for_help_ask_for_a_plan_once(ordered, kind):
    store, drill = ordered
    for _ in range(2):
        take_report(store, drill, CHIEF, report(kind), NOW)
    causes = [one.cause for one in store.triggers.pending(drill.id)]
    assert causes == (
        [] if kind == "accept" else ["incident:1"] if kind == "help" else ["refuse:tap-refuse-1"]
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 7}, "field.no_version"),
        ({"station_id": "Z"}, "field.no_station"),
        ({"station_id": "B"}, "field.not_yours"),
        ({"job_id": "clear:S9"}, "field.not_yours"),
        ({"job_id": None}, "field.needs_job"),
        ({"unit_id": "B2day"}, "field.no_unit"),
        ({"event_id": "x"}, "field.bad_event_id"),
        ({"event_id": "a\n" * 9}, "field.bad_event_id"),
        ({"kind": EventKind.REFUSE, "reason": "  "}, "field.needs_reason"),
        ({"kind": EventKind.VERIFY}, "field.unreadable"),
        ({"kind": EventKind.HAND_OVER}, "field.needs_unit"),
        ({"kind": EventKind.HAND_OVER, "unit_id": UNIT.id}, "field.needs_deputy"),
        ({"reason": "字" * 501}, "field.too_long"),
        ({"device_at": NOW.replace(tzinfo=None)}, "field.bad_time"),
        ({"amounts": {"silt_m3": -1.0}}, "field.bad_amount"),
        ({"amounts": {"silt_m3": float("nan")}}, "field.bad_amount"),
        ({"amounts": {"gold": 1.0}}, "field.bad_amount"),
        ({"amounts": {"silt_m3": True}}, "field.bad_amount"),
        ({"kind": EventKind.DELAY}, "field.needs_minutes"),
        ({"kind": EventKind.DELAY, "amounts": {"minutes": 0}}, "field.needs_minutes"),
        ({"kind": EventKind.DELAY, "amounts": {"minutes": 481}}, "field.bad_amount"),
        ({"kind": EventKind.DELAY, "job_id": None}, "field.needs_job"),
        ({"kind": EventKind.DEPART, "amounts": {"inlets": 1}}, "field.no_amounts"),
    ],
)
def test_what_does_not_fit_is_refused_in_clear_words_and_nothing_is_kept(ordered, changes, why):
    store, drill = ordered
    with pytest.raises(NotAllowed) as refused:
        take_report(store, drill, CHIEF, report(**({"kind": "clear"} | changes)), NOW)
    assert refused.value.code == why
    assert Translator("zh")(why, **refused.value.facts)
    assert store.field.events(drill.id) == []


def test_nobody_answers_a_draft_but_an_old_version_is_answered_late(ordered):
    store, drill = ordered
    store.plans.save(replace(VERSION, operation_id=drill.id, number=2), [], NOW)
    store.plans.save(
        replace(VERSION, operation_id=drill.id, number=3, state=PlanState.DRAFT, published_at=None),
        [],
        NOW,
    )
    assert take_report(store, drill, CHIEF, report("depart"), NOW)
    with pytest.raises(NotAllowed, match="no_version"):
        take_report(store, drill, CHIEF, report("depart", version=3), NOW)


# --- what was reported goes before the clock ---


@pytest.fixture(scope="module")
def first():
    return plan_for(make_storm())[0]


def at(job, when, **progress):
    return replace(make_storm(now=when), progress={job.job_id: Progress(**progress)})


def test_cleared_work_is_past_before_its_time_is_over_and_frees_its_team(first):
    job = next(work for work in first.assignments if work.inlet_ids)
    when = job.end_at - timedelta(minutes=1)
    past, held = work_in_progress.split_past_and_running(
        first, at(job, when, stage=Stage.CLEARED, since=when - timedelta(minutes=2))
    )
    assert job.job_id not in held
    assert next(one for one in past if one.job_id == job.job_id).end_at == when - timedelta(
        minutes=2
    )


def test_begun_work_is_under_way_past_its_time_until_the_tap_must_be_forgotten(first):
    job = next(work for work in first.assignments if work.inlet_ids)
    for late, kept in ((timedelta(minutes=10), True), (timedelta(hours=4), False)):
        when = job.end_at + late
        _, held = work_in_progress.split_past_and_running(
            first, at(job, when, stage=Stage.ON_SITE, since=job.start_at)
        )
        assert (job.job_id in held) is kept
        assert not kept or held[job.job_id].end_at > when


def test_refused_work_is_given_to_others(first):
    job = next(work for work in first.assignments if work.inlet_ids and work.kind == "clear")
    units = frozenset(member.resource_id for member in job.members)
    again, _ = plan_for(at(job, NOW, stage=Stage.REFUSED, since=NOW, refused=units), first)
    now_with = [work for work in again.assignments if work.job_id == job.job_id]
    assert not any(member.resource_id in units for work in now_with for member in work.members)
    assert now_with or job.job_id in {left.job_id for left in again.left_out}


def test_what_is_to_be_done_again_is_wanted_again(first):
    job = next(work for work in first.assignments if work.inlet_ids)
    past, held = work_in_progress.split_past_and_running(
        first, at(job, job.end_at, stage=Stage.OPEN, since=job.end_at)
    )
    assert job.job_id not in held
    assert job.job_id not in {one.job_id for one in past}


def test_reports_that_contradict_each_other_still_make_a_plan(first):
    unit = first.assignments[0].members[0].unit_id
    jobs = [
        work for work in first.assignments if unit in {member.unit_id for member in work.members}
    ]
    storm = replace(
        make_storm(now=jobs[0].start_at),
        progress={
            job.job_id: Progress(stage=Stage.ON_SITE, since=NOW) for job in first.assignments
        },
    )
    assert build_problem(storm, storm_tasks(storm), first).problem.units
