"""Archives opened: what lies in a zip, a KMZ or a .gz, also one in another, with a bound on what
all of it may cost.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from data.files.grids import MAX_PARTS, MAX_UNPACKED_BYTES, ZIPPED, unpacked_bytes
from data.files.raw import BadFile

MOST_DEEP = 3
"""So many archives lie in one another at most: one in another could go on for ever."""
NO_TABLE = re.compile(
    r"(^|/)(__MACOSX|\.|thumbs\.db$|desktop\.ini$)"
    r"|\.(xml|html?|pdf|png|jpe?g|qml|qmd|sbn|sbx|lyrx?|md|atx|qix|cst|qpj|mxd|lnk|prj~)$",
    re.I,
)
"""What lies beside tables in archives, and is none."""
_GZIPPED = b"\x1f\x8b"
_TORN = (
    zipfile.BadZipFile,
    RuntimeError,  # it wants a password
    NotImplementedError,
    EOFError,
    OSError,
    zlib.error,
)
_DOCUMENTS = ("[Content_Types].xml", "content.xml")
"""What stands in every file of Office, and in every one of OpenDocument."""


def unpacked(files: dict[str, bytes]) -> tuple[dict[str, bytes], list[BadFile]]:
    """The files with those of archives in their place, each under its archive's name; and what is
    wrong with archives that can't be opened.
    """
    opened: dict[str, bytes] = {}
    faults: list[BadFile] = []
    room = _Room()
    for name, content in files.items():
        try:
            opened |= dict(_opened(name, content, room, 0))
        except BadFile as error:
            faults.append(error)
    return opened, faults


class _Room:
    """What all archives together may hold."""

    def __init__(self) -> None:
        self.size, self.parts = MAX_UNPACKED_BYTES, MAX_PARTS

    def take(self, name: str, size: int) -> None:
        self.size -= size
        self.parts -= 1
        if self.size < 0 or self.parts < 0:
            limit = MAX_UNPACKED_BYTES // 1_000_000
            raise BadFile("sheets.too_big_unpacked", path=name, limit=limit)


def _opened(name: str, content: bytes, room: _Room, depth: int) -> Iterator[tuple[str, bytes]]:
    if not _is_archive(content):
        if depth:  # a workbook in an archive is unpacked once more
            room.take(name, unpacked_bytes(content) if content.startswith(ZIPPED) else 0)
        yield name, content
        return
    if depth == MOST_DEEP:
        raise BadFile("files.zip_in_zip", path=name)
    if content.startswith(_GZIPPED):
        held = _of_gzip(name, content, room)
        yield from _opened(name.removesuffix(".gz"), held, room, depth + 1)
        return
    for member, held in _of_zip(name, content, room):
        yield from _opened(f"{name}/{member}", held, room, depth + 1)


def _is_archive(content: bytes) -> bool:
    is_zip = content.startswith(ZIPPED)
    return content.startswith(_GZIPPED) or (is_zip and not set(_names(content)) & set(_DOCUMENTS))


def _names(content: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()
    except _TORN:
        return []


def _of_gzip(name: str, content: bytes, room: _Room) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            found = file.read(room.size + 1)
    except _TORN as error:
        raise BadFile("files.bad_zip", path=name, detail=str(error)[:80]) from error
    room.take(name, len(found))
    return found


def _of_zip(name: str, content: bytes, room: _Room) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                if not part.is_dir() and not NO_TABLE.search(part.filename):
                    room.take(name, part.file_size)
                    yield _member(part), archive.read(part)
    except _TORN as error:
        raise BadFile("files.bad_zip", path=name, detail=str(error)[:80]) from error


def _member(part: zipfile.ZipInfo) -> str:
    """A name as it was written: without the flag of UTF-8 it is GBK where that can be read."""
    if part.flag_bits & 0x800:
        return part.filename
    try:
        return part.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return part.filename
