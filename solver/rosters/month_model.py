"""The month by CP-SAT: week after week so that as little is missing as can be, then pair by pair
so that nobody has more nights, weekends or turns than need be; and, where something is missing, the
fewest kinds of rules that stand in the way and the days of leave that would mend it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from ortools.sat.python import cp_model

from solver.rosters.month import (
    LEADS,
    PEOPLE,
    WEEK,
    MonthLoad,
    MonthNeed,
    MonthPerson,
    MonthProblem,
    MonthReasons,
    MonthRule,
    MonthShift,
    lacks,
    loads,
    week_to,
)

SHORT, LEADERLESS, UNSKILLED = 1000, 3000, 500
"""What a missing person, lead and certificate of a shift count."""
GAPS = {"nights": 60, "weekends": 60, "turns": 20}
MOVED = 1
"""What the gap between two people counts, by what a `MonthLoad` counts; and a turn on another than
the usual shift.
"""
LOOSE, CALLED = 100, 10
"""What a kind of rule put aside counts, and a day of leave that is worked."""
OF_PEOPLE, MOST_TIMES = 20, 16
"""For so many people are the steps; more have them by the cube, so many times at most."""
AHEAD = 3
"""Days that a week looks ahead."""
STEPS, MEND_STEPS, PAIR_STEPS, MOST_PAIRS = 0.15, 0.3, 0.06, 30
"""Deterministic time for each week, each that lacks somebody and each pair; how many pairs."""
LOOSENED = (
    MonthRule.AWAY,
    MonthRule.CERTIFICATE,
    MonthRule.NIGHT,
    MonthRule.REST,
    MonthRule.REST_DAY,
    MonthRule.HOURS,
    MonthRule.MONTH_HOURS,
)
_Cells = dict[tuple[str, int], str | None]


def month_roster(problem: MonthProblem) -> dict[tuple[str, int], str]:
    """The fairest legal roster; who is missing is missing where it matters least."""
    known = _given(problem)
    typed = frozenset(known)
    for start in range(0, problem.days, WEEK):
        end = min(start + WEEK + AHEAD, problem.days)
        found = _Window(problem, known, range(start, end)).settled(_for(problem, STEPS))
        known |= {key: shift for key, shift in found.items() if key[1] < start + WEEK}
    known = _mended(problem, known, typed)
    return _turns(_shared(problem, known, typed), problem)


def reasons(problem: MonthProblem, roster: Mapping[tuple[str, int], str]) -> MonthReasons:
    """Why a roster lacks somebody, week by week, all together."""
    missing = lacks(problem, roster)
    rules: set[MonthRule] = set()
    leave: list[tuple[str, int, str]] = []
    too_few, borrow = False, 0
    given = _given(problem)
    whole: _Cells = {(one.id, day): None for one in problem.people for day in range(problem.days)}
    whole |= {**roster}
    for start in sorted({day - day % WEEK for day, _, _ in missing}):
        days = range(start, min(start + WEEK, problem.days))
        known = {
            key: shift
            for key, shift in (whole | given).items()
            if key[1] not in days or key in given
        }
        for one in problem.people:  # leave is tried too
            for day in one.away & set(days) - one.fixed.keys():
                known.pop((one.id, day), None)
        why = _Window(problem, known, days, loosened=LOOSENED)
        lacking, put_aside, _ = why.explained()
        rules |= put_aside
        too_few = too_few or lacking > 0
        lacking, _, called = _Window(problem, known, days, loosened=(MonthRule.AWAY,)).explained()
        leave += called
        borrow += lacking
    return MonthReasons(
        rules=tuple(rule for rule in LOOSENED if rule in rules),
        too_few=too_few,
        leave=tuple(sorted(leave, key=lambda one: (one[1], one[0]))),
        borrow=borrow,
    )


def _for(problem: MonthProblem, steps: float) -> float:
    return steps * min(MOST_TIMES, max(1.0, (len(problem.people) / OF_PEOPLE) ** 3))


def _given(problem: MonthProblem) -> _Cells:
    """What is settled before: the week before, what was typed, days of leave."""
    given: _Cells = {}
    for person in problem.people:
        given |= {(person.id, day): shift for day, shift in person.before.items()}
        given |= {(person.id, day): None for day in person.away}
        given |= {(person.id, day): shift for day, shift in person.fixed.items()}
    return given


def _turns(known: Mapping[tuple[str, int], str | None], problem: MonthProblem) -> dict:
    return {key: shift for key, shift in known.items() if shift and 0 <= key[1] < problem.days}


def _missing(problem: MonthProblem, known: _Cells) -> int:
    return sum(lacks(problem, _turns(known, problem)).values())


def _mended(problem: MonthProblem, known: _Cells, typed: Collection[tuple[str, int]]) -> _Cells:
    """Once more the weeks that lack somebody, with what lies around them."""
    missing = lacks(problem, _turns(known, problem))
    if sum(missing.values()) <= problem.demand - problem.supply:
        return known  # nobody could do with fewer missing
    for start in sorted({day - day % WEEK for day, _, _ in missing}):
        days = range(max(0, start - AHEAD), min(start + WEEK + AHEAD, problem.days))
        around = {key: shift for key, shift in known.items() if key in typed or key[1] not in days}
        again = around | _Window(problem, around, days).settled(_for(problem, MEND_STEPS))
        if _missing(problem, again) < _missing(problem, known):
            known = again
    return known


def _is_bound(person: MonthPerson, problem: MonthProblem, name: str) -> bool:
    """Whether somebody should have as much of it as the others: not who is away for more than half
    of the days, or may have no nights.
    """
    has_time = 2 * len(person.away) <= problem.days
    return has_time and not (person.no_nights and name == "nights")


def _shared(problem: MonthProblem, known: _Cells, typed: Collection[tuple[str, int]]) -> _Cells:
    """Whoever has most of something shares with whoever has least, pair after pair, as long as any
    pair gets closer.
    """
    tried: set[tuple[frozenset[str], tuple[MonthLoad, MonthLoad]]] = set()
    for _ in range(MOST_PAIRS):
        pair = next(_pairs(problem, known, tried), None)
        if pair is None:
            return known
        ids = {one.id for one in pair}
        around = {key: shift for key, shift in known.items() if key in typed or key[0] not in ids}
        window = _Window(problem, around, range(problem.days), who=pair)
        again = around | window.settled(PAIR_STEPS, hint=known)
        before, after = _missing(problem, known), _missing(problem, again)
        if after < before or (
            after == before and _gap(problem, again, pair) < _gap(problem, known, pair)
        ):
            known = again
    return known


def _pairs(
    problem: MonthProblem, known: _Cells, tried: set
) -> Iterator[tuple[MonthPerson, MonthPerson]]:
    """Who has most and who has least of something, widest gap first; each pair once as it is."""
    own = _with_carried(problem, known)
    found = []
    for name, price in GAPS.items():
        count = attrgetter(name)
        able = [one for one in problem.people if _is_bound(one, problem, name)]
        able.sort(key=lambda one: (count(own[one.id]), one.id))
        for rank in range(min(3, len(able) // 2)):
            for other in range(min(3, len(able) // 2)):
                least, most = able[rank], able[-1 - other]
                gap = count(own[most.id]) - count(own[least.id])
                if gap > 1:
                    found.append((-price * gap, most.id, least.id, most, least))
    for *_, most, least in sorted(found, key=lambda one: one[:3]):
        key = frozenset((most.id, least.id)), (own[most.id], own[least.id])
        if key not in tried:
            tried.add(key)
            yield most, least


def _with_carried(problem: MonthProblem, known: _Cells) -> dict[str, MonthLoad]:
    now = loads(problem, _turns(known, problem))
    return {
        one.id: MonthLoad(
            turns=one.carried.turns + now[one.id].turns,
            nights=one.carried.nights + now[one.id].nights,
            weekends=one.carried.weekends + now[one.id].weekends,
        )
        for one in problem.people
    }


def _gap(problem: MonthProblem, known: _Cells, pair: Iterable[MonthPerson]) -> int:
    own = _with_carried(problem, known)
    one, other = (own[person.id] for person in pair)
    return sum(
        price * abs(getattr(one, name) - getattr(other, name)) for name, price in GAPS.items()
    )


class _Window:
    """Some days of some people, with what is known of the others and of the days around; one method
    for each kind of rule.
    """

    def __init__(
        self,
        problem: MonthProblem,
        known: _Cells,
        days: range,
        who: Iterable[MonthPerson] | None = None,
        loosened: Collection[MonthRule] = (),
    ) -> None:
        self.problem, self.known, self.days = problem, known, days
        self.model = cp_model.CpModel()
        self.shifts = {shift.id: shift for shift in problem.shifts}
        self.who = tuple(who or problem.people)
        self.kept = {rule: self.model.new_bool_var(rule) for rule in loosened}
        self.on: dict[tuple[str, int, str], cp_model.IntVar] = {}
        for person in self.who:
            self._cells(person)
            for day in range(days.start, min(days.stop + WEEK - 1, problem.days)):
                self._rests(person, day)
                self._week(person, day)
            self._month(person)
        self.lacking: list[tuple[int, tuple[int, str], cp_model.IntVar]] = []
        for day in days:
            for shift in problem.shifts:
                if need := problem.needs.get((day, shift.id)):
                    self._covers(day, shift, need)

    def settled(self, steps: float, hint: _Cells | None = None) -> _Cells:
        """Everybody's days: first as little missing as can be, then as fair as can be.

        Parameters
        ----------
        hint
            A legal month to better; without one what is missing is settled before what is fair.
        """
        found: _Cells = {key[:2]: None for key in self.on}
        short: cp_model.LinearExprT = sum(price * lack for price, _, lack in self.lacking)
        if hint is not None:
            for (who, day, shift), on in self.on.items():
                self.model.add_hint(on, hint.get((who, day)) == shift)
            self.model.add(short <= self._short_of(hint))
            self.model.minimize(sum([short, *self._unfair()]))
            only = self._solved(steps)
            return self._cells_of(only, found) if only else {key: hint.get(key) for key in found}
        self.model.minimize(short)
        first = self._solved(steps)
        if first is None:
            return found
        for on in self.on.values():
            self.model.add_hint(on, first.boolean_value(on))
        if self.lacking:
            self.model.add(short <= round(first.objective_value))
        self.model.minimize(sum([short, *self._unfair()]))
        return self._cells_of(self._solved(steps) or first, found)

    def _short_of(self, known: _Cells) -> int:
        """What a roster lacks, at the prices of this model."""
        prices = {PEOPLE: SHORT, LEADS: LEADERLESS}
        missing = lacks(self.problem, _turns(known, self.problem))
        return sum(prices.get(what, UNSKILLED) * n for (*_, what), n in missing.items())

    def explained(self) -> tuple[int, set[MonthRule], list[tuple[str, int, str]]]:
        """How many turns are missing at least, which kinds of rules are put aside for it, and the
        days of leave that are worked.
        """
        away = {person.id: person.away for person in self.who}
        called = [key for key in self.on if key[1] in away[key[0]]]
        prices: list[cp_model.LinearExprT] = [SHORT * lack for *_, lack in self.lacking]
        prices += [LOOSE * (1 - kept) for kept in self.kept.values()]
        self.model.minimize(sum([*prices, *(CALLED * self.on[key] for key in called)]))
        solver = self._solved(STEPS)
        if solver is None:
            return 0, set(), []
        most: dict[tuple[int, str], int] = {}
        for _, turn, lack in self.lacking:
            most[turn] = max(most.get(turn, 0), solver.value(lack))
        return (
            sum(most.values()),
            {rule for rule, kept in self.kept.items() if not solver.boolean_value(kept)},
            [key for key in called if solver.boolean_value(self.on[key])],
        )

    def _cells_of(self, solver: cp_model.CpSolver, free: _Cells) -> _Cells:
        found = dict.fromkeys(free)
        for (who, day, shift), on in self.on.items():
            if solver.boolean_value(on):
                found[who, day] = shift
        return found

    def _solved(self, steps: float) -> cp_model.CpSolver | None:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = steps
        status = solver.solve(self.model)
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def _cells(self, person: MonthPerson) -> None:
        """What may be given on which day; one shift a day."""
        for day in self.days:
            if (person.id, day) in self.known:
                continue
            for shift in self.problem.shifts:
                if (day, shift.id) not in self.problem.needs:
                    continue
                barred = person.barred(shift, day)
                if barred and barred not in self.kept:
                    continue
                on = self.on[person.id, day, shift.id] = self.model.new_bool_var("")
                if barred:
                    self._must(on == 0, barred)
            self.model.add(sum(on for _, on in self._at(person.id, day)) <= 1)

    def _must(self, rule: Any, of: MonthRule) -> None:
        constraint = self.model.add(rule)
        if of in self.kept:
            constraint.only_enforce_if(self.kept[of])

    def _at(self, who: str, day: int) -> list[tuple[MonthShift, cp_model.IntVar | int]]:
        """The shifts that somebody may have that day, with its variable, or 1 where it is known."""
        if (who, day) in self.known:
            shift = self.known[who, day]
            return [(self.shifts[shift], 1)] if shift in self.shifts else []
        keys = ((shift, (who, day, shift.id)) for shift in self.problem.shifts)
        return [(shift, self.on[key]) for shift, key in keys if key in self.on]

    def _rests(self, person: MonthPerson, day: int) -> None:
        today = self._at(person.id, day)
        for shift, on in self._at(person.id, day - 1):
            for after, then in today:
                is_short = after.start + 24 - shift.end < self.problem.least_rest
                if is_short and not (isinstance(on, int) and isinstance(then, int)):
                    self._must(on + then <= 1, MonthRule.REST)

    def _week(self, person: MonthPerson, day: int) -> None:
        """The seven days to this one hold a day of rest and no more hours than may be; where what
        is known holds too many already, nobody works on.
        """
        week = [each for n in week_to(day) for each in self._at(person.id, n)]
        known = [shift for shift, on in week if isinstance(on, int)]
        ours = [(shift, on) for shift, on in week if not isinstance(on, int)]
        if not ours:
            return
        free = max(0, WEEK - 1 - len(known))
        self._must(sum(on for _, on in ours) <= free, MonthRule.REST_DAY)
        left = person.most_hours - sum(shift.hours for shift in known)
        self._must(_minutes(ours) <= max(0, int(left * 60)), MonthRule.HOURS)

    def _month(self, person: MonthPerson) -> None:
        whole = [each for n in range(self.problem.days) for each in self._at(person.id, n)]
        ours = [(shift, on) for shift, on in whole if not isinstance(on, int)]
        if ours:
            left = person.month_hours - sum(s.hours for s, on in whole if isinstance(on, int))
            self._must(_minutes(ours) <= max(0, int(left * 60)), MonthRule.MONTH_HOURS)

    def _covers(self, day: int, shift: MonthShift, need: MonthNeed) -> None:
        there = [
            (person, on)
            for person in self.problem.people
            for one, on in self._at(person.id, day)
            if one is shift
        ]
        told = sum(isinstance(on, int) for _, on in there)
        self.model.add(sum(on for _, on in there) <= max(need.people, told))
        wanted: list[tuple[int, int, Callable[[MonthPerson], bool]]] = [
            (SHORT, need.people, lambda one: True),
            (LEADERLESS, need.leads, lambda one: one.leads),
        ]
        for skill, number in need.skills.items():
            wanted.append((UNSKILLED, number, _holds(skill, day)))
        for price, number, counts in wanted:
            if number:
                lack = self.model.new_int_var(0, number, "")
                self.model.add(lack + sum(on for one, on in there if counts(one)) >= number)
                self.lacking.append((price, (day, shift.id), lack))

    def _unfair(self) -> list[cp_model.LinearExprT]:
        usual = {person.id: person.usual for person in self.who}
        return [
            *(MOVED * on for (who, _, shift), on in self.on.items() if shift != usual[who]),
            self._spread("nights", lambda _, shift: shift.is_night),
            self._spread("weekends", lambda day, _: day in self.problem.weekend),
            self._spread("turns", lambda _day, _shift: True),
        ]

    def _spread(self, name: str, counts: Callable[[int, MonthShift], bool]) -> cp_model.LinearExprT:
        """The widest gap between two people, of all that they have so far."""
        most, least = (self.model.new_int_var(-9999, 9999, "") for _ in range(2))
        for person in self.who:
            turns = getattr(person.carried, name) + sum(
                on
                for day in range(self.days.stop)
                for shift, on in self._at(person.id, day)
                if counts(day, shift)
            )
            self.model.add(most >= turns)
            if _is_bound(person, self.problem, name):
                self.model.add(least <= turns)
        return GAPS[name] * (most - least)


def _minutes(ours: Iterable[tuple[MonthShift, cp_model.IntVar]]) -> cp_model.LinearExprT:
    return sum(round(shift.hours * 60) * on for shift, on in ours)


def _holds(skill: str, day: int) -> Callable[[MonthPerson], bool]:
    return lambda one: one.certificates.get(skill, -1) >= day
