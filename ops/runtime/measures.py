"""What whoever watches over the program from elsewhere wants to know, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.store.store import Store
from ops.intake.feeds import report
from ops.intake.operations import LOOP, ROUND
from ops.runtime.planning_loop import FAILURE
from weather.sources import Feed

LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number; ``help`` says what it is, with its unit in the name (Prometheus' custom)."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def measures(store: Store, feeds: Sequence[Feed], now: datetime) -> list[Measure]:
    """How the program is by what stands in the database; what is not known is left out.

    Parameters
    ----------
    now
        The real time.
    """
    found = [
        Measure(name, text, (now - at).total_seconds())
        for name, text, at in (
            (
                "lead_age_seconds",
                "Since whoever leads was last alive",
                store.leases.last_beat(LOOP),
            ),
            ("round_age_seconds", "Since a round was finished", store.leases.last_beat(ROUND)),
        )
        if at is not None
    ]
    failed = float(store.settings.get(FAILURE) is not None)
    found.append(Measure("planning_failed", "1 while no plan could be made", failed))
    for line in report(store, tuple(feeds), now):
        if line["good_at"] is not None:
            age = (now - line["good_at"]).total_seconds()
            labels = (("feed", str(line["name"])),)
            found.append(
                Measure("feed_age_seconds", "Since a feed's last good answer", age, labels)
            )
    operation = store.operations.current()
    if operation is None:
        return found
    here, pending = operation.now(now), store.triggers.pending(operation.id)
    answered = [
        one.settled_at - one.requested_at
        for one in store.triggers.since(operation.id, here - LATELY)
        if one.settled_at is not None and one.answered_by is not None
    ]
    oldest = max((here - one.requested_at for one in pending), default=timedelta(0))
    worst = max(answered, default=timedelta(0))
    waiting = store.outbox.waiting(operation.id)
    return [
        *found,
        Measure("drill", "1 in a drill, 0 in real operation", float(operation.is_drill)),
        Measure("triggers_waiting", "Causes that no plan has answered", float(len(pending))),
        Measure("trigger_age_seconds", "Of the oldest of them", oldest.total_seconds()),
        Measure(
            "time_to_plan_seconds", "Longest from cause to plan in a day", worst.total_seconds()
        ),
        Measure("notices_waiting", "Notices that have not reached a channel", float(waiting)),
        Measure(
            "plan_version",
            "Number of the newest plan version",
            float(store.plans.newest_number(operation.id)),
        ),
    ]
