"""Blockages behind, rain ahead, warnings in force -> the risk of every segment. Pure.

The score is history x rain x importance, each between 0 and 1, so that a reader can follow it with a pencil.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.entities import Blockage, City, Message, RainOutlook, Segment, SegmentRisk
from weather.forecast import Action, Alert, Level, RainSeries

_HOUR = timedelta(hours=1)
LULL = timedelta(hours=3)  # a lull up to this long does not end a storm: crews stay at their posts
RAIN_TYPES = ("暴雨", "雷雨", "内涝", "积涝", "强降水", "强降雨", "台风")


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSettings:
    """What tunes the risk and the reading of the rain.

    Attributes
    ----------
    half_life_days
        A blockage of this age counts half (assumption: a season's leaves and works change within a year).
    prior_years
        How many average inlet-years each inlet's record is mixed with: empirical Bayes, so that one bad day makes
        no black spot.
    design_mm, design_mm_h
        Rain that counts as 1: the 50 mm of the yellow and blue signals (CMA Order 16, 2007); 20 mm in one hour is
        an assumption.
    level_floor
        The least that rain counts while a rain warning of that colour is in force (assumption).
    low_lying
        Factor for a place where water gathers (assumption).
    onset_mm_h
        An hour with this much rain belongs to the storm (assumption; trace rain needs no plan).
    lead_minutes
        Where only a warning speaks of the rain, it is taken to begin this long after the issue (assumption).
    ensemble_share
        Of an ensemble's members the amount that this share of them stays below is planned on, hour by hour
        (assumption: rather too much rain than too little).
    memory_hours
        A storm is remembered this long after its rain, for the work after it.
    """

    half_life_days: float = 365.0
    prior_years: float = 2.0
    design_mm: float = 50.0
    design_mm_h: float = 20.0
    level_floor: tuple[float, float, float, float] = (0.4, 0.6, 0.8, 1.0)
    low_lying: float = 1.25
    onset_mm_h: float = 1.0
    lead_minutes: int = 60
    ensemble_share: float = 0.75
    memory_hours: float = 8.0

    def __post_init__(self) -> None:
        for name in ("half_life_days", "prior_years", "design_mm", "design_mm_h", "onset_mm_h"):
            if not getattr(self, name) > 0:
                raise ValueError(f"RiskSettings.{name} must be above 0, got {getattr(self, name)}")
        if not 0 < self.ensemble_share <= 1:
            raise ValueError("RiskSettings.ensemble_share must lie above 0 and at most at 1")


def outlook(series: RainSeries | None, alerts: tuple[Alert, ...], before: RainOutlook | None, now: datetime,
            settings: RiskSettings = RiskSettings()) -> RainOutlook:
    """The rain to plan on: a fresh forecast, else the words of the worst rain warning in force, else none.

    A forecast that sees no rain where a warning in force does is overruled by the warning: the desk stands guard.
    A forecast that is stale, with no other to take its place, is named: whoever reads the plan must know. The rain that
    it speaks of is planned on all the same, besides what a warning says, for a line that is down sends nobody home;
    where it speaks of none, it counts for nothing.

    Parameters
    ----------
    before
        What the published plan stood on: a storm that has begun is remembered until the work after it is due, since
        neither a forecast nor a warning speaks of rain that has fallen.
    """
    stale = series if series and series.is_stale(now) else None
    forecast = _from_forecast(series, now, settings) if series else None
    warnings = [alert for alert in alerts if is_rain(alert) and alert.action is not Action.CANCEL]
    warned = _from_alert(max(warnings, key=lambda alert: (_rank(alert), alert.issued_at or alert.received_at)), now,
                         settings) if warnings else None
    if forecast and forecast.onset_at:
        ahead = _joined(warned, forecast) if stale and warned else forecast
    elif warned or stale or not forecast:
        ahead = warned or RainOutlook(source="none", fetched_at=None, onset_at=None, end_at=None, total_mm=0.0,
                                      peak_mm_h=0.0, hours=())
    else:
        ahead = forecast
    ahead = _with_memory(ahead, before, now, settings)
    return replace(ahead, stale_provider=stale.provider, stale_fetched_at=stale.fetched_at) if stale else ahead


def _joined(warned: RainOutlook, forecast: RainOutlook) -> RainOutlook:
    """What a warning and a stale forecast see together: neither calls off what the other one speaks of.

    Of two storms, with more than a lull between them, the first.
    """
    first, then = sorted((warned, forecast), key=lambda one: one.onset_at)
    if then.onset_at - first.end_at > LULL:
        return first
    return replace(warned, onset_at=first.onset_at, end_at=max(first.end_at, then.end_at),
                   total_mm=max(first.total_mm, then.total_mm), peak_mm_h=max(first.peak_mm_h, then.peak_mm_h),
                   hours=_more_of(warned, forecast))


def _more_of(warned: RainOutlook, forecast: RainOutlook) -> tuple[tuple[datetime, float], ...]:
    """Hour by hour the more of the two, in the forecast's hours; the warning's own where the forecast has ended."""
    ended = forecast.hours[-1][0] + _HOUR
    told = [(start, max(mm, warned.peak_mm_h if start < warned.end_at and warned.onset_at < start + _HOUR else 0.0))
            for start, mm in forecast.hours]
    return (*told, *((start, mm) for start, mm in warned.hours if start >= ended))


def _with_memory(ahead: RainOutlook, before: RainOutlook | None, now: datetime,
                 settings: RiskSettings) -> RainOutlook:
    """The outlook joined with the storm that is under way or just over."""
    if not before or not before.onset_at or not before.end_at or before.onset_at > now or (
            now - before.end_at > timedelta(hours=settings.memory_hours)):
        return ahead
    end = min(before.end_at, now)
    if ahead.onset_at and ahead.end_at:
        if ahead.onset_at - max(end, before.onset_at) > LULL:
            return ahead  # another storm
        end = ahead.end_at
    stands = ahead if ahead.onset_at else before
    return replace(ahead, source=stands.source, provider=stands.provider, fetched_at=stands.fetched_at,
                   run_at=stands.run_at, onset_at=before.onset_at,
                   end_at=end, total_mm=max(before.total_mm, ahead.total_mm),
                   peak_mm_h=max(before.peak_mm_h, ahead.peak_mm_h))


def assess(city: City, rain: RainOutlook, alerts: tuple[Alert, ...], now: datetime,
           settings: RiskSettings = RiskSettings()) -> tuple[SegmentRisk, ...]:
    """Risk of every segment, in the city's order.

    Parameters
    ----------
    alerts
        Those in force at ``now``.
    """
    rates, mean = _inlet_rates(city, now, settings)
    inlets = defaultdict(list)
    for inlet in city.inlets:
        inlets[inlet.segment_id].append(inlet.id)
    open_now = Counter(blockage.inlet_id for blockage in city.blockages if _open(blockage, now))
    factor = _rain_factor(rain, alerts, settings)
    recent = Counter(blockage.inlet_id for blockage in city.blockages
                     if timedelta(0) <= now - blockage.reported_at <= timedelta(days=730))
    return tuple(
        _segment_risk(segment, inlets[segment.id], rates, mean, open_now, recent, factor, rain, settings)
        for segment in city.segments)


def is_rain(alert: Alert) -> bool:
    """Whether the warning's hazard brings water onto roads."""
    return any(word in alert.type for word in RAIN_TYPES)


def worst_level(alerts: tuple[Alert, ...]) -> Level | None:
    """The highest colour among rain warnings."""
    return max((alert.level for alert in alerts if is_rain(alert) and alert.level), key=lambda level: level.rank,
               default=None)


def _segment_risk(segment: Segment, inlet_ids: list[str], rates: dict[str, float], mean: float, open_now: Counter,
                  recent: Counter, factor: float, rain: RainOutlook, settings: RiskSettings) -> SegmentRisk:
    rate = sum(rates[inlet_id] for inlet_id in inlet_ids) / len(inlet_ids) if inlet_ids else 0.0
    blocked = sum(open_now[inlet_id] for inlet_id in inlet_ids)
    calm = 1 - rate / (rate + mean) if rate > 0 else 1.0
    history = 1 - calm * 0.5 ** blocked  # every inlet that is blocked now halves what is left of the calm
    importance = min(1.0, segment.importance / 5 * (settings.low_lying if segment.low_lying else 1.0))
    score = round(100 * history * factor * importance)
    facts = {"history": round(history, 2), "rain": round(factor, 2), "importance": round(importance, 2),
             "score": score, "records": sum(recent[inlet_id] for inlet_id in inlet_ids)}
    why = [Message("risk.product", facts)]
    if blocked:
        why.append(Message("risk.blocked_now", {"count": blocked}))
    if rain.total_mm > 0:
        amounts = {"mm": round(rain.total_mm, 1), "peak": round(rain.peak_mm_h, 1)}
        why.append(Message(f"risk.rain_{rain.source}", amounts))
    if segment.low_lying:
        why.append(Message("risk.low_lying"))
    pressing = sorted(inlet_ids, key=lambda inlet_id: (-open_now[inlet_id], -rates[inlet_id], inlet_id))
    return SegmentRisk(segment_id=segment.id, score=score, why=tuple(why), inlet_ids=tuple(pressing))


def _inlet_rates(city: City, now: datetime, settings: RiskSettings) -> tuple[dict[str, float], float]:
    """Blockages a year of each inlet, shrunk towards the district's mean, and that mean."""
    weights: dict[str, float] = defaultdict(float)
    for blockage in city.blockages:
        age = (now - blockage.reported_at) / timedelta(days=1)
        if age >= 0:
            weights[blockage.inlet_id] += 0.5 ** (age / settings.half_life_days)
    years = settings.half_life_days / 365 / math.log(2)  # what an endless record weighs, in years
    mean = sum(weights.values()) / (years * len(city.inlets)) if city.inlets else 0.0
    return {inlet.id: (weights[inlet.id] + settings.prior_years * mean) / (years + settings.prior_years)
            for inlet in city.inlets}, mean


def _open(blockage: Blockage, now: datetime) -> bool:
    return blockage.reported_at <= now and (blockage.cleared_at is None or blockage.cleared_at > now)


def _rain_factor(rain: RainOutlook, alerts: tuple[Alert, ...], settings: RiskSettings) -> float:
    """How much rain counts, 0.1 (an ordinary dry day still leaves leaves) to 1."""
    amount = max(rain.total_mm / settings.design_mm, rain.peak_mm_h / settings.design_mm_h)
    level = worst_level(alerts)
    floor = settings.level_floor[level.rank - 1] if level else 0.1
    return min(1.0, max(amount, floor, 0.1))


def _from_forecast(series: RainSeries, now: datetime, settings: RiskSettings) -> RainOutlook:
    ahead = [(start, mm) for start, mm in hourly(series, settings.ensemble_share) if start + _HOUR > now]
    storm = _first_storm([start for start, mm in ahead if mm >= settings.onset_mm_h])
    inside = [mm for start, mm in ahead if storm and storm[0] <= start and start + _HOUR <= storm[1]]
    return RainOutlook(
        source="forecast", provider=series.provider, fetched_at=series.fetched_at, run_at=series.run_at,
        onset_at=storm[0] if storm else None, end_at=storm[1] if storm else None, total_mm=round(sum(inside), 4),
        peak_mm_h=max(inside, default=0.0), hours=tuple(ahead[:48]))


def hourly(series: RainSeries, share: float) -> tuple[tuple[datetime, float], ...]:
    """Rain of each clock hour that a forecast speaks of: finer steps summed, longer ones spread evenly.

    Parameters
    ----------
    share
        Of an ensemble's members the one that this share of them does not exceed, hour by hour.
    """
    members: dict[str | None, dict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    for step in series.steps:
        start = step.start.replace(minute=0, second=0, microsecond=0)
        while start < step.end:
            overlap = min(step.end, start + _HOUR) - max(step.start, start)
            members[step.member][start] += step.mm * (overlap / (step.end - step.start))
            start += _HOUR
    found = []
    for start in sorted({start for hours in members.values() for start in hours}):
        amounts = sorted(hours[start] for hours in members.values() if start in hours)
        found.append((start, round(amounts[math.ceil(share * len(amounts)) - 1], 4)))
    return tuple(found)


def _first_storm(wet: list[datetime]) -> tuple[datetime, datetime] | None:
    """The first run of wet hours, lulls included."""
    if not wet:
        return None
    start, end = wet[0], wet[0] + _HOUR
    for hour in wet[1:]:
        if hour - end > LULL:
            break
        end = hour + _HOUR
    return start, end


def _from_alert(alert: Alert, now: datetime, settings: RiskSettings) -> RainOutlook:
    """The warning's own words as an even rain; a warning without an amount stands for its colour's threshold."""
    hours, mm = signal_amount(alert)
    issued = alert.onset_at or alert.issued_at or alert.received_at
    onset = alert.onset_at or issued + timedelta(minutes=settings.lead_minutes)
    end = max(onset + timedelta(hours=1), alert.expires_at or issued + timedelta(hours=alert.window_hours or hours))
    if now > end:  # in force beyond its words: another stretch as long as was left unsaid is assumed
        end = now + timedelta(hours=1)
    count = max(1, math.ceil((end - onset) / timedelta(hours=1)))
    return RainOutlook(
        source="alert", provider=alert.provider, fetched_at=alert.received_at, onset_at=onset, end_at=end,
        total_mm=mm, peak_mm_h=mm / count,
        hours=tuple((onset + timedelta(hours=i), mm / count) for i in range(count)))


# CMA Order 16 (2007), annex: hours and millimetres of the rainstorm signals
SIGNAL_AMOUNTS = {Level.BLUE: (12.0, 50.0), Level.YELLOW: (6.0, 50.0), Level.ORANGE: (3.0, 50.0),
                  Level.RED: (3.0, 100.0)}


def signal_amount(alert: Alert) -> tuple[float, float]:
    """Hours and millimetres that a rain warning speaks of; its colour's where it is silent."""
    hours, mm = SIGNAL_AMOUNTS[alert.level or Level.BLUE]
    return alert.forecast_hours or hours, mm if alert.forecast_mm is None else alert.forecast_mm


def _rank(alert: Alert) -> int:
    return alert.level.rank if alert.level else 0
