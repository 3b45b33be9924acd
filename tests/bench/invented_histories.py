"""The backtest on histories whose truth is known: in how many the risk ranks worse than the plain
count, by how much, and how true its probabilities are.

``python tests/bench/invented_histories.py [--seeds 4]``: every kind of city so many times; a line
each, and how often it is behind by more than a standard error (one in six by chance alone where
both are the same).
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ops.risk.judged.backtest import COUNT
from tests.helpers.histories import made

KINDS: dict[str, dict[str, Any]] = {
    "sparse": {"per_storm": 1.0},
    "thin": {"per_storm": 4.0},
    "usual": {"per_storm": 10.0},
    "dense": {"per_storm": 60.0},
    "drifting": {"per_storm": 10.0, "drift": 0.05},
    "drifting fast": {"per_storm": 10.0, "drift": 0.15},
    "seasonal": {"per_storm": 10.0, "season": True},
    "storms unlike": {"per_storm": 30.0, "unlike": 1.0, "years": 3},
    "places come": {"per_storm": 20.0, "late": True},
    "places come, no list": {"per_storm": 20.0, "late": True, "listed": False},
    "told thrice": {"per_storm": 10.0, "repeats": 3},
    "told by some": {"per_storm": 10.0, "repeats": None},
    "all alike": {"per_storm": 10.0, "even": True},
    "many places": {"per_storm": 10.0, "places": 600, "listed": False, "years": 4},
}


def main() -> None:
    """Print every history, and the sum."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=4)
    seeds = asked.parse_args().seeds
    behind, ahead, tried, total = 0, 0, 0, 0.0
    for name, kind in KINDS.items():
        for seed in range(seeds):
            found = made(100 + seed, **kind)
            one, top = found.ahead["top10"][COUNT], found.measures["top10"]
            se = one.se or 0.0
            behind, ahead = behind + (one.value < -se), ahead + (one.value > se)
            tried, total = tried + 1, total + one.value
            print(
                f"{name:22s}{seed:3d}  count {top[COUNT].value:.3f}"
                f"  ahead {one.value:+.4f} ± {se:.4f}"
                f"  auc {found.ahead['auc'][COUNT].value:+.4f}  slope {found.slope.value:.2f}"
                f"  half-life {found.choice.half_life:g}{'  BEHIND' if one.value < -se else ''}",
                flush=True,
            )
    print(f"{tried} histories: behind {behind}, ahead {ahead}, mean {total / tried:+.4f}")


if __name__ == "__main__":
    main()
