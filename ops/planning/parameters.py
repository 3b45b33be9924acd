"""What tunes the planning of work: productivity, phases, worth."""

from dataclasses import dataclass, fields

AT_LEAST_ONE = (
    "hand_minutes",
    "jet_minutes",
    "desilt_minutes",
    "haul_minutes",
    "flush_minutes_km",
    "inlets_per_stop",
    "guard_hours",
    "routine_hours",
)
"""What would divide by nothing, or ask for work that takes no time."""
MOST = 1_000_000
"""No minutes, hours, inlets or points are more; the solver's arithmetic has room above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSettings:
    """Productivity, phases and worth of the work.

    Attributes
    ----------
    hand_minutes, jet_minutes, desilt_minutes
        A grate cleared by two people 3-5 min (planning assumption); a blocked inlet jetted 15-30
        min; an inlet emptied by suction 6-10 min (British gully tankers, 50-100 a day).
    haul_minutes, flush_minutes_km
        Load and drive a tank to the tip; rinse and sweep one kilometre (assumptions: calibrate with
        the centre's log).
    setup_minutes
        Cones, tools, traffic at each stop (assumption).
    turnout_minutes
        Nobody sets out sooner than this after a plan is made: it must be read first (a target of 15
        min by day and 30 by night is to be agreed with the centre).
    travel_minutes, short_minutes
        What a way across the district takes at most, and the time before the rain below which
        portions are halved.
    inlets_per_stop
        Clearing longer than this is left for the next turn.
    guard_slack_minutes
        A watch may be taken up this much late, at a price, by a team that comes from elsewhere.
    guard_lead_minutes
        Posts are manned this long before the rain.
    guard_hours
        A watch is cut at clock hours divisible by this, so that it keeps its name when the forecast
        moves.
    recede_hours
        Water should be gone this long after the rain (2 h, widely quoted; design range 0.5-4 h of
        GB 51222-2017).
    after_hours, routine_hours
        How far the work after the rain, and the upkeep on a dry day, reach.
    clear_from_risk, desilt_from_risk
        Segments with at least this score are worth the work.
    clear_points, jet_points, well_points, guard_points, pump_points, desilt_points, haul_points,
    flush_points
        What each kind of work is worth for one point of risk. Travelling costs 1 point a second.
    reserve_points
        What a crew kept ready at its station is worth for one watch.
    late_points, guard_late_points
        Lost for each second by which work ends after it is due: silt taken out half a night late is
        still worth it.
    """

    hand_minutes: int = 4
    jet_minutes: int = 20
    desilt_minutes: int = 8
    haul_minutes: int = 30
    flush_minutes_km: int = 20
    setup_minutes: int = 5
    turnout_minutes: int = 10
    travel_minutes: int = 10
    short_minutes: int = 90
    guard_slack_minutes: int = 15
    inlets_per_stop: int = 10
    guard_lead_minutes: int = 15
    guard_hours: int = 2
    recede_hours: int = 2
    after_hours: int = 8
    routine_hours: int = 12
    clear_from_risk: int = 5
    desilt_from_risk: int = 50
    clear_points: int = 250
    jet_points: int = 300
    well_points: int = 150
    guard_points: int = 350
    pump_points: int = 450
    reserve_points: int = 3000
    desilt_points: int = 800
    haul_points: int = 300
    flush_points: int = 200
    late_points: int = 1
    guard_late_points: int = 4

    def __post_init__(self) -> None:
        for field in fields(self):
            value, least = getattr(self, field.name), 1 if field.name in AT_LEAST_ONE else 0
            if not least <= value <= MOST:
                raise ValueError(f"{field.name} must lie in {least} to {MOST}, got {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DutySettings:
    """How the people of a crew go out.

    Attributes
    ----------
    squads
        Whether a crew of four or more goes out as several squads, each led by the leader or a
        senior.
    least_people
        How many people work together at least, on roads of importance 1 to 5 (two for each,
        assumption: nobody works alone at a road; the team of some work is larger anyway).
    stay_on_hours
        How long after a shift that ends in a storm its people may stay on (Labour Law art. 41: 3 h
        a day for special reasons).
    emergency_hours
        How long at a stretch they may be on duty where the ordered level demands all hands (art. 42
        lifts the limits in an emergency; 16 h an assumption).
    rest_hours
        So long they rest before another turn (assumption: eat, sleep, travel).
    overtime_price
        What an hour of overtime costs, in weighted blocked-inlet-hours: less than a post or an
        incident is worth, more than silt taken out after the rain (assumption).
    meal_hours
        How much earlier or later than its window a break may lie for a storm (assumption).
    meal_mm_h
        An hour with so much rain keeps people from their break; from 2.5 mm on it is more than
        light rain (GB/T 28592, by the hour; recalled).
    """

    squads: bool = True
    least_people: tuple[int, int, int, int, int] = (2, 2, 2, 2, 2)
    stay_on_hours: float = 3.0
    emergency_hours: float = 16.0
    rest_hours: float = 10.0
    overtime_price: float = 2.0
    meal_hours: float = 2.0
    meal_mm_h: float = 2.5

    def __post_init__(self) -> None:
        if not all(1 <= people <= 30 for people in self.least_people):
            raise ValueError("least_people must lie in 1 to 30")
        for name in ("stay_on_hours", "emergency_hours", "rest_hours", "meal_hours"):
            if not 0 <= getattr(self, name) <= 24:
                raise ValueError(f"{name} must lie in 0 to 24")
        for name in ("overtime_price", "meal_mm_h"):
            if not 0 <= getattr(self, name) <= 1000:
                raise ValueError(f"{name} must lie in 0 to 1000")
