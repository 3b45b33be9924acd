"""Recorded payloads, fed through the real path in a drill: which there are, when each came, what
each holds.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from data.model.operation import Operation
from data.store.store import Store
from ops.base.errors import CommandError
from ops.intake.alerts import Taken, keep_alerts, take_forecast
from weather import detect_format
from weather.model import Alert, AlertStatus, BadPayload, RainSeries, SourceDown, WeatherError
from weather.providers import caiyun, open_meteo, qweather

INDEX = "index.csv"
_LOCAL = ZoneInfo("Asia/Shanghai")
_STAMP = re.compile(
    r"(?P<date>\d{4}-?\d{2}-?\d{2})[T_ ]"
    r"(?P<time>\d{2}[-:]?\d{2}(?:[-:]?\d{2})?)(?P<zone>Z|[+-]\d{4})?"
)
_RAIN: tuple[Callable[[bytes, datetime], RainSeries], ...] = (
    open_meteo.parse,
    qweather.parse_rain,
    caiyun.parse_rain,
)


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


def recordings(folder: Path) -> list[Recorded]:
    """The payloads of a folder in order of time.

    Their times stand in ``index.csv`` (columns ``file`` and ``received_at``), else in the names,
    such as ``20220708T0820_qweather.json`` or ``2022-07-08T08-20-00Z.xml``. A time without a zone
    is Beijing's.

    Raises
    ------
    Refused
        ``replay.*``: nothing there, a time is missing, or a name leads outside.
    """
    index = folder / INDEX
    try:
        if index.is_file():
            with index.open(encoding="utf-8-sig", newline="") as file:
                found = [_indexed(folder, row) for row in csv.DictReader(file)]
        else:
            found = [
                Recorded(path, _time(path.name, path.name))
                for path in folder.iterdir()
                if path.is_file() and not path.name.startswith(".")
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError("replay.unreadable", file=folder.name, detail=str(error)) from error
    if not found:
        raise CommandError("replay.nothing", folder=str(folder))
    return sorted(found, key=lambda one: (one.at, one.path.name))


def _indexed(folder: Path, row: dict[str, str]) -> Recorded:
    name = (row.get("file") or "").strip()
    path = (folder / name).resolve()
    if not name or not path.is_relative_to(folder.resolve()):
        raise CommandError("replay.outside", file=name)
    return Recorded(path, _time((row.get("received_at") or "").strip(), name))


def _time(stamp: str, name: str) -> datetime:
    """A time as written in an index or in a file's name."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        found = _STAMP.search(stamp)
        if not found:
            raise CommandError("replay.no_time", file=name) from None
        digits = [re.sub(r"\D", "", found[part]) for part in ("date", "time")]
        try:
            moment = datetime.fromisoformat(f"{digits[0]}T{digits[1]}{found['zone'] or ''}")
        except ValueError:
            raise CommandError("replay.no_time", file=name) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=_LOCAL)).astimezone(UTC)


def take(store: Store, drill: Operation, record: Recorded) -> Brought:
    """Take one payload in, as if it came now: warnings as exercises, forecasts as they are.

    Raises
    ------
    weather.forecast.WeatherError
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
    for read in _RAIN:
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
