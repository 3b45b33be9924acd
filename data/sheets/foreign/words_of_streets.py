"""What is said of streets in words: how important one is, which two names mean the same."""

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from data.sheets.columns import key
from data.sheets.foreign.synonyms import STREET_CLASSES

USUAL = 2
"""The importance of a street of which nobody says anything."""
_ALIKE = 90.0
_SHORT = {
    "street": "st",
    "avenue": "ave",
    "road": "rd",
    "drive": "dr",
    "boulevard": "blvd",
    "lane": "ln",
    "place": "pl",
    "court": "ct",
    "square": "sq",
    "highway": "hwy",
    "parkway": "pkwy",
    "avenida": "av",
}


def importance_of(said: object) -> int:
    """1 to 5 by a street's class; `USUAL` where none is known."""
    word = re.sub(r"[\s\-]+", "_", str(said or "").strip().lower()).removesuffix(".0")
    return next((rank for rank, words in STREET_CLASSES if re.fullmatch(words, word)), USUAL)


def street_key(name: str) -> str:
    """A street's name without case, signs and what is written short or long."""
    words = re.sub(r"[.,]", " ", name.lower()).split()
    return key(" ".join(_SHORT.get(word, word) for word in words))


def same_street(name: str, known: Iterable[str]) -> str | None:
    """Which of the known keys a name means: the same one, or the only one that is all but it."""
    own, known = street_key(name), list(known)
    if own in known:
        return own
    near = process.extract(own, known, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=2)
    return near[0][0] if len(near) == 1 and len(own) > 3 else None
