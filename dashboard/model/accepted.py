"""Which decisions to leave work out the desk has taken note of and accepts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from data.model.city import City
from data.model.field import EventKind, FieldEvent
from data.model.ids import EventId
from data.model.plan import PlanVersion
from ops.planning.left_out_groups import LeftOutGroup, left_out_groups

LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Who accepted it, and when."""

    by: str
    at: datetime


def about(group: LeftOutGroup, number: int) -> str:
    """What the desk's note is about that accepts what the version of this number leaves out."""
    return str(EventId(LEFT_OUT, f"{group.name}@{number}"))


def acceptances(
    groups: Iterable[LeftOutGroup],
    events: Iterable[FieldEvent],
    version_of: Callable[[int], PlanVersion | None],
    city: City,
) -> dict[str, Acceptance]:
    """The groups, by their names, of which nothing is left out that was not when they were
    accepted; a job more, and the desk is asked again.

    Parameters
    ----------
    version_of
        Finds a version by its number.
    """
    groups = tuple(groups)
    found: dict[str, Acceptance] = {}
    for event in events:
        if event.kind is not EventKind.NOTE:
            continue
        meant = (one for one in groups if about(one, event.version) == event.about)
        group = next(meant, None)
        version = version_of(event.version) if group else None
        if group is None or version is None:
            continue
        then = left_out_groups(version.left_out, city)
        known = {job for one in then if one.name == group.name for job in one.jobs}
        if known.issuperset(group.jobs):
            found[group.name] = Acceptance(by=event.by, at=event.happened_at)
    return found
