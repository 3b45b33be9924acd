"""Plans for districts and storms that nobody has seen before, through the real path: no law of
``tests/helpers/drawn`` is broken by any.
"""

import logging
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench import plan_sense as bench
from tests.helpers.drawn import laws
from tests.helpers.drawn.districts import district
from tests.helpers.drawn.storms import situation

STEPS = 800
draws = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
sources = st.randoms(use_true_random=False)


def broken(chance: Random) -> list[str]:
    case = situation(chance, district(chance), "drawn")
    complaints = laws.Complaints()
    logging.getLogger("ops").addHandler(complaints)
    try:
        with bench.steps_in_process(STEPS), bench.desk(case, 1.0) as played:
            played.begin()
            for number, event in enumerate(case.events):
                played.happen(event, number)
            return [*laws.broken(played), *complaints.said]
    finally:
        logging.getLogger("ops").removeHandler(complaints)


@settings(draws, max_examples=2)
@given(chance=sources)
def test_no_plan_for_a_drawn_storm_breaks_a_law(chance: Random):
    assert broken(chance) == []


@pytest.mark.slow
@settings(draws, max_examples=60)
@given(chance=sources)
def test_no_plan_for_many_drawn_storms_breaks_a_law(chance: Random):
    assert broken(chance) == []
