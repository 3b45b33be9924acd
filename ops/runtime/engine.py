"""Plans solved elsewhere: on the workers of a Dask cluster (``XUNBAN_ENGINE``), where many
districts have outgrown one machine.

Nothing that must last lives there. A worker gets a problem as bytes and gives a plan as bytes, from
a process of its own with its own limit; asked twice, it does no harm. Whoever asks waits so long as
the plan may take and then goes on here: a worker that is killed, slow or of another version, a
scheduler that restarts, a network that is cut cost time and never the plan.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from uuid import uuid4

import solver
from ops.replanning.search_process import SearchFailed
from ops.replanning.solver_process import PATIENCE_S, Solving, Stopped, asked
from ops.runtime.engine_connection import BEGUN, CONNECTIONS, EngineFailed
from solver import Plan, Problem

if TYPE_CHECKING:
    from distributed import Client, Future, WorkerPlugin

log = logging.getLogger(__name__)
ENGINE = "XUNBAN_ENGINE"
QUEUE_S = 20.0
"""How long a problem may wait for a worker that is free before it is solved here."""
GRACE_S = 3.0
"""What a worker gets for starting a process and sending the answer, beyond the search."""
LEAST_S = 2.0
"""The shortest search here of what the engine did not answer."""
LOOK_S = 0.2
"""So often whoever waits looks whether it still should; an answer wakes it at once."""
CORES = 1
"""A worker of the engine is taken for one processor."""


def engine_of(environment: Mapping[str, str]) -> str:
    """The address of the engine that solves; empty: this machine does."""
    return environment.get(ENGINE, "").strip()


def solving_by(
    environment: Mapping[str, str], patience: float, here: Solving | None = None
) -> Solving:
    """How problems are solved on this installation; ``here`` is this machine's own way, by default
    a process of its own.
    """
    address, here = engine_of(environment), here or Solving(patience=patience)
    return EngineSolving(address, patience, here=here) if address else here


@cache
def solver_version() -> str:
    """Changes with the solver's code: only a worker with the same one answers."""
    digest = hashlib.sha256()
    folder = Path(solver.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def work(question: bytes, version: str, seconds: float, name: str) -> bytes:
    """What a worker does: a plan for what is asked (``solver_process.asked``), as bytes.

    Parameters
    ----------
    seconds
        The search's own limit.
    name
        By which whoever asks hears that it is begun.

    Raises
    ------
    EngineFailed
        The worker has another solver than whoever asks, or its process gave no answer.
    """
    if version != solver_version():
        raise EngineFailed(f"the worker has another version: {solver_version()}, not {version}")
    from distributed import get_worker

    with suppress(ValueError):  # no worker: tried by hand
        get_worker().log_event(BEGUN, name)
    child = kept()
    try:
        return child.search(question, seconds + PATIENCE_S)
    except SearchFailed as failure:
        raise EngineFailed(str(failure)) from failure
    finally:
        child.get_ready()


@cache
def kept() -> Solving:
    """In a worker: the process that is loaded while nobody waits, and ends with the worker."""
    return Solving()


def _loader() -> "WorkerPlugin":
    """What every worker, one that comes later too, does as soon as it is there: it loads the
    search, so that its first problem need not wait for that.
    """
    from distributed import WorkerPlugin

    class Loader(WorkerPlugin):
        name, idempotent = "xunban-loader", True

        def setup(self, worker: object) -> None:
            kept().get_ready()

        def teardown(self, worker: object) -> None:
            kept().stop()

    return Loader()


class EngineSolving(Solving):
    """Solves on the engine, and here what that does not answer in time.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.5:8786`` or ``tls://...``.
    patience
        As for ``Solving``.
    queue_s
        How long a problem may wait for a free worker.
    here
        What solves where the engine does not; by default a process of its own.

    Attributes
    ----------
    made_here
        How many plans the engine did not make.
    """

    def __init__(
        self,
        address: str,
        patience: float = 0.0,
        queue_s: float = QUEUE_S,
        here: Solving | None = None,
    ) -> None:
        super().__init__(patience=patience)
        self._here = here or Solving(patience=patience)
        self._address, self._queue_s = address, queue_s
        self._connection = CONNECTIONS.join(self, address, _loader)
        self.made_here = 0

    def get_ready(self) -> None:
        """Connect; a process that waits here is kept, too, for the day when the engine is gone."""
        self._here.get_ready()
        threading.Thread(target=self._connect_early, daemon=True).start()

    def solve(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        """The plan, and whether it is only the greedy one; as ``Solving.solve``."""
        question = asked(problem, seconds=seconds, workers=CORES, seed=1, patience=self._patience)
        began = time.monotonic()
        try:
            return Plan.from_json(self.answer(question, seconds)), False
        except (EngineFailed, ValueError) as failure:
            log.error("the engine %s: the plan is made here: %s", self._address, failure)
        self.made_here += 1
        left = seconds - (time.monotonic() - began)
        return self._here.solve(problem, max(min(LEAST_S, seconds), left))

    def answer(self, question: bytes, seconds: float) -> bytes:
        """A plan's JSON from the engine, for a search of so many seconds.

        Raises
        ------
        EngineFailed
            None came in time, or none can come.
        Stopped
            ``stop`` was called.
        """
        if self._stopped:
            raise Stopped
        name = f"xunban-{uuid4().hex}"
        begun = self._connection.begun[name] = []
        try:
            with self._connection.client() as client:
                future = self._submitted(client, question, seconds, name)
                try:
                    return self._awaited(future, begun, seconds)
                finally:
                    with suppress(Exception):  # nobody waits for it any more
                        future.cancel(force=True)
        finally:
            del self._connection.begun[name]

    def _submitted(self, client: "Client", question: bytes, seconds: float, name: str) -> "Future":
        with self._broken(client):
            count = _workers(client)
        if not count:
            raise EngineFailed("it has no workers")
        with self._broken(client):
            self._connection.listen(client)
            return client.submit(
                work, question, solver_version(), seconds, name, key=name, pure=False, retries=0
            )

    @contextmanager
    def _broken(self, client: "Client") -> Iterator[None]:
        """Whatever a foreign library makes of a network that fails."""
        try:
            yield
        except Exception as error:
            self._connection.let_go(client)
            raise EngineFailed(f"{type(error).__name__}: {error}") from error

    def workers(self) -> int:
        """How many workers there are.

        Raises
        ------
        EngineFailed
            Nobody knows.
        """
        with self._connection.client() as client, self._broken(client):
            return _workers(client)

    def overhead(self, question: bytes, tries: int) -> float:
        """Seconds that a task costs beside its work: the median of so many that do nothing."""
        spent = []
        with self._connection.client() as client:
            for _ in range(tries):
                began = time.perf_counter()
                client.submit(bytes, question, pure=False).result()
                spent.append(time.perf_counter() - began)
        return median(spent)

    def on_each(self, question: bytes, seconds: float) -> None:
        """Ask every worker, whatever it answers: afterwards it has loaded the search, for which it
        has so many seconds.
        """
        with self._connection.client() as client, self._broken(client):
            client.run(work, question, solver_version(), seconds, "")

    def _awaited(self, future: "Future", begun: Sequence[float], seconds: float) -> bytes:
        answered = threading.Event()
        future.add_done_callback(lambda _: answered.set())
        latest = time.monotonic() + self._queue_s
        while not (answered.wait(LOOK_S) or future.done()):
            if self._stopped:
                raise Stopped
            if len(begun) > 1:
                raise EngineFailed("the worker is gone")
            if time.monotonic() > (begun[0] + seconds + GRACE_S if begun else latest):
                raise EngineFailed("no answer in time" if begun else "no worker is free")
        try:
            return future.result(timeout=GRACE_S)
        except Exception as error:
            if self._stopped:
                raise Stopped from error
            raise EngineFailed(f"{type(error).__name__}: {error}") from error

    def _connect_early(self) -> None:
        try:
            with self._connection.client():
                return
        except Exception as error:
            log.warning("the engine %s can't be reached: %s", self._address, error)

    def stop(self) -> None:
        """End the processes here, and wait for the engine no longer."""
        super().stop()
        self._here.stop()
        CONNECTIONS.leave(self, self._address)


def _workers(client: "Client") -> int:
    return int(client.scheduler_info(n_workers=0)["n_workers"])
