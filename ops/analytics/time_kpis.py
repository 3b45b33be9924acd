"""Response cases counted: medians, P90 and shares within target, of every leg. Pure.

A percentile is by nearest rank: the least time that at least so many per cent of all cases keep.
Open cases count as longer than every ended one, so where the rank falls among them the percentile
is ``None``: not reached.

Work that answers a report (``Case.answers``) is measured from the report: turnout and on site.
Planned work is measured against its own plan: departure and arrival after the planned ones. What is
not there yet counts once it is late.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.operation import TriggerKind
from ops.analytics.case import LEGS, Case

KEYS = ("all", "road", "station", "kind", "level", "version", "day", "week", "month")
TREND = ("day", "week", "month")  # those of them that follow one another in time
MEASURES = (
    "alert_to_plan",
    "delivery",
    "turnout",
    "travel",
    "on_site",
    "departure",
    "arrival",
    "clearance",
    "verification",
)
"""What is measured: turnout and on site of what answers a report, departure and arrival of planned
work.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSettings:
    """Targets of the response, in minutes, and when figures are compared. Assumptions to agree with
    the centre.

    Attributes
    ----------
    request_minutes, delivery_minutes, work_minutes, verification_minutes
        Legs without a published figure: beyond them a delay is put down to the leg (assumptions).
    plan_minutes
        From the warning to the plan (own target: a storm's re-plan within 15 min).
    turnout_day_minutes, turnout_night_minutes
        From the plan to setting out. NFPA 1710 (60-80 s, for fire engines) gives the shape only;
        assumption.
    reserve_minutes
        From the call of a crew in reserve to its setting out (10: an assumption; less than by day
        from elsewhere, for it stands ready).
    travel_minutes
        From setting out to being on site; the shape again from NFPA 1710 (240 s at 90 %);
        assumption.
    on_site_minutes
        From the report to the first crew on site (30 min, quoted from a contract, to be confirmed).
    night_from, night_to
        Local hours of the night.
    silt_t_per_m3
        What a cubic metre of gully silt weighs, tonnes (1.1-1.6 by its water: an assumption until a
        weighbridge says).
    min_cases
        Fewer cases than these are shown and not ranked (assumption).
    on_time_minutes
        Work done so little after its planned end was done in its window; planned work set out for,
        or begun, so little after its planned time was on time (assumption).
    water_gone_minutes
        From the end of the rain until standing water is gone (2 h, widely quoted; GB 51222 designs
        for 0.5 to 4 h).
    at_risk_score
        A segment of so much risk (0 to 100) should be served before the rain (25: the board's
        "medium"; assumption).
    storm_gap_hours
        A storm ends when for so long nothing of it has happened. Longer than the 6 h without rain
        that usually part two rains, for work follows; shorter than the 16 h from one day shift to
        the next (assumption).
    """

    request_minutes: float = 5.0
    plan_minutes: float = 15.0
    delivery_minutes: float = 5.0
    turnout_day_minutes: float = 15.0
    turnout_night_minutes: float = 30.0
    reserve_minutes: float = 10.0
    travel_minutes: float = 15.0
    on_site_minutes: float = 30.0
    work_minutes: float = 120.0
    verification_minutes: float = 120.0
    night_from: int = 22
    night_to: int = 6
    min_cases: int = 10
    silt_t_per_m3: float = 1.3
    on_time_minutes: float = 15.0
    water_gone_minutes: float = 120.0
    at_risk_score: int = 25
    storm_gap_hours: float = 12.0

    def __post_init__(self) -> None:
        minutes = (
            self.request_minutes,
            self.plan_minutes,
            self.delivery_minutes,
            self.turnout_day_minutes,
            self.turnout_night_minutes,
            self.travel_minutes,
            self.on_site_minutes,
            self.work_minutes,
            self.verification_minutes,
            self.on_time_minutes,
            self.water_gone_minutes,
        )
        if not all(0 < one <= 1440 for one in minutes):
            raise ValueError("targets must lie in 0 to 1440 minutes")
        if not (0 <= self.night_from <= 23 and 0 <= self.night_to <= 23 and self.min_cases >= 1):
            raise ValueError("night_from and night_to are hours 0 to 23, min_cases at least 1")

        if not (1 <= self.storm_gap_hours <= 72 and 0 <= self.at_risk_score <= 100):
            raise ValueError("storm_gap_hours must lie in 1 to 72, at_risk_score in 0 to 100")

    def is_night(self, hour: int) -> bool:
        """Whether an hour of the local day is night."""
        if self.night_from <= self.night_to:
            return self.night_from <= hour < self.night_to
        return hour >= self.night_from or hour < self.night_to

    def turnout_minutes(self, hour: int) -> float:
        """The target for setting out, at an hour of the local day."""
        return self.turnout_night_minutes if self.is_night(hour) else self.turnout_day_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One measure of a group, in seconds.

    ``count`` has the open ones in it, ``within`` is the share of all that kept the target (``None``
    without any).
    """

    name: str
    count: int
    ended: int
    median: float | None
    p90: float | None
    target_s: float
    within: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The cases of one road, station, kind, level, version, day, week or month.

    Attributes
    ----------
    complete
        How many of the open and the cleared cases have every clock from T0 to T7, of ``counted``.
    ranked
        Whether there are enough cases to compare it with others.
    delayed
        How many cases each leg has delayed most, by leg.
    """

    key: str
    cases: int
    open: int
    withdrawn: int
    counted: int
    complete: int
    ranked: bool
    spans: tuple[Span, ...]
    delayed: dict[str, int]


def delayed_leg(
    case: Case, now: datetime, settings: ResponseSettings, hour: int = 12
) -> str | None:
    """The leg that exceeds its target most, the one that an open case is in included; ``None``:
    none does.

    Parameters
    ----------
    hour
        Of the local day at which the order was published.
    """
    targets = (
        settings.request_minutes,
        settings.plan_minutes,
        settings.delivery_minutes,
        settings.turnout_minutes(hour),
        settings.travel_minutes,
        settings.work_minutes,
        settings.verification_minutes,
    )
    spent = _spent(case, now)
    over = {
        leg: spent[leg] - target * 60
        for leg, target in zip(LEGS, targets, strict=True)
        if leg in spent
    }
    worst = max(over, key=over.__getitem__, default=None)
    return worst if worst is not None and over[worst] > 0 else None


def _spent(case: Case, now: datetime) -> dict[str, float]:
    """Seconds of each leg, the open one until now; planned work waits for its own time without
    being late.
    """
    legs = dict(case.legs)
    if case.waiting:
        last = max(at for at in case.clocks if at is not None)
        legs[case.waiting] = max(0.0, (now - last).total_seconds())
    known = [at for at in case.clocks[:4] if at is not None]
    leg = next((leg for leg in ("turnout", "travel") if leg in legs), None)
    if leg and known and case.is_planned and case.planned_leave:
        legs[leg] = max(0.0, legs[leg] - max(0.0, (case.planned_leave - known[-1]).total_seconds()))
    return legs


def percentile(seconds: Iterable[float | None], per_cent: float) -> float | None:
    """The nearest-rank percentile; ``None`` stands for a case that is open, and for a rank that
    falls among those.
    """
    values = list(seconds)
    ended = sorted(value for value in values if value is not None)
    rank = max(1, math.ceil(per_cent / 100 * len(values)))
    return ended[rank - 1] if rank <= len(ended) else None


def span(name: str, seconds: Sequence[float | None], targets: Sequence[float]) -> Span:
    """One measure; ``targets`` are the seconds allowed for each case."""
    in_time = sum(
        one is not None and one <= most for one, most in zip(seconds, targets, strict=True)
    )
    return Span(
        name=name,
        count=len(seconds),
        ended=sum(one is not None for one in seconds),
        median=percentile(seconds, 50),
        p90=percentile(seconds, 90),
        target_s=max(targets, default=0.0),
        within=in_time / len(seconds) if seconds else None,
    )


def summary(
    cases: Iterable[Case], city: City, now: datetime, settings: ResponseSettings, by: str = "all"
) -> tuple[Group, ...]:
    """The cases in groups: those of ``TREND`` in order of time, else those that may be ranked first
    and the slowest on site of them at the top.

    Parameters
    ----------
    by
        One of ``KEYS``.
    """
    zone, key = ZoneInfo(city.district.time_zone), _key(by, city)
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(key(case), []).append(case)
    found = [_group(name, members, zone, now, settings) for name, members in groups.items()]
    if by in TREND:
        return tuple(sorted(found, key=lambda group: group.key))
    return tuple(sorted(found, key=lambda group: (not group.ranked, *_slowness(group), group.key)))


def _slowness(group: Group) -> tuple[float, ...]:
    """The slowest first: to what was reported, and where that is alike to planned work."""
    p90 = {
        one.name: math.inf if one.count and one.p90 is None else one.p90 or 0.0
        for one in group.spans
    }
    return (-p90["on_site"], -p90["arrival"]) if group.ranked else (0.0, 0.0)


def _key(by: str, city: City) -> Callable[[Case], str]:
    zone = ZoneInfo(city.district.time_zone)

    def road(case: Case) -> str:
        segment = city.segment_by_id.get(case.segment_id or "")
        return segment.road if segment else case.segment_id or ""

    def station(case: Case) -> str:
        station = city.station_by_id.get(case.station_id)
        return station.name if station else case.station_id

    return {
        "all": lambda case: "",
        "road": road,
        "station": station,
        "kind": lambda case: case.kind,
        "level": lambda case: case.level,
        "version": lambda case: str(case.version or ""),
        "day": lambda case: f"{case.began_at.astimezone(zone):%Y-%m-%d}",
        "week": lambda case: f"{case.began_at.astimezone(zone):%G-W%V}",
        "month": lambda case: f"{case.began_at.astimezone(zone):%Y-%m}",
    }[by]


def _group(
    name: str, cases: Sequence[Case], zone: ZoneInfo, now: datetime, settings: ResponseSettings
) -> Group:
    counted = [case for case in cases if case.state != "withdrawn"]
    delayed: dict[str, int] = {}
    for case in counted:
        if leg := delayed_leg(case, now, settings, _hour(case, zone)):
            delayed[leg] = delayed.get(leg, 0) + 1
    work = [case for case in counted if case.state in ("open", "cleared")]
    return Group(
        key=name,
        cases=len(cases),
        open=sum(case.state == "open" for case in cases),
        withdrawn=len(cases) - len(counted),
        counted=len(work),
        complete=sum(None not in case.clocks for case in work),
        ranked=len(counted) >= settings.min_cases,
        spans=_spans(counted, zone, now, settings),
        delayed=delayed,
    )


def _spans(
    cases: Sequence[Case], zone: ZoneInfo, now: datetime, settings: ResponseSettings
) -> tuple[Span, ...]:
    by_cause = {
        case.cause: case
        for case in cases
        if case.cause_kind in (TriggerKind.ALERT, TriggerKind.INCIDENT)
    }
    work = [case for case in cases if case.state in ("open", "cleared")]
    ordered = [case for case in work if case.at("published")]

    def leg(name: str, first: str, last: str, of: Iterable[Case], minutes: float) -> Span:
        seconds = [case.between(first, last) for case in of if case.at(first)]
        return _measure(name, seconds, minutes)

    return (
        leg("alert_to_plan", "received", "published", by_cause.values(), settings.plan_minutes),
        leg("delivery", "published", "acknowledged", ordered, settings.delivery_minutes),
        _turnout(ordered, zone, now, settings),
        leg("travel", "departed", "on_site", ordered, settings.travel_minutes),
        _measure("on_site", answered(work, now, settings), settings.on_site_minutes),
        _measure("departure", lateness(work, "departed", now, settings), settings.on_time_minutes),
        _measure("arrival", lateness(work, "on_site", now, settings), settings.on_time_minutes),
        leg("clearance", "on_site", "cleared", ordered, settings.work_minutes),
        leg("verification", "cleared", "verified", ordered, settings.verification_minutes),
    )


def _measure(name: str, seconds: Sequence[float | None], minutes: float) -> Span:
    return span(name, seconds, [minutes * 60] * len(seconds))


def _turnout(
    ordered: Sequence[Case], zone: ZoneInfo, now: datetime, settings: ResponseSettings
) -> Span:
    """From the plan to setting out, of the work made for a report; by night there is more time."""
    measured = []
    for case in ordered:
        published_at = case.at("published")
        if published_at and case.cause_kind is TriggerKind.INCIDENT and not case.is_planned:
            target = 60 * settings.turnout_minutes(_hour(case, zone))
            waited = (now - published_at).total_seconds()
            if case.at("departed") or case.at("on_site") or waited > target:
                measured.append((case.between("published", "departed"), target))
    return span("turnout", [seconds for seconds, _ in measured], [target for _, target in measured])


def answered(
    cases: Iterable[Case], now: datetime, settings: ResponseSettings
) -> list[float | None]:
    """Seconds from each report to the first crew on site; ``None`` for one that nobody reached
    within the target.
    """
    allowed = timedelta(minutes=settings.on_site_minutes)
    return [
        (answer.on_site_at - answer.reported_at).total_seconds() if answer.on_site_at else None
        for case in cases
        for answer in case.answers
        if answer.on_site_at or now - answer.reported_at > allowed
    ]


def lateness(
    cases: Iterable[Case], clock: str, now: datetime, settings: ResponseSettings
) -> list[float | None]:
    """Seconds that planned work was late: ``departed`` against the planned departure, ``on_site``
    against the planned start; ``None`` for what is overdue and not there.
    """
    allowed = timedelta(minutes=settings.on_time_minutes)
    delays = []
    for case in cases:
        planned_at = case.planned_leave if clock == "departed" else case.planned_start
        if case.is_planned and planned_at and (case.at(clock) or now - planned_at > allowed):
            delays.append(case.late(clock, planned_at))
    return delays


def _hour(case: Case, zone: ZoneInfo) -> int:
    return (case.at("published") or case.began_at).astimezone(zone).hour
