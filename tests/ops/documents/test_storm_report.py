"""The report of a storm: one page, safe against any name, with the figures of the storm; and the
command.
"""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from PIL import Image
from typer.testing import CliRunner

from data.model.field import EventKind
from data.model.operation import OperationKind
from ops.analytics.storm_ledger import storms
from ops.analytics.time_kpis import ResponseSettings
from ops.base.messages import LANGUAGES, Translator
from ops.cli.app import cli
from ops.documents.spreadsheets import as_excel
from ops.documents.storm_report import MOST_ROWS, Report, as_pdf, as_tables, document
from ops.field.photos import keep_photo
from tests.helpers.files.pdf import pages, squeezed, words_of
from tests.helpers.makers import NOW, make_city

pytestmark = pytest.mark.xdist_group("storm")


def made(played, **changes) -> Report:
    _, history, now = played
    (storm,) = storms(history, now, timedelta(hours=12))
    facts = {
        "storm": storm,
        "history": history,
        "city": make_city(),
        "settings": ResponseSettings(),
        "now": now,
        "by": "管理员",
    }
    return Report(**(facts | changes))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_is_one_page_marked_as_a_drill(played, lang, tmp_path):
    t, report = Translator(lang), made(played)
    pdf = as_pdf(report, t)
    assert pages(pdf) == 1
    shown = words_of(pdf, tmp_path)
    for words in (
        t("paper.drill"),
        t("report.title", district="龙山区"),
        "管理员",
        "1.2",
        t("paper.sample"),
    ):
        assert squeezed(words) in shown
    assert re.search(r"4/(1[5-9]|2\d)", shown), (
        "of some twenty jobs (how many a plan holds is the search's) four are cleared"
    )


def test_real_operation_bears_no_mark_of_a_drill(played):
    report = made(played)
    real = replace(
        report,
        history=replace(
            report.history, operation=replace(report.history.operation, kind=OperationKind.REAL)
        ),
    )
    assert document(real, Translator())["drill"] == ""


def test_it_tells_warnings_levels_and_what_is_open(played):
    told = document(made(played), Translator())
    assert [row[1] for row in told["warnings"]["rows"]] == [
        "辽源市气象台发布暴雨黄色预警",
        "辽源市气象台升级发布暴雨橙色预警",
    ]
    assert len(told["levels"]["rows"]) == 1
    assert sum("险情未解除" in line for line in told["open"]["lines"]) == 2
    assert all(0 <= at <= 1 for lane in told["timeline"]["lanes"] for at in lane["marks"])


def test_a_hundred_incidents_and_any_name_stay_on_one_page(played):
    report = made(played)
    one, name = report.history.incidents[0], '#panic("x") *_$<a>[b]"'
    many = tuple(
        replace(one, id=number, kind=kind, closed_at=None)
        for number, kind in enumerate(
            (
                "standing_water",
                "burst_pipe",
                "fallen_tree",
                "missing_cover",
                "other",
                "blocked_inlet",
                "vehicle_in_water",
            )
            * 15,
            1,
        )
    )
    alerts = report.history.alerts * 10
    city = make_city(district=replace(report.city.district, name=name))
    crowded = replace(
        report, city=city, by=name, history=replace(report.history, incidents=many, alerts=alerts)
    )
    assert pages(as_pdf(crowded, Translator())) == 1


def test_a_storm_of_which_nothing_is_known_but_its_warning(played):
    report = made(played)
    bare = replace(
        report,
        history=replace(
            report.history, versions=(), triggers=(), orders=(), notices=(), events=(), incidents=()
        ),
    )
    assert pages(as_pdf(bare, Translator())) == 1
    assert len(as_tables(bare, Translator())) >= 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_tells_who_was_reached_by_which_way_and_who_was_not(played, lang):
    t, report = Translator.of_city(lang, make_city()), made(played)
    (table,) = (one for one in as_tables(report, t) if one.title == t("reach.record"))
    rows = [dict(zip(table.heads, row, strict=True)) for row in table.rows]
    reached = [row for row in rows if row[t("reach.head_reached")] == t("reach.yes")]
    assert reached
    assert len(reached) < len(rows)
    assert all(
        row[t("reach.head_reached_at")] and row[t("reach.head_way")] and row[t("reach.head_who")]
        for row in reached
    )
    stations = {row[0]: row[4:] for row in document(report, t)["stations"]["rows"]}
    for name, (share, last) in stations.items():
        own = [row for row in rows if row[t("manager.head_station")] == name]
        assert share == f"{sum(row in reached for row in own)} / {len(own)}"
        assert (last == t("reach.not_reached")) is (own[-1] not in reached)


def test_the_workbook_holds_figures_and_ledger(played):
    book = load_workbook(io.BytesIO(as_excel(as_tables(made(played), Translator()), Translator())))
    assert book.sheetnames[0] == "概况"
    assert "过程台账" in book.sheetnames
    assert book["过程台账"].max_row == 30
    assert "（演练）" in book["概况"]["B2"].value


def test_the_command_writes_both_and_says_when_there_is_no_such_storm(played, tmp_path):
    file = tmp_path / "x.pdf"

    def run(*words: str):
        return CliRunner().invoke(
            cli,
            [
                "--db",
                f"sqlite:///{played[0]}",
                "--now",
                (NOW + timedelta(hours=4)).isoformat(),
                "report",
                *words,
            ],
        )

    done = run("--pdf", str(file), "--xlsx", str(tmp_path / "x.xlsx"), "--by", "张制表")
    assert done.exit_code == 0, done.output
    assert file.read_bytes().startswith(b"%PDF")
    assert "张制表" in [
        cell.value for cell in load_workbook(tmp_path / "x.xlsx").worksheets[0]["B"]
    ]
    assert run("--storm", "7", "--pdf", str(file)).exit_code == 1
    assert run().exit_code == 1


def test_warnings_stand_in_their_order_and_the_latest_where_there_is_no_room(played):
    report = made(played)
    first = report.history.alerts[0]
    alerts = [
        replace(first, provider_id=f"n{hour}", issued_at=first.issued_at + timedelta(hours=hour))
        for hour in (3, 0, 7, 1, 5, 2, 6, 4)
    ]
    shuffled = replace(report, history=replace(report.history, alerts=tuple(alerts)))
    shown = [row[0] for row in document(shuffled, Translator())["warnings"]["rows"]]
    t = Translator()
    last = sorted(alerts, key=lambda one: one.issued_at)[-MOST_ROWS:]
    assert shown == [str(t.moment(one.issued_at)) for one in last]


def test_pictures_follow_on_a_page_of_their_own_before_and_after(played, tmp_path):
    picture = io.BytesIO()
    Image.new("RGB", (900, 600)).save(picture, "PNG")
    names = [keep_photo(picture.getvalue(), tmp_path) for _ in range(2)]
    report = made(played)
    begun, done = (
        replace(event, photo=name)
        for event, name in zip(
            (
                next(one for one in report.history.events if one.kind is EventKind.ARRIVE),
                next(one for one in report.history.events if one.kind is EventKind.CLEAR),
            ),
            names,
            strict=True,
        )
    )
    known = {one.event_id: one for one in (*report.history.events, begun, done)}
    history = replace(report.history, events=tuple(known.values()))
    shown = replace(report, history=history, photos=tmp_path)
    words = [one["word"] for one in document(shown, Translator())["photos"]["pictures"]]
    assert sorted(word.partition(" ")[0] for word in words) == ["处置前", "处置后"]
    assert pages(as_pdf(shown, Translator())) == 2
    assert pages(as_pdf(replace(shown, photos=None), Translator())) == 1
