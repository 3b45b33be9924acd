"""The way in and the way out by the bureau's own sign-in, where there are several districts."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.core import identity, sign_in_box
from data.model.account import Role
from data.store.store import MAIN, Store
from ops.auth.accounts import add_account
from ops.base.messages import LANGUAGES, Translator
from ops.base.sites import HEADQUARTERS, Site
from tests.helpers.makers import CONSOLE, NOW, make_city
from tests.helpers.pages import checked, text

PAGE = """
from datetime import UTC, datetime
from dashboard.core import sign_in_box
from dashboard.core.board import open_board
board = open_board(lambda: datetime.now(UTC))
sign_in_box.way_out(board) if {is_in} else sign_in_box.way_in(board, "")
"""


class Doors:
    """An installation of two districts and the desk above, in both of which he has an account."""

    def __init__(self, own: Site) -> None:
        self.east, self.west = (Site(name, own.home, own.url) for name in ("east", "west"))

    def doors(self, claims: dict) -> tuple[Site, ...]:
        return (self.east, self.west) if claims else ()

    def name(self, site: Site) -> str:
        return f"区-{site.id}"


@pytest.fixture
def page(url, tmp_path, monkeypatch):
    """The page at a district, for whoever these claims are of."""
    store = Store(url)
    store.replace_city(make_city())
    add_account(store, CONSOLE, "someone", Role.DUTY, "a long enough password", NOW)

    def opened(at: str, claims: dict, lang: str = "zh", is_in: bool = False) -> str:
        site = Site(at, tmp_path, url)
        monkeypatch.setattr(identity, "site_of_visitor", lambda: site)
        monkeypatch.setattr(identity, "claims", lambda: tuple(claims.items()))
        monkeypatch.setattr(identity, "elsewhere", lambda: True)
        monkeypatch.setattr(sign_in_box, "sites", lambda: Doors(site))
        shown = AppTest.from_string(PAGE.format(is_in=is_in), default_timeout=60)
        shown.query_params["lang"] = lang
        return text(checked(shown.run()))

    return opened


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_has_accounts_in_several_districts_is_asked_which(page, lang):
    shown = page(HEADQUARTERS, {"email": "wang", "email_verified": True}, lang)
    assert Translator(lang)("access.choose_district") in shown
    assert 'href="/district/east"' in shown
    assert "区-west" in shown
    assert Translator(lang)("access.signed_out") not in shown, "he has signed in"


def test_at_his_district_he_is_told_what_is_amiss_and_asked_nothing(page):
    shown = page("east", {"email": "wang", "email_verified": True})
    assert Translator()("access.choose_district") not in shown
    assert Translator()("oidc.stranger", who="wang") in shown


def test_who_is_in_may_go_to_his_other_districts(page):
    shown = page("east", {"email": "wang", "email_verified": True}, is_in=True)
    assert 'href="/district/west"' in shown
    assert 'href="/district/east"' not in shown


@pytest.mark.parametrize("is_in", [False, True])
def test_who_did_not_come_by_it_is_offered_no_district(page, is_in):
    assert "/district/" not in page(MAIN, {}, is_in=is_in)
