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
    prior_per_year
        How often an inlet becomes blocked where the record says nothing, in times a year; a
        district's mean is never taken for less, for few reports may mean few who report
        (assumption; the record of the sample district has 0.6).
    unknown_days
        An inlet that is not known to have been open within so many days is taken to have been open
        so long ago (assumption).
    cleared_share
        How likely an inlet is open after it was cleared; one that is verified is (the planning
        model's 0.9, an assumption: a grate is cleared, its connection not always).
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
    memory_hours
        A storm is remembered this long after its rain, for the work after it.
    """

    half_life_days: float = 365.0
    prior_years: float = 2.0
    prior_per_year: float = 0.8
    unknown_days: float = 180.0
    cleared_share: float = 0.9
    design_mm: float = 50.0
    design_mm_h: float = 20.0
    level_floor: tuple[float, float, float, float] = (0.4, 0.6, 0.8, 1.0)
    low_lying: float = 1.25
    onset_mm_h: float = 1.0
    lead_minutes: int = 60
    ensemble_share: float = 0.75
    memory_hours: float = 8.0

    def __post_init__(self) -> None:
        for name in (
            "half_life_days",
            "prior_years",
            "prior_per_year",
            "unknown_days",
            "design_mm",
            "design_mm_h",
            "onset_mm_h",
        ):
            if not getattr(self, name) > 0:
                raise ValueError(f"RiskSettings.{name} must be above 0, got {getattr(self, name)}")
        for name in ("ensemble_share", "cleared_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"RiskSettings.{name} must lie above 0 and at most at 1")
