"""What stands open when the watch changes, in words: what the officer who goes signs for. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from data.model.city import City
from data.model.field import HELP, Outage
from data.model.message import Message
from data.model.operation import LevelOrder
from data.model.plan import Phase, PlanVersion
from ops.base.naming import alert_name, resource_label, station_name
from ops.field.calls.incident_jobs import matter_name
from ops.field.calls.matter_standing import MatterStanding, standing_line
from ops.field.needs import Need, NeedKind, place_of
from ops.planning.on_duty.refusals import OffDuty
from weather.model import Alert
from weather.validity import ends_at


def still_open(
    *,
    city: City,
    now: datetime,
    version: PlanVersion | None = None,
    alerts: Iterable[Alert] = (),
    order: LevelOrder | None = None,
    needs: Sequence[Need] = (),
    matters: Iterable[MatterStanding] = (),
    outages: Iterable[Outage] = (),
    off_duty: Iterable[OffDuty] = (),
) -> tuple[Message, ...]:
    """All that the next officer must know of, each once: warnings, the level, what needs a hand,
    incidents on which somebody is, what is out of action, who is off duty, what nobody does.
    """
    return (
        *(
            Message("handover.alert", {"alert": alert_name(one), "at": ends_at(one)})
            for one in alerts
        ),
        *([Message("handover.level", {"level": order.level, "by": order.by})] if order else ()),
        *(_need(one, city) for one in needs),
        *_matters(matters, needs, city, now),
        *(_outage(one, city) for one in outages),
        *(_station(one, city) for one in off_duty),
        *_left_out(version),
    )


def _need(need: Need, city: City) -> Message:
    kind = Message(f"needs.kind_{need.kind}")
    return Message(
        "handover.need", {"kind": kind, "place": place_of(need, city), "told": need.told}
    )


def _matters(
    found: Iterable[MatterStanding], needs: Sequence[Need], city: City, now: datetime
) -> Iterator[Message]:
    """Incidents that are open and seen to; those that need a hand are told already."""
    told = {one.number for one in needs if one.kind in (NeedKind.INCIDENT, NeedKind.HELP)}
    for one in found:
        if one.matter.id not in told and one.matter.first.source != HELP:
            what = matter_name(one.matter, city)
            yield Message(
                "handover.incident", {"what": what, "then": standing_line(one, city, now)}
            )


def _outage(outage: Outage, city: City) -> Message:
    unit = resource_label(outage.resource_id, city)
    facts: dict[str, object] = {"unit": unit, "at": outage.from_at, "until": outage.to_at}
    return Message("handover.outage_until" if outage.to_at else "handover.outage", facts)


def _station(off: OffDuty, city: City) -> Message:
    return Message("handover.off", {"place": station_name(off.station_id, city), "at": off.since})


def _left_out(version: PlanVersion | None) -> Iterator[Message]:
    """What nobody does before and during the rain; what can wait for its end is no news."""
    left = [one for one in (version.left_out if version else ()) if one.phase is not Phase.AFTER]
    if left:
        most = max(one.risk or 0 for one in left)
        yield Message("handover.left_out", {"n": len(left), "risk": most})
