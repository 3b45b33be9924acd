"""What was driven away, and who has got silt: by the crews' last word."""

import pytest

from data.model.field import EventKind, FieldEvent
from data.model.ids import JobId
from data.model.plan import SAME_JOB_WITHIN
from ops.analytics.haulage import hauls, inlets_cleared, taken_out_m3
from ops.field.done_words import done_words
from ops.field.gardens import served
from tests.helpers.makers import HOUR, NOW

TRIP = str(JobId.of_trip("M1", "near", 1))


def tap(number: int, job_id: str, kind=EventKind.CLEAR, at=NOW, **amounts: float) -> FieldEvent:
    return FieldEvent(
        id=number,
        operation_id=1,
        event_id=f"tap-{number:04}",
        version=1,
        station_id="A",
        kind=kind,
        job_id=job_id,
        unit_id="M1@24h",
        server_at=at,
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


@pytest.mark.parametrize(
    ("said", "m3"),
    [
        (["clear 1"], 1.0),
        (["clear 1", "clear 1"], 1.0),  # two of a team say the same
        (["clear 1", "clear 0.4"], 0.4),  # put right
        (["clear 1", "reopen"], 0.0),
        (["clear 1", "reopen", "clear 2"], 2.0),
        (["clear 1", "later", "clear 2"], 3.0),  # the same road again in the next storm
        (["reopen", "clear 1"], 1.0),
    ],
)
def test_what_was_taken_out_is_counted_once_by_the_last_word_of_each_job(said, m3):
    events, at = [], NOW
    for number, word in enumerate(said):
        kind, _, amount = word.partition(" ")
        at += SAME_JOB_WITHIN if kind == "later" else HOUR / 6
        if kind != "later":
            told = {"silt_m3": float(amount), "inlets": 2.0} if amount else {}
            events.append(tap(number, "desilt:S1", EventKind(kind), at, **told))
    assert taken_out_m3([*events, tap(99, TRIP, silt_m3=7)]) == m3
    assert inlets_cleared(events) == 2 * len(done_words(events))
