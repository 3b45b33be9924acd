"""What tunes routine cleaning."""

from dataclasses import dataclass

CLASSES = 5
MOST_HOURS = 24 * 62


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningSettings:
    """How often roads are swept and washed, and what goes before it.

    Attributes
    ----------
    sweep_hours, wash_hours
        At least one round in so many hours, on roads of importance 1 to 5; 0: none (assumptions
        after the grades of 《城市道路清扫保洁质量与评价标准》CJJ/T 126-2008, recalled: first-grade
        roads swept twice a day and washed daily; put the city's own rule in their place).
    gain_km
        What a swept or washed kilometre of a key road counts, in blocked-inlet-hours (assumption,
        as a kilometre rinsed after a storm); so many times more as rounds are owed, to three times.
    storm_minutes
        So long before the rain rounds end, and washing for that whole storm, until its own work is
        done (assumption: sweepers go in and hands are free).
    calm_minutes
        A volunteers' action that a storm held takes place again, and people are told so, when no
        storm has been expected in its time for so long: a forecast that wavers is not told at each
        turn (an hour, the step of hourly forecasts; assumption). That a storm comes is told at
        once.
    machine_share
        Rounds are asked for up to so many times what the machines on duty can drive, the most
        pressing first (assumption).
    pass_score
        A check below is failed: the road is due at once, and needs a photo (assumption).
    draws
        So many roads a day are drawn for unannounced checks (assumption).
    """

    sweep_hours: tuple[float, ...] = (48, 24, 24, 12, 12)
    wash_hours: tuple[float, ...] = (0, 168, 72, 48, 24)
    gain_km: float = 0.5
    storm_minutes: float = 60.0
    calm_minutes: float = 60.0
    machine_share: float = 1.5
    pass_score: int = 80
    draws: int = 3

    def __post_init__(self) -> None:
        for name in ("sweep_hours", "wash_hours"):
            hours = getattr(self, name)
            if len(hours) != CLASSES or not all(0 <= one <= MOST_HOURS for one in hours):
                raise ValueError(f"{name} are five numbers of hours in 0 to {MOST_HOURS}")
            if any(0 < one < 1 for one in hours):
                raise ValueError(f"{name}: a round in less than an hour is none")
        for name, most in (
            ("gain_km", 1000.0),
            ("storm_minutes", 1440.0),
            ("calm_minutes", 1440.0),
            ("machine_share", 10.0),
            ("pass_score", 100),
            ("draws", 100),
        ):
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must lie in 0 to {most}")
