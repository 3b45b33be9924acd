"""What a process of its own answers, where it reads what strangers sent: so many bytes within so
many seconds, whatever it has become by then.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH")  # of the environment: no key of ours is for a reader


class NoAnswer(Exception):
    """It took too long, said too much, or died.

    Attributes
    ----------
    code
        How it ended by itself; ``None``: we ended it.
    """

    def __init__(self, code: int | None):
        self.code = code
        super().__init__(code)


def answer_of(
    command: Sequence[str],
    question: bytes,
    *,
    most: int,
    seconds: float,
    more: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> bytes:
    """What a process writes to its standard output before it ends well.

    Parameters
    ----------
    most
        Bytes of an answer; where it goes on, the process is ended.
    seconds
        Until it must have answered and ended.
    more
        What it is told of the environment, beside what a process needs to run at all.

    Raises
    ------
    NoAnswer
        There is none.
    """
    latest = time.monotonic() + seconds
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={one: os.environ[one] for one in _KEPT if one in os.environ} | dict(more or {}),
        start_new_session=True,
    )
    heard: list[bytes] = []
    # threads: whoever holds the pipes by now may keep them open for ever
    threading.Thread(target=_ask, args=(child, question), daemon=True).start()
    hears = threading.Thread(target=_hear, args=(child, most, heard), daemon=True)
    hears.start()
    hears.join(seconds)
    if heard and len(heard[0]) <= most:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, latest - time.monotonic()))
    code = child.poll()
    _end(child)
    if code != 0 or not heard or len(heard[0]) > most:
        raise NoAnswer(code)
    return heard[0]


def _ask(child: subprocess.Popen, question: bytes) -> None:
    if child.stdin is not None:
        with suppress(OSError), child.stdin as to:  # it need not hear us to the end
            to.write(question)


def _hear(child: subprocess.Popen, most: int, heard: list[bytes]) -> None:
    """Its answer, and no more than a byte too much of it."""
    if child.stdout is not None:
        with child.stdout as out:
            heard.append(out.read(most + 1))


def _end(child: subprocess.Popen) -> None:
    """End it, and what it has begun, where it has not ended by itself."""
    if child.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
        child.wait()
