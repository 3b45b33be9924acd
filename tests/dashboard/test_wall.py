"""The wall screen: each of its pictures in turn, without a button of the desk."""

from collections import Counter
from datetime import UTC
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.render import status
from dashboard.views import wall
from data.model.operation import OperationKind
from ops.base.messages import LANGUAGES, Translator
from ops.field.job_board import JobLine, JobState
from ops.field.progress import Stage
from ops.field.standing import Standing, Step
from tests.helpers.pages import APP, checked, fill, text
from tests.helpers.town import NOW, make_city, make_operation, make_version

SAY = Translator()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("screen", range(len(wall.SCREENS)))
def test_each_wall_screen_in_its_turn_and_without_a_button_of_the_desk(
    url, monkeypatch, lang, screen
):
    fill(url)
    monkeypatch.setattr(wall, "SCREENS", (wall.SCREENS[screen],))
    page = AppTest.from_file(APP, default_timeout=30)
    page.query_params["lang"], page.query_params["wall"] = lang, "1"
    shown = text(checked(page.run()))
    assert "xb-wallhead" in shown
    assert {button.key for button in page.button} <= {"language", "theme"}  # hidden with the head
    marks = (
        Translator(lang)("board.next_title"),
        "xb-walljobs",
        "xb-tile",
        Translator(lang)("board.rain_title"),
    )
    assert [mark in shown for mark in marks].index(True) == screen


def test_wall_without_a_plan_or_a_forecast_is_no_failure(url, monkeypatch):
    fill(url, plan=False, alert=False)
    for screen in wall.SCREENS:
        monkeypatch.setattr(wall, "SCREENS", (screen,))
        page = AppTest.from_file(APP, default_timeout=30)
        page.query_params["wall"] = "1"
        checked(page.run())


def test_what_has_no_room_on_the_wall_takes_turns():
    """Every station and the most pressing jobs are shown, as many at once as there is room for."""
    stations = tuple(range(2 * wall.TILES + 1))
    situation = SimpleNamespace(
        city=SimpleNamespace(stations=stations), lines=(), now=NOW, zone=UTC
    )
    pages = Counter(wall.SCREENS.index(screen) for screen, _ in wall.turns(situation))
    assert pages == {0: 1, 1: 1, 2: 3, 3: 1}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_real_operation_says_that_it_is_meant_and_what_time_it_is(lang):
    t = Translator(lang)
    for kind, word in ((OperationKind.DRILL, "board.drill"), (OperationKind.REAL, "board.real")):
        situation = SimpleNamespace(operation=make_operation(kind), now=NOW)
        strip = status.operation_strip(situation, t)
        assert t(word) in strip
        assert f"{t.moment(NOW)}" in strip


def test_a_station_with_a_late_job_is_marked_on_its_tile():
    job = make_version().assignments[0]
    late = JobLine(
        job=job,
        state=JobState.LATE,
        stage=Stage.OPEN,
        stations=frozenset({"S1"}),
        standing=Standing(planned=Step.THERE),
    )
    situation = SimpleNamespace(now=NOW)
    station = make_city().stations[0]
    assert 'class="xb-tile late"' in wall.station_tile(station, [late], situation, SAY)
    assert SAY("board.station_no_work") in wall.station_tile(station, [], situation, SAY)
