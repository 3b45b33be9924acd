"""The page of the desk above several districts, and a directive on a district's desk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.core import identity
from dashboard.views.headquarters import page as page_above
from data.model.account import Role
from data.model.headquarters.members import DistrictSummary, LateWork, Member
from data.store.store import SITE, Store
from ops.auth.permissions import CONSOLE, Actor
from ops.base.messages import LANGUAGES, Translator
from ops.base.sites import HEADQUARTERS, Site
from ops.headquarters.directives import give
from ops.headquarters.exchange import carry
from tests.helpers.pages import APP, checked, desk, fill, text

SHI = Actor(name="市值班", role=Role.CITY, city="杭州市")


@pytest.fixture
def above(url, tmp_path, monkeypatch) -> Store:
    """The desk above three districts, as the page's own database."""
    store, now = Store(url), datetime.now(UTC)
    store.settings.save(SITE, HEADQUARTERS)
    monkeypatch.setattr(identity, "site_of_visitor", lambda: Site(HEADQUARTERS, tmp_path, url))
    for member_id, name, city in (
        ("east", "东区", "杭州市"),
        ("west", "西区", "杭州市"),
        ("far", "海曙区", "宁波市"),
    ):
        store.members.add(Member(id=member_id, name=name, city=city, added_at=now))
    told = DistrictSummary(
        member_id="east",
        at=now,
        version=3,
        made_at=now,
        covered=4,
        roads=9,
        late=(LateWork(station="一站", place="延安路", due_at=now),),
        late_count=7,
        p90_s=1500.0,
        cases=12,
    )
    store.members.publish(told)
    store.members.publish(replace(told, member_id="far", at=now - timedelta(hours=1)))
    return store


def page_of(monkeypatch, actor: Actor, lang: str = "zh") -> AppTest:
    monkeypatch.setattr(identity, "find", lambda *_: actor)
    st.cache_resource.clear()
    page = AppTest.from_file(APP, default_timeout=60)
    page.query_params["lang"] = lang
    return checked(page.run())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_city_desk_sees_its_own_districts(above, monkeypatch, lang):
    t, shown = Translator(lang), text(page_of(monkeypatch, SHI, lang))
    for word in ("东区", "4/9", "7", "延安路", t("above.minutes", minutes=25, n=12)):
        assert word in shown
    assert t("above.nothing") in shown  # the west has said nothing yet: no zero
    assert "海曙区" not in shown


def test_the_most_pressing_district_comes_first():
    now = datetime.now(UTC)
    quiet = DistrictSummary(member_id="x", at=now, clock_at=now, drill=False, roads=9, covered=9)
    soon, later = (replace(quiet, onset_at=now + timedelta(hours=hours)) for hours in (1, 5))
    raining = replace(quiet, onset_at=now - timedelta(hours=1))
    by_rank = [
        None,
        replace(raining, level="I"),
        replace(soon, level="I"),
        replace(later, level="I", late_count=2),
        replace(later, level="I"),
        replace(raining, level="II"),
        replace(later, level="IV", late_count=9),
        replace(soon, covered=3),
        soon,
        quiet,
        replace(raining, level="I", drill=True, late_count=9),
    ]
    turned = by_rank[::-1]
    assert sorted(turned, key=lambda one: page_above.pressing(one, now)) == by_rank
    assert page_above.pressing(replace(quiet, at=now - timedelta(minutes=5)), now) == (0,)


def test_a_city_says_how_many_respond_by_which_level(above, monkeypatch):
    told = above.members.summaries()["east"]
    above.members.publish(replace(told, level="II", drill=False))
    above.members.publish(replace(told, member_id="west", level="I", drill=True))
    t, shown = Translator(), text(page_of(monkeypatch, SHI))
    assert f"{t('above.count', n=2)} · {t('above.at_level', level='II', n=1)}<" in shown


def test_a_province_desk_sees_all_and_who_is_silent(above, monkeypatch):
    shown = text(page_of(monkeypatch, Actor(name="省", role=Role.PROVINCE)))
    assert "海曙区" in shown
    assert "后没有消息" in shown


def test_the_administrator_above_has_the_roles_of_there(above, monkeypatch):
    page = page_of(monkeypatch, CONSOLE)
    page._page_hash = next(
        one for one, info in page._registered_pages.items() if info["url_pathname"] == "admin"
    )
    checked(page.run())
    (role, *_) = [box for box in page.selectbox if box.key == "account_role"]
    assert set(role.options) == {"市级席位", "省级席位", "系统管理员"}


def test_a_directive_is_acknowledged_on_the_districts_desk(url, tmp_path):
    store, now = fill(url), datetime.now(UTC)
    above = Store(f"sqlite:///{tmp_path / 'above.db'}")
    above.migrate()
    above.members.add(Member(id="east", name="东区", city="杭州市", added_at=now))
    give(above, SHI, ["east"], "备好泵车", timedelta(minutes=15), now - timedelta(minutes=20))
    carry(above, store, "east", now)
    page = desk()
    assert "备好泵车" in text(page)
    assert Translator()("directive.late") in text(page)
    checked(next(one for one in page.button if one.label == "签收").click().run())
    carry(above, store, "east", now)
    (one,) = above.directives.standings()
    assert [str(event.step) for event in one.events] == ["receive", "acknowledge"]
    above.close()
    store.close()
