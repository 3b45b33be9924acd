"""What the clock brings in the services of the street beside plans: one list, walked by whoever
leads while the service is switched on.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from data.model.city import PATROL, SANITATION
from data.model.message import Message
from data.model.operation import Operation
from data.model.street.cleaning import CLEANING, PostStep
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID
from data.store.store import Store
from ops.base.naming import segment_name
from ops.base.sites import environment_of, own_id
from ops.cleaning.volunteers import PostStanding, hold
from ops.field.gardens import tell_gardens
from ops.notifications.case_answers import BY, answer_platform, tell_late
from ops.settings import Settings


class Tell(Protocol):
    """Reaches the desk's channels by the outbox: once for each matter, by default its words."""

    def __call__(self, message: Message, matter: str = "") -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What services do by the clock, once while any of them is on; the last that ``run`` is given
    is the district's folder.
    """

    services: frozenset[str]
    run: Callable[[Store, Operation, Settings, datetime, Tell, Path], int]


def _cases(
    store: Store, operation: Operation, settings: Settings, now: datetime, tell: Tell, home: Path
) -> int:
    late = tell_late(store, operation, settings.grid, now, tell)
    photos = home / "photos"
    known = environment_of(own_id(home), os.environ)
    return late + answer_platform(store, operation, settings.grid, now, known, photos)


def _actions(
    store: Store,
    operation: Operation,
    settings: Settings,
    now: datetime,
    tell: Tell,
    _home: Path,
) -> int:
    """Actions of volunteers that the storm of the plan in force goes before are held, those before
    which none goes any more take place, and whom to tell is told.
    """
    version, city = store.plans.current(operation.id), store.city()
    if version is None:
        return 0

    def told(one: PostStanding, step: PostStep) -> None:
        post = one.post
        facts = {
            "name": post.name,
            "from": post.from_at,
            "place": post.place or segment_name(post.segment_id or "", city),
            "filled": one.filled,
            "names": tuple(one.names) or "—",
        }
        word = "held" if step is PostStep.HOLD else "freed"
        matter = f"post {post.id} {word} {one.times_held}"
        tell(Message(f"cleaning.told_{word}", facts), matter)

    return hold(store, operation, version.rain, now, settings.cleaning, BY, told)


def _gardens(
    store: Store, operation: Operation, _settings: Settings, now: datetime, tell: Tell, _home: Path
) -> int:
    return tell_gardens(store, operation, now, tell)


ROUNDS: tuple[Round, ...] = (
    Round(services=frozenset({GRID, PATROL, CARS}), run=_cases),
    Round(services=frozenset({CLEANING}), run=_actions),
    Round(services=frozenset({SANITATION}), run=_gardens),
)


def run_rounds(
    store: Store, operation: Operation, settings: Settings, now: datetime, tell: Tell, home: Path
) -> int:
    """Walk the rounds of the services switched on; how much went out."""
    return sum(
        one.run(store, operation, settings, now, tell, home)
        for one in ROUNDS
        if not one.services.isdisjoint(settings.services.running)
    )
