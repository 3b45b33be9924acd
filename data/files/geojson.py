"""GeoJSON (RFC 7946, and what was written before it with a ``crs``), also one feature a line; and
what else services answer in JSON.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import shape

from data.files.raw import BadFile, Raw
from data.files.table import FileTable, table_of_records
from data.files.texts import decoded
from data.files.topojson import layers_of

_CALLED = re.compile(r"\s*[\w.$]+\((.*)\)\s*;?\s*", re.S)
"""JSON as the argument of a call, as a page's script fetches it."""
_DEGREES = re.compile(r"CRS:?84|(?<!\d)4326(?!\d)|wgs[-_ ]?84$", re.I)
"""Names that exporters write under whatever figures."""
_NO_SHAPE = (
    TypeError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    shapely.errors.ShapelyError,
)


def read_geojson(name: str, content: bytes) -> list[FileTable]:
    """The layers of a file: one, but of TopoJSON.

    Raises
    ------
    BadFile
        It is JSON of another kind, or none.
    """
    told = _parsed(name, decoded(content))
    if isinstance(told, list):
        return [_records(name, told)]
    kind = told.get("type")
    if kind == "Topology":
        return _topology(name, told)
    if kind == "FeatureCollection" and isinstance(told.get("features"), list):
        return [_layer(name, told["features"], told)]
    if kind == "Feature":
        return [_layer(name, [told], told)]
    if kind == "GeometryCollection" and isinstance(told.get("geometries"), list):
        return [_layer(name, [{"geometry": one} for one in told["geometries"]], told)]
    if "coordinates" in told:
        return [_layer(name, [{"geometry": told}], told)]
    if isinstance(told.get("features"), list):  # Esri's own JSON
        return [_esri(name, told)]
    if rows := _socrata(told) or _rows_in(told):
        return [_records(name, rows)]
    raise BadFile("files.not_geojson", path=name)


def _layer(name: str, held: list, told: Mapping) -> FileTable:
    features = [feature for feature in held if isinstance(feature, dict)]
    records = [_properties(feature) for feature in features]
    geometry = shapes([feature.get("geometry") for feature in features])
    return table_of_records(name, records, geometry, _system(told, geometry))


def _topology(name: str, told: Mapping) -> list[FileTable]:
    try:
        layers = layers_of(told)
    except _NO_SHAPE as error:
        raise BadFile("files.bad_json", path=name, detail=str(error)[:80]) from error
    tables = [_layer(layer, features, told) for layer, features in layers.items()]
    return [replace(tables[0], name=name)] if len(tables) == 1 else tables


def _socrata(told: Mapping) -> list | None:
    """The rows of a Socrata portal's own export, whose columns stand apart from them."""
    try:
        names = [str(one["name"]) for one in told["meta"]["view"]["columns"]]
        return [dict(zip(names, row, strict=True)) for row in told["data"]]
    except _NO_SHAPE:
        return None


def _rows_in(told: Mapping) -> list | None:
    """The rows that the answer of a service holds, under whatever name."""
    return next((held for held in told.values() if _are_rows(held)), None)


def _are_rows(told: object) -> bool:
    return isinstance(told, list) and bool(told) and all(isinstance(one, dict) for one in told)


def _records(name: str, rows: list) -> FileTable:
    """Objects without geometry: a table by the names in them; features that nobody collected."""
    if all("geometry" in one and "properties" in one for one in rows):
        return _layer(name, rows, {})
    records = [_flattened(one) for one in rows]
    return table_of_records(name, records, [None] * len(records), None)


def _parsed(name: str, text: str) -> dict | list:
    if called := _CALLED.fullmatch(text):
        text = called[1]
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [line.strip("\x1e \r") for line in text.splitlines() if line.strip("\x1e \r")]
        try:
            told = {"type": "FeatureCollection", "features": [json.loads(line) for line in lines]}
        except (ValueError, RecursionError):
            raise BadFile("files.bad_json", path=name, detail=str(error)[:80]) from error
    if not isinstance(told, dict) and not _are_rows(told):
        raise BadFile("files.not_geojson", path=name)
    return told


def _properties(feature: Mapping) -> dict[str, Raw]:
    properties = feature.get("properties")
    told = dict(properties) if isinstance(properties, dict) else {}
    if "id" in feature and not told.keys() & {"id", "fid"}:
        told["fid"] = feature["id"]  # a number of the file's, not the city's own
    return _flattened(told)


def _flattened(told: Mapping) -> dict[str, Raw]:
    """Values by name; those of an object in it, but of a geometry, by both names, or by theirs
    where nothing else bears it.
    """
    found: dict[str, Raw] = {}
    for key, value in told.items():
        if isinstance(value, dict) and value and "coordinates" not in value:
            for name, inner in value.items():
                own = f"{key} {name}" if name in told or _legible(str(name)) in found else name
                found[_legible(str(own))] = _plain(inner)
        else:
            found[_legible(str(key))] = _plain(value)
    return found


def _plain(value: object) -> Raw:
    if isinstance(value, str):
        return _legible(value)
    if value is None or isinstance(value, int | float | bool):
        return value
    return _legible(json.dumps(value, ensure_ascii=False))


def _legible(text: str) -> str:
    """The text with a mark for each half of a character, which JSON may name and nobody can
    write.
    """
    return text.encode("utf-8", "replace").decode()


def _system(told: Mapping, geometry: np.ndarray) -> str | None:
    """The older standard's ``crs``; without one it is WGS-84, if its figures can be degrees."""
    crs = told.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name", properties.get("code")) if isinstance(properties, dict) else None
    if name and not _DEGREES.search(str(name)):
        return _legible(str(name))
    figures = np.abs(shapely.get_coordinates(geometry))
    figures = figures[np.isfinite(figures).all(axis=1)]
    return None if len(figures) and np.median(figures, axis=0).max() > 180 else "wgs84"


def shapes(geometry: Sequence[object]) -> np.ndarray:
    """Geometries of GeoJSON's objects; what is none is ``None``. Points are made all at once."""
    found = np.full(len(geometry), None, dtype=object)
    points: list[int] = []
    places: list[tuple[float, float]] = []
    for number, told in enumerate(geometry):
        if not isinstance(told, dict):
            continue
        try:
            if told.get("type") == "Point":
                lon, lat = told["coordinates"][:2]
                places.append((float(lon), float(lat)))
                points.append(number)
            else:
                found[number] = _shape(told)
        except _NO_SHAPE:
            continue
    if points:
        found[points] = shapely.points(np.array(places))
    return found


def _shape(told: dict) -> shapely.Geometry:
    try:
        return shape(told)
    except (TypeError, ValueError, shapely.errors.ShapelyError):  # measures behind the heights
        return shape(_level(told))


def _level(told: dict) -> dict:
    """A geometry without heights and measures: three figures and more are read by nobody."""
    if "geometries" in told:
        parts = [_level(one) for one in told["geometries"] if isinstance(one, dict)]
        return {**told, "geometries": parts}
    return {**told, "coordinates": _flat(told["coordinates"])}


def _flat(coordinates: object) -> object:
    if not isinstance(coordinates, list | tuple) or not coordinates:
        return coordinates
    if isinstance(coordinates[0], int | float):
        return coordinates[:2]
    return [_flat(one) for one in coordinates]


def _esri(name: str, told: Mapping) -> FileTable:
    """What an ArcGIS service answers with ``f=json``."""
    reference = told.get("spatialReference")
    reference = reference if isinstance(reference, dict) else {}
    code = reference.get("latestWkid") or reference.get("wkid") or reference.get("wkt")
    features = [one for one in told["features"] if isinstance(one, dict)]
    records = [_properties({"properties": one.get("attributes")}) for one in features]
    geometry = shapes([_esri_shape(one.get("geometry")) for one in features])
    return table_of_records(name, records, geometry, str(code) if code else None)


def _esri_shape(told: object) -> object:
    if not isinstance(told, dict):
        return None
    if "x" in told:
        return {"type": "Point", "coordinates": (told["x"], told.get("y"))}
    if paths := told.get("paths") or _straight(told.get("curvePaths")):
        return {"type": "MultiLineString", "coordinates": paths}
    if rings := told.get("rings") or _straight(told.get("curveRings")):
        return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
    if "points" in told:
        return {"type": "MultiPoint", "coordinates": told["points"]}
    return None


def _straight(curves: object) -> list | None:
    """Courses with curves in them, each curve as the straight way to its end."""
    if not isinstance(curves, list):
        return None
    try:
        return [
            [_end_of(one) if isinstance(one, dict) else one for one in course] for course in curves
        ]
    except _NO_SHAPE:
        return None


def _end_of(curve: Mapping) -> object:
    """Where a curve leads: what stands first in its figures."""
    figures, *_ = curve.values()
    return figures[0]
