"""Nobody reads or writes another district's by any door there is: each page, route, command and
deed, taken from the lists that the program itself serves by, and watched where it asks and opens.

A new route with a new kind of fact in its address, or a command with a new argument, fails here
until it has its value.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import streamlit as st
import typer
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from typer.testing import CliRunner

from dashboard.core import identity
from dashboard.core.identity import COOKIE, HERE
from dashboard.core.sites import Sites, plain_store
from dashboard.views import navigation
from dashboard.web import metrics, phone_links, resident_links, sign_in, visitor
from dashboard.web import site_of_request as routing
from dashboard.web.forms import DEVICE
from dashboard.web.gate import Gate
from dashboard.web.routes import ROUTES
from data.model.account import Role
from data.model.headquarters.members import Member
from data.model.operation import OperationKind
from data.store.store import MAIN, Store
from ops.auth import sessions
from ops.auth.accounts import add_account
from ops.auth.api_tokens import METRICS, new_token
from ops.auth.local_door import enter, local_address
from ops.auth.permissions import CONSOLE
from ops.auth.sessions import AccessSettings
from ops.base.sites import HEADQUARTERS, Site
from ops.cli.app import cli
from ops.district.services import SERVICES
from ops.headquarters.register import Register
from ops.notifications.notices import NotifySettings
from ops.notifications.report_points import point_token
from ops.notifications.signed_links import Links
from tests.helpers.cases import all_cases
from tests.helpers.makers import NOW, make_city
from tests.helpers.pages import opened
from tests.helpers.processes.sign_in_browser import Browser, served
from tests.helpers.progress import JOB, VERSION
from tests.helpers.security.strays import touched

pytestmark = pytest.mark.xdist_group("doors")  # each installation is made once
GOOD = "lightning over liaoyuan"
SEVERAL = (MAIN, "east")  # whose doors are tried; west stands beside them
SERVED = json.dumps([name for name in SERVICES if name != "sanitation"])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(request, tmp_path_factory) -> Iterator[Register]:
    """An installation that holds three districts: its own, east and west."""
    folder = tmp_path_factory.mktemp("installation")
    url = f"sqlite:///{folder / 'xunban.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").fresh()
    register = Register(Site(MAIN, folder, url))
    kept, begin = [], Store.__init__

    def noted(store: Store, url: str) -> None:
        begin(store, url)
        kept.append(store)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "__init__", noted)
        patch.setenv("XUNBAN_HOME", str(folder))
        patch.setenv("XUNBAN_DB", url)
        Store(url).migrate()
        for site_id in (MAIN, "east", "west"):
            if site_id != MAIN:
                member = Member(id=site_id, name=site_id, city="C", added_at=NOW)
                register.add(CONSOLE, member, NOW)
            fill(site_at(register, site_id))
        plain_store.cache_clear()
        yield register
        plain_store.cache_clear()
        for store in kept:
            store.close()
    register.close()


def site_at(register: Register, site_id: str) -> Site:
    return register.root if site_id == MAIN else register.site(site_id)


def fill(site: Site) -> None:
    """A district in a drill, with a plan and all services on."""
    (site.home / "settings.toml").write_text(f"[services]\non = {SERVED}\n", "utf-8")
    store = Store(site.url)
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    add_account(store, CONSOLE, "wang", Role.ADMIN, f"{GOOD} {site.id}", NOW)
    add_account(store, CONSOLE, f"only-{site.id}", Role.ADMIN, GOOD, NOW)


@pytest.fixture(scope="module")
def words(installation) -> dict[str, "Words"]:
    """By district."""
    return {site_id: Words(site_at(installation, site_id)) for site_id in (*SEVERAL, "west")}


@pytest.fixture
def browser(installation, monkeypatch) -> Iterator[Browser]:
    """Whoever asks at the board's server, with all that stands before its routes."""
    found = Sites(installation.root)
    found.all()
    for module in (routing, sign_in):
        monkeypatch.setattr(module, "sites", lambda: found)
    for module in (sign_in, phone_links, resident_links, visitor, metrics):
        monkeypatch.setattr(module, "real_clock", lambda: NOW)
    app = Starlette(
        routes=[*ROUTES],
        middleware=[Middleware(routing.ToItsSite), Middleware(Gate)],
    )
    with served(app) as one:
        yield one


def doors() -> Iterator[tuple[str, str]]:
    """Each way of asking for each address that is served."""
    for route in ROUTES:
        inner = route.app.routes if isinstance(route, Mount) else [route]
        for one in inner:
            assert isinstance(one, Route), one
            prefix = route.path if isinstance(route, Mount) else ""
            for method in sorted(one.methods or ()):
                yield method, prefix + one.path


class Words:
    """What a person, a phone, a platform and a machine of one district hold."""

    def __init__(self, site: Site) -> None:
        store, self.site_id = Store(site.url), site.id
        drill = store.operations.current()
        kept = sessions.sign_in(store, AccessSettings(), "wang", f"{GOOD} {site.id}", "x", NOW)
        given = local_address("", site.home, NOW).rpartition("/")[2]
        self.given = local_address("", site.home, NOW).rpartition("/")[2]
        self.cookies = {COOKIE: kept.secret, HERE: enter(store, site.home, given, NOW)}
        if kept.device:
            self.cookies[DEVICE] = kept.device
        tokens = {holder: new_token(store, CONSOLE, holder, NOW) for holder in ("12345", METRICS)}
        self.tokens = {"/api": tokens["12345"], "/metrics": tokens[METRICS]}
        self.link = Links(store, NotifySettings(), lambda: NOW).token(drill.id, 1, "A")
        self.point = point_token(store, drill, "S1")

    def facts(self, door: str) -> dict[str, str]:
        """What stands in addresses."""
        return {
            "{token}": self.point if door.startswith(POINTS) else self.link,
            "{event_id}": NUMBER,
            "{given}": self.given,
            "{name}": "page.js",
            "{district}": self.site_id,
            "{number}": "1",
            "{to}": "2",
        }


NUMBER, POINTS = "a" * 32, "/s/{token}/report"
BODIES = {
    f"{POINTS}/events": {"event_id": NUMBER, "kind": "standing_water", "segment_id": "S1"},
    "/api/incidents": {
        "external_id": "x",
        "kind": "fallen_tree",
        "reported_at": NOW.isoformat(),
        "segment_id": "S1",
        "exercise": True,
    },
    "/api/gauges": {"readings": [{"gauge": "x", "value": 1}]},
    "/api/cases": {
        "number": "x",
        "code": "fallen_tree",
        "reported_at": NOW.isoformat(),
        "lon": 125.14,
        "lat": 42.9,
        "exercise": True,
    },
    "/api/notices/{number}/reached": {"by": "x"},
    "/s/{token}/events": {
        "event_id": "tap-0000001",
        "kind": "accept",
        "device_at": NOW.isoformat(),
        "sent_at": NOW.isoformat(),
    },
}


def ask(browser: Browser, method: str, door: str, words: Words, cookies: dict[str, str]) -> int:
    """What is answered to a call that brings a district's words."""
    address = re.sub(r":\w+}", "}", door)  # of which kind a number is
    for name, value in words.facts(door).items():
        address = address.replace(name, value)
    assert "{" not in address, f"{door} holds a fact that has no value here"
    browser.cookies = dict(cookies)
    token = next((one for start, one in words.tokens.items() if door.startswith(start)), None)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if door in BODIES:
        headers["Content_Type"] = "application/json"
        return browser.ask(method, address, json.dumps(BODIES[door]), **headers)[0]
    form = {"name": "only-west", "password": GOOD, "seal": "x"} if method == "POST" else None
    return browser.ask(method, address, form, **headers)[0]


@pytest.mark.parametrize("site_id", SEVERAL)
def test_a_route_answers_from_the_district_whose_word_opens_it(
    browser, installation, words, site_id
):
    home, own, answers = installation.root.home, words[site_id], {}
    with all_cases() as case:
        for method, door in doors():
            by_word = door.startswith(("/s/{", "/api", "/metrics", "/here"))
            for holder in (site_id, "west"):
                with case(f"{method} {door} in a browser of {holder}"), touched(home) as seen:
                    status = ask(browser, method, door, own, words[holder].cookies)
                    assert status < 500
                    assert seen.of_others(site_id if by_word else holder) == set()
                    answers.setdefault((method, door), status)
    opened = {door for (_, door), status in answers.items() if status == 200}
    assert {"/", "/metrics", "/s/{token}", "/s/{token}/events", "/account"} <= opened
    assert {"/api/incidents", "/api/incidents/{number}", "/api/cases"} <= opened
    assert {POINTS, f"{POINTS}/events", f"{POINTS}/answers"} <= opened


def test_what_is_of_another_is_seen(installation):
    west = installation.site("west")
    with touched(installation.root.home) as seen:
        Store(west.url).city()
        (west.home / "settings.toml").read_text("utf-8")
        Store(installation.root.url).accounts.get("wang")
    strays = seen.of_others("east")
    assert {("west", "district"), ("west", "settings.toml"), (MAIN, "accounts")} <= strays


PAGE = """
from datetime import UTC, datetime
from dashboard.core.board import open_board
from dashboard.views import navigation
[page] = [one for one in (*navigation.PAGES, *navigation.ABOVE[:1]) if one.path == PATH]
page.show(open_board(lambda: datetime.now(UTC)))
"""


@pytest.mark.parametrize("site_id", ["east", HEADQUARTERS])
def test_a_page_shows_its_own_district(installation, site_id, monkeypatch):
    site = installation.site(site_id)
    monkeypatch.setattr(identity, "site_of_visitor", lambda: site)
    st.cache_resource.clear()
    asked: set[tuple[str, str]] = set()
    with all_cases() as case:
        for entry in navigation.ABOVE if site.is_headquarters else navigation.PAGES:
            with case(entry.path), touched(installation.root.home) as seen:
                opened(PAGE.replace("PATH", repr(entry.path)))
                assert seen.of_others(site_id) == set()
                asked |= seen.found
    assert {("east", "triggers"), (HEADQUARTERS, "directives")} & asked
    st.cache_resource.clear()


ARGUMENTS = {
    "number": "1",
    "to": "2",
    "by": "x",
    "name": "only-east",
    "role": "duty",
    "job": JOB.job_id,
    "kind": "clear",
    "segment": "S1",
    "road": "L1",
    "at": "125.13,42.90 125.14,42.90",
    "reason": "x",
    "question": "q",
    "text": "x",
    "wanted": "II",
    "unit": "M-loader",
    "station": "A",
    "year": "2022",
    "what": "settings",
    "metadata": "https://sso.example/.well-known/openid-configuration",
    "client": "x",
    "board": "https://board.example",
    "district": "south",
    "city": "C",
}
FILES = {"source": "no-file.xlsx", "sources": "no-file.xlsx", "history": "h.csv", "folder": "."}
LAST = ("operation go-live", "contingency", "init")
"""Of a drill there is a plan that others are about; of real operation none."""
RUN_ON = ("up", "serve", "bench city", "drill ")
"""Those that go on, or begin processes of their own: each is handed the same one place."""


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each command with what it asks for."""

    def walk(one, words: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
        if subs := getattr(one, "commands", None):
            for name, sub in subs.items():
                yield from walk(sub, (*words, name))
        elif not " ".join(words).startswith(RUN_ON):
            yield " ".join(words), given(one)

    yield from walk(typer.main.get_command(cli), ())


def given(command) -> list[str]:
    found = []
    for one in command.params:
        if one.required:
            value = {"target": "target.zip"} | FILES | ARGUMENTS
            assert one.name in value, f"{command.name} asks for {one.name}, which has no value here"
            is_option = one.param_type_name == "option"
            found += [one.opts[0], value[one.name]] if is_option else [value[one.name]]
    return [*found, "--stdin"] if any(one.name == "stdin" for one in command.params) else found


def test_a_command_acts_in_the_district_that_it_names(installation, tmp_path, monkeypatch):
    answers = {}
    with all_cases() as case:
        for name, arguments in sorted(commands(), key=lambda one: one[0] in LAST):
            monkeypatch.setenv("XUNBAN_HOME", str(installation.root.home))
            (tmp_path / name).mkdir()
            monkeypatch.chdir(tmp_path / name)
            with case(name), touched(installation.root.home) as seen:
                done = CliRunner().invoke(
                    cli, ["--district", "east", *name.split(), *arguments], GOOD
                )
                answers[name] = done.exit_code
                assert done.exit_code in (0, 1), done.output
                if not name.startswith("district"):
                    assert seen.of_others("east") == set()
    assert sum(code == 0 for code in answers.values()) > 20
