"""Many draws of the drill's storms, one after another, so that a long comparison can be broken off
and gone on with, and shared by several processes.

``python tests/bench/drills/draws.py FOLDER [--storm NAME ...] [--policy NAME ...] [--seeds 20]
[--steps 1000] [--lead 40] [--table]``: each draw is kept in the folder as it is done; whoever
begins again, or beside it, goes on with those that nobody has begun. ``--table`` makes none and
prints what there is: street-minutes, share of what could be avoided, low points, response, and by
how much each policy is worse than the plan in the draws that both have, with 95 % intervals.
"""

import argparse
import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from data.model.city import City
from data.sheets.city import read_city
from ops.drill.comparison import (
    HABITS,
    LIMIT,
    NOTHING,
    OURS,
    POLICIES,
    Outcome,
    compared,
    outcome_of,
    worlds,
)
from ops.drill.parameters import DrillSettings
from ops.drill.physics.storms import BUILT_IN, built_in
from ops.intake.sample import FOLDER
from tests.bench.drills.kept import kept, make_once

CHEAP = (NOTHING, *HABITS, LIMIT)


class Draw(NamedTuple):
    """One storm under one policy."""

    storm: str
    policy: str
    seed: int

    def path(self, folder: Path) -> Path:
        return folder / f"{self.storm}-{self.policy}-{self.seed}.pickle"


def wanted(storms: Sequence[str], policies: Sequence[str], seeds: int) -> Iterator[Draw]:
    """The cheap policies first, then draw by draw, so that every storm has some of each."""
    cheap = [name for name in policies if name in CHEAP]
    dear = [name for name in policies if name not in CHEAP]
    for names in (cheap, dear):
        for seed, name, storm in product(range(seeds), names, storms):
            yield Draw(storm, name, seed)


def passed(draw: Draw, city: City, steps: int, lead: int) -> Outcome:
    """What comes of the storm under the policy."""
    settings = DrillSettings()
    storm = built_in(draw.storm, ZoneInfo("Asia/Shanghai"), lead, settings.shape)
    (world,) = worlds(city, storm, settings, (draw.seed,))
    return outcome_of(world, draw.policy, steps)


def read(path: Path) -> Outcome:
    """A draw that was kept, be it before some figure was counted: that one is as by default."""
    found: Outcome = kept(path)
    for one in fields(Outcome):
        if not hasattr(found, one.name):
            object.__setattr__(found, one.name, one.default)
    return found


def show(storm: str, made: Mapping[str, Mapping[int, Outcome]], city: City) -> None:
    """The table of one storm: figures over the draws that all policies have; differences over those
    that the two have.
    """
    both = sorted(set.intersection(*(set(own) for own in made.values())))
    print(f"{storm}: draws {', '.join(f'{name} {len(own)}' for name, own in made.items())}")
    if not both:
        return
    found = compared({name: [own[n] for n in both] for name, own in made.items()}, city)
    for name, one in found.items():
        share = f"{one.share.mean:6.0%}" if one.share else ""
        print(
            f"  {name:10s}{one.street_minutes_015.mean:8.0f}{share}"
            f"  low {one.low_minutes_015.mean:6.0f}  27 cm {one.street_minutes_027.mean:6.0f}"
            f"  P90 {one.response_p90_s.mean / 60:4.0f} min  plans {one.plan_changes.mean:3.0f}"
        )
    for name, own in made.items():
        pair = sorted(set(own) & set(made.get(OURS, {})))
        if name != OURS and pair:
            two = compared({each: [made[each][n] for n in pair] for each in (name, OURS)}, city)
            ahead = two[name].against_ours
            if ahead:
                print(
                    f"  {name} less the plan, {len(pair)} draws: {ahead.mean:.0f}"
                    f" ({ahead.low:.0f} to {ahead.high:.0f})"
                )


def main() -> None:
    """Make draws, or print them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--storm", action="append", choices=BUILT_IN, default=[])
    asked.add_argument("--policy", action="append", choices=POLICIES, default=[])
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--steps", type=int, default=1000)
    asked.add_argument("--lead", type=int, default=40)
    asked.add_argument("--table", action="store_true")
    given = asked.parse_args()
    logging.getLogger("ops").setLevel(logging.ERROR)
    storms, policies = given.storm or list(BUILT_IN), given.policy or list(POLICIES)
    city, folder = read_city(FOLDER), given.folder
    folder.mkdir(parents=True, exist_ok=True)
    draws = list(wanted(storms, policies, given.seeds))
    if not given.table:
        for draw in draws:
            began = time.process_time()
            if make_once(draw.path(folder), partial(passed, draw, city, given.steps, given.lead)):
                spent = time.process_time() - began
                print(*draw, read(draw.path(folder)).minutes(), f"{spent:.0f} s", flush=True)
        return
    for storm in storms:
        made: dict[str, dict[int, Outcome]] = {}
        for draw in draws:
            if draw.storm == storm and (path := draw.path(folder)).exists():
                made.setdefault(draw.policy, {})[draw.seed] = read(path)
        if made:
            show(storm, made, city)


if __name__ == "__main__":
    main()
