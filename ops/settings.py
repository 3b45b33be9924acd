"""The settings of a bureau: one optional TOML file whose tables fill the frozen settings beside
what they tune, and the one door to it.
"""

import dataclasses
import logging
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ops.analytics.time_kpis import ResponseSettings
from ops.analytics.workload import WorkloadSettings
from ops.auth.sessions import AccessSettings
from ops.base.errors import BadSettings
from ops.base.renames import BothGiven, Rename, current_settings, written_name
from ops.base.toml_tables import BadEntry, filled, line_of, parse_toml, replaced, rows
from ops.cleaning.parameters import CleaningSettings
from ops.district.city_files import FileSettings
from ops.district.services import ServiceSettings
from ops.drill.parameters import (
    DrillSettings,
    FieldSettings,
    ForecastSpread,
    HiddenState,
    StormShape,
    StreetSettings,
)
from ops.duty.briefing import BriefingSettings
from ops.field.calls.incidents import IncidentSettings
from ops.field.cases.street_cases import GridSettings
from ops.field.taking_back import TapSettings
from ops.headquarters.aid import AidSettings
from ops.notifications.channels import KINDS as CHANNEL_KINDS
from ops.notifications.channels import ChannelSettings
from ops.notifications.notices import NotifySettings
from ops.planning.in_force.approval_policy import ApprovalSettings
from ops.planning.on_duty.travel_times import TravelSettings
from ops.planning.parameters import DutySettings, StabilitySettings, WorkSettings
from ops.risk.gauges import KINDS as GAUGE_KINDS
from ops.risk.gauges import Gauge
from ops.risk.parameters import RiskSettings, WorthSettings
from ops.risk.stop_work import SafetySettings
from ops.ways.speeds import WaySettings
from ops.works.parameters import WorksSettings
from weather.sources import KINDS as FEED_KINDS
from weather.sources import Feed

log = logging.getLogger(__name__)
FILE = "settings.toml"
PAGE_FILE = "settings.page.toml"
"""What is set up on the board (``ops.settings_page``); ``settings.toml`` counts before it."""
FOR_SHOW = ("map",)
"""Tables that only say how something is shown: a slip there stops nobody who begins."""
LAST_GOOD = "settings.last-good.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """The planning loop.

    Attributes
    ----------
    solve_seconds
        How long the solver may look for a better plan.
    patience
        It ends before when the last so large a share (0 to 0.9) of the time used has gained less
        than a small job for each fifth of a second; 0: never (0.3: an assumption, tried on the
        sample).
    overdue_minutes
        How long after its start work that nobody has set out for is overdue; 0: never (20: an
        assumption). Only at stations that report by telephone.
    early_minutes
        Who is done so long before the planned end gets other work at once, if any is left out or
        planned for later; 0: never (15: an assumption, about the way to the next job).
    refused_hours
        A station that refuses its whole sheet, or all that sets out soon, is taken to be off duty
        for so long, or until it is heard of (2: an assumption); 0: never.
    source_plans, source_pause_minutes
        So many plans within half an hour are made at once for what one station alone asks for by
        refusals and inlets it can't open; the next one so long after the last (4 and 5:
        assumptions). Whatever else asks meanwhile answers it too; incidents and calls for help
        never wait.
    json_logs
        Whether the log is written as JSON lines.
    """

    solve_seconds: float = 8.0
    patience: float = 0.3
    overdue_minutes: float = 20.0
    early_minutes: float = 15.0
    refused_hours: float = 2.0
    source_plans: int = 4
    source_pause_minutes: float = 5.0
    json_logs: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.solve_seconds <= 600:
            raise ValueError("solve_seconds must lie in 0 to 600")
        if not 0 <= self.patience <= 0.9:
            raise ValueError("patience must lie in 0 to 0.9")
        if not 1 <= self.source_plans <= 1000 or not 0 <= self.source_pause_minutes <= 60:
            raise ValueError("source_plans must lie in 1 to 1000, source_pause_minutes in 0 to 60")
        for name in ("overdue_minutes", "early_minutes"):
            if not 0 <= getattr(self, name) <= 1440:
                raise ValueError(f"{name} must lie in 0 to 1440")
        if not 0 <= self.refused_hours <= 24:
            raise ValueError("refused_hours must lie in 0 to 24")


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
class ContingencySettings:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """The broker on which gauges send, if they do; needs the extra ``xunban[mqtt]``.

    Attributes
    ----------
    host
        Its address; empty: there is none.
    port, tls
        1883, or 8883 with TLS.
    user, password_env
        Who signs in, and the environment variable that holds the password.
    """

    host: str = ""
    port: int = 1883
    tls: bool = False
    user: str = ""
    password_env: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise ValueError("port must lie in 1 to 65535")
        if self.password_env and not self.user:
            raise ValueError("password_env needs user")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """The backups that are made by themselves, by whoever leads.

    Attributes
    ----------
    hours
        One is made, and read again, after so many hours (24: an assumption); 0: none.
    keep
        So many stay, the newest (7: an assumption).
    folder
        Where they go; ``backups`` beside the settings where none is named. One on another disk
        outlives this one. Of several districts each but the first has a folder of its id in it.
    """

    hours: float = 24.0
    keep: int = 7
    folder: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.hours <= 24 * 31:
            raise ValueError("hours must lie in 0 to 744")
        if not 1 <= self.keep <= 1000:
            raise ValueError("keep must lie in 1 to 1000")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long seasons stay in the database after their year; 0: for ever, and nothing goes by
    itself: ``xunban archive`` says what is due, and takes it out once it is kept in a file.

    Attributes
    ----------
    events
        So many full years what crews and citizens reported stays. What tells how an inlet is, and
        what is still open, always does.
    plans
        So many what was planned and told stays, where nothing that stays points to it.
    weather
        So many forecasts and what gauges measured stay; warnings always do.
    photos
        So many pictures stay.
    """

    events: int = 0
    plans: int = 0
    weather: int = 0
    photos: int = 0

    def __post_init__(self) -> None:
        for name in ("events", "plans", "weather", "photos"):
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(f"{name} must lie in 0 to 100")

    def last_due(self, name: str, this_year: int) -> int | None:
        """The last year of which these are due; ``None``: none ever is."""
        years = getattr(self, name)
        return this_year - years - 1 if years else None


#: Without an account: Open-Meteo computes a new forecast each hour.
BUILT_IN_FEEDS = (Feed(kind="open-meteo", name="open-meteo"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, each table beside what it tunes.

    ``feeds`` are the sources of the weather, ``channels`` the ways to reach people, ``gauges`` the
    rain gauges and water-level sensors; ``drill_...`` is what a simulated drill assumes.
    """

    loop: LoopSettings = field(default_factory=LoopSettings)
    risk: RiskSettings = field(default_factory=RiskSettings)
    worth: WorthSettings = field(default_factory=WorthSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    safety: SafetySettings = field(default_factory=SafetySettings)
    duty: DutySettings = field(default_factory=DutySettings)
    stability: StabilitySettings = field(default_factory=StabilitySettings)
    travel: TravelSettings = field(default_factory=TravelSettings)
    ways: WaySettings = field(default_factory=WaySettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    approval: ApprovalSettings = field(default_factory=ApprovalSettings)
    response: ResponseSettings = field(default_factory=ResponseSettings)
    workload: WorkloadSettings = field(default_factory=WorkloadSettings)
    briefing: BriefingSettings = field(default_factory=BriefingSettings)
    files: FileSettings = field(default_factory=FileSettings)
    works: WorksSettings = field(default_factory=WorksSettings)
    incident: IncidentSettings = field(default_factory=IncidentSettings)
    taps: TapSettings = field(default_factory=TapSettings)
    contingency: ContingencySettings = field(default_factory=ContingencySettings)
    map: MapSettings = field(default_factory=MapSettings)
    services: ServiceSettings = field(default_factory=ServiceSettings)
    grid: GridSettings = field(default_factory=GridSettings)
    cleaning: CleaningSettings = field(default_factory=CleaningSettings)
    aid: AidSettings = field(default_factory=AidSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    feeds: tuple[Feed, ...] = BUILT_IN_FEEDS
    channels: tuple[ChannelSettings, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    drill_streets: StreetSettings = field(default_factory=StreetSettings)
    drill_storm: StormShape = field(default_factory=StormShape)
    drill_hidden: HiddenState = field(default_factory=HiddenState)
    drill_field: FieldSettings = field(default_factory=FieldSettings)
    drill_forecast: ForecastSpread = field(default_factory=ForecastSpread)

    @property
    def drill(self) -> DrillSettings:
        """All that a simulated drill assumes."""
        return DrillSettings(
            streets=self.drill_streets,
            shape=self.drill_storm,
            hidden=self.drill_hidden,
            people=self.drill_field,
            forecast=self.drill_forecast,
        )


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings as they can be used now.

    Attributes
    ----------
    settings
        Those of the file; while it can't be used, the last good ones, and before there were any the
        built-in ones.
    fault
        Why the file can't be used as it stands: its entry and line.
    last_good
        Whether ``settings`` are a file's, and not the built-in ones for want of any good file.
    renamed
        The old names that the file still uses.
    """

    settings: Settings
    fault: str | None = None
    last_good: bool = True
    renamed: tuple[Rename, ...] = ()

    def required(self) -> Settings:
        """The settings, for whoever is about to start on them.

        Raises
        ------
        BadSettings
            The file can't be used and never could: to start on the built-in ones would be a guess.
        """
        if self.fault and not self.last_good:
            raise BadSettings(self.fault)
        return self.settings


_Stat = tuple[int, int, int] | None  # changed (ns), bytes, inode: another text has another
_Signature = tuple[_Stat, _Stat]
#: What this process last read from each file, good texts only.
_READ: dict[Path, tuple[_Signature, LoadedSettings]] = {}


def load(folder: Path) -> LoadedSettings:
    """The one door to the settings of an installation, for whoever reads them: loop, board, phone
    pages, API, commands. It never fails.

    Those that the file does not name, and all where there is no file, are the built-in ones. A text
    that can be used is kept beside the file, so that every process goes on with it when the file is
    broken later.
    """
    path, page, text = folder / FILE, folder / PAGE_FILE, ""
    try:
        signature = _stat(path), _stat(page)
        if path in _READ and _READ[path][0] == signature:
            return _READ[path][1]
        by_page = page.read_text(encoding="utf-8") if signature[1] else ""
        if signature[0] is None and path.with_name(LAST_GOOD).exists():
            return _last_good(path, f"{path}: it is gone; to go without, take {LAST_GOOD} away too")
        text = path.read_text(encoding="utf-8-sig") if signature[0] else ""  # Notepad's mark
        loaded = parse(text, by_page=by_page)
    except UnicodeDecodeError:
        return _last_good(path, f"{path}: it is not UTF-8: save it as UTF-8")
    except (OSError, BadSettings) as error:
        return _last_good(path, f"{path}: {error}", text)
    _READ[path] = (signature, loaded)
    if signature[0]:
        _keep(path.with_name(LAST_GOOD), text, path.stat())
    return loaded


def _stat(path: Path) -> _Stat:
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _last_good(path: Path, fault: str, text: str = "") -> LoadedSettings:
    """What was kept beside the file by whichever process read it last, else what this one read,
    else all of it but the tables that nothing is planned by.
    """
    try:
        text = path.with_name(LAST_GOOD).read_text(encoding="utf-8")
        return dataclasses.replace(_with_page(path, text), fault=fault)
    except (UnicodeDecodeError, OSError, BadSettings):
        if path in _READ:
            return dataclasses.replace(_READ[path][1], fault=fault)
        if text:
            with suppress(BadSettings):
                return dataclasses.replace(parse(text, without=FOR_SHOW), fault=fault)
        return LoadedSettings(Settings(), fault, last_good=False)


def _with_page(path: Path, text: str) -> LoadedSettings:
    """The settings of a text with those of the page, as far as the two go together."""
    with suppress(OSError, UnicodeDecodeError, BadSettings):
        by_page = path.with_name(PAGE_FILE).read_text(encoding="utf-8")
        return parse(text, by_page=by_page)
    return parse(text)


def _keep(path: Path, text: str, source: os.stat_result) -> None:
    """Write the text in one step, for the same eyes as its source: it may hold addresses that are
    secrets. Where it can't be written each process still remembers its own.
    """
    with suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            return
    part = ""
    try:
        number, part = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        with open(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if hasattr(os, "chown"):
            with suppress(PermissionError):
                os.chown(part, source.st_uid, source.st_gid)
        os.chmod(part, stat.S_IMODE(source.st_mode))
        os.replace(part, path)
    except OSError as error:
        log.warning("the last good settings were not kept: %s", error)
        with suppress(OSError):
            os.unlink(part)


def parse(text: str, without: tuple[str, ...] = (), by_page: str = "") -> LoadedSettings:
    """The settings of a file's text, ``without`` these tables of it, and of the page's file where
    that text says nothing.

    Raises
    ------
    BadSettings
        It is no TOML, or an entry is unknown, of another type, out of range or given under an old
        name and the new one: named with its line.
    """
    renamed: tuple[Rename, ...] = ()
    try:
        raw, renamed = current_settings(parse_toml(text))
        raw = _merged(raw, current_settings(parse_toml(by_page))[0])
        kept = {name: table for name, table in raw.items() if name not in without}
        return LoadedSettings(_composed(kept), renamed=renamed)
    except BothGiven as error:
        raise BadSettings(f"{error} (at line {line_of(error.rename.old, text)})") from error
    except BadEntry as error:
        line = line_of(written_name(error.where, renamed), text)
        raise BadSettings(f"{error} (at line {line})" if line else str(error)) from error


def _merged(by_hand: dict[str, object], by_page: dict[str, object]) -> dict[str, object]:
    """What somebody wrote counts before what the page wrote, entry by entry, row by row."""
    found = dict(by_hand)
    for name, table in by_page.items():
        own = by_hand.get(name)
        if isinstance(table, dict) and isinstance(own, dict):
            found[name] = table | own
        elif isinstance(table, list) and isinstance(own, list):
            known = {one.get("name", one.get("kind")) for one in own if isinstance(one, dict)}
            more = (one for one in table if one.get("name", one.get("kind")) not in known)
            found[name] = [*own, *more]
        elif own is None:
            found[name] = table
    return found


def _composed(raw: dict[str, object]) -> Settings:
    settings = Settings()
    known = {table.name for table in dataclasses.fields(Settings)}
    values: dict[str, object] = {}
    for name, table in raw.items():
        if name not in known:
            raise BadEntry(name, "no such table")
        if name == "feeds":
            values[name] = rows(Feed, FEED_KINDS, table, name)
        elif name == "channels":
            values[name] = rows(ChannelSettings, CHANNEL_KINDS, table, name)
        elif name == "gauges":
            values[name] = rows(Gauge, GAUGE_KINDS, table, name)
        else:
            values[name] = filled(getattr(settings, name), table, name)
    return replaced(settings, values)
