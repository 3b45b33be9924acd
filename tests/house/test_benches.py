"""Benches run seldom and no type check reads them: each can at least be imported."""

import importlib

import pytest

from tests.bench import plan_sense
from tests.helpers.paths import ROOT


def test_a_bench_finds_all_that_it_imports():
    """Except the solvers of others, which are installed for a comparison alone."""
    paths = sorted((ROOT / "tests" / "bench").rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    assert "tests.bench.plan_sense" in names
    for name in names:
        if not name.rpartition(".")[2].startswith(("peer_", "beside_")):
            importlib.import_module(name)


@pytest.mark.plans
def test_plans_are_judged_through_the_real_path():
    """What calls the program most is run, for a few steps of search."""
    situation = next(one for one in plan_sense.SITUATIONS if one.name == "cloudburst-40-minutes")
    found, played = plan_sense.run(situation, steps=20, seconds=1.0)
    assert found.fallbacks == 0
    lines = list(plan_sense.sheets(played))
    assert any("left out" in line for line in lines)
