"""The connections of the board's server: a bounded number, and none that is held open without
asking for anything.

The server waits for the head of a request for as long as it takes, on as many connections as there
are. When the process has no descriptor left it can accept nobody, and says so thousands of times a
second.
"""

import asyncio
import sys
from collections import Counter, OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from ops.auth.networks import network_of

HEAD_S = 10.0
"""Within so long the head of a request must be here, also that of the next one."""
MOST = 1000
"""Connections that ask for nothing yet, and requests in hand. Open boards are counted elsewhere."""
SPARE = 200  # descriptors for all else: the database, logs, child processes, open boards
MOST_OF_ONE = 200
"""Of these from one address that is no trusted proxy's."""
DESCRIPTORS = 8192


def raise_limit() -> int:
    """Let the process have as many descriptors as it may; how many connections that allows for,
    beside as many open boards.
    """
    if sys.platform == "win32":
        return MOST
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return MOST if soft == resource.RLIM_INFINITY else max(min(MOST, (soft - SPARE) // 2), 32)


class Bounded(H11Protocol):
    """A connection that is let go of where it asks for nothing."""

    most = MOST
    trusted: frozenset[str] = frozenset()
    _waiting: ClassVar["OrderedDict[Bounded, str]"] = OrderedDict()
    _of: ClassVar[Counter[str]] = Counter()

    _timer: asyncio.TimerHandle | None = None
    _address = "-"

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._address = self.client[0] if self.client else "-"
        is_proxy = self._address in self.trusted
        self._address = network_of(self._address)
        if self._of[self._address] >= MOST_OF_ONE and not is_proxy:
            self._let_go(next(one for one, of in self._waiting.items() if of == self._address))
        elif len(self.connections) > self.most:
            self._let_go(next(iter(self._waiting), self))
        self._wait()

    def _let_go(self, other: "Bounded") -> None:
        """The one that has asked for nothing for longest makes room for one that may ask now."""
        other._no_longer()
        other.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()
        super().data_received(data)

    def handle_events(self) -> None:
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._no_longer()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._no_longer()
        super().handle_websocket_upgrade(event)

    def _wait(self) -> None:
        self._waiting[self] = self._address
        self._of[self._address] += 1
        self._timer = self.loop.call_later(HEAD_S, self.transport.abort)

    def _no_longer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting.pop(self, None) is not None:
            self._of[self._address] -= 1
            if not self._of[self._address]:
                del self._of[self._address]
