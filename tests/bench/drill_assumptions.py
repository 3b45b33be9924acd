"""Who still wins when what a drill assumes is half or half as much again.

``python tests/bench/drill_assumptions.py [--storm moderate] [--seeds 3] [--policy NAME ...]
[--only NAME ...] [--processes 2] [--together]``: a row for each assumption by itself, with the
share of what could be avoided under each policy, the policy that leaves the least water, and
whether the plan is among the best by no more than the interval of the difference. Without the plan
(``--policy posts --policy lowpoints``) it takes a minute or two, with it half an hour for each
draw.

``--together`` varies all of them at once in twenty rows, each assumption high in half of them and
no two alike (Plackett and Burman 1946): with one draw a row it costs as much as twenty draws, and
says of each assumption by how much it moves the plan's lead over the best habit.
"""

import argparse
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import mean
from zoneinfo import ZoneInfo

from data.sheets.city import read_city
from ops.drill.comparison import HABITS, LIMIT, NOTHING, OURS, compared, outcomes, worlds
from ops.drill.parameters import DrillSettings
from ops.drill.physics.storms import BUILT_IN, built_in
from ops.intake.sample import FOLDER

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


def show_effects(leads: Sequence[float]) -> None:
    """By how many street-minutes each assumption moves the plan's lead."""
    print(f"plan ahead of the best habit by {mean(leads):.0f}, in", end=" ")
    print(f"{sum(lead >= 0 for lead in leads)} of {len(leads)} rows; moved from low to high by")
    rows = list(zip(corners(), leads, strict=True))
    for n, (_, name) in enumerate(VARIED):
        high = mean(lead for row, lead in rows if row[n])
        low = mean(lead for row, lead in rows if not row[n])
        print(f"{name:28s}{high - low:10.0f}")


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--storm", choices=BUILT_IN, default="moderate")
    asked.add_argument("--seeds", type=int, default=3)
    asked.add_argument("--policy", action="append", default=[])
    asked.add_argument("--only", action="append", default=[])
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--steps", type=int, default=1000)
    asked.add_argument("--together", action="store_true")
    given = asked.parse_args()
    logging.getLogger("ops").setLevel(logging.ERROR)
    policies = given.policy or [*HABITS, OURS]
    city, zone = read_city(FOLDER), ZoneInfo("Asia/Shanghai")
    print(f"{'assumption':28s}", *(f"{name:>10s}" for name in policies), "  best", flush=True)
    leads = []
    for name, settings in together() if given.together else cases(given.only):
        storm = built_in(given.storm, zone, 40, settings.shape)
        drawn = worlds(city, storm, settings, range(given.seeds))
        found = compared(
            outcomes(drawn, (NOTHING, *policies, LIMIT), given.steps, given.processes), city
        )
        shares = [found[each].share for each in policies]
        best = min(policies, key=lambda each: found[each].street_minutes_015.mean)
        told = [f"{one.mean:10.0%}" if one else f"{'-':>10s}" for one in shares]
        behind = found[best].against_ours
        if OURS in policies and (habits := [each for each in policies if each in HABITS]):
            least = min(found[each].street_minutes_015.mean for each in habits)
            leads.append(least - found[OURS].street_minutes_015.mean)
        near = f" (plan within {-behind.low:.0f})" if behind and best != OURS else ""
        print(f"{name:28s}", *told, f"  {best}{near}", flush=True)
    if given.together and leads:
        show_effects(leads)


if __name__ == "__main__":
    main()
