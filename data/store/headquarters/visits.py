"""What a loan that was approved means on both sides: the lender is without the unit for its hours,
and to the borrower it is a crew or machine of the station where it reports, on duty for the time in
between. Nothing of it is written down: it follows from the loan and from what was said of it, so
that it cannot be half done. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City, Crew, Driver, LentUnit, Machine, Shift
from data.model.field import Outage
from data.model.headquarters.directives import Directive, DirectiveStanding, DirectiveStep
from data.model.headquarters.loans import Loan, SpareUnit
from data.model.ids import Cause, CauseKind
from data.model.operation import Operation
from data.model.plan import UnitKind
from data.model.roster import RosterDay, Rotation
from data.model.wall_clock import midnight, window_after

Span = tuple[datetime, datetime]
REST = ("off",)
"""The pattern of a rotation that never has duty: only the roster names the day of a loan."""


def loan_cause(number: int | None, step: DirectiveStep) -> Cause:
    """The cause to plan that a loan is which begins, or ends before its time."""
    return Cause(CauseKind.LOAN, f"{number}@{step}")


def visitor_id(number: int | None) -> str:
    """By what the borrower's district knows the unit of a loan."""
    return f"loan-{number}"


def is_of(directive: Directive, operation: Operation) -> bool:
    """Whether a loan counts in an operation: that of a drill in the drill in which it was asked
    for, and not in a later one whose clock goes through the same hours again.
    """
    loan = directive.loan
    if loan is None or loan.drill != operation.is_drill:
        return False
    return not loan.drill or directive.at >= operation.started_at


def ended_at(standing: DirectiveStanding, operation: Operation) -> datetime | None:
    """When the unit was called back or sent home, by the operation's clock, which its hours go by,
    too; ``None``: not before they are over.
    """
    done = standing.said(DirectiveStep.DONE)
    return operation.now(done.at) if done else None


def away(standing: DirectiveStanding, operation: Operation) -> Span | None:
    """From when to when the lender is without the unit; ``None``: it lends none."""
    loan = _approved(standing)
    if loan is None:
        return None
    ended = ended_at(standing, operation)
    back = min(loan.to_at, ended + loan.way) if ended else loan.to_at
    return loan.from_at, max(back, loan.from_at)


def there(standing: DirectiveStanding, operation: Operation) -> Span | None:
    """From when to when the borrower has the unit; ``None``: it never comes."""
    loan = _approved(standing)
    if loan is None:
        return None
    begin, end = loan.at_work
    ended = ended_at(standing, operation)
    return begin, max(begin, min(end, ended)) if ended else end


def _approved(standing: DirectiveStanding) -> Loan | None:
    is_approved = standing.said(DirectiveStep.ACKNOWLEDGE) is not None
    return standing.directive.loan if is_approved else None


def absences(
    standings: Iterable[DirectiveStanding], site: str, operation: Operation
) -> Iterator[Outage]:
    """The times for which units can't be used here: those that are lent, and those that visit while
    they are not here yet or not here any more.

    Parameters
    ----------
    site
        Which district asks.
    operation
        Its own: there no loan of another counts.
    """
    for one in standings:
        loan, own_id = one.directive.loan, visitor_id(one.directive.id)
        gone, here = away(one, operation), there(one, operation)
        if loan is None or gone is None or here is None:
            continue
        counts = is_of(one.directive, operation)
        if loan.lender_id == site and counts and gone[0] < gone[1]:
            yield _absence(operation.id, loan.unit.resource_id, *gone, one)
        if loan.borrower_id == site:
            long_ago = here[0] - timedelta(days=2)
            yield _absence(operation.id, own_id, long_ago, here[0] if counts else None, one)
            if counts:
                yield _absence(operation.id, own_id, here[1], None, one)


def _absence(
    operation_id: int,
    resource_id: str,
    from_at: datetime,
    to_at: datetime | None,
    one: DirectiveStanding,
) -> Outage:
    by = one.directive.by
    return Outage(
        operation_id=operation_id,
        resource_id=resource_id,
        from_at=from_at,
        to_at=to_at,
        by=by,
        ended_by=by,
    )


def with_visitors(
    city: City, standings: Iterable[DirectiveStanding], site: str, operation: Operation | None
) -> City:
    """The district with the units that others lend it, each a crew or machine of the station where
    it reports, by a shift that is the time for which it is there. Those that were there lately are
    still known by name; who of them is lent in ``operation`` stands in ``lent``.
    """
    zone, lent = ZoneInfo(city.district.time_zone), list[LentUnit]()
    for one in standings:
        loan, own_id = _approved(one), visitor_id(one.directive.id)
        if loan is None:
            continue
        if loan.borrower_id == site and loan.station_id in city.station_by_id:
            city = _with_visitor(city, own_id, loan, zone)
        if operation is not None and is_of(one.directive, operation):
            lent += _lent(one, loan, city, site, operation)
    return replace(city, lent=tuple(lent))


def _lent(
    one: DirectiveStanding, loan: Loan, city: City, site: str, operation: Operation
) -> Iterator[LentUnit]:
    """The unit of a loan as a station of the district must know of it."""
    visitor, own = visitor_id(one.directive.id), loan.unit.resource_id
    sides = ((loan.borrower_id, visitor, there), (loan.lender_id, own, away))
    for side, resource_id, when in sides:
        unit, span = city.resource_by_id.get(resource_id), when(one, operation)
        if side == site and unit is not None and span is not None:
            yield LentUnit(
                resource_id=unit.id,
                station_id=unit.station_id,
                from_at=span[0],
                to_at=span[1],
                told=loan.told,
            )


def _with_visitor(city: City, own_id: str, loan: Loan, zone: ZoneInfo) -> City:
    begin, end = (at.astimezone(zone) for at in loan.at_work)
    unit, name = loan.unit, f"{loan.unit.name}·{loan.lender}"
    shift = Shift(id=own_id, name=name, start=begin.time(), end=end.time())
    shift = _with_break(shift, unit, begin, end)
    rotation = Rotation(id=own_id, pattern=REST, anchor=begin.date())
    day = RosterDay(day=begin.date(), duty=own_id)
    city = replace(city, shifts=(*city.shifts, shift), rotations=(*city.rotations, rotation))
    if unit.kind is UnitKind.CREW:
        crew = Crew(
            id=own_id,
            station_id=loan.station_id,
            name=name,
            leader=unit.leader,
            size=unit.size,
            skills=unit.skills,
            shift_id=own_id,
            rotation_id=own_id,
            profile=unit.profile,
        )
        roster = (*city.roster, replace(day, crew_id=own_id))
        return replace(city, crews=(*city.crews, crew), roster=roster)
    machine = Machine(
        id=own_id,
        station_id=loan.station_id,
        kind=unit.machine_kind or "",
        plate=name,
        capacity=unit.capacity,
        profile=unit.profile,
    )
    driver = Driver(
        id=own_id, machine_id=own_id, post=unit.leader, shift_id=own_id, rotation_id=own_id
    )
    roster = (*city.roster, replace(day, driver_id=own_id))
    return replace(
        city, machines=(*city.machines, machine), drivers=(*city.drivers, driver), roster=roster
    )


def _with_break(shift: Shift, unit: SpareUnit, begin: datetime, end: datetime) -> Shift:
    """The shift with the break of the unit's own one: in what the loan leaves of its window, the
    first that is long enough.
    """
    if not unit.break_minutes or unit.break_from is None or unit.break_to is None:
        return shift
    zone = begin.tzinfo or UTC
    for days in (-1, 0, 1):
        day = midnight(begin.date() + timedelta(days=days), zone)
        own = window_after(day, unit.break_from, unit.break_to, zone)
        first, last = (at.astimezone(zone) for at in (max(own[0], begin), min(own[1], end)))
        if last - first >= timedelta(minutes=unit.break_minutes):
            return replace(
                shift,
                break_minutes=unit.break_minutes,
                break_from=first.time(),
                break_to=last.time(),
            )
    return shift
