"""The one reader of files: whatever somebody brings, as tables."""

import io
import re
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from data.files.geojson import read_geojson
from data.files.geopackage import read_geopackage
from data.files.grids import (
    MAX_PARTS,
    MAX_ROWS,
    MAX_UNPACKED_BYTES,
    OLD_EXCEL,
    ZIPPED,
    bytes_of,
    read_text,
    read_workbook,
    unpacked_bytes,
)
from data.files.headings import table_of
from data.files.kml import read_kml
from data.files.raw import BadFile
from data.files.shapefiles import PARTS, read_shapefile
from data.files.table import FileTable

_SQLITE = b"SQLite format 3\0"
_XML = re.compile(rb"\s*(\xef\xbb\xbf)?\s*<(\?xml|kml)", re.I)
_JSON = re.compile(rb"(\xef\xbb\xbf)?\s*[\x1e]?\s*[{\[]")
_TORN = (
    zipfile.BadZipFile,
    RuntimeError,  # it wants a password
    NotImplementedError,
    EOFError,
    OSError,
    zlib.error,
)
_NO_TABLE = re.compile(
    r"(^|/)(__MACOSX|\.|thumbs\.db$|desktop\.ini$)|\.(xml|html?|pdf|png|jpe?g|qml|sbn|sbx|lyrx?|md|atx|qix|cst|qpj|mxd|lnk|prj~)$",
    re.I,
)


def read_tables(path: Path) -> list[FileTable]:
    """Every table of a file or of the files of a folder, whatever their formats: GeoJSON, zipped or
    bare Shapefile, GeoPackage, KML, KMZ, CSV, Excel, OpenDocument, or a zip of these.

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
    """Every table of files that were brought together; the parts of a Shapefile are one.

    Parameters
    ----------
    files
        Content by name.

    Raises
    ------
    BadFile
        One can't be read, or there is no table in them.
    """
    tables: list[FileTable] = []
    for stem, parts in _layers(files).items():
        tables.append(read_shapefile(PurePosixPath(stem).name, parts.get))
    loose = [one for one in files if not _is_part(one, files) and not _NO_TABLE.search(one)]
    for one in loose:
        tables += _of_one(one, files[one])
    tables = [table for table in tables if table.count]
    if not tables:
        raise BadFile("files.no_table", path=name)
    return tables


def _layers(files: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The parts of each Shapefile by ending, by its name without one."""
    stems = [one[:-4] for one in files if one.lower().endswith(".shp")]
    return {
        stem: {
            other[len(stem) :].lower(): content
            for other, content in files.items()
            if other.startswith(stem) and other[len(stem) :].lower() in PARTS
        }
        for stem in stems
    }


def _is_part(name: str, files: dict[str, bytes]) -> bool:
    """Whether a file belongs to a Shapefile beside it, or is one's part without the rest."""
    if name.lower().endswith((".shp", ".shx", ".prj", ".cpg")):
        return True
    stem, ending = name[:-4], name[-4:].lower()
    return ending == ".dbf" and any(one.lower() == f"{stem}.shp".lower() for one in files)


def _of_one(name: str, content: bytes) -> list[FileTable]:
    stem = PurePosixPath(name).stem
    if content.startswith(ZIPPED):
        return _of_zip(name, content)
    if content.startswith(OLD_EXCEL):
        return _of_workbook(name, content)
    if content.startswith(_SQLITE):
        with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
            path = Path(folder) / "layers.gpkg"
            path.write_bytes(content)
            return read_geopackage(name, path, MAX_ROWS)
    if name.lower().endswith(".kml") or (_XML.match(content) and b"<kml" in content[:2000]):
        return read_kml(stem, content)
    if _JSON.match(content) and not name.lower().endswith((".csv", ".txt", ".tsv")):
        return read_geojson(stem, content)
    if name.lower().endswith(".dbf"):
        return [read_shapefile(stem, {".dbf": content}.get)]
    table = table_of(read_text(name, stem, content))
    return [table] if table else []


def _of_workbook(name: str, content: bytes) -> list[FileTable]:
    tables = [table_of(grid) for grid in read_workbook(name, content)]
    return [table for table in tables if table]


def _of_zip(name: str, content: bytes) -> list[FileTable]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names or "content.xml" in names:
                return _of_workbook(name, content)
            parts = [part for part in archive.infolist() if not part.is_dir()]
            size = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or size > MAX_UNPACKED_BYTES:
                limit = MAX_UNPACKED_BYTES // 1_000_000
                raise BadFile("sheets.too_big_unpacked", path=name, limit=limit)
            files = {
                _member(part): archive.read(part)
                for part in parts
                if not _NO_TABLE.search(part.filename)
            }
    except _TORN as error:
        raise BadFile("files.bad_zip", path=name, detail=str(error)[:80]) from error
    if sum(map(unpacked_bytes, files.values())) > MAX_UNPACKED_BYTES:  # workbooks in it
        limit = MAX_UNPACKED_BYTES // 1_000_000
        raise BadFile("sheets.too_big_unpacked", path=name, limit=limit)
    nested = [one for one, held in files.items() if _is_archive(held)]
    if nested:  # an archive in an archive could go on for ever
        raise BadFile("files.zip_in_zip", path=name)
    return tables_of_files(name, files)


def _is_archive(content: bytes) -> bool:
    """Whether it is a zip that is no workbook."""
    head = content[:4000]
    return head.startswith(ZIPPED) and b"[Content_Types]" not in head and b"mimetype" not in head


def _member(part: zipfile.ZipInfo) -> str:
    """A name as it was written: without the flag of UTF-8 it is GBK where that can be read."""
    if part.flag_bits & 0x800:
        return part.filename
    try:
        return part.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return part.filename


def hidden(table: FileTable) -> bool:
    """Whether Excel hides the sheet."""
    return any(note.code == "files.hidden_sheet" for note in table.notes)
