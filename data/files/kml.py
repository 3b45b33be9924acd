"""KML (OGC 12-007) and KMZ: placemarks with what is written about them."""

import html
import io
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

import shapely
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from data.files.raw import BadFile, Raw
from data.files.table import FileTable, table_of_records

_PAIR = re.compile(
    r"<t[dh][^>]*>\s*([^<>]{1,80}?)\s*</t[dh]>\s*<td[^>]*>\s*([^<>]{0,500}?)\s*</td>", re.I
)


_SHAPES = ("points", "lines", "areas")
_Mark = tuple[tuple[str, ...], dict[str, Raw], shapely.Geometry | None]
"""The folders that a placemark lies in, what is said of it, and where it lies."""
_CHINESE = re.compile(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"'](gb|cp936|x-gbk)", re.I)


def read_kml(name: str, content: bytes) -> list[FileTable]:
    """The placemarks of a file, in WGS-84 as the standard has it: one layer, or one of points, one
    of lines and one of areas where they lie in folders of their own.

    Raises
    ------
    BadFile
        It is not well formed.
    """
    try:
        marks = list(_marks(content))
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadFile("files.bad_xml", path=name, detail=str(error)[:80]) from error
    return [
        table_of_records(
            layer, [record for _, record, _ in some], [shape for *_, shape in some], "wgs84"
        )
        for layer, some in _layers(name, marks)
    ]


def _marks(content: bytes) -> Iterator[_Mark]:
    folders: tuple[str, ...] = ()
    is_inside = False
    for event, element in iterparse(io.BytesIO(_in_utf8(content)), events=("start", "end")):
        tag = _tag(element)
        if tag == "Placemark":
            is_inside = event == "start"
            if event == "end":
                yield folders, _record(element), _geometry(element)
                element.clear()
        elif tag == "Folder":
            folders = (*folders, "") if event == "start" else folders[:-1]
        elif tag == "name" and event == "end" and folders and not (is_inside or folders[-1]):
            folders = (*folders[:-1], (element.text or "").strip())


def _layers(name: str, marks: list[_Mark]) -> list[tuple[str, list[_Mark]]]:
    by_shape: dict[int, list[_Mark]] = {}
    for mark in marks:
        if mark[2] is not None:
            by_shape.setdefault(int(shapely.get_dimensions(mark[2])), []).append(mark)
    folders = [{folder for folder, *_ in some} for some in by_shape.values()]
    if len(by_shape) < 2 or len(set().union(*folders)) < sum(map(len, folders)):
        return [(name, marks)]
    return [
        (
            next(iter(own))[-1] if len(own) == 1 and () not in own else f"{name} {_SHAPES[shape]}",
            some,
        )
        for own, (shape, some) in zip(folders, by_shape.items(), strict=True)
    ]


def _in_utf8(content: bytes) -> bytes:
    """A file that declares an encoding of several bytes for a sign, which the parser knows not."""
    if not _CHINESE.match(content[:200]):
        return content
    text = content.decode("gb18030", "replace")
    return re.sub(r"encoding\s*=\s*([\"'])[^\"']*\1", "encoding='UTF-8'", text, count=1).encode()


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _record(placemark: Element) -> dict[str, Raw]:
    """Its name, its extended data, and the pairs of the table that ArcGIS writes to describe it."""
    record: dict[str, Raw] = {}
    for element in placemark.iter():
        tag, text = _tag(element), (element.text or "").strip()
        if tag == "name" and "name" not in record:
            record["name"] = text
        elif tag == "description" and text:
            pairs = _PAIR.findall(" ".join(text.split()))
            record |= {html.unescape(key): html.unescape(value) for key, value in pairs}
            if not pairs:
                record["description"] = re.sub(r"<[^>]*>", " ", html.unescape(text)).strip()[:500]
        elif tag == "SimpleData":
            record[element.get("name", "")] = text
        elif tag == "Data":
            value = next((one for one in element if _tag(one) == "value"), None)
            record[element.get("name", "")] = (
                (value.text or "").strip() if value is not None else ""
            )
    record.pop("", None)
    return record


def _geometry(placemark: Element) -> shapely.Geometry | None:
    try:
        found = list(_geometries(placemark))
    except (ValueError, shapely.GEOSException):  # its place alone can't be read
        return None
    if not found:
        return None
    return found[0] if len(found) == 1 else shapely.GeometryCollection(found)


def _geometries(element: Element) -> Iterator[shapely.Geometry]:
    for child in element.iter():
        tag = _tag(child)
        if tag not in ("Point", "LineString", "Polygon"):
            continue
        rings = [_places(one) for one in child.iter() if _tag(one) == "coordinates"]
        rings = [ring for ring in rings if ring]
        if not rings:
            continue
        if tag == "Point":
            yield shapely.Point(rings[0][0])
        elif tag == "LineString" and len(rings[0]) > 1:
            yield shapely.LineString(rings[0])
        elif tag == "Polygon" and len(rings[0]) > 3:
            yield shapely.Polygon(rings[0], [ring for ring in rings[1:] if len(ring) > 3])


def _places(element: Element) -> list[tuple[float, float]]:
    found = []
    for entry in re.sub(r"\s*,\s*", ",", element.text or "").split():
        parts = entry.split(",")
        if len(parts) >= 2:
            found.append((float(parts[0]), float(parts[1])))
    return found
