"""Two who do the same at the same moment: what comes of it is what comes of it one after the other,
for each deed that asks for a permission, on both databases.

The two are brought together where it can go wrong: each has looked before either writes.
"""

import inspect
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from itertools import count

import pytest
from sqlalchemy import Engine, event, func, select

from data.db import schema
from data.db.engine import reading
from data.errors import StoreError
from data.model.account import Role
from data.model.operation import OperationKind
from data.store.store import Store
from ops.auth import accounts, api_tokens
from ops.auth.permissions import CONSOLE, Action, Actor
from ops.base.errors import NotAllowed
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport
from ops.headquarters import register
from ops.notifications.channels import DeliveryError
from tests.helpers.cases import all_cases
from tests.helpers.makers import NOW, make_city
from tests.helpers.progress import VERSION
from tests.helpers.security import deeds_at_the_desk, deeds_of_the_office, second_factor
from tests.helpers.security.deeds import DEEDS
from tests.helpers.security.world import GOOD, Deed, World

WAIT_S = 0.15  # for the other one, where he may never come
WRITES = ("INSERT", "UPDATE", "DELETE")
OWN = (Action.OWN_PASSWORD, Action.OWN_SIGN_IN)
"""Of one person alone, and what is refused there is counted: it can't be taken back as a whole."""
FIRST, SECOND = (Actor(name=name, role=Role.ADMIN) for name in ("first", "second"))


class Meeting:
    """Both have come as far before either goes on."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self._ours = threading.local()

    def join(self) -> None:
        self._ours.is_in = True

    def wait(self) -> None:
        if getattr(self._ours, "is_in", False):
            try:
                self._barrier.wait(WAIT_S)
            except threading.BrokenBarrierError:
                with suppress(threading.BrokenBarrierError):
                    self._barrier.reset()

    @contextmanager
    def before_writing(self, url: str) -> Iterator[None]:
        """At SQLite's write lock; at PostgreSQL's first statement that changes something."""

        def begins(connection) -> None:
            if connection.get_execution_options().get("writes"):
                self.wait()

        def executes(connection, _cursor, statement, *_) -> None:
            if statement.lstrip().upper().startswith(WRITES) and not connection.info.get("met"):
                connection.info["met"] = True
                self.wait()

        def ends(connection) -> None:
            connection.info.pop("met", None)

        lite = url.startswith("sqlite")
        hooks = (
            [("begin", begins)]
            if lite
            else [("before_cursor_execute", executes), ("commit", ends), ("rollback", ends)]
        )
        for name, hook in hooks:
            event.listen(Engine, name, hook)
        try:
            yield
        finally:
            for name, hook in hooks:
                event.remove(Engine, name, hook)


@dataclass
class Both:
    """Lets two do what the first one is about to do.

    Parameters
    ----------
    other
        The database as the second one's process has it open.
    meeting
        Where they meet; ``None``: one after the other.
    """

    store: Store
    other: Store
    meeting: Meeting | None
    came: Counter[str] = field(default_factory=Counter)

    def doing(self, function: Callable) -> Callable:
        def both(*given: object, **named: object) -> object:
            if not any(one is FIRST for one in (*given, *named.values())):
                return function(*given, **named)
            with ThreadPoolExecutor(2 if self.meeting else 1) as pool:
                first = pool.submit(self._tried, function, given, named)
                pool.submit(self._tried, function, self._second(given), named)
            return first.result()

        return both

    def _second(self, given: tuple[object, ...]) -> list[object]:
        changed = {id(FIRST): SECOND, id(self.store): self.other}
        return [changed.get(id(one), one) for one in given]

    def _tried(self, act: Callable, given: Sequence[object], named: dict[str, object]) -> object:
        if self.meeting:
            self.meeting.join()
        try:
            found = act(*given, **named)
        except (NotAllowed, StoreError, DeliveryError) as refused:
            self.came[getattr(refused, "code", "undelivered")] += 1
            raise
        self.came["done"] += 1
        return found


CALLED = {
    "street_cases._must_be_allowed": ("street_cases", "say"),
    "signed_links.revoke": ("signed_links", "revoke_station"),
}


ACTING = (deeds_at_the_desk, deeds_of_the_office, second_factor)
"""The helpers that call what is tried."""


def function_of(deed: Deed) -> tuple[object, str]:
    """What holds the function that a deed calls, and its name there."""
    module, name = CALLED.get(deed.name, tuple(deed.name.split(".")))
    called = {name: one for place in ACTING for name, one in vars(place).items()}
    found = called.get(module, sys.modules.get(f"ops.auth.{module}", register))
    if name in vars(found):
        return found, name
    classes = (one for _, one in inspect.getmembers(found, inspect.isclass))
    return next(one for one in classes if name in vars(one)), name


@contextmanager
def patched(deed: Deed, both: Both) -> Iterator[None]:
    holder, name = function_of(deed)
    function = getattr(holder, name)
    with pytest.MonkeyPatch.context() as patch:
        for place in (holder, *ACTING):
            for known, one in list(vars(place).items()):
                if one is function:
                    patch.setattr(place, known, both.doing(function))
        yield


def filled(url: str) -> None:
    """A drill with a plan and three incidents, and what two administrators need."""
    store = Store(url)
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    told = IncidentReport(
        kind="fallen_tree", by="x", source="desk", reported_at=NOW, segment_id="S1"
    )
    grid = Actor(name="api:grid", role=Role.PLATFORM)
    for segment in ("S1", "S1", "S2"):
        incidents.report(store, drill, grid, replace(told, segment_id=segment), NOW)
    api_tokens.new_token(store, CONSOLE, "grid", NOW)
    for name, role in ((FIRST.name, Role.ADMIN), ("other", Role.ADMIN), ("duty", Role.DUTY)):
        accounts.add_account(store, CONSOLE, name, role, GOOD, NOW)
    store.close()


def rows(store: Store) -> dict[str, int]:
    """How many there are in each table."""
    with reading(store._engine) as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in schema.metadata.tables.values()
        }


def played(deed: Deed, url: str, meeting: Meeting | None) -> tuple[Counter[str], dict[str, int]]:
    store, other = Store(url), Store(url)
    both = Both(store, other, meeting)
    try:
        with patched(deed, both):
            met = meeting.before_writing(url) if meeting else nullcontext()
            with met, suppress(NotAllowed, StoreError, DeliveryError):
                deed.act(World(store, store.operations.current(), "A"), FIRST)
        return both.came, rows(store)
    finally:
        store.close()
        other.close()


NUMBERS = count()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def new_world(request, tmp_path, sqlite_template) -> Callable[[], str]:
    """A database with the same in it, each time."""

    def made() -> str:
        if request.param == "postgresql":
            url = request.getfixturevalue("postgres_server").emptied()
            filled(url)
            return url
        path = tmp_path / f"{next(NUMBERS)}.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    if request.param == "sqlite":
        template = tmp_path / "template.db"
        shutil.copyfile(sqlite_template, template)
        filled(f"sqlite:///{template}")
    return made


def test_two_at_once_are_two_one_after_the_other(new_world, tmp_path, monkeypatch):
    with all_cases() as case:
        for deed in (one for one in DEEDS if one.action not in OWN):
            with case(deed.name):
                homes = tmp_path / f"home{next(NUMBERS)}"
                monkeypatch.setenv("XUNBAN_HOME", str(homes / "a"))
                wanted = played(deed, new_world(), None)
                monkeypatch.setenv("XUNBAN_HOME", str(homes / "b"))
                came = played(deed, new_world(), Meeting())
                assert came[0].total() == 2
                assert came[0] == wanted[0]
                assert {k: (v, wanted[1][k]) for k, v in came[1].items() if v != wanted[1][k]} == {}
