"""Storm problems of format 2, made up: ``python tests/bench/solvers/storms.py`` lists them.

A town of straight streets, three to twelve stations, and a storm of some hours. Posts are manned
hour by hour (each ends with its hour, whenever its crew comes), some with a pump beside the guards;
portions of inlets are cleared before, between and after, faster by larger crews and worth less by
the hour; jetting needs a truck with a crew, its silt a lorry afterwards; puddles called in are
urgent. A few crews are on overtime from the first minute. Nothing here is measured data: only the
proportions follow what a sanitation centre plans.

``storm2-m-7`` is the problem of size m with seed 7; `best_known` holds the best score that any run
of ours has reached.
"""

import csv
import math
import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from solver import Break, Job, Problem, Slot, Unit

BOOK = Path(__file__).with_name("storms_best_known.csv")
HOUR, HORIZON = 3600, 14 * 3600
STORM = range(5, 9)
"""Hours of the storm."""


@dataclass(frozen=True)
class Size:
    """How many of each a problem has; `portions` of clearing, `calls` of water on a street."""

    stations: int
    crews: int
    machines: int
    places: int
    posts: int
    pumped: int
    portions: int
    jettings: int
    calls: int


SIZES = {
    "s": Size(3, 12, 5, 40, 10, 3, 55, 8, 4),
    "m": Size(6, 30, 12, 90, 28, 8, 125, 18, 8),
    "l": Size(12, 84, 36, 300, 100, 25, 800, 90, 20),
}


def storm(size: str, seed: int) -> Problem:
    """The problem of a size (``s``, ``m``, ``l``) and seed; always the same."""
    draw, many = random.Random(f"{size}{seed}"), SIZES[size]
    side = 1500 * math.sqrt(many.places)
    at = [(draw.uniform(0, side), draw.uniform(0, side)) for _ in range(many.places)]
    travel = [[_way(a, b) for b in at] for a in at]
    units = [_crew(i, many, draw) for i in range(many.crews)]
    units += [_machine(i, many, draw) for i in range(many.machines)]
    jobs = [job for i in range(many.posts) for job in _post(i, many, draw)]
    jobs += [_portion(i, many, draw) for i in range(many.portions)]
    jobs += [job for i in range(many.jettings) for job in _jetting(i, many, draw)]
    jobs += [_call(i, many, draw) for i in range(many.calls)]
    name = f"storm2-{size}-{seed}"
    return Problem(name, "2022-07-08T06:00:00+08:00", HORIZON, travel, units, jobs, 1)


def _way(a: tuple[float, float], b: tuple[float, float]) -> int:
    """Whole minutes at 20 km/h through the streets, two more to get in and to park."""
    if a == b:
        return 0
    return 60 * math.ceil((120 + 1.35 * math.dist(a, b) / 5.6) / 60)


def _crew(i: int, many: Size, draw: random.Random) -> Unit:
    """Of three crews two come in the morning and one at noon; every eighth was called in."""
    base, begins = i % many.stations, (0, 0, 5)[i % 3] * HOUR
    shift = (begins, begins + 9 * HOUR)
    meal = Break(2700, (begins + 3 * HOUR, begins + 6 * HOUR))
    skills = tuple(skill for skill in ("wells", "pumps") if draw.random() < 0.5)
    paid = (shift[0], 2) if i % 8 == 7 else (shift[0] + 8 * HOUR, 1)
    people = draw.choice([2, 2, 3, 4, 5])
    return Unit(f"C{i:03}", "crew", base, shift, base, people, skills, (meal,), *paid)


def _machine(i: int, many: Size, draw: random.Random) -> Unit:
    kind, base = ("jetter", "pump", "lorry")[i % 3], draw.randrange(many.stations)
    return Unit(f"M{i:03}", kind, base, (0, HORIZON), base)


def _place(many: Size, draw: random.Random) -> int:
    return draw.randrange(many.stations, many.places)


def _post(i: int, many: Size, draw: random.Random) -> list[Job]:
    """One job for each hour of the storm, and one for the pump where there is one."""
    place, worth, heaviest = _place(many, draw), draw.randint(4, 30), draw.choice(STORM)
    result = []
    for hour in STORM:
        begins = hour * HOUR
        weight = worth * 1000 // (1 + abs(hour - heaviest))
        for what in ("guard", "pump") if i < many.pumped else ("guard",):
            slot = Slot("crew", size=2) if what == "guard" else Slot("pump")
            name, window = f"{what}:{i:03}:{hour:02}", (begins, begins + 3000)
            job = Job(name, place, 600, (window,), weight, (slot,), begins, weight // HOUR + 1)
            most = weight * 9 // 10  # who comes late is still worth something
            result.append(replace(job, until=begins + HOUR, late_most=most))
    return result


def _portion(i: int, many: Size, draw: random.Random) -> Job:
    """Inlets cleared by hand: in any dry hour, before the storm at its full worth."""
    seconds, weight = draw.randint(20, 75) * 60, draw.randint(300, 5000)
    windows = ((0, STORM.start * HOUR), (STORM.stop * HOUR, HORIZON))
    return Job(
        f"clear:{i:04}",
        _place(many, draw),
        seconds,
        windows,
        weight,
        (Slot("crew", draw.choice([(), ("wells",)])),),
        due=2 * HOUR,
        late_cost=1,
        late_most=weight * 7 // 10,
        durations=((3, seconds * 3 // 4), (4, seconds * 3 // 5)),
    )


def _jetting(i: int, many: Size, draw: random.Random) -> list[Job]:
    """A pipe jetted by a crew with its truck, and the silt taken away by a lorry."""
    place, weight = _place(many, draw), draw.randint(2000, 9000)
    windows, seconds = ((0, STORM.start * HOUR), (STORM.stop * HOUR, HORIZON)), 2700
    team, name = (Slot("crew", size=2), Slot("jetter")), f"jet:{i:03}"
    jet = Job(name, place, seconds, windows, weight, team, 3 * HOUR, 1, (), None, weight // 2)
    haul = Job(f"haul:{i:03}", place, 1200, ((0, HORIZON),), 600, (Slot("lorry"),), after=(name,))
    return [jet, haul]


def _call(i: int, many: Size, draw: random.Random) -> Job:
    """Water on a street: soon, and never worth nothing."""
    called = draw.randrange(0, STORM.stop * HOUR)
    weight = draw.randint(20_000, 60_000)
    window, due = (called, HORIZON), called + 1800
    slots, most = (Slot("crew", ("pumps",), 2),), weight // 2
    return Job(
        f"call:{i:03}", _place(many, draw), 2400, (window,), weight, slots, due, 8, (), None, most
    )


def best_known(name: str) -> int:
    """The best score that any run of ours has reached."""
    with BOOK.open() as file:
        return next(int(row["score"]) for row in csv.DictReader(file) if row["name"] == name)


def main() -> None:
    """List the problems of the book."""
    with BOOK.open() as file:
        for row in csv.DictReader(file):
            problem = storm(*_parts(row["name"]))
            print(
                f"{row['name']:<12} {len(problem.jobs):>5} jobs {len(problem.units):>4} units"
                f" {len(problem.travel):>4} places, best known {row['score']:>10}"
            )


def _parts(name: str) -> tuple[str, int]:
    _, size, seed = name.split("-")
    return size, int(seed)


def named(name: str) -> Problem:
    """The problem of a name like ``storm2-m-7``."""
    return storm(*_parts(name))


if __name__ == "__main__":
    main()
