"""What is wrong in the city's tables is told, all of it at once, each with its place."""

from datetime import datetime, time

import pytest

from data.model import message
from data.sheets.city import BadSheets, read_city
from tests.helpers.files.town_sheets import as_workbook, put, read_lines, write_lines, wrong


@pytest.mark.parametrize(
    ("table", "column", "said", "code"),
    [
        ("crews", "id", "", "blank"),
        ("crews", "name", "　", "blank"),
        ("crews", "name", "a\x07b", "control_sign"),
        ("crews", "name", "长" * 501, "too_long"),
        ("crews", "size", "几个", "not_number"),
        ("crews", "size", "nan", "not_number"),
        ("crews", "size", "1e999", "not_number"),
        ("crews", "size", "2.5", "not_whole"),
        ("crews", "size", "0", "out_of_range"),
        ("crews", "size", "31", "out_of_range"),
        ("crews", "skills", "清掏;飞行", "not_one_of"),
        ("crews", "station id", "X", "no_such_id"),
        ("crews", "shift id", "dayy", "no_such_id_near"),
        ("crews", "id", "A2day", "duplicate_id"),
        ("machines", "kind", "坦克", "not_one_of"),
        ("machines", "plate", "", "blank"),
        ("machines", "capacity", "-1", "out_of_range"),
        ("drivers", "machine id", "M-none", "no_such_id_near"),
        ("segments", "importance", "6", "out_of_range"),
        ("segments", "guard", "也许", "not_yes_no"),
        ("segments", "line", "125.1 42.9", "not_line"),
        ("segments", "line", "125.1 42.9; 125.2", "not_line"),
        ("segments", "line", "125.1 42.9; x y", "not_number"),
        ("segments", "line", "42.9 125.1; 42.9 125.2", "swapped"),
        ("segments", "crs", "火星人", "not_one_of"),
        ("inlets", "cleaned on", "2022-02-30", "not_date"),
        ("inlets", "cleaned on", "2022-07-08 08:20", "has_time"),
        ("inlets", "cleaned on", "昨天", "not_date"),
        ("inlets", "segment id", "S9", "no_such_id_near"),
        ("shifts", "start", "25:00", "not_clock"),
        ("shifts", "start", "早上", "not_clock"),
        ("shifts", "break from", "", "no_break_window"),
        ("shifts", "break from", "17:00", "bad_break_window"),
        ("shifts", "break from", "12:50", "bad_break_window"),
        ("blockages", "reported at", "2021-07-08", "no_time"),
        ("blockages", "reported at", "2021-07-08 25:00", "not_instant"),
        ("blockages", "reported at", "不久前", "not_instant"),
        ("blockages", "cleared at", "2001-07-08 08:00", "cleared_before"),
        ("blockages", "cause", "外星人", "not_one_of"),
        ("blockages", "inlet id", "none", "no_such_id"),
        ("blockages", "rain mm", "大雨", "not_number"),
        ("stations", "lat", "43.5", "far_away"),
        ("stations", "lat", "190", "out_of_range"),
        ("district", "time zone", "Mars/Olympus", "no_such_zone"),
        ("district", "time zone", "../../etc/passwd", "no_such_zone"),
        ("district", "time zone", "Asia", "no_such_zone"),
    ],
)
def test_one_wrong_cell_is_one_error_in_its_place(folder, table, column, said, code):
    put(folder, table, 2, column, said)
    errors = wrong(folder)
    own = [one for one in errors if one[3] == code]
    assert own == [(table, 3 if code == "duplicate_id" else 2, column, code)]
    assert all(one[3].startswith("no_such_id") for one in errors if one not in own), (
        "only what follows from it"
    )


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        ("42.9", "125.1", "swapped"),
        ("100", "95", "not_on_earth"),
        ("116.4", "39.9", "far_away"),
        ("-125.1", "42.9", "far_away"),
    ],
)
def test_a_position_that_cannot_be_meant(folder, lon, lat, code):
    put(folder, "inlets", 3, "lon", lon)
    put(folder, "inlets", 3, "lat", lat)
    assert wrong(folder) == [("inlets", 3, "lat", code)]


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("crews_A2", datetime(2022, 3, 5), "not_text"),
        ("crews_E2", True, "not_number"),
        ("crews_E2", "#N/A", "not_number"),
        ("crews_C2", "=1/0", "blank"),
        ("blockages_C2", 44385.5, "not_instant"),
        ("shifts_C2", datetime(2022, 7, 8), "not_clock"),
        ("inlets_G2", datetime(2022, 7, 8, 9), "has_time"),
        ("inlets_G2", time(9), "not_text"),
    ],
)
def test_what_excel_types_and_cannot_be_meant(folder, cell, value, code):
    as_workbook(folder, **{cell: value}).save(folder.parent / "typed.xlsx")
    assert code in [one[3] for one in wrong(folder.parent / "typed.xlsx")]


def test_a_formula_error_in_a_text_is_seen(folder):
    book = as_workbook(folder)
    book["crews"]["C2"].value = "#N/A"
    assert book["crews"]["C2"].data_type == "e"
    book.save(folder.parent / "typed.xlsx")
    assert wrong(folder.parent / "typed.xlsx") == [("crews", 2, "name", "cell_error")]


def test_everything_that_is_wrong_is_told_at_once_in_order(folder):
    put(folder, "crews", 3, "size", "x")
    put(folder, "crews", 3, "skills", "y")
    put(folder, "crews", 2, "size", "0")
    put(folder, "stations", 2, "lat", "-95")
    (folder / "drivers.csv").unlink()
    lines = read_lines(folder / "shifts.csv")
    write_lines(
        folder / "shifts.csv",
        [["id", "name", "start", "endd", "break minutes", "break from", "break to"], *lines[1:]],
    )
    found = wrong(folder)
    assert found == [
        ("驾驶员", None, None, "missing_sheet"),
        ("stations", 2, "lat", "not_on_earth"),
        ("shifts", None, "结束", "missing_column"),
        ("shifts", 1, "endd", "unknown_heading"),
        ("crews", 2, "size", "out_of_range"),
        ("crews", 3, "size", "not_number"),
        ("crews", 3, "skills", "not_one_of"),
    ]


def test_an_unknown_heading_comes_with_the_nearest_one(folder):
    lines = read_lines(folder / "crews.csv")
    write_lines(folder / "crews.csv", [[*lines[0], "skils"], *lines[1:]])
    with pytest.raises(BadSheets) as caught:
        read_city(folder)
    (error,) = caught.value.errors
    assert (error.code, error.facts) == ("sheets.unknown_heading", {"near": "技能 (skills)"})
    assert error.message == message.Message("sheets.unknown_heading", {"near": "技能 (skills)"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: [[*lines[0], "size"], *lines[1:]], "heading_twice"),
        (lambda lines: [lines[0], *([*line, "x"] for line in lines[1:])], "no_heading"),
        (lambda lines: [], "empty_file"),
        (lambda lines: [[" "]], "empty_file"),
    ],
)
def test_wrong_tables(folder, change, code):
    write_lines(folder / "crews.csv", change(read_lines(folder / "crews.csv")))
    assert [one[3] for one in wrong(folder)] == [code]


def test_wrong_sheets(folder):
    (folder / "crew.csv").write_text("a,b\n1,2\n", "utf-8")
    (folder / "班组.csv").write_bytes((folder / "crews.csv").read_bytes())
    assert {one[3] for one in wrong(folder)} == {"unknown_sheet", "sheet_twice"}


def test_an_empty_sheet_has_no_headings(folder):
    book = as_workbook(folder)
    book.remove(book["drivers"])
    book.create_sheet("drivers")
    book.create_sheet("Sheet1")
    book.save(folder.parent / "typed.xlsx")
    assert wrong(folder.parent / "typed.xlsx") == [("drivers", None, None, "no_headings")]


@pytest.mark.parametrize(
    ("table", "rows", "code"),
    [
        ("district", 0, "one_district"),
        ("district", 2, "one_district"),
        ("outline", 2, "short_outline"),
    ],
)
def test_too_few_and_too_many_rows(folder, table, rows, code):
    lines = read_lines(folder / f"{table}.csv")
    write_lines(folder / f"{table}.csv", [lines[0], *(lines[1:] * 2)[:rows]])
    assert [one[3] for one in wrong(folder)] == [code]


def test_a_table_may_be_without_rows_and_the_outline_be_missing(folder):
    write_lines(folder / "blockages.csv", read_lines(folder / "blockages.csv")[:1])
    (folder / "outline.csv").unlink()
    city = read_city(folder)
    assert city.blockages == ()
    assert city.district.outline == ()


def test_a_flood_of_errors_is_cut(folder):
    lines = read_lines(folder / "inlets.csv")
    write_lines(
        folder / "inlets.csv", [lines[0], *(["", "", "x", "y", "", "z", "w"] for _ in range(5000))]
    )
    found = wrong(folder)
    assert len(found) <= 502
    assert found[-1] == ("…", None, None, "more_errors")


def test_bad_tables_change_nothing_in_the_database(store, city, folder):
    store.replace_city(city)
    put(folder, "crews", 2, "station id", "nowhere")
    with pytest.raises(BadSheets):
        store.replace_city(read_city(folder))
    assert store.city() == city


def test_a_unit_that_is_none_of_ours_is_refused(folder):
    path = folder / "machines.csv"
    path.write_text(path.read_text("utf-8-sig").replace("capacity", "容量(人)", 1), "utf-8")
    assert ("machines", 1, "容量(人)", "heading_unit") in wrong(folder)
