"""How far the gravest roads are before the rain begins, by report; and where today's pace ends.
Pure.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.plan import Phase, PlanVersion
from ops.field.job_board import JobLine, JobState
from ops.field.standing import Step

GRAVE = (75, 50, 0)
"""Scores from which a road is among the gravest: the first that any road reaches."""
STATES = ("cleared", "doing", "planned", "missed", "left")
"""How a road is before the rain: see ``Readiness``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The gravest roads against the onset, each counted once.

    Attributes
    ----------
    least
        The score from which a road is counted.
    cleared, doing
        As reported: all that was to be done there before the rain is done; somebody is out.
    planned
        Somebody is to go, and it is not too late.
    missed
        Its time went by without a word, or nobody got there.
    left
        Nobody is sent before the rain.
    expected
        How many will be cleared at the onset if it goes on as it went today; ``None``: nobody
        should have set out yet, or it rains.
    """

    onset_at: datetime
    least: int
    cleared: int = 0
    doing: int = 0
    planned: int = 0
    missed: int = 0
    left: int = 0
    expected: float | None = None

    @property
    def total(self) -> int:
        """How many roads are counted."""
        return self.cleared + self.doing + self.planned + self.missed + self.left


def readiness(
    version: PlanVersion | None, lines: Iterable[JobLine], now: datetime
) -> Readiness | None:
    """How far the gravest roads are; ``None`` where no rain is ahead or no road is at risk."""
    if version is None or version.rain.onset_at is None:
        return None
    onset = version.rain.onset_at
    least, jobs = _least(version), _before(lines)
    if least is None:
        return None
    counts = dict.fromkeys(STATES, 0)
    for risk in version.risks:
        if risk.score >= least:
            counts[_state(jobs.get(risk.segment_id, ()), onset)] += 1
    begun = min((line.leave_at for own in jobs.values() for line in own), default=now)
    return Readiness(
        onset_at=onset,
        least=least,
        expected=_expected(counts["cleared"], begun, now, onset),
        **counts,
    )


def road_states(version: PlanVersion | None, lines: Iterable[JobLine]) -> dict[str, str]:
    """How each road is before the rain, one of ``STATES``: the gravest, and where work is to be
    done; nothing where no rain is ahead.
    """
    if version is None or version.rain.onset_at is None:
        return {}
    onset, least, jobs = version.rain.onset_at, _least(version), _before(lines)
    return {
        risk.segment_id: _state(jobs.get(risk.segment_id, ()), onset)
        for risk in version.risks
        if risk.segment_id in jobs or (least is not None and risk.score >= least)
    }


def _least(version: PlanVersion) -> int | None:
    """The score from which a road is among the gravest."""
    return next((one for one in GRAVE if any(risk.score >= one for risk in version.risks)), None)


def _before(lines: Iterable[JobLine]) -> dict[str | None, list[JobLine]]:
    """What is to be done before the rain, road by road."""
    jobs: dict[str | None, list[JobLine]] = {}
    for line in lines:
        if line.job.phase is Phase.BEFORE and not line.job.kind.is_post:
            jobs.setdefault(line.job.segment_id, []).append(line)
    return jobs


def _state(lines: Collection[JobLine], onset: datetime) -> str:
    reported = {line.standing.reported for line in lines}
    if lines and reported == {Step.OVER}:
        return "cleared"
    if reported & {Step.WAY, Step.THERE}:
        return "doing"
    if any(line.state in (JobState.MISSED, JobState.SILENT) for line in lines):
        return "missed"
    if any(line.job.start_at < onset and line.standing.reported is None for line in lines):
        return "planned"
    return "left"


def _expected(cleared: int, begun: datetime, now: datetime, onset: datetime) -> float | None:
    """What is cleared by the onset at the pace since the first team should have set out."""
    worked, left = now - begun, onset - now
    if worked < timedelta(minutes=1) or left <= timedelta(0):
        return None
    return cleared + cleared * (left / worked)
