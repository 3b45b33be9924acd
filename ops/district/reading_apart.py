"""What would keep the board busy is done by a process of its own, one at a time: files that are
brought are read there, and a month's roster is made. What it asks for is bounded, and nobody else
who looks at the board waits for it.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from data.errors import BadSheets, RowError
from ops.district import read_child

Told = TypeVar("Told")
WAIT_S = 60.0  # for what is done before
_ONE = threading.Lock()
_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "PATH", "TEMP", "TMP", "TMPDIR", "PROJ_DATA")
# of the environment: no key of ours is for such a process
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each holds memory of its own


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


def run_apart(work: Callable[[], Told]) -> Told:
    """What a piece of work answers: a function of a module of ours with its arguments.

    Raises
    ------
    ApartFailed
        It gave no answer.
    BadSheets
        As the work does.
    """
    if not _ONE.acquire(timeout=WAIT_S):
        raise ApartFailed("busy")
    try:
        done = subprocess.run(
            [sys.executable, "-m", read_child.__name__],
            input=pickle.dumps(work, pickle.HIGHEST_PROTOCOL),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
            env={one: os.environ[one] for one in _KEPT if one in os.environ} | _ONE_THREAD,
            timeout=read_child.SECONDS * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ApartFailed("too_much") from None
    finally:
        _ONE.release()
    if done.returncode or not done.stdout:
        raise ApartFailed("too_much")
    good, told = pickle.loads(done.stdout)
    if not good:
        raise BadSheets(told)
    return told


def read_apart(read: Callable[[Mapping[str, bytes]], Told], files: Mapping[str, bytes]) -> Told:
    """What ``read`` makes of files.

    Parameters
    ----------
    read
        A function of a module of ours.

    Raises
    ------
    BadSheets
        They can't be read, or ask for more memory or time than any district's do; or others are
        being read.
    """
    try:
        return run_apart(partial(read, dict(files)))
    except ApartFailed as failure:
        raise _bad(next(iter(files), ""), f"sheets.{failure.code}") from None


def _bad(name: str, code: str) -> BadSheets:
    return BadSheets((RowError(name, None, None, code, {"path": name}),))
