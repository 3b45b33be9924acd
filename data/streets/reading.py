"""Street files: OpenStreetMap extracts (.osm.pbf, .osm), and centrelines in whatever format a city
has them.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import BadSheets, BadStreets, RowError
from data.model.city import Position
from data.model.street.streets import Street, StreetClass, StreetMap
from data.sheets.foreign.centrelines import read_centrelines
from data.streets.access import access_of, direction_of, tags_of
from data.streets.barriers import with_barriers
from data.streets.joining import joined
from data.streets.levels import levels_of, over_and_under

OSM_ENDINGS = (".osm", ".osm.pbf", ".pbf", ".osm.gz", ".osm.bz2")
_OSM = re.compile(rb"<osm[\s>]|OSMHeader")
_OVERPASS = re.compile(rb'\s*\{.*"(elements|osm3s)"', re.S)
"""What extracts begin with, whatever they are called."""
MOST_BYTES = 300_000_000
"""A larger file is a country's, not a district's (an assumption)."""
MOST_STREETS = 400_000
"""Of a metropolis with its lanes (an assumption): what is more is not read to the end."""

_E, _MA, _MI, _LO, _LA, _PA = StreetClass
CLASSES: Mapping[str, StreetClass] = {
    "motorway": _E, "motorway_link": _E, "trunk": _E, "trunk_link": _E, "快速路": _E, "高速": _E,
    "primary": _MA, "primary_link": _MA, "主干路": _MA, "主干道": _MA, "arterial": _MA,
    "secondary": _MI, "secondary_link": _MI, "次干路": _MI, "次干道": _MI, "collector": _MI,
    "tertiary": _LO, "tertiary_link": _LO, "unclassified": _LO, "residential": _LO,
    "支路": _LO, "local": _LO, "street": _LO, "road": _LO,
    "living_street": _LA, "service": _LA, "alley": _LA, "街巷": _LA, "巷道": _LA, "小区": _LA,
    "pedestrian": _PA, "footway": _PA, "path": _PA, "cycleway": _PA, "track": _PA, "steps": _PA,
    "人行道": _PA,
} | {kind.value: kind for kind in StreetClass}  # fmt: skip
"""What files call a street's class; values of OpenStreetMap's ``highway`` first. A ``road`` of
unknown class is taken for a local street.
"""
_CLASS_WORDS = (
    (_E, "motorway|freeway|interstate|express|turnpike|s1100|a1.|快速|高速"),
    (
        _PA,
        "foot|walk|path|trail|cycl|bike|stair|steps|bridle|s17[12]0|s182.|人行|步道|台阶|自行车道",
    ),
    (
        _LA,
        "alley|private|service|driveway|parking|lane|s1500|s164.|s1730|s174.|s1750|s1780|巷|里弄|胡同|小区",
    ),
    (_MI, "collector|minor|secondary|distributor|次干"),
    (_MA, "arterial|primary|principal|major|highway|trunk|ramp|s1200|s1630|主干|主要"),
)
"""Words in what cities call a street's class (MTFCC: the codes of the Census of the USA), the
narrower before the wider: a minor arterial is no main street.
"""
NAMES = ("name:zh", "name", "道路", "道路名称", "路名", "名称", "road", "road_name", "street",
         "street_name", "fullname", "full_name", "st_name", "label")  # fmt: skip
KINDS = ("highway", "fclass", "class", "kind", "道路等级", "等级", "道路类型", "道路类别", "类型",
         "road_class", "type", "roadclass", "func_class", "funcclass", "functional_class",
         "functionalclass", "functional", "road_type", "roadtype", "street_type", "streettype",
         "st_class", "mtfcc")  # fmt: skip


def read_streets(path: Path, system: str | None = None) -> StreetMap:
    """The streets of a file, cut where they meet.

    Parameters
    ----------
    system
        The coordinate system of centrelines whose file does not say it.

    Raises
    ------
    BadStreets
        It can't be read, or holds no street.
    """
    path = Path(path)
    if not path.is_file():
        raise BadStreets("street_map.unreadable", path=path.name, detail="-")
    if path.stat().st_size > MOST_BYTES:
        raise BadStreets("street_map.too_large", path=path.name, mb=MOST_BYTES // 1_000_000)
    with path.open("rb") as file:
        head = file.read(2000)
    if path.name.lower().endswith(OSM_ENDINGS) or _OSM.search(head):
        return street_map(_osm_lines(path, b"OSMHeader" not in head), path.name)
    if _OVERPASS.search(head):
        return street_map(_overpass_lines(path), path.name)
    return street_map(_centrelines(path, system), path.name)


def streets_of_files(files: Mapping[str, bytes], system: str | None = None) -> StreetMap:
    """The streets of a file by its name, with those that belong to it (the parts of a Shapefile);
    only the last part of a name counts.

    Raises
    ------
    BadSheets
        It can't be read, or holds no street.
    """
    with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
        paths = []
        for name, content in files.items():
            paths.append(Path(folder) / (Path(name.replace("\\", "/")).name or "file"))
            paths[-1].write_bytes(content)
        main = next((one for one in paths if one.suffix.lower() == ".shp"), paths[0])
        try:
            return read_streets(main, system)
        except BadStreets as error:
            told = RowError(main.name, None, None, error.code, error.facts)
            raise BadSheets((told,)) from error


def street_map(lines: Iterable[Street], source: str) -> StreetMap:
    """Lines as a file brought them, as a street map.

    Raises
    ------
    BadStreets
        There is none.
    """
    streets = joined(lines)
    if not streets:
        raise BadStreets("street_map.none", path=source)
    return StreetMap(streets=streets, source=source)


def street_of(line: Iterable[Position], properties: Mapping[str, Any]) -> Street | None:
    """A centreline with the attributes that a file gives it; ``None``: nobody drives or walks
    there, or not yet.

    A class that nobody knows is taken for a local street; a heading counts whatever its case.
    """
    known = {str(name).strip().lower(): value for name, value in properties.items()}
    highway = _first(known, KINDS).lower()
    if highway in ("construction", "proposed"):
        return None
    tags = tags_of(properties)
    found = access_of(tags, highway, class_of(highway))
    if found is None:
        return None
    course = tuple(line)
    one_way, is_back = direction_of(tags, highway)
    access, kind = found
    return Street(
        line=course[::-1] if is_back else course,
        kind=kind,
        name=_first(known, NAMES)[:80],
        one_way=one_way,
        access=access,
    )


def class_of(written: str) -> StreetClass:
    """The class that a file's word for it means, in lower case; one of which nobody knows anything
    is a local street.
    """
    if written in CLASSES:
        return CLASSES[written]
    found = (kind for kind, words in _CLASS_WORDS if re.search(words, written))
    return next(found, StreetClass.LOCAL)


def _first(known: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = known.get(name)
        if value is not None and not isinstance(value, dict | list) and str(value).strip():
            return str(value).strip()
    return ""


@dataclass(frozen=True, slots=True)
class _Nodes:
    """What is known of nodes, by number: where they lie, and barriers that stand there."""

    places: dict[int, Position] = field(default_factory=dict)
    barriers: dict[int, dict[str, str]] = field(default_factory=dict)


def _osm_lines(path: Path, is_text: bool) -> list[Street]:
    """The streets of an OpenStreetMap extract; a way with a node that the extract leaves out ends
    before it.
    """
    import osmium  # a library that nothing else needs: who brings no extract does without

    is_named = path.name.lower().endswith(OSM_ENDINGS)
    try:
        file = osmium.io.File(str(path), "" if is_named else "osm" if is_text else "pbf")
        found, lacks_nodes = _of_extract(file, _Nodes(), path.name)
        if is_text and lacks_nodes:  # an editor's negative numbers, a query's ways before nodes
            nodes = _Nodes()
            for node in osmium.FileProcessor(file, osmium.osm.NODE):
                if isinstance(node, osmium.osm.Node):
                    nodes.places[node.id] = node.lon, node.lat
                    nodes.barriers.update(_barrier(node))
            found, _ = _of_extract(file, nodes, path.name)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise BadStreets("street_map.unreadable", path=path.name, detail=str(error)) from error
    return found


def _of_extract(file: Any, nodes: _Nodes, name: str) -> tuple[list[Street], bool]:
    """The streets, and whether nodes of theirs are not known."""
    import osmium

    found: list[Street] = []
    lacks_nodes = False
    things = osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY).with_locations("flex_mem")
    for thing in things.with_filter(osmium.filter.KeyFilter("highway", "barrier")):
        tags = {tag.k: tag.v for tag in thing.tags}
        if isinstance(thing, osmium.osm.Node):
            nodes.barriers.update(_barrier(thing))
        elif isinstance(thing, osmium.osm.Way) and thing.visible:
            places = [
                (one.ref, (one.lon, one.lat) if one.location.valid() else nodes.places.get(one.ref))
                for one in thing.nodes
            ]
            line = [(ref, at) for ref, at in places if at is not None]
            lacks_nodes |= len(line) < len(places)
            found += _of_way(line, tags, nodes.barriers)
        if len(found) > MOST_STREETS:
            raise BadStreets("street_map.too_many", path=name, most=MOST_STREETS)
    return found, lacks_nodes


def _barrier(node: Any) -> dict[int, dict[str, str]]:
    tags = {tag.k: tag.v for tag in node.tags} if "barrier" in node.tags else {}
    return {node.id: tags_of(tags)} if tags else {}


def _overpass_lines(path: Path) -> list[Street]:
    """The streets of what Overpass answers in JSON."""
    try:
        elements = json.loads(path.read_bytes())["elements"]
        tagged = [(one, one.get("tags") or {}) for one in elements]
        places = {
            one["id"]: (float(one["lon"]), float(one["lat"]))
            for one in elements
            if one["type"] == "node"
        }
        barriers = {one["id"]: tags_of(tags) for one, tags in tagged if "barrier" in tags}
        return [
            street
            for one, tags in tagged
            if one["type"] == "way"
            for street in _of_way(_course(one, places), tags, barriers)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadStreets("street_map.unreadable", path=path.name, detail=str(error)[:80]) from error


def _course(way: Mapping[str, Any], places: Mapping[int, Position]) -> list[tuple[int, Position]]:
    """A way's nodes: with their places, or by number."""
    if geometry := way.get("geometry"):
        refs = way.get("nodes") or [0] * len(geometry)
        return [
            (ref, (float(at["lon"]), float(at["lat"])))
            for ref, at in zip(refs, geometry, strict=True)
            if at
        ]
    return [(ref, places[ref]) for ref in way["nodes"] if ref in places]


def _of_way(
    nodes: Sequence[tuple[int, Position]],
    tags: Mapping[str, str],
    barriers: Mapping[int, Mapping[str, str]],
) -> list[Street]:
    if len(nodes) < 2 or tags.get("highway") not in CLASSES or tags.get("area") == "yes":
        return []
    street = street_of([at for _, at in nodes], tags)
    here = {at: barriers[ref] for ref, at in nodes if ref in barriers}
    return list(with_barriers(street, here)) if street else []


def _centrelines(path: Path, system: str | None) -> list[Street]:
    try:
        found = read_centrelines(path, system)
    except BadSheets as error:
        first = error.errors[0]
        raise BadStreets(first.code, **first.facts) from error
    if len(found.lines) > MOST_STREETS:
        raise BadStreets("street_map.too_many", path=path.name, most=MOST_STREETS)
    lines = []
    for n, line in enumerate(found.lines):
        told = {heading: cells[n] for heading, cells in found.attributes.items()}
        told |= {"name": found.names[n]} if found.names[n] else {}
        course = [(float(lon), float(lat)) for lon, lat in line.coords]
        if street := street_of(course, told):
            levels = levels_of(tags_of(told))
            lines.append((street, levels if street.line[0] == course[0] else levels[::-1]))
    return over_and_under(lines)
