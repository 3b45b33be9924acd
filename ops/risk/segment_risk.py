"""The risk of every road, from the water to be expected on it. Pure."""

import math
from collections.abc import Iterator

from data.model.city import Segment
from data.model.message import Message
from data.model.plan import SegmentRisk
from ops.risk.worth import Worth

EXPECTED = "risk.expected"
"""The reason that tells what is to be feared on a road, in blocked-inlet-hours."""


def assess(worth: Worth) -> tuple[SegmentRisk, ...]:
    """Risk of every segment, in the city's order.

    The score says in one figure what the water expected on a road comes to if nobody does anything:
    0 for none, 63 for ``risk_hours``, 100 for any amount. On a dry day it is the water that what is
    blocked would make in the storms to come.
    """
    return tuple(_segment_risk(worth, segment) for segment in worth.city.segments)


def _segment_risk(worth: Worth, segment: Segment) -> SegmentRisk:
    inlets = [inlet.id for inlet in worth.city.inlets_by_segment.get(segment.id, ())]
    states = worth.states
    hours = worth.unattended(segment)
    if not worth.spells:
        hours = worth.clearing(segment, tuple(inlets), guarded=False, share=1.0).best
    score = round(100 * (1 - math.exp(-hours / worth.settings.risk_hours)))
    facts: dict[str, object] = {
        "inlets": len(inlets),
        "blocked": round(worth.blocked(inlets), 1),
        "hours": round(hours, 1),
        "weight": round(worth.weight(segment), 2),
        "score": score,
    }
    pressing = sorted(inlets, key=lambda inlet_id: (-states[inlet_id].probability, inlet_id))
    return SegmentRisk(
        segment_id=segment.id,
        score=score,
        why=(Message(EXPECTED, facts), *_reasons(worth, segment, inlets)),
        inlet_ids=tuple(pressing),
    )


def _reasons(worth: Worth, segment: Segment, inlets: list[str]) -> Iterator[Message]:
    known = sum(worth.states[inlet_id].blocked_since is not None for inlet_id in inlets)
    if known:
        yield Message("risk.blocked_now", {"count": known})
    if worth.rain.total_mm > 0:
        facts = {"mm": round(worth.rain.total_mm, 1), "peak": round(worth.rain.peak_mm_h, 1)}
        yield Message(f"risk.rain_{worth.rain.source}", {**facts})
    if segment.low_lying:
        yield Message("risk.low_lying")
