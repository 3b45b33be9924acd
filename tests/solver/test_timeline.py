"""A unit's day: the quick question and the slow one have the same answer."""

from hypothesis import assume, given
from hypothesis import strategies as st

from solver.parts import Break, Unit
from solver.timeline import Stop, fits, gaps, holds, place_breaks, rooms

instants = st.integers(0, 40)


@st.composite
def days(draw):
    spans = sorted((a, a + draw(st.integers(1, 8))) for a in draw(st.lists(instants, max_size=4)))
    stops = [Stop(a, b, draw(st.integers(0, 2)), f"j{n}") for n, (a, b) in enumerate(spans)]
    opens = draw(st.integers(0, 36))
    window = (opens, opens + draw(st.integers(3, 30)))
    rest = Break(window=window, duration=draw(st.integers(1, 3)))
    unit = Unit(
        "u", "crew", shift=(0, 40), start=0, end=draw(st.sampled_from([None, 0, 1])), breaks=(rest,)
    )
    return unit, stops


@given(days(), st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_a_day_with_a_break_fits_where_the_break_can_be_placed(day, ways):
    unit, stops = day
    travel = tuple(tuple(ways[3 * a + b] for b in range(3)) for a in range(3))
    assert fits(unit, stops, travel) == (place_breaks(unit, stops, travel) is not None)


@given(days(), st.lists(st.integers(0, 9), min_size=9, max_size=9), st.integers(0, 4))
def test_one_more_stop_fits_where_the_gap_that_it_halves_says_so(day, ways, gap):
    unit, stops = day
    travel = tuple(tuple(ways[3 * a + b] for b in range(3)) for a in range(3))
    place = min(gap, len(stops))
    opens = stops[place - 1].end if place else 0
    new = Stop(opens + 1, opens + 3, 1, "new")
    halves = gaps(unit, [*stops[:place], new, *stops[place:]], travel)[place : place + 2]
    assume(all(half.spare >= 0 for half in halves))
    short, roomy = rooms(unit, stops, travel)
    elsewhere = roomy not in ((), (place,))
    said = short in ((), (place,)) and (
        elsewhere or any(holds(*half, unit.breaks[0]) for half in halves)
    )
    assert said == fits(unit, [*stops[:place], new, *stops[place:]], travel)
