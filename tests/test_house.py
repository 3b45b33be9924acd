"""Who may import whom, and what only one place may use."""

import ast
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("solver", "weather", "data", "ops", "dashboard")

# (importing place, imported name) -> allowed; the longest place that fits decides
MAY_IMPORT = {
    "solver": (),
    "weather": (),
    "data": ("weather.forecast",),
    "ops": ("data", "weather"),
    "ops/bridge.py": ("data", "weather", "solver"),
    "ops/replan.py": ("data", "weather", "solver"),
    "ops/service.py": ("data", "weather", "solver"),
    "dashboard": ("data.accounts", "data.cells", "data.coordinates", "data.door", "data.entities", "data.errors",
                  "data.events", "data.store",
                  "weather.forecast", "weather.in_force",
                  "ops.access",
                  "ops.accounts",
                  "ops.approval",
                  "ops.change", "ops.remedies",
                  "ops.district",
                  "ops.duty",
                  "ops.explain",
                  "ops.field",
                  "ops.history",
                  "ops.home",
                  "ops.incidents",
                  "ops.intake",
                  "ops.joblist",
                  "ops.kpi",
                  "ops.levels",
                  "ops.links",
                  "ops.loop",
                  "ops.oidc",
                  "ops.operation",
                  "ops.passwords",
                  "ops.photos",
                  "ops.progress",
                  "ops.questions",
                  "ops.rates",
                  "ops.response",
                  "ops.sample",
                  "ops.served",
                  "ops.settings",
                  "ops.signin",
                  "ops.storms",
                  "ops.standing",
                  "ops.survey",
                  "ops.taps",
                  "ops.text",
                  "ops.tokens",
                  "ops.urgent",
                  "ops.verify",
                  "ops.wishes",
                  "ops.workload"),
}
ONLY_HERE = {
    "ortools": ("solver/",), "numba": ("solver/",),
    "requests": ("weather/fetch.py", "ops/channels.py"), "apprise": ("ops/channels.py",),
    "urllib3": ("weather/fetch.py",), "httpx": (), "aiohttp": (),
    "jwt": ("weather/tokens.py",), "argon2": ("ops/passwords.py",), "zxcvbn": ("ops/passwords.py",), "authlib": (),
    "segno": ("dashboard/paper.py",), "itsdangerous": ("ops/links.py",), "PIL": ("ops/photos.py",),
    "starlette": ("dashboard/",), "fastapi": ("dashboard/",), "pydantic": ("dashboard/",), "jinja2": ("dashboard/",),
    "sqlalchemy": ("data/",), "alembic": ("data/",),
    "apscheduler": ("ops/schedule.py",),
    "streamlit": ("dashboard/",), "pandas": ("dashboard/", "data/sheets", "ops/risk.py"),
}
REAL_CLOCK = ("ops/__main__.py", "ops/schedule.py", "dashboard/app.py", "dashboard/api.py", "dashboard/signin.py")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_imports_only_what_its_package_may_know(path):
    own = place(path).partition("/")[0]
    allowed = (own, *MAY_IMPORT.get(place(path), MAY_IMPORT[own]))
    ours = {name for name in imported(path) if name.partition(".")[0] in (*PACKAGES, "tests")}
    assert not {name for name in ours if not any(f"{name}.".startswith(f"{each}.") for each in allowed)}


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_libraries_stay_where_they_belong(path):
    for name in imported(path):
        homes = ONLY_HERE.get(name.partition(".")[0])
        assert homes is None or place(path).startswith(homes), f"{name} is not for {place(path)}"


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_the_real_clock_is_read_at_the_edge_only(path):
    if place(path) in REAL_CLOCK or place(path).startswith("data/longshan"):
        return
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call)}
    assert not calls & {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time"}


def test_the_contracts_stand_on_the_standard_library_alone():
    for name in ("weather/forecast.py", "data/accounts.py", "data/entities.py", "data/events.py"):
        heads = {each.partition(".")[0] for each in imported(ROOT / name) if not each.startswith("data.entities.")}
        assert heads <= {"collections", "dataclasses", "datetime", "enum", "hashlib", "json", "typing", "weather"}


def test_the_top_level_holds_nothing_else():
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name != "xunban.egg-info"}
    assert found <= {*PACKAGES, "tests", "pyproject.toml", "README.md", "README.zh-CN.md", "LICENSE",
                     "requirements.txt", "requirements-dev.txt"}


def test_the_lock_names_no_address():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text


@pytest.mark.xdist_group("house")
def test_what_a_group_of_tests_shares_is_set_up_by_one_process(request):
    """A group is known by the end of its tests' ids; a pytest that hides it sets all up twice, in silence."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@house")
