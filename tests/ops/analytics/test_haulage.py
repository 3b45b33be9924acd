"""What was driven away, and who has got silt: by the crews' last word."""

import pytest

from data.model.field import EventKind, FieldEvent
from data.model.ids import JobId
from ops.analytics.haulage import hauls
from ops.field.gardens import served
from tests.helpers.makers import NOW

TRIP = str(JobId.of_trip("M1", "near", 1))


def tap(number: int, job_id: str, kind=EventKind.CLEAR, **amounts: float) -> FieldEvent:
    return FieldEvent(
        id=number,
        operation_id=1,
        event_id=f"tap-{number:04}",
        version=1,
        station_id="A",
        kind=kind,
        job_id=job_id,
        unit_id="M1@24h",
        server_at=NOW,
        by="甲",
        amounts=amounts,
    )


@pytest.mark.parametrize("name", [TRIP, "garden:g1"])
def test_what_is_opened_again_was_not_driven_away_nor_got(name):
    done, again = tap(1, name, silt_m3=1), tap(2, name, EventKind.REOPEN)
    assert [len(hauls(said)) for said in ([done], [done, again])] == [1, 0]
    assert hauls([done, again, tap(3, name, silt_m3=2)])[0].m3 == 2
    assert served([done]) == ({"g1"} if name != TRIP else set())
    assert served([done, again]) == set()
