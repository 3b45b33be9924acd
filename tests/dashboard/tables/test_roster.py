"""The page of the rosters: a month to be seen, a day to be changed."""

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from ops.base.messages import LANGUAGES, Translator
from ops.district.rosters import shift_on
from ops.field.water.inlet_record import recorded_city
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
