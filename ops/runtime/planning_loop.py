"""What the ticks do: keep the lead, ask the feeds, answer what asks for a plan, send what is to be
told.
"""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from data.model.desk import ContingencyPlan
from data.model.headquarters.directives import Directive
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.operation import Operation, OperationKind, Trigger, TriggerKind
from data.model.plan import PlanVersion
from data.model.state_triggers import TRIGGERS
from data.store.leases import LEADER, LEASE_TTL
from data.store.store import DatabaseError, StalePlan, Store, StoreError
from ops.base import paths
from ops.base.naming import directive_words, station_name
from ops.base.sites import environment_of, own_id
from ops.district.places import middle
from ops.field.photos import sweep
from ops.field.progress_reader import reported
from ops.field.reporting import reporting_stations
from ops.headquarters.exchange import carry, end_loans, summarise, unanswered
from ops.headquarters.loans import lent_now
from ops.intake.alerts import begun_causes, use_best
from ops.intake.feeds import poll_due
from ops.intake.gauges import gauge_statuses
from ops.intake.operations import LOOP, ROUND
from ops.notifications.alarms import Alarms
from ops.notifications.channels import open_channels
from ops.notifications.sender import Sender
from ops.notifications.signed_links import Links
from ops.planning.in_force.time_triggers import due_causes
from ops.replanning import contingency
from ops.replanning.replan import replan
from ops.replanning.solver_process import Solving, Stopped
from ops.risk.fitted_multipliers import warm
from ops.runtime.backup import back_up_if_due
from ops.runtime.clock_steps import Steps
from ops.runtime.engine import solving_by
from ops.runtime.mqtt_gauges import GaugeListener
from ops.runtime.one_source import FROM_A_STATION, SPAN, overdone_by
from ops.runtime.programs import Program, own_name, program_of
from ops.runtime.service_rounds import run_rounds
from ops.settings import Settings
from ops.ways.closures import clock_causes

log = logging.getLogger(__name__)
# search after a leader's death: what waits has waited for the lease to end (2% of the score is
# lost)
HASTE_S = 2.0
REST = timedelta(seconds=30)
SLEPT = timedelta(minutes=1)  # a beat so late: the whole machine stood still
FAILURE = "planning_failed"  # the setting by which the board hears that no plan could be made


class Loop:
    """The planning loop over one database.

    Only the process that holds the lease plans; a second one waits until the first lets go or is
    gone.

    Parameters
    ----------
    clock
        The real clock.
    fixed_now
        A time that stands in for the operation's own (``--now``).
    solving
        How problems are solved; by default on the engine that ``XUNBAN_ENGINE`` names, else in a
        process of its own.
    monotonic
        Seconds by a clock that nobody puts, by which a step of the real one is seen.
    reread
        Gives the settings as they are now, where they may change while we run.
    home
        The folder of the district; that of the installation, where none is given.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Callable[[], datetime],
        fixed_now: datetime | None = None,
        solving: Solving | None = None,
        monotonic: Callable[[], float] | None = None,
        reread: Callable[[], Settings] | None = None,
        home: Path | None = None,
    ):
        self._store = store
        self._home = home or paths.home()
        self._settings = settings
        self.clock = clock
        self._fixed_now = fixed_now
        self._reread = reread or (lambda: settings)
        self._solving = solving or solving_by(os.environ, settings.loop.patience)
        self._preparing: Solving | None = None
        self._alarms, self._sender = self._ways(settings)
        self._steps = Steps(clock, monotonic or (lambda: clock().timestamp()))
        self._beaten_at = self._finished_at = clock()
        self._gauges = GaugeListener(store, settings, clock)
        self._token: int | None = None
        self._failing_since: datetime | None = None  # since when the database takes no beat
        self._new_lead = False
        self._unsaved_failure: dict[str, str] | None = (
            None  # what FAILURE is to say once it can be written
        )
        self._holder = own_name()
        self._behind_since: datetime | None = None  # since when another one leads
        self._rest_until: datetime | None = None
        self._lock = threading.Lock()  # one answer at a time within this process

    def _ways(self, settings: Settings) -> tuple[Alarms, Sender]:
        """How people are reached by these settings."""
        known = environment_of(own_id(self._home), os.environ)
        channels = open_channels(settings.channels, known)
        links = Links(self._store, settings.notify, self.clock)
        return (
            Alarms(channels, settings.notify.language, self._store),
            Sender(self._store, channels, settings.notify, self.clock, links.address),
        )

    def renew(self) -> None:
        """Go on by the settings as they are now; a listener for gauges, and what the solver was
        begun with, stay until the next start.
        """
        settings = self._reread()
        if settings == self._settings:
            return
        if (settings.channels, settings.notify) != (self._settings.channels, self._settings.notify):
            self._alarms, self._sender = self._ways(settings)
        self._settings = settings
        log.info("the settings have changed and count from now on")

    def lead(self) -> bool:
        """Take or keep the lease; whether we lead."""
        before, self._token = (
            self._token,
            self._store.leases.acquire(LEADER, self._holder, self.clock(), LEASE_TTL),
        )
        if self._token is not None and self._token != before:
            self._new_lead = True
        return self._token is not None

    def beat(self) -> None:
        """Keep the lead and let the board see that somebody plans; tell the desk if no round gets
        finished.
        """
        now = self.clock()
        if step := self._steps.seen():
            self._stepped(step, now)
        if not timedelta(0) <= now - self._beaten_at <= SLEPT:  # the machine slept
            self._finished_at = now
        self._beaten_at = now
        try:
            self._keep_lead(now)
            self._failing_since = None
        except DatabaseError as error:
            self._failing_since = self._failing_since or now
            self._alarms.check_database(self._failing_since, now, str(error.orig))
            raise
        finally:  # a database that fails is told by the channels, if by nothing else
            if self._token is not None:
                self._alarms.check_round(self._finished_at, now)

    def _stepped(self, step: timedelta, now: datetime) -> None:
        """The clock was put: the desk is told, and what was to wait until a time by the old one
        does not wait for it. A drill's clock goes on from where it was.
        """
        self._alarms.tell_step(step, now)
        self._rest_until, self._finished_at = None, now
        self._sender.forget_waits()
        with suppress(DatabaseError):
            operation = self._store.operations.current()
            if operation is None:
                return
            if operation.is_drill:
                was = operation.now(now - step)
                self._store.operations.set_clock(operation.id, was, now)
            elif step < timedelta(0):
                self._store.outbox.put_back(operation.id, now, -step)

    def _keep_lead(self, now: datetime) -> None:
        leads = self.lead()
        if not leads:
            self._behind_since = self._behind_since or now
            self._store.leases.stand_by(LEADER, self._holder, now)
        elif self._behind_since:
            self._behind_since = None
            self._store.leases.stand_by_no_more(LEADER, self._holder)
        if leads:
            self._store.leases.beat(LOOP, now)
            self._store.leases.beat(ROUND, self._finished_at)
            if self._unsaved_failure:
                self._store.settings.save(FAILURE, self._unsaved_failure)
                self._unsaved_failure = None

    def beats(self) -> bool:
        """Whether the last beat is no older than that of a loop that lives."""
        return abs(self.clock() - self._beaten_at) <= SLEPT / 2

    def behind(self) -> Program | None:
        """The program that leads while this one stands by; one that was killed is none any more
        once its lease has ended.
        """
        if self._behind_since is None or self.clock() - self._behind_since <= LEASE_TTL * 1.5:
            return None
        return program_of(self._store.leases.holder(LEADER))

    def answer(self) -> PlanVersion | None:
        """Answer everything that asks for a plan with one version, a new one or the one in force
        that stands; ``None`` when nothing does, or another one leads.
        """
        with self._lock:
            if self._rests():
                return None
            version = self._answer()
            self._finished_at = self.clock()
            return version

    def _rests(self) -> bool:
        """Whether a failure was just now; a clock that was put back makes no rest longer."""
        left = (self._rest_until or self.clock()) - self.clock()
        return timedelta(0) < left <= REST

    def _answer(self) -> PlanVersion | None:
        operation = self._operation()
        if operation is None or self._token is None or self._store.is_empty():
            return None
        triggers = tuple(self._store.triggers.pending(operation.id))
        now = self._fixed_now or operation.now(self.clock())
        if not triggers or self._is_overdone(operation, triggers, now):
            return None
        if self._preparing:
            self._preparing.stop()
        try:
            version = replan(
                self._store,
                operation,
                triggers,
                now,
                self._token,
                self._solving,
                self._in_haste(now - triggers[0].requested_at),
            )
        except StalePlan:
            log.warning("another process published first; our plan is dropped")
            return None
        except Stopped:
            return None
        except Exception as error:
            self._failed(error)
            raise
        self._new_lead = False
        self._unsaved_failure = None
        self._store.settings.save(FAILURE, None)
        if version.fallback and CauseKind.SEARCH not in _kinds(version):
            self.improve()
        return version

    def _is_overdone(
        self, operation: Operation, triggers: tuple[Trigger, ...], now: datetime
    ) -> bool:
        """Whether only a station asks that has had its plans; the desk hears of it."""
        if not all(Cause.parse(one.cause).kind in FROM_A_STATION for one in triggers):
            return False
        loop = self._settings.loop
        stations = overdone_by(
            triggers,
            self._store.triggers.since(operation.id, now - SPAN),
            {event.event_id: event for event in self._store.field.events(operation.id)},
            now,
            loop.source_plans,
            timedelta(minutes=loop.source_pause_minutes),
        )
        for station_id in sorted(stations):
            self._tell_overdone(operation, station_id, triggers[0].requested_at, now)
        return bool(stations)

    def _tell_overdone(
        self, operation: Operation, station_id: str, since: datetime, now: datetime
    ) -> None:
        """One station asks for plan after plan: the desk hears of it, once an hour."""
        if self._token is None:
            return
        name = station_name(station_id, self._store.city())
        said = Message("notify.overdone", {"name": name, "at": since})
        matter = f"overdone:{station_id}:{now:%Y%m%dT%H}"
        if self._sender.tell_desk(operation, said, now, self._token, matter):
            log.error("notify.overdone station=%s since %s", station_id, since.isoformat())

    def _in_haste(self, waited: timedelta) -> Settings:
        """The settings, with a shorter search where whoever led before us died and left this
        waiting.
        """
        loop = self._settings.loop
        if not self._new_lead or waited < LEASE_TTL or loop.solve_seconds <= HASTE_S:
            return self._settings
        return replace(self._settings, loop=replace(loop, solve_seconds=HASTE_S))

    def _operation(self) -> Operation | None:
        if self._fixed_now is not None:
            return self._store.operations.get(OperationKind.DRILL)
        return self._store.operations.current()

    def _failed(self, error: Exception) -> None:
        """Let the board say so, and rest before the next try: a plan that can't be made now is
        asked for again.

        Where it is the database that fails, it is told with the first beat that can be written.
        """
        self._rest_until = self.clock() + REST
        reason = (
            str(error.orig) if isinstance(error, DatabaseError) else str(error)
        )  # without the statement's values
        log.error("no plan: %s: %s", type(error).__name__, reason)
        self._unsaved_failure = {
            "at": self.clock().isoformat(),
            "error": f"{type(error).__name__}: {reason}",
        }
        with suppress(DatabaseError):
            self._store.settings.save(FAILURE, self._unsaved_failure)
            self._unsaved_failure = None

    def poll(self) -> None:
        """Ask the feeds that are due and look whether anything waits that should not, in real
        operation only: a drill's weather is the drill's own.
        """
        operation = self._store.operations.current()
        if operation is None or operation.is_drill or self._token is None or self._store.is_empty():
            return
        self._gauges.keep_up()
        if (place := middle(self._store.city())) is None:
            return  # nothing has a place yet: no weather is its
        poll_due(
            self._store,
            operation,
            self._settings.feeds,
            place,
            self.clock(),
            environment_of(own_id(self._home), os.environ),
            self._settings.risk,
            self._settings.gauges,
        )
        now = self.clock()
        self._alarms.check_rain(self._store.weather.latest_forecast(operation.id, now), now)
        self._alarms.check_gauges(
            gauge_statuses(self._store, operation, self._settings.gauges, now), now
        )
        self._alarms.check_draft(
            self._store.plans.draft(operation.id),
            now,
            timedelta(minutes=self._settings.approval.minutes),
        )

    def watch(self) -> int:
        """Ask for what only the clock brings, if we lead: a change of shift, overdue work, people
        free early, rain that was far off and is near; how many are new.
        """
        operation = self._operation()
        if operation is None or self._token is None or self._store.is_empty():
            return 0
        now, city = self._fixed_now or operation.now(self.clock()), self._store.city()
        version = self._store.plans.current(operation.id)
        reporting = reporting_stations(self._store.field.events(operation.id), now)
        alerts = self._store.weather.alerts(operation.id)
        begun = (
            begun_causes(alerts, operation, city.district, version.made_at, now) if version else ()
        )
        due = due_causes(
            version,
            city,
            reported(self._store, operation, version, city),
            reporting,
            now,
            self._settings.loop.overdue_minutes,
            self._store.field.incidents(operation.id, open_only=True),
            self._settings.loop.early_minutes,
            self._settings.work,
        )
        closures = self._store.streets.closures(operation.id) if version else []
        made_at = version.made_at if version else now
        by_clock = clock_causes(closures, made_at, now, self._settings.ways)
        came_near = None
        if not self._store.triggers.pending(operation.id):  # the plan to come sees it anyway
            came_near = use_best(
                self._store, operation, now, self._settings.risk, self._settings.gauges
            )
        return (came_near is not None) + sum(
            self._store.triggers.request(operation.id, str(cause), TRIGGERS[cause.kind], now)[1]
            for cause in (*begun, *due, *by_clock)
        )

    def exchange(self, above: Store, member_id: str) -> None:
        """Carry what goes between this district and the desk above it, if we lead: its channels
        tell once of each directive that nobody has answered, and once that it is late.
        """
        if self._token is None:
            return
        now = self.clock()
        end_loans(self._store, member_id, now)
        carry(above, self._store, member_id, now)
        for one in unanswered(self._store):
            self._tell_directive("directive.came", one.directive, now)
            if one.is_late(now):
                self._tell_directive("directive.is_late", one.directive, now)
        self._tell_lent(now)

    def _tell_lent(self, real_now: datetime) -> None:
        """Tell the desk and the chief of the station of units that are lent."""
        operation = self._operation()
        if operation is None or self._token is None:
            return
        now = operation.now(real_now)
        for told in lent_now(self._store, operation, now):
            with suppress(StalePlan):
                self._sender.tell_desk(
                    operation, told.body, now, self._token, told.matter, told.station_id
                )

    def _tell_directive(self, code: str, one: Directive, real_now: datetime) -> None:
        """By the outbox; in a drill by all the desk's channels, for no directive is a drill's."""
        operation = self._operation()
        if operation is None or operation.is_drill or self._token is None:
            self._alarms.tell_directive(code, one, real_now)
            return
        said = Message(code, {"by": one.by, "text": directive_words(one)})
        matter = f"{code} {one.id}"
        with suppress(StalePlan):
            self._sender.tell_desk(operation, said, operation.now(real_now), self._token, matter)

    def publish(self, above: Store, member_id: str) -> None:
        """Let the desk above see how the district is, if we lead."""
        if self._token is not None:
            above.members.publish(summarise(self._store, member_id, self._settings, self.clock()))

    def rounds(self) -> int:
        """What the clock brings in the services of the street, if we lead; how much went out."""
        operation = self._operation()
        if operation is None or self._token is None or self._store.is_empty():
            return 0
        now = self._fixed_now or operation.now(self.clock())

        token = self._token

        def tell(message: Message, matter: str = "") -> None:
            self._sender.tell_desk(operation, message, now, token, matter)

        try:
            return run_rounds(self._store, operation, self._settings, now, tell, self._home)
        except StalePlan:
            log.warning("another process leads and tells")
            return 0

    def send(self) -> int:
        """Send the notices that are due, if we lead, by the settings as they are now; how many went
        out.
        """
        self.renew()
        operation = self._store.operations.current()
        if operation is None or self._token is None or self._store.is_empty():
            return 0
        try:
            return self._sender.send_due(operation, self._token)
        except StalePlan:
            log.warning("another process leads and sends")
            return 0

    def prepare(self) -> ContingencyPlan | None:
        """Make one of the plans kept ready, if we lead, nothing asks for a plan, and one is due."""
        operation = self._operation()
        if (
            operation is None
            or self._token is None
            or self._store.is_empty()
            or self._store.triggers.pending(operation.id)
        ):
            return None
        now = self._fixed_now or operation.now(self.clock())
        colour = contingency.due(self._store, operation, now, self._settings)
        if colour is None:
            return None
        self._preparing = Solving(True, self._settings.loop.patience)
        try:
            return contingency.prepare(
                self._store, operation, colour, now, self._token, self._preparing, self._settings
            )
        except (Stopped, StalePlan):
            return None
        finally:
            self._preparing = None

    def back_up(self) -> Path | None:
        """Make the backup that is due, if we lead in real operation; the desk hears of one that
        fails, and the next is tried after a rest.
        """
        now, operation = self.clock(), self._store.operations.current()
        if operation is None or operation.is_drill or self._token is None:
            return None
        try:
            return back_up_if_due(self._store, self._home, self._settings.backup, now)
        except (DatabaseError, StoreError, OSError) as error:
            self._alarms.tell_backup(now, str(error))
            raise

    def tidy(self) -> int:
        """Let go of photos on this machine that belong to nothing; how many."""
        return sweep(self._home / "photos", self._store, self.clock())

    def get_ready(self) -> None:
        """Let the search be loaded before the first plan is asked for, and before each that
        follows, and beside everything else what the district's record needs to be fitted.
        """
        self._solving.get_ready()
        threading.Thread(target=self._warm, name="warm", daemon=True).start()

    def _warm(self) -> None:
        try:
            warm(self._store.city())
        except DatabaseError as error:  # the first plan loads it, then
            log.warning("nothing is loaded before the first plan: %s", error)

    def improve(self) -> None:
        """Ask for the plan in force to be made again: now that the search is compiled, or once more
        where the search gave no answer, and only once.
        """
        operation = self._operation()
        if operation is None:
            return
        version = self._store.plans.current(operation.id)
        if version:
            self._store.triggers.request(
                operation.id,
                str(Cause.of(CauseKind.SEARCH, version.number)),
                TriggerKind.SEARCH,
                operation.now(self.clock()),
            )

    def stop(self) -> None:
        """End a solver that runs, send nothing more, and let the lead go."""
        self._solving.stop()
        if self._preparing:
            self._preparing.stop()
        self._sender.stop()
        self._gauges.stop()
        if self._behind_since:
            self._store.leases.stand_by_no_more(LEADER, self._holder)
        if self._token is not None:
            self._store.leases.beat(LOOP, self.clock())
            self._store.leases.release(LEADER, self._token)
            self._token = None

    def close(self) -> None:
        """Stop, and let go of the database."""
        try:
            self.stop()
        finally:
            self._store.close()


def _kinds(version: PlanVersion) -> set[CauseKind]:
    """Of what kinds the causes of a version are."""
    return {Cause.parse(cause).kind for cause in version.causes}
