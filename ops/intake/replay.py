"""Recorded payloads, fed through the real path in a drill: which there are, when each came, what
each holds.
"""

import csv
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from data.model.operation import Operation
from data.store.store import Store
from ops.base.errors import CommandError
from ops.intake.alerts import Taken, keep_alerts, take_forecast
from weather import detect_format
from weather.model import Alert, AlertStatus, BadPayload, RainSeries, SourceDown, WeatherError
from weather.providers.registry import PROVIDERS

INDEX = "index.csv"
_DATE = re.compile(r"(?<!\d)(\d{8}|\d{4}-\d{2}-\d{2})[T_ ]([\d:+.,-]+(?:[Zz](?![A-Za-z]))?)")
#: Time and offset in a file's name; ``0820-04`` is unclear: seconds, an offset, a number?
_CLOCK = re.compile(
    r"(?P<time>\d{4}|\d{6}|\d\d-\d\d|\d\d:\d\d|\d\d-\d\d-\d\d|\d\d:\d\d:\d\d)"
    r"(?P<offset>Z|[+-]\d\d:?\d\d|\+\d\d)?"
)
_MAX_OFFSET = timedelta(hours=14)  # no zone of the world is further from UTC


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payload and when it was received (aware)."""

    path: Path
    at: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """What a payload held; ``None`` where it is of another kind."""

    alerts: list[Taken] | None
    series: RainSeries | None


def recordings(folder: Path, zone: ZoneInfo) -> list[Recorded]:
    """The payloads of a folder in order of time.

    Their times stand in ``index.csv`` (columns ``file`` and ``received_at``), else in the names,
    such as ``20220708T0820_qweather.json``, ``2022-07-08T08-20-00Z.xml`` or
    ``20220708T0820-0400.txt``.

    Parameters
    ----------
    zone
        The district's time zone, in which a time without an offset is read.

    Raises
    ------
    CommandError
        ``replay.*``: nothing there, a time is missing or not clear, or a name leads outside.
    """
    index = folder / INDEX
    try:
        if index.is_file():
            with index.open(encoding="utf-8-sig", newline="") as file:
                found = [_indexed(folder, row, zone) for row in csv.DictReader(file)]
        else:
            found = [
                Recorded(path, _time(path.name, path.name, zone))
                for path in folder.iterdir()
                if path.is_file() and not path.name.startswith(".")
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError("replay.unreadable", file=folder.name, detail=str(error)) from error
    if not found:
        raise CommandError("replay.nothing", folder=str(folder))
    return sorted(found, key=lambda one: (one.at, one.path.name))


def _indexed(folder: Path, row: dict[str, str], zone: ZoneInfo) -> Recorded:
    name = (row.get("file") or "").strip()
    path = (folder / name).resolve()
    if not name or not path.is_relative_to(folder.resolve()):
        raise CommandError("replay.outside", file=name)
    return Recorded(path, _time((row.get("received_at") or "").strip(), name, zone))


def _time(written: str, name: str, zone: ZoneInfo) -> datetime:
    """A time as written in an index or in a file's name."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = _stamped(written, name)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():  # skipped, or there twice
            raise CommandError("replay.unclear_time", file=name)
    return moment.astimezone(UTC)


def _stamped(written: str, name: str) -> datetime:
    """The first date in a name that a time follows, with its offset where there is one."""
    found = _DATE.search(written)
    if not found:
        raise CommandError("replay.no_time", file=name)
    clock = _CLOCK.fullmatch(found[2].rstrip("-+:.,"))
    if not clock:
        raise CommandError("replay.unclear_time", file=name)
    date, time = (re.sub(r"\D", "", part) for part in (found[1], clock["time"]))
    try:
        moment = datetime.fromisoformat(f"{date}T{time}{clock['offset'] or ''}")
    except ValueError:
        raise CommandError("replay.no_time", file=name) from None
    offset = moment.utcoffset() or timedelta(0)
    if abs(offset) > _MAX_OFFSET or offset % timedelta(minutes=15):
        raise CommandError("replay.unclear_time", file=name)
    return moment


def take(store: Store, drill: Operation, record: Recorded) -> Brought:
    """Take one payload in, as if it came now: warnings as exercises, forecasts as they are.

    Raises
    ------
    weather.model.WeatherError
        No door understands it. Nothing has changed.
    """
    try:
        with record.path.open("rb") as file:
            payload = file.read(detect_format.MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(
            "replay.unreadable", file=record.path.name, detail=error.strerror or ""
        ) from error
    series, alerts, refusal = _rain(payload, record.at), None, None
    try:
        alerts = [_exercise(alert) for alert in detect_format.parse_any(payload, record.at)]
    except WeatherError as error:
        refusal = error
    if series is None and refusal:
        raise refusal
    taken = keep_alerts(store, drill, alerts, record.at) if alerts is not None else None
    if series is not None:
        take_forecast(store, drill, series, record.at)
    return Brought(taken, series)


def _rain(payload: bytes, at: datetime) -> RainSeries | None:
    for read in (each.read_rain for each in PROVIDERS.values() if each.read_rain):
        try:
            return read(payload, at)
        except (BadPayload, SourceDown):
            continue
    return None


def _exercise(alert: Alert) -> Alert:
    """What is replayed must never pass for real; a test stays a test."""
    return (
        alert if alert.status is AlertStatus.TEST else replace(alert, status=AlertStatus.EXERCISE)
    )
