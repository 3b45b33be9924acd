"""The kinds of cases of the street: the one table of level, owner, and the codes of GB/T 30428.

A code is ``P`` (部件) or ``E`` (事件) with the four digits of its class and sub-class in GB/T
30428.2. Recalled, not looked up: a platform counts in its own edition, so ``[grid] codes`` goes
before the table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

from data.model.city import PATROL
from data.model.street.service_cars import CALLS, CARS
from data.model.street.street_case import GRID, RESIDENT, CaseLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step of the usual course of a hard case.

    Attributes
    ----------
    key
        Its name, and that of its words (``case_step.<key>``).
    owner
        ``case_owner.<owner>``: a department; ``STATION``: whoever keeps the road.
    minutes
        Due so long after the case came in.
    at
        Due by this time of day, local: the first after the steps before it.
    """

    key: str
    owner: str
    minutes: int = 0
    at: time | None = None
    after: tuple[str, ...] = ()


STATION = "station"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKind:
    """What a kind of case asks for.

    Attributes
    ----------
    owner
        Who has it at first: ``GRID``, ``PATROL`` or ``CARS`` (the grid where there is no station of
        theirs), ``STATION``, or a department (``case_owner.<owner>``).
    incident
        The kind of incident that it is to the crews of the centre; ``None``: none of theirs.
    steps
        The usual course of a hard one. Sample data: every city agrees its own with its companies.
    """

    level: CaseLevel
    codes: tuple[str, ...]
    owner: str = GRID
    incident: str | None = None
    steps: tuple[StepRow, ...] = ()


_BURST = (
    StepRow(key="make_safe", owner=STATION, minutes=60),
    StepRow(key="tell_residents", owner=GRID, minutes=60),
    StepRow(key="joint_visit", owner="street_office", at=time(8), after=("make_safe",)),
    StepRow(key="valve", owner="water_company", at=time(9, 30), after=("joint_visit",)),
    StepRow(key="repair", owner="water_company", at=time(11, 30), after=("valve",)),
    StepRow(key="water_back", owner="water_company", at=time(12), after=("repair",)),
)
_COLLAPSE = (
    StepRow(key="make_safe", owner=STATION, minutes=60),
    StepRow(key="tell_residents", owner=GRID, minutes=120),
    StepRow(key="joint_visit", owner="street_office", at=time(8), after=("make_safe",)),
    StepRow(key="repair", owner="public_works", at=time(18), after=("joint_visit",)),
)
_SMALL, _LARGE, _HARD = CaseLevel.SMALL, CaseLevel.LARGE, CaseLevel.HARD
CASE_KINDS: Mapping[str, CaseKind] = MappingProxyType(
    {
        **{kind: CaseKind(level=_LARGE, codes=(), owner=CARS) for kind in CALLS},
        "exposed_rubbish": CaseKind(level=_SMALL, codes=("E0102", "E0103")),
        "dirty_road": CaseKind(level=_SMALL, codes=("E0104",)),
        "goods_on_street": CaseKind(level=_SMALL, codes=("E0501", "E0504"), owner=PATROL),
        "dog_walking": CaseKind(level=_SMALL, codes=(), owner=PATROL),
        "trampled_green": CaseKind(level=_SMALL, codes=(), owner=PATROL),
        "parked_bicycles": CaseKind(level=_SMALL, codes=("E0506",)),
        "other": CaseKind(level=_SMALL, codes=()),
        "blocked_inlet": CaseKind(
            level=_LARGE, codes=("P0104", "E0404"), owner=STATION, incident="blocked_inlet"
        ),
        "standing_water": CaseKind(
            level=_LARGE, codes=("E0406",), owner=STATION, incident="standing_water"
        ),
        "missing_cover": CaseKind(
            level=_LARGE, codes=("P0102", "P0103"), owner=STATION, incident="missing_cover"
        ),
        "fallen_tree": CaseKind(
            level=_LARGE, codes=("P0401",), owner=STATION, incident="fallen_tree"
        ),
        "rubbish_heap": CaseKind(level=_LARGE, codes=("E0108",)),
        "road_damage": CaseKind(level=_LARGE, codes=("E0405",), owner="public_works"),
        "street_lamp": CaseKind(level=_LARGE, codes=("P0106",), owner="public_works"),
        "burst_pipe": CaseKind(
            level=_HARD, codes=("E0402",), owner=STATION, incident="burst_pipe", steps=_BURST
        ),
        "road_collapse": CaseKind(
            level=_HARD, codes=("E0401",), owner=STATION, incident="other", steps=_COLLAPSE
        ),
    }
)

PERSUASION = ("goods_on_street", "dog_walking", "trampled_green")
"""What a patrol asks people to mend on the spot, before anything else."""
_SEEN_ON_THE_WAY = ("standing_water", "blocked_inlet", "missing_cover", "fallen_tree")
REPORTED_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        GRID: tuple(CASE_KINDS),
        PATROL: (*PERSUASION, *_SEEN_ON_THE_WAY),
        CARS: (*CALLS, *_SEEN_ON_THE_WAY),
        RESIDENT: tuple(
            kind for kind in CASE_KINDS if kind not in (*CALLS, "dog_walking", "trampled_green")
        ),
    }
)
"""What the people of each service report by their own links; those of the others, incidents.
Residents call 110, 119 or 120 where somebody is in danger.
"""


def kind_of(code: str, own: Iterable[str] = ()) -> str:
    """The kind of a platform's code, or of our own word for it; ``other`` where nobody knows it.

    Parameters
    ----------
    own
        The bureau's own, ``"E0404=blocked_inlet"`` each.
    """
    table = {number: kind for kind, row in CASE_KINDS.items() for number in row.codes}
    table |= {kind: kind for kind in CASE_KINDS}
    table |= dict(entry.split("=", 1) for entry in own)
    return table.get(code, "other")
