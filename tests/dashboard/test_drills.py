"""The page of simulated drills: who may begin one, what is shown of it while it runs and after."""

import json
import os
import threading
import zipfile
from contextlib import suppress
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.base.errors import Conflict
from ops.base.messages import LANGUAGES, Translator
from ops.base.paths import home
from ops.drill import background
from ops.drill.background import DrillState, Progress, Stopped, drill_runs
from tests.helpers.makers import NOW, make_city
from tests.helpers.pages import checked, text

PAGE = """
from datetime import UTC, datetime
from dashboard.views import drills
from dashboard.core.board import open_board
drills.show(open_board(lambda: datetime.now(UTC)))
"""


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """Whatever would be started, as it would be started."""
    started = []
    monkeypatch.setattr(background.subprocess, "Popen", lambda *args, **more: started.append(args))
    return started


def begin(folder, now=NOW):
    return background.begin(CONSOLE, folder, "sqlite://", now, "moderate", 3, 40)


def heard(folder, name, now):
    path = folder / background.FOLDER / f"{name}.json"
    os.utime(path, (now.timestamp(), now.timestamp()))


def test_one_drill_at_a_time_tells_how_far_it_is_and_is_stopped(tmp_path, begun):
    run = begin(tmp_path)
    heard(tmp_path, run.name, NOW)
    assert "drill" in begun[0][0]
    with pytest.raises(Conflict):
        begin(tmp_path)
    progress = Progress(tmp_path, run.name)
    progress(2, 18)
    heard(tmp_path, run.name, NOW)
    (found,) = drill_runs(tmp_path, NOW)
    assert (found.state, found.done, found.of) == (DrillState.RUNNING, 2, 18)
    background.stop(CONSOLE, tmp_path, run.name)
    with pytest.raises(Stopped):
        progress(3, 18)
    progress.end(DrillState.STOPPED)
    assert drill_runs(tmp_path, NOW)[0].state is DrillState.STOPPED
    assert begin(tmp_path, NOW + timedelta(hours=1)).name != run.name, "another may begin"


@pytest.mark.parametrize("seconds", [0, 1])
def test_of_two_begun_at_one_instant_one_is_begun(tmp_path, begun, monkeypatch, seconds):
    """Each looked, saw none, and began."""
    both, look = threading.Barrier(2), background.drill_runs

    def together(*asked):
        found = look(*asked)
        with suppress(threading.BrokenBarrierError):
            both.wait(1)
        return found

    monkeypatch.setattr(background, "drill_runs", together)
    came = []

    def ask(now):
        try:
            came.append(begin(tmp_path, now).name)
        except Conflict:
            came.append(None)

    asking = [
        threading.Thread(target=ask, args=(one,)) for one in (NOW, NOW + timedelta(seconds=seconds))
    ]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert came.count(None) == 1


def test_who_died_at_beginning_one_bars_no_other_for_long(tmp_path, begun):
    place = tmp_path / background.FOLDER
    place.mkdir(parents=True)
    sign = place / background.BEGINNING
    sign.touch()
    with pytest.raises(Conflict):
        begin(tmp_path)
    long_ago = (NOW - 2 * background.SILENT).timestamp()
    os.utime(sign, (long_ago, long_ago))
    begin(tmp_path)


def test_a_drill_that_is_not_heard_of_has_failed_and_bars_no_other(tmp_path, begun):
    run = begin(tmp_path)
    heard(tmp_path, run.name, NOW)
    later = NOW + background.SILENT + timedelta(seconds=1)
    assert drill_runs(tmp_path, later)[0].state is DrillState.FAILED
    begin(tmp_path, later)


@pytest.mark.parametrize("content", [b"", b"PK", json.dumps({"policies": 1}).encode()])
def test_a_result_that_can_not_be_read_says_nothing(tmp_path, begun, content):
    run = begin(tmp_path)
    path = tmp_path / background.FOLDER / f"{run.name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(background.FOUND, content)
    assert background.figures_of(tmp_path, run) == ()
    path.write_bytes(content)
    assert background.figures_of(tmp_path, run) == ()


def test_a_broken_file_hides_no_other_drill(tmp_path, begun):
    run = begin(tmp_path)
    (tmp_path / background.FOLDER / "99999999-000000-moderate.json").write_text("{")
    assert [one.name for one in drill_runs(tmp_path, NOW)] == [run.name]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_lists_drills_with_what_they_left(url, lang, begun, monkeypatch, tmp_path):
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path))
    store, t = Store(url), Translator(lang)
    store.replace_city(make_city())
    store.close()

    def page() -> AppTest:
        shown = AppTest.from_string(PAGE, default_timeout=60)
        shown.query_params["lang"] = lang
        return checked(shown.run())

    assert t("drill.none_yet") in text(page())
    run = begin(home())
    Progress(home(), run.name).end(DrillState.DONE)
    (home() / background.FOLDER / f"{run.name}.{lang}.pdf").write_bytes(b"%PDF")
    figure = {"street_minutes_015": {"mean": 1234.4}, "low_minutes_015": {"mean": 56.2}}
    told = {"xunban": figure | {"share": {"mean": 0.874}}, "none": figure | {"share": None}}
    with zipfile.ZipFile(home() / background.FOLDER / f"{run.name}.zip", "w") as archive:
        archive.writestr(background.FOUND, json.dumps({"policies": told}))
    shown = page()
    assert t("drill.state_done") in text(shown)
    assert all(said in text(shown) for said in (t("drill.policy_xunban"), "1234", "56", "87%"))
