"""Does a plan make sense to whoever has to carry it out? Named situations through the real path.

``python tests/bench/plan_sense.py [NAME ...] [--steps N | --seconds S] [--json FILE] [--table FILE]
[--sheets]``: every situation, or those whose names begin so (or ``--line N``: those made for a line
of the list of known faults). Warning, forecast, calls and outages are taken in as the desk takes
them, the loop answers, and what is done in the end is judged by ``plan_sense_measure``.

By default the search gets a fixed number of steps within this process, so that figures hold on a
busy machine and come out the same again; with ``--seconds`` it runs as it does in operation, which
alone says how long an answer takes. A plan that is only the greedy fall-back is tried once more and
then marked.
"""

import argparse
import itertools
import json
import logging
import math
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import solver
from data.model.city import City
from data.model.field import EventKind
from data.model.operation import Operation
from data.model.plan import Assignment, JobKind, PlanVersion
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.drill.physics.storms import forecast
from ops.field.calls.incidents import IncidentReport, report
from ops.field.outages import take_out
from ops.field.progress import own_jobs
from ops.field.reports import Report, take_report
from ops.field.water.street_closures import ClosureOrder, close_street
from ops.intake import alerts
from ops.intake.operations import start_drill
from ops.intake.response_level import order_level
from ops.replanning.extra_capacity import remedies
from ops.replanning.solver_process import Solving
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from tests.bench import plan_sense_measure as measure
from tests.bench import plan_sense_stays as stays
from tests.bench.plan_sense_situations import SITUATIONS, Event, Rain, Situation, lifted, notice

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STEPS = 20_000
"""Of the search, where no seconds are given (measured: what some three seconds give)."""


@dataclass(slots=True)
class Found:
    """How the plans of a situation did. Minutes are crew-minutes, hours blocked-inlet-hours, plain
    and with every hour weighted by its rain; posts by the level alone are none of the key posts, or
    a higher level would seem to leave more of them.
    """

    name: str
    nothing: float
    plan: float
    best: float
    nothing_by_rain: float
    plan_by_rain: float
    best_by_rain: float
    needless_low: float
    low_for_less: float
    low_unmanned: float
    key_unmanned: float
    by_level_unmanned: float
    cleared_before: int
    inlets: int
    idle: float
    handovers: int
    unforced: int
    changed: int
    assigned: int
    left_out: int
    on_site: list[float] = field(default_factory=list)
    pumped: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fallbacks: int = 0

    @property
    def prevented(self) -> float | None:
        """Share of what could be prevented; none where nothing could."""
        return _share(self.nothing, self.plan, self.best)

    @property
    def prevented_by_rain(self) -> float | None:
        return _share(self.nothing_by_rain, self.plan_by_rain, self.best_by_rain)


def _share(nothing: float, plan: float, best: float) -> float | None:
    return (nothing - plan) / (nothing - best) if nothing > best else None


# --- the real path -------------------------------------------------------------------------------


@contextmanager
def steps_in_process(steps: int | None) -> Iterator[None]:
    """Let the search be limited by work and not by time; ``None``: as in operation."""
    if steps is None:
        yield
        return
    real = Solving.solve

    def solve(self: Solving, problem: solver.Problem, *_: object, **__: object):
        return solver.solve(problem, steps=steps, workers=1, seed=1), False

    Solving.solve = solve  # type: ignore[method-assign]
    try:
        yield
    finally:
        Solving.solve = real  # type: ignore[method-assign]


@dataclass(slots=True)
class Desk:
    """A duty desk over a database of its own, and what came of its situation."""

    situation: Situation
    city: City
    store: Store
    drill: Operation
    loop: Loop
    settings: Settings
    clock: list[datetime]
    real: datetime
    versions: list[PlanVersion] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    noisy: set[int] = field(default_factory=set)
    calls: list[tuple[str, datetime, float]] = field(default_factory=list)
    colours: list[tuple[datetime, str | None]] = field(default_factory=list)
    outages: dict[str, datetime] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    level: str | None = None
    tapped: set[tuple[str, datetime, EventKind]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def answer(self, is_noise: bool = False) -> None:
        began = time.monotonic()
        version = self.loop.answer()
        if version is None:
            return
        self.seconds.append(round(time.monotonic() - began, 2))
        self.versions.append(version)
        if is_noise:
            self.noisy.add(len(self.versions) - 1)

    def begin(self) -> None:
        """Take in what is known at the beginning."""
        situation, now = self.situation, self.situation.now
        rain = situation.rain if situation.forecast is None else situation.forecast
        self.forecast(rain, now)
        if situation.warning:
            self.warn(situation.warning, now)
        if situation.other_warnings:
            what, words = situation.other_warnings
            text = (
                f"辽源市气象台{now.year}年{now.month}月{now.day}日{now.hour}时{now.minute}分发布"
                f"{what}预警信号：预计未来6小时内，龙山区{words}，请注意防范。"
            )
            alerts.take_alerts(self.store, self.drill, CONSOLE, alerts.understand(text, now), now)
        if situation.level:
            self.order(situation.level, now)
        self.answer()

    def forecast(self, rain: Rain, now: datetime) -> None:
        series = forecast((self.situation.by_instant(rain),), now)
        alerts.take_forecast(self.store, self.drill, series, now)

    def warn(self, warning: tuple[str, int, int], now: datetime) -> None:
        text = notice(self.situation, now, *warning)
        alerts.take_alerts(self.store, self.drill, CONSOLE, alerts.understand(text, now), now)
        self.colours.append((now, warning[0]))

    def lift(self, colour: str, now: datetime) -> None:
        text = lifted(now, colour)
        alerts.take_alerts(self.store, self.drill, CONSOLE, alerts.understand(text, now), now)
        self.colours.append((now, None))

    def order(self, level: str, now: datetime) -> None:
        order_level(self.store, self.drill, CONSOLE, level, now)
        self.level = level

    def happen(self, event: Event, number: int) -> None:
        """Let an event happen, and the loop answer."""
        self.clock[0] = self.real + event.minutes * MINUTE
        self.loop.beat()
        now, facts = self.situation.now + event.minutes * MINUTE, dict(event.facts)
        if self.situation.taps:
            self.tap("done", now, number, None)
        if event.what == "incident":
            told = IncidentReport(source="desk", by="巡查员", reported_at=now, **facts)
            report(self.store, self.drill, CONSOLE, told, now)
            self.calls.append((facts["segment_id"], now, facts.get("depth_cm") or 0.0))
        elif event.what == "out":
            take_out(self.store, self.drill, CONSOLE, facts["unit"], "故障", now)
            if facts["unit"] not in self.broken:  # told once more it is no later
                self.broken.add(facts["unit"])
                self.outages[facts["unit"]] = now
        elif event.what == "warning":
            self.warn(facts["warning"], now)
        elif event.what == "cancel":
            self.lift(facts["colour"], now)
        elif event.what == "forecast":
            self.forecast(facts["rain"], now)
        elif event.what == "close":
            close_street(self.store, self.drill, CONSOLE, ClosureOrder(**facts), now)
        elif event.what == "level":
            self.order(facts["level"], now)
        elif event.what == "again":
            alerts.plan_again(self.store, self.drill, CONSOLE, now)
        elif event.what == "remedies":
            self.ask_remedies(now)
        elif event.what in ("accept", "done", "done_first", "refuse"):
            self.tap(event.what, now, number, facts.get("station"))
            if event.what == "refuse":  # and says nothing more
                crews = [one for one in self.city.crews if one.station_id == facts["station"]]
                self.outages = dict.fromkeys((one.id for one in crews), now) | self.outages
        self.loop.watch()
        self.answer(event.is_noise)

    def ask_remedies(self, now: datetime) -> None:
        found = remedies(self.store, self.drill, CONSOLE, now, self.settings)
        self.notes += [f"what it would take: {one}" for one in (found or ())[:3]]

    def tap(self, what: str, now: datetime, number: int, station: str | None) -> None:
        """What stations tap: their sheet accepted or refused, or work done."""
        version = self.store.plans.current(self.drill.id)
        if version is None:
            return
        for each in self.city.stations:
            if station not in (None, each.id):
                continue
            if what in ("accept", "refuse"):
                kind = EventKind.ACCEPT if what == "accept" else EventKind.REFUSE
                self.take(version, each.id, kind, None, now, f"{what}-{number}-{each.id}")
                continue
            for job in own_jobs(version, each.id, self.city).values():
                self.tap_job(what, version, each.id, job, now, number)

    def tap_job(
        self,
        what: str,
        version: PlanVersion,
        station: str,
        job: Assignment,
        now: datetime,
        number: int,
    ) -> None:
        """A job's own station says that its crew is there, or that it is done: each once."""
        under_way = job.start_at <= now < job.end_at
        is_over = job.end_at <= now if what == "done" else under_way
        kind = EventKind.CLEAR if is_over else EventKind.ARRIVE
        key = (job.job_id, job.start_at, kind)
        is_due = under_way or (is_over and not job.kind.is_post)
        if not is_due or key in self.tapped or job.station_id != station:
            return
        if kind is EventKind.CLEAR and job.kind.is_post:
            return
        self.tapped.add(key)
        at = min(now, job.end_at) if is_over else job.start_at
        name = f"{what}-{number}-{kind}-{job.job_id}"
        self.take(version, station, kind, job.job_id, at, name, now)

    def take(
        self,
        version: PlanVersion,
        station: str,
        kind: EventKind,
        job_id: str | None,
        at: datetime,
        name: str,
        now: datetime | None = None,
    ) -> None:
        reason = "停电，全站出不去" if kind is EventKind.REFUSE else None
        tapped = Report(
            event_id="".join(one if one.isalnum() else "-" for one in name),
            version=version.number,
            station_id=station,
            kind=kind,
            job_id=job_id,
            device_at=at,
            reason=reason,
        )
        take_report(self.store, self.drill, CONSOLE, tapped, now or at)


@contextmanager
def desk(situation: Situation, seconds: float) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory(prefix="xunban-sense-") as folder:
        store = Store(f"sqlite:///{folder}/sense.db")
        store.migrate()
        city = situation.city()
        store.replace_city(city)
        if situation.streets:
            store.streets.load(situation.streets, "甲", situation.now)
        real = situation.now + timedelta(days=1600)
        drill = start_drill(store, CONSOLE, situation.now, real)
        settings = replace(situation.settings, loop=LoopSettings(solve_seconds=seconds))
        clock = [real]
        loop = Loop(store, settings, lambda: clock[0])
        loop.beat()
        try:
            yield Desk(situation, city, store, drill, loop, settings, clock, real)
        finally:
            loop.stop()
            store.close()


def play(situation: Situation, steps: int | None, seconds: float) -> tuple[Found, Desk]:
    """Take the situation in, let the loop answer each event, and judge what came of it."""
    limit = situation.steps if situation.steps and steps is not None else steps
    with steps_in_process(limit), desk(situation, seconds) as played:
        played.begin()
        for number, event in enumerate(situation.events):
            played.happen(event, number)
    return judge(played), played


# --- the judgment --------------------------------------------------------------------------------


def case_of(played: Desk) -> measure.Case:
    city, rules = played.city, {rule.id: rule for rule in played.city.levels}
    least = rules[played.level].guard_from if played.level else math.inf
    return measure.Case(
        city=city,
        now=played.situation.now,
        rain=played.situation.by_instant(played.situation.rain),
        colours=tuple(played.colours),
        outages=played.outages,
        shut={
            event.facts["segment_id"]: played.situation.now + event.minutes * MINUTE
            for event in reversed(played.situation.events)
            if event.what == "close" and not event.facts["entry"]
        },
        guarded=frozenset(one.id for one in city.segments if one.guard or one.importance >= least),
    )


def judge(played: Desk) -> Found:
    """What became of a situation by what was done and is planned last."""
    case, versions = case_of(played), played.versions
    jobs, version = measure.executed(versions), versions[-1]
    end = case.end or case.now
    free = free_of(case, versions, end, lambda job: False)
    posts = measure.unmanned(
        case,
        jobs,
        free_of(case, versions, end, lambda job: job.kind is JobKind.RESERVE),
        free_of(case, versions, end, lambda job: measure.is_less(case, job)),
    )
    own = frozenset(one.id for one in case.city.segments if one.guard)
    by_level = measure.unmanned(replace(case, guarded=case.guarded - own), jobs, (), ()).key
    idle, _ = measure.idle_minutes(case, jobs, free)
    nothing, plan = measure.blocked_hours(case, ()), measure.blocked_hours(case, jobs)
    best = measure.blocked_hours(case, (), ideal=True)
    changed = [stays.changes(*pair) for pair in itertools.pairwise(versions)]
    deep = [(segment, told) for segment, told, depth in played.calls if depth >= 15]
    return Found(
        name=played.situation.name,
        nothing=nothing[0],
        plan=plan[0],
        best=best[0],
        nothing_by_rain=nothing[1],
        plan_by_rain=plan[1],
        best_by_rain=best[1],
        needless_low=posts.needless,
        low_for_less=posts.for_less,
        low_unmanned=posts.low,
        key_unmanned=posts.key - by_level,
        by_level_unmanned=by_level,
        cleared_before=len(cleared_by(jobs, case.heavy_from)),
        inlets=len(case.city.inlets),
        idle=idle,
        handovers=stays.handovers(jobs),
        unforced=sum(each for n, each in enumerate(changed, 1) if n in played.noisy),
        changed=sum(changed),
        assigned=len(version.assignments),
        left_out=len(version.left_out),
        on_site=[measure.on_site(case, jobs, place, told) for place, told, _ in played.calls],
        pumped=[measure.on_site(case, jobs, place, told, machine=True) for place, told in deep],
        seconds=played.seconds,
        notes=[*played.notes, *notes_on(played, case, jobs)],
        fallbacks=sum(each.fallback for each in versions),
    )


def free_of(
    case: measure.Case,
    versions: list[PlanVersion],
    end: datetime,
    is_nothing: Callable[[Assignment], bool],
) -> list[measure.Free]:
    """The waits until ``end``, where jobs that are ``is_nothing`` count as none."""
    rests = {(rest.unit_id, rest.start_at, rest.end_at) for each in versions for rest in each.rests}
    last = {(rest.unit_id, rest.start_at, rest.end_at) for rest in versions[-1].rests}
    taken = {one for one in rests if one in last or one[2] <= versions[-1].made_at}
    jobs = [job for job in measure.executed(versions) if not is_nothing(job)]
    return measure.free_spans(case, jobs, taken, end)


def cleared_by(jobs: Iterable, at: datetime | None) -> set[str]:
    return {
        inlet
        for job in jobs
        if measure.clears(job) and (at is None or job.end_at <= at)
        for inlet in job.inlet_ids
    }


def notes_on(played: Desk, case: measure.Case, jobs: list) -> Iterator[str]:
    """What no column tells."""
    outdoor = [job for job in jobs if job.kind in measure.CLEARS]
    if not case.wet:
        inlets = [inlet for job in outdoor for inlet in job.inlet_ids]
        night = [
            job for job in outdoor if job.start_at.astimezone(case.zone).hour in (23, 0, 1, 2, 3, 4)
        ]
        yield f"{len(set(inlets))} inlets cleared, {len(inlets) - len(set(inlets))} of them again"
        yield f"{len(night)} of {len(outdoor)} jobs outdoors at 23 to 05 o'clock"
        by_crew: dict[str, int] = defaultdict(int)
        for job in outdoor:
            for one in job.members:
                by_crew[one.resource_id] += one.resource_id in case.city.crew_by_id
        loads = sorted(by_crew[crew.id] for crew in case.city.crews)
        yield f"jobs of a crew: {loads[0]} to {loads[-1]}"
    if played.situation.other_warnings:
        noon = [job for job in outdoor if 12 <= job.start_at.astimezone(case.zone).hour < 15]
        soon = [job for job in outdoor if job.start_at < case.now + 6 * HOUR]
        yield f"outdoors from 12 to 15 o'clock: {len(noon)} jobs; within the six hours: {len(soon)}"
    yield f"inlets cleared until the rain's end: {len(cleared_by(jobs, case.end))}"
    reserves = {(job.station_id, job.start_at) for job in jobs if job.kind is JobKind.RESERVE}
    yield f"reserves manned: {len(reserves)}"


# --- what is shown -------------------------------------------------------------------------------

HEAD = (
    "situation | prevented | by rain | nothing, plan, best | low unmanned with a crew free, "
    "with one free or at a lesser post, min | low unmanned | key unmanned, by level | "
    "inlets before the heavy rain | on site P50, P90 | pump P50, P90 | idle, min | "
    "unforced, all changes | handovers | left out | answer s, median, most"
)


def row(found: Found) -> str:
    cells = [
        found.name,
        *(
            "-" if each is None else f"{each:.0%}"
            for each in (found.prevented, found.prevented_by_rain)
        ),
        f"{found.nothing:.0f}, {found.plan:.0f}, {found.best:.0f}",
        f"{found.needless_low:.0f}, {found.low_for_less:.0f}",
        f"{found.low_unmanned:.0f}",
        f"{found.key_unmanned:.0f}, {found.by_level_unmanned:.0f}",
        f"{found.cleared_before}/{found.inlets}",
        spread(found.on_site),
        spread(found.pumped),
        f"{found.idle:.0f}",
        f"{found.unforced}, {found.changed}",
        f"{found.handovers}",
        f"{found.left_out}",
        f"{median(found.seconds):.1f}, {max(found.seconds):.1f}",
    ]
    return " | ".join(cells) + (f" | {found.fallbacks} FALLBACK" if found.fallbacks else "")


def spread(minutes: list[float]) -> str:
    """Median and 90th percentile by rank."""
    if not minutes:
        return "-"
    ranked, never = sorted(minutes), sum(map(math.isinf, minutes))
    found = f"{ranked[(len(ranked) - 1) // 2]:.0f}, {ranked[math.ceil(0.9 * len(ranked)) - 1]:.0f}"
    return f"{found} ({never} of {len(ranked)} never)" if never else found


def sheets(played: Desk) -> Iterator[str]:
    """The day of each crew or squad as a chief reads it, with waits and unmanned low points."""
    case, versions = case_of(played), played.versions
    jobs, version = measure.executed(versions), versions[-1]
    lines = defaultdict(list)
    for job in jobs:
        place = job.segment_id or job.station_id
        inlets = f", {len(job.inlet_ids)} inlets" if job.inlet_ids else ""
        for one in job.members:
            by = measure.unit_key(one.unit_id)
            what = f"{job.kind} {place}{inlets} [{job.job_id}]"
            lines[by].append((one.leave_at, job.start_at, job.end_at, what))
    for rest in version.rests:
        lines[measure.unit_key(rest.unit_id)].append(
            (rest.start_at, rest.start_at, rest.end_at, "rest")
        )
    end = (case.end or case.now) + 2 * HOUR
    for span in free_of(case, versions, end, lambda job: False):
        lines[span.unit].append((span.start, span.start, span.end, "-- idle"))
    for unit, mine in sorted(lines.items()):
        yield unit
        for leave, start, until, what in sorted(mine):
            yield f"  {clock(case, leave)} {clock(case, start)}-{clock(case, until)} {what}"
    able = free_of(case, versions, end, lambda job: job.kind is JobKind.RESERVE)
    posts = measure.unmanned(case, jobs, able, able)
    for segment, at, unit in posts.where[::6]:
        yield f"low point {segment} unmanned at {clock(case, at)} while {unit} is free"
    translate = Translator("en")
    for left in version.left_out[:40]:
        yield f"left out {left.job_id}: {translate.message(left.why)}"


def clock(case: measure.Case, at: datetime) -> str:
    return f"{at.astimezone(case.zone):%d %H:%M}"


def chosen(names: list[str], lines: list[int]) -> list[Situation]:
    return [
        each
        for each in SITUATIONS
        if (not names and not lines)
        or (names and each.name.startswith(tuple(names)))
        or set(lines) & set(each.lines)
    ]


def run(situation: Situation, steps: int | None, seconds: float) -> tuple[Found, Desk]:
    """Play a situation; once more where the search failed."""
    found, played = play(situation, steps, seconds)
    return play(situation, steps, seconds) if found.fallbacks else (found, played)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="beginnings of names; none: all")
    parser.add_argument("--line", type=int, nargs="*", default=[], help="of the list of faults")
    parser.add_argument("--steps", type=int, default=STEPS, help="of search for each plan")
    parser.add_argument("--seconds", type=float, help="of search, in place of steps")
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    parser.add_argument("--table", type=Path, help="where to keep the table")
    parser.add_argument("--sheets", action="store_true", help="print each crew's day")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    solver.warm()
    steps = None if given.seconds else given.steps
    kept, table = {}, [HEAD, " | ".join("---" for _ in HEAD.split(" | "))]
    print(HEAD, flush=True)
    for situation in chosen(given.names, given.line):
        try:
            found, played = run(situation, steps, given.seconds or 1.0)
        except Exception:
            table.append(f"{situation.name} | FAILED: {traceback.format_exc(limit=-1)!r}")
            print(f"{situation.name} | FAILED\n{traceback.format_exc()}", flush=True)
            continue
        table.append(row(found))
        print(table[-1], *(f"  {note[:300]}" for note in found.notes), sep="\n", flush=True)
        if given.sheets:
            print(*sheets(played), sep="\n", flush=True)
        kept[situation.name] = asdict(found) | {
            "prevented": found.prevented,
            "prevented_by_rain": found.prevented_by_rain,
        }
        if given.json:
            given.json.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
        if given.table:
            lines = "\n".join(f"| {line} |" for line in table)
            given.table.write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
