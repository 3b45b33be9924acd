"""Problems of the solver, drawn: units, jobs, tanks and ways of any sort, small enough to try."""

from dataclasses import replace
from itertools import product

from hypothesis import strategies as st

from solver import (
    Break,
    DumpSite,
    Job,
    Pin,
    Problem,
    Profile,
    Slot,
    Stability,
    Unit,
    solve,
)

HORIZON, PLACES = 6000, 4


@st.composite
def units(draw, name):
    first = draw(st.sampled_from([0, 0, 900]))
    last = draw(st.sampled_from([4000, HORIZON]))
    rests = []
    for _ in range(draw(st.integers(0, 2))):
        opens = draw(st.integers(first, last - 900))
        rests.append(Break(draw(st.integers(1, 600)), (opens, opens + draw(st.integers(600, 900)))))
    return Unit(
        name,
        draw(st.sampled_from(["crew", "truck"])),
        draw(st.integers(0, PLACES - 1)),
        (first, last),
        draw(st.none() | st.integers(0, PLACES - 1)),
        draw(st.integers(1, 4)),
        tuple(draw(st.sets(st.sampled_from("ab")))),
        tuple(rests),
        draw(st.none() | st.integers(0, HORIZON)),
        draw(st.integers(0, 3)),
    )


def with_tank(draw, unit):
    """The unit with a tank, often nearly full at the start."""
    most = draw(st.integers(3, 8))
    aboard = draw(st.sampled_from([0, 0, most // 2, most]))
    return replace(unit, capacity=most, aboard=aboard, ends_empty=draw(st.booleans()))


def with_load(draw, job, least):
    """The job with a load in its first slot."""
    first, *others = job.slots
    return replace(job, slots=(replace(first, load=draw(st.integers(least, 6))), *others))


@st.composite
def sites(draw, name):
    opens = draw(st.sampled_from([0, 0, 1500]))
    span = (opens, draw(st.integers(opens, HORIZON)))
    kinds = draw(st.sampled_from([(), (), ("truck",)]))
    place = draw(st.integers(0, PLACES - 1))
    return DumpSite(name, place, draw(st.integers(1, 900)), (span,), kinds)


slots = st.builds(
    Slot,
    st.sampled_from([None, "crew", "truck"]),
    st.sampled_from([(), (), ("a",), ("b",)]),
    st.integers(1, 3),
)


@st.composite
def jobs(draw, name, earlier):
    duration = draw(st.integers(1, 1500))
    windows = []
    for _ in range(draw(st.integers(1, 2))):
        opens = draw(st.integers(0, HORIZON - 1))
        windows.append((opens, draw(st.integers(opens, HORIZON))))
    cover = draw(st.integers(0, 2)) == 0
    people = set() if cover else draw(st.sets(st.integers(1, 4), max_size=2))
    seconds = [draw(st.integers(1, duration)) for _ in people]
    return Job(
        name,
        draw(st.integers(0, PLACES - 1)),
        duration,
        tuple(windows),
        draw(st.integers(0, 3000)),
        tuple(draw(st.lists(slots, min_size=1, max_size=3))),
        draw(st.none() | st.integers(0, HORIZON)),
        draw(st.integers(0, 3)),
        tuple(draw(st.sets(st.sampled_from(earlier), max_size=2))) if earlier else (),
        draw(st.integers(0, HORIZON)) if cover else None,
        draw(st.none() | st.integers(0, 2000)),
        tuple(zip(sorted(people), sorted(seconds, reverse=True), strict=True)),
        wait_cost=0 if cover else draw(st.sampled_from([0, 0, 600, 20_000])),
    )


@st.composite
def matrices(draw, detours):
    ways = st.sampled_from([0, 1, 60, 250, 400, 2 * HORIZON])
    travel = [[draw(ways) if a != b else 0 for b in range(PLACES)] for a in range(PLACES)]
    for a, b, c in product(range(PLACES), repeat=3) if not detours else ():
        travel[b][c] = min(travel[b][c], travel[b][a] + travel[a][c])
    return travel


def with_margins(draw, unit):
    """The unit with regular hours that are shorter than its shift, or lie beside it."""
    first, last = unit.shift
    begins = draw(st.integers(0, HORIZON - 600))
    ends = draw(st.integers(begins, HORIZON))
    hours = draw(st.sampled_from([(first + 600, last), (first, last - 900), (begins, ends)]))
    return replace(unit, regular=hours)


@st.composite
def problems(draw, detours=True):
    """Small problems of every kind; from some a solved plan becomes the published one, and in part
    pinned. Without ``detours`` no way is shortened by going through a third place.
    """
    travel = draw(matrices(detours))
    crew = [draw(units(f"u{i}")) for i in range(draw(st.integers(1, 4)))]
    work: list[Job] = []
    for i in range(draw(st.integers(0, 7))):
        work.append(draw(jobs(f"j{i}", [each.id for each in work])))
    places: list[DumpSite] = []
    if draw(st.booleans()):
        least = draw(st.sampled_from([0, -4]))
        crew = [with_tank(draw, each) if draw(st.booleans()) else each for each in crew]
        work = [with_load(draw, each, least) for each in work]
        places = [draw(sites(f"s{i}")) for i in range(draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        ways = draw(st.lists(st.sampled_from("gh") | st.none(), min_size=len(work), max_size=7))
        work = [replace(each, group=way) for each, way in zip(work, ways, strict=False)]
    if draw(st.booleans()):
        crew = [with_margins(draw, each) if draw(st.booleans()) else each for each in crew]
        work = [replace(each, in_margin=draw(st.booleans())) for each in work]
    profiles = [
        Profile(name, draw(matrices(detours)))
        for name in sorted(draw(st.sets(st.sampled_from("fs"))))
    ]
    means = st.sampled_from([None, *(each.id for each in profiles)])
    crew = [replace(each, profile=draw(means)) for each in crew]
    instance = Problem(
        "any",
        "2022-07-08T06:00:00Z",
        HORIZON,
        travel,
        crew,
        work,
        draw(st.integers(0, 2)),
        dump_sites=places,
        profiles=profiles,
    )
    if not draw(st.booleans()):
        return instance
    plan = solve(instance, steps=20)
    told = [Pin(each.job, each.start, each.units) for each in plan.assignments]
    old = [replace(each, price=draw(st.sampled_from([0, 0, 40, 400]))) for each in told]
    pinned = [each for each in told if not instance.job_by_id[each.job].after][
        : draw(st.integers(0, 2))
    ]
    lost = draw(st.integers(0, len(crew) - 1))
    stays = [
        each
        for i, each in enumerate(crew)
        if i != lost or any(each.id in pin.units for pin in pinned)
    ]
    price = Stability(
        draw(st.integers(0, 500)), draw(st.integers(0, 100)), draw(st.integers(0, 600))
    )
    return replace(instance, units=stays, pinned=pinned, previous=old, stability=price)


def simple(*jobs, **more):
    crew = Unit("c1", "crew", 0, (0, 1000))
    return Problem("p", "2022-07-08T06:00:00Z", 1000, ((0, 100), (100, 0)), (crew,), jobs, **more)
