"""What the tables do not say of streets, pipes, rain and people. All are assumptions, fixed before
the plan was put beside the habits; whoever knows better writes other ones into the settings.
"""

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MOST = 1e6
"""No figure is greater."""


def _check(settings: "DataclassInstance", zero: tuple[str, ...] = ()) -> None:
    """Every figure must be above 0; those of ``zero`` may be 0.

    Raises
    ------
    ValueError
        One is not.
    """
    for setting in fields(settings):
        value = getattr(settings, setting.name)
        for each in value if isinstance(value, tuple) else (value,):
            if not isinstance(each, float | int) or not 0 <= each <= MOST:
                raise ValueError(f"{setting.name} must lie in 0 to {MOST:.0f}")
            if each == 0 and setting.name not in zero:
                raise ValueError(f"{setting.name} must be above 0")


def _check_shares(settings: "DataclassInstance", *names: str) -> None:
    for name in names:
        if getattr(settings, name) > 1:
            raise ValueError(f"{name} must lie in 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetSettings:
    """Streets and pipes where the district's tables do not have them.

    Attributes
    ----------
    block_m
        So long is a piece of street between two nodes of the model at most.
    fall_south, fall_west
        The ground falls so much to the south and to the west (0.003 and 0.0012: assumptions).
    low_point_m, hollow_m, hollows
        So much lie the low points of the tables below the street beside them; so much, and so many,
        hollows that no table knows (0.40, 0.22 and 8: assumptions).
    sealed_width_m, sealed_share
        On each side so wide a strip drains to the gutter, so much of it sealed.
    yard_width_m, yard_share
        Behind it so wide a strip drains into the pipe.
    curb_m, cross_slope, street_n, pipe_n
        Height of the curb; slope across; Manning's roughness of street and pipe.
    carriageway_m
        Half the carriageway's width by importance 1 to 5.
    inlet_m3_s
        What an open inlet takes with water 15 cm deep before it: 30 l/s, between a single grate
        (20) and a double one (35) of the design tables (recalled), so that a district with clean
        inlets copes with a moderate storm.
    pipe_years, runoff
        For a storm of which return period, and with which coefficient of runoff, pipes were built
        (1.5 years and 0.70: assumptions; rational method).
    pipe_cover_m
        From the street down to the pipe's bottom at least.
    """

    block_m: float = 120.0
    fall_south: float = 0.003
    fall_west: float = 0.0012
    low_point_m: float = 0.40
    hollow_m: float = 0.22
    hollows: int = 8
    sealed_width_m: float = 30.0
    sealed_share: float = 0.90
    yard_width_m: float = 30.0
    yard_share: float = 0.60
    curb_m: float = 0.15
    cross_slope: float = 0.02
    street_n: float = 0.016
    pipe_n: float = 0.013
    carriageway_m: tuple[float, float, float, float, float] = (3.5, 5.0, 7.0, 9.0, 12.0)
    inlet_m3_s: float = 0.030
    pipe_years: float = 1.5
    runoff: float = 0.70
    pipe_cover_m: float = 1.5

    def __post_init__(self) -> None:
        _check(self, zero=("fall_south", "fall_west", "hollows", "hollow_m", "low_point_m"))
        _check_shares(self, "sealed_share", "yard_share", "runoff")
        if len(self.carriageway_m) != 5:
            raise ValueError("carriageway_m must be five widths")


@dataclass(frozen=True, slots=True, kw_only=True)
class StormShape:
    """How heavy a storm of a return period is, and how it rises and falls: q = a (1 + c lg P) /
    (t + b)^n, in l/(s ha). The built-in figures are those of Changchun in older handbooks
    (recalled; an assumption here).

    Attributes
    ----------
    a, b, c, n
        Of the formula; a bureau's own stands in its city's rainstorm intensity formula.
    peak
        After which share of its time the storm is heaviest (0.4: assumption).
    """

    a: float = 1600.0
    b: float = 5.0
    c: float = 0.8
    n: float = 0.76
    peak: float = 0.4

    def __post_init__(self) -> None:
        _check(self, zero=("c",))
        if self.peak >= 1 or self.n >= 1:
            raise ValueError("peak and n must be below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenState:
    """What nobody knows: which inlets are clogged, and which the storm clogs.

    Attributes
    ----------
    clogged_share
        Of all inlets at the beginning (0.2: assumption).
    deep_share
        Of those, what takes a crew long (one third: assumption).
    record_weight
        How far the hidden rates follow the record: gamma rates of this shape around it; the
        greater, the closer.
    more_share
        So many more clog while 60 mm fall, as a share of those at the beginning.
    open_when_clogged
        What is left of a clogged inlet's capacity.
    """

    clogged_share: float = 0.20
    deep_share: float = 1 / 3
    record_weight: float = 2.0
    more_share: float = 0.5
    open_when_clogged: float = 0.05

    def __post_init__(self) -> None:
        _check(self, zero=("clogged_share", "deep_share", "more_share", "open_when_clogged"))
        _check_shares(self, "clogged_share", "deep_share", "open_when_clogged")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSettings:
    """How people work in the simulated storm, and what they hear of it. All are assumptions.

    Attributes
    ----------
    reach_m
        So far from its post a crew clears.
    check_minutes, clear_minutes, deep_minutes
        For a pair at one inlet: that is open; clogged; clogged deep.
    pace_spread
        How far the time at an inlet strays from that: the standard deviation of its logarithm.
    stop_mm_h, stop_depth_m
        Nobody works at a grate in heavier rain or deeper water.
    report_depth_m, report_minutes, again_minutes
        Water deeper than this is reported, after so many minutes on average, and again after so
        many while it stands.
    gone_depth_m, gone_minutes
        Water is gone when it has been no deeper for so long. Who stands there says so.
    patrol_minutes
        Where nobody stands it is known only when a patrol comes by, every so often at each road.
    forgotten_share
        So many jobs are done and nobody taps that they are.
    turnout_minutes
        From order to setting out, for those that no plan of ours tells.
    reserve_leave_minutes, reserve_leave_spread
        From the call to leaving, for a crew in reserve: the median, and the standard deviation of
        its logarithm (6 and 0.4: one in ten takes longer than the 10 minutes of
        ``[response] reserve_minutes``; assumptions, the manager's page measures the own). A median
        of 0: they leave as the plan says, and are not measured.
    pump_m3_s
        Of a pump truck whose capacity the tables do not say.
    refused_share, persuaded_minutes
        Of the roads that a crew may be sent to, so many it refuses to go to; if the same is still
        wanted of it so long after, it goes.
    broken_per_hour, repair_minutes
        In an hour so many of the machines break down, for so long.
    slow_depth_m
        A road under less water is driven as if it were dry; deeper water slows and closes it by the
        curve of ``[ways]``.
    """

    reach_m: float = 150.0
    check_minutes: float = 2.0
    clear_minutes: float = 6.0
    deep_minutes: float = 30.0
    pace_spread: float = 0.3
    stop_mm_h: float = 30.0
    stop_depth_m: float = 0.4
    report_depth_m: float = 0.10
    report_minutes: float = 15.0
    again_minutes: float = 60.0
    gone_depth_m: float = 0.05
    gone_minutes: float = 15.0
    patrol_minutes: float = 60.0
    forgotten_share: float = 0.05
    turnout_minutes: float = 10.0
    reserve_leave_minutes: float = 6.0
    reserve_leave_spread: float = 0.4
    pump_m3_s: float = 0.05
    refused_share: float = 0.03
    persuaded_minutes: float = 20.0
    broken_per_hour: float = 0.02
    repair_minutes: float = 120.0
    slow_depth_m: float = 0.27

    def __post_init__(self) -> None:
        _check(self, zero=_MAY_BE_NONE)
        _check_shares(self, "forgotten_share", "refused_share")
        if self.broken_per_hour >= 1:
            raise ValueError("broken_per_hour must be below 1")
        if self.reserve_leave_minutes > 240 or self.reserve_leave_spread > 3:
            raise ValueError("reserve_leave_minutes, reserve_leave_spread at most 240, 3")


_MAY_BE_NONE = (
    "pace_spread",
    "turnout_minutes",
    "reserve_leave_minutes",
    "reserve_leave_spread",
    "forgotten_share",
    "gone_minutes",
    "refused_share",
    "persuaded_minutes",
    "broken_per_hour",
    "repair_minutes",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSpread:
    """How far the members of a forecast, and what comes, lie about a storm. All are assumptions.

    Attributes
    ----------
    members
        Of the ensemble.
    amount_spread
        The standard deviation of the logarithm of how much falls.
    shift_minutes
        The standard deviation of when it begins.
    """

    members: int = 20
    amount_spread: float = 0.5
    shift_minutes: float = 60.0

    def __post_init__(self) -> None:
        _check(self, zero=("amount_spread", "shift_minutes"))
        if self.members > 200 or self.amount_spread > 3 or self.shift_minutes > 1440:
            raise ValueError("members, amount_spread, shift_minutes at most 200, 3, 1440")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillSettings:
    """All that is assumed."""

    streets: StreetSettings = field(default_factory=StreetSettings)
    shape: StormShape = field(default_factory=StormShape)
    hidden: HiddenState = field(default_factory=HiddenState)
    people: FieldSettings = field(default_factory=FieldSettings)
    forecast: ForecastSpread = field(default_factory=ForecastSpread)
