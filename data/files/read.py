"""The one reader of files: whatever somebody brings, as tables."""

import gc
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from data.files.archives import unpacked
from data.files.geojson import read_geojson
from data.files.geopackage import read_geopackage
from data.files.grids import (
    MAX_ROWS,
    OLD_EXCEL,
    ZIPPED,
    bytes_of,
    read_text,
    read_web_tables,
    read_workbook,
)
from data.files.headings import tables_of
from data.files.kml import read_kml
from data.files.other_kinds import refuse_other_kinds
from data.files.raw import BadFile
from data.files.shapefiles import PARTS, read_shapefile
from data.files.table import FileTable, distinct
from data.files.texts import encoding_of
from data.files.web_tables import is_web_table
from data.model.message import Message

_SQLITE = b"SQLite format 3\0"
_XML = re.compile(rb"\s*(\xef\xbb\xbf)?\s*<(\?xml|kml)", re.I)
_JSON = re.compile(rb"(\xef\xbb\xbf)?\s*([\x1e]?\s*[{\[]|[\w.$]+\(\s*[{\[])")
_PACKED = (".kmz", ".zip")
_BESIDE = re.compile(r"(^|/)\.|\.(shp\.xml|xml|qml|qmd|sbn|sbx|lyrx?|qix|cst|qpj|prj~)$", re.I)
"""What lies beside a layer, and is none."""
_GEODATABASE = re.compile(r"\.gdb/", re.I)
MOST_TOLD = 5
"""So many files that were not used are told."""


def read_tables(path: Path) -> list[FileTable]:
    """Every table of a file or of the files of a folder, whatever their formats: GeoJSON, zipped or
    bare Shapefile, GeoPackage, KML, KMZ, CSV, Excel, OpenDocument, or a zip of these and of zips.

    Raises
    ------
    BadFile
        It can't be read, or there is no table in it.
    """
    try:
        if path.is_dir():
            files = {one.name: bytes_of(one) for one in sorted(path.iterdir()) if one.is_file()}
            return tables_of_files(path.name, files)
        if not path.exists():
            raise BadFile("sheets.no_file", path=str(path))
        if not path.is_file():
            raise BadFile("sheets.not_a_workbook", path=path.name)
        if path.suffix.lower() == ".shp":
            beside = [one for one in path.parent.iterdir() if one.stem == path.stem]
            return tables_of_files(path.name, {one.name: bytes_of(one) for one in beside})
        return tables_of_files(path.name, {path.name: bytes_of(path)})
    except OSError as error:
        raise BadFile(
            "sheets.unreadable", path=str(path), detail=error.strerror or str(error)
        ) from error


def tables_of_files(name: str, files: dict[str, bytes]) -> list[FileTable]:
    """Every table of files that were brought together; the parts of a Shapefile are one. A file
    that can't be read hides no other: it is told beside the first table.

    Parameters
    ----------
    files
        Content by name.

    Raises
    ------
    BadFile
        Not one can be read, or there is no table in them.
    """
    found: list[tuple[str, FileTable]] = []
    opened, faults = unpacked(files)
    with _uncollected():
        for source, read in _readers(opened):
            try:
                tables = [table for table in read() if table.count]
                if not tables:
                    faults.append(BadFile("files.no_table", path=PurePosixPath(source).name))
                found += [(source, table) for table in tables]
            except BadFile as error:
                faults.append(error)
    faults.sort(
        key=lambda error: not error.code.startswith("other_kinds.")
    )  # what helps most first
    if not found:
        raise faults[0] if faults else BadFile("files.no_table", path=name)
    first, *rest = _named_apart(found)
    notes = [_left_unread(error) for error in faults[:MOST_TOLD]]
    return [replace(first, notes=(*first.notes, *notes)), *rest]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles, which walks a million cells again and again and finds none
    in tables.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _left_unread(error: BadFile) -> Message:
    return Message("files.left_unread", {"why": Message(error.code, error.facts)})


def _readers(files: dict[str, bytes]) -> Iterator[tuple[str, Callable[[], list[FileTable]]]]:
    """Each layer and each file, with what reads it."""
    for stem, parts in _layers(files).items():
        yield stem, partial(_shapefile, PurePosixPath(stem).name, parts)
    databases = {one for one in files if _GEODATABASE.search(one)}
    for one in sorted(databases)[:1]:
        yield one, partial(_refused, PurePosixPath(one).parent.name)
    for one, content in files.items():
        is_beside = _BESIDE.search(one) and not is_web_table(content)
        if one not in databases and not _is_part(one, files) and not is_beside:
            yield one, partial(_of_one, one, content)


def _refused(name: str) -> list[FileTable]:
    raise BadFile("other_kinds.geodatabase", path=name)


def _shapefile(name: str, parts: dict[str, bytes]) -> list[FileTable]:
    return [read_shapefile(name, parts.get)]


def _named_apart(found: list[tuple[str, FileTable]]) -> list[FileTable]:
    """Tables that several files call the same bear their file's name before it."""
    often = Counter(table.name for _, table in found)
    names = distinct(
        [
            table.name if often[table.name] == 1 else f"{_stem(source)} {table.name}"
            for source, table in found
        ]
    )
    return [
        replace(table, name=name, source=_stem(source))
        for (source, table), name in zip(found, names, strict=True)
    ]


def _stem(name: str) -> str:
    """What a file is called; of a KMZ's own document what the KMZ is called."""
    path = PurePosixPath(name)
    is_document = path.stem.lower() == "doc" and path.parent.suffix.lower() in _PACKED
    return path.parent.stem if is_document else path.stem


def _layers(files: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The parts of each Shapefile by ending, by its name without one; in letters of any case."""
    known = {name.lower(): content for name, content in files.items()}
    stems = [one[:-4] for one in files if one.lower().endswith(".shp")]
    return {
        stem: {part: known[own] for part in PARTS if (own := f"{stem}{part}".lower()) in known}
        for stem in stems
    }


def _is_part(name: str, files: dict[str, bytes]) -> bool:
    """Whether a file belongs to a Shapefile beside it, or is one's part without the rest."""
    if name.lower().endswith((".shp", ".shx", ".prj", ".cpg")):
        return True
    stem, ending = name[:-4], name[-4:].lower()
    return ending == ".dbf" and any(one.lower() == f"{stem}.shp".lower() for one in files)


def _of_one(name: str, content: bytes) -> list[FileTable]:
    stem = _stem(name)
    if content.startswith((ZIPPED, OLD_EXCEL)):
        return _of_workbook(name, content)
    if content.startswith(_SQLITE):
        with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
            path = Path(folder) / "layers.gpkg"
            path.write_bytes(content)
            return read_geopackage(PurePosixPath(name).name, path, MAX_ROWS)
    if name.lower().endswith(".kml") or (_XML.match(content) and b"<kml" in content[:2000]):
        return read_kml(stem, content)
    base = PurePosixPath(name).name
    if grids := read_web_tables(base, stem, content):
        return [table for grid in grids for table in tables_of(grid)]
    refuse_other_kinds(name, content)
    if _JSON.match(_in_bytes(content)) and not name.lower().endswith((".csv", ".txt", ".tsv")):
        return read_geojson(stem, content)
    if name.lower().endswith(".dbf"):
        return [read_shapefile(stem, {".dbf": content}.get)]
    return tables_of(read_text(base, stem, content))


def _in_bytes(content: bytes) -> bytes:
    """The begin of a text of two bytes for a sign, as one of one byte; any other's own."""
    encoding = encoding_of(content[:400])
    return content[:400].decode(encoding, "replace").encode() if "16" in encoding else content


def _of_workbook(name: str, content: bytes) -> list[FileTable]:
    try:
        grids = read_workbook(PurePosixPath(name).name, content)
    except BadFile as error:
        if error.code == "sheets.not_a_workbook":
            refuse_other_kinds(name, content)
        raise
    return [table for grid in grids for table in tables_of(grid)]


def hidden(table: FileTable) -> bool:
    """Whether Excel hides the sheet."""
    return any(note.code == "files.hidden_sheet" for note in table.notes)
