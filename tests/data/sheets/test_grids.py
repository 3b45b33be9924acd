"""How far a sheet reaches, and what its cells hold: all at once as well as one by one."""

import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from data.files.grids import MAX_ROWS, _last_cell, _values, read_text
from data.files.raw import ErrorValue

LONGEST_ROW = 14  # more digits are no row's number, whichever they are

cells = st.one_of(
    st.none(),
    st.booleans(),
    st.text("ab 1", max_size=3),
    st.floats(allow_nan=True),
    st.integers(-(10**6), 10**6).map(float),
    st.just(ErrorValue("#N/A")),
)


@given(st.one_of(st.lists(cells), st.lists(st.integers(-5, 5).map(float)), st.lists(st.floats())))
def test_a_column_says_what_each_of_its_cells_says(column):
    def one(value):
        if type(value) is float and value.is_integer() and abs(value) < 1e15:
            return int(value)
        return None if value == "" else value

    found = list(_values(tuple(column)))
    assert list(map(repr, found)) == list(map(repr, map(one, column)))
    assert list(map(type, found)) == list(map(type, map(one, column)))


words = st.sampled_from(
    ["<row r='", '<row ht="3" r="', '<c r="', '<c t="e" r="', '"/>', "'>", "</c>", ' colr="', "\n"]
)
numbers = st.text("01", min_size=12, max_size=17)
places = st.from_regex(r"\A[A-Z]{0,4}[0-9]{0,8}\Z")


@given(st.lists(st.one_of(words, places, numbers)).map("".join))
def test_the_last_cell_is_the_greatest_that_any_place_names(text):
    named = re.findall(r"""[\s]r=["']([A-Z]{0,3})([0-9]+)""", text)
    rows = [MAX_ROWS + 2 if len(row) > LONGEST_ROW else int(row) for _, row in named]
    columns = [
        sum((ord(s) - 64) * 26**n for n, s in enumerate(column[::-1]))
        for (column, _), row in zip(named, rows, strict=True)
        if row
    ]
    assert _last_cell(text.encode()) == (max(rows, default=0), max(columns, default=0))


def test_a_row_number_without_end_is_too_great():
    assert _last_cell(b'<c r="A' + b"0" * 30 + b'1"/>')[0] > MAX_ROWS


@given(st.text("ab, \r\n\x0b\u2028", max_size=40))
def test_a_text_without_quotation_marks_is_cut_as_csv_has_it(text):
    text = "x,y\n" + text
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    expected = [
        (number, cells[: max(n for n, cell in enumerate(cells, 1) if cell.strip())])
        for number, cells in enumerate(rows, 1)
        if any(cell.strip() for cell in cells)
    ]
    found = read_text("x.csv", "x", text.encode()).rows
    assert [(number, list(cells)) for number, cells in found] == expected
