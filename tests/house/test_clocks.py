"""What a clock on the wall shows becomes an instant in one place, ``data.model.wall_clock``."""

import ast
from collections.abc import Iterator

from tests.house.test_ids import sources

PLACE = "data/model/wall_clock.py"
OTHERS = {"data/sheets/cells.py": "an offset that is written behind the time"}
FIXED = "weather/"  # Beijing's clocks are never changed


def by_hand(source: str) -> Iterator[int]:
    """The lines in which a time of day gets a zone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            names = {word.arg for word in node.keywords}
            combined = node.func.attr == "combine" and (len(node.args) > 2 or "tzinfo" in names)
            if combined or (node.func.attr == "replace" and "hour" in names):
                yield node.lineno


def test_nobody_else_makes_an_instant_of_a_time_of_day():
    found = [
        (name, line)
        for name, path in sources()
        if name != PLACE and name not in OTHERS and not name.startswith(FIXED)
        for line in by_hand(path.read_text(encoding="utf-8"))
    ]
    assert found == []
