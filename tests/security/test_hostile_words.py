"""Words that would act if anybody took them for more than words: typed at every door, shown on
every page, exported to every file.
"""

import ast
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import time, timedelta
from itertools import count
from typing import get_args, get_type_hints

import pytest
import streamlit as st
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from dashboard.core import identity
from dashboard.model.handbook import FOLDER
from dashboard.render import handbook, markup
from dashboard.views.navigation import PAGES
from data.model.account import Role
from data.model.city import SANITATION, City, Person, PersonRole
from data.model.field import EventKind
from data.model.message import Message
from data.model.roster import Watch, WatchKind
from data.model.street.service_cars import CarriedItem, PastCall
from data.model.street.works import Work, WorkKind
from data.sheets.city import read_city, write_city
from data.signs import seen
from data.store.store import Store
from ops.analytics.history import read_history
from ops.analytics.share_kpis import shares
from ops.analytics.storm_ledger import ledger, storms
from ops.analytics.time_kpis import ResponseSettings, summary
from ops.auth import api_tokens
from ops.auth.accounts import add_account
from ops.auth.permissions import Actor
from ops.base.messages import LANGUAGES, Translator
from ops.district.services import SERVICES
from ops.documents import spreadsheets, storm_report, tables
from ops.documents.duty_sheet_xlsx import duty_book
from ops.field import outages
from ops.field.calls import incidents
from ops.field.questions import answer
from ops.field.reports import Report, take_report
from ops.intake import response_level
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from tests.helpers.pages import APP, checked, dialog, fill
from tests.helpers.paths import ROOT
from tests.helpers.town import NOW, make_alert, make_city, make_version

LEADS = ("=HYPERLINK(1)", "+1", "-1", "@x")
UNSEEN = "\u202e\u2066\u200b"
"""Turn the order of what follows, and take no room."""
ACTING = f"<script x>![](http://x){UNSEEN}"
FREE = {
    "stations": ("name", "chief", "deputy", "phone"),
    "segments": ("road", "start_name", "end_name"),
    "crews": ("name", "leader"),
    "machines": ("plate",),
    "drivers": ("post",),
    "shifts": ("name",),
    "works": ("name", "agency", "place"),
    "patrol_beats": ("name",),
    "past_calls": ("place", "text"),
    "dump_sites": ("name",),
    "gardens": ("name",),
    "people": ("name",),
    "watches": ("name", "phone"),
    "car_kit": ("item",),
    "levels": ("source",),
}
"""What of the district's tables is words."""
CODED = {"service", "kind", "colour", "duty", "swap_with", "level", "cause", "remedy", "profile"}
"""Columns of text in which a few values alone are taken, or the ids of others."""


def hostile() -> Iterator[str]:
    """Words without end, no two the same: each would be a formula, HTML and an image, and turn
    round what stands behind it.
    """
    for number in count():
        yield f"{LEADS[number % len(LEADS)]}{number}{ACTING}"


def hostile_city() -> City:
    words = hostile()
    work = Work(id="W1", name="", agency="", kind=WorkKind.PIPE, days=3)
    call = PastCall(id="P1", at=NOW, kind="injury", place="")
    city = make_city(works=(work,), past_calls=(call,))
    person = Person(id="P1", name="", station_id=city.stations[0].id, role=PersonRole.SENIOR)
    watch = Watch(
        day=NOW.date(), start=time(8), end=time(20), name="", kind=WatchKind.OFFICER, phone=""
    )
    item = CarriedItem(id="K1", crew_id=city.crews[0].id, item="", number=1)
    city = replace(city, people=(person,), watches=(watch,), car_kit=(item,))
    things = {
        table: tuple(
            replace(one, **{name: next(words) for name in names}) for one in getattr(city, table)
        )
        for table, names in FREE.items()
    }
    things["shifts"] = tuple(replace(one, break_minutes=0) for one in things["shifts"])
    return replace(city, district=replace(city.district, name=next(words)), **things)


def words_of(city: City) -> list[str]:
    return [
        getattr(one, name)
        for table, names in FREE.items()
        for one in getattr(city, table)
        for name in names
    ]


def is_text(value: object) -> bool:
    """Whether a cell that a file holds as text can be nothing else for a spreadsheet."""
    return not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r"))


def acting_cells(workbook: bytes) -> list[str]:
    """The cells that a spreadsheet would calculate."""
    book = load_workbook(io.BytesIO(workbook))
    return [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
        or (isinstance(cell.value, str) and cell.data_type not in ("s", "inlineStr"))
    ]


def hides_nothing(workbook: bytes) -> bool:
    """Whether all that its cells hold is seen."""
    book = load_workbook(io.BytesIO(workbook), read_only=True)
    words = [str(cell) for sheet in book for row in sheet.values for cell in row if cell]
    return all(seen(word) == word for word in words)


# --- files


def test_whatever_is_words_in_the_tables_is_tried():
    left = {
        f"{table.name}.{name}"
        for table in fields(City)
        for entity in get_args(get_type_hints(City)[table.name])[:1]
        if is_dataclass(entity)
        for name, hint in get_type_hints(entity).items()
        if hint in (str, str | None) and name not in CODED and not name.endswith("id")
        if name not in FREE.get(table.name, ())
    }
    assert left == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_districts_tables_go_out_as_words_and_come_back_the_same(tmp_path, lang):
    city = hostile_city()
    write_city(city, tmp_path / "city.xlsx", lang)
    assert acting_cells((tmp_path / "city.xlsx").read_bytes()) == []
    write_city(city, tmp_path / "city", lang)
    cells = [
        cell
        for file in (tmp_path / "city").glob("*.csv")
        for row in csv.reader(io.StringIO(file.read_text("utf-8-sig")))
        for cell in row
    ]
    assert [cell for cell in cells if not is_text(cell)] == []
    for place in ("city.xlsx", "city"):
        assert words_of(read_city(tmp_path / place)) == words_of(city)


@pytest.fixture
def town(url, tmp_path) -> Iterator[Store]:
    """A drill whose every word was typed by somebody who means harm, each at its own door."""
    words = hostile()
    store = fill(url, alert=False)
    write_city(hostile_city(), tmp_path / "city.xlsx")
    store.replace_city(read_city(tmp_path / "city.xlsx"))
    drill = store.operations.current()
    alert = make_alert(
        issuers=(next(words),), type=next(words), text=next(words), areas=(next(words),)
    )
    store.weather.save_alerts(drill.id, [alert])
    changes = (Message("name.text", {"text": next(words)}),)
    store.plans.save(
        make_version(
            operation_id=drill.id, number=2, alert_digests=(alert.digest,), changes=changes
        ),
        [],
        NOW,
    )
    desk = Actor(name=next(words), role=Role.ADMIN)
    for number, kind in enumerate(
        (EventKind.ACCEPT, EventKind.ASK, EventKind.HELP, EventKind.REFUSE)
    ):
        one = Report(
            event_id=f"event-{number}-of-a-test",
            version=2,
            station_id="S1",
            kind=kind,
            device_at=NOW,
            reason=next(words),
            job_id="clear:G00",
        )
        take_report(store, drill, desk, one, NOW)
    answer(store, drill, desk, "event-1-of-a-test", next(words), NOW)
    incidents.report(
        store,
        drill,
        desk,
        incidents.IncidentReport(
            kind="fallen_tree",
            by=next(words),
            source="desk",
            reported_at=NOW,
            segment_id="G01",
            text=next(words),
        ),
        NOW,
    )
    outages.take_out(store, drill, desk, "C5", next(words), NOW)
    response_level.order_level(store, drill, desk, "II", NOW)
    Links(store, NotifySettings(), lambda: NOW).revoke_station(desk, "S1")
    add_account(store, desk, seen(next(words)), Role.CHIEF, None, NOW, "S1")
    api_tokens.new_token(store, desk, next(words), NOW)
    yield store
    store.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_export_holds_a_formula(town, lang):
    t, city, drill = Translator(lang), town.city(), town.operations.current()
    history = read_history(town, drill)
    (storm, *_) = storms(history, NOW, timedelta(hours=12))
    settings = ResponseSettings()
    cases = history.cases(city)
    assert cases
    made = [
        tables.cases_table(cases, city, t),
        tables.ledger_table(ledger(storm, history, city), city, t),
        *(
            tables.response_table(summary(cases, city, NOW, settings, by), by, t, 1)
            for by in ("station", "road", "kind")
        ),
    ]
    rates = shares(cases, history, NOW, settings)
    made += [
        tables.rates_table(rates, rates[0], t),
        *storm_report.as_tables(
            storm_report.Report(
                storm=storm,
                history=history,
                city=city,
                settings=settings,
                now=NOW,
                by=next(hostile()),
            ),
            t,
        ),
    ]
    assert any(not is_text(cell) for table in made for row in table.rows for cell in row), (
        "there is something to guard"
    )
    assert acting_cells(spreadsheets.as_excel(made, t)) == []
    assert hides_nothing(spreadsheets.as_excel(made, t))
    for table in made:
        rows = csv.reader(
            io.StringIO(spreadsheets.as_csv(table, t).decode("utf-8-sig"), newline="")
        )
        assert [
            cell
            for row in rows
            for cell in row
            if seen(cell) != cell or (not is_text(cell) and not _is_number(cell))
        ] == []
    version = town.plans.current(drill.id)
    book = duty_book(version, city, town.weather.alerts(drill.id), t)
    assert acting_cells(book) == []
    assert hides_nothing(book)


def _is_number(cell: str) -> bool:
    try:
        return bool(float(cell)) or True
    except ValueError:
        return False


# --- pages


def everything(block: object) -> Iterator[object]:
    """All elements and blocks of a page."""
    for one in block.children.values():
        yield one
        if hasattr(one, "children"):
            yield from everything(one)


def drawn(proto: object) -> Iterator[tuple[str, str]]:
    """All texts of an element, by the name of their field."""
    for field, value in proto.ListFields():
        for one in (
            value if isinstance(value, Iterable) and not isinstance(value, str | bytes) else [value]
        ):
            if isinstance(one, str):
                yield field.name, one
            elif hasattr(one, "ListFields"):
                yield from drawn(one)


PLAIN = {
    ("selectbox", "options"),
    ("multiselect", "options"),
    ("selectbox", "raw_value"),
    ("selectbox", "set_value"),
    ("text_input", "default"),
}
"""What a browser shows letter by letter."""


def acting_texts(page: AppTest) -> list[tuple[str, str, str]]:
    """What of a page would act: as HTML where it is HTML, else as markdown."""
    found = []
    for one in everything(page._tree):
        if (
            one.type in ("arrow_data_frame", "vega_lite_chart", "deck_gl_json_chart", "code")
            or one.proto is None
        ):
            continue  # drawn on a canvas, or shown letter by letter
        for name, said in drawn(one.proto):
            is_html = one.type in ("html", "bidi_component")  # a drawing's HTML goes as its data
            acts = "<script x>" in said if is_html else "![](http" in said
            if (acts or seen(said) != said) and (one.type, name) not in PLAIN:
                found.append((one.type, name, said))
    return found


@pytest.mark.signs_in
@pytest.mark.parametrize("path", [*(page.path for page in PAGES), "wall"])
def test_no_page_takes_words_for_more(town, tmp_path, monkeypatch, path):
    others = [name for name in SERVICES if name != SANITATION]
    (tmp_path / "settings.toml").write_text(f"[services]\non = {json.dumps(others)}\n", "utf-8")
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path))  # with every page that there is
    who = Actor(name=next(hostile()), role=Role.ADMIN)
    monkeypatch.setattr(identity, "find", lambda *_: who)
    st.cache_resource.clear()
    page = AppTest.from_file(APP, default_timeout=60)
    if path == "wall":
        page.query_params["wall"] = "1"
    checked(page.run())
    if path not in ("desk", "wall"):
        page._page_hash = next(
            one for one, info in page._registered_pages.items() if info["url_pathname"] == path
        )
        checked(page.run())
    assert "&lt;script x&gt;" in "".join(one.proto.body for one in page.get("html")), (
        "the words are there, as words"
    )
    assert acting_texts(page) == []


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("incident", ()),
        ("outage", ()),
        ("response_level", ()),
        ("manual_change", ()),
        ("job", ("jet:G01",)),
        ("job", ("clear:G00",)),
    ],
)
def test_no_dialog_takes_words_for_more(town, name, facts):
    assert acting_texts(dialog(name, *facts)) == []


def test_what_was_done_is_told_letter_by_letter(town, monkeypatch):
    told = []
    monkeypatch.setattr(st, "toast", lambda said, **_: told.append(said))
    page = dialog("outage")
    page.selectbox(key="unit_choice").select("C1")
    page.button[0].click().run()
    assert [one.resource_id for one in town.desk.outages(town.operations.current().id)] == [
        "C5",
        "C1",
    ]
    assert ["\\!\\[\\](http\\://x)" in one for one in told] == [True]


def test_what_markdown_would_take_for_more_is_shown_as_it_is():
    assert markup.plain("![a](http://x) *b* `c` <d> $e$ :red[f] www.x.y") == (
        "\\!\\[a\\](http\\://x) \\*b\\* \\`c\\` \\<d\\> \\$e\\$ \\:red\\[f\\] www\\.x.y"
    )
    assert markup.plain("3班 停用 12:30") == "3班 停用 12\\:30"


MARKDOWN = {
    "toast",
    "write",
    "markdown",
    "caption",
    "error",
    "warning",
    "info",
    "success",
    "title",
    "header",
    "subheader",
    "badge",
}


def test_what_is_shown_as_markdown_is_ours_or_made_plain():
    """A sentence without facts is the catalogue's own; any other goes through `markup.plain`."""
    bare = []
    for path in (ROOT / "dashboard").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(call, ast.Call)
                and ast.unparse(call.func).removeprefix("st.") in MARKDOWN
                and (ast.unparse(call.func).startswith("st."))
            ):
                said = call.args[0]
                ours = isinstance(said, ast.Constant) or (
                    isinstance(said, ast.Call)
                    and not said.keywords
                    and len(said.args) == 1
                    and ast.unparse(said.func).rpartition(".")[2] == "t"
                )
                if not ours and not ast.unparse(said).startswith(("markup.plain(", "plain(")):
                    bare.append(f"{path.name}:{call.lineno}")
    assert bare == []


def test_no_page_asks_for_html_in_markdown():
    assert not [
        path.name
        for path in (ROOT / "dashboard").rglob("*.py")
        if "unsafe_allow_html" in path.read_text("utf-8")
    ]


def test_scripts_run_only_where_they_are_our_own():
    """Each place that asks for it is known here; what it runs is written by us, no word of
    anybody's in it.
    """
    found = {
        path.name
        for path in (ROOT / "dashboard").rglob("*.py")
        if "unsafe_allow_javascript" in path.read_text("utf-8")
    }
    assert found == {"browser.py", "help.py", "theme.py", "wall.py"}


def test_html_is_made_in_one_place_where_everything_is_escaped():
    """Elsewhere no tag is written by hand, and nothing but a constant is declared to be HTML; the
    handbook's is made by a Markdown reader that obeys no HTML within it.
    """
    by_hand, declared = [], set()
    for path in (ROOT / "dashboard").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_script = "script>" in node.value or path.name == "splash.py"
                if re.search(r"</?[a-z]+[ >]", node.value) and not is_script:
                    by_hand.append((path.name, node.value))
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).rpartition(".")[2] == "Html"
                and not isinstance(node.args[0], ast.Constant)
            ):
                declared.add(path.name)
    assert {name for name, _ in by_hand} <= {"markup.py", "handbook.py"}, by_hand
    assert declared == {"markup.py", "handbook.py"}
    assert not handbook._MARKDOWN.options["html"]


def test_the_handbook_is_read_from_our_own_folder_alone():
    """No database, form or address names a file: pages are those that stand beside the program."""
    tree = ast.parse((ROOT / "dashboard" / "model" / "handbook.py").read_text("utf-8"))
    (read,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("read_text")
    ]
    assert ast.unparse(read.func) == "path.read_text"
    assert ROOT / "dashboard" / "handbook" == FOLDER
    views = (ROOT / "dashboard" / "views" / "help.py").read_text("utf-8")
    assert "handbook.pages(t.language)" in views
    assert "folder" not in views
