"""Made-up days of suction trucks, for the benches: tanks, dump sites that close, more silt than can
be taken away.
"""

import random

from solver import DumpSite, Job, Problem, Slot, Unit

HOURS = 3600
SIZES = {"s": (25, 2, 1), "m": (60, 4, 2), "l": (110, 7, 3)}
"""Jobs, trucks, dump sites."""
NAMES = "loads-s-1 loads-s-2 loads-m-1 loads-m-2 loads-l-1 loads-l-2"


def named(name: str) -> Problem:
    """``loads-m-1``: the first of the middle size."""
    _, size, seed = name.split("-")
    jobs, trucks, sites = SIZES[size]
    draw = random.Random(f"{size} {seed}")
    at = [(0, 0)] + [(draw.gauss(0, 2500), draw.gauss(0, 2500)) for _ in range(jobs)]
    at += [(draw.choice((-1, 1)) * 7000, draw.gauss(0, 4000)) for _ in range(sites)]
    return Problem(
        id=name,
        epoch="2022-07-09T07:00:00+08:00",
        horizon=9 * HOURS,
        travel=[[_seconds(a, b) for b in at] for a in at],
        units=[_truck(i) for i in range(trucks)],
        jobs=[_stop(i, draw) for i in range(1, jobs + 1)],
        travel_cost=1,
        dump_sites=[_site(i, jobs + 1 + i) for i in range(sites)],
    )


def _seconds(a: tuple[float, float], b: tuple[float, float]) -> int:
    """At 30 km/h along the streets."""
    return round((abs(a[0] - b[0]) + abs(a[1] - b[1])) / 8.3)


def _truck(number: int) -> Unit:
    litres = (5000, 8000, 12000)[number % 3]
    return Unit(f"t{number}", "suction_truck", 0, (0, 8 * HOURS), 0, capacity=litres)


def _site(number: int, place: int) -> DumpSite:
    """The first closes in the afternoon."""
    open_until = (6 if number == 0 else 9) * HOURS
    return DumpSite(f"d{number}", place, 1200, ((0, open_until),))


def _stop(number: int, draw: random.Random) -> Job:
    opens = draw.choice((0, 0, draw.randrange(0, 5 * HOURS)))
    closes = 9 * HOURS if opens == 0 else min(9 * HOURS, opens + 3 * HOURS)
    slot = Slot("suction_truck", load=draw.randrange(400, 3001, 100))
    minutes = draw.randrange(15, 46, 5)
    points = draw.randrange(2000, 12001)
    return Job(f"j{number:03}", number, minutes * 60, ((opens, closes),), points, (slot,))
