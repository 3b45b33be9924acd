"""The beats of a service by hour: a row for each place, a column for each hour, the visits in both.
Pure.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.ids import JobId
from data.model.plan import Assignment, JobKind, UnassignedJob
from ops.base.messages import Translator
from ops.base.naming import beat_of, member_names
from ops.documents import labels
from ops.documents.tables import Table

Visits = defaultdict[str, dict[datetime, list[tuple[datetime, str]]]]
"""By place and hour: when each visit is and what is said of it."""


def beats_table(
    visits: Iterable[tuple[str, Assignment]],
    left_out: Iterable[UnassignedJob],
    city: City,
    t: Translator,
) -> Table | None:
    """Who looks at which place in which hour, and what nobody looks at; ``None`` without a visit.

    Parameters
    ----------
    visits
        Each with a sign for how it stands, or none.
    """
    found: Visits = defaultdict(lambda: defaultdict(list))
    zone = ZoneInfo(city.district.time_zone)
    for sign, job in visits:
        if job.kind is JobKind.PATROL:
            _add(found, job.job_id, job.start_at.astimezone(zone), _visit(sign, job, city, t))
    for one in left_out:
        if one.kind is JobKind.PATROL:
            _add(found, one.job_id, _asked_from(one).astimezone(zone), t("patrol.nobody"))
    hours = sorted({hour for by_hour in found.values() for hour in by_hour})
    if not hours:
        return None
    return Table(
        title=t("patrol.by_hour"),
        heads=(t("patrol.place"), *(_head(hour, hours[0], t) for hour in hours)),
        rows=tuple(
            (beat.name, *(_cell(found[beat.id].get(hour, []), t) for hour in hours))
            for beat in city.patrol_beats
            if beat.id in found
        ),
    )


def _add(found: Visits, job_id: str, at: datetime, said: str) -> None:
    hour = at.replace(minute=0, second=0, microsecond=0)
    found[JobId.parse(job_id).parts[0]][hour].append((at, said))


def _asked_from(one: UnassignedJob) -> datetime:
    """The beginning of the interval in which a visit was asked for."""
    return datetime.strptime(JobId.parse(one.job_id).parts[1], "%Y%m%dT%H%M").replace(tzinfo=UTC)


def _visit(sign: str, job: Assignment, city: City, t: Translator) -> str:
    """Who comes; and where they look instead, in a storm."""
    who = labels.join_names(t, member_names(job.members, city))
    said = f"{who} {sign}".strip()
    if beat_of(job, city):
        return said
    segment = city.segment_by_id.get(job.segment_id or "")  # its road: a cell is narrow
    place = segment.road if segment else labels.place_name(t, city, job.segment_id)
    return t("patrol.elsewhere", who=said, place=place)


def _head(hour: datetime, first: datetime, t: Translator) -> str:
    moment = t.moment(hour)
    return f"{moment:hm}" if hour.date() == first.date() else f"{moment:day} {moment:hm}"


def _cell(visits: list[tuple[datetime, str]], t: Translator) -> str:
    return t("patrol.and").join(f"{t.moment(at):hm} {said}" for at, said in sorted(visits))
