"""What if: one unit more or less, another window, a longer shift; and the cheapest remedy for a job
left out.

Every variant is a problem of its own, solved from the plan at hand, so its plan is never worse than
what of that plan still stands. Differences are between plans found with equal effort, not between
proven optima.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from solver import Plan, Problem, Unit, solve
from solver.validation import FieldError

LEAST_SECONDS = 0.5


@dataclass(frozen=True)
class Outcome:
    """What one variant would bring.

    Parameters
    ----------
    name
        The caller's name for the variant.
    plan
        Its plan.
    difference
        Points more (or, negative, less) than the unchanged problem brings with the same effort.
    gained, lost
        Ids of jobs done only in the variant, and only in the unchanged problem.
    """

    name: str
    plan: Plan
    difference: int
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def what_if(
    problem: Problem,
    plan: Plan,
    variants: Mapping[str, Problem],
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 1,
) -> list[Outcome]:
    """Solve every variant from the plan at hand and compare; best first.

    Parameters
    ----------
    plan
        A legal plan of `problem`.
    variants
        Changed problems by name; see `without_unit`, `with_unit`, `with_windows`, `with_shift`.
    seconds
        For all of it together, at least half a second each; default half a second each.
    steps
        In place of `seconds`, for each variant: repeats exactly.

    Raises
    ------
    ValueError
        When both limits are given.
    """
    if seconds is not None and steps is not None:
        raise FieldError("steps", "cannot be given together with seconds")
    limit: dict = {"steps": steps, "seed": seed}
    if steps is None:
        each = (
            LEAST_SECONDS if seconds is None else max(LEAST_SECONDS, seconds / (len(variants) + 1))
        )
        limit = {"seconds": each, "seed": seed}
    base = solve(problem, start=plan, **limit)
    found = [
        _compared(name, base, solve(variant, start=base, **limit))
        for name, variant in variants.items()
    ]
    return sorted(found, key=lambda each: (-each.difference, each.name))


def _compared(name: str, base: Plan, plan: Plan) -> Outcome:
    before, after = ({each.job for each in side.assignments} for side in (base, plan))
    gained, lost = tuple(sorted(after - before)), tuple(sorted(before - after))
    return Outcome(name, plan, plan.score - base.score, gained, lost)


def without_unit(problem: Problem, unit: str) -> Problem:
    """The problem with one unit less; its pinned work, and pinned work that comes after that, is
    free again.

    Raises
    ------
    ValueError
        When there is no such unit.
    """
    if unit not in problem.unit_by_id:
        raise FieldError("unit", f"{unit} is not in the problem")
    pinned = [each for each in problem.pinned if unit not in each.units]
    while True:
        jobs = {each.job for each in pinned}
        stands = [each for each in pinned if jobs.issuperset(problem.job_by_id[each.job].after)]
        if len(stands) == len(pinned):
            break
        pinned = stands
    return replace(
        problem, units=[each for each in problem.units if each.id != unit], pinned=pinned
    )


def with_unit(problem: Problem, unit: Unit) -> Problem:
    """The problem with one unit more."""
    return replace(problem, units=(*problem.units, unit))


def with_windows(problem: Problem, job: str, windows: tuple[tuple[int, int], ...]) -> Problem:
    """The problem with other windows for one job."""
    return replace(
        problem,
        jobs=[replace(each, windows=windows) if each.id == job else each for each in problem.jobs],
    )


def with_shift(problem: Problem, unit: str, shift: tuple[int, int]) -> Problem:
    """The problem with another shift for one unit."""
    return replace(
        problem,
        units=[replace(each, shift=shift) if each.id == unit else each for each in problem.units],
    )


def unit_worth(
    problem: Problem,
    plan: Plan,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 1,
) -> dict[str, int]:
    """Points that the plan would lose without each unit (0 or more), by unit id."""
    variants = {unit.id: without_unit(problem, unit.id) for unit in problem.units}
    outcomes = what_if(problem, plan, variants, seconds=seconds, steps=steps, seed=seed)
    return {
        each.name: max(0, -each.difference) for each in sorted(outcomes, key=lambda each: each.name)
    }


def remedies(
    problem: Problem,
    plan: Plan,
    job: str,
    *,
    slack_s: int = 3600,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 1,
) -> list[Outcome]:
    """Small changes that would get a left-out job done, the best for the whole plan first; empty if
    none tried does.

    Tried are: one more unit like each kind that could fill a slot, the job's windows wider by
    `slack_s` seconds on both sides, and a shift longer by as much for each unit that fits.

    Raises
    ------
    ValueError
        When there is no such job.
    """
    if job not in problem.job_by_id:
        raise FieldError("job", f"{job} is not in the problem")
    what = problem.job_by_id[job]
    wider = tuple((max(0, a - slack_s), min(problem.horizon, b + slack_s)) for a, b in what.windows)
    variants = {f"windows of {job} wider": with_windows(problem, job, wider)}
    for unit in sorted(problem.units, key=lambda each: each.id):
        if not any(slot.fits(unit) for slot in what.slots):
            continue
        longer = (max(0, unit.shift[0] - slack_s), min(problem.horizon, unit.shift[1] + slack_s))
        if longer != unit.shift:
            variants[f"shift of {unit.id} longer"] = with_shift(problem, unit.id, longer)
        more = f"one more {unit.kind}"
        if more not in variants:
            variants[more] = with_unit(problem, replace(unit, id=_new_id(problem, unit.id)))
    outcomes = what_if(problem, plan, variants, seconds=seconds, steps=steps, seed=seed)
    return [each for each in outcomes if any(done.job == job for done in each.plan.assignments)]


def _new_id(problem: Problem, like: str) -> str:
    count = 2
    while f"{like}-{count}" in problem.unit_by_id:
        count += 1
    return f"{like}-{count}"
