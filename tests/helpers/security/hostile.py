"""What a reader of files does when a file gets the better of it, and files that do."""

import io
import os
import pickle
import signal
import sqlite3
import stat
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

Files = Mapping[str, bytes]
DONE: list[str] = []
"""What an answer has done to whoever read it."""
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


def answers_without_end(_files: Files) -> list[str]:
    return ["x" * 500_000_000]


def answers_a_crowd(_files: Files) -> list[list[int]]:
    """Few bytes of text, and many values to hold for whoever reads them."""
    return [[]] * 15_000_000


def answers_code(_files: Files) -> str:
    """As one that a file has taken over: an answer that is carried out by whoever unpickles it."""
    return _instead(pickle.dumps((True, _Deed())))


def answers_another_kind(_files: Files) -> str:
    return _instead(b'+{"no": "text"}')


def _do(what: str) -> None:
    DONE.append(what)


class _Deed:
    def __reduce__(self) -> tuple[Any, ...]:
        return _do, ("taken over",)


def _instead(answer: bytes) -> str:
    """Answer this, and end as if all were well."""
    taken = [number for number in range(3, 20) if _is_pipe(number)]
    os.write(taken[-1], answer)
    os._exit(0)


def _is_pipe(number: int) -> bool:
    with suppress(OSError):
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    return False


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
