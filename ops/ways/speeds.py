"""How fast units go on streets: by class of street, what they go by, the hour, rain and water.
Pure.
"""

from dataclasses import dataclass
from datetime import datetime

from data.model.city import Profile
from data.model.street.streets import StreetClass

DEEPEST_MM = 300.0
"""Water that nobody drives through (Pregnolato et al. 2017, Transp. Res. D 55: a car's air intake
and floating limit; a lorry's lies higher, and its crew does not see the kerb).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaySettings:
    """Speeds over streets, where a street file is loaded, and without one those of scooters and of
    people on foot: assumptions, to be calibrated; the crews' taps correct them.

    Attributes
    ----------
    profile
        What crews go by of which nothing else is known: ``lorry``, ``car``, ``scooter`` or
        ``foot``.
    express_km_h, main_km_h, minor_km_h, local_km_h, lane_km_h
        A loaded lorry's between crossings and lights, by class of street (assumptions: half to two
        thirds of the usual limits of 60-80, 50-60, 40-50, 30 and 15 km/h of GB 51038-2015 and CJJ
        37; recalled).
    car_share
        A car's speed as a share of a lorry's (assumption: it starts faster and is kept to the same
        lights).
    lorry_weight_t, lorry_height_m, lorry_width_m
        The largest lorry that crews and machines go by: limits of weight, height and width below
        that close a street to it (GB 1589-2016: two axles at most 18 t, vehicles at most 2.55 m
        wide; recalled. 3.2 m: a suction truck's tank, an assumption).
    lorry_pass
        Whether the lorries hold a pass: signs that bar lorries alone then do not count for them,
        limits of size still do.
    car_weight_t, car_height_m, car_width_m
        The same of a service car (assumptions: a loaded van).
    scooter_km_h, foot_km_h
        An electric bicycle's (GB 17761-2018: at most 25) with tools, and a person's with tools.
    crossing_s
        What a crossing costs on the average, lights and turns together (assumption).
    rush_hours, rush_share
        Local hours (from, until; twice a day) in which so much of a lorry's speed is left
        (assumption).
    rain_mm_h, rain_share
        From so much rain an hour on so much of the speed is left (FHWA, Road Weather Management:
        10-25 % less on arterials in rain).
    far_m
        A place farther from any street is on none: its ways are straight lines (assumption).
    water_closed_cm
        A street under so much water is closed (Pregnolato et al. 2017: 30 cm); less slows by their
        curve.
    unknown_depth_cm
        Taken for the depth of water that was reported without one (assumption: it was worth a
        call, and nobody said that cars stood in it).
    soon_minutes
        A closure that begins within this time counts already: who sets out now meets it
        (assumption).
    """

    profile: str = Profile.LORRY.value
    express_km_h: float = 45.0
    main_km_h: float = 35.0
    minor_km_h: float = 30.0
    local_km_h: float = 24.0
    lane_km_h: float = 12.0
    car_share: float = 1.2
    lorry_weight_t: float = 18.0
    lorry_height_m: float = 3.2
    lorry_width_m: float = 2.55
    lorry_pass: bool = False
    car_weight_t: float = 2.5
    car_height_m: float = 2.0
    car_width_m: float = 1.9
    scooter_km_h: float = 18.0
    foot_km_h: float = 4.5
    crossing_s: float = 6.0
    rush_hours: tuple[int, int, int, int] = (7, 9, 17, 19)
    rush_share: float = 0.75
    rain_mm_h: float = 2.5
    rain_share: float = 0.8
    far_m: float = 300.0
    water_closed_cm: float = 30.0
    unknown_depth_cm: float = 15.0
    soon_minutes: int = 60

    def __post_init__(self) -> None:
        if self.profile not in set(Profile):
            raise ValueError(f"profile must be one of {', '.join(Profile)}, got {self.profile!r}")
        for name in (*(f"{kind}_km_h" for kind in SPEEDS), "scooter_km_h", "foot_km_h"):
            if not 1 <= getattr(self, name) <= 130:
                raise ValueError(f"{name} must lie in 1 to 130, got {getattr(self, name)}")
        for name in (f"{who}_{what}" for who in ("lorry", "car") for what in SIZES):
            if not 0 <= getattr(self, name) <= 100:
                raise ValueError(f"{name} must lie in 0 to 100, got {getattr(self, name)}")
        if not 0.5 <= self.car_share <= 2:
            raise ValueError(f"car_share must lie in 0.5 to 2, got {self.car_share}")
        for name in ("rush_share", "rain_share"):
            if not 0.1 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0.1 to 1, got {getattr(self, name)}")
        for name in ("crossing_s", "rain_mm_h", "far_m", "soon_minutes"):
            if not 0 <= getattr(self, name) <= 10_000:
                raise ValueError(f"{name} must lie in 0 to 10000, got {getattr(self, name)}")
        if not 1 <= self.water_closed_cm <= 200 or not 0 <= self.unknown_depth_cm <= 200:
            raise ValueError("water_closed_cm must lie in 1 to 200, unknown_depth_cm in 0 to 200")
        if not all(0 <= hour <= 24 for hour in self.rush_hours):
            raise ValueError("rush_hours must lie in 0 to 24")


SIZES = ("weight_t", "height_m", "width_m")
SPEEDS = (
    StreetClass.EXPRESS,
    StreetClass.MAIN,
    StreetClass.MINOR,
    StreetClass.LOCAL,
    StreetClass.LANE,
)


def speeds_km_h(
    settings: WaySettings, profile: str, local: datetime, mm_h: float
) -> tuple[float, ...]:
    """The speed on each class of street (`StreetClass`, in its order); 0: not for this profile.

    Parameters
    ----------
    local
        The local time; of hours ahead nothing is reckoned.
    mm_h
        The rain now.
    """
    wet = settings.rain_share if mm_h >= settings.rain_mm_h else 1.0
    if profile == Profile.FOOT:
        return (settings.foot_km_h,) * len(StreetClass)
    if profile == Profile.SCOOTER:
        return (settings.scooter_km_h * wet,) * len(StreetClass)
    first, until, second, end = settings.rush_hours
    in_rush = first <= local.hour < until or second <= local.hour < end
    share = wet * (settings.rush_share if in_rush else 1.0)
    share *= settings.car_share if profile == Profile.CAR else 1.0
    return (*(getattr(settings, f"{kind}_km_h") * share for kind in SPEEDS), 0.0)


def share_in_water(depth_cm: float, settings: WaySettings) -> float:
    """What is left of the speed in so much water; 0: the street is closed.

    The curve of Pregnolato et al. (2017), v = 0.0009 w² - 0.5529 w + 86.9448 km/h for w mm, as a
    share of the speed on a dry street (recalled).
    """
    if depth_cm >= settings.water_closed_cm:
        return 0.0
    mm = min(depth_cm * 10, DEEPEST_MM)
    return max(0.05, min(1.0, (0.0009 * mm * mm - 0.5529 * mm + 86.9448) / 86.9448))
