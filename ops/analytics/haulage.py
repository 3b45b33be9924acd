"""What was driven away, by truck and dump site, and what gardens got: as reported. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from data.model.field import FieldEvent
from data.model.ids import JobId, UnitId
from data.model.plan import JobKind
from ops.field.done_words import done_words


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
    groups: dict[tuple[str, str, bool], list[float | None]] = {}
    for *_, event in done_words(events):
        job_id = event.job_id or ""
        if not _is_trip(job_id):
            continue
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
    """The silt told of work that takes it out, by the last word of each job: neither what is told
    again nor what is emptied again is counted twice.
    """
    last = (words[-1] for words in done_words(events))
    return sum(one.amounts.get("silt_m3", 0.0) for one in last if not _is_trip(one.job_id or ""))


def inlets_cleared(events: Iterable[FieldEvent]) -> int:
    """How many inlets the crews say that they have cleared, by the last word of each job."""
    return round(sum(words[-1].amounts.get("inlets", 0) for words in done_words(events)))


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
