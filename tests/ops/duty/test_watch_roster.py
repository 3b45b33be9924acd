"""The roster of the watch: who has it, who leads at which level, what is amiss."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.duty_log import LogEntry, LogKind
from data.model.roster import Watch
from ops.duty.watch_roster import EARLY, GRACE, late_change, on_watch_at, unwatched
from tests.helpers.makers import make_city

HOME, DAY = ZoneInfo("Asia/Shanghai"), date(2022, 7, 8)
DAYS = (
    Watch(day=DAY, start=time(8), end=time(20), name="甲"),
    Watch(day=DAY, start=time(20), end=time(8), name="乙"),
)
LEADERS = tuple(
    Watch(day=DAY, start=time(8), end=time(8), name=name, kind="leader", level=level)
    for name, level in (("科长", None), ("副主任", "III"), ("主任", "I"))
)


def city(*watches: Watch):
    return replace(make_city(), watches=watches)


def at(hour: float) -> datetime:
    return datetime.combine(DAY, time(), HOME) + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("hour", "now", "following"),
    [(7.9, None, "甲"), (8, "甲", "乙"), (19.9, "甲", "乙"), (20, "乙", None), (32, None, None)],
)
def test_a_watch_goes_from_its_start_until_before_its_end(hour, now, following):
    found = on_watch_at(city(*DAYS), None, at(hour))
    assert [one.name for one in found.officers] == ([now] if now else [])
    assert (found.following.name if found.following else None) == following


@pytest.mark.parametrize(
    ("level", "name"),
    [(None, "科长"), ("IV", "科长"), ("III", "副主任"), ("II", "副主任"), ("I", "主任")],
)
def test_who_leads_follows_the_level_ordered(level, name):
    assert on_watch_at(city(*LEADERS), level, at(12)).leader.name == name
    assert on_watch_at(city(*LEADERS), level, at(33)).leader is None


@pytest.mark.parametrize(
    ("signs", "before", "code"),
    [
        ("乙", EARLY, None),
        ("乙", timedelta(minutes=5), None),
        (" 乙 ", timedelta(minutes=5), None),
        ("乙", EARLY + timedelta(minutes=1), "watch.late"),
        ("丙", timedelta(minutes=5), "watch.late"),
    ],
)
def test_who_comes_may_sign_before_his_time(signs, before, code):
    told = late_change([entry(signs)], city(*DAYS), at(20) - before)
    assert (told.code if told else None) == code


def test_hours_that_nobody_has_are_told_as_one_stretch():
    tomorrow = DAY + timedelta(days=1)
    assert unwatched(city(*DAYS), [DAY]) == ((at(0), at(8)),)
    assert unwatched(city(*DAYS), [DAY, tomorrow]) == ((at(0), at(8)), (at(32), at(48)))
    assert unwatched(city(), [DAY]) == (), "the tables say nothing of the watch"
    assert unwatched(city(*LEADERS), [DAY]) == (), "who leads does not sit at the desk"


@given(st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23)), max_size=5))
def test_one_more_watch_never_leaves_more_hours_open(hours):
    """Whatever watches there are: a full day of another leaves nothing open."""
    watches = tuple(
        Watch(day=DAY, start=time(begin), end=time(end), name="丙") for begin, end in hours
    )
    open_before = sum((b - a for a, b in unwatched(city(*DAYS), [DAY])), timedelta(0))
    open_after = sum((b - a for a, b in unwatched(city(*DAYS, *watches), [DAY])), timedelta(0))
    assert open_after <= open_before
    whole = Watch(day=DAY, start=time(0), end=time(0), name="丁")
    assert unwatched(city(*watches, whole), [DAY]) == ()


def entry(name: str) -> LogEntry:
    when = at(0)
    return LogEntry(
        operation_id=1, kind=LogKind.TAKEOVER, happened_at=when, written_at=when, by=name
    )


@pytest.mark.parametrize(
    ("holder", "late", "code"),
    [
        ("甲", GRACE, None),
        ("乙", GRACE - timedelta(minutes=1), None),
        ("乙", GRACE, "watch.late"),
        (None, GRACE, "watch.not_signed"),
    ],
)
def test_a_change_that_nobody_signed_is_told_after_a_while(holder, late, code):
    told = late_change([entry(holder)] if holder else [], city(*DAYS), at(8) + late)
    assert (told.code if told else None) == code
    assert late_change([entry("乙")], city(), at(8) + late) is None
