"""The report of one storm for the superior office: one page as PDF, and the same tables as Excel.

``python -m dashboard.report --db URL --out FILE.pdf|FILE.xlsx --now TIME [--storm N] --by NAME [--lang zh|en]`` tells
of the latest storm, or of the one asked for.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pylopdf_fonts_zh_cn
import typst

from dashboard import books, words
from dashboard.reading import open_store
from dashboard.retrospect import LANES
from dashboard.tables import Table, cases_table, ledger_table, rates_table, response_table, told
from data.entities import City
from ops.history import History, read_history
from ops.home import home
from ops.kpi import Group, ResponseSettings, summary
from ops.rates import before_onset, shares
from ops.response import Case
from ops.settings import load
from ops.storms import Figures, Storm, alerts_of, cases_of, figures, ledger, storms
from ops.text import LANGUAGES, Speaker
from ops.urgent import name_of

MOST_ROWS, MOST_OPEN = 6, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report is made of; ``now`` is the operation's time, ``by`` whoever makes it."""

    storm: Storm
    history: History
    city: City
    settings: ResponseSettings
    now: datetime
    by: str

    @property
    def cases(self) -> tuple[Case, ...]:
        """The response cases of the storm."""
        return cases_of(self.storm, self.history.cases(self.city))


def as_tables(report: Report, say: Speaker) -> tuple[Table, ...]:
    """The report as tables: figures, response, shares, stations, every case, the ledger."""
    cases, city = report.cases, report.city
    groups = {by: summary(cases, city, report.now, report.settings, by) for by in ("all", "station")}
    rates = (*before_onset(report.storm, report.history, report.now, report.settings),
             *shares(cases, report.history, report.now, report.settings))
    found = figures(report.storm, report.history, cases)
    head = Table(title=say("report.figures"), heads=(say("report.item"), say("report.value")), rows=(
        (say("report.district"), city.district.name + (say("report.drill_mark") if _drill(report) else "")),
        (say("report.begin"), report.storm.begin_at), (say("report.end"), report.storm.end_at),
        *((name, value) for name, value in _figures(found, report, say)), (say("report.made"), report.now),
        (say("report.by"), report.by)))
    entries = ledger(report.storm, report.history, city)
    return (head, *(response_table(groups[by], by, say, report.settings.least_cases) for by in groups),
            rates_table(rates, rates[-1], say), cases_table(cases, city, say), ledger_table(entries, city, say))


def as_pdf(report: Report, say: Speaker) -> bytes:
    """The report as one page."""
    data = json.dumps(document(report, say), ensure_ascii=False)
    # names travel as data, never as typst source: no sign in them can act
    return typst.compile(str(Path(__file__).with_name("report.typ")), format="pdf", sys_inputs={"report": data},
                         font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)], ignore_system_fonts=True)


def document(report: Report, say: Speaker) -> dict:
    """All that is printed, in words."""
    storm, city, cases = report.storm, report.city, report.cases
    found = figures(storm, report.history, cases)
    whole = next(iter(summary(cases, city, report.now, report.settings)), None)
    return {
        "lang": say.language, "drill": say("paper.drill") if _drill(report) else "",
        "title": say("report.title", district=city.district.name),
        "span": say("report.span" if storm.over else "report.span_open", begin=storm.begin_at, end=storm.end_at),
        "figures": [{"name": name, "value": told(value, say)} for name, value in _figures(found, report, say)],
        "warnings": _sheet("warnings", ("at", "warning"), _warnings(report, say), say),
        "levels": _sheet("levels", ("at", "level"), _levels(report, say), say),
        "rain": {"title": say("report.rain"), "told": _rain(report, say)},
        "response": _response(whole, say),
        "incidents": _sheet("incidents", ("kind", "count", "open"), [
            [say(f"incident.{kind}"), str(count), str(found.open_incidents.get(kind, 0))]
            for kind, count in sorted(found.incidents.items(), key=lambda pair: -pair[1])], say),
        "stations": _sheet("stations", ("station", "ordered", "cleared", "open"), _stations(report, cases), say),
        "open": {"title": say("report.open"), "empty": say("report.open_none"), "lines": _open(report, say)},
        "timeline": _timeline(report, say),
        "notes": [say("manager.clocks"), say("kpi.definition"), say("report.reported")],
        "foot": say("report.foot", at=report.now, by=report.by)
        + (" · " + say("paper.sample") if city.district.sample else "")}


def _drill(report: Report) -> bool:
    return report.history.operation.is_drill


def _figures(found: Figures, report: Report, say: Speaker) -> list[tuple[str, str | int | float]]:
    notices = [one for one in report.history.notices if report.storm.has(one.created_at)]
    return [(say("manager.figure_versions"), found.versions),
            (say("manager.figure_jobs"), f"{found.cleared} / {found.jobs}"),
            (say("manager.figure_inlets"), found.inlets), (say("manager.figure_silt"), round(found.silt_m3, 1)),
            (say("manager.figure_incidents"),
             f"{sum(found.incidents.values()) - sum(found.open_incidents.values())} / {sum(found.incidents.values())}"),
            (say("report.notices"), f"{sum(one.acknowledged_at is not None for one in notices)} / {len(notices)}")]


def _sheet(name: str, heads: Sequence[str], rows: list[list[str]], say: Speaker) -> dict:
    """A table of the page, cut where it would grow beyond it."""
    more = say("report.more", n=len(rows) - MOST_ROWS) if len(rows) > MOST_ROWS else ""
    return {"title": say(f"report.{name}"), "heads": [say(f"report.head_{head}") for head in heads],
            "rows": rows[:MOST_ROWS], "more": more, "empty": say("report.none")}


def _warnings(report: Report, say: Speaker) -> list[list[str]]:
    """The latest warnings, in order of time."""
    found = [one for one in alerts_of(report.history) if report.storm.has(one.received_at)]
    return [[str(say.moment(one.issued_at or one.received_at)),
             say("report.warning", issuer=one.issuers or ("-",), action=say(f"action.{one.action}"),
                 alert=words.alert_name(say, one))] for one in found]


def _levels(report: Report, say: Speaker) -> list[list[str]]:
    return [[str(say.moment(one.at)),
             say("report.level_order", level=one.level, by=one.by) if one.level else say("report.level_end", by=one.by)]
            for one in report.history.orders if report.storm.has(one.at)]


def _rain(report: Report, say: Speaker) -> str:
    """The most rain that a plan of the storm counted on: nobody measured any."""
    rains = [one.rain for one in report.history.published if report.storm.has(one.published_at) and one.rain.onset_at]
    if not rains:
        return say("report.rain_none")
    most = max(rains, key=lambda rain: rain.total_mm)
    end = say("report.rain_end", at=rains[-1].end_at) if rains[-1].end_at else ""
    return say(f"report.rain_{most.source}", mm=round(most.total_mm, 1), peak=round(most.peak_mm_h, 1),
               onset=rains[0].onset_at) + end


def _response(whole: Group | None, say: Speaker) -> dict:
    rows = []
    for one in whole.spans if whole else ():
        if one.count:
            times = [say("kpi.not_reached_short") if time is None else f"{time / 60:.1f}"
                     for time in (one.median, one.p90)]
            rows.append([say(f"kpi.{one.name}"), *times, f"{one.target_s / 60:g}",
                         f"{100 * (one.within or 0.0):.0f}%", f"{one.ended} / {one.count}"])
    return _sheet("response", ("measure", "median", "p90", "target", "within", "ended"), rows, say) | {
        "rows": rows, "more": ""}


def _stations(report: Report, cases: Sequence[Case]) -> list[list[str]]:
    ordered = Counter(case.station_id for case in cases if case.job_id and case.state != "withdrawn")
    cleared = Counter(case.station_id for case in cases if case.job_id and case.state == "cleared")
    return [[station.name, str(ordered[station.id]), str(cleared[station.id]),
             str(ordered[station.id] - cleared[station.id])] for station in report.city.stations if ordered[station.id]]


def _open(report: Report, say: Speaker) -> list[str]:
    """What is not done yet: incidents, work that should be done by now, and work that no one does."""
    incidents = [one for one in report.history.incidents if report.storm.has(one.received_at) and not one.closed_at]
    lines = [say("report.open_incident", what=name_of(one, report.city), at=one.received_at)
             for one in incidents[:MOST_OPEN]]
    if len(incidents) > MOST_OPEN:
        lines.append(say("report.more", n=len(incidents) - MOST_OPEN))
    late = [case for case in report.cases if case.job_id and case.state == "open" and case.planned_end
            and case.planned_end <= report.now]
    ahead = [case for case in report.cases if case.job_id and case.state == "open" and case not in late]
    return lines + [say(f"report.open_{name}", n=len(found)) for name, found in (("late", late), ("ahead", ahead))
                    if found]


def _timeline(report: Report, say: Speaker) -> dict:
    """The ledger's entries as parts of the storm's length, by row."""
    entries = ledger(report.storm, report.history, report.city)
    begin, end = report.storm.begin_at, max((report.storm.end_at, *(entry.at for entry in entries)))
    length = max((end - begin).total_seconds(), 1.0)
    marks: dict[str, set[float]] = {lane: set() for lane in LANES.values()}
    for entry in entries:
        marks[LANES[entry.kind]].add(round((entry.at - begin).total_seconds() / length, 3))
    return {"title": say("report.timeline"), "from": str(say.moment(begin)), "to": str(say.moment(end)),
            "lanes": [{"name": say(f"manager.lane_{lane}"), "marks": sorted(at)} for lane, at in marks.items()]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report of a storm to a file."""
    asked = _parser().parse_args(arguments)
    store = open_store(asked.db)
    city, operation = store.city(), store.current_operation()
    say = Speaker(asked.lang, ZoneInfo(city.district.time_zone))
    settings = load(home() / "settings.toml").response
    history = read_history(store, operation) if operation else None
    found = storms(history, asked.now, timedelta(hours=settings.storm_gap_hours)) if history else ()
    storm = next((one for one in reversed(found) if asked.storm in (0, one.number)), None)
    if storm is None or history is None:
        print(say("report.no_storm", n=len(found)), file=sys.stderr)
        return 1
    report = Report(storm=storm, history=history, city=city, settings=settings, now=asked.now, by=asked.by)
    target = Path(asked.out)
    target.write_bytes(books.as_excel(as_tables(report, say), say) if target.suffix.lower() == ".xlsx"
                       else as_pdf(report, say))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard.report", description=__doc__.splitlines()[0])
    parser.add_argument("--db", default=os.environ.get("XUNBAN_DB"), required="XUNBAN_DB" not in os.environ)
    parser.add_argument("--out", required=True)
    parser.add_argument("--now", required=True, type=datetime.fromisoformat, help="the operation's time, with its zone")
    parser.add_argument("--storm", type=int, default=0, help="its number; the latest by default")
    parser.add_argument("--by", required=True, help="who makes it")
    parser.add_argument("--lang", choices=LANGUAGES, default="zh")
    return parser


if __name__ == "__main__":
    sys.exit(main())
