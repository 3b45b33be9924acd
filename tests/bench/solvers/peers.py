"""Our solver beside its peers, on the problems that they can state: ``python
tests/bench/solvers/peers.py``.

TOPTW: one thread and the same time for all. Storm problems of one-slot jobs: two workers and
``--seconds`` for ours, ``--peer-seconds`` for the peers, each with the best statement of the
problem that we know. All run one after the other, each in a fresh process. A peer's answer is
turned into a plan of ours, mended in the peer's favour where a start or a break must move, and
counts only if our referee finds it legal.
"""

import argparse
import sys
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.bench.solvers.entrants import PACKAGES, Entry, Outcome, add_arguments, outcomes, present
from tests.bench.solvers.instances import FOLDER

LITE = "lite-s-11 lite-s-12 lite-s-13 lite-m-11 lite-m-12 lite-l-11"
TOPTW = "c104:3 c108:4 r104:2 r112:4 r203:1 rc102:3 rc206:2 rc208:1"


def entry(engine: str, name: str, args: argparse.Namespace) -> Entry:
    """The run of one solver on one problem."""
    if ":" in name:
        return Entry(engine, name, args.seconds, 1, args.seed)
    return Entry(
        engine, name, args.seconds if engine == "ours" else args.peer_seconds, 2, args.seed
    )


def row(each: Outcome, ours: Outcome) -> str:
    """One line of the table; `ahead` is by how much our score is above this one."""
    share = "" if each.share != each.share else f"{each.share:.2f}"
    ahead = (
        ""
        if each is ours
        else f"{100 * (ours.score / each.score - 1):+.2f}"
        if each.score > 0
        else "inf"
    )
    cells = (
        f"{each.score:>12} {share:>7} {ahead:>8}"
        f" {each.wall:>7.2f} {each.cpu:>7.2f} {each.dropped:>7}"
    )
    return f"{each.entry.name:<10} {each.entry.engine:<6} {cells}  {each.flaw or 'legal'}"


def main() -> None:
    """Print a row for each run, then how far ahead ours is of each peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=f"{TOPTW} {LITE}".split())
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--peer-seconds", type=float, default=20)
    parser.add_argument(
        "--peer",
        action="append",
        choices=PACKAGES,
        help="only these; default all that are installed",
    )
    add_arguments(parser)
    args = parser.parse_args()
    if not FOLDER.exists():
        sys.exit(f"no benchmark folder at {FOLDER}")
    engines = ["ours", *present(args.peer or PACKAGES)]
    results = outcomes(
        [entry(engine, name, args) for name in args.names for engine in engines], args.parallel
    )
    heads = f"{'score':>12} {'% best':>7} {'ahead %':>8} {'wall s':>7} {'cpu s':>7} {'dropped':>7}"
    print(f"{'problem':<10} {'solver':<6} {heads}")
    ahead: dict[tuple[str, str], list[float]] = {}
    for name in args.names:
        ours = next(results)
        print(row(ours, ours), flush=True)
        for engine in engines[1:]:
            peer = next(results)
            print(row(peer, ours), flush=True)
            kind = "toptw" if ":" in name else name.split("-")[0]
            if not (peer.flaw or ours.flaw) and peer.score > 0:
                ahead.setdefault((kind, engine), []).append(100 * (ours.score / peer.score - 1))
    print(
        "\ndropped: jobs of the peer's answer left out"
        " because it is illegal with them, or better without"
    )
    for (kind, engine), leads in ahead.items():
        won = sum(lead >= 0 for lead in leads)
        print(f"{kind}: ahead of {engine} by {mean(leads):+.2f} % on average,"
              f" {min(leads):+.2f} % at worst,"
              f" not behind on {won} of {len(leads)}")  # fmt: skip


if __name__ == "__main__":
    main()
