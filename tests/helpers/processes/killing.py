"""A program that is killed again and again: what it is asked, and what must hold when it is left
alone.
"""

import time
from collections import Counter

from data.model.notice import NoticeState
from data.model.plan import PlanState
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.intake import alerts
from solver import Problem
from solver.plan import Plan
from solver.referee import violations
from tests.helpers.makers import make_forecast
from tests.helpers.processes import robots
from tests.helpers.processes.killed import fast_clock

PATIENCE_S = 120.0


def ask(store: Store, operation, number: int, base: float) -> None:
    """A forecast that no one has seen, with its rain at another hour: jobs move. One that would
    change no plan asks for none: then the desk does.
    """
    now = operation.now(fast_clock(base))
    rain = make_forecast({10 + number % 7: 5.0 + number}, now)
    if alerts.take_forecast(store, operation, rain, now) is None:
        alerts.plan_again(store, operation, CONSOLE, now)


def settled(store: Store, operation) -> bool:
    return not store.triggers.pending(operation.id) and not store.outbox.undelivered(operation.id)


def wait_until_settled(store: Store, operation) -> None:
    until = time.monotonic() + PATIENCE_S
    while not settled(store, operation):
        assert time.monotonic() < until, (
            store.triggers.pending(operation.id),
            store.outbox.undelivered(operation.id),
        )
        time.sleep(0.1)


def check(store: Store, robot: robots.Robot, requests: int) -> None:
    operation = store.operations.current()
    triggers, lines = store.triggers.all(operation.id), store.plans.versions(operation.id)
    assert len(triggers) == requests, "every cause was kept"
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    answered = Counter(cause for line in lines for cause in line.causes)
    changing = [trigger for trigger in triggers if trigger.outcome is None]
    assert answered == Counter(trigger.cause for trigger in changing), "one plan for each cause"
    assert all(trigger.cause in lines[trigger.answered_by - 1].causes for trigger in changing)
    assert all(trigger.answered_by for trigger in triggers)
    assert [line.state for line in lines[:-1]] == [PlanState.SUPERSEDED] * (len(lines) - 1)
    assert lines[-1].state is PlanState.PUBLISHED
    assert len(lines) > 1
    for line in lines:
        version = store.plans.version(operation.id, line.number)
        assert violations(Problem.from_json(version.problem), Plan.from_json(version.plan)) == []
        assert version.assignments
    posted = Counter(text.partition("（通知")[2].partition("号）")[0] for text in robot.texts())
    notices = store.outbox.notices(operation.id)
    assert {notice.state for notice in notices} <= {NoticeState.SENT, NoticeState.SUPERSEDED}
    assert all(posted[str(notice.id)] >= 1 for notice in notices if notice.sent_at), (
        "marked as sent is sent"
    )
    newest = {notice.station_id: notice for notice in notices}
    assert set(newest) == {"A", "B"}
    assert all(notice.state is NoticeState.SENT for notice in newest.values()), (
        "no order in force is lost"
    )
    repeats = sum(posted.values()) - len(posted)
    print(f"{requests} causes, {len(lines)} versions, {len(notices)} notices, {repeats} sent twice")
