"""Who may import whom, and what only one place may use.

The folders are layers. ``LAYERS`` lists them from the ground up: an import may go to its own layer
or to one above it in the list, never below. Imports inside functions and those for type checkers
alone count as any other.
"""

import ast
import os
import sys
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

PACKAGES = ("solver", "weather", "data", "ops", "dashboard")
LAYERS = (
    ("solver.validation",),
    ("solver.json_format", "solver.parts", "solver.travel_matrix"),
    ("solver.timeline",),
    ("solver.tanks",),
    ("solver.consistency",),
    ("solver.problem", "solver.plan"),
    ("solver",),
    ("weather.model", "weather.message_codes"),
    (
        "weather.geometry",
        "weather.hazards",
        "weather.in_force",
        "weather.jurisdiction",
        "weather.rain_warnings",
        "weather.merge_nowcast",
        "weather.same_warning",
        "weather.validity",
    ),
    ("weather.notices",),
    ("weather.providers",),
    ("weather.fetch", "weather.detect_format", "weather.sources"),
    ("weather.poll",),
    ("data.model",),
    ("data.geo", "data.coordinates", "data.signs", "data.errors"),
    ("data.files",),
    ("data.db",),
    ("data.sheets",),
    ("data.streets",),
    ("data.store",),
    ("ops.base",),
    ("ops.auth",),
    ("ops.district",),
    ("ops.ways",),
    ("ops.risk", "ops.drill.parameters"),
    ("ops.intake",),
    ("ops.field",),
    ("ops.cleaning",),
    ("ops.planning.parameters", "ops.planning.tiers"),
    ("ops.planning.on_duty", "ops.planning.context"),
    ("ops.planning.tanks",),
    ("ops.planning.wanted",),
    ("ops.planning",),
    ("ops.notifications",),
    ("ops.analytics",),
    ("ops.duty", "ops.works"),
    ("ops.headquarters.aid",),
    ("ops.settings",),
    ("ops.settings_page",),
    ("ops.replanning",),
    ("ops.documents",),
    ("ops.headquarters",),
    ("ops.exercise",),
    ("ops.runtime",),
    ("ops.drill",),
    ("ops.cli", "ops.__main__"),
    ("dashboard.model",),
    ("dashboard.render",),
    ("dashboard.core",),
    ("dashboard.views",),
    ("dashboard.web",),
    ("dashboard.app", "dashboard.serve"),
)
ALONE = ("solver", "weather")
"""Packages that import nothing of ours; the whole program stands on them."""
NEVER_IMPORTED = ("dashboard", "ops.cli", "ops.__main__")
"""What the rest of the program must do without: pages and commands are its edge."""
ONLY_HERE = {
    "ortools": ("solver/",),
    "numba": ("solver/",),
    "requests": ("weather/fetch.py", "ops/notifications/channels.py"),
    "apprise": ("ops/notifications/channels.py",),
    "urllib3": ("weather/fetch.py",),
    "httpx": (),
    "aiohttp": (),
    "authlib": (),
    "jwt": ("weather/providers/jwt.py",),
    "argon2": ("ops/auth/passwords.py",),
    "zxcvbn": ("ops/auth/passwords.py",),
    "itsdangerous": ("ops/auth/local_door.py", "ops/notifications/signed_links.py"),
    "PIL": ("ops/field/photo_child.py",),
    "segno": (
        "dashboard/views/desk/dialogs/stations/link_box.py",
        "dashboard/views/setup_ways.py",
        "dashboard/web/sign_in_pages/",
        "ops/documents/typesetting.py",
    ),
    "pyotp": ("ops/auth/second_factor.py",),
    "typst": ("ops/documents/",),
    "openpyxl": ("data/sheets/", "ops/documents/"),
    "python_calamine": ("data/files/",),
    "shapefile": ("data/files/",),
    "shapely": ("data/",),
    "pyproj": ("data/coordinates.py",),
    "rapidfuzz": ("data/sheets/",),
    "starlette": ("dashboard/",),
    "fastapi": ("dashboard/",),
    "pydantic": ("dashboard/",),
    "jinja2": ("dashboard/",),
    "prometheus_client": ("dashboard/web/metrics.py",),
    "sqlalchemy": ("data/",),
    "alembic": ("data/",),
    "psycopg": (),
    "apscheduler": ("ops/runtime/scheduler.py",),
    "distributed": ("ops/runtime/engine.py", "ops/runtime/engine_connection.py"),
    "psutil": ("ops/runtime/local_cluster.py",),  # comes with distributed
    "paho": ("ops/runtime/mqtt_gauges.py",),
    "streamlit": ("dashboard/",),
    "pandas": ("dashboard/", "data/sheets/", "ops/documents/"),
    "osmium": ("data/streets/reading.py",),
    "scipy": ("ops/drill/", "ops/ways/", "ops/headquarters/"),
    "typer": ("ops/cli/",),
    "rich": ("ops/cli/", "ops/documents/terminal.py"),
    "pyswmm": ("ops/drill/",),
    "swmm_toolkit": ("ops/drill/",),
    "statsmodels": ("ops/risk/fitted_multipliers.py",),
}
REAL_CLOCK = (
    "ops/cli/app.py",
    "ops/runtime/scheduler.py",
    "dashboard/app.py",
    "dashboard/web/",
    "data/longshan/",
)
CLOCKS = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time"}
ENTITY_LIBRARIES = {
    "functools",
    "types",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "hashlib",
    "json",
    "math",
    "typing",
}


@cache
def modules() -> dict[str, Path]:
    """Every module of the program by its dotted name."""
    found = {}
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        if "migrations" in path.parts or "longshan" in path.parts:
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports, wherever in it; of ``from a import b`` both ``a`` and
    ``a.b``.
    """
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@cache
def arrows() -> dict[str, set[str]]:
    """Each module with those of ours that it imports, the package's door only where nothing nearer
    is meant.
    """
    found = {}
    for name, path in modules().items():
        ours = {each for each in imported(path) if each in modules()}
        nearest = {each for each in ours if not any(other.startswith(f"{each}.") for other in ours)}
        found[name] = nearest - {name}
    return found


def layer(module: str) -> int | None:
    """Where a module stands in ``LAYERS``, by the longest name that fits; none for the packages'
    own doors.
    """
    found = [
        (len(room), i)
        for i, rooms in enumerate(LAYERS)
        for room in rooms
        if f"{module}.".startswith(f"{room}.")
    ]
    return max(found)[1] if found else None


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import one another (Tarjan 1972: strongly connected components
    above one module).
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def test_an_import_goes_up_the_list_of_layers():
    assert not [
        name
        for name, path in modules().items()
        if layer(name) is None and path.name != "__init__.py"
    ]
    assert not [
        (name, other)
        for name, others in arrows().items()
        for other in others
        if (layer(other) or 0) > (layer(name) or 0)
    ]


def test_solver_and_weather_import_nothing_of_ours():
    assert not [
        (name, other)
        for name, others in arrows().items()
        for other in others
        if (own := name.partition(".")[0]) in ALONE and other.partition(".")[0] != own
    ]


def test_pages_and_commands_are_imported_by_nobody():
    """But by their own kind; ``ops.__main__`` only calls the command line."""

    def edge(name: str) -> str | None:
        inside = (room for room in NEVER_IMPORTED if f"{name}.".startswith(f"{room}."))
        return next(("ops.cli" if room == "ops.__main__" else room for room in inside), None)

    assert not [
        (name, other)
        for name, others in arrows().items()
        for other in others
        if edge(other) and edge(other) != edge(name)
    ]


def test_no_module_imports_itself_by_way_of_others():
    assert circles(arrows()) == []


def test_a_circle_would_be_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [["b", "c"]]


def test_no_module_hides_one_of_the_standard_library():
    """A script's own folder stands first on the path: a ``platform.py`` beside it takes the
    library's place.
    """
    allowed = {"ops.__main__", "solver.__main__"}
    assert not [
        name
        for name in modules()
        if name not in allowed and name.rpartition(".")[2] in sys.stdlib_module_names
    ]


def test_libraries_stay_where_they_belong():
    strays = []
    for path in modules().values():
        place = path.relative_to(ROOT).as_posix()
        strays += [
            (place, name)
            for name in imported(path)
            if not place.startswith(ONLY_HERE.get(name.partition(".")[0], ("",)))
        ]
    assert not strays


def test_the_real_clock_is_read_at_the_edge_only():
    readers = defaultdict(set)
    for path in modules().values():
        place = path.relative_to(ROOT).as_posix()
        calls = {
            ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)
        }
        if calls & CLOCKS and not place.startswith(REAL_CLOCK):
            readers[place] = calls & CLOCKS
    assert not readers


def test_entities_stand_on_the_standard_library_alone():
    for name, path in modules().items():
        if name.startswith("data.model.") or name == "weather.model":
            heads = {each.partition(".")[0] for each in imported(path)}
            assert heads <= {*ENTITY_LIBRARIES, "data", "weather"}, name
            assert all(
                each.startswith(("data.model", "weather.model")) for each in arrows()[name]
            ), name


def test_the_top_level_holds_nothing_else():
    found = {
        path.name
        for path in ROOT.iterdir()
        if not path.name.startswith(".") and path.name != "xunban.egg-info"
    }
    assert found <= {
        *PACKAGES,
        "tests",
        "pyproject.toml",
        "README.md",
        "README.zh-CN.md",
        "LICENSE",
        "NOTICE",
        "requirements.txt",
        "requirements-dev.txt",
    }


def test_the_lock_names_no_address():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_every_package_is_installed():
    """An editable install hides one that a wheel would lack."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "setuptools"
    ]["packages"]
    found = {name for name, path in modules().items() if path.name == "__init__.py"}
    assert set(named) == found


def test_the_program_begins_without_what_a_machine_may_lack():
    """SQLite of our own is built for few machines; the extras are few bureaus'. Whatever is loaded
    with a module must be there: what may lack is tried for, or loaded where it is used.
    """
    lacking = {"pysqlite3", "swmm", "distributed", "dask", "paho", "statsmodels"}
    found = {
        name
        for name, path in modules().items()
        if not name.startswith("ops.drill.")  # the extra's own room, loaded where it is used
        for node in tree(path).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for head in [getattr(node, "module", None) or node.names[0].name]
        if head.partition(".")[0] in lacking
    }
    assert not found


@pytest.mark.xdist_group("house")
def test_what_a_group_of_tests_shares_is_set_up_by_one_process(request):
    """A group is known by the end of its tests' ids; a pytest that hides it sets all up twice, in
    silence.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@house")


AT_NEED = {"ortools", "numba", "pandas", "scipy.optimize"}
"""Half a second to two of the processor each: only where they are used, and not at every start."""


def at_once(path: Path) -> set[str]:
    """What is imported with the file itself, and not by a function of it."""
    found = set()
    for node in tree(path).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def loaded_with(module: str) -> set[str]:
    """Every dotted name that is imported with a module of ours, through others or not."""
    found, todo = set(), [module]
    while todo:
        name = todo.pop()
        parents = {name.rsplit(".", n)[0] for n in range(name.count(".") + 1)}
        for each in parents & modules().keys():
            new = at_once(modules()[each]) - found
            found |= new
            todo += new
    return found


@pytest.mark.parametrize("start", ["ops.__main__", "ops.replanning.solver_child"])
def test_a_start_loads_nothing_that_it_may_never_need(start):
    loaded = loaded_with(start)
    assert "solver.problem" in loaded
    assert not {one for one in loaded if one.startswith(tuple(AT_NEED))}
