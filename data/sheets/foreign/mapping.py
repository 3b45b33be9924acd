"""Whose heading is which of ours: proposed by words, values and geometry, shown with how sure it
is, changed by hand, kept for the next file with the same headings.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import shapely
from rapidfuzz import fuzz

from data.coordinates import (
    UnknownSystem,
    guess_system,
    in_its_unit,
    is_degrees,
    is_swapped,
    name_of,
    system_of,
)
from data.files.raw import Raw
from data.files.read import hidden
from data.files.table import FileTable
from data.geo import SYSTEMS
from data.sheets.columns import REMARKS, Column, Layout, key
from data.sheets.convert import Convert, converter, floats, is_nothing
from data.sheets.foreign.positions import system_by_streets
from data.sheets.foreign.synonyms import COLUMN_WORDS, TABLE_WORDS, TARGETS
from data.sheets.foreign.text_shapes import shapes_of_text, system_of_text
from data.sheets.foreign.units import OURS, factor, unit_in

SURE = 0.9
"""From here on a proposal needs no second look (an assumption)."""
_LEAST, _LEAST_TABLE = 0.45, 0.35
_ALIKE = 82.0
_LINE, _POINTS = 1, 4  # Shapely's numbers of a line and of several points
_LITRES_FROM = 100.0
"""A tank of so many m3 drives on no road: without a unit, such figures are litres."""
_SHAPES = {
    "point": ("inlets", "stations"),
    "line": ("streets", "segments"),
    "polygon": ("outline", "inlets", "stations"),
}
_OF_FILE = 0.5
"""What a file is called says half as much of each table in it as the table's own name (an
assumption).
"""
_LIKELIER = 0.05
"""Places in columns of which nothing else is known are those of inlets: a city has thousands of
these, and of everything else few (an assumption).
"""
_NAMED = 0.5
"""From here on a table's name says what it holds, where its shapes alone would say something else
(an assumption).
"""
_HOLD_PLACES = 0.8
"""A column of which so many cells hold a place is one of places (an assumption)."""
_COVERED = 0.1
"""Footprints cover less of their ground than this; districts and catchments cover all of it (an
assumption).
"""
_SYSTEM_HEADINGS = frozenset(
    ["坐标系", "坐标系统", "坐标系名称", "坐标基准", "空间参考", "crs", "srs"]
)
"""Columns that name a coordinate system and hold no place, as `key` has them."""
_PLACED = ("inlets", "stations", "outline")
WANTED = {
    "inlets": (("place",),),
    "streets": (("place",),),
    "outline": (("place",),),
    "stations": (("name", "id"), ("place",)),
    "crews": (("name", "id"),),
    "machines": (("kind",),),
    "drivers": (("machine_id",),),
    "shifts": (("start",), ("end",)),
    "blockages": (("inlet_id",), ("reported_at",)),
    "road_list": (("road",), ("count",)),
    "segments": (("road",), ("line",)),
}
"""What a table can't be used without: one of each of these columns; ``place`` is its geometry, a
longitude and a latitude, or WKT.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """One of our columns filled from one of theirs.

    Attributes
    ----------
    confidence
        0 to 1; 1 where somebody said so.
    unit
        The unit of their figures; blank: ours.
    """

    column: str
    heading: str
    confidence: float = 1.0
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """What one of their tables becomes.

    Attributes
    ----------
    target
        Our table, a key of `TARGETS`; blank: it is left out.
    system
        The coordinate system; ``None`` where there are no positions, or nobody can tell.
    remembered
        Whether it was said for an earlier file with the same headings.
    at_streets
        Where the streets told the system: the share of its positions that lie at one in it.
    """

    table: str
    target: str
    confidence: float = 1.0
    columns: tuple[ColumnMapping, ...] = ()
    system: str | None = None
    remembered: bool = False
    at_streets: float | None = None

    @property
    def system_name(self) -> str:
        """Its coordinate system as people call it; blank where none is known."""
        return name_of(self.system) if self.system else ""

    def heading(self, column: str) -> str | None:
        return next((one.heading for one in self.columns if one.column == column), None)

    def missing(self, table: FileTable) -> tuple[str, ...]:
        """What it can't be used without and nothing fills, by our columns' names."""
        filled = {one.column for one in self.columns}
        if table.geometry is not None or filled >= {"lon", "lat"} or "wkt" in filled:
            filled.add("place")
        wanted = WANTED.get(self.target) or tuple(
            (column.name,) for column in TARGETS[self.target].columns if column.needed
        )
        return tuple(group[0] for group in wanted if not filled & set(group))


def signature(table: FileTable) -> str:
    """What a file's headings have in common with those of the next one of its kind."""
    kind = shape_of(table) or "rows"
    told = "\n".join([kind, *sorted(key(heading) for heading in table.headings)])
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def shape_of(table: FileTable) -> str | None:
    """``point``, ``line`` or ``polygon``: what most of its geometries are."""
    if table.geometry is None:
        return None
    kinds = shapely.get_type_id(table.geometry)
    counts = {
        "point": int(np.isin(kinds, (0, 4)).sum()),
        "line": int(np.isin(kinds, (1, 2, 5)).sum()),
        "polygon": int(np.isin(kinds, (3, 6)).sum()),
    }
    most = max(counts, key=counts.__getitem__)
    return most if counts[most] else None


def propose(
    tables: Sequence[FileTable], remembered: Mapping[str, TableMapping] | None = None
) -> tuple[TableMapping, ...]:
    """What each table most likely is.

    Parameters
    ----------
    remembered
        What was said before, by `signature`.
    """
    kept = remembered or {}
    found = []
    for table in tables:
        before = kept.get(signature(table))
        if before is not None:
            found.append(replace(before, table=table.name, remembered=True))
        else:
            found.append(_proposed(table))
    return tuple(found)


def propose_as(table: FileTable, target: str) -> TableMapping:
    """The columns of a table that somebody says is ``target``."""
    if not target:
        return TableMapping(table=table.name, target="")
    columns = _columns(table, TARGETS[target])
    return TableMapping(
        table=table.name, target=target, columns=columns, system=_system(table, columns)
    )


def _proposed(table: FileTable) -> TableMapping:
    if hidden(table):
        return TableMapping(table=table.name, target="")
    best = TableMapping(table=table.name, target="", confidence=0.0)
    for layout in TARGETS.values():
        columns = _columns(table, layout)
        score = _table_score(table, layout, columns)
        if score > best.confidence:
            best = TableMapping(
                table=table.name, target=layout.name, confidence=score, columns=columns
            )
    if best.confidence < _LEAST_TABLE or best.missing(table):
        return TableMapping(table=table.name, target="", confidence=best.confidence)
    return replace(best, system=_system(table, best.columns))


def _table_score(table: FileTable, layout: Layout, columns: tuple[ColumnMapping, ...]) -> float:
    """How likely a table is ours: its name, its shape, its columns; 0 to 1."""
    shape = shape_of(table)
    if shape and layout.name not in _SHAPES[shape]:
        return 0.0
    if layout.name == "streets" and shape != "line":
        return 0.0
    words = (layout.name, layout.zh, *layout.aliases, *TABLE_WORDS.get(layout.name, ()))
    named = max(
        max(_alike(table.name, word), _OF_FILE * _alike(table.source, word)) for word in words
    )
    if shape == "polygon" and layout.name != "outline" and not _are_footprints(table, named):
        return 0.0
    filled = {one.column for one in columns}
    if shape or filled >= {"lon", "lat"} or "wkt" in filled:
        filled.add("place")
    wanted = WANTED.get(layout.name) or [(c.name,) for c in layout.columns if c.needed]
    share = sum(bool(filled & set(group)) for group in wanted) / len(wanted)
    if share < 1:
        return 0.3 * share * named
    fits = sum(one.confidence for one in columns) / max(3, len(columns))
    usual = 0.0
    if layout.name == _SHAPES[shape or "point"][0] and "place" in filled:
        usual = 0.25 if shape else _LIKELIER
    spread = min(1.0, len(filled) / 5)
    return min(1.0, 0.4 * named + 0.2 * fits + 0.2 * spread + usual)


def _are_footprints(table: FileTable, named: float) -> bool:
    """Whether areas are those of small things, each alone on its ground, as their name says."""
    if named < _NAMED:
        return False
    areas = shapely.area(table.geometry)
    west, south, east, north = shapely.total_bounds(table.geometry)
    return bool(np.nansum(areas) < _COVERED * (east - west) * (north - south))


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    """A name as `key` gives it, without accents."""
    parts = unicodedata.normalize("NFKD", key(word))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _alike(name: str, word: str) -> float:
    """How alike two names are, 0 to 1; 1 where they are the same but for case and signs."""
    one, other = _bare(name), _bare(word)
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if len(other) >= 2 and not other.isascii() and other in one:
        return 0.8
    if len(other) >= 5 and other in one:
        return 0.75
    ratio = fuzz.ratio(one, other)
    return 0.85 * ratio / 100 if ratio >= _ALIKE and min(len(one), len(other)) >= 4 else 0.0


def _columns(table: FileTable, layout: Layout) -> tuple[ColumnMapping, ...]:
    """Each of our columns with the heading that fits best; no heading twice."""
    placed = table.geometry is not None
    offers = []
    for place, heading in enumerate(table.headings):
        if key(heading) in REMARKS and key(heading) != "no":
            continue
        if key(heading) in _SYSTEM_HEADINGS:
            continue
        for column in layout.columns:
            if column.name == "crs" or (placed and column.name in ("lon", "lat", "wkt", "line")):
                continue
            if (offer := _offer(table, heading, layout.name, column)) is not None:
                offers.append((offer.confidence, -place, offer))
    offers.sort(key=lambda one: one[:2], reverse=True)
    taken: dict[str, ColumnMapping] = {}
    headings: set[str] = set()
    for _, _, offer in offers:
        if offer.column not in taken and offer.heading not in headings:
            taken[offer.column] = offer
            headings.add(offer.heading)
    has_place = placed or "wkt" in taken or taken.keys() >= {"lon", "lat"}
    if not has_place and (found := _places_in_cells(table, layout)):
        taken = {name: one for name, one in taken.items() if one.heading != found.heading}
        taken[found.column] = found
    return tuple(taken[column.name] for column in layout.columns if column.name in taken)


def _places_in_cells(table: FileTable, layout: Layout) -> ColumnMapping | None:
    """A column whose cells hold places, whatever it is called."""
    if all(column.name != "wkt" for column in layout.columns):
        return None
    for heading in table.headings:
        sample = [one for one in table.sample(heading, 60) if isinstance(one, str)]
        share = shapely.is_geometry(shapes_of_text(sample)).mean() if sample else 0.0
        if share >= _HOLD_PLACES:
            return ColumnMapping(column="wkt", heading=heading, confidence=round(0.8 * share, 2))
    return None


def _offer(table: FileTable, heading: str, target: str, column: Column) -> ColumnMapping | None:
    named = _named(heading, target, column)
    if named < _LEAST:
        return None
    sample = [raw for raw in table.sample(heading) if not is_nothing(raw)]
    unit = _unit(heading, column, sample)
    convert = converter(column, unit, sample)
    share = _share(sample, convert)
    if sample and share < 0.5:
        return None
    sure = named * (0.3 + 0.7 * share) if sample else named * 0.5
    return ColumnMapping(column=column.name, heading=heading, confidence=round(sure, 2), unit=unit)


def column_of(table: FileTable, target: str, column: str, heading: str) -> ColumnMapping:
    """A column as somebody says it is, with the unit that its heading names."""
    unit = _unit(heading, TARGETS[target].column(column), table.sample(heading))
    return ColumnMapping(column=column, heading=heading, unit=unit)


def _named(heading: str, target: str, column: Column) -> float:
    """How well a heading names a column: ours first, others' words in their order after them."""
    own = (column.name, column.zh, *column.aliases)
    if any(key(heading) == key(word) for word in own):
        return 1.0
    best = max(_alike(heading, word) for word in own) * 0.95
    words = COLUMN_WORDS.get((target, column.name), ())
    for rank, word in enumerate(words):
        alike = _alike(heading, word) * (0.97 - 0.1 * rank / len(words))
        best = max(best, alike)
    return best


def _unit(heading: str, column: Column, sample: Sequence[Raw]) -> str:
    ours = OURS.get(column.name)
    if ours is None:
        return ""
    unit = unit_in(heading)
    if unit and factor(unit, ours) is not None:
        return unit
    if column.name == "capacity" and not unit:
        figures = floats(sample)
        if len(figures) and np.nanmedian(figures) >= _LITRES_FROM:
            return "l"
    return ""


def _share(sample: Iterable[Raw], convert: Convert) -> float:
    """Of how many of these values something can be meant."""
    tried = [convert(raw) is not None for raw in sample]
    return sum(tried) / len(tried) if tried else 0.0


def _system(table: FileTable, columns: Sequence[ColumnMapping]) -> str | None:
    """What the file says its positions are in, else what the figures can be in."""
    points = positions(table, columns)
    if said := table.system or _in_cells(table, columns):
        try:
            return in_its_unit(points, system_of(said))
        except UnknownSystem:
            return None
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    return guess_system(points[:, ::-1] if is_swapped(points).mean() > 0.5 else points)


def _in_cells(table: FileTable, columns: Sequence[ColumnMapping]) -> str | None:
    """The system that the cells of a column of geometries name, or those of a column of systems;
    where these name several it is none that there is.
    """
    heading = next((one.heading for one in columns if one.column == "wkt"), None)
    if heading and (said := system_of_text(table.sample(heading))):
        return said
    headings = [one for one in table.headings if key(one) in _SYSTEM_HEADINGS]
    named = {str(raw) for one in headings for raw in table.column(one) if not is_nothing(raw)}
    return ", ".join(sorted(named))


def with_system(table: FileTable, mapping: TableMapping, system: str) -> TableMapping:
    """A mapping in the system that somebody says, with the unit that its figures are in."""
    try:
        known = system_of(system)
    except UnknownSystem:  # said where it is used
        return replace(mapping, system=system, at_streets=None)
    found = in_its_unit(positions(table, mapping.columns), known)
    return replace(mapping, system=system if found == known else found, at_streets=None)


def told_by_streets(table: FileTable, mapping: TableMapping, lines: np.ndarray) -> TableMapping:
    """Inlets in a system that nobody named, in the one in which they lie at these streets
    (LineStrings in WGS-84), if one alone does that.
    """
    is_told = table.system or mapping.remembered or mapping.system not in (None, *SYSTEMS)
    if mapping.target != "inlets" or is_told:
        return mapping
    found = system_by_streets(positions(table, mapping.columns), lines)
    return replace(mapping, system=found[0], at_streets=found[1]) if found else mapping


def can_be_in(table: FileTable, columns: Sequence[ColumnMapping], system: str) -> bool:
    """Whether a table's figures can be positions in ``system``: degrees, or else metres or feet."""
    points = positions(table, columns)
    points = points[np.isfinite(points).all(axis=1)]
    try:
        wanted = is_degrees(system_of(system))
    except UnknownSystem:  # said where it is used
        return True
    return not len(points) or wanted == bool((np.abs(np.median(points, axis=0)) <= 180).all())


def positions(table: FileTable, columns: Sequence[ColumnMapping]) -> np.ndarray:
    """Where each row is, in the table's own system (n x 2, not a number where it is nowhere)."""
    by_name = {one.column: one.heading for one in columns}
    if table.geometry is not None:
        shapes = table.geometry
    elif "wkt" in by_name:
        shapes = shapes_of_text(table.column(by_name["wkt"]))
    elif "lon" in by_name and "lat" in by_name:
        return np.column_stack([floats(table.column(by_name[one])) for one in ("lon", "lat")])
    else:
        return np.full((table.count, 2), np.nan)
    points = middles(np.asarray(shapes, dtype=object))
    return np.column_stack((shapely.get_x(points), shapely.get_y(points)))


def middles(shapes: np.ndarray) -> np.ndarray:
    """The point that stands for each: of a line its middle, of an area or of several points their
    centre, or a point inside where that lies outside.
    """
    points, kinds = shapes.copy(), shapely.get_type_id(shapes)
    lines, others = kinds == _LINE, (kinds > 0) & (kinds != _LINE)
    points[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    centres = shapely.centroid(shapes[others])
    outside = (kinds[others] != _POINTS) & ~shapely.intersects(shapes[others], centres)
    centres[outside] = shapely.point_on_surface(shapes[others][outside])
    points[others] = centres
    return points
