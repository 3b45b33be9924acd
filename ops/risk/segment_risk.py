"""Blockages behind, rain ahead, warnings in force -> the risk of every segment. Pure.

The score is history x rain x importance, each between 0 and 1, so that a reader can follow it with
a pencil.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from data.model.city import City, Segment
from data.model.message import Message
from data.model.plan import RainOutlook, SegmentRisk
from ops.risk.inlet_state import blockage_rates
from ops.risk.parameters import RiskSettings
from weather.model import Alert
from weather.rain_warnings import worst_level


def assess(
    city: City,
    rain: RainOutlook,
    alerts: tuple[Alert, ...],
    now: datetime,
    settings: RiskSettings = RiskSettings(),
) -> tuple[SegmentRisk, ...]:
    """Risk of every segment, in the city's order.

    Parameters
    ----------
    alerts
        Those in force at ``now``.
    """
    rates, mean = blockage_rates(city, now, settings)
    inlets = {
        segment_id: [inlet.id for inlet in found]
        for segment_id, found in city.inlets_by_segment.items()
    }
    open_now = Counter(blockage.inlet_id for blockage in city.blockages if blockage.is_open(now))
    factor = _rain_factor(rain, alerts, settings)
    recent = Counter(
        blockage.inlet_id
        for blockage in city.blockages
        if timedelta(0) <= now - blockage.reported_at <= timedelta(days=730)
    )
    return tuple(
        _segment_risk(
            segment,
            inlets.get(segment.id, []),
            rates,
            mean,
            open_now,
            recent,
            factor,
            rain,
            settings,
        )
        for segment in city.segments
    )


def _segment_risk(
    segment: Segment,
    inlet_ids: list[str],
    rates: Mapping[str, float],
    mean: float,
    open_now: Counter,
    recent: Counter,
    factor: float,
    rain: RainOutlook,
    settings: RiskSettings,
) -> SegmentRisk:
    blocked = sum(open_now[inlet_id] for inlet_id in inlet_ids)
    rate = sum(rates[inlet_id] for inlet_id in inlet_ids) / len(inlet_ids) if inlet_ids else 0.0
    history = _history(rate, mean, blocked)
    importance = min(
        1.0, segment.importance / 5 * (settings.low_lying if segment.low_lying else 1.0)
    )
    score = round(100 * history * factor * importance)
    facts: dict[str, object] = {
        "history": round(history, 2),
        "rain": round(factor, 2),
        "importance": round(importance, 2),
        "score": score,
        "records": sum(recent[inlet_id] for inlet_id in inlet_ids),
    }
    pressing = sorted(
        inlet_ids, key=lambda inlet_id: (-open_now[inlet_id], -rates[inlet_id], inlet_id)
    )
    return SegmentRisk(
        segment_id=segment.id,
        score=score,
        why=(Message("risk.product", facts), *_reasons(segment, blocked, rain)),
        inlet_ids=tuple(pressing),
    )


def _history(rate: float, mean: float, blocked: int) -> float:
    """What the record of blockages says, 0 to 1; every inlet that is blocked now halves what is
    left of the calm.
    """
    calm = 1 - rate / (rate + mean) if rate > 0 else 1.0
    return 1 - calm * 0.5**blocked


def _reasons(segment: Segment, blocked: int, rain: RainOutlook) -> Iterator[Message]:
    if blocked:
        yield Message("risk.blocked_now", {"count": blocked})
    if rain.total_mm > 0:
        facts = {"mm": round(rain.total_mm, 1), "peak": round(rain.peak_mm_h, 1)}
        yield Message(f"risk.rain_{rain.source}", {**facts})
    if segment.low_lying:
        yield Message("risk.low_lying")


def _rain_factor(rain: RainOutlook, alerts: tuple[Alert, ...], settings: RiskSettings) -> float:
    """How much rain counts, 0.1 (an ordinary dry day still leaves leaves) to 1."""
    amount = max(rain.total_mm / settings.design_mm, rain.peak_mm_h / settings.design_mm_h)
    level = worst_level(alerts)
    floor = settings.level_floor[level.rank - 1] if level else 0.1
    return min(1.0, max(amount, floor, 0.1))
