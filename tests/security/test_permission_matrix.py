"""Who may do what, tried at every door: each person with each action, each page and each route. A
new function that asks for a permission, a new page or a new route fails here until it has its
cells.
"""

import ast
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from starlette.routing import Mount
from streamlit.testing.v1 import AppTest

from dashboard.core import identity
from dashboard.views import navigation
from dashboard.views.navigation import PAGES
from dashboard.web import metrics, own_account, phone_links, photos, resident_links, splash
from dashboard.web import sign_in as signin
from data.model.account import Role
from data.model.city import SANITATION
from data.model.operation import OperationKind
from data.store.store import Store
from ops.auth import accounts, api_tokens
from ops.auth.permissions import CONSOLE, Action, Actor
from ops.auth.sessions import (
    sign_in,
    signed_in,
)
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.base.paths import home
from ops.district.services import SERVICES
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport
from tests.helpers.cases import all_cases
from tests.helpers.makers import (
    NOW,
    make_admin,
    make_city,
)
from tests.helpers.pages import APP, checked, fill, text
from tests.helpers.paths import ROOT
from tests.helpers.processes.sign_in_browser import Browser
from tests.helpers.progress import VERSION
from tests.helpers.security.deeds import DEEDS
from tests.helpers.security.world import GOOD, RULES, SIGNED_IN, Deed, World

PEOPLE = ("anonymous", "revoked", "chief", "duty", "manager", "admin", "link", "platform")
ABOVE = ("city", "province")  # at the desk above: no district knows them
STATIONS = ("A", "B")  # the chief's and the link's own, and another
LOOKS = {
    Action.SEE_DESK,
    Action.SEE_STATION,
    Action.SEE_MANAGER,
    Action.SEE_SETUP,
    Action.SEE_HELP,
    Action.SEE_DISTRICTS,
}
"""What is looked at only: their cells are those of the pages."""

PAGES_OPEN = {
    "desk": ("duty", "manager", "admin"),
    "station": ("chief", "duty", "manager", "admin"),
    "roster": ("chief", "duty", "manager", "admin"),
    "cases": ("chief", "duty", "manager", "admin"),
    "cleaning": ("chief", "duty", "manager", "admin"),
    "works": ("duty", "manager", "admin"),
    "patrol": ("chief", "duty", "manager", "admin"),
    "cars": ("chief", "duty", "manager", "admin"),
    "duty": ("duty", "manager", "admin"),
    "manager": ("duty", "manager", "admin"),
    "drills": ("duty", "manager", "admin"),
    "setup": ("admin",),
    "admin": ("admin",),
    "help": SIGNED_IN,
}
OFFERED = {page.path: page for page in (*PAGES, *navigation.ABOVE)}.values()
"""Which page is shown to whom."""


# --- the people


def people_of(store: Store) -> dict[str, str]:
    """Everybody's session; of the one who is revoked, the session he had."""
    make_admin(store)
    secrets = {"anonymous": ""}
    for name, role in (
        ("chief", Role.CHIEF),
        ("duty", Role.DUTY),
        ("manager", Role.MANAGER),
        ("admin", Role.ADMIN),
        ("revoked", Role.ADMIN),
    ):
        station = store.city().stations[0].id if role is Role.CHIEF else None
        accounts.add_account(store, CONSOLE, name, role, GOOD, NOW, station)
        secrets[name] = sign_in(store, RULES, name, GOOD, name, NOW).secret
    accounts.revoke_account(store, CONSOLE, "revoked", NOW)
    return secrets


@pytest.fixture(scope="module")
def template(sqlite_template, tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """The world as each cell finds it, and everybody's sessions."""
    path = tmp_path_factory.mktemp("matrix") / "world.db"
    shutil.copyfile(sqlite_template, path)
    store = Store(f"sqlite:///{path}")
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    told = IncidentReport(
        kind="fallen_tree", by="x", source="desk", reported_at=NOW, segment_id="S1"
    )
    grid = Actor(name="api:grid", role=Role.PLATFORM)
    for segment in ("S1", "S1", "S2"):  # two of one matter, and another
        incidents.report(store, drill, grid, replace(told, segment_id=segment), NOW)
    api_tokens.new_token(store, CONSOLE, "grid", NOW)
    secrets = people_of(store)
    store.close()
    return path, secrets


def acting(person: str, store: Store, secrets: dict[str, str]) -> Actor | None:
    if person == "link":
        return Actor(name="link", role=Role.LINK, station_id="A")
    if person == "platform":
        return Actor(name="api:grid", role=Role.PLATFORM)
    return signed_in(store, RULES, secrets[person], NOW)


# --- the functions


def asking() -> set[str]:
    """Every function of ours that asks for a permission."""
    found = set()
    for path in (ROOT / "ops").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(call, ast.Call)
                and ast.unparse(call.func).rpartition(".")[2] == "require"
                for call in ast.walk(node)
            ):
                found.add(f"{path.stem}.{node.name}")
    return found


def test_no_function_action_person_or_page_is_without_its_cells():
    assert asking() == {deed.name for deed in DEEDS}
    assert {deed.action for deed in DEEDS} | LOOKS == set(Action)
    assert {page.path for page in PAGES} == set(PAGES_OPEN)
    assert {page.action for page in OFFERED} >= LOOKS
    assert {str(role) for role in Role} == {*PEOPLE, *ABOVE} - {"anonymous", "revoked"}


@pytest.mark.parametrize("role", ABOVE)
def test_who_sits_above_the_districts_does_nothing_in_one(template, tmp_path, monkeypatch, role):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path / "home"))
    own = (Action.OWN_PASSWORD, Action.OWN_SIGN_IN, Action.GIVE_DIRECTIVE)
    actor = Actor(name="above", role=Role(role), city="C" if role == "city" else None)
    with new_world(template, tmp_path) as store, all_cases() as case:
        world = World(store, store.operations.current(), "A")
        for deed in (one for one in DEEDS if one.action not in own):
            with case(deed.name), pytest.raises(NotAllowed, match=r"access\.refused"):
                deed.act(world, actor)


@contextmanager
def new_world(template, tmp_path: Path) -> Iterator[Store]:
    shutil.copyfile(template[0], tmp_path / "world.db")
    store = Store(f"sqlite:///{tmp_path / 'world.db'}")
    try:
        yield store
    finally:  # what a failed one leaves behind fails all after it
        store.close()


@pytest.mark.parametrize("person", PEOPLE)
def test_a_deed_is_done_by_whom_it_is_for(template, tmp_path, person, monkeypatch):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path / "home"))

    def is_allowed(deed: Deed, station: str) -> bool:
        return person in deed.anywhere or (person in deed.at_own and station == "A")

    with all_cases() as case:
        for station in STATIONS:
            allowed = [deed for deed in DEEDS if is_allowed(deed, station)]
            for deed in allowed:
                with (
                    case(f"{deed.name}-{person}-{station}"),
                    new_world(template, tmp_path) as store,
                ):
                    act_allowed(
                        deed, World(store, store.operations.current(), station), person, template[1]
                    )
            with new_world(template, tmp_path) as store:  # what is refused leaves it as it was
                world = World(store, store.operations.current(), station)
                for deed in (one for one in DEEDS if one not in allowed):
                    with case(f"{deed.name}-{person}-{station}"):
                        refuse(deed, world, person, template[1])


def act_allowed(deed: Deed, world: World, person: str, secrets: dict[str, str]) -> None:
    who = acting(person, world.store, secrets)
    assert who is not None
    deed.act(world, who)
    assert (deed.action in {one.action for one in world.store.desk.audit_log()}) is deed.audited


def refuse(deed: Deed, world: World, person: str, secrets: dict[str, str]) -> None:
    who = acting(person, world.store, secrets)
    assert (who is None) is (person in ("anonymous", "revoked"))
    if who is None:
        return
    with pytest.raises(NotAllowed, match=r"access\.refused"):
        deed.act(world, who)
    assert str(deed.action) not in {
        one.action
        for one in world.store.desk.audit_log()
        if one.by == who.name and deed.action is not Action.REPORT_INCIDENT
    }


@pytest.mark.parametrize("person", ["anonymous", "revoked"])
def test_who_is_nobody_has_nothing_to_call_with(template, person):
    path, secrets = template
    assert acting(person, Store(f"sqlite:///{path}"), secrets) is None


# --- the pages


@pytest.fixture
def board(url, monkeypatch) -> tuple[Store, dict[str, str]]:
    """A real operation in the town of the board's tests, and everybody's sessions, as of now."""
    store = fill(url, OperationKind.REAL)
    monkeypatch.setattr(identity, "claims", lambda: ())
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC))
    home().mkdir(parents=True, exist_ok=True)
    others = [name for name in SERVICES if name != SANITATION]
    (home() / "settings.toml").write_text(f"[services]\non = {json.dumps(others)}\n", "utf-8")
    return store, people_of(store)


def open_page(
    path: str, person: str, secrets: dict[str, str], monkeypatch, **asked: str
) -> AppTest:
    monkeypatch.setattr(
        identity, "caller", lambda _: identity.Caller(secret=secrets[person] or None, is_here=True)
    )
    st.cache_resource.clear()
    page = AppTest.from_file(APP, default_timeout=60)
    for name, value in asked.items():
        page.query_params[name] = value
    page.run()
    if path != "desk":
        page._page_hash = next(
            one for one, info in page._registered_pages.items() if info["url_pathname"] == path
        )
        page.run()
    return checked(page)


@pytest.mark.signs_in
@pytest.mark.parametrize("person", ["anonymous", "revoked", *SIGNED_IN])
def test_a_page_is_shown_to_whom_it_is_for(board, monkeypatch, person):
    store, secrets = board
    with all_cases() as case:
        for path in PAGES_OPEN:
            with case(f"{path}-{person}"):
                check_page(path, person, store, open_page(path, person, secrets, monkeypatch))


def check_page(path: str, person: str, store: Store, page: AppTest) -> None:
    t, names = Translator(), [station.name for station in store.city().stations]
    shown = text(page)
    everything = shown + repr(page)
    if person in ("anonymous", "revoked"):
        assert t("access.signed_out") in shown
        assert "/login?" in shown
        for secret in (
            *names,
            store.city().district.name,
            *(one.name for one in store.city().crews),
            "暴雨",
        ):
            assert secret not in everything
    elif person in PAGES_OPEN[path]:
        assert t("access.not_page", role=t(f"account_role.{person}")) not in shown
        assert f"<b>{person}</b>" in shown
    elif path == "desk":  # the first page leads on to one's own
        assert names[0] in shown
    else:
        assert t("access.not_page", role=t(f"account_role.{person}")) in shown


@pytest.mark.signs_in
@pytest.mark.parametrize("person", SIGNED_IN)
def test_a_chief_sees_his_own_station_alone(board, monkeypatch, person):
    store, secrets = board
    with all_cases() as case:
        for number, station in enumerate(store.city().stations[:2]):
            with case(f"{person}-{station.id}"):
                shown = text(open_page("station", person, secrets, monkeypatch, station=station.id))
                own = person != "chief" or number == 0
                assert (f"<b>{station.name}</b>" in shown) is own


@pytest.mark.signs_in
def test_a_page_that_is_open_sees_nothing_more_once_the_account_is_revoked(board, monkeypatch):
    store, secrets = board
    page = open_page("desk", "duty", secrets, monkeypatch)
    assert "<b>duty</b>" in text(page)
    accounts.revoke_account(store, CONSOLE, "duty", NOW)
    st.cache_resource.clear()  # two seconds later
    assert Translator()("access.signed_out") in text(checked(page.run()))
    assert store.city().district.name not in repr(page)


@pytest.mark.signs_in
@pytest.mark.parametrize(
    ("kind", "here", "is_open"),
    [
        (OperationKind.DRILL, True, True),
        (OperationKind.DRILL, False, False),
        (OperationKind.REAL, True, False),
    ],
)
def test_a_drill_alone_is_open_at_the_machine_alone(url, monkeypatch, kind, here, is_open):
    store = fill(url, kind)
    monkeypatch.setattr(identity, "caller", lambda _: identity.Caller(secret=None, is_here=here))
    shown = text(checked(AppTest.from_file(APP, default_timeout=60).run()))
    assert (Translator()("access.here") in shown) is is_open
    assert (store.city().district.name in shown) is is_open
    assert (
        "xunban account add" in shown
    ) is not is_open  # there is no account yet, and it says how to make one


# --- the routes

ROUTES = {
    **{
        ("GET", path): 200 for path in ("/", *(f"/{page.path}" for page in PAGES))
    },  # the frame, with nothing in it yet
    ("GET", "/login"): 200,
    ("POST", "/login"): 403,
    ("GET", "/login/page.css"): 200,
    ("GET", "/here/{given}"): 403,
    ("GET", "/district/{district}"): 303,
    ("GET", "/logout"): 200,
    ("GET", "/metrics"): 401,
    ("POST", "/logout"): 403,
    ("GET", "/password"): 303,
    ("POST", "/password"): 403,
    ("GET", "/login/code"): 303,
    ("POST", "/login/code"): 403,
    ("GET", "/account"): 303,
    ("GET", "/account/second"): 303,
    ("POST", "/account/second"): 403,
    ("POST", "/account/second/end"): 403,
    ("POST", "/account/codes"): 403,
    ("POST", "/account/sessions"): 403,
    ("GET", "/s/static/{name}"): 200,
    ("GET", "/s/{token}"): 403,
    ("GET", "/s/sw.js"): 200,
    ("GET", "/s/{token}/newer"): 403,
    ("GET", "/s/{token}/roads"): 403,
    ("POST", "/s/{token}/events"): 403,
    ("GET", "/s/{token}/cases/{number:int}/photo"): 403,
    ("GET", "/s/{token}/report"): 404,
    ("POST", "/s/{token}/report/events"): 404,
    ("GET", "/s/{token}/report/answers"): 404,
    ("GET", "/s/{token}/report/after/{event_id}"): 404,
    ("GET", "/photos/{name}"): 401,
    ("GET", "/api/openapi.json"): 200,
    ("POST", "/api/cases"): 401,
    ("GET", "/api/cases/{number:path}"): 401,
    ("POST", "/api/incidents"): 401,
    ("POST", "/api/gauges"): 401,
    ("POST", "/api/notices/{number}/reached"): 401,
    ("GET", "/api/incidents/{number}"): 401,
    ("PUT", "/api/incidents/{number}/close"): 401,
    ("PUT", "/api/incidents/{number}/split"): 401,
    ("PUT", "/api/incidents/{number}/join/{to}"): 401,
}
"""What a route answers to somebody without its own key: no session opens a link or stands for a
platform's token.
"""


def routes() -> set[tuple[str, str]]:
    found = set()
    for route in (
        *splash.ROUTES,
        *signin.ROUTES,
        *own_account.ROUTES,
        *phone_links.ROUTES,
        *resident_links.ROUTES,
        *metrics.ROUTES,
        *photos.ROUTES,
    ):
        inner = route.routes if isinstance(route, Mount) else [route]
        path = route.path if isinstance(route, Mount) else ""
        found |= {
            (method, path + one.path)
            for one in inner
            if hasattr(one, "methods")
            for method in one.methods or ()
            if method != "HEAD"
        }
    return found


def test_no_route_is_without_its_cells():
    assert routes() == set(ROUTES)


@pytest.mark.parametrize("person", ["anonymous", "revoked", "duty", "admin"])
def test_a_route_opens_to_its_own_key_alone(door, store, drill, person):
    store.replace_city(make_city())
    secret = people_of(store)[person]
    with all_cases() as case:
        for route in ROUTES:
            with case(f"{' '.join(route)}-{person}"):
                browser = Browser(door.port)
                browser.cookies = {identity.COOKIE: secret} if secret else {}
                check_route(browser, route, person)


def check_route(browser: Browser, route: tuple[str, str], person: str) -> None:
    method, path = route
    path = path.replace("{name}", "page.css").replace("{token}", "made-up").replace("{number}", "1")
    path = path.replace("{number:int}", "1").replace("{event_id}", "0" * 32)
    path = path.replace("{given}", "made-up")
    own = [("GET", address) for address in ("/password", "/account", "/account/second")]
    is_in = route in own and person in ("duty", "admin")
    status, _, said = browser.ask(
        method, path, b"{}" if method != "GET" else None, Content_Type="application/json"
    )
    assert status == (200 if is_in else ROUTES[route])
    assert make_city().district.name not in said
