"""A season of real operation in one file that every program reads: each table as CSV, the texts of
plans, the pictures, and checksums in the form that ``sha256sum -c`` takes.

It counts once it has been read again; only then may what is due be taken out of the database.
"""

import csv
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from data.errors import BadSnapshot
from data.store.seasons import Kept, Span
from data.store.store import Store
from ops.analytics.history import season
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import CommandError
from ops.field.photos import photo_file
from ops.settings import RetentionSettings

SUMS = "SHA256SUMS"
PHOTOS = "photos"
LONGEST_CELL = 2**31 - 1  # reasons and changes of a plan fill long cells
TEXTS = {"versions": ("problem", "plan")}
"""Columns too long for a cell: each text is a file of its own, which the cell names."""


_UNREADABLE = (
    *(OSError, EOFError, LookupError, ValueError, RuntimeError),
    *(csv.Error, zlib.error, zipfile.BadZipFile),
)
"""What reading a file can end in that was cut or changed."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What a file holds: rows of each table, and the pictures that were found."""

    rows: Mapping[str, int]
    photos: tuple[str, ...]


def write(store: Store, photos: Path, span: Span, target: Path) -> Archived:
    """Write a season, and read it again; the program may go on meanwhile.

    Parameters
    ----------
    photos
        The folder of pictures.

    Raises
    ------
    StoreError
        What was written can't be read again, or the season changed meanwhile; no file is left.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        counts = store.seasons.count(span)
        sums: dict[str, str] = {}
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in counts:
                sums |= _write_table(archive, table, store.seasons.rows(table, span))
            found = []
            for name in store.seasons.photos(span):
                if (path := photo_file(name, photos, store)) is not None:
                    sums |= _add(archive, f"{PHOTOS}/{name}", path.read_bytes())
                    found.append(name)
            listed = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
            archive.writestr(SUMS, listed)
        read = check(part)
        if read.rows != counts or sorted(read.photos) != found:
            raise BadSnapshot("store.season_changed")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return read


def check(path: Path) -> Archived:
    """Read such a file to its end.

    Raises
    ------
    BadSnapshot
        It is none, or not as it was written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sums = {
                line.split("  ", 1)[1]: line.split("  ", 1)[0]
                for line in archive.read(SUMS).decode().splitlines()
            }
            names = set(archive.namelist()) - {SUMS}
            if names != set(sums) or any(_sum(archive, name) != sums[name] for name in names):
                raise BadSnapshot("store.bad_archive", path=str(path))
            tables = [name for name in names if name.endswith(".csv")]
            rows = {name.removesuffix(".csv"): _count(archive, name) for name in tables}
    except _UNREADABLE as error:
        raise BadSnapshot("store.bad_archive", path=str(path)) from error
    return Archived(
        rows, tuple(one.partition("/")[2] for one in names if one.startswith(f"{PHOTOS}/"))
    )


def remove(
    store: Store,
    actor: Actor,
    photos: Path,
    span: Span,
    kept: Archived,
    due: Sequence[str],
    now: datetime,
) -> dict[str, int]:
    """Take what is due, and was read again from its file, out of the database and the folder.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    CommandError
        Something that began in the season or before is not over; nothing was taken.
    StoreError
        The season holds other rows by now; nothing was taken.
    """
    require(actor, Action.REMOVE_SEASON)
    if open_ones := store.seasons.open_matters(span[1]):
        raise CommandError("upkeep.season_open", count=open_ones)
    gone = store.seasons.remove(span, [one for one in Kept if one in due], kept.rows)
    if PHOTOS in due:
        for name in kept.photos:
            store.photos.forget(name)
            with suppress(FileNotFoundError):
                (photos / name).unlink()
        gone[PHOTOS] = len(kept.photos)
    record(store, actor, Action.REMOVE_SEASON, f"{span[0]:%Y}", now, rows=sum(gone.values()))
    return gone


def due_in(retention: RetentionSettings, year: int, this_year: int) -> list[str]:
    """What of a year has stayed as long as it should."""
    return [
        name
        for name in (*Kept, PHOTOS)
        if (last := retention.last_due(name, this_year)) is not None and year <= last
    ]


def due_years(
    store: Store, retention: RetentionSettings, folder: Path, zone: tzinfo, now: datetime
) -> dict[str, int]:
    """The first year of which each kind is still here though it is due."""
    this_year, found = now.astimezone(zone).year, {}
    for name in (*Kept, PHOTOS):
        if (last := retention.last_due(name, this_year)) is None:
            continue
        before = season(last, zone)[1]
        if name == PHOTOS:
            came = store.seasons.photo_times(before)
            at = min((at for one, at in came if (folder / one).is_file()), default=None)
        else:
            at = store.seasons.oldest(Kept(name), before)
        if at is not None:
            found[str(name)] = at.astimezone(zone).year
    return found


def _write_table(
    archive: zipfile.ZipFile, table: str, rows: Iterator[Mapping[str, object]]
) -> dict[str, str]:
    """Write one table, and its long texts; the checksum of each file."""
    sums: dict[str, str] = {}
    text = io.StringIO(newline="")
    writer = None
    for row in rows:
        cells = {name: _cell(value) for name, value in row.items()}
        for name in TEXTS.get(table, ()):
            file = f"{table}/{row['operation_id']}-{row['number']}-{name}.json"
            sums |= _add(archive, file, cells[name].encode())
            cells[name] = file
        if writer is None:
            writer = csv.DictWriter(text, list(cells))
            writer.writeheader()
        writer.writerow(cells)
    return sums | _add(archive, f"{table}.csv", text.getvalue().encode("utf-8-sig"))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> dict[str, str]:
    archive.writestr(name, data)
    return {name: hashlib.sha256(data).hexdigest()}


def _sum(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as file:
        return hashlib.sha256(file.read()).hexdigest()


def _count(archive: zipfile.ZipFile, name: str) -> int:
    usual = csv.field_size_limit(
        LONGEST_CELL
    )  # for the whole process: what others read keeps its own
    try:
        with archive.open(name) as file:
            lines = csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""))
            return max(sum(1 for _ in lines) - 1, 0)
    finally:
        csv.field_size_limit(usual)
