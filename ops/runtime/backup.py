"""Backup and restore: one file with all rows and all that lies beside them (settings, photos), but
not the logs.
"""

import os
import shutil
import tempfile
import zipfile
import zlib
from datetime import datetime
from pathlib import Path, PurePosixPath

from data.errors import BadSnapshot
from data.store.store import Store

ROWS = "xunban.db"  # the snapshot within the file
FILES = "home/"  # and what lies beside it
_SKIPPED = (".db", ".db-journal", ".db-wal", ".db-shm", ".zip", ".part")


def backup(store: Store, home: Path, target: Path) -> dict[str, int]:
    """Write a backup; the program may go on meanwhile. It holds the settings and must be kept like
    a password.

    Returns
    -------
    dict of str to int
        How many rows of each table it holds.
    """
    part = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
        counts = store.maintenance.snapshot(Path(folder) / ROWS)
        part.touch(mode=0o600)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(Path(folder) / ROWS, ROWS)
            for path in _files(home):
                archive.write(path, FILES + path.relative_to(home).as_posix())
    os.replace(part, target)
    return counts


def _files(home: Path) -> list[Path]:
    return [
        path
        for path in sorted(home.rglob("*"))
        if path.is_file()
        and not path.name.endswith(_SKIPPED)
        and path.relative_to(home).parts[0] != "log"
    ]


def restore(store: Store, home: Path, source: Path, now: datetime) -> tuple[dict[str, int], Path]:
    """Put a backup in the place of what is here, which is saved first.

    Returns
    -------
    tuple
        The rows of each table as they are now, and where what was here before is kept.

    Raises
    ------
    BadSnapshot
        It is no backup, damaged, or made by a newer version; nothing has been changed.
    """
    with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
        _unpack(source, Path(folder))
        home.mkdir(parents=True, exist_ok=True)
        saved = home / f"before-restore-{now:%Y%m%dT%H%M%SZ}.zip"
        backup(store, home, saved)
        counts = store.maintenance.restore(Path(folder) / ROWS)
        if (beside := Path(folder) / FILES).is_dir():
            shutil.copytree(beside, home, dirs_exist_ok=True)
    return counts, saved


def _unpack(source: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            if (torn := archive.testzip()) or ROWS not in archive.namelist():
                raise BadSnapshot("store.bad_snapshot", detail=torn or ROWS)
            for name in archive.namelist():
                path = PurePosixPath(name)
                if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
                    raise BadSnapshot("store.bad_snapshot", detail=name)
            archive.extractall(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadSnapshot("store.bad_snapshot", detail=str(error)) from error
