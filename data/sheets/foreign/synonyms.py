"""What others call our tables and columns: Chinese, English and some Portuguese, as the exports of
ArcGIS, CKAN and city offices do. Compared by `layout.key`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from data.sheets import cells
from data.sheets.columns import Column, Layout
from data.sheets.layout import LAYOUTS

STREETS = Layout(
    "streets",
    "街道中心线",
    (
        Column("road", "道路", cells.text(), needed=False, aliases=("道路名称", "路名")),
        Column("importance", "重要程度", cells.text(), needed=False),
        Column("width_m", "路宽(米)", cells.number(1, 200), needed=False),
    ),
)
"""Centrelines: segments are cut out of them."""
ROAD_LIST = Layout(
    "road_list",
    "道路清单",
    (
        Column("road", "道路", cells.text(), aliases=("道路名称", "路名")),
        Column("count", "雨水口数量", cells.number(0, 5000, whole=True)),
        Column("start_name", "起点", cells.text(), needed=False),
        Column("end_name", "止点", cells.text(), needed=False),
        Column("importance", "重要程度", cells.text(), needed=False),
    ),
)
"""Roads with a number of inlets and no place: put on the streets by their names."""
_INLET_MORE = (
    Column("road", "道路", cells.text(), needed=False, aliases=("道路名称", "路名", "街道")),
    Column("wkt", "几何", cells.text(100_000), needed=False),
)
"""What an inlet of others has besides: the name of its road, its place as WKT."""


def _wider(layout: Layout) -> Layout:
    if layout.name == "inlets":
        return replace(layout, columns=(*layout.columns, *_INLET_MORE))
    return layout


TARGETS = {layout.name: _wider(layout) for layout in (*LAYOUTS, STREETS, ROAD_LIST)}
"""What a table of others can become."""
_FILE = tomllib.loads((Path(__file__).parent / "synonyms.toml").read_text(encoding="utf-8"))
TABLE_WORDS: Mapping[str, tuple[str, ...]] = {
    table: tuple(words.split()) for table, words in _FILE["tables"].items()
}
COLUMN_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    (table, column): tuple(words.split())
    for table, columns in _FILE["columns"].items()
    for column, words in columns.items()
}
"""Others' words by table and column, the likelier ones first."""
STREET_CLASSES = tuple((int(rank), words) for rank, words in _FILE["street_classes"].items())
"""Importance by the words of a street's class."""
