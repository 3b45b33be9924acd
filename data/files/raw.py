"""What one cell of a file holds, before anybody says what it means."""

import unicodedata
from datetime import date, time, timedelta

Raw = str | int | float | bool | date | time | timedelta | None
"""What a cell holds: CSV gives texts alone, Excel its own types (``datetime`` is a ``date``)."""


class ErrorValue(str):
    """What Excel shows where a formula failed, such as ``#N/A``."""


class BadFile(Exception):
    """A file that can't be read at all; ``code`` and ``facts`` as in the catalogue of texts."""

    def __init__(self, code: str, **facts: object):
        self.code = code
        self.facts = facts
        super().__init__(code)


def is_blank(raw: Raw) -> bool:
    """Whether a cell says nothing."""
    return raw is None or (isinstance(raw, str) and (not raw or raw.isspace()))


def plain(raw: str) -> str:
    """Full-width and half-width made one, blanks around cut, a minus as figures have it: for
    whatever is a code, a number or a date.
    """
    return unicodedata.normalize("NFKC", raw).replace("\N{MINUS SIGN}", "-").strip()
