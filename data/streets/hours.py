"""Hours of the week as files write them: OpenStreetMap's ``Mo-Fr 07:00-09:00,17:00-19:00``, and
Chinese ones (``工作日7:00-9:00、17:00-19:00``, ``每日7时至22时``). Pure.
"""

import re
import unicodedata
from datetime import datetime

QUARTERS = 7 * 24 * 4
"""A week is a whole number whose bits are its quarters of an hour, from Monday 0:00 on."""
ALWAYS = (1 << QUARTERS) - 1
_DAY = 24 * 4
_NAMES = {
    name: number
    for names in (
        "mo tu we th fr sa su",
        "mon tue wed thu fri sat sun",
        "周一 周二 周三 周四 周五 周六 周日",
        "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
        "一 二 三 四 五 六 日",
    )
    for number, name in enumerate(names.split())
} | {"周天": 6, "星期天": 6}
_GROUPS = {
    "每天": range(7), "每日": range(7), "全周": range(7), "daily": range(7),
    "工作日": range(5), "平日": range(5), "周末": range(5, 7), "双休日": range(5, 7),
    "weekdays": range(5), "weekends": range(5, 7),
}  # fmt: skip
_ANY_DAY = "|".join(sorted(_NAMES, key=len, reverse=True))
_DAYS = re.compile(
    rf"({'|'.join(_GROUPS)})|({_ANY_DAY})(?:\s*(?:-|至|到)\s*({_ANY_DAY}))?", re.IGNORECASE
)
_TIME = r"(\d{1,2})(?:[:点时](\d{2})?分?)?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|至|到)\s*(?:次日|次晨)?{_TIME}")
_BETWEEN = " ,、和及:()"
_ASIDE = re.compile(r"\S*除外|\b[ps]h\b[^;,]*")
"""Who is excepted, and holidays: the calendar of none is known here."""
_WHOLE = re.compile(r"24/7|24小时|全天候?|全时段?|全日|always")


def hours_of_week(text: str) -> int | None:
    """The quarters of the week that a text names; ``None`` where it says anything else."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("~", "-").replace("—", "-")
    plain = _ASIDE.sub("", plain.replace("–", "-")).strip(" ()")
    found = 0
    for part in filter(str.strip, plain.split(";")):
        hours = _part(part.strip())
        if hours is None:
            return None
        found |= hours
    return found or None


def quarters_from(local: datetime, minutes: float) -> int:
    """The quarters of the week from a local time on, for so many minutes."""
    first = (local.weekday() * 24 + local.hour) * 4 + local.minute // 15
    last = first + (local.minute % 15 + int(minutes)) // 15
    span = ((1 << (min(last - first, QUARTERS - 1) + 1)) - 1) << first
    return (span & ALWAYS) | (span >> QUARTERS)


def _part(text: str) -> int | None:
    """Days with their hours; days alone are whole days, hours alone are every day's."""
    days: set[int] = set()
    spans: list[int] = []
    at = 0
    while at < len(text):
        if whole := _WHOLE.match(text, at):
            spans.append((1 << _DAY) - 1)
            at = whole.end()
        elif span := _SPAN.match(text, at):
            hours = _span(*(int(each or 0) for each in span.groups()))
            if hours is None:
                return None
            spans.append(hours)
            at = span.end()
        elif named := _DAYS.match(text, at):
            if spans:  # other days begin
                rest = _part(text[at:])
                return None if rest is None else _week(days, spans) | rest
            days |= _days(named)
            at = named.end()
        else:
            return None
        while at < len(text) and text[at] in _BETWEEN:
            at += 1
    return _week(days, spans)


def _days(named: re.Match[str]) -> set[int]:
    group, first, last = named.groups()
    if group:
        return set(_GROUPS[group])
    begin = _NAMES[first]
    end = _NAMES[last] if last else begin
    return {day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)}


def _span(hour: int, minute: int, until_hour: int, until_minute: int) -> int | None:
    """Quarters from a time until another; one that is earlier is the next day's, whose hours stand
    behind the day.
    """
    begin, end = hour * 60 + minute, until_hour * 60 + until_minute
    if not (0 <= begin < 1440 and 0 <= end <= 1440 and minute < 60 and until_minute < 60):
        return None
    end += 1440 if end <= begin else 0
    first, last = begin // 15, -(-end // 15)
    return ((1 << (last - first)) - 1) << first


def _week(days: set[int], spans: list[int]) -> int:
    day_hours = 0
    for span in spans or [(1 << _DAY) - 1]:
        day_hours |= span
    week = 0
    for day in days or range(7):
        week |= day_hours << (day * _DAY)
    return (week & ALWAYS) | (week >> QUARTERS)  # Sunday night ends on Monday
