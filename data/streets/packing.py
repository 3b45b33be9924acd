"""A street map as a short text and back: whole micro-degrees, each position as it differs from the
one before. Packed by the database it takes some 10 bytes a position.
"""

import hashlib
import json
import math
from itertools import accumulate, chain, pairwise
from typing import Any

from data.model.city import Profile
from data.model.street.streets import Access, Street, StreetClass, StreetMap

FORMAT = 3
_BEFORE = (1, 2)
"""The first knew of one-way streets alone: 0 or 1 where the number of the rules stands now; the
second of no hours.
"""
MICRO = 1_000_000


def packed(streets: StreetMap) -> str:
    """The map as a text that ``unpacked`` reads back."""
    names = sorted({street.name for street in streets.streets})
    number = {name: n for n, name in enumerate(names)}
    kinds = list(StreetClass)
    rules = {rule: n for n, rule in enumerate(dict.fromkeys(map(_rule, streets.streets)))}
    rows = [
        [
            number[street.name],
            kinds.index(street.kind),
            rules[_rule(street)],
            _steps([round(lon * MICRO) for lon, _ in street.line]),
            _steps([round(lat * MICRO) for _, lat in street.line]),
        ]
        for street in streets.streets
    ]
    return json.dumps(
        {
            "format": FORMAT,
            "source": streets.source,
            "names": names,
            "kinds": [str(kind) for kind in kinds],
            "rules": list(rules),
            "streets": rows,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def unpacked(text: str) -> StreetMap:
    """The map of a text.

    Raises
    ------
    ValueError
        Its format is none of ours.
    """
    raw = json.loads(text)
    if raw["format"] not in (*_BEFORE, FORMAT):
        raise ValueError(f"streets of format {raw['format']}")
    names, kinds = raw["names"], [StreetClass(kind) for kind in raw["kinds"]]
    rules = [_read(rule) for rule in raw.get("rules", ([0], [1]))]
    streets = tuple(
        Street(
            line=tuple(
                (lon / MICRO, lat / MICRO)
                for lon, lat in zip(accumulate(lons), accumulate(lats), strict=True)
            ),
            kind=kinds[kind],
            name=names[name],
            one_way=rules[rule][0],
            access=rules[rule][1],
        )
        for name, kind, rule, lons, lats in raw["streets"]
    )
    return StreetMap(streets=streets, source=raw["source"])


def digest(text: str) -> str:
    """What names a packed map."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _rule(street: Street) -> tuple[Any, ...]:
    """Which way a street is used and by whom: many have the same, and most the first alone."""
    own = street.access
    limits = (own.weight_t, own.height_m, own.width_m)
    rule = (
        int(street.one_way),
        int(own.scooters_both_ways),
        tuple(sorted(own.barred)),
        tuple(sorted(own.no_through)),
        *(None if math.isinf(most) else most for most in limits),
        *((tuple((each, f"{week:x}") for each, week in own.hours),) if own.hours else ()),
    )
    return rule if own != Access() else rule[:1]


def _read(rule: list[Any]) -> tuple[bool, Access]:
    if len(rule) == 1:
        return bool(rule[0]), Access()
    one_way, both_ways, barred, no_through, *limits = rule
    weight_t, height_m, width_m = (math.inf if most is None else most for most in limits[:3])
    return bool(one_way), Access(
        barred=frozenset(map(Profile, barred)),
        no_through=frozenset(map(Profile, no_through)),
        scooters_both_ways=bool(both_ways),
        weight_t=weight_t,
        height_m=height_m,
        width_m=width_m,
        hours=tuple((Profile(each), int(week, 16)) for each, week in chain(*limits[3:])),
    )


def _steps(values: list[int]) -> list[int]:
    return [values[0], *(b - a for a, b in pairwise(values))]
