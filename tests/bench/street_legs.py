"""Plans driven over streets: legs that come more than five minutes late, and legs that there is no
way for, of plans by straight lines and of plans by streets.

``python tests/bench/street_legs.py [--draws 3] [--steps 4000]``: made-up cities with a river and a
railway that few streets cross; with no street closed and with twelve.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from data.geo import distance_m
from data.model.city import City, Inlet, Position, Segment, Station
from data.model.plan import Assignment
from data.model.street.streets import Closure, Street, StreetClass, StreetMap
from data.streets.joining import joined
from ops.district.places import place
from ops.planning import solver_input, solver_output
from ops.planning.context import Storm
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.ways.network import StreetNetwork
from ops.ways.speeds import WaySettings
from ops.ways.ways_now import WaysNow, ways_now
from solver import solve
from tests.helpers.makers import NOW, make_city
from tests.helpers.storm import make_storm

SIZE, STEP = 26, 0.0016  # crossings to each side; some 130 m to the east, 180 m to the north
WEST, SOUTH = 125.12, 42.88
RIVER, RAILWAY = 12, 8  # beyond this row, beyond this column
BRIDGES, GATES = (4, 20), (5, 18)  # the columns that cross the river, the rows that cross the rails
ROADS, CLOSED, LATE_S = 60, 12, 300


def at(column: float, row: float) -> Position:
    return round(WEST + STEP * column, 6), round(SOUTH + STEP * row, 6)


def streets() -> StreetMap:
    """Every third street is a main one; at the river and the rails all but a few end."""
    lines = []
    for n in range(SIZE):
        kind = StreetClass.MAIN if n % 3 == 1 else StreetClass.LOCAL
        cut = [range(SIZE)] if n in BRIDGES else [range(RIVER + 1), range(RIVER + 1, SIZE)]
        lines += [Street(line=tuple(at(n, y) for y in part), kind=kind) for part in cut]
        cut = [range(SIZE)] if n in GATES else [range(RAILWAY + 1), range(RAILWAY + 1, SIZE)]
        lines += [Street(line=tuple(at(x, n) for x in part), kind=kind) for part in cut]
    return StreetMap(streets=joined(lines), source="made-up")


def city(draw: random.Random, network: StreetNetwork) -> City:
    """Two stations south of the river, roads anywhere, and the crews of the small district."""
    small = make_city()
    stations = tuple(
        replace(small.stations[0], id=name, name=name, position=at(*spot))
        for name, spot in zip("AB", ((4, 5), (19, 6)), strict=True)
    )
    chosen = draw.sample(range(len(network.streets)), ROADS)
    roads = tuple(_road(n, network.streets[n].line, stations, draw) for n in chosen)
    inlets = tuple(
        Inlet(id=f"{road.id}-{n}", segment_id=road.id, position=road.middle)
        for road in roads
        for n in range(3)
    )
    crews = tuple(
        replace(crew, id=f"{station.id}{crew.id}", name=f"{station.id}{crew.name}",
                station_id=station.id)
        for station in stations
        for crew in small.crews
    )  # fmt: skip
    return replace(
        small,
        stations=stations,
        segments=roads,
        inlets=inlets,
        crews=crews,
        machines=(),
        drivers=(),
        blockages=(),
    )


def _road(
    n: int, line: tuple[Position, ...], stations: tuple[Station, ...], draw: random.Random
) -> Segment:
    home = min(stations, key=lambda one: distance_m(one.position, line[0]))
    return Segment(
        id=f"R{n}",
        road=f"{n}",
        start_name="a",
        end_name="b",
        station_id=home.id,
        line=(line[0], line[-1]),
        importance=draw.randint(1, 5),
        guard=draw.random() < 0.15,
    )


def closures(draw: random.Random, network: StreetNetwork) -> tuple[Closure, ...]:
    """One of the bridges, and streets anywhere."""
    lines = [(at(BRIDGES[0], RIVER), at(BRIDGES[0], RIVER + 1))]
    lines += [network.streets[n].line for n in draw.sample(range(len(network.streets)), CLOSED - 1)]
    return tuple(
        Closure(operation_id=1, name=f"{n}", line=line, from_at=NOW, by="x")
        for n, line in enumerate(lines)
    )


def legs(storm: Storm, truth: WaysNow, steps: int) -> tuple[int, int, int]:
    """How many legs a plan has, how many come too late and how many can't be driven."""
    inputs = solver_input.build_problem(storm, storm_tasks(storm), None)
    plan = solve(inputs.problem, steps=steps)
    jobs, _, _ = solver_output.read_plan(inputs, plan, storm.city)
    count = late = none = 0
    for origin, job, planned_s in _driven(jobs, storm.city):
        way = float(truth.ways.seconds([origin], [place(job, storm.city)])[0, 0])
        count += 1
        none += way == float("inf")
        late += planned_s + LATE_S < way + storm.travel.start_s < float("inf")
    return count, late, none


def _driven(
    jobs: tuple[Assignment, ...], city: City
) -> Iterator[tuple[Position, Assignment, float]]:
    """Each way of each crew: from where, to what, and how long it was given."""
    here: dict[str, Position] = {}
    for job in sorted(jobs, key=lambda one: one.start_at):
        for member in job.members:
            home = city.station_by_id[city.crew_by_id[member.resource_id].station_id].position
            origin = here.get(member.unit_id, home)
            here[member.unit_id] = place(job, city)
            if origin != here[member.unit_id]:
                yield origin, job, (member.arrive_at - member.leave_at).total_seconds()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4000)
    asked = parser.parse_args()
    network, known = StreetNetwork(streets()), WaySettings(rush_share=1.0)
    print(f"{len(network.streets)} streets, {ROADS} roads with work, {asked.draws} draws")
    print("ways of the plan    closed   legs   >5 min late   no way")
    for closed in (0, CLOSED):
        found = {"straight lines": [0, 0, 0], "streets": [0, 0, 0]}
        for seed in range(asked.draws):
            draw = random.Random(seed)
            town = city(draw, network)
            shut = closures(draw, network)[:closed]
            truth = ways_now(network, "made-up", shut, known, NOW, NOW.replace(hour=11), 0.0)
            storm = make_storm(town)
            for name, ways in (("straight lines", None), ("streets", truth)):
                one = legs(replace(storm, streets=ways), truth, asked.steps)
                found[name] = [a + b for a, b in zip(found[name], one, strict=True)]
        for name, (count, late, none) in found.items():
            print(f"{name:<18} {closed:>7} {count:>6} {late:>13} {none:>8}")


if __name__ == "__main__":
    main()
