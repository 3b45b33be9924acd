"""How often Python looks for circles among the objects of this process."""

import gc

AFTER, AGAIN = 50_000, 20
"""Objects more than at the last look, and looks until the older ones are gone through too
(assumptions; measured on 17,000 inlets: they take a quarter of the seconds off what comes before a
search).
"""


def look_seldom() -> None:
    """Let a process that reads whole districts look seldom: each is a hundred thousand objects and
    more, none of them in a circle, and every look goes over all of them.
    """
    gc.set_threshold(AFTER, AGAIN, AGAIN)
