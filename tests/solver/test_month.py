"""A month's roster: the referee from both sides, and what the model finds by it."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.rosters import month_model
from solver.rosters.month import (
    LEADS,
    PEOPLE,
    MonthLoad,
    MonthNeed,
    MonthPerson,
    MonthProblem,
    MonthRule,
    MonthShift,
    check_month,
    instead,
    lacks,
    loads,
)
from solver.rosters.month_model import month_roster, reasons

SHIFTS = (
    MonthShift(id="D", start=8, end=16, hours=7.5),
    MonthShift(id="E", start=16, end=24, hours=8),
    MonthShift(id="N", start=0, end=8, hours=8, is_night=True),
    MonthShift(id="car", start=8, end=16, hours=7.5, certificate="driver"),
)


def town(people: int = 5, need: int = 1, days: int = 14, **more) -> MonthProblem:
    crew = tuple(
        MonthPerson(id=f"p{n}", leads=True, usual="DEN"[n % 3], most_hours=53)
        for n in range(people)
    )
    needs = {
        (day, shift.id): MonthNeed(people=need, leads=1)
        for day in range(days)
        for shift in SHIFTS[:3]
    }
    problem = MonthProblem(
        people=crew,
        shifts=SHIFTS,
        days=days,
        needs=needs,
        weekend=frozenset(day for day in range(days) if day % 7 in (5, 6)),
    )
    return replace(problem, **more)


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Small months are settled in less."""
    for name, less in (("STEPS", 0.03), ("MEND_STEPS", 0.05), ("PAIR_STEPS", 0.02)):
        monkeypatch.setattr(month_model, name, less)
    monkeypatch.setattr(month_model, "MOST_PAIRS", 8)


def one(**more) -> MonthProblem:
    person = {"id": "p", "most_hours": 53} | more
    return replace(town(1), people=(MonthPerson(**person),))


SIX = dict.fromkeys(range(6), "D")
CAR = {"driver": 3}


@pytest.mark.parametrize(
    ("problem", "days", "rule"),
    [
        (one(), {0: "D", 1: "N"}, MonthRule.REST),  # 8 hours
        (one(), {0: "N", 1: "D"}, None),
        (one(), {0: "D", 1: "E"}, None),
        (one(before={-1: "D"}), {0: "N"}, MonthRule.REST),
        (one(), SIX | {6: "D"}, MonthRule.REST_DAY),
        (one(), SIX, None),
        (one(before={-1: "D"}), SIX, MonthRule.REST_DAY),
        (one(away=frozenset({2})), {2: "D"}, MonthRule.AWAY),
        (one(away=frozenset({2})), {3: "D"}, None),
        (one(fixed={2: "D"}), {}, MonthRule.FIXED),
        (one(fixed={2: None}), {2: "D"}, MonthRule.FIXED),
        (one(fixed={0: "D", 1: "N"}), {0: "D", 1: "N"}, None),  # who typed it answers for it
        (one(most_hours=40), SIX, MonthRule.HOURS),
        (
            one(most_hours=40, before={-3: "E", -2: "E"}),
            dict.fromkeys(range(4), "E"),
            MonthRule.HOURS,
        ),
        (one(most_hours=45), SIX, None),
        (one(month_hours=44), SIX, MonthRule.MONTH_HOURS),
        (one(month_hours=45), SIX, None),
        (one(certificates=CAR), {4: "car"}, MonthRule.CERTIFICATE),  # it ended the day before
        (one(certificates=CAR), {3: "car"}, None),
        (one(), {3: "car"}, MonthRule.CERTIFICATE),
        (one(no_nights=True), {3: "N"}, MonthRule.NIGHT),
        (one(no_nights=True), {3: "E"}, None),
        (one(), {0: "X"}, MonthRule.UNKNOWN),
        (one(), {14: "D"}, MonthRule.UNKNOWN),
    ],
)
def test_the_referee_knows_each_rule_from_both_sides(problem, days, rule):
    broken = {found for found, _, _ in check_month(problem, {("p", d): s for d, s in days.items()})}
    assert broken == ({rule} if rule else set())


def test_people_leads_and_certificates_are_missing_each_for_itself():
    need = {(0, "D"): MonthNeed(people=2, leads=1, skills={"jetting": 1})}
    problem = town(2, days=1, needs=need)
    problem = replace(problem, people=(problem.people[0], replace(problem.people[1], leads=False)))
    assert lacks(problem, {}) == {(0, "D", PEOPLE): 2, (0, "D", LEADS): 1, (0, "D", "jetting"): 1}
    able = replace(problem.people[1], certificates={"jetting": 0})
    problem = replace(problem, people=(problem.people[0], able))
    assert lacks(problem, {("p1", 0): "D"}) == {(0, "D", PEOPLE): 1, (0, "D", LEADS): 1}
    assert lacks(problem, {("p0", 0): "D", ("p1", 0): "D"}) == {}


def gaps(problem: MonthProblem, roster) -> dict[str, int]:
    own = loads(problem, roster)
    found = {}
    for name in ("nights", "weekends", "turns"):
        all_ = [getattr(own[p.id], name) + getattr(p.carried, name) for p in problem.people]
        found[name] = max(all_) - min(all_)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_where_there_are_people_enough_nobody_is_missing_and_all_is_shared(seed):
    problem = town(people=5, days=14)
    leave = {n: frozenset(range(3 * seed + n, 3 * seed + n + 2)) for n in range(2)}
    people = tuple(
        replace(person, away=leave.get(n, frozenset())) for n, person in enumerate(problem.people)
    )
    problem = replace(problem, people=people)
    roster = month_roster(problem)
    assert not check_month(problem, roster)
    assert not lacks(problem, roster)
    assert len(roster) == problem.demand <= problem.supply
    found = gaps(problem, roster)
    assert max(found["nights"], found["weekends"]) <= 2


def test_who_had_many_nights_before_has_fewer_now():
    problem = town(people=6)
    tired = replace(problem.people[0], carried=MonthLoad(nights=3))
    problem = replace(problem, people=(tired, *problem.people[1:]), days=14)
    own = loads(problem, month_roster(problem))
    assert own["p0"].nights < min(load.nights for who, load in own.items() if who != "p0")


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=8))
def test_leave_breaks_nobodys_rest_and_more_people_never_give_anybody_more(leave):
    problem = town(people=5, days=7)
    people = tuple(
        replace(person, away=frozenset(day for who, day in leave if who == n))
        for n, person in enumerate(problem.people)
    )
    problem = replace(problem, people=people)
    roster = month_roster(problem)
    assert not check_month(problem, roster)
    more = replace(problem, people=(*people, MonthPerson(id="new", leads=True, most_hours=53)))
    with_more = month_roster(more)
    assert not check_month(more, with_more)
    assert sum(lacks(more, with_more).values()) <= sum(lacks(problem, roster).values())
    few, many = loads(problem, roster), loads(more, with_more)
    if not lacks(problem, roster):
        most = [max(load.nights for load in own.values()) for own in (few, many)]
        assert most[1] <= most[0]


def test_what_there_are_too_few_for_is_missing_and_the_fewest_reasons_are_told():
    problem = town(people=3, days=7)  # 21 turns, and three people that rest
    roster = month_roster(problem)
    assert not check_month(problem, roster)
    assert lacks(problem, roster)
    why = reasons(problem, roster)
    assert why.borrow > 0
    assert why.rules[:1] != (MonthRule.AWAY,)


def test_leave_that_would_mend_it_is_the_nearest_fix():
    problem = town(people=5, days=5)
    away = frozenset({2})
    people = tuple(
        replace(one, away=away if n < 3 else frozenset()) for n, one in enumerate(problem.people)
    )
    problem = replace(problem, people=people)
    roster = month_roster(problem)
    assert {day for day, _, _ in lacks(problem, roster)} == {2}
    why = reasons(problem, roster)
    assert why.rules == (MonthRule.AWAY,)
    assert not why.too_few
    assert why.borrow == 0
    assert [day for _, day, _ in why.leave] == [2] * len(why.leave)
    assert len(why.leave) in (1, 2)


def test_what_somebody_has_typed_stays_though_it_breaks_a_rule():
    fixed = {3: "D", 4: "N", 5: None}
    problem = town(people=5)
    people = (replace(problem.people[0], fixed=fixed), *problem.people[1:])
    problem = replace(problem, people=people)
    roster = month_roster(problem)
    assert not check_month(problem, roster)
    assert [roster.get(("p0", day)) for day in (3, 4, 5)] == ["D", "N", None]


def test_who_else_could_have_a_turn_and_what_keeps_the_others():
    problem = town(people=4, days=3)
    people = list(problem.people)
    people[1] = replace(people[1], away=frozenset({1}))
    people[2] = replace(people[2], no_nights=True)
    roster = {("p0", 1): "N", ("p3", 0): "D"}
    found = instead(replace(problem, people=tuple(people)), roster, "p0", 1)
    assert found == {"p1": MonthRule.AWAY, "p2": MonthRule.NIGHT, "p3": MonthRule.REST}
    assert instead(problem, {("p0", 1): "N"}, "p0", 1) == dict.fromkeys(("p1", "p2", "p3"))


def test_an_answer_that_finds_no_time_is_still_legal(monkeypatch):
    for name in ("STEPS", "MEND_STEPS", "PAIR_STEPS"):
        monkeypatch.setattr(month_model, name, 1e-9)
    problem = town()
    assert not check_month(problem, month_roster(problem))
