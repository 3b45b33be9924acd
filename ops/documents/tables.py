"""The manager's tables: heads with their units, rows of plain values; shown, and saved as Excel or
CSV, alike. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.model.city import City
from data.model.plan import JobKind
from ops.analytics.case import CLOCKS, LEGS, Case
from ops.analytics.haulage import Haul
from ops.analytics.share_kpis import Share
from ops.analytics.storm_ledger import Entry
from ops.analytics.time_kpis import Group
from ops.base.messages import Translator
from ops.base.naming import resource_label, station_name
from ops.documents import labels
from ops.notifications.reached import StationReach

Cell = str | int | float | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: ``rows`` hold as many cells as there are ``heads``; instants are aware, ``None``
    is not known.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def group_name(group: Group, by: str, t: Translator) -> str:
    """What a group of response cases is called."""
    if not group.key:
        return t("kpi.all" if by == "all" else "manager.unknown")
    if by == "kind":
        return t(f"job.{group.key}" if group.key in _JOBS else f"incident.{group.key}")
    return t(f"level.{group.key}") if by == "level" else group.key


_JOBS = frozenset(JobKind)


def response_table(groups: Sequence[Group], by: str, t: Translator, least: int) -> Table:
    """A row for each group and measure; one of fewer than ``least`` cases is not ranked."""
    heads = (
        "group",
        "measure",
        "median",
        "p90",
        "target",
        "within",
        "ended",
        "count",
        "complete",
        "ranked",
    )
    rows = [
        (
            group_name(group, by, t),
            t(f"kpi.{one.name}"),
            _minutes(one.median),
            _minutes(one.p90),
            _minutes(one.target_s),
            _per_cent(one.within),
            one.ended,
            one.count,
            _share(group.complete, group.counted),
            t("manager.yes" if one.count >= least else "manager.no"),
        )
        for group in groups
        for one in group.spans
        if one.count
    ]
    return Table(
        title=t("manager.table_response", by=t(f"manager.by_{by}")),
        heads=_heads(t, heads),
        rows=tuple(rows),
    )


def rates_table(rates: Iterable[Share], complete: Share, t: Translator) -> Table:
    """The shares, each with how complete the data behind it are."""
    rows = [
        (
            t(f"kpi.{one.name}"),
            _share(one.kept, one.count),
            one.kept,
            one.count,
            _share(complete.kept, complete.count),
        )
        for one in rates
    ]
    return Table(
        title=t("manager.table_rates"),
        heads=_heads(t, ("measure", "share", "kept", "count", "complete")),
        rows=tuple(rows),
    )


def cases_table(cases: Iterable[Case], city: City, t: Translator) -> Table:
    """Every case with its clocks and legs."""
    heads = (
        *_heads(t, ("case", "place", "station", "level", "version", "state")),
        *(t(f"manager.clock_{clock}") for clock in CLOCKS),
        *(t("manager.leg_minutes", leg=t(f"leg.{leg}")) for leg in LEGS),
    )
    rows = []
    for case in cases:
        legs = case.legs
        rows.append(
            (
                _case_name(case, t),
                labels.place_name(t, city, case.segment_id),
                station_name(case.station_id, city),
                t(f"level.{case.level}") if case.level else "",
                case.version,
                t(f"manager.state_{case.state}"),
                *case.clocks,
                *(_minutes(legs.get(leg)) for leg in LEGS),
            )
        )
    return Table(title=t("manager.table_cases"), heads=heads, rows=tuple(rows))


def _case_name(case: Case, t: Translator) -> str:
    if case.job_id:
        return t(f"job.{case.kind}")
    return t(f"incident.{case.kind}") if case.kind else t("storm.kind_alert")


def ledger_table(entries: Iterable[Entry], city: City, t: Translator) -> Table:
    """The ledger of a storm."""
    rows = [
        (
            entry.at,
            t(f"storm.kind_{entry.kind}"),
            t.message(entry.what),
            station_name(entry.station_id, city),
            entry.version,
            t.actor(entry.by),
        )
        for entry in entries
    ]
    return Table(
        title=t("manager.table_ledger"),
        heads=_heads(t, ("at", "entry", "what", "station", "version", "by")),
        rows=tuple(rows),
    )


def haulage_table(found: Iterable[Haul], city: City, t_per_m3: float, t: Translator) -> Table:
    """Trips, cubic metres and tonnes by truck and place, as reported."""
    places = {site.id: site.name for site in city.dump_sites}
    gardens = {garden.id: garden.name for garden in city.gardens}
    rows = [
        (
            resource_label(one.machine_id, city),
            (gardens if one.is_garden else places).get(one.to, one.to),
            one.trips,
            one.untold,
            one.m3,
            round(one.m3 * t_per_m3, 2),
        )
        for one in found
    ]
    return Table(
        title=t("manager.table_haulage"),
        heads=_heads(t, ("truck", "emptied_at", "trips", "untold", "m3", "tonnes")),
        rows=tuple(rows),
    )


def reach_table(
    record: Iterable[StationReach], ordered_at: Mapping[int, datetime], city: City, t: Translator
) -> Table:
    """Who was reached about which version, when and by which way, and who was not.

    Parameters
    ----------
    ordered_at
        When each version was published.
    """
    rows = []
    for one in record:
        got, at = one.reached, ordered_at[one.version]
        rows.append(
            (
                station_name(one.station_id, city),
                one.version,
                at,
                one.tries,
                one.tried.at if one.tried else None,
                t("reach.yes" if got else "reach.not_reached"),
                got.at if got else None,
                labels.way_name(t, got) if got else "",
                got.who if got else "",
                t.actor(got.by) if got else "",
                _minutes((got.at - at).total_seconds()) if got else None,
            )
        )
    names = ("published", "tries", "last_try", "reached", "reached_at", "way", "who", "noted_by")
    heads = (
        *_heads(t, ("station", "version")),
        *(t(f"reach.head_{name}") for name in (*names, "minutes")),
    )
    return Table(title=t("reach.record"), heads=heads, rows=tuple(rows))


def _heads(t: Translator, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(t(f"manager.head_{name}") for name in names)


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def _per_cent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _share(part: int, count: int) -> float | None:
    return _per_cent(part / count) if count else None


def cell_text(cell: Cell, t: Translator) -> str:
    """A cell as it is shown."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, datetime):
        return str(t.moment(cell))
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
