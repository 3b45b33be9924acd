"""The manager's tables: heads with their units, rows of plain values; shown, and saved as Excel or CSV, alike. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from data.entities import City
from ops.kpi import Group
from ops.rates import Share
from ops.response import CLOCKS, LEGS, Case
from ops.storms import Entry
from ops.text import Speaker

Cell = str | int | float | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: ``rows`` hold as many cells as there are ``heads``; instants are aware, ``None`` is not known."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def group_name(group: Group, by: str, say: Speaker) -> str:
    """What a group of response cases is called."""
    if not group.key:
        return say("kpi.all" if by == "all" else "manager.unknown")
    if by == "kind":
        return say(f"job.{group.key}" if group.key in _JOBS else f"incident.{group.key}")
    return say(f"level.{group.key}") if by == "level" else group.key


_JOBS = ("clear", "jet", "well", "guard", "pump", "reserve", "desilt", "haul", "flush")


def response_table(groups: Sequence[Group], by: str, say: Speaker, least: int) -> Table:
    """A row for each group and measure; one of fewer than ``least`` cases is marked as not ranked."""
    heads = ("group", "measure", "median", "p90", "target", "within", "ended", "count", "complete", "ranked")
    rows = [(group_name(group, by, say), say(f"kpi.{one.name}"), _minutes(one.median), _minutes(one.p90),
             _minutes(one.target_s), _per_cent(one.within), one.ended, one.count,
             _share(group.complete, group.counted), say("manager.yes" if one.count >= least else "manager.no"))
            for group in groups for one in group.spans if one.count]
    return Table(title=say("manager.table_response", by=say(f"manager.by_{by}")), heads=_heads(say, heads),
                 rows=tuple(rows))


def rates_table(rates: Iterable[Share], complete: Share, say: Speaker) -> Table:
    """The shares, each with how complete the data behind it are."""
    rows = [(say(f"kpi.{one.name}"), _share(one.kept, one.count), one.kept, one.count,
             _share(complete.kept, complete.count)) for one in rates]
    return Table(title=say("manager.table_rates"),
                 heads=_heads(say, ("measure", "share", "kept", "count", "complete")), rows=tuple(rows))


def cases_table(cases: Iterable[Case], city: City, say: Speaker) -> Table:
    """Every case with its clocks and legs."""
    stations = {station.id: station.name for station in city.stations}
    heads = (*_heads(say, ("case", "place", "station", "level", "version", "state")),
             *(say(f"manager.clock_{clock}") for clock in CLOCKS),
             *(say("manager.leg_minutes", leg=say(f"leg.{leg}")) for leg in LEGS))
    rows = []
    for case in cases:
        legs = case.legs
        rows.append((_case_name(case, say), words.place_name(say, city, case.segment_id),
                     stations.get(case.station_id, case.station_id), say(f"level.{case.level}") if case.level else "",
                     case.version, say(f"manager.state_{case.state}"), *case.clocks,
                     *(_minutes(legs.get(leg)) for leg in LEGS)))
    return Table(title=say("manager.table_cases"), heads=heads, rows=tuple(rows))


def _case_name(case: Case, say: Speaker) -> str:
    if case.job_id:
        return say(f"job.{case.kind}")
    return say(f"incident.{case.kind}") if case.kind else say("storm.kind_alert")


def ledger_table(entries: Iterable[Entry], city: City, say: Speaker) -> Table:
    """The ledger of a storm."""
    stations = {station.id: station.name for station in city.stations}
    rows = [(entry.at, say(f"storm.kind_{entry.kind}"), say.message(entry.what),
             stations.get(entry.station_id, entry.station_id), entry.version, entry.by) for entry in entries]
    return Table(title=say("manager.table_ledger"),
                 heads=_heads(say, ("at", "entry", "what", "station", "version", "by")), rows=tuple(rows))


def _heads(say: Speaker, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(say(f"manager.head_{name}") for name in names)


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def _per_cent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _share(kept: int, count: int) -> float | None:
    return _per_cent(kept / count) if count else None


# --- on the page ------------------------------------------------------------------------------------------------------


def told(cell: Cell, say: Speaker) -> str:
    """A cell as it is shown."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, datetime):
        return str(say.moment(cell))
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
