"""Opening and leaving a drill: which operation is on, and what time it is in it."""

from dataclasses import replace
from datetime import datetime, timedelta

from data.model.operation import Operation, OperationKind
from data.store.store import Store
from ops.auth.accounts import has_admin
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict
from weather.model import AlertStatus

LOOP = "ops"  # name of the planning loop's heartbeat
ROUND = "round"  # name of the heartbeat of its finished rounds
ALIVE = timedelta(seconds=15)  # a loop that was alive this recently still is


def is_alive(beat: datetime | None, real_now: datetime, within: timedelta = ALIVE) -> bool:
    """Whether a loop that was last heard of at ``beat`` runs. A beat of the future is no sign of
    life: the clock was put back since.
    """
    return beat is not None and abs(real_now - beat) <= within


def counted_statuses(operation: Operation) -> frozenset[AlertStatus]:
    """Which messages count: in a drill exercises do too, tests never."""
    return frozenset(
        {AlertStatus.ACTUAL, AlertStatus.EXERCISE} if operation.is_drill else {AlertStatus.ACTUAL}
    )


@atomic
def start_drill(store: Store, actor: Actor, clock_at: datetime, real_now: datetime) -> Operation:
    """A new drill whose clock stands at ``clock_at`` and runs on from there; an open drill ends.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.SWITCH_OPERATION)
    open_drill = store.operations.get(OperationKind.DRILL)
    if open_drill:
        store.operations.end(open_drill.id, real_now)
    begun = store.operations.start(OperationKind.DRILL, clock_at, real_now)
    record(store, actor, Action.SWITCH_OPERATION, OperationKind.DRILL, clock_at, begun)
    return begun


@atomic
def leave_drill(store: Store, actor: Actor, real_now: datetime) -> Operation:
    """End the drill, if one is on, and go over to real operation.

    Raises
    ------
    NotAllowed
        ``actor`` may not; or no administrator has an account, without which nobody could sign in.
    """
    require(actor, Action.SWITCH_OPERATION)
    if not has_admin(store):
        raise Conflict("account.no_admin")
    real = begin_real(store, real_now)
    record(store, actor, Action.SWITCH_OPERATION, OperationKind.REAL, real_now, real)
    return real


def begin_real(store: Store, real_now: datetime) -> Operation:
    """Real operation, begun if it is not on; a drill ends, and nothing of it is in force there."""
    drill = store.operations.get(OperationKind.DRILL)
    if drill:
        store.operations.end(drill.id, real_now)
    real = store.operations.get(OperationKind.REAL)
    return real or store.operations.start(OperationKind.REAL, real_now, real_now)


def resumed(store: Store, operation: Operation, real_now: datetime) -> Operation:
    """The operation with its clock as it is now: a drill's stands still while nothing runs.

    It goes on from the last time the loop was alive. Nothing is written.
    """
    beat = store.leases.last_beat(LOOP)
    alive_at = max(beat, operation.anchor_at) if beat else operation.anchor_at
    if not operation.is_drill or real_now - alive_at <= ALIVE:
        return operation
    return replace(operation, clock_at=operation.now(alive_at), anchor_at=real_now)


def resume_clock(store: Store, operation: Operation, real_now: datetime) -> Operation:
    """Let a drill's clock go on, for something runs again."""
    going = resumed(store, operation, real_now)
    if going != operation:
        store.operations.set_clock(going.id, going.clock_at, going.anchor_at)
    return going


def at_time(store: Store, actor: Actor, now: datetime, real_now: datetime) -> Operation:
    """The drill that a command with a time of its own acts in: the open one, else a new one.

    The real operation, where one is on, is not touched.
    """
    return store.operations.get(OperationKind.DRILL) or start_drill(store, actor, now, real_now)
