"""Who is not sent where he said no. A station that refuses all is off duty: it has no power, no
people, no way out, and other work would not be done either. A crew that refuses a post refuses it
for as long as it was told to stay there, by whatever names the hours of it are asked for. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.city import City
from data.model.field import EventKind, FieldEvent, Outage
from data.model.ids import JobId
from data.model.plan import Assignment, PlanVersion
from ops.field.progress import homes, own_jobs
from ops.field.reporting import AT_WORK

MOST_LOOKED_AT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffDuty:
    """A station taken to be off duty since it refused all, and until when unless it is heard of."""

    station_id: str
    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPost:
    """Crews and machines (own ids) that refused a post, and the time that they were told of."""

    watch: JobId
    start: datetime
    end: datetime
    by: frozenset[str]

    def holds(self, job_id: str, start: datetime, end: datetime) -> bool:
        """Whether it is of this part of a watch too."""
        is_then = self.start < end and start < self.end
        return is_then and JobId.parse(job_id).watch == self.watch


def refused_posts(
    events: Iterable[FieldEvent], versions: Mapping[int, PlanVersion], city: City, now: datetime
) -> tuple[RefusedPost, ...]:
    """The posts still to come that were refused, and not accepted since.

    Parameters
    ----------
    versions
        Those that the events speak of, by number.
    """
    home, found = homes(city), dict[tuple[int, str, str], RefusedPost]()
    for event in sorted(events, key=lambda event: (event.happened_at, event.event_id)):
        key = event.version, event.job_id or "", event.station_id
        if event.kind is EventKind.ACCEPT:
            found.pop(key, None)
        version = versions.get(event.version)
        if event.kind is not EventKind.REFUSE or version is None:
            continue
        job = next((one for one in version.assignments if one.job_id == event.job_id), None)
        if job is not None and job.kind.is_post and job.end_at > now:
            own = (one.resource_id for one in job.members)
            found[key] = RefusedPost(
                watch=JobId.parse(job.job_id).watch,
                start=job.start_at,
                end=job.end_at,
                by=frozenset(
                    one for one in own if home.get(one, job.station_id) == event.station_id
                ),
            )
    return tuple(found.values())


def stations_off(
    events: Iterable[FieldEvent],
    versions: Mapping[int, PlanVersion],
    city: City,
    now: datetime,
    hours: float,
    freeze_minutes: float,
) -> tuple[OffDuty, ...]:
    """The stations that have refused their whole sheet, or each of several jobs that were to set
    out within the freeze horizon, in the city's order.

    Parameters
    ----------
    versions
        Those that the events speak of, by number.
    hours
        How long it holds; a tap of the station at work, or the desk's word, ends it before; 0:
        never.
    """
    told: dict[str, list[FieldEvent]] = {}
    for event in sorted(events, key=lambda event: (event.happened_at, event.event_id)):
        if now - MOST_LOOKED_AT <= event.happened_at <= now:
            told.setdefault(event.station_id, []).append(event)
    found = (
        _off(station.id, told.get(station.id, ()), versions, city, hours, freeze_minutes)
        for station in city.stations
    )
    return tuple(off for off in found if off and now < off.until)


def _off(
    station_id: str,
    events: Iterable[FieldEvent],
    versions: Mapping[int, PlanVersion],
    city: City,
    hours: float,
    freeze_minutes: float,
) -> OffDuty | None:
    off: OffDuty | None = None
    refused: dict[int, set[str]] = {}
    for event in events:
        if event.kind in AT_WORK:
            off, refused = None, {}
        if event.kind is not EventKind.REFUSE:
            continue
        refused.setdefault(event.version, set()).add(event.job_id or "")
        if _is_all(
            refused[event.version], versions.get(event.version), event, city, freeze_minutes
        ):
            since = off.since if off else event.happened_at
            until = event.happened_at + timedelta(hours=hours)
            off = OffDuty(
                station_id=station_id, since=since, until=until, reason=event.reason or ""
            )
    return off


def _is_all(
    refused: set[str],
    version: PlanVersion | None,
    event: FieldEvent,
    city: City,
    freeze_minutes: float,
) -> bool:
    """Whether the sheet is refused as a whole, or every job of it that was to set out soon; a
    single one says nothing of the others.
    """
    if "" in refused:
        return True
    if version is None:
        return False
    until = event.happened_at + timedelta(minutes=freeze_minutes)
    soon = {
        job.job_id
        for job in own_jobs(version, event.station_id, city).values()
        if job.end_at > event.happened_at and _leaves(job) <= until
    }
    return len(soon) > 1 and soon <= refused


def _leaves(job: Assignment) -> datetime:
    return min((member.leave_at for member in job.members), default=job.start_at)


def as_outages(off: Iterable[OffDuty], city: City, operation_id: int) -> Iterator[Outage]:
    """Every crew and machine of these stations as out of action."""
    for each in off:
        for resource in city.resource_by_id.values():
            if resource.station_id == each.station_id:
                yield Outage(
                    operation_id=operation_id,
                    resource_id=resource.id,
                    from_at=each.since,
                    to_at=each.until,
                    by=each.station_id,
                    reason=each.reason,
                )
