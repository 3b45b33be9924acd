"""Longitudes and latitudes in whatever writing: figures, degrees with minutes and seconds, with
signs, words or blanks between them, the side of the world before or behind; one or two in a cell.
"""

import re
import unicodedata
from collections.abc import Callable

import numpy as np

_SIGNS = str.maketrans(
    {"º": "°", "˚": "°", "∘": "°", "度": "°", "分": "'", "秒": '"', "〃": '"', "″": '"', "＂": '"'}
    | dict.fromkeys("′’‘`´ʹ＇", "'")
    | dict.fromkeys("”“ʺ˝", '"')
    | {"东": "E", "西": "W", "南": "S", "北": "N", "−": "-"}
)
_WORDS = (
    (re.compile(r"(?<=[EW])\s*经°?|(?<=[NS])\s*纬°?"), ""),
    (re.compile(r"(?:经°?|longitude|long?|lng)\.?\s*[:=]?\s*", re.I), "E"),
    (re.compile(r"(?:纬°?|latitude|lat)\.?\s*[:=]?\s*", re.I), "N"),
)
"""What says which of the two it is, and how we write it; a side behind the figure goes before."""
_PARTS = re.compile(
    r"(?P<front>[NSEWnsew])?\s*(?P<sign>[+-])?\s*(?P<d>\d{1,3})(?:\s*[°d:\-]\s*|\s+)"
    r"(?P<m>\d{1,2}(?:[.,]\d+)?)"
    r"(?:(?:\s*['m:\-]\s*|\s+)(?P<s>\d{1,2}(?:[.,]\d+)?)\s*[\"s]?|\s*['m]?)"
    r"\s*(?P<side>[NSEWnsew])?"
)
"""Degrees, minutes and seconds; without seconds the minutes may have a fraction."""
_DECIMAL = re.compile(
    r"(?P<front>[NSEW])?\s*(?P<figure>[+-]?\d{1,3}(?:[.,]\d+)?)\s*[°d]?\s*(?P<side>[NSEW])?", re.I
)
_BETWEEN = (
    re.compile(r"\s*[,;/|、]\s*(?=[NSEW+\-\d])", re.I),
    re.compile(r"(?<=[NSEW])\s*(?=[+\-\d])", re.I),
    re.compile(r"(?<=[\d\"'°])\s*(?=[NSEW])", re.I),
    re.compile(r"(?<=[\"°])\s+(?=[+\-\d])"),
)
"""Where one of two angles in a cell may end: the surest first."""
LONGEST = 200
"""Characters of a cell that may hold angles, twice the longest writing seen: a cell may be a whole
file that is none of a city's, and nobody waits until each sign of it is looked at.
"""


def _bare(text: str) -> str:
    """The text with one sign for each meaning."""
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    for word, ours in _WORDS:
        text = word.sub(ours, text)
    return text.replace("''", '"').strip(" ()[]")


def angle(text: str) -> float:
    """Degrees; not a number where the text is no angle. A bare figure is left to who knows how the
    column writes its decimals.
    """
    return _angle(_bare(text), _sided) if len(text) <= LONGEST else float("nan")


def _angle(text: str, decimal: Callable[[str], float]) -> float:
    found = _PARTS.fullmatch(text)
    if found is None:
        return decimal(text)
    parts = [float((found[name] or "0").replace(",", ".")) for name in ("d", "m", "s")]
    if parts[0] > 180 or max(parts[1:]) >= 60 or ("." in (found["m"]) and found["s"]):
        return float("nan")
    return _signed(parts[0] + parts[1] / 60 + parts[2] / 3600, found, found["sign"] == "-")


def _signed(size: float, found: re.Match[str], is_minus: bool) -> float:
    side = (found["side"] or found["front"] or "").upper()
    return -size if is_minus or side in ("S", "W") else size


def _sided(text: str) -> float:
    """A decimal figure with its side of the world."""
    found = _DECIMAL.fullmatch(text)
    if found is None or not (found["front"] or found["side"] or text.endswith("°")):
        return float("nan")
    return _figure(found)


def _figure(found: re.Match[str]) -> float:
    figure = float(found["figure"].replace(",", "."))
    return _signed(abs(figure), found, figure < 0)


def _any(text: str) -> float:
    found = _DECIMAL.fullmatch(text)
    return _figure(found) if found else float("nan")


def pair(text: str) -> tuple[float, float] | None:
    """Two angles in one cell, east before north where their sides say which is which, else in the
    order of the cell; ``None`` where there are not two.
    """
    if len(text) > LONGEST:
        return None
    bare = _bare(text)
    for between in _BETWEEN:
        halves = between.split(bare)
        if len(halves) != 2:
            continue
        angles = [_angle(half.strip(), _any) for half in halves]
        if np.isfinite(angles).all():
            is_north_first = bool(re.search(r"[NS]", halves[0], re.I))
            first, second = angles
            return (second, first) if is_north_first else (first, second)
    return None
