"""One or more causes in, one plan version out: the story of the program."""

import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime

from data.entities import City, LeftOut, LevelRule, Operation, PlanState, PlanVersion, Trigger
from data.events import ManualChange
from data.store import Store
from ops import bridge, explain, risk, wishes
from ops.again import reopened, with_reopened
from ops.levels import at_level, ordered, own_names, works_at_level
from ops.notify import notices_for
from ops.operation import meant
from ops.risk import worst_level
from ops.settings import Settings
from ops.taps import reported, spoken_of
from ops.urgent import called_for, calls, named_causes
from ops.wanted import wanted
from ops.work import Storm
from solver import Plan, Problem, solve
from solver.check import violations
from weather.forecast import Alert
from weather.in_force import in_force

log = logging.getLogger(__name__)

PATIENCE_S = 10.0  # what the solver's process gets for starting up and writing its answer, beyond its search
NICENESS, IDLE_NICENESS = 10, 15  # a search takes its time in any case: taps and pages, which take little, go first
GREEDY_S = 1.0  # too short for anything but the greedy plan, which needs no compiled code


class IllegalPlan(Exception):
    """The referee found broken rules: such a plan is never stored."""

    def __init__(self, broken: list[str]):
        self.broken = broken
        super().__init__("; ".join(broken[:5]))


def replan(store: Store, operation: Operation, triggers: tuple[Trigger, ...], now: datetime, token: int,
           solving: "Solving", settings: Settings) -> PlanVersion:
    """Answer these triggers together with one new plan version: published, or held where the level asks for approval.

    Parameters
    ----------
    now
        The operation's time.
    token
        The lease under which we plan: whoever lost it can't write.

    Raises
    ------
    IllegalPlan
        The referee refused the plan.
    data.store.StalePlan
        Another version came first, or the lease is lost.
    """
    asked = question(store, operation, now, settings)
    current, city, level, brief = asked.current, asked.city, asked.level, asked.brief
    started = time.perf_counter()
    plan, fallback = judged(solving, brief.problem, settings.loop.solve_seconds)
    assignments, left_out, rests = bridge.read_plan(brief, plan, city, settings.change)
    alerts, holding, rain = asked.alerts, asked.storm.alerts, asked.storm.rain
    state = settings.approval.state(level)
    version = PlanVersion(
        operation_id=operation.id, number=store.newest_number(operation.id) + 1, drill=operation.is_drill, made_at=now,
        causes=tuple(trigger.cause for trigger in triggers),
        alert_digests=tuple(alert.digest for alert in holding), rain=rain, risks=asked.storm.risks,
        assignments=own_names(assignments), left_out=(*left_out, *asked.dropped), rests=rests, changes=(),
        score=plan.score, bound=plan.bound, status=str(plan.status),
        solve_seconds=round(time.perf_counter() - started, 3),
        fallback=fallback, problem=brief.problem.to_json(), plan=plan.to_json(), level=level.id if level else None,
        state=state, published_at=now if state is PlanState.PUBLISHED else None)
    named = named_causes(store.incidents(operation.id), store.outages(operation.id), city)
    named |= wishes.named_causes(asked.changes, (current, version), city)
    version = explain.with_changes(current, version, triggers, alerts, city, store.orders(operation.id), named)
    given_up = wishes.sentences(brief.given_up, current, version.causes, city)
    version = replace(version, changes=(*version.changes, *given_up))
    notices = () if state is PlanState.DRAFT else notices_for(
        current, version, city, settings.channels, level.colour if level else worst_level(holding), now,
        settings.notify)
    store.save_version(version, [trigger.id for trigger in triggers], now, token, notices=notices)
    log.info("%s version=%s causes=%s score=%s bound=%s fallback=%s", state, version.number, version.causes,
             version.score, version.bound, fallback,
             extra={"version": version.number, "causes": version.causes, "token": token})
    return version


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that one plan is asked for, as it stands at an instant; ``dropped`` is left out by the desk's word."""

    city: City
    alerts: tuple[Alert, ...]
    current: PlanVersion | None
    level: LevelRule | None
    storm: Storm
    changes: tuple[ManualChange, ...]
    brief: bridge.Brief
    dropped: tuple[LeftOut, ...]


def question(store: Store, operation: Operation, now: datetime, settings: Settings,
             also: wishes.Wish | None = None) -> Question:
    """What a plan made now would be asked for.

    Parameters
    ----------
    also
        A wish that is only thought of, besides those that stand.
    """
    city, alerts = store.city(), tuple(store.alerts(operation.id))
    current = store.current_version(operation.id)
    holding = in_force(alerts, now, statuses=meant(operation))
    rain = risk.outlook(store.latest_forecast(operation.id, now), holding, current.rain if current else None, now,
                        settings.risk)
    level = ordered(store, operation, city)
    storm = Storm(city=at_level(city, level), risks=risk.assess(city, rain, holding, now, settings.risk), rain=rain,
                  alerts=holding, now=_whole_minute(now), work=settings.work, safety=settings.safety,
                  progress=reported(store, operation, current, city),
                  incidents=tuple(store.incidents(operation.id, open_only=True)),
                  outages=tuple(one for one in store.outages(operation.id) if one.to_at is None or one.to_at > now))
    told = spoken_of(store, operation, current)
    works = (*works_at_level(wanted(storm), level, rain),
             *called_for(storm, settings.incident, current, calls(*told)))
    works = with_reopened(works, reopened(*told, now), storm)
    changes = tuple(store.manual_changes(operation.id))
    wished = [wish for wish in wishes.standing(changes, now) if also is None or wish.job_id != also.job_id]
    wished += [also] if also else []
    works, dropped = wishes.applied(works, wished, storm, current)
    brief = bridge.build_problem(storm, works, current, settings.change, wished)
    gone = {job.job_id for job in (*brief.past, *brief.held.values())}
    return Question(city=city, alerts=alerts, current=current, level=level, storm=storm, changes=changes, brief=brief,
                    dropped=tuple(left for left in dropped if left.job_id not in gone))


def judged(solving: "Solving", problem: Problem, seconds: float) -> tuple[Plan, bool]:
    """A plan that the referee has passed, and whether it is only the greedy one.

    Raises
    ------
    IllegalPlan
        He has not.
    """
    plan, fallback = solving.solve(problem, seconds)
    if broken := violations(problem, plan):
        raise IllegalPlan(broken)
    return plan, fallback


def _whole_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


class Stopped(Exception):
    """We are told to end while the solver runs: nothing is published, and the causes wait for the next start."""


class Solving:
    """Runs the solver in a process of its own: it can be stopped, and if it dies or hangs a plan still goes out.

    Parameters
    ----------
    in_idle_time
        Nobody waits for the plan: whatever else the machine has to do goes first.
    """

    def __init__(self, in_idle_time: bool = False) -> None:
        self._niceness = IDLE_NICENESS if in_idle_time else NICENESS
        self._child: subprocess.Popen | None = None
        self._stopped = False

    def solve(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        """The plan, and whether it is only the greedy one because the search failed.

        Raises
        ------
        Stopped
            ``stop`` was called.
        """
        command = [sys.executable, "-m", "solver", "-", "--seconds", str(seconds), "--workers", "2", "--seed", "1"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, **pipes) as self._child:
            if hasattr(os, "setpriority"):  # Windows has none
                os.setpriority(os.PRIO_PROCESS, self._child.pid, self._niceness)
            try:
                out, err = self._child.communicate(problem.to_json().encode(), timeout=seconds + PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                out, err = b"", b"hung, and was stopped"
        if self._stopped:
            raise Stopped
        if self._child.returncode == 0:
            return Plan.from_json(out), False
        log.error("solver ended with %s: %s", self._child.returncode, err.decode(errors="replace").strip())
        return solve(problem, seconds=GREEDY_S), True

    def stop(self) -> None:
        """End the solver's process, if one runs; no plan comes of it."""
        self._stopped = True
        if self._child and self._child.poll() is None:
            self._child.kill()
