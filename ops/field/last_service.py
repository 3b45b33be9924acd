"""When each road was last served: its inlets cleaned, a blockage cleared, or the field's word that
it is done. Pure.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.field import EventKind, FieldEvent


def last_served(
    city: City, events: Iterable[FieldEvent], segment_of: Mapping[str, str | None]
) -> dict[str, datetime]:
    """When each segment was last served, by segment; one that nothing is known of is not in it.

    Parameters
    ----------
    events
        What the field reported.
    segment_of
        The segments of the jobs that events speak of, by job.
    """
    zone = ZoneInfo(city.district.time_zone)
    served: dict[str, datetime] = {}

    def at(segment_id: str | None, instant: datetime) -> None:
        if segment_id is not None:
            served[segment_id] = max(instant, served.get(segment_id, instant))

    for inlet in city.inlets:
        if inlet.cleaned_on:
            at(inlet.segment_id, datetime.combine(inlet.cleaned_on, time(), zone))
    for blockage in city.blockages:
        blocked = city.inlet_by_id.get(blockage.inlet_id)
        if blocked and blockage.cleared_at:
            at(blocked.segment_id, blockage.cleared_at)
    for event in events:
        if event.kind is EventKind.CLEAR:
            at(segment_of.get(event.job_id or ""), event.happened_at)
    return served
