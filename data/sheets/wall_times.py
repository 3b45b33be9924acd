"""Dates and times as they are written in all the world's exports, to wall-clock times.

What says no offset is by the wall clock of its place; what says one is an instant (``in_zone``).
What can be day or month first is decided for a file as a whole.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from data.files.raw import plain

_SEP = r"\s*[-/._年月\s]\s*"
_YMD = re.compile(rf"(\d{{4}}){_SEP}(\d{{1,2}}){_SEP}(\d{{1,2}})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[t ]?(\d{2}):?(\d{2})?(?::?(\d{2}))?)?(?!\d)")
_NUMBERED = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?!\d)")
_DAY_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-\s.]*([a-z]{3,9})[-\s.,]*(\d{4}|\d{2})(?!\d)")
_NAMED_DAY = re.compile(r"([a-z]{3,9})[-\s.]*(\d{1,2})(?:st|nd|rd|th)?[-\s,]+(\d{4})(?!\d)")
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.\s]+")
_CLOCK = re.compile(
    r"(上午|下午|晚上|凌晨|中午|早上|[ap]\.?m\.?)?\s*(\d{1,2})"
    r"(?:\s*[:时点h]\s*(\d{1,2})?\s*分?)?(?:\s*:?\s*(\d{1,2})(?:[.,]\d+)?\s*秒?)?"
    r"\s*([ap]\.?m\.?)?\s*(?:z|utc|gmt|[a-z]{2,4}t)?\s*(?:[+-]\d{1,2}:?(?:\d{2})?)?"
)
_OFFSET = re.compile(r"(z|utc|gmt)?\s*(?:([+-])(\d{1,2}):?(\d{2})?)?$")
_FARTHEST = timedelta(hours=14)
_PLAIN_NUMBER = re.compile(r"\d{5,13}(?:\.\d+)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AFTERNOON = ("下午", "晚上", "中午", "p")
_EXCEL_ZERO = datetime(1899, 12, 30)
_EXCEL_DAYS = (20_000.0, 80_000.0)  # 1954 to 2119
_EPOCH = datetime(1970, 1, 1)
_UTC = timedelta(0)


class WallTime(NamedTuple):
    """A time by the wall clock; ``has_clock`` where more than the day was written, ``offset`` where
    it says how far that clock goes before UTC.
    """

    at: datetime
    has_clock: bool
    offset: timedelta | None = None

    def in_zone(self, zone: tzinfo) -> "WallTime":
        """The same instant by the clock of a zone; as it stands where it says no offset."""
        if self.offset is None:
            return self
        instant = self.at.replace(tzinfo=timezone(self.offset))
        return WallTime(instant.astimezone(zone).replace(tzinfo=None), True)


def are_days(times: Iterable[WallTime]) -> bool:
    """Whether times that say an offset are all midnights by it: then days are meant, as a table of
    days is exported, and no instants.
    """
    return all(one.at.time() == time() for one in times if one.offset is not None)


def wall_times(samples: Iterable[str]) -> Callable[[str], WallTime | None]:
    """How one file's dates are read; what is none is ``None``.

    Parameters
    ----------
    samples
        Dates of the file: where it may be day or month first, one that can only be the one decides,
        else the order in which the dates run more evenly; month first where that says nothing.
    """
    day_first = _is_day_first(list(samples))

    @lru_cache(maxsize=200_000)
    def read(text: str) -> WallTime | None:
        try:
            return _read(plain(text).lower(), day_first)
        except (ValueError, OverflowError):
            return None

    return read


def on_day(day: WallTime, clock: str) -> WallTime | None:
    """A time of day alone, on this day; ``None`` where it is none."""
    text = plain(clock).lower()
    try:
        found = _clock(text)
        return None if found is None else WallTime(day.at + found, True, _offset(text))
    except ValueError:
        return None


def _is_day_first(samples: list[str]) -> bool:
    pairs = [
        (int(found[1]), int(found[2]), found[3])
        for text in samples
        if (found := _NUMBERED.match(plain(text)))
    ]
    if any(first > 12 for first, _, _ in pairs):
        return True
    if not pairs or any(second > 12 for _, second, _ in pairs):
        return False
    by_day = _turns([(year, month, day) for day, month, year in pairs])
    by_month = _turns([(year, month, day) for month, day, year in pairs])
    return by_day < by_month


def _turns(keys: list[tuple[str, int, int]]) -> int:
    """How often a list that should be in order is not, in the direction that fits better."""
    steps = list(pairwise(keys))
    return min(sum(a > b for a, b in steps), sum(a < b for a, b in steps))


def _read(text: str, day_first: bool) -> WallTime | None:
    text = _WEEKDAY.sub("", text, count=1) if text[:1].isalpha() else text
    if _PLAIN_NUMBER.fullmatch(text):
        return _of_digits(text)
    if found := _YMD.match(text):
        return _with_clock(_day(found[1], found[2], found[3]), text[found.end() :])
    if found := _COMPACT.match(text):
        return _compact(found, text)
    if found := _NUMBERED.match(text):
        first, second = (found[2], found[1]) if day_first else (found[1], found[2])
        return _with_clock(_day(found[3], first, second), text[found.end() :])
    if (found := _DAY_NAMED.match(text)) and found[2][:3] in _MONTHS:
        month = _MONTHS.index(found[2][:3]) + 1
        return _with_clock(_day(found[3], month, found[1]), text[found.end() :])
    if (found := _NAMED_DAY.match(text)) and found[1][:3] in _MONTHS:
        month = _MONTHS.index(found[1][:3]) + 1
        return _with_clock(_day(found[3], month, found[2]), text[found.end() :])
    return None


def _of_digits(text: str) -> WallTime | None:
    """Digits alone: a date written without signs, else a count of days or seconds."""
    found = _COMPACT.fullmatch(text)
    try:
        return _compact(found, text) if found else _of_number(text)
    except ValueError:
        return _of_number(text)


def _compact(found: re.Match[str], text: str) -> WallTime | None:
    day = _day(found[1], found[2], found[3])
    if found[4] is None:
        return _with_clock(day, text[found.end() :])
    clock = time(int(found[4]), int(found[5] or 0), int(found[6] or 0))
    return WallTime(datetime.combine(day, clock), True, _offset(text[found.start(4) :]))


def _of_number(text: str) -> WallTime | None:
    """Excel's days, or seconds or milliseconds since 1970, which are counted in UTC."""
    value = float(text)
    if _EXCEL_DAYS[0] <= value <= _EXCEL_DAYS[1]:
        at = _EXCEL_ZERO + timedelta(seconds=round(value * 86_400))
        return WallTime(at, not value.is_integer())
    if 1e8 <= value < 4e9:
        return WallTime(_EPOCH + timedelta(seconds=value), True, _UTC)
    if 1e11 <= value < 4e12:
        return WallTime(_EPOCH + timedelta(milliseconds=value), True, _UTC)
    return None


def _day(year: str | int, month: str | int, day: str | int) -> datetime:
    """
    Raises
    ------
    ValueError
        There is no such day, or it is of another age.
    """
    number = int(year)
    number += (2000 if number < 70 else 1900) if len(str(year)) == 2 else 0
    if not 1900 <= number <= 2200:
        raise ValueError(f"year {number}")
    return datetime(number, int(month), int(day))


def _with_clock(day: datetime, rest: str) -> WallTime | None:
    rest = rest.lstrip(" t,;").strip()
    if _OFFSET.match(rest):
        return WallTime(day, False)
    clock = _clock(rest)
    return None if clock is None else WallTime(day + clock, True, _offset(rest))


def _offset(text: str) -> timedelta | None:
    """What is written behind a clock; ``None`` where that says nothing of UTC.

    Raises
    ------
    ValueError
        No clock goes so far from UTC.
    """
    found = _OFFSET.search(text)
    if not found or not found[0].strip():
        return None
    away = timedelta(hours=int(found[3] or 0), minutes=int(found[4] or 0))
    if away > _FARTHEST:
        raise ValueError(f"offset {away}")
    return -away if found[2] == "-" else away


def _clock(text: str) -> timedelta | None:
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    half = found[1] or found[5] or ""
    hour, minute, second = (int(found[number] or 0) for number in (2, 3, 4))
    if half.startswith(_AFTERNOON) and hour < 12 and not (half == "中午" and hour == 11):
        hour += 12
    elif half.startswith(("a", "上午", "凌晨")) and hour == 12:
        hour = 0
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        return None
    return timedelta(hours=hour, minutes=minute, seconds=second)
