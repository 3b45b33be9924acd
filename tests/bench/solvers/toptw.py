"""The team orienteering problem with time windows: ``python tests/bench/solvers/toptw.py --seconds
5 --peer pyvrp``.

Forty pairs of instance and number of routes, one thread each: the share of the best known profit,
mean and worst. ``--parallel 2`` runs two at a time on two processors. A peer runs on the same pairs
in the same run, in turn with ours.
"""

import argparse
import sys
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.bench.solvers.entrants import PACKAGES, Entry, Outcome, add_arguments, outcomes, present
from tests.bench.solvers.instances import FOLDER, status

PAIRS = """
c103:1 c109:1 c206:1 r103:1 r109:1 r202:1 r208:1 rc103:1 rc108:1 rc206:1
c103:2 c108:2 c205:2 r102:2 r107:2 r112:2 r206:2 rc104:2 rc201:2 rc206:2
c102:3 c105:3 c109:3 r103:3 r106:3 r109:3 r112:3 rc103:3 rc106:3 rc201:3
c102:4 c105:4 c108:4 r102:4 r105:4 r107:4 r110:4 rc101:4 rc104:4 rc107:4
"""
"""For each number of routes ten instances, evenly spaced by name among those whose best does not
serve everybody.
"""
UNSURE = ("recall_not_reached", "found_only_no_recall")
"""The best known profit of these may be wrong a little: from memory and never reached, or only ever
found by a run.
"""


def table(
    pairs: list[str], engines: list[str], args: argparse.Namespace
) -> dict[str, list[Outcome]]:
    """Run every engine on every pair, print a row for each pair; the outcomes by engine."""
    entries = [
        Entry(engine, pair, args.seconds, 1, args.seed) for pair in pairs for engine in engines
    ]
    results = outcomes(entries, args.parallel)
    found: dict[str, list[Outcome]] = {engine: [] for engine in engines}
    print(
        f"{'pair':<9}"
        + "".join(f"{engine + ' %':>10} {'wall s':>7} {'cpu s':>6}" for engine in engines)
    )
    for pair in pairs:
        cells, flaws = [], []
        for engine in engines:
            each = next(results)
            found[engine].append(each)
            cells.append(f"{each.share:>10.2f} {each.wall:>7.2f} {each.cpu:>6.2f}")
            flaws += [f"{engine}: {each.flaw}"] if each.flaw else []
        mark = "?" if status(*pair.split(":")) in UNSURE else " "
        print(f"{pair:<8}{mark}" + "".join(cells) + "  " + "; ".join(flaws), flush=True)
    return found


def main() -> None:
    """Print the table, then the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="*", default=PAIRS.split())
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--peer", action="append", default=[], choices=PACKAGES)
    add_arguments(parser)
    args = parser.parse_args()
    if not FOLDER.exists():
        sys.exit(f"no benchmark folder at {FOLDER}")
    found = table(args.pairs, ["ours", *present(args.peer)], args)
    print("\n? the best known profit is not sure")
    for engine, runs in found.items():
        shares = {each.entry.name: 0.0 if each.flaw else each.share for each in runs}
        worst = min(shares, key=shares.get)
        low = " ".join(f"{pair} {share:.2f}" for pair, share in shares.items() if share < 99)
        top = sum(share >= 100 for share in shares.values())
        cpu, wall = mean(each.cpu for each in runs), mean(each.wall for each in runs)
        print(
            f"{engine}: mean {mean(shares.values()):.2f} %,"
            f" worst {shares[worst]:.2f} % ({worst}), best known reached"
            f" {top} of {len(shares)} times, cpu {cpu:.2f} s of {wall:.2f} s;"
            f" below 99 %: {low or 'none'}"
        )


if __name__ == "__main__":
    main()
