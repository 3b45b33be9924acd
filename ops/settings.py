"""The settings of a bureau: one optional TOML file whose tables fill the frozen settings beside
what they tune.
"""

import dataclasses
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from ops.analytics.time_kpis import ResponseSettings
from ops.analytics.workload import WorkloadSettings
from ops.auth.sessions import AccessSettings
from ops.base.errors import BadSettings
from ops.field.incidents import IncidentSettings
from ops.notifications.channels import KINDS as CHANNEL_KINDS
from ops.notifications.channels import ChannelSettings
from ops.notifications.notices import NotifySettings
from ops.planning.approval_policy import ApprovalSettings
from ops.planning.parameters import WorkSettings
from ops.planning.solver_input import StabilitySettings
from ops.planning.travel_times import TravelSettings
from ops.risk.parameters import RiskSettings
from ops.risk.stop_work import SafetySettings
from weather.sources import KINDS as FEED_KINDS
from weather.sources import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """The planning loop.

    Attributes
    ----------
    solve_seconds
        How long the solver may look for a better plan.
    overdue_minutes
        How long after its start work that nobody has set out for is overdue; 0: never (20: an
        assumption). Only at stations that report by telephone.
    json_logs
        Whether the log is written as JSON lines.
    """

    solve_seconds: float = 8.0
    overdue_minutes: float = 20.0
    json_logs: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.solve_seconds <= 600:
            raise ValueError("solve_seconds must lie in 0 to 600")
        if not 0 <= self.overdue_minutes <= 1440:
            raise ValueError("overdue_minutes must lie in 0 to 1440")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSettings:
    """What lies under the map. By default nothing does, and no browser asks anybody for anything.

    Attributes
    ----------
    tiles
        Address of a tile server (AMap, Tianditu, a bureau's own) with ``{x}``, ``{y}`` and ``{z}``
        in it.
    attribution
        What its terms ask to be shown beside the map, its approval number (审图号) among it.
    system
        What its tiles are drawn in: ``wgs84`` (Tianditu) or ``gcj02`` (AMap, Tencent).
    """

    tiles: str = ""
    attribution: str = ""
    system: str = "wgs84"

    def __post_init__(self) -> None:
        if self.tiles and not (
            self.tiles.startswith(("https://", "http://"))
            and all(mark in self.tiles for mark in ("{x}", "{y}", "{z}"))
        ):
            raise ValueError("tiles must be an address with {x}, {y} and {z} in it")
        if self.tiles and not self.attribution:
            raise ValueError("tiles need their attribution")
        if self.system not in ("wgs84", "gcj02"):
            raise ValueError("system must be wgs84 or gcj02")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingSettings:
    """The plans kept ready.

    Attributes
    ----------
    hours
        They are made anew after so many hours at most, so that they fit the shift on duty
        (assumption); 0: none are kept.
    solve_seconds
        How long the solver may look for each.
    """

    hours: float = 2.0
    solve_seconds: float = 5.0

    def __post_init__(self) -> None:
        if not 0 <= self.hours <= 24 or not 0 < self.solve_seconds <= 600:
            raise ValueError("hours must lie in 0 to 24, solve_seconds in 0 to 600")


#: Without an account: Open-Meteo computes a new forecast each hour.
BUILT_IN_FEEDS = (Feed(kind="open-meteo", name="open-meteo"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, each table beside what it tunes.

    ``feeds`` are the sources of the weather, ``channels`` the ways to reach people.
    """

    loop: LoopSettings = field(default_factory=LoopSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    safety: SafetySettings = field(default_factory=SafetySettings)
    change: StabilitySettings = field(default_factory=StabilitySettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    approval: ApprovalSettings = field(default_factory=ApprovalSettings)
    response: ResponseSettings = field(default_factory=ResponseSettings)
    workload: WorkloadSettings = field(default_factory=WorkloadSettings)
    incident: IncidentSettings = field(default_factory=IncidentSettings)
    standing: StandingSettings = field(default_factory=StandingSettings)
    map: MapSettings = field(default_factory=MapSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    feeds: tuple[Feed, ...] = BUILT_IN_FEEDS
    channels: tuple[ChannelSettings, ...] = ()


def load(path: Path) -> Settings:
    """The settings of a file; those it does not name, and all where there is no file, are the
    built-in ones.

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
    settings = dataclasses.replace(Settings(), change=StabilitySettings(travel=travel))
    for name, cls, kinds in (
        ("feeds", Feed, FEED_KINDS),
        ("channels", ChannelSettings, CHANNEL_KINDS),
    ):
        if name in raw:
            settings = dataclasses.replace(
                settings, **{name: _rows(cls, kinds, raw.pop(name), name)}
            )
    for name, table in raw.items():
        if name not in {f.name for f in dataclasses.fields(Settings)}:
            raise BadSettings(f"[{name}]: no such table")
        settings = dataclasses.replace(
            settings, **{name: _filled(getattr(settings, name), table, name)}
        )
    return settings


def _rows(cls: type, kinds: Collection[str], tables: object, group: str) -> tuple:
    """The rows of ``[[group]]``, which take the place of the built-in ones; without a name one has
    that of its kind.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadSettings(f"{group}: must be tables, each begun with [[{group}]]")
    rows = []
    for number, table in enumerate(tables, 1):
        where, kind = f"{group} {number}", table.get("kind")
        name = table.get("name", kind)
        if kind not in kinds or not isinstance(name, str) or not name.strip():
            raise BadSettings(f"{where}: kind must be one of {', '.join(kinds)}, name a text")
        known = {one.name: one.default for one in dataclasses.fields(cls)} | {
            "kind": "",
            "name": "",
        }
        entries = {
            key: _entry(known.get(key), value, f"{where}.{key}") for key, value in table.items()
        }
        try:
            rows.append(cls(**(entries | {"name": name})))
        except ValueError as error:
            raise BadSettings(f"{where}: {error}") from error
    if len({row.name for row in rows}) < len(rows):
        raise BadSettings(f"{group}: two have one name")
    return tuple(rows)


def _entry(known: object, value: object, where: str) -> object:
    """A value of the type of the built-in one; what it is does not come back in the error, for it
    may be a key.
    """
    if known is None or dataclasses.is_dataclass(known):
        raise BadSettings(f"{where}: no such setting")
    value = tuple(value) if isinstance(value, list) else value
    if isinstance(known, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(known) or (
        isinstance(value, tuple)
        and isinstance(known, tuple)
        and known == ()
        and not all(isinstance(one, str) for one in value)
    ):
        raise BadSettings(f"{where}: must be {type(known).__name__}, got {type(value).__name__}")
    return value


def _filled(settings, table: object, name: str):
    """The settings with the table's entries in place of their own."""
    if not isinstance(table, dict):
        raise BadSettings(f"{name}: must be a table")
    entries = {}
    for key, value in table.items():
        entries[key] = _entry(getattr(settings, key, None), value, f"{name}.{key}")
    try:
        return dataclasses.replace(settings, **entries)
    except ValueError as error:
        raise BadSettings(f"{name}: {error}") from error
