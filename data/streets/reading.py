"""Street files: OpenStreetMap extracts (.osm.pbf, .osm), and centrelines in whatever format a city
has them.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.errors import BadSheets, BadStreets, RowError
from data.model.city import Position
from data.model.street.streets import Street, StreetClass, StreetMap
from data.sheets.foreign.centrelines import read_centrelines
from data.streets.access import access_of, direction_of, tags_of
from data.streets.barriers import with_barriers
from data.streets.joining import joined

OSM_ENDINGS = (".osm", ".osm.pbf", ".pbf", ".osm.gz", ".osm.bz2")
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
NAMES = ("name:zh", "name", "道路", "道路名称", "路名", "名称", "road", "road_name", "street",
         "street_name", "fullname", "full_name", "st_name", "label")  # fmt: skip
KINDS = ("highway", "fclass", "class", "kind", "道路等级", "等级", "类型", "road_class", "type",
         "roadclass", "func_class")  # fmt: skip


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
    if path.name.lower().endswith(OSM_ENDINGS):
        return street_map(_osm_lines(path), path.name)
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
    found = access_of(tags, highway, CLASSES.get(highway, StreetClass.LOCAL))
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


def _first(known: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = known.get(name)
        if value is not None and not isinstance(value, dict | list) and str(value).strip():
            return str(value).strip()
    return ""


def _osm_lines(path: Path) -> list[Street]:
    """The streets of an OpenStreetMap extract; a way with a node that the extract leaves out ends
    before it.
    """
    import osmium  # a library that nothing else needs: who brings no extract does without

    found: list[Street] = []
    barriers: dict[int, dict[str, str]] = {}
    try:
        things = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        things = things.with_locations("flex_mem")
        for thing in things.with_filter(osmium.filter.KeyFilter("highway", "barrier")):
            tags = {tag.k: tag.v for tag in thing.tags}
            if isinstance(thing, osmium.osm.Node):  # they come before the ways
                barriers |= {thing.id: tags_of(tags)} if "barrier" in tags else {}
            elif isinstance(thing, osmium.osm.Way):
                nodes = [
                    (node.ref, (node.lon, node.lat))
                    for node in thing.nodes
                    if node.location.valid()
                ]
                found += _of_way(nodes, tags, barriers)
            if len(found) > MOST_STREETS:
                raise BadStreets("street_map.too_many", path=path.name, most=MOST_STREETS)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise BadStreets("street_map.unreadable", path=path.name, detail=str(error)) from error
    return found


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
    streets = (
        street_of(
            [(float(lon), float(lat)) for lon, lat in line.coords],
            {heading: cells[n] for heading, cells in found.attributes.items()}
            | ({"name": found.names[n]} if found.names[n] else {}),
        )
        for n, line in enumerate(found.lines)
    )
    return [street for street in streets if street]
