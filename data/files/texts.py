"""Texts as files hold them: their encoding found, their divider found, a broken quotation mark kept
to its own row.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence

_MOST_LINES_OF_A_ROW = 20
csv.field_size_limit(20_000_000)  # the outline of a city in one cell
_DIVIDERS = (",", "\t", ";", "|")
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_HIGH = re.compile(rb"[\x80-\xff]")
_LOOKED_AT = 200_000
_COMMON = {
    "gb18030": ((b"\xa1\xa1", b"\xa3\xfe"), (b"\xb0\xa1", b"\xd7\xf9")),
    "big5": ((b"\xa1\x40", b"\xa3\xbf"), (b"\xa4\x40", b"\xc6\x7e")),
    "cp932": ((b"\x81\x40", b"\x84\xbe"), (b"\x88\x9f", b"\x98\x72")),
}
"""Where each has its signs and its common characters (level 1 of its standard), the likelier of
two first.
"""
_SEP = re.compile(r"sep=.?", re.I)
_FIGURE = re.compile(r"\s*[+-]?\d[\d.,]*\s*")
Row = tuple[int, list[str]]
"""The number of a row's first line, and its cells."""


def encoding_of(content: bytes) -> str:
    """UTF-8 or UTF-16 by its mark or by its zeros, else UTF-8 if it is, else Western (cp1252) where
    bytes above ASCII stand alone between letters, else GB18030, or what else of East Asia its signs
    are commoner in.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\0" in content[:_LOOKED_AT] and (named := _without_mark(content[:_LOOKED_AT])):
        return named
    try:
        content.decode("utf-8-sig")
        return "utf-8-sig"
    except UnicodeDecodeError:
        pass
    high = len(_HIGH.findall(content[:_LOOKED_AT])) or 1
    if len(_ALONE.findall(content[:_LOOKED_AT])) / high > 0.6:
        return "cp1252"
    found = max(_COMMON, key=lambda name: _common_share(content[:_LOOKED_AT], name))
    try:
        content.decode(found)
        return found
    except UnicodeDecodeError:
        return "utf-8-sig"


def _common_share(content: bytes, encoding: str) -> float:
    """Of the signs above ASCII the share that is common where texts are written so."""
    text = content.decode(encoding, "replace")
    wide = [one.encode(encoding, "replace") for one in text if one > "\x7f"]
    common = sum(any(low <= one <= high for low, high in _COMMON[encoding]) for one in wide)
    return common / max(1, len(wide))


def _without_mark(content: bytes) -> str | None:
    """UTF-16 whose mark was lost: what is ASCII in it has a zero in every other byte."""
    zeros = (content[::2].count(0), content[1::2].count(0))
    if min(zeros) * 10 > max(zeros) or max(zeros) * 40 < len(content):
        return None
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def decoded(content: bytes) -> str:
    """A text in whatever encoding; what fits none is read all the same, its bad signs replaced."""
    return content.decode(encoding_of(content), "replace").replace("\0", "")


def rows_of_text(content: str) -> Iterator[Row]:
    """The rows of a text of any divider. A quotation mark that is never closed spoils its own row
    alone.
    """
    lines = content.splitlines()
    divider = divider_of(lines)
    number = 0
    while number < len(lines):
        line, first = lines[number], number + 1
        number += 1
        if line.startswith("#") or not line.strip():
            continue
        joined, taken = line, 0
        while (
            joined.count('"') % 2 and taken < _MOST_LINES_OF_A_ROW and number + taken < len(lines)
        ):
            joined += "\n" + lines[number + taken]
            taken += 1
        if joined.count('"') % 2 == 0:
            line, number = joined, number + taken
        yield first, _cells(line, divider)


def _cells(line: str, divider: str) -> list[str]:
    if '"' not in line:
        return [cell.strip() for cell in line.split(divider)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=divider), [])]
    except csv.Error:
        return [cell.strip() for cell in line.split(divider)]


def without_remarks(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows without what stands before a table for programs: Excel's ``sep=;``, remarks behind a
    ``#``; the last of these is the headings where it is as wide as the figures below it.
    """
    start = 0
    while start < len(rows) and (_is_remark(rows[start][1]) or not any(rows[start][1])):
        start += 1
    if not start or start == len(rows):
        return rows
    number, last = rows[start - 1]
    below = rows[start][1]
    is_headed = len(last) == len(below) > 1 and any(map(_FIGURE.fullmatch, below))
    if is_headed and last[0].strip("#") and not any(map(_FIGURE.fullmatch, last)):
        return [(number, [last[0].lstrip("# "), *last[1:]]), *rows[start:]]
    return rows[start - (bool(last) and last[0].strip() == "#") :]


def _is_remark(cells: Sequence[str]) -> bool:
    first = cells[0].strip() if cells else ""
    return first.startswith("#") or (len(cells) < 3 and bool(_SEP.fullmatch(first)))


def divider_of(lines: Sequence[str]) -> str:
    """The sign that stands in most lines, equally often."""
    if lines and (said := re.fullmatch(r"\ufeff?sep=([,;|\t])\s*", lines[0], re.I)):
        return said[1]
    sample = [line for line in lines[:50] if line.strip() and not line.startswith("#")]

    def fits(sign: str) -> tuple[int, int]:
        counts = Counter(line.count(sign) for line in sample if sign in line)
        (often, lines_with), *_ = counts.most_common(1) or [(0, 0)]
        return lines_with, often

    return max(_DIVIDERS, key=fits)
