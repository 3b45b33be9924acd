"""The page of the rosters: a month to be seen, a day to be changed."""

import pickle
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from data.model.city import Person, PersonRole
from ops.base.messages import LANGUAGES, Translator
from ops.district.reading_apart import ApartFailed
from ops.district.rosters import shift_on
from ops.field.water.inlet_record import recorded_city
from ops.planning.parameters import DutySettings
from ops.replanning import month_proposals
from solver.rosters import month_model
from tests.helpers.pages import checked, fill, opened, text
from tests.helpers.town import NOW

PAGE = """
from datetime import UTC, datetime
from dashboard.views import roster
from dashboard.core.board import open_board
roster.show(open_board(lambda: datetime.now(UTC)))
"""


def open_page(lang: str = "zh") -> AppTest:
    return opened(PAGE, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_absence_is_entered_and_shown_and_asks_for_a_plan(url, lang):
    store, t = fill(url), Translator(lang)
    page = open_page(lang)
    assert "xb-roster" in text(page)
    assert "DRILL" in text(page)
    page.text_input(key="roster_reason").set_value("发烧")
    (button,) = (one for one in page.button if one.key == "roster_save")
    checked(button.click().run())
    operation = store.operations.current()
    (change,) = store.rosters.changes(operation.id)
    assert (change.duty, change.reason, change.day) == ("absent", "发烧", NOW.date())
    (trigger,) = store.triggers.pending(operation.id)
    assert trigger.kind == "roster"
    city = recorded_city(store, operation)
    assert shift_on(city.crew_by_id[change.crew_id], change.day, city) is None
    page = open_page(lang)
    assert "发烧" in text(page)
    assert f">{t('roster.short_absent')}*" not in text(page)
    assert f">{t('roster.short_absent')}<" in text(page)
    assert store.desk.audit_log()[0].action == "change_roster"
    assert operation.now(datetime.now(UTC)) >= NOW


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_falls_ill_after_midnight_is_taken_from_the_night_that_goes_on(url, lang):
    store, t = fill(url), Translator(lang)
    city = store.city()
    long = replace(city.shifts[0], start=time(23, 30), end=time(23))
    store.replace_city(replace(city, shifts=(long, *city.shifts[1:])))
    page = open_page(lang)
    (who,) = (one for one in page.selectbox if one.key == "roster_who")
    own = (one.name for one in city.crews if one.shift_id == long.id)
    page = checked(who.select(name := next(one for one in own if one in who.options)).run())
    yesterday = NOW.date() - timedelta(days=1)
    assert t("roster.over_midnight", who=name, shift=long.name, day=yesterday) in text(page)
    (button,) = (one for one in page.button if one.key == "roster_save")
    checked(button.click().run())
    (change,) = store.rosters.changes(store.operations.current().id)
    assert (change.duty, change.day) == ("absent", yesterday)


def in_few_steps(work, room):
    """What the process of its own does: it gets the work and gives the answer as bytes."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("STEPS", "MEND_STEPS", "PAIR_STEPS"):
            patched.setattr(month_model, name, 0.02)
        patched.setattr(month_model, "MOST_PAIRS", 2)
        return pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(work))()))


def gets_no_answer(work, room):
    raise ApartFailed("too_much")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_fair_month_is_made_changed_and_put_in_only_when_said(url, lang, monkeypatch):
    monkeypatch.setattr(month_proposals, "run_apart", in_few_steps)
    store, t = fill(url), Translator(lang)
    city = store.city()
    home = city.stations[0].id
    crew = replace(next(one for one in city.crews if one.station_id == home), size=2)
    people = tuple(
        Person(
            id=f"p{n}",
            name=f"甲{n}",
            station_id=crew.station_id,
            role=PersonRole.LEADER,
            crew_id=crew.id,
        )
        for n in range(3)
    )
    crews = tuple(crew if one.id == crew.id else one for one in city.crews)
    store.replace_city(replace(city, crews=crews, people=people))
    operation = store.operations.current()

    def press(page: AppTest, key: str) -> AppTest:
        (button,) = (one for one in page.button if one.key == key)
        return checked(button.click().run(timeout=60))

    with monkeypatch.context() as patched:
        patched.setattr(month_proposals, "run_apart", gets_no_answer)
        page = press(open_page(lang), "fair_month_make")
    assert t("fair_month.failed_too_much") in text(page)
    page = press(page, "fair_month_make")
    assert t("fair_month.failed_too_much") not in text(page)
    assert t("fair_month.head_nights") in text(page)
    assert store.rosters.changes(operation.id) == []
    assert t("fair_month.head_nights") in text(open_page(lang)), "it waits for who comes back"

    def kept():
        today = NOW.date()
        first = today.replace(day=1)
        found = month_proposals.proposed(store, operation, home, first, DutySettings(), today)
        return found.month

    before = len(kept().roster)
    (duty,) = (one for one in page.selectbox if (one.key or "").startswith("month_duty_"))
    wanted = "off" if duty.value != "off" else crew.shift_id
    page = press(checked(duty.set_value(wanted).run()), "month_change")
    month = kept()
    assert abs(len(month.roster) - before) == 1
    if not month.broken():
        press(page, "fair_month_put")
        assert len(store.rosters.changes(operation.id)) == len(month.entries()) > 0
        assert t("fair_month.head_nights") not in text(open_page(lang))
