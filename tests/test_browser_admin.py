"""Whoever has an account, in real operation and in a real browser: the bureau's own sign-in, the administrator's page,
and what the accounts that he makes can do.
"""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import CHROMIUM, PHONE, Visit, serving, xunban
from test_browser import browser, sign_in, visit  # noqa: F401  (fixtures)

playwright = pytest.importorskip("playwright.sync_api", reason="BROWSER TESTS SKIPPED: Playwright is not installed")
pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason="BROWSER TESTS SKIPPED: no Chromium (apt install chromium)"),
              pytest.mark.xdist_group("browser")]
expect = playwright.expect
PEOPLE = {"zhao": {"email": "zhao@bureau.example", "email_verified": True},
          "stranger": {"email": "stranger@elsewhere.example", "email_verified": True},
          "unverified": {"email": "zhao@bureau.example", "email_verified": False}}
"""Whom the bureau's provider knows, and what it tells of them."""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An OpenID Connect provider on loopback, in a process of its own: its libraries warn."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = [f"--user-claims={json.dumps({'sub': sub} | claims)}" for sub, claims in PEOPLE.items()]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *told]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        yield f"http://127.0.0.1:{port}"
        child.terminate()


@pytest.fixture(scope="module")
def real(tmp_path_factory, provider) -> Iterator[tuple[str, Path]]:
    """A program in real operation with its first administrator, and the bureau's own sign-in; it asks no feed."""
    home = tmp_path_factory.mktemp("real") / "home"
    xunban(home, "init", "--admin", "admin", "--stdin", stdin="a long pass phrase\n")
    (home / "settings.toml").write_text("feeds = []\n", encoding="utf-8")
    xunban(home, "account", "oidc", f"{provider}/.well-known/openid-configuration", "xunban",
           "--board", "http://127.0.0.1:{port}", "--stdin", stdin="client secret\n")
    xunban(home, "account", "add", "Zhao@bureau.example", "--role", "duty", "--no-password")
    xunban(home, "drill", "leave")
    with serving(home, 8790) as url:
        yield url, home


# --- the bureau's own sign-in -----------------------------------------------------------------------------------------


def elsewhere(one: Visit, url: str, sub: str) -> None:
    """Sign in at the provider as somebody that it knows."""
    one.open(url)
    one.page.locator(".st-key-elsewhere button").click()
    at_the_provider(one, url, lambda: one.page.get_by_role("button", name=sub, exact=True).click())


def at_the_provider(one: Visit, url: str, act: Callable[[], None]) -> None:
    """What the provider's own page asks of others is refused and not ours to answer for."""
    one.page.context.route(re.compile("^https://"), lambda route: route.abort())
    before = list(one.outside)
    act()
    one.page.wait_for_url(lambda now: now.startswith(url))
    one.outside[:] = before


def leave(one: Visit, url: str) -> None:
    """Sign out here, and at the provider."""
    one.page.locator(".st-key-leave_elsewhere button").click()
    at_the_provider(one, url, lambda: one.page.get_by_role("button", name="End session").click())
    expect(one.page.locator(".st-key-elsewhere")).to_be_visible()


def refused(one: Visit, told: str) -> None:
    """Nothing is shown but why, and the way in."""
    expect(one.page.get_by_text(told)).to_be_visible()
    expect(one.page.locator(".st-key-elsewhere")).to_be_visible()
    expect(one.page.locator(".st-key-plan_again")).to_have_count(0)


def test_the_bureaus_own_sign_in_leads_to_ones_account_and_out_again(real, visit):  # noqa: F811
    url, _ = real
    one = visit()
    elsewhere(one, url, "zhao")
    one.page.locator(".st-key-plan_again").wait_for()
    expect(one.page.locator(".xb-who")).to_contain_text("Zhao@bureau.example 值班员")
    kept = next(cookie for cookie in one.page.context.cookies() if cookie["name"] == "_streamlit_user")
    assert (kept["httpOnly"], kept["sameSite"]) == (True, "Lax")
    leave(one, url)
    one.page.context.add_cookies([kept])  # whoever kept the cookie gets in by it no more
    one.open(url)
    refused(one, "这次统一登录已失效")


def test_whom_the_provider_lets_in_is_nobody_here_without_an_account(real, visit):  # noqa: F811
    url, home = real
    one = visit(PHONE)
    before = xunban(home, "account", "list").stdout
    for sub, told in (("stranger", "stranger@elsewhere.example 在汛班没有账号"),
                      ("unverified", "没有证实 zhao@bureau.example")):
        elsewhere(one, url, sub)
        refused(one, told)
        leave(one, url)
    assert xunban(home, "account", "list").stdout == before, "none is made by itself"


def test_the_providers_answer_counts_in_the_browser_that_asked_alone_and_until_the_account_is_revoked(
        real, visit):  # noqa: F811
    url, home = real
    one, other = visit(), visit()
    one.open(url)
    one.page.locator(".st-key-elsewhere button").click()
    one.page.get_by_role("button", name="zhao", exact=True).wait_for()
    answer = one.page.request.post(one.page.url, form={"sub": "zhao"}, max_redirects=0).headers["location"]
    assert answer.startswith(f"{url}/oauth2callback?")
    one.outside.clear()  # what the provider's page asked of others
    for planted in (re.sub("state=[^&]+", "state=guessed", answer), answer):
        other.open(planted)
        other.page.locator(".st-key-elsewhere").wait_for()
        assert not [kept for kept in other.page.context.cookies() if kept["name"] == "_streamlit_user"]
    one.open(answer)
    one.page.locator(".st-key-plan_again").wait_for()
    xunban(home, "account", "revoke", "zhao@bureau.example")
    refused(one, "zhao@bureau.example 在汛班没有账号")
