"""What the cars should carry, from what past calls took and missed, each with the calls that say
so; and what a new call of a kind therefore asks for. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from data.model.street.service_cars import Taken
from ops.field.cars.calls import CallRecord
from ops.field.cars.kit import Kit

NEEDS: Mapping[str, str] = {
    "water_rescue": "rope",
    "vehicle_fire": "extinguisher",
    "injury": "first_aid",
    "no_start": "jump_starter",
}
"""What a call of a kind can't be helped without: one at least; how many, past calls tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Let each car carry so many of an item.

    Attributes
    ----------
    carried
        The fewest that any car carries when full.
    number
        The most that one call took or missed: where nobody knows exactly, the graver figure.
    least
        The lower figure of that call: the doubt.
    missed
        Whether a call missed it.
    calls
        Those that took or missed more than is carried, the latest first.
    """

    item: str
    carried: int
    number: int
    least: int
    missed: bool
    calls: tuple[CallRecord, ...]


def needed_by(kind: str, records: Iterable[CallRecord]) -> Mapping[str, int]:
    """What a call of this kind asks for: what it can't be helped without, so many as the gravest
    past call of its kind took.
    """
    item = NEEDS.get(kind)
    if item is None:
        return {}
    taken = (_taken(one, item) for one in records if one.kind == kind)
    return {item: max([1, *(most.most for most in taken if most)])}


def proposals(kits: Mapping[str, Kit], records: Iterable[CallRecord]) -> tuple[Proposal, ...]:
    """What to carry more of, what was missed first, then by how many calls say so."""
    known = tuple(records)
    items = dict.fromkeys(taken.item for one in known for taken in (*one.missing, *one.used))
    found = [proposal for item in items if (proposal := _proposal(item, kits, known))]
    return tuple(sorted(found, key=lambda one: (not one.missed, -len(one.calls), one.item)))


def _proposal(
    item: str, kits: Mapping[str, Kit], records: tuple[CallRecord, ...]
) -> Proposal | None:
    carried = min((kit.full.get(item, 0) for kit in kits.values()), default=0)
    says = [
        (taken, one)
        for one in records
        if (taken := _taken(one, item)) is not None and taken.most > carried
    ]
    if not says:
        return None
    most = max((taken for taken, _ in says), key=lambda taken: (taken.most, taken.least))
    calls = sorted((one for _, one in says), key=lambda one: one.at, reverse=True)
    return Proposal(
        item=item,
        carried=carried,
        number=most.most,
        least=most.least,
        missed=any(taken.item == item for one in calls for taken in one.missing),
        calls=tuple(calls),
    )


def _taken(one: CallRecord, item: str) -> Taken | None:
    """How many one call took of an item, what it missed with it."""
    own = [taken for taken in (*one.used, *one.missing) if taken.item == item]
    if not own:
        return None
    return Taken(item=item, least=sum(t.least for t in own), most=sum(t.most for t in own))
