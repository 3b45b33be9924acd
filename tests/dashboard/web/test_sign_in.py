"""Signing in and out over real HTTP on loopback: cookies, forms that are not ours, guesses,
headers.
"""

import re
from urllib.parse import urlencode

import pytest
from starlette.routing import Route

from dashboard.core.identity import COOKIE, is_here
from dashboard.web import sign_in
from dashboard.web.forms import FORM
from dashboard.web.rate_limit import MOST_ADDRESSES, Misses
from dashboard.web.routes import ROUTES
from dashboard.web.security_headers import HEADERS
from dashboard.web.sign_in import safe_next
from data.store.store import Store
from ops.auth import passwords
from ops.auth.sessions import AccessSettings, signed_in
from ops.base.messages import Translator
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from tests.helpers.makers import NOW, make_city, make_version
from tests.helpers.processes.sign_in_browser import GOOD, Browser

NEW = "riverbank at midnight"
EVIL = "<script>alert(1)</script>\"'&"
HASHER = passwords._HASHER  # as it is outside tests


def test_in_and_out(door, store):
    status, headers, _ = door.enter(asked="/station?lang=en")
    assert (status, headers["Location"]) == (303, "/station?lang=en")
    secret = door.cookies[COOKIE]
    assert signed_in(store, AccessSettings(), secret, NOW).name == "Wang"
    assert "Wang" in door.ask("GET", "/logout")[2]
    status, headers, _ = door.ask("POST", "/logout", {"seal": door.seal("/logout")})
    assert (status, headers["Location"], door.cookies.get(COOKIE)) == (303, "/", None)
    assert signed_in(store, AccessSettings(), secret, NOW) is None
    assert "Wang" not in door.ask("GET", "/logout")[2]


def test_ones_own_password_is_changed_where_one_is_signed_in(door, store):
    assert door.ask("GET", "/password?lang=en")[1]["Location"] == "/login?lang=en&next=/password"
    door.enter()
    first = door.cookies[COOKIE]
    form = {"seal": door.seal("/password"), "old": GOOD, "new": NEW, "again": NEW}
    for wrong, why, refused in (
        ({"old": "x"}, "原密码不对", 403),
        ({"again": "x"}, "两次输入", 422),
        ({"new": "", "again": ""}, "至少8个", 422),
    ):
        status, _, page = door.ask("POST", "/password", form | wrong)
        assert (status, why in page, NEW in page) == (refused, True, False)
    assert door.cookies[COOKIE] == first
    status, _, page = door.ask("POST", "/password", form)
    assert (status, "密码已修改" in page) == (200, True)
    assert signed_in(store, AccessSettings(), first, NOW) is None
    assert signed_in(store, AccessSettings(), door.cookies[COOKIE], NOW).name == "Wang"
    assert door.enter(password=GOOD)[0] == 401
    assert door.enter(password=NEW)[0] == 303


def test_the_cookies_are_for_this_site_only_and_no_script_reads_them(door):
    door.seal()
    (form,) = door.given
    door.enter()
    session = next(one for one in door.given if one.startswith(COOKIE))
    for cookie in (form, session):
        assert {"httponly", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}
        assert "secure" not in cookie.lower()
        assert "max-age" not in cookie.lower(), "it ends with the browser"
    door.enter(X_Forwarded_Proto="https")
    assert all("Secure" in one for one in door.given if "Max-Age=0" not in one)


def test_who_comes_with_a_session_of_somebody_elses_choice_gets_a_new_one(door, store):
    door.cookies[COOKIE] = planted = "chosen-by-an-attacker"
    door.enter()
    assert door.cookies[COOKIE] != planted
    first = door.cookies[COOKIE]
    door.enter()
    assert door.cookies[COOKIE] != first
    assert signed_in(store, AccessSettings(), first, NOW) is None, "the one before ended"
    assert signed_in(store, AccessSettings(), planted, NOW) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/json"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout", "/password"])
def test_a_form_of_another_site_does_nothing(door, store, headers, path):
    door.enter()
    secret = door.cookies[COOKIE]
    form = {
        "name": "wang",
        "password": GOOD,
        "old": GOOD,
        "new": NEW,
        "again": NEW,
        "seal": door.seal(path),
    }
    assert door.ask("POST", path, form, **headers)[0] == 403
    assert door.cookies[COOKIE] == secret
    assert signed_in(store, AccessSettings(), secret, NOW)


@pytest.mark.parametrize("seal", [None, "", "0" * 64, "é"])
@pytest.mark.parametrize("path", ["/login", "/logout", "/password"])
def test_a_form_without_its_hidden_word_does_nothing(door, store, seal, path):
    door.enter()
    secret = door.cookies[COOKIE]
    door.seal(path)
    form = {"name": "wang", "password": GOOD, "old": GOOD, "new": NEW, "again": NEW}
    form |= {} if seal is None else {"seal": seal}
    assert door.ask("POST", path, form)[0] == 403
    door.cookies.pop(FORM, None)
    assert door.ask("POST", path, form)[0] == 403, "nor without the cookie"
    assert signed_in(store, AccessSettings(), secret, NOW)


@pytest.mark.parametrize("body", [b"x" * 20_000, b"a=1&" * 50, b"\xff\xfe=1", b""])
def test_what_is_no_form_is_refused(door, body):
    assert door.ask("POST", "/login", body)[0] == 403


def test_every_post_route_is_known_to_be_safe_from_other_sites():
    posts = {route.path for route in ROUTES if isinstance(route, Route) and "POST" in route.methods}
    own = {"/account/second", "/account/second/end", "/account/codes", "/account/sessions"}
    by_link = {"/s/{token}/events", "/s/{token}/report/events"}  # no cookie, JSON only
    assert posts == {"/login", "/login/code", "/logout", "/password", *own, *by_link}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_wrong_password_is_said_without_saying_what_was_wrong(door, lang):
    said = []
    for name in ("wang", "nobody", EVIL):
        seal = door.seal(f"/login?lang={lang}")
        status, _, page = door.ask(
            "POST", f"/login?lang={lang}", {"name": name, "password": "x", "seal": seal}
        )
        assert status == 401
        assert "<script" not in page
        said.append(re.sub(r'value="\w+"', "", page))
    assert len(set(said)) == 1
    assert COOKIE not in door.cookies


def test_too_many_tries_have_to_wait(door):
    statuses = [door.enter(password="wrong")[0] for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert door.enter()[0] == 429, "the right one does not help"


def test_one_address_behind_a_proxy_does_not_lock_out_another(door, tmp_path):
    (tmp_path / "settings.toml").write_text("[access]\nlogin_attempts = 2\n", encoding="utf-8")
    for _ in range(2):
        assert door.enter(password="x", X_Forwarded_For="203.0.113.9")[0] == 401
    assert door.enter(X_Forwarded_For="203.0.113.9")[0] == 429
    assert door.enter(X_Forwarded_For="203.0.113.8")[0] == 303


def test_the_addresses_of_one_ipv6_network_count_as_one(door, tmp_path):
    rules = "[access]\nlogin_attempts = 2\naddress_attempts = 2\n"
    (tmp_path / "settings.toml").write_text(rules, encoding="utf-8")
    for last in range(1, 3):
        assert door.enter(password="x", X_Forwarded_For=f"2001:db8:1:2::{last}")[0] == 401
        assert door.ask("GET", "/s/made-up", X_Forwarded_For=f"2001:db8:1:2:{last}::9")[0] == 403
    assert door.enter(X_Forwarded_For="2001:db8:1:2:ffff::3")[0] == 429
    assert door.ask("GET", "/s/made-up", X_Forwarded_For="2001:db8:1:2::7")[0] == 429
    assert door.enter(X_Forwarded_For="2001:db8:1:3::3")[0] == 303, "the network beside it"


def test_settings_that_can_not_be_read_lock_nobody_out(door, tmp_path):
    (tmp_path / "settings.toml").write_text("[access", encoding="utf-8")
    assert door.enter()[0] == 303


@pytest.mark.parametrize(
    ("asked", "to"),
    [
        ("/", "/"),
        ("/station?station=ST1&lang=en", "/station?station=ST1&lang=en"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("/%0d%0aX: 1", "/"),
        ("evil", "/"),
        ("/@evil.example", "/"),
        ("/a\n", "/"),
        (EVIL, "/"),
    ],
)
def test_only_pages_of_ours_are_gone_to(door, asked, to):
    assert safe_next(asked) == to
    status, headers, _ = door.enter(asked=asked)
    assert (status, headers["Location"], headers.get("X")) == (303, to, None)
    assert (
        "<script" not in door.ask("GET", "/login?" + urlencode({"next": asked, "lang": asked}))[2]
    )


def test_every_answer_tells_the_browser_what_to_refuse(door):
    for path in (
        "/login",
        "/logout",
        "/password",
        "/login/page.css",
        "/s/made-up",
        "/other",
        "/api/openapi.json",
    ):
        headers = door.ask("GET", path)[1]
        for name in HEADERS:
            assert headers.get_all(name) is not None, (path, name)
            assert len(headers.get_all(name)) == 1
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Strict-Transport-Security"] is None
    assert (
        door.ask("GET", "/other", X_Forwarded_Proto="https")[1]["Strict-Transport-Security"]
        == "max-age=31536000"
    )


def test_the_page_holds_no_script_and_nothing_from_elsewhere(door):
    door.enter()
    for path in ("/login", "/logout", "/password"):
        _, headers, page = door.ask("GET", path)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script|\son\w+=|style=|https?://", page)
    assert door.ask("GET", "/login/page.css")[1]["Content-Type"].startswith("text/css")


# --- links


def test_whoever_makes_up_links_has_to_wait(door, tmp_path):
    (tmp_path / "settings.toml").write_text("[access]\naddress_attempts = 3\n", encoding="utf-8")
    paths = ["/s/made-up", "/s/made-up/newer", "/s/other"]
    assert [door.ask("GET", path)[0] for path in paths] == [403] * 3
    assert door.ask("GET", "/s/another")[0] == 429
    assert door.ask("POST", "/s/another/events", "{}", Content_Type="application/json")[0] == 429
    assert door.ask("GET", "/s/another", X_Forwarded_For="203.0.113.9")[0] == 403
    assert door.ask("GET", "/s/static/page.css")[0] == 200


def test_misses_are_forgotten_with_time_and_never_fill_the_memory():
    now = [0.0]
    misses = Misses(lambda: now[0])
    misses.add("a", 60)
    assert misses.wait_s("a", 2, 60) == 0
    misses.add("a", 60)
    now[0] = 20
    assert misses.wait_s("a", 2, 60) == 40
    now[0] = 61
    assert misses.wait_s("a", 2, 60) == 0
    misses.add("a", 60)
    assert misses.wait_s("a", 2, 60) == 0, "counted from the beginning"
    for number in range(MOST_ADDRESSES + 10):
        misses.add(str(number), 60)
    assert len(misses._counts) == MOST_ADDRESSES


@pytest.mark.parametrize("path", ["/login", "/password", "/logout"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_page_breaks_where_the_database_gives_no_answer(
    door, monkeypatch, tmp_path, method, path
):
    empty, form = Store(f"sqlite:///{tmp_path / 'empty.db'}"), None
    if path != "/login":
        door.enter()
    if method == "POST":
        form = {"seal": door.seal(path), "old": GOOD, "new": f"{GOOD}!", "again": f"{GOOD}!"}
    monkeypatch.setattr(sign_in, "store", lambda: empty)
    status, _, html = door.ask(method, path, form)
    assert status == (200 if (method, path) == ("GET", "/login") else 503)
    assert (Translator()("board.wrong_database") in html) is (status == 503)
    empty.close()


# --- a drill at the machine itself


@pytest.mark.parametrize(
    ("headers", "listens", "here"),
    [
        ({"host": "127.0.0.1:8501"}, "127.0.0.1", True),
        ({"host": "localhost:8501"}, "127.0.0.1", True),
        ({"host": "[::1]:8501", "origin": "http://[::1]:8501"}, "::1", True),
        ({"host": "127.0.0.1:8501", "origin": "http://localhost:8501"}, "localhost", True),
        ({"host": "127.0.0.1:8501"}, "0.0.0.0", False),
        ({"host": "127.0.0.1:8501"}, "", False),
        ({"host": "127.0.0.1:8501"}, None, False),
        ({"host": "127.0.0.1:8501"}, "10.0.0.5", False),
        ({"host": "evil.example"}, "127.0.0.1", False),
        ({}, "127.0.0.1", False),
        ({"host": "127.0.0.1:8501", "origin": "https://xunban.example"}, "127.0.0.1", False),
        ({"host": "127.0.0.1:8501", "origin": "null"}, "127.0.0.1", False),
        *(
            ({"host": "127.0.0.1:8501", name: "127.0.0.1"}, "127.0.0.1", False)
            for name in (
                "x-forwarded-for",
                "forwarded",
                "x-real-ip",
                "via",
                "x-forwarded-proto",
                "x-forwarded-host",
            )
        ),
    ],
)
def test_only_a_browser_on_this_machine_is_here(headers, listens, here):
    assert is_here(headers, listens) is here


def test_hashes_in_earnest_are_slow_enough():
    hasher = HASHER  # OWASP: 19 MiB and 2 rounds at least
    assert (hasher.memory_cost >= 19_456, hasher.time_cost >= 2, hasher.type.name) == (
        True,
        True,
        "ID",
    )


def test_whoever_makes_up_links_holds_up_no_link_that_counts(door, store, drill, tmp_path):
    (tmp_path / "settings.toml").write_text("[access]\naddress_attempts = 3\n", encoding="utf-8")
    store.replace_city(make_city())
    store.plans.save(make_version(drill.id), [], NOW)
    token = Links(store, NotifySettings(), lambda: NOW).token(drill.id, 1, "A")
    for _ in range(6):
        door.ask("GET", "/s/made-up")
    assert door.ask("GET", "/s/made-up")[0] == 429
    assert door.ask("GET", f"/s/{token}")[0] == 200


def test_a_browser_is_known_again_at_its_next_sign_in(door):
    assert door.enter()[0] == 303
    stranger = Browser(door.port)
    for _ in range(6):
        stranger.enter(password="wrong")
    assert stranger.enter()[0] == 429
    assert door.enter()[0] == 303
