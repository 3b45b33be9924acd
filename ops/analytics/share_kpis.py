"""The KPIs that are shares: how many of how many. Pure; ``ops.analytics.time_kpis``
counts the times.

Water is gone after rain: the end of the rain is the one that the plan in force counted on, taken
from forecast and warning, for nobody measures it; so it says how the district stood against the
rain as it was foreseen.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.field import EventKind, Incident
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.plan import Assignment, Phase, PlanVersion
from ops.analytics.case import Case
from ops.analytics.history import History
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
    cleared = [case for case in cases if case.at("cleared") or case.reopened]
    work = [case for case in cases if case.state in ("open", "cleared")]
    causes = {case.cause for case in cases}
    incidents = [
        one for one in history.incidents if str(Cause.of(CauseKind.INCIDENT, one.id)) in causes
    ]
    return (
        _on_plan(cases, now, timedelta(minutes=settings.on_time_minutes)),
        Share(name="reopen", kept=sum(case.reopened for case in cleared), count=len(cleared)),
        _water_gone(
            water_gone(cases, history, incidents),
            now,
            timedelta(minutes=settings.water_gone_minutes),
        ),
        _hits(history.published, incidents),
        Share(
            name="data_completeness",
            kept=sum(None not in case.clocks for case in work),
            count=len(work),
        ),
    )


def _on_plan(cases: Iterable[Case], now: datetime, allowed: timedelta) -> Share:
    """Jobs done by the end that their plan gave them, of those whose time is over."""
    in_time = count = 0
    for case in cases:
        if case.job_id is None or case.state == "withdrawn" or case.planned_end is None:
            continue
        due_at, cleared_at = case.planned_end + allowed, case.at("cleared")
        if due_at <= now:
            count += 1
            in_time += cleared_at is not None and cleared_at <= due_at
    return Share(name="plan_kept", kept=in_time, count=count)


def before_onset(
    storm: Storm, history: History, now: datetime, settings: ResponseSettings
) -> tuple[Share, ...]:
    """What was reported cleared before the rain of a storm began: of the segments at risk, and of
    the inlets ordered.

    The rain began when the last plan published before it said that it would; the risks are those of
    that plan, the inlets all that were ordered for before the rain until then. Nothing to say
    before the rain, or without any.
    """
    plans = [plan for plan in history.published if storm.has(plan.in_force_from)]
    last, onset = _last_before_rain(plans)
    if last is None or onset is None or onset > now:
        return ()
    ordered = {
        work.job_id: work
        for plan in plans
        if plan.in_force_from <= onset
        for work in plan.assignments
        if work.phase is Phase.BEFORE
    }
    done = _cleared_until(onset, ordered, storm, history)
    at_risk = {risk.segment_id for risk in last.risks if risk.score >= settings.at_risk_score}
    served = {work.segment_id for work in done}
    inlets = {inlet for work in ordered.values() for inlet in work.inlet_ids}
    cleared = {inlet for work in done for inlet in work.inlet_ids}
    return (
        Share(name="segments_before_onset", kept=len(at_risk & served), count=len(at_risk)),
        Share(name="inlets_before_onset", kept=len(cleared), count=len(inlets)),
    )


def _last_before_rain(
    plans: Sequence[PlanVersion],
) -> tuple[PlanVersion, datetime] | tuple[None, None]:
    """The last plan published before the rain that it foresaw, and when that was to begin."""
    for plan in reversed(plans):
        onset = plan.rain.storms[0][0] if plan.rain.storms else plan.rain.onset_at
        if onset and plan.in_force_from <= onset:
            return plan, onset
    return None, None


def _cleared_until(
    at: datetime, ordered: Mapping[str, Assignment], storm: Storm, history: History
) -> list[Assignment]:
    return [
        ordered[event.job_id]
        for event in history.events
        if event.kind is EventKind.CLEAR
        and event.job_id is not None
        and event.job_id in ordered
        and storm.has(event.happened_at)
        and event.happened_at <= at
    ]


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
    cleared: dict[str, list[datetime]] = {}
    for case in cases:
        if at := case.at("cleared"):
            cleared.setdefault(case.cause, []).append(at)
    places = []
    for incident in incidents:
        if incident.kind in WATER:
            gone = cleared.get(str(Cause.of(CauseKind.INCIDENT, incident.id)), [])
            gone_at = min((*gone, *filter(None, (incident.closed_at,))), default=None)
            if rain_end := _rain_end(history, incident.reported_at, gone_at):
                places.append(Water(incident=incident, rain_end=rain_end, gone_at=gone_at))
    return tuple(places)


def _rain_end(history: History, reported_at: datetime, before: datetime | None) -> datetime | None:
    """The end of the rain by the last plan that counted on any, of those published by then: of the
    last storm that had begun when the water was reported, or of the first.
    """
    storms = next(
        (
            plan.rain.storms
            for plan in reversed(history.published)
            if plan.rain.storms and (before is None or plan.in_force_from <= before)
        ),
        (),
    )
    begun = [end for onset, end in storms if onset <= reported_at]
    return begun[-1] if begun else storms[0][1] if storms else None


def _water_gone(places: Iterable[Water], now: datetime, allowed: timedelta) -> Share:
    """What is still under water counts as soon as its time is over."""
    due = [water for water in places if water.gone_at or now > water.rain_end + allowed]
    drained = [
        water for water in due if water.gone_at and water.gone_at <= water.rain_end + allowed
    ]
    return Share(name="water_gone_after_rain", kept=len(drained), count=len(due))


def _hits(published: Sequence[PlanVersion], incidents: Iterable[Incident]) -> Share:
    """Blocked and flooded places that were in the top tenth of the risk list published last before
    the report.
    """
    hits = count = 0
    by_id = {incident.id: incident for incident in incidents}
    for incident in by_id.values():
        before = [plan for plan in published if plan.in_force_from <= incident.received_at]
        is_flood = incident.kind in FLOODED and incident.segment_id is not None
        if is_flood and before and before[-1].risks:
            ranked = sorted(before[-1].risks, key=lambda risk: (-risk.score, risk.segment_id))
            top = {risk.segment_id for risk in ranked[: math.ceil(len(ranked) / 10)]}
            hits, count = hits + (incident.segment_id in top), count + 1
    return Share(name="hit_rate_top10", kept=hits, count=count)


def not_measurable() -> tuple[Message, ...]:
    """The KPIs that the data can't give yet, and what is missing."""
    return tuple(Message(f"kpi.{name}_missing") for name in NOT_YET)
