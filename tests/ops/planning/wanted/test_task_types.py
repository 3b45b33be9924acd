"""What each kind of task needs is the same, whoever asks for it."""

from dataclasses import replace

import pytest

from data.model.desk import ChangeAction
from data.model.field import EventKind, FieldEvent, Incident
from data.model.plan import JobKind, Phase
from ops.planning.context import Storm
from ops.planning.in_force.manual_overrides import Override, applied
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.rework_tasks import Rework, with_rework
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.task_types import ADDED_BY_HAND, TASK_TYPES, minutes_of, team_of
from tests.helpers.makers import NOW, local, make_assignment, make_forecast
from tests.helpers.storm import make_storm

DRY = make_storm(series=make_forecast({}))


def by_hand(storm: Storm, kind: JobKind):
    order = Override(
        number=1,
        job_id="hand:1",
        action=ChangeAction.ADD,
        by="值班员",
        at=NOW,
        kind=kind,
        segment_id="S1",
        minutes=30,
    )
    ((task,), _) = applied((), [order], storm, None)
    return task


def opened_anew(storm: Storm, kind: JobKind):
    job = replace(make_assignment(f"{kind}:S1"), kind=kind, segment_id="S1")
    event = FieldEvent(
        operation_id=1,
        event_id="again",
        version=1,
        station_id="A",
        kind=EventKind.REOPEN,
        job_id=job.job_id,
        server_at=NOW,
        by="值班员",
    )
    (task,) = with_rework((), [Rework(job=job, minutes=20, event=event)], storm)
    return task


@pytest.mark.parametrize("asked", [by_hand, opened_anew])
@pytest.mark.parametrize("kind", [JobKind.DESILT, JobKind.JET])
def test_what_is_two_hours_late_has_lost_more_than_at_a_quarter_and_is_still_worth_it(asked, kind):
    task = asked(DRY, kind)
    lost = [min(task.late_most, task.late_points * 60 * late) for late in (5, 15, 60, 120)]
    assert lost == sorted(set(lost))
    assert task.points > task.late_most


def of_incident(storm: Storm, kind: str = "blocked_inlet"):
    incident = Incident(
        id=7,
        operation_id=1,
        kind=kind,
        segment_id="S1",
        source="desk",
        reported_at=storm.now,
        received_at=storm.now,
        by="热线",
    )
    (task,) = incident_tasks(replace(storm, incidents=(incident,)))
    return task


def test_every_kind_is_in_the_table_and_its_fallbacks_end_in_a_post():
    assert set(TASK_TYPES) == set(JobKind)
    for kind, needs in TASK_TYPES.items():
        assert (needs.minutes is None) == kind.is_post
        fallback = needs.fallback
        while fallback and TASK_TYPES[fallback].fallback:
            fallback = TASK_TYPES[fallback].fallback
        assert fallback is None or fallback.is_post
    assert JobKind.WELL not in ADDED_BY_HAND


@pytest.mark.parametrize("kind", ADDED_BY_HAND)
def test_what_is_added_by_hand_has_the_team_that_the_storm_asks_for(kind):
    added = by_hand(make_storm(), kind)
    assert added.needs == team_of(kind, make_storm())
    same = [
        task
        for task in storm_tasks(make_storm())
        if task.kind is kind and kind is not JobKind.HAUL  # a tank needs no loader
    ]
    assert all(task.needs == added.needs for task in same)


@pytest.mark.parametrize(
    ("storm", "phase"),
    [
        (DRY, Phase.DRY),
        (make_storm(), Phase.BEFORE),
        (make_storm(now=local(12.5), before=make_storm().rain), Phase.DURING),
    ],
    ids=["dry", "ahead", "raining"],
)
def test_what_comes_up_is_of_the_phase_that_it_comes_up_in_whoever_brings_it(storm, phase):
    assert by_hand(storm, JobKind.CLEAR).phase is phase
    assert of_incident(storm).phase is phase
    assert of_incident(storm, "missing_cover").phase is phase


def test_a_post_lasts_as_long_as_it_is_asked_for():
    with pytest.raises(ValueError, match="post"):
        minutes_of(JobKind.GUARD, DRY)


def test_a_well_is_entered_by_as_many_as_the_settings_say():
    storm = replace(DRY, safety=replace(DRY.safety, well_people=5))
    (need,) = team_of(JobKind.WELL, storm)
    assert (need.people, need.skills) == (5, ("confined_space",))
