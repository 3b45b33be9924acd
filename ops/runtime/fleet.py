"""The loops of all districts of an installation, in one process: each with its own database, lease
and settings; the processes that search for plans are shared, so that many districts take no more
memory than one that plans.
"""

import logging
import os
import queue
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from data.errors import StoreError
from data.store.store import DatabaseError, Store
from ops.base.json_logs import of_district
from ops.base.sites import Site
from ops.replanning.solver_process import WORKERS, Solving, Stopped
from ops.runtime.backup import back_up_if_due
from ops.runtime.planning_loop import Loop
from ops.runtime.programs import Program
from ops.settings import load
from solver import Plan, Problem

log = logging.getLogger(__name__)


MOST_SHARES = 64
MOST_AT_ENGINE = 16
"""Districts that wait for an engine at once: they take no processor here (an assumption)."""


def planners() -> int:
    """How many districts plan at once on this machine: each takes so many processors."""
    return max(1, (os.cpu_count() or 1) // WORKERS)


@dataclass(frozen=True, slots=True)
class Share:
    """The districts that one of several planning processes looks after: what is gathered, judged
    and told for a plan takes one processor of a process, however many search.

    Which they are goes by a district's id alone: those that come and go move no other.
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of <= MOST_SHARES:
            raise ValueError(f"a share is 1/1 to {MOST_SHARES}/{MOST_SHARES}")

    @classmethod
    def parse(cls, written: str) -> "Share":
        """``2/4``: the second of four.

        Raises
        ------
        ValueError
            It is none.
        """
        number, _, of = written.partition("/")
        return cls(int(number), int(of))

    def holds(self, site: Site) -> bool:
        """Whether this process plans for a district."""
        return zlib.crc32(site.id.encode()) % self.of == self.number - 1


class Solvers:
    """The processes that search, for all districts together.

    Parameters
    ----------
    count
        How many search at once.
    patience
        As `Solving` has it.
    """

    def __init__(self, count: int, patience: float) -> None:
        self._patience = patience
        self._free: queue.Queue[Solving] = queue.Queue()
        self._ready = self._stopped = False
        for _ in range(count):
            self._free.put(Solving(patience=patience))

    def take(self) -> Solving:
        """One that is free; waits for it."""
        return self._free.get()

    def give_back(self, solving: Solving, stopped: bool) -> None:
        """It is free again; one that was stopped is replaced."""
        if self._stopped:
            solving.stop()
        elif stopped:
            solving = Solving(patience=self._patience)
        if self._ready and not self._stopped:
            solving.get_ready()
        self._free.put(solving)

    def get_ready(self) -> None:
        """Let each load the search, before the next plan and before each that follows."""
        self._ready = True  # those at work: once they come back
        for solving in self._waiting():
            solving.get_ready()

    def stop(self) -> None:
        """End those that are free, and each that comes back; one that searches is stopped by whose
        it is. Whoever waits for one gets one that is stopped.
        """
        self._stopped = True
        for solving in self._waiting():
            solving.stop()

    def _waiting(self) -> list[Solving]:
        """Those that are free now; districts take and give back meanwhile."""
        with self._free.mutex:
            return list(self._free.queue)


class SharedSolving(Solving):
    """One district's way to the solvers that all share."""

    def __init__(self, solvers: Solvers) -> None:
        super().__init__()
        self._solvers = solvers
        self._at_work: Solving | None = None

    def get_ready(self) -> None:
        """They are kept ready for all districts together."""

    def solve(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        """The plan, as `Solving` gives it, once a solver is free.

        Raises
        ------
        Stopped
            ``stop`` was called.
        """
        solving = self._solvers.take()
        try:
            with self._lock:
                if self._stopped:
                    raise Stopped
                self._at_work = solving
            return solving.solve(problem, seconds)
        finally:
            with self._lock:
                self._at_work, stopped = None, self._stopped
            self._solvers.give_back(solving, stopped)

    def stop(self) -> None:
        """No plan comes of what is searched for now, for this district; the others go on."""
        with self._lock:
            self._stopped = True
            if self._at_work is not None:
                self._at_work.stop()


class Fleet:
    """The loops of the districts that there are; it follows the list as it changes.

    Parameters
    ----------
    sites
        Gives the districts that count.
    open_loop
        Opens the loop of one.
    clock
        The real clock.
    above
        Gives the database of the desk above, where there is one.
    at_once
        How many districts plan at once; by default so many as this machine can.
    home_above
        The folder of the desk above.
    """

    def __init__(
        self,
        sites: Callable[[], Iterable[Site]],
        open_loop: Callable[[Site, Solving], Loop],
        clock: Callable[[], datetime],
        solvers: Solvers,
        above: Callable[[], Store | None] = lambda: None,
        at_once: int | None = None,
        home_above: Path | None = None,
    ) -> None:
        self._sites, self._open = sites, open_loop
        self._solvers, self._above, self._home_above = solvers, above, home_above
        self.clock = clock
        self.at_once = at_once or planners()
        self.loops: dict[str, Loop] = {}

    def follow(self) -> tuple[list[str], list[str]]:
        """Begin the loops of districts that were added and end those of districts that were
        archived; which were begun, and which ended.
        """
        wanted = {site.id: site for site in self._sites()}
        ended = [site_id for site_id in self.loops if site_id not in wanted]
        for site_id in ended:
            _quietly(site_id, self.loops.pop(site_id).close)
        begun = []
        for site_id in [one for one in wanted if one not in self.loops]:
            try:
                self.loops[site_id] = self._open(wanted[site_id], SharedSolving(self._solvers))
            except Exception as error:  # the others plan; tried again at the next look
                _log_failure(site_id, error)
                continue
            begun.append(site_id)
        return begun, ended

    def exchange(self) -> None:
        """Carry what goes between the districts and the desk above them."""
        if (above := self._above()) is not None:
            for site_id, loop in tuple(self.loops.items()):
                _quietly(site_id, partial(loop.exchange, above, site_id))

    def publish(self) -> None:
        """Let the desk above see how each district is."""
        if (above := self._above()) is not None:
            for site_id, loop in tuple(self.loops.items()):
                _quietly(site_id, partial(loop.publish, above, site_id))

    def back_up(self) -> Path | None:
        """Make the backup of the desk above that is due: which districts there are, its accounts,
        what it told. Each district's loop makes that district's own.
        """
        above, home = self._above(), self._home_above
        if above is None or home is None:
            return None
        return back_up_if_due(above, home, load(home).settings.backup, self.clock())

    def beat(self) -> None:
        """Keep the lead in every district."""
        for site_id, loop in tuple(self.loops.items()):
            _quietly(site_id, loop.beat)

    def beats(self) -> bool:
        """Whether the process is well: one district whose database fails does not end the others'
        planning.
        """
        return not self.loops or any(loop.beats() for loop in tuple(self.loops.values()))

    def behind(self) -> Program | None:
        """The program that leads in one of the districts while this one stands by."""
        return next((one for loop in tuple(self.loops.values()) if (one := loop.behind())), None)

    def get_ready(self) -> None:
        """Let the search be loaded before the first plan is asked for."""
        self._solvers.get_ready()
        for site_id, loop in tuple(self.loops.items()):
            _quietly(site_id, loop.get_ready)

    def improve(self) -> None:
        """Ask for the plans in force to be made again, now that the search is compiled."""
        for site_id, loop in tuple(self.loops.items()):
            _quietly(site_id, loop.improve)

    def stop(self) -> None:
        """End every loop."""
        for site_id, loop in tuple(self.loops.items()):
            _quietly(site_id, loop.close)
        self._solvers.stop()


def _quietly(site_id: str, do: Callable[[], object]) -> None:
    """What one district fails at keeps no other from its own."""
    with of_district(site_id):
        try:
            do()
        except Exception as error:
            _log_failure(site_id, error)


def _log_failure(site_id: str, error: Exception) -> None:
    is_known = isinstance(error, DatabaseError | StoreError | OSError)
    log.error("district %s: %s", site_id, error, exc_info=not is_known)
