"""A clock that tests put."""

from datetime import timedelta

from tests.helpers.makers import NOW


class Clock:
    """A clock that is put by hand."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def go(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
