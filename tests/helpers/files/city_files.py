"""Files as cities have them, made here: the same layer in every format."""

import json
import sqlite3
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pyproj
import shapefile
import shapely
from openpyxl import Workbook

Feature = tuple[Mapping[str, object], shapely.Geometry | None]


def geojson(path: Path, features: Sequence[Feature], crs: str | None = None) -> Path:
    told: dict[str, object] = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": dict(properties),
                "geometry": None if shape is None else shapely.geometry.mapping(shape),
            }
            for properties, shape in features
        ],
    }
    if crs:
        told["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return path


def zipped_shapefile(
    path: Path, features: Sequence[Feature], epsg: int | None = 4326, encoding: str = "utf-8"
) -> Path:
    """A zip of one shapefile; ``epsg`` ``None``: without its .prj."""
    stem = path.with_suffix("")
    kinds = {"Point": shapefile.POINT, "LineString": shapefile.POLYLINE}
    kinds |= {"MultiLineString": shapefile.POLYLINE, "Polygon": shapefile.POLYGON}
    kind = next(kinds[shape.geom_type] for _, shape in features if shape is not None)
    with shapefile.Writer(str(stem), shapeType=kind, encoding=encoding) as writer:
        for key in features[0][0]:
            values = [properties[key] for properties, _ in features]
            if all(isinstance(value, int | float) for value in values):
                writer.field(key[:10], "N", size=18, decimal=6)
            else:
                writer.field(key[:10], "C", size=80)
        for properties, shape in features:
            writer.record(*properties.values())
            if shape is None:
                writer.null()
            elif kind == shapefile.POINT:
                writer.point(shape.x, shape.y)
            else:
                writer.shape(shapely.geometry.mapping(shape))
    if epsg is not None:
        stem.with_suffix(".prj").write_text(pyproj.CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    parts = [stem.with_suffix(ending) for ending in (".shp", ".shx", ".dbf", ".prj")]
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            if part.exists():
                archive.write(part, part.name)
                part.unlink()
    return path


def geopackage(path: Path, features: Sequence[Feature], epsg: int = 4326) -> Path:
    headings = list(features[0][0])
    head = b"GP\x00\x01" + struct.pack("<i", epsg)
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT, srs_id INTEGER);"
            "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT);"
            "CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT,"
            " organization_coordsys_id INTEGER, definition TEXT);"
            "INSERT INTO gpkg_geometry_columns VALUES ('layer', 'geom');"
        )
        db.execute("INSERT INTO gpkg_contents VALUES ('layer', 'features', ?)", (epsg,))
        db.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?, 'EPSG', ?, '')", (epsg, epsg))
        columns = ", ".join(f'"{heading}"' for heading in headings)
        db.execute(f"CREATE TABLE layer (fid INTEGER PRIMARY KEY, geom BLOB, {columns})")
        marks = ", ".join("?" for _ in headings)
        db.executemany(
            f"INSERT INTO layer (geom, {columns}) VALUES (?, {marks})",
            [
                (None if shape is None else head + shapely.to_wkb(shape), *properties.values())
                for properties, shape in features
            ],
        )
    db.close()
    return path


def kml(path: Path, features: Sequence[Feature]) -> Path:
    """KML, or KMZ where the name says so."""

    def written(shape: shapely.Geometry) -> str:
        if hasattr(shape, "geoms"):
            return f"<MultiGeometry>{''.join(map(written, shape.geoms))}</MultiGeometry>"
        places = " ".join(f"{lon},{lat},0" for lon, lat, *_ in shape.coords)
        tag = "Point" if shape.geom_type == "Point" else "LineString"
        return f"<{tag}><coordinates>{places}</coordinates></{tag}>"

    marks = "".join(
        "<Placemark><ExtendedData>"
        + "".join(
            f'<Data name="{k}"><value>{escape(str(v))}</value></Data>'
            for k, v in properties.items()
        )
        + f"</ExtendedData>{written(shape) if shape is not None else ''}</Placemark>"
        for properties, shape in features
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document>{marks}</Document></kml>"
    )
    if path.suffix == ".kmz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", text)
    else:
        path.write_text(text, encoding="utf-8")
    return path


def delimited(
    path: Path, rows: Sequence[Sequence[object]], divider: str = ",", encoding: str = "utf-8"
) -> Path:
    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        return f'"{text}"' if divider in text else text

    text = "\r\n".join(divider.join(map(cell, row)) for row in rows) + "\r\n"
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def open_document(path: Path, rows: Sequence[Sequence[object]], name: str = "Sheet1") -> Path:
    def cell(value: object) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        text = f"<text:p>{value}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    blank = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content{spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="{name}">{lines}{blank}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest='
        '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def old_excel(path: Path, rows: Sequence[Sequence[object]], name: str = "Sheet1") -> Path:
    """A BIFF8 workbook in a compound file: labels and numbers alone."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def text(value: str, count: str) -> bytes:
        return struct.pack(count, len(value)) + b"\x01" + value.encode("utf-16-le")

    cells = b""
    for row, line in enumerate(rows):
        for column, value in enumerate(line):
            at = struct.pack("<HHH", row, column, 0)
            if isinstance(value, int | float):
                cells += record(0x0203, at + struct.pack("<d", value))
            elif value is not None:
                cells += record(0x0204, at + text(str(value), "<H"))
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    size = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0)
    sheet_begin = struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)
    sheet = record(0x0809, sheet_begin) + record(0x0200, size) + cells + record(0x000A, b"")
    title = text(name, "<B")
    place = len(record(0x0809, begin)) + 4 + 6 + len(title) + 4
    book = record(0x0809, begin) + record(0x0085, struct.pack("<IH", place, 0) + title)
    path.write_bytes(_compound(book + record(0x000A, b"") + sheet))
    return path


def _compound(stream: bytes) -> bytes:
    """A compound file (MS-CFB) with one stream, ``Workbook``."""
    stream += b"\0" * (max(4096, -(-len(stream) // 512) * 512) - len(stream))
    count = len(stream) // 512
    fats = -(-(count + 2) // 127)
    links = [0xFFFFFFFD] * fats + [0xFFFFFFFE]
    links += [*range(fats + 2, fats + 1 + count), 0xFFFFFFFE]
    links += [0xFFFFFFFF] * (fats * 128 - len(links))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, fats, fats, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *[*range(fats), *[0xFFFFFFFF] * (109 - fats)])

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        written = name.encode("utf-16-le") + b"\0\0" if name else b""
        out = written.ljust(64, b"\0") + struct.pack("<HBB", len(written), kind, 1)
        out += struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + b"\0" * 36
        return out + struct.pack("<IQ", start, size)

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
    folder += entry("Workbook", 2, 0xFFFFFFFF, fats + 1, len(stream))
    folder += entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    return head + struct.pack(f"<{len(links)}I", *links) + folder + stream
