"""What works under way close and slow, as any other closure of a street. Pure."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.street.streets import Closure
from data.model.street.works import Passage, WorkEvent, WorkStep
from ops.ways.closures import SLOW, WORKS, stretch_name
from ops.works.standing import standings, that_count


def work_closures(city: City, events: Iterable[WorkEvent], operation_id: int) -> Iterator[Closure]:
    """The stretches of road that works close or slow which were begun and whose end nobody has
    reported. Who works there gets in on foot.
    """
    events = that_count(events)
    standing = standings(city.works, events, ZoneInfo(city.district.time_zone))
    begun = {event.work_id: event for event in events if event.step is WorkStep.STARTED}
    for work in city.works:
        segment = city.segment_by_id.get(work.segment_id or "")
        is_in_the_way = work.passage != Passage.OPEN and standing[work.id].is_under_way
        if segment is None or not is_in_the_way:
            continue
        yield Closure(
            operation_id=operation_id,
            name=stretch_name(segment),
            line=segment.line,
            speed_share=SLOW if work.passage == Passage.SLOWED else 0.0,
            reason=work.name,
            from_at=begun[work.id].at,
            by=begun[work.id].by,
            source=WORKS,
            external_id=work.id,
        )
