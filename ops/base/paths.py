"""Where an installation keeps what is its own, and who may look into it: its owner alone.

It holds names, telephone numbers, photos, and keys by which others would come in.
"""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""What group and others may do with a file."""


BESIDE = "drill-beside"
"""The folder in the real home that is the home of a drill beside it."""


def home() -> Path:
    """The folder of what belongs to this installation: database, settings, logs."""
    return Path(os.environ.get("XUNBAN_HOME") or Path(__file__).resolve().parents[2] / ".xunban")


def is_beside() -> bool:
    """Whether this process is that of a drill beside real operation."""
    return home().name == BESIDE


def write_privately() -> None:
    """From now on whatever this process and its children make is for their user alone, whatever
    ``umask`` they were started with.
    """
    os.umask(OTHERS)


def make_private(*places: Path) -> None:
    """Take from all others what they may do with these files and folders, and what is in them.

    What belongs to another user stays as it is: he may mean it, and it is not ours to change.
    """
    for path in open_to_others(*places):
        with suppress(OSError):
            if path.stat().st_uid == os.geteuid():
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def open_to_others(*places: Path) -> list[Path]:
    """Which of these files and folders, and of what is in them, others than the owner may look
    into. None on Windows, where a folder's own list of rights says so.
    """
    return [] if sys.platform == "win32" else [path for path in _all(places) if _is_open(path)]


def _is_open(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:  # it went meanwhile
        return False
    return not stat.S_ISLNK(found.st_mode) and bool(found.st_mode & OTHERS)


def _all(places: tuple[Path, ...]) -> Iterator[Path]:
    for place in places:
        yield place
        if place.is_dir():
            yield from place.rglob("*")
