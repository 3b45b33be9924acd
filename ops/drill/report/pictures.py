"""Pictures of a drill as SVG: rain, water on each road, who was where, the map, bars and courses of
figures. Pure.

The same pictures stand on the page in a browser and on paper.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import cos, log, radians

from data.model.city import City, Position
from data.signs import escape
from ops.drill.comparison import Estimate
from ops.drill.field.field_work import Work
from ops.drill.outcome import DEEP_M, DEEPER_M, Stay

WIDTH, NAMES, ROW = 760, 210, 11
EDGE = 18
"""Room at the right for half of the last hour's name."""
INK, FAINT, LINE = "#1c2733", "#5b6773", "#c9d1d9"
FONT = "Noto Sans SC,Noto Sans CJK SC,Microsoft YaHei,PingFang SC,sans-serif"
WET_M = 0.05
DEPTHS = ((WET_M, "#9ecae1"), (DEEP_M, "#3182bd"), (DEEPER_M, "#b30047"))
"""From which depth on water is drawn how: blue deepens, what stops cars is red."""
WORKS = {Work.INLETS: "#0e8f83", Work.POST: "#2b5fc7", Work.PUMP: "#9a6a3a"}
LABEL = 40.0
"""So wide is an hour's name with the blank beside it."""
Label = Callable[[datetime], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """Minutes from ``begin`` on, over the width beside the names."""

    begin: datetime
    minutes: int
    hour: Label

    def x(self, minute: float) -> float:
        """Where a minute is."""
        return NAMES + (WIDTH - NAMES - EDGE) * minute / max(1, self.minutes)

    def of(self, at: datetime) -> float:
        """Where an instant is."""
        return self.x((at - self.begin) / timedelta(minutes=1))

    def grid(self, height: float) -> Iterator[str]:
        """A line for every hour, with the names of as many as there is room for."""
        at = self.begin.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        end = self.begin + timedelta(minutes=self.minutes)
        wide = self.x(60) - self.x(0)
        named = next((hours for hours in (1, 2, 3, 6, 12) if hours * wide >= LABEL), 24)
        while at <= end:
            x = self.of(at)
            yield f'<path d="M{x:.1f} 0V{height:.0f}" stroke="{LINE}" stroke-width="0.6"/>'
            if at.hour % named == 0:
                yield _text(x, height + 12, self.hour(at), FAINT, 10, "middle")
            at += timedelta(hours=1)


def rain(mm_h: Sequence[float], axis: TimeAxis, unit: str) -> str:
    """How hard it rained, by five minutes."""
    height, step = 60, 5
    steps = [sum(mm_h[n : n + step]) / len(mm_h[n : n + step]) for n in range(0, len(mm_h), step)]
    most = max((*steps, 1.0))
    wide = axis.x(step) - axis.x(0)
    bars = (
        f'<rect x="{axis.x(step * n):.1f}" y="{height - height * each / most:.1f}"'
        f' width="{wide:.2f}" height="{height * each / most:.1f}" fill="#3182bd"/>'
        for n, each in enumerate(steps)
        if each > 0
    )
    name = _text(NAMES - 8, 14, f"{most:.0f} {unit}", FAINT, 11, "end")
    return _svg(height + 18, [*axis.grid(height), *bars, name])


def water(depths: Mapping[str, Sequence[float]], names: Mapping[str, str], axis: TimeAxis) -> str:
    """A row for each road: how deep it stood when."""
    parts = []
    for row, (road, name) in enumerate(names.items()):
        y = row * ROW
        parts.append(_text(NAMES - 6, y + 9, name, INK, 9, "end"))
        parts += [
            f'<rect x="{axis.x(first):.1f}" y="{y + 1}" width="{axis.x(last) - axis.x(first):.2f}"'
            f' height="{ROW - 2}" fill="{colour}"/>'
            for first, last, colour in _spans(depths[road])
        ]
    height = len(names) * ROW
    return _svg(height + 18, [*axis.grid(height), *parts])


def _spans(depths: Iterable[float]) -> Iterator[tuple[int, int, str]]:
    """Runs of minutes of one colour."""
    for colour, run in groupby(enumerate(depths), key=lambda one: colour_of(one[1])):
        minutes = [minute for minute, _ in run]
        if colour:
            yield minutes[0], minutes[-1] + 1, colour


def colour_of(depth: float) -> str | None:
    """What water of this depth is drawn in; ``None`` where there is none to speak of."""
    return next((colour for least, colour in reversed(DEPTHS) if depth > least), None)


def crews(stays: Sequence[Stay], names: Mapping[str, str], axis: TimeAxis) -> str:
    """A row for each crew and machine: when it, or a part of it, stood or worked somewhere."""
    rows = {resource_id: row for row, resource_id in enumerate(names)}
    parts = [
        _text(NAMES - 6, row * ROW + 9, name, INK, 9, "end")
        for row, name in enumerate(names.values())
    ]
    parts += [
        f'<rect x="{axis.of(one.start):.1f}" y="{rows[one.resource_id] * ROW + 2}"'
        f' width="{max(0.8, axis.of(one.end) - axis.of(one.start) - 0.6):.2f}"'
        f' height="{ROW - 4}" fill="{WORKS[one.work]}"/>'
        for one in stays
        if one.resource_id in rows
    ]
    height = len(names) * ROW
    return _svg(height + 18, [*axis.grid(height), *parts])


def map_at(depths: Mapping[str, float], city: City) -> str:
    """The roads, as deep as they stood at one minute; low points with a ring."""
    place, height = _projection([at for one in city.segments for at in one.line])
    parts = []
    for segment in city.segments:
        points = " ".join("{:.1f},{:.1f}".format(*place(at)) for at in segment.line)
        colour = colour_of(depths.get(segment.id, 0.0))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour or LINE}"'
            f' stroke-width="{6 if colour else 3}" stroke-linecap="round"/>'
        )
        if segment.low_lying:
            x, y = place(segment.middle)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="none" stroke="{INK}"/>')
    return _svg(height, parts, width=370)


def _projection(
    positions: Sequence[Position],
) -> tuple[Callable[[Position], tuple[float, float]], float]:
    """Positions into a box 370 wide, north up: a degree of longitude is shorter by the cosine."""

    west, east = min(at[0] for at in positions), max(at[0] for at in positions)
    south, north = min(at[1] for at in positions), max(at[1] for at in positions)
    shorter = cos(radians((south + north) / 2))
    scale = 346 / max((east - west) * shorter, 1e-9)
    height = (north - south) * scale + 24

    def place(at: Position) -> tuple[float, float]:
        return 12 + (at[0] - west) * shorter * scale, 12 + (north - at[1]) * scale

    return place, height


def bars(values: Mapping[str, Estimate]) -> str:
    """A bar for each, with its interval across its end."""
    row, wide = 20, WIDTH - NAMES - 3 * EDGE
    most = max((one.high for one in values.values()), default=0.0) or 1.0
    parts = []
    for number, (name, one) in enumerate(values.items()):
        y, ends = row * number, [NAMES + wide * each / most for each in (one.low, one.high)]
        length = wide * max(0.0, one.mean) / most
        parts += [
            _text(NAMES - 8, y + 14, name, INK, 11, "end"),
            f'<rect x="{NAMES}" y="{y + 4}" width="{length:.1f}" height="{row - 8}"'
            ' fill="#9ecae1"/>',
            f'<path d="M{ends[0]:.1f} {y + row / 2}H{ends[1]:.1f}" stroke="{INK}"/>',
            _text(max(NAMES + length, ends[1]) + 5, y + 14, f"{one.mean:.0f}", INK, 11, "start"),
        ]
    return _svg(row * len(values) + 4, parts)


def course(chances: Mapping[float, Estimate], marks: Sequence[float], name: str) -> str:
    """Chances over what they depend on, as multiples of it: a line in the band of its interval.

    Parameters
    ----------
    marks
        Of what they depend on, those that are written below.
    name
        What that is.
    """
    top, height, wide, first = 10, 150, WIDTH - NAMES - EDGE, min(chances)
    span = log(max(chances) / first) or 1.0

    def x(value: float) -> float:
        return NAMES + wide * log(value / first) / span

    def line(points: Iterable[tuple[float, float]]) -> str:
        return " ".join(
            f"{x(value):.1f},{top + height * (1 - chance):.1f}" for value, chance in points
        )

    lows, highs = (
        [(value, getattr(one, end)) for value, one in chances.items()] for end in ("low", "high")
    )
    parts = [f'<polygon points="{line([*lows, *reversed(highs)])}" fill="#deebf7"/>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = top + height * (1 - share)
        parts.append(f'<path d="M{NAMES} {y:.1f}H{NAMES + wide}" stroke="{LINE}"/>')
        parts.append(_text(NAMES - 8, y + 4, f"{share:.0%}", FAINT, 11, "end"))
    middle = line((value, one.mean) for value, one in chances.items())
    parts.append(f'<polyline points="{middle}" fill="none" stroke="#b30047" stroke-width="2"/>')
    parts += [_text(x(mark), top + height + 16, f"{mark:g}", FAINT, 11, "middle") for mark in marks]
    parts.append(_text(NAMES + wide / 2, top + height + 34, name, FAINT, 11, "middle"))
    return _svg(top + height + 40, parts)


def _text(x: float, y: float, words: str, colour: str, size: int, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}"'
        f' text-anchor="{anchor}">{escape(words)}</text>'
    )


def _svg(height: float, parts: Iterable[str], width: int = WIDTH) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}"'
        f' width="{width}" height="{height:.0f}" font-family="{FONT}">{"".join(parts)}</svg>'
    )
