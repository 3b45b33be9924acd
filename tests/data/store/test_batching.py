"""The store behind the HTTP door: what it remembers, and taps that are kept together."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import delete
from sqlalchemy import event as engine_event
from sqlalchemy.exc import IntegrityError, OperationalError

from data.db.engine import writing
from data.db.schema import field_events, settings
from data.model.field import EventKind, FieldEvent
from data.model.headquarters.directives import Directive, DirectiveEvent, DirectiveStep
from data.model.operation import OperationKind, TriggerKind
from data.model.plan import PlanState
from data.store import batching
from data.store.batching import DoorStore, Turns
from data.store.settings import REVISION
from data.store.store import DatabaseError
from tests.helpers.makers import HOUR, NOW, both_databases, make_city, make_loan, make_version

pytestmark = both_databases


@pytest.fixture
def busy(store, store_url, drill) -> Iterator[DoorStore]:
    store.replace_city(make_city())
    store.plans.save(make_version(drill.id), [], NOW)
    busy = DoorStore(store_url)
    yield busy
    busy.close()


def tap(drill, number: int, **changes) -> FieldEvent:
    event = FieldEvent(
        operation_id=drill.id,
        event_id=f"tap-{number:04d}",
        version=1,
        station_id="A",
        by="站长",
        kind=EventKind.ACCEPT,
        server_at=NOW,
    )
    return replace(event, **changes)


def at_once(busy: DoorStore, *events: FieldEvent) -> tuple[list[object], int]:
    """What each caller is told when all of them wait before the first one writes; and how many
    commits it took.
    """
    commits = []
    counting = commits.append
    engine_event.listen(busy._engine, "commit", counting)
    with ThreadPoolExecutor(len(events)) as callers:
        busy.field._is_written = True
        waiting = [callers.submit(busy.field.save_event, one) for one in events]
        while len(busy.field._waiting) < len(events):
            time.sleep(0.001)
        with busy.field._change:
            busy.field._is_written = False
            busy.field._change.notify_all()
        told = [one.exception() or one.result() for one in waiting]
    engine_event.remove(busy._engine, "commit", counting)
    return told, len(commits)


def count(part: type, monkeypatch, name: str) -> list[object]:
    """The calls of a method of the store, or of a part of it, below."""
    calls: list[object] = []
    below: Callable = getattr(part, name)
    monkeypatch.setattr(part, name, lambda *given: (calls.append(given[1:]), below(*given))[1])
    return calls


def test_taps_that_come_together_are_kept_in_one_commit_each_once(busy, drill):
    events = [tap(drill, number % 20) for number in range(40)]
    told, commits = at_once(busy, *events)
    assert sorted(told) == [False] * 20 + [True] * 20
    assert commits == 1
    assert sorted(one.event_id for one in busy.field.events(drill.id)) == [
        f"tap-{n:04d}" for n in range(20)
    ]


def test_those_who_work_in_turns_wait_together_and_no_more_work_at_once(store_url, drill, store):
    """Where a commit takes long, the few who work at once must not be all that it keeps."""
    store.replace_city(make_city())
    store.plans.save(make_version(drill.id), [], NOW)
    turns, at_work, most = Turns(2), [], []
    door = DoorStore(store_url, turns)
    commits = []
    engine_event.listen(door._engine, "commit", lambda connection: time.sleep(0.1))
    engine_event.listen(door._engine, "commit", commits.append)

    def take(number: int) -> bool:
        with turns.turn():
            at_work.append(number)
            most.append(len(at_work))
            at_work.remove(number)
            return door.field.save_event(tap(drill, number))

    with ThreadPoolExecutor(30) as callers:
        assert list(callers.map(take, range(30))) == [True] * 30
    door.close()
    assert max(most) <= 2
    assert len(commits) <= 8, "with two at a time it would be fifteen"


def test_a_tap_asks_for_its_plan_in_the_same_commit(busy, drill):
    assert busy.field.save_event(tap(drill, 1, kind=EventKind.REFUSE, reason="车坏"))
    assert [(one.cause, one.kind) for one in busy.triggers.pending(drill.id)] == [
        ("refuse:tap-0001", TriggerKind.REFUSAL)
    ]


def test_what_was_said_of_one_job_is_found_without_the_rest(busy, drill):
    for number, job in enumerate(("clear:S1", "clear:S2", None, "clear:S1")):
        busy.field.save_event(tap(drill, number, job_id=job))
    assert [one.event_id for one in busy.field.events(drill.id, job_id="clear:S1")] == [
        "tap-0000",
        "tap-0003",
    ]
    assert len(busy.field.events(drill.id)) == 4


def test_what_was_heard_is_read_once_and_what_is_new_is_added(busy, store, drill, monkeypatch):
    assert busy.field.events(drill.id) == []
    calls = count(batching.Field, monkeypatch, "_read_events")
    for number in range(3):
        store.field.save_event(tap(drill, number))
        heard = busy.field.events(drill.id)
        heard.clear()  # the caller's own
    assert [one.id for one in busy.field.events(drill.id)] == [1, 2, 3]
    assert calls == [(drill.id, 0), (drill.id, 1), (drill.id, 2), (drill.id, 3)]


def test_what_another_program_commits_later_under_a_lower_number_is_not_missed(busy, store, drill):
    for number in range(3):
        store.field.save_event(tap(drill, number))
    with writing(store._engine) as connection:
        late = connection.execute(
            delete(field_events).where(field_events.c.id == 2).returning(field_events)
        ).one()
    assert [one.id for one in busy.field.events(drill.id)] == [1, 3]
    with writing(store._engine) as connection:
        connection.execute(field_events.insert().values(**late._mapping))
    store.field.save_event(tap(drill, 3))
    assert [one.id for one in busy.field.events(drill.id)] == [1, 2, 3, 4]


def test_only_the_tap_that_is_at_fault_is_refused(busy, drill):
    told, _ = at_once(busy, tap(drill, 1), tap(drill, 2, operation_id=drill.id + 99), tap(drill, 3))
    assert [type(one) for one in told] == [bool, IntegrityError, bool]
    assert {one.event_id for one in busy.field.events(drill.id)} == {"tap-0001", "tap-0003"}


def test_a_database_that_fails_is_told_to_all_who_wait_and_keeps_none(busy, drill, monkeypatch):
    keep = batching.keep_event

    def full(connection, event):
        if event.event_id == "tap-0002":
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return keep(connection, event)

    with monkeypatch.context() as broken:
        broken.setattr(batching, "keep_event", full)
        told, _ = at_once(busy, tap(drill, 1), tap(drill, 2), tap(drill, 3))
    assert all(isinstance(one, DatabaseError) for one in told)
    assert busy.field.events(drill.id) == []
    assert at_once(busy, tap(drill, 1), tap(drill, 2), tap(drill, 3))[0] == [True] * 3, "sent again"


def test_many_callers_for_a_while_lose_nothing(busy, drill):
    with ThreadPoolExecutor(16) as callers:
        told = list(
            callers.map(lambda number: busy.field.save_event(tap(drill, number)), range(300))
        )
    assert told == [True] * 300
    assert len(busy.field.events(drill.id)) == 300


def test_a_published_version_is_read_once_and_a_draft_every_time(busy, drill, monkeypatch):
    calls = count(batching.Plans, monkeypatch, "version")
    assert busy.plans.version(drill.id, 1) == busy.plans.version(drill.id, 1)
    assert busy.plans.version(drill.id, 2) is None
    busy.plans.save(make_version(drill.id, 2, state=PlanState.DRAFT, published_at=None), [], NOW)
    assert busy.plans.version(drill.id, 2).state is PlanState.DRAFT
    busy.plans.publish(drill.id, 2, "值班长", NOW)
    assert busy.plans.version(drill.id, 2).state is PlanState.PUBLISHED
    assert calls == [(drill.id, 1), (drill.id, 2), (drill.id, 2), (drill.id, 2)]


def test_only_so_many_versions_are_remembered(busy, drill, monkeypatch):
    monkeypatch.setattr(batching, "VERSIONS", 2)
    for number in (2, 3):
        busy.plans.save(make_version(drill.id, number), [], NOW)
    calls = count(batching.Plans, monkeypatch, "version")
    for number in (1, 2, 1, 3, 1, 2):
        busy.plans.version(drill.id, number)
    assert [number for _, number in calls] == [1, 2, 3, 2], "the one not asked for longest goes"


def test_a_city_is_read_again_only_where_it_has_changed(busy, monkeypatch):
    calls, clock = count(batching.Store, monkeypatch, "city"), [0.0]
    monkeypatch.setattr(batching.time, "monotonic", lambda: clock[0])
    before = busy.city()
    clock[0] += 100.0
    assert busy.city() is before
    busy.replace_city(replace(before, blockages=()))
    assert busy.city() is before  # not looked again within the moment
    clock[0] += batching.LOOK_S + 0.01
    assert busy.city().blockages == ()
    assert len(calls) == 2
    busy.replace_city(before)
    with busy.atomic():
        assert busy.city() == before  # a deed goes by what is


@pytest.mark.parametrize("known", [True, False], ids=["", "a database of before revisions"])
def test_a_backup_that_is_put_back_is_another_city_with_other_plans(
    busy, store, drill, tmp_path, monkeypatch, known
):
    clock = [0.0]
    monkeypatch.setattr(batching.time, "monotonic", lambda: clock[0])

    def without_revisions() -> None:
        with writing(store._engine) as connection:
            connection.execute(delete(settings).where(settings.c.name == REVISION))

    store.replace_city(replace(make_city(), blockages=()))
    if not known:
        without_revisions()
    store.maintenance.snapshot(tmp_path / "saved.db")
    store.replace_city(make_city())
    store.plans.save(make_version(drill.id, 2), [], NOW)
    if not known:
        without_revisions()
    assert busy.city().blockages
    assert busy.plans.version(drill.id, 2) is not None

    store.maintenance.restore(tmp_path / "saved.db")
    clock[0] += batching.LOOK_S + 0.01
    assert busy.city().blockages == ()
    assert busy.plans.version(drill.id, 2) is None


@pytest.mark.parametrize("step", [DirectiveStep.ACKNOWLEDGE, DirectiveStep.DONE])
def test_who_is_lent_by_another_process_is_seen(busy, store, monkeypatch, step):
    """Approved, or called back; and in no other operation than the one it is lent in."""
    clock = [0.0]
    monkeypatch.setattr(batching.time, "monotonic", lambda: clock[0])
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    told = Directive(
        member_id="west", text="", by="市", at=NOW, due_at=NOW, loan=make_loan(), borrower_id="main"
    )
    number = store.directives.give(told).id
    for each in (DirectiveStep.ACKNOWLEDGE, DirectiveStep.DONE):
        before = busy.city()
        at = NOW + HOUR * (each is DirectiveStep.DONE) * 2
        said = DirectiveEvent(directive_id=number, step=each, by="区", at=at, text="")
        store.directives.note(said)
        clock[0] += batching.LOOK_S + 0.01
        assert busy.city() == store.city() != before
        if each is step:
            break
    lent = busy.city().lent
    store.operations.end(real.id, NOW)
    clock[0] += batching.LOOK_S + 0.01
    assert busy.city().lent == () != lent


def test_callers_that_ask_at_once_read_once(busy, drill, monkeypatch):
    calls, together = count(batching.Plans, monkeypatch, "version"), threading.Barrier(8)
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _: (together.wait(), busy.plans.version(drill.id, 1)), range(8)))
    assert len(calls) == 1
