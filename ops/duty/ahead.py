"""What will go wrong in the next two hours if nothing is done (凌晨三点卡): each with when, what,
and the need by which the desk can still prevent it. Pure.

It tells what plan and field already say, and foresees nothing of its own: a need that grows into
harm within the span, and roads at risk that nobody clears before the rain.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.city import City
from data.model.message import Message
from data.model.plan import Assignment, Phase, PlanVersion
from ops.base.naming import segment_name
from ops.field.calls.matter_standing import MatterStanding
from ops.field.job_board import JobLine, JobState
from ops.field.needs import Need, NeedKind, place_of
from ops.field.readiness import GRAVE
from ops.field.standing import Step

SPAN = timedelta(hours=2)
"""How far ahead it looks: what is done now still helps then, and no officer reads further at night
(an assumption).
"""
AT_RISK = GRAVE[1]
"""Score from which a road that nobody clears is told of."""
MOST_PLACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One thing that goes wrong.

    Attributes
    ----------
    at
        When, if nothing is done; not before now.
    told
        What, in words.
    need
        What the desk can do about it is this need's act; ``None``: only more hands help.
    """

    at: datetime
    told: Message
    need: Need | None = None
    risk: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What it is read from: the plan in force, how its jobs stand, and what waits for the desk."""

    city: City
    now: datetime
    version: PlanVersion | None
    lines: Sequence[JobLine] = ()
    needs: Sequence[Need] = ()
    matters: Sequence[MatterStanding] = ()

    @property
    def onset_at(self) -> datetime | None:
        """When it begins to rain; ``None``: no rain is ahead within the span, or it rains."""
        onset = self.version.rain.onset_at if self.version else None
        return onset if onset and self.now < onset <= self.now + SPAN else None


def ahead(known: Known) -> tuple[Ahead, ...]:
    """All that goes wrong within the span, the first and gravest first."""
    lines = {line.job.job_id: line for line in known.lines}
    by_need = (_of_need(need, known, lines) for need in known.needs)
    found = [*(one for one in by_need if one), *_uncleared(known)]
    within = (one for one in found if one.at <= known.now + SPAN)
    return tuple(sorted(within, key=lambda one: (one.at, -one.risk)))


def _of_need(need: Need, known: Known, lines: Mapping[str, JobLine]) -> Ahead | None:
    if need.kind is NeedKind.INCIDENT:
        return _incident(need, known)
    if need.kind in (NeedKind.SILENT, NeedKind.UNDELIVERED):
        return _unheard(need, known)
    if need.kind is NeedKind.HELP:
        return Ahead(at=known.now, told=need.told, need=need, risk=100)
    line = lines.get(need.job_id or "")
    no_harm = (NeedKind.QUESTION, NeedKind.DELAYED, NeedKind.UNTOLD, NeedKind.INLET)
    if line is None or need.kind in no_harm:
        return None
    return _job(need, line.job, known)


def _incident(need: Need, known: Known) -> Ahead | None:
    one = next((one for one in known.matters if one.matter.id == need.number), None)
    if one is None:
        return None
    at = max(one.due_at, known.now)
    return Ahead(at=at, told=need.told, need=need, risk=100)


def _unheard(need: Need, known: Known) -> Ahead | None:
    """A station that may know nothing of its work: how much of it begins within the span."""
    own = [
        line
        for line in known.lines
        if need.station_id in line.stations
        and line.state in (JobState.SILENT, JobState.UNANSWERED)
        and line.job.end_at > known.now
        and line.leave_at <= known.now + SPAN
    ]
    if not own:
        return None
    first = min(line.leave_at for line in own)
    code = "ahead.silent" if need.kind is NeedKind.SILENT else "ahead.undelivered"
    facts = {"place": place_of(need, known.city), "n": len(own), "at": first}
    risk = max(line.job.risk or 0 for line in own)
    return Ahead(at=max(first, known.now), told=Message(code, facts), need=need, risk=risk)


def _job(need: Need, job: Assignment, known: Known) -> Ahead:
    """Work that nobody does as it stands: what it leaves undone, and when that is felt."""
    place = segment_name(job.segment_id, known.city) if job.segment_id else None
    facts: dict[str, object] = {"place": place or place_of(need, known.city), "risk": need.risk}
    if job.kind.is_post:
        at = max(job.start_at, known.now)
        return Ahead(
            at=at, told=Message("ahead.post", facts | {"at": at}), need=need, risk=need.risk
        )
    if job.phase is Phase.BEFORE and known.onset_at:
        told = Message("ahead.rain", facts | {"at": known.onset_at})
        return Ahead(at=known.onset_at, told=told, need=need, risk=need.risk)
    at = max(job.end_at, known.now)
    return Ahead(at=at, told=Message("ahead.undone", facts | {"at": at}), need=need, risk=need.risk)


def _uncleared(known: Known) -> Iterator[Ahead]:
    """Roads at risk on which nobody works before rain that begins within the span."""
    if known.onset_at is None or known.version is None:
        return
    tended = {
        line.job.segment_id
        for line in known.lines
        if line.job.phase is Phase.BEFORE
        and (line.standing.reported is Step.OVER or line.job.start_at < known.onset_at)
    }
    left = {
        one.segment_id: one.risk or 0
        for one in known.version.left_out
        if one.phase is Phase.BEFORE and (one.risk or 0) >= AT_RISK and one.segment_id
    }
    roads = sorted(left.keys() - tended, key=lambda road: (-left[road], road))
    if roads:
        names = tuple(segment_name(road, known.city) for road in roads[:MOST_PLACES])
        facts = {"places": names, "n": len(roads), "at": known.onset_at}
        yield Ahead(at=known.onset_at, told=Message("ahead.uncleared", facts), risk=left[roads[0]])
