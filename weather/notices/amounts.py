"""How much rain, in how many hours, and whether it is forecast or has fallen already: read from a
Chinese sentence.

A notice mixes both ("过去3小时雨量达62.6毫米，预计未来3小时仍有较强降水"). The marker nearest
before an amount decides (过去, 已达 against 预计, 未来, 将); each sentence begins as forecast,
since that is what a warning is for.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from weather.notices.day_parts import Window, windows
from weather.notices.text import BEIJING

_NUMBER = r"\d{1,4}(?:\.\d{1,2})?"
_PATTERNS = {
    "definition": "或者?已[经达]?",  # 或者已达50毫米以上: the words of the standard, not news
    "span": r"(?<![\d晚午晨间里])(?:(?:\d{1,2}月)?(?P<day1>\d{1,2})日)?"
    r"(?P<hour1>\d{1,2})(?:[时点](?:\d{1,2}分)?|(?=-\d{1,2}[时点](?!间)))"
    r"(?:[-至到~]|以来至|起至)"
    r"(?:(?:\d{1,2}月)?(?P<day2>\d{1,2})日|(?P<next>次日|明天|明日|明晨|明早))?"
    r"(?P<hour2>\d{1,2})[时点](?:\d{1,2}分)?",
    "observed": r"昨[天日夜晚][^,。;]{0,8}?[-至到]今[天日晨早]?(?:凌晨|早晨|上午|下午)?|"
    r"今?[天日晨早]?[^,。;\d]{0,4}以来|出现了|录得|测得|观测到|过去|已经|已达|已出现|已有|已超|已降|"
    r"已(?=[^,。;]{0,10}毫米)|目前|截至|截止|实况|监测到|前期|前\d+小时|近(?=\d+小时)|最近|此前|刚刚|"
    r"昨[天日夜晚]",
    "total": "累[计积]",
    "forecast": "预计|预报|未来|今后|将|可能|仍有|还有|后期|接下来|今[天日夜晚]|明[天日]|有望",
    "local": "局地|局部|个别|最大(?!小时|雨强|1小时|每小时)|部分乡镇可达",
    "others": "其[他它余]",
    "intensity": "(?:最大)?(?:小时|每小时|1小时)(?:最大|累[计积])?"
    "(?:雨强|降[雨水雪]强度|[降]?[雨雪水]量)|雨强",
    "window": rf"(?P<hours_lo>{_NUMBER})(?:[-至到]+(?P<hours_hi>{_NUMBER}))?个?(?:小时|h(?![a-z]))",
    "days": r"(?<=未来)(?P<days_lo>\d{1,2})(?:[-至到](?P<days_hi>\d{1,2}))?(?:天|日|昼夜)",
    "validity": r"有效(?:期|时间|时段)?[^,。;]{0,4}?\d{1,3}个?小时",
    "not_rain": r"(?:直径|厚度|结冰|覆冰|蒸发)[^,。;]{0,8}?\d[\d.]*(?:[-至到]\d[\d.]*)?毫米",
    "amount": rf"(?P<under>不足|小于|低于|少于|不到)?(?<![\d.])(?P<lo>{_NUMBER})(?:毫米)?"
    rf"(?:[-至到]+(?P<hi>{_NUMBER}))?毫米(?!波)"
    r"(?P<hourly>/小时|/h|每小时)?(?P<below>以[下内])?",
    "end": r"[。!?;\n\f]",
}
#: Before hours that are counted from now on, and behind them; other hours belong to their amount.
_AHEAD, _WITHIN = re.compile("(?:未来|今后|接下来|过去|近|前)(?:的|约)?$"), re.compile("之?[内里]")
#: Hours beyond which no warning speaks.
_LONGEST = 24 * 10
#: An amount that stands before it in the sentence has fallen.
_PREDICTS = re.compile("预计|预报")
_REACHES = re.compile("[^,。;]{0,12}?(?:可达|将达|将有|可能)")
_FORETELLS = re.compile("预计|预报|未来|将|可能|仍有")
_KINDS = tuple(_PATTERNS)
_TOKENS = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS.items()))
_ADVICE = re.compile(
    "(?:防御|防范|应急)(?:指南|措施|提示|建议)|温馨提示|注意事项|预警(?:信号)?(?:含义|标准|级别说明)"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount as said: millimetres from ``lo`` to ``hi``, in ``hours``, some time within
    ``window`` hours; a ``rate`` says nothing of how long, and ``others`` is for other places.
    """

    lo: float
    hi: float | None
    hours: float | None
    window: float | None
    local: bool
    rate: bool = False
    others: bool = False


@dataclass
class Rain:
    """What a text says about rain: millimetres and hours; ``None`` is "not said".

    ``until`` is the end of the times that it names by parts of the day.
    """

    forecast_hours: float | None = None
    forecast_mm: float | None = None
    forecast_mm_max: float | None = None
    window_hours: float | None = None
    observed_hours: float | None = None
    observed_mm: float | None = None
    onset_at: datetime | None = None
    hourly_mm: float | None = None
    until: datetime | None = None
    doubts: list[str] = field(default_factory=list)


@dataclass
class _Scan:
    """Where the reader stands: what governs the next amount, and what was read so far."""

    issued_at: datetime | None
    observed: bool = False
    marked: bool = False  # a marker was met in this sentence
    local: bool = False
    hourly: bool = False
    others: bool = False
    ahead: bool = False  # the last hours are counted from now on
    ahead_hours: float = 0.0
    inverted: bool = False  # a time that ends before it begins
    definition: bool = False
    windows: list[Window] = field(default_factory=list)
    hours: dict[bool, list[float]] = field(default_factory=lambda: {False: [], True: []})
    amounts: dict[bool, list[Amount]] = field(default_factory=lambda: {False: [], True: []})
    all_hours: dict[bool, list[float]] = field(default_factory=lambda: {False: [], True: []})
    clause: list[tuple[float, bool]] = field(
        default_factory=list
    )  # hours of this clause, and how they were read
    onset_at: datetime | None = None

    def read(self, match: re.Match, gap: str) -> None:
        """Take one token in; ``gap`` is the text since the token before."""
        if "," in gap:  # 局部 and 雨强 govern their clause only
            self.local = self.hourly = self.definition = self.others = False
            self.clause = []
        kind = next(name for name in _KINDS if match[name] is not None)
        getattr(self, "_" + kind)(match)

    def _definition(self, _match: re.Match) -> None:
        self.definition = True

    def _observed(self, _match: re.Match) -> None:
        self.observed = self.marked = True

    def _total(self, match: re.Match) -> None:
        """累计雨量 has fallen, unless it is said of a time to come (9日17时至10日5时累计雨量)."""
        if not self.marked and not _REACHES.match(match.string, match.end()):
            self.observed = True

    def _forecast(self, _match: re.Match) -> None:
        self.observed, self.marked = False, True

    def _local(self, _match: re.Match) -> None:
        self.local = True

    def _others(self, _match: re.Match) -> None:
        self.others = True

    def _intensity(self, match: re.Match) -> None:
        """小时雨强 is a rate; 未来1小时降雨量 is an amount in one hour."""
        if match[0].startswith("1") and _AHEAD.search(match.string[: match.start()]):
            self.ahead = True
            self._add_hours(1.0)
        else:
            self.hourly = True

    def _window(self, match: re.Match) -> None:
        hours = float(match["hours_hi"] or match["hours_lo"])
        self.ahead = bool(
            _AHEAD.search(match.string[: match.start()]) or _WITHIN.match(match.string, match.end())
        )
        if self.ahead and not self.observed:
            self.ahead_hours = max(self.ahead_hours, hours)
        self._add_hours(hours)

    def name(self, window: Window) -> None:
        """Take in a time that is named by a day or a part of it."""
        if self.observed:
            return
        start = max(window.start, self.issued_at) if self.issued_at else window.start
        if window.end > start:
            self.hours[False].append((window.end - start) / timedelta(hours=1))
            self.ahead = True
        self.windows.append(window)

    def _days(self, match: re.Match) -> None:
        self.ahead = True
        self._add_hours(24.0 * int(match["days_hi"] or match["days_lo"]))

    def _span(self, match: re.Match) -> None:
        hours, start = _length(match, self.issued_at)
        if start and self.issued_at and not self.marked:
            self.observed = start < self.issued_at - timedelta(hours=1)
            self.marked = not self.observed
        if hours and not self.observed and self.onset_at is None:
            self.onset_at = start
        if hours:
            self.ahead = True
            self._add_hours(hours)
        elif start and not self.observed:
            self.inverted = True

    def _not_rain(self, _match: re.Match) -> None:
        """Hailstones, ice on wires."""

    def _validity(self, _match: re.Match) -> None:
        """How long the warning holds is not how long it rains."""

    def _add_hours(self, hours: float) -> None:
        if 0 < hours <= _LONGEST:
            self.hours[self.observed].append(hours)
            self.all_hours[self.observed].append(hours)
            self.clause.append((hours, self.observed))

    def _amount(self, match: re.Match) -> None:
        if self.definition:
            return
        lo, hi = float(match["lo"]), float(match["hi"]) if match["hi"] else None
        if match["under"] or match["below"]:
            lo, hi = (0.0, lo) if hi is None else (lo, hi)
        if hi is not None and hi < lo:
            lo, hi = hi, lo
        self._rebind()
        observed = self.observed or self._has_fallen(match)
        hours, window = self._span_of(match, observed)
        rate = self.hourly or bool(match["hourly"])
        self.amounts[observed].append(
            Amount(
                lo,
                hi,
                hours,
                window,
                self.local or rate,
                rate or (window is None and hours is not None and not self.ahead),
                self.others,
            )
        )

    def _has_fallen(self, match: re.Match) -> bool:
        """Before any marker: what is measured to a tenth, or what a forecast follows
        (最大51.7毫米, 预计...).
        """
        if self.marked:
            return False
        rest = re.split(r"[。!?;\n]", match.string[match.end() : match.end() + 200])[0]
        return "." in match["lo"] or bool(_PREDICTS.search(rest))

    def _span_of(self, match: re.Match, observed: bool) -> tuple[float | None, float | None]:
        """Hours of an amount, and the window about them."""
        before = self.hours[observed]
        hours = before[-1] if before else None
        window = max(before[:-1], default=None) if before else None
        if self.hourly or match["hourly"]:
            hours, window = 1.0, max(before, default=None)
        if window is not None and hours is not None and window <= hours:
            window = None
        return hours, window

    def _rebind(self) -> None:
        """6小时降雨量已达50毫米: the marker came after the hours, which belong to it all the
        same.
        """
        for hours, observed in self.clause:
            if observed is not self.observed:
                for lists in (self.hours, self.all_hours):
                    if hours in lists[observed]:
                        lists[observed].remove(hours)
                    lists[self.observed].append(hours)
        self.clause = []

    def _end(self, match: re.Match) -> None:
        """A new sentence; one that says nothing of time goes on with what has fallen."""
        self.marked = self.local = self.hourly = self.definition = self.others = False
        self.clause = []
        if match[0] == "\f":
            self.observed = False
        if match[0] != ";":
            self.hours = {False: [], True: []}


def rain(text: str, issued_at: datetime | None) -> Rain:
    """What a cleaned text (``text.clean``) says about rain.

    Parameters
    ----------
    text
        The notice without its head; advice after 防御指南 and the like is not read. A form feed
        divides what stood before the head from what stands behind it.
    issued_at
        Aware; places "8日5时至8时" before or after the issue.
    """
    advice = _ADVICE.search(text)
    text = text[: advice.start()] if advice else text
    scan, end = _Scan(issued_at), 0
    named = _foretold(text, issued_at) if issued_at else []
    for match in _TOKENS.finditer(text):
        while named and named[0].at < match.start():
            scan.name(named.pop(0))
        scan.read(match, text[end : match.start()])
        end = match.end()
    for window in named:
        scan.name(window)
    result = Rain(onset_at=scan.onset_at)
    _named(result, scan)
    _forecast(result, scan)
    _observed(result, scan)
    return result


def _foretold(text: str, issued_at: datetime) -> list[Window]:
    """Times that are named; a day alone only where its sentence foretells something of it."""
    named = []
    for window in windows(text, issued_at):
        before = re.split(_PATTERNS["end"], text[: window.at])[-1]
        behind = re.split(_PATTERNS["end"], text[window.until :])[0]
        if not window.whole_days or _FORETELLS.search(before + behind):
            named.append(window)
    return named


def _named(result: Rain, scan: _Scan) -> None:
    """Onset and end of the times that are named, unless hours from now on reach farther."""
    if scan.inverted:
        result.doubts.append("doubt.end_before_start")
    if not scan.windows or scan.issued_at is None:
        return
    issued_at, first = scan.issued_at, min(window.start for window in scan.windows)
    last = max(window.end for window in scan.windows)
    if last <= issued_at:
        result.doubts.append("doubt.end_before_start")
        return
    ahead = issued_at + timedelta(hours=scan.ahead_hours)
    result.until = max(last, ahead)
    if first > issued_at and not scan.ahead_hours and result.onset_at is None:
        result.onset_at = first


def _forecast(result: Rain, scan: _Scan) -> None:
    """The amount for the most of the area counts; that of 局部 only when nothing else is said."""
    first_hours = next(iter(scan.all_hours[False]), None)
    ours = [amount for amount in scan.amounts[False] if not amount.others]
    rate = next((amount for amount in ours if amount.rate and amount.hours), None)
    result.hourly_mm = rate.lo / rate.hours if rate and rate.hours else None
    main = _main(ours)
    if main is None:
        result.forecast_hours = first_hours
        return
    result.forecast_mm, result.forecast_mm_max, result.window_hours = main.lo, main.hi, main.window
    result.forecast_hours = main.hours if main.hours is not None else first_hours
    if result.forecast_hours is None:
        result.doubts.append("doubt.mm_without_hours")
    if any(amount.lo > main.lo or (amount.hi or 0) > (main.hi or main.lo) for amount in ours):
        result.doubts.append("doubt.local_more")


def _observed(result: Rain, scan: _Scan) -> None:
    main = _main(scan.amounts[True])
    if main is not None:
        result.observed_mm, result.observed_hours = main.lo, main.hours
    else:
        result.observed_hours = next(iter(scan.all_hours[True]), None)


def _main(amounts: list[Amount]) -> Amount | None:
    return next((amount for amount in amounts if not amount.local), amounts[0] if amounts else None)


def _length(match: re.Match, issued_at: datetime | None) -> tuple[float | None, datetime | None]:
    """Hours and beginning of "8日5时至8时", placed nearest to the issue."""
    hour1, hour2 = int(match["hour1"]), int(match["hour2"])
    day1, day2 = (int(match[name]) if match[name] else None for name in ("day1", "day2"))
    if hour1 > 24 or hour2 > 24 or (day1 or 1) > 31 or (day2 or 1) > 31:
        return None, None
    start = _place(day1, hour1, issued_at) if issued_at else None
    days = 1 if match["next"] else 0
    if day1 is not None and day2 is not None:
        days = _days_between(day1, day2, start)
    elif not days and hour2 <= hour1:
        days = 1
    hours = days * 24 + hour2 - hour1
    return (float(hours) if 0 < hours <= _LONGEST else None), start


def _days_between(day1: int, day2: int, start: datetime | None) -> int:
    """Days from one day of a month to the next of that number, as long as the month is."""
    if start is None:
        return (day2 - day1) % 31
    first = start.astimezone(BEIJING)
    return next(
        (days for days in range(31) if (first + timedelta(days=days)).day == day2),
        (day2 - day1) % 31,
    )


def _place(day: int | None, hour: int, issued_at: datetime) -> datetime:
    local = issued_at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    near = [local + timedelta(days=shift) for shift in range(-10, 11)]
    same = [date for date in near if date.day == day] or [local]
    return (min(same, key=lambda date: abs(date - local)) + timedelta(hours=hour)).astimezone(UTC)
