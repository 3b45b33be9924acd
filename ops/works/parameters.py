"""What tunes the planning of dry-day works."""

from dataclasses import dataclass

MONTHS = 12
MOST_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WorksSettings:
    """The climate beyond the forecast, drying, and how long a new road may not be opened.

    Attributes
    ----------
    wet_mm
        A day with as much rain is wet: work that needs dry ground stops (assumption; the climate
        below counts days alike).
    wet_share
        How often a day of each month is wet, January first (recalled for Liaoyuan, about 650 mm a
        year: put the station's own record in its place).
    persistence
        How much more often a wet day follows a wet one than a dry one, 0 to 1 (recalled: daily rain
        of north-east China, .2 to .3).
    trust
        How far a forecast of the first, second ... day is believed against the climate, 0 to 1
        (assumption: falling skill of forecasts; beyond the last day the climate alone).
    first_month, last_month
        The building season; frost ends it (recalled practice of Jilin).
    pavement_dry_days, pavement_cure_days
        Whole dry days before a day of paving and after it (assumption).
    waterproofing_dry_days, waterproofing_cure_days
        The same of waterproofing, whose base must have dried (assumption, after the rule that it is
        not laid in rain or on a wet base).
    new_road_years
        So long a road that was laid may not be opened (recalled: 城市道路管理条例 art. 33: five
        years after it was built or widened, three after a major repair).
    """

    wet_mm: float = 1.0
    wet_share: tuple[float, ...] = (
        0.07,
        0.08,
        0.11,
        0.16,
        0.24,
        0.33,
        0.38,
        0.33,
        0.20,
        0.16,
        0.13,
        0.09,
    )
    persistence: float = 0.25
    trust: tuple[float, ...] = (0.95, 0.9, 0.85, 0.75, 0.65, 0.5, 0.35)
    first_month: int = 4
    last_month: int = 10
    pavement_dry_days: int = 1
    pavement_cure_days: int = 0
    waterproofing_dry_days: int = 2
    waterproofing_cure_days: int = 1
    new_road_years: int = 5

    def __post_init__(self) -> None:
        if len(self.wet_share) != MONTHS:
            raise ValueError("wet_share needs twelve months")
        for name, values in (
            ("wet_share", self.wet_share),
            ("trust", self.trust),
            ("persistence", (self.persistence,)),
        ):
            if any(not 0 <= value <= 1 for value in values):
                raise ValueError(f"{name} must be from 0 to 1")
        if not 1 <= self.first_month <= self.last_month <= MONTHS:
            raise ValueError("first_month must not be after last_month")
        for name in (
            "pavement_dry_days",
            "pavement_cure_days",
            "waterproofing_dry_days",
            "waterproofing_cure_days",
        ):
            if not 0 <= getattr(self, name) <= MOST_DAYS:
                raise ValueError(f"{name} must be from 0 to {MOST_DAYS}")
        if self.wet_mm <= 0 or self.new_road_years < 0:
            raise ValueError("wet_mm must be above 0, new_road_years not below")
