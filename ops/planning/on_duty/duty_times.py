"""How long a turn of duty lasts beside its shift: hand-overs, staying on in a storm, being called
in. Pure.

The hour of overtime has its price, so that it is a decision: a duty is worth it, a gain rarely is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ops.district.rosters import Turn
from ops.planning.context import Storm
from ops.planning.tiers import HOURS_PER_MINUTE, Tier
from ops.risk.stop_work import Span, heat_level

SHORTEST = timedelta(minutes=30)  # nobody is called in, or counted as on duty, for less
HANDOVER_PRICE = 0.5 * 60 * HOURS_PER_MINUTE[Tier.STANDBY]
"""Of an hour of the margin after a shift, so that who is relieved goes home: less than any post."""
CALL_LEAD = timedelta(hours=3)
"""Nobody is called in sooner before the rain: a red warning speaks of the next three hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyTime:
    """From when to when one turn may be given work.

    Attributes
    ----------
    turn
        The shift that it belongs to; of a second turn the one after which they are called in.
    overtime_from, overtime_price
        From when on an hour of work costs so many weighted blocked-inlet-hours.
    regular
        From when to when they do any work: the shift, and as long as they may stay on. What lies
        before and after it are margins for handing over, with posts and incidents only.
    """

    turn: Turn
    start: datetime
    end: datetime
    overtime_from: datetime
    overtime_price: float
    regular: Span
    is_called_in: bool = False

    @property
    def day(self) -> date:
        """The day that names the turn."""
        return self.turn.day


def duty_times(
    turns: list[Turn], storm: Storm, may_call: Callable[[datetime], bool] = lambda _: True
) -> list[DutyTime]:
    """The turns of one crew or driver as long as they may be needed, in order; with all hands, the
    second turns for which they are called in too.

    Parameters
    ----------
    turns
        In order, from so long ago that nobody still works one before them.
    may_call
        Whether they may be called in at an instant: nobody is from leave.
    """
    following = [*turns[1:], None]
    found: list[DutyTime] = []
    for turn, after in zip(turns, following, strict=True):
        own = _own(turn, after, storm)
        if found and found[-1].end > own.start:
            own = replace(own, start=min(max(found[-1].end, own.start), turn.start))
        found.append(own)
        call = _called(own, after, storm) if storm.all_hands else None
        if call and may_call(call.start):
            found.append(call)
    return found


def _own(turn: Turn, after: Turn | None, storm: Storm) -> DutyTime:
    """The shift with its margins, where posts or incidents need them, and as long as they may stay
    on. In heat, from 35 °C on, there is no overtime but in an emergency (measures for work in heat,
    安监总安健〔2012〕89号, art. 8).
    """
    start, end, stay, price = turn.start, turn.end, turn.end, 0.0
    margin = timedelta(minutes=storm.safety.handover_minutes)
    if storm.all_hands or not heat_level(storm.alerts, turn.end):
        if _is_manned(storm, turn.start - margin, turn.start + margin):
            start = turn.start - margin
        if _is_manned(storm, turn.end, turn.end + margin):
            end, price = turn.end + margin, HANDOVER_PRICE
        if (stay := _stay_until(turn, after, storm)) > turn.end:
            end, price = max(end, stay), storm.duty.overtime_price
        if after and end > after.start:
            end = max(turn.end, after.start)
    return DutyTime(
        turn=turn,
        start=start,
        end=end,
        overtime_from=turn.end,
        overtime_price=price,
        regular=(turn.start, min(stay, end)),
    )


def _is_manned(storm: Storm, start: datetime, end: datetime) -> bool:
    """Whether posts are to be manned then, or incidents are open."""
    return bool(storm.incidents) or any(begin < end and start < over for begin, over in _wet(storm))


def _wet(storm: Storm) -> list[tuple[datetime, datetime]]:
    """The storms, from when their posts are manned."""
    lead = timedelta(minutes=storm.work.guard_lead_minutes)
    return [(begin - lead, over) for begin, over in storm.rain.storms]


def _stay_until(turn: Turn, after: Turn | None, storm: Storm) -> datetime:
    """Until when they may stay on if the shift ends in a storm, or so shortly before one that they
    would work longer than they wait: by art. 41 of the Labour Law, or with all hands, who are
    called in for what comes later, by art. 42, and not without rest before the next shift.
    """
    longest = timedelta(hours=storm.duty.stay_on_hours)
    wait = timedelta(0) if storm.all_hands else longest / 2
    for begin, over in _wet(storm):
        if begin <= turn.end + wait and turn.end < over:
            until = min(over, turn.end + longest)
            if storm.all_hands:
                until = min(over, turn.start + timedelta(hours=storm.duty.emergency_hours))
            if after:
                until = min(until, after.start - timedelta(hours=storm.duty.rest_hours))
            return until
    return turn.end


def _called(own: DutyTime, after: Turn | None, storm: Storm) -> DutyTime | None:
    """The second turn after this one: once they have rested, for as long as a storm lasts, and no
    longer at a stretch, with a shift that follows before they have rested, than an emergency
    allows.
    """
    rest = timedelta(hours=storm.duty.rest_hours)
    stretch = timedelta(hours=storm.duty.emergency_hours)
    rested = max(own.overtime_from, _stay_until(own.turn, after, storm)) + rest
    for begin, over in storm.rain.storms:
        start = max(rested, begin - CALL_LEAD)
        end = min(over, start + stretch)
        if after and end + rest > after.start:
            start, end = max(start, after.end - stretch), min(end, after.start)
        if end - start >= SHORTEST and end > storm.now:
            return DutyTime(
                turn=own.turn,
                start=start,
                end=end,
                overtime_from=start,
                overtime_price=storm.duty.overtime_price,
                regular=(start, end),
                is_called_in=True,
            )
    return None
