"""Figures of the house: how its rooms are filled and how dense its functions are.

``python tests/bench/house_figures.py [TREE ...]``: of this checkout, or of each tree named.
"""

import ast
import re
import sys
from collections import Counter
from pathlib import Path
from statistics import median, quantiles

PACKAGES = ("solver", "weather", "data", "ops", "dashboard")
LINEAR_SEARCH = re.compile(
    r"next\(\s*\(?\s*(\w+)\s+for\s+\1\s+in\s+[^()]*?\s+if\s+\1\.id\s*==", re.S
)
CUT_BY_PREFIX = re.compile(
    r"\.(?:r?partition|r?split|startswith|removeprefix|removesuffix)\(\s*f?[\"'][^\"']{0,12}[:@#][^\"']{0,2}[\"']"
)
PRIVATE = (
    "told",
    "said",
    "say",
    "wished",
    "wish",
    "again",
    "meant",
    "kept",
    "spoken_of",
    "so_far",
    "asked",
)


def sources(tree: Path) -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted((tree / package).rglob("*.py"))
        if not {"migrations", "longshan", ".venv"} & set(path.parts)
    ]


def functions(module: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def is_typed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = [one for one in arguments if one.arg not in ("self", "cls")]
    return function.returns is not None and all(one.annotation for one in named)


def identifiers(module: ast.Module) -> Counter:
    """Names that a module binds: variables, arguments, functions, classes."""
    found: Counter = Counter()
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] += 1
        elif isinstance(node, ast.arg):
            found[node.arg] += 1
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name.strip("_")] += 1
    return found


def figures(tree: Path) -> dict[str, object]:
    paths = sources(tree)
    texts = [path.read_text(encoding="utf-8") for path in paths]
    modules = [ast.parse(text) for text in texts]
    held = [function for module in modules for function in functions(module)]
    lines = [function.end_lineno - function.lineno + 1 for function in held]
    nodes = sorted((sum(1 for _ in ast.walk(function)) for function in held), reverse=True)
    folders = Counter(path.parent for path in paths)
    names = Counter()
    for module in modules:
        names += identifiers(module)
    fullest, most = max(folders.items(), key=lambda item: item[1])
    return {
        "modules": len(paths),
        "folders": len(folders),
        "most modules in a folder": f"{most} ({fullest.relative_to(tree)})",
        "median modules a folder": median(folders.values()),
        "lines": sum(text.count("\n") for text in texts),
        "files over 300 lines": sum(text.count("\n") > 300 for text in texts),
        "functions": len(held),
        "function lines, median": median(lines),
        "function lines, 90 %": round(quantiles(lines, n=10)[-1]),
        "function lines, most": max(lines),
        "functions over 60 lines": sum(each > 60 for each in lines),
        "functions over 200 syntax nodes": sum(each > 200 for each in nodes),
        "ten densest, syntax nodes": " ".join(map(str, nodes[:10])),
        "typed functions": f"{sum(map(is_typed, held)) / len(held):.1%}",
        "linear searches for an id": sum(len(LINEAR_SEARCH.findall(text)) for text in texts),
        "ids and causes cut as strings": sum(len(CUT_BY_PREFIX.findall(text)) for text in texts),
        "private English bound as a name": sum(names[name] for name in PRIVATE),
    }


def main() -> None:
    trees = [Path(name) for name in sys.argv[1:]] or [Path(__file__).resolve().parents[2]]
    columns = [figures(tree) for tree in trees]
    for row in columns[0]:
        print("| " + " | ".join([row, *(str(column[row]) for column in columns)]) + " |")


if __name__ == "__main__":
    main()
