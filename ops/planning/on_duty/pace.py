"""How fast work at inlets really goes, by the crews' own taps, drawn towards the settings. Pure.

Minutes on site come from "on site" and "done". A tap forgotten and made up for later says nothing
of the pace: what lies far off the setting is left out, and of the rest the middle counts, not the
mean.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    ratios: dict[_Key, list[float]] = defaultdict(list)
    for job, told in tapped(events, versions, now):
        ratio = _ratio(job, {tap.kind: tap.happened_at for tap in told if not tap.inlet_id}, work)
        if ratio is None:
            continue
        ratios["", job.kind].append(ratio)
        for member in job.members:
            if member.kind is UnitKind.CREW:
                ratios[member.resource_id, job.kind].append(ratio)
    together = {kind: drawn(found) for (crew, kind), found in ratios.items() if not crew}
    return {
        (crew, kind): drawn(found, together[kind].times) if crew else together[kind]
        for (crew, kind), found in ratios.items()
    }


def tapped(
    events: Iterable[FieldEvent], versions: Mapping[int, PlanVersion], now: datetime
) -> Iterator[tuple[Assignment, tuple[FieldEvent, ...]]]:
    """Every job of which its station has tapped something, as the version that was tapped has it,
    with its own taps that are `SETTLED`: the latest first, so that the first of a kind is the last
    word of a mapping.
    """
    taps: dict[tuple[str, int], list[FieldEvent]] = defaultdict(list)
    for event in events:
        if event.job_id and event.is_own_word and event.happened_at <= now - SETTLED:
            taps[event.job_id, event.version].append(event)
    for number, version in versions.items():
        for job in version.assignments:
            if told := taps.get((job.job_id, number)):
                latest_first = sorted(told, key=lambda tap: tap.happened_at, reverse=True)
                yield job, tuple(latest_first)


def _ratio(job: Assignment, told: Mapping[EventKind, datetime], work: WorkSettings) -> float | None:
    """How long a job took at its inlets as against the setting; ``None``: the taps can't tell."""
    setting = _setting(job)
    begin, end = told.get(EventKind.ARRIVE), told.get(EventKind.CLEAR)
    if setting is None or begin is None or end is None or not job.inlet_ids or end - begin < LEAST:
        return None
    people = sum(one.people or 2 for one in job.members if one.kind is UnitKind.CREW)
    pairs = max(1.0, people / 2) if job.kind is JobKind.CLEAR else 1.0  # they work side by side
    planned = getattr(work, setting) * len(job.inlet_ids) / pairs
    took = (end - begin) / timedelta(minutes=1) - work.setup_minutes
    return believed(took / planned)


def _setting(job: Assignment) -> str | None:
    """The setting that a job's minutes speak of; ``None``: it speaks of none, as what is dug out
    without a suction truck.
    """
    is_dug = job.kind is JobKind.DESILT and not any(
        one.kind is UnitKind.MACHINE for one in job.members
    )
    return None if is_dug else PACED.get(job.kind)


def believed(ratio: float) -> float | None:
    """A ratio to the setting; ``None`` where a tap was late."""
    return ratio if 1 / BELIEVED <= ratio <= BELIEVED else None


def drawn(ratios: Sequence[float], towards: float = 1.0) -> Pace:
    """The middle of the ratios, drawn towards another, by their logarithms."""
    share = len(ratios) / (len(ratios) + HELD)
    middle = share * math.log(median(ratios)) + (1 - share) * math.log(towards)
    return Pace(times=math.exp(middle), jobs=len(ratios))


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
    setting = _setting(job)
    if pace is None or setting is None:
        return ()
    facts = {"minutes": getattr(work, setting), "jobs": pace.jobs}
    return (Message(LEARNT, facts),)
