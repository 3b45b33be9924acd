"""A street map as a short text and back: whole micro-degrees, each position as it differs from the
one before. Packed by the database it takes some 10 bytes a position.
"""

import hashlib
import json
from itertools import accumulate, pairwise

from data.model.street.streets import Street, StreetClass, StreetMap

FORMAT = 1
MICRO = 1_000_000


def packed(streets: StreetMap) -> str:
    """The map as a text that ``unpacked`` reads back."""
    names = sorted({street.name for street in streets.streets})
    number = {name: n for n, name in enumerate(names)}
    kinds = list(StreetClass)
    rows = [
        [
            number[street.name],
            kinds.index(street.kind),
            int(street.one_way),
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
    if raw["format"] != FORMAT:
        raise ValueError(f"streets of format {raw['format']}")
    names, kinds = raw["names"], [StreetClass(kind) for kind in raw["kinds"]]
    streets = tuple(
        Street(
            line=tuple(
                (lon / MICRO, lat / MICRO)
                for lon, lat in zip(accumulate(lons), accumulate(lats), strict=True)
            ),
            kind=kinds[kind],
            name=names[name],
            one_way=bool(one_way),
        )
        for name, kind, one_way, lons, lats in raw["streets"]
    )
    return StreetMap(streets=streets, source=raw["source"])


def digest(text: str) -> str:
    """What names a packed map."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _steps(values: list[int]) -> list[int]:
    return [values[0], *(b - a for a, b in pairwise(values))]
