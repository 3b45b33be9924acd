"""A small town as sheets, to be put into and read back."""

import csv
from pathlib import Path

import pytest
from openpyxl import Workbook

from data.model.city import (
    District,
)
from data.sheets.city import BadSheets, read_city
from data.sheets.layout import LAYOUTS
from tests.helpers.makers import make_city

TOWN = make_city(
    district=District(
        adcode="220402",
        name="龙山区",
        sample=True,
        outline=((125.05, 42.85), (125.30, 42.85), (125.30, 43.00), (125.05, 43.00)),
    )
)


def read_lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def write_lines(path: Path, lines: list[list[str]], encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(lines)


def put(folder: Path, table: str, row: int, column: str, value: str) -> None:
    """Write into the cell of ``row`` (as Excel counts) and ``column``."""
    lines = read_lines(folder / f"{table}.csv")
    lines[row - 1][lines[0].index(column)] = value
    write_lines(folder / f"{table}.csv", lines)


def wrong(path: Path) -> list[tuple]:
    with pytest.raises(BadSheets) as caught:
        read_city(path)
    return [
        (one.sheet, one.row, one.column, one.code.removeprefix("sheets."))
        for one in caught.value.errors
    ]


def as_workbook(folder: Path, **cells_to_put) -> Workbook:
    """The folder as a workbook; ``crews_B2=...`` puts a typed value into a cell."""
    book = Workbook()
    book.remove(book.active)
    for layout in LAYOUTS:
        sheet = book.create_sheet(layout.name)
        for line in read_lines(folder / f"{layout.name}.csv"):
            sheet.append([cell or None for cell in line])
    for place, value in cells_to_put.items():
        name, _, cell = place.rpartition("_")
        book[name][cell] = value
    return book
