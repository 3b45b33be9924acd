"""The pages of one's own account over real HTTP on loopback: each step of signing in, and forms
that are not ours.
"""

import re

import pytest

from dashboard.core.identity import COOKIE
from dashboard.web import sign_in
from ops.auth.accounts import new_password
from ops.auth.permissions import CONSOLE
from ops.auth.sessions import AccessSettings, acting, signed_in
from tests.helpers.makers import HOUR, NOW
from tests.helpers.processes.sign_in_browser import GOOD
from tests.helpers.security.second_factor import code_at, set_up

RULES = AccessSettings()
NEW = "riverbank at midnight"
LATER = NOW + HOUR


@pytest.fixture
def wang(store, door):
    return acting(store.accounts.get("wang"))


def is_in(door, store) -> bool:
    return signed_in(store, RULES, door.cookies.get(COOKIE, ""), LATER) is not None


def test_step_by_step_to_the_board(door, store, monkeypatch):
    """A first password and a role that needs a second factor: each step leads to the next one."""
    strict = AccessSettings(second_factor_roles=("duty",))
    monkeypatch.setattr(sign_in, "settings", lambda: strict)
    new_password(store, CONSOLE, "wang", GOOD, NOW, temporary=True)
    assert door.enter(asked="/desk")[1]["Location"] == "/password?lang=zh"
    form = {"seal": door.seal("/password"), "old": GOOD, "new": NEW, "again": NEW}
    assert door.ask("POST", "/password", form)[1]["Location"] == "/account/second?lang=zh"
    assert not is_in(door, store)
    page = door.ask("GET", "/account/second")[2]
    assert "<svg" in page
    form = {"seal": door.seal("/account/second"), "password": NEW, "code": "000000"}
    assert door.ask("POST", "/account/second", form)[0] == 422
    form |= {"code": code_at(store, "wang")}
    status, _, page = door.ask("POST", "/account/second", form)
    assert (status, len(re.findall(r"<code>[\w-]{19}</code>", page))) == (200, 8)
    assert is_in(door, store)


def test_the_code_opens_the_board_and_a_wrong_one_does_not(door, store, wang, monkeypatch):
    set_up(store, wang)
    monkeypatch.setattr(sign_in, "real_clock", lambda: LATER)
    assert door.enter()[1]["Location"] == "/login/code?lang=zh"
    for path in ("/account", "/password", "/account/second"):
        assert door.ask("GET", path)[0] == 303, "nothing else opens before"
    form = {"seal": door.seal("/login/code"), "code": "000000"}
    status, _, page = door.ask("POST", "/login/code", form)
    assert (status, "验证码不对" in page, is_in(door, store)) == (401, True, False)
    form |= {"code": code_at(store, "wang", LATER)}
    assert door.ask("POST", "/login/code", form)[1]["Location"] == "/"
    assert is_in(door, store)


def test_ones_account_shows_and_ends_what_is_ones_own(door, store, wang, monkeypatch):
    codes = set_up(store, wang)
    monkeypatch.setattr(sign_in, "real_clock", lambda: LATER)
    door.enter(User_Agent="<script>")
    form = {"seal": door.seal("/login/code"), "code": codes[0]}
    door.ask("POST", "/login/code", form, User_Agent="<script>")
    page = door.ask("GET", "/account?lang=en")[2]
    assert ("7 paper codes are left" in page, "<script>" in page) == (True, False)
    first = door.cookies[COOKIE]
    sign_in.sign_in(store, RULES, "wang", GOOD, "10.1.1.1", LATER)
    form = {"seal": door.seal("/account"), "number": ""}
    assert door.ask("POST", "/account/sessions", form)[0] == 303
    assert len(store.accounts.sessions(store.accounts.get("wang").id)) == 1
    form = {"seal": door.seal("/account"), "password": GOOD, "code": codes[1]}
    assert door.ask("POST", "/account/codes", form)[0] == 200
    assert "原密码不对" in door.ask("POST", "/account/codes", form | {"password": "x"})[2]
    code = code_at(store, "wang", LATER)
    assert door.ask("POST", "/account/second/end", form | {"code": code})[0] == 303
    assert store.accounts.get("wang").second_at is None
    assert door.cookies[COOKIE] != first
    assert is_in(door, store)


POSTS = (
    "/login/code",
    "/account/second",
    "/account/second/end",
    "/account/codes",
    "/account/sessions",
)


@pytest.mark.parametrize("path", POSTS)
def test_a_form_of_another_site_does_nothing(door, store, wang, path):
    door.enter()
    form = {"seal": door.seal("/account"), "password": GOOD, "code": "1", "number": ""}
    assert door.ask("POST", path, form, Origin="https://evil.example")[0] == 403
    assert door.ask("POST", path, form, Sec_Fetch_Site="cross-site")[0] == 403
    assert door.ask("POST", path, form | {"seal": "0" * 64})[0] == 403
    assert is_in(door, store)


@pytest.mark.parametrize("path", POSTS)
def test_who_is_not_signed_in_does_nothing(door, path):
    assert door.ask("POST", path, {"seal": "0" * 64, "password": GOOD, "code": "1"})[0] == 403
