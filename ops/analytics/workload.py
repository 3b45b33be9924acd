"""Who has worked how much: hours, nights, second turns and overtime of every crew, and how evenly
they lie. Pure.

Hours count from setting out to the work done: as reported where the field has reported both, up to
now where it has reported the first only, else as planned once the planned end is past. Minutes with
two works at once count once. Overtime is what a crew called in for a second turn works then
(``UnitId.is_called_in``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.ids import UnitId, own_id
from data.model.message import Message
from data.model.operation import LevelOrder
from data.model.plan import UnitKind
from ops.analytics.response_cases import Case
from ops.analytics.time_kpis import ResponseSettings
from ops.intake.response_level import order_in_force

DAY, MONTH = "day", "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadSettings:
    """What crews may work, in hours. The night is that of ``[response]`` (22:00 to 06:00).

    Attributes
    ----------
    days
        How far back the work of the crews is compared (assumption).
    usual_day_hours
        Overtime in a day without a special reason (China Labour Law art. 41: 1 h as a rule).
    day_hours, month_hours
        Overtime at most, in a day and in a calendar month (art. 41: 3 h and 36 h). Art. 42 lifts
        them in an emergency.
    """

    days: int = 30
    usual_day_hours: float = 1.0
    day_hours: float = 3.0
    month_hours: float = 36.0

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 366:
            raise ValueError("days must lie in 1 to 366")
        if not (0 <= self.usual_day_hours <= self.day_hours <= 24 and 0 <= self.month_hours <= 744):
            raise ValueError(
                "overtime in a day must lie in 0 to 24 hours, the usual below the most; in a month to 744"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkInterval:
    """One crew's part in one assignment; ``reported`` where the field has told its times."""

    crew_id: str
    unit_id: str
    start_at: datetime
    end_at: datetime
    reported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OvertimeViolation:
    """Overtime over its limit in one ``day`` or ``month`` (``when``: ``2022-07-08``, ``2022-07``).

    ``level`` is the response level ordered when that overtime began: the emergency by which Labour
    Law art. 42 lifts the limit; ``None``: none was, so nothing exempts it.
    """

    crew_id: str
    span: str
    when: str
    hours: float
    limit: float
    level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewWorkload:
    """What one crew has worked in a period.

    Attributes
    ----------
    reported_hours
        The part of the works that the field has reported.
    nights
        Turns of duty with work in the night.
    calls
        Second turns of duty with work in them.
    unusual_days
        Days with more overtime than is usual, and not over the limit.
    """

    crew_id: str
    hours: float
    reported_hours: float
    night_hours: float
    nights: int
    calls: int
    overtime_hours: float
    unusual_days: int
    breaches: tuple[OvertimeViolation, ...]


def work_intervals(cases: Iterable[Case], now: datetime) -> tuple[WorkInterval, ...]:
    """What the crews have worked by now, from the response cases; work that was reopened counts as
    it is planned.
    """
    found = []
    for case in cases:
        for member in case.members if case.state != "withdrawn" else ():
            if member.kind is not UnitKind.CREW:
                continue
            begun = None if case.reopened else case.at("departed") or case.at("on_site")
            end = (
                (case.at("cleared") or min(max(case.planned_end, begun), now))
                if begun
                else case.planned_end
            )
            start = begun or member.leave_at
            if start < end <= now:
                found.append(
                    WorkInterval(
                        crew_id=own_id(member.resource_id),
                        unit_id=member.unit_id,
                        start_at=start,
                        end_at=end,
                        reported=begun is not None,
                    )
                )
    return tuple(
        sorted(found, key=lambda one: (one.crew_id, one.start_at, one.end_at, one.unit_id))
    )


def crew_workloads(
    worked: Sequence[WorkInterval],
    orders: Sequence[LevelOrder],
    city: City,
    period: tuple[datetime, datetime],
    settings: WorkloadSettings,
    response: ResponseSettings,
) -> tuple[CrewWorkload, ...]:
    """Every crew of the district and every other that worked, the one with the most hours first.

    Parameters
    ----------
    worked
        All that is known, so that a day or month that began before the period is counted whole
        against its limit.
    orders
        The response levels ordered, oldest first.
    """
    zone = ZoneInfo(city.district.time_zone)
    own: dict[str, list[WorkInterval]] = {crew.id: [] for crew in city.crews}
    for one in worked:
        own.setdefault(one.crew_id, []).append(one)
    found = [
        _load(crew_id, mine, orders, zone, period, settings, response)
        for crew_id, mine in own.items()
    ]
    return tuple(sorted(found, key=lambda load: (-load.hours, load.crew_id)))


def _load(
    crew_id: str,
    mine: Sequence[WorkInterval],
    orders: Sequence[LevelOrder],
    zone: ZoneInfo,
    period: tuple[datetime, datetime],
    settings: WorkloadSettings,
    response: ResponseSettings,
) -> CrewWorkload:
    within = [(span, one) for one in mine if (span := _cut((one.start_at, one.end_at), period))]
    called = [one for one in mine if UnitId.parse(one.unit_id).is_called_in]
    nightly = {one.unit_id for span, one in within if _night_hours([span], zone, response) > 0}
    over = [
        breach
        for span, limit in ((DAY, settings.day_hours), (MONTH, settings.month_hours))
        for breach in _breaches(crew_id, called, span, limit, orders, zone)
    ]
    days = _by_span(called, DAY, zone)
    touched = {
        _when(start, span, zone)
        for (start, end), _ in within
        for start, _ in _days((start, end), zone)
        for span in (DAY, MONTH)
    }
    return CrewWorkload(
        crew_id=crew_id,
        hours=_hours(span for span, _ in within),
        reported_hours=_hours(span for span, one in within if one.reported),
        night_hours=_night_hours([span for span, _ in within], zone, response),
        nights=len(nightly),
        calls=len({one.unit_id for _, one in within if UnitId.parse(one.unit_id).is_called_in}),
        overtime_hours=_hours(
            span for span, one in within if UnitId.parse(one.unit_id).is_called_in
        ),
        unusual_days=sum(
            settings.usual_day_hours < _hours(spans) <= settings.day_hours
            for when, spans in days.items()
            if when in touched
        ),
        breaches=tuple(one for one in over if one.when in touched),
    )


def _breaches(
    crew_id: str,
    called: Sequence[WorkInterval],
    span: str,
    limit: float,
    orders: Sequence[LevelOrder],
    zone: ZoneInfo,
) -> Iterator[OvertimeViolation]:
    for when, spans in sorted(_by_span(called, span, zone).items()):
        if (hours := _hours(spans)) > limit:
            begun = min(start for start, _ in spans)
            order = order_in_force([one for one in orders if one.at <= begun])
            yield OvertimeViolation(
                crew_id=crew_id,
                span=span,
                when=when,
                hours=hours,
                limit=limit,
                level=order.level if order else None,
            )


def overtime_violations(found: Iterable[CrewWorkload]) -> Message:
    """How many limits were broken, and how many of those an ordered response level exempts; none
    worked: not measured.
    """
    found = list(found)
    breaches = [breach for load in found for breach in load.breaches]
    exempt = [breach for breach in breaches if breach.level]
    if not any(load.hours for load in found):
        return Message("kpi.rule_breaches_missing")
    if not exempt:
        return Message("kpi.rule_breaches", {"count": len(breaches)})
    return Message(
        "kpi.rule_breaches_exempt",
        {
            "count": len(breaches),
            "exempt": len(exempt),
            "levels": tuple(sorted({one.level for one in exempt})),
        },
    )


Span = tuple[datetime, datetime]


def _cut(span: Span, period: Span) -> Span | None:
    start, end = max(span[0], period[0]), min(span[1], period[1])
    return (start, end) if start < end else None


def _hours(spans: Iterable[Span]) -> float:
    """Hours of all of them together; where they overlap once."""
    total, until = timedelta(0), None
    for start, end in sorted(spans):
        start = start if until is None else max(start, until)
        if end > start:
            total += end - start
        until = end if until is None else max(until, end)
    return total / timedelta(hours=1)


def _days(span: Span, zone: ZoneInfo) -> Iterator[Span]:
    """The parts of a span in each local day."""
    start, end = span
    while start < end:
        day = start.astimezone(zone).date()
        following = datetime.combine(day + timedelta(days=1), time(), zone)
        yield start, min(end, following)
        start = following


def _when(at: datetime, span: str, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d" if span == DAY else "%Y-%m")


def _by_span(worked: Iterable[WorkInterval], span: str, zone: ZoneInfo) -> dict[str, list[Span]]:
    found = defaultdict(list)
    for one in worked:
        for part in _days((one.start_at, one.end_at), zone):
            found[_when(part[0], span, zone)].append(part)
    return found


def _night_hours(spans: Iterable[Span], zone: ZoneInfo, response: ResponseSettings) -> float:
    """The hours of the spans that are night, counted by the hours of the local clock."""
    found = []
    for span in spans:
        for start, end in _days(span, zone):
            midnight = datetime.combine(start.astimezone(zone).date(), time(), zone)
            hours = (
                (midnight + timedelta(hours=n), midnight + timedelta(hours=n + 1))
                for n in range(24)
                if response.is_night(n)
            )
            found += [part for hour in hours if (part := _cut((start, end), hour))]
    return _hours(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How unequal the hours of the crews are: the most, the least, and the Gini coefficient (0: all
    alike).
    """

    most: float
    least: float
    gini: float


def spread(hours: Sequence[float]) -> Spread:
    """The spread of hours; without any it is 0."""
    ranked, total = sorted(hours), sum(hours)
    weighted = sum(rank * one for rank, one in enumerate(ranked, 1))
    gini = (
        2 * weighted / (len(ranked) * total) - (len(ranked) + 1) / len(ranked) if total > 0 else 0.0
    )
    return Spread(most=max(hours, default=0.0), least=min(hours, default=0.0), gini=max(0.0, gini))
