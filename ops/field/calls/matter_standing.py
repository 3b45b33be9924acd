"""Who comes to an incident, when, what he leaves for it, and whether that is soon enough. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.model.city import City
from data.model.message import Message
from data.model.plan import Assignment, PlanVersion
from ops.base.naming import job_name, member_names
from ops.field.calls.incident_jobs import made_for
from ops.field.calls.matters import Matter
from ops.field.job_board import JobLine
from ops.field.progress import Stage
from ops.field.standing import Step, leaves_at


class MatterStage(StrEnum):
    """How far a matter is, from the report to the check."""

    WAITING = "waiting"  # nobody is sent yet
    PLANNED = "planned"
    WAY = "way"  # reported
    THERE = "there"  # reported
    CLOSED = "closed"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterStanding:
    """One matter and who sees to it.

    Attributes
    ----------
    jobs
        The work of the plan that it asked for and that is not over, in order of time.
    due_at
        By when somebody should be there: the target of the first report.
    comes_at
        When the first of them is there by the plan; ``None``: nobody is sent.
    came_at
        When the first of them said that he is there.
    leaves
        What those who come would else have done, and do not now.
    """

    matter: Matter
    stage: MatterStage
    jobs: tuple[Assignment, ...] = ()
    due_at: datetime
    comes_at: datetime | None = None
    came_at: datetime | None = None
    leaves: tuple[Message, ...] = ()

    def misses(self, now: datetime) -> bool:
        """Whether its target is not met, or will not be as things stand."""
        if self.stage in (MatterStage.CLOSED, MatterStage.VERIFIED):
            return False
        if self.came_at:
            return self.came_at > self.due_at
        return self.comes_at is None or max(self.comes_at, now) > self.due_at

    def team(self, city: City) -> tuple[Message | str, ...]:
        """Who comes."""
        members = {member.unit_id: member for job in self.jobs for member in job.members}
        return member_names(tuple(members.values()), city)


def matter_standing(
    matter: Matter,
    version: PlanVersion | None,
    before: PlanVersion | None,
    lines: Mapping[str, JobLine],
    city: City,
    now: datetime,
    on_site: timedelta,
) -> MatterStanding:
    """How a matter stands.

    Parameters
    ----------
    before
        The version before the one that answered it: what its team was to do.
    lines
        The jobs of ``version`` as planned and as reported, by job.
    on_site
        How long after the first report somebody should be there.
    """
    own = [lines[job.job_id] for job in made_for(matter.id, version) if job.job_id in lines]
    live = [
        line.job
        for line in own
        if line.standing.reported is not Step.OVER and line.job.end_at > now
    ]
    came = [
        line.standing.at
        for line in own
        if line.standing.at and line.standing.reported in (Step.THERE, Step.OVER)
    ]
    return MatterStanding(
        matter=matter,
        stage=_stage(matter, own),
        jobs=tuple(live),
        due_at=matter.earliest.reported_at + on_site,
        comes_at=min(
            (line.comes_at or line.job.start_at for line in own if line.job in live), default=None
        ),
        came_at=min(came, default=None),
        leaves=tuple(_leaves(live, version, before, city)),
    )


def _stage(matter: Matter, own: Iterable[JobLine]) -> MatterStage:
    own = tuple(own)
    if not matter.is_open:
        verified = any(line.stage is Stage.VERIFIED for line in own)
        return MatterStage.VERIFIED if verified else MatterStage.CLOSED
    reported = {line.standing.reported for line in own}
    if reported & {Step.THERE, Step.OVER}:
        return MatterStage.THERE
    if Step.WAY in reported:
        return MatterStage.WAY
    return MatterStage.PLANNED if own else MatterStage.WAITING


def _leaves(
    jobs: Iterable[Assignment],
    version: PlanVersion | None,
    before: PlanVersion | None,
    city: City,
) -> Iterable[Message]:
    """What the units were to do while they are away, and others or nobody do now."""
    still = {
        (job.job_id, member.unit_id)
        for job in (version.assignments if version else ())
        for member in job.members
    }
    known = {job.job_id for job in jobs}
    told: set[str] = set()
    for job in jobs:
        units = {member.unit_id for member in job.members}
        for old in before.assignments if before else ():
            away = old.start_at < job.end_at and leaves_at(job) < old.end_at
            moved = [one for one in old.members if one.unit_id in units]
            kept = all((old.job_id, one.unit_id) in still for one in moved)
            if away and moved and not kept and old.job_id not in known | told:
                told.add(old.job_id)
                yield job_name(old.kind, old.segment_id, old.station_id, city)


def standing_line(one: MatterStanding, city: City, now: datetime) -> Message:
    """Who comes, when, whether that is in time, and what he leaves, in words."""
    told = _who_and_when(one, city, now)
    if not one.leaves:
        return told
    return Message("matter.leaves", {"told": told, "leaves": one.leaves})


def _who_and_when(one: MatterStanding, city: City, now: datetime) -> Message:
    facts: dict[str, object] = {
        "team": one.team(city),
        "at": one.comes_at,
        "came": one.came_at,
        "due": one.due_at,
    }
    closed = max((call.closed_at for call in one.matter.calls if call.closed_at), default=None)
    if one.stage in (MatterStage.CLOSED, MatterStage.VERIFIED):
        return Message(f"matter.{one.stage}", facts | {"at": closed})
    if one.came_at:
        return Message("matter.came_late" if one.misses(now) else "matter.came", facts)
    if one.comes_at is None:
        return Message("matter.waiting", facts)
    said = "way" if one.stage is MatterStage.WAY else "planned"
    return Message(f"matter.{said}_late" if one.misses(now) else f"matter.{said}", facts)
