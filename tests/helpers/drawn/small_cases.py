"""Towns so small that a short search finds the best plan, the planning path for them without a
store, and plans of them compared.

Where a law seems broken, both plans are searched for much longer before it counts, so that no noise
of the search does. Plans are judged by ``tests.bench.plan_sense_measure``, which knows nothing of
points.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from data.model.city import (
    Blockage,
    City,
    Crew,
    District,
    Driver,
    Inlet,
    Machine,
    Segment,
    Shift,
    Station,
)
from data.model.field import Incident
from data.model.levels import LevelRule
from data.model.plan import Assignment, JobKind
from ops.planning.context import Storm
from ops.planning.level_demands import added_to, adds_by_level
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.tasks import Task
from ops.replanning.request import situation
from ops.risk.rain_outlook import outlook
from ops.settings import Settings
from solver import Job, Plan, Problem, solve
from solver.referee import violations
from tests.bench import plan_sense_measure as measure
from tests.helpers.draws import few_or
from tests.helpers.makers import NOW, local, make_alert, make_forecast
from tests.helpers.storm import wanted

QUICK, THOROUGH = 1000, 30_000  # steps of search
DRAWS = few_or(5, few=3)
ZONE = ZoneInfo("Asia/Shanghai")
FOR_WAYS = 0.03
"""Of what is blocked where nothing is done: the programs' own model of the rain and ours are not
the same, and ways cost a little.
"""
draws = settings(
    max_examples=DRAWS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Case:
    """A town under a storm; ``level`` of the flood response, ``water`` that stands somewhere.

    ``judged_by`` names the level whose posts and reserves count as duties, whatever is ordered.
    """

    city: City
    rain: dict[int, float]
    now: datetime = NOW
    level: LevelRule | None = None
    water: tuple[Incident, ...] = ()
    judged_by: LevelRule | None = None

    def __repr__(self) -> str:
        """What a reader needs to draw it on paper."""
        inlets = self.city.inlets_by_segment
        records = Counter(
            self.city.inlet_by_id[one.inlet_id].segment_id for one in self.city.blockages
        )
        roads = [
            f"{one.id} {one.line[0]} importance {one.importance}{' low' * one.low_lying}"
            f"{' key' * one.guard}, {len(inlets.get(one.id, ()))} inlets, {records[one.id]} records"
            for one in self.city.segments
        ]
        crews = [
            f"{one.id} of {one.size} at {one.station_id} {one.shift_id}" for one in self.city.crews
        ]
        water = [f"{one.depth_cm} cm at {one.segment_id}" for one in self.water]
        facts = (
            f"{self.now.astimezone(ZONE):%H:%M}, rain {self.rain}",
            f"level {self.level.id if self.level else None}, {len(self.city.machines)} pump trucks",
            *roads,
            *crews,
            *water,
        )
        return "\n    ".join(("Case:", *facts))

    def _repr_pretty_(self, printer, cycle: bool) -> None:
        """How Hypothesis shows it."""
        printer.text(repr(self))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a plan comes to.

    Attributes
    ----------
    waits
        Minutes until a crew is at each place where water stands, in all; the storm's length where
        none comes.
    low, key, level, standby
        Crew-minutes of low points, of the key points that the tables mark, of the roads that the
        level adds and of the reserves that it demands, unmanned.
    blocked
        Blocked-inlet-hours.
    """

    waits: float
    low: float
    key: float
    level: float
    standby: float
    blocked: float


@dataclass(frozen=True, kw_only=True)
class Planned:
    case: Case
    jobs: tuple[Assignment, ...]
    rests: tuple[tuple[str, datetime, datetime], ...]
    left_out: tuple

    def judged_as(self, case: Case) -> "Outcome":
        """What the plan comes to in this case."""
        return outcome_of(case, self.jobs)


# --- draws ---------------------------------------------------------------------------------------

DAY = Shift(
    id="day",
    name="白班",
    start=time(8),
    end=time(16),
    break_minutes=30,
    break_from=time(11),
    break_to=time(14),
)
LATE = Shift(id="late", name="中班", start=time(16), end=time(0))
LEVEL = LevelRule(id="III", colour="yellow", duty="", reserves=1, guard_from=5)
SKILLS = ("clearing", "pumping", "jetting")


@st.composite
def towns(draw) -> City:
    """Two stations, 4 to 6 roads of which one at least is low, 2 to 4 crews, a pump truck."""
    stations = tuple(
        Station(id=name, name=f"{name}站", position=position, chief="站长", deputy="副站长")
        for name, position in (("A", (125.140, 42.900)), ("B", (125.150, 42.905)))
    )
    count = draw(st.integers(4, 6))
    segments = tuple(_road(draw, n) for n in range(count))
    inlets = tuple(
        Inlet(
            id=f"{one.id}-{n}",
            segment_id=one.id,
            position=one.middle,
            cleaned_on=date(2022, 4, 1),
        )
        for one in segments
        for n in range(draw(st.integers(1, 4)))
    )
    crews = tuple(
        crew_of(n, draw(st.sampled_from((2, 3, 4, 5)))) for n in range(draw(st.integers(2, 4)))
    )
    blockages = tuple(
        blockage_at(n, inlet_id)
        for n, inlet_id in enumerate(
            draw(st.lists(st.sampled_from([one.id for one in inlets]), max_size=4))
        )
    )
    return with_pump(
        City(
            district=District(adcode="220402", name="龙山区", sample=True),
            stations=stations,
            segments=segments,
            inlets=inlets,
            shifts=(DAY, LATE),
            crews=crews,
            blockages=blockages,
        ),
        "P1",
    )


def _road(draw, n: int) -> Segment:
    east, north = draw(st.integers(0, 12)), draw(st.integers(0, 8))
    at = (125.138 + east / 1000, 42.898 + north / 1000)
    is_low = n == 0 or draw(st.booleans())
    return Segment(
        id=f"S{n}",
        road=f"路{n}",
        start_name="东",
        end_name="西",
        station_id=draw(st.sampled_from("AB")),
        line=(at, (at[0] + 0.001, at[1])),
        importance=draw(st.integers(2, 5)),
        guard=is_low or n == 1,
        low_lying=is_low and n < 3,
    )


def crew_of(n: int, size: int, shift: str = "day") -> Crew:
    station = "AB"[n % 2]
    return Crew(
        id=f"C{n}",
        station_id=station,
        name=f"{n}班",
        leader="班长",
        size=size,
        skills=SKILLS,
        shift_id=shift,
    )


def blockage_at(n: int, inlet_id: str) -> Blockage:
    return Blockage(
        id=f"B{n}",
        inlet_id=inlet_id,
        reported_at=NOW - timedelta(days=30 + n),
        cleared_at=NOW - timedelta(days=29 + n),
        cause="leaves",
        remedy="hand",
    )


def with_pump(city: City, machine_id: str) -> City:
    machine = Machine(id=machine_id, station_id="A", kind="pump_truck", plate=machine_id)
    driver = Driver(id=f"R{machine_id}", machine_id=machine_id, post="司机", shift_id="day")
    return replace(city, machines=(*city.machines, machine), drivers=(*city.drivers, driver))


storms = st.sampled_from(
    (
        {11: 4.0, 12: 18.0, 13: 9.0, 14: 3.0},
        {10: 12.0, 11: 25.0, 12: 9.0, 13: 2.0},
        {9: 1.5, 10: 1.5, 12: 30.0, 13: 6.0},
    )
)


@st.composite
def cases(draw) -> Case:
    return Case(city=draw(towns()), rain=draw(storms))


@st.composite
def wet_cases(draw) -> Case:
    """Water stands on a road while it rains."""
    city = draw(towns())
    where = draw(st.sampled_from([one.id for one in city.segments]))
    rain = {8: 6.0, 9: 15.0, 10: 10.0, 11: 4.0}
    return Case(city=city, rain=rain, water=(standing(where, draw(st.integers(10, 40)), 10),))


def standing(segment_id: str, depth_cm: float, minutes_ago: int) -> Incident:
    at = NOW - timedelta(minutes=minutes_ago)
    return Incident(
        id=1,
        operation_id=1,
        kind="standing_water",
        segment_id=segment_id,
        depth_cm=depth_cm,
        source="desk",
        reported_at=at,
        received_at=at,
        by="巡查员",
    )


# --- the planning path, without a store ----------------------------------------------------------


def asked(case: Case) -> tuple[Storm, tuple[Task, ...]]:
    """The situation, and all that is wanted in it."""
    alerts = (make_alert(forecast_hours=6.0),)
    rain = outlook(make_forecast(case.rain, case.now), alerts, None, case.now)
    storm = replace(
        situation(case.city, rain, alerts, case.now, Settings()),
        level=case.level,
        incidents=case.water,
    )
    return storm, wanted(storm)


def plan(case: Case, steps: int = QUICK, seeds: tuple[int, ...] | None = None) -> Planned:
    """The plan for a case, and what it comes to: under a level begun from that without it."""
    seeds = seeds or ((1,) if steps == QUICK else (1, 2, 3))
    storm, tasks = asked(case)
    inputs = build_problem(storm, tasks, None)
    if adds_by_level(tasks):
        plain = build_problem(*asked(replace(case, level=None)), None).problem
        inputs = added_to(best(plain, steps, seeds), inputs)
    found = best(inputs.problem, steps, seeds)
    assert violations(inputs.problem, found) == []
    jobs, left_out, rests = read_plan(inputs, found, storm.city)
    return Planned(
        case=case,
        jobs=jobs,
        rests=tuple((rest.unit_id, rest.start_at, rest.end_at) for rest in rests),
        left_out=left_out,
    )


def best(problem: Problem, steps: int, seeds: Iterable[int]) -> Plan:
    return max((solve(problem, steps=steps, seed=seed) for seed in seeds), key=attrgetter("score"))


def measured(case: Case) -> measure.Case:
    return measure.Case(
        city=case.city,
        now=case.now,
        rain={local(hour): mm for hour, mm in case.rain.items()},
        colours=((case.now, "yellow"),),
        guarded=frozenset(one.id for one in case.city.segments if one.guard),
    )


def added_by(case: Case) -> frozenset[str]:
    """The roads that the level adds to those that are guarded in any storm."""
    least = case.judged_by.guard_from if case.judged_by else 6
    return frozenset(
        one.id for one in case.city.segments if one.importance >= least and not one.guard
    )


def outcome_of(case: Case, jobs: tuple[Assignment, ...]) -> Outcome:
    seen = measured(case)
    assert seen.end is not None
    posts = measure.unmanned(seen, jobs, (), ())
    longest = (seen.end - case.now) / timedelta(minutes=1)
    waits = sum(
        min(longest, measure.on_site(seen, jobs, one.segment_id, case.now)) for one in case.water
    )
    return Outcome(
        waits=waits,
        low=posts.low,
        key=posts.key,
        level=measure.unmanned(replace(seen, guarded=added_by(case)), jobs, (), ()).key,
        standby=no_reserve(case, seen, jobs),
        blocked=measure.blocked_hours(seen, jobs)[0],
    )


def no_reserve(case: Case, seen: measure.Case, jobs: tuple[Assignment, ...]) -> float:
    """Crew-minutes for which stations were without the reserve that the level demands."""
    if case.judged_by is None or seen.onset is None or seen.end is None:
        return 0.0
    ready = [job for job in jobs if job.kind is JobKind.RESERVE]
    step = measure.STEP / timedelta(minutes=1)
    return sum(
        step * max(0, case.judged_by.reserves - sum(_is_ready(job, one.id, at) for job in ready))
        for at in measure.steps(max(seen.onset, case.now), seen.end)
        for one in case.city.stations
    )


def _is_ready(job: Assignment, station_id: str, at: datetime) -> bool:
    return job.station_id == station_id and job.start_at <= at < job.end_at


def worse(was: Outcome, now: Outcome, nothing: float) -> str | None:
    """How the second outcome is worse, if it is: duties first, what is graver decides where it
    differs.
    """
    for name, least in (
        ("waits", 5.0),
        ("low", 10.0),
        ("key", 10.0),
        ("level", 10.0),
        ("standby", 10.0),
    ):
        old, new = getattr(was, name), getattr(now, name)
        if new > old + least:
            return f"{name}: {old:.0f} -> {new:.0f} minutes"
        if new < old - least:
            return None
    allowed = FOR_WAYS * nothing
    if now.blocked > was.blocked + allowed:
        return f"blocked: {was.blocked:.1f} -> {now.blocked:.1f} of {nothing:.1f}"
    return None


def assert_not_worse(less: Case, more: Case, judged_as: Case | None = None) -> None:
    """The plan for ``more`` is no worse than that for ``less``, each in its own case unless one is
    given.
    """
    for steps in (QUICK, THOROUGH):
        before, after = plan(less, steps), plan(more, steps)
        was, now = before.judged_as(judged_as or less), after.judged_as(judged_as or more)
        found = worse(was, now, measure.blocked_hours(measured(judged_as or more), ())[0])
        if found is None:
            return
    raise AssertionError("\n".join((found or "", *lines(before), "--", *lines(after))))


def lines(planned: Planned) -> Iterator[str]:
    """Who is where when."""
    for job in planned.jobs:
        units = " ".join(one.unit_id for one in job.members)
        start, end = (f"{each.astimezone(ZONE):%H:%M}" for each in (job.start_at, job.end_at))
        yield f"{start}-{end} {job.kind} {job.segment_id or job.station_id} {units}"


def most_lost(job: Job) -> int:
    """What the latest start or end that its windows allow costs of its weight."""
    if job.due is None:
        return 0
    late = max(0, max(end for _, end in job.windows) - job.due)
    lost = job.late_cost * late
    return lost if job.late_most is None else min(lost, job.late_most)
