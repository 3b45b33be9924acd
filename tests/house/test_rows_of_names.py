"""Names in a row are set as the reader's language sets them, by one function."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT


def joined_by_hand(path: Path) -> Iterator[int]:
    """The lines of a module that put a row together with the Chinese mark for it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "join"
            and isinstance(node.func.value, ast.Constant)
            and node.func.value.value in ("、", "，", "；")
        ):
            yield node.lineno


@pytest.mark.parametrize("room", ["ops", "dashboard"])
def test_no_page_paper_or_command_sets_a_row_by_hand(room):
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / room).rglob("*.py")
        if path.name != "messages.py"  # where rows are set
        for line in joined_by_hand(path)
    }
    assert not found, "give the names to the translator as a tuple, or to labels.join_names"
