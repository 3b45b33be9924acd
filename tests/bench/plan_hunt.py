"""Senseless plans hunted in drawn districts and storms.

``python tests/bench/plan_hunt.py [--seeds 0-200] [--steps N] [--more] [--eventful] [--size TOWN]``:
each seed is a district, a storm and what happens in it, taken in as the desk takes it; each plan is
judged by the laws of ``tests/helpers/drawn``. With ``--more`` each first plan is compared with that
of whoever has more; with ``--eventful`` more happens.
"""

import argparse
import logging
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import solver
from tests.bench import plan_sense as bench
from tests.bench.plan_sense_situations import Situation
from tests.helpers.drawn import laws
from tests.helpers.drawn.districts import SIZES, SMALL, Sizes, district
from tests.helpers.drawn.more import MORE, worse
from tests.helpers.drawn.storms import eventful, situation

STEPS = 500


def drawn(seed: int, sizes: Sizes = SMALL, is_eventful: bool = False) -> Situation:
    """The situation of this number."""
    chance = Random(seed)
    made = district(chance, sizes)
    return (eventful if is_eventful else situation)(chance, made, f"seed {seed}")


def played(case: Situation, steps: int, sheets: bool = False) -> list[str]:
    """What is broken in the plans of a situation."""
    complaints = laws.Complaints()
    logging.getLogger("ops").addHandler(complaints)
    try:
        with bench.steps_in_process(steps), bench.desk(case, 1.0) as desk:
            desk.begin()
            for number, event in enumerate(case.events):
                desk.happen(event, number)
            found = list(laws.broken(desk)) if desk.versions else ["no plan"]
            if sheets:
                describe(desk)
    finally:
        logging.getLogger("ops").removeHandler(complaints)
    return [*found, *(f"the program says: {each}" for each in complaints.said)]


def worsened(case: Situation, steps: int) -> Iterator[str]:
    """What makes the first plan of a situation worse, though it is more."""
    case = replace(case, events=())
    for more in MORE:
        if found := worse(case, more, steps):
            yield f"{more.__name__}: {found}"


def describe(desk: bench.Desk) -> None:
    case = desk.situation
    print(f"at {case.at} rain {case.rain} warning {case.warning} level {case.level}")
    print(f"squads {case.settings.duty.squads} streets {bool(case.streets)} taps {case.taps}")
    for event in case.events:
        print("  ", event.minutes, event.what, dict(event.facts))
    for crew in desk.city.crews:
        print("  ", crew.id, crew.station_id, crew.size, crew.shift_id, crew.skills, crew.seniors)
    for one in desk.city.shifts:
        print("  ", one.id, one.start, one.end, one.break_minutes, one.break_from, one.break_to)
    for one in desk.city.machines:
        mine = [d.shift_id for d in desk.city.drivers if d.machine_id == one.id]
        print("  ", one.id, one.kind, one.station_id, mine)
    print(
        "  ", *(f"{one.day} {one.crew_id or one.driver_id} {one.duty}" for one in desk.city.roster)
    )
    print("   low", [one.id for one in desk.city.segments if one.low_lying])
    print(*bench.sheets(desk), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", default="0-50", help="one, or from-to")
    parser.add_argument("--steps", type=int, default=STEPS, help="of search for each plan")
    parser.add_argument("--more", action="store_true", help="compare with whoever has more")
    parser.add_argument("--sheets", action="store_true", help="print each crew's day")
    parser.add_argument("--eventful", action="store_true", help="more happens")
    parser.add_argument("--size", choices=SIZES, default="small", help="of the districts")
    given = parser.parse_args()
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("ops").propagate = False
    solver.warm()
    first, _, last = given.seeds.partition("-")
    kinds: Counter[str] = Counter()
    began = time.process_time()
    for seed in range(int(first), int(last or first) + 1):
        try:
            case = drawn(seed, SIZES[given.size], given.eventful)
            found = (
                list(worsened(case, given.steps))
                if given.more
                else played(case, given.steps, given.sheets)
            )
        except Exception:
            found = [f"FAILED: {traceback.format_exc(limit=-4)}"]
        for each in found:
            kinds[each.removeprefix("plan ").lstrip("0123456789: ").partition(":")[0]] += 1
            print(f"{seed}: {each[:400]}", flush=True)
    print(f"{int(last or first) - int(first) + 1} seeds, {time.process_time() - began:.0f} s CPU")
    print(dict(kinds))


if __name__ == "__main__":
    main()
