"""Whatever comes, in whatever order, through whichever doors: what is in force is never milder than
the gravest warning that no message ended by naming it.

The stories are told as facts (who, where, which colour, when); each reaches us through some doors,
some minutes apart, under one of its body's names, late, twice, or not at all. What must hold is
worked out from the facts, without regard to how they are written.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weather.in_force import in_force
from weather.model import Action, Alert, Level
from weather.validity import ends_at

START = datetime(2023, 6, 8, 0, 0, tzinfo=UTC)
STEP = timedelta(minutes=30)
BODIES = (
    ("通化市气象台", "吉林省通化市气象台", "通化市气象局", "通化气象台"),
    ("白山市气象台", "吉林白山市气象台", "白山市气象局", "吉林省白山市气象局"),
)
CODES = ("220500", "220600")
PLACES = (("东昌区", "柳河县"), ("浑江区", "靖宇县"))
DOORS = ("notice", "cma", "qweather", "cap")
DRAWN = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@dataclass(frozen=True)
class Fact:
    """One deed of one body, at ``step``; a lifting names the fact ``refers`` by message (through
    ``door``) or by time, a colour, or nothing.
    """

    step: int
    body: int
    hazard: str
    areas: frozenset[str]
    level: Level | None
    action: Action
    former: Level | None = None
    refers: int | None = None
    by_message: bool = False
    door: str = ""

    def covers(self, other: "Fact") -> bool:
        return not self.areas or (bool(other.areas) and other.areas <= self.areas)


@st.composite
def facts(draw) -> list[Fact]:
    count = draw(st.integers(1, 8))
    steps = draw(st.lists(st.integers(0, 16), min_size=count, max_size=count, unique=True))
    told: list[Fact] = []
    for step in sorted(steps):
        body, hazard = draw(st.integers(0, 1)), draw(st.sampled_from(["暴雨", "雷电"]))
        areas = draw(st.sets(st.sampled_from(PLACES[body]), max_size=2))
        fact = Fact(
            step,
            body,
            hazard,
            frozenset(areas),
            draw(st.sampled_from(list(Level))),
            draw(st.sampled_from([*Action, Action.CANCEL, Action.ISSUE])),
        )
        warnings = [i for i, one in enumerate(told) if one.action is not Action.CANCEL]
        if fact.action is Action.CANCEL:
            fact = draw(lifting(fact, told, warnings))
        elif fact.action is Action.DOWNGRADE:
            fact = replace(fact, former=draw(st.sampled_from([None, *Level])))
        told.append(fact)
    return told


@st.composite
def lifting(draw, fact: Fact, told: list[Fact], warnings: list[int]) -> Fact:
    """A lifting that names a message, a time, a colour or nothing."""
    how = draw(st.sampled_from(["message", "time", "colour", "nothing"]))
    if how in ("message", "time") and warnings:
        named = draw(st.sampled_from(warnings))
        one = told[named]
        same = replace(fact, body=one.body, hazard=one.hazard, areas=one.areas, level=one.level)
        door = draw(st.sampled_from(DOORS))
        return replace(same, refers=named, by_message=how == "message", door=door)
    return replace(fact, level=None) if how == "nothing" else fact


@st.composite
def received(draw, told: list[Fact]) -> list[tuple[int, Alert]]:
    """What reaches us of each fact: its number with each message."""
    messages: list[tuple[int, Alert]] = []
    for number, fact in enumerate(told):
        doors = [fact.door] if fact.by_message else draw(st.sets(st.sampled_from(DOORS)))
        for door in sorted(doors):
            lag = timedelta(minutes=draw(st.integers(0, 10)))
            messages.append((number, message(draw, number, fact, door, lag, told)))
    lost = draw(st.sets(st.integers(0, max(len(messages) - 1, 0)), max_size=2))
    kept = [one for i, one in enumerate(messages) if i not in lost]
    again = draw(st.lists(st.sampled_from(kept), max_size=3)) if kept else []
    return draw(st.permutations(kept + again))


def message(draw, number: int, fact: Fact, door: str, lag: timedelta, told: list[Fact]) -> Alert:
    issued = START + fact.step * STEP + lag
    refers = None if fact.refers is None else told[fact.refers]
    return Alert(
        provider=door,
        provider_id=f"{door}{number}",
        issuers=(draw(st.sampled_from(BODIES[fact.body])),),
        type=fact.hazard,
        level=fact.level,
        action=fact.action,
        previous_level=fact.former,
        issued_at=issued,
        received_at=issued + timedelta(minutes=draw(st.integers(0, 90))),
        refers_to_issued_at=START + refers.step * STEP if refers and not fact.by_message else None,
        supersedes=(f"{door}{fact.refers}",) if fact.by_message else (),
        areas=tuple(sorted(fact.areas)),
        adcodes=(CODES[fact.body],) if door == "cma" else (),
        forecast_hours=draw(st.sampled_from([None, 2.0, 6.0])),
        text="",
    )


def ended(number: int, told: list[Fact], came: dict[int, list[Alert]], at: datetime) -> bool:
    """Whether messages that came by then ended a fact by naming it, or took its place; in each of
    its places by itself.
    """
    fact = told[number]
    if len(fact.areas) > 1:
        parts = (replace(fact, areas=frozenset({area})) for area in fact.areas)
        return all(
            ended(number, [*told[:number], part, *told[number + 1 :]], came, at) for part in parts
        )
    for later, one in enumerate(told):
        if later not in came or one.step <= fact.step or START + one.step * STEP > at:
            continue
        if one.by_message:
            named = any(alert.provider == one.door for alert in came.get(number, ()))
            if one.refers == number and named:
                return True
            continue
        if (one.body, one.hazard) != (fact.body, fact.hazard) or not one.covers(fact):
            continue
        if lifts(one, number, fact) if one.action is Action.CANCEL else replaces(one, fact):
            return True
    return False


def lifts(cancel: Fact, number: int, fact: Fact) -> bool:
    return (
        cancel.refers == number if cancel.refers is not None else cancel.level in (None, fact.level)
    )


def replaces(one: Fact, fact: Fact) -> bool:
    if one.level.rank >= fact.level.rank or one.action is Action.UPDATE:
        return True
    lowered = one.former is None or one.former.rank >= fact.level.rank
    return one.action is Action.DOWNGRADE and lowered


def gravest(told: list[Fact], messages: list[tuple[int, Alert]], at: datetime) -> int:
    """Rank of the gravest warning that stands; 0 is none."""
    came: dict[int, list[Alert]] = {}
    for number, alert in messages:
        came.setdefault(number, []).append(alert)
    standing = [
        told[number].level.rank
        for number, copies in came.items()
        if told[number].action is not Action.CANCEL
        and START + told[number].step * STEP <= at
        and at < max(ends_at(copy) for copy in copies)
        and not ended(number, told, came, at)
    ]
    return max(standing, default=0)


def graver_stands(data) -> None:
    told = data.draw(facts())
    messages = data.draw(received(told))
    for steps in range(0, 30, 3):
        at = START + steps * STEP + timedelta(minutes=20)
        held = in_force([alert for _, alert in messages], at)
        rank = max((one.rank for one in held), default=0)
        assert rank >= gravest(told, messages, at), at


@settings(max_examples=100, **DRAWN)
@given(st.data())
def test_graver_stands_in_a_hundred_stories(data):
    graver_stands(data)


@pytest.mark.slow
@settings(max_examples=10_000, **DRAWN)
@given(st.data())
def test_graver_stands_in_ten_thousand_stories(data):
    graver_stands(data)
