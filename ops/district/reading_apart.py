"""What would keep the board busy is done by a process of its own, one at a time: files that are
brought (to the board, or at the machine) are read there, and a month's roster is made. What it asks
for is bounded, and nobody else who looks at the board waits for it.
"""

import logging
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from data.errors import BadSheets, RowError
from data.files.plain import NotPlain, parts, read
from ops.base.child import NoAnswer, answer_of
from ops.district import read_child

log = logging.getLogger(__name__)
Told = TypeVar("Told")
MOST_BYTES = 300_000_000
"""More is no district's (an assumption)."""
WAIT_S = 60.0  # for what is done before
PART_BYTES = 220
"""What a value of an answer is counted for beside its text: while it is read it holds 20 to 210, as
what JSON makes of it and as what it is (measured; the most: a set that has just grown)."""
COPIES = 3
"""So often the text itself is held meanwhile: as it came, without its first byte, and decoded."""
_ONE = threading.Lock()
_KEPT = ("PATH", "TEMP", "TMP", "TMPDIR", "PROJ_DATA")  # of the environment
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each holds memory of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What such a process may take.

    Attributes
    ----------
    memory
        Bytes of address space, of which libraries that hold nothing take one thousand million.
    seconds
        Of work.
    answer
        The most bytes that its answer may hold where it is read: whoever asked has to.
    refused
        What is said of files where it is not enough.
    """

    memory: int
    seconds: int
    answer: int
    refused: str


AT_THE_BOARD = Room(
    memory=4_000_000_000, seconds=120, answer=400_000_000, refused="sheets.too_much"
)
"""Of work the largest of our samples takes 20 s."""


def of_the_machine() -> Room:
    """What whoever stands at the machine may have: ten times the work, and three quarters of its
    memory where that is more, of which the answer, read when the work has ended, may hold half.
    """
    own = 0
    if hasattr(os, "sysconf"):
        own = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4
    board = AT_THE_BOARD
    memory = max(board.memory, own)
    return Room(
        memory=memory,
        seconds=board.seconds * 10,
        answer=memory // 2,
        refused="sheets.too_much_here",
    )


def brought(sources: Iterable[Path]) -> dict[str, bytes]:
    """The content of files, and of those in folders, by name; a .shp comes with its parts.

    Raises
    ------
    BadSheets
        One is not there, or they are too large together.
    """
    paths: list[Path] = []
    for source in sources:
        if not source.exists():
            raise _bad(source.name, "sheets.no_file", path=str(source))
        inside = sorted(source.iterdir()) if source.is_dir() else [source]
        if source.suffix.lower() == ".shp":
            inside = sorted(one for one in source.parent.iterdir() if one.stem == source.stem)
        paths += [one for one in inside if one.is_file()]
    if sum(path.stat().st_size for path in paths) > MOST_BYTES:
        raise _bad(paths[0].name, "sheets.too_big", limit=MOST_BYTES // 1_000_000)
    return {path.name: path.read_bytes() for path in paths}


class ApartFailed(Exception):
    """The process gave no answer.

    Attributes
    ----------
    code
        ``busy``: others are at it; ``too_much``: it asked for more memory or time than it is given.
    """

    def __init__(self, code: str):
        self.code = code
        super().__init__(code)


def run_apart(work: Callable[[], Told], room: Room = AT_THE_BOARD) -> Told:
    """What a piece of work answers: a function of a module of ours with its arguments.

    Of its answer nothing is believed but plain values of the type that the function says it
    returns: what it reads may have got the better of it.

    Raises
    ------
    ApartFailed
        It gave no answer.
    BadSheets
        As the work does.
    """
    kind = get_type_hints(work.func if isinstance(work, partial) else work)["return"]
    if not _ONE.acquire(timeout=WAIT_S):
        raise ApartFailed("busy")
    try:
        answer = answer_of(
            [sys.executable, "-m", read_child.__name__, str(room.memory), str(room.seconds)],
            pickle.dumps(work, pickle.HIGHEST_PROTOCOL),
            most=room.answer,
            seconds=room.seconds * 2,
            more={one: os.environ[one] for one in _KEPT if one in os.environ} | _ONE_THREAD,
            folder=Path(__file__).resolve().parents[2],
        )
    except NoAnswer:
        raise ApartFailed("too_much") from None
    finally:
        _ONE.release()
    return _believed(kind, answer, room)


def _believed(kind: object, answer: bytes, room: Room) -> Any:
    """The answer as a value of this type."""
    good, told = answer[:1], answer[1:]
    if COPIES * len(told) + PART_BYTES * parts(told) > room.answer:
        raise ApartFailed("too_much")
    try:
        if good == b"+":
            return read(kind, told)
        errors = read(tuple[RowError, ...], told)
    except NotPlain as error:
        log.error("what reads files answered what it was not asked for: %s", error)
        raise ApartFailed("too_much") from None
    if not errors:
        raise ApartFailed("too_much")
    raise BadSheets(errors)


def read_apart(
    reads: Callable[[Mapping[str, bytes]], Told],
    files: Mapping[str, bytes],
    room: Room = AT_THE_BOARD,
) -> Told:
    """What ``reads`` makes of files.

    Parameters
    ----------
    reads
        A function of a module of ours, or a partial one.

    Raises
    ------
    BadSheets
        They can't be read, or ask for more memory or time than any district's do; or others are
        being read.
    """
    try:
        return run_apart(partial(reads, dict(files)), room)
    except ApartFailed as failure:
        code = room.refused if failure.code == "too_much" else f"sheets.{failure.code}"
        raise _bad(next(iter(files), ""), code) from None


def _bad(name: str, code: str, **facts: object) -> BadSheets:
    return BadSheets((RowError(name, None, None, code, {"path": name} | facts),))
