"""The store as a door with many callers needs it: what never changes is read once, what comes
together is kept at once.

A hundred taps a second arrive when a storm breaks. Each needs the version it speaks of and the
city, which are heavy to read and stay as they are, and each wants a commit of its own, which a disk
gives some dozens of times a second.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from data.db.engine import has_wal, is_atomic, writing
from data.model.city import City
from data.model.field import FieldEvent
from data.model.plan import PlanVersion
from data.store.field import Field, keep_event
from data.store.plans import Plans
from data.store.settings import REVISION, SavedSettings
from data.store.store import Store

LOOK_S = 0.5
"""A city that is replaced, or gets a unit lent, is seen at the latest after so many seconds."""
GATHER_S = 0.01
"""For so long one that is about to write waits for others, where a commit without a write-ahead log
takes four turns of the disk (counted; some 10 ms each on a card, an assumption).
"""
VERSIONS = 64
"""Versions that are remembered; a published one never changes but to be superseded."""


class Turns:
    """So many threads work at once; who waits for the disk lets another work meanwhile.

    With dozens of busy threads the one that reads from the net hardly gets its turn, and every
    answer is late; with few that also wait, few come together into one commit.
    """

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)
        self._held = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work, once it is one's turn."""
        with self._free:
            self._held.by_me = True
            try:
                yield
            finally:
                self._held.by_me = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait, and let another work meanwhile; nothing changes for who has no turn."""
        if not getattr(self._held, "by_me", False):
            yield
            return
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()


class _Waiting(NamedTuple):
    event: FieldEvent
    future: Future


class DoorStore(Store):
    """A store for one process that takes in what many send.

    Parameters
    ----------
    turns
        Whose turns those take who send; while one waits for a commit another works.
    """

    def __init__(self, url: str, turns: Turns | None = None):
        super().__init__(url)
        self.plans: _RememberedPlans = _RememberedPlans(self._engine)
        self.field = _BatchedField(self._engine, turns or Turns(1))
        self.settings = _RememberedSettings(self._engine)
        self._city: tuple[tuple[object, ...], City] | None = None
        self._looked_at = -LOOK_S
        self._reading = threading.Lock()  # one caller reads, the others find it read
        self._tables: tuple[object, City] | None = None
        self._reading_tables = threading.Lock()

    def tables(self) -> City:
        """The district's own tables: in a deed that changes something as they are in it, else read
        again only where they were replaced.
        """
        revision = self.settings.get(REVISION)
        if revision is None or is_atomic(self._engine):
            return super().tables()
        with self._reading_tables:
            if self._tables is None or self._tables[0] != revision:
                self._tables = revision, super().tables()  # what comes between is seen next
            return self._tables[1]

    def city(self) -> City:
        """The city as it was within the last moment; as it is in a deed that changes something. It
        is read again only where something of it has changed.
        """
        is_deed = is_atomic(self._engine)
        with self._reading:
            if self._city and not is_deed and time.monotonic() - self._looked_at <= LOOK_S:
                return self._city[1]
            looked_at, stamp = (
                time.monotonic(),
                self.city_stamp(),
            )  # what comes between is seen next
            if self._city is None or self._city[0] != stamp:
                city = super().city()
                if is_deed:  # it may yet be taken back
                    return city
                self._city = stamp, city
                self.plans.forget()  # a backup may have been put back
            self._looked_at = looked_at
            return self._city[1]


class _RememberedSettings(SavedSettings):
    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._made: dict[str, object] = {}

    def get_or_make(self, name: str, value: object) -> object:
        """A setting that is made once, as `SavedSettings` gives it; it is read once."""
        if name in self._made:
            return self._made[name]
        made = super().get_or_make(name, value)
        if not is_atomic(self._engine):  # it may yet be taken back
            self._made[name] = made
        return made


class _RememberedPlans(Plans):
    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._versions: OrderedDict[tuple[int, int], PlanVersion] = OrderedDict()
        self._reading = threading.Lock()  # one caller reads, the others find it read

    def version(self, operation_id: int, number: int) -> PlanVersion | None:
        """One plan version; of a published one the state may be that of an earlier moment."""
        key = (operation_id, number)
        with self._reading:
            version = self._versions.get(key)
            if version is None:
                version = super().version(operation_id, number)
                if version is None or version.published_at is None or is_atomic(self._engine):
                    return version  # what is not in force may change, or yet be taken back
                self._versions[key] = version
                if len(self._versions) > VERSIONS:
                    self._versions.popitem(last=False)
            self._versions.move_to_end(key)
            return version

    def forget(self) -> None:
        """Read every version anew."""
        with self._reading:
            self._versions.clear()


class _BatchedField(Field):
    def __init__(self, engine: Engine, turns: Turns) -> None:
        super().__init__(engine)
        self._turns = turns
        self._waiting: list[_Waiting] = []
        self._change = threading.Condition()  # guards the list, and whose turn it is
        self._is_written = False  # one caller writes for all that wait
        self._gather_s = 0.0 if has_wal(engine) else GATHER_S

    def save_event(self, event: FieldEvent) -> bool:
        """Keep one tap as `Field.save_event` does, in one commit with those that wait at the same
        time; it is on the disk when this returns.
        """
        if is_atomic(self._engine):  # who gathers others' waits for this one's lock
            return super().save_event(event)
        with self._turns.waiting():
            return self._saved(event)

    def _saved(self, event: FieldEvent) -> bool:
        mine = _Waiting(event, Future())
        with self._change:
            self._waiting.append(mine)
            # who was written for goes at once: he brings the next one while others gather
            self._change.wait_for(lambda: mine.future.done() or not self._is_written)
            if mine.future.done():
                return mine.future.result()
            self._is_written = True
        try:
            time.sleep(self._gather_s)
            with self._change:
                together, self._waiting = self._waiting, []
            self._keep(together)
        finally:
            with self._change:
                self._is_written = False
                self._change.notify_all()
        return mine.future.result()

    def _keep(self, together: list[_Waiting]) -> None:
        """Keep all of them, or, where one of them is at fault, each by itself, so that only that
        one hears of it.
        """
        try:
            with writing(self._engine) as connection:
                new = [keep_event(connection, one.event) for one in together]
        except Exception as error:
            if (
                isinstance(error, OperationalError) or len(together) == 1
            ):  # the database's own fault is everybody's
                for one in together:
                    one.future.set_exception(error)
                return
            for one in together:
                self._keep([one])
            return
        for one, is_new in zip(together, new, strict=True):
            one.future.set_result(is_new)
