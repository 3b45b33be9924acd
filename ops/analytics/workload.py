"""Who has worked how much: hours, nights, second turns and overtime of every crew, and how evenly
they lie. Pure.

A crew's hours are those of its people on average: what one of its squads does counts for them. Its
overtime is measured at the squad that has the most.

Hours count from setting out to the work done: as reported where the field has reported both, up to
now where it has reported the first only, else as planned once the planned end is past. Work that a
station which reports has missed is nobody's hours. Minutes with
two works at once count once. Overtime is what a crew works after its shift, and all that it works
when it is called in for a second turn.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City, Crew
from data.model.ids import UnitId
from data.model.message import Message
from data.model.operation import LevelOrder
from data.model.plan import Member, UnitKind
from data.model.wall_clock import hours_into, midnight
from ops.analytics.case import Case
from ops.analytics.time_kpis import ResponseSettings
from ops.district.public_holidays import is_public_holiday
from ops.district.rosters import shift_on, turns
from ops.intake.response_level import order_in_force

DAY, MONTH = "day", "month"
Span = tuple[datetime, datetime]


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
                "overtime in a day must lie in 0 to 24 hours, the usual below the most; "
                "in a month to 744"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkInterval:
    """One crew's or squad's part in one assignment; ``reported`` where the field has told its
    times, ``people`` ``None`` where the plan does not tell how many they were.
    """

    crew_id: str
    unit_id: str
    start_at: datetime
    end_at: datetime
    reported: bool
    people: int | None = None
    overtime_from: datetime | None = None

    @property
    def overtime(self) -> Span | None:
        """The part that is overtime."""
        if self.overtime_from is None or self.overtime_from >= self.end_at:
            return None
        return max(self.start_at, self.overtime_from), self.end_at

    @property
    def unit(self) -> UnitId:
        """The unit's name, read."""
        return UnitId.parse(self.unit_id)


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
    overtime_pay
        Hours of overtime by the per cent of the wage that is paid for them: 150, on a day of rest
        200, on a public holiday 300 (Labour Law art. 44).
    """

    crew_id: str
    hours: float
    reported_hours: float
    night_hours: float
    nights: int
    calls: int
    overtime_hours: float
    unusual_days: int
    violations: tuple[OvertimeViolation, ...]
    overtime_pay: tuple[tuple[int, float], ...] = ()


def work_intervals(cases: Iterable[Case], now: datetime) -> tuple[WorkInterval, ...]:
    """What the crews have worked by now, from the response cases; work that was reopened counts as
    it is planned.
    """
    intervals = [
        interval
        for case in cases
        if case.state != "withdrawn"
        for member in case.members
        if member.kind is UnitKind.CREW and (interval := _interval(case, member, now))
    ]
    return tuple(
        sorted(intervals, key=lambda one: (one.crew_id, one.start_at, one.end_at, one.unit_id))
    )


def _interval(case: Case, member: Member, now: datetime) -> WorkInterval | None:
    if case.planned_end is None or case.untold:
        return None
    begun_at = None if case.reopened else case.at("departed") or case.at("on_site")
    if begun_at:
        end_at = case.at("cleared") or min(max(case.planned_end, begun_at), now)
    else:
        end_at = case.planned_end
    start_at = begun_at or member.leave_at
    if not start_at < end_at <= now:
        return None
    return WorkInterval(
        crew_id=member.resource_id,
        unit_id=member.unit_id,
        start_at=start_at,
        end_at=end_at,
        reported=begun_at is not None,
        people=member.people,
    )


def crew_workloads(
    intervals: Sequence[WorkInterval],
    orders: Sequence[LevelOrder],
    city: City,
    period: tuple[datetime, datetime],
    settings: WorkloadSettings,
    response: ResponseSettings,
) -> tuple[CrewWorkload, ...]:
    """Every crew of the district and every other that worked, the one with the most hours first.

    Parameters
    ----------
    intervals
        All that is known, so that a day or month that began before the period is counted whole
        against its limit.
    orders
        The response levels ordered, oldest first.
    """
    zone = ZoneInfo(city.district.time_zone)
    by_crew: dict[str, list[WorkInterval]] = {crew.id: [] for crew in city.crews}
    for interval in intervals:
        by_crew.setdefault(interval.crew_id, []).append(interval)
    workloads = []
    for crew_id, own in by_crew.items():
        crew = city.crew_by_id.get(crew_id)
        own = [replace(one, overtime_from=_overtime_from(one, crew, city)) for one in own]
        groups = _groups(own, crew.size if crew else 1)
        violations = _violations(crew_id, groups, orders, zone, settings)
        found = _workload(crew_id, groups, violations, zone, period, settings, response)
        workloads.append(replace(found, overtime_pay=_overtime_pay(crew, groups, period, city)))
    return tuple(sorted(workloads, key=lambda workload: (-workload.hours, workload.crew_id)))


def _overtime_from(interval: WorkInterval, crew: Crew | None, city: City) -> datetime | None:
    """When the overtime of its turn began; ``None`` where the tables do not tell."""
    if interval.unit.is_called_in:
        return interval.start_at
    try:
        day = date.fromisoformat(interval.unit.duty)
    except ValueError:  # not the name of a crew's turn
        return None
    return next((turn.end for turn in turns(crew, (day,), city)), None) if crew else None


def _overtime_pay(
    crew: Crew | None, groups: Sequence["_Group"], period: Span, city: City
) -> tuple[tuple[int, float], ...]:
    """The hours of overtime by what they are paid, in per cent of the wage."""
    zone = ZoneInfo(city.district.time_zone)
    paid: defaultdict[int, float] = defaultdict(float)
    for share, intervals in groups:
        by_day = defaultdict(list)
        for interval in intervals:
            span = _cut(interval.overtime, period) if interval.overtime else None
            for part in _days(span, zone) if span else ():
                by_day[part[0].astimezone(zone).date()].append(part)
        for day, spans in by_day.items():
            paid[_pay(crew, day, city)] += share * _hours(spans)
    return tuple(sorted(paid.items()))


def _pay(crew: Crew | None, day: date, city: City) -> int:
    """Per cent of the wage for an hour of overtime on that day (Labour Law art. 44)."""
    if is_public_holiday(day):
        return 300
    return 200 if crew and shift_on(crew, day, city) is None else 150


_Group = tuple[float, Sequence[WorkInterval]]  # the share of the crew's people, and their work


def _groups(intervals: Sequence[WorkInterval], size: int) -> list[_Group]:
    """Those of a crew who always worked together, with all that they worked: the crew where it went
    out as one, else its squads and who went out with none.
    """
    people: dict[int, int] = {}
    for interval in intervals:
        if squad := interval.unit.squad:
            people[squad] = max(people.get(squad, 1), interval.people or 1)
    size = max(size, sum(people.values()))
    whole = [interval for interval in intervals if interval.unit.squad is None]
    groups: list[_Group] = [
        (number / size, [one for one in intervals if one.unit.squad in (None, squad)])
        for squad, number in sorted(people.items())
    ]
    rest = size - sum(people.values())
    return [*groups, (rest / size, whole)] if rest else groups


def _workload(
    crew_id: str,
    groups: Sequence[_Group],
    violations: Iterable[OvertimeViolation],
    zone: ZoneInfo,
    period: tuple[datetime, datetime],
    settings: WorkloadSettings,
    response: ResponseSettings,
) -> CrewWorkload:
    within = [(share, _within(intervals, period)) for share, intervals in groups]
    every = [interval for _, intervals in within for interval in intervals]

    def hours(wanted: Callable[[WorkInterval], bool] = lambda _: True) -> float:
        return sum(
            share * _hours((one.start_at, one.end_at) for one in intervals if wanted(one))
            for share, intervals in within
        )

    touched = _days_and_months(((one.start_at, one.end_at) for one in every), zone)
    return CrewWorkload(
        crew_id=crew_id,
        hours=hours(),
        reported_hours=hours(lambda one: one.reported),
        night_hours=sum(
            share * _night_hours([(one.start_at, one.end_at) for one in intervals], zone, response)
            for share, intervals in within
        ),
        nights=_turns(
            one for one in every if _night_hours([(one.start_at, one.end_at)], zone, response) > 0
        ),
        calls=_turns(one for one in every if one.unit.is_called_in),
        overtime_hours=sum(
            share * _hours(one.overtime for one in intervals if one.overtime)
            for share, intervals in within
        ),
        unusual_days=_unusual_days(groups, touched, zone, settings),
        violations=tuple(violation for violation in violations if violation.when in touched),
    )


def _within(intervals: Iterable[WorkInterval], period: Span) -> list[WorkInterval]:
    """The parts of the works that lie in the period."""
    return [
        replace(interval, start_at=span[0], end_at=span[1])
        for interval in intervals
        if (span := _cut((interval.start_at, interval.end_at), period))
    ]


def _turns(intervals: Iterable[WorkInterval]) -> int:
    """How many turns of duty these lie in."""
    return len({replace(interval.unit, squad=None) for interval in intervals})


def _days_and_months(spans: Iterable[tuple[datetime, datetime]], zone: ZoneInfo) -> set[str]:
    """The days and months that work lies in, as violations name them."""
    return {
        _when(start, unit, zone)
        for span in spans
        for start, _ in _days(span, zone)
        for unit in (DAY, MONTH)
    }


def _unusual_days(
    groups: Sequence[_Group],
    touched: Container[str],
    zone: ZoneInfo,
    settings: WorkloadSettings,
) -> int:
    return sum(
        settings.usual_day_hours < _hours(spans) <= settings.day_hours
        for when, spans in _overtime(groups, DAY, zone).items()
        if when in touched
    )


def _violations(
    crew_id: str,
    groups: Sequence[_Group],
    orders: Sequence[LevelOrder],
    zone: ZoneInfo,
    settings: WorkloadSettings,
) -> Iterator[OvertimeViolation]:
    for unit, limit in ((DAY, settings.day_hours), (MONTH, settings.month_hours)):
        for when, spans in sorted(_overtime(groups, unit, zone).items()):
            if (hours := _hours(spans)) > limit:
                begun_at = min(start for start, _ in spans)
                order = order_in_force([order for order in orders if order.at <= begun_at])
                yield OvertimeViolation(
                    crew_id=crew_id,
                    span=unit,
                    when=when,
                    hours=hours,
                    limit=limit,
                    level=order.level if order else None,
                )


def overtime_violations(workloads: Sequence[CrewWorkload]) -> Message:
    """How many limits were broken, and how many of those an ordered response level exempts; none
    worked: not measured.
    """
    violations = [violation for workload in workloads for violation in workload.violations]
    exempt = [violation.level for violation in violations if violation.level]
    if not any(workload.hours for workload in workloads):
        return Message("kpi.rule_breaches_missing")
    if not exempt:
        return Message("kpi.rule_breaches", {"count": len(violations)})
    return Message(
        "kpi.rule_breaches_exempt",
        {
            "count": len(violations),
            "exempt": len(exempt),
            "levels": tuple(sorted(set(exempt))),
        },
    )


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
        following = midnight(day + timedelta(days=1), zone)
        yield start, min(end, following)
        start = following


def _when(at: datetime, unit: str, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d" if unit == DAY else "%Y-%m")


def _overtime(groups: Iterable[_Group], unit: str, zone: ZoneInfo) -> dict[str, list[Span]]:
    """The spans of overtime, by local day or month: those of whoever had the most."""
    most: dict[str, list[Span]] = {}
    for _, intervals in groups:
        spans = defaultdict(list)
        for interval in intervals:
            for part in _days(interval.overtime, zone) if interval.overtime else ():
                spans[_when(part[0], unit, zone)].append(part)
        for when, own in spans.items():
            most[when] = max(most.get(when, []), own, key=_hours)
    return most


def _night_hours(spans: Iterable[Span], zone: ZoneInfo, response: ResponseSettings) -> float:
    """The hours of the spans that are night, counted by the hours of the local clock."""
    found = []
    for span in spans:
        for start, end in _days(span, zone):
            day = start.astimezone(zone).date()
            hours = (
                (hours_into(day, n, zone), hours_into(day, n + 1, zone))
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
