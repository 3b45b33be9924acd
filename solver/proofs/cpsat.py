"""The exact side: the whole contract as a CP-SAT model, one method for each rule.

It proves optimality for what is small enough, improves plans there, and decides whether a handful
of jobs can be done together at all. Circuits follow the units; a break is counted on the gap that
it lies in through one Boolean for each break and stop (taken before the stop or not), so its travel
may be split as the contract allows.
"""

from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from solver.budget import Budget
from solver.indexed import IndexedProblem, Place, Schedule, value
from solver.parts import HOUR

MAX_ARCS = 6000
"""Largest number of (unit, from, to) triples for which the model is worth building."""


@dataclass(frozen=True)
class Outcome:
    """What one exact solve found: a schedule (``None``: nothing), a proven bound, and whether all
    is proved.
    """

    schedule: Schedule | None
    bound: int | None
    proved: bool


def small_enough(indexed: IndexedProblem) -> bool:
    """Whether the whole problem may be given to the exact model."""
    reach = [0] * len(indexed.units)
    for slots in indexed.fitting:
        for u in {u for slot in slots for u in slot}:
            reach[u] += 1
    return sum(n * n for n in reach) <= MAX_ARCS


def improve(indexed: IndexedProblem, schedule: Schedule, budget: Budget) -> Outcome:
    """Search on from a legal schedule, over all jobs.

    Returns
    -------
    Outcome
        A schedule at least as good as the given one, and a bound that holds for the whole problem.
    """
    model = ExactModel(indexed, set(range(len(indexed.jobs))))
    model.maximise()
    model.hint(schedule)
    outcome = model.solve(budget)
    if outcome.schedule is None or value(indexed, outcome.schedule) < value(indexed, schedule):
        return Outcome(schedule, outcome.bound, False)
    return outcome


def all_of(
    indexed: IndexedProblem, jobs: set[int], pinned: bool, loads_count: bool = True
) -> Schedule | None:
    """A legal schedule of just these jobs (and the pinned work, if asked); ``None`` proves that
    there is none.
    """
    pins = indexed.pins.keys() if pinned else set()
    model = ExactModel(indexed, jobs | pins, pinned, loads_count)
    for j in jobs:
        model.model.add(model.done[j] == 1)
    return model.solve(Budget()).schedule


class ExactModel:
    """Variables and rules for some of the jobs.

    Parameters
    ----------
    indexed
        The numbered problem.
    jobs
        Numbers of the jobs that may be done; all others count as left out.
    pinned
        Whether pinned work must be kept.
    loads_count
        Whether tanks are looked at.
    """

    def __init__(
        self,
        indexed: IndexedProblem,
        jobs: set[int],
        pinned: bool = True,
        loads_count: bool = True,
    ):
        self.indexed, self.jobs, self.pinned = indexed, sorted(jobs), pinned
        self.model = cp_model.CpModel()
        self.done = {j: self.model.new_bool_var(f"done {j}") for j in self.jobs}
        self.start = {j: self._start(j) for j in self.jobs}
        self.fills: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.at: dict[int, dict[int, cp_model.IntVar]] = {u: {} for u in range(len(indexed.units))}
        self.arcs: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.before: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.rests: dict[tuple[int, int], cp_model.IntVar] = {}
        self.visits: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.detours: list[cp_model.IntVar] = []
        self._teams()
        for u in range(len(indexed.units)):
            self._route(u)
            self._travel_times(u)
            self._breaks(u)
            self._set_outs(u)
            if loads_count and indexed.units[u].capacity is not None:
                self._tank(u)
        self._after()
        self._groups()
        if pinned:
            self._pins()

    def _start(self, job: int) -> cp_model.IntVar:
        intervals = self.indexed.starts[job]
        if not intervals:
            self.model.add(self.done[job] == 0)
            intervals = [(0, 0)]
        domain = cp_model.Domain.from_intervals([list(each) for each in intervals])
        return self.model.new_int_var_from_domain(domain, f"start {job}")

    def _teams(self) -> None:
        """Each slot of a job that is done is filled by one fitting unit; no unit fills two."""
        for j in self.jobs:
            for k, units in enumerate(self.indexed.fitting[j]):
                own = []
                for u in units:
                    self.fills[j, k, u] = self.model.new_bool_var(f"fills {j} {k} {u}")
                    own.append(self.fills[j, k, u])
                self.model.add(sum(own) == self.done[j])
            for u in {u for units in self.indexed.fitting[j] for u in units}:
                self.at[u][j] = self.model.new_bool_var(f"at {u} {j}")
                slots = range(len(self.indexed.fitting[j]))
                self.model.add(
                    self.at[u][j]
                    == sum(self.fills[j, k, u] for k in slots if (j, k, u) in self.fills)
                )
            self._people(j)
            self._margins(j)

    def _margins(self, job: int) -> None:
        """Units have ended it within their hours for it."""
        for u in {u for units in self.indexed.fitting[job] for u in units}:
            closes = self.indexed.hours(job, u)[1]
            if closes != self.indexed.units[u].shift[1]:
                self.model.add(self.end(job) <= closes).only_enforce_if(self.at[u][job])

    def _people(self, job: int) -> None:
        """Who takes longer must begin earlier: the windows for each number of seconds."""
        if len(self.indexed.lengths[job]) == 1:
            return
        for u in self.indexed.fitting[job][0]:
            intervals = self.indexed.starts_by_length[job][self.indexed.length(job, u)]
            if not intervals:
                self.model.add(self.fills[job, 0, u] == 0)
                continue
            domain = cp_model.Domain.from_intervals([list(each) for each in intervals])
            self.model.add_linear_expression_in_domain(self.start[job], domain).only_enforce_if(
                self.fills[job, 0, u]
            )

    def end(self, job: int) -> cp_model.LinearExpr | int:
        """When the job ends, if it is done."""
        job_spec, lengths = self.indexed.jobs[job], self.indexed.lengths[job]
        if job_spec.until is not None:
            return job_spec.until
        if len(lengths) == 1:
            return self.start[job] + lengths[0]
        return self.start[job] + sum(
            self.indexed.length(job, u) * self.fills[job, 0, u]
            for u in self.indexed.fitting[job][0]
        )

    def _route(self, unit: int) -> None:
        """The stops of a unit make one circuit through its start (node -1 here, 0 in the model)."""
        stops = sorted(self.at[unit])
        node = {j: i + 1 for i, j in enumerate(stops)}
        arcs: list[tuple[int, int, cp_model.LiteralT]] = [(0, 0, self._arc(unit, -1, -1))]
        for j in stops:
            arcs.append((node[j], node[j], ~self.at[unit][j]))
            arcs.append((0, node[j], self._arc(unit, -1, j)))
            arcs.append((node[j], 0, self._arc(unit, j, -1)))
            arcs += [(node[j], node[i], self._arc(unit, j, i)) for i in stops if i != j]
        self.model.add_circuit(arcs)

    def _arc(self, unit: int, a: int, b: int) -> cp_model.IntVar:
        self.arcs[unit, a, b] = self.model.new_bool_var(f"arc {unit} {a} {b}")
        return self.arcs[unit, a, b]

    def seconds(self, unit: int, a: int, b: int) -> int:
        """Travel from stop a to stop b of the unit; -1 stands for its start or end."""
        unit_spec, jobs = self.indexed.units[unit], self.indexed.jobs
        origin = unit_spec.start if a == -1 else jobs[a].location
        target = unit_spec.end if b == -1 else jobs[b].location
        if a == b == -1 or target is None:
            return 0
        return self.indexed.travel[unit][origin][target]

    def _travel_times(self, unit: int) -> None:
        """Between two stops lie the travel and the breaks taken there; all inside the shift."""
        unit_spec = self.indexed.units[unit]
        for j in self.at[unit]:
            for b in range(len(unit_spec.breaks)):
                self.before[unit, b, j] = self.model.new_bool_var(f"before {unit} {b} {j}")
        for (u, a, b), arc in self.arcs.items():
            if u != unit or a == b:
                continue
            leave = unit_spec.shift[0] if a == -1 else self.end(a)
            reach = unit_spec.shift[1] if b == -1 else self.start[b]
            resting = sum(
                rest.duration
                * (
                    (1 if b == -1 else self.before[u, i, b])
                    - (0 if a == -1 else self.before[u, i, a])
                )
                for i, rest in enumerate(unit_spec.breaks)
            )
            self.model.add(reach >= leave + self.seconds(u, a, b) + resting).only_enforce_if(arc)

    def _breaks(self, unit: int) -> None:
        """Each break lies in its window and the shift, before or after each stop, and apart from
        the others.
        """
        unit_spec, model = self.indexed.units[unit], self.model
        idle = self.arcs[unit, -1, -1]
        intervals = []
        for b, rest in enumerate(unit_spec.breaks):
            first, last = (
                max(rest.window[0], unit_spec.shift[0]),
                min(rest.window[1], unit_spec.shift[1]) - rest.duration,
            )
            begin = self.rests[unit, b] = model.new_int_var(first, last, f"break {unit} {b}")
            intervals.append(
                model.new_optional_fixed_size_interval_var(begin, rest.duration, ~idle, "")
            )
            for j, here in self.at[unit].items():
                earlier, end = self.before[unit, b, j], self.end(j)
                model.add(begin + rest.duration <= self.start[j]).only_enforce_if(here, earlier)
                model.add(begin >= end).only_enforce_if(here, ~earlier)
                model.add_implication(~here, ~earlier)
        if len(intervals) > 1:
            model.add_no_overlap(intervals)

    def _set_outs(self, unit: int) -> None:
        """What lies between a stop and the one before lies in the unit's hours for it."""
        model, unit_spec = self.model, self.indexed.units[unit]
        opens = {j: self.indexed.opens(j, unit) for j in self.at[unit]}
        for (u, a, b), arc in self.arcs.items():
            if u != unit or opens.get(b, 0) <= unit_spec.shift[0]:
                continue
            resting = []
            for i, rest in enumerate(unit_spec.breaks):
                here, taken = (
                    self.before[unit, i, b],
                    () if a == -1 else (~self.before[unit, i, a],),
                )
                model.add(self.rests[unit, i] >= opens[b]).only_enforce_if(arc, here, *taken)
                earlier = 0 if a == -1 else self.before[unit, i, a]
                resting.append(rest.duration * (here - earlier))
            way = self.seconds(unit, a, b)
            model.add(self.start[b] >= opens[b] + way + sum(resting)).only_enforce_if(arc)

    def _tank(self, unit: int) -> None:
        """What is aboard after each stop, and a visit to one dump site at most on the way to each
        (-1: to the end).
        """
        unit_spec, model = self.indexed.units[unit], self.model
        most = unit_spec.capacity or 0
        aboard = {j: model.new_int_var(0, most, f"aboard {unit} {j}") for j in self.at[unit]}
        left: dict[int, Any] = {-1: unit_spec.aboard, **aboard}
        emptied = {b: self._visit(unit, b) for b in (*self.at[unit], -1)}
        for (u, a, b), arc in self.arcs.items():
            if u != unit or a == b:
                continue
            if b == -1:
                if unit_spec.ends_empty:
                    model.add(left[a] == 0).only_enforce_if(arc, ~emptied[b])
                continue
            load = self._load(unit, b)
            model.add(aboard[b] == left[a] + load).only_enforce_if(arc, ~emptied[b])
            model.add(aboard[b] == load).only_enforce_if(emptied[b])

    def _load(self, unit: int, job: int) -> cp_model.LinearExpr:
        """What the unit takes aboard at a stop, by the slot that it fills."""
        fills, slots = self.fills, enumerate(self.indexed.jobs[job].slots)
        terms = [slot.load * fills[job, k, unit] for k, slot in slots if (job, k, unit) in fills]
        return cp_model.LinearExpr.sum(terms)

    def _visit(self, unit: int, stop: int) -> cp_model.IntVar:
        """Whether the unit goes to a dump site on its way to this stop."""
        model, idle = self.model, self.arcs[unit, -1, -1]
        here = model.new_bool_var(f"visit {unit} {stop}")
        model.add_implication(here, ~idle if stop == -1 else self.at[unit][stop])
        chosen = []
        for s, site in enumerate(self.indexed.problem.dump_sites):
            intervals = [
                [lo, hi - site.duration] for lo, hi in site.windows if hi - lo >= site.duration
            ]
            if not intervals or not site.admits(self.indexed.units[unit]):
                continue
            there = self.visits[unit, stop, s] = model.new_bool_var(f"at {unit} {stop} {s}")
            chosen.append(there)
            domain = cp_model.Domain.from_intervals(intervals)
            begin = model.new_int_var_from_domain(domain, f"dump {unit} {stop} {s}")
            self._around(unit, stop, s, begin)
        model.add(sum(chosen) == here)
        return here

    def _around(self, unit: int, stop: int, number: int, begin: cp_model.IntVar) -> None:
        """The way to the site and from it, with the breaks before and after the visit."""
        site, unit_spec = self.indexed.problem.dump_sites[number], self.indexed.units[unit]
        model, travel, there = (
            self.model,
            self.indexed.travel[unit],
            self.visits[unit, stop, number],
        )
        target = unit_spec.end if stop == -1 else self.indexed.jobs[stop].location
        on = 0 if target is None else travel[site.location][target]
        by = unit_spec.shift[1] if stop == -1 else self.start[stop]
        end = begin + site.duration
        earlier = []
        for b, rest in enumerate(unit_spec.breaks):
            first = model.new_bool_var("")
            earlier.append(first)
            at = self.rests[unit, b]
            model.add(at + rest.duration <= begin).only_enforce_if(there, first)
            model.add(at >= end).only_enforce_if(there, ~first)

        def count(stop: int, b: int) -> cp_model.LinearExprT:
            return 1 if stop == -1 else self.before[unit, b, stop]

        for (u, a, b), arc in self.arcs.items():
            if u != unit or b != stop or a == b:
                continue
            leave = unit_spec.shift[0] if a == -1 else self.end(a)
            origin = unit_spec.start if a == -1 else self.indexed.jobs[a].location
            before, after = [], []
            for i, rest in enumerate(unit_spec.breaks):
                taken: Any = 0 if a == -1 else self.before[unit, i, a]
                own = model.new_bool_var("")  # whether the break lies before the visit on this way
                model.add(own == earlier[i] - taken).only_enforce_if(arc, there)
                before.append(rest.duration * own)
                after.append(rest.duration * (count(stop, i) - taken - own))
            way = travel[origin][site.location]
            model.add(begin >= leave + way + sum(before)).only_enforce_if(arc, there)
            opens = 0 if stop == -1 else self.indexed.opens(stop, unit)
            model.add(begin >= opens + way + sum(before)).only_enforce_if(arc, there)
            model.add(by >= end + on + sum(after)).only_enforce_if(arc, there)
            longer = way + on - self.seconds(unit, a, b)
            if longer:
                detour = model.new_int_var(min(0, longer), max(0, longer), "")
                both = model.new_bool_var("")
                model.add_bool_and(arc, there).only_enforce_if(both)
                model.add_bool_or(~arc, ~there, both)
                model.add(detour == longer).only_enforce_if(both)
                model.add(detour == 0).only_enforce_if(~both)
                self.detours.append(detour)

    def _after(self) -> None:
        """A job is done only when all that it comes after is done and has ended."""
        for j in self.jobs:
            for i in self.indexed.before[j]:
                if i not in self.done:
                    self.model.add(self.done[j] == 0)
                    continue
                self.model.add_implication(self.done[j], self.done[i])
                self.model.add(self.start[j] >= self.end(i)).only_enforce_if(self.done[j])

    def _groups(self) -> None:
        """Of jobs that are ways to do the same at most one is done."""
        for group in self.indexed.groups:
            self.model.add_at_most_one(self.done[j] for j in group if j in self.done)

    def _pins(self) -> None:
        """Pinned work is done; its start and units leave no choice."""
        for j in self.indexed.pins:
            self.model.add(self.done[j] == 1)

    def maximise(self) -> None:
        """The score of the contract as the objective."""
        terms = [self.indexed.jobs[j].weight * self.done[j] for j in self.jobs]
        terms += [-cost for j in self.jobs for cost in self._lateness(j)]
        terms += [-cost for u in self.at for j in self.at[u] for cost in self._overtime(u, j)]
        terms += [-cost for j in self.indexed.published for cost in self._change(j)]
        price = self.indexed.problem.travel_cost
        terms += [-price * self.seconds(*key) * arc for key, arc in self.arcs.items()]
        terms += [-price * detour for detour in self.detours]
        self.model.maximize(sum(terms))

    def _lateness(self, job: int) -> list:
        job_spec = self.indexed.jobs[job]
        parts = [*self._waiting(job), *self._late(job)]
        if job_spec.late_most is None or not parts:
            return parts
        cost = self.model.new_int_var(0, job_spec.late_most, f"cost {job}")
        most = self.model.new_bool_var(f"most {job}")
        self.model.add(cost >= sum(parts)).only_enforce_if(~most)
        self.model.add(cost == job_spec.late_most).only_enforce_if(most)
        return [cost]

    def _waiting(self, job: int) -> list:
        price, horizon = self.indexed.jobs[job].wait_cost, self.indexed.problem.horizon
        if price == 0:
            return []
        cost = self.model.new_int_var(0, price * horizon // HOUR, f"waiting {job}")
        least = price * self.end(job) - HOUR + 1  # rounded down
        self.model.add(HOUR * cost >= least).only_enforce_if(self.done[job])
        return [cost]

    def _late(self, job: int) -> list:
        job_spec, horizon = self.indexed.jobs[job], self.indexed.problem.horizon
        if job_spec.due is None or job_spec.late_cost == 0 or job_spec.due >= horizon:
            return []
        late = self.model.new_int_var(0, horizon, f"late {job}")
        counted = self.end(job) if job_spec.until is None else self.start[job]
        self.model.add(late >= counted - job_spec.due).only_enforce_if(self.done[job])
        return [job_spec.late_cost * late]

    def _overtime(self, unit: int, job: int) -> list:
        """All of the job, or what lies after the begin of overtime: whichever is shorter."""
        unit_spec, horizon = self.indexed.units[unit], self.indexed.problem.horizon
        since, here = unit_spec.overtime_from, self.at[unit][job]
        if since is None or unit_spec.overtime_cost == 0 or since >= horizon:
            return []
        over = self.model.new_int_var(0, horizon, f"over {unit} {job}")
        whole = self.model.new_bool_var(f"whole {unit} {job}")
        self.model.add(over >= self.end(job) - self.start[job]).only_enforce_if(here, whole)
        self.model.add(over >= self.end(job) - since).only_enforce_if(here, ~whole)
        return [unit_spec.overtime_cost * over]

    def _change(self, job: int) -> list:
        """The price of giving a published job to others or dropping it, and of moving it."""
        old, price = self.indexed.published[job], self.indexed.problem.stability
        units = [self.indexed.unit_no.get(each, -1) for each in old.units]
        same = self.model.new_bool_var(f"same {job}")
        moved = self.model.new_bool_var(f"moved {job}")
        if len(units) != len(self.indexed.fitting[job]) or any(
            job not in self.at.get(u, ()) for u in units
        ):
            self.model.add(same == 0)
        else:
            for u in units:
                self.model.add_implication(same, self.at[u][job])
        for off in (self.start[job] - old.start, old.start - self.start[job]):
            self.model.add(off <= price.tolerance).only_enforce_if(same, ~moved)
        return [(price.reassign + old.price) * (1 - same), (price.retime + old.price) * moved]

    def hint(self, schedule: Schedule) -> None:
        """Start the search from a legal schedule; teams and times are given, the rest follows from
        them.
        """
        for j in self.jobs:
            self.model.add_hint(self.done[j], j in schedule)
            if j in schedule:
                self.model.add_hint(self.start[j], schedule[j].start)
        for (j, k, u), var in self.fills.items():
            self.model.add_hint(var, j in schedule and schedule[j].units[k] == u)

    def solve(self, budget: Budget) -> Outcome:
        """Run CP-SAT within the budget."""
        solver = cp_model.CpSolver()
        if budget.seconds is not None:
            solver.parameters.max_time_in_seconds = max(budget.seconds, 0.01)
        if budget.effort is not None:
            solver.parameters.max_deterministic_time = budget.effort
        solver.parameters.num_workers = budget.workers
        solver.parameters.random_seed = budget.seed
        status = solver.solve(self.model)
        if status == cp_model.MODEL_INVALID:
            raise RuntimeError(f"the exact model is not valid: {self.model.validate()}")
        bound = None
        if self.model.has_objective() and status != cp_model.INFEASIBLE:
            bound = int(solver.best_objective_bound // 1)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Outcome(None, bound, status == cp_model.INFEASIBLE)
        return Outcome(self._schedule(solver), bound, status == cp_model.OPTIMAL)

    def _schedule(self, solver: cp_model.CpSolver) -> Schedule:
        team = {(j, k): u for (j, k, u), var in self.fills.items() if solver.boolean_value(var)}
        return {
            j: Place(
                solver.value(self.start[j]),
                tuple(team[j, k] for k in range(len(self.indexed.fitting[j]))),
            )
            for j in self.jobs
            if solver.boolean_value(self.done[j])
        }
