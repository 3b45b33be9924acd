"""Entities -> the tables behind the board's charts and map. Pure: no Streamlit, no database, no
clock.

Instants are turned into what a browser can't misread: milliseconds of the district's own wall clock
(``*_ms`` columns), beside the texts that people read.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from data.model.city import City, Segment
from data.model.plan import Assignment, PlanVersion, RainOutlook, UnitKind
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.job_board import JobLine, JobState
from ops.field.readiness import road_states
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
AGE_IN_STORM = (
    (timedelta(hours=6), "h6", 24),
    (timedelta(hours=24), "h24", 30),
    (timedelta(hours=72), "h72", 40),
)
"""The same while there is rain to plan for: hours count then."""
_READY_WIDTH = {"missed": 58, "left": 50, "planned": 42, "doing": 52, "cleared": 36, "none": 20}
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
        for start, end, mm in rain_steps(series, rain)
        if end > first and start < last
    ]
    return pd.DataFrame(rows, columns=["start_ms", "end_ms", "mm", "time", "past"])


def rain_steps(
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
    lines: Collection[JobLine],
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
        ``"ready"`` (how it is before the rain), ``"risk"``, ``"state"`` (what was reported there,
        and what is only planned), ``"age"`` (how long ago it was last served) or
        ``"age_in_storm"`` (the same, in hours).
    served
        When each segment was last served.
    """
    risks = {risk.segment_id: risk.score for risk in version.risks} if version else {}
    left_out = {left.segment_id for left in version.left_out} if version else set()
    ready = road_states(version, lines) if by == "ready" else {}
    at_road: dict[str | None, list[JobLine]] = {}
    for line in lines:
        at_road.setdefault(line.job.segment_id, []).append(line)
    rows = []
    for segment in city.segments:
        own, at = at_road.get(segment.id, []), (served or {}).get(segment.id)
        state = segment_state(own, segment.id in left_out)
        colour = {
            "risk": _by_risk(risks.get(segment.id)),
            "ready": (one := ready.get(segment.id, "none"), _READY_WIDTH[one]),
            "age": _by_age(at, now, AGE_BANDS, "older"),
            "age_in_storm": _by_age(at, now, AGE_IN_STORM, "h_older"),
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


MAP_WORDS = {
    "ready": "desk.ready_",
    "risk": "board.risk_",
    "state": "board.segment_",
    "age": "desk.age_",
    "age_in_storm": "desk.age_",
}


def _by_risk(score: int | None) -> tuple[str, int]:
    band = risk_band(score)
    return band, next((width for _, key, width in RISK_BANDS if key == band), 20)


def _by_age(
    served: datetime | None,
    now: datetime,
    bands: tuple[tuple[timedelta, str, int], ...],
    older: str,
) -> tuple[str, int]:
    if served is None:
        return "none", 44
    return next(
        ((key, width) for longest, key, width in bands if now - served <= longest),
        (older, 50),
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
            + labels.join_names(t, labels.partner_names(t, city, job.members))
            + " · "
            + step_text(line.standing, t)
        )
    return "\n".join(told)


def step_text(standing: Standing, t: Translator) -> str:
    """Where a team is: as reported, with when, or as planned, which is told as such."""
    if standing.reported and standing.at:
        return t(f"step.said_{standing.reported}", at=standing.at)
    return t(f"step.plan_{standing.planned}")


def station_frame(city: City, t: Translator) -> pd.DataFrame:
    """The stations as points with their name and what a hover tells."""
    rows = [
        {
            "text": labels.short_station(station),
            "lon": station.position[0],
            "lat": station.position[1],
            "detail": f"{station.name}\n{labels.chief(t, station)}",
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
