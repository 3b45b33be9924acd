"""What units go by: each has the ways of its own means. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from data.model.city import PATROL, Crew, Machine, Profile
from data.model.plan import Member, UnitKind
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID
from ops.ways.speeds import WaySettings

SCOOTER = "scooter"
"""The skill of who rides one."""
OF_SERVICE: Mapping[str, Profile] = MappingProxyType(
    {PATROL: Profile.FOOT, GRID: Profile.FOOT, CARS: Profile.CAR}
)
"""What the crews of a service go by; of one that is not here, what the settings say."""


class Means(NamedTuple):
    """What a unit is, and what it goes by: units of the same means are equally fast."""

    kind: UnitKind
    profile: Profile

    @classmethod
    def usual(cls, ways: WaySettings) -> "Means":
        """Those of a crew of which nothing else is known."""
        return cls(UnitKind.CREW, Profile(ways.profile))


def profile_of(unit: Crew | Machine, service: str, usual: str) -> Profile:
    """What a crew or machine goes by: what the tables say; else a machine as a lorry, a crew as its
    service does, by scooter where that one walks and it has the skill, or as is usual.
    """
    if unit.profile is not None:
        return Profile(unit.profile)
    if isinstance(unit, Machine):
        return Profile.LORRY
    own = OF_SERVICE.get(service, Profile(usual))
    return Profile.SCOOTER if own is Profile.FOOT and SCOOTER in unit.skills else own


def means_of(member: Member) -> Means:
    """By what means a unit of a plan was planned to go."""
    return Means(member.kind, Profile(member.profile or Profile.LORRY))
