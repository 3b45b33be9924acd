"""One station's taps, however many, make few plans; everything else is answered at once."""

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.rate_limit import Budgets
from data.model.field import EventKind, FieldEvent
from data.model.ids import Cause, CauseKind
from data.model.operation import OperationKind, Trigger, TriggerKind
from data.store.store import Store
from ops.notifications.channels import ChannelSettings
from ops.runtime.one_source import overdone_by
from ops.runtime.planning_loop import Loop
from ops.settings import Settings
from tests.helpers.clock import Clock
from tests.helpers.makers import NOW, make_city, make_version

MINUTE = timedelta(minutes=1)
MOST, PAUSE = 4, 5 * MINUTE


def tap(number: int, station: str = "A", kind: EventKind = EventKind.REFUSE) -> FieldEvent:
    return FieldEvent(
        operation_id=1,
        event_id=f"tap-{number:05d}",
        version=1,
        station_id=station,
        kind=kind,
        job_id="clear:S1",
        server_at=NOW,
        by="link",
        reason="x",
    )


def trigger(event: FieldEvent, at=NOW, answered_by: int | None = None) -> Trigger:
    kind = CauseKind.REFUSE if event.kind is EventKind.REFUSE else CauseKind.BLOCKED
    return Trigger(
        id=1,
        operation_id=1,
        cause=str(Cause(kind, event.event_id)),
        kind=TriggerKind.REFUSAL,
        requested_at=at,
        settled_at=at if answered_by else None,
        answered_by=answered_by,
    )


INCIDENT = Trigger(
    id=9, operation_id=1, cause="incident:7", kind=TriggerKind.INCIDENT, requested_at=NOW
)


@given(st.integers(0, 8), st.floats(0, 29), st.booleans(), st.booleans())
def test_only_a_station_that_has_had_its_plans_waits_and_only_for_a_while(
    plans, minutes, another, incident
):
    taps = [tap(number) for number in range(10)]
    other = tap(99, "B")
    events = {one.event_id: one for one in (*taps, other)}
    recent = [trigger(taps[n], NOW - minutes * MINUTE, n + 1) for n in range(plans)]
    pending = [trigger(taps[9])]
    pending += [trigger(other)] if another else []
    pending += [INCIDENT] if incident else []
    found = overdone_by(pending, recent, events, NOW, MOST, PAUSE)
    waits = plans >= MOST and minutes * MINUTE < PAUSE and not another and not incident
    assert found == (frozenset({"A"}) if waits else frozenset())


def test_sixty_refusals_of_one_link_make_few_plans_and_none_is_lost(
    store: Store, monkeypatch, caplog
):
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.plans.save(make_version(drill.id), [], NOW)
    clock = Clock()
    desk = [
        ChannelSettings(name=name, kind="wecom", url="http://127.0.0.1:9/x", role="desk", drill=on)
        for name, on in (("drill", True), ("real", False))
    ]
    loop = Loop(store, Settings(channels=tuple(desk)), clock)

    def answered(store, operation, triggers, now, token, *_):
        number = store.plans.newest_number(operation.id) + 1
        version = make_version(operation.id, number)
        store.plans.save(version, [one.id for one in triggers], now, token)
        return version

    monkeypatch.setattr("ops.runtime.planning_loop.replan", answered)
    with caplog.at_level(logging.ERROR):
        for number in range(60):
            store.field.save_event(tap(number))
            loop.beat()
            loop.answer()
            clock.go(5)
    made = store.plans.newest_number(drill.id) - 1
    assert made == MOST, "five minutes of attack"
    assert sum("notify.overdone" in one.getMessage() for one in caplog.records) == 1
    told = store.outbox.desk_messages(drill.id)
    assert [one.channel for one in told] == ["drill"], "no real desk is told of a drill"
    clock.go(301)
    loop.beat()
    loop.answer()
    assert store.triggers.pending(drill.id) == [], "all of them are answered, together"


def test_a_link_has_a_budget_of_taps_that_fills_up_again():
    now = [0.0]
    budget = Budgets(10, 3.0, lambda: now[0])
    assert [budget.spend("a") for _ in range(10)] == [0.0] * 10
    assert budget.spend("a") == pytest.approx(3.0)
    assert budget.spend("b") == 0.0
    now[0] = 3.0
    assert (budget.spend("a"), budget.spend("a") > 0) == (0.0, True)
    now[0] = 1000.0
    assert [budget.spend("a") for _ in range(11)].count(0.0) == 10
