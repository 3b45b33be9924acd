"""What a worker of the engine does before it is asked: only where ``xunban[cluster]`` is there."""

from distributed import Client, Worker, WorkerPlugin

from ops.runtime.engine import kept


class Loaded(WorkerPlugin):
    """Every worker, one that comes later too, loads the search as soon as it is there: its first
    problem need not wait for that.
    """

    name = "xunban-loaded"
    idempotent = True

    def setup(self, worker: Worker) -> None:
        """Begin the process that waits for a problem."""
        kept().get_ready()

    def teardown(self, worker: Worker) -> None:
        """End it."""
        kept().stop()


def keep_loaded(client: Client) -> None:
    """Let the scheduler tell it to all workers; told twice it changes nothing."""
    client.register_plugin(Loaded())
