"""What a loan means where the unit goes to: its turn is the loan's time, over midnight as by day,
and its break lies in it.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.headquarters.directives import (
    Directive,
    DirectiveEvent,
    DirectiveStanding,
    DirectiveStep,
)
from data.model.headquarters.loans import Loan, SpareUnit
from data.model.plan import UnitKind
from data.store.headquarters.visits import visitor_id, with_visitors
from ops.district.rosters import turns
from tests.helpers.makers import make_city

CITY = make_city()
ZONE = ZoneInfo(CITY.district.time_zone)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
START = datetime(2022, 7, 8, tzinfo=UTC)

minutes = st.integers(0, 1439)


@st.composite
def loans(draw) -> Loan:
    way = draw(st.integers(0, 60))
    length = draw(st.integers(2 * way + 1, 1440 + 2 * way))
    begin = START + draw(st.integers(0, 2 * 1440)) * MINUTE
    end = begin + length * MINUTE
    kind = draw(st.sampled_from(UnitKind))
    first, wide = draw(minutes), draw(st.integers(30, 240))
    unit = SpareUnit(
        resource_id="W1",
        kind=kind,
        name="西1班",
        leader="甲",
        station="西站",
        position=CITY.stations[0].position,
        machine_kind=None if kind is UnitKind.CREW else CITY.machines[0].kind,
        capacity=None if kind is UnitKind.CREW else CITY.machines[0].capacity,
        from_at=begin,
        to_at=end,
        break_minutes=draw(st.sampled_from((0, 30))),
        break_from=time(first // 60, first % 60),
        break_to=time((first + wide) % 1440 // 60, (first + wide) % 60),
    )
    return Loan(
        unit=unit,
        lender_id="west",
        lender="西安区",
        borrower_id="east",
        borrower="龙山区",
        station_id=CITY.stations[0].id,
        station="甲站",
        chief="乙",
        from_at=begin,
        to_at=end,
        way_minutes=way,
        worth=5.0,
        cost=1.0,
    )


def approved(loan: Loan) -> DirectiveStanding:
    told = Directive(
        id=7,
        member_id="west",
        text="",
        by="市",
        at=loan.from_at,
        due_at=loan.from_at,
        loan=loan,
        borrower_id="east",
    )
    said = DirectiveEvent(
        directive_id=7, step=DirectiveStep.ACKNOWLEDGE, by="区", at=loan.from_at, text=""
    )
    return DirectiveStanding(directive=told, events=(said,))


def turns_of(loan: Loan):
    city = with_visitors(CITY, [approved(loan)], "east", None)
    own = visitor_id(7)
    if loan.unit.kind is UnitKind.CREW:
        worker = city.crew_by_id[own]
    else:
        (worker,) = (one for one in city.drivers if one.machine_id == own)
    days = [(START + n * DAY).date() for n in range(-2, 7)]
    return turns(worker, days, city)


@settings(max_examples=150, deadline=None)
@given(loans())
def test_a_visitor_is_on_duty_for_the_time_of_the_loan_and_once(loan):
    (turn,) = turns_of(loan)
    assert (turn.start, turn.end) == loan.at_work


def windows(loan: Loan):
    """The times within the loan in which the unit eats at home, day by day."""
    begin, end = loan.at_work
    for n in range(-1, 4):
        day = (begin.astimezone(ZONE) + n * DAY).date()
        first = datetime.combine(day, loan.unit.break_from, ZONE)
        last = datetime.combine(day, loan.unit.break_to, ZONE)
        last += DAY * (last <= first)
        yield max(first, begin), min(last, end)


@settings(max_examples=300, deadline=None)
@given(loans())
def test_a_visitor_has_its_break_wherever_its_window_leaves_time_for_it(loan):
    (turn,) = turns_of(loan)
    length = loan.unit.break_minutes * MINUTE
    fitting = [one for one in windows(loan) if length and one[1] - one[0] >= length]
    shift = turn.shift
    assert bool(shift.break_minutes) == bool(fitting)
    if fitting:
        first = datetime.combine(turn.start.astimezone(ZONE).date(), shift.break_from, ZONE)
        first += DAY * (first < turn.start)
        last = datetime.combine(first.date(), shift.break_to, ZONE)
        last += DAY * (last <= first)
        assert (first, last) == fitting[0]
