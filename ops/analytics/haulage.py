"""What was driven away, by truck and dump site, and what gardens got: as reported. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from data.model.field import EventKind, FieldEvent
from data.model.ids import JobId, UnitId
from data.model.plan import JobKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Haul:
    """What one truck has emptied at one place.

    Attributes
    ----------
    to
        The dump site's id, or the garden's.
    trips, untold
        Visits reported done, and those of them with no amount.
    m3
        What was told.
    """

    machine_id: str
    to: str
    is_garden: bool
    trips: int
    untold: int
    m3: float


def hauls(events: Iterable[FieldEvent]) -> tuple[Haul, ...]:
    """One for each truck and place, of the visits reported done; of each the last word counts, and
    one opened again is not done.
    """
    last: dict[str, FieldEvent] = {}
    for event in sorted(events, key=lambda one: (one.happened_at, one.event_id)):
        if not event.job_id or not _is_trip(event.job_id):
            continue
        if event.kind is EventKind.CLEAR:
            last[event.job_id] = event
        elif event.kind is EventKind.REOPEN:
            last.pop(event.job_id, None)
    groups: dict[tuple[str, str, bool], list[float | None]] = {}
    for job_id, event in last.items():
        key = _machine(job_id, event), _place(job_id), _is_garden(job_id)
        groups.setdefault(key, []).append(event.amounts.get("silt_m3"))
    return tuple(
        Haul(
            machine_id=machine,
            to=place,
            is_garden=is_garden,
            trips=len(told),
            untold=told.count(None),
            m3=round(sum(one or 0.0 for one in told), 2),
        )
        for (machine, place, is_garden), told in sorted(groups.items())
    )


def taken_out_m3(events: Iterable[FieldEvent]) -> float:
    """The silt told of work that takes it out: what is emptied again is not counted twice."""
    return sum(
        event.amounts.get("silt_m3", 0.0)
        for event in events
        if not (event.job_id and _is_trip(event.job_id))
    )


def _is_trip(job_id: str) -> bool:
    return _is_garden(job_id) or JobId.parse(job_id).trip is not None


def _is_garden(job_id: str) -> bool:
    return JobId.parse(job_id).source == JobKind.GARDEN


def _place(job_id: str) -> str:
    parts = JobId.parse(job_id).parts
    return parts[0] if _is_garden(job_id) else parts[1]


def _machine(job_id: str, event: FieldEvent) -> str:
    if _is_garden(job_id):
        return UnitId.parse(event.unit_id).resource_id if event.unit_id else ""
    return JobId.parse(job_id).parts[0]
