"""This process's one connection to an engine's scheduler, for all districts that ask it."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from distributed import Client, WorkerPlugin

log = logging.getLogger(__name__)
CONNECT_S = 3.0
BEGUN = "xunban-begun"
"""The topic under which workers say that they have begun."""


class EngineFailed(Exception):
    """The engine gave no answer."""


class Connection:
    """To one address: begun when it is needed, and anew where it is broken.

    Sixty-four districts with a connection each would hear of every task of all others; with one
    between them each task is told once.

    Parameters
    ----------
    loader
        Makes what every worker does as soon as it is there.

    Attributes
    ----------
    begun
        When workers began a task, by its name: of those only that somebody waits for.
    """

    def __init__(self, address: str, loader: Callable[[], "WorkerPlugin"]) -> None:
        self.begun: dict[str, list[float]] = {}
        self._address, self._loader = address, loader
        self._client: Client | None = None
        self._held: defaultdict[Client, int] = defaultdict(int)
        self._connecting = threading.Lock()

    @contextmanager
    def client(self) -> Iterator["Client"]:
        """A client that works, a new one where there is none, and that nobody closes meanwhile:
        whoever asked one that is being closed would wait for its answer for ever. One that is let
        go is closed when the last one is done with it.

        Raises
        ------
        EngineFailed
            Nobody is at the address.
        """
        with self._connecting:
            client = self._running()
            self._held[client] += 1
        try:
            yield client
        finally:
            with self._connecting:
                self._held[client] -= 1
                if not self._held[client]:
                    del self._held[client]
                    if client is not self._client:
                        _close(client)

    def _running(self) -> "Client":
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise EngineFailed("xunban[cluster] is not installed here") from error
        if self._client is not None and self._client.status != "running":
            self._give_up()
        if self._client is None:
            try:
                self._client = Client(self._address, timeout=CONNECT_S, set_as_default=False)
            except Exception as error:  # whatever a foreign library makes of a network
                raise EngineFailed(f"{type(error).__name__}: {error}") from error
            self._load_workers(self._client)
        return self._client

    def listen(self, client: "Client") -> None:
        """Hear of what workers begin; a scheduler that is new knows of nobody who listens."""
        client.subscribe_topic(BEGUN, self._note_begun)

    def let_go(self, client: "Client | None" = None) -> None:
        """Close the connection; of a client that broke only where nobody has made a new one."""
        with self._connecting:
            if client is None or client is self._client:
                self._give_up()

    def _note_begun(self, event: tuple[float, str]) -> None:
        if (times := self.begun.get(event[1])) is not None:  # other processes ask, too
            times.append(time.monotonic())

    def _load_workers(self, client: "Client") -> None:
        """Workers load the search ahead; one that can't is asked all the same."""
        try:
            client.register_plugin(self._loader())
        except Exception as error:
            log.warning("the workers of %s load the search when asked: %s", self._address, error)

    def _give_up(self) -> None:
        client, self._client = self._client, None
        if client is not None and client not in self._held:
            _close(client)


def _close(client: "Client") -> None:
    with suppress(Exception):
        client.close(timeout=1)


class Connections:
    """Those of this process, by address; one that nobody uses any more is closed."""

    def __init__(self) -> None:
        self._users: dict[str, tuple[Connection, WeakSet[object]]] = {}
        self._lock = threading.Lock()

    def join(self, user: object, address: str, loader: Callable[[], "WorkerPlugin"]) -> Connection:
        """The connection to an address, which ``user`` uses from now on."""
        with self._lock:
            found = self._users.setdefault(address, (Connection(address, loader), WeakSet()))
            found[1].add(user)
            return found[0]

    def leave(self, user: object, address: str) -> None:
        """Whoever joined uses it no longer; twice does no harm."""
        with self._lock:
            connection, users = self._users.get(address, (None, WeakSet()))
            users.discard(user)
            if connection is None or users:
                return
            del self._users[address]
        connection.let_go()


CONNECTIONS = Connections()
"""Those of this process."""
