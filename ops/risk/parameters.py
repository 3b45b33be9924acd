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
    leaf_from_month, leaf_until_month, leaf_season
        In these months an inlet becomes blocked so many times as often as the record has it over
        the year (assumption: vegetation drives silting, Rietveld et al. 2020,
        but the record of one district may say otherwise).
    water_share
        What water standing on a road, told of for certain, counts among the records of its inlets,
        as a share of one blockage and once in a storm; 0: nothing (assumption: of two puddles one
        comes from an inlet, the other from a full pipe).
    low_ground
        So many times as often on low ground, before the record speaks (1: what gathers there counts
        in ``[worth]``).
    works_nearby, works_days
        So many times as often where mortar was found on the road, for so many days after
        (assumptions: a site stays for weeks).
    onset_mm_h
        An hour with this much rain belongs to the storm (assumption; trace rain needs no plan).
    snow_mm_h
        What is forecast for the hours of a snow warning falls as snow up to this much an hour,
        unless a warning of rain stands beside it: nobody guards inlets against it (5: assumption,
        twice the mean of a red signal's 15 mm in six hours; what is more is rain).
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
    near_hours
        Rain that begins within so many hours is near (assumption: about what clearing before the
        rain takes).
    graver_share, graver_mm, graver_minutes
        A plan is made anew for near rain where a new reading has more of it, in all or in an hour,
        by both this share and this amount, or begins sooner or ends later by so many minutes than
        the plan stands on (assumptions).
    milder_share, milder_mm, milder_minutes
        Likewise where much less falls, or later, or it is over sooner; the graver reading stands
        until then (assumptions: forecasts swing by a quarter from run to run).
    far_factor
        What is farther off than near asks for a plan only where it is graver by so many times as
        much; what is milder waits until it is near (assumption).
    """

    half_life_days: float = 365.0
    prior_years: float = 2.0
    prior_per_year: float = 0.8
    unknown_days: float = 180.0
    cleared_share: float = 0.9
    leaf_from_month: int = 10
    leaf_until_month: int = 11
    leaf_season: float = 1.5
    water_share: float = 0.5
    low_ground: float = 1.0
    works_nearby: float = 1.5
    works_days: float = 60.0
    onset_mm_h: float = 1.0
    snow_mm_h: float = 5.0
    lead_minutes: int = 60
    ensemble_share: float = 0.75
    forecast_factor: float = 2.0
    memory_hours: float = 8.0
    near_hours: float = 3.0
    graver_share: float = 0.1
    graver_mm: float = 1.0
    graver_minutes: float = 30.0
    milder_share: float = 0.5
    milder_mm: float = 5.0
    milder_minutes: float = 60.0
    far_factor: float = 3.0

    def __post_init__(self) -> None:
        for name in (
            "half_life_days",
            "prior_years",
            "prior_per_year",
            "unknown_days",
            "onset_mm_h",
        ):
            if not getattr(self, name) > 0:
                raise ValueError(f"RiskSettings.{name} must be above 0, got {getattr(self, name)}")
        for name in _FROM_NOUGHT:
            if not 0 <= getattr(self, name) <= 1440:
                raise ValueError(f"RiskSettings.{name} must lie in 0 to 1440")
        for name in ("leaf_season", "low_ground", "works_nearby"):
            if not 1 <= getattr(self, name) <= 10:
                raise ValueError(f"RiskSettings.{name} must lie in 1 to 10")
        for name in ("leaf_from_month", "leaf_until_month"):
            if getattr(self, name) not in range(1, 13):
                raise ValueError(f"RiskSettings.{name} must be a month, 1 to 12")
        for name in ("ensemble_share", "cleared_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"RiskSettings.{name} must lie above 0 and at most at 1")
        if not 0 <= self.water_share <= 1:
            raise ValueError("RiskSettings.water_share must lie in 0 to 1")
        for name in ("forecast_factor", "far_factor"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"RiskSettings.{name} must not be below 1")


_FROM_NOUGHT = (
    "snow_mm_h",
    "works_days",
    "near_hours",
    "graver_share",
    "graver_mm",
    "graver_minutes",
    "milder_share",
    "milder_mm",
    "milder_minutes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthSettings:
    """What work prevents, in weighted blocked-inlet-hours (井·小时). Assumptions where not named:
    to be set right by the district's own record of rain and reports.

    Attributes
    ----------
    arise_share, arise_days, arise_mm
        What the leaves and silt of a storm add, as a share of the chance of an inlet last cleaned
        so many days ago, once so much rain has fallen (50 mm: the yellow and blue signals of CMA
        Order 16, 2007).
    reopened_minutes, guard_finds
        Within so many minutes a guard reopens what is blocked near his post (two ponding points
        cleared in 18 and 13 minutes by crews placed beforehand, Beijing 2017); this share of it.
    near_m
        What is near: a pair clears so far around its post (street hydraulics in trials).
    grate_mm_h, heavy_share
        From this rain on nobody works at a grate (same trials); leaves lifted off from the kerb are
        this share of a guard's work (assumption).
    full_mm_h, rain_power, light_share
        An hour with this much rain counts as one hour of water, one with more by this power of it:
        what falls beyond the pipes' capacity all stands on the street. An hour of drizzle, and the
        time until the water has gone, count the share.
    recede_hours
        What is blocked when the rain ends stays under water so long (2 h: widely quoted; design
        range 0.5-4 h of GB 51222-2017).
    future_hours
        Full hours of water in storms beyond the horizon that an inlet cleared now will spare: what
        upkeep is for.
    desilt_factor
        Silt taken out of the sump lasts this many times longer than a cleared grate.
    hand_share
        What clearing by hand takes away of a blockage that asks for jetting.
    pump_m3_per_hour, pump_used
        Water taken off a low point that counts as one blocked-inlet-hour (a grate's intake of some
        10 l/s), and the share of its time for which a pump finds water at least.
    strip_m, runoff
        So wide a strip drains to the inlets of a road whose catchment the tables do not know (30 m
        on each side), to a low point as along a road of median length at least (an underpass is
        short, and takes what its approaches bring: an assumption); and the share of the rain that
        runs off (0.7, as cities build): what the inlets do not take of it a pump finds.
    low_lying
        Factor of a place where water gathers.
    reserve_share
        What a crew kept ready saves of the water on unmanned roads within its reach.
    reach_minutes
        How far that is.
    risk_hours
        Blocked-inlet-hours expected on a road that make a risk of 63 of 100: so that a yellow storm
        tells the sample's roads apart (some 10 to 50) and a red one still counts for more.
    """

    arise_share: float = 0.5
    arise_days: float = 90.0
    arise_mm: float = 50.0
    reopened_minutes: float = 20.0
    guard_finds: float = 0.8
    near_m: float = 150.0
    grate_mm_h: float = 30.0
    heavy_share: float = 0.5
    full_mm_h: float = 10.0
    rain_power: float = 1.5
    light_share: float = 0.2
    recede_hours: float = 2.0
    future_hours: float = 0.5
    desilt_factor: float = 2.0
    hand_share: float = 0.5
    pump_m3_per_hour: float = 36.0
    pump_used: float = 0.1
    strip_m: float = 60.0
    runoff: float = 0.7
    low_lying: float = 1.25
    reserve_share: float = 0.1
    reach_minutes: float = 20.0
    risk_hours: float = 40.0

    def __post_init__(self) -> None:
        for name in (
            "guard_finds",
            "heavy_share",
            "light_share",
            "hand_share",
            "reserve_share",
            "pump_used",
            "runoff",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"WorthSettings.{name} must lie in 0 to 1")
        for name in ("full_mm_h", "arise_mm", "pump_m3_per_hour", "low_lying", "risk_hours"):
            if not 0 < getattr(self, name) <= 1000:
                raise ValueError(f"WorthSettings.{name} must lie above 0 and at most at 1000")
        for name in (
            "arise_share",
            "arise_days",
            "reopened_minutes",
            "near_m",
            "grate_mm_h",
            "recede_hours",
            "future_hours",
            "reach_minutes",
            "strip_m",
        ):
            if not 0 <= getattr(self, name) <= 10_000:
                raise ValueError(f"WorthSettings.{name} must lie in 0 to 10000")
