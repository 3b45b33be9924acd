"""GeoJSON (RFC 7946, and what was written before it with a ``crs``), also one feature a line."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely.geometry import shape

from data.files.raw import BadFile, Raw
from data.files.table import FileTable, table_of_records
from data.files.texts import decoded

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
    """The one layer of a file.

    Raises
    ------
    BadFile
        It is JSON of another kind, or none.
    """
    told = _parsed(name, decoded(content))
    if isinstance(told, list):
        return [_records(name, told)]
    kind = told.get("type")
    if kind == "FeatureCollection" and isinstance(told.get("features"), list):
        features = told["features"]
    elif kind == "Feature":
        features = [told]
    elif kind == "Topology":
        raise BadFile("files.topojson", path=name)
    elif "coordinates" in told or "geometries" in told:
        features = [{"geometry": told, "properties": {}}]
    elif isinstance(told.get("features"), list):  # Esri's own JSON
        return [_esri(name, told)]
    elif rows := _rows_in(told):
        return [_records(name, rows)]
    else:
        raise BadFile("files.not_geojson", path=name)
    features = [feature for feature in features if isinstance(feature, dict)]
    records = [_properties(feature) for feature in features]
    geometry = shapes([feature.get("geometry") for feature in features])
    return [table_of_records(name, records, geometry, _system(told))]


def _rows_in(told: Mapping) -> list | None:
    """The rows that the answer of a service holds, under whatever name."""
    return next((held for held in told.values() if _are_rows(held)), None)


def _are_rows(told: object) -> bool:
    return isinstance(told, list) and bool(told) and all(isinstance(one, dict) for one in told)


def _records(name: str, rows: list) -> FileTable:
    """Objects without geometry: a table by the names in them; features that nobody collected."""
    if all("geometry" in one and "properties" in one for one in rows):
        geometry = shapes([one["geometry"] for one in rows])
        return table_of_records(name, [_properties(one) for one in rows], geometry, "wgs84")
    records = [{_legible(str(key)): _plain(value) for key, value in one.items()} for one in rows]
    return table_of_records(name, records, [None] * len(records), None)


def _parsed(name: str, text: str) -> dict | list:
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
    return {_legible(str(key)): _plain(value) for key, value in told.items()}


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


def _system(told: Mapping) -> str:
    """The older standard's ``crs``; without one it is WGS-84."""
    crs = told.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name", properties.get("code")) if isinstance(properties, dict) else None
    return _legible(str(name)) if name else "wgs84"


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
