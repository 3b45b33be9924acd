"""How often an address has guessed a secret wrong, or asked at all, lately: after too often, it
waits.

Kept in memory: what is counted are guesses at secrets of 256 bits, which nobody hits; it is the
work they make, and the noise, that this ends.
"""

import threading
import time
from collections.abc import Callable

from ops.auth.networks import network_of
from ops.auth.sessions import AccessSettings
from ops.base.errors import TooManyTries

MOST_ADDRESSES = 10_000


def let_wait(wait_s: float) -> None:
    """Refuse whoever has to wait so many seconds; 0: go on.

    Raises
    ------
    TooManyTries
        With the seconds.
    """
    if wait_s:
        raise TooManyTries("signin.wait", seconds=round(wait_s) + 1) from None


class Budgets:
    """How many times each has done something lately: `most` in a row, and one more every so
    often (a token bucket).
    """

    def __init__(self, most: int, every_s: float, clock: Callable[[], float] = time.monotonic):
        self._most, self._every_s, self._clock = most, every_s, clock
        self._full_at: dict[str, float] = {}  # when each would have all of it again
        self._lock = threading.Lock()

    def spend(self, who: str) -> float:
        """Count one more; for how long it has to wait instead, where nothing is left (0: go on)."""
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.pop(who, now), now) + self._every_s
            wait_s = full_at - now - self._most * self._every_s
            if len(self._full_at) >= MOST_ADDRESSES:
                del self._full_at[next(iter(self._full_at))]
            self._full_at[who] = full_at if wait_s <= 0 else full_at - self._every_s
            return max(wait_s, 0.0)


class Strangers:
    """What each address may ask without being known, by a rate that may change meanwhile."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._rate = clock, (0, 0.0)
        self._budgets = Budgets(0, 1.0, clock)

    def wait_s(self, who: str, most: int, per_minute: float) -> float:
        """Count one more; for how long it has to wait instead (0: go on)."""
        if self._rate != (most, per_minute):  # two at once only begin anew twice
            self._rate = (most, per_minute)
            self._budgets = Budgets(most, 60 / per_minute, self._clock)
        return self._budgets.spend(who)


class Misses:
    """Wrong guesses of each address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._counts: dict[str, tuple[float, int]] = {}  # since when, how many
        self._lock = threading.Lock()

    def wait_s(self, address: str, most: int, span_s: float) -> float:
        """For how long this address has to wait; 0: go on."""
        address = network_of(address)
        with self._lock:
            since, count = self._counts.get(address, (0.0, 0))
            return max(0.0, since + span_s - self._clock()) if count >= most else 0.0

    def add(self, address: str, span_s: float) -> None:
        """It guessed wrong."""
        address = network_of(address)
        with self._lock:
            now = self._clock()
            since, count = self._counts.pop(address, (now, 0))
            if len(self._counts) >= MOST_ADDRESSES:
                del self._counts[
                    next(iter(self._counts))
                ]  # the one that has been quiet for longest
            self._counts[address] = (since, count + 1) if now - since < span_s else (now, 1)

    def guessed_wrong(self, address: str, access: AccessSettings) -> None:
        """Count a wrong guess; after too many the address is told to wait, and none is counted.

        Raises
        ------
        TooManyTries
            With the seconds.
        """
        span_s = access.address_minutes * 60
        let_wait(self.wait_s(address, access.address_attempts, span_s))
        self.add(address, span_s)
