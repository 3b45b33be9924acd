"""Where every team is: by the plan and by report, two things that are never mixed. Pure.

By the plan alone follows from the clock; by report from what somebody said, with when and by whom.
Whoever draws fills what was reported and leaves hollow what is only planned.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.model.field import FieldEvent
from data.model.ids import UnitId
from data.model.plan import Assignment, JobKind, UnitKind
from ops.field.progress import Progress, Stage


class Step(StrEnum):
    """How far a team is on a job."""

    AHEAD = "ahead"  # it has not set out
    WAY = "way"
    THERE = "there"
    OVER = "over"


OUT = (Step.WAY, Step.THERE)
_SAID = {
    Stage.UNDER_WAY: Step.WAY,
    Stage.ON_SITE: Step.THERE,
    Stage.CLEARED: Step.OVER,
    Stage.VERIFIED: Step.OVER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One job by plan and by report.

    Attributes
    ----------
    planned
        What the plan has its team do at this instant.
    reported
        What was last said of it; ``None``: nothing was.
    at, source
        When that step was reached, and the word that says so.
    """

    planned: Step
    reported: Step | None = None
    at: datetime | None = None
    source: FieldEvent | None = None

    @property
    def is_reported(self) -> bool:
        """Whether anybody said where the team is."""
        return self.reported is not None

    @property
    def is_due_out(self) -> bool:
        """Whether by the plan the team should be out, and nobody said that it is done already."""
        return self.planned in OUT and self.reported is not Step.OVER

    @property
    def is_out(self) -> bool:
        """Whether the team said that it is out, and not yet that it is done."""
        return self.reported in OUT

    @property
    def step(self) -> Step:
        """The step to be shown: as reported, else as planned."""
        return self.reported or self.planned


def leaves_at(job: Assignment) -> datetime:
    """When the first of its units sets out."""
    return min((member.leave_at for member in job.members), default=job.start_at)


def standing(job: Assignment, reported: Progress, now: datetime) -> Standing:
    """Where the team of a job is at ``now``, by plan and by report."""
    return Standing(
        planned=_planned(job, now),
        reported=_SAID.get(reported.stage),
        at=reported.since if reported.stage in _SAID else None,
        source=reported.source if reported.stage in _SAID else None,
    )


def _planned(job: Assignment, now: datetime) -> Step:
    if job.end_at <= now:
        return Step.OVER
    if job.start_at <= now:
        return Step.THERE
    return Step.WAY if leaves_at(job) <= now else Step.AHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStanding:
    """A crew, squad or machine, once: the job that it last said it is at, and the job where it
    should be by the plan.
    """

    unit: str
    resource_id: str
    kind: UnitKind
    reported: tuple[Assignment, Standing] | None = None
    planned: tuple[Assignment, Standing] | None = None

    @property
    def place(self) -> tuple[Assignment, Standing] | None:
        """Where it is shown: its last reported place, else where it should be."""
        return self.reported or self.planned


def unit_standings(jobs: Iterable[tuple[Assignment, Standing]]) -> tuple[UnitStanding, ...]:
    """Every unit that said it is out, or should be; those in reserve are at their station.

    Of several jobs the last reported counts, and of those planned the one that it set out for last.
    """
    said: dict[str, tuple[Assignment, Standing]] = {}
    due: dict[str, tuple[Assignment, Standing]] = {}
    units: dict[str, tuple[str, UnitKind]] = {}
    for job, one in sorted(jobs, key=lambda each: (each[1].at or each[0].start_at, each[0].job_id)):
        if job.kind is JobKind.RESERVE:
            continue
        for member in job.members:
            unit = UnitId.parse(member.unit_id).team
            units[unit] = (member.resource_id, member.kind)
            if one.is_out:
                said[unit] = (job, one)
            elif one.reported is None and one.is_due_out:
                due[unit] = (job, one)
    return tuple(
        UnitStanding(
            unit=unit,
            resource_id=resource_id,
            kind=kind,
            reported=said.get(unit),
            planned=due.get(unit),
        )
        for unit, (resource_id, kind) in units.items()
        if unit in said or unit in due
    )


def crews_out(jobs: Iterable[tuple[Assignment, Standing]]) -> tuple[int, int]:
    """How many crews said that they are out, and how many should be by the plan, be it with one
    squad.
    """
    said: set[str] = set()
    due: set[str] = set()
    for job, one in jobs:
        if job.kind is JobKind.RESERVE:
            continue
        crews = {each.resource_id for each in job.members if each.kind is UnitKind.CREW}
        if one.is_out:
            said |= crews
        if one.is_due_out:
            due |= crews
    return len(said), len(due)
