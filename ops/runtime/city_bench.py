"""Many districts that ask for a plan at once, on an engine of our own: what ``xunban bench city``
measures. Each district is the bundled sample with a database of its own.
"""

import math
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import solver
from data.model.ids import Cause, CauseKind
from data.model.operation import TriggerKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.intake.sample import load_sample
from ops.replanning.solver_process import asked
from ops.runtime.engine import EngineFailed, EngineSolving
from ops.runtime.fleet import MOST_AT_ENGINE, SharedSolving, Solvers, planners
from ops.runtime.local_cluster import LocalCluster
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from solver import Plan, Problem

BEGIN_S = 120.0
TRIES = 20
LOOK_S = 0.1
ON_PAPER = 32
"""Workers for which the figures are carried on by calculation."""
Clock = Callable[[], datetime]
_TINY = Problem("tiny", "2000-01-01T00:00:00Z", 100, ((0,),), (), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is tried: so many districts, each ``rounds`` times with each number of workers in turn,
    and what is killed meanwhile.
    """

    districts: int
    workers: tuple[int, ...]
    seconds: float
    rounds: int
    worker_kills: int = 0
    scheduler_kills: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of it with one number of workers.

    Attributes
    ----------
    waits
        Seconds from each trigger until its plan was published, in order.
    whole
        Seconds from the first trigger of a round to its last plan, of all rounds together.
    steps
        Of the search, for each plan.
    killed
        Workers and schedulers that were ended meanwhile.
    made_here, fallbacks
        Plans that no worker made; of those the greedy ones.
    unanswered, twice
        Triggers without a plan, and with more than one.
    overhead
        Seconds that the engine costs beside the work, for each task.
    own_s, engine_s
        Seconds of the processor that whoever asks, and the engine, took for all plans.
    """

    workers: int
    seconds: float
    waits: tuple[float, ...] = ()
    whole: float = 0.0
    steps: tuple[int, ...] = ()
    killed: tuple[int, int] = (0, 0)
    made_here: int = 0
    fallbacks: int = 0
    unanswered: int = 0
    twice: int = 0
    overhead: tuple[float, ...] = field(default=())
    own_s: float = 0.0
    engine_s: float = 0.0

    def per_worker(self) -> float:
        """Plans of each worker in a second."""
        return len(self.waits) / self.whole / self.workers

    def own_share(self) -> float:
        """Seconds of the processor that whoever asks takes for one plan."""
        return self.own_s / len(self.waits)

    def and_then(self, more: "Found") -> "Found":
        """This and another round together."""
        added = ("whole", "made_here", "fallbacks", "unanswered", "twice", "own_s", "engine_s")
        return replace(
            self,
            waits=tuple(sorted(self.waits + more.waits)),
            steps=self.steps + more.steps,
            overhead=self.overhead + more.overhead,
            **{name: getattr(self, name) + getattr(more, name) for name in added},
        )

    def lines(self, first: "Found") -> Iterator[tuple[str, str]]:
        """By name, as a table has them; ``first`` is what the fewest workers did."""
        plans = len(self.waits)
        yield "workers", str(self.workers)
        yield "plans", str(plans)
        yield "p50", f"{quantile(self.waits, 0.5):.1f} s"
        yield "p95", f"{quantile(self.waits, 0.95):.1f} s"
        yield "per_worker", f"{60 * self.per_worker():.1f}/min"
        yield "linear", f"{self.per_worker() / first.per_worker():.0%}"
        yield "share", f"{self.per_worker() * self.seconds:.0%}"
        yield "overhead", f"{1000 * quantile(sorted(self.overhead), 0.5):.0f} ms"
        yield "own", f"{self.own_share():.2f} s"
        yield "engine", f"{self.engine_s / plans:.2f} s"
        yield "steps", f"{sum(self.steps) / plans:,.0f}"
        yield "paper", self._on_paper()
        yield "killed", " + ".join(map(str, self.killed))
        yield "made_here", f"{self.made_here} ({self.fallbacks})"
        yield "unanswered", str(self.unanswered)
        yield "twice", str(self.twice)

    def _on_paper(self) -> str:
        """Plans of many workers in a minute, and the planning processes that keep them at work:
        while a worker searches, one gathers and judges for all, one after the other.
        """
        rate = ON_PAPER * self.per_worker()
        return f"{60 * rate:.0f}/min, {math.ceil(rate * self.own_share())}"


def quantile(values: Sequence[float], share: float) -> float:
    """Of values in order."""
    return values[min(len(values) - 1, int(share * len(values)))]


class District:
    """One district with its database and its loop."""

    def __init__(self, path: Path, address: str, load: Load, clock: Clock, here: Solvers) -> None:
        self.store = Store(f"sqlite:///{path}")
        self.solving = EngineSolving(
            address, queue_s=load.seconds * load.districts + BEGIN_S, here=SharedSolving(here)
        )
        settings = Settings(loop=LoopSettings(solve_seconds=load.seconds))
        self.loop = Loop(self.store, settings, clock, solving=self.solving)
        self.clock = clock
        self.causes: list[str] = []
        self.waits: list[float] = []
        self.steps: list[int] = []
        self.fallbacks = 0
        self._asked_at = 0.0
        self.loop.lead()

    def ask(self) -> None:
        """One trigger."""
        operation = self.store.operations.current()
        assert operation is not None, "the sample begins a drill"
        cause = str(Cause.of(CauseKind.MANUAL, len(self.causes)))
        now = operation.now(self.clock())
        self.store.triggers.request(operation.id, cause, TriggerKind.MANUAL, now)
        self.causes.append(cause)
        self._asked_at = time.monotonic()

    def answer(self) -> None:
        """The plan that answers it."""
        self.loop.lead()
        version = self.loop.answer()
        if version is not None:
            self.waits.append(time.monotonic() - self._asked_at)
            self.steps.append(Plan.from_json(version.plan).stats.get("steps", 0))
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


def measure(folder: Path, load: Load, clock: Clock) -> list[Found]:
    """Try it, in a folder of its own. Numbers of workers take turns, so that whatever else the
    machine does falls on all of them alike; with kills all rounds are of one piece.
    """
    solver.warm()  # whoever compiles meanwhile takes the processor that is measured
    sample = folder / "sample.db"
    store = Store(f"sqlite:///{sample}")
    store.migrate()
    load_sample(store, CONSOLE, clock())
    store.close()
    found: dict[int, Found] = {}
    kills = load.worker_kills + load.scheduler_kills
    turns, rounds = (1, load.rounds) if kills else (load.rounds, 1)
    for _ in range(turns):
        for workers in load.workers:
            one = _measured(folder, sample, load, workers, rounds, clock)
            found[workers] = found[workers].and_then(one) if workers in found else one
    return list(found.values())


def _measured(
    folder: Path, sample: Path, load: Load, workers: int, rounds: int, clock: Clock
) -> Found:
    with ExitStack() as stack:
        cluster = stack.enter_context(LocalCluster(workers))
        districts, here = [], Solvers(planners(), 0.0)
        stack.callback(here.stop)
        here.get_ready()  # as in every planning process
        for number in range(load.districts):
            path = folder / f"{number}.db"
            shutil.copy(sample, path)
            districts.append(District(path, cluster.address, load, clock, here))
            stack.callback(districts[-1].close)
        overhead = _begun(districts[0].solving, workers)
        ended, killed = threading.Event(), list[str]()
        killer = threading.Thread(target=_kill, args=(cluster, load, districts, ended, killed))
        engine, own, began = cluster.processor_s(), time.process_time(), time.monotonic()
        killer.start()
        for _ in range(rounds):
            _ask_all(districts)
        whole = time.monotonic() - began
        own, engine = time.process_time() - own, cluster.processor_s() - engine
        ended.set()
        killer.join()
        return Found(
            workers=workers,
            seconds=load.seconds,
            waits=tuple(sorted(wait for one in districts for wait in one.waits)),
            whole=whole,
            steps=tuple(steps for one in districts for steps in one.steps),
            killed=(killed.count("worker"), killed.count("scheduler")),
            made_here=sum(one.solving.made_here for one in districts),
            fallbacks=sum(one.fallbacks for one in districts),
            unanswered=sum(one.unanswered() for one in districts),
            twice=sum(one.twice() for one in districts),
            overhead=(overhead,),
            own_s=own,
            engine_s=engine,
        )


def _ask_all(districts: Sequence[District]) -> None:
    """A trigger in every district at once, and the plans, so many at a time as a fleet asks for."""
    for one in districts:
        one.ask()
    with ThreadPoolExecutor(MOST_AT_ENGINE) as pool:
        list(pool.map(District.answer, districts))


def _question() -> bytes:
    """A task of the size of a district's problem."""
    return asked(_TINY, pad="x" * 200_000)


def _begun(solving: EngineSolving, workers: int) -> float:
    """Wait until every worker has loaded the search; the seconds that a task costs beside its
    work.
    """
    until = time.monotonic() + BEGIN_S
    while time.monotonic() < until:
        with suppress(EngineFailed):
            if solving.workers() >= workers:
                solving.on_each(asked(_TINY, seconds=0.1), BEGIN_S)
                return solving.overhead(_question(), TRIES)
        time.sleep(0.2)
    raise EngineFailed("the workers do not begin")


def _kill(
    cluster: LocalCluster,
    load: Load,
    districts: Sequence[District],
    ended: threading.Event,
    killed: list[str],
) -> None:
    """End workers and the scheduler one after the other, spread over all plans that are asked
    for.
    """
    left = ["worker"] * load.worker_kills + ["scheduler"] * load.scheduler_kills
    random.Random(1).shuffle(left)
    every = load.districts * load.rounds / (len(left) + 1)
    while not ended.wait(LOOK_S):
        cluster.keep_up()
        if left and sum(len(one.waits) for one in districts) >= (len(killed) + 1) * every:
            killed.append(left.pop())
            (cluster.kill_worker if killed[-1] == "worker" else cluster.kill_scheduler)()
