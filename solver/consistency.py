"""What must hold between the parts of a problem; each part has already checked itself."""

from solver.parts import Job, Pin, ProblemParts, Unit
from solver.tanks import lives, without_tank
from solver.timeline import Stop
from solver.validation import FieldError, Rule, RuleViolation, shown


def check_problem(problem: ProblemParts) -> None:
    """Every rule that needs more than one part of the problem.

    Raises
    ------
    ValueError
        One line that names the field.
    """
    _unique("units", [each.id for each in problem.units])
    _unique("jobs", [each.id for each in problem.jobs])
    _unique("dump_sites", [each.id for each in problem.dump_sites])
    _unique("profiles", [each.id for each in problem.profiles])
    for i, profile in enumerate(problem.profiles):
        _check_size(problem, f"profiles[{i}].travel", len(profile.travel))
    for i, site in enumerate(problem.dump_sites):
        _check_location(problem, f"dump_sites[{i}].location", site.location)
        for k, (_, stop) in enumerate(site.windows):
            _check_within(problem, f"dump_sites[{i}].windows[{k}]", stop)
    for i, unit in enumerate(problem.units):
        _check_unit(problem, unit, f"units[{i}]")
    for i, job in enumerate(problem.jobs):
        _check_job(problem, job, f"jobs[{i}]")
    _check_no_cycle(problem)
    _unique("previous", [each.job for each in problem.previous], ".job")
    _unique("pinned", [each.job for each in problem.pinned], ".job")
    for i, pin in enumerate(problem.pinned):
        _check_pin(problem, pin, f"pinned[{i}]")
    _check_pinned_days(problem)


def _unique(path: str, ids: list[str], field: str = ".id") -> None:
    seen: dict[str, int] = {}
    for i, each in enumerate(ids):
        if each in seen:
            raise FieldError(
                f"{path}[{i}]{field}", f"{shown(each)} is already that of {path}[{seen[each]}]"
            )
        seen[each] = i


def _check_location(problem: ProblemParts, path: str, location: int) -> None:
    if location >= len(problem.travel):
        raise FieldError(
            path, f"must be below {len(problem.travel)}, the size of travel, got {location}"
        )


def _check_size(problem: ProblemParts, path: str, size: int) -> None:
    if size != len(problem.travel):
        raise FieldError(
            path, f"must have {len(problem.travel)} rows like the problem's own, got {size}"
        )


def _check_within(problem: ProblemParts, path: str, end: int) -> None:
    if end > problem.horizon:
        raise FieldError(path, f"ends at {end}, after the horizon {problem.horizon}")


def _check_unit(problem: ProblemParts, unit: Unit, path: str) -> None:
    _check_location(problem, f"{path}.start", unit.start)
    if unit.end is not None:
        _check_location(problem, f"{path}.end", unit.end)
    if unit.profile is not None and unit.profile not in {each.id for each in problem.profiles}:
        raise FieldError(f"{path}.profile", f"names the unknown profile {shown(unit.profile)}")
    if unit.shift[1] > problem.horizon:
        raise FieldError(
            f"{path}.shift", f"ends at {unit.shift[1]}, after the horizon {problem.horizon}"
        )
    for i, rest in enumerate(unit.breaks):
        if rest.window[1] > problem.horizon:
            where = f"{path}.breaks[{i}].window"
            raise FieldError(
                where, f"ends at {rest.window[1]}, after the horizon {problem.horizon}"
            )


def _check_job(problem: ProblemParts, job: Job, path: str) -> None:
    _check_location(problem, f"{path}.location", job.location)
    for i, (_, stop) in enumerate(job.windows):
        if stop > problem.horizon:
            raise FieldError(
                f"{path}.windows[{i}]", f"ends at {stop}, after the horizon {problem.horizon}"
            )
    if job.until is not None and job.until > problem.horizon:
        raise FieldError(f"{path}.until", f"is {job.until}, after the horizon {problem.horizon}")
    for i, predecessor in enumerate(job.after):
        if predecessor not in problem.job_by_id:
            raise FieldError(f"{path}.after[{i}]", f"names the unknown job {shown(predecessor)}")


def _check_no_cycle(problem: ProblemParts) -> None:
    left = {job.id: set(job.after) for job in problem.jobs}
    followers: dict[str, list[str]] = {}
    for job in problem.jobs:
        for predecessor in job.after:
            followers.setdefault(predecessor, []).append(job.id)
    ready = [job_id for job_id, before in left.items() if not before]
    while ready:
        done = ready.pop()
        del left[done]
        for job_id in followers.get(done, ()):
            left[job_id].discard(done)
            if not left[job_id]:
                ready.append(job_id)
    if left:
        i = next(i for i, job in enumerate(problem.jobs) if job.id in left)
        raise FieldError(f"jobs[{i}].after", "goes round in a circle")


def _check_pin(problem: ProblemParts, pin: Pin, path: str) -> None:
    job = problem.job_by_id.get(pin.job)
    if job is None:
        raise FieldError(f"{path}.job", f"names the unknown job {shown(pin.job)}")
    _check_team(problem, pin, job, f"{path}.units")
    if not job.may_start(pin.start, _seconds(problem, pin)):
        raise RuleViolation(
            f"{path}.start",
            f"{pin.start}..{_end(problem, pin)} is outside every window of job {shown(job.id)}",
            rule=Rule.OUTSIDE_WINDOWS,
            job=job.id,
        )
    _check_pinned_after(problem, pin, job, path)
    _check_pinned_group(problem, job, path)


def _check_team(problem: ProblemParts, pin: Pin, job: Job, path: str) -> None:
    if len(pin.units) != len(job.slots):
        raise RuleViolation(
            path,
            f"must name {len(job.slots)} units, one for each slot, got {len(pin.units)}",
            rule=Rule.TEAM_SIZE,
            job=job.id,
        )
    for i, (unit_id, slot) in enumerate(zip(pin.units, job.slots, strict=True)):
        unit = problem.unit_by_id.get(unit_id)
        if unit is None:
            raise RuleViolation(
                f"{path}[{i}]",
                f"names the unknown unit {shown(unit_id)}",
                rule=Rule.UNKNOWN_UNIT,
                job=job.id,
                unit=unit_id,
            )
        if not slot.fits(unit):
            raise RuleViolation(
                f"{path}[{i}]",
                f"{shown(unit_id)} does not fit slot {i} of job {shown(job.id)}",
                rule=Rule.UNIT_UNFIT,
                job=job.id,
                unit=unit_id,
            )


def _seconds(problem: ProblemParts, pin: Pin) -> int:
    """How long a pinned job takes; its team may not have been checked yet."""
    unit = problem.unit_by_id.get(pin.units[0])
    return problem.job_by_id[pin.job].seconds(unit.size if unit else 0)


def _end(problem: ProblemParts, pin: Pin) -> int:
    return problem.job_by_id[pin.job].end(pin.start, _seconds(problem, pin))


def _check_pinned_after(problem: ProblemParts, pin: Pin, job: Job, path: str) -> None:
    pins = {each.job: each for each in problem.pinned}
    for predecessor in job.after:
        if predecessor not in pins:
            raise RuleViolation(
                f"{path}.job",
                f"comes after {shown(predecessor)}, which is not pinned",
                rule=Rule.NOT_PINNED_BEFORE,
                job=job.id,
            )
        if _end(problem, pins[predecessor]) > pin.start:
            raise RuleViolation(
                f"{path}.start",
                f"is before {shown(predecessor)} has ended, which it comes after",
                rule=Rule.BEFORE_PREDECESSOR,
                job=job.id,
            )


def _check_pinned_group(problem: ProblemParts, job: Job, path: str) -> None:
    for pin in problem.pinned:
        if pin.job == job.id:
            return
        if job.group and problem.job_by_id[pin.job].group == job.group:
            raise RuleViolation(
                f"{path}.job",
                f"is of one group with {shown(pin.job)}, which is pinned",
                rule=Rule.ANOTHER_OF_GROUP,
                job=job.id,
            )


def _check_pinned_days(problem: ProblemParts) -> None:
    """Each unit must be able to do its pinned work."""
    days: dict[str, list[tuple[Stop, int]]] = {}
    for i, pin in enumerate(problem.pinned):
        job = problem.job_by_id[pin.job]
        for unit_id, slot in zip(pin.units, job.slots, strict=True):
            stop = Stop(pin.start, _end(problem, pin), job.location, job.id, slot.load)
            days.setdefault(unit_id, []).append((stop, i))
    for unit_id, day in days.items():
        day.sort(key=lambda each: each[0].start)
        _check_pinned_day(problem, problem.unit_by_id[unit_id], day)


def _check_pinned_day(problem: ProblemParts, unit: Unit, day: list[tuple[Stop, int]]) -> None:
    """No overlap, time to travel, inside the shift, breaks and all; `day` in order of the starts,
    each stop with the number of its pin.
    """
    free = 0
    for stop, i in day:
        if stop.start < unit.shift[0] or stop.end > unit.shift[1]:
            raise RuleViolation(
                f"pinned[{i}].start",
                f"is outside the shift of unit {shown(unit.id)}",
                rule=Rule.OUTSIDE_SHIFT,
                job=stop.job,
                unit=unit.id,
            )
        if free > stop.start:
            raise RuleViolation(
                f"pinned[{i}].start",
                f"overlaps other pinned work of unit {shown(unit.id)}",
                rule=Rule.OVERLAP,
                job=stop.job,
                unit=unit.id,
            )
        free = stop.end
    stops = [stop for stop, _ in day]
    last, i = day[-1]
    travel = problem.travel_of(unit)
    if lives(unit, stops, travel, problem.dump_sites):
        return
    if lives(without_tank(unit), stops, travel, ()):
        raise RuleViolation(
            f"pinned[{i}].units",
            f"the tank of unit {shown(unit.id)} does not hold it, or is not emptied in time",
            rule=Rule.TANK,
            job=last.job,
            unit=unit.id,
        )
    raise RuleViolation(
        f"pinned[{i}].units",
        f"unit {shown(unit.id)} has no time left to travel or for a break",
        rule=Rule.NO_TIME_BETWEEN,
        job=last.job,
        unit=unit.id,
    )
