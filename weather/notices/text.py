"""Chinese as people paste it: one width, no ornaments, digits for numerals, and times resolved
against the receipt.

Times in a Chinese notice are Beijing time (UTC+8, without summer time); what this module returns is
aware UTC.
"""

import html
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone

from weather.model import YEARS, BadPayload

BEIJING = timezone(timedelta(hours=8))
#: A notice dated this much after its receipt is a clock that differs; more is a doubt.
SKEW = timedelta(minutes=30)
_DIGITS = {char: i for i, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_NUMERAL = "[零〇○一二两三四五六七八九十百]"
#: A numeral is one only before a unit: 三明市 and 十分 stay what they are.
_COUNTED = re.compile(
    f"(?<!{_NUMERAL})({_NUMERAL}{{1,8}}+)"
    f"(?=个?小时|(?:[-~至到]{_NUMERAL}{{1,8}})?(?:个小时|小时|毫米|mm|级)|[年月日号](?!常)|天)"
    f"|(?<=[至到~日号-])({_NUMERAL}{{1,4}}+)(?=时|点)|(?<=[时点])({_NUMERAL}{{1,4}}+)(?=分)"
)
_NOISE = re.compile(
    "[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad\ufe0e\ufe0f*`#>~_|]+(?![0-9])"
)
_DASH = re.compile("[~〜‐‑‒–—―−-]+")
_SIGNED = re.compile(
    r"(?:签发人?|责任编辑|编辑|值班员|预报员)[::]?[一-鿿]{2,4}(?=\s)|@[^\s@]{1,12}(?=\s)"
)
_LETTER_O = re.compile("(?<=[0-9])[Oo](?=[0-9]|毫米|小时|[年月日时分])")
_SOURCE = re.compile(
    r"[(\[【][^()\[\]【】]{0,12}(?:来源|转自|转载|编辑|记者|审核)[^()\[\]【】]{0,60}[)\]】]"
)
TIME = (
    r"(?<!\d)(?:(?P<year>\d{4}|\d{2})年)?(?:(?P<month>\d{1,2})月(?:份)?)?(?:(?P<day>\d{1,2})[日号])?"
    r"(?P<word>今天|今日|昨天|昨日|今晨|今早|今晚|昨晚)?"
    r"(?P<half>凌晨|早晨|早上|清晨|上午|中午|下午|傍晚|晚上|晚|夜间)?(?P<hour>\d{1,2})(?:[时点](?!间|段|期|常)|:(?=\d\d))"
    r"(?:(?P<minute>\d{1,2})分?(?!\d(?!\d?秒)|小时|毫米|级)|(?P<thirty>半)|整)?(?:(?P<second>\d{1,2})秒|:\d\d)?"
)
ISO = (
    r"(?<!\d)(?P<iyear>\d{4})[-/.](?P<imonth>\d{1,2})[-/.](?P<iday>\d{1,2})T?"
    r"(?P<ihour>\d{1,2}):(?P<iminute>\d{2})(?::(?P<isecond>\d{2}))?"
)


def _named(pattern: str, mark: str) -> str:
    return re.sub(r"\(\?P<(\w+)>", rf"(?P<\g<1>{mark}>", pattern)


def time_pattern(mark: str = "") -> str:
    """Regular expression of a time of day with as much date as is said; ``mark`` ends its groups'
    names.
    """
    return f"(?:{_named(ISO, mark)}|{_named(TIME, mark)})"


TIMES = re.compile(time_pattern())
#: The characters of notices that differ; a place's other characters stay as they are, and 乾 too
# (乾安县).
_TRADITIONAL = str.maketrans(
    "發佈預報氣臺遼縣區號級黃藍紅為將繼續變電風強對災險凍結濕溫霧積澇漬務監東龍寧慶廣門鄉鎮開時點內間過達現於從後來計測實況請範傳聯應關係陣驟質與"
    "並個週兩鐘陸緊圍蓋導轉統認寫單運營國島灣場雲貴蘇陝肅濟陽漢瀋濱長節熱雙確訊閱讀減處調難廳衛環",
    "发布预报气台辽县区号级黄蓝红为将继续变电风强对灾险冻结湿温雾积涝渍务监东龙宁庆广门乡镇开时点内间过达现于从后来计测实况请范传联应关系阵骤质与"
    "并个周两钟陆紧围盖导转统认写单运营国岛湾场云贵苏陕肃济阳汉沈滨长节热双确讯阅读减处调难厅卫环",
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?li|/?tr|/?h[1-6])\b[^<>]{0,500}>", re.IGNORECASE)


def simplified(text: str) -> str:
    """Traditional characters, as far as notices use them, in simplified form."""
    return text.translate(_TRADITIONAL)


def without_tags(text: str) -> str:
    """What a piece of a web page says, without its tags and entities."""
    text = html.unescape(text)
    return _TAG.sub("", _BREAK.sub("\n", text))


def clean(text: str) -> str:
    """The text in half-width forms, without spaces, ornaments and source notes, with digits for
    numerals.

    Line ends stay: they divide a title from what follows.
    """
    text = unicodedata.normalize("NFKC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _SIGNED.sub("", _DASH.sub("-", text))
    text = _NOISE.sub("", text)
    text = re.sub(r"(?<=\d)[ \t](?=\d{1,2}:\d\d)", "T", text)
    text = re.sub(r"[ \t\xa0\u3000]+", "", text)
    text = re.sub(r"\n{2,}", "\n", text).strip("\n")
    text = _LETTER_O.sub("0", re.sub("毫米|MM|Mm|mm|公厘", "毫米", text))
    text = _SOURCE.sub("", text)
    return _COUNTED.sub(lambda match: str(number(match[0])), text)


def as_written(text: str) -> str:
    """Cleaned Chinese with full-width punctuation again, to be read by people."""
    wide = str.maketrans(",:;!?()", "，：；！？（）")
    return re.sub(
        r"(?<=[^\d\s])[,:;!?]|[,:;!?](?=[一-鿿])|[()]", lambda match: match[0].translate(wide), text
    ).strip()


def number(numeral: str) -> int:
    """Value of a Chinese numeral: 二十四 is 24, 二〇二二 is 2022, 一百五十 is 150."""
    if not set(numeral) & set("十百"):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total = digit = 0
    for char in numeral:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            total += (digit or 1) * (100 if char == "百" else 10)
            digit = 0
    if digit and numeral[-2:-1] == "百":  # 一百五 is 150
        digit *= 10
    return total + digit


AHEAD = timedelta(hours=3)
#: Without a year or a month, a date so soon to come is meant rather than one so long ago.
_SOON, _LONG = timedelta(days=3), timedelta(days=7)


class WrittenTime:
    """A time as a text says it: what it names, and what it leaves to the reader.

    Parameters
    ----------
    match
        Match of ``time_pattern(mark)``.
    mark
        The mark of that pattern.
    """

    def __init__(self, match: re.Match, mark: str = ""):
        get = match.groupdict().get

        def part(name: str) -> int | None:
            return _int(get("i" + name + mark) or get(name + mark))

        self.text = match[0][:40]
        self.year, self.month, self.day = part("year"), part("month"), part("day")
        if self.year is not None and len(get("year" + mark) or "2022") == 2:
            self.year += 2000
        self.word = get("word" + mark) or ""
        self.minute = part("minute") or (30 if get("thirty" + mark) else 0)
        self.second = part("second") or 0
        self.hour = _of_the_day(part("hour") or 0, get("half" + mark) or self.word)
        if self.year is not None and self.year not in YEARS:
            raise BadPayload("notice.bad_time", said=self.text)
        late = self.hour == 24 and (self.minute or self.second)
        if self.hour > 24 or self.minute > 59 or self.second > 59 or late:
            raise BadPayload("notice.bad_time", said=self.text)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to the reader."""
        return None not in (self.year, self.month, self.day)

    @property
    def doubt(self) -> str | None:
        """Code of what is missing."""
        if self.complete:
            return None
        if self.day is None:
            return "doubt.day_assumed"
        return "doubt.month_assumed" if self.month is None else "doubt.year_assumed"

    def resolve(self, near: datetime | None) -> datetime | None:
        """The latest instant of this name not long after ``near``; ``None`` if the date is open and
        ``near`` unknown.

        A notice may be dated a little ahead, and clocks differ: three hours are granted before
        another day or year is meant.

        Returns
        -------
        datetime or None
            Aware UTC.

        Raises
        ------
        BadPayload
            ``notice.bad_time``: no such day (30 February), or none near.
        """
        if self.year is not None and self.month is not None and self.day is not None:
            return self._on(self.year, self.month, self.day)
        if near is None:
            return None
        near += AHEAD
        today = near.astimezone(BEIJING).date()
        if self.day is None:
            back = 1 if self.word.startswith("昨") else 0
            days = [today - timedelta(days=back)] + (
                [] if self.word else [today - timedelta(days=1)]
            )
            return self._latest([(d.year, d.month, d.day) for d in days], near)
        if self.month is None:
            months = [(today.year * 12 + today.month - 1 - back) for back in range(-1, 13)]
            return self._latest([(m // 12, m % 12 + 1, self.day) for m in months], near)
        return self._latest(
            [(today.year + 1 - back, self.month, self.day) for back in range(10)], near
        )

    def after(self, start: datetime) -> datetime | None:
        """The first instant of this name after ``start``, within a year; ``None`` if there is none.

        Returns
        -------
        datetime or None
            Aware UTC.
        """
        if self.complete:
            return self.resolve(None)
        days = (start.astimezone(BEIJING).date() + timedelta(days=ahead) for ahead in range(366))
        instants = (
            self._on(day.year, day.month, day.day)
            for day in days
            if self.day in (None, day.day) and self.month in (None, day.month)
        )
        return next((instant for instant in instants if instant > start), None)

    def _latest(self, dates: list[tuple[int, int, int]], near: datetime) -> datetime:
        ahead = None
        for year, month, day in dates:
            try:
                instant = self._on(year, month, day)
            except BadPayload:
                continue
            if instant > near + SKEW:
                ahead = instant
            else:
                soon = ahead is not None and ahead - near <= _SOON and near - instant > _LONG
                return ahead if ahead is not None and soon else instant
        if self.word:
            return self._on(*dates[0])
        raise BadPayload("notice.bad_time", said=self.text)

    def _on(self, year: int, month: int, day: int) -> datetime:
        try:
            midnight = datetime.combine(date(year, month, day), datetime.min.time(), BEIJING)
            clock = timedelta(hours=self.hour, minutes=self.minute, seconds=self.second)
            return (midnight + clock).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadPayload("notice.bad_time", said=self.text) from None


def _of_the_day(hour: int, half: str) -> int:
    """An hour by the clock's face in 24: 下午3时 is 15."""
    late = 0 < hour < 12 and any(word in half for word in ("下午", "傍晚", "晚"))
    return hour + 12 if late else hour


def _int(digits: str | None) -> int | None:
    return None if digits is None else int(digits)
