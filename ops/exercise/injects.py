"""Giving the events of a drill's script: each once, by the same doors as what is real, and written
into the duty log.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from data.model.account import Role
from data.model.city import City
from data.model.duty_log import LogEntry, LogKind
from data.model.field import EventKind
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import CONSOLE, Action, Actor, require
from ops.base.errors import Conflict, NotAllowed, NotFound
from ops.base.messages import LANGUAGES, Translator, catalogue
from ops.base.naming import resource_label, segment_name, station_name
from ops.duty.log import LONGEST_NOTE
from ops.exercise.script import Inject, InjectKind, due_at
from ops.field import outages
from ops.field.calls.incidents import IncidentReport, report
from ops.field.job_board import leaves_at
from ops.field.progress import own_jobs
from ops.field.reports import Report, take_report
from ops.intake import alerts
from weather.model import RainSeries, RainStep, WeatherError

TRAINER = catalogue()["duty_log.kind_inject"][0]  # the log is written in the bureau's language
PROVIDER = "drill_script"


@atomic
def give(store: Store, drill: Operation, actor: Actor, inject: Inject, now: datetime) -> LogEntry:
    """Give an event now. It is written down first: whoever else gives it meanwhile finds it given.

    Raises
    ------
    NotAllowed
        ``actor`` may not; it is no drill; it was given already; or it can't be (a station without a
        job to refuse, a unit that there is not), which is written below it.
    """
    require(actor, Action.SWITCH_OPERATION)
    if not drill.is_drill:
        raise Conflict("script.only_drill")
    city = store.city()
    t = Translator.of_city(LANGUAGES[0], city)
    entry = LogEntry(
        operation_id=drill.id,
        kind=LogKind.INJECT,
        happened_at=now,
        written_at=now,
        by=TRAINER,
        text=told(inject, city, t)[:LONGEST_NOTE],
        about=inject.number,
    )
    written = store.duty_log.write(entry)
    if written is None:
        raise Conflict("duty_log.taken")
    record(store, actor, Action.SWITCH_OPERATION, LogKind.INJECT, now, drill, number=inject.number)
    try:
        _GIVE[inject.kind](store, drill, inject, now)
    except (NotAllowed, WeatherError) as error:
        failed = LogEntry(
            operation_id=drill.id,
            kind=LogKind.CORRECTION,
            happened_at=now,
            written_at=now,
            by=TRAINER,
            text=t("script.failed", why=t(error.code, **error.facts)),
            about=written.id,
        )
        store.duty_log.write(failed)
    return written


def give_due(
    store: Store, drill: Operation, script: Iterable[Inject], begun_at: datetime, now: datetime
) -> list[int]:
    """Give every event whose minute has come and that nobody gave; their numbers."""
    given = given_numbers(store.duty_log.entries(drill.id))
    due = [one for one in script if one.number not in given and due_at(one, begun_at) <= now]
    done = []
    for inject in due:
        try:
            give(store, drill, CONSOLE, inject, now)
            done.append(inject.number)
        except Conflict:  # the trainer was quicker
            continue
    return done


def given_numbers(entries: Sequence[LogEntry]) -> set[int]:
    """The events that were given."""
    return {one.about or 0 for one in entries if one.kind is LogKind.INJECT}


def told(inject: Inject, city: City, t: Translator) -> str:
    """An event in a line."""
    incident = t(f"incident.{inject.incident}") if inject.incident else ""
    place = t.message(segment_name(inject.segment, city)) if inject.segment else ""
    station = station_name(inject.station, city) if inject.station else ""
    unit = resource_label(inject.unit, city) if inject.unit else ""
    amounts = " ".join(f"{mm:g}" for mm in inject.mm)
    depth = f"{inject.depth_cm:g} cm" if inject.depth_cm else ""
    parts = (station, unit, place, incident, depth, amounts, inject.text)
    words = " ".join(part for part in parts if part)
    return t("script.told", number=inject.number, kind=t(f"script.kind_{inject.kind}"), what=words)


def _warning(store: Store, drill: Operation, inject: Inject, now: datetime) -> None:
    alerts.take_alerts(store, drill, CONSOLE, alerts.understand(inject.text, now), now)


def _rain(store: Store, drill: Operation, inject: Inject, now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    steps = tuple(
        RainStep(start=hour + timedelta(hours=n), end=hour + timedelta(hours=n + 1), mm=mm)
        for n, mm in enumerate(inject.mm)
    )
    series = RainSeries(provider=PROVIDER, run_at=now, fetched_at=now, steps=steps)
    alerts.take_forecast(store, drill, series, now)


def _incident(store: Store, drill: Operation, inject: Inject, now: datetime) -> None:
    told_of = IncidentReport(
        kind=inject.incident,
        by=TRAINER,
        source="desk",
        reported_at=now,
        segment_id=inject.segment,
        depth_cm=inject.depth_cm,
        text=inject.text,
        external_id=f"inject:{inject.number}",
    )
    report(store, drill, CONSOLE, told_of, now)


def _refusal(store: Store, drill: Operation, inject: Inject, now: datetime) -> None:
    """The station's next job, by the plan in force, refused as by a tap of its own."""
    version = store.plans.current(drill.id)
    jobs = own_jobs(version, inject.station, store.city()).values() if version else ()
    ahead = [job for job in jobs if leaves_at(job) >= now]
    if version is None or not ahead:
        raise NotFound("cli.no_plan")
    job = min(ahead, key=lambda one: (leaves_at(one), one.job_id))
    tap = Report(
        event_id=f"inject-{inject.number}-{drill.id}",
        version=version.number,
        station_id=inject.station,
        kind=EventKind.REFUSE,
        job_id=job.job_id,
        reason=inject.text,
    )
    actor = Actor(name=TRAINER, role=Role.LINK, station_id=inject.station)
    take_report(store, drill, actor, tap, now)


def _breakdown(store: Store, drill: Operation, inject: Inject, now: datetime) -> None:
    outages.take_out(store, drill, CONSOLE, inject.unit, inject.text, now)


def _back(store: Store, drill: Operation, inject: Inject, now: datetime) -> None:
    outages.bring_back(store, drill, CONSOLE, inject.unit, now)


def _note(store: Store, drill: Operation, inject: Inject, now: datetime) -> None:
    """It stands in the log; nothing else happens."""


_GIVE = {
    InjectKind.WARNING: _warning,
    InjectKind.RAIN: _rain,
    InjectKind.INCIDENT: _incident,
    InjectKind.REFUSAL: _refusal,
    InjectKind.BREAKDOWN: _breakdown,
    InjectKind.BACK: _back,
    InjectKind.NOTE: _note,
}
