"""Fixtures that several tests share."""

import compileall
import functools
import gc
import itertools
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from streamlit import config
from streamlit.components.v2 import manifest_scanner

from dashboard.web.rate_limit import Budgets, Misses
from data.model.city import City
from data.model.operation import Operation, OperationKind
from data.sheets.city import read_city
from data.store.store import Store
from ops.analytics.history import History, read_history
from ops.auth import passwords
from ops.auth.permissions import CONSOLE
from ops.replanning import solver_process
from ops.replanning.side_by_side import SideBySide
from ops.replanning.solver_process import Solving
from solver.search import compiling
from tests.helpers import scripted
from tests.helpers.draws import THOROUGH
from tests.helpers.makers import NOW
from tests.helpers.paths import LONGSHAN, ROOT, TESTS
from tests.helpers.processes import postgres
from tests.helpers.processes.browsing import furnish, serving
from tests.helpers.statements import compile_once
from tests.helpers.stepwise import solve_in_steps, wait_for_compiled_code

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 2 * 2**30  # the suite's temporary files come to a quarter of it
SOLVE, GET_READY = Solving.solve, SideBySide.get_ready
PACKAGES = ("solver", "weather", "data", "ops", "dashboard")
WITHOUT_SEARCH = (
    "data",
    "weather",
    "security",
    "dashboard/tables",
    "dashboard/web",
    "ops/auth",
    "ops/base",
    "ops/documents",
    "ops/notifications",
    "ops/risk",
    "house",
)
"""Rooms of tests that plan nothing, or hardly ever: whoever does waits for the compiled search."""
COUNTING = {f"dashboard.web.{name}" for name in ("api.incidents", "phone_links", "resident_links")}
"""Modules that count who calls, taps or guesses."""
HOMES = itertools.count()
WHOLE_ROOMS = ("flows/", "system/", "security/", "ops/cli/", "ops/headquarters/", "ops/runtime/")
"""Rooms of tests that try the program as a whole."""
QUICK, EVERYDAY = "not slow and not system", "not slow"
"""What runs unless asked for otherwise (``pyproject.toml``): of everything, of what is named."""
settings.register_profile("any machine", deadline=None)  # a busy one is no fault of what is tested
settings.register_profile(THOROUGH, deadline=None)
settings.load_profile("any machine")
# what one process has compiled the many that the tests start need not compile again
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep temporary files in memory, where there is room: databases wait for no disk there. What
    all processes load is compiled once, before there are any. Who names a room or a test gets all
    of it but what takes minutes.
    """
    names_some = config.args_source is pytest.Config.ArgsSource.ARGS
    if names_some and config.option.markexpr == QUICK:
        config.option.markexpr = EVERYDAY  # each process reads the command line itself
    if not hasattr(config, "workerinput"):
        config.add_cleanup(compiling.Compiling().stop)
        for package in PACKAGES:
            compileall.compile_dir(ROOT / package, quiet=2)
    if hasattr(config, "workerinput") or "TMPDIR" in os.environ:
        return  # a process of pytest-xdist inherits its parent's folder; who names one means it
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ENOUGH_BYTES:
        return
    for left in MEMORY.glob("xunban-tests-*-*"):  # by runs that were killed
        pid = left.name.split("-")[2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=f"xunban-tests-{os.getpid()}-", dir=MEMORY)
    Path(folder).chmod(0o711)  # PostgreSQL runs as another user, and has a folder of its own in it
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    config.add_cleanup(lambda: _leave(folder))


def _leave(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    del os.environ["TMPDIR"]
    tempfile.tempdir = None


def _is_in_a_whole_room(path: Path) -> bool:
    return path.relative_to(TESTS).as_posix().startswith(WHOLE_ROOMS)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is not asked for need not be loaded, in each process again."""
    if config.option.markexpr != QUICK or not collection_path.is_relative_to(TESTS):
        return None
    return _is_in_a_whole_room(collection_path) or None


def _is_of_the_whole(item: pytest.Item) -> bool:
    """Whether a test needs programs, browsers or a PostgreSQL, or tries every door."""
    return (
        _is_in_a_whole_room(item.path)
        or "solver_process" in item.keywords
        or "postgresql" in item.name
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is of the ``system``, and put all in order: the one long story that mostly waits
    first; then what needs no search, while that is compiled beside it; then what else is long,
    those with processes: no process of pytest-xdist waits for one of them at the end.
    """

    for item in items:
        if _is_of_the_whole(item) and "slow" not in item.keywords:
            item.add_marker("system")

    def rank(item: pytest.Item) -> int:
        room = item.path.parent.relative_to(TESTS).as_posix()
        group = item.get_closest_marker("xdist_group")
        if group and group.args == ("browser",):
            return 0
        if room == "system" or group:
            return 2
        plans = item.get_closest_marker("plans") or not room.startswith(WITHOUT_SEARCH)
        return 3 if plans else 1

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: a fifth of the time would go into looking through it
    again and again for what may be thrown away.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


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


@pytest.fixture(autouse=True)
def home_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each test is an installation by itself: processes that try side by side would write and read
    one folder's settings. It is made by whoever writes there.
    """
    folder = tmp_path_factory.getbasetemp() / "homes" / str(next(HOMES))
    monkeypatch.setenv("XUNBAN_HOME", str(folder))


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls, taps or guesses has done none of it before the test: a server counts for as
    long as its process lives, and every test's first district, link and address are called alike.
    """
    for name in COUNTING & sys.modules.keys():
        for value in vars(sys.modules[name]).values():
            if isinstance(value, Budgets):
                monkeypatch.setattr(value, "_full_at", {})
            elif isinstance(value, Misses):
                monkeypatch.setattr(value, "_counts", {})


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    """Passwords are hashed with next to no work, plans searched for by steps and in this process,
    and their watches cut without a limit of time; statements are compiled once and not for each
    database, and the installed packages looked through for Streamlit's components once and not for
    each page: what comes of them is what is tested.
    Streamlit watches no files, as on the board: a thread would go through every event of the
    checkout to the end, and log into other tests.
    """
    config.set_option("server.fileWatcherType", "none")
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        compile_once(patch)
        patch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))
        patch.setattr(Solving, "solve", solve_in_steps)
        patch.setattr(solver_process, "LEAST_CUTTING_S", math.inf)
        patch.setattr(SideBySide, "get_ready", lambda _: None)
        yield


@pytest.fixture(autouse=True)
def in_its_own_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver as it is in earnest, for tests that ask for it (``solver_process``)."""
    if "solver_process" in request.keywords:
        monkeypatch.setattr(Solving, "solve", SOLVE)
        monkeypatch.setattr(SideBySide, "get_ready", GET_READY)


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
    yield request.getfixturevalue("postgres_server").emptied()


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
def open_drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address and the folder of a program that holds a drill and has planned once: begun once
    for all that are marked ``xdist_group("browser")``, with the search compiled before, so that no
    plan is made again because it is ready now.
    """
    wait_for_compiled_code()
    home = furnish(tmp_path_factory.mktemp("browser") / "home")
    with serving(home) as url:
        yield url, home


@pytest.fixture(scope="session")
def city() -> City:
    """The bundled sample district."""
    return read_city(LONGSHAN)
