"""When people eat: within their shift's window, before or after the rain that keeps them at their
posts and the water of a downpour, else by turns at the post. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.plan import Rest
from data.model.wall_clock import window_after
from ops.district.rosters import Turn
from ops.planning.context import Storm
from ops.planning.on_duty.roster_days import zone_of
from ops.risk.stop_work import Span, heat_level, spans_without
from weather.model import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Meal:
    """One break of one shift.

    Attributes
    ----------
    begin, until
        Within which it lies.
    turn
        The shift, as long as these people are on it: one break in it is the one.
    latest
        By when it must be over within the law, whatever puts it off.
    at_post
        They eat by turns at the post, where nothing else is possible.
    """

    minutes: int
    begin: datetime
    until: datetime
    turn: Span
    latest: datetime
    at_post: bool = False

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return timedelta(minutes=self.minutes)

    def is_taken_by(self, rest: Rest) -> bool:
        """Whether a rest of the same people is this break."""
        return (
            self.turn[0] <= rest.start_at < self.turn[1]
            and rest.end_at - rest.start_at == self.length
        )


def meals(
    turn: Turn, storm: Storm, relieved: datetime | None = None, sitting: int | None = None
) -> tuple[Meal, ...]:
    """The breaks of a turn that are to be planned.

    Parameters
    ----------
    relieved
        When somebody else takes over before the shift ends.
    sitting
        With whom they eat, from 0: never all at once. ``None``: whenever it suits.
    """
    shift, end = turn.shift, relieved or turn.end
    if not shift.break_minutes or shift.break_from is None or shift.break_to is None:
        return ()
    first, last = window_after(turn.start, shift.break_from, shift.break_to, zone_of(storm))
    window = first, min(last, end)
    meal = Meal(
        minutes=shift.break_minutes,
        begin=window[0],
        until=window[1],
        turn=(turn.start, end),
        latest=min(end, window[1] + timedelta(hours=storm.duty.meal_hours)),
    )
    if window[1] - window[0] < meal.length:
        return ()
    meal = _put_off(meal, storm)
    return (meal if sitting is None or meal.at_post else _at_sitting(meal, sitting, storm),)


def heat_rest(turn: Turn, storm: Storm) -> tuple[Meal, ...]:
    """What is left of a turn beyond the hours that people may be outdoors in heat of 37 °C or more;
    in the rain it is cooler, and what is done then is for the public.
    """
    level = heat_level(storm.alerts, turn.start)
    over = turn.end - turn.start - timedelta(hours=storm.safety.heat_hours)
    if level not in (Level.ORANGE, Level.RED) or over <= timedelta(0):
        return ()
    if any(begin < turn.end and turn.start < end for begin, end in storm.rain.storms):
        return ()
    minutes = int(over / timedelta(minutes=1))
    span = turn.start, turn.end
    return (Meal(minutes=minutes, begin=turn.start, until=turn.end, turn=span, latest=turn.end),)


def _put_off(meal: Meal, storm: Storm) -> Meal:
    """The break as it lies best beside the heavy rain: within its window, else later in the shift,
    else at the post. What is dry of the window is widened to all sittings where the rain allows it:
    not all eat in the same half hour, and who must be somewhere by then, a machine that is placed
    ahead too, eats before.

    Before the rain nobody eats out of his time: the last dry hours are for opening inlets.
    """
    wet = _heavy(storm)
    if not any(begin < meal.until and meal.begin < over for begin, over in wet):
        return meal
    is_heavy_now = any(begin <= storm.now < over for begin, over in wet)
    first = storm.now if is_heavy_now else meal.turn[0]
    if _leaves_too_little(wet, meal, storm.duty.meal_dry_share):
        wet.append((meal.turn[0], min(begin for begin, over in wet if over > meal.begin)))
    work_first = timedelta(minutes=storm.duty.meal_after_minutes)
    wet.append((meal.turn[0], max(meal.turn[0], first) + work_first))
    start = max(meal.turn[0], meal.begin - timedelta(hours=storm.duty.meal_hours))
    end = meal.latest
    earliest = storm.now + timedelta(minutes=storm.work.turnout_minutes)
    free = [
        span
        for span in spans_without(wet, start, end)
        if span[1] - max(span[0], earliest) >= meal.length or span[1] <= storm.now
    ]
    if not free:
        until = meal.until if meal.until - earliest >= meal.length else end
        return replace(meal, until=until, at_post=True)
    begin, until = min(free, key=lambda span: _away(span, meal))
    inside = max(begin, meal.begin), min(until, meal.until)
    if inside[1] - max(inside[0], earliest) >= meal.length:
        begin, until = _widened(inside, (begin, until), storm.duty.meal_sittings * meal.length)
    return replace(meal, begin=begin, until=until)


def _leaves_too_little(wet: Iterable[Span], meal: Meal, share: float) -> bool:
    """Whether less than this share of the window is dry before the rain."""
    begin = min(begin for begin, over in wet if over > meal.begin)
    return begin - meal.begin < share * (meal.until - meal.begin)


def _widened(window: Span, free: Span, room: timedelta) -> Span:
    """The window, as far as it must begin earlier or end later to have room, within the free
    time.
    """
    begin = max(free[0], min(window[0], window[1] - room))
    return begin, min(free[1], max(window[1], begin + room))


def _at_sitting(meal: Meal, sitting: int, storm: Storm) -> Meal:
    """The break within its sitting's share of the time, where that is long enough and still to
    come.
    """
    share = (meal.until - meal.begin) / storm.duty.meal_sittings
    begin = meal.begin + share * sitting
    earliest = storm.now + timedelta(minutes=storm.work.turnout_minutes)
    if begin + share - max(begin, earliest) < meal.length:
        return meal
    return replace(meal, begin=begin, until=begin + share)


def _away(span: Span, meal: Meal) -> tuple[timedelta, datetime]:
    """How much of the break would lie outside its window in a span, and how far: the best first."""
    inside = min(span[1], meal.until) - max(span[0], meal.begin)
    return max(timedelta(0), meal.length - inside), span[0]


def _heavy(storm: Storm) -> list[Span]:
    """Each storm from before its first heavy hour to the end of its last, and a downpour until its
    water has gone; a drizzle is none.
    """
    found = []
    hour, lead = timedelta(hours=1), timedelta(minutes=storm.duty.meal_lead_minutes)
    for begin, over in storm.rain.storms:
        heavy = [
            start
            for start, mm in storm.rain.hours
            if mm >= storm.duty.meal_mm_h and start < over and begin < start + hour
        ]
        if heavy:
            gone = [until for start, until in storm.flooded if start in heavy]
            last = max([min(over, max(heavy) + hour), *gone])
            found.append((max(begin, min(heavy)) - lead, last))
    return found
