"""Silt lies under the grates: what is cleared for the storm takes none of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.city import Inspection, InspectionResult
from data.model.plan import JobKind
from ops.planning.in_force.portions import with_told_inlets
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.risk.segment_risk import EXPECTED
from tests.helpers.makers import NOW, make_assignment, make_version
from tests.helpers.storm import make_storm

STORM = make_storm()


def silt_of(storm):
    return {
        task.id: (task.points, task.minutes, task.inlet_ids)
        for task in storm_tasks(storm)
        if task.kind in (JobKind.DESILT, JobKind.FLUSH, JobKind.HAUL)
    }


def cleared(hours: float):
    """The storm with every inlet of the town cleared so long ago."""
    at = NOW - timedelta(hours=hours)
    inspections = tuple(
        Inspection(inlet_id=inlet.id, at=at, result=InspectionResult.CLEANED)
        for inlet in STORM.city.inlets
    )
    return make_storm(city=replace(STORM.city, inspections=inspections))


def test_what_is_cleared_for_a_storm_changes_nothing_of_the_silt_after_it():
    assert silt_of(STORM)
    assert silt_of(cleared(hours=1)) == silt_of(STORM)
    assert silt_of(cleared(hours=48)) != silt_of(STORM)


def test_a_stop_for_the_silt_keeps_the_inlets_whose_grates_were_cleared():
    storm = cleared(hours=0)
    task = next(task for task in storm_tasks(storm) if task.kind is JobKind.DESILT)
    job = make_assignment(task.id, "A1day@2022-07-08")
    told = replace(job, kind=task.kind, segment_id=task.segment_id, inlet_ids=task.inlet_ids)
    current = make_version(1, assignments=(told,))
    assert with_told_inlets((task,), current, storm) == (task,)


@pytest.mark.parametrize("kind", [JobKind.DESILT, JobKind.CLEAR, JobKind.GUARD, JobKind.PUMP])
@pytest.mark.parametrize("is_told", [True, False])
def test_that_no_water_is_to_be_feared_is_no_reason_for_anything(is_told, kind):
    """With the rain all but over the sheet said: prevents 0 of 0."""
    risks = tuple(replace(one, score=50 * is_told) for one in STORM.risks)
    storm = replace(STORM, risks=risks)
    tasks = [task for task in storm_tasks(storm) if task.kind is kind]
    assert tasks
    for task in tasks:
        assert any(why.code == EXPECTED for why in task.why) is is_told
