"""A rehearsal: hours of a storm on the sample with a scripted field, the desk compared with it.

``python tests/bench/rehearsal.py [--hours 24] [--every 10]``; in this process, with a clock that is
turned and plans searched for by steps.

One station reports truly, one says nothing all day, one refuses, asks, calls for help and is
without a network for an hour (its taps come later, with the time of its own clock), one is told of
by telephone. Citizens call, two of them about one place; a machine breaks down and is back; one
word comes with a picture. What was told is kept by the script alone; every hour each figure of the
desk is compared with it, and each that differs is printed. It ends with 1 if any does.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PIL import Image

from dashboard.model.situation import Situation, look
from data.model.field import EventKind, ReportWay
from data.model.plan import Assignment, PlanVersion
from data.store.store import Store
from ops.analytics.history import read_history
from ops.auth.permissions import CONSOLE
from ops.duty.briefing import briefing_figures
from ops.field import outages
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport
from ops.field.needs import NeedKind
from ops.field.photos import keep_photo
from ops.field.progress import concerned, homes
from ops.field.reports import Report, take_report
from ops.intake.sample import load_sample
from ops.replanning.solver_process import Solving
from ops.runtime.planning_loop import Loop
from ops.settings import Settings
from tests.helpers.stepwise import solve_in_steps

TRUE, SILENT, OFFLINE, PHONED = "ST1", "ST2", "ST3", "ST4"
MINUTE = timedelta(minutes=1)
STEPS = (EventKind.DEPART, EventKind.ARRIVE, EventKind.CLEAR)
NO_NETWORK = (timedelta(hours=3), timedelta(hours=4))
REFUSES, ASKS, HELPS = timedelta(hours=2), timedelta(hours=2, minutes=30), timedelta(hours=5)
BREAKS, BACK = timedelta(hours=4), timedelta(hours=7)
CALLS = ((timedelta(hours=1), 3), (timedelta(hours=1, minutes=20), 3), (timedelta(hours=6), 9))
CLOSES = timedelta(hours=9)  # the first of them


@dataclass
class Told:
    """What the script has told, and nothing else knows."""

    step: dict[str, EventKind] = field(default_factory=dict)  # of each job, the last
    cleared: list[tuple[str, float]] = field(default_factory=list)  # segment, m3
    refused: dict[str, str] = field(default_factory=dict)  # job -> name of the event
    asked: set[str] = field(default_factory=set)
    helped: set[str] = field(default_factory=set)
    open_matters: set[int] = field(default_factory=set)
    out: set[str] = field(default_factory=set)
    photos: set[str] = field(default_factory=set)


def picture() -> bytes:
    """A picture as a phone sends one."""
    out = BytesIO()
    Image.new("RGB", (64, 48), "#456").save(out, "JPEG")
    return out.getvalue()


class Rehearsal:
    """The day, turned on minute by minute."""

    def __init__(self, store: Store, photos: Path, real_now: datetime):
        self.photos = photos
        self.store, self.real_now, self.told = store, real_now, Told()
        sample = load_sample(store, CONSOLE, real_now)
        self.city, self.begun = sample.city, sample.now
        self.home = homes(self.city)
        self.drill = store.operations.current()
        self.loop = Loop(store, Settings(), lambda: self.real_now)
        self.waiting: list[Report] = []  # taps of the station without a network
        self.differs: list[str] = []
        self.compared = 0
        self._once: set[str] = set()

    @property
    def now(self) -> datetime:
        return self.drill.now(self.real_now)

    @property
    def since(self) -> timedelta:
        return self.now - self.begun

    def turn(self, step: timedelta) -> None:
        """So much later: what the field does by then, and what the loop makes of it."""
        self.real_now += step
        self.loop.beat()
        version = self.store.plans.current(self.drill.id)
        if version is not None:
            self._field(version)
        self._citizens()
        self.loop.watch()
        self.loop.answer()

    def _field(self, version: PlanVersion) -> None:
        self._send_late()
        for station, job in self._jobs(version):
            if station == OFFLINE:
                self._once_only(version, job)
            if job.job_id not in self.told.refused:
                self._next_step(version, station, job)

    def _jobs(self, version: PlanVersion) -> Iterator[tuple[str, Assignment]]:
        """Each job with the station that speaks of it; the silent one never does."""
        for job in version.assignments:
            stations = concerned(job, self.home) - {SILENT}
            if stations:
                yield min(stations), job

    def _next_step(self, version: PlanVersion, station: str, job: Assignment) -> None:
        """One word on a job, when its time by the plan has come and the one before was said."""
        said = self.told.step.get(job.job_id)
        if said is (EventKind.ARRIVE if job.kind.is_post else EventKind.CLEAR):
            return
        kind = STEPS[STEPS.index(said) + 1] if said else STEPS[0]
        leave = min(one.leave_at for one in job.members)
        due = {STEPS[0]: leave, STEPS[1]: job.start_at, STEPS[2]: job.end_at}[kind]
        if not said and self.now - due > 30 * MINUTE:
            return  # it was not done in its time: nobody says that it was
        if due <= self.now:
            amounts = {"silt_m3": 0.5, "inlets": 2.0} if kind is EventKind.CLEAR else {}
            self._say(version, station, kind, job, amounts=amounts)

    def _once_only(self, version: PlanVersion, job: Assignment) -> None:
        """The one refusal, question and call for help of the day, each of a job still ahead."""
        ahead = min(one.leave_at for one in job.members) > self.now + 10 * MINUTE
        if not ahead or job.job_id in self.told.step or self._is_offline(OFFLINE):
            return
        for kind, at, words in (
            (EventKind.REFUSE, REFUSES, "车坏了"),
            (EventKind.ASK, ASKS, "走哪条路"),
            (EventKind.HELP, HELPS, "水太深"),
        ):
            if self.since >= at and kind not in self._once and job.job_id not in self.told.refused:
                self._once.add(kind)
                self._say(version, OFFLINE, kind, job, reason=words)

    def _is_offline(self, station: str) -> bool:
        return station == OFFLINE and NO_NETWORK[0] <= self.since < NO_NETWORK[1]

    def _say(
        self,
        version: PlanVersion,
        station: str,
        kind: EventKind,
        job: Assignment,
        reason: str | None = None,
        amounts: dict[str, float] | None = None,
    ) -> None:
        phoned = station == PHONED
        tap = Report(
            event_id=f"rehearsal-{kind}-{job.job_id}-{self.since // MINUTE}",
            version=version.number,
            station_id=station,
            kind=kind,
            job_id=job.job_id,
            device_at=None if phoned else self.now,
            reason=reason,
            amounts=amounts or {},
            way=ReportWay.PHONE if phoned else ReportWay.TAP,
            told_by="值班站长" if phoned else None,
        )
        if kind is EventKind.CLEAR and station == TRUE and not self.told.photos:
            tap = replace(tap, photo=keep_photo(picture(), self.photos))
            self.told.photos.add(tap.photo or "")
        if self._is_offline(station):
            if all(one.job_id != job.job_id for one in self.waiting):
                self.waiting.append(tap)
            return
        self._arrives(tap, job.segment_id or "")

    def _send_late(self) -> None:
        """The network is back: what was tapped meanwhile comes, in order, with its own times."""
        if self.waiting and not self._is_offline(OFFLINE):
            late, self.waiting = self.waiting, []
            for tap in late:
                version = self.store.plans.version(self.drill.id, tap.version)
                job = next(one for one in version.assignments if one.job_id == tap.job_id)
                self._arrives(tap, job.segment_id or "")

    def _arrives(self, tap: Report, segment: str) -> None:
        new = take_report(self.store, self.drill, CONSOLE, tap, self.now)
        assert new, tap
        told, job_id = self.told, tap.job_id or ""
        if tap.kind is EventKind.REFUSE:
            told.refused[job_id] = tap.event_id
        elif tap.kind is EventKind.ASK:
            told.asked.add(tap.event_id)
        elif tap.kind is EventKind.HELP:
            told.helped.add(tap.event_id)
        else:
            told.step[job_id] = tap.kind
            if tap.kind is EventKind.CLEAR:
                told.cleared.append((segment, (tap.amounts or {}).get("silt_m3", 0.0)))

    def _citizens(self) -> None:
        """Calls, and a machine out of action for some hours."""
        for number, (at, segment) in enumerate(CALLS):
            if self.since >= at and f"call{number}" not in self._once:
                self._once.add(f"call{number}")
                call = IncidentReport(
                    kind="standing_water",
                    by="热线",
                    source="desk",
                    reported_at=self.now,
                    segment_id=self.city.segments[segment].id,
                    depth_cm=20.0 + number,
                )
                kept, _ = incidents.report(self.store, self.drill, CONSOLE, call, self.now)
                self.told.open_matters.add(kept.matter or 0)
        if self.since >= CLOSES and "closed" not in self._once:
            self._once.add("closed")
            first = min(self.told.open_matters)
            incidents.close(self.store, self.drill, CONSOLE, first, self.now)
            self.told.open_matters.discard(first)
        machine = next(one.id for one in self.city.machines if one.station_id == TRUE)
        if self.since >= BREAKS and "broken" not in self._once:
            self._once.add("broken")
            outages.take_out(self.store, self.drill, CONSOLE, machine, "抛锚", self.now)
            self.told.out.add(machine)
        if self.since >= BACK and "back" not in self._once:
            self._once.add("back")
            outages.bring_back(self.store, self.drill, CONSOLE, machine, self.now)
            self.told.out.discard(machine)

    def compare(self) -> None:
        """Every figure of the desk with what was told."""
        seen = look(self.store, self.city, self.real_now, settings=Settings())
        assert seen is not None
        told, lines = self.told, {line.job.job_id: line for line in seen.lines}
        here = {
            job: kind
            for job, kind in told.step.items()
            if job in lines and not lines[job].job.kind.is_post
        }
        self._same(
            "jobs told done",
            {job for job, kind in here.items() if kind is EventKind.CLEAR},
            {job for job, line in lines.items() if line.state in ("done", "verified")},
        )
        self._same(
            "teams told out",
            {job for job, kind in here.items() if kind in STEPS[:2]},
            {
                job
                for job, line in lines.items()
                if line.standing.is_out and not line.job.kind.is_post
            },
        )
        out = {one.resource_id for one in seen.outages}
        self._same("crews and machines out of action", told.out, out)
        matters = {one.matter.id for one in seen.matters if one.matter.first.source != "help"}
        self._same("incidents open", told.open_matters, matters)
        self._same("pictures", told.photos, {one.photo for one in seen.events if one.photo})
        self._needs(seen)

    def _needs(self, seen: Situation) -> None:
        told, kinds = self.told, {kind: set() for kind in NeedKind}
        for need in seen.needs:
            kinds[need.kind].add(need.station_id if need.kind is NeedKind.SILENT else need.key)
        taken_up = {name for job, name in told.refused.items() if job in told.step}
        fresh = self.since - REFUSES < timedelta(hours=24)
        standing = set(told.refused.values()) - taken_up if fresh else set()
        self._same("refusals that stand", standing, kinds[NeedKind.REFUSED])
        self._same("questions that wait", told.asked, kinds[NeedKind.QUESTION])
        self._same("calls for help", told.helped, kinds[NeedKind.HELP])
        self._same("orders not delivered", set(), kinds[NeedKind.UNDELIVERED])
        unsaid = {
            station
            for line in seen.lines
            if line.leave_at <= self.now and line.job.job_id not in self.told.step
            for station in line.stations
        }
        loud = kinds[NeedKind.SILENT] - {SILENT} - (unsaid & {PHONED})
        self._same("stations that spoke and are called silent", set(), loud)
        told_of = {s for one in seen.lines if one.standing.is_reported for s in one.stations}
        alone = {
            line.job.job_id
            for line in seen.lines
            if line.standing.is_reported and line.stations == frozenset({SILENT})
        }
        self._same("work of the silent station that is called reported", set(), alone)
        assert told_of or self.since < 30 * MINUTE

    def briefing(self) -> None:
        """The day's briefing with what was told."""
        history = read_history(self.store, self.drill)
        found = briefing_figures(
            history, history.cases(self.city), self.city, self.begun, self.now + MINUTE
        )
        done = self.told.cleared
        places = len({place for place, _ in done})
        self._same("places of the briefing", places, found.reported.places)
        self._same("silt of the briefing", round(sum(mm for _, mm in done), 2), found.silt_m3)
        self._same("inlets of the briefing", 2 * len(done), found.inlets)
        self._same("stations that reported nothing", (SILENT,), found.silent)
        still = len(self.told.open_matters) + len(self.told.helped)
        self._same("incidents still open", still, len(found.still))

    def _same(self, what: str, told: object, shown: object) -> None:
        self.compared += 1
        if told != shown:
            both = isinstance(told, set) and isinstance(shown, set)
            more = (
                f"missing {told - shown}, too many {shown - told}" if both else f"{told} / {shown}"
            )
            self.differs.append(f"{self.now:%m-%d %H:%M} {what}: {more}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--every", type=float, default=10.0, help="minutes of a turn")
    asked = parser.parse_args()
    Solving.solve = solve_in_steps
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/rehearsal.db")
        store.migrate()
        day = Rehearsal(store, Path(folder) / "photos", datetime(2026, 7, 1, tzinfo=UTC))
        day.loop.answer()
        step, last = timedelta(minutes=asked.every), timedelta(0)
        while day.since < timedelta(hours=asked.hours):
            day.turn(step)
            if day.since - last >= timedelta(hours=1):
                day.compare()
                last = day.since
        day.briefing()
        version = store.plans.current(day.drill.id)
        print(
            f"{day.since}, {version.number} versions, {len(store.field.events(day.drill.id))} "
            f"words, {len(day.told.cleared)} jobs done; {day.compared} figures compared"
        )
        print(*(day.differs or ["all as told"]), sep="\n")
        store.close()
    sys.exit(bool(day.differs))


if __name__ == "__main__":
    main()
