"""Several districts on one installation: nobody reads or writes another's, by no query, no link,
no session and no token, on both databases.
"""

import ast
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import event, select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.core import sites as districts
from dashboard.core.identity import COOKIE
from dashboard.core.sites import Sites
from dashboard.web import phone_links, sign_in, visitor
from dashboard.web import site_of_request as routing
from data.db import schema
from data.db.engine import reading, schema_of
from data.model.account import Role
from data.model.headquarters.members import Member
from data.model.operation import OperationKind
from data.store.part import Part
from data.store.store import MAIN, DatabaseError, Store
from ops.auth import sessions
from ops.auth.accounts import add_account
from ops.auth.api_tokens import holder, new_token
from ops.auth.devices import is_device
from ops.auth.local_door import enter, local_address
from ops.auth.permissions import CONSOLE
from ops.auth.sessions import AccessSettings, signed_in
from ops.base.errors import NotAllowed, NotFound
from ops.base.sites import HEADQUARTERS, Site, environment_of, named_in, own_id
from ops.documents.sources import read_city
from ops.headquarters.register import Register
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from ops.runtime.backup import backup
from tests.helpers.makers import NOW, make_city
from tests.helpers.paths import ROOT
from tests.helpers.processes.sign_in_browser import Browser, served
from tests.helpers.progress import VERSION

GOOD = "lightning over liaoyuan"
RULES = AccessSettings()


@pytest.fixture(scope="module", autouse=True)
def all_closed() -> Iterator[None]:
    """Whatever store was opened here is closed."""
    kept, begin = [], Store.__init__

    def noted(store: Store, url: str) -> None:
        begin(store, url)
        kept.append(store)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "__init__", noted)
        yield
    for store in kept:
        store.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(request, all_closed, tmp_path_factory) -> Register:
    """An installation that holds three districts: its own, east and west; each has a plan."""
    folder = tmp_path_factory.mktemp("installation")
    url = f"sqlite:///{folder / 'xunban.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").fresh()
    register = Register(Site(MAIN, folder, url))
    own = Store(url)
    own.migrate()
    _fill(own, MAIN)
    for site_id in ("east", "west"):
        member = Member(id=site_id, name=site_id, city="C", added_at=NOW)
        _fill(Store(register.add(CONSOLE, member, NOW).url), site_id)
    return register


def _fill(store: Store, name: str) -> None:
    city = make_city()
    store.replace_city(replace(city, district=replace(city.district, name=f"secret-{name}")))
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    add_account(store, CONSOLE, f"only-{name}", Role.DUTY, GOOD, NOW)
    add_account(store, CONSOLE, "wang", Role.ADMIN, f"{GOOD} {name}", NOW)


def opened(installation: Register, site_id: str) -> Store:
    return Store(installation.site(site_id).url)


def rows_of(store: Store) -> dict[str, list]:
    with reading(store._engine) as connection:
        return {
            name: connection.execute(select(table)).all()
            for name, table in schema.metadata.tables.items()
        }


def test_every_part_asks_its_own_database_and_no_other():
    """So whatever is true of one query of a store is true of all."""
    store = Store("sqlite:///none.db")
    parts = [part for part in vars(store).values() if isinstance(part, Part)]
    assert len(parts) > 15
    assert all(part._engine is store._engine for part in parts)
    for path in (ROOT / "data" / "store").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert name != "create_engine", path
                assert not name.endswith("open_engine") or path.stem in ("store", "maintenance")
                if name in ("reading", "writing") and path.stem != "maintenance":
                    assert ast.unparse(node.args[0]) in ("self._engine", "other._engine"), path


OPENERS = {
    "dashboard/core/board.py",
    "dashboard/core/sites.py",
    "dashboard/web/phone_links.py",
    "ops/cli/context.py",
    "ops/cli/districts/planners.py",
    "ops/cli/maintenance.py",
    "ops/exercise/beside.py",
    "ops/headquarters/register.py",
    "ops/runtime/city_bench.py",
}
"""Whoever else acts is handed a store: these open one, for a site that was found by its word."""


def test_a_database_is_opened_in_few_places():
    found = set()
    for folder in ("ops", "dashboard"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Store", "DoorStore"):
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == OPENERS


def watch(store: Store, strays: list[str]) -> None:
    """Note each schema or file but its own in which a statement of this store would be answered."""
    engine = store._engine

    def seen(connection, _cursor, statement, *_rest) -> None:
        if statement.startswith(("PRAGMA", "SET", "SHOW", "BEGIN")):
            return
        with closing(connection.connection.cursor()) as other:
            if engine.dialect.name == "sqlite":
                found = [row[2] for row in other.execute("PRAGMA database_list").fetchall()]
                own = str(engine.url.database)
            else:
                found = other.execute("SELECT current_schemas(false)").fetchone()[0]
                own = schema_of(engine) or "public"
            strays.extend(one for one in found if one != own)

    event.listen(engine, "before_cursor_execute", seen)


def test_what_a_district_asks_is_answered_by_its_own_rows_alone(installation):
    """Also while the others ask, side by side, over the same connections."""
    others = (MAIN, "west", HEADQUARTERS)
    before = {one: rows_of(opened(installation, one)) for one in others}
    strays: list[str] = []

    def work(site_id: str) -> None:
        store = opened(installation, site_id)
        watch(store, strays)
        for number in range(6):
            assert store.city().district.name == f"secret-{site_id}"
            operation = store.operations.current()
            assert store.plans.current(operation.id).number == 1
            assert store.accounts.get(f"only-{site_id}")
            assert not [one for one in others if one != site_id and _knows(store, one)]
            if site_id == "east":
                store.settings.save(f"n{number}", number)
                add_account(store, CONSOLE, f"new{number}", Role.DUTY, GOOD, NOW)

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, (MAIN, "east", "west")))
    assert strays == []
    assert {one: rows_of(opened(installation, one)) for one in others} == before


def _knows(store: Store, other: str) -> bool:
    return store.accounts.get(f"only-{other}") is not None


def test_no_secret_of_one_district_opens_another(installation):
    """Nor does it with the word of the other before it."""
    east, west = opened(installation, "east"), opened(installation, "west")
    drill = east.operations.current()
    links = Links(east, NotifySettings(), lambda: NOW)
    kept = sessions.sign_in(east, RULES, "wang", f"{GOOD} east", "x", NOW)
    token, link = new_token(east, CONSOLE, "12345", NOW), links.token(drill.id, 1, "A")
    here = local_address("", installation.site("east").home, NOW).rpartition("/")[2]
    words = (kept.secret, kept.device, token, link, here)
    assert all(word.startswith("east~") for word in words)
    assert signed_in(east, RULES, kept.secret, NOW)
    assert is_device(east, kept.device)
    assert holder(east, token) == "12345"
    assert links.read(link)[1] == drill
    for secret, device, api, sheet, door in (words, [f"west~{one[5:]}" for one in words]):
        assert signed_in(west, RULES, secret, NOW) is None
        assert not is_device(west, device)
        assert holder(west, api) is None
        with pytest.raises(NotAllowed):
            Links(west, NotifySettings(), lambda: NOW).read(sheet)
        with pytest.raises(NotAllowed):
            enter(west, installation.site("west").home, door, NOW)


@pytest.fixture
def browser(installation, monkeypatch) -> Iterator[Browser]:
    """The board's door before the whole installation."""
    found = Sites(installation.root)
    for module in (routing, sign_in):
        monkeypatch.setattr(module, "sites", lambda: found)
    for module in (sign_in, phone_links, visitor):
        monkeypatch.setattr(module, "real_clock", lambda: NOW)
    routes = [*sign_in.ROUTES, *phone_links.ROUTES, Route("/whose", _whose)]
    app = Starlette(routes=routes, middleware=[Middleware(routing.ToItsSite)])
    with served(app) as one:
        yield one


def _whose(_request: Request) -> PlainTextResponse:
    city = read_city(sign_in.store())
    return PlainTextResponse(f"{routing.here().id} {city.district.name if city else '-'}")


def come_in(browser: Browser, name: str, password: str) -> str:
    """What the browser then holds of a session."""
    browser.cookies.clear()
    status, _, _ = browser.enter(name, password)
    return browser.cookies[COOKIE] if status == 303 else ""


def test_who_signs_in_is_at_his_own_district(browser, installation):
    for name, password, site_id in (
        ("only-east", GOOD, "east"),
        ("only-main", GOOD, MAIN),
        ("wang", f"{GOOD} west", "west"),  # three have the name: the password tells
        ("wang@east", f"{GOOD} east", "east"),
    ):
        secret = come_in(browser, name, password)
        assert named_in(secret) == site_id
        assert browser.ask("GET", "/whose")[2] == f"{site_id} secret-{site_id}"
    assert not come_in(browser, "wang@east", f"{GOOD} west")
    assert not come_in(browser, "nobody", GOOD)
    browser.cookies.clear()
    assert browser.ask("GET", "/whose")[2] == "hq -"  # whoever is not known stands where nothing is


def test_who_comes_by_the_bureau_s_own_sign_in_is_led_to_his_district_or_chooses(
    browser, installation, monkeypatch
):
    """Of an account in one he is led there; of accounts in three he chooses, by no other's word."""
    told = {"email": "wang", "email_verified": True}
    monkeypatch.setattr(routing, "claims_of", lambda _: dict(told))
    assert browser.ask("GET", "/whose")[2] == "hq -"  # three have the name: he has yet to choose
    assert browser.ask("GET", "/district/west")[0] == 303
    assert browser.ask("GET", "/whose")[2] == "west secret-west"
    assert browser.ask("GET", "/district/gone")[0] == 303
    assert browser.ask("GET", "/whose")[2] == "west secret-west"
    told["email"] = "only-east"  # what another chose in this browser opens nothing
    assert browser.ask("GET", "/whose")[2] == "east secret-east"
    told["email"] = "nobody"
    assert browser.ask("GET", "/whose")[2] == "hq -"


@pytest.mark.parametrize(
    ("said", "found"),
    [("east", ["east"]), ("west, east", ["east", "west"]), ("gone", None), ("", None)],
)
def test_a_claim_may_say_which_district_it_is(installation, said, found):
    above = installation.site(HEADQUARTERS)
    (above.home / "settings.toml").write_text('[access]\ndistrict_claim = "dept"\n', "utf-8")
    known = Sites(installation.root)
    doors = known.doors({"email": "wang", "dept": said})
    assert sorted(one.id for one in doors) == (found or sorted([MAIN, "east", "west"]))
    assert known.of_claims({"email": "wang", "dept": "east"}).id == "east"


def test_a_district_whose_database_fails_keeps_nobody_from_his_own(installation, monkeypatch):
    """Who has an account elsewhere alone is led there; who chose the one that fails stays there."""
    known, opens = Sites(installation.root), districts.plain_store
    wang = {"email": "wang"}
    assert known.of_claims(wang, "west").id == "west"
    west = installation.site("west").url
    gone = f"sqlite:///{installation.root.home / 'gone.db'}"
    monkeypatch.setattr(districts, "plain_store", lambda url: opens(gone if url == west else url))
    for kept in (known, Sites(installation.root)):
        monkeypatch.setattr(districts, "LOOK_S", 0.0)
        assert kept.of_claims({"email": "only-east"}).id == "east"
        assert kept.of_claims({"email": "nobody"}).id == "west", (
            "who may be there hears that it fails"
        )
    assert known.of_claims(wang, "west").id == "west"


def test_a_district_that_is_served_alone_serves_no_other(installation):
    east = installation.site("east")
    alone = Site(MAIN, east.home, east.url)  # as ``--district east up`` hands it to the board
    assert Sites(alone).all() == (alone,)
    assert Sites(installation.root).hall.is_headquarters


def test_a_link_opens_its_own_districts_sheet(browser, installation):
    sheets = {}
    for site_id in ("east", "west", MAIN):
        store = opened(installation, site_id)
        links = Links(store, NotifySettings(), lambda: NOW)
        sheets[site_id] = links.token(store.operations.current().id, 1, "A")
    for token in sheets.values():
        assert browser.ask("GET", f"/s/{token}")[0] == 200
    for swapped in (
        f"west~{sheets['main']}",
        f"west~{sheets['east'][5:]}",
        f"gone~{sheets['main']}",
    ):
        assert browser.ask("GET", f"/s/{swapped}")[0] == 403


def test_a_drill_s_address_opens_its_own_district_whatever_the_browser_held(
    browser, installation, monkeypatch
):
    monkeypatch.setattr(sign_in, "is_here", lambda *_: True)
    for name, kept in (("only-east", True), ("only-west", False)):
        secret = come_in(browser, name, GOOD)
        assert secret
        path = local_address("", installation.site("east").home, NOW)
        assert browser.ask("GET", path)[0] == 303
        assert browser.ask("GET", "/whose")[2] == "east secret-east"
        assert (browser.cookies.get(COOKIE) == secret) is kept


def test_a_folder_called_districts_makes_no_district(installation, tmp_path):
    assert own_id(installation.site("east").home) == "east"
    assert own_id(installation.site(HEADQUARTERS).home) == HEADQUARTERS
    assert own_id(tmp_path / "districts" / "xunban") == MAIN
    assert own_id(installation.root.home) == MAIN


def test_no_settings_name_another_district_s_keys_or_the_program_s():
    own = {
        "a": "DISTRICT_A_KEY",
        "a-b": "DISTRICT_A__B_KEY",
        "a--b": "DISTRICT_A____B_KEY",
        "ab": "DISTRICT_AB_KEY",
        MAIN: "DISTRICT_MAIN_KEY",
    }
    told = dict.fromkeys([*own.values(), "SHARED_KEY", "WECOM", "XUNBAN_DB"], "x")
    for site_id, name in own.items():
        others = {"WECOM"} if site_id == MAIN else set()
        assert set(environment_of(site_id, told)) == {name, "SHARED_KEY", *others}


def test_a_district_that_is_archived_lets_nobody_in(browser, installation):
    installation.archive(CONSOLE, "west", NOW)
    assert not come_in(browser, "only-west", GOOD)
    assert come_in(browser, "only-east", GOOD)
    installation.archive(CONSOLE, "west", NOW, back=True)
    assert "west" in {site.id for site in installation.sites()}


def test_a_district_whose_database_is_damaged_shuts_nobody_out_elsewhere(tmp_path, monkeypatch):
    register = Register(Site(MAIN, tmp_path, f"sqlite:///{tmp_path / 'xunban.db'}"))
    Store(register.root.url).migrate()
    for site_id in ("east", "west"):
        member = Member(id=site_id, name=site_id, city="C", added_at=NOW)
        site = register.add(CONSOLE, member, NOW)
        add_account(Store(site.url), CONSOLE, f"only-{site_id}", Role.DUTY, GOOD, NOW)
    (register.site("west").home / "xunban.db").write_bytes(b"no database" * 1000)
    found = Sites(register.root)
    monkeypatch.setattr(sign_in, "sites", lambda: found)
    monkeypatch.setattr(sign_in, "real_clock", lambda: NOW)
    assert named_in(sign_in._enter("only-east", GOOD, "x", "", "").secret) == "east"
    with pytest.raises(DatabaseError):  # it may be there, and that is no wrong password
        sign_in._enter("only-west", GOOD, "x", "", "")


def test_a_district_alone_is_named_by_nothing(tmp_path):
    root = Site(MAIN, tmp_path, f"sqlite:///{tmp_path / 'xunban.db'}")
    assert Register(root).sites() == (root,)
    assert Sites(root).hall == root
    with pytest.raises(NotFound):
        Register(root).site("east")


def test_the_backup_of_one_holds_nothing_of_another(installation, tmp_path):
    (installation.site("east").home / "settings.toml").write_text("", "utf-8")
    target = tmp_path / "main.zip"
    backup(opened(installation, MAIN), installation.root.home, target)
    with zipfile.ZipFile(target) as kept:
        assert not [name for name in kept.namelist() if "east" in name or "districts" in name]
