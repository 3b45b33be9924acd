"""Benches run seldom and no type check reads them: each can at least be imported."""

import importlib

from tests.helpers.paths import ROOT


def test_a_bench_finds_all_that_it_imports():
    """Except the solvers of others, which are installed for a comparison alone."""
    names = {path.stem for path in (ROOT / "tests" / "bench").glob("*.py")}
    assert "plan_sense" in names
    for name in sorted(name for name in names if not name.startswith("peer_")):
        importlib.import_module(f"tests.bench.{name}")
