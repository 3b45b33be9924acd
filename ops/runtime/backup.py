"""Backup and restore: one file with all rows and all that lies beside them (settings, photos), but
not the logs.

A backup counts once it has been read again. One that is put back keeps what was here, whatever
state that is in.
"""

import lzma
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Container
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from data.errors import BadSnapshot
from data.store.maintenance import check_snapshot, counted, is_database
from data.store.store import MAIN, SITE, DatabaseError, Store, StoreError
from ops.auth.local_door import KEY_FILE
from ops.base.paths import make_private
from ops.base.sites import FOLDER as DISTRICTS
from ops.base.sites import own_id
from ops.settings import BackupSettings

ROWS = "xunban.db"  # the snapshot within the file
FILES = "home/"  # and what lies beside it
FOLDER = "backups"  # of the backups that are made by themselves
_SKIPPED = (".db", ".db-journal", ".db-wal", ".db-shm", ".zip", ".part", KEY_FILE)
_NAME = "xunban-%Y%m%dT%H%M%SZ.zip"
GB = 1_000_000_000
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,  # bz2; names that are too long, files in the place of folders; a full disk
    RuntimeError,  # it asks for a password, or for a kind of packing that is not here
    ValueError,
)
"""What a file that is no backup of ours gives where it is unpacked."""
LEFT = GB // 4
"""So much of a disk stays free beside a backup that is unpacked (an assumption)."""


def backup(store: Store, home: Path, target: Path) -> dict[str, int]:
    """Write a backup and read it again; the program may go on meanwhile. It holds the settings and
    must be kept like a password.

    Returns
    -------
    dict of str to int
        How many rows of each table it holds.

    Raises
    ------
    StoreError
        The database can't be read, or what was written can't be read again; no file is left.
    """
    with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
        rows = Path(folder) / ROWS
        counts = store.maintenance.snapshot(rows)
        _archive(home, target, rows, store.maintenance.files)
        try:
            (Path(folder) / "again").mkdir()
            _unpack(target, Path(folder) / "again")
            again = counted(Path(folder) / "again" / ROWS)
            if again != counts:
                raise BadSnapshot("store.bad_snapshot", detail=str(target))
        except BadSnapshot:
            target.unlink()
            raise
    return counts


def _archive(home: Path, target: Path, rows: Path | None, own: Container[Path]) -> None:
    """Pack these rows, and what lies in ``home`` but the database's ``own`` files, in one step."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        if rows:
            archive.write(rows, ROWS)
        for path in _files(home, own):
            archive.write(path, FILES + path.relative_to(home).as_posix())
    os.replace(part, target)


def _files(home: Path, own: Container[Path]) -> list[Path]:
    return [
        path
        for path in sorted(home.rglob("*"))
        if path.is_file()
        and not path.name.endswith(_SKIPPED)
        and path.absolute() not in own
        and path.relative_to(home).parts[0] not in ("log", DISTRICTS)
        and not is_database(path)
    ]


def back_up_if_due(
    store: Store, home: Path, settings: BackupSettings, now: datetime
) -> Path | None:
    """Make the next of the backups that are made by themselves, and let the oldest go.

    Returns
    -------
    Path or None
        The new one; ``None`` where none is due.
    """
    made = _made(home, settings)
    last = max((at for at in made if at <= now), default=None)
    if not settings.hours or (last and now - last < timedelta(hours=settings.hours)):
        return None
    folder = _folder(home, settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{now.astimezone(UTC):{_NAME}}"
    backup(store, home, target)
    # what is dated ahead was made before the clock was put back
    oldest = sorted(made, key=lambda at: (at <= now, at))
    for at in oldest[: max(len(made) + 1 - settings.keep, 0)]:
        made[at].unlink(missing_ok=True)
    return target


def last_made(home: Path, settings: BackupSettings) -> datetime | None:
    """When the newest of the backups that are made by themselves was made."""
    return max(_made(home, settings), default=None)


def _folder(home: Path, settings: BackupSettings) -> Path:
    """In a folder that several districts name, each has one of its own: nobody takes another's
    backups for its own, nor lets them go.
    """
    if not settings.folder:
        return home / FOLDER
    site_id = own_id(home)
    return Path(settings.folder) / (site_id if site_id != MAIN else "")


def _made(home: Path, settings: BackupSettings) -> dict[datetime, Path]:
    """The backups that are there, by when they were made; whatever else lies there is not ours."""
    made = {}
    for path in _folder(home, settings).glob("xunban-*Z.zip"):
        with suppress(ValueError):
            made[datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)] = path
    return made


def restore(
    store: Store, home: Path, source: Path, now: datetime
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Put a backup in the place of what is here, which is kept: as a backup where it can be read,
    as it lies where it can't.

    Whoever led before leads no longer, and everybody's session ends.

    Returns
    -------
    tuple
        The rows of each table as they are now, and where what was here before is kept.

    Raises
    ------
    BadSnapshot
        It is no backup, damaged, or made by a newer version; nothing has been changed.
    """
    mark = f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
        _unpack(source, Path(folder))
        check_snapshot(Path(folder) / ROWS)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        places = _places(Path(folder) / FILES, home, store.maintenance.files)
        saved = home / f"{mark}.zip"
        kept: tuple[str, ...] = (str(saved),)
        try:
            store.migrate()
            backup(store, home, saved)
        except (DatabaseError, StoreError):
            _archive(home, saved, None, store.maintenance.files)
            kept = (store.maintenance.set_aside(mark), str(saved))
            store.migrate()
        # more than any lease ever changed hands: the file that is gone tells nobody how often
        counts = store.maintenance.restore(Path(folder) / ROWS, int(now.timestamp()))
        for path, place in places.items():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(path, place)
        if store.settings.get(SITE, MAIN) != own_id(home):  # it was another district's
            store.settings.save(SITE, own_id(home))
        make_private(home, *store.maintenance.files)
    return counts, kept


def _places(beside: Path, home: Path, own: Container[Path]) -> dict[Path, Path]:
    """Where what lay beside the rows goes to; never in the place of the database itself.

    Raises
    ------
    BadSnapshot
        A file would take the place of a folder that is here, or lie in a file.
    """
    found = {path: home / path.relative_to(beside) for path in _files(beside, ())}
    found = {path: place for path, place in found.items() if place.absolute() not in own}
    for place in found.values():
        above = [one for one in place.parents if home in one.parents]
        if place.is_dir() or any(one.exists() and not one.is_dir() for one in above):
            raise BadSnapshot("store.bad_snapshot", detail=str(place.relative_to(home)))
    return found


def _must_have_room(archive: zipfile.ZipFile, folder: Path) -> None:
    """Some kilobytes can say that they are a million times as much: nothing is read of an archive
    that would fill the disk on which the program lives.
    """
    size = sum(part.file_size for part in archive.infolist())
    free = shutil.disk_usage(folder).free
    if size > free - LEFT:
        facts = {"gb": round(size / GB, 1), "path": str(folder), "free": round(free / GB, 1)}
        raise BadSnapshot("store.no_room", **facts)


def _unpack(source: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            _must_have_room(archive, folder)
            if (torn := archive.testzip()) or ROWS not in archive.namelist():
                raise BadSnapshot("store.bad_snapshot", detail=torn or ROWS)
            for name in archive.namelist():
                path = PurePosixPath(name)
                if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
                    raise BadSnapshot("store.bad_snapshot", detail=name)
            archive.extractall(folder)
    except _UNREADABLE as error:
        raise BadSnapshot("store.bad_snapshot", detail=str(error)) from error
