"""Machines that the ordered level wants ready at a place before the rain: plain values, the
standard library only.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """So many machines that stand ready at a place (机械前置).

    Attributes
    ----------
    what
        A machine's id, or a kind: any of it.
    place
        The id of a key road or low point, or that of a station: its yard.
    number
        How many of the kind; of a machine by its id one.
    """

    what: str
    place: str
    number: int = 1
