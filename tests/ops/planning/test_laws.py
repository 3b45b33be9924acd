"""What must hold on every draw: more means, an earlier word or a higher level never make a plan
worse, duties first, then what it prevents.

Towns are so small that a short search finds the best plan; where a law seems broken, both plans are
searched for much longer before it counts, so that no noise of the search does. Plans are judged by
``tests.bench.plan_sense_measure``, which knows nothing of points.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.model.city import (
    Blockage,
    City,
    Crew,
    District,
    Driver,
    Inlet,
    Inspection,
    InspectionResult,
    Machine,
    Segment,
    Shift,
    Station,
)
from data.model.field import Incident
from data.model.levels import LevelRule
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.planning.context import Storm
from ops.planning.in_force.plan_diff import changes
from ops.planning.in_force.portions import with_told_inlets
from ops.planning.in_force.served_posts import with_posts_served
from ops.planning.level_demands import added_to, adds_by_level
from ops.planning.parameters import StabilitySettings
from ops.planning.solver_input import SolverInput, build_problem
from ops.planning.solver_output import read_plan
from ops.planning.solver_problem import LEFT_BY_CHOICE
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.tasks import Task
from ops.planning.wanted.watch_parts import known_posts
from ops.replanning.request import situation
from ops.risk.rain_outlook import outlook
from ops.settings import Settings
from solver import Job, Plan, Problem, solve
from solver.referee import change_cost, violations
from tests.bench import plan_sense_measure as measure
from tests.bench.plan_sense_situations import (
    HILLY,
    NO_RECORD,
    SMALL_TOWN,
    YELLOW_RAIN,
    longshan,
)
from tests.helpers.draws import few_or
from tests.helpers.makers import NOW, local, make_alert, make_forecast, make_version

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
        _crew(n, draw(st.sampled_from((2, 3, 4, 5)))) for n in range(draw(st.integers(2, 4)))
    )
    blockages = tuple(
        _blockage(n, inlet_id)
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


def _crew(n: int, size: int, shift: str = "day") -> Crew:
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


def _blockage(n: int, inlet_id: str) -> Blockage:
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
    posts, at_incidents = with_posts_served(storm_tasks(storm), incident_tasks(storm))
    return storm, (*posts, *at_incidents)


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
    return max((solve(problem, steps=steps, seed=seed) for seed in seeds), key=_points)


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


# --- more is never worse -------------------------------------------------------------------------


def more_people(case: Case) -> Case:
    """A crew of two more."""
    n = len(case.city.crews)
    return replace(case, city=replace(case.city, crews=(*case.city.crews, _crew(n, 2))))


def bigger_crews(case: Case) -> Case:
    crews = tuple(replace(crew, size=crew.size + 1) for crew in case.city.crews)
    return replace(case, city=replace(case.city, crews=crews))


def split_crews(case: Case) -> Case:
    """The same people in crews of half the size."""
    crews: list[Crew] = []
    for crew in case.city.crews:
        half = crew.size // 2 if crew.size >= 4 else 0
        crews.append(replace(crew, size=crew.size - half))
        if half:
            crews.append(replace(crew, id=f"{crew.id}b", size=half))
    return replace(case, city=replace(case.city, crews=tuple(crews)))


def one_more_machine(case: Case) -> Case:
    return replace(case, city=with_pump(case.city, "P2"))


def higher_level(case: Case) -> Case:
    return replace(case, level=LEVEL)


def more_records(case: Case) -> Case:
    """Each inlet of the first road was blocked once more; what is likelier is only told better."""
    inlets = [one.id for one in case.city.inlets if one.segment_id == "S0"]
    more = tuple(_blockage(100 + n, inlet) for n, inlet in enumerate(inlets))
    return replace(case, city=replace(case.city, blockages=(*case.city.blockages, *more)))


MORE = (more_people, bigger_crews, split_crews, one_more_machine, higher_level)


@pytest.mark.parametrize("more", MORE, ids=lambda each: each.__name__)
@draws
@given(case=cases())
def test_more_is_never_worse(more: Callable[[Case], Case], case: Case):
    judged = replace(case, judged_by=LEVEL if more is higher_level else None)
    assert_not_worse(judged, more(judged))


DISTRICTS = {"sample": longshan, "hilly": HILLY, "no record": NO_RECORD, "small": SMALL_TOWN}
STORMS = (YELLOW_RAIN, {10: 25.0, 11: 45.0, 12: 15.0})


@settings(draws, max_examples=few_or(4, few=2))
@given(
    city=st.sampled_from(sorted(DISTRICTS)),
    rain=st.sampled_from(STORMS),
    level=st.sampled_from(("IV", "III", "II")),
    seed=st.integers(1, 9),
)
def test_an_ordered_level_never_makes_a_plan_worse(
    city: str, rain: dict[int, float], level: str, seed: int
):
    """By one short search with the same seed: no noise of it may count, nor what a level adds."""
    calm = Case(city=DISTRICTS[city](), rain=rain)
    rule = next(one for one in longshan().levels if one.id == level)
    nothing = measure.blocked_hours(measured(calm), ())[0]

    was, now = (
        plan(each, 2 * QUICK, (seed,)).judged_as(calm) for each in (calm, replace(calm, level=rule))
    )

    assert now.low <= was.low + 5
    assert now.key <= was.key + 5
    assert now.blocked <= was.blocked + 0.002 * nothing


LIGHT = (
    dict.fromkeys(range(8, 15), 1.2) | {15: 25.0, 16: 30.0, 17: 10.0},
    dict.fromkeys(range(8, 20), 2.2),
)
"""Rain under which inlets may still be opened for hours: before a storm, and all day long."""


@pytest.mark.parametrize("rain", LIGHT, ids=("before a storm", "all day"))
def test_a_level_takes_no_hand_from_opening_inlets(rain: dict[int, float]):
    calm = Case(city=longshan(), rain=rain)
    level = next(one for one in calm.city.levels if one.id == "III")
    ordered = replace(calm, level=level)
    nothing = measure.blocked_hours(measured(calm), ())[0]

    before, after = (plan(each).judged_as(each).blocked for each in (calm, ordered))

    assert after <= before + FOR_WAYS * nothing


@draws
@given(case=cases())
def test_more_records_serve_the_road_that_they_are_of_no_worse(case: Case):
    """Judged as the town stands with them, by the plan made without and with them."""
    fuller = more_records(case)
    assert_not_worse(case, fuller, judged_as=fuller)


@draws
@given(case=cases())
def test_an_earlier_warning_is_never_worse(case: Case):
    """Who learns of the storm forty minutes later can do nothing that the other could not."""
    late = replace(case, now=case.now + timedelta(minutes=40))
    assert_not_worse(late, case, judged_as=late)


@draws
@given(case=cases())
def test_shifts_that_overlap_are_never_worse(case: Case):
    """A storm over the change of shift; the later crews and drivers come half an hour sooner."""
    rain = {hour + 4: mm for hour, mm in case.rain.items()}
    n = len(case.city.crews)
    drivers = tuple(replace(one, id=f"{one.id}late", shift_id="late") for one in case.city.drivers)
    city = replace(
        case.city,
        crews=(*case.city.crews, _crew(n, 4, "late"), _crew(n + 1, 3, "late")),
        drivers=(*case.city.drivers, *drivers),
    )
    sooner = replace(city, shifts=(DAY, replace(LATE, start=time(15, 30))))
    apart, overlap = (replace(case, rain=rain, city=each, now=local(12)) for each in (city, sooner))
    assert_not_worse(apart, overlap)


@pytest.mark.parametrize(
    "graver",
    [
        lambda water: replace(water, depth_cm=(water.depth_cm or 0) + 15),
        lambda water: replace(water, reported_at=water.reported_at - timedelta(hours=2)),
    ],
    ids=["deeper", "older"],
)
@draws
@given(case=wet_cases())
def test_graver_water_waits_no_longer(graver: Callable[[Incident], Incident], case: Case):
    worst = replace(case, water=tuple(graver(one) for one in case.water))
    before, after = plan(case).judged_as(case), plan(worst).judged_as(worst)
    assert after.waits <= before.waits + 5


# --- no sense in it ------------------------------------------------------------------------------


@draws
@given(case=st.one_of(cases(), wet_cases()))
def test_nobody_idles_near_an_unmanned_low_point(case: Case):
    """Half an hour and more, within twenty minutes; a crew that is only kept ready is idle."""
    found = plan(case)
    seen = measured(case)
    assert seen.end is not None
    jobs = [job for job in found.jobs if job.kind is not JobKind.RESERVE]
    free = measure.free_spans(seen, jobs, found.rests, seen.end)
    posts = measure.unmanned(seen, found.jobs, free, free)
    assert posts.needless <= 10, posts.where[:3]


@draws
@given(case=wet_cases(), peak=st.sampled_from((25.0, 60.0)))
def test_in_a_downpour_no_water_elsewhere_takes_the_crew_off_a_low_point(case: Case, peak: float):
    """All roads have some then, and theirs runs together there; it stands on after the rain too."""
    case = replace(case, rain={8: 6.0, 9: peak, 10: 10.0})
    water = case.water[0]
    calls = tuple(
        replace(water, id=n, segment_id=one.id, depth_cm=60.0)
        for n, one in enumerate(case.city.segments, 1)
        if not one.low_lying
    )
    lows = [one.id for one in case.city.segments if one.low_lying]

    manned = measure.manned_spans(plan(replace(case, water=calls)).jobs)

    gone = local(12)  # two hours after the hour of the downpour
    for at in measure.steps(local(9) + 10 * measure.MINUTE, gone):
        there = sum(measure.holds(manned[one], at) for one in lows)
        assert there >= min(len(lows), len(case.city.crews)), at


@draws
@given(case=wet_cases(), peak=st.sampled_from((10.0, 60.0)), hours=st.integers(0, 12))
def test_what_waiting_costs_reaches_the_solver_uncut(case: Case, peak: float, hours: int):
    """Else the crew of a low point sees to lesser water first, and comes late in the downpour."""
    stood = tuple(
        replace(one, depth_cm=90.0, reported_at=one.reported_at - timedelta(hours=hours))
        for one in case.water
    )
    storm, tasks = asked(replace(case, rain={8: 6.0, 9: peak, 10: 10.0}, water=stood))
    problem = build_problem(storm, tasks, None).problem
    costs = {task.id: (task.late_points, task.points) for task in tasks}
    assert {job.id: (job.late_cost, job.weight) for job in problem.jobs} == {
        job.id: costs[job.id] for job in problem.jobs
    }


@draws
@given(case=wet_cases(), hours=st.integers(1, 5))
def test_no_incident_is_dropped_for_its_lateness(case: Case, hours: int):
    """However long the water has stood: somebody comes, and within what the town has."""
    stood = tuple(
        replace(one, reported_at=one.reported_at - timedelta(hours=hours)) for one in case.water
    )
    found = plan(replace(case, water=stood))
    assert not [one for one in found.left_out if one.job_id.startswith("incident")]
    assert found.judged_as(case).waits <= 40


@draws
@given(case=st.one_of(cases(), wet_cases()))
def test_to_leave_out_is_never_cheaper_than_to_be_late(case: Case):
    """Done at the last instant that its windows allow, a job still wins something."""
    storm, tasks = asked(case)
    problem = build_problem(storm, tasks, None).problem
    worthless = {
        job.id: job.weight - lost
        for job in problem.jobs
        if (lost := most_lost(job)) >= max(1, job.weight)
    }
    assert worthless == {}


def most_lost(job: Job) -> int:
    """What the latest start or end that its windows allow costs of its weight."""
    if job.due is None:
        return 0
    late = max(0, max(end for _, end in job.windows) - job.due)
    lost = job.late_cost * late
    return lost if job.late_most is None else min(lost, job.late_most)


# --- calm ----------------------------------------------------------------------------------------


def published(case: Case) -> PlanVersion:
    """The plan for a case as it is told."""
    storm, tasks = asked(case)
    inputs = build_problem(storm, tasks, None)
    found = max((solve(inputs.problem, steps=4 * QUICK, seed=n) for n in (1, 2)), key=_points)
    jobs, left_out, rests = read_plan(inputs, found, storm.city)
    return make_version(
        1,
        made_at=storm.now,
        rain=storm.rain,
        assignments=jobs,
        left_out=left_out,
        rests=rests,
        problem=inputs.problem.to_json(),
    )


def _points(plan: Plan) -> int:
    return plan.score


def asked_again(case: Case, version: PlanVersion) -> SolverInput:
    """The problem some time later, with all work done and tapped as it was told."""
    done = tuple(
        Inspection(inlet_id=inlet, at=job.end_at, result=InspectionResult.CLEANED)
        for job in version.assignments
        if job.kind is JobKind.CLEAR and job.end_at <= case.now
        for inlet in job.inlet_ids
    )
    storm, _ = asked(replace(case, city=replace(case.city, inspections=done)))
    storm = replace(storm, known_posts=known_posts(version, storm.now))
    at_incidents = incident_tasks(storm, current=version)
    posts, at_incidents = with_posts_served(storm_tasks(storm), at_incidents)
    tasks = with_told_inlets((*posts, *at_incidents), version, storm)
    return build_problem(storm, tasks, version)


def moved(problem: Problem, plan: Plan) -> set[str]:
    """What was told to somebody and is now told to others, or to nobody."""
    units = {each.job: set(each.units) for each in plan.assignments}
    pinned = {pin.job for pin in problem.pinned}
    return {
        pin.job
        for pin in problem.previous
        if pin.job in problem.job_by_id
        and pin.job not in pinned
        and units.get(pin.job) != set(pin.units)
    }


def kept(problem: Problem, jobs: Iterable[str]) -> Problem:
    """The problem with these jobs pinned as they were told, as far as that is legal."""
    for pin in problem.previous:
        if pin.job in jobs:
            with suppress(ValueError):
                problem = replace(problem, pinned=(*problem.pinned, pin))
    return problem


@draws
@given(case=cases(), minutes=st.integers(3, 200))
def test_what_was_told_is_wanted_still_and_moves_only_for_its_price(case: Case, minutes: int):
    """Nothing has happened but work done as planned."""
    version = published(case)
    later = replace(case, now=case.now + timedelta(minutes=minutes))
    inputs = asked_again(later, version)
    known_to_all = {pin.job for pin in inputs.problem.previous}
    assert known_to_all <= inputs.problem.job_by_id.keys(), "what was told is asked for still"
    left = {each.job_id for each in version.left_out if each.why.code.startswith(LEFT_BY_CHOICE)}
    for job in inputs.problem.jobs:
        points = inputs.tasks[job.id].points if job.id in inputs.tasks else 0  # under way
        news = min(StabilitySettings().add, points // 2) if job.id in left else 0
        assert job.weight == points - news, "news has its price"
        assert most_lost(job) < max(1, job.weight)
    found = solve(inputs.problem, steps=QUICK)
    news = moved(inputs.problem, found)
    if news:
        stays = solve(kept(inputs.problem, news), steps=QUICK)
        assert found.score >= stays.score, news


@draws
@given(case=cases(), minutes=st.integers(0, 200))
def test_with_nothing_new_nobody_is_told_anything_but_for_its_price(case: Case, minutes: int):
    """What costs nothing is told to nobody, but for what is added; else it wins more than that."""
    version = published(case)
    inputs = asked_again(replace(case, now=case.now + timedelta(minutes=minutes)), version)
    problem = inputs.problem
    found = solve(problem, steps=QUICK)
    jobs, left_out, rests = read_plan(inputs, found, case.city)
    again = replace(
        version, made_at=inputs.now, assignments=jobs, left_out=left_out, rests=rests, number=2
    )
    told = [each.code for each in changes(version, again, case.city, StabilitySettings())]
    if change_cost(problem, {each.job: each for each in found.assignments}) == 0:
        assert set(told) <= {"change.added"}
    stays = solve(kept(problem, {pin.job for pin in problem.previous}), steps=QUICK)
    assert found.score >= stays.score, told


@draws
@given(case=wet_cases(), minutes=st.integers(0, 60))
def test_an_incident_moves_nobody_but_who_goes_and_who_stands_in_for_him(case: Case, minutes: int):
    """Whoever else is moved is so for more than the price: to keep him loses."""
    version = published(replace(case, water=()))
    now = case.now + timedelta(minutes=minutes)
    water = tuple(replace(one, reported_at=now, received_at=now) for one in case.water)
    inputs = asked_again(replace(case, now=now, water=water), version)
    problem = inputs.problem
    found = solve(problem, steps=4 * QUICK)
    goers = {
        unit for each in found.assignments if each.job.startswith("incident") for unit in each.units
    }
    left = {pin.job for pin in problem.previous if goers & set(pin.units)}
    others = moved(problem, found) - left
    if others:
        stays = solve(kept(problem, others), steps=4 * QUICK)
        assert found.score >= stays.score, others
