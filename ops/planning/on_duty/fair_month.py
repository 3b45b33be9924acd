"""A fair month for the people of a station: nights, weekends and turns shared, with what the months
before gave each; leave and what was typed by hand kept; rest, hours and certificates as the rules
ask. Proposed: nothing stands before somebody takes it in. Pure.

What is asked for is what the rotations and shifts of the crews and drivers' posts say, day by day.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from statistics import median_low

from data.model.city import City, Crew, Person, Shift, worker_key
from data.model.message import Message
from data.model.roster import RosterChange, RosterDay, WorkerKey
from ops.district.public_holidays import is_workday
from ops.district.rosters import OFF, home_of, is_on_leave, shift_on, turns
from ops.planning.on_duty.roster_days import DEEP_NIGHT
from ops.planning.on_duty.roster_rules import worked_hours
from ops.planning.on_duty.teams import CERTIFIED_WORK
from ops.planning.parameters import DutySettings
from solver.rosters.month import (
    PEOPLE,
    WEEK,
    MonthLoad,
    MonthNeed,
    MonthPerson,
    MonthProblem,
    MonthReasons,
    MonthRule,
    MonthShift,
    check_month,
    instead,
    lacks,
    loads,
)

DRIVING = "driver"
WORKDAY_HOURS = 8.0  # Labour Law art. 36
CATCH_UP = 3
"""Nobody is given more or less for what the months before gave than so many from the middle: who is
new, or was ill, does not make up for all of it at once (assumption).
"""
MOST_FIXES = 8
REASON = ":fair_month:"
"""The reason, in no words of people, of the days that such a month has put in: the next may move
them.
"""
Day = tuple[WorkerKey, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class FairMonth:
    """A month proposed for a station.

    Attributes
    ----------
    days
        That it is of, which follow one another.
    problem, roster
        What was asked, and who has which shift, by the number of the day.
    stands
        The duty that each has now.
    shifts
        The shift of the tables behind each of the problem's: drivers' posts have their own there.
    """

    days: tuple[date, ...]
    people: tuple[Person, ...]
    problem: MonthProblem
    roster: Mapping[tuple[str, int], str]
    stands: Mapping[tuple[str, int], str]
    shifts: Mapping[str, Shift]

    def duty(self, who: str, day: int) -> str | None:
        """The shift that somebody has on a day, as the tables name it."""
        found = self.roster.get((who, day))
        return self.shifts[found].id if found else None

    def counts(self) -> tuple[tuple[Person, MonthLoad, MonthLoad, MonthLoad], ...]:
        """What the months before gave each beside the middle, what stands for these days, and what
        is proposed.
        """
        before = {one.id: one.carried for one in self.problem.people}
        stands, now = loads(self.problem, self.stands), loads(self.problem, self.roster)
        return tuple((one, before[one.id], stands[one.id], now[one.id]) for one in self.people)

    def broken(self) -> tuple[tuple[MonthRule, str, date], ...]:
        """What a change by hand has broken; the proposal itself breaks nothing."""
        found = check_month(self.problem, self.roster)
        return tuple(
            (rule, who, self.days[day])
            for rule, who, day in sorted(found, key=lambda one: (one[2], one[1], one[0]))
        )

    def short(self) -> tuple[tuple[date, Shift, str, int], ...]:
        """What shifts lack: people, drivers, leads or who holds a certificate, by day."""
        posts = {one.id for one in self.problem.shifts if one.certificate == DRIVING}
        return tuple(
            (self.days[day], self.shifts[shift], DRIVING if shift in posts else what, number)
            for (day, shift, what), number in sorted(lacks(self.problem, self.roster).items())
        )

    def missing(self) -> int:
        """How many people and drivers lack altogether."""
        return sum(n for _, _, what, n in self.short() if what in (PEOPLE, DRIVING))

    def why_short(self) -> MonthReasons:
        """The fewest reasons why something is missing, and what would mend it."""
        from solver.rosters.month_model import reasons  # with all of OR-Tools

        return reasons(self.problem, self.roster)

    def entries(self) -> tuple[RosterDay, ...]:
        """The days that differ from what stands."""
        away = {one.id: one.away for one in self.problem.people}
        return tuple(
            RosterDay(day=day, person_id=one.id, duty=self.duty(one.id, n) or OFF)
            for one in self.people
            for n, day in enumerate(self.days)
            if n not in away[one.id] and self.duty(one.id, n) != self._standing(one.id, n)
        )

    def stood(self) -> dict[Day, str | None]:
        """The shift that each had on each day when this was made; ``None``: none."""
        return {
            (("person", one.id), day): self._standing(one.id, n)
            for one in self.people
            for n, day in enumerate(self.days)
        }

    def _standing(self, who: str, day: int) -> str | None:
        found = self.stands.get((who, day))
        return self.shifts[found].id if found else None

    @property
    def basis(self) -> str:
        """A digest of what it is made of: days, people with their leave and certificates, what
        shifts ask for, and what stands.
        """
        words = json.dumps(_plain((self.days, self.problem, self.stands)))
        return sha256(words.encode()).hexdigest()

    def changed(self, who: str, day: date, duty: str | None) -> "FairMonth":
        """With another duty of somebody on a day: a shift of the tables, or off."""
        key, roster = (who, self.days.index(day)), dict(self.roster)
        roster.pop(key, None)
        same = [name for name, shift in self.shifts.items() if shift.id == duty]
        if same:
            own = next(one.usual for one in self.problem.people if one.id == who)
            roster[key] = own if own in same else same[0]
        return replace(self, roster=roster)

    def why(self, who: str, day: date) -> Message:
        """Why somebody has the turn of a day: who else could have had it and has more already, and
        what keeps the others.
        """
        number = self.days.index(day)
        names = {one.id: one.name for one in self.people}
        others = instead(self.problem, self.roster, who, number)
        free = [names[one] for one, rule in others.items() if rule is None]
        bars = Counter(rule for rule in others.values() if rule)
        told = tuple(
            Message("fair_month.bar", {"rule": Message(f"month_rule.{rule}"), "n": count})
            for rule, count in sorted(bars.items())
        )
        own = loads(self.problem, self.roster)[who]
        facts = {"who": names[who], "day": day, "nights": own.nights, "weekends": own.weekends}
        return Message("fair_month.why", facts | {"free": tuple(free), "bars": told})


def typed_days(city: City, changes: Iterable[RosterChange]) -> frozenset[Day]:
    """The days of which somebody has typed what they are, in a table or on a page.

    Parameters
    ----------
    city
        With the changes over its roster.
    """
    latest = {(one.entry.worker, one.day): one for one in changes}
    ours = {key for key, one in latest.items() if one.reason == REASON and one.duty}
    return frozenset({*city.roster_by_day, *city.swaps_by_day} - ours)


def fair_month(
    city: City,
    station_id: str,
    days: Sequence[date],
    duty: DutySettings,
    typed: Collection[Day] = (),
) -> FairMonth:
    """The fairest legal roster of the people of a station, for days that follow one another."""
    from solver.rosters.month_model import (
        month_roster,
    )  # with all of OR-Tools: only where asked for

    asked = month_asked(city, station_id, days, duty, typed)
    return replace(asked, roster=month_roster(asked.problem))


def month_asked(
    city: City,
    station_id: str,
    days: Sequence[date],
    duty: DutySettings,
    typed: Collection[Day] = (),
) -> FairMonth:
    """What a month is to be made of, with nobody on duty yet."""
    people = tuple(
        one for one in city.people if one.station_id == station_id and home_of(one, city)
    )
    past = {one.id: _past(one, city, days[0], duty.fair_months) for one in people}
    carried = _carried(past)
    shifts = {_name(shift, driving): shift for shift in city.shifts for driving in (False, True)}
    problem = MonthProblem(
        people=tuple(_person(one, city, days, duty, typed, carried) for one in people),
        shifts=tuple(_shift(shift, driving) for shift in city.shifts for driving in (False, True)),
        days=len(days),
        needs=_needs(people, days, city, duty),
        weekend=frozenset(n for n, day in enumerate(days) if not is_workday(day)),
        least_rest=duty.rest_hours,
    )
    stands = {
        (one.id, n): _name(shift, one.driver_id is not None)
        for one in people
        for n, day in enumerate(days)
        if (shift := shift_on(one, day, city))
    }
    return FairMonth(
        days=tuple(days),
        people=people,
        problem=problem,
        roster={},
        stands=stands,
        shifts=shifts,
    )


def explained_month(
    city: City,
    station_id: str,
    days: Sequence[date],
    duty: DutySettings,
    typed: Collection[Day] = (),
) -> tuple[FairMonth, MonthReasons | None]:
    """As ``fair_month``, and why something is missing; ``None``: nothing is."""
    month = fair_month(city, station_id, days, duty, typed)
    return month, month.why_short() if month.short() else None


def headline(month: FairMonth) -> Message:
    """Whether all turns have somebody, in a sentence."""
    facts: dict[str, object] = {"demand": month.problem.demand, "missing": month.missing()}
    return Message(f"fair_month.{'short' if month.short() else 'whole'}", facts)


def why_messages(month: FairMonth, why: MonthReasons) -> tuple[Message, ...]:
    """The fewest reasons why something is missing, and what would mend it."""
    names = {one.id: one.name for one in month.people}
    rules = [Message(f"month_rule.{rule}") for rule in why.rules]
    rules += [Message("fair_month.too_few")] if why.too_few else []
    lines = [Message("fair_month.reasons", {"rules": tuple(rules)})] if rules else []
    lines += [
        Message(
            "fair_month.fix_leave",
            {"who": names[who], "day": month.days[day], "shift": month.shifts[shift].name},
        )
        for who, day, shift in why.leave[:MOST_FIXES]
    ]
    lines += [Message("fair_month.fix_borrow", {"n": why.borrow})] if why.borrow else []
    return tuple(lines)


def _plain(value: object) -> object:
    """What JSON can hold, the same whatever order it was put together in."""
    if is_dataclass(value) and not isinstance(value, type):
        return [_plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Mapping):
        return sorted([str(key), _plain(part)] for key, part in value.items())
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, int | float) else str(value)


def _name(shift: Shift, driving: bool) -> str:
    return f"{shift.id}+{DRIVING}" if driving else shift.id


def _person(
    person: Person,
    city: City,
    days: Sequence[date],
    duty: DutySettings,
    typed: Collection[Day],
    carried: Mapping[str, MonthLoad],
) -> MonthPerson:
    drives, first, key = person.driver_id is not None, days[0], worker_key(person)
    own: dict[int, str | None] = {
        n: _name(shift, drives) if (shift := shift_on(person, day, city)) else None
        for n in range(-WEEK, len(days))
        for day in (first + timedelta(days=n),)
    }
    away = frozenset(n for n, day in enumerate(days) if is_on_leave(person, day, city))
    home = home_of(person, city)
    usual = city.shift_by_id.get(home.shift_id) if home and not isinstance(home, Person) else None
    return MonthPerson(
        id=person.id,
        leads=person.role.leads,
        usual=_name(usual, drives) if usual else None,
        certificates={skill: (end - first).days for skill, end in person.certificates.items()},
        away=away,
        before={n: shift for n, shift in own.items() if n < 0 and shift},
        fixed={n: own[n] for n, day in enumerate(days) if (key, day) in typed and n not in away},
        most_hours=person.week_hours or duty.week_hours,
        month_hours=_hours_left(person, city, days, duty),
        no_nights=person.no_heat,
        carried=carried[person.id],
    )


def _hours_left(person: Person, city: City, days: Sequence[date], duty: DutySettings) -> float:
    """What of the hours of the months that these days lie in is left for them: the working days'
    eight hours, and the overtime that art. 41 allows a month.
    """
    most = 0.0
    for first in sorted({day.replace(day=1) for day in days}):
        month = [first + timedelta(days=n) for n in range(31)]
        month = [day for day in month if day.month == first.month]
        most += WORKDAY_HOURS * sum(map(is_workday, month)) + duty.month_overtime_hours
        done = [day for day in month if day < days[0]]
        most -= sum(map(worked_hours, turns(person, done, city)))
    return max(0.0, most)


def _carried(past: Mapping[str, MonthLoad]) -> dict[str, MonthLoad]:
    """What the months before gave each beside the middle of all, within ``CATCH_UP``."""

    def near(own: MonthLoad, name: str) -> int:
        middle = median_low(getattr(one, name) for one in past.values())
        return max(-CATCH_UP, min(CATCH_UP, getattr(own, name) - middle))

    return {
        who: MonthLoad(
            turns=near(own, "turns"), nights=near(own, "nights"), weekends=near(own, "weekends")
        )
        for who, own in past.items()
    }


def _past(person: Person, city: City, first: date, months: int) -> MonthLoad:
    start = first.replace(day=1)
    for _ in range(months):
        start = (start - timedelta(days=1)).replace(day=1)
    own = turns(person, [start + timedelta(days=n) for n in range((first - start).days)], city)
    return MonthLoad(
        turns=len(own),
        nights=sum(_shift(turn.shift, False).is_night for turn in own),
        weekends=sum(not is_workday(turn.day) for turn in own),
    )


def _needs(
    people: Iterable[Person], days: Sequence[date], city: City, duty: DutySettings
) -> dict[tuple[int, str], MonthNeed]:
    """What each shift of each day asks for: the people of its crews, one of them to lead each, who
    holds the certificates of what the crews do, and its drivers' posts.
    """
    homes = {worker_key(home): home for one in people if (home := home_of(one, city))}
    needs: dict[tuple[int, str], MonthNeed] = {}
    for home in homes.values():
        for n, day in enumerate(days):
            if shift := shift_on(home, day, city):
                is_crew = isinstance(home, Crew)
                key = n, _name(shift, not is_crew)
                needs[key] = _more(needs.get(key, MonthNeed(people=0)), home, duty)
    return needs


def _more(need: MonthNeed, home: object, duty: DutySettings) -> MonthNeed:
    if not isinstance(home, Crew):
        return replace(need, people=need.people + 1)
    skills = dict(need.skills)
    for skill in CERTIFIED_WORK:
        if skill in home.skills:
            most = duty.jetting_people if skill == "jetting" else 1
            skills[skill] = skills.get(skill, 0) + most
    return MonthNeed(people=need.people + home.size, leads=need.leads + 1, skills=skills)


def _shift(shift: Shift, driving: bool) -> MonthShift:
    start, end, deep = (_hour(clock) for clock in (shift.start, shift.end, DEEP_NIGHT))
    end += 24 if end <= start else 0
    return MonthShift(
        id=_name(shift, driving),
        start=start,
        end=end,
        hours=end - start - shift.break_minutes / 60,
        is_night=any(start <= at < end for at in (deep, deep + 24)),
        certificate=DRIVING if driving else None,
    )


def _hour(clock: time) -> float:
    return (datetime.combine(date.min, clock) - datetime.min) / timedelta(hours=1)
