"""How long ways and set-up really take, by kind of unit, by the taps "departed", "on site" and the
first inlet, drawn towards the settings as minutes at inlets are (`pace`). Pure.

Ways are learnt for each means, and each unit is planned by its own. All set up by one setting, so
the plan goes by the slowest kind that has told anything: one that is too fast is worse than one
that is too slow.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from data.model.field import OF_AN_INLET, EventKind, FieldEvent
from data.model.message import Message
from data.model.plan import Assignment, Member, PlanVersion, UnitKind
from ops.planning.on_duty.means import Means, means_of
from ops.planning.on_duty.pace import LEAST, PACED, Pace, believed, drawn, tapped
from ops.planning.parameters import WorkSettings

LEARNT_WAY = "why.way_pace"
LEARNT_SETUP = "why.setup_pace"
LONGEST = timedelta(hours=1)
"""A way planned longer than this has a break in it."""
MINUTE = timedelta(minutes=1)
Key = TypeVar("Key")

ByKind = Mapping[UnitKind, Pace]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPaces:
    """How long ways take as against the settings, by means, and set-up, by kind of unit; of those
    that have told nothing there is none.
    """

    ways: Mapping[Means, Pace] = field(default_factory=dict)
    setups: ByKind = field(default_factory=dict)

    def way(self, means: Means) -> Pace | None:
        """The pace of these means; where they have told nothing, the slowest of the same profile;
        ``None`` where that has not either.
        """
        alike = {one: pace for one, pace in self.ways.items() if one.profile == means.profile}
        return alike.get(means) or slowest(alike)

    def times(self, means: Means) -> float:
        """How many times as long as by the settings ways by these means take."""
        pace = self.way(means)
        return pace.times if pace else 1.0


def way_paces(
    events: Iterable[FieldEvent],
    versions: Mapping[int, PlanVersion],
    work: WorkSettings,
    now: datetime,
    source: str | None = None,
) -> WayPaces:
    """The paces of ways by each means and of set-up by each kind, drawn to those of all together.

    Parameters
    ----------
    source
        The street file by which ways are reckoned now, ``None``: straight lines. What was planned
        by other ways says nothing of these.
    """
    events = tuple(events)
    alike = {
        number: version
        for number, version in versions.items()
        if (version.ways.source if version.ways else None) == source
    }
    ways, setups = _Ratios[Means](), _Ratios[UnitKind]()
    for job, told in tapped(events, alike, now):
        if job.members:
            ways.add(means_of(_last_there(job)), _way_ratio(job, _first(told)))
    for job, told in tapped(events, versions, now):
        arrived = _first(told).get(EventKind.ARRIVE)
        setups.add(_kind(job), _setup_ratio(job, arrived, told, work))
    return WayPaces(ways=ways.paces(), setups=setups.paces())


def _last_there(job: Assignment) -> Member:
    """The member of the team with the longest way: the taps are told by it."""
    return max(job.members, key=lambda one: (one.arrive_at - one.leave_at, one.unit_id))


def _kind(job: Assignment) -> UnitKind:
    has_machine = any(member.kind is UnitKind.MACHINE for member in job.members)
    return UnitKind.MACHINE if has_machine else UnitKind.CREW


def _first(told: Iterable[FieldEvent]) -> dict[EventKind, datetime]:
    return {tap.kind: tap.happened_at for tap in told if not tap.inlet_id}


class _Ratios(Generic[Key]):
    """Ratios to the settings, gathered by kind of unit or means."""

    def __init__(self) -> None:
        self._ratios: dict[Key, list[float]] = defaultdict(list)

    def add(self, key: Key, ratio: float | None) -> None:
        """Count what a job tells; ``None``: nothing."""
        if ratio is not None:
            self._ratios[key].append(ratio)

    def paces(self) -> dict[Key, Pace]:
        """The pace of each, drawn to that of all together."""
        everything = [ratio for found in self._ratios.values() for ratio in found]
        common = drawn(everything).times if everything else 1.0
        return {key: drawn(found, common) for key, found in self._ratios.items()}


def _way_ratio(job: Assignment, first: Mapping[EventKind, datetime]) -> float | None:
    """How long a way took as against the setting; ``None``: the taps can't tell.

    What was planned may have been learnt already: the job says by how much.
    """
    begin, end = first.get(EventKind.DEPART), first.get(EventKind.ARRIVE)
    planned = max((one.arrive_at - one.leave_at for one in job.members), default=timedelta(0))
    if begin is None or end is None or end - begin < LEAST or not LEAST <= planned <= LONGEST:
        return None
    times = next((float(str(why.facts["times"])) for why in job.why if why.code == LEARNT_WAY), 1.0)
    return believed((end - begin) / planned * times)


def _setup_ratio(
    job: Assignment,
    arrived: datetime | None,
    told: Iterable[FieldEvent],
    work: WorkSettings,
) -> float | None:
    """How long it took from arrival until the first inlet was begun as against the setting.

    Inlets tapped all at once say nothing: somebody made up for them when all was done.
    """
    inlets = sorted(tap.happened_at for tap in told if tap.kind in OF_AN_INLET)
    setting = PACED.get(job.kind)
    if arrived is None or setting is None or len(inlets) < 2 or not work.setup_minutes:
        return None
    if inlets[-1] - inlets[0] < LEAST:
        return None
    one_inlet = (inlets[-1] - inlets[0]) / (len(inlets) - 1)
    return believed((inlets[0] - arrived - one_inlet) / (work.setup_minutes * MINUTE))


def slowest(found: Mapping[Any, Pace]) -> Pace | None:
    """The pace to plan by where all go by one; ``None`` where nobody has told anything."""
    return max(found.values(), key=lambda pace: (pace.times, pace.jobs), default=None)


def learnt_setup(work: WorkSettings, found: WayPaces) -> WorkSettings:
    """The settings with the set-up that the taps tell, to the whole minute upward."""
    pace = slowest(found.setups)
    if pace is None:
        return work
    return replace(work, setup_minutes=math.ceil(work.setup_minutes * pace.times - 0.25))


def with_way_paces(
    assignments: Iterable[Assignment], found: WayPaces, work: WorkSettings
) -> tuple[Assignment, ...]:
    """The assignments with the pace of their way and set-up among their reasons; one that is under
    way or past keeps what it was planned by.
    """
    return tuple(
        replace(
            job,
            why=(
                *(why for why in job.why if why.code not in (LEARNT_WAY, LEARNT_SETUP)),
                *_learnt(job, found, work),
            ),
        )
        if job.state == "planned"
        else job
        for job in assignments
    )


def _learnt(job: Assignment, found: WayPaces, work: WorkSettings) -> Iterator[Message]:
    """What a job's way and set-up were planned by."""
    way = found.way(means_of(_last_there(job))) if job.members else None
    setup = slowest(found.setups) if job.kind in PACED else None
    if way:
        yield Message(LEARNT_WAY, {"times": round(way.times, 2), "jobs": way.jobs})
    if setup:
        yield Message(LEARNT_SETUP, {"minutes": work.setup_minutes, "jobs": setup.jobs})
