"""One cell of a table: from what Excel or CSV holds to a value, and back to what is written.

What people type is taken as they mean it: full-width digits, blanks around a word, a date as
Excel's own date or as text in the ways it is written here. What cannot be meant is refused with a
code of the catalogue and its facts.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from difflib import get_close_matches
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from data.files.raw import ErrorValue, Raw, plain
from data.model.levels import Placement
from data.model.street.service_cars import Taken

T = TypeVar("T")
MAX_TEXT = 500
MOST_PLACED = 20
"""Machines of one kind at one place."""
_GUARDED = "=+-@\t\r'＝＋－＠"
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?")
_EIGHT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?")
_FIRST_SERIAL, _LAST_SERIAL = 25_569, 73_050
"""Excel's days of 1970 to 2099, counted from the end of 1899."""
_HALF_OF_DAY = re.compile(r"(上午|早上?|凌晨|中午|下午|傍晚|晚上?)\s*(\d{1,2})(.*)")
_LATE = frozenset(("下午", "傍晚", "晚", "晚上"))
_COUNT = "个件台辆人只条根套副次名口处把支"
"""What is counted, behind a number."""
_CLOCK = re.compile(r"(\d{1,2})[:时点](?:(\d{1,2})分?)?(?::?(\d{1,2})(\.\d{1,6})?秒?)?")
_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_OFFSET = re.compile(r"(.*?)([+-])(\d{2}):?(\d{2})$|(.*?)Z$")


class BadCell(Exception):
    """A cell that cannot be meant; ``code`` and ``facts`` as in the catalogue of texts."""

    def __init__(self, code: str, **facts: object):
        self.code = code
        self.facts = facts
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Cell(Generic[T]):
    """How a column is read and written.

    Attributes
    ----------
    read
        From what the cell holds, never blank, and the district's zone; raises `BadCell`.
    write
        From the value, the language (``zh``, ``en``) and the zone, to a text or number.
    """

    read: Callable[[Raw, ZoneInfo], T]
    write: Callable[[T, str, ZoneInfo], str | int | float]


def guard(content: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, "CSV injection"); `unguard` gives it
    back.
    """
    return f"'{content}" if content[:1] in _GUARDED and content else content


def unguard(content: str) -> str:
    """What was written before `guard`."""
    return (
        content[1:]
        if len(content) > 1 and content[0] == "'" and content[1] in _GUARDED
        else content
    )


def text(limit: int = MAX_TEXT) -> Cell[str]:
    """Words as they are written."""

    def read(raw: Raw, _zone: ZoneInfo) -> str:
        return _words(raw, limit)

    return Cell(read, lambda value, _language, _zone: guard(str(value)))


def name_of(limit: int = 64) -> Cell[str]:
    """An id: half-width, so that ``Ｃ０１`` and ``C01`` are one."""

    def read(raw: Raw, _zone: ZoneInfo) -> str:
        return plain(_words(raw, limit))

    return Cell(read, lambda value, _language, _zone: guard(str(value)))


def name_or(words: Mapping[str, tuple[str, ...]]) -> Cell[str]:
    """An id, or one of several words."""
    known = {_key(word): value for value, synonyms in words.items() for word in (value, *synonyms)}
    name = name_of()

    def read(raw: Raw, zone: ZoneInfo) -> str:
        content = name.read(raw, zone)
        return known.get(_key(content), content)

    def write(value: str, language: str, zone: ZoneInfo) -> str | int | float:
        said = words[value][0] if language == "zh" and value in words else value
        return name.write(said, language, zone)

    return Cell(read, write)


def names_or(words: Mapping[str, tuple[str, ...]]) -> Cell[tuple[str, ...]]:
    """Ids and words, in their order, divided by a semicolon or a comma."""
    known = {_key(word): value for value, synonyms in words.items() for word in (value, *synonyms)}

    def read(raw: Raw, _zone: ZoneInfo) -> tuple[str, ...]:
        parts = [plain(part) for part in re.split(r"[;；、,，]", _words(raw, MAX_TEXT))]
        if not any(parts):
            raise BadCell("sheets.blank")
        return tuple(known.get(_key(part), part) for part in parts if part)

    def write(values: tuple[str, ...], language: str, _zone: ZoneInfo) -> str:
        said = (words[v][0] if language == "zh" and v in words else v for v in values)
        return guard(("、" if language == "zh" else "; ").join(said))

    return Cell(read, write)


_TAKEN = re.compile(r"(.+?)(?:\s*[×xX*]\s*(\d{1,4})(?:\s*[-–—~～至到]\s*(\d{1,4}))?)?")


def taken(words: Mapping[str, tuple[str, ...]]) -> Cell[tuple[Taken, ...]]:
    """Items with how many, ``干粉灭火器×4-5、绳索``; with no number: one."""
    names = names_or(words)

    def read(raw: Raw, zone: ZoneInfo) -> tuple[Taken, ...]:
        parts = [_TAKEN.fullmatch(part) for part in names_or({}).read(raw, zone)]
        found = []
        for match in filter(None, parts):
            (item,) = names.read(match[1], zone)
            least, most = sorted(int(number or match[2] or 1) for number in match.group(2, 3))
            found.append(Taken(item=item, least=least, most=most))
        return tuple(found)

    def write(values: tuple[Taken, ...], language: str, zone: ZoneInfo) -> str:
        parts = []
        for one in values:
            name = names.write((one.item,), language, zone)
            many = f"{one.least}-{one.most}" if one.most > one.least else f"{one.least}"
            parts.append(f"{unguard(str(name))}×{many}")
        return guard(("、" if language == "zh" else "; ").join(parts))

    return Cell(read, write)


_AT_PLACE = re.compile(r"([^:]*[^:\s])\s*:\s*(\S.*)")
_MACHINES = re.compile(r"(.+?)\s*(?:([×*xX])\s*(\d{1,4})\s*[台辆]?|(\d{1,4})\s*[台辆])")


def placements(words: Mapping[str, tuple[str, ...]]) -> Cell[tuple[Placement, ...]]:
    """Machines by place: the place's id, a colon, and there ids and kinds of machines with how
    many, ``S12：排水泵车×2、M11；ST1：装载机``; with no number one. ``words`` are the kinds.
    """
    names = names_or(words)

    def read(raw: Raw, zone: ZoneInfo) -> tuple[Placement, ...]:
        found = []
        for part in re.split(r"[;；\n]", _words(raw, MAX_TEXT)):
            if not part.strip():
                continue
            at = _AT_PLACE.fullmatch(plain(part))
            if at is None:
                raise BadCell("sheets.not_placed", value=_shown(part.strip()))
            for machine in names_or({}).read(at[2], zone):
                what, count = how_many(machine, zone)
                if not 1 <= count <= MOST_PLACED:
                    facts = {"value": _shown(machine), "low": 1, "high": MOST_PLACED}
                    raise BadCell("sheets.out_of_range", **facts)
                found.append(Placement(what=what, place=at[1], number=count))
        return tuple(found)

    def how_many(machine: str, zone: ZoneInfo) -> tuple[str, int]:
        """An id may itself end in x2: that is a number behind a kind alone."""
        if match := _MACHINES.fullmatch(machine):
            (what,) = names.read(match[1], zone)
            if what in words or match[2] not in ("x", "X"):
                return what, int(match[3] or match[4])
        return names.read(machine, zone)[0], 1

    def write(values: tuple[Placement, ...], language: str, zone: ZoneInfo) -> str:
        colon, sign, stop = ("：", "、", "；") if language == "zh" else (": ", ", ", "; ")
        at: dict[str, list[str]] = {}
        for one in values:
            name = unguard(str(names.write((one.what,), language, zone)))
            many = f"×{one.number}" if one.what in words else ""
            at.setdefault(one.place, []).append(f"{name}{many}")
        return guard(stop.join(f"{place}{colon}{sign.join(each)}" for place, each in at.items()))

    return Cell(read, write)


def number(low: float, high: float, *, whole: bool = False, unit: str = "") -> Cell[float]:
    """A number from ``low`` to ``high``.

    Parameters
    ----------
    unit
        What may stand behind it, as words parted by ``|``; behind a whole number also what it
        counts.
    """
    words = [*unit.split("|"), *(_COUNT if whole else "")] if unit or whole else []
    behind = re.compile(rf"\s*(?:{'|'.join(filter(None, words))})$") if words else None

    def read(raw: Raw, _zone: ZoneInfo) -> float | int:
        if behind and isinstance(raw, str):
            raw = behind.sub("", plain(raw))
        value = _number(raw)
        if whole and value != int(value):
            raise BadCell("sheets.not_whole", value=_shown(raw))
        if not low <= value <= high:
            raise BadCell("sheets.out_of_range", value=_shown(raw), low=low, high=high)
        return int(value) if whole else value

    return Cell(read, lambda value, _language, _zone: value)


def choice(words: Mapping[str, tuple[str, ...]]) -> Cell[str]:
    """One of several values; ``words`` gives each its Chinese words, the one to write first."""
    known = {_key(word): value for value, synonyms in words.items() for word in (value, *synonyms)}

    def read(raw: Raw, _zone: ZoneInfo) -> str:
        return _known(raw, known, words)

    return Cell(
        read, lambda value, language, _zone: guard(words[value][0] if language == "zh" else value)
    )


def choices(words: Mapping[str, tuple[str, ...]]) -> Cell[tuple[str, ...]]:
    """Several values, divided by a semicolon or an enumeration comma; none is allowed."""
    known = {_key(word): value for value, synonyms in words.items() for word in (value, *synonyms)}

    def read(raw: Raw, _zone: ZoneInfo) -> tuple[str, ...]:
        parts = [part for part in re.split(r"[;；、,，/|]", _words(raw, MAX_TEXT)) if part.strip()]
        return tuple(dict.fromkeys(_known(part, known, words) for part in parts))

    def write(values: tuple[str, ...], language: str, _zone: ZoneInfo) -> str:
        return ("、" if language == "zh" else "; ").join(
            words[value][0] if language == "zh" else value for value in values
        )

    return Cell(read, write)


def yes_no() -> Cell[bool]:
    """Yes or no."""
    known = {
        "是": True,
        "有": True,
        "yes": True,
        "y": True,
        "true": True,
        "1": True,
        "√": True,
        "✓": True,
        "否": False,
        "无": False,
        "no": False,
        "n": False,
        "false": False,
        "0": False,
        "×": False,
    }

    def read(raw: Raw, _zone: ZoneInfo) -> bool:
        content = raw if isinstance(raw, bool) else known.get(_key(_words(raw, MAX_TEXT)))
        if content is None:
            raise BadCell("sheets.not_yes_no", value=_shown(raw))
        return content

    return Cell(
        read,
        lambda value, language, _zone: ("否是" if language == "zh" else ("no", "yes"))[bool(value)],
    )


def day() -> Cell[date]:
    """A date."""

    def read(raw: Raw, _zone: ZoneInfo) -> date:
        if isinstance(raw, datetime):
            if raw.time() != time(0):
                raise BadCell("sheets.has_time", value=_shown(raw))
            return raw.date()
        if isinstance(raw, date):
            return raw
        content = plain(_words(raw, MAX_TEXT))
        if (serial := _SERIAL.fullmatch(content)) and (
            _FIRST_SERIAL <= int(serial[1]) <= _LAST_SERIAL
        ):
            return date(1899, 12, 30) + timedelta(days=int(serial[1]))
        found = _DAY.match(content) or _EIGHT.fullmatch(content)
        if not found:
            raise BadCell("sheets.not_date", value=_shown(raw))
        rest = content[found.end() :].strip(" T")
        if rest and rest not in ("0:00", "00:00", "00:00:00", "0:00:00"):
            raise BadCell(
                "sheets.has_time" if _CLOCK.fullmatch(rest) else "sheets.not_date",
                value=_shown(raw),
            )
        return _date(found, raw)

    return Cell(read, lambda value, _language, _zone: value.isoformat())


def clock() -> Cell[time]:
    """A time of day; 24:00 is the midnight that ends the day."""

    def read(raw: Raw, _zone: ZoneInfo) -> time:
        if isinstance(raw, timedelta):  # how openpyxl gives 24:00 and longer
            raw = (datetime.min + raw % timedelta(days=1)).time()
        if isinstance(raw, datetime):
            if raw.year > 1900:  # day 0 and 1 of Excel's calendar are times alone
                raise BadCell("sheets.not_clock", value=_shown(raw))
            return raw.time()
        if isinstance(raw, time):
            return raw
        if isinstance(raw, date):
            raise BadCell("sheets.not_clock", value=_shown(raw))
        if isinstance(raw, float) and 0 <= raw < 1:
            return _of_day(raw)
        content = _by_24_hours(plain(_words(raw, MAX_TEXT)))
        if re.fullmatch(r"0?\.\d+", content):
            return _of_day(float(content))
        return (
            time(0)
            if re.fullmatch(r"24:00(:00)?|24[时点]", content)
            else _clock(content, raw, "sheets.not_clock")
        )

    return Cell(read, lambda value, _language, _zone: _short(value))


def _of_day(fraction: float) -> time:
    """A fraction of a day, as Excel holds a time; what lies below a second is noise."""
    return (datetime.min + timedelta(seconds=round(fraction * 86_400) % 86_400)).time()


def _by_24_hours(content: str) -> str:
    """下午6点 as 18点, 8点半 as 8点30分; what leaves open which hour is meant stays as it is."""
    content = re.sub(r"(?<=[时点])半$", "30分", content)
    found = _HALF_OF_DAY.fullmatch(content)
    if found is None:
        return content
    half, hour = found[1], int(found[2])
    if half in _LATE and 1 <= hour <= 11:
        return f"{hour + 12}{found[3]}"
    hours = range(13, 24) if half in _LATE else range(11, 13) if half == "中午" else range(12)
    return f"{hour}{found[3]}" if hour in hours else content


def instant() -> Cell[datetime]:
    """A date and time in the district's own time, or with an offset written behind it."""

    def write(value: datetime, _language: str, zone: ZoneInfo) -> str:
        local = value.astimezone(zone)
        content = f"{local.date().isoformat()} {_short(local.time())}"
        back = local.replace(fold=0).astimezone(
            UTC
        )  # the hour that a clock shows twice needs its offset
        return (
            content if back == value else f"{local.replace(tzinfo=None).isoformat(' ')}{local:%z}"
        )

    return Cell(_read_instant, write)


def _read_instant(raw: Raw, zone: ZoneInfo) -> datetime:
    if isinstance(raw, datetime):  # Excel's days are fractions: what lies below a second is noise
        whole = (raw + timedelta(microseconds=500_000)).replace(microsecond=0)
        return _in_utc(whole.replace(tzinfo=raw.tzinfo or zone), raw)
    if isinstance(raw, date):
        raise BadCell("sheets.no_time", value=_shown(raw))
    content = plain(_words(raw, MAX_TEXT))
    if not (found := _DAY.match(content)):
        raise BadCell("sheets.not_instant", value=_shown(raw))
    rest = content[found.end() :].lstrip(" T")
    if not rest:
        raise BadCell("sheets.no_time", value=_shown(raw))
    rest, offset = _split_offset(rest, zone)
    moment = _clock(rest, raw, "sheets.not_instant")
    return _in_utc(datetime.combine(_date(found, raw), moment, offset), raw)


def line() -> Cell[tuple[tuple[float, float], ...]]:
    """A course of two positions or more: ``lon lat; lon lat``, still in the system it is given
    in.
    """

    def read(raw: Raw, _zone: ZoneInfo) -> tuple[tuple[float, float], ...]:
        pairs = [
            re.split(r"[\s,]+", pair.strip(" ,\n"))
            for pair in re.split(r"[;|]", plain(_words(raw, 30_000)))
            if pair.strip()
        ]
        if len(pairs) < 2 or any(len(pair) != 2 for pair in pairs):
            raise BadCell("sheets.not_line", value=_shown(raw))
        return tuple((_number(lon), _number(lat)) for lon, lat in pairs)

    def write(course: tuple[tuple[float, float], ...], _language: str, _zone: ZoneInfo) -> str:
        return "; ".join(f"{lon!r} {lat!r}" for lon, lat in course)

    return Cell(read, write)


def _words(raw: Raw, limit: int) -> str:
    if isinstance(raw, ErrorValue):
        raise BadCell("sheets.cell_error", value=_shown(raw))
    if isinstance(raw, bool | date | time | timedelta):
        raise BadCell("sheets.not_text", value=_shown(raw))
    if isinstance(raw, float):
        raw = str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(raw)
    content = unguard(str(raw).replace("\r\n", "\n").strip()).strip()
    if any(
        (unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n") or sign in "\ufffe\uffff"
        for sign in content
    ):
        raise BadCell("sheets.control_sign", value=_shown(raw))
    if len(content) > limit:
        raise BadCell("sheets.too_long", value=_shown(raw), limit=limit)
    return content


def _number(raw: Raw) -> float:
    content = plain(unguard(raw.strip())) if isinstance(raw, str) else ""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        value = float(raw)
    elif _NUMBER.fullmatch(content):
        value = float(content)
    else:
        value = math.nan
    if not math.isfinite(value):
        raise BadCell("sheets.not_number", value=_shown(raw))
    return value


def _known(raw: Raw, known: Mapping[str, str], words: Mapping[str, tuple[str, ...]]) -> str:
    content = _key(_words(raw, MAX_TEXT))
    if content not in known:
        near = get_close_matches(content, known, n=1, cutoff=0.5)
        allowed = tuple(first for first, *_ in words.values())
        raise BadCell(
            "sheets.not_one_of",
            value=_shown(raw),
            allowed=allowed,
            near=near[0] if near else allowed[0],
        )
    return known[content]


def _key(word: str) -> str:
    return re.sub(r"[\s_\-]+", "", plain(word)).lower()


def _date(found: re.Match, raw: Raw) -> date:
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        raise BadCell("sheets.not_date", value=_shown(raw)) from None


def _clock(content: str, raw: Raw, code: str) -> time:
    found = _CLOCK.fullmatch(content.strip())
    if not found:
        raise BadCell(code, value=_shown(raw))
    hour, minute, second, part = found.groups()
    try:
        return time(
            int(hour), int(minute or 0), int(second or 0), int((part or ".0")[1:].ljust(6, "0"))
        )
    except ValueError:
        raise BadCell(code, value=_shown(raw)) from None


def _split_offset(content: str, zone: ZoneInfo) -> tuple[str, tzinfo]:
    found = _OFFSET.fullmatch(content)
    if not found:
        return content, zone
    if found[5] is not None:
        return found[5], UTC
    away = timedelta(hours=int(found[3]), minutes=int(found[4]))
    return found[1], timezone(-away if found[2] == "-" else away)


def _in_utc(local: datetime, raw: Raw) -> datetime:
    try:
        return local.astimezone(UTC)
    except (OverflowError, ValueError):
        raise BadCell("sheets.not_instant", value=_shown(raw)) from None


def _short(at: time) -> str:
    return at.isoformat("minutes") if not (at.second or at.microsecond) else at.isoformat()


def _shown(raw: Raw) -> str:
    """A cell's content, short enough for a message."""
    content = str(raw).strip()
    return content if len(content) <= 40 else content[:39] + "…"
