"""Routine cleaning of the streets: checks of the inspection, and actions of volunteers. Plain
values; which rounds were made is told by the crews' own taps.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CLEANING = "cleaning"
"""The service of the street that keeps roads clean on every day (道路保洁、创城)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetCheck:
    """One unannounced check of a road by the inspection.

    Attributes
    ----------
    score
        0 to 100.
    faults
        What was found, by the names of ``ops.cleaning.checks``.
    photo
        Name of the stored picture.
    """

    id: int | None = None
    operation_id: int
    segment_id: str
    at: datetime
    by: str
    score: int
    faults: tuple[str, ...] = ()
    text: str = ""
    photo: str | None = None


class HelperGroup(StrEnum):
    """Who fills a post of an action."""

    VOLUNTEER = "volunteer"
    PARTY = "party"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPost:
    """A post of an action of volunteers or party members: so many ``wanted`` for a time at a place;
    ``segment_id`` is ``None`` where that is no road.
    """

    id: int | None = None
    operation_id: int
    name: str
    segment_id: str | None
    place: str
    from_at: datetime
    to_at: datetime
    wanted: int
    made_at: datetime
    by: str


class PostStep(StrEnum):
    """What is told of such a post."""

    FILL = "fill"  # somebody by name, or so many
    LEAVE = "leave"  # the same, taken back
    CAME = "came"  # so many were there
    HOLD = "hold"  # a storm goes before it
    EASE = "ease"  # that storm is not expected any more; it is told when that has held for a while
    FREE = "free"  # the storm that went before it is not expected any more
    RESUME = "resume"  # it takes place all the same
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWord:
    """One thing told of a post of an action; ``name`` is empty where a ``number`` is meant. Only
    ever added to.
    """

    id: int | None = None
    operation_id: int
    post_id: int
    step: PostStep
    at: datetime
    by: str
    name: str = ""
    number: int = 1
    helper: HelperGroup = HelperGroup.VOLUNTEER
