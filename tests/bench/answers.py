"""What benches of the planning loop share: the parts of an answer, timed, and causes as a storm
brings them.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from data.model.operation import Operation
from data.store.plans import Plans
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.field.calls.incidents import IncidentReport, report
from ops.field.outages import take_out
from ops.intake import alerts
from ops.replanning import replan, solver_process

PARTS: tuple[tuple[str, object, str], ...] = (
    ("gather", replan, "planning_request"),
    ("problem", replan, "solver_input_for"),
    ("solver process", solver_process.Solving, "solve"),
    ("referee", solver_process, "violations"),
    ("version", replan, "new_version"),
    ("changes", replan, "_with_changes"),
    ("save", Plans, "save"),
    ("confirm", Plans, "confirm"),
)


def time_parts(spent: dict[str, float]) -> None:
    """Let each part from now on add its seconds of the clock to ``spent``."""
    for name, where, attribute in PARTS:
        setattr(where, attribute, _timed(spent, name, getattr(where, attribute)))


def _timed(spent: dict[str, float], name: str, call: Callable) -> Callable:
    def wrapped(*args: object, **named: object) -> object:
        began = time.perf_counter()
        try:
            return call(*args, **named)
        finally:
            spent[name] += time.perf_counter() - began

    return wrapped


def ask(store: Store, drill: Operation, kind: str, number: int, now: datetime) -> None:
    """Let a ``forecast``, an ``incident`` or an ``outage`` come, the ``number``-th, and in any case
    the desk's "plan again".
    """
    city = store.city()
    if kind == "forecast":
        best = store.weather.latest_forecast(drill.id, now)
        factor = 1.0 + 0.05 * (number % 3 - 1)
        steps = tuple(replace(step, mm=step.mm * factor) for step in best.steps)
        alerts.take_forecast(store, drill, replace(best, steps=steps, fetched_at=now), now)
    elif kind == "incident":
        told = IncidentReport(
            kind="standing_water",
            by="热线",
            source="desk",
            reported_at=now,
            segment_id=city.segments[number * 37 % len(city.segments)].id,
            depth_cm=15.0,
        )
        report(store, drill, CONSOLE, told, now)
    elif kind == "outage":
        take_out(store, drill, CONSOLE, city.crews[number % len(city.crews)].id, "", now)
    alerts.plan_again(store, drill, CONSOLE, now)
