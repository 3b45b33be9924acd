"""A month's roster for the people of one station: nights, weekends and turns shared fairly, within
rest, rest days, hours and certificates.

What is asked (`MonthProblem`) and the referee, which judges any roster without the model that found
it (`solver.rosters.month_model`). Days are numbers from 0; pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

WEEK = 7


class MonthRule(StrEnum):
    """What a month may break."""

    UNKNOWN = "unknown"  # no such person, day or shift
    FIXED = "fixed"  # other than somebody has typed
    AWAY = "away"  # on duty on a day of leave
    CERTIFICATE = "certificate"  # the shift asks for one that does not hold that day
    NIGHT = "night"  # a night of somebody who may have none
    REST = "rest"  # too little rest between two turns
    REST_DAY = "rest_day"  # seven days without one
    HOURS = "hours"  # too many in seven days
    MONTH_HOURS = "month_hours"  # too many in the month


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthShift:
    """A shift of the day, or its drivers' posts; ``start`` and ``end`` are hours from the day's
    midnight, ``certificate`` is what everybody on it must hold.
    """

    id: str
    start: float
    end: float
    hours: float
    is_night: bool = False
    certificate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLoad:
    """Turns, and how many of them are nights, and on weekends and holidays."""

    turns: int = 0
    nights: int = 0
    weekends: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthNeed:
    """How many people a shift of a day asks for, how many of them lead, and how many hold each
    certificate.
    """

    people: int
    leads: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPerson:
    """Somebody of the station.

    Attributes
    ----------
    usual
        The own shift.
    certificates
        The last day on which each holds.
    away
        Days of leave.
    before
        The shift of each day of duty in the week before: days -7 to -1.
    fixed
        What somebody has typed of a day: a shift, or ``None`` for off. Nobody else moves it.
    most_hours, month_hours
        In seven days, and in all days of the problem.
    no_nights
        Given no night.
    carried
        What the months before gave, which counts with what this one gives.
    """

    id: str
    leads: bool = False
    usual: str | None = None
    certificates: Mapping[str, int] = field(default_factory=dict)
    away: frozenset[int] = frozenset()
    before: Mapping[int, str] = field(default_factory=dict)
    fixed: Mapping[int, str | None] = field(default_factory=dict)
    most_hours: float = 168.0
    month_hours: float = 744.0
    no_nights: bool = False
    carried: MonthLoad = MonthLoad()

    def barred(self, shift: MonthShift, day: int) -> MonthRule | None:
        """Why this one may not have a shift on a day whatever else the roster holds."""
        if day in self.away:
            return MonthRule.AWAY
        if shift.certificate and self.certificates.get(shift.certificate, -1) < day:
            return MonthRule.CERTIFICATE
        return MonthRule.NIGHT if shift.is_night and self.no_nights else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthProblem:
    """People, shifts, and what each shift of each day asks for."""

    people: tuple[MonthPerson, ...]
    shifts: tuple[MonthShift, ...]
    days: int
    needs: Mapping[tuple[int, str], MonthNeed]
    weekend: frozenset[int] = frozenset()
    least_rest: float = 11.0

    @property
    def demand(self) -> int:
        """Turns asked for."""
        return sum(need.people for need in self.needs.values())

    @property
    def supply(self) -> int:
        """Turns that there can be at most, whoever does which: by leave, rest days and hours."""
        shortest = min((shift.hours for shift in self.shifts), default=1.0)
        return sum(_most_turns(person, self.days, shortest) for person in self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReasons:
    """Why a month lacks somebody.

    Attributes
    ----------
    rules
        The fewest kinds of rules that stand in the way.
    too_few
        Whether some are missing even without any rule.
    leave
        The days of leave that would mend as much as leave can, by whom and which shift.
    borrow
        Turns that are missing then: by people lent or added.
    """

    rules: tuple[MonthRule, ...] = ()
    too_few: bool = False
    leave: tuple[tuple[str, int, str], ...] = ()
    borrow: int = 0


def _most_turns(person: MonthPerson, days: int, shortest: float) -> int:
    """As early as may be is as many as may be, where any seven days hold at most so many."""
    most = min(WEEK - 1, int(person.most_hours / shortest))
    on = dict.fromkeys(person.before, True)
    for day in range(days):
        told = person.fixed.get(day) if day in person.fixed else ""
        free = day not in person.away and told == ""
        on[day] = (free and sum(on.get(n, False) for n in week_to(day)) < most) or bool(told)
    turns = sum(there for day, there in on.items() if day >= 0)
    return min(turns, max(len(person.fixed), int(person.month_hours / shortest)))


def week_to(day: int) -> range:
    """The seven days that end with this one."""
    return range(day - WEEK + 1, day + 1)


Roster = Mapping[tuple[str, int], str]
"""The shift of each person on each day of duty."""
Broken = tuple[MonthRule, str, int]
"""A rule broken, by whom and on which day."""


def check_month(problem: MonthProblem, roster: Roster) -> set[Broken]:
    """Every rule broken; what somebody has typed answers for itself."""
    shifts = {one.id for one in problem.shifts}
    people = {one.id for one in problem.people}
    broken = {
        (MonthRule.UNKNOWN, who, day)
        for (who, day), shift in roster.items()
        if who not in people or shift not in shifts or not 0 <= day < problem.days
    }
    return broken.union(*(broken_by(problem, roster, person) for person in problem.people))


def broken_by(problem: MonthProblem, roster: Roster, person: MonthPerson) -> set[Broken]:
    """The rules that somebody's own days break."""
    shifts = {one.id: one for one in problem.shifts}
    told = {day: shift for (who, day), shift in roster.items() if who == person.id}
    own = {d: shifts[s] for d, s in (dict(person.before) | told).items() if s in shifts}
    fixed = {
        (MonthRule.FIXED, person.id, day)
        for day, shift in person.fixed.items()
        if told.get(day) != shift
    }
    return fixed | {(rule, person.id, day) for rule, day in _broken(person, own, problem)}


def _broken(
    person: MonthPerson, own: Mapping[int, MonthShift], problem: MonthProblem
) -> Iterator[tuple[MonthRule, int]]:
    def ours(*days: int) -> bool:
        return any(day >= 0 and day in own and day not in person.fixed for day in days)

    ahead, hours = sorted(day for day in own if day >= 0), 0.0
    for day in ahead:
        if ours(day) and (rule := person.barred(own[day], day)):
            yield rule, day
        before = own.get(day - 1)
        is_short = before and own[day].start + 24 - before.end < problem.least_rest
        if is_short and ours(day - 1, day):
            yield MonthRule.REST, day
        hours += own[day].hours
        if hours > person.month_hours and ours(*ahead):
            yield MonthRule.MONTH_HOURS, day
    for day in range(problem.days):
        week = [own[n] for n in week_to(day) if n in own]
        if not ours(*week_to(day)):
            continue
        if len(week) == WEEK:
            yield MonthRule.REST_DAY, day
        if sum(shift.hours for shift in week) > person.most_hours:
            yield MonthRule.HOURS, day


PEOPLE, LEADS = "people", "leads"


def lacks(problem: MonthProblem, roster: Roster) -> dict[tuple[int, str, str], int]:
    """What each shift lacks."""
    there: dict[tuple[int, str], list[MonthPerson]] = {}
    people = {one.id: one for one in problem.people}
    for (who, day), shift in roster.items():
        there.setdefault((day, shift), []).append(people[who])
    found = {}
    for (day, shift), need in problem.needs.items():
        own = there.get((day, shift), [])
        found[day, shift, PEOPLE] = need.people - len(own)
        found[day, shift, LEADS] = need.leads - sum(one.leads for one in own)
        for skill, number in need.skills.items():
            able = sum(one.certificates.get(skill, -1) >= day for one in own)
            found[day, shift, skill] = number - able
    return {key: number for key, number in found.items() if number > 0}


def loads(problem: MonthProblem, roster: Roster) -> dict[str, MonthLoad]:
    """What a month gives each, without what the months before gave."""
    nights = {shift.id for shift in problem.shifts if shift.is_night}
    found = {}
    for person in problem.people:
        own = {day: shift for (who, day), shift in roster.items() if who == person.id}
        found[person.id] = MonthLoad(
            turns=len(own),
            nights=sum(shift in nights for shift in own.values()),
            weekends=sum(day in problem.weekend for day in own),
        )
    return found


def instead(
    problem: MonthProblem, roster: Roster, who: str, day: int
) -> dict[str, MonthRule | None]:
    """Of everybody else, which rule having this turn would break; ``None``: none, and it is a
    matter of what each has already.
    """
    shift = roster[who, day]
    found: dict[str, MonthRule | None] = {}
    for person in problem.people:
        if person.id == who:
            continue
        if (person.id, day) in roster:
            found[person.id] = MonthRule.FIXED if day in person.fixed else MonthRule.REST
            continue
        tried = {**roster, (person.id, day): shift}
        new = broken_by(problem, tried, person) - broken_by(problem, roster, person)
        found[person.id] = min((rule for rule, _, _ in new), default=None)
    return found
