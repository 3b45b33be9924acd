"""What each kind of task needs: the one table of team, time, phase and ground. Pure.

Whoever makes tasks (a storm, an incident, the desk, work to be done again) takes these from here
and adds only what is its own: which road, how much, how pressing.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from data.model.city import Segment
from data.model.plan import JobKind, Phase
from ops.planning.context import Storm
from ops.planning.parameters import WorkSettings
from ops.planning.tiers import Tier
from ops.risk.stop_work import SafetySettings, Span, well_spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One place in a team: a crew with these skills and people, or a machine of this kind, which
    takes so many litres aboard (gives them off, below 0).
    """

    machine_kind: str | None = None
    skills: tuple[str, ...] = ()
    people: int = 1
    litres: int = 0


class Ground(Enum):
    """When the rain lets people work there."""

    ANY = "any"  # at a post, in any weather
    OPEN = "open"  # on open ground, while the rain and the warnings allow it
    WELL = "well"  # below ground, only without any rain


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskType:
    """What one kind of task needs.

    Attributes
    ----------
    team
        One requirement for each place; a well is entered by as many as ``SafetySettings`` says.
        Empty where each task names its own machine.
    phase
        In which phase of a storm it is done; what comes up at any time (an incident, work added by
        hand) is of the phase that it comes up in.
    ground
        Its rule of rain.
    minutes
        How long it takes at one stop for so many inlets and kilometres; ``None`` for a post, which
        is manned for as long as it is asked for.
    fallback
        What is done in its place where it can't be: a post.
    by_hand
        Whether the desk may add it.
    left_for
        The least tier of what its team leaves it for at any minute, to take it up later or not at
        all, as it may a post; ``None``: it is finished first.
    """

    team: tuple[Requirement, ...]
    phase: Phase
    ground: Ground
    minutes: Callable[["Extent"], int] | None = None
    fallback: JobKind | None = None
    by_hand: bool = True
    left_for: Tier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much there is to do at one stop, and how fast it goes."""

    work: WorkSettings
    safety: SafetySettings
    inlets: int = 0
    km: float = 0.0


_CLEARERS = Requirement(skills=("clearing",), people=2)
_WATCH = Requirement(people=2)

_ROWS: dict[JobKind, TaskType] = {
    JobKind.CLEAR: TaskType(
        team=(_CLEARERS,),
        phase=Phase.BEFORE,
        ground=Ground.OPEN,
        minutes=lambda of: of.work.setup_minutes + of.work.hand_minutes * of.inlets,
        fallback=JobKind.GUARD,
        left_for=Tier.WATER,
    ),
    JobKind.JET: TaskType(
        team=(
            Requirement(skills=("jetting",), people=2),
            Requirement(machine_kind="jetting_truck"),
        ),
        phase=Phase.BEFORE,
        ground=Ground.OPEN,
        minutes=lambda of: 2 * of.work.setup_minutes + of.work.jet_minutes * of.inlets,
        left_for=Tier.WATER,
    ),
    JobKind.GUARD: TaskType(
        team=(_WATCH,),
        phase=Phase.DURING,
        ground=Ground.ANY,
        fallback=JobKind.RESERVE,
    ),
    JobKind.PUMP: TaskType(
        team=(Requirement(machine_kind="pump_truck"),),
        phase=Phase.DURING,
        ground=Ground.ANY,
        fallback=JobKind.GUARD,
    ),
    JobKind.RESERVE: TaskType(
        team=(_WATCH,),
        phase=Phase.DURING,
        ground=Ground.ANY,
        by_hand=False,
    ),
    JobKind.PLACED: TaskType(
        team=(),
        phase=Phase.DURING,
        ground=Ground.ANY,
        by_hand=False,
    ),
    JobKind.DESILT: TaskType(
        team=(_CLEARERS, Requirement(machine_kind="suction_truck")),
        phase=Phase.AFTER,
        ground=Ground.OPEN,
        minutes=lambda of: of.work.setup_minutes + of.work.desilt_minutes * of.inlets,
        left_for=Tier.WATER,
    ),
    JobKind.HAUL: TaskType(
        team=(Requirement(machine_kind="sludge_truck"), Requirement(machine_kind="loader")),
        phase=Phase.AFTER,
        ground=Ground.OPEN,
        minutes=lambda of: of.work.haul_minutes,
    ),
    JobKind.GARDEN: TaskType(
        team=(Requirement(machine_kind="suction_truck"),),
        phase=Phase.AFTER,
        ground=Ground.OPEN,
        minutes=lambda of: of.work.garden_minutes,
        by_hand=False,
    ),
    JobKind.FLUSH: TaskType(
        team=(Requirement(machine_kind="flusher"), Requirement(machine_kind="sweeper")),
        phase=Phase.AFTER,
        ground=Ground.OPEN,
        minutes=lambda of: max(10, round(of.work.flush_minutes_km * of.km)),
    ),
    JobKind.SWEEP: TaskType(
        team=(Requirement(machine_kind="sweeper"),),
        phase=Phase.BEFORE,
        ground=Ground.OPEN,
        minutes=lambda of: max(5, round(of.work.sweep_minutes_km * of.km)),
        by_hand=False,
    ),
    JobKind.WASH: TaskType(
        team=(Requirement(machine_kind="flusher"),),
        phase=Phase.BEFORE,
        ground=Ground.OPEN,
        minutes=lambda of: max(5, round(of.work.wash_minutes_km * of.km)),
        by_hand=False,
    ),
    JobKind.ERRAND: TaskType(
        team=(Requirement(),),
        phase=Phase.DURING,
        ground=Ground.ANY,
        minutes=lambda of: of.work.errand_minutes,
        by_hand=False,
    ),
    JobKind.RESCUE: TaskType(
        team=(Requirement(),),
        phase=Phase.DURING,
        ground=Ground.ANY,
        minutes=lambda of: of.work.rescue_minutes,
        by_hand=False,
    ),
    JobKind.RESTOCK: TaskType(
        team=(Requirement(),),
        phase=Phase.DURING,
        ground=Ground.ANY,
        minutes=lambda of: of.work.restock_minutes,
        by_hand=False,
        left_for=Tier.GAIN,
    ),
    JobKind.PATROL: TaskType(
        team=(Requirement(people=2),),
        phase=Phase.DURING,
        ground=Ground.ANY,
        minutes=lambda of: of.work.visit_minutes,
        by_hand=False,
        left_for=Tier.GAIN,
    ),
    JobKind.WELL: TaskType(
        team=(Requirement(skills=("confined_space",)),),
        phase=Phase.AFTER,
        ground=Ground.WELL,
        minutes=lambda of: (
            of.safety.well_setup_minutes
            + min(of.work.jet_minutes * of.inlets, of.safety.well_stint_minutes)
        ),
        by_hand=False,
    ),
}
TASK_TYPES: Mapping[JobKind, TaskType] = MappingProxyType(_ROWS)
ADDED_BY_HAND = tuple(kind for kind, needs in TASK_TYPES.items() if needs.by_hand)
"""The kinds that the desk may add, in the order in which they are offered."""


def team_of(kind: JobKind, storm: Storm, segment: Segment | None = None) -> tuple[Requirement, ...]:
    """Who is needed for a task of this kind on this segment, or at a station: no fewer people than
    the class of the road asks for.
    """
    least = storm.duty.least_people[segment.importance - 1] if segment else 1
    if TASK_TYPES[kind].ground is Ground.WELL:
        least = max(least, storm.safety.well_people)
    return tuple(
        need if need.machine_kind or need.people >= least else replace(need, people=least)
        for need in TASK_TYPES[kind].team
    )


def minutes_of(kind: JobKind, storm: Storm, *, inlets: int = 0, km: float = 0.0) -> int:
    """How long a task takes that is no post.

    Raises
    ------
    ValueError
        A post lasts as long as it is asked for.
    """
    minutes = TASK_TYPES[kind].minutes
    if minutes is None:
        raise ValueError(f"{kind} is a post")
    return minutes(Extent(work=storm.work, safety=storm.safety, inlets=inlets, km=km))


MOST_PEOPLE = 8  # at one stop; more only stand in each other's way (assumption)


def minutes_by_people(kind: JobKind, storm: Storm, *, inlets: int) -> tuple[tuple[int, int], ...]:
    """How long clearing by hand takes crews of two and more: pairs work side by side, inlet by
    inlet; empty for work whose pace a machine sets.
    """
    if kind is not JobKind.CLEAR:
        return ()
    work = storm.work
    return tuple(
        (people, work.setup_minutes + math.ceil(2 * work.hand_minutes * inlets / people))
        for people in range(2, MOST_PEOPLE + 1)
    )


def spans_of(kind: JobKind, storm: Storm, *, for_incident: bool = False) -> tuple[Span, ...]:
    """When a task of this kind may be done between now and the horizon."""
    ground = TASK_TYPES[kind].ground
    if ground is Ground.WELL:
        return well_spans(storm.rain, storm.alerts, storm.now, storm.horizon)
    if ground is Ground.OPEN:
        return storm.open_ground(storm.now, storm.horizon, for_incident=for_incident)
    return ((storm.now, storm.horizon),)
