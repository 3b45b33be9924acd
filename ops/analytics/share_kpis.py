"""The KPIs that are shares: how many of how many. Pure; ``ops.kpi`` counts the times.

Water is gone after rain: the end of the rain is the one that the plan in force counted on, taken
from forecast and warning, for nobody measures it; so it says how the district stood against the
rain as it was foreseen.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.field import EventKind, Incident
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.plan import Phase, PlanVersion
from ops.analytics.history import History
from ops.analytics.response_cases import Case, tapped_at
from ops.analytics.storm_ledger import Storm
from ops.analytics.time_kpis import ResponseSettings

FLOODED = ("blocked_inlet", "standing_water", "vehicle_in_water")
WATER = ("standing_water", "vehicle_in_water")
NOT_YET = ("prevented",)
"""KPIs that the data can't give yet: inspections of uncleaned inlets are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A KPI that is a share: ``kept`` of ``count``; with none to count there is nothing to say."""

    name: str
    kept: int
    count: int


def shares(
    cases: Sequence[Case], history: History, now: datetime, settings: ResponseSettings
) -> tuple[Share, ...]:
    """Plan kept, reopened, water gone after rain, first in the risk list, complete data.

    Parameters
    ----------
    cases
        Those to count; incidents are counted where a case of theirs is among them.
    """
    on_time = timedelta(minutes=settings.on_time_minutes)
    due = [
        case
        for case in cases
        if case.job_id
        and case.state != "withdrawn"
        and case.planned_end
        and case.planned_end + on_time <= now
    ]
    kept = [
        case
        for case in due
        if case.at("cleared") and case.at("cleared") <= case.planned_end + on_time
    ]
    cleared = [case for case in cases if case.at("cleared") or case.reopened]
    work = [case for case in cases if case.state in ("open", "cleared")]
    causes = {case.cause for case in cases}
    incidents = [
        one for one in history.incidents if str(Cause.of(CauseKind.INCIDENT, one.id)) in causes
    ]
    return (
        Share(name="plan_kept", kept=len(kept), count=len(due)),
        Share(name="reopen", kept=sum(case.reopened for case in cleared), count=len(cleared)),
        _water_gone(
            water_gone(cases, history, incidents),
            now,
            timedelta(minutes=settings.water_gone_minutes),
        ),
        _hits(history.versions, incidents),
        Share(
            name="data_completeness",
            kept=sum(None not in case.clocks for case in work),
            count=len(work),
        ),
    )


def before_onset(
    storm: Storm, history: History, now: datetime, settings: ResponseSettings
) -> tuple[Share, ...]:
    """What was reported cleared before the rain of a storm began: of the segments at risk, and of
    the inlets ordered.

    The rain began when the last plan published before it said that it would; the risks are those of
    that plan, the inlets all that were ordered for before the rain until then. Nothing to say
    before the rain, or without any.
    """
    plans = [one for one in history.published if storm.has(one.published_at)]
    last = next(
        (
            one
            for one in reversed(plans)
            if one.rain.onset_at and one.published_at <= one.rain.onset_at
        ),
        None,
    )
    if last is None or last.rain.onset_at > now:
        return ()
    onset = last.rain.onset_at
    ordered = {
        work.job_id: work
        for one in plans
        if one.published_at <= onset
        for work in one.assignments
        if work.phase is Phase.BEFORE
    }
    done = [
        ordered[event.job_id]
        for event in history.events
        if event.kind is EventKind.CLEAR
        and event.job_id in ordered
        and storm.has(tapped_at(event))
        and tapped_at(event) <= onset
    ]
    at_risk = {risk.segment_id for risk in last.risks if risk.score >= settings.at_risk_score}
    served = {work.segment_id for work in done}
    inlets = {inlet for work in ordered.values() for inlet in work.inlet_ids}
    cleared = {inlet for work in done for inlet in work.inlet_ids}
    return (
        Share(name="segments_before_onset", kept=len(at_risk & served), count=len(at_risk)),
        Share(name="inlets_before_onset", kept=len(cleared), count=len(inlets)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Water:
    """Standing water at one place: when the rain was to end, and when the water was gone (``None``:
    it stands).
    """

    incident: Incident
    rain_end: datetime
    gone_at: datetime | None


def water_gone(
    cases: Iterable[Case], history: History, incidents: Iterable[Incident]
) -> tuple[Water, ...]:
    """Each report of standing water for which an end of rain is known.

    The end is that of the last plan published before the water was gone which counted on rain.
    """
    gone: dict[str, list[datetime]] = {}
    for case in cases:
        if at := case.at("cleared"):
            gone.setdefault(case.cause, []).append(at)
    found = []
    for incident in incidents:
        if incident.kind in WATER:
            cleared = gone.get(str(Cause.of(CauseKind.INCIDENT, incident.id)), [])
            at = min(
                [*cleared, *([incident.closed_at] if incident.closed_at else [])], default=None
            )
            ends = [
                version.rain.end_at
                for version in history.published
                if version.rain.end_at and (at is None or version.published_at <= at)
            ]
            found += [Water(incident=incident, rain_end=ends[-1], gone_at=at)] if ends else []
    return tuple(found)


def _water_gone(found: Iterable[Water], now: datetime, allowed: timedelta) -> Share:
    """What is still under water counts as soon as its time is over."""
    due = [one for one in found if one.gone_at or now > one.rain_end + allowed]
    kept = [one for one in due if one.gone_at and one.gone_at <= one.rain_end + allowed]
    return Share(name="water_gone_after_rain", kept=len(kept), count=len(due))


def _hits(versions: Iterable[PlanVersion], incidents: Iterable[Incident]) -> Share:
    """Blocked and flooded places that were in the top tenth of the risk list published last before
    the report.
    """
    published = sorted(
        (one for one in versions if one.published_at), key=lambda one: one.published_at
    )
    hits = count = 0
    for incident in {
        one.id: one for one in incidents if one.kind in FLOODED and one.segment_id
    }.values():
        before = [one for one in published if one.published_at <= incident.received_at]
        if before and before[-1].risks:
            ranked = sorted(before[-1].risks, key=lambda risk: (-risk.score, risk.segment_id))
            top = {risk.segment_id for risk in ranked[: math.ceil(len(ranked) / 10)]}
            hits, count = hits + (incident.segment_id in top), count + 1
    return Share(name="hit_rate_top10", kept=hits, count=count)


def not_measurable() -> tuple[Message, ...]:
    """The KPIs that the data can't give yet, and what is missing."""
    return tuple(Message(f"kpi.{name}_missing") for name in NOT_YET)
