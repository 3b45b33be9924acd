"""The duty sheets as Excel: what the paper tells, as cells to sort by, and no name in them acts."""

import io
from dataclasses import replace
from datetime import datetime

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from data.model.plan import JobKind, Phase
from ops.base.messages import LANGUAGES, Translator
from ops.documents.duty_sheet_xlsx import duty_book
from ops.planning.duty_sheets import joined, station_sheets
from tests.helpers.town import (
    crew_member,
    make_alert,
    make_assignment,
    make_city,
    make_version,
    minutes,
)

SAY = Translator()


def book(version=None, city=None, t=SAY, **asked) -> Workbook:
    made = duty_book(version or make_version(), city or make_city(), [make_alert()], t, **asked)
    return load_workbook(io.BytesIO(made))


def rows(sheet) -> list[dict]:
    heads, *cells = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in cells]


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("zh", ["说明", "演练 西宁管理站", "演练 安宁管理站", "未安排及原因"]),
        ("en", ["About", "DRILL 西宁管理站", "DRILL 安宁管理站", "Left out, and why"]),
    ],
)
def test_a_sheet_for_each_station_and_the_drill_is_told_on_each(lang, names):
    assert book(t=Translator(lang)).sheetnames == names
    assert Translator(lang)("paper.drill") in [
        row[1].value for row in book(t=Translator(lang)).worksheets[0].rows
    ]
    assert book(make_version(drill=False), t=Translator(lang)).sheetnames[1] == "西宁管理站"


def test_a_stop_tells_who_when_what_where_and_with_whom():
    found = next(row for row in rows(book()["演练 西宁管理站"]) if row["班组 / 机械"] == "2班")
    assert (found["出发"], found["到达"], found["完成"]) == tuple(
        datetime(2022, 7, 8, *clock) for clock in ((8, 30), (8, 40), (9, 20))
    )
    assert (found["任务"], found["阶段"], found["雨水口（处）"]) == ("高压疏通", "雨前", 8)
    assert "安宁街" in found["路段"]
    assert "吉D·W0001" in found["配合"]


def test_rests_and_what_is_left_out_are_there_too():
    whole = book()
    told = [row for row in rows(whole["演练 安宁管理站"]) if row["任务"] == SAY("board.rest")]
    assert [(row["班组 / 机械"], row["出发"]) for row in told] == [
        ("1班", datetime(2022, 7, 8, 11, 30))
    ]
    assert [row["管理站"] for row in rows(whole["未安排及原因"])] == ["西宁管理站"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_station_alone_and_none_unknown(lang):
    assert len(book(t=Translator(lang), station="S2").sheetnames) == 3
    with pytest.raises(ValueError, match="nowhere"):
        book(station="nowhere")


def test_no_name_is_a_formula():
    city, evil = make_city(), '=HYPERLINK("http://x")'
    city = replace(
        city,
        crews=tuple(replace(one, name=evil, leader=evil) for one in city.crews),
        segments=tuple(replace(one, road=evil) for one in city.segments),
        stations=tuple(replace(one, name=f"{evil}{one.id}") for one in city.stations),
    )
    cells = [cell for sheet in book(city=city).worksheets for row in sheet.rows for cell in row]
    assert evil in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]


# --- watches that go on
# -----------------------------------------------------------------------------------------------


def watch(number: int, start: int, **changed):
    made = make_assignment(
        f"guard:G00:{number}",
        JobKind.GUARD,
        Phase.DURING,
        0,
        [crew_member(1, start, start)],
        start,
        start + 60,
    )
    return replace(made, **changed)


def stops(*jobs):
    sheets = station_sheets(make_version(assignments=jobs), make_city())
    return [joined(unit).stops for sheet in sheets for unit in sheet.units]


def test_watches_that_go_on_without_a_gap_are_one_stop():
    ((whole,),) = stops(watch(1, 60), watch(2, 120), watch(3, 181))
    assert (whole.leave_at, whole.assignment.end_at) == (minutes(60), minutes(241))


@pytest.mark.parametrize(
    "then",
    [
        watch(2, 122),
        watch(2, 119),
        watch(2, 120, segment_id="G02"),
        watch(2, 120, kind=JobKind.CLEAR),
        watch(2, 120, members=(crew_member(1, 120, 120), crew_member(2, 120, 120))),
    ],
)
def test_what_is_not_the_same_watch_stays_a_stop_of_its_own(then):
    assert max(map(len, stops(watch(1, 60), then))) == 2
