"""Reserve crews that the plan calls out to an incident: how long they take from the call to leaving
is drawn, and who leaves late comes late.

A reserve is who stands by at a station, or watches a road that is no post: it may leave at any
minute and is as good as one, so that a plan rarely has others (``ops/planning/tiers.py``).
"""

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from data.model.ids import JobId
from data.model.plan import Assignment, Member, PlanVersion
from ops.analytics.reserve_calls import reserve_calls, standing_by
from ops.drill.parameters import FieldSettings

_Call = tuple[str, str]
"""The job, and the unit that is called to it."""


class CalledOut:
    """The calls of one storm.

    Attributes
    ----------
    reactions_s
        Of each crew that left, the seconds since its call.
    stood_by
        The units that stood by when a plan that answers an incident came.
    """

    def __init__(self, settings: FieldSettings, seed: int) -> None:
        self._settings, self._seed = settings, seed
        self._called: dict[_Call, datetime] = {}
        self._leaves: dict[_Call, datetime] = {}
        self.reactions_s: list[float] = []
        self.stood_by: set[str] = set()

    def follow(self, before: PlanVersion, after: PlanVersion) -> None:
        """Note whom a new plan takes from standby for an incident; each call is drawn once."""
        if any(JobId.parse(job.job_id).incident_id is not None for job in after.assignments):
            self.stood_by.update(standing_by(before, after.in_force_from, with_watchers=True))
        for call in reserve_calls((before, after), (), with_watchers=True):
            key = call.job_id, call.unit_id
            if JobId.parse(call.job_id).incident_id is None or key in self._leaves:
                continue
            if wait := self._drawn(key):
                self._called[key] = call.called_at
                self._leaves[key] = call.called_at + wait

    def _drawn(self, key: _Call) -> timedelta:
        """Lognormal around its median; nothing where that is 0: they leave as they are told."""
        median, spread = self._settings.reserve_leave_minutes, self._settings.reserve_leave_spread
        drawn = random.Random(f"leaves {self._seed} {key[0]} {key[1]}").gauss(0, spread)
        return timedelta(minutes=median * math.exp(drawn))

    def leaving(self, version: PlanVersion, now: datetime) -> Iterator[Assignment]:
        """The jobs to which a crew leaves by now; one that is called off meanwhile does not."""
        jobs = {
            (job.job_id, member.unit_id): job
            for job in version.assignments
            for member in job.members
        }
        for key in [key for key in self._called if self._leaves[key] <= now]:
            called_at = self._called.pop(key)
            if job := jobs.get(key):
                self.reactions_s.append(round((self._leaves[key] - called_at).total_seconds()))
                yield job

    def late(self, job: Assignment, member: Member) -> timedelta:
        """How much later than planned it leaves for this job."""
        leaves = self._leaves.get((job.job_id, member.unit_id), member.leave_at)
        return max(timedelta(0), leaves - member.leave_at)
