"""Nothing slow is done while the database is held for writing: a tap of another desk would wait for
it. Every deed that asks for a permission is tried, and what is known to be slow is watched.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import argon2
import pytest
from sqlalchemy import Engine, event

import data.store.street.streets
import ops.auth.passwords
import ops.district.listed_roads
import ops.replanning.manual_changes
import ops.replanning.solver_process
from data.errors import StoreError
from data.store.store import Store
from ops.base.errors import NotAllowed
from ops.notifications.channels import DeliveryError
from tests.helpers.cases import all_cases
from tests.helpers.security.deeds import DEEDS
from tests.helpers.security.world import Deed, World
from tests.security.test_two_desks import FIRST, filled

OUTSIDE = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "time.sleep", "open")
"""What the interpreter tells of (PEP 578) whoever asks for it: files, programs, the network."""
SLOW = (
    (argon2.PasswordHasher, "hash"),
    (argon2.PasswordHasher, "verify"),
    (ops.auth.passwords, "zxcvbn"),
    (data.store.street.streets, "packed"),
    (data.store.street.streets, "unpacked"),
    (ops.district.listed_roads, "draw_roads"),
    (ops.replanning.manual_changes, "planning_request"),
    (ops.replanning.manual_changes, "solver_input_for"),
    (ops.replanning.solver_process.Solving, "solve"),
)


class Watched:
    """What slow things were done by a thread while it held a database for writing."""

    def __init__(self) -> None:
        self._own = threading.local()
        self.seen: list[str] = []
        self.done: set[str] = set()

    @property
    def is_held(self) -> bool:
        return getattr(self._own, "held", 0) > 0

    def count(self, more: int) -> None:
        self._own.held = max(0, getattr(self._own, "held", 0) + more)

    def begins(self, connection) -> None:
        self.count(int(bool(connection.get_execution_options().get("writes"))))

    def ends(self, connection) -> None:
        self.count(-int(bool(connection.get_execution_options().get("writes"))))

    def tell(self, what: str) -> None:
        self.done.add(what)
        if self.is_held:
            self.seen.append(what)

    def telling(self, what: str, function: Callable) -> Callable:
        def told(*given: object, **named: object) -> object:
            self.tell(what)
            return function(*given, **named)

        return told


_NOBODY = Watched()
_LISTENS = [_NOBODY]


def _hook(name: str, given: tuple[object, ...]) -> None:
    """Interpreters keep their hooks for good, so there is one, and it tells whoever listens."""
    if name in OUTSIDE and _LISTENS[-1].is_held and not _is_code(name, given):
        _LISTENS[-1].tell(f"{name} {given[0]}")


def _is_code(name: str, given: tuple[object, ...]) -> bool:
    """Whether a module is being loaded: once in a process."""
    return name == "open" and str(given[0]).endswith((".py", ".pyc", ".so"))


@pytest.fixture(scope="module", autouse=True)
def hook():
    sys.addaudithook(_hook)


@contextmanager
def watching() -> Iterator[Watched]:
    watched = Watched()
    hooks = (("begin", watched.begins), ("commit", watched.ends), ("rollback", watched.ends))
    for name, listener in hooks:
        event.listen(Engine, name, listener)
    _LISTENS.append(watched)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for holder, name in SLOW:
                patch.setattr(holder, name, watched.telling(name, getattr(holder, name)))
            yield watched
    finally:
        _LISTENS.pop()
        for name, listener in hooks:
            event.remove(Engine, name, listener)


def played(deed: Deed, url: str) -> Watched:
    store = Store(url)
    try:
        with watching() as watched, suppress(NotAllowed, StoreError, DeliveryError):
            deed.act(World(store, store.operations.current(), "A"), FIRST)
        return watched
    finally:
        store.close()


@pytest.fixture
def template(tmp_path, sqlite_template) -> bytes:
    path = tmp_path / "template.db"
    path.write_bytes(sqlite_template.read_bytes())
    filled(f"sqlite:///{path}")
    return path.read_bytes()


def test_nothing_slow_is_done_while_the_database_is_held(template, tmp_path, monkeypatch):
    done = set()
    with all_cases() as case:
        for number, deed in enumerate(DEEDS):
            with case(deed.name):
                monkeypatch.setenv("XUNBAN_HOME", str(tmp_path / f"home{number}"))
                path = tmp_path / f"{number}.db"
                path.write_bytes(template)
                watched = played(deed, f"sqlite:///{path}")
                done |= watched.done
                assert watched.seen == []
    assert {name for _, name in SLOW} - done <= {"solve"}, "what is watched is done by some deed"


@pytest.mark.parametrize(
    "slow",
    [
        lambda path: argon2.PasswordHasher(1, 8, 1).hash("x"),
        lambda path: path.read_text(),
        lambda path: subprocess.run([sys.executable, "-c", ""], check=True),
    ],
    ids=["hash", "file", "program"],
)
def test_the_watch_sees_what_is_slow_within_and_only_there(store, tmp_path: Path, slow):
    path = tmp_path / "any.txt"
    path.write_text("x")
    with watching() as watched:
        slow(path)
        assert watched.seen == []
        with store.atomic():
            slow(path)
        assert watched.seen
        with suppress(KeyError), store.atomic():
            raise KeyError
        before = len(watched.seen)
        slow(path)
        assert len(watched.seen) == before
