"""After a storm: cleared inlets that stayed dry and those that did not, and what was learnt."""

from dataclasses import replace
from datetime import timedelta

from data.model.city import Blockage, Inspection, InspectionResult
from data.model.field import Incident
from ops.analytics.after_storm import Outcome, cleared_inlets, relearnt
from ops.analytics.storm_ledger import Storm
from ops.risk.parameters import RiskSettings
from tests.helpers.makers import NOW, make_city

HOUR = timedelta(hours=1)
STORM = Storm(number=1, begin_at=NOW, end_at=NOW + 10 * HOUR, over=True)


def cleared(inlet_id, hours):
    return Inspection(inlet_id=inlet_id, at=NOW + hours * HOUR, result=InspectionResult.CLEANED)


def blocked(inlet_id, hours):
    return Blockage(
        id=f"{inlet_id}{hours}",
        inlet_id=inlet_id,
        reported_at=NOW + hours * HOUR,
        cleared_at=None,
        cause="leaves",
        remedy="hand",
    )


def water(segment_id, hours):
    at = NOW + hours * HOUR
    return Incident(
        operation_id=1,
        kind="standing_water",
        segment_id=segment_id,
        source="desk",
        reported_at=at,
        received_at=at,
        by="x",
    )


CITY = replace(
    make_city(blockages=()),
    inspections=(cleared("S1-0", 1), cleared("S1-1", 5), cleared("S2-0", 2), cleared("S2-1", -3)),
    blockages=(blocked("S2-0", 4), blocked("S1-1", 50)),
)


def test_each_cleared_inlet_is_told_by_what_came_after_it_was_cleared():
    found = {one.inlet_id: one for one in cleared_inlets(CITY, STORM, [water("S1", 3)])}
    assert {inlet_id: one.outcome for inlet_id, one in found.items()} == {
        "S1-0": Outcome.WATER,  # two hours after
        "S1-1": Outcome.DRY,  # the water was before it was cleared, the blockage two days later
        "S2-0": Outcome.BLOCKED,
    }
    assert found["S2-0"].told_at == NOW + 4 * HOUR


def test_what_was_found_blocked_moves_the_rate_and_taken_back_moves_it_back():
    settings, later = RiskSettings(), NOW + 60 * HOUR
    first, *others = relearnt(CITY, STORM.begin_at, later, settings)
    assert first.after > first.before
    assert {first.inlet_id, others[0].inlet_id} == {"S2-0", "S1-1"}
    assert relearnt(replace(CITY, blockages=()), STORM.begin_at, later, settings) == ()
