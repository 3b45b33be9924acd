"""Who still wins when what a drill assumes is half or half as much again.

``python tests/bench/drills/assumptions.py FOLDER [--storm moderate] [--seeds 3] [--policy NAME ...]
[--only NAME ...] [--together] [--table]``: a row for each assumption by itself, with the share of
what could be avoided under each policy, the policy that leaves the least water, and whether the
plan is among the best by no more than the interval of the difference. Each draw is kept in the
folder as it is done, and whoever begins again, or beside it, goes on with those that nobody has
begun; ``--table`` makes none and prints the rows that are whole. Without the plan
(``--policy posts --policy lowpoints``) it takes a minute or two, with it half an hour for each
draw.

``--together`` varies all of them at once in twenty rows, each assumption high in half of them and
no two alike (Plackett and Burman 1946): with one draw a row it costs as much as twenty draws, and
says of each assumption by how much it moves the plan's lead over the best habit.
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import mean
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from data.model.city import City
from data.sheets.city import read_city
from ops.drill.comparison import HABITS, LIMIT, NOTHING, OURS, compared, outcome_of, worlds
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings
from ops.drill.physics.storms import BUILT_IN, built_in
from ops.intake.sample import FOLDER
from tests.bench.drills.kept import kept, make_once

VARIED = (
    ("streets", "fall_south"),
    ("streets", "low_point_m"),
    ("streets", "hollow_m"),
    ("streets", "sealed_width_m"),
    ("streets", "inlet_m3_s"),
    ("streets", "pipe_years"),
    ("hidden", "clogged_share"),
    ("hidden", "deep_share"),
    ("hidden", "record_weight"),
    ("hidden", "more_share"),
    ("people", "reach_m"),
    ("people", "clear_minutes"),
    ("people", "deep_minutes"),
    ("people", "stop_mm_h"),
    ("people", "report_minutes"),
    ("people", "patrol_minutes"),
    ("people", "turnout_minutes"),
)


def cases(only: list[str]) -> Iterator[tuple[str, DrillSettings]]:
    """The assumptions as they are, then each halved and half as much again."""
    settings = DrillSettings()
    if not only or "as it is" in only:
        yield "as it is", settings
    for table, name in VARIED:
        if only and name not in only:
            continue
        for factor in (0.5, 1.5):
            values = getattr(settings, table)
            value = getattr(values, name) * factor
            yield (
                f"{name} x {factor}",
                replace(settings, **{table: replace(values, **{name: value})}),
            )


HIGH_IN = "++--++++-+-+----++-"
"""The first row of Plackett and Burman's design of twenty; the others are turned on, the last is
low throughout.
"""
LOW, HIGH = 0.5, 1.5


def corners() -> list[tuple[bool, ...]]:
    """Which assumptions are high in which row."""
    first = [sign == "+" for sign in HIGH_IN]
    turned = [first[-n:] + first[:-n] for n in range(len(first))]
    return [tuple(row[: len(VARIED)]) for row in (*turned, [False] * len(first))]


def together() -> Iterator[tuple[str, DrillSettings]]:
    """All assumptions at once, row by row of the design."""
    for row in corners():
        settings = DrillSettings()
        for (table, name), is_high in zip(VARIED, row, strict=True):
            values = getattr(settings, table)
            value = getattr(values, name) * (HIGH if is_high else LOW)
            settings = replace(settings, **{table: replace(values, **{name: value})})
        yield "".join("+" if is_high else "-" for is_high in row), settings


def show_effects(rows: Mapping[tuple[bool, ...], float]) -> None:
    """By how many street-minutes each assumption moves the plan's lead."""
    leads = list(rows.values())
    print(f"plan ahead of the best habit by {mean(leads):.0f}, in", end=" ")
    print(f"{sum(lead >= 0 for lead in leads)} of {len(leads)} rows; moved from low to high by")
    for n, (_, name) in enumerate(VARIED):
        high = [lead for row, lead in rows.items() if row[n]]
        low = [lead for row, lead in rows.items() if not row[n]]
        if high and low:
            print(f"{name:28s}{mean(high) - mean(low):10.0f}")


def show(
    name: str, made: Mapping[str, Sequence[Outcome]], policies: list[str], city: City
) -> float:
    """One row; by how much the plan is ahead of the best habit."""
    found = compared(made, city)
    told = [
        f"{one.mean:10.0%}" if (one := found[each].share) else f"{'-':>10s}" for each in policies
    ]
    best = min(policies, key=lambda each: found[each].street_minutes_015.mean)
    behind = found[best].against_ours
    near = f" (plan within {-behind.low:.0f})" if behind and best != OURS else ""
    habits = [found[each].street_minutes_015.mean for each in policies if each in HABITS]
    ahead = min(habits) - found[OURS].street_minutes_015.mean if OURS in found and habits else 0.0
    print(f"{name:28s}", *told, f"{ahead:+8.0f}  {best}{near}", flush=True)
    return ahead


def main() -> None:
    """Make draws, or print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--storm", choices=BUILT_IN, default="moderate")
    asked.add_argument("--seeds", type=int, default=3)
    asked.add_argument("--policy", action="append", default=[])
    asked.add_argument("--only", action="append", default=[])
    asked.add_argument("--steps", type=int, default=1000)
    asked.add_argument("--together", action="store_true")
    asked.add_argument("--table", action="store_true")
    given = asked.parse_args()
    logging.getLogger("ops").setLevel(logging.ERROR)
    policies = given.policy or [*HABITS, OURS]
    city, zone, folder = read_city(FOLDER), ZoneInfo("Asia/Shanghai"), given.folder
    folder.mkdir(parents=True, exist_ok=True)
    if given.table:
        print(f"{'assumption':28s}", *(f"{name:>10s}" for name in policies), "   ahead  best")
    leads: dict[tuple[bool, ...], float] = {}
    for name, settings in together() if given.together else cases(given.only):
        storm = built_in(given.storm, zone, 40, settings.shape)
        made: dict[str, list[Outcome]] = {}
        for policy in (NOTHING, LIMIT, *policies):
            for seed in range(given.seeds):
                path = folder / f"{given.storm}-{name}-{policy}-{seed}.pickle"
                world = worlds(city, storm, settings, (seed,))[0]
                if not given.table and make_once(
                    path, partial(outcome_of, world, policy, given.steps)
                ):
                    print(name, policy, seed, flush=True)
                if outcome := kept(path):
                    made.setdefault(policy, []).append(outcome)
        if (
            given.table
            and all(len(own) == given.seeds for own in made.values())
            and len(made) == 2 + len(policies)
        ):
            leads[tuple(sign == "+" for sign in name)] = show(name, made, policies, city)
    if len(leads) == len(corners()):
        show_effects(leads)


if __name__ == "__main__":
    main()
