"""The board run whole against a database: its pages, its dialogs, a town to show on them."""

import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.core import board
from data.model.field import EventKind, FieldEvent
from data.model.operation import OperationKind
from data.store.store import Store
from ops.base.messages import Translator
from ops.intake.operations import LOOP
from tests.helpers.paths import ROOT
from tests.helpers.town import NOW, make_alert, make_city, make_series, make_version

HEAD_OF_A_CELL = re.compile(r' data-head="[^"]*"')
APP = str(ROOT / "dashboard" / "app.py")


STATION_PAGE = """
from datetime import UTC, datetime
from dashboard.core.board import open_board
from dashboard.views.station import page
page.show(open_board(lambda: datetime.now(UTC)))
"""


# In a browser a dialog runs as a part of its own; here its steps are the whole page.
DIALOG = """
from datetime import UTC, datetime
from dashboard.core.board import open_board, safe
from ROOM import DIALOG
safe(DIALOG.STEPS)(open_board(lambda: datetime.now(UTC)), *FACTS)
"""


WARNING = (
    "辽源市气象台2022年7月8日8时20分发布暴雨橙色预警信号："
    "预计未来3小时，龙山区将出现50毫米以上降水，请注意防范。"
)


@pytest.fixture
def url(tmp_path, monkeypatch, sqlite_template) -> str:
    """The address of an empty database with its schema."""
    shutil.copyfile(sqlite_template, tmp_path / "board.db")
    url = f"sqlite:///{tmp_path / 'board.db'}"
    monkeypatch.setenv("XUNBAN_DB", url)
    st.cache_resource.clear()
    yield url
    board._store(url).close()
    st.cache_resource.clear()


def fill(
    url: str,
    kind: OperationKind = OperationKind.DRILL,
    plan: bool = True,
    beat: bool = True,
    alert: bool = True,
    **version,
) -> Store:
    """A town with an operation on, a warning in force and a plan; the loop alive."""
    store, real_now = Store(url), datetime.now(UTC)
    shift = timedelta(0) if kind is OperationKind.DRILL else real_now - NOW
    store.replace_city(make_city())
    operation = store.operations.start(kind, NOW + shift, real_now)
    if alert:
        store.weather.save_alerts(
            operation.id, [make_alert(issued_at=NOW + shift, received_at=NOW + shift)]
        )
    if plan:
        store.weather.save_forecast(operation.id, make_series())
        plan = make_version(
            operation_id=operation.id, number=1, drill=operation.is_drill, **version
        )
        store.plans.save(plan, [], NOW)
    if beat:
        store.leases.beat(LOOP, real_now)
    return store


def desk(lang: str = "zh") -> AppTest:
    """The whole board, at the desk."""
    page = AppTest.from_file(APP, default_timeout=30)
    page.query_params["lang"] = lang
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    """No page ever shows a traceback, nor the net under it."""
    assert not page.exception
    assert Translator("zh")("board.wrong") not in text(page)
    return page


def opened(what: str, lang: str = "zh") -> AppTest:
    """A page by the script that shows it."""
    page = AppTest.from_string(what, default_timeout=60)
    page.query_params["lang"] = lang
    return checked(page.run())


def press(page: AppTest, word: str) -> AppTest:
    """The page once its button with this label was pressed."""
    (button,) = (one for one in page.button if one.label == word)
    return checked(button.click().run())


def text(page: AppTest) -> str:
    """All that the page's own HTML says, without the heads that a phone shows beside each cell."""
    return "\n".join(
        HEAD_OF_A_CELL.sub("", element.proto.body)
        for element in page.get("html")
        if "<style>" not in element.proto.body
    )


def dialog(name: str, *facts: object, steps: str = "steps") -> AppTest:
    """The desk's dialog of that name, in whichever room it stands, by its function ``steps``."""
    (file,) = (ROOT / "dashboard" / "views" / "desk" / "dialogs").rglob(f"{name}.py")
    script = DIALOG.replace("ROOM", ".".join(file.parent.relative_to(ROOT).parts))
    script = script.replace("DIALOG", name).replace("STEPS", steps).replace("FACTS", repr(facts))
    return checked(AppTest.from_string(script, default_timeout=30).run())


def tap(
    store, kind: EventKind, job_id: str, reason: str | None = None, minute: int = 0, **more
) -> None:
    """A chief's tap on a job of the town's first version."""
    store.field.save_event(
        FieldEvent(
            operation_id=1,
            event_id=f"{kind}:{job_id}:{minute}",
            version=1,
            station_id="S1",
            kind=kind,
            job_id=job_id,
            server_at=NOW + timedelta(minutes=minute),
            by="王站长",
            reason=reason,
            **more,
        )
    )


def causes(store) -> list[str]:
    """The kinds of causes that wait for a plan."""
    return [trigger.cause.partition(":")[0] for trigger in store.triggers.pending(1)]
