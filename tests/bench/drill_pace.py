"""What a drill costs: CPU seconds of the hydraulics, of the plans and of all else, for one draw of
the long storm, cut to so many hours, on the bundled district.

``python tests/bench/drill_pace.py [--hours 12] [--steps 1000] [--plans 10]``, with the repository
on the path. Told are the engine by itself (nobody does anything) and a draw under the plan; from
that what a drill of so many re-plans takes, in one process.
"""

import argparse
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from data.sheets.city import read_city
from ops.drill import closed_loop, planned
from ops.drill.comparison import worlds
from ops.drill.parameters import DrillSettings
from ops.drill.physics.hydraulics import Streets
from ops.drill.physics.storms import built_in
from ops.drill.policies import Nobody
from ops.intake.sample import FOLDER
from ops.runtime import planning_loop

HYDRAULICS = ("step", "depths", "open", "pump")


def timed(spent: dict[str, list[float]], name: str, call: Callable) -> Callable:
    def wrapped(*args: object, **named: object) -> object:
        began = time.process_time()
        try:
            return call(*args, **named)
        finally:
            spent[name].append(time.process_time() - began)

    return wrapped


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--hours", type=int, default=12)
    asked.add_argument("--steps", type=int, default=1000)
    asked.add_argument("--plans", type=int, default=10)
    given = asked.parse_args()
    logging.getLogger("ops").setLevel(logging.ERROR)
    spent: dict[str, list[float]] = defaultdict(list)
    for name in HYDRAULICS:
        setattr(Streets, name, timed(spent, "hydraulics", getattr(Streets, name)))
    closed_loop.swmm_input = timed(spent, "hydraulics", closed_loop.swmm_input)
    planned.BySteps.solve = timed(spent, "solver", planned.BySteps.solve)
    planning_loop.replan = timed(spent, "re-plans", planning_loop.replan)
    city, settings = read_city(FOLDER), DrillSettings()
    storm = built_in("long", ZoneInfo("Asia/Shanghai"), 0, settings.shape)
    storm = replace(storm, rain_mm_h=storm.rain_mm_h[: 60 * given.hours])
    world = worlds(city, storm, settings, (0,))[0]
    print(f"{len(city.inlets)} inlets, {given.hours} h")
    for name in ("nobody", "plan"):
        spent.clear()
        began = time.process_time()
        if name == "nobody":
            closed_loop.run(world, Nobody())
        else:
            with planned.planned(city, storm, given.steps, settings.people) as policy:
                closed_loop.run(world, policy)
        whole = time.process_time() - began
        parts = {part: sum(values) for part, values in spent.items()}
        print(f"{name}: {whole:.1f} s", *(f"{part} {s:.1f}" for part, s in parts.items()))
        if plans := len(spent["re-plans"]):
            each = parts["re-plans"] / plans
            told = whole - parts["re-plans"] + (1 + given.plans) * each
            print(f"{plans} plans of {each:.2f} s each; with {given.plans} re-plans {told:.1f} s")


if __name__ == "__main__":
    main()
