"""Values from one process to another as plain text."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.errors import RowError
from data.files.plain import NotPlain, parts, read, written
from data.files.raw import ErrorValue, Raw
from data.files.table import FileTable
from data.model.city import City, Crew, District
from data.model.message import Message
from data.sheets.city import read_city
from ops.intake.sample import FOLDER

TIMES = st.dates() | st.datetimes() | st.times() | st.timedeltas()
CELLS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.text().map(ErrorValue)
    | TIMES
)
FACTS = st.recursive(CELLS, lambda fact: st.lists(fact, max_size=3).map(tuple), max_leaves=6)


def again(hint: object, value: object) -> object:
    return read(hint, written(value))


@given(st.lists(CELLS, max_size=8))
def test_cells_come_back_as_they_were_to_their_type(cells):
    found = again(list[Raw], cells)
    assert found == cells
    assert [type(one) for one in found] == [type(one) for one in cells]


@given(st.dictionaries(st.text(), FACTS, max_size=4))
def test_what_is_wrong_comes_back_with_its_facts_and_sentences_in_sentences(facts):
    told = RowError("a", 3, None, "x.y", facts | {"why": Message("z", facts)})
    assert again(tuple[RowError, ...], (told,)) == (told,)


def test_the_sample_district_comes_back_whole():
    city = read_city(FOLDER)
    assert again(City, city) == city


def test_a_table_comes_back_with_its_shapes():
    shapes = np.array([shapely.Point(1, 2), None, shapely.box(0, 0, 1, 1)], dtype=object)
    table = FileTable(
        "t", ("a",), ([1, "x", None],), range(1, 4), shapes, "EPSG:4490", (Message("m", {}),)
    )
    (found,) = again(list[FileTable], [table])
    assert list(found.geometry) == list(shapes)
    assert replace(found, geometry=None) == replace(table, geometry=None, places=[1, 2, 3])


class Kind(StrEnum):
    A = "a"


@dataclass(frozen=True)
class Own:
    at: datetime
    kind: Kind = Kind.A
    day: date | None = None
    lengths: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.lengths and min(self.lengths) < 0:
            raise ValueError("a length below nought")


WHOLE = b'[{"datetime":"2026-01-02T03:04:05"},"a",{"date":"2026-01-02"},[1.5,2]]'


def test_an_entity_is_read_by_what_its_hints_promise():
    assert read(Own, WHOLE).lengths == (1.5, 2)


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        (Own, WHOLE.replace(b'"a"', b'"b"')),
        (Own, WHOLE.replace(b"1.5", b'"1.5"')),
        (Own, WHOLE.replace(b"1.5", b"-1.5")),
        (Own, WHOLE.replace(b"1.5", b"true")),
        (Own, WHOLE.replace(b'{"datetime"', b'{"date"', 1)),
        (Own, WHOLE.replace(b'{"datetime"', b'{"exec"', 1)),
        (Own, WHOLE[:-1] + b",1]"),
        (Own, b'["2026-01-02T03:04:05"]'),
        (Own, b"{}"),
        (Own, b"[" * 100_000),
        (Own, b""),
        (Own, b"\xff\xfe"),
        (list[int], b"[1,null]"),
        (list[int], b"[" + b"9" * 10_000 + b"]"),
        (list[Raw], b"[[1]]"),
        (list[Raw], b'[{"said":["x",[]]}]'),
        (list[Raw], b'[{"timedelta":[1e400,0,0]}]'),
        (dict[str, object], b"[[[],1]]"),
        (dict[str, object], b'{"a":1}'),
        (np.ndarray, b'["00zz"]'),
        (np.ndarray, b'[["0101"]]'),
        (FileTable, b'["t",["a"],[[1]],[1],null,null,["m"]]'),
    ],
)
def test_what_is_not_of_the_kind_that_was_asked_for_is_no_answer(hint, told):
    with pytest.raises(NotPlain):
        read(hint, told)


def test_what_has_no_plain_form_is_not_sent_and_no_hint_is_guessed():
    with pytest.raises(TypeError):
        written(object())
    with pytest.raises(TypeError):
        written([b"bytes"])
    with pytest.raises(TypeError):
        read.__globals__["_reader"](Crew | bytes)


@given(st.lists(st.lists(st.integers(), max_size=4), max_size=6))
def test_a_text_never_holds_more_values_than_its_parts(value):
    assert parts(written(value)) + 1 >= 1 + len(value) + sum(map(len, value))


def test_an_empty_city_is_one():
    city = City(district=District(adcode="1", name="甲"))
    assert again(City, city) == city


def test_times_of_a_day_and_spans_are_kept():
    assert again(tuple[time, timedelta], (time(3, 4), timedelta(-1, 5))) == (
        time(3, 4),
        timedelta(-1, 5),
    )
