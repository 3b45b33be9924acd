"""Units as headings and cells name them, and what they are in ours."""

import re
import unicodedata
from collections.abc import Mapping

OURS = {
    "width_m": "m",
    "slope_permille": "‰",
    "catchment_ha": "ha",
    "low_depth_cm": "cm",
    "pipe_mm": "mm",
    "capacity": "m3",
    "silt_m3": "m3",
    "rain_mm": "mm",
}
"""The unit of each of our columns that has one."""
_SIZES: Mapping[str, Mapping[str, float]] = {
    "length": {
        "m 米 metre metres meter meters": 1.0,
        "mm 毫米 millimetre millimetres millimeter millimeters": 0.001,
        "cm 厘米 公分 centimetre centimetres centimeter centimeters": 0.01,
        "dm 分米": 0.1,
        "km 公里 千米 kilometre kilometres kilometer kilometers": 1000.0,
        "ft feet foot 英尺 ' usft ftus": 0.3048,
        'in inch inches 英寸 吋 "': 0.0254,
        "yd yard yards 码": 0.9144,
        "mi mile miles 英里": 1609.344,
    },
    "area": {
        "ha 公顷 hectare hectares": 10_000.0,
        "m2 平方米 平米 sqm": 1.0,
        "km2 平方公里 平方千米 sqkm": 1e6,
        "acre acres ac 英亩": 4046.8564224,
        "亩 mu": 10_000 / 15,
        "ft2 sqft 平方英尺": 0.09290304,
    },
    "volume": {
        "m3 立方米 立方 方 cbm m3/h 立方米/小时 立方米/时 方/小时": 1.0,
        "l 升 公升 litre litres liter liters ltr": 0.001,
        "gal gallon gallons usgal 加仑": 0.003785411784,
        "ft3 cuft 立方英尺": 0.028316846592,
        "yd3 cuyd 立方码": 0.764554857984,
        "l/s 升/秒 lps": 3.6,
        "m3/s 立方米/秒": 3600.0,
        "gpm gal/min": 0.2271247,
    },
    "ratio": {
        "‰ permille promille m/km 千分": 0.001,
        "% percent pct 百分比 百分": 0.01,
        "m/m ft/ft": 1.0,
    },
}
_FACTORS = {
    word: (kind, factor)
    for kind, sizes in _SIZES.items()
    for words, factor in sizes.items()
    for word in words.split()
}
_IN_BRACKETS = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
_BEHIND = re.compile(r"(?:[_\s/]|单位[:：]?|(?<=[\u4e00-\u9fff]))([a-zA-Z]{1,6}[23²³]?|[㎡㎥‰%])$")


def unit_of(written: str) -> str:
    """A unit as we write it; blank where it is none we know."""
    word = re.sub(r"[\s.]+", "", unicodedata.normalize("NFKC", written).lower())
    for one in (word, re.sub(r"^(单位:?|in)", "", word)):
        if one in _FACTORS:
            return one
    return ""


def unit_in(heading: str) -> str | None:
    """The unit that a heading names, in brackets or as its last word.

    Returns
    -------
    unit
        Blank where it names none, ``None`` where it names one in brackets that is not known.
    """
    for written in reversed(_IN_BRACKETS.findall(heading)):
        return unit_of(written) or (None if written.strip() else "")
    found = _BEHIND.search(heading.strip())
    return unit_of(found[1]) if found else ""


def factor(unit: str, ours: str) -> float | None:
    """By how much a figure in ``unit`` is multiplied to be in ``ours``; ``None`` where one can't be
    the other.
    """
    if unit == ours or not unit:
        return 1.0
    kind, size = _FACTORS[unit]
    own, own_size = _FACTORS[ours]
    return size / own_size if kind == own else None
