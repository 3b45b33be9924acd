"""A planning program to be killed: the loop over a database, by a clock that runs sixty times as
fast.

`command` starts it. At the real time ``base``, in seconds, its clock stood at ``NOW``. With
``end_at`` above 0 it kills itself at that boundary: before or after the commit of a write, but
those of the lease. Its solver is the greedy one, in this process: what is tried here is what
becomes of a plan, not how good it is.
"""

import os
import signal
import sys
import time
from datetime import datetime, timedelta

from sqlalchemy import Connection, event

from data.store.store import Store
from ops.notifications.channels import ChannelSettings
from ops.runtime.planning_loop import Loop
from ops.settings import Settings
from solver import Plan, Problem, solve
from tests.helpers.makers import NOW

FASTER = 60


def command(url: str, robot: str, base: float, end_at: int = 0) -> list[str]:
    """What runs it, on the database and with the robot at these addresses."""
    program = "tests.helpers.processes.killed"
    return [sys.executable, "-m", program, url, robot, str(base), str(end_at)]


def fast_clock(base: float) -> datetime:
    return NOW + timedelta(seconds=(time.time() - base) * FASTER)


class Greedy:
    """Stands in for the solver's own process."""

    def solve(self, problem: Problem, _seconds: float) -> tuple[Plan, bool]:
        return solve(problem, steps=1), False

    def stop(self) -> None:
        """Nothing runs."""


def end_at(loop: Loop, boundary: int) -> None:
    """Kill ourselves at a boundary: odd ones lie before a commit, even ones behind it."""
    engine, left = loop._store._engine, [boundary]

    lead = loop.lead

    def uncounted() -> bool:
        held, left[0] = left[0], 0
        try:
            return lead()
        finally:
            left[0] = held

    def pass_one() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def committing(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            pass_one()
            connection.info["behind"] = left[0] > 0

    def next_begins(connection: Connection) -> None:
        if connection.info.pop("behind", False):
            pass_one()

    loop.lead = uncounted
    event.listen(engine, "commit", committing)
    event.listen(engine, "begin", next_begins)


def main(url: str, robot: str, base: float, boundary: int) -> None:
    settings = Settings(
        channels=(ChannelSettings(name="群", kind="dingtalk", url=robot, drill=True),)
    )
    loop = Loop(Store(url), settings, lambda: fast_clock(base))
    loop._solving = Greedy()
    print("ready", flush=True)
    while not loop.lead():  # who led before us was killed
        time.sleep(0.01)
    if boundary:
        end_at(loop, boundary)
    while os.getppid() != 1:  # who started us is gone
        loop.lead()
        loop.answer()
        loop.send()
        time.sleep(0.01)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
