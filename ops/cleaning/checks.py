"""Unannounced checks of the inspection: what can be amiss, what it costs, which roads are drawn."""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.operation import Operation
from data.model.plan import JobKind
from data.model.street.cleaning import StreetCheck
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Invalid
from ops.cleaning.parameters import CleaningSettings
from ops.field.reports import check_text

FULL_SCORE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something amiss on a road: the points that it costs, and the round that mends it (``None``:
    none does).
    """

    points: int
    round: JobKind | None = None


FAULTS = {
    "litter": Fault(points=10, round=JobKind.SWEEP),
    "leaves": Fault(points=10, round=JobKind.SWEEP),
    "mud": Fault(points=15, round=JobKind.WASH),
    "dust": Fault(points=10, round=JobKind.WASH),
    "standing_water": Fault(points=10, round=JobKind.SWEEP),
    "full_bin": Fault(points=10),
    "heap": Fault(points=15),
    "posters": Fault(points=5),
}
"""The points are assumptions: the superior office's own sheet goes before, the score can be typed.
"""


def score_of(faults: Iterable[str]) -> int:
    """The score by the table."""
    return max(0, FULL_SCORE - sum(FAULTS[fault].points for fault in set(faults)))


def round_of(faults: Iterable[str]) -> JobKind:
    """Which round a failed check asks for; swept where none is named."""
    named = [FAULTS[fault].round for fault in faults if fault in FAULTS]
    return JobKind.WASH if JobKind.WASH in named else JobKind.SWEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """A check as the inspection tells it; ``score`` is ``None`` where the table gives it."""

    segment_id: str
    faults: tuple[str, ...] = ()
    score: int | None = None
    text: str = ""
    photo: str | None = None


@atomic
def tell_check(
    store: Store,
    operation: Operation,
    actor: Actor,
    told: CheckReport,
    now: datetime,
    settings: CleaningSettings = CleaningSettings(),
) -> StreetCheck:
    """Keep a check; a failed one makes its road due at once and asks for a plan.

    Raises
    ------
    NotAllowed
        ``actor`` may not; of no road; a fault or score that is none; failed without a photo.
    """
    require(actor, Action.CHECK_STREETS)
    check_text(told.text)
    if told.segment_id not in store.city().segment_by_id:
        raise Invalid("cleaning.no_road", id=told.segment_id)
    if unknown := [fault for fault in told.faults if fault not in FAULTS]:
        raise Invalid("cleaning.no_fault", names=", ".join(unknown))
    score = score_of(told.faults) if told.score is None else told.score
    if not 0 <= score <= FULL_SCORE:
        raise Invalid("cleaning.no_score")
    is_failed = score < settings.pass_score
    if is_failed and not told.photo:
        raise Invalid("cleaning.needs_photo", least=settings.pass_score)
    check = StreetCheck(
        operation_id=operation.id,
        segment_id=told.segment_id,
        at=now,
        by=actor.name,
        score=score,
        faults=tuple(dict.fromkeys(told.faults)),
        text=told.text,
        photo=told.photo,
    )
    kept = store.cleaning.keep_check(check, asks=is_failed)
    record(store, actor, Action.CHECK_STREETS, f"check:{kept.id}", now, operation, score=str(score))
    return kept


def drawn(
    city: City, checks: Iterable[StreetCheck], day: date, secret: str, count: int
) -> tuple[str, ...]:
    """The roads that the lot falls on that day, whoever looks and however often: any road may be
    drawn, key roads and those not checked for long more often. Ids of segments.

    Without the ``secret`` nobody can tell beforehand.

    A road's lot is the smaller the more it weighs (weighted sampling without replacement,
    Efraimidis and Spirakis 2006).
    """
    zone = ZoneInfo(city.district.time_zone)
    last: dict[str, date] = {}
    for check in checks:
        if (at := check.at.astimezone(zone).date()) < day:
            last[check.segment_id] = max(at, last.get(check.segment_id, at))
    lots = sorted(
        (_lot(f"{secret}:{day}:{one.id}", one.importance * _unseen(last.get(one.id), day)), one.id)
        for one in city.segments
    )
    return tuple(segment_id for _, segment_id in lots[:count])


def _unseen(last: date | None, day: date) -> float:
    """How much a road weighs by the days since it was checked: 30 and more alike."""
    return 1.0 if last is None else min(30, (day - last).days) / 30


def _lot(name: str, weight: float) -> float:
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    chance = (int.from_bytes(digest) + 1) / 2**64  # in (0, 1]
    return -math.log(chance) / weight if weight > 0 else float("inf")
