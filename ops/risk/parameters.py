"""What tunes the risk and the reading of the rain."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSettings:
    """What tunes the risk and the reading of the rain.

    Attributes
    ----------
    half_life_days
        A blockage of this age counts half (assumption: a season's leaves and works change within a
        year).
    prior_years
        How many average inlet-years each inlet's record is mixed with: empirical Bayes, so that one
        bad day makes no black spot.
    design_mm, design_mm_h
        Rain that counts as 1: the 50 mm of the yellow and blue signals (CMA Order 16, 2007); 20 mm
        in one hour is an assumption.
    level_floor
        The least that rain counts while a rain warning of that colour is in force (assumption).
    low_lying
        Factor for a place where water gathers (assumption).
    onset_mm_h
        An hour with this much rain belongs to the storm (assumption; trace rain needs no plan).
    lead_minutes
        Where only a warning speaks of the rain, it is taken to begin this long after the issue
        (assumption).
    ensemble_share
        Of an ensemble's members the amount that this share of them stays below is planned on, hour
        by hour (assumption: rather too much rain than too little).
    forecast_factor
        Where a warning speaks of more rain than a fresh forecast, the forecast's hours are taken to
        hold up to this many times what it says; the rest of the warning's amount falls evenly
        (assumption).
    memory_hours
        A storm is remembered this long after its rain, for the work after it.
    """

    half_life_days: float = 365.0
    prior_years: float = 2.0
    design_mm: float = 50.0
    design_mm_h: float = 20.0
    level_floor: tuple[float, float, float, float] = (0.4, 0.6, 0.8, 1.0)
    low_lying: float = 1.25
    onset_mm_h: float = 1.0
    lead_minutes: int = 60
    ensemble_share: float = 0.75
    forecast_factor: float = 2.0
    memory_hours: float = 8.0

    def __post_init__(self) -> None:
        for name in ("half_life_days", "prior_years", "design_mm", "design_mm_h", "onset_mm_h"):
            if not getattr(self, name) > 0:
                raise ValueError(f"RiskSettings.{name} must be above 0, got {getattr(self, name)}")
        if not 0 < self.ensemble_share <= 1:
            raise ValueError("RiskSettings.ensemble_share must lie above 0 and at most at 1")
        if not self.forecast_factor >= 1:
            raise ValueError("RiskSettings.forecast_factor must not be below 1")
