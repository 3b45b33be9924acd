"""What a table that a bureau brings is made of: a sheet, its columns and the words for both.

A heading is known by its Chinese or English name, whatever its case, blanks or unit in brackets.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from data.sheets import cells
from data.sheets.cells import Cell
from data.sheets.words import PROFILE_WORDS, SYSTEM_WORDS


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name here, its Chinese heading, how it is read, and what a blank means.

    ``needed`` columns must be there and filled; a blank in another one means ``blank``. ``target``
    is the table that an id points to.
    """

    name: str
    zh: str
    cell: Cell[Any]
    needed: bool = True
    blank: object = None
    target: str | None = None
    aliases: tuple[str, ...] = ()

    def heading(self, language: str) -> str:
        return self.zh if language == "zh" else self.name.replace("_", " ")


@dataclass(frozen=True)
class Layout:
    """A table: its name here and as a file, its Chinese name, its columns."""

    name: str
    zh: str
    columns: tuple[Column, ...]
    needed: bool = True
    aliases: tuple[str, ...] = ()

    @cached_property
    def known(self) -> dict[str, Column]:
        """Its columns by every heading they are known by, as `key` gives it."""
        return {
            key(word): column
            for column in self.columns
            for word in (column.name, column.zh, *column.aliases)
        }

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def title(self, language: str) -> str:
        return self.zh if language == "zh" else self.name


REMARKS = frozenset(("备注", "说明", "序号", "remark", "remarks", "note", "notes", "no"))
"""Headings that a bureau may keep for itself."""


def key(heading: object) -> str:
    """A heading or a sheet's name without what people vary: width, case, blanks, dashes, a unit in
    brackets.
    """
    text = unicodedata.normalize("NFKC", str(heading)).lower()
    return re.sub(r"[\s_\-*.:]+", "", re.sub(r"[(\[（].*?[)\]）]", "", text))


def id_column(zh: str = "编号") -> Column:
    return Column("id", zh, cells.name_of(), aliases=("编码", "代码", "id"))


def ref(target: str, zh: str, *aliases: str) -> Column:
    return Column(
        f"{target.removesuffix('s')}_id", zh, cells.name_of(), target=target, aliases=aliases
    )


def system_column() -> Column:
    return Column(
        "crs",
        "坐标系",
        cells.choice(SYSTEM_WORDS),
        needed=False,
        blank="wgs84",
        aliases=("坐标系统", "datum"),
    )


def place_columns() -> tuple[Column, ...]:
    return (
        Column("lon", "经度", cells.number(-180, 180), aliases=("longitude", "lng")),
        Column("lat", "纬度", cells.number(-180, 180), aliases=("latitude",)),
        system_column(),
    )


PHONE = ("联系电话", "联系方式", "手机", "手机号", "手机号码")
NAME = Column("name", "名称", cells.text(), aliases=("名字",))
SHIFT = ref("shifts", "班次编号", "班次")
PROFILE = Column(
    "profile", "出行方式", cells.choice(PROFILE_WORDS), needed=False, aliases=("出行",)
)
ROTATION = replace(ref("rotations", "轮班编号", "轮班"), needed=False)
STATION = ref("stations", "管理站编号", "管理站", "所属管理站")
