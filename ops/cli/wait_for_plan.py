"""Waiting for a plan: make it, or let the program that leads make it."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from data.model.message import Message
from data.model.operation import Operation, Trigger
from data.model.plan import PlanVersion
from data.store.store import DatabaseError, Store
from ops.base.errors import CommandError
from ops.cli.context import Context
from ops.planning.left_out_groups import left_count
from ops.runtime.planning_loop import Loop
from ops.runtime.scheduler import BEAT_S

log = logging.getLogger(__name__)
ANSWER_PATIENCE_S = 60.0


def await_plan(
    ctx: Context,
    store: Store,
    current: Operation,
    triggers: list[Trigger],
    fixed_now: datetime | None = None,
) -> PlanVersion | None:
    """Plan now, or wait for the program that leads to do it; then say which version came of it, or
    that none did.

    Parameters
    ----------
    fixed_now
        The time that the plan is made for, which then only we know; that of ``--now`` by default.

    Raises
    ------
    CommandError
        No plan came in time.
    """
    loop = Loop(store, ctx.settings(), ctx.clock, fixed_now or ctx.fixed_now)
    try:
        with ctx.err.status(ctx.t("cli.planning")), _renewed_lead(loop):
            _answer_until_settled(loop, store, current, triggers)
    finally:
        loop.stop()
    draft, version = store.plans.draft(current.id), store.plans.current(current.id)
    if unchanged := _outcome(store, current, triggers):
        ctx.step("cli.bullet", text=unchanged)
        return draft or version
    if draft:
        ctx.step("cli.held", number=draft.number)
        version = draft
    if version:
        ctx.step(
            "cli.planned",
            number=version.number,
            count=len(version.assignments),
            left=left_count(version.left_out),
        )
        for change in version.changes:
            ctx.step("cli.bullet", text=change)
    return version


def _outcome(store: Store, current: Operation, triggers: list[Trigger]) -> Message | None:
    """Why none of these triggers made a version; ``None`` where one did."""
    states = [store.triggers.get(current.id, trigger.cause) for trigger in triggers]
    outcomes = [state.outcome for state in states if state]
    return outcomes[0] if outcomes and all(outcomes) else None


def _answer_until_settled(
    loop: Loop, store: Store, current: Operation, triggers: list[Trigger]
) -> None:
    """Answer them ourselves while we lead, else wait for whoever does."""
    until = time.monotonic() + ANSWER_PATIENCE_S
    while True:
        if loop.lead():
            loop.answer()
        states = [store.triggers.get(current.id, trigger.cause) for trigger in triggers]
        if all(state is None or state.settled_at for state in states):
            return
        if time.monotonic() > until:
            raise CommandError("cli.no_answer", seconds=ANSWER_PATIENCE_S)
        time.sleep(0.3)


@contextmanager
def _renewed_lead(loop: Loop) -> Iterator[None]:
    """Keep the lead beside the solver, which may take longer than a lease lasts."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(BEAT_S):
            try:
                loop.lead()
            except DatabaseError as error:  # whoever plans meets it too, and says so
                log.warning("the lead was not kept: %s", error)

    keeper = threading.Thread(target=keep, name="lead")
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
