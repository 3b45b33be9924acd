"""The settings of a bureau: one optional TOML file whose tables fill the frozen settings beside what they tune."""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from ops.bridge import BridgeSettings
from ops.risk import RiskSettings
from ops.rules import SafetySettings
from ops.travel import TravelSettings
from ops.work import WorkSettings


class BadSettings(ValueError):
    """The settings file can't be used; the message names the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """The planning loop.

    Attributes
    ----------
    solve_seconds
        How long the solver may look for a better plan.
    poll_minutes
        How often the forecast is asked for; Open-Meteo computes a new one each hour.
    forecast_url
        Where Open-Meteo, or a mirror of one's own, answers.
    """

    solve_seconds: float = 8.0
    poll_minutes: float = 15.0
    forecast_url: str = "https://api.open-meteo.com/v1/forecast"

    def __post_init__(self) -> None:
        if not 0 < self.solve_seconds <= 600 or not 1 <= self.poll_minutes <= 1440:
            raise ValueError("solve_seconds must lie in 0 to 600, poll_minutes in 1 to 1440")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, each table beside what it tunes."""

    loop: LoopSettings = field(default_factory=LoopSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    safety: SafetySettings = field(default_factory=SafetySettings)
    change: BridgeSettings = field(default_factory=BridgeSettings)


def load(path: Path) -> Settings:
    """The settings of a file; those it does not name, and all where there is no file, are the built-in ones.

    Raises
    ------
    BadSettings
        Unreadable, or an entry is unknown, of another type or out of range.
    """
    if not path.exists():
        return Settings()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSettings(f"{path}: {error}") from error
    travel = _filled(TravelSettings(), raw.pop("travel", {}), "travel")
    settings = dataclasses.replace(Settings(), change=BridgeSettings(travel=travel))
    for name, table in raw.items():
        if name not in {f.name for f in dataclasses.fields(Settings)}:
            raise BadSettings(f"[{name}]: no such table")
        settings = dataclasses.replace(settings, **{name: _filled(getattr(settings, name), table, name)})
    return settings


def _filled(settings, table: object, name: str):
    """The settings with the table's entries in place of their own."""
    if not isinstance(table, dict):
        raise BadSettings(f"{name}: must be a table")
    entries = {}
    for key, value in table.items():
        known = getattr(settings, key, None)
        if known is None or dataclasses.is_dataclass(known):
            raise BadSettings(f"{name}.{key}: no such setting")
        value = tuple(value) if isinstance(value, list) else value
        if isinstance(known, float) and type(value) is int:
            value = float(value)
        if type(value) is not type(known):
            raise BadSettings(f"{name}.{key}: must be {type(known).__name__}, got {value!r}")
        entries[key] = value
    try:
        return dataclasses.replace(settings, **entries)
    except ValueError as error:
        raise BadSettings(f"{name}: {error}") from error
