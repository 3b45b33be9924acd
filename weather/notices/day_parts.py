"""Times that are named by a part of the day: 27日傍晚至28日上午, 今天夜里, 明天傍晚以前.

Hours are Beijing time. 白天 and 夜间 are those of the short-range forecast, whose day begins at
20 h and whose halves are 08-20 and 20-08 (GB/T 21984, as recalled). For the finer parts the
standards of the provinces differ: Liaoning's DB21/T 1453-2006 has 04-08 for 早晨 and 08-12 for
上午; forecasters' usage, as weather services publish it, has 12-18 for 下午, 16-20 for 傍晚, 0-6
for 下半夜 and 22-2 for 半夜. Where they differ the wider reading stands, since rain that is awaited
too long costs less than rain that nobody awaits.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from weather.notices.text import BEIJING

#: First and last hour of each part, counted from the midnight before; above 24 is the next day.
HOURS = {
    "凌晨": (0, 6),
    "清晨": (4, 9),
    "早晨": (4, 9),
    "早上": (4, 9),
    "上午": (6, 12),
    "中午": (11, 14),
    "午后": (12, 18),
    "下午": (12, 18),
    "傍晚": (16, 20),
    "前半夜": (20, 24),
    "上半夜": (20, 24),
    "后半夜": (24, 32),
    "下半夜": (24, 32),
    "半夜": (22, 26),
    "夜间": (20, 32),
    "夜里": (20, 32),
    "夜晚": (20, 32),
    "晚上": (18, 32),
    "晚间": (18, 32),
    "入夜": (18, 32),
    "白天": (8, 20),
    "全天": (0, 24),
}
#: One character, which is a part only behind a day: 今晚, 明晨, 9日早.
_SHORT = {"晨": "早晨", "早": "早晨", "午": "中午", "晚": "晚上", "夜": "夜间"}
_DAYS_AHEAD = {"今": 0, "当": 0, "明": 1, "次": 1, "后": 2}
_PART = "|".join(HOURS)
_CLOCK = r"(?P<hour{n}>\d{{1,2}})[时点](?:(?P<minute{n}>\d{{1,2}})分)?"
_POINT = (
    r"(?:(?:(?:\d{{1,2}}月)?(?P<date{n}>\d{{1,2}})[日号]|(?P<word{n}>[今明次后当](?=[天日](?!气))|[今明次](?=[晨早晚夜午]))(?:[天日](?!气))?)"
    rf"(?P<short{{n}}>[晨早晚夜](?![间里晚上晨]))?)?(?P<part{{n}}>{_PART})?(?:{_CLOCK}(?P<about{{n}}>前后|左右)?)?"
)
_TO = "(?:前后)?(?:[-至到~]|开始到|持续到|起至|以来至)"
#: Two whole days in one word.
_TWO_DAYS = re.compile("(?P<word>[今明])[明后](?:两|2)?[天日]")
#: A point of time, or two; each needs a day or a part (``spans`` drops what has neither).
SPAN = re.compile(
    rf"(?<![\d年月.]){_POINT.format(n='1')}(?:(?P<to>{_TO}){_POINT.format(n='2')})?(?P<before>之前|以前|前(?![期后]))?"
    r"(?!\d{1,2}-\d{1,2}[时点])"
)


@dataclass(frozen=True, slots=True)
class Window:
    """A time that a text names, from ``start`` to ``end`` (aware); its words stand from ``at`` to
    ``until`` of the text. ``whole_days`` tells that no part of a day is named.
    """

    at: int
    until: int
    start: datetime
    end: datetime
    whole_days: bool = False


def windows(text: str, issued_at: datetime) -> list[Window]:
    """Every window that a day or a part of it names, in order of the text.

    Parameters
    ----------
    text
        Cleaned Chinese.
    issued_at
        Aware; days are counted from its day in Beijing.
    """
    today = _midnight(issued_at)
    found = [_window(match, issued_at) for match in SPAN.finditer(text) if _is_named(match)]
    for match in _TWO_DAYS.finditer(text):
        day = today + timedelta(days=_DAYS_AHEAD[match["word"]])
        found.append(
            Window(
                *match.span(), day.astimezone(UTC), (day + timedelta(days=2)).astimezone(UTC), True
            )
        )
    return sorted((window for window in found if window), key=lambda window: window.at)


def _midnight(instant: datetime) -> datetime:
    return instant.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)


def _is_named(match: re.Match) -> bool:
    """Whether a day or a part of it is said; the clock alone (8日14时至9日8时) is read
    elsewhere.
    """
    if match["part1"] or match["short1"] or (match["to"] and (match["part2"] or match["short2"])):
        return True
    day = match["date1"] or match["word1"]
    return bool(
        day and (match["before"] or not (match["hour1"] or (match["to"] and match["hour2"])))
    )


def _window(match: re.Match, issued_at: datetime) -> Window | None:
    today = _midnight(issued_at)
    start, end = _point(match, "1", today, None, issued_at)
    if match["to"]:
        _, end = _point(match, "2", today, start, issued_at)
        end = _same_half(match, start, end)
    if match["about1"] and not match["to"]:  # 今夜22时前后
        start, end = start - timedelta(hours=1), end + timedelta(hours=1)
    if match["before"]:
        start = min(issued_at, end)
    whole = not any(match[name] for name in ("part1", "part2", "short1", "short2", "before"))
    return (
        Window(*match.span(), start.astimezone(UTC), end.astimezone(UTC), whole)
        if end > start
        else None
    )


def _same_half(match: re.Match, start: datetime, end: datetime) -> datetime:
    """今晚7时至9时: the second hour is of the same evening, where nothing else is said of it."""
    said = any(match[name] for name in ("date2", "word2", "short2", "part2"))
    sooner = end - timedelta(hours=12)
    half_a_day = match["hour2"] is not None and int(match["hour2"]) < 12
    return sooner if half_a_day and not said and start < sooner else end


def _point(
    match: re.Match, n: str, today: datetime, start: datetime | None, issued_at: datetime
) -> tuple[datetime, datetime]:
    """Beginning and end of one point; without a day it is the first that is not over."""
    first, last = _hours(match, n)
    day = _day(match, n, today)
    if day is None:
        day = start.replace(hour=0, minute=0) if start else today
        floor = start or issued_at
        if last > 24 and not start and issued_at <= day - timedelta(hours=24 - last):
            day -= timedelta(days=1)  # 夜间, said at two in the morning: the night that is
        while day + timedelta(hours=last) <= floor:
            day += timedelta(days=1)
    return day + timedelta(hours=first), day + timedelta(hours=last)


def _hours(match: re.Match, n: str) -> tuple[float, float]:
    part = match["part" + n] or _SHORT.get(match["short" + n] or "", "")
    hour = match["hour" + n]
    if hour is None:
        return HOURS.get(part, (0, 24))
    clock = int(hour) + int(match["minute" + n] or 0) / 60
    if clock < 12 and part and HOURS[part][1] > 12 and HOURS[part][0] >= 12 and clock > 0:
        clock += 12
    return clock, clock


def _day(match: re.Match, n: str, today: datetime) -> datetime | None:
    """Midnight of the day that is said, nearest to the issue; ``None`` if none is."""
    if date := match["date" + n]:
        near = [today + timedelta(days=shift) for shift in range(-10, 21)]
        same = [day for day in near if day.day == int(date)]
        return min(same, key=lambda day: abs(day - today)) if same else None
    word = match["word" + n]
    return today + timedelta(days=_DAYS_AHEAD[word]) if word else None
