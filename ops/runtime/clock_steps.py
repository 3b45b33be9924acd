"""Steps of the machine's clock: somebody put it, or network time did."""

from collections.abc import Callable
from datetime import datetime, timedelta

SMALL = timedelta(seconds=5)
"""What network time mends without anybody noticing."""


class Steps:
    """Sees when the clock goes another way than time does.

    Parameters
    ----------
    clock
        The real clock.
    monotonic
        Seconds by a clock that nobody puts; where it stands still while the machine sleeps, the
        waking is a step, too.
    """

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]):
        self._clock, self._monotonic = clock, monotonic
        self._at, self._mono = clock(), monotonic()

    def seen(self) -> timedelta:
        """By how much the clock was put since the last look, back where it is negative; nothing
        where it goes as time does.
        """
        at, mono = self._clock(), self._monotonic()
        step = (at - self._at) - timedelta(seconds=mono - self._mono)
        self._at, self._mono = at, mono
        return step if abs(step) > SMALL else timedelta(0)
