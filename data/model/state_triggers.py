"""A state changed that plans depend on, so this trigger is written: the one table of it.

Every method of the store that changes such a state writes the trigger in its own transaction.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from data.model.field import EventKind, FieldEvent
from data.model.ids import Cause, CauseKind
from data.model.operation import TriggerKind

TRIGGERS: Mapping[CauseKind, TriggerKind] = MappingProxyType(
    {
        CauseKind.ALERT: TriggerKind.ALERT,  # a warning came that changes what is in force
        CauseKind.FORECAST: TriggerKind.FORECAST,  # other rain is ahead than planned on
        CauseKind.MEASURED: TriggerKind.MEASURED,  # more falls than was foreseen
        CauseKind.MANUAL: TriggerKind.MANUAL,  # the desk says "plan again"
        CauseKind.LEVEL: TriggerKind.LEVEL,  # a response level was ordered, or the response ended
        CauseKind.SEARCH: TriggerKind.SEARCH,  # the search is compiled
        CauseKind.INCIDENT: TriggerKind.INCIDENT,  # an incident was reported, a call for help too
        CauseKind.MATTER: TriggerKind.CHANGE,  # the desk split a matter, or joined two
        CauseKind.CLOSED: TriggerKind.CLOSED,  # an incident was closed: by the desk, or as cleared
        CauseKind.OUTAGE: TriggerKind.OUTAGE,  # a crew or machine is out of action
        CauseKind.BACK: TriggerKind.OUTAGE,  # it is back
        CauseKind.ON_DUTY: TriggerKind.OUTAGE,  # a station that refused all is on duty
        CauseKind.REFUSE: TriggerKind.REFUSAL,  # a station refused work
        CauseKind.DELAY: TriggerKind.DELAY,  # a crew comes later than planned
        CauseKind.OVERDUE: TriggerKind.OVERDUE,  # nobody set out for work
        CauseKind.ROSTER: TriggerKind.ROSTER,  # a day of the roster was changed
        CauseKind.SHIFT: TriggerKind.SHIFT,  # a shift began
        CauseKind.CHANGE: TriggerKind.CHANGE,  # the desk changed a job by hand
        CauseKind.REOPEN: TriggerKind.REOPEN,  # work is to be done again; its incident is open
        CauseKind.BLOCKED: TriggerKind.BLOCKED,  # a crew can't open an inlet: who can is to come
        CauseKind.TAKEN_BACK: TriggerKind.TAKEN_BACK,  # a wrong tap says nothing any more
        CauseKind.RELIEF: TriggerKind.RELIEF,  # the post of an open incident ends
        CauseKind.FREED: TriggerKind.FREED,  # people are free long before they were to be
        CauseKind.TABLES: TriggerKind.TABLES,  # the district's tables were replaced
        CauseKind.SERVICE: TriggerKind.SERVICE,  # a service of the street asks for other work
        CauseKind.STREETS: TriggerKind.STREET,  # another street map is in force
        CauseKind.CLOSURE: TriggerKind.STREET,  # a street is closed or slow
        CauseKind.OPENED: TriggerKind.STREET,  # it is open again
        CauseKind.LOAN: TriggerKind.OUTAGE,  # a unit is lent to another district, or goes home
    }
)
NO_PLAN: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.ACCEPT: "accepted work stays where it is; the next plan moves it less",
        EventKind.ASK: "the desk answers",
        EventKind.ANSWER: "it changes no work",
        EventKind.HAND_OVER: "the crew is the same under its deputy",
        EventKind.DEPART: "it goes as planned; who does not go is overdue",
        EventKind.ARRIVE: "it goes as planned",
        EventKind.CLEAR: "the clock asks for who is free early; a closed incident asks itself",
        EventKind.VERIFY: "it was done before",
        EventKind.NOTE: "the desk has seen to it by other means",
        EventKind.TOLD: "who was told does what is planned",
        EventKind.HELP: "the incident that it becomes asks for the plan",
        EventKind.INLET_CLEARED: "the next plan asks for it no more",
        EventKind.INLET_OPEN: "the next plan asks for it no more",
        EventKind.INLET_SKIPPED: "it is as it was; a next plan asks again when its reason is gone",
        EventKind.KIT_MISSING: "what to carry is for the desk to decide",
        EventKind.PHOTO: "a picture moves nobody",
    }
)
"""Taps that ask for no plan, and why."""


def closing(incident_id: int, at: datetime) -> Cause:
    """The cause to plan that the closing of an incident is; opened anew it may be closed again."""
    return Cause(CauseKind.CLOSED, f"{incident_id}@{_second(at)}")


def sorting(incident_id: int, at: datetime) -> Cause:
    """The cause to plan that a call is which the desk gave to another matter."""
    return Cause(CauseKind.MATTER, f"{incident_id}@{_second(at)}")


def _second(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S}"


def cause_of(event: FieldEvent) -> Cause | None:
    """The cause to plan that a tap is; ``None`` for those in ``NO_PLAN``."""
    if event.kind in NO_PLAN:
        return None
    if event.kind is EventKind.REFUSE:
        return Cause(CauseKind.REFUSE, event.event_id)
    if event.kind is EventKind.DELAY:
        return Cause(CauseKind.DELAY, event.event_id)
    if event.kind is EventKind.KIT_USED:
        return Cause(CauseKind.SERVICE, event.event_id)  # it is put back, and others have it
    if event.kind is EventKind.TAKE_BACK:
        return Cause(CauseKind.TAKEN_BACK, event.event_id)
    if event.kind is EventKind.INLET_BLOCKED:
        return Cause(CauseKind.BLOCKED, event.event_id)
    return Cause.parse(event.event_id)  # the desk's own: the event bears the name of the cause
