"""What goes between the desk above and a district: directives down, answers and the summary up.
Carried by whoever plans for the district; neither asks the other's database.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from data.model.city import City
from data.model.headquarters.directives import (
    Directive,
    DirectiveEvent,
    DirectiveStanding,
    DirectiveStep,
)
from data.model.headquarters.loans import Loan
from data.model.headquarters.members import DistrictSummary, LateWork
from data.model.levels import LevelRule
from data.model.operation import Operation, OperationKind
from data.model.plan import Assignment, PlanVersion
from data.store.headquarters.visits import is_of, loan_cause
from data.store.store import Store
from ops.analytics.history import read_history
from ops.analytics.time_kpis import ResponseSettings, summary
from ops.base.naming import alert_name, station_name
from ops.district.roster_changes import with_changes
from ops.documents.sources import read_city
from ops.field.job_board import JobState
from ops.field.needs_reader import Patience, read_field
from ops.field.outages import outages_ahead
from ops.field.readiness import readiness
from ops.headquarters.offers import left_out_worth, spare_units, wants_of
from ops.intake.alerts import planned_for
from ops.intake.response_level import ordered
from ops.settings import Settings
from weather.model import Level
from weather.rain_warnings import worst_level

log = logging.getLogger(__name__)
CARRIER = "xunban"
LOOKS_BACK = timedelta(hours=24)
"""Over so long the response counts that a district publishes (an assumption: a storm and its
morning after).
"""
MOST_LATE = 20
LATE = (JobState.LATE, JobState.MISSED, JobState.SILENT)


def carry(above: Store, district: Store, member_id: str, now: datetime) -> None:
    """Bring a district its open directives and the desk above its answers; done twice it changes
    nothing. A database that was put back to an earlier day gets what it lacks of them from the
    other one.

    Parameters
    ----------
    now
        The real time.
    """
    there = _of_interest(above, member_id)
    numbers = [one.directive.id for one in there]
    here = {one.directive.id: one for one in district.directives.standings(numbers=numbers)}
    for one in there:
        known = here.get(one.directive.id)
        if known is None:
            district.directives.keep(one.directive)
        elif known.directive != one.directive:  # its number was given before: nobody has seen it
            log.error("directive %s has the number of another, and stays", one.directive.id)
            continue
        is_own, number = one.directive.member_id == member_id, one.directive.id
        if is_own and one.said(DirectiveStep.RECEIVE) is None and number is not None:
            above.directives.note(
                DirectiveEvent(directive_id=number, step=DirectiveStep.RECEIVE, at=now, by=CARRIER)
            )
        _even_out(above, one, district, known)


def _of_interest(above: Store, member_id: str) -> list[DirectiveStanding]:
    """What is open of a district's, and its latest loans: the other one hears of their end too."""
    found = (
        *above.directives.standings(member_id, loans_only=True),
        *above.directives.standings(member_id, open_only=True),
    )
    return list({one.directive.id: one for one in found}.values())


def end_loans(district: Store, member_id: str, now: datetime) -> None:
    """Say what the clock says of the units that a district is to lend: silence is no consent, and
    when the hours are over, or the drill is, they are. Done twice it changes nothing.

    Parameters
    ----------
    now
        The real time.
    """
    for one in district.directives.standings(member_id, open_only=True, loans_only=True):
        loan, number = one.directive.loan, one.directive.id
        if loan is None or number is None or loan.lender_id != member_id:
            continue
        step, is_over = DirectiveStep.LAPSE, one.directive.due_at <= now
        if one.said(DirectiveStep.ACKNOWLEDGE):
            step, is_over = DirectiveStep.DONE, _is_over(one.directive, loan, district, now)
        if is_over:
            event = DirectiveEvent(directive_id=number, step=step, at=now, by=CARRIER)
            district.directives.note(event)


def _is_over(directive: Directive, loan: Loan, district: Store, now: datetime) -> bool:
    """Whether the hours of a loan are over, whatever else is on by now; in a drill by its clock."""
    if not loan.drill:
        return loan.to_at <= now
    drill = district.operations.get(OperationKind.DRILL)
    return drill is None or not is_of(directive, drill) or loan.to_at <= drill.now(now)


def _even_out(
    above: Store, there: DirectiveStanding, district: Store, known: DirectiveStanding | None
) -> None:
    """Let both have what was said of a directive; that it came is of interest above alone."""
    here = known.events if known else ()
    for event in here:
        if there.said(event.step) is None:
            above.directives.note(event)
    known_steps = {event.step for event in here}
    for event in there.events:
        if event.step not in known_steps and event.step is not DirectiveStep.RECEIVE:
            district.directives.note(event)


def unanswered(district: Store) -> list[DirectiveStanding]:
    """The open directives of which nobody at the district has said anything; what another is to
    lend it is no question to it.
    """
    return [
        one
        for one in district.directives.standings(open_only=True)
        if not one.is_answered and one.directive.borrower_id != district.site
    ]


def summarise(
    store: Store, member_id: str, settings: Settings, real_now: datetime
) -> DistrictSummary:
    """What a district publishes of itself now."""
    city, operation = read_city(store), store.operations.current()
    empty = DistrictSummary(member_id=member_id, at=real_now)
    if city is None or operation is None:
        return empty
    now = operation.now(real_now)
    patience = Patience.of_minutes(
        settings.loop.overdue_minutes,
        settings.notify.answer_minutes,
        settings.response.on_site_minutes,
    )
    field, held = read_field(store, operation, city, now, patience), store.plans.draft(operation.id)
    ready, level = readiness(field.version, field.lines, now), ordered(store, operation, city)
    alerts = planned_for(store.weather.alerts(operation.id), operation, city.district, now)
    out = {one.resource_id for one in store.desk.outages(operation.id) if one.is_in_force(now)}
    p90_s, cases = _response(store, now, settings.response)
    overdue = [_late_work(line.job, city) for line in field.lines if line.state in LATE]
    return DistrictSummary(
        member_id=member_id,
        at=real_now,
        clock_at=now,
        name=city.district.name,
        zone=city.district.time_zone,
        drill=operation.is_drill,
        level=level.id if level else None,
        warnings=tuple(alert_name(alert) for alert in alerts),
        onset_at=field.version.rain.onset_at if field.version else None,
        version=field.version.number if field.version else None,
        made_at=field.version.made_at if field.version else None,
        held=held is not None,
        covered=ready.cleared + ready.doing + ready.planned if ready else None,
        roads=ready.total if ready else None,
        late=tuple(sorted(overdue, key=lambda one: one.due_at)[:MOST_LATE]),
        late_count=len(overdue),
        p90_s=p90_s,
        cases=cases,
        incidents=len(store.field.incidents(operation.id, open_only=True)),
        units_out=len(out),
        units=len(store.tables().resource_by_id),
        **_aid(store, operation, field.version, level, worst_level(tuple(alerts)), settings, now),
    )


def _aid(
    store: Store,
    operation: Operation,
    version: PlanVersion | None,
    level: LevelRule | None,
    worst: Level | None,
    settings: Settings,
    now: datetime,
) -> dict[str, Any]:
    """What it could lend and what it lacks."""
    own = with_changes(store.tables(), store.rosters.changes(operation.id))
    colours = [worst] if worst else []
    if level and level.colour in list(Level):
        colours.append(Level(level.colour))
    return {
        "gravity": max((one.rank for one in colours), default=0),
        "spare": spare_units(
            version, own, outages_ahead(store, operation, now), level, settings.aid, now
        ),
        "wants": wants_of(version, own, now),
        "left_out": left_out_worth(version, own, now),
        "loans": _planned_by(store, operation),
    }


def _planned_by(store: Store, operation: Operation) -> tuple[int, ...]:
    """The approved loans that wait for no plan any more."""
    waits = {one.cause for one in store.triggers.pending(operation.id)}
    return tuple(
        one.directive.id
        for one in store.directives.standings(loans_only=True)
        if one.directive.id is not None
        and one.said(DirectiveStep.ACKNOWLEDGE)
        and str(loan_cause(one.directive.id, DirectiveStep.ACKNOWLEDGE)) not in waits
    )


def _late_work(job: Assignment, city: City) -> LateWork:
    segment = city.segment_by_id.get(job.segment_id or "")
    return LateWork(
        station=station_name(job.station_id, city),
        place=segment.road if segment else "",
        due_at=job.start_at,
    )


def _response(store: Store, now: datetime, settings: ResponseSettings) -> tuple[float | None, int]:
    """P90 from the report to somebody on site, and from how many cases."""
    operation, city = store.operations.current(), store.city()
    if operation is None:
        return None, 0
    span = (now - LOOKS_BACK, now + timedelta(days=1))
    groups = summary(read_history(store, operation, span=span).cases(city), city, now, settings)
    spans = {one.name: one for one in groups[0].spans} if groups else {}
    on_site = spans.get("on_site")
    return (on_site.p90, on_site.count) if on_site else (None, 0)
