"""The service cars on the streets (交警党员便民服务站): what they carry, and what past calls took:
plain values, the standard library only.
"""

from dataclasses import dataclass
from datetime import datetime

CARS = "cars"
"""The service of the cars; each is a crew of one of its stations, a station is a group of them."""
CALLS = ("water_rescue", "vehicle_fire", "injury", "no_start", "roadside_help")
"""The kinds of calls on the way, the gravest first; each is a kind of case."""
KIT_ITEMS = (
    "first_aid",
    "extinguisher",
    "jump_starter",
    "rope",
    "life_ring",
    "cones",
    "tow_rope",
    "tools",
    "water",
)
"""What has words in both languages; a bureau names whatever else it carries in its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedItem:
    """How many of an item a car carries when nothing is missing (随车物资)."""

    id: str
    crew_id: str
    item: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """So many of an item; where nobody knows exactly, ``most`` is the graver figure (4–5)."""

    item: str
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call of the past as the group wrote it down (以往求助).

    Attributes
    ----------
    kind
        One of ``CALLS``.
    place
        Where it was, in the group's own words.
    used, missing
        What it took of what was carried; what was needed, and was not there or came from others.
    """

    id: str
    at: datetime
    kind: str
    place: str
    used: tuple[Taken, ...] = ()
    missing: tuple[Taken, ...] = ()
    text: str = ""
