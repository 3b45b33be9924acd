"""Many districts that ask for a plan at once, on an engine of our own: what ``xunban bench city``
measures. Each district is the bundled sample with a database of its own.
"""

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.model.ids import Cause, CauseKind
from data.model.operation import TriggerKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.intake.sample import load_sample
from ops.replanning.solver_process import asked
from ops.runtime.engine import EngineFailed, EngineSolving
from ops.runtime.fleet import SharedSolving, Solvers, planners
from ops.runtime.local_cluster import LocalCluster
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from solver import Problem

BEGIN_S = 120.0
TRIES = 20
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is tried: so many districts, each ``rounds`` times, and what is killed meanwhile."""

    districts: int
    workers: int
    seconds: float
    rounds: int
    worker_kills: int = 0
    scheduler_kills: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of it.

    Attributes
    ----------
    waits
        Seconds from each trigger until its plan was published, in order.
    whole
        Seconds from the first trigger to the last plan.
    made_here, fallbacks
        Plans that no worker made; of those the greedy ones.
    unanswered, twice
        Triggers without a plan, and with more than one.
    overhead
        Seconds that the engine costs beside the work, for each plan.
    own_s
        Seconds of the processor that whoever asks spends on a plan himself.
    """

    load: Load
    waits: tuple[float, ...]
    whole: float
    made_here: int
    fallbacks: int
    unanswered: int
    twice: int
    overhead: float
    own_s: float

    def workers_fed(self) -> float:
        """How many workers one process keeps at work, on paper: while each searches, it gathers and
        judges for all, one after the other.
        """
        return self.load.seconds / self.own_s

    def lines(self) -> Iterator[tuple[str, str]]:
        """By name, as a table has them."""
        per_worker = len(self.waits) / self.whole / self.load.workers
        yield "plans", str(len(self.waits))
        yield "p50", f"{quantile(self.waits, 0.5):.1f} s"
        yield "p95", f"{quantile(self.waits, 0.95):.1f} s"
        yield "per_worker", f"{60 * per_worker:.1f}/min"
        yield "share", f"{per_worker * self.load.seconds:.0%}"
        yield "overhead", f"{1000 * self.overhead:.0f} ms"
        yield "own", f"{self.own_s:.2f} s"
        yield "fed", f"{self.workers_fed():.0f}"
        yield "made_here", f"{self.made_here} ({self.fallbacks})"
        yield "unanswered", str(self.unanswered)
        yield "twice", str(self.twice)


def quantile(values: Sequence[float], share: float) -> float:
    """Of values in order."""
    return values[min(len(values) - 1, int(share * len(values)))]


class District:
    """One district with its database and its loop."""

    def __init__(
        self, path: Path, number: int, address: str, load: Load, clock: Clock, here: Solvers
    ) -> None:
        self.store = Store(f"sqlite:///{path}")
        self.solving = EngineSolving(
            address, queue_s=load.seconds * load.districts + BEGIN_S, here=SharedSolving(here)
        )
        settings = Settings(loop=LoopSettings(solve_seconds=load.seconds))
        self.loop = Loop(self.store, settings, clock, solving=self.solving)
        self.number, self.clock = number, clock
        self.causes: list[str] = []
        self.waits: list[float] = []
        self.fallbacks = 0
        self.loop.lead()

    def ask(self, turn: int) -> None:
        """One trigger, and the plan that answers it."""
        operation = self.store.operations.current()
        assert operation is not None, "the sample begins a drill"
        cause = str(Cause.of(CauseKind.MANUAL, turn))
        now = operation.now(self.clock())
        self.store.triggers.request(operation.id, cause, TriggerKind.MANUAL, now)
        self.causes.append(cause)
        began = time.monotonic()
        self.loop.lead()
        version = self.loop.answer()
        if version is not None:
            self.waits.append(time.monotonic() - began)
            self.fallbacks += version.fallback

    def unanswered(self) -> int:
        """Triggers that no version answers."""
        operation = self.store.operations.current()
        return len(self.store.triggers.pending(operation.id)) if operation else 0

    def twice(self) -> int:
        """Triggers that more than one version names."""
        operation = self.store.operations.current()
        newest = self.store.plans.newest_number(operation.id) if operation else 0
        named: list[str] = []
        for number in range(1, newest + 1):
            version = self.store.plans.version(operation.id, number) if operation else None
            named += version.causes if version else ()
        return sum(named.count(cause) > 1 for cause in self.causes)

    def close(self) -> None:
        """Let everything go."""
        self.loop.stop()
        self.store.close()


def measure(folder: Path, load: Load, clock: Clock) -> Found:
    """Try it, in a folder of its own."""
    sample = folder / "sample.db"
    store = Store(f"sqlite:///{sample}")
    store.migrate()
    load_sample(store, CONSOLE, clock())
    store.close()
    with ExitStack() as stack:
        cluster = stack.enter_context(LocalCluster(load.workers))
        districts, here = [], Solvers(planners(), 0.0)
        stack.callback(here.stop)
        for number in range(load.districts):
            path = folder / f"{number}.db"
            shutil.copy(sample, path)
            districts.append(District(path, number, cluster.address, load, clock, here))
            stack.callback(districts[-1].close)
        _begun(districts[0].solving, load.workers)
        overhead = districts[0].solving.overhead(_question(), TRIES)
        ended = threading.Event()
        killer = threading.Thread(target=_kill, args=(cluster, load, ended))
        began, spent = time.monotonic(), time.process_time()
        killer.start()
        with ThreadPoolExecutor(load.districts) as pool:
            list(pool.map(lambda one: [one.ask(n) for n in range(load.rounds)], districts))
        whole, spent = time.monotonic() - began, time.process_time() - spent
        ended.set()
        killer.join()
        return Found(
            load=load,
            waits=tuple(sorted(wait for one in districts for wait in one.waits)),
            whole=whole,
            made_here=sum(one.solving.made_here for one in districts),
            fallbacks=sum(one.fallbacks for one in districts),
            unanswered=sum(one.unanswered() for one in districts),
            twice=sum(one.twice() for one in districts),
            overhead=overhead,
            own_s=spent / (load.districts * load.rounds),
        )


def _question() -> bytes:
    """A task of the size of a district's problem."""
    problem = Problem("size", "2000-01-01T00:00:00Z", 100, ((0,),), (), ())
    return asked(problem, pad="x" * 200_000)


def _begun(solving: EngineSolving, workers: int) -> None:
    until = time.monotonic() + BEGIN_S
    while time.monotonic() < until:
        with suppress(EngineFailed):
            if solving.workers() >= workers:
                return
        time.sleep(0.2)
    raise EngineFailed("the workers do not begin")


def _kill(cluster: LocalCluster, load: Load, ended: threading.Event) -> None:
    """End workers and the scheduler one after the other until nobody asks any more."""
    kills = [cluster.kill_worker] * load.worker_kills
    kills += [cluster.kill_scheduler] * load.scheduler_kills
    random.Random(1).shuffle(kills)
    for kill in kills:
        if ended.wait(load.seconds):
            return
        kill()
