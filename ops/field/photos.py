"""Photos from the field: drawn anew before they are kept, under a name of ours, where no web server
looks.
"""

import hashlib
import logging
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data.model.field import EventKind, FieldEvent, Incident
from data.store.store import Store
from ops.base.child import NoAnswer, answer_of
from ops.base.errors import Invalid, NotAllowed, TooManyTries
from ops.field import photo_child

log = logging.getLogger(__name__)
MOST_BYTES = 8_000_000
START, FRAMES = b"\xff\xd8", (0xC0, 0xC1, 0xC2)
"""How a JPEG begins, and what its sizes stand behind."""
WAIT_S = 30.0  # for the photos before this one
ORPHAN_AGE = timedelta(days=7)
"""What nothing that was kept names after so long belongs to nothing: a phone tries for a shift, and
a restore is taken back within days (an assumption)."""
SWEPT = ".swept"
"""The file whose date says when they were swept."""
SMALL_SIDE, SMALL_QUALITY = 480, 70  # on paper
_OURS = re.compile(r"[\w-]{1,64}\.jpg", re.ASCII)
"""Names as we give them; another is a path, too long, or no name of a file."""
_ONE = threading.Lock()
_REFUSED = {
    photo_child.TOO_LARGE: photo_child.MOST_PIXELS,
    photo_child.TOO_LARGE_PLAIN: photo_child.MOST_PLAIN_PIXELS,
}


def photo_file(name: str, folder: Path, store: Store | None = None) -> Path | None:
    """The picture of this name, where it is kept here, or another server has shared it, which is
    kept here then; ``None`` for any other name or place.
    """
    if not _OURS.fullmatch(name):
        return None
    path = folder / name
    if not path.is_file() and store is not None and (jpeg := store.photos.shared(name)):
        _write(path, jpeg)
    return path if path.is_file() else None


def keep_photo(
    picture: bytes,
    folder: Path,
    store: Store | None = None,
    now: datetime | None = None,
    whose: str = "",
) -> str:
    """Keep a picture; the name under which it lies in ``folder``. With a ``store`` that several
    servers share the others can show it, too.

    It is drawn anew as a JPEG, by a process of its own and one at a time: whatever else the file
    carried (a place, a script) stays behind.

    Parameters
    ----------
    whose
        What it belongs to: sent again, the same picture of the same is the same file, however
        often that fails.

    Raises
    ------
    NotAllowed
        It is too large, or no picture of a kind that we take, whatever it is called; or too many
        came before it, or the disk is full.
    """
    if len(picture) > MOST_BYTES:
        raise Invalid("field.photo_size", most=MOST_BYTES // 1_000_000)
    name = name_of(picture, whose)
    if photo_file(name, folder, store) is not None:
        return name
    drawn = _drawn_in_turn(picture, photo_child.LONGEST_SIDE, photo_child.QUALITY)
    _write(folder / name, drawn)
    if store is not None and now is not None:
        store.photos.share(name, drawn, now)
    return name


def name_of(picture: bytes, whose: str) -> str:
    """A name of ours: it can't be made up without the picture, and another picture sent as the
    same has another one.
    """
    told = hashlib.sha256(whose.encode() + b"\0" + picture)
    return f"{told.hexdigest()[:32]}.jpg"


@contextmanager
def kept(
    picture: bytes | None, folder: Path, store: Store, now: datetime, whose: str
) -> Iterator[str | None]:
    """The name of a picture (``None``: there is none) for whatever it belongs to; where that is
    refused, nothing of it stays that was not there before.

    Raises
    ------
    NotAllowed
        As ``keep_photo``.
    """
    was_here = (
        picture is not None and photo_file(name_of(picture, whose), folder, store) is not None
    )
    name = keep_photo(picture, folder, store, now, whose) if picture else None
    try:
        yield name
    except NotAllowed:
        if name and not was_here:
            forget_photo(name, folder, store)
        raise


def sweep(folder: Path, store: Store, now: datetime) -> int:
    """Let go, once a day, of old pictures that nothing names: what they belonged to was never kept.

    Returns
    -------
    int
        How many files went.
    """
    mark = folder / SWEPT
    if not folder.is_dir() or (mark.exists() and _age(mark, now) < timedelta(days=1)):
        return 0
    old = [one for one in folder.iterdir() if one.is_file() and _age(one, now) > ORPHAN_AGE]
    named = store.photos.named()
    orphans = [one for one in old if one.suffix in (".jpg", ".part") and one.name not in named]
    for path in orphans:
        path.unlink(missing_ok=True)
    store.photos.forget_unnamed(now - ORPHAN_AGE)
    mark.touch()
    if orphans:
        log.info("%d photos that belonged to nothing are gone", len(orphans))
    return len(orphans)


def _age(path: Path, now: datetime) -> timedelta:
    """Either way: a file from the future was written before the clock was put back."""
    return abs(now - datetime.fromtimestamp(path.stat().st_mtime, UTC))


def forget_photo(name: str, folder: Path, store: Store) -> None:
    """Keep a picture no longer, here and for the other servers."""
    (folder / name).unlink(missing_ok=True)
    store.photos.forget(name)


def _write(path: Path, jpeg: bytes) -> None:
    """Write a picture in one step, for its owner alone; two who fetch the same write the same.

    Raises
    ------
    TooManyTries
        The disk does not take it: nothing of it stays, and it may be sent again.
    """
    part: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        number, part = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
        with os.fdopen(number, "wb") as file:
            file.write(jpeg)
        os.replace(part, path)
    except OSError as error:
        if part is not None:
            Path(part).unlink(missing_ok=True)
        log.error("the photo %s can't be written: %s", path.name, error)
        raise TooManyTries("field.photo_disk") from None


def small(path: Path) -> bytes | None:
    """The picture made small, as a JPEG; ``None`` where the file is none, or too many others are
    being drawn.
    """
    try:
        return _drawn_in_turn(path.read_bytes(), SMALL_SIDE, SMALL_QUALITY)
    except NotAllowed as error:
        log.warning("the picture %s is left out: %s", path.name, error.code)
        return None


def _drawn_in_turn(picture: bytes, side: int, quality: int) -> bytes:
    if not _ONE.acquire(timeout=WAIT_S):
        raise TooManyTries("field.photo_busy")
    try:
        return _drawn(picture, side, quality)
    finally:
        _ONE.release()


def _drawn(picture: bytes, side: int, quality: int) -> bytes:
    try:
        drawn = answer_of(
            [sys.executable, "-I", photo_child.__file__, str(side), str(quality)],
            picture,
            most=MOST_BYTES,
            seconds=photo_child.SECONDS * 2,
        )
    except NoAnswer as none:
        if none.code in _REFUSED:
            most = _REFUSED[none.code] // 1_000_000
            raise Invalid("field.photo_pixels", most=most) from None
        raise Invalid("field.photo_kind") from None
    if not 0 < _longest_side(drawn) <= side:  # it may have got the better of who drew it
        log.error("what draws photos answered what it was not asked for")
        raise Invalid("field.photo_kind")
    return drawn


def _longest_side(jpeg: bytes) -> int:
    """In pixels, as the head of a JPEG says (ITU-T T.81, B.2); 0: it is none."""
    at = len(START)
    while jpeg.startswith(START) and jpeg[at : at + 1] == b"\xff" and at + 9 <= len(jpeg):
        mark, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if mark in FRAMES:
            height, width = jpeg[at + 5 : at + 7], jpeg[at + 7 : at + 9]
            return max(int.from_bytes(height), int.from_bytes(width))
        at += 2 + length
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture, whose, when, and whether the work was done then."""

    name: str
    by: str
    at: datetime
    after: bool


def pictures_of(events: Iterable[FieldEvent], calls: Iterable[Incident] = ()) -> list[Picture]:
    """The pictures of a job or a matter, oldest first: what was sent with the word that it is done
    shows it afterwards, the others show it before.
    """
    found = [
        Picture(name=call.photo, by=call.by, at=call.reported_at, after=False)
        for call in calls
        if call.photo
    ]
    found += [
        Picture(
            name=event.photo,
            by=event.told_by or event.by,
            at=event.happened_at,
            after=event.kind is EventKind.CLEAR,
        )
        for event in events
        if event.photo
    ]
    return sorted(found, key=lambda one: (one.after, one.at))
