"""``xunban doctor``: is everything in order for the next storm? Each check says what it found and
what to do.
"""

import logging
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from data.model.message import Message
from data.store.store import DatabaseError, Store
from ops.auth.oidc import place, provider
from ops.base.errors import BadSettings
from ops.base.paths import open_to_others
from ops.base.sites import HEADQUARTERS, own_id
from ops.district.data_quality import Severity, check_data_quality
from ops.district.listed_roads import lost_roads, waiting
from ops.district.services import ServiceSettings
from ops.documents.typesetting import missing_fonts
from ops.intake.feeds import report
from ops.intake.gauges import gauge_statuses
from ops.intake.operations import ALIVE, LOOP, is_alive
from ops.notifications.channels import Channel
from ops.risk.gauges import Gauge, GaugeState
from ops.runtime.backup import last_made
from ops.runtime.engine import EngineFailed, EngineSolving
from ops.runtime.programs import that_run
from ops.runtime.season_archive import PHOTOS, due_years
from ops.runtime.services_off import left_open
from ops.settings import BackupSettings, RetentionSettings
from weather.model import Health
from weather.sources import Feed

GOOD, CARE, BAD = "good", "care", "bad"
LITTLE_DISK, NO_DISK = 2 * 1024**3, 256 * 1024**2  # bytes left
DRIFT = timedelta(seconds=2)  # between our clock and the database server's
MOST_NAMED = 5  # rows of one thing that is amiss in the district's data; their number is told
SHOWN = ("ortools", "streamlit", "sqlalchemy", "numba")
EXTRAS = {
    "drill": "swmm",
    "cluster": "distributed",
    "mqtt": "paho",
    "risk": "statsmodels",
}
"""Of each optional part of the installation a module that comes with it."""
YEARS = range(2025, 2046)
"""Beyond these a clock is wrong: this release is of 2026, and nobody runs it for twenty years (an
assumption).
"""
FAILS = "doctor.database_fails"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: ``state`` is ``good``, ``care`` (works, but see to it) or ``bad``."""

    check: str
    state: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is looked at; ``settings_fault`` is why the settings file can't be used, ``engine`` the
    address of the one that solves, if not this machine; ``port`` is where the board is to open.
    """

    store: Store
    home: Path
    now: datetime
    feeds: Sequence[Feed]
    channels: Sequence[Channel]
    backups: BackupSettings
    settings_fault: str | None = None
    port: int = 8501
    gauges: Sequence[Gauge] = ()
    engine: str = ""
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    services: ServiceSettings = field(default_factory=ServiceSettings)


def examine(patient: Patient) -> list[Finding]:
    """Run every check; one that fails itself is a finding, too, told once however many fail for
    the same reason. Where the database is amiss, what can't be read of it is not told again.
    """
    findings: list[Finding] = []
    is_above = own_id(patient.home) == HEADQUARTERS
    for check in CHECKS_ABOVE if is_above else CHECKS:
        name = check.__name__.strip("_")
        ill = any(known.check == "database" and known.state == BAD for known in findings)
        findings += [
            one
            for one in _found(name, check, patient)
            if all(one.message != known.message for known in findings)
            and not (ill and one.message.code == FAILS)
        ]
    return findings


def _found(name: str, check: Callable[[Patient], "Found"], patient: Patient) -> Iterator[Finding]:
    try:
        for state, code, facts in check(patient):
            yield Finding(name, state, Message(f"doctor.{code}", facts))
    except DatabaseError as error:
        yield Finding(name, BAD, Message(FAILS, {"detail": _words_of(error)}))
    except Exception as error:  # whatever is amiss, the other checks are made
        log.exception("the check %s failed", name)
        what = str(error).strip() or type(error).__name__
        yield Finding(name, BAD, Message("doctor.failed", {"name": name, "detail": what}))


def _words_of(error: DatabaseError) -> str:
    return str(error.orig).strip()


Found = Iterator[tuple[str, str, dict[str, object]]]


def _versions(_patient: Patient) -> Found:
    known = {name: _version(name) for name in ("xunban", *SHOWN)}
    parts = tuple(f"{name} {number}" for name, number in known.items() if number)
    yield (
        GOOD,
        "versions",
        {"python": platform.python_version(), "system": sys.platform, "parts": parts},
    )
    if missing := tuple(name for name, number in known.items() if not number):
        yield BAD, "parts_missing", {"parts": missing}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _extras(patient: Patient) -> Found:
    """What is installed only where it is wanted; without it what is set up does not work."""
    wanted = {
        "mqtt": any(gauge.topic for gauge in patient.gauges),
        "cluster": bool(patient.engine),
    }
    missing = tuple(name for name, part in EXTRAS.items() if find_spec(part) is None)
    for name in missing:
        if wanted.get(name):
            yield BAD, "extra_needed", {"name": name}
    if missing:
        yield GOOD, "extras", {"missing": missing}


def _settings(patient: Patient) -> Found:
    if patient.settings_fault:
        yield BAD, "settings_wrong", {"detail": patient.settings_fault}
    else:
        yield GOOD, "settings", {}


def _database(patient: Patient) -> Found:
    file = next(iter(patient.store.maintenance.files), None)
    if file is not None and not file.exists():
        yield BAD, "database_missing", {"path": str(file)}
        return
    state = patient.store.maintenance.describe()
    facts: dict[str, object] = {
        "kind": state.kind,
        "version": state.version,
        "revision": state.revision,
        "mb": round(state.bytes / 1024**2, 1),
    }
    if state.sound != "ok":
        yield BAD, "database_damaged", {"detail": state.sound}
    elif state.revision != state.newest:
        yield BAD, f"database_{'older' if state.is_known else 'newer'}", facts
    elif state.writable:
        yield GOOD, "database", facts
    if not state.writable:
        yield BAD, "database_read_only", {}


def _home(patient: Patient) -> Found:
    """Whether settings, photos and logs can be kept: tried, for rights, a full disk and a disk that
    is there to be read alone look alike otherwise.
    """
    if not patient.home.exists():
        return
    try:
        with tempfile.NamedTemporaryFile(dir=patient.home, prefix=".doctor") as file:
            file.write(b"\0" * 4096)
    except OSError as error:
        what = error.strerror or str(error)
        yield BAD, "home_closed", {"path": str(patient.home), "detail": what}
    else:
        yield GOOD, "home", {"path": str(patient.home)}


def _private(patient: Patient) -> Found:
    open_ones = open_to_others(patient.home, *patient.store.maintenance.files)
    if open_ones:
        names = tuple(str(path) for path in open_ones[:MOST_NAMED])
        yield CARE, "files_open", {"count": len(open_ones), "paths": names}
    else:
        yield GOOD, "files_private", {}


def _clock(patient: Patient) -> Found:
    if patient.now.year not in YEARS:
        yield BAD, "clock_unlikely", {"year": str(patient.now.year)}
        return
    server, beat = (
        patient.store.maintenance.describe().clock_at,
        patient.store.leases.last_beat(LOOP),
    )
    if server and abs(server - patient.now) > DRIFT:
        yield BAD, "clock_drift", {"seconds": round(abs(server - patient.now).total_seconds())}
    elif beat and beat > patient.now + DRIFT:
        yield BAD, "clock_back", {"at": beat}
    else:
        yield GOOD, "clock", {"at": patient.now}


def _loop(patient: Patient) -> Found:
    beat = patient.store.leases.last_beat(LOOP)
    if beat is None:
        yield CARE, "loop_never", {}
    elif not is_alive(beat, patient.now, ALIVE * 2):
        yield CARE, "loop_silent", {"at": beat}
    else:
        yield GOOD, "loop", {}


def _programs(patient: Patient) -> Found:
    """Whether others stand by beside the one that plans: wanted of two machines, not of one."""
    leads, others = that_run(patient.store, patient.now)
    if leads is None or not others:
        return
    facts: dict[str, object] = {"leads": str(leads), "others": tuple(map(str, others))}
    hosts = [leads.host, *(one.host for one in others)]
    if len(set(hosts)) < len(hosts):
        yield CARE, "programs_double", facts
    else:
        yield GOOD, "programs", facts


def _door(patient: Patient) -> Found:
    """Whether another program sits where the board is to open, while ours does not run."""
    if is_alive(patient.store.leases.last_beat(LOOP), patient.now, ALIVE * 2):
        return
    with socket.socket() as door:
        door.settimeout(1.0)
        if door.connect_ex(("127.0.0.1", patient.port)) == 0:
            yield CARE, "port_taken", {"port": patient.port}


def _paper(_patient: Patient) -> Found:
    missing = missing_fonts()
    yield (BAD, "fonts_missing", {"paths": missing}) if missing else (GOOD, "fonts", {})


def _plans(patient: Patient) -> Found:
    """Whether the last plan had the time that a district of this size needs."""
    operation = patient.store.operations.current()
    version = patient.store.plans.current(operation.id) if operation else None
    if version is None:
        return
    facts: dict[str, object] = {"number": version.number, "seconds": round(version.solve_seconds)}
    if version.fallback:
        yield BAD, "plan_fallback", facts
    elif version.is_hasty:
        yield CARE, "plan_hasty", facts
    else:
        yield GOOD, "plan", facts


def _engine(patient: Patient) -> Found:
    if not patient.engine:
        return
    asking = EngineSolving(patient.engine)
    try:
        workers = asking.workers()
    except EngineFailed as error:
        yield BAD, "engine_gone", {"address": patient.engine, "detail": str(error)}
    else:
        facts: dict[str, object] = {"address": patient.engine, "workers": workers}
        yield (GOOD, "engine", facts) if workers else (BAD, "engine_idle", facts)
    finally:
        asking.stop()


def _district(patient: Patient) -> Found:
    if patient.store.is_empty():
        yield BAD, "no_district", {}
        return
    city = patient.store.tables()
    facts = {"name": city.district.name, "segments": len(city.segments), "crews": len(city.crews)}
    yield (
        (CARE if city.district.sample else GOOD),
        ("sample" if city.district.sample else "district"),
        facts,
    )
    for finding in check_data_quality(
        city, patient.now.astimezone(ZoneInfo(city.district.time_zone)).date()
    ):
        if finding.severity is not Severity.NOTE:
            yield (
                (BAD if finding.severity is Severity.STOPS else CARE),
                "amiss",
                {
                    "what": Message(
                        finding.message.code,
                        finding.message.facts | {"which": finding.subjects[:MOST_NAMED]},
                    )
                },
            )
    if lost := waiting(patient.store):
        yield CARE, "amiss", {"what": lost_roads(lost)}
    operation = patient.store.operations.current()
    if operation is None or operation.is_drill:
        yield CARE, "drill", {}


def _services(patient: Patient) -> Found:
    """Whether anything is left open of a service that is switched off."""
    operation = patient.store.operations.current()
    if operation is None or patient.store.is_empty():
        return
    now, running = operation.now(patient.now), patient.services.running
    for kind, n in left_open(patient.store, operation, running, now):
        if n:
            yield CARE, f"left_{kind}", {"n": n}


def _feeds(patient: Patient) -> Found:
    for line in report(patient.store, tuple(patient.feeds), patient.now):
        state = line["state"]
        if state is None:
            yield CARE, "feed_untried", {"name": line["name"]}
        elif state in (Health.OK, Health.QUIET):
            yield GOOD, "feed", {"name": line["name"], "minutes": line["age_minutes"]}
        else:
            yield BAD, "feed_down", {"name": line["name"], "state": Message(f"health.{state}")}


def _gauges(patient: Patient) -> Found:
    operation = patient.store.operations.current()
    if operation is None or not patient.gauges or patient.store.is_empty():
        return
    roads = patient.store.city().segment_by_id
    for each in gauge_statuses(
        patient.store, operation, tuple(patient.gauges), operation.now(patient.now)
    ):
        facts: dict[str, object] = {"name": each.gauge.name}
        if each.gauge.segment_id and each.gauge.segment_id not in roads:
            yield BAD, "gauge_nowhere", facts | {"segment": each.gauge.segment_id}
        elif each.state is GaugeState.OK:
            yield GOOD, "gauge", facts
        else:
            yield CARE, "gauge_amiss", facts


def _channels(patient: Patient) -> Found:
    if not patient.channels:
        yield CARE, "no_channels", {}
    for channel in patient.channels:
        missing = channel.missing()
        yield (
            (BAD, "channel_unset", {"name": channel.name, "variable": missing})
            if missing
            else (GOOD, "channel", {"name": channel.name})
        )
    operation = patient.store.operations.current()
    if operation and (waiting := patient.store.outbox.waiting(operation.id)):
        yield CARE, "undelivered", {"count": waiting}


def _sign_in(patient: Patient) -> Found:
    path = patient.home / place().name
    try:
        url = provider(path)
    except BadSettings as error:
        yield BAD, "sign_in_wrong", {"path": str(path), "detail": str(error)}
        return
    if url:
        yield GOOD, "sign_in", {"url": url}


def _backup(patient: Patient) -> Found:
    hours = patient.backups.hours
    if not hours:
        yield CARE, "backup_off", {}
        return
    at = last_made(patient.home, patient.backups)
    if at is None:
        yield CARE, "backup_never", {"hours": hours}
    elif patient.now - at > 2 * timedelta(hours=hours):
        yield CARE, "backup_old", {"at": at}
    else:
        yield GOOD, "backup", {"at": at}


def _seasons(patient: Patient) -> Found:
    if patient.store.is_empty():
        return
    zone = ZoneInfo(patient.store.city().district.time_zone)
    folder = patient.home / PHOTOS
    due = due_years(patient.store, patient.retention, folder, zone, patient.now)
    if due:
        yield CARE, "seasons_due", {"year": str(min(due.values())), "kinds": tuple(sorted(due))}
    else:
        yield GOOD, "seasons", {}


def _audit(patient: Patient) -> Found:
    broken = patient.store.desk.broken_seal()
    if broken is None:
        yield GOOD, "audit", {}
    else:
        yield BAD, "audit_changed", {"number": broken}


def _disk(patient: Patient) -> Found:
    there = next(path for path in (patient.home, *patient.home.parents) if path.exists())
    free = shutil.disk_usage(there).free
    state = BAD if free < NO_DISK else CARE if free < LITTLE_DISK else GOOD
    yield state, "disk", {"gb": round(free / 1024**3, 1), "path": str(patient.home)}


CHECKS = (
    _versions,
    _extras,
    _settings,
    _home,
    _database,
    _private,
    _clock,
    _loop,
    _programs,
    _door,
    _paper,
    _plans,
    _engine,
    _district,
    _services,
    _feeds,
    _gauges,
    _channels,
    _sign_in,
    _backup,
    _seasons,
    _audit,
    _disk,
)
CHECKS_ABOVE = (_versions, _settings, _home, _database, _private, _sign_in, _backup, _audit, _disk)
"""Of the desk above several districts, which has no loop, no roads and no weather of its own."""
