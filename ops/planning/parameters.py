"""What tunes the planning of work: productivity and phases."""

from dataclasses import dataclass, fields

AT_LEAST_ONE = (
    "hand_minutes",
    "hand_desilt_minutes",
    "jet_minutes",
    "desilt_minutes",
    "haul_minutes",
    "flush_minutes_km",
    "sweep_minutes_km",
    "wash_minutes_km",
    "inlets_per_stop",
    "guard_hours",
    "watch_minutes",
    "routine_hours",
    "round_days",
)
"""What would divide by nothing, or ask for work that takes no time."""
MOST = 1_000_000
"""No minutes, hours or inlets are more; the solver's arithmetic has room above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSettings:
    """Productivity and phases of the work; what it is worth stands in ``WorthSettings``.

    Attributes
    ----------
    hand_minutes, jet_minutes, desilt_minutes, hand_desilt_minutes
        A grate cleared by two people 3-5 min (planning assumption); a blocked inlet jetted 15-30
        min; an inlet emptied by suction 6-10 min (British gully tankers, 50-100 a day), by hand
        15-25 min (planning assumption).
    haul_minutes, flush_minutes_km
        Drive a tank or a load to the tip; rinse and sweep one kilometre (assumptions: calibrate
        with the centre's log).
    shovel_minutes_m3
        A cubic metre of silt put onto a lorry by two people with shovels, where there is no loader
        (half an hour: planning assumption).
    sweep_minutes_km, wash_minutes_km
        Sweep or wash one kilometre of a road on both sides (15 and 10: assumptions, at 8 and 12 km
        an hour each way).
    errand_minutes
        A case of the street seen to on the spot (assumption).
    rescue_minutes, restock_minutes
        A service car at a call on the way; putting back what it used at its station (assumptions).
    visit_minutes
        A patrol looks at a place of its beat (assumption).
    eyes_m
        In a storm a visit goes to the low point or key road nearest to its place, so far away at
        most (assumption).
    setup_minutes
        Cones, tools, traffic at each stop (assumption).
    turnout_minutes
        Nobody sets out sooner than this after a plan is made: it must be read first (a target of 15
        min by day and 30 by night is to be agreed with the centre).
    road_turnout_minutes
        The same for who is out with a car all shift (assumption).
    travel_minutes
        What a way across the district takes at most.
    inlets_per_stop
        A road with more is cleared in portions of so many, which may go to different squads.
    guard_lead_minutes
        Whoever is free may stand at his post this long before the rain; from the rain on it is a
        duty.
    low_lead_minutes
        Low points are a duty so long before the rain, at most ``guard_lead_minutes`` (response
        plans want people and pumps there before it; 5: an assumption, by so much ways and works
        stray).
    placed_lead_minutes
        The machines that a level wants ready stand at their places so long before the rain (60: an
        assumption; response plans want them there before it and name no minutes).
    guard_hours
        A watch is cut at clock hours divisible by this: so it keeps its name when the forecast
        moves, and can be left for something graver.
    watch_minutes
        The shortest watch that somebody is sent for (assumption).
    drizzle_mm_h
        With less rain than this key posts wait and their people open inlets; low points do not
        (assumption: less is no storm).
    downpour_mm_h
        In an hour with so much rain crews and pumps stay at the low points while no water stands
        elsewhere that endangers people: all roads have some then, and theirs runs together there
        (20 mm: short-time heavy rain by the China Meteorological Administration; on simulated
        streets who left them let them stand an hour longer). They are manned until its water has
        gone (``worth.recede_hours``), but may be left for water that stands on a street.
    low_kept_share
        So do pumps in any hour in which a small one (180 m3/h) would find water there for this
        share of its time, for more runs to the place than its inlets take; crews leave it then for
        a flooded street too (assumption; on simulated streets of nine drawn districts .3 left 2.5 %
        fewer minutes of water at low points, and 1.6 % fewer in all, than if it held for pumps
        alone, from .5 on).
    flooded_cm
        Water of this depth floods a street (15 cm: GB 51222-2017): it goes before a low point that
        fills, shallower water waits until that is over. On simulated streets of three drawn
        districts crews who went to it left 1.8 % fewer minutes of water in all, and 1.1 % more at
        low points.
    danger_cm
        Water of this depth endangers people: it goes before all else, and a low point that the
        tables know to be shallower is no danger in a downpour (at some 30 cm cars stall and roads
        are closed: widely quoted).
    watched_roads
        Besides the posts so many roads for each squad may be watched, the wettest first, by who
        would be idle else (assumption).
    least_gain
        Work that prevents fewer blocked-inlet-hours is not asked for: some three minutes of
        driving cost (0.02; one inlet of a lane in an hour or two of light rain prevents more, and
        crews with nothing else to do open it).
    wait_share
        Of what opening inlets prevents, what each hour of waiting costs before a storm: the rain
        may come sooner, people and machines may drop out (0.005: an assumption; so little that it
        decides nothing but who goes and when: without it what a crew that comes on duty just before
        the rain passes on its way was left to it, while others were idle all day).
    silt_m3
        In an inlet that is emptied (0.05-0.06 m3 from its geometry).
    garden_minutes, garden_detour_minutes
        A load put down at a resident's garden; how much longer the way of a truck may be for it
        (assumptions; 0: no garden is served).
    haul_gain, flush_gain_km
        What a load driven away and a rinsed kilometre count, in blocked-inlet-hours (assumptions:
        they prevent no water, but silt left on the road is washed in again; a road once desilted
        is worth the way there of a flusher and a sweeper that stand idle).
    after_hours, routine_hours
        How far the work after the rain, and the upkeep on a dry day, reach.
    routine_from, routine_to
        Local hours between which upkeep is done.
    round_days
        On dry days every inlet is visited once in so many days, by risk and age (assumption).
    car_minutes, rush_minutes
        An inlet left because a car stood on it is asked for again after so long, one left for the
        traffic after the other (assumptions: an errand, a rush hour); one that was unsafe when the
        rain is over.
    silence_minutes
        What a station that works from paper was to do in a storm, and said no word of so long after
        its time, is wanted once more if it is still worth it, at half its worth, for it may have
        been done; 0: never (120: an assumption, so that who only forgets to tap hears nothing).
    """

    hand_minutes: int = 4
    jet_minutes: int = 20
    desilt_minutes: int = 8
    hand_desilt_minutes: int = 20
    haul_minutes: int = 30
    shovel_minutes_m3: int = 30
    flush_minutes_km: int = 20
    sweep_minutes_km: int = 15
    wash_minutes_km: int = 10
    errand_minutes: int = 20
    rescue_minutes: int = 20
    restock_minutes: int = 15
    visit_minutes: int = 10
    eyes_m: int = 600
    setup_minutes: int = 5
    road_turnout_minutes: int = 1
    turnout_minutes: int = 10
    travel_minutes: int = 10
    inlets_per_stop: int = 5
    guard_lead_minutes: int = 15
    low_lead_minutes: int = 5
    placed_lead_minutes: int = 60
    guard_hours: int = 1
    watch_minutes: int = 10
    drizzle_mm_h: float = 1.0
    downpour_mm_h: float = 20.0
    low_kept_share: float = 0.3
    flooded_cm: float = 15.0
    danger_cm: float = 30.0
    watched_roads: float = 1.0
    least_gain: float = 0.02
    wait_share: float = 0.005
    silt_m3: float = 0.055
    garden_minutes: int = 10
    garden_detour_minutes: float = 10.0
    haul_gain: float = 2.0
    flush_gain_km: float = 2.0
    after_hours: int = 8
    routine_hours: int = 12
    routine_from: int = 6
    routine_to: int = 20
    round_days: int = 5
    car_minutes: int = 60
    rush_minutes: int = 120
    silence_minutes: int = 120

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
        How long after a shift that ends in a storm, or at most half as long before one, its people
        may stay on (Labour Law art. 41: 3 h a day for special reasons).
    emergency_hours
        How long at a stretch they may be on duty where the ordered level demands all hands (art. 42
        lifts the limits in an emergency; 16 h an assumption).
    rest_hours
        So long people rest between two turns (11 h: Directive 2003/88/EC art. 3, recalled; no
        Chinese rule names hours).
    week_hours
        What somebody may work in seven days (Labour Law art. 36: 44 h a week on average; art. 41:
        36 h of overtime a month, some 9 h a week).
    month_overtime_hours
        Overtime that a month proposed by the program may hold beside the working days' eight hours
        (Labour Law art. 41: 36).
    fair_months
        So many months before count with a month when nights and weekends are shared (2:
        assumption).
    jetting_people
        How many of a crew must hold the jetting certificate for it to jet (1: assumption).
    overtime_price
        What an hour of overtime costs, in weighted blocked-inlet-hours: less than a post or an
        incident is worth, more than silt taken out after the rain (assumption).
    meal_hours
        How much later than its window a break may lie for a storm, or earlier so that not all eat
        at once (assumption).
    meal_dry_share
        So much of a break's window must be dry for it to be taken before the rain; else it is taken
        later or at the post, for the last dry hours are for opening inlets (half: assumption).
    meal_mm_h
        An hour with so much rain keeps people from their break; from 2.5 mm on it is more than
        light rain (GB/T 28592, by the hour; recalled).
    meal_lead_minutes
        So long before the heavy rain nobody eats any more: everybody is at the post (assumption).
    meal_after_minutes
        Neither an order in a storm nor a shift in one begins with the break: so long people work
        first (assumption).
    meal_sittings
        Where there is time for it the crews of a shift eat in so many sittings, never all at once
        (2: half first, and half then; assumption).
    meal_called
        For each place in a team that water on a street calls for, the breaks of so many of the
        nearest who can fill it are put off; the others eat as they were told (6: assumption).
    meal_left_minutes
        Whoever eats is called from it to such water only where he is there so much sooner than
        anybody else; he takes the whole break afterwards (5: an assumption, by so much ways stray).
    """

    squads: bool = True
    least_people: tuple[int, int, int, int, int] = (2, 2, 2, 2, 2)
    stay_on_hours: float = 3.0
    emergency_hours: float = 16.0
    rest_hours: float = 11.0
    week_hours: float = 53.0
    month_overtime_hours: float = 36.0
    fair_months: int = 2
    jetting_people: int = 1
    overtime_price: float = 2.0
    meal_hours: float = 2.0
    meal_dry_share: float = 0.5
    meal_mm_h: float = 1.5
    meal_lead_minutes: int = 30
    meal_after_minutes: int = 60
    meal_sittings: int = 2
    meal_called: int = 6
    meal_left_minutes: int = 5

    def __post_init__(self) -> None:
        if not all(1 <= people <= 30 for people in self.least_people):
            raise ValueError("least_people must lie in 1 to 30")
        for name in ("stay_on_hours", "emergency_hours", "rest_hours", "meal_hours"):
            if not 0 <= getattr(self, name) <= 24:
                raise ValueError(f"{name} must lie in 0 to 24")
        if not 0 <= self.fair_months <= 12:
            raise ValueError("fair_months must lie in 0 to 12")
        if not 0 <= self.month_overtime_hours <= 744:
            raise ValueError("month_overtime_hours must lie in 0 to 744")
        if not 1 <= self.jetting_people <= 30:
            raise ValueError("jetting_people must lie in 1 to 30")
        if not 1 <= self.week_hours <= 168:
            raise ValueError("week_hours must lie in 1 to 168")
        for name in ("meal_lead_minutes", "meal_after_minutes", "meal_left_minutes"):
            if not 0 <= getattr(self, name) <= 1440:
                raise ValueError(f"{name} must lie in 0 to 1440")
        if not 1 <= self.meal_sittings <= 10:
            raise ValueError("meal_sittings must lie in 1 to 10")
        if not 1 <= self.meal_called <= 1000:
            raise ValueError("meal_called must lie in 1 to 1000")
        if not 0 <= self.meal_dry_share <= 1:
            raise ValueError("meal_dry_share must lie in 0 to 1")
        for name in ("overtime_price", "meal_mm_h"):
            if not 0 <= getattr(self, name) <= 1000:
                raise ValueError(f"{name} must lie in 0 to 1000")


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilitySettings:
    """What a change of a published plan costs, in points; 100,000 are one blocked-inlet-hour.

    Attributes
    ----------
    reassign
        For each job that is dropped or given to others: less than two blocked-inlet-hours are not
        worth another order to a crew (assumption).
    retime, tolerance_s
        For each that is moved by more than the tolerance.
    split
        For each hour in the midst of a stay that its crew was told as one order, beside the above:
        whoever is called away from there needs another order to come back (as for any other:
        assumption).
    accepted
        For each change of what its station said yes to, beside the above: its people are getting
        ready (half a blocked-inlet-hour, as a move: assumption).
    add
        For each that the plan in force leaves for other work although it could be done, and that
        somebody gets after all; half of its own worth at most, so that nobody stands idle beside it
        (half a blocked-inlet-hour, as a move: assumption). What is wanted anew, or what nobody
        could do then, costs nothing.
    half_done_minutes
        To leave inlets half done for water elsewhere costs what so many minutes of duty at such
        water are worth: as much as shallow water that waits some ten minutes longer, and as deep
        water that waits less than one (assumption).
    named
        What an hour at a post with its named first in place of others is worth in ways, the second
        half of it (17 minutes of driving: assumption). No work is left out or late for it.
    freeze_minutes
        The freeze horizon: what sets out within so many minutes keeps its team and its start,
        unless something of a graver tier needs its people, the desk orders otherwise or it may not
        be done then (30: an assumption, for by then a crew is getting ready). What sets out later
        may be changed at the price above.
    """

    reassign: int = 200_000
    retime: int = 50_000
    split: int = 200_000
    accepted: int = 50_000
    add: int = 50_000
    half_done_minutes: int = 5
    named: int = 10_000
    tolerance_s: int = 300
    freeze_minutes: float = 30.0

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            if not 0 <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} must lie in 0 to {MOST}, got {getattr(self, name)}")
        if self.half_done_minutes > 1440:
            raise ValueError("half_done_minutes must lie in 0 to 1440")
