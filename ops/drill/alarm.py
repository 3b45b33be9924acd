"""What it costs to act on a warning that never comes true, beside what it costs to act late: the
threshold of chance from which acting pays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from data.model.city import City
from data.model.message import Message
from ops.drill.comparison import LIMIT, NOTHING, OURS, Estimate, outcomes, worlds
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings
from ops.drill.physics.storms import MINUTE, DrillStorm
from ops.drill.ways.roads import Roads

WORTH = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Street-minutes that an hour of one person's work is worth, for the curve."""
FIGURES = ("nothing", "late", "in_time", "clean", "hours", "overtime_hours", "inlets_left")
"""In the order in which they are told."""
WATER = FIGURES[:4]
"""Those of them that are street-minutes if the storm comes."""


def came_late(storm: DrillStorm) -> DrillStorm:
    """The same rain, warned of and forecast only when it begins."""
    first = next((n for n, rate in enumerate(storm.rain_mm_h) if rate > 0), 0)
    onset = storm.begin + first * MINUTE
    warnings = tuple(replace(one, at=max(one.at, onset)) for one in storm.warnings)
    return replace(storm, name=f"{storm.name}-late", warnings=warnings, forecast_at=onset)


def never_came(storm: DrillStorm) -> DrillStorm:
    """The same warning and forecast, and no rain."""
    return replace(storm, name=f"{storm.name}-false", rain_mm_h=tuple(0.0 for _ in storm.rain_mm_h))


def quiet(storm: DrillStorm) -> DrillStorm:
    """The same hours without warning, forecast or rain."""
    dry = never_came(storm)
    return replace(dry, name="quiet", warnings=(), forecast_mm={})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCosts:
    """What came of each case.

    Attributes
    ----------
    in_time, late, nothing, clean
        Street-minutes at 15 cm if the storm comes: planned from the warning on; from the first rain
        on; nothing done; all inlets clean.
    saved
        So many fewer come of acting from the warning on than from the first rain on, draw by draw.
    hours, overtime_hours
        Hours at work under a false alarm beyond those of a quiet day, and those of them outside the
        own shift.
    inlets_left
        So many fewer inlets were visited than on a quiet day; below 0: more.
    """

    in_time: Estimate
    late: Estimate
    nothing: Estimate
    clean: Estimate
    saved: Estimate
    hours: Estimate
    overtime_hours: Estimate
    inlets_left: Estimate

    def threshold(self, worth: float) -> Estimate:
        """From which chance of the storm on it pays to act, where an hour of work is worth so many
        street-minutes: p saved = (1 - p) hours worth (the cost-loss ratio, Murphy 1977); from the
        most that may be saved by the least work to the least by the most.
        """
        return Estimate(
            mean=_chance(self.saved.mean, self.hours.mean * worth),
            low=_chance(self.saved.high, self.hours.low * worth),
            high=_chance(self.saved.low, self.hours.high * worth),
        )

    def said(self) -> Iterator[Message]:
        """What to make of it, in sentences."""
        saved: dict[str, object] = {
            "mean": round(abs(self.saved.mean)),
            "low": round(self.saved.low),
            "high": round(self.saved.high),
        }
        if self.saved.low > 0 and self.saved.low < self.saved.high:
            yield Message("drill.alarm_saved", saved)
        else:
            sign = "less" if self.saved.mean >= 0 else "more"
            yield Message(f"drill.alarm_unclear_{sign}", saved)
        if self.saved.mean <= 0:
            yield Message("drill.alarm_never")
        elif self.hours.mean <= 0:
            yield Message("drill.alarm_always")
        else:
            yield from map(self._said_of, WORTH)

    def _said_of(self, worth: float) -> Message:
        ends = asdict(self.threshold(worth))
        chances = {end: f"{chance:.0%}" for end, chance in ends.items()}
        return Message("drill.alarm_threshold", {"worth": f"{worth:g}", **chances})

    def as_json(self) -> dict[str, object]:
        """All of it, with the curve."""
        return asdict(self) | {
            "thresholds": [
                {"street_minutes_per_hour": worth, "act_from_chance": asdict(self.threshold(worth))}
                for worth in WORTH
            ]
        }


def _chance(saved: float, lost: float) -> float:
    """From which chance on what is saved outweighs what is lost, both in street-minutes."""
    if saved <= 0:
        return 1.0
    return round(max(0.0, lost) / (max(0.0, lost) + saved), 3)


def alarm_costs(
    city: City,
    storm: DrillStorm,
    settings: DrillSettings,
    seeds: Iterable[int],
    steps: int,
    processes: int = 1,
    roads: Roads = Roads(),
) -> AlarmCosts:
    """Try the storm in time and late, a false alarm, and a quiet day."""
    draws = tuple(seeds)

    def tried(case: DrillStorm, *policies: str) -> Mapping[str, Sequence[Outcome]]:
        drawn = worlds(city, case, settings, draws, roads=roads)
        return outcomes(drawn, policies, steps, processes)

    true = tried(storm, OURS, NOTHING, LIMIT)
    late = tried(came_late(storm), OURS)[OURS]
    false, still = (tried(case, OURS)[OURS] for case in (never_came(storm), quiet(storm)))
    pairs = list(zip(false, still, strict=True))
    return AlarmCosts(
        in_time=_minutes(true[OURS]),
        late=_minutes(late),
        nothing=_minutes(true[NOTHING]),
        clean=_minutes(true[LIMIT]),
        saved=Estimate.of(
            [slow.minutes() - quick.minutes() for slow, quick in zip(late, true[OURS], strict=True)]
        ),
        hours=Estimate.of([one.crew_hours - other.crew_hours for one, other in pairs]),
        overtime_hours=Estimate.of(
            [one.overtime_hours - other.overtime_hours for one, other in pairs]
        ),
        inlets_left=Estimate.of([other.visited - one.visited for one, other in pairs]),
    )


def _minutes(found: Sequence[Outcome]) -> Estimate:
    return Estimate.of_amounts([one.minutes() for one in found])
