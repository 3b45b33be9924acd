"""What the store knows of routine cleaning, gathered for plans, pages and paper."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.operation import Operation
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.auth.permissions import Action, Actor, require
from ops.cleaning.checks import drawn
from ops.cleaning.month import CleaningMonth, month_record, month_span
from ops.cleaning.parameters import CleaningSettings
from ops.cleaning.rounds import SERVES, RoundDebt, debts, rounds_made
from ops.cleaning.volunteers import PostStanding, standings

DAY = timedelta(days=1)
LOTS = "cleaning_lots"
"""The name of the secret by which roads are drawn."""


def road_debts(
    store: Store,
    operation: Operation,
    city: City,
    version: PlanVersion | None,
    now: datetime,
    settings: CleaningSettings,
) -> tuple[RoundDebt, ...]:
    """How every road stands with its rounds now."""
    longest = timedelta(hours=max(*settings.sweep_hours, *settings.wash_hours))
    since = now - max(2 * longest, 31 * DAY)
    taps = store.field.done_taps(operation.id, list(SERVES), (since, now + DAY))
    checks = store.cleaning.checks(operation.id, since)
    return debts(city, rounds_made(taps), checks, version, now, settings)


def posts_now(store: Store, operation: Operation, now: datetime) -> tuple[PostStanding, ...]:
    """The posts that are to come, under way or just over."""
    return standings(*store.cleaning.posts(operation.id, now - DAY))


def drawn_today(
    store: Store,
    operation: Operation,
    actor: Actor,
    city: City,
    now: datetime,
    settings: CleaningSettings,
) -> tuple[str, ...]:
    """The roads drawn for today's checks, for those who make them.

    Raises
    ------
    NotAllowed
        ``actor`` makes none.
    """
    require(actor, Action.CHECK_STREETS)
    secret = str(store.settings.get_or_make(LOTS, secrets.token_urlsafe(16)))
    day = now.astimezone(ZoneInfo(city.district.time_zone)).date()
    checks = store.cleaning.checks(operation.id, now - 40 * DAY)
    return drawn(city, checks, day, f"{secret}:{operation.id}", settings.draws)


def read_month(
    store: Store,
    operation: Operation,
    city: City,
    first: date,
    now: datetime,
    settings: CleaningSettings,
) -> CleaningMonth:
    """The record of the month that a day lies in, as far as it is over; before the first plan
    nothing was asked for.
    """
    begin, end = month_span(first, now, city)
    known_from = next(iter(store.plans.bounds(operation.id)), begin)
    span = min(max(begin, known_from), end), end
    taps = store.field.done_taps(operation.id, list(SERVES), (span[0], span[1] + DAY))
    versions: Sequence[PlanVersion] = store.plans.outlines(
        operation.id, span=(span[0] - DAY, span[1])
    )
    posts, words = store.cleaning.posts(operation.id, *span)
    return month_record(
        city,
        span,
        taps,
        versions,
        city.level_by_id,
        store.cleaning.checks(operation.id, *span),
        standings(posts, words),
        settings,
    )
