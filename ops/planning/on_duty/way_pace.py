"""How long ways and set-up really take, by kind of unit, by the taps "departed", "on site" and the
first inlet, drawn towards the settings as minutes at inlets are (`pace`). Pure.

All units travel by one table and set up by one setting, so the plan goes by the slowest kind that
has told anything: one that is too fast is worse than one that is too slow.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from data.model.field import OF_AN_INLET, EventKind, FieldEvent
from data.model.message import Message
from data.model.plan import Assignment, PlanVersion, UnitKind
from ops.planning.on_duty.pace import LEAST, PACED, Pace, believed, drawn, tapped
from ops.planning.on_duty.travel_times import TravelSettings
from ops.planning.parameters import WorkSettings

LEARNT_WAY = "why.way_pace"
LEARNT_SETUP = "why.setup_pace"
LONGEST = timedelta(hours=1)
"""A way planned longer than this has a break in it."""
MINUTE = timedelta(minutes=1)

ByKind = Mapping[UnitKind, Pace]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPaces:
    """How long ways and set-up take as against the settings, by kind of unit; of a kind that has
    told nothing there is none.
    """

    ways: ByKind = field(default_factory=dict)
    setups: ByKind = field(default_factory=dict)


def way_paces(
    events: Iterable[FieldEvent],
    versions: Mapping[int, PlanVersion],
    work: WorkSettings,
    now: datetime,
    source: str | None = None,
) -> WayPaces:
    """Every kind of unit's paces, drawn to those of all together.

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
    ways, setups = _ByKind(), _ByKind()
    for job, told in tapped(events, alike, now):
        ways.add(job, _way_ratio(job, _first(told)))
    for job, told in tapped(events, versions, now):
        arrived = _first(told).get(EventKind.ARRIVE)
        setups.add(job, _setup_ratio(job, arrived, told, work))
    return WayPaces(ways=ways.paces(), setups=setups.paces())


def _first(told: Iterable[FieldEvent]) -> dict[EventKind, datetime]:
    return {tap.kind: tap.happened_at for tap in told if not tap.inlet_id}


class _ByKind:
    """Ratios to the settings, gathered by kind of unit."""

    def __init__(self) -> None:
        self._ratios: dict[UnitKind, list[float]] = defaultdict(list)

    def add(self, job: Assignment, ratio: float | None) -> None:
        """Count what a job tells; ``None``: nothing."""
        if ratio is not None:
            machine = any(member.kind is UnitKind.MACHINE for member in job.members)
            self._ratios[UnitKind.MACHINE if machine else UnitKind.CREW].append(ratio)

    def paces(self) -> ByKind:
        """The pace of each kind, drawn to that of all together."""
        return _by_kind(self._ratios)


def _by_kind(ratios: Mapping[UnitKind, list[float]]) -> ByKind:
    everything = [ratio for found in ratios.values() for ratio in found]
    return {kind: drawn(found, drawn(everything).times) for kind, found in ratios.items()}


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


def slowest(found: ByKind) -> Pace | None:
    """The pace to plan by; ``None`` where no kind has told anything."""
    return max(found.values(), key=lambda pace: (pace.times, pace.jobs), default=None)


def way_times(found: WayPaces) -> float:
    """How many times as long as by the settings ways take; 1 where the taps tell nothing."""
    pace = slowest(found.ways)
    return pace.times if pace else 1.0


def learnt_travel(travel: TravelSettings, found: WayPaces) -> TravelSettings:
    """The settings with every way so many times as long as the taps tell."""
    times = way_times(found)
    start_s = math.ceil(travel.start_s * times)
    return replace(travel, start_s=start_s, speed_km_h=travel.speed_km_h / times)


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
    way, setup = slowest(found.ways), slowest(found.setups)
    reasons: list[Message] = []
    if way:
        reasons.append(Message(LEARNT_WAY, {"times": round(way.times, 2), "jobs": way.jobs}))
    if setup:
        facts: dict[str, object] = {"minutes": work.setup_minutes, "jobs": setup.jobs}
        reasons.append(Message(LEARNT_SETUP, facts))
    return tuple(
        replace(
            job,
            why=(
                *(why for why in job.why if why.code not in (LEARNT_WAY, LEARNT_SETUP)),
                *(why for why in reasons if why.code == LEARNT_WAY or job.kind in PACED),
            ),
        )
        if job.state == "planned"
        else job
        for job in assignments
    )
