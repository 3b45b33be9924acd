"""The response level: a warning's colour proposes it, an officer orders it, and what it asks
changes the plan.

What a level changes is kept apart from the ordinary work: more posts (``at_level`` marks their
roads), more reserves and no upkeep (``tasks_at_level``), crews that are called in
(``Storm.all_hands``, see ``duty_times``).
"""

from dataclasses import replace

from data.model.city import City, LevelRule
from data.model.ids import JobId
from data.model.plan import JobKind, Phase, RainOutlook
from ops.planning.tasks import Task


def at_level(city: City, rule: LevelRule | None) -> City:
    """The city as the level asks: its key roads marked as posts."""
    if rule is None:
        return city
    segments = tuple(
        replace(segment, guard=segment.guard or segment.importance >= rule.guard_from)
        for segment in city.segments
    )
    return replace(city, segments=segments)


def tasks_at_level(
    tasks: tuple[Task, ...], rule: LevelRule | None, rain: RainOutlook
) -> tuple[Task, ...]:
    """The works that the level asks for: as many reserves at each station as it says, and upkeep
    only where it goes on.
    """
    if rule is None:
        return tasks
    remaining = [
        task for task in tasks if rule.routine or rain.onset_at or task.phase is not Phase.BEFORE
    ]
    copies = {JobKind.RESERVE: range(rule.reserves)}
    return tuple(
        replace(task, id=str(JobId.parse(task.id).numbered(number + 1)))
        for task in remaining
        for number in copies.get(task.kind, range(1))
    )
