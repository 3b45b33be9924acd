"""A process that has loaded the search, as whoever asks it sees it."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from ops.replanning.solver_child import heard, tell

MOST_ASKED = 200
"""After so many problems a process has served: what libraries keep of each is given back (an
assumption).
"""
LARGE_BYTES = 4_000_000
"""After a problem so large, too: the memory that it took is given back."""


STARVED_TIMES = 4
"""So many times as long it may take on a machine that gives it no processor meanwhile: a plan of
half a minute later is better than one without a search (an assumption)."""


class SearchFailed(Exception):
    """A solver's process gave no answer."""


class SearchProcess:
    """A process that loads the search at once, and answers one problem after the other.

    Parameters
    ----------
    niceness
        How far it stands back behind whatever else the machine does.
    """

    def __init__(self, niceness: int = 0) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  a pipe that nobody reads fills up
        self._child = subprocess.Popen(
            [sys.executable, "-m", "ops.replanning.solver_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        assert self._child.stdin
        assert self._child.stdout
        self._questions, self._answers = self._child.stdin, self._child.stdout
        self.pid = self._child.pid
        self._asked, self._has_served = 0, False
        if niceness and hasattr(os, "setpriority"):  # Windows has none
            os.setpriority(os.PRIO_PROCESS, self.pid, niceness)

    def answer(self, question: bytes, within: float) -> bytes:
        """A plan's JSON for what was asked (``solver_process.asked``).

        Raises
        ------
        SearchFailed
            It died, or gave no answer within so many seconds, of the processor where others have
            that; then it has ended.
        """
        self._asked += 1
        self._has_served = self._asked >= MOST_ASKED or len(question) >= LARGE_BYTES
        answered, began = threading.Event(), time.monotonic()
        watch = threading.Thread(target=self._watch, args=(within, answered), daemon=True)
        watch.start()
        try:
            with suppress(OSError):  # it is gone: how it ended says why
                tell(self._questions, question)
            answer = heard(self._answers)  # whole, it counts in the moment when time is up
        finally:
            answered.set()
        if answer is None:
            took = time.monotonic() - began
            raise SearchFailed(self._fault(took >= within, took))
        return answer

    def _watch(self, within: float, answered: threading.Event) -> None:
        """End it when its time is up: by the clock, unless it works and has had less of the
        processor than that.
        """
        began, had = time.monotonic(), processor_s(self.pid)
        last, wait = had, within
        while not answered.wait(wait):
            now = processor_s(self.pid)
            is_starved = (now > last or wants_to_run(self.pid)) and now - had < within
            if not is_starved or time.monotonic() - began >= STARVED_TIMES * within:
                self._child.kill()
                return
            last, wait = now, within / 4

    def _fault(self, is_late: bool, within: float) -> str:
        code = self._end()
        if is_late:
            return f"no answer in {within:.0f} s, the machine may be overloaded"
        self._errors.seek(0)
        return f"it ended with {code}: {self._errors.read().decode(errors='replace').strip()}"

    def lives(self) -> bool:
        """Whether it runs."""
        return self._child.poll() is None

    def can_go_on(self) -> bool:
        """Whether it may be asked again."""
        return self.lives() and not self._has_served

    def kill(self) -> None:
        """End it at once; whoever waits for its answer gets none."""
        self._child.kill()

    def end(self) -> None:
        """End it, and let go of all that was held for it; nobody may be waiting."""
        self._end()
        self._errors.close()

    def _end(self) -> int:
        self._child.kill()
        with suppress(OSError):  # what was left unsaid
            self._questions.close()
        self._answers.close()
        return self._child.wait()


def processor_s(pid: int) -> float:
    """Seconds of the processor that a process has had, all its threads together; 0 where the system
    does not tell (proc(5)).
    """
    try:
        user, system = _stat(Path(f"/proc/{pid}/stat"))[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return 0.0


def wants_to_run(pid: int) -> bool:
    """Whether a thread of a process waits for the processor or for a disk, and not for anything
    else (proc(5)).
    """
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return any(_stat(one / "stat")[0] in ("R", "D") for one in threads)
    except (OSError, IndexError):
        return False


def _stat(file: Path) -> list[str]:
    """What stands behind the name, which may hold anything."""
    return file.read_text().rpartition(")")[2].split()
