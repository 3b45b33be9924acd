"""A disk that fails, is full or is locked at any write of a re-plan: told, nothing torn, and
answered once when mended.

The faults are SQLite's own errors put in the way of each statement and commit of a write in turn;
and the real ones: a file that may grow no further (``max_page_count``, a limit of the process), a
lock that another one holds.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event

from dashboard.model.situation import look
from data.db import engine
from data.db.engine import wal_is_safe
from data.db.sqlite import sqlite3
from data.model.notice import NoticeState
from data.model.plan import PlanState
from data.store.store import DatabaseError, Store
from ops.auth.permissions import CONSOLE
from ops.field.outages import take_out
from ops.notifications.channels import ChannelSettings
from ops.runtime.planning_loop import FAILURE, REST, Loop
from ops.settings import Settings
from solver import Plan, Problem
from tests.helpers.desk import REAL_NOW, YELLOW, Desk
from tests.helpers.makers import make_city
from tests.helpers.processes.killed import Greedy

FAULTS = {
    "io": (sqlite3.SQLITE_IOERR, "disk I/O error"),
    "full": (sqlite3.SQLITE_FULL, "database or disk is full"),
    "busy": (sqlite3.SQLITE_BUSY, "database is locked"),
}
CHANNELS = (
    ChannelSettings(name="群", kind="wecom", url="http://127.0.0.1:9/x", drill=True),
)  # nothing is sent here


class Once(Greedy):
    """Solves a problem once for all the tests."""

    known: dict[str, tuple[Plan, bool]] = {}  # noqa: RUF012

    def solve(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        key = problem.to_json()
        if key not in self.known:
            self.known[key] = super().solve(problem, seconds)
        return self.known[key]


@pytest.fixture(scope="module")
def requested(tmp_path_factory, sqlite_template) -> Path:
    """A database with a plan in force, and a crew that drops out, which waits for its own."""
    path = tmp_path_factory.mktemp("requested") / "xunban.db"
    shutil.copyfile(sqlite_template, path)
    store = Store(f"sqlite:///{path}")
    desk = Desk(store, channels=CHANNELS)
    desk.loop._solving = Once()
    desk.paste(YELLOW)
    assert desk.loop.answer().number == 1
    desk.wait(minutes=45)
    take_out(store, desk.drill, CONSOLE, "A1day", "", desk.now)
    desk.loop.stop()
    store.close()
    return path


class Case:
    """A copy of that database and a loop over it, by a clock that the test turns."""

    def __init__(self, requested: Path, folder: Path):
        self.path = (
            folder / f"{uuid4().hex}.db"
        )  # a name of its own: a log beside it belongs to it alone
        shutil.copyfile(requested, self.path)
        self.store = Store(f"sqlite:///{self.path}")
        self.now = REAL_NOW + timedelta(minutes=46)
        self.loop = Loop(self.store, Settings(channels=CHANNELS), lambda: self.now)
        self.loop._solving = Once()
        self.operation = self.store.operations.current()

    def round(self) -> None:
        """What a second of the service writes: the beat, and the answer."""
        self.loop.beat()
        self.loop.answer()

    def check_whole(self) -> bool:
        """Nothing is torn: the plan is there with its answer and its notices, or none of it is;
        whether it is there.
        """
        with closing(sqlite3.connect(self.path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            parts = {
                table: connection.execute(
                    f"SELECT count(*) FROM {table} WHERE {column} = 2"
                ).fetchone()[0]
                for table, column in (
                    ("versions", "number"),
                    ("assignments", "number"),
                    ("members", "number"),
                    ("notices", "version"),
                    ("triggers", "answered_by"),
                )
            }
        assert len(set(map(bool, parts.values()))) == 1, parts
        states = [line.state for line in self.store.plans.versions(self.operation.id)]
        assert states == (
            [PlanState.SUPERSEDED, PlanState.PUBLISHED]
            if parts["versions"]
            else [PlanState.PUBLISHED]
        )
        assert len(self.store.triggers.pending(self.operation.id)) == (
            0 if parts["versions"] else 1
        )
        return bool(parts["versions"])

    def check_answered_once(self) -> None:
        """The fault is gone: the cause gets its one answer, and no other follows."""
        for _ in range(2):
            self.now += REST
            self.round()
        assert self.check_whole()
        causes = [
            cause for line in self.store.plans.versions(self.operation.id) for cause in line.causes
        ]
        assert len(causes) == len(set(causes)) == 2
        told = self.store.outbox.notices(self.operation.id, 2)
        assert len(told) == len({one.station_id for one in told}) > 0
        assert {one.state for one in told} == {NoticeState.PENDING}
        assert self.store.settings.get(FAILURE) is None


@pytest.fixture
def case(requested, tmp_path) -> Iterator[Case]:
    case = Case(requested, tmp_path)
    yield case
    case.store.close()


class Disk:
    """Counts the writes of a store, statements and commits, and fails at one of them and all that
    follow.
    """

    def __init__(self, store: Store):
        self._engine, self.count = store._engine, 0
        self._fails_at, self._fault = 0, FAULTS["io"]
        self._commit = self._engine.dialect.do_commit
        self._engine.dialect.do_commit = self._committing
        event.listen(self._engine, "do_execute", self._executing)
        event.listen(self._engine, "do_executemany", self._executing)
        self._writes = False

    def fail_at(self, number: int, fault: tuple[int, str]) -> None:
        """From the ``number``-th write on; 0: no more."""
        self.count, self._fails_at, self._fault = 0, number, fault

    def _executing(self, _cursor, statement: str, _parameters, context) -> None:
        if statement.startswith("BEGIN"):
            self._writes = statement == "BEGIN IMMEDIATE"
        if self._writes:
            self._pass()

    def _committing(self, connection) -> None:
        if self._writes:
            self._pass()
        self._commit(connection)

    def _pass(self) -> None:
        self.count += 1
        if self._fails_at and self.count >= self._fails_at:
            code, text = self._fault
            error = sqlite3.OperationalError(text)
            error.sqlite_errorcode = code
            raise error


@pytest.mark.parametrize(
    "each", [1, pytest.param(len(FAULTS), marks=pytest.mark.slow)], ids=["in turn", "all"]
)
def test_a_disk_that_fails_at_any_write_of_a_replan_is_told_and_tears_nothing(
    requested, tmp_path, caplog, each
):
    """Every write fails once, the faults in turn; or once with each of the faults."""
    case = Case(requested, tmp_path)
    disk = Disk(case.store)
    case.round()
    writes = disk.count
    case.store.close()
    assert writes > 20
    assert case.check_whole()
    print(f"{writes} writes, faults at each: {each}")
    for number in range(1, writes + 1):
        for turn in range(each):
            fault = list(FAULTS.values())[(number + turn) % len(FAULTS)]
            case = Case(requested, tmp_path)
            disk = Disk(case.store)
            disk.fail_at(number, fault)
            with pytest.raises(DatabaseError, match=fault[1]):
                case.round()
            was_there = case.check_whole()
            assert not was_there or number > writes - 4, (
                "only what follows the plan was still to be written"
            )
            disk.fail_at(0, fault)
            case.check_answered_once()
            case.store.close()
    assert f"no plan: OperationalError: {FAULTS['full'][1]}" in caplog.text


def test_a_database_that_fails_is_told_on_the_board_with_the_first_beat_that_can_be_written(case):
    disk = Disk(case.store)
    case.loop.beat()
    disk.fail_at(1, FAULTS["full"])
    with pytest.raises(DatabaseError):
        case.loop.answer()
    with pytest.raises(DatabaseError):
        case.loop.beat()
    assert case.store.settings.get(FAILURE) is None
    disk.fail_at(0, FAULTS["full"])
    case.loop.beat()
    told = look(case.store, make_city(), case.now).failure
    assert (told.at, told.error) == (case.now, "OperationalError: database or disk is full")
    case.check_answered_once()
    assert look(case.store, make_city(), case.now).failure is None


def test_a_database_that_fails_for_minutes_is_told_to_the_desk_by_its_channel(case, monkeypatch):
    disk, told = Disk(case.store), []
    case.loop.beat()
    monkeypatch.setattr(
        case.loop._alarms, "check_round", lambda finished, now: told.append(now - finished)
    )
    disk.fail_at(1, FAULTS["io"])
    for _ in range(6):
        case.now += timedelta(minutes=1)
        with pytest.raises(DatabaseError):
            case.loop.beat()
    assert told == [timedelta(minutes=minutes) for minutes in range(1, 7)]


@contextmanager
def grown_no_further(case: Case, pages: int) -> Iterator[None]:
    """The database file may grow by so many pages: SQLite itself says that the disk is full."""
    with closing(sqlite3.connect(case.path)) as connection:
        most = connection.execute("PRAGMA page_count").fetchone()[0] + pages

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {most}")

    case.store.close()
    event.listen(case.store._engine, "connect", limit)
    yield
    event.remove(case.store._engine, "connect", limit)
    case.store.close()


@contextmanager
def limited_file(case: Case, pages: int) -> Iterator[None]:
    """The system refuses to write any file beyond this size: SQLite says "disk I/O error" or that
    it is full.

    With a write-ahead log it is that file which grows, beside the index of it, which takes eight
    pages at once.
    """
    import resource

    held = 8 * 4096 if wal_is_safe(sqlite3.sqlite_version_info) else case.path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (held + pages * 4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        case.store.close()


def fails_for_real(case: Case, limited: Callable, pages: int) -> bool:
    """Whether the round failed with so little room; what is left behind is whole either way, and
    heals.
    """
    said = ""
    with limited(case, pages):
        try:
            case.round()
        except DatabaseError as error:
            said = str(error.orig)
        was_there = case.check_whole()
    assert was_there if not said else any(text in said for _, text in FAULTS.values()), said
    case.check_answered_once()
    return bool(said)


@pytest.mark.parametrize(
    "limited",
    [
        grown_no_further,
        pytest.param(
            limited_file,
            marks=pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX"),
        ),
    ],
)
def test_a_file_that_can_really_grow_no_further_tears_nothing(requested, tmp_path, limited):
    outcomes = []
    room = (0, 1, 4, 8, 10, 11, 200)
    for pages in room:
        case = Case(requested, tmp_path)
        outcomes.append(fails_for_real(case, limited, pages))
        case.store.close()
    failed = [pages for pages, has_failed in zip(room, outcomes, strict=True) if has_failed]
    print(f"failed with room for {failed} pages")
    assert outcomes[0]
    assert not outcomes[-1]


def test_a_lock_that_another_program_really_holds_is_waited_for_and_then_told(
    requested, tmp_path, monkeypatch
):
    monkeypatch.setattr(engine, "BUSY_S", 0.05)
    case = Case(requested, tmp_path)
    case.loop.beat()
    with closing(sqlite3.connect(case.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="database is locked"):
            case.loop.answer()
        other.rollback()
    assert not case.check_whole()
    case.check_answered_once()
    case.store.close()
