"""Which days were storms: by a record of rain, or by the reports themselves. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from data.model.past_record import RainRecord, RainSpell
from ops.risk.judged.backtest import ReportHistory, Storm

STORM_MM = 10.0
"""From this depth on a spell of rain is a storm (moderate rain of a day, GB/T 28592-2012)."""
FEW = 10
"""With fewer storms of that depth every spell of rain is one."""
DRY = timedelta(hours=6)
"""Rain after so long without any is another spell (minimum inter-event time, usual 6 h)."""
AFTER_DAYS = 1
"""Reports of the day after a storm are its own: who finds a street under water calls later."""
YEAR, LEAST_DAYS = 365, 60


def storms_of_rain(record: RainRecord, least_mm: float = STORM_MM) -> list[Storm]:
    """The storms of a record of rain.

    Spells that follow each other within `DRY` are one, of a daily record days in a row of which
    each is wet enough; those of less than ``least_mm`` are none, where that leaves `FEW` or more. A
    storm's days are those on which it rains and the day after, unless the next one begins then.
    """
    enough = _spells(record, least_mm)
    if len(enough) < FEW:
        enough = _spells(record, 0.0)
    storms: list[Storm] = []
    for spell in enough:
        first = spell.start.toordinal()
        last = max(first, (spell.end - timedelta(microseconds=1)).toordinal())
        new = Storm(first=first, last=last, mm=spell.mm)
        storms[-1:] = _with(storms[-1], new) if storms else [new]
    return _with_days_after(storms)


def _spells(record: RainRecord, least_mm: float) -> list[RainSpell]:
    """What of the rain is a storm."""
    if record.daily:
        return _joined([one for one in record.spells if _is_deep(one, least_mm)])
    return [one for one in _joined(record.spells) if _is_deep(one, least_mm)]


def _is_deep(spell: RainSpell, least_mm: float) -> bool:
    return spell.mm is None or spell.mm >= least_mm


def _joined(spells: Sequence[RainSpell]) -> list[RainSpell]:
    found: list[RainSpell] = []
    for spell in spells:
        if found and spell.start - found[-1].end < DRY:
            before = found.pop()
            spell = RainSpell(
                start=before.start, end=max(before.end, spell.end), mm=_sum(before.mm, spell.mm)
            )
        found.append(spell)
    return found


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _with(before: Storm, new: Storm) -> list[Storm]:
    """Two storms that share a day are one: their reports can't be told apart."""
    if new.first > before.last:
        return [before, new]
    last = max(before.last, new.last)
    return [Storm(first=before.first, last=last, mm=_sum(before.mm, new.mm))]


def _with_days_after(storms: Sequence[Storm]) -> list[Storm]:
    following = [one.first for one in storms[1:]] + [datetime.max.toordinal()]
    return [
        replace(one, last=min(one.last + AFTER_DAYS, next_first - 1))
        for one, next_first in zip(storms, following, strict=True)
    ]


def storms_of_reports(history: ReportHistory) -> list[Storm]:
    """Storms where nobody measured rain: days with more reports than nine of ten of the year before
    them, two at least; days in a row are one storm. The first `LEAST_DAYS` days teach what is
    usual.
    """
    if not len(history.day):
        return []
    by_day = np.bincount(history.day - history.starts, history.count)
    found: list[Storm] = []
    for number in range(LEAST_DAYS, len(by_day)):
        usual = np.quantile(by_day[max(0, number - YEAR) : number], 0.9)
        if by_day[number] <= max(usual, 1.0):
            continue
        day = history.starts + number
        if found and found[-1].last == day - 1:
            found[-1] = replace(found[-1], last=day)
        else:
            found.append(Storm(first=day, last=day))
    return found


def within(history: ReportHistory, storms: Sequence[Storm]) -> list[Storm]:
    """The storms that lie within the record of reports: of the others nobody knows what came."""
    last = int(history.day[-1]) if len(history.day) else 0
    return [storm for storm in storms if history.starts < storm.first and storm.last <= last]
