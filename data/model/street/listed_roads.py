"""Roads that a list names with a number of inlets, wherever they lie."""

from collections.abc import Container
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRoad:
    """A line of a road list.

    Attributes
    ----------
    id
        What the ids of its inlets, and of the segments that are drawn for it, begin with.
    count
        How many inlets it has.
    start_name, end_name
        From where to where, as the list says it; may be blank.
    importance
        1 (lane) to 5 (key road).
    """

    id: str
    road: str
    count: int
    start_name: str = ""
    end_name: str = ""
    importance: int = 2

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by in the next list."""
        return self.road, self.start_name, self.end_name

    @property
    def ends(self) -> tuple[str, str]:
        """From where to where, as the list says it."""
        return self.start_name, self.end_name

    @property
    def inlets(self) -> tuple[str, ...]:
        """The ids of its inlets."""
        return tuple(f"{self.id}-{number}" for number in range(1, self.count + 1))

    def segment(self, number: int) -> str:
        """The id of a segment that is drawn for it."""
        return f"{self.id}-S{number}"

    def is_drawn(self, segment: str) -> bool:
        """Whether a segment of this id was drawn for it."""
        return segment.startswith(self.segment(0)[:-1])

    def has_place(self, inlets: Container[object]) -> bool:
        """Whether its inlets are among these; a road without any needs no place."""
        return not self.count or self.inlets[0] in inlets
