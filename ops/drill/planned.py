"""The program itself as a policy: warnings, forecasts and calls go in by its own doors, its own
loop answers, and the field does what the plan in force says. Nothing in it knows that the storm is
simulated but by its clock.
"""

import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import solver
from data.model.city import City
from data.model.field import EventKind
from data.model.plan import Assignment, JobKind, Member, PlanVersion, UnitKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.drill.field.called_out import CalledOut
from ops.drill.field.field_work import Order, Work
from ops.drill.field.word_of_mouth import WaterReport
from ops.drill.parameters import FieldSettings
from ops.drill.physics.storms import HOUR, DrillStorm, Warned, forecast
from ops.drill.policies import Nobody
from ops.drill.ways.roads import Roads
from ops.field.calls.incidents import IncidentReport, close, report
from ops.field.outages import bring_back, take_out
from ops.field.reports import Report, take_report
from ops.intake import alerts
from ops.intake.operations import start_drill
from ops.intake.response_level import order_level, proposed
from ops.replanning.solver_process import Solving
from ops.runtime.planning_loop import Loop
from ops.settings import Settings

WATCH = timedelta(minutes=10)
"""So often the loop looks for what only the clock brings."""
_REFUSED, _BROKEN = "去不了", "故障"
_COLOURS = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}


class BySteps(Solving):
    """The search with a fixed number of steps in this process, so that a drill comes out the same
    again on any machine.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps

    def solve(self, problem: solver.Problem, seconds: float) -> tuple[solver.Plan, bool]:
        return solver.solve(problem, steps=self._steps, workers=1, seed=1), False


class _Store(Store):
    """A store whose district nobody else changes, so that it need not be read again and again."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._city: City | None = None

    def replace_city(self, city: City, at: datetime | None = None) -> None:
        self._city = None
        super().replace_city(city, at)

    def city(self) -> City:
        self._city = self._city or super().city()
        return self._city


def in_time(job: Assignment, member: Member) -> timedelta:
    """How late one comes of whom nothing else is known."""
    return timedelta(0)


def orders_of(
    jobs: Iterable[Assignment],
    city: City,
    field: FieldSettings,
    broken: frozenset[str],
    now: datetime,
    late: Callable[[Assignment, Member], timedelta] = in_time,
) -> Iterator[tuple[Assignment, Order]]:
    """What the jobs of a plan are in the field at this instant, while these machines are broken
    and who was called late comes so much later.
    """
    for job in jobs:
        if not job.start_at <= now < job.end_at or job.segment_id is None:
            continue
        if not job.kind.is_post and any(one.resource_id in broken for one in job.members):
            continue
        for member in job.members:
            order = _order(job, member, city, field)
            if order and now >= job.start_at + late(job, member):
                yield job, order


def _order(job: Assignment, member: Member, city: City, field: FieldSettings) -> Order | None:
    """What one of a job's members does there, if it is anything that the streets notice."""
    assert job.segment_id is not None
    is_machine = member.kind is UnitKind.MACHINE
    machine = city.machine_by_id[member.resource_id] if is_machine else None
    if machine is None and (job.inlet_ids or job.kind in (JobKind.GUARD, JobKind.CLEAR)):
        work = Work.INLETS if job.inlet_ids else Work.POST
    elif machine and machine.kind == "pump_truck" and job.kind is JobKind.PUMP:
        work = Work.PUMP
    else:
        return None
    return Order(
        key=f"{job.job_id} {member.unit_id}",
        team=member.unit_id,
        resource_id=member.resource_id,
        work=work,
        people=1 if machine else member.people or 2,
        position=city.segment_by_id[job.segment_id].middle,
        segment_id=job.segment_id,
        inlet_ids=() if machine else job.inlet_ids,
        m3_s=((machine.capacity or 0) / 3600 or field.pump_m3_s) if machine else 0.0,
    )


class Planned:
    """The program at work on a database of its own."""

    def __init__(
        self,
        store: Store,
        city: City,
        storm: DrillStorm,
        steps: int,
        field: FieldSettings,
        seed: int,
        roads: Roads = Roads(),
        orders_levels: bool = False,
    ) -> None:
        self._orders_levels = orders_levels
        self.store, self._city, self._storm, self._field = store, city, storm, field
        self._seed = seed
        store.replace_city(city)
        self._real = storm.begin
        self.operation = start_drill(store, CONSOLE, storm.begin, storm.begin)
        if roads.streets:
            store.streets.load(roads.streets, CONSOLE.name, storm.begin)
        for closure in roads.closures:
            own = replace(closure, id=None, operation_id=self.operation.id, from_at=storm.begin)
            store.streets.close(own, storm.begin)
        settings = replace(Settings(), ways=roads.settings)
        self._loop = Loop(store, settings, lambda: self._real, solving=BySteps(steps))
        self._loop.beat()
        self._warnings = sorted(storm.warnings, key=lambda one: one.at)
        self._tapped: set[tuple[str, datetime]] = set()
        self._arrived: set[str] = set()
        self._jobs: dict[str, Assignment] = {}
        self.called = CalledOut(field, seed)
        self._refused: set[str] = set()
        self._broken: frozenset[str] = frozenset()
        self._watched_at = storm.begin
        self._version: PlanVersion | None = None
        self.versions: list[PlanVersion] = []
        self._forecast_at = storm.forecast_at
        self._take_forecast(({},) if storm.forecast_at else storm.forecasts, storm.begin)

    def _take_forecast(self, members: Sequence[Mapping[datetime, float]], now: datetime) -> None:
        alerts.take_forecast(self.store, self.operation, forecast(members, now), now)

    def reported(self, report_: WaterReport) -> None:
        told = IncidentReport(
            kind="standing_water",
            source="desk",
            by="巡查员",
            reported_at=report_.at,
            segment_id=report_.segment_id,
            depth_cm=round(report_.depth_m * 100),
        )
        report(self.store, self.operation, CONSOLE, told, report_.at)

    def orders(self, now: datetime) -> Sequence[Order]:
        self._real = now
        if self._forecast_at and now >= self._forecast_at:
            self._forecast_at = None
            self._take_forecast(self._storm.forecasts, now)
        while self._warnings and self._warnings[0].at <= now:
            warned = self._warnings.pop(0)
            found = alerts.understand(notice(warned, self._city), now)
            alerts.take_alerts(self.store, self.operation, CONSOLE, found, now)
            rule = proposed(self._city, tuple(found)) if self._orders_levels else None
            if rule:
                order_level(self.store, self.operation, CONSOLE, rule.id, now)
        if self._version:
            self._tap(self._version, now)
            for job in self.called.leaving(self._version, now):
                self._say(EventKind.DEPART, job, now, now)
        if now - self._watched_at >= WATCH:
            self._watched_at = now
            self._loop.beat()
            self._loop.watch()
        if self._loop.answer():
            self._follow()
        jobs = self._version.assignments if self._version else ()
        field, broken, late = self._field, self._broken, self.called.late
        orders = list(orders_of(jobs, self._city, field, broken, now, late))
        self._jobs = {order.key: job for job, order in orders}
        return [order for _, order in orders]

    def _follow(self) -> None:
        """Take up the plan in force, if it is another one."""
        version = self.store.plans.current(self.operation.id)
        if version and (not self.versions or version.number != self.versions[-1].number):
            if self.versions:
                self.called.follow(self.versions[-1], version)
            self.versions.append(version)
            self._version = version

    def working(self, orders: Sequence[Order], now: datetime) -> None:
        """Crews say that they are there."""
        for order in orders:
            job = self._jobs.get(order.key)
            if job and job.job_id not in self._arrived:
                self._arrived.add(job.job_id)
                self._say(EventKind.ARRIVE, job, now, now)

    def _tap(self, version: PlanVersion, now: datetime) -> None:
        """Crews say when work that is no post is done."""
        for job in version.assignments:
            key = (job.job_id, job.start_at)
            if (
                job.kind.is_post
                or job.job_id in self._refused
                or job.end_at > now
                or now - job.end_at > HOUR
                or key in self._tapped
            ):
                continue
            self._tapped.add(key)
            self._say(EventKind.CLEAR, job, job.end_at, now)

    def _say(self, kind: EventKind, job: Assignment, at: datetime, now: datetime) -> None:
        """A tap on a job, unless it is forgotten."""
        drawn = random.Random(f"{kind} {self._seed} {job.job_id}").random()
        if self._version is None or drawn < self._field.forgotten_share:
            return
        tapped = Report(
            event_id=f"drill-{kind}-{job.job_id}-{at:%H%M}",
            version=self._version.number,
            station_id=job.station_id,
            kind=kind,
            job_id=job.job_id,
            device_at=at,
        )
        take_report(self.store, self.operation, CONSOLE, tapped, now)

    def refused(self, order: Order, now: datetime) -> None:
        """The station says so of the job."""
        job, version = self._jobs[order.key], self._version
        if version is None or job.job_id in self._refused:
            return
        self._refused.add(job.job_id)
        tapped = Report(
            event_id=f"drill-refused-{len(self._refused):06d}",
            version=version.number,
            station_id=job.station_id,
            kind=EventKind.REFUSE,
            job_id=job.job_id,
            device_at=now,
            reason=_REFUSED,
        )
        take_report(self.store, self.operation, CONSOLE, tapped, now)

    def broken(self, machine_ids: frozenset[str], now: datetime) -> None:
        """The desk takes them out and brings them back."""
        for machine_id in sorted(machine_ids - self._broken):
            take_out(self.store, self.operation, CONSOLE, machine_id, _BROKEN, now)
        for machine_id in sorted(self._broken - machine_ids):
            bring_back(self.store, self.operation, CONSOLE, machine_id, now)
        self._broken = machine_ids

    def gone(self, segment_id: str, now: datetime) -> None:
        """The desk closes what it was told to be over."""
        for incident in self.store.field.incidents(self.operation.id, open_only=True):
            if incident.segment_id == segment_id and incident.id is not None:
                close(self.store, self.operation, CONSOLE, incident.id, now)

    def stop(self) -> None:
        self._loop.stop()


@contextmanager
def planned(
    city: City,
    storm: DrillStorm,
    steps: int,
    field: FieldSettings,
    seed: int = 0,
    roads: Roads = Roads(),
    orders_levels: bool = False,
) -> Iterator[Planned]:
    """The program on a database that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="xunban-drill-") as folder:
        store = _Store(f"sqlite:///{folder}/drill.db")
        store.migrate()
        policy = Planned(store, city, storm, steps, field, seed, roads, orders_levels)
        try:
            yield policy
        finally:
            policy.stop()
            store.close()


def notice(warned: Warned, city: City) -> str:
    """A rain warning in the words of a weather office (made up)."""
    at = warned.at
    return (
        f"辽源市气象台{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute}分发布暴雨"
        f"{_COLOURS[warned.colour]}预警信号：预计未来{warned.hours}小时内，{city.district.name}"
        f"降雨量将达{warned.mm}毫米以上，请注意防范。"
    )


def plan_at_once(city: City, storm: DrillStorm, steps: int, roads: Roads = Roads()) -> PlanVersion:
    """The plan that is made of what is known as the storm's drill begins."""
    with planned(city, storm, steps, FieldSettings(), roads=roads) as policy:
        policy.orders(storm.begin)
        return policy.versions[-1]


class KeptPlan(Nobody):
    """One plan carried out to its end, whatever comes."""

    def __init__(self, version: PlanVersion, city: City, field: FieldSettings) -> None:
        self._jobs, self._city, self._field = version.assignments, city, field
        self._broken: frozenset[str] = frozenset()

    def orders(self, now: datetime) -> Sequence[Order]:
        found = orders_of(self._jobs, self._city, self._field, self._broken, now)
        return [order for _, order in found]

    def broken(self, machine_ids: frozenset[str], now: datetime) -> None:
        self._broken = machine_ids
