"""Files that are brought to the board are read by a process of its own, one at a time: what they
ask for is bounded, and nobody who looks at the board waits for it.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from data.errors import BadSheets, RowError
from ops.district import read_child

Told = TypeVar("Told")
WAIT_S = 60.0  # for the files before these
_ONE = threading.Lock()
_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "PATH", "TEMP", "TMP", "TMPDIR", "PROJ_DATA")
# of the environment: no key of ours is a reader's
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each holds memory of its own


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
    name = next(iter(files), "")
    if not _ONE.acquire(timeout=WAIT_S):
        raise _bad(name, "sheets.busy")
    try:
        done = subprocess.run(
            [sys.executable, "-m", read_child.__name__],
            input=pickle.dumps((read, dict(files)), pickle.HIGHEST_PROTOCOL),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
            env={one: os.environ[one] for one in _KEPT if one in os.environ} | _ONE_THREAD,
            timeout=read_child.SECONDS * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _bad(name, "sheets.too_much") from None
    finally:
        _ONE.release()
    if done.returncode or not done.stdout:
        raise _bad(name, "sheets.too_much")
    good, told = pickle.loads(done.stdout)
    if not good:
        raise BadSheets(told)
    return told


def _bad(name: str, code: str) -> BadSheets:
    return BadSheets((RowError(name, None, None, code, {"path": name}),))
