"""What drives, rides or walks over streets, and how large it is. Pure."""

from dataclasses import dataclass

from data.model.city import Profile
from ops.ways.speeds import WaySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """What goes by one profile.

    Attributes
    ----------
    weight_t, height_m, width_m
        Its size; 0: whatever passes at all.
    has_pass
        Signs that bar lorries alone do not count for it; limits of size do.
    """

    profile: Profile
    weight_t: float = 0.0
    height_m: float = 0.0
    width_m: float = 0.0
    has_pass: bool = False

    @property
    def is_driven(self) -> bool:
        """Whether it is a motor vehicle, which a path is too narrow for."""
        return self.profile in (Profile.LORRY, Profile.CAR)


def vehicle_of(settings: WaySettings, profile: Profile) -> Vehicle:
    """The vehicle of a profile, as large as the settings have it."""
    if profile is Profile.LORRY:
        return Vehicle(
            profile=profile,
            weight_t=settings.lorry_weight_t,
            height_m=settings.lorry_height_m,
            width_m=settings.lorry_width_m,
            has_pass=settings.lorry_pass,
        )
    if profile is Profile.CAR:
        return Vehicle(
            profile=profile,
            weight_t=settings.car_weight_t,
            height_m=settings.car_height_m,
            width_m=settings.car_width_m,
        )
    return Vehicle(profile=profile)
