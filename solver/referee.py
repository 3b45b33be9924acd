"""The referee: what a legal plan is and what it is worth, from the contract alone; knows no
solver.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from solver.parts import Break, Job, Unit
from solver.plan import Assignment, BreakTaken, Dumping, Plan, Reason, Status
from solver.problem import Problem


def score(problem: Problem, plan: Plan) -> int:
    """Points of the plan by the contract's definition, whatever `plan.score` claims.

    Raises
    ------
    ValueError
        When the plan names a job or unit that the problem does not have.
    """
    _known(problem, plan)
    done = {each.job: each for each in plan.assignments}
    won = sum(problem.job_by_id[job].weight for job in done)
    late = sum(
        problem.job_by_id[job].lateness_cost(each.start, each.end) for job, each in done.items()
    )
    return (
        won
        - late
        - overtime_cost(problem, plan)
        - change_cost(problem, done)
        - problem.travel_cost * travel_seconds(problem, plan)
    )


def change_cost(problem: Problem, done: dict[str, Assignment]) -> int:
    """Points lost for the jobs of `previous` that are dropped, change hands, or move by more than
    the tolerance.
    """
    pinned = {each.job for each in problem.pinned}
    price = problem.stability
    cost = 0
    for old in problem.previous:
        if old.job in pinned or old.job not in problem.job_by_id:
            continue
        new = done.get(old.job)
        if new is None or set(new.units) != set(old.units):
            cost += price.reassign + old.price
        elif abs(new.start - old.start) > price.tolerance:
            cost += price.retime + old.price
    return cost


def overtime_cost(problem: Problem, plan: Plan) -> int:
    """Points that the units' work after the begin of their overtime costs."""
    return sum(
        problem.unit_by_id[unit].overtime_points(each.start, each.end)
        for each in plan.assignments
        for unit in dict.fromkeys(each.units)
    )


def travel_seconds(problem: Problem, plan: Plan) -> int:
    """Seconds on the road of all units that have a job: from `start`, between jobs and dump sites,
    to `end` where there is one.
    """
    total, dumped = 0, _dumped(plan)
    for unit_id, stops in _days(plan).items():
        unit = problem.unit_by_id[unit_id]
        places = [unit.start]
        for each in _in_time([*stops, *dumped.get(unit_id, [])]):
            places.append(_location(problem, each))
        if unit.end is not None:
            places.append(unit.end)
        travel = problem.travel_of(unit)
        total += sum(travel[a][b] for a, b in pairwise(places))
    return total


def violations(problem: Problem, plan: Plan) -> list[str]:
    """Every rule of the contract that the plan breaks, one sentence each; empty when it is
    legal.
    """
    strangers = _strangers(problem, plan)
    if strangers:
        return strangers
    result = _listing(problem, plan)
    for assignment in plan.assignments:
        job = problem.job_by_id[assignment.job]
        result += _team(problem, job, assignment) + _time(problem, job, assignment)
        result += _margins(problem, job, assignment)
    result += _after(problem, plan) + _groups(problem, plan) + _pinned(problem, plan)
    breaks: dict[str, list[BreakTaken]] = {}
    for rest in plan.breaks:
        breaks.setdefault(rest.unit, []).append(rest)
    days, dumped = _days(plan), _dumped(plan)
    for unit in problem.units:
        stops, visits = days.get(unit.id, []), dumped.get(unit.id, [])
        result += _day(problem, unit, stops, breaks.get(unit.id, []), visits)
        result += _visits(problem, unit, stops, visits) + _tank(problem, unit, stops, visits)
    return result or _claims(problem, plan)


def _known(problem: Problem, plan: Plan) -> None:
    strangers = _strangers(problem, plan)
    if strangers:
        raise ValueError(strangers[0])


def _strangers(problem: Problem, plan: Plan) -> list[str]:
    result = []
    if plan.problem != problem.id:
        result.append(f"the plan answers problem {plan.problem}, not {problem.id}")
    result += [
        f"job {job} is not in the problem" for job in _jobs(plan) if job not in problem.job_by_id
    ]
    units = [unit for each in plan.assignments for unit in each.units]
    units += [each.unit for each in plan.breaks] + [each.unit for each in plan.dumpings]
    sites = {site.id for site in problem.dump_sites}
    result += [
        f"dump site {each.site} is not in the problem"
        for each in plan.dumpings
        if each.site not in sites
    ]
    result += [
        f"unit {unit} is not in the problem" for unit in units if unit not in problem.unit_by_id
    ]
    return result


def _jobs(plan: Plan) -> list[str]:
    """Every job that the plan speaks of, done or left out."""
    return [each.job for each in plan.assignments] + [each.job for each in plan.unassigned]


def _days(plan: Plan) -> dict[str, list[Assignment]]:
    days: dict[str, list[Assignment]] = {}
    for each in sorted(plan.assignments, key=lambda each: (each.start, each.end)):
        for unit in dict.fromkeys(each.units):
            days.setdefault(unit, []).append(each)
    return days


def _listing(problem: Problem, plan: Plan) -> list[str]:
    """Each job stands exactly once: done, or left out with a reason."""
    times = Counter(_jobs(plan))
    result = [f"job {job} is listed {count} times" for job, count in times.items() if count > 1]
    result += [
        f"job {job.id} is neither done nor listed as left out"
        for job in problem.jobs
        if job.id not in times
    ]
    left_out = {each.job for each in plan.unassigned}
    for each in plan.unassigned:
        if each.reason is Reason.PREDECESSOR and not left_out.intersection(
            problem.job_by_id[each.job].after
        ):
            result.append(f"job {each.job} is left out for a predecessor, but all of them are done")
        if each.reason is Reason.ALTERNATIVE and not _of_group(problem, plan, each.job):
            result.append(f"job {each.job} is left out for another of its group, but none is done")
    return result


def _of_group(problem: Problem, plan: Plan, job: str) -> list[str]:
    """The other jobs of its group that are done."""
    group = problem.job_by_id[job].group
    return [
        each.job
        for each in plan.assignments
        if group and each.job != job and problem.job_by_id[each.job].group == group
    ]


def _groups(problem: Problem, plan: Plan) -> list[str]:
    """Of jobs that are ways to do the same at most one is done."""
    done = Counter(problem.job_by_id[each.job].group for each in plan.assignments)
    return [
        f"{count} jobs of group {group} are done"
        for group, count in done.items()
        if group is not None and count > 1
    ]


def _team(problem: Problem, job: Job, each: Assignment) -> list[str]:
    if len(each.units) != len(job.slots):
        return [f"job {job.id} has {len(each.units)} units for {len(job.slots)} slots"]
    result = []
    if len(set(each.units)) < len(each.units):
        result.append(f"job {job.id} uses a unit twice")
    for i, (slot, unit) in enumerate(zip(job.slots, each.units, strict=True)):
        if not slot.fits(problem.unit_by_id[unit]):
            result.append(f"unit {unit} does not fit slot {i} of job {job.id}")
    return result


def _time(problem: Problem, job: Job, each: Assignment) -> list[str]:
    """The end follows from the start and, where people shorten the work, from the unit in the first
    slot.
    """
    seconds = job.seconds(problem.unit_by_id[each.units[0]].size if each.units else 0)
    result = []
    if job.until is not None and each.end != job.until:
        result.append(f"job {job.id} ends at {each.end}, not at {job.until}")
    if job.until is None and each.end != each.start + seconds:
        result.append(
            f"job {job.id} ends at {each.end}, not {seconds} seconds after its start {each.start}"
        )
    if not job.may_start(each.start, seconds):
        result.append(f"job {job.id} at {each.start} is outside its windows")
    return result


def _margins(problem: Problem, job: Job, each: Assignment) -> list[str]:
    """In the margins of a unit's shift lies only what may, and what is pinned."""
    if job.in_margin or job.id in {pin.job for pin in problem.pinned}:
        return []
    regular = {unit: problem.unit_by_id[unit].regular for unit in each.units}
    return [
        f"job {job.id} at {each.start} lies in a margin of the shift of unit {unit}"
        for unit, hours in regular.items()
        if hours and not (hours[0] <= each.start and each.end <= hours[1])
    ]


def _after(problem: Problem, plan: Plan) -> list[str]:
    done = {each.job: each for each in plan.assignments}
    result = []
    for each in plan.assignments:
        for predecessor in problem.job_by_id[each.job].after:
            if predecessor not in done:
                result.append(
                    f"job {each.job} is done, but not {predecessor}, which it comes after"
                )
            elif done[predecessor].end > each.start:
                result.append(
                    f"job {each.job} starts at {each.start}, "
                    f"before {predecessor} ends at {done[predecessor].end}"
                )
    return result


def _pinned(problem: Problem, plan: Plan) -> list[str]:
    done = {each.job: each for each in plan.assignments}
    result = []
    for pin in problem.pinned:
        assignment = done.get(pin.job)
        if assignment is None or (assignment.start, assignment.units) != (pin.start, pin.units):
            result.append(f"job {pin.job} is not kept as pinned")
    return result


def _dumped(plan: Plan) -> dict[str, list[Dumping]]:
    dumped: dict[str, list[Dumping]] = {}
    for each in plan.dumpings:
        dumped.setdefault(each.unit, []).append(each)
    return dumped


Halt = Assignment | Dumping


def _in_time(halts: Sequence[Halt]) -> list[Halt]:
    return sorted(halts, key=lambda each: (each.start, each.end))


def _location(problem: Problem, halt: Halt) -> int:
    if isinstance(halt, Assignment):
        return problem.job_by_id[halt.job].location
    return next(site.location for site in problem.dump_sites if site.id == halt.site)


def _visits(
    problem: Problem, unit: Unit, stops: list[Assignment], visits: list[Dumping]
) -> list[str]:
    """Each visit to a dump site takes its time, while the site is open, by a unit that may come and
    works that day.
    """
    sites = {site.id: site for site in problem.dump_sites}
    result = [f"unit {unit.id} has no job, but goes to {each.site}" for each in visits if not stops]
    for each in visits:
        site = sites[each.site]
        if not site.admits(unit):
            result.append(f"unit {unit.id} may not dump at {site.id}")
        if each.end != each.start + site.duration:
            result.append(
                f"unit {unit.id} dumps at {site.id} until {each.end}, "
                f"not {site.duration} seconds from {each.start}"
            )
        if not site.allows(each.start):
            result.append(f"dump site {site.id} is closed to unit {unit.id} at {each.start}")
    return result


def _tank(
    problem: Problem, unit: Unit, stops: list[Assignment], visits: list[Dumping]
) -> list[str]:
    """What is aboard after each stop fits into the tank, nothing is given off that is not there,
    and the day ends empty where that is asked for.
    """
    result, aboard, most = [], unit.aboard, unit.capacity or 0
    if not stops:
        return []
    for halt in _in_time([*stops, *visits]):
        if isinstance(halt, Dumping):
            aboard = 0
            continue
        slots = problem.job_by_id[halt.job].slots
        aboard += sum(s.load for s, u in zip(slots, halt.units, strict=False) if u == unit.id)
        if aboard > most:
            result.append(f"unit {unit.id} has {aboard} aboard after {halt.job}, it holds {most}")
        if aboard < 0:
            result.append(f"unit {unit.id} gives off {-aboard} more at {halt.job} than is aboard")
    if unit.ends_empty and aboard:
        result.append(f"unit {unit.id} ends its shift with {aboard} aboard")
    return result


def _day(
    problem: Problem,
    unit: Unit,
    stops: list[Assignment],
    taken: list[BreakTaken],
    visits: list[Dumping],
) -> list[str]:
    if not stops:
        return [f"unit {unit.id} has no job, but a break"] if taken else []
    result = _breaks_owed(unit, taken)
    at, free, travel = unit.start, unit.shift[0], problem.travel_of(unit)
    taken = sorted(taken, key=lambda each: each.start)
    halts = _in_time([*stops, *visits])
    for stop, opens in zip(halts, _opens(problem, unit, halts), strict=True):
        place = _location(problem, stop)
        goal = f"job {stop.job}" if isinstance(stop, Assignment) else f"dump site {stop.site}"
        result += [
            f"unit {unit.id} has its break at {rest.start} before it may set out for {goal}"
            for rest in taken
            if free <= rest.start < opens and rest.end <= stop.start
        ]
        result += _leg(unit, max(free, opens), stop.start, travel[at][place], taken, goal)
        at, free = place, stop.end
    home = 0 if unit.end is None else travel[at][unit.end]
    result += _leg(unit, free, unit.shift[1], home, taken, "the end of its shift")
    return result + _break_times(unit, halts, taken)


def _opens(problem: Problem, unit: Unit, halts: Sequence[Halt]) -> list[int]:
    """From when on the unit may be on its way to each halt: to a dump site as to what follows."""
    pinned, opens, found = {pin.job for pin in problem.pinned}, unit.shift[0], []
    for halt in reversed(halts):
        if isinstance(halt, Assignment):
            job = problem.job_by_id[halt.job]
            opens = unit.shift[0] if job.id in pinned else unit.hours_of(job)[0]
        found.append(opens)
    return found[::-1]


def _break_times(unit: Unit, stops: Sequence[Halt], taken: list[BreakTaken]) -> list[str]:
    """Breaks lie inside the shift, beside the work and beside each other; `taken` in order."""
    result = []
    for rest in taken:
        if rest.start < unit.shift[0] or rest.end > unit.shift[1]:
            result.append(f"unit {unit.id} has its break at {rest.start} outside its shift")
        if any(stop.start < rest.end and rest.start < stop.end for stop in stops):
            result.append(f"unit {unit.id} works during its break at {rest.start}")
    for first, second in pairwise(taken):
        if second.start < first.end:
            result.append(f"unit {unit.id} has two breaks at once at {second.start}")
    return result


def _leg(
    unit: Unit, free: int, start: int, travel: int, taken: list[BreakTaken], goal: str
) -> list[str]:
    """One gap of the day: it must hold the travel and, beside it, the breaks that lie in it."""
    resting = sum(
        each.end - each.start for each in taken if free <= each.start and each.end <= start
    )
    short = travel + resting - (start - free)
    if short <= 0:
        return []
    return [f"unit {unit.id} is {short} seconds short on its way to {goal}"]


def _breaks_owed(unit: Unit, taken: list[BreakTaken]) -> list[str]:
    """Each break of the unit is matched by one that was taken, and the other way round."""
    if len(taken) != len(unit.breaks):
        return [f"unit {unit.id} takes {len(taken)} breaks instead of {len(unit.breaks)}"]
    options = [[i for i, rest in enumerate(unit.breaks) if _is_break(rest, each)] for each in taken]
    if _matched(options, set()):
        return []
    return [f"unit {unit.id} does not take each break whole and inside its window"]


def _is_break(rest: Break, taken: BreakTaken) -> bool:
    """Whether what was taken is this break, whole and inside its window."""
    whole = taken.end - taken.start == rest.duration
    return whole and rest.window[0] <= taken.start and taken.end <= rest.window[1]


def _matched(options: list[list[int]], used: set[int]) -> bool:
    """Whether each list can give a number of its own; the lists are few and short."""
    if not options:
        return True
    return any(_matched(options[1:], used | {i}) for i in options[0] if i not in used)


def _claims(problem: Problem, plan: Plan) -> list[str]:
    """What the plan says of itself; only asked of a plan that is legal otherwise."""
    true_score = score(problem, plan)
    result = []
    if plan.score != true_score:
        result.append(f"the score is {true_score}, not {plan.score}")
    if plan.bound < true_score:
        result.append(f"the bound {plan.bound} is below the score {true_score}")
    if plan.status is Status.OPTIMAL and plan.bound != true_score:
        result.append(f"the plan claims to be optimal, but its bound is {plan.bound}")
    return result
