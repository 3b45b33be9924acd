"""Two plan versions -> what changed and why, as sentences not yet said. Pure."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from data.model.city import City
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.operation import LevelOrder, Trigger, TriggerKind
from data.model.plan import Assignment, PlanVersion
from ops.base.naming import alert_name, job_name, member_names
from weather.model import Alert

MOVED = timedelta(minutes=5)  # a smaller shift is no news to a crew


def difference(
    old: PlanVersion | None,
    new: PlanVersion,
    triggers: tuple[Trigger, ...],
    alerts: tuple[Alert, ...],
    city: City,
    orders: Iterable[LevelOrder] = (),
    named: Mapping[str, Message] | None = None,
) -> tuple[Message, ...]:
    """What the new version changes, its causes first.

    Parameters
    ----------
    alerts, orders
        All that were received and ordered, to name those which the causes speak of.
    named
        Further causes with their sentences.
    """
    causes = tuple(cause_messages(triggers, alerts, orders, named).values())
    if old is None:
        return (
            *causes,
            Message("change.first", {"count": len(new.assignments), "left": len(new.left_out)}),
        )
    changes = (*_rain_changes(old, new), *_job_changes(old, new, city))
    return (*causes, *(changes or (Message("change.none"),)))


def cause_messages(
    triggers: Iterable[Trigger],
    alerts: tuple[Alert, ...],
    orders: Iterable[LevelOrder] = (),
    named: Mapping[str, Message] | None = None,
) -> dict[str, Message]:
    """Each cause said, as for ``difference``."""
    named_causes = {
        str(Cause.of(CauseKind.LEVEL, order.id)): _level_cause(order) for order in orders
    } | dict(named or {})
    return {
        trigger.cause: named_causes.get(trigger.cause) or _cause(trigger, alerts)
        for trigger in triggers
    }


def _cause(trigger: Trigger, alerts: tuple[Alert, ...]) -> Message:
    if trigger.kind is TriggerKind.ALERT:
        subject = Cause.parse(trigger.cause).subject  # a digest, and from when where it was ahead
        alert = next((alert for alert in alerts if subject.startswith(alert.digest)), None)
        if alert:
            return Message(
                "cause.alert",
                {
                    "issuer": alert.issuers,
                    "action": Message(f"action.{alert.action}"),
                    "alert": alert_name(alert),
                },
            )
    return Message(f"cause.{trigger.kind}", {"at": trigger.requested_at})


def _level_cause(order: LevelOrder) -> Message:
    if order.level is None:
        return Message("cause.level_ended", {"by": order.by, "at": order.at})
    return Message("cause.level_ordered", {"level": order.level, "by": order.by, "at": order.at})


def _rain_changes(old: PlanVersion, new: PlanVersion) -> list[Message]:
    """The next storm that moved, came or went; one that has begun is no news by itself."""
    before, after = old.rain, new.rain
    was, then = before.later_than(new.made_at), after.later_than(new.made_at)
    if was and then:
        moved = abs(then[0][0] - was[0][0]) >= MOVED
        return [Message("change.onset", {"old": was[0][0], "new": then[0][0]})] if moved else []
    if after.onset_at and (then or not before.onset_at):
        onset = then[0][0] if then else after.onset_at
        return [Message("change.rain_now", {"new": onset})]
    if before.onset_at and not after.onset_at:
        return [Message("change.rain_gone")]
    return []


def _job_changes(old: PlanVersion, new: PlanVersion, city: City) -> list[Message]:
    """Sentences for every job that is new, dropped, moved or given to others; work that is past
    says nothing.
    """
    was = {assignment.job_id: assignment for assignment in old.assignments}
    now = {assignment.job_id: assignment for assignment in new.assignments}
    left = {left.job_id: left.why for left in new.left_out}
    changes = []
    for job_id, assignment in now.items():
        if assignment.state != "past":
            changes += _one_change(was.get(job_id), assignment, city)
    for job_id, assignment in was.items():
        if job_id not in now and assignment.state != "past" and assignment.end_at > new.made_at:
            name = job_name(assignment.kind, assignment.segment_id, assignment.station_id, city)
            facts = {"job": name, "team": member_names(assignment.members, city)}
            changes.append(
                Message("change.dropped", facts | {"why": left[job_id]})
                if job_id in left
                else Message("change.not_wanted", facts)
            )
    return changes


def _one_change(old: Assignment | None, new: Assignment, city: City) -> list[Message]:
    name = job_name(new.kind, new.segment_id, new.station_id, city)
    team = member_names(new.members, city)
    if old is None:
        return [Message("change.added", {"job": name, "team": team, "start": new.start_at})]
    if {m.unit_id for m in old.members} != {m.unit_id for m in new.members}:
        return [
            Message(
                "change.team",
                {
                    "job": name,
                    "old": member_names(old.members, city),
                    "team": team,
                    "start": new.start_at,
                },
            )
        ]
    if abs(new.start_at - old.start_at) >= MOVED:
        return [
            Message(
                "change.time",
                {"job": name, "team": team, "old": old.start_at, "start": new.start_at},
            )
        ]
    return []
