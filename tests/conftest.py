"""Fixtures that several tests share."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.model.city import City
from data.model.operation import Operation, OperationKind
from data.sheets.city import read_city
from data.store.store import Store
from ops.analytics.history import History, read_history
from ops.auth.permissions import CONSOLE
from tests.helpers import postgres, scripted
from tests.helpers.makers import NOW
from tests.helpers.paths import LONGSHAN


def pytest_make_parametrize_id(val: object) -> str | None:
    """A long value goes by its beginning and its length: test ids travel between processes, fifty
    megabytes too.
    """
    return f"{val[:40]!r}-{len(val)}" if isinstance(val, str | bytes) and len(val) > 60 else None


@pytest.fixture(autouse=True)
def at_the_machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are opened by the one who runs the machine, but for tests that ask who looks
    (``signs_in``).
    """
    if "signs_in" not in request.keywords:
        monkeypatch.setattr("dashboard.core.identity.find", lambda *_: CONSOLE)
        monkeypatch.setattr("dashboard.core.identity.claims", lambda: ())
        monkeypatch.setattr("dashboard.core.board.Board.is_current", True)


@pytest.fixture
def now() -> datetime:
    """When the bundled warning is issued: 08:20 on 8 July 2022 in Liaoyuan."""
    return NOW


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL of this test process; its tests are skipped, with the reason, where none can be
    started.
    """
    try:
        with postgres.server() as running:
            running.prepare()
            yield running
    except postgres.Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with today's schema, to be copied: quicker than to migrate for each test."""
    path = tmp_path_factory.mktemp("template") / "xunban.db"
    store = Store(f"sqlite:///{path}")
    store.migrate()
    store.close()
    return path


@pytest.fixture
def store_url(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> Iterator[str]:
    """The address of an empty database: SQLite's, unless the test asks for PostgreSQL
    (``both_databases``).
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copyfile(sqlite_template, tmp_path / "xunban.db")
        yield f"sqlite:///{tmp_path / 'xunban.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    url = server.fresh()
    yield url
    server.drop(url)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty database with today's schema."""
    store = Store(store_url)
    yield store
    store.close()


@pytest.fixture
def drill(store: Store, now: datetime) -> Operation:
    """An open drill in ``store``, its clock at ``now``."""
    return store.operations.start(OperationKind.DRILL, now, now)


@pytest.fixture(scope="session")
def played(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> tuple[Path, History, datetime]:
    """A database with a storm in it, what it holds, and the time at which the storm was left:
    played once for all that are marked ``xdist_group("storm")``.
    """
    file = tmp_path_factory.mktemp("storm") / "storm.db"
    shutil.copyfile(sqlite_template, file)
    store = Store(f"sqlite:///{file}")
    desk = scripted.play(store)
    desk.loop.stop()
    history = read_history(store, desk.drill)
    store.operations.set_clock(desk.drill.id, desk.now, datetime.now(UTC))
    store.close()
    return file, history, desk.now


@pytest.fixture(scope="session")
def city() -> City:
    """The bundled sample district."""
    return read_city(LONGSHAN)
