"""What a version changed, as the desk reads it: station by station, what is near apart from what is
later, and nothing that moves by minutes. Pure.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.city import City, Station
from data.model.message import Message
from data.model.plan import Assignment, PlanVersion
from ops.base.naming import job_name, member_names
from ops.planning.duty_sheets import changes_for

SOON = timedelta(hours=2)
HARDLY = timedelta(minutes=10)
"""What begins, leaves or ends so little earlier or later is not told at the desk."""
_TIMES = {"change.time": "start", "change.leave": "leave", "change.end": "end"}
_COUNTED = (
    "added",
    "team",
    "time",
    "inlets",
    "not_wanted",
    "instead",
    "manned_by",
    "over",
    "leaves",
)
_TOLD_AS = {
    "leave": "time",
    "end": "time",
    "fewer": "inlets",
    "more": "inlets",
    "taken_up": "manned_by",
}
MOST_DROPPED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StationChanges:
    """What changes for one station: within ``SOON``, and later, each in order of time."""

    station: Station
    soon: tuple[Message, ...]
    later: tuple[Message, ...]


def changes_by_station(
    version: PlanVersion, city: City, now: datetime
) -> tuple[tuple[Message, ...], tuple[StationChanges, ...]]:
    """Causes and rain, which are everybody's; then each station that something changes for, the one
    with most to do soon first.
    """
    general = tuple(one for one in version.changes if "team" not in one.facts)
    found = []
    for station in city.stations:
        own = [
            one
            for one in changes_for(station, version, city)
            if "team" in one.facts and not _is_hardly(one)
        ]
        own.sort(key=lambda one: _at(one, version.made_at))
        soon = [one for one in own if _at(one, version.made_at) < now + SOON]
        if own:
            later = tuple(one for one in own if one not in soon)
            found.append(StationChanges(station=station, soon=tuple(soon), later=later))
    return general, tuple(sorted(found, key=lambda one: -len(one.soon)))


def _is_hardly(change: Message) -> bool:
    old, new = change.facts.get("old"), change.facts.get(_TIMES.get(change.code, ""))
    if not isinstance(old, datetime) or not isinstance(new, datetime):
        return False
    return abs(new - old) < HARDLY


def _at(change: Message, unknown: datetime) -> datetime:
    """When what is changed begins, be it by the plan or as it was."""
    times = (change.facts.get(name) for name in ("leave", "start", "at"))
    return next((at for at in times if isinstance(at, datetime)), unknown)


def result_of(version: PlanVersion, job_id: str | None, city: City) -> Message:
    """What came of an act, in one sentence: who does the job that it was about and when, how much
    else changes, and what is not done for it.
    """
    counts = tuple(_counts(version)) or (Message("change.none"),)
    told: object = counts
    for job in _of_job(version, job_id, city):
        told = Message("became.and", {"job": job, "counts": counts})
    dropped = [one.facts["job"] for one in version.changes if one.code == "change.dropped"]
    facts: dict[str, object] = {"told": told, "jobs": tuple(dropped[:MOST_DROPPED])}
    if not dropped:
        return Message("became.told", facts)
    more = len(dropped) - MOST_DROPPED
    code = "became.not_done_more" if more > 0 else "became.not_done"
    return Message(code, facts | {"n": more})


def _of_job(version: PlanVersion, job_id: str | None, city: City) -> list[Message]:
    work = next((job for job in version.assignments if job.job_id == job_id), None)
    if work is not None:
        return [Message("became.job", _facts(work, city))]
    left = next((one for one in version.left_out if one.job_id == job_id), None)
    if left is None:
        return []
    job = job_name(left.kind, left.segment_id, left.station_id, city)
    return [Message("became.left", {"job": job, "why": left.why})]


def _facts(work: Assignment, city: City) -> dict[str, object]:
    return {
        "job": job_name(work.kind, work.segment_id, work.station_id, city),
        "team": member_names(work.members, city),
        "at": work.start_at,
    }


def _counts(version: PlanVersion) -> list[Message]:
    """How many changes there are of each sort; those of minutes are none."""
    counts = Counter(
        one.code.removeprefix("change.") for one in version.changes if not _is_hardly(one)
    )
    for name, told_as in _TOLD_AS.items():
        counts[told_as] += counts.pop(name, 0)
    return [Message(f"became.{name}", {"n": counts[name]}) for name in _COUNTED if counts.get(name)]
