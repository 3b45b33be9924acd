"""Entities -> the tables behind the board's charts and map. Pure: no Streamlit, no database, no
clock.

Instants are turned into what a browser can't misread: milliseconds of the district's own wall clock
(``*_ms`` columns), beside the texts that people read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from data.model.city import City, Position, Segment
from data.model.plan import Assignment, Phase, PlanVersion, RainOutlook, UnitKind
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.job_board import JobLine, JobState
from ops.field.standing import Standing, Step
from ops.planning.duty_sheets import Stop, UnitSheet, station_sheets
from weather.model import RainSeries

# Score from which a band begins, its key, and how broad it is drawn (m): broader as well as another
# colour and word.
RISK_BANDS = ((75, "severe", 55), (50, "high", 44), (25, "medium", 34), (0, "low", 24))
STATES = ("missed", "there", "way", "due", "silent", "planned", "left_out", "done", "none")
"""What a road may be like, the first that any of its jobs makes it."""
# Time since the last service up to which a band goes, and its key; what was not served for longer
# is drawn broader.
AGE_BANDS = (
    (timedelta(days=7), "week", 24),
    (timedelta(days=30), "month", 30),
    (timedelta(days=90), "quarter", 40),
)
_STATE_WIDTH = {
    "missed": 58,
    "there": 55,
    "way": 50,
    "due": 52,
    "silent": 48,
    "planned": 42,
    "left_out": 40,
    "done": 36,
    "none": 20,
}


def wall_ms(t: Translator, instant: datetime) -> int:
    """An instant as the district's wall clock, in milliseconds as if that were UTC."""
    return int(instant.astimezone(t.zone).replace(tzinfo=UTC).timestamp() * 1000)


def hm(t: Translator, instant: datetime) -> str:
    """24-hour time of day."""
    return format(t.moment(instant), "hm")


def risk_band(score: int | None) -> str:
    """Key of the band a score of 0 to 100 lies in; ``none`` where no risk is known."""
    return "none" if score is None else next(key for least, key, _ in RISK_BANDS if score >= least)


GANTT_COLUMNS = [
    "row",
    "part",
    "phase",
    "from_ms",
    "to_ms",
    "mid_ms",
    "label",
    "job",
    "place",
    "time",
    "team",
    "state",
    "said",
    "why",
]


@dataclass(frozen=True, slots=True)
class Gantt:
    """The time chart's bars, and its rows in order (stations as in the city, crews before
    machines).
    """

    frame: pd.DataFrame
    rows: tuple[str, ...]


def gantt(
    version: PlanVersion,
    city: City,
    t: Translator,
    machines: bool = False,
    lines: Iterable[JobLine] = (),
) -> Gantt:
    """Every unit's turn as bars: on the road, at work by phase, at rest. ``said`` marks what was
    reported; the rest is only planned.

    Parameters
    ----------
    lines
        The jobs of the version as reported.
    machines
        Machines with their drivers too; else crews alone.
    """
    bars: list[dict] = []
    rows: list[str] = []
    standings = {line.job.job_id: line.standing for line in lines}
    for sheet in station_sheets(version, city):
        for unit in sheet.units:
            if unit.kind is UnitKind.MACHINE and not machines:
                continue
            row = _row_name(unit, labels.short_station(sheet.station), t, rows)
            rows.append(row)
            bars += _unit_bars(unit, row, city, t, standings)
    return Gantt(pd.DataFrame(bars, columns=GANTT_COLUMNS), tuple(rows))


def _row_name(unit: UnitSheet, station: str, t: Translator, taken: list[str]) -> str:
    """Station and unit; the same crew in another turn of duty gets its day, so that rows never
    merge.
    """
    name = labels.said(t, unit.name)
    name = name if station in name else f"{station} · {name}"
    if name in taken:
        name = f"{name} {t.moment(unit.stops[0].leave_at):day}"
    return name if name not in taken else f"{name} {unit.unit_id}"


def _unit_bars(
    unit: UnitSheet, row: str, city: City, t: Translator, standings: Mapping[str, Standing]
) -> list[dict]:
    bars = []
    for stop in unit.stops:
        if stop.arrive_at > stop.leave_at:
            bars.append(
                _bar(
                    row, "travel", None, stop.leave_at, stop.arrive_at, t, job=t("board.on_the_way")
                )
            )
        standing = standings.get(stop.assignment.job_id)
        bars.append(_work_bar(stop, row, city, t, standing))
    bars += [
        _bar(
            row,
            "rest",
            None,
            rest.start_at,
            rest.end_at,
            t,
            job=t("board.rest"),
            label=t("board.rest"),
        )
        for rest in unit.rests
        if not rest.at_post  # the work goes on
    ]
    return bars


def _work_bar(stop: Stop, row: str, city: City, t: Translator, standing: Standing | None) -> dict:
    job = stop.assignment
    team = "、".join(labels.partner_names(t, city, stop.partners)) or "—"
    return _bar(
        row,
        "work",
        job.phase,
        job.start_at,
        job.end_at,
        t,
        job=labels.job_name(t, job.kind),
        place=labels.place_name(t, city, job.segment_id),
        team=team,
        state=step_text(standing, t) if standing else t(f"state.{job.state}"),
        said=standing is not None and standing.is_reported,
        why=labels.why_short(t, job),
        label=labels.road_name(t, city, job.segment_id),
    )


def _bar(
    row: str,
    part: str,
    phase: Phase | None,
    start: datetime,
    end: datetime,
    t: Translator,
    *,
    job: str = "",
    place: str = "",
    team: str = "",
    state: str = "",
    said: bool = False,
    why: str = "",
    label: str = "",
) -> dict:
    start_ms, end_ms = wall_ms(t, start), wall_ms(t, end)
    return {
        "row": row,
        "part": part,
        "phase": labels.phase_name(t, phase) if phase else "",
        "from_ms": start_ms,
        "to_ms": end_ms,
        "mid_ms": (start_ms + end_ms) // 2,
        "label": label,
        "job": job,
        "place": place,
        "time": f"{hm(t, start)}–{hm(t, end)}",
        "team": team,
        "state": state,
        "said": said,
        "why": why,
    }


def rain_frame(
    series: RainSeries | None,
    rain: RainOutlook | None,
    now: datetime,
    t: Translator,
    back: int = 3,
    ahead: int = 12,
) -> pd.DataFrame:
    """Rain by the hour around ``now``: of the forecast, or of what the plan stands on where there
    is no forecast.

    Returns
    -------
    DataFrame
        ``start_ms``, ``end_ms``, ``mm``, ``time``, ``past``; empty when nothing is known.
    """
    first, last = now - timedelta(hours=back), now + timedelta(hours=ahead)
    rows = [
        {
            "start_ms": wall_ms(t, start),
            "end_ms": wall_ms(t, end),
            "mm": mm,
            "time": f"{hm(t, start)}–{hm(t, end)}",
            "past": end <= now,
        }
        for start, end, mm in _rain_steps(series, rain)
        if end > first and start < last
    ]
    return pd.DataFrame(rows, columns=["start_ms", "end_ms", "mm", "time", "past"])


def _rain_steps(
    series: RainSeries | None, rain: RainOutlook | None
) -> list[tuple[datetime, datetime, float]]:
    """Start, end and mm: what the plan stands on where a warning has part in it, else the
    forecast's.
    """
    if series is not None and not (rain and rain.source in ("alert", "both")):
        return [(step.start, step.end, step.mm) for step in series.steps if step.member is None]
    return [(start, start + timedelta(hours=1), mm) for start, mm in (rain.hours if rain else ())]


MAP_COLUMNS = ["segment_id", "road", "name", "path", "key", "word", "width", "detail"]


def segment_frame(
    version: PlanVersion | None,
    lines: Iterable[JobLine],
    city: City,
    now: datetime,
    t: Translator,
    by: str = "risk",
    served: Mapping[str, datetime] | None = None,
) -> pd.DataFrame:
    """Every segment with the key of its colour, the word for it, its width (m) and what a hover
    tells.

    Parameters
    ----------
    lines
        The jobs of the version, as planned and as reported.
    by
        ``"risk"``, ``"state"`` (what was reported there, and what is only planned) or ``"age"``
        (how long ago it was last served).
    served
        When each segment was last served.
    """
    risks = {risk.segment_id: risk.score for risk in version.risks} if version else {}
    left_out = {left.segment_id for left in version.left_out} if version else set()
    at_road: dict[str | None, list[JobLine]] = {}
    for line in lines:
        at_road.setdefault(line.job.segment_id, []).append(line)
    rows = []
    for segment in city.segments:
        own, at = at_road.get(segment.id, []), (served or {}).get(segment.id)
        state = segment_state(own, segment.id in left_out)
        colour = {
            "risk": _by_risk(risks.get(segment.id)),
            "age": _by_age(at, now),
            "state": (state, _STATE_WIDTH[state]),
        }
        key, width = colour[by]
        detail = _segment_detail(own, segment, risks.get(segment.id), state, now, city, t)
        if at is not None:
            detail += "\n" + t("desk.served", at=at, age=labels.span_of(t, now - at))
        rows.append(
            {
                "segment_id": segment.id,
                "road": segment.road,
                "name": labels.segment_name(t, segment),
                "path": [list(position) for position in segment.line],
                "key": key,
                "width": width,
                "word": t(MAP_WORDS[by] + key),
                "detail": detail,
            }
        )
    return pd.DataFrame(rows, columns=MAP_COLUMNS)


MAP_WORDS = {"risk": "board.risk_", "state": "board.segment_", "age": "desk.age_"}


def _by_risk(score: int | None) -> tuple[str, int]:
    band = risk_band(score)
    return band, next((width for _, key, width in RISK_BANDS if key == band), 20)


def _by_age(served: datetime | None, now: datetime) -> tuple[str, int]:
    if served is None:
        return "none", 44
    return next(
        ((key, width) for longest, key, width in AGE_BANDS if now - served <= longest),
        ("older", 50),
    )


def segment_state(lines: Iterable[JobLine], left_out: bool = False) -> str:
    """What a road is like by its jobs: one of ``STATES``. Only a report makes it ``there``,
    ``way`` or ``done``; what should be so by the plan is ``due``, ``silent`` or ``planned``.
    """
    found = {_job_key(line) for line in lines} | ({"left_out"} if left_out else set())
    return next((state for state in STATES if state in found), "none")


def _job_key(line: JobLine) -> str:
    if line.state is JobState.MISSED:
        return "missed"
    reported = {Step.THERE: "there", Step.WAY: "way", Step.OVER: "done"}
    planned = {Step.THERE: "due", Step.WAY: "due", Step.OVER: "silent"}
    if line.standing.reported:
        return reported[line.standing.reported]
    return planned.get(line.standing.planned, "planned")


def _segment_detail(
    lines: Iterable[JobLine],
    segment: Segment,
    score: int | None,
    state: str,
    now: datetime,
    city: City,
    t: Translator,
) -> str:
    """A hover's lines: name, risk, state, and the next two jobs there."""
    told = [labels.segment_name(t, segment), t(f"board.segment_{state}")]
    if score is not None:
        told[1] = (
            t("board.map_risk", score=score, band=t(f"board.risk_{risk_band(score)}"))
            + " · "
            + told[1]
        )
    ahead = [line for line in lines if line.job.end_at > now or line.standing.is_out]
    for line in sorted(ahead, key=lambda line: line.job.start_at)[:2]:
        job = line.job
        told.append(
            f"{hm(t, job.start_at)}–{hm(t, job.end_at)} {labels.job_name(t, job.kind)} · "
            + "、".join(labels.partner_names(t, city, job.members))
            + " · "
            + step_text(line.standing, t)
        )
    return "\n".join(told)


def step_text(standing: Standing, t: Translator) -> str:
    """Where a team is: as reported, with when, or as planned, which is told as such."""
    if standing.reported and standing.at:
        return t(f"step.said_{standing.reported}", at=standing.at)
    return t(f"step.plan_{standing.planned}")


def road_labels(city: City, pixels: int = 640) -> pd.DataFrame:
    """One label for each road, at the middle of one of its segments, where it covers no other
    label.

    Parameters
    ----------
    pixels
        About how wide the map is drawn; a road whose label finds no room goes without (a hover
        tells it).
    """
    roads: dict[str, list[Segment]] = {}
    for segment in city.segments:
        roads.setdefault(segment.road, []).append(segment)
    lons = [lon for segment in city.segments for lon, _ in segment.line] or [0.0]
    degrees = max(max(lons) - min(lons), 1e-6) / pixels  # a pixel's width
    taken = [(*station.position, len(labels.short_station(station))) for station in city.stations]
    rows = []
    for road, parts in sorted(roads.items(), key=lambda item: -len(item[1])):
        if place := _free_place(road, parts, taken, degrees):
            taken.append((*place, len(road)))
            rows.append({"text": road, "lon": place[0], "lat": place[1]})
    return pd.DataFrame(rows, columns=["text", "lon", "lat"])


def _free_place(
    road: str, parts: list[Segment], taken: list[tuple[float, float, int]], degrees: float
) -> Position | None:
    """The middle of the road's most central segment whose label covers no other."""
    for part in sorted(parts, key=lambda part: abs(parts.index(part) - len(parts) // 2)):
        if not any(_covers((*part.middle, len(road)), other, degrees) for other in taken):
            return part.middle
    return None


def _covers(
    first: tuple[float, float, int], second: tuple[float, float, int], degrees: float
) -> bool:
    """Whether two labels (longitude, latitude, letters) overlap, a pixel being ``degrees`` wide."""
    beside = (first[2] + second[2]) / 2 * 13 * degrees
    return abs(first[0] - second[0]) < beside and abs(first[1] - second[1]) < 24 * degrees


def station_frame(city: City, t: Translator) -> pd.DataFrame:
    """The stations as points with their name and what a hover tells."""
    rows = [
        {
            "text": labels.short_station(station),
            "lon": station.position[0],
            "lat": station.position[1],
            "detail": f"{station.name}\n{labels.post(t, 'board.chief', station.chief)}",
        }
        for station in city.stations
    ]
    return pd.DataFrame(rows, columns=["text", "lon", "lat", "detail"])


@dataclass(frozen=True, slots=True)
class NextMove:
    """One unit that sets out soon, or works now."""

    unit: UnitSheet
    station: str
    stop: Stop

    @property
    def job(self) -> Assignment:
        return self.stop.assignment


def next_moves(
    version: PlanVersion, city: City, now: datetime, most: int = 8
) -> tuple[NextMove, ...]:
    """The crews that set out next, soonest first."""
    moves = [
        NextMove(unit, labels.short_station(sheet.station), stop)
        for sheet in station_sheets(version, city)
        for unit in sheet.units
        if unit.kind is UnitKind.CREW
        for stop in unit.stops
        if stop.leave_at >= now
    ]
    return tuple(sorted(moves, key=lambda move: (move.stop.leave_at, move.unit.unit_id))[:most])
