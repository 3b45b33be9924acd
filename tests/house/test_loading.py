"""What a test process does before its first test is done by each of them: it is cheap."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.paths import TESTS

DEAR = ("plan_for", "solve", "migrate")
"""Calls that take seconds, and on a fresh machine the minutes in which the search is compiled."""
LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def done_at_once(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that are made while a module is loaded."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, LATER):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from done_at_once(child)


def dear_calls(path: Path) -> Iterator[int]:
    for call in done_at_once(ast.parse(path.read_text("utf-8"))):
        if ast.unparse(call.func).rpartition(".")[2] in DEAR:
            yield call.lineno


def test_no_test_plans_while_it_is_only_loaded():
    found = {
        f"{path.relative_to(TESTS)}:{line}"
        for path in TESTS.rglob("test_*.py")
        for line in dear_calls(path)
    }
    assert not found, "make it in a fixture, or in a function that is cached"


def test_what_a_module_makes_at_once_is_told_from_what_waits(tmp_path):
    path = tmp_path / "test_x.py"
    path.write_text(
        "A = plan_for(1)\ndef b():\n    return plan_for(2)\nclass C:\n    d = [solver.solve(3)]\n"
    )
    assert list(dear_calls(path)) == [1, 5]
