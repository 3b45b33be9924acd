"""The report of one storm for the superior office: one page as PDF, or the tables as Excel."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.model.city import City
from data.model.plan import RainOutlook
from data.store.store import Store
from ops.analytics.case import Case
from ops.analytics.haulage import hauls
from ops.analytics.history import History
from ops.analytics.share_kpis import before_onset, shares
from ops.analytics.storm_ledger import LANES, Figures, Storm, alerts_of, cases_of, figures, ledger
from ops.analytics.time_kpis import Group, ResponseSettings, summary
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.tables import (
    Table,
    cases_table,
    cell_text,
    haulage_table,
    ledger_table,
    rates_table,
    reach_table,
    response_table,
)
from ops.documents.typesetting import typeset
from ops.field.calls.incident_jobs import matter_name
from ops.field.calls.matters import matters
from ops.field.photos import photo_file, pictures_of, small
from ops.notifications.reached import StationReach, reach_record

MOST_ROWS, MOST_OPEN = 6, 6
MOST_PICTURES = 12  # two on a row: a page holds them


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report is made of; ``now`` is the operation's time, ``by`` whoever makes it,
    ``photos`` the folder of the pictures: they follow on a page of their own; ``known`` the cases
    of the whole history, where they were counted already.
    """

    storm: Storm
    history: History
    city: City
    settings: ResponseSettings
    now: datetime
    by: str
    photos: Path | None = None
    store: Store | None = None
    known: tuple[Case, ...] | None = None

    @property
    def cases(self) -> tuple[Case, ...]:
        """The response cases of the storm."""
        known = self.history.cases(self.city) if self.known is None else self.known
        return cases_of(self.storm, known)


def as_tables(report: Report, t: Translator) -> tuple[Table, ...]:
    """The report as tables: figures, response, shares, stations, every case, the ledger."""
    cases, city = report.cases, report.city
    groups = {
        by: summary(cases, city, report.now, report.settings, by) for by in ("all", "station")
    }
    rates = (
        *before_onset(report.storm, report.history, report.now, report.settings),
        *shares(cases, report.history, report.now, report.settings),
    )
    entries = ledger(report.storm, report.history, city)
    trips = hauls(one for one in report.history.events if report.storm.has(one.happened_at))
    return (
        figures_table(report, cases, t),
        *(response_table(groups[by], by, t, report.settings.min_cases) for by in groups),
        rates_table(rates, rates[-1], t),
        cases_table(cases, city, t),
        reach_table(_reached(report), _published_at(report), city, t),
        *([haulage_table(trips, city, report.settings.silt_t_per_m3, t)] if trips else []),
        ledger_table(entries, city, t),
    )


def figures_table(report: Report, cases: tuple[Case, ...], t: Translator) -> Table:
    """The storm's figures, with whose they are and when they were made."""
    name = report.city.district.name + (t("report.drill_mark") if _drill(report) else "")
    found = figures(report.storm, report.history, cases)
    return Table(
        title=t("report.figures"),
        heads=(t("report.item"), t("report.value")),
        rows=(
            (t("report.district"), name),
            (t("report.begin"), report.storm.begin_at),
            (t("report.end"), report.storm.end_at),
            *_figures(found, report, t),
            (t("report.made"), report.now),
            (t("report.by"), t.actor(report.by)),
        ),
    )


def as_pdf(report: Report, t: Translator) -> bytes:
    """The report as one page."""
    return typeset("report.typ", document(report, t))


def document(report: Report, t: Translator) -> dict:
    """All that is printed, in words."""
    storm, city, cases = report.storm, report.city, report.cases
    found = figures(storm, report.history, cases)
    whole = next(iter(summary(cases, city, report.now, report.settings)), None)
    return {
        "lang": t.language,
        "drill": t("paper.drill") if _drill(report) else "",
        "title": t("report.title", district=city.district.name),
        "span": _storm_span(storm, t),
        "figures": [
            {"name": name, "value": cell_text(value, t)}
            for name, value in _figures(found, report, t)
        ],
        "warnings": _sheet("warnings", ("at", "warning"), _warnings(report, t), t, latest=True),
        "levels": _sheet("levels", ("at", "level"), _levels(report, t), t, latest=True),
        "rain": {"title": t("report.rain"), "told": _rain(report, t)},
        "response": _response(whole, t),
        "incidents": _sheet(
            "incidents",
            ("kind", "count", "calls", "open"),
            _incident_rows(found, t),
            t,
        ),
        "stations": _sheet(
            "stations",
            ("station", "ordered", "cleared", "open", "reached", "last_reached"),
            _stations(report, cases, t),
            t,
        ),
        "open": {
            "title": t("report.open"),
            "empty": t("report.open_none"),
            "lines": _open(report, t),
        },
        "timeline": _timeline(report, t),
        "photos": {"title": t("report.photos"), "pictures": _pictures(report, t)},
        "notes": [t("manager.clocks"), t("kpi.definition"), t("report.reported")],
        "foot": _foot(report, t),
    }


def _pictures(report: Report, t: Translator) -> list[dict]:
    """The pictures of the storm, those of one job together, before and after; small, as bytes."""
    storm, history = report.storm, report.history
    if report.photos is None:
        return []
    jobs = dict.fromkeys(one.job_id for one in history.events if one.photo)
    found = pictures_of((), [one for one in history.incidents if storm.has(one.received_at)])
    for job_id in jobs:
        found += pictures_of(
            one for one in history.events if one.job_id == job_id and storm.has(one.happened_at)
        )
    shown: list[dict] = []
    for one in found:
        path = photo_file(one.name, report.photos, report.store)
        if path and len(shown) < MOST_PICTURES and (drawn := small(path)):
            shown.append({"data": list(drawn), "word": labels.picture_word(t, one)})
    return shown


def _storm_span(storm: Storm, t: Translator) -> str:
    key = "report.span" if storm.over else "report.span_open"
    return t(key, begin=storm.begin_at, end=storm.end_at)


def _incident_rows(found: Figures, t: Translator) -> list[list[str]]:
    """How many incidents of each kind there were, how many called about them, and how many are
    still open, the most first.
    """
    return [
        [
            t(f"incident.{kind}"),
            str(found.incidents.get(kind, 0)),
            str(calls),
            str(found.open_incidents.get(kind, 0)),
        ]
        for kind, calls in sorted(found.calls.items(), key=lambda pair: -pair[1])
    ]


def _foot(report: Report, t: Translator) -> str:
    sample = " · " + t("paper.sample") if report.city.district.sample else ""
    return t("report.foot", at=report.now, by=report.by) + sample


def _drill(report: Report) -> bool:
    return report.history.operation.is_drill


def _figures(found: Figures, report: Report, t: Translator) -> list[tuple[str, str | int | float]]:
    notices = [one for one in report.history.notices if report.storm.has(one.created_at)]
    reported = sum(found.incidents.values())
    return [
        (t("manager.figure_versions"), found.versions),
        (t("manager.figure_jobs"), f"{found.cleared} / {found.jobs}"),
        (t("manager.figure_inlets"), found.inlets),
        (t("manager.figure_silt"), round(found.silt_m3, 1)),
        (
            t("manager.figure_incidents"),
            f"{reported - sum(found.open_incidents.values())} / {reported}",
        ),
        (t("manager.figure_calls"), sum(found.calls.values())),
        (
            t("report.notices"),
            f"{sum(one.acknowledged_at is not None for one in notices)} / {len(notices)}",
        ),
    ]


def _sheet(
    name: str, heads: Sequence[str], rows: list[list[str]], t: Translator, latest: bool = False
) -> dict:
    """A table of the page, cut where it would grow beyond it: to its first rows, or to the
    ``latest``.
    """
    more = t("report.more", n=len(rows) - MOST_ROWS) if len(rows) > MOST_ROWS else ""
    return {
        "title": t(f"report.{name}"),
        "heads": [t(f"report.head_{head}") for head in heads],
        "rows": rows[-MOST_ROWS:] if latest else rows[:MOST_ROWS],
        "more": more,
        "empty": t("report.none"),
    }


def _warnings(report: Report, t: Translator) -> list[list[str]]:
    """The warnings in order of time, whenever each reached us."""
    found = [
        (one.issued_at or one.received_at, one)
        for one in alerts_of(report.history)
        if one.received_at and report.storm.has(one.received_at)
    ]
    found.sort(key=lambda pair: pair[0])
    return [
        [
            str(t.moment(at)),
            t(
                "report.warning",
                issuer=one.issuers or ("-",),
                action=t(f"action.{one.action}"),
                alert=labels.alert_name(t, one),
            ),
        ]
        for at, one in found
    ]


def _levels(report: Report, t: Translator) -> list[list[str]]:
    return [
        [
            str(t.moment(one.at)),
            t("report.level_order", level=one.level, by=one.by)
            if one.level
            else t("report.level_end", by=one.by),
        ]
        for one in sorted(report.history.orders, key=lambda one: one.at)
        if report.storm.has(one.at)
    ]


def _rain(report: Report, t: Translator) -> str:
    """The most rain that a plan of the storm counted on: nobody measured any."""
    rains = [
        one.rain
        for one in report.history.published
        if one.published_at and report.storm.has(one.published_at) and one.rain.onset_at
    ]
    if not rains:
        return t("report.rain_none")
    most = max(rains, key=lambda rain: _amounts(rain, report.storm)[0])
    (total, peak), last = _amounts(most, report.storm), _spans(rains[-1], report.storm)
    end = t("report.rain_end", at=last[-1][1]) if last else ""
    return (
        t(
            f"report.rain_{most.source}",
            mm=round(total, 1),
            peak=round(peak, 1),
            onset=rains[0].storms[0][0] if rains[0].storms else rains[0].onset_at,
        )
        + end
    )


def _spans(rain: RainOutlook, storm: Storm) -> list[tuple[datetime, datetime]]:
    """The storms of an outlook that are not another one, after this."""
    return [span for span in rain.storms if not storm.over or span[0] <= storm.end_at]


def _amounts(rain: RainOutlook, storm: Storm) -> tuple[float, float]:
    """The most rain of them, and the most in an hour; of all where no times are known."""
    if not rain.storms:
        return rain.total_mm, rain.peak_mm_h
    amounts = [rain.amounts(*span) for span in _spans(rain, storm)] or [(0.0, 0.0)]
    return max(total for total, _ in amounts), max(peak for _, peak in amounts)


def _response(whole: Group | None, t: Translator) -> dict:
    rows = []
    for one in whole.spans if whole else ():
        if one.count:
            times = [
                t("kpi.not_reached_short") if time is None else f"{time / 60:.1f}"
                for time in (one.median, one.p90)
            ]
            rows.append(
                [
                    t(f"kpi.{one.name}"),
                    *times,
                    f"{one.target_s / 60:g}",
                    f"{100 * (one.within or 0.0):.0f}%",
                    f"{one.ended} / {one.count}",
                ]
            )
    return _sheet(
        "response", ("measure", "median", "p90", "target", "within", "ended"), rows, t
    ) | {"rows": rows, "more": ""}


def _reached(report: Report) -> tuple[StationReach, ...]:
    """How the stations were reached about the versions of the storm."""
    published = [one for one in report.history.published if report.storm.has(one.in_force_from)]
    history = report.history
    return reach_record(published, history.notices, history.events, report.city)


def _published_at(report: Report) -> dict[int, datetime]:
    return {one.number: one.in_force_from for one in report.history.published}


def _last_reached(own: Sequence[StationReach], t: Translator) -> str:
    """When, how and who of a station was reached last about an order; that it was not."""
    if not own:
        return "-"
    got = own[-1].reached
    return labels.contact_words(t, got) if got else t("reach.not_reached")


def _stations(report: Report, cases: Sequence[Case], t: Translator) -> list[list[str]]:
    record = _reached(report)
    ordered = Counter(
        case.station_id for case in cases if case.job_id and case.state != "withdrawn"
    )
    cleared = Counter(case.station_id for case in cases if case.job_id and case.state == "cleared")
    reached = {
        station.id: [one for one in record if one.station_id == station.id]
        for station in report.city.stations
    }
    return [
        [
            station.name,
            str(ordered[station.id]),
            str(cleared[station.id]),
            str(ordered[station.id] - cleared[station.id]),
            f"{sum(one.reached is not None for one in own)} / {len(own)}",
            _last_reached(own, t),
        ]
        for station in report.city.stations
        if ordered[station.id] or reached[station.id]
        for own in [reached[station.id]]
    ]


def _open(report: Report, t: Translator) -> list[str]:
    """What is not done yet: incidents, work that is due, and work that no one does."""
    incidents = matters(
        one
        for one in report.history.incidents
        if report.storm.has(one.received_at) and not one.closed_at
    )
    lines = [
        t(
            "report.open_incident",
            what=matter_name(one, report.city),
            at=one.first.received_at,
        )
        for one in incidents[:MOST_OPEN]
    ]
    if len(incidents) > MOST_OPEN:
        lines.append(t("report.more", n=len(incidents) - MOST_OPEN))
    late = [
        case
        for case in report.cases
        if case.job_id
        and case.state == "open"
        and case.planned_end
        and case.planned_end <= report.now
    ]
    ahead = [
        case for case in report.cases if case.job_id and case.state == "open" and case not in late
    ]
    return lines + [
        t(f"report.open_{name}", n=len(found))
        for name, found in (("late", late), ("ahead", ahead))
        if found
    ]


def _timeline(report: Report, t: Translator) -> dict:
    """The ledger's entries as parts of the storm's length, by row."""
    entries = ledger(report.storm, report.history, report.city)
    begin, end = report.storm.begin_at, max((report.storm.end_at, *(entry.at for entry in entries)))
    length = max((end - begin).total_seconds(), 1.0)
    marks: dict[str, set[float]] = {lane: set() for lane in LANES.values()}
    for entry in entries:
        marks[LANES[entry.kind]].add(round((entry.at - begin).total_seconds() / length, 3))
    return {
        "title": t("report.timeline"),
        "from": str(t.moment(begin)),
        "to": str(t.moment(end)),
        "lanes": [
            {"name": t(f"manager.lane_{lane}"), "marks": sorted(at)} for lane, at in marks.items()
        ],
    }
