"""A process that has loaded the search, as whoever asks it sees it."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress

from ops.replanning.solver_child import heard, tell

MOST_ASKED = 200
"""After so many problems a process has served: what libraries keep of each is given back (an
assumption).
"""
LARGE_BYTES = 4_000_000
"""After a problem so large, too: the memory that it took is given back."""


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
            It died, or gave no answer within so many seconds; then it has ended.
        """
        self._asked += 1
        self._has_served = self._asked >= MOST_ASKED or len(question) >= LARGE_BYTES
        overdue = threading.Timer(within, self._child.kill)
        overdue.daemon = True
        began = time.monotonic()
        overdue.start()
        try:
            with suppress(OSError):  # it is gone: how it ended says why
                tell(self._questions, question)
            answer = heard(self._answers)  # whole, it counts in the moment when time is up
        finally:
            overdue.cancel()
        if answer is None:
            raise SearchFailed(self._fault(time.monotonic() - began >= within, within))
        return answer

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
