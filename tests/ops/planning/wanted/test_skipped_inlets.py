"""An inlet that a crew left is asked for again when its reason is gone, and not before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.field import EventKind, FieldEvent
from data.model.plan import JobKind
from ops.planning.in_force.portions import with_told_inlets
from ops.planning.parameters import WorkSettings
from ops.planning.wanted.skipped_inlets import skipped_inlets
from ops.planning.wanted.storm_tasks import storm_tasks
from tests.helpers.makers import NOW, make_assignment, make_version
from tests.helpers.storm import make_storm

STORM = make_storm()
CLEAR = next(task for task in storm_tasks(STORM) if task.kind is JobKind.CLEAR)
INLET = CLEAR.inlet_ids[0]
RAIN = (NOW - timedelta(hours=1), NOW + timedelta(hours=5))


def word(kind: EventKind, reason: str | None = None, minutes: int = 0) -> FieldEvent:
    at = NOW + timedelta(minutes=minutes)
    return FieldEvent(
        event_id=f"{kind}-{minutes}",
        operation_id=1,
        version=1,
        station_id="A",
        kind=kind,
        job_id=CLEAR.id,
        inlet_id=INLET,
        reason=reason,
        by="张",
        device_at=at,
        server_at=at,
    )


@pytest.mark.parametrize(
    ("reason", "storms", "again"),
    [
        ("car_on_it", (RAIN,), NOW + timedelta(minutes=60)),
        ("traffic", (RAIN,), NOW + timedelta(minutes=120)),
        ("unsafe", (RAIN,), RAIN[1]),
        ("unsafe", (), NOW + timedelta(minutes=120)),
        ("welded", (RAIN,), None),
        ("not_found", (), None),
    ],
)
def test_each_reason_has_its_own_time(reason, storms, again):
    left = word(EventKind.INLET_SKIPPED, reason)
    assert skipped_inlets([left], storms, WorkSettings()) == {INLET: again}
    for kind in (EventKind.INLET_CLEARED, EventKind.INLET_OPEN, EventKind.INLET_BLOCKED):
        assert not skipped_inlets([word(kind, minutes=5), left], storms, WorkSettings())


def test_what_is_welded_shut_is_asked_for_by_nobody():
    storm = replace(STORM, skipped={INLET: None})
    assert not any(INLET in task.inlet_ids for task in storm_tasks(storm))


def test_what_a_car_stood_on_is_work_of_its_own_later_and_stays_so_when_it_was_told():
    since = NOW + timedelta(minutes=60)
    storm = replace(STORM, skipped={INLET: since})
    clearing = [task for task in storm_tasks(storm) if task.kind is JobKind.CLEAR]
    (again,) = (task for task in clearing if INLET in task.inlet_ids)
    assert again.id != CLEAR.id
    assert again.inlet_ids == (INLET,)
    assert all(start >= since for start, _ in again.spans)

    jobs = (
        replace(
            make_assignment(task.id, "A1day@2022-07-08"),
            segment_id=task.segment_id,
            inlet_ids=task.inlet_ids,
        )
        for task in (CLEAR, again)
    )
    told = with_told_inlets(clearing, make_version(1, assignments=tuple(jobs)), storm)
    assert [task.id for task in told if INLET in task.inlet_ids] == [again.id]
