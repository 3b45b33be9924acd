"""The page of the cases: one taken in, taken over, its steps done, closed with an answer."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.views.cases import page as cases_page
from dashboard.views.navigation import pages
from data.model.account import Role
from data.model.street.street_case import CaseEventKind
from ops.auth.permissions import CONSOLE, Actor
from ops.base.messages import LANGUAGES, Translator
from ops.district.services import ServiceSettings
from ops.field.cases.street_cases import (
    CaseReport,
    CaseWord,
    all_standings,
    open_case,
    say,
    standing,
)
from ops.settings import Settings
from tests.helpers.pages import checked, opened, press, text

PAGE = """
from datetime import UTC, datetime
from dashboard.views.cases import page as cases
from dashboard.core.board import open_board
cases.show(open_board(lambda: datetime.now(UTC)))
"""
DIALOG = """
from datetime import UTC, datetime
from dashboard.views.cases import dialog
from dashboard.core.board import open_board
dialog.steps(open_board(lambda: datetime.now(UTC)), 1)
"""
pytestmark = pytest.mark.xdist_group("storm")


def open_page(lang: str = "zh", what: str = PAGE) -> AppTest:
    return opened(what, lang)


def test_the_page_is_there_once_the_service_is_switched_on():
    off, on = Settings(), Settings(services=ServiceSettings(on=("grid",)))
    shown = [
        [
            page.path
            for page in pages(
                SimpleNamespace(settings=one, site=SimpleNamespace(is_headquarters=False))
            )
        ]
        for one in (off, on)
    ]
    assert "cases" not in shown[0]
    assert [path for path in shown[1] if path != "cases"] == shown[0]


@pytest.mark.parametrize(
    ("station", "service", "numbers"),
    [(None, "cars", [1, 2]), ("甲", "cars", [1]), ("车", "cars", [1, 2]), ("车", "patrol", [2])],
)
def test_a_chief_sees_his_own_and_all_of_his_service(station, service, numbers):
    board = SimpleNamespace(
        actor=SimpleNamespace(station_id=station),
        city=SimpleNamespace(service_at=lambda one: "cars" if one == "车" else "sanitation"),
    )
    found = [SimpleNamespace(n=1, parties=("甲",)), SimpleNamespace(n=2, parties=("乙", "车"))]
    assert [one.n for one in cases_page.seen(board, found, service)] == numbers


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_case_told_by_telephone_is_taken_in_and_shown(storm_store, lang):
    t, page = Translator(lang), open_page(lang)
    kind, road = page.selectbox[0], page.selectbox[1]
    kind.select(t("case_kind.rubbish_heap"))
    road.select(road.options[0])
    page.text_area(key="case_text").set_value("楼下一堆装修垃圾")
    press(page, t("case.take_in"))
    assert "楼下一堆装修垃圾" in text(open_page(lang))
    (found,) = all_standings(storm_store, storm_store.operations.current())
    assert found.case.source == "desk"


def test_a_hard_case_goes_step_by_step_to_its_answer(storm_store):
    t, operation = Translator(), storm_store.operations.current()
    segment = storm_store.city().segments[0].id
    told = CaseReport(
        kind="burst_pipe",
        by="热线",
        source="desk",
        reported_at=operation.clock_at,
        segment_id=segment,
    )
    case, _ = open_case(storm_store, operation, CONSOLE, told, operation.clock_at)
    for _step in range(6):
        page = open_page(what=DIALOG)
        waiting = [one for one in page.button if (one.key or "").startswith("case_step_")]
        checked(waiting[0].click().run())
    page = open_page(what=DIALOG)
    page.text_input(key="case_answer").set_value("中午前已通水")
    press(page, t("case.do_close"))
    one = standing(storm_store, operation, case.id)
    assert one.closed.text == "中午前已通水"
    assert [event.kind for event in one.events].count(CaseEventKind.DONE) == 6
    assert one.case.incident_id not in [
        call.id for call in storm_store.field.incidents(operation.id, open_only=True)
    ]


def test_a_chief_takes_what_is_offered_to_the_own_station(storm_store, monkeypatch):
    operation, city = storm_store.operations.current(), storm_store.city()
    road = city.segments[0]
    told = CaseReport(
        kind="burst_pipe",
        by="热线",
        source="desk",
        reported_at=operation.clock_at,
        segment_id=road.id,
    )
    case, _ = open_case(storm_store, operation, CONSOLE, told, operation.clock_at)
    other = next(one.id for one in city.stations if one.id != road.station_id)
    offer = CaseWord(kind=CaseEventKind.OFFER, event_id="o", owner=other)
    say(storm_store, operation, CONSOLE, case.id, offer, operation.clock_at)
    chief = Actor(name="所长", role=Role.CHIEF, station_id=other)
    monkeypatch.setattr("dashboard.core.identity.find", lambda *_: chief)
    page = open_page(what=DIALOG)
    assert not [one for one in page.button if (one.key or "").startswith("case_step_")]
    press(page, Translator()("case.do_take"))
    assert standing(storm_store, operation, case.id).owner == other


def test_a_page_of_more_cases_than_anybody_reads_says_how_many_more_there_are(
    storm_store, monkeypatch
):
    monkeypatch.setattr(cases_page, "SHOWN_OPEN", 2)
    operation, city = storm_store.operations.current(), storm_store.city()
    for number in range(5):
        told = CaseReport(
            kind="dirty_road",
            by="甲",
            source="patrol",
            reported_at=operation.clock_at,
            segment_id=city.segments[0].id,
            external_id=f"many-{number}",
        )
        open_case(storm_store, operation, CONSOLE, told, operation.clock_at)
    found = [one for one in all_standings(storm_store, operation) if not one.closed]
    for what in (PAGE, PAGE.replace(".cases import page as", " import patrol as")):
        page = open_page(what=what)
        opened = [one.key for one in page.button if (one.key or "").startswith("case_")]
        assert len(opened) == 2
        mine = found if what is PAGE else found[-5:]
        assert Translator()("case.more", n=len(mine) - 2) in text(page)
