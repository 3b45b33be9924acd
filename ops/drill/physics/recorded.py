"""The heaviest rain of a record as a storm for the drill. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.past_record import RainRecord, RainSpell
from ops.base.errors import Invalid
from ops.drill.parameters import StormShape
from ops.drill.physics.storms import MINUTE, RECORDED, DrillStorm, Warned, chicago, hourly
from weather.hazards import SIGNAL_AMOUNTS
from weather.model import Level

DRY = timedelta(hours=6)
"""So long without rain parts two storms."""
LONGEST = timedelta(hours=48)
AFTERWARDS = timedelta(hours=2)
SHAPED = timedelta(minutes=15)
"""Rain told for longer than this at once is given the shape of a design storm within it."""


def recorded(
    record: RainRecord, zone: ZoneInfo, lead_minutes: int, shape: StormShape
) -> DrillStorm:
    """The storm of a record that brought most, warned of ``lead_minutes`` before its first rain by
    the signal that its amounts ask for; forecast as it fell.

    Raises
    ------
    NotAllowed
        The record has only days: nobody knows when in a day it rained; or no rain.
    """
    if record.daily:
        raise Invalid("drill.rain_by_days")
    spells = [one for one in record.spells if one.mm]
    if not spells:
        raise Invalid("drill.no_rain")
    heaviest = max(_storms(spells), key=lambda storm: sum(one.mm or 0 for one in storm))
    first = _aware(heaviest[0].start, zone)
    begin = first - max(lead_minutes, 0) * MINUTE
    begin = begin.replace(second=0, microsecond=0)
    end = min(_aware(heaviest[-1].end, zone), first + LONGEST) + AFTERWARDS
    rain = [0.0] * (int((end - begin) / MINUTE) + 1)
    for spell in heaviest:
        _fall(rain, spell, int((_aware(spell.start, zone) - begin) / MINUTE), shape)
    signal = _signal(rain)
    return DrillStorm(
        name=RECORDED,
        begin=begin,
        rain_mm_h=tuple(rain),
        forecast_mm=hourly(rain, begin),
        warnings=(Warned(at=begin, colour=signal[0], hours=signal[1], mm=signal[2]),),
    )


def _aware(at: datetime, zone: ZoneInfo) -> datetime:
    return at.replace(tzinfo=zone)


def _storms(spells: Sequence[RainSpell]) -> Iterator[list[RainSpell]]:
    storm = [spells[0]]
    for spell in spells[1:]:
        if spell.start - storm[-1].end >= DRY:
            yield storm
            storm = []
        storm.append(spell)
    yield storm


def _fall(rain: list[float], spell: RainSpell, first: int, shape: StormShape) -> None:
    """Let a spell fall into the minutes from ``first`` on."""
    length = max(1, round((spell.end - spell.start) / MINUTE))
    mm = spell.mm or 0.0
    is_told_finely = spell.end - spell.start <= SHAPED
    rates = [60 * mm / length] * length if is_told_finely else chicago(mm, length, shape)
    for minute, rate in enumerate(rates, first):
        if minute < len(rain):
            rain[minute] += rate


def _signal(rain: Sequence[float]) -> tuple[str, int, int]:
    """The gravest signal whose amount falls within its hours, else the mildest."""
    found = Level.BLUE
    for level, (hours, mm) in SIGNAL_AMOUNTS.items():
        if level.rank > found.rank and _most_within(rain, timedelta(hours=hours)) >= mm:
            found = level
    hours, least = SIGNAL_AMOUNTS[found]
    most = _most_within(rain, timedelta(hours=hours))
    return found.value, int(hours), max(int(least), int(most // 10 * 10))


def _most_within(rain: Sequence[float], span: timedelta) -> float:
    """The most that falls within a span, mm."""
    length, now, most = int(span / MINUTE), 0.0, 0.0
    for minute, rate in enumerate(rain):
        now += rate / 60
        now -= rain[minute - length] / 60 if minute >= length else 0.0
        most = max(most, now)
    return most
