"""The streets and pipes of a district as a network, made from its tables and the assumptions of
``StreetSettings`` where they say nothing. Pure.

Every road is cut into blocks; under each street node lies a node of the pipes. Water on the street
runs downhill from block to block, into the inlets on its way; the pipes lead to an outfall.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np

from data.geo import distance_m
from data.model.city import City, Inlet, Position, Segment
from ops.drill.parameters import StormShape, StreetSettings

SAME_PLACE_M = 20.0
"""Ends of roads nearer than this are one crossing."""
PIPES_M = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.0)
"""Diameters that pipes are made in."""
LEAST_FALL = 0.002
"""Of a pipe."""
UPHILL = 20.0
"""Of a metre that a pipe would have to lead uphill, in metres of detour."""
PLANE = 0.02
"""How much the assumed ground counts beside a slope that somebody measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetNode:
    """A point of the street, and of the pipe below it. Heights are metres above the same level."""

    id: str
    position: Position
    ground_m: float
    pipe_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of street between two nodes, the higher first, with the inlets on it.

    Attributes
    ----------
    half_width_m
        Of the carriageway.
    gutter_ha, pipe_ha
        What drains to the gutter, and straight into the pipe.
    """

    id: str
    segment_id: str
    upper: str
    lower: str
    length_m: float
    half_width_m: float = 0.0
    gutter_ha: float = 0.0
    pipe_ha: float = 0.0
    inlet_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """A pipe along a block, in the direction of its flow."""

    id: str
    upper: str
    lower: str
    length_m: float
    diameter_m: float


@dataclass(frozen=True, kw_only=True)
class StreetNetwork:
    """All of it.

    Attributes
    ----------
    outfalls
        The nodes at which water leaves the district.
    sags
        The middle of each low point and hollow, by road.
    """

    nodes: Mapping[str, StreetNode]
    blocks: tuple[Block, ...]
    pipes: tuple[Pipe, ...]
    outfalls: tuple[str, ...]
    sags: Mapping[str, str]

    @cached_property
    def blocks_by_segment(self) -> Mapping[str, tuple[Block, ...]]:
        found: dict[str, list[Block]] = defaultdict(list)
        for block in self.blocks:
            found[block.segment_id].append(block)
        return {segment_id: tuple(blocks) for segment_id, blocks in found.items()}

    @cached_property
    def nodes_by_segment(self) -> Mapping[str, tuple[str, ...]]:
        """The street nodes of each road."""
        return {
            segment_id: tuple(sorted({end for block in blocks for end in _ends(block)}))
            for segment_id, blocks in self.blocks_by_segment.items()
        }

    @cached_property
    def block_of_inlet(self) -> Mapping[str, Block]:
        return {inlet_id: block for block in self.blocks for inlet_id in block.inlet_ids}

    def gathering(self, segment_id: str) -> str:
        """The node of a road at which water gathers: its sag, else its lowest."""
        if segment_id in self.sags:
            return self.sags[segment_id]
        ends = [end for block in self.blocks_by_segment[segment_id] for end in _ends(block)]
        return min(ends, key=lambda node: (self.nodes[node].ground_m, node))


def _ends(block: Block) -> tuple[str, str]:
    return block.upper, block.lower


def street_network(
    city: City, settings: StreetSettings, shape: StormShape, seed: int = 0
) -> StreetNetwork:
    """The network of a district.

    Parameters
    ----------
    seed
        Draws where the hollows lie that no table knows.
    """
    positions, courses = _cut(city.segments, settings.block_m)
    ground = _sloped(_ground(positions, settings), positions, courses, city.segments)
    chance = random.Random(f"hollows {seed}")
    sags = _lowered(ground, courses, city.segments, settings, chance)
    blocks = _with_inlets(_blocks(courses, positions, ground, city, settings), city, positions)
    outfalls = _outfalls(blocks, ground)
    pipes, depths = _pipes(blocks, ground, outfalls, settings, shape)
    pipes = _as_known(pipes, blocks, city)
    nodes = {
        name: StreetNode(id=name, position=at, ground_m=ground[name], pipe_m=depths[name])
        for name, at in positions.items()
    }
    return StreetNetwork(nodes=nodes, blocks=blocks, pipes=pipes, outfalls=outfalls, sags=sags)


# --- streets -------------------------------------------------------------------------------------

_Courses = dict[str, list[str]]
"""The nodes that a road passes, by road."""


def _cut(segments: Iterable[Segment], block_m: float) -> tuple[dict[str, Position], _Courses]:
    """Every road cut into equal pieces no longer than that, with crossings where ends meet."""
    positions: dict[str, Position] = {}
    crossings: list[str] = []
    courses: _Courses = {}

    def crossing(at: Position) -> str:
        for name in crossings:
            if distance_m(positions[name], at) <= SAME_PLACE_M:
                return name
        name = f"X{len(crossings) + 1}"
        positions[name] = at
        crossings.append(name)
        return name

    for segment in segments:
        inner = list(_points_between(segment.line, block_m))
        names = [f"{segment.id}.{n}" for n in range(1, len(inner) + 1)]
        positions.update(zip(names, inner, strict=True))
        courses[segment.id] = [crossing(segment.line[0]), *names, crossing(segment.line[-1])]
    return positions, courses


def _points_between(line: tuple[Position, ...], block_m: float) -> Iterator[Position]:
    """The inner points that cut a line into an even number of equal pieces."""
    pieces = [distance_m(a, b) for a, b in pairwise(line)]
    length = sum(pieces)
    count = 2 * max(1, math.ceil(length / block_m / 2))
    for n in range(1, count):
        yield _along(line, pieces, length * n / count)


def _along(line: tuple[Position, ...], pieces: list[float], at: float) -> Position:
    for (a, b), piece in zip(pairwise(line), pieces, strict=True):
        if at <= piece and piece:
            share = at / piece
            return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
        at -= piece
    return line[-1]


def _ground(positions: Mapping[str, Position], settings: StreetSettings) -> dict[str, float]:
    """The ground as an inclined plane."""
    west = min(position[0] for position in positions.values())
    south = min(position[1] for position in positions.values())
    return {
        name: 10
        + settings.fall_west * distance_m((west, lat), (lon, lat))
        + settings.fall_south * distance_m((lon, south), (lon, lat))
        for name, (lon, lat) in positions.items()
    }


def _sloped(
    ground: dict[str, float],
    positions: Mapping[str, Position],
    courses: _Courses,
    segments: Iterable[Segment],
) -> dict[str, float]:
    """The ground with the slopes that are known: where they contradict each other, the heights that
    are least off (least squares), and far from them the ground as it is.
    """
    number = {name: n for n, name in enumerate(ground)}
    pairs = [
        (*ends, one.slope_permille / 1000 * distance_m(positions[ends[0]], positions[ends[1]]))
        for one in segments
        if one.slope_permille is not None
        for ends in pairwise(courses[one.id])
        if ends[0] != ends[1]
    ]
    if not pairs:
        return ground
    falls = np.zeros((len(pairs), len(number)))
    for row, (upper, lower, _) in enumerate(pairs):
        falls[row, number[upper]], falls[row, number[lower]] = 1.0, -1.0
    sides = np.array([*(fall for _, _, fall in pairs), *(PLANE * each for each in ground.values())])
    matrix = np.vstack([falls, PLANE * np.eye(len(number))])
    heights = np.linalg.lstsq(matrix, sides, rcond=None)[0]
    return {name: float(heights[n]) for name, n in number.items()}


def _lowered(
    ground: dict[str, float],
    courses: _Courses,
    segments: Iterable[Segment],
    settings: StreetSettings,
    chance: random.Random,
) -> dict[str, str]:
    """Let the middle of each low point lie below the street on both sides of it, and hollows too
    that no table knows; these middles by road.
    """
    segments = tuple(segments)
    others = sorted(one.id for one in segments if not one.low_lying and one.low_depth_cm is None)
    chance.shuffle(others)
    depths = dict.fromkeys(others[: settings.hollows], settings.hollow_m)
    depths |= {
        one.id: settings.low_point_m if one.low_depth_cm is None else one.low_depth_cm / 100
        for one in segments
        if one.low_lying or one.low_depth_cm
    }
    for segment_id, depth in depths.items():
        course = courses[segment_id]
        middle = len(course) // 2
        beside = (ground[course[middle - 1]], ground[course[middle + 1]])
        ground[course[middle]] = min(beside) - depth
    return {segment_id: courses[segment_id][len(courses[segment_id]) // 2] for segment_id in depths}


def _blocks(
    courses: _Courses,
    positions: Mapping[str, Position],
    ground: Mapping[str, float],
    city: City,
    settings: StreetSettings,
) -> tuple[Block, ...]:
    found = []
    for segment_id, course in courses.items():
        segment = city.segment_by_id[segment_id]
        lengths = {
            ends: max(10.0, distance_m(positions[ends[0]], positions[ends[1]]))
            for ends in pairwise(course)
            if ends[0] != ends[1]
        }
        gutter, pipe = _strips(segment, sum(lengths.values()), settings)
        width = segment.width_m or 2 * settings.carriageway_m[segment.importance - 1]
        found += [
            Block(
                id=f"{segment_id}-{n}",
                segment_id=segment_id,
                upper=max(ends, key=lambda node: (ground[node], node)),
                lower=min(ends, key=lambda node: (ground[node], node)),
                length_m=length,
                half_width_m=width / 2,
                gutter_ha=gutter * length / 10_000,
                pipe_ha=pipe * length / 10_000,
            )
            for n, (ends, length) in enumerate(lengths.items(), 1)
        ]
    return tuple(found)


def _strips(segment: Segment, length_m: float, settings: StreetSettings) -> tuple[float, float]:
    """How wide a strip drains to the gutter, and how wide a one into the pipe, both sides together:
    of a known catchment as much to either as is assumed without.
    """
    gutter, pipe = 2 * settings.sealed_width_m, 2 * settings.yard_width_m
    if segment.catchment_ha is None or not length_m:
        return gutter, pipe
    share = segment.catchment_ha * 10_000 / length_m / (gutter + pipe)
    return gutter * share, pipe * share


def _with_inlets(
    blocks: tuple[Block, ...], city: City, positions: Mapping[str, Position]
) -> tuple[Block, ...]:
    """Each inlet on the nearest block of its road."""
    on_road: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        on_road[block.segment_id].append(block)
    found: dict[str, list[str]] = defaultdict(list)
    for inlet in city.inlets:
        nearest = min(on_road[inlet.segment_id], key=lambda one: _off(inlet, one, positions))
        found[nearest.id].append(inlet.id)
    return tuple(replace(block, inlet_ids=tuple(found[block.id])) for block in blocks)


def _off(inlet: Inlet, block: Block, positions: Mapping[str, Position]) -> float:
    (a, b), at = (positions[end] for end in _ends(block)), inlet.position
    return distance_m(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), at)


# --- pipes ---------------------------------------------------------------------------------------


def _neighbours(blocks: Iterable[Block]) -> dict[str, list[tuple[str, Block]]]:
    found: dict[str, list[tuple[str, Block]]] = defaultdict(list)
    for block in blocks:
        found[block.upper].append((block.lower, block))
        found[block.lower].append((block.upper, block))
    return found


def _outfalls(blocks: Iterable[Block], ground: Mapping[str, float]) -> tuple[str, ...]:
    """The lowest crossing of each part of the network that hangs together."""
    around, seen, found = _neighbours(blocks), set[str](), []
    for start in sorted(around):
        if start in seen:
            continue
        part, waiting = {start}, [start]
        while waiting:
            for other, _ in around[waiting.pop()]:
                if other not in part:
                    part.add(other)
                    waiting.append(other)
        seen |= part
        crossings = [name for name in part if name.startswith("X")] or sorted(part)
        found.append(min(crossings, key=lambda name: (ground[name], name)))
    return tuple(found)


@dataclass(slots=True)
class _Tree:
    """The way of each node's water to an outfall."""

    along: dict[str, Block] = field(default_factory=dict)
    below: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)  # outfalls first


def _tree(blocks: Iterable[Block], ground: Mapping[str, float], outfalls: Iterable[str]) -> _Tree:
    around, tree = _neighbours(blocks), _Tree()
    waiting = [(0.0, name, "") for name in outfalls]
    by_id = {block.id: block for block in blocks}
    done: set[str] = set()
    while waiting:
        cost, name, along = heappop(waiting)
        if name in done:
            continue
        done.add(name)
        tree.order.append(name)
        if along:
            block = by_id[along]
            tree.along[name] = block
            tree.below[name] = block.lower if name == block.upper else block.upper
        for other, block in around[name]:
            if other not in done:
                uphill = max(0.0, ground[name] - ground[other])
                heappush(waiting, (cost + block.length_m + UPHILL * uphill, other, block.id))
    return tree


def _pipes(
    blocks: tuple[Block, ...],
    ground: Mapping[str, float],
    outfalls: Iterable[str],
    settings: StreetSettings,
    shape: StormShape,
) -> tuple[tuple[Pipe, ...], dict[str, float]]:
    """The pipes, and the height of their bottom at each node: as deep as the ground and the least
    fall from above ask for, as wide as the storm that they were built for.
    """
    tree = _tree(blocks, ground, outfalls)
    bottom = {name: ground[name] - settings.pipe_cover_m for name in ground}
    area, way = _own_areas(blocks), dict.fromkeys(ground, 0.0)
    for name in reversed(tree.order):
        if name in tree.below:
            below, length = tree.below[name], tree.along[name].length_m
            bottom[below] = min(bottom[below], bottom[name] - LEAST_FALL * length)
            area[below] += area[name]
            way[below] = max(way[below], way[name] + length)
    pipes = []
    for name, below in tree.below.items():
        length = tree.along[name].length_m
        fall = (bottom[name] - bottom[below]) / length
        flow = _design_flow(area[name], way[name], settings, shape)
        size = _diameter(flow, fall, settings.pipe_n)
        pipes.append(
            Pipe(id=f"P.{name}", upper=name, lower=below, length_m=length, diameter_m=size)
        )
    return _never_narrower(pipes, tree), bottom


def _own_areas(blocks: Iterable[Block]) -> dict[str, float]:
    """Hectares that drain into the pipes at each node."""
    area: dict[str, float] = defaultdict(float)
    for block in blocks:
        area[block.lower] += block.gutter_ha + block.pipe_ha
    return area


def _design_flow(
    hectares: float, way_m: float, settings: StreetSettings, shape: StormShape
) -> float:
    """What a pipe was built for, m3/s, by the rational method: 10 minutes to the inlet, 1 m/s."""
    minutes = 10 + way_m / 60
    rate = shape.a * (1 + shape.c * math.log10(settings.pipe_years))
    return settings.runoff * hectares * rate / (minutes + shape.b) ** shape.n / 1000


def _diameter(flow: float, fall: float, roughness: float) -> float:
    """The narrowest pipe that takes the flow when it is full (Manning), m."""
    needed = (flow * roughness / (0.3117 * math.sqrt(max(fall, LEAST_FALL)))) ** 0.375
    return next((size for size in PIPES_M if size >= needed), PIPES_M[-1])


def _never_narrower(pipes: list[Pipe], tree: _Tree) -> tuple[Pipe, ...]:
    """No pipe is narrower than one that leads into it."""
    by_upper = {pipe.upper: pipe for pipe in pipes}
    for name in reversed(tree.order):
        pipe = by_upper.get(name)
        below = by_upper.get(pipe.lower) if pipe else None
        if pipe and below and below.diameter_m < pipe.diameter_m:
            by_upper[below.upper] = replace(below, diameter_m=pipe.diameter_m)
    return tuple(by_upper[pipe.upper] for pipe in pipes)


def _as_known(pipes: tuple[Pipe, ...], blocks: Iterable[Block], city: City) -> tuple[Pipe, ...]:
    """The pipes as wide as the tables say, where they do, be it too narrow."""
    road_of = {frozenset(_ends(block)): block.segment_id for block in blocks}
    known = {one.id: one.pipe_mm / 1000 for one in city.segments if one.pipe_mm}

    def diameter(pipe: Pipe) -> float:
        return known.get(road_of[frozenset((pipe.upper, pipe.lower))], pipe.diameter_m)

    return tuple(replace(pipe, diameter_m=diameter(pipe)) for pipe in pipes)
