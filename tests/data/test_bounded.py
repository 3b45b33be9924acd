"""What a tap and a look cost does not grow with what lies behind: counted in the steps of SQLite's
own machine, which no load on this one changes.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from data.db import schema
from data.db.engine import writing
from data.model.account import Role
from data.model.field import EventKind, FieldEvent, Incident
from data.model.ids import Cause, CauseKind
from data.model.operation import OperationKind, TriggerKind
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.field.reports import Report, take_report
from tests.helpers.makers import NOW, make_city
from tests.helpers.progress import VERSION

STEP = 100
TAPS, CALLS = 20_000, 3000
LINK = Actor(name="link", role=Role.LINK, station_id="A")


class Steps:
    """How many steps SQLite took, on every connection of a store."""

    def __init__(self, store: Store):
        self.taken = 0
        event.listen(store._engine, "connect", self._watch)

    def _watch(self, connection, _record) -> None:
        connection.set_progress_handler(self._more, STEP)

    def _more(self) -> int:
        self.taken += STEP
        return 0

    def of(self, act: Callable[[], object]) -> int:
        before = self.taken
        act()
        return self.taken - before


@pytest.fixture
def steps(store_url):
    store = Store(store_url)
    counted = Steps(store)
    counted.store = store
    store.replace_city(make_city())
    counted.drill = _drill(store)
    yield counted
    store.close()


def _drill(store: Store):
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    return drill


def grow(store: Store, operation_id: int) -> None:
    """Two years of it, in the same operation."""
    taps = [
        {
            "operation_id": operation_id,
            "version": 1,
            "event_id": f"old-{number:06d}",
            "station_id": "AB"[number % 2],
            "kind": "clear",
            "job_id": f"clear:old{number % 500}",
            "server_at": NOW - timedelta(days=1),
            "by": "x",
            "amounts": {},
        }
        for number in range(TAPS)
    ]
    calls = [
        {
            "operation_id": operation_id,
            "kind": "other",
            "text": "",
            "source": "old",
            "external_id": str(number),
            "reported_at": NOW,
            "received_at": NOW,
            "by": "x",
            "closed_at": NOW,
            "closed_by": "x",
        }
        for number in range(CALLS)
    ]
    asked = [
        {
            "operation_id": operation_id,
            "cause": f"manual:old{number}",
            "kind": "manual",
            "requested_at": NOW - timedelta(days=30),
            "settled_at": NOW,
        }
        for number in range(CALLS)
    ]
    with writing(store._engine) as connection:
        connection.execute(insert(schema.field_events), taps)
        connection.execute(insert(schema.incidents), calls)
        connection.execute(insert(schema.triggers), asked)


def looks(store: Store, drill, number: int) -> dict[str, Callable[[], object]]:
    """What the doors do all day; each of them for the ``number``-th time."""
    report = Report(
        event_id=f"new-{number:06d}",
        version=1,
        station_id="A",
        kind=EventKind.CLEAR,
        job_id="clear:S1",
    )
    refusal = replace(report, event_id=f"not-{number:06d}", kind=EventKind.REFUSE, reason="x")
    call = Incident(
        operation_id=drill.id,
        kind="other",
        segment_id="S1",
        source="crew",
        external_id=f"new{number}",
        reported_at=NOW,
        received_at=NOW,
        by="x",
        text="",
    )
    cause = str(Cause(CauseKind.MANUAL, str(number)))
    return {
        "clearing": lambda: take_report(store, drill, LINK, report, NOW),
        "refusal": lambda: take_report(store, drill, LINK, refusal, NOW),
        "incident": lambda: store.field.report_incident(call),
        "open incidents": lambda: store.field.incidents(drill.id, open_only=True),
        "events": lambda: store.field.events(drill.id),
        "one event": lambda: store.field.event(drill.id, report.event_id),
        "one incident": lambda: store.field.incident(drill.id, 1),
        "asking": lambda: store.triggers.request(drill.id, cause, TriggerKind.MANUAL, NOW),
        "pending": lambda: store.triggers.pending(drill.id),
        "lately": lambda: store.triggers.since(drill.id, NOW - timedelta(minutes=30)),
        "unanswered": lambda: store.outbox.unanswered(drill.id),
        "in force": lambda: store.plans.current(drill.id),
    }


def test_nothing_that_is_done_all_day_reads_what_lies_behind(steps):
    store, drill = steps.store, steps.drill
    few = {name: steps.of(act) for name, act in looks(store, drill, 1).items()}
    grow(store, drill.id)
    assert len(store.field.events(drill.id)) > TAPS  # read once by each process
    many = {name: steps.of(act) for name, act in looks(store, drill, 2).items()}
    grown = {name: (few[name], many[name]) for name in few if many[name] > 2 * few[name] + 4000}
    bounded = {"events": 40_000}  # the latest two thousand are counted again
    assert {name: told for name, told in grown.items() if told[1] > bounded.get(name, 0)} == {}


def test_a_lower_number_that_is_committed_later_is_still_seen(store, drill):
    """Two programs on one PostgreSQL: the one that began first may end last."""
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)

    def tap(number: int) -> dict:
        return {
            "id": number,
            "operation_id": drill.id,
            "version": 1,
            "event_id": f"tap-{number:05d}",
            "station_id": "A",
            "kind": "accept",
            "server_at": NOW,
            "by": "x",
            "amounts": {},
        }

    with writing(store._engine) as connection:
        connection.execute(
            insert(schema.field_events), [tap(n) for n in range(1, 5000) if n != 4990]
        )
    assert len(store.field.events(drill.id)) == 4998
    with writing(store._engine) as connection:
        connection.execute(insert(schema.field_events), [tap(4990), tap(5000)])
    assert [one.id for one in store.field.events(drill.id)] == list(range(1, 5001))
    assert isinstance(store.field.events(drill.id)[0], FieldEvent)
