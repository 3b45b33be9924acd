"""Where the words of a map stand, so that none covers another. Pure.

A map is first seen as so many pixels; each word looks for room below, above or beside its point.
Who finds none goes without a word (a hover tells it) and keeps its sign; stations and incidents are
always written.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from data.model.city import Position

LINE = 15.0  # a line of text is so high, in pixels
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What part of the world a map shows at first, and how large: all that there is fits in.

    Attributes
    ----------
    lon, lat
        The middle.
    width, height
        In pixels.
    zoom
        At zoom z the whole turn of the earth is 512 * 2**z pixels wide.
    """

    lon: float
    lat: float
    width: float
    height: float
    zoom: float

    @property
    def _degree(self) -> float:
        """Pixels for a degree of longitude."""
        return 512 * 2**self.zoom / 360

    def at(self, position: Position) -> tuple[float, float]:
        """A position in pixels, from the left and from the top."""
        east, north = position[0] - self.lon, position[1] - self.lat
        shrink = math.cos(math.radians(self.lat))
        return (
            self.width / 2 + east * self._degree,
            self.height / 2 - north * self._degree / shrink,
        )

    def position(self, x: float, y: float) -> Position:
        """The position of a pixel: the other way round from `at`."""
        shrink = math.cos(math.radians(self.lat))
        east = (x - self.width / 2) / self._degree
        return self.lon + east, self.lat - (y - self.height / 2) * shrink / self._degree

    def line(self, path: Sequence[Position], within: float = 0.4) -> list[tuple[float, float]]:
        """A line in pixels, without the points that lie within so much of a pixel of it."""
        return simplified([self.at(position) for position in path], within)


def view_of(points: Iterable[Position], width: float, height: float) -> View:
    """The view that shows all the points, with a margin."""
    found = list(points) or [(125.14, 42.9)]
    west, east = min(one[0] for one in found), max(one[0] for one in found)
    south, north = min(one[1] for one in found), max(one[1] for one in found)
    latitude = (south + north) / 2
    wide = max((east - west) / 360, 1e-5)
    high = max((north - south) / 360 / math.cos(math.radians(latitude)), 1e-5)
    zoom = min(math.log2(width / 512 / wide), math.log2(height / 512 / high)) - 0.2
    return View(
        lon=(west + east) / 2,
        lat=latitude,
        width=width,
        height=height,
        zoom=max(3.0, min(zoom, 17.0)),
    )


def simplified(path: Sequence[tuple[float, float]], within: float) -> list[tuple[float, float]]:
    """A line through fewer points, nowhere farther from the whole than ``within``
    (Ramer, Douglas and Peucker).
    """
    kept, spans = {0, len(path) - 1}, [(0, len(path) - 1)]
    while spans:
        first, last = spans.pop()
        between = range(first + 1, last)
        farthest = max(between, key=lambda n: _off(path[n], path[first], path[last]), default=None)
        if farthest is None or _off(path[farthest], path[first], path[last]) <= within:
            continue
        kept.add(farthest)
        spans += [(first, farthest), (farthest, last)]
    return [path[n] for n in sorted(kept) if 0 <= n < len(path)]


def _off(
    point: tuple[float, float], first: tuple[float, float], last: tuple[float, float]
) -> float:
    """How far a point is from the stretch between two others."""
    (x, y), (x1, y1), (x2, y2) = point, first, last
    long = math.hypot(x2 - x1, y2 - y1)
    if long < 1e-9:
        return math.hypot(x - x1, y - y1)
    along = max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / long**2))
    return math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that wants to stand at a point.

    Attributes
    ----------
    at
        Its points in pixels, the best first: one of a unit, several of a road.
    short
        What is written where the whole finds no room; ``""``: nothing.
    size
        Of its letters, in pixels.
    gap
        How far from the point it stands; zero: upon it.
    must
        Whether it is written even where it covers another.
    """

    text: str
    at: tuple[tuple[float, float], ...]
    short: str = ""
    size: float = 12
    gap: float = 12
    must: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a word stands: its middle, and the point that it belongs to."""

    text: str
    x: float
    y: float
    at: tuple[float, float]


def wide(text: str, size: float) -> float:
    """About how wide a text is drawn: a Chinese letter is as wide as high."""
    return sum(1.0 if ord(letter) > 255 else 0.58 for letter in text) * size + 6


def placed(
    words: Iterable[Word], taken: Iterable[Box] = (), within: Box | None = None
) -> list[Placed | None]:
    """A place for each word, in this order; ``None`` for those that find none.

    Parameters
    ----------
    taken
        Where nothing may be written: the signs.
    within
        The map's own edges.
    """
    boxes, found = list(taken), []
    for word in words:
        place = _place(word, boxes, within)
        found.append(place)
        if place:
            boxes.append(_box(place.text, place.x, place.y, word.size))
    return found


def _place(word: Word, boxes: Sequence[Box], within: Box | None) -> Placed | None:
    for text in dict.fromkeys((word.text, word.short)):
        if not text:
            continue
        for at in word.at:
            for x, y in _around(text, at, word):
                box = _box(text, x, y, word.size)
                if _is_in(box, within) and not any(_covers(box, other) for other in boxes):
                    return Placed(text=text, x=x, y=y, at=at)
    if not word.must:
        return None
    at = word.at[0]
    return Placed(text=word.text, x=at[0], y=at[1] + word.gap + LINE / 2, at=at)


def _around(text: str, at: tuple[float, float], word: Word) -> Iterator[tuple[float, float]]:
    """The middles that a text may have, the best first."""
    x, y = at
    if not word.gap:
        yield x, y
        return
    side = wide(text, word.size) / 2 + word.gap
    for far in (1, 2):
        down = word.gap * far + LINE / 2
        yield from ((x, y + down), (x, y - down), (x + side, y), (x - side, y))
        yield from ((x + side, y + down), (x - side, y + down), (x + side, y - down))


def _box(text: str, x: float, y: float, size: float) -> Box:
    half, high = wide(text, size) / 2, (size + 3) / 2
    return x - half, y - high, x + half, y + high


def _covers(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _is_in(box: Box, edges: Box | None) -> bool:
    return edges is None or (
        box[0] >= edges[0] and box[1] >= edges[1] and box[2] <= edges[2] and box[3] <= edges[3]
    )
