"""What a page costs does not grow with what lies behind it, whichever page it is: counted in the
steps of SQLite's own machine, with years of every table behind that is only ever added to.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import streamlit as st
from sqlalchemy import insert

from dashboard.core import board
from dashboard.views.navigation import PAGES
from data.db import schema
from data.db.engine import writing
from data.store.store import Store
from tests.data.test_bounded import Steps
from tests.helpers.pages import fill, opened
from tests.helpers.town import NOW

PAGE = """
from datetime import UTC, datetime
from dashboard.core.board import open_board
from dashboard.views.navigation import PAGES
next(one for one in PAGES if one.path == "{path}").show(open_board(lambda: datetime.now(UTC)))
"""
MANY, FEW = 1200, 12
OLD = NOW - timedelta(days=200)
RARE = {"outages", "closures", "orders", "roster_changes", "work_events"}
"""Some hundreds in years: read whole."""


def rows(operation_id: int, at: datetime) -> Iterator[tuple[str, dict]]:
    """One row of each table as it was at that time; ``{n}`` stands for its number."""
    mine, span = {"operation_id": operation_id}, {"from_at": at, "to_at": at + timedelta(hours=2)}
    times = dict.fromkeys(("reported_at", "received_at", "due_at", "closed_at"), at)
    named = {"source": "old", "external_id": "{n}", "reason": "x", "ended_by": "x"}
    case = {"kind": "vehicle_fire", "level": "small", "text": "x", "segment_id": "G00"}
    event = {"case_id": 0, "text": "", "steps": [], "rung": 0, "at": at}
    entry = {"kind": "note", "happened_at": at, "written_at": at, "text": "x", "open": []}
    closed = {"name": "x", "line": [[125.0, 42.0], [125.1, 42.1]], "speed_share": 0.0}
    change = {"version": 1, "job_id": "clear:G{n}", "action": "lock", "at": at, "body": {}}
    rest = {"day": at.date(), "crew_id": "C1", "duty": "rest", "at": at, "reason": ""}
    read = {"gauge": "g{n}", "measured_at": at, "received_at": at, "value": 1.0, "fault": ""}
    named_case = {"source": "old", "external_id": "{n}", "owner": "grid"}
    yield "duty_log", mine | entry
    yield "street_cases", mine | times | case | named_case
    for kind in ("take", "answer", "close"):
        yield "case_events", mine | event | {"event_id": f"{kind}{{n}}", "kind": kind}
    yield (
        "street_checks",
        mine | {"segment_id": "G00", "at": at, "score": 90, "text": "x"} | {"faults": []},
    )
    yield "action_posts", mine | span | {"name": "x", "place": "x", "wanted": 1, "made_at": at}
    yield "gauge_readings", mine | read
    yield "outages", mine | span | {"resource_id": "C1", "reason": "x", "ended_by": "x"}
    yield "manual_changes", mine | change
    yield "roster_changes", mine | rest
    yield "closures", mine | span | closed | named | {"entry": False}
    yield "audit", mine | {"at": at, "action": "x", "subject": "x", "body": {}}
    yield "orders", mine | {"level": None, "at": at}
    yield "work_events", mine | {"work_id": "W1", "step": "done", "at": at}


def grow(store: Store, operation_id: int, many: int) -> None:
    """So many rows of long ago, and one of now, by which they are past."""
    with writing(store._engine) as connection:
        for at, numbers in ((OLD, range(many)), (NOW, [many])):
            for name, row in rows(operation_id, at):
                table, some = schema.metadata.tables[name], FEW if name in RARE else many
                row |= {"by": "x"} if "by" in table.c else {}
                found = [numbered(row, n) for n in numbers if n < some or n == many]
                if found:
                    connection.execute(insert(table), found)


def numbered(row: dict, n: int) -> dict:
    words = {key: text.format(n=n) for key, text in row.items() if isinstance(text, str)}
    return row | words | ({"case_id": n + 1} if "case_id" in row else {})


def costs(url: str, many: int) -> dict[str, int]:
    """The steps of each page as a process reads it that has just begun."""
    store = fill(url)
    grow(store, store.operations.current().id, many)
    store.close()
    st.cache_resource.clear()
    steps = Steps(board._store(url))
    return {
        page.path: steps.of(lambda path=page.path: opened(PAGE.format(path=path))) for page in PAGES
    }


def test_no_page_reads_what_lies_behind(url, tmp_path, sqlite_template, monkeypatch):
    few = costs(url, 0)
    board._store(url).close()
    shutil.copyfile(sqlite_template, tmp_path / "many.db")
    other = f"sqlite:///{tmp_path / 'many.db'}"
    monkeypatch.setenv("XUNBAN_DB", other)
    many = costs(other, MANY)
    board._store(other).close()
    assert {
        name: (few[name], many[name]) for name in few if many[name] > 2 * few[name] + 8000
    } == {}
