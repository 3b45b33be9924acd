"""What each kind of work needs of the weather and does to the road. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from data.model.street.works import WorkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkType:
    """What one kind of work needs.

    Attributes
    ----------
    digs
        Whether it opens the road.
    surfaces
        Whether it lays what a later trench would break.
    in_rain
        Whether it goes on while it rains.
    dry_before, dry_after
        Days without rain that must lie before a day of work, and after it (names of settings).
    in_frost
        Whether it goes on outside the building season.
    """

    digs: bool = False
    surfaces: bool = False
    in_rain: bool = False
    dry_before: str | None = None
    dry_after: str | None = None
    in_frost: bool = False


WORK_TYPES: Mapping[WorkKind, WorkType] = MappingProxyType(
    {
        WorkKind.PIPE: WorkType(digs=True),
        WorkKind.PAVEMENT: WorkType(
            surfaces=True, dry_before="pavement_dry_days", dry_after="pavement_cure_days"
        ),
        WorkKind.WATERPROOFING: WorkType(
            dry_before="waterproofing_dry_days", dry_after="waterproofing_cure_days"
        ),
        WorkKind.OTHER: WorkType(in_rain=True, in_frost=True),
    }
)
