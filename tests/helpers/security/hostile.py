"""What a reader of files does when a file gets the better of it, and files that do."""

import io
import os
import signal
import sqlite3
import zipfile
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, bytes]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = "http://schemas.openxmlformats.org/package/2006"


def takes_gigabytes(_files: Files) -> int:
    return len(bytearray(10**10))


def works_without_end(_files: Files) -> None:
    while True:
        pass


def dies(_files: Files) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tells_secrets(_files: Files) -> list[str]:
    return sorted(os.environ)


def answers_without_end(_files: Files) -> list[bytes]:
    return [os.urandom(1_000_000)] * 10 + [bytes(500_000_000)]


def workbook(rows: str, sheets: int = 1) -> bytes:
    """A workbook whose sheets all hold these rows."""
    numbers = range(1, sheets + 1)
    names = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PARTS}/content-types"/>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">'
            f"<sheets>{names}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PARTS}/relationships">{links}'
            "</Relationships>",
        }
        | {
            f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}'
            "</sheetData></worksheet>"
            for n in numbers
        }
    )


def far_cell(row: int = 100_000) -> str:
    """One cell, far down and far to the right."""
    return f'<row r="{row}"><c r="IP{row}"><v>7</v></c></row>'


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def laughs() -> bytes:
    """A billion of them, in KML."""
    entities = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    return (
        f'<!DOCTYPE kml [<!ENTITY a "ha">{entities}]>'
        "<kml><Placemark><name>&k;</name></Placemark></kml>"
    ).encode()


def geopackage(path: Path, view: str, layers: int = 1) -> bytes:
    """A GeoPackage of which each layer is this view."""
    db = sqlite3.connect(path)
    db.executescript(
        "CREATE TABLE gpkg_contents(table_name, data_type, srs_id);"
        "CREATE TABLE gpkg_geometry_columns(table_name, column_name);"
        "CREATE TABLE gpkg_spatial_ref_sys(srs_id, organization, organization_coordsys_id,"
        f" definition); CREATE VIEW v AS {view};"
        + "INSERT INTO gpkg_contents VALUES('v', 'attributes', 1);"
        * layers
    )
    db.commit()
    db.close()
    return path.read_bytes()
