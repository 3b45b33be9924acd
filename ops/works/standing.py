"""What was told of each work, folded. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from data.model.street.works import Work, WorkEvent, WorkStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a work stands, as reported; ``None``: nobody said."""

    started_on: date | None = None
    finished_on: date | None = None
    days_left: int | None = None
    withdrawn: bool = False
    agreed_after: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is to come."""
        return self.withdrawn or self.finished_on is not None

    @property
    def is_under_way(self) -> bool:
        """Whether it was begun and nobody has reported its end."""
        return self.started_on is not None and not self.is_over


def standings(
    works: Iterable[Work], events: Iterable[WorkEvent], zone: ZoneInfo
) -> dict[str, Standing]:
    """Each work's standing by its id; of events about no known work nothing follows."""
    found = {work.id: Standing() for work in works}
    for event in that_count(events):
        if event.work_id in found:
            found[event.work_id] = _after(found[event.work_id], event, zone)
    return found


def that_count(events: Iterable[WorkEvent]) -> tuple[WorkEvent, ...]:
    """What was told and not taken back."""
    events = tuple(events)
    back = {(one.work_id, one.number) for one in events if one.step is WorkStep.BACK}
    return tuple(
        one for one in events if one.step is not WorkStep.BACK and (one.work_id, one.id) not in back
    )


def _after(before: Standing, event: WorkEvent, zone: ZoneInfo) -> Standing:
    day = event.at.astimezone(zone).date()
    match event.step:
        case WorkStep.STARTED:
            return replace(
                before, started_on=before.started_on or day, finished_on=None, withdrawn=False
            )
        case WorkStep.DAYS_LEFT:
            return replace(before, days_left=event.number)
        case WorkStep.FINISHED:
            return replace(before, started_on=before.started_on or day, finished_on=day)
        case WorkStep.WITHDRAWN:
            return replace(before, withdrawn=True)
        case WorkStep.AFTER:
            return replace(before, agreed_after=(*before.agreed_after, event.other or ""))
    return before


def as_agreed(works: Iterable[Work], standing: Mapping[str, Standing]) -> tuple[Work, ...]:
    """The works with what agencies have agreed of their order."""
    return tuple(
        replace(work, after=tuple(dict.fromkeys((*work.after, *standing[work.id].agreed_after))))
        for work in works
    )
