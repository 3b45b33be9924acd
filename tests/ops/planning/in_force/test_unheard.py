"""Silence is no consent: what a station that works from paper was to do is wanted once more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.message import Message
from data.model.plan import JobKind
from ops.field.progress import Progress, Stage
from ops.planning.in_force.time_triggers import due_causes
from ops.planning.in_force.work_in_progress import split_past_and_running
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.unheard import WHY, with_doubt
from tests.helpers.makers import make_assignment, make_version
from tests.helpers.storm import make_storm

STORM = make_storm()
CLEAR = next(task for task in storm_tasks(STORM) if task.kind is JobKind.CLEAR)
JOB = replace(
    make_assignment(CLEAR.id, "A1day@2022-07-08"),
    segment_id=CLEAR.segment_id,
    inlet_ids=CLEAR.inlet_ids,
)
END = JOB.end_at


def after(minutes: int, job=JOB, **changes):
    """The storm so long after the job's end, and the plan in force."""
    current = make_version(1, assignments=(job,), rain=STORM.rain)
    return replace(STORM, now=END + timedelta(minutes=minutes), **changes), current


def is_past(storm, current) -> bool:
    past, held = split_past_and_running(current, storm)
    return any(job.job_id == JOB.job_id for job in (*past, *held.values()))


@pytest.mark.parametrize(
    ("minutes", "stage", "again"),
    [
        (119, Stage.OPEN, False),
        (120, Stage.OPEN, True),
        (120, Stage.ACCEPTED, True),
        (120, Stage.CLEARED, False),
    ],
)
def test_nobodys_word_after_two_hours_asks_again(minutes, stage, again):
    told = Progress(stage=stage, since=END if stage is Stage.CLEARED else None)
    storm, current = after(minutes, progress={JOB.job_id: told})
    asked = list(due_causes(current, storm.city, storm.progress, (), storm.now, overdue_minutes=20))

    assert is_past(storm, current) is not again
    assert any(CLEAR.id in str(cause) for cause in asked) is again


def test_it_is_asked_a_second_time_at_half_its_worth_with_its_doubt_and_not_a_third_time():
    storm, current = after(120)
    again = next(task for task in with_doubt([CLEAR], current, storm) if task.id == CLEAR.id)
    assert again.why[0] == Message(WHY, {"at": END})
    assert again.points == CLEAR.points // 2

    second = replace(JOB, why=again.why)
    storm, current = after(600, second)
    assert is_past(storm, current)
    assert with_doubt([CLEAR], current, storm)[0].why[0] == again.why[0], "it keeps its doubt"


def test_on_a_dry_day_and_where_the_bureau_says_never_silence_is_left_alone():
    dry = replace(STORM.rain, storms=(), onset_at=None, end_at=None)
    storm, current = after(300, rain=dry)
    assert is_past(storm, current)
    storm, current = after(300, work=replace(STORM.work, silence_minutes=0))
    assert is_past(storm, current)
