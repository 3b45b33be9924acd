"""Streets over and under one another, in files that cut both where they cross and tell the level of
each end. Pure.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from data.model.city import Position
from data.model.street.streets import Street

_FROM = {"felev", "fromelev", "elevfrom", "fzlev", "fromzlev", "zlevfrom", "flevel", "fromlevel",
         "fzelev", "fromzelev", "zelevfrom", "起点层级", "起点高程层"}  # fmt: skip
_TO = {"telev", "toelev", "elevto", "tzlev", "tozlev", "zlevto", "tlevel", "tolevel",
       "tzelev", "tozelev", "zelevto", "终点层级", "终点高程层"}  # fmt: skip
"""Headings in lower case, without what stands between their words."""
_APART = 0.00001
"""Degrees by which the ends of each further level are moved, a metre: they meet alone."""
Levels = tuple[int, int]


def levels_of(tags: Mapping[str, str]) -> Levels:
    """The level at which a line begins, and that at which it ends; 0 where nothing is told."""
    found = {"": 0}
    for key, value in tags.items():
        bare = key.replace("_", "")
        end = "from" if bare in _FROM else "to" if bare in _TO else ""
        if end and value.lstrip("-").isdigit():
            found[end] = int(value)
    return found.get("from", 0), found.get("to", 0)


def over_and_under(lines: Sequence[tuple[Street, Levels]]) -> list[Street]:
    """The streets, such that ends at one place join by level: nobody turns off a bridge on to what
    it crosses.
    """
    ends: dict[Position, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for number, (street, levels) in enumerate(lines):
        for end, level in zip((0, -1), levels, strict=True):
            ends[street.line[end]][level].append((number, end))
    courses = [list(street.line) for street, _ in lines]
    for (lon, lat), by_level in ends.items():
        for step, level in enumerate(sorted(by_level)):
            if len(by_level[level]) > 1:  # one alone was told wrongly: it meets what is there
                for number, end in by_level[level]:
                    courses[number][end] = lon + step * _APART, lat + step * _APART
    return [
        replace(street, line=tuple(course))
        for (street, _), course in zip(lines, courses, strict=True)
    ]
