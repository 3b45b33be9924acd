"""What a tap and a look cost does not grow with what lies behind: counted in the steps of SQLite's
own machine, which no load on this one changes.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event, insert

from dashboard.model.situation import look
from data.db import schema
from data.db.codec import pack
from data.db.engine import writing
from data.model.account import Role
from data.model.field import EventKind, FieldEvent, Incident
from data.model.ids import Cause, CauseKind
from data.model.operation import OperationKind, TriggerKind
from data.store.field import Field
from data.store.plans import Plans
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.field.reports import Report, take_report
from tests.helpers.makers import NOW, make_alert, make_city
from tests.helpers.progress import VERSION

STEP = 100
TAPS, CALLS = 20_000, 3000
LONG_AGO = NOW - timedelta(days=100)
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
            "server_at": LONG_AGO,
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
            "reported_at": LONG_AGO,
            "received_at": LONG_AGO,
            "by": "x",
            "closed_at": LONG_AGO,
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
    warnings = [
        {
            "operation_id": operation_id,
            "digest": f"old{number}",
            "received_at": LONG_AGO,
            "body": pack(make_alert(received_at=LONG_AGO)),
        }
        for number in range(CALLS)
    ]
    with writing(store._engine) as connection:
        connection.execute(insert(schema.field_events), taps)
        connection.execute(insert(schema.alerts), warnings)
        connection.execute(insert(schema.incidents), calls)
        connection.execute(insert(schema.triggers), asked)


def lately(store: Store, operation_id: int) -> None:
    """What is recent, by which the rest is past."""
    tap = FieldEvent(
        operation_id=operation_id,
        event_id="lately-1",
        version=1,
        station_id="A",
        kind=EventKind.ACCEPT,
        server_at=NOW,
        by="x",
    )
    store.field.save_event(tap)
    store.weather.save_alerts(operation_id, [make_alert(received_at=NOW)])
    call, _ = store.field.report_incident(_call(operation_id, "lately"))
    store.field.close_incident(call.id, "x", NOW)


def _call(operation_id: int, name: str) -> Incident:
    return Incident(
        operation_id=operation_id,
        kind="other",
        segment_id="S1",
        source="crew",
        external_id=name,
        reported_at=NOW,
        received_at=NOW,
        by="x",
        text="",
    )


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
    call = _call(drill.id, f"new{number}")
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
        "warnings": lambda: store.weather.alerts(drill.id),
        "calls": lambda: store.field.incidents(drill.id),
        "answered": lambda: store.triggers.answered_by(drill.id, 1),
        "board": lambda: look(store, store.city(), NOW),
        "board of a new process": lambda: _anew(store, drill),
    }


def _anew(store: Store, drill) -> None:
    """What a process that has just begun reads of the field."""
    Field(store._engine).events(drill.id)
    Plans(store._engine).current(drill.id)


def taken(url: str, behind: bool) -> dict[str, int]:
    """The steps of each look at a database, and at one with two years behind it."""
    store = Store(url)
    steps = Steps(store)
    store.migrate()
    store.replace_city(make_city())
    drill = _drill(store)
    if behind:
        grow(store, drill.id)
    lately(store, drill.id)
    for act in looks(store, drill, 1).values():
        act()  # each process reads once what it asks for again and again
    found = {name: steps.of(act) for name, act in looks(store, drill, 2).items()}
    store.close()
    return found


def test_nothing_that_is_done_all_day_reads_what_lies_behind(tmp_path):
    few = taken(f"sqlite:///{tmp_path / 'few.db'}", behind=False)
    many = taken(f"sqlite:///{tmp_path / 'many.db'}", behind=True)
    assert {
        name: (few[name], many[name]) for name in few if many[name] > 2 * few[name] + 4000
    } == {}


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
