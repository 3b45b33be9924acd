"""A Dask cluster of our own on loopback, to try the engine: a scheduler and workers as processes
that can be killed and begun again.
"""

import os
import secrets
import socket
import subprocess
import sys
from contextlib import suppress
from types import TracebackType

LOOPBACK = "127.0.0.1"
ONE_EACH = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": "1.0"}
"""No problem waits at a worker that is at work while another is free."""


class LocalCluster:
    """A scheduler and so many workers, each one processor's; a context.

    Attributes
    ----------
    address
        Of the scheduler; the same after it was begun again.
    """

    def __init__(self, workers: int) -> None:
        with socket.socket() as free:
            free.bind((LOOPBACK, 0))
            self._port = free.getsockname()[1]
        self.address = f"tcp://{LOOPBACK}:{self._port}"
        self._scheduler = self._begin_scheduler()
        self._workers = [self._begin_worker() for _ in range(workers)]

    def __enter__(self) -> "LocalCluster":
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (*self._workers, self._scheduler):
            one.kill()
            one.wait()

    def processor_s(self) -> float:
        """Seconds of processors that the scheduler, the workers and what they began have taken;
        of what was killed meanwhile nothing is known.
        """
        import psutil  # comes with distributed

        spent = 0.0
        for one in (self._scheduler, *self._workers):
            with suppress(psutil.NoSuchProcess):
                whole = psutil.Process(one.pid)
                for each in (whole, *whole.children(recursive=True)):
                    spent += sum(each.cpu_times()[:2])
        return spent

    def kill_worker(self) -> None:
        """End one of the workers at once, whatever it does, and begin another."""
        gone = self._workers.pop(secrets.randbelow(len(self._workers)))
        gone.kill()
        gone.wait()
        self._workers.append(self._begin_worker())

    def kill_workers(self) -> None:
        """End all of them, and begin none."""
        for gone in self._workers:
            gone.kill()
            gone.wait()
        self._workers.clear()

    def kill_scheduler(self) -> None:
        """End the scheduler at once, and begin another at its address; its workers end with it."""
        self._scheduler.kill()
        self._scheduler.wait()
        self._scheduler = self._begin_scheduler()

    def keep_up(self) -> None:
        """Begin another worker for each that has ended, as a service manager does."""
        for number, one in enumerate(self._workers):
            if one.poll() is not None:
                self._workers[number] = self._begin_worker()

    def _begin_scheduler(self) -> subprocess.Popen:
        return _begin("scheduler", "--host", LOOPBACK, "--port", str(self._port))

    def _begin_worker(self) -> subprocess.Popen:
        alone = ("--nthreads", "1", "--no-nanny", "--death-timeout", "60")
        return _begin("worker", self.address, *alone)


def _begin(kind: str, *options: str) -> subprocess.Popen:
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options, "--no-dashboard"]
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | ONE_EACH,
    )
