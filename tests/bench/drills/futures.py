"""Plans on an ensemble's mean, on a share of it and hedged over all of it, carried out in many
drawn futures, kept one by one so that it can be broken off, gone on with and shared.

``python tests/bench/drills/futures.py FOLDER [--storm moderate] [--way NAME ...] [--seeds 50]
[--steps 1000] [--table]``: each plan is made once, of what is known at the beginning, and carried
out to its end; futures and hidden states are the same for all. ``--table`` makes none and prints
street-minutes, and by how many more they are than planned on the mean, future by future, with 95 %
intervals.
"""

import argparse
import logging
import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from data.sheets.city import read_city
from ops.drill.comparison import Estimate
from ops.drill.ensemble import MEAN, TRIED, call_of, cases, plans_at_once
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings
from ops.drill.physics.storms import BUILT_IN, built_in
from ops.intake.sample import FOLDER
from tests.bench.drills.kept import kept, make_once


def show(made: Mapping[str, Mapping[int, Outcome]]) -> None:
    """The table."""
    for way, own in made.items():
        minutes = Estimate.of_amounts([one.minutes() for one in own.values()])
        hours = Estimate.of_amounts([one.crew_hours for one in own.values()])
        both = sorted(own.keys() & made[MEAN].keys())
        more = Estimate.of([own[n].minutes() - made[MEAN][n].minutes() for n in both])
        print(
            f"{way:10s}{len(own):4d} futures{minutes.mean:8.0f} ({minutes.low:.0f} to"
            f" {minutes.high:.0f})  crew-hours {hours.mean:5.0f}  more than on the mean"
            f" {more.mean:+.1f} ({more.low:+.1f} to {more.high:+.1f})"
        )


def main() -> None:
    """Let futures come, or print what came of them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--storm", choices=BUILT_IN, default="moderate")
    asked.add_argument("--way", action="append", choices=TRIED, default=[])
    asked.add_argument("--seeds", type=int, default=50)
    asked.add_argument("--steps", type=int, default=1000)
    asked.add_argument("--table", action="store_true")
    given = asked.parse_args()
    logging.getLogger("ops").setLevel(logging.ERROR)
    folder, ways = given.folder, given.way or list(TRIED)
    folder.mkdir(parents=True, exist_ok=True)
    settings = DrillSettings()
    storm = built_in(given.storm, ZoneInfo("Asia/Shanghai"), 0, settings.shape)
    city = read_city(FOLDER)
    made: dict[str, dict[int, Outcome]] = {}
    for way, n in product(ways, range(given.seeds)) if given.table else ():
        if outcome := kept(folder / f"{given.storm}-{way}-{n}.pickle"):
            made.setdefault(way, {})[n] = outcome
    if given.table:
        show(made)
        return
    plans = plans_at_once(cases(city, storm, settings, 0), given.steps)
    for n, way in product(range(given.seeds), ways):
        path = folder / f"{given.storm}-{way}-{n}.pickle"
        by_way = cases(city, storm, settings, n)
        if make_once(path, call_of(way, by_way, given.steps, plans)):
            print(way, n, flush=True)


if __name__ == "__main__":
    main()
