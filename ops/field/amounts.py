"""What was told of the work done: litres, cubic metres, inlets. Pure."""

from collections.abc import Collection, Iterable, Mapping

from data.model.field import OF_A_KIT, EventKind, FieldEvent

_OF_NO_WORK = (EventKind.DELAY, *OF_A_KIT)


def amounts_of(events: Iterable[FieldEvent], jobs: Collection[str]) -> Mapping[str, float]:
    """The amounts of these jobs together: of each the last that was told counts."""
    last: dict[str, dict[str, float]] = {}
    for event in sorted(events, key=lambda one: (one.happened_at, one.event_id)):
        if event.job_id in jobs and event.job_id and event.kind not in _OF_NO_WORK:
            last.setdefault(event.job_id, {}).update(event.amounts)
    total: dict[str, float] = {}
    for told in last.values():
        for name, amount in told.items():
            total[name] = total.get(name, 0.0) + amount
    return total
