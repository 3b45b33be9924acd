"""What closed streets leave nobody a way to who may do it."""

from types import SimpleNamespace

import numpy as np
import pytest

from data.model.city import SANITATION, Profile
from data.model.plan import JobKind, UnitKind
from data.model.street.street_case import GRID
from ops.planning.on_duty.means import Means
from ops.planning.on_duty.travel_times import NO_WAY_S
from ops.planning.reach import within_reach
from tests.helpers.streets import at, closure, grid, ways

LORRY = Means(UnitKind.CREW, Profile.LORRY)


def unit(service: str):
    return SimpleNamespace(
        machine_kind=None, size=4, skills=(), position=at(1, 1), service=service, means=LORRY
    )


@pytest.mark.parametrize(("near", "cut"), [(GRID, ["clear:S1"]), (SANITATION, [])])
def test_who_gets_there_but_is_of_another_service_is_no_way_to_it(near, cut):
    """Else the station reads that nobody had time, and not that its street is closed."""
    need = SimpleNamespace(machine_kind=None, people=2, skills=())
    task = SimpleNamespace(
        id="clear:S1", kind=JobKind.CLEAR, needs=(need,), position=at(2, 2), after=()
    )
    storm = SimpleNamespace(
        streets=ways(grid(), closure(at(1, 1), at(1, 2))),
        way_seconds=lambda *_: np.array([[60], [NO_WAY_S]]),
    )
    reached, left = within_reach([task], {"near": unit(near), "far": unit(SANITATION)}, storm)
    assert [one.id for one, _ in left] == cut
    assert len(reached) + len(left) == 1
