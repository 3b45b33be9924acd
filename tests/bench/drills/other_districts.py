"""Drawn districts that no rule was made for, with the drill's storms passing over them under each
policy, kept one by one so that it can be broken off, gone on with and shared.

``python tests/bench/drills/other_districts.py FOLDER [--size small] [--seeds 9000-9009]
[--storm NAME ...] [--policy NAME ...] [--steps 500] [--lead 40] [--pairs] [--table]``: each seed is
a district with hidden states of its own. ``--table`` makes none and prints, over the pairs of
district and storm that all policies have, street-minutes deeper than 15 cm, all and at low points,
and how often the plan is ahead of each habit; ``--pairs`` prints every pair besides.
"""

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from data.model.city import City
from ops.drill.comparison import HABITS, NOTHING, OURS
from ops.drill.outcome import Outcome
from ops.drill.physics.storms import BUILT_IN
from tests.bench.drills.draws import Draw, passed
from tests.bench.drills.kept import kept, make_once
from tests.helpers.drawn.districts import SIZES, district

POLICIES = (NOTHING, *HABITS, OURS)


class Pair(NamedTuple):
    """A storm over a district."""

    size: str
    seed: int
    storm: str

    def path(self, folder: Path, policy: str) -> Path:
        return folder / f"{self.size}-{self.seed}-{self.storm}-{policy}.pickle"


@cache
def city_of(size: str, seed: int) -> City:
    return district(Random(seed), SIZES[size]).city


def minutes(outcome: Outcome, pair: Pair, at_low_points: bool) -> float:
    """Street-minutes deeper than 15 cm, of all roads or of low points alone."""
    if not at_low_points:
        return outcome.minutes()
    segments = city_of(pair.size, pair.seed).segments
    low = frozenset(one.id for one in segments if one.low_lying)
    return outcome.minutes(roads=low)


def show(made: Mapping[Pair, Mapping[str, Outcome]], policies: Sequence[str]) -> None:
    """Sums over all pairs, and the plan held against each habit pair by pair."""
    print(f"{len(made)} pairs of district and storm")
    for at_low_points in (False, True):
        print("low points" if at_low_points else "all roads")
        by_policy = {
            name: [minutes(own[name], pair, at_low_points) for pair, own in made.items()]
            for name in policies
        }
        for name, own in by_policy.items():
            line = f"  {name:10s}{sum(own):9.0f}"
            if OURS in by_policy and name != OURS:
                both = list(zip(by_policy[OURS], own, strict=True))
                ahead, behind = sum(a < b for a, b in both), sum(a > b for a, b in both)
                line += f"  the plan ahead in {ahead}, behind in {behind}"
            print(line)


def show_pairs(made: Mapping[Pair, Mapping[str, Outcome]], policies: Sequence[str]) -> None:
    """Each pair: all roads and low points by policy."""
    print(f"{'':28s}{''.join(f'{name:>16s}' for name in policies)}")
    for pair, own in made.items():
        cells = "".join(
            f"{minutes(own[name], pair, False):9.0f} {minutes(own[name], pair, True):6.0f}"
            for name in policies
        )
        print(f"{'-'.join(map(str, pair)):28s}{cells}")


def main() -> None:
    """Let storms pass, or print what came of them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--size", choices=SIZES, default="small")
    asked.add_argument("--seeds", default="9000-9009")
    asked.add_argument("--storm", action="append", choices=BUILT_IN, default=[])
    asked.add_argument("--policy", action="append", choices=POLICIES, default=[])
    asked.add_argument("--steps", type=int, default=500)
    asked.add_argument("--lead", type=int, default=40)
    asked.add_argument("--pairs", action="store_true")
    asked.add_argument("--table", action="store_true")
    given = asked.parse_args()
    logging.getLogger("ops").setLevel(logging.ERROR)
    folder, policies = given.folder, given.policy or list(POLICIES)
    folder.mkdir(parents=True, exist_ok=True)
    first, last = map(int, given.seeds.split("-"))
    storms = given.storm or list(BUILT_IN)
    pairs = [Pair(given.size, *one) for one in product(range(first, last + 1), storms)]
    for pair, policy in product(pairs, policies) if not given.table else ():
        draw, city = Draw(pair.storm, policy, pair.seed), city_of(pair.size, pair.seed)
        call = partial(passed, draw, city, given.steps, given.lead)
        if make_once(pair.path(folder, policy), call):
            print(*pair, policy, flush=True)
    found = {pair: {name: kept(pair.path(folder, name)) for name in policies} for pair in pairs}
    whole = {pair: own for pair, own in found.items() if all(own.values())}
    show(whole, policies)
    if given.pairs:
        show_pairs(whole, policies)


if __name__ == "__main__":
    main()
