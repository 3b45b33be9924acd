"""Whoever has an account, in real operation and in a real browser: the bureau's own sign-in, the
administrator's page, and what the accounts that he makes can do.
"""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from data.model.field import EventKind
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.field.progress import own_jobs
from tests.helpers.files.pdf import pages
from tests.helpers.processes.browser_visits import sign_in
from tests.helpers.processes.browsing import (
    CHROMIUM,
    PHONE,
    Visit,
    free_port,
    furnish,
    serving,
    xunban,
)

playwright = pytest.importorskip(
    "playwright.sync_api", reason="BROWSER TESTS SKIPPED: Playwright is not installed"
)
pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="BROWSER TESTS SKIPPED: no Chromium (apt install chromium)"
    ),
    pytest.mark.xdist_group("sign-in"),
]
expect, Locator = playwright.expect, playwright.Locator
PEOPLE = {
    "zhao": {"email": "zhao@bureau.example", "email_verified": True},
    "stranger": {"email": "stranger@elsewhere.example", "email_verified": True},
    "unverified": {"email": "zhao@bureau.example", "email_verified": False},
}
"""Whom the bureau's provider knows, and what it tells of them."""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An OpenID Connect provider on loopback, in a process of its own: its libraries warn."""
    port = free_port()
    claims_options = [
        f"--user-claims={json.dumps({'sub': sub} | claims)}" for sub, claims in PEOPLE.items()
    ]
    command = [
        sys.executable,
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
        *claims_options,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        yield f"http://127.0.0.1:{port}"
        child.terminate()


@pytest.fixture(scope="module")
def real(tmp_path_factory, provider) -> Iterator[tuple[str, Path]]:
    """A program in real operation with its first administrator, and the bureau's own sign-in; it
    asks no feed.
    """
    home = tmp_path_factory.mktemp("real") / "home"
    xunban(home, "init", "--admin", "admin", "--stdin", stdin="a long pass phrase\n")
    furnish(home)
    xunban(
        home,
        "account",
        "oidc",
        f"{provider}/.well-known/openid-configuration",
        "xunban",
        "--board",
        "http://127.0.0.1:{port}",
        "--stdin",
        stdin="client secret\n",
    )
    xunban(home, "account", "add", "Zhao@bureau.example", "--role", "duty", "--no-password")
    xunban(
        home,
        "account",
        "add",
        "guanli",
        "--role",
        "manager",
        "--stdin",
        stdin="yet another phrase\n",
    )
    xunban(
        home,
        "account",
        "add",
        "zhiban",
        "--role",
        "duty",
        "--stdin",
        "--lasting",
        stdin="another long phrase\n",
    )
    xunban(home, "operation", "go-live")
    begun = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(hours=2)
    xunban(
        home,
        "alert",
        "add",
        "-",
        stdin=(
            f"辽源市气象台{begun:%Y年%m月%d日%H时%M分}发布暴雨橙色预警信号：预计未来6小时，龙山区将出现50毫米以上降水，"
            "请注意防范。"
        ),
    )
    with serving(home) as url:
        yield url, home


# --- who works with an account


def form(one: Visit, key: str):
    """The form that a field belongs to."""
    return one.page.get_by_test_id("stForm").filter(has=one.page.locator(f".st-key-{key}"))


def choose(one: Visit, key: str, words: str) -> None:
    """Choose from a list by its words."""
    box = one.page.locator(f".st-key-{key} input")
    box.click()
    box.fill(words)
    one.page.get_by_role("option", name=words, exact=True).click()


def test_only_who_signs_in_sees_anything_and_a_revoked_session_ends(real, visit):
    url, home = real
    one = visit()
    one.open(url)
    expect(one.page.locator("a[href*='/login']").first).to_be_visible()
    expect(one.page.locator(".st-key-plan_again")).to_have_count(0)
    sign_in(one, url, "zhiban", "not the phrase")
    expect(one.page.locator("[role=alert]")).to_be_visible()
    sign_in(one, url, "zhiban", "another long phrase")
    one.page.locator(".st-key-plan_again").wait_for()
    xunban(home, "account", "revoke", "zhiban")
    expect(one.page.locator(".st-key-plan_again")).to_have_count(0)


@pytest.mark.slow
def test_an_administrator_makes_a_chief_who_accepts_by_phone_until_he_is_revoked(real, visit):
    url, home = real
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    admin, chief = visit(), visit(PHONE, has_touch=True)
    sign_in(admin, url, "admin", "a long pass phrase")
    admin.page.locator(".st-key-plan_again").wait_for()
    version = planned(admin, store)
    station = next(one for one in store.city().stations if own_jobs(version, one.id, store.city()))
    admin.open(f"{url}/admin")
    admin.page.locator(".st-key-account_name input").fill("zhanzhang")
    choose(admin, "account_station", station.name)
    admin.page.locator(".st-key-account_password input").fill("the night watch of rain")
    form(admin, "account_name").get_by_role("button", name="新建").click()
    expect(admin.page.locator("table.xb-table td", has_text="zhanzhang")).to_be_visible()

    sign_in(chief, url, "zhanzhang", "the night watch of rain")
    chief.page.locator(".st-key-all_accept button").click()
    expect(chief.page.locator(".xb-who")).to_contain_text("zhanzhang 站长")
    chief.page.get_by_text("已接受").first.wait_for()
    events = store.field.events(store.operations.current().id)
    assert {(event.kind, event.by, event.station_id) for event in events} == {
        (EventKind.ACCEPT, "zhanzhang", station.id)
    }

    choose(admin, "account_chosen", "zhanzhang")
    admin.page.get_by_role("button", name="注销账号").click()
    chief.page.locator("a[href*='/login']").first.wait_for()
    expect(chief.page.locator(".st-key-all_accept")).to_have_count(0)
    assert station.name not in chief.page.locator("body").inner_text()
    store.close()


def planned(one: Visit, store: Store) -> PlanVersion:
    """The version in force, once the desk shows one."""
    one.page.locator(".xb-card b", has_text=re.compile("第 ?[0-9]+ ?版")).first.wait_for()
    return store.plans.current(store.operations.current().id)


@pytest.mark.slow
def test_a_manager_looks_back_on_the_slider_and_takes_the_tables_and_the_paper(
    real, visit, tmp_path
):
    url, _ = real
    one = visit()
    sign_in(one, url, "guanli", "yet another phrase")
    one.page.locator(".xb-who", has_text="guanli").wait_for()
    expect(one.page.locator(".st-key-plan_again")).to_have_count(0)
    one.open(f"{url}/manager")
    one.page.get_by_role("tab", name="台账").click()
    expect(one.page.get_by_text("当时执行第").first).to_be_visible()
    one.page.get_by_role("slider").first.press("Home")
    expect(one.page.get_by_text("尚无已发布方案").first).to_be_visible()

    cells = rows_of(taken(one, "excel_ledger", tmp_path / "ledger.xlsx"))
    assert any("暴雨橙色预警" in str(cell) for row in cells[1:] for cell in row)
    text = taken(one, "csv_ledger_0", tmp_path / "ledger.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert [lines[0], len(lines)] == [list(cells[0]), len(cells)]
    one.page.get_by_role("tab", name="上报").click()
    paper = taken(one, "report_pdf", tmp_path / "report.pdf").read_bytes()
    assert paper.startswith(b"%PDF-")
    assert pages(paper) == 1


def taken(one: Visit, key: str, path: Path) -> Path:
    """What a button gives to take away."""
    with one.page.expect_download() as got:
        one.page.locator(f".st-key-{key} button").first.click()
    got.value.save_as(path)
    return path


def rows_of(path: Path) -> list[tuple]:
    """The first sheet of a workbook."""
    book = load_workbook(path, read_only=True)
    try:
        return list(book.worksheets[0].iter_rows(values_only=True))
    finally:
        book.close()


# --- the bureau's own sign-in


def elsewhere(one: Visit, url: str, sub: str) -> None:
    """Sign in at the provider as somebody that it knows."""
    one.open(url)
    at_the_provider(
        one,
        url,
        one.page.locator(".st-key-elsewhere button"),
        one.page.get_by_role("button", name=sub, exact=True),
    )


def at_the_provider(one: Visit, url: str, *buttons: Locator) -> None:
    """There and back; what the provider's own page asks of others is refused and not ours to answer
    for.
    """
    one.page.context.route(re.compile("^https://"), lambda route: route.abort())
    before = list(one.outside)
    for button in buttons:
        button.click()
    one.page.wait_for_url(lambda now: now.startswith(url))
    one.outside[:] = before


def leave(one: Visit, url: str) -> None:
    """Sign out here, and at the provider."""
    at_the_provider(
        one,
        url,
        one.page.locator(".st-key-leave_elsewhere button"),
        one.page.get_by_role("button", name="End session"),
    )
    expect(one.page.locator(".st-key-elsewhere")).to_be_visible()


def refused(one: Visit, reason: str) -> None:
    """Nothing is shown but why, and the way in."""
    expect(one.page.get_by_text(reason)).to_be_visible()
    expect(one.page.locator(".st-key-elsewhere")).to_be_visible()
    expect(one.page.locator(".st-key-plan_again")).to_have_count(0)


def test_the_bureaus_own_sign_in_leads_to_ones_account_and_out_again(real, visit):
    url, _ = real
    one = visit()
    elsewhere(one, url, "zhao")
    one.page.locator(".st-key-plan_again").wait_for()
    expect(one.page.locator(".xb-who")).to_contain_text("Zhao@bureau.example 值班员")
    cookie = next(
        cookie for cookie in one.page.context.cookies() if cookie["name"] == "_streamlit_user"
    )
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    leave(one, url)
    one.page.context.add_cookies([cookie])  # whoever kept the cookie gets in by it no more
    one.open(url)
    refused(one, "这次统一登录已失效")


@pytest.mark.slow
def test_whom_the_provider_lets_in_is_nobody_here_without_an_account(real, visit):
    url, home = real
    one = visit(PHONE)
    before = xunban(home, "account", "list").stdout
    for sub, reason in (
        ("stranger", "stranger@elsewhere.example 在汛班没有账号"),
        ("unverified", "没有证实 zhao@bureau.example"),
    ):
        elsewhere(one, url, sub)
        refused(one, reason)
        leave(one, url)
    assert xunban(home, "account", "list").stdout == before, "none is made by itself"


@pytest.mark.slow
def test_a_providers_answer_counts_in_the_asking_browser_alone_and_until_the_account_is_revoked(
    real, visit
):
    url, home = real
    one, other = visit(), visit()
    one.open(url)
    one.page.locator(".st-key-elsewhere button").click()
    one.page.get_by_role("button", name="zhao", exact=True).wait_for()
    answer = one.page.request.post(one.page.url, form={"sub": "zhao"}, max_redirects=0).headers[
        "location"
    ]
    assert answer.startswith(f"{url}/oauth2callback?")
    one.outside.clear()  # what the provider's page asked of others
    for planted in (re.sub("state=[^&]+", "state=guessed", answer), answer):
        other.open(planted)
        other.page.locator(".st-key-elsewhere").wait_for()
        assert not [
            cookie for cookie in other.page.context.cookies() if cookie["name"] == "_streamlit_user"
        ]
    one.open(answer)
    one.page.locator(".st-key-plan_again").wait_for()
    xunban(home, "account", "revoke", "zhao@bureau.example")
    refused(one, "zhao@bureau.example 在汛班没有账号")
