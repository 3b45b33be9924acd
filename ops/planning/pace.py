"""How fast work really goes, by the crews' own taps, drawn towards the settings. Pure.

Minutes on site come from "on site" and "done". A tap forgotten and made up for later says nothing
of the pace: what lies far off the setting is left out, and of the rest the middle counts, not the
mean.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from data.model.field import EventKind, FieldEvent
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion, UnitKind
from ops.planning.parameters import WorkSettings

PACED = {
    JobKind.CLEAR: "hand_minutes",
    JobKind.JET: "jet_minutes",
    JobKind.DESILT: "desilt_minutes",
}
"""Work by the inlet, and the setting of its minutes."""
LEARNT = "why.pace"
HELD = 10.0
"""The setting weighs as much as so many jobs (assumption)."""
BELIEVED = 3.0
"""A job so many times as long or as short as planned is a tap made late (assumption)."""
SETTLED = timedelta(hours=12)
LEAST = timedelta(minutes=2)
"""Two taps closer together were made at once."""


_Key = tuple[str, JobKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long one kind of work takes as against the setting.

    Attributes
    ----------
    times
        1 where it is as the setting has it; drawn towards it.
    jobs
        How many jobs say so.
    """

    times: float
    jobs: int


Paces = Mapping[_Key, Pace]


def paces(
    events: Iterable[FieldEvent],
    versions: Mapping[int, PlanVersion],
    work: WorkSettings,
    now: datetime,
) -> Paces:
    """The pace of every crew and kind of which something was tapped, and under the crew ``""`` of
    all together, to which each crew's is drawn. What was tapped within `SETTLED` waits: no plan of
    a storm is upset by the storm's own taps.
    """
    taps: dict[tuple[str, int], dict[EventKind, datetime]] = defaultdict(dict)
    for event in events:
        is_settled = event.happened_at <= now - SETTLED
        if is_settled and event.job_id and event.is_own_word and event.inlet_id is None:
            first = taps[event.job_id, event.version]
            at = event.happened_at
            first[event.kind] = min(at, first.get(event.kind, at))
    jobs = {
        (job.job_id, number): job
        for number, version in versions.items()
        for job in version.assignments
    }
    ratios: dict[_Key, list[float]] = defaultdict(list)
    for key, told in taps.items():
        job = jobs.get(key)
        ratio = _ratio(job, told, work) if job else None
        if job is None or ratio is None:
            continue
        ratios["", job.kind].append(ratio)
        for member in job.members:
            if member.kind is UnitKind.CREW:
                ratios[member.resource_id, job.kind].append(ratio)
    together = {kind: _drawn(found, 0.0) for (crew, kind), found in ratios.items() if not crew}
    return {
        (crew, kind): _drawn(found, math.log(together[kind].times)) if crew else together[kind]
        for (crew, kind), found in ratios.items()
    }


def _ratio(job: Assignment, told: Mapping[EventKind, datetime], work: WorkSettings) -> float | None:
    """How long a job took at its inlets as against the setting; ``None``: the taps can't tell."""
    setting = PACED.get(job.kind)
    begin, end = told.get(EventKind.ARRIVE), told.get(EventKind.CLEAR)
    if setting is None or begin is None or end is None or not job.inlet_ids or end - begin < LEAST:
        return None
    people = sum(one.people or 2 for one in job.members if one.kind is UnitKind.CREW)
    pairs = max(1.0, people / 2) if job.kind is JobKind.CLEAR else 1.0  # they work side by side
    planned = getattr(work, setting) * len(job.inlet_ids) / pairs
    took = (end - begin) / timedelta(minutes=1) - work.setup_minutes
    ratio = took / planned
    return ratio if 1 / BELIEVED <= ratio <= BELIEVED else None


def _drawn(ratios: list[float], towards: float) -> Pace:
    """The middle of the ratios, drawn towards a logarithm."""
    share = len(ratios) / (len(ratios) + HELD)
    middle = math.log(median(ratios))
    return Pace(times=math.exp(share * middle + (1 - share) * towards), jobs=len(ratios))


def learnt(work: WorkSettings, found: Paces) -> WorkSettings:
    """The settings with the minutes that the taps of all crews together tell, to the whole minute
    upward: a plan that is too fast is worse than one that is too slow.
    """
    minutes = {
        setting: max(1, math.ceil(getattr(work, setting) * found["", kind].times - 0.25))
        for kind, setting in PACED.items()
        if ("", kind) in found
    }
    return replace(work, **minutes)


def with_paces(
    assignments: Iterable[Assignment], found: Paces, work: WorkSettings
) -> tuple[Assignment, ...]:
    """The assignments, those by a pace that was learnt with the minutes among their reasons, and
    none with what an earlier version said of it.
    """
    return tuple(
        replace(
            job,
            why=(
                *(why for why in job.why if why.code != LEARNT),
                *_reason(job, found.get(("", job.kind)), work),
            ),
        )
        for job in assignments
    )


def _reason(job: Assignment, pace: Pace | None, work: WorkSettings) -> tuple[Message, ...]:
    if pace is None or job.kind not in PACED:
        return ()
    facts = {"minutes": getattr(work, PACED[job.kind]), "jobs": pace.jobs}
    return (Message(LEARNT, facts),)
