"""Values of others' files into ours: figures in any unit and writing, days and instants in any of
their writings, decided for a column as a whole.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from data.files.raw import ErrorValue, Raw, plain
from data.sheets.cells import BadCell
from data.sheets.columns import Column
from data.sheets.degrees import angle
from data.sheets.foreign.units import OURS, factor, unit_of
from data.sheets.wall_times import are_days, wall_times

DAYS = ("cleaned_on", "in_service_on", "anchor", "day")
INSTANTS = ("reported_at", "cleared_at")
NOTHING = frozenset(
    ("null", "<null>", "none", "nan", "n/a", "na", "-", "--", "/", "无", "未知", "空", "#n/a", "")
)
"""What others write where there is nothing."""
_FIGURE = re.compile(
    r"(?P<figure>[+-]?[\d.,'\s]*\d[\d.,'\s]*(?:e[+-]?\d{1,3})?)\s*(?P<unit>\D*)", re.I
)
Convert = Callable[[Raw], object]
"""From a cell to a value; ``None``: nothing can be meant."""


def is_nothing(raw: Raw) -> bool:
    """Whether a cell says nothing, in whatever words."""
    if raw is None or isinstance(raw, ErrorValue):
        return raw is None
    return isinstance(raw, str) and plain(raw).lower() in NOTHING


def has_decimal_comma(values: Sequence[Raw]) -> bool:
    """Whether a column writes 1.234,5: a comma with one, two or more than three figures behind it,
    and no other way anywhere.
    """
    texts = [plain(one) for one in values if isinstance(one, str) and "," in one]
    comma = sum(bool(re.search(r"\d,(\d{1,2}|\d{4,})$", one)) for one in texts)
    point = sum(bool(re.search(r"\d,\d{3}\.\d|\d,\d{3},\d{3}", one)) for one in texts)
    return comma > point


def figure(raw: Raw, decimal_comma: bool = False) -> tuple[float, str] | None:
    """A figure and the words behind it; ``None`` where there is no figure."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return (float(raw), "") if np.isfinite(raw) else None
    if not isinstance(raw, str) or isinstance(raw, ErrorValue):
        return None
    found = _FIGURE.fullmatch(plain(raw))
    if not found:
        return None
    text = re.sub(r"[\s']", "", found["figure"])
    text = text.replace(".", "").replace(",", ".") if decimal_comma else text.replace(",", "")
    try:
        return float(text), found["unit"].strip()
    except ValueError:
        return None


def scaled(raw: Raw, by: float) -> Raw:
    """A cell's figure in another unit; what is no figure stays as it is."""
    told = figure(raw)
    return raw if told is None or told[1] else round(told[0] * by, 9)


def degrees(raw: Raw, decimal_comma: bool = False) -> float:
    """A coordinate: a figure, degrees with minutes and seconds, with the side of the world."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    if not isinstance(raw, str) or isinstance(raw, ErrorValue):
        return np.nan
    if np.isfinite(found := angle(raw)):
        return found
    told = figure(raw, decimal_comma)
    return told[0] if told and not told[1] else np.nan


def floats(values: Sequence[Raw]) -> np.ndarray:
    """A column of coordinates or figures; not a number where there is none."""
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError):
        comma = has_decimal_comma(values[:1000])
        return np.array([degrees(one, comma) for one in values], dtype=float)


def converter(
    column: Column, unit: str, sample: Sequence[Raw], zone: ZoneInfo | None = None
) -> Convert:
    """How the values of a column are read; the sample decides what a single one leaves open."""
    zone = zone or ZoneInfo("Asia/Shanghai")
    if column.name in ("lon", "lat"):
        comma = has_decimal_comma(sample)
        return lambda raw: value if np.isfinite(value := degrees(raw, comma)) else None
    is_day = column.name in DAYS or column.name.endswith("_until")
    if is_day or column.name in INSTANTS:
        return _times(is_day, sample, zone)
    if column.name in OURS:
        return _figures(column, unit, has_decimal_comma(sample), zone)
    if column.name in ("size", "count", "seniors", "vehicles"):
        return _figures(column, "", False, zone)

    def read(raw: Raw) -> object:
        try:
            return column.cell.read(_as_text(raw), zone)
        except BadCell:
            return None

    return read


def _as_text(raw: Raw) -> Raw:
    return raw.isoformat() if isinstance(raw, date) else raw


def _figures(column: Column, unit: str, comma: bool, zone: ZoneInfo) -> Convert:
    ours = OURS.get(column.name, "")

    def read(raw: Raw) -> object:
        told = figure(raw, comma)
        if told is None:
            return None
        written = unit_of(told[1])
        if told[1] and not written and ours:
            return None
        by = factor(written or unit, ours) if ours else 1.0
        try:
            return None if by is None else column.cell.read(round(told[0] * by, 9), zone)
        except BadCell:
            return None

    return read


def _times(is_day: bool, sample: Sequence[Raw], zone: ZoneInfo) -> Convert:
    """Where days are wanted, times that say an offset and are all midnights by it are days as they
    were written.
    """
    read = wall_times([str(one) for one in sample if isinstance(one, str)])
    written = (read(_digits(one)) for one in sample if isinstance(one, str | int | float))
    whole = is_day and are_days(one for one in written if one)

    def convert(raw: Raw) -> object:
        if isinstance(raw, datetime):
            at = raw.replace(tzinfo=raw.tzinfo or zone)
        elif isinstance(raw, date):
            at = datetime(raw.year, raw.month, raw.day, tzinfo=zone)
        else:
            found = read(_digits(raw)) if isinstance(raw, str | int | float) else None
            if found is None:
                return None
            at = (found if whole else found.in_zone(zone)).at.replace(tzinfo=zone)
        return at.astimezone(zone).date() if is_day else at.astimezone(UTC)

    return convert


def _digits(raw: str | int | float) -> str:
    return f"{raw:.10g}" if isinstance(raw, float) and raw < 1e9 else str(raw).removesuffix(".0")
