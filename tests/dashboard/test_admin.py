"""The administrator's page: each form filled in and sent, and what it says and does."""

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from data.model.account import Awaits, Role
from ops.auth.accounts import add_account
from ops.auth.api_tokens import holder
from ops.auth.permissions import CONSOLE
from ops.auth.sessions import AccessSettings, acting, sign_in, signed_in
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from tests.helpers.pages import checked, fill, text
from tests.helpers.security.second_factor import set_up

PAGE = """
from datetime import UTC, datetime
from dashboard.views import admin
from dashboard.core.board import open_board
admin.show(open_board(lambda: datetime.now(UTC)))
"""
GOOD = "lightning over liaoyuan"
RULES = AccessSettings()
SAY = Translator()


@pytest.fixture
def store(url):
    store = fill(url)
    yield store
    store.close()


@pytest.fixture
def page(store) -> AppTest:
    return checked(AppTest.from_string(PAGE, default_timeout=30).run())


def send(page: AppTest, form: str, word: str, **filled: object) -> AppTest:
    """Fill a form in and press one of its buttons."""
    for key, value in filled.items():
        if key in {one.key for one in page.selectbox}:
            page.selectbox(key=key).set_value(value)
        else:
            page.text_input(key=key).input(value)
    page.button(key=f"FormSubmitter:{form}-{SAY(word)}").click()
    return checked(page.run())


def add(
    page: AppTest,
    name: str,
    role: Role = Role.DUTY,
    station: str | None = None,
    password: str = GOOD,
) -> AppTest:
    return send(
        page,
        "account_add",
        "admin.add",
        account_name=name,
        account_role=role,
        account_station=station,
        account_password=password,
    )


def test_an_account_is_added_and_can_sign_in(page, store):
    station = store.city().stations[0]
    add(page, "Li", Role.CHIEF, station.id)
    account = store.accounts.get("li")
    assert (account.shown, account.role, account.station_id) == ("Li", Role.CHIEF, station.id)
    now = datetime.now(account.created_at.tzinfo)
    assert sign_in(store, RULES, "li", GOOD, "x", now).awaits is Awaits.PASSWORD
    state = f"{SAY('admin.by_password')} · {SAY('admin.first_password')}"
    assert all(f"<td>{word}</td>" in text(page) for word in ("Li", "站长", station.name, state))
    assert page.toast[0].value == SAY("admin.done")


def test_a_station_is_of_a_chief_alone(page, store):
    add(page, "Zhou", Role.DUTY, store.city().stations[0].id)
    assert store.accounts.get("zhou").station_id is None
    assert SAY(
        "account.bad_station", stations=tuple(one.id for one in store.city().stations)
    ) in text(add(page, "Sun", Role.CHIEF))
    assert store.accounts.get("sun") is None


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [(" ", GOOD, "account.bad_name"), ("li", "12345678", "account.password_common")],
)
def test_an_account_that_can_not_be_is_refused_in_words(page, store, name, password, why):
    assert SAY(why) in text(add(page, name, password=password))
    assert store.accounts.all() == []
    assert SAY(why) not in text(checked(page.run())), "it is told once"


@pytest.fixture
def li(page, store) -> str:
    """An account, chosen on the page, and a session of it."""
    now = add_account(store, CONSOLE, "Li", Role.DUTY, GOOD, datetime.now().astimezone()).created_at
    secret = sign_in(store, RULES, "li", GOOD, "x", now).secret
    checked(page.run()).selectbox(key="account_chosen").set_value("li")
    return secret


def is_in(store, secret: str) -> bool:
    return (
        signed_in(
            store,
            RULES,
            secret,
            store.accounts.get("li").created_at if store.accounts.get("li") else None,
        )
        is not None
    )


def test_the_role_is_changed(page, store, li):
    station = store.city().stations[0]
    send(
        page,
        "account_change",
        "admin.set_role",
        account_new_role=Role.CHIEF,
        account_new_station=station.id,
    )
    account = store.accounts.get("li")
    assert (account.role, account.station_id) == (Role.CHIEF, station.id)
    assert is_in(store, li)
    send(
        page,
        "account_change",
        "admin.set_role",
        account_new_role=Role.MANAGER,
        account_new_station=station.id,
    )
    assert (store.accounts.get("li").role, store.accounts.get("li").station_id) == (
        Role.MANAGER,
        None,
    )


def test_somebody_is_signed_out_everywhere(page, store, li):
    send(page, "account_change", "admin.sign_out")
    assert not is_in(store, li)
    assert store.accounts.get("li") is not None


def test_a_new_password_is_given(page, store, li):
    assert SAY("account.password_short", shortest=8) in text(
        send(page, "account_change", "admin.set_password", account_new="short")
    )
    assert is_in(store, li)
    send(page, "account_change", "admin.set_password", account_new="riverbank at midnight")
    assert not is_in(store, li)
    with pytest.raises(NotAllowed, match=r"signin\.wrong"):
        sign_in(store, RULES, "li", GOOD, "x", store.accounts.get("li").created_at)


def test_a_lost_second_factor_is_reset(page, store, li):
    now = store.accounts.get("li").created_at
    set_up(store, acting(store.accounts.get("li")), now)
    state = f"· {SAY('admin.second_on')}"
    assert state in text(checked(page.run()))
    send(page, "account_change", "admin.reset_second", account_chosen="li")
    assert store.accounts.get("li").second_at is None
    assert state not in text(checked(page.run()))


def test_who_is_locked_out_is_seen_and_let_in_again(page, store, li):
    for name in ("li", "nobody"):
        for _ in range(RULES.login_attempts + 1):
            with pytest.raises(NotAllowed):
                sign_in(store, RULES, name, "wrong", "10.0.0.9", datetime.now(UTC))
    checked(page.run())
    assert text(page).count("10.0.0.9") == 2
    assert SAY("admin.wait_nobody") in text(page)
    assert page.selectbox(key="wait_chosen").options == ["Li"]
    send(page, "wait_lift", "admin.lift")
    assert sign_in(store, RULES, "li", GOOD, "10.0.0.9", datetime.now(UTC))


def test_an_account_is_revoked_but_not_the_last_administrators(page, store, li):
    send(page, "account_change", "admin.revoke")
    assert store.accounts.get("li") is None
    assert f"<td>{SAY('admin.revoked')}</td>" in text(page)
    add(page, "Boss", Role.ADMIN)
    send(page, "account_change", "admin.revoke", account_chosen="boss")
    assert SAY("account.last_admin") in text(page)
    assert store.accounts.get("boss") is not None


def test_a_token_is_shown_once_and_taken_back(page, store):
    send(page, "token_add", "admin.add", token_name="热线")
    (secret,) = [one.value for one in page.code]
    assert holder(store, secret) == "热线"
    assert not checked(page.run()).code
    send(page, "token_take", "admin.take_back", token_chosen="热线")
    assert holder(store, secret) is None


def test_a_stations_links_are_taken_back_and_listed_with_by_whom_and_when(page, store):
    station = store.city().stations[0]
    now = store.operations.current().started_at + timedelta(minutes=1)
    links = Links(store, NotifySettings(base_url="https://xunban.example"), lambda: now)
    token = links.token(store.operations.current().id, 1, station.id)
    assert SAY("admin.all_links") not in text(page)
    send(page, "link_take", "admin.take_back", link_station=station.id)
    with pytest.raises(NotAllowed, match=r"link\.revoked"):
        links.read(token)
    (taken,) = store.desk.revocations()
    row = (station.name, SAY("admin.all_links"), CONSOLE.name, SAY.moment(taken.at))
    assert "".join(f"<td>{cell}</td>" for cell in row) in text(page)


def test_every_deed_is_in_the_log(page, store, li):
    send(page, "account_change", "admin.sign_out")
    send(page, "token_add", "admin.add", token_name="热线")
    checked(page.run())
    for deed, subject in (("manage_accounts", "li"), ("manage_tokens", "热线")):
        assert f"<td>{CONSOLE.name}</td><td>{SAY(f'deed.{deed}')}</td><td>{subject}</td>" in text(
            page
        )
