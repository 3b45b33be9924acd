"""A state that plans depend on changes: its trigger is written in the same transaction, or there
is a reason why not.
"""

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.desk import ChangeAction, ManualChange
from data.model.field import EventKind, FieldEvent, Incident, Outage
from data.model.headquarters.directives import Directive, DirectiveEvent, DirectiveStep
from data.model.ids import Cause, CauseKind, EventId
from data.model.operation import TriggerKind
from data.model.roster import RosterChange
from data.model.state_triggers import NO_PLAN, TRIGGERS
from data.model.street.cleaning import StreetCheck
from data.model.street.streets import Closure
from data.model.street.works import WorkEvent, WorkStep
from data.store import triggers
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.district.tables import replace_city
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import (
    NOW,
    both_databases,
    make_alert,
    make_city,
    make_loan,
    make_version,
)
from tests.helpers.paths import ROOT
from tests.helpers.street_case import street_case
from tests.helpers.streets import at, closure, grid

HOUR = timedelta(hours=1)
ASKS_FOR_NO_PLAN = {
    "data/store/accounts.py": "who may sign in moves no crew",
    "data/store/leases.py": "who leads, and that it lives, is no state of the district",
    "directives.give": "the desk above: it plans nothing",
    "directives.keep": "a directive is words until it is approved",
    "data/store/headquarters/members.py": "another database: which districts there are",
    "data/store/maintenance.py": "only what is long past is cleared away",
    "data/store/seasons.py": "only what is long past is cleared away",
    "data/store/outbox.py": "what is told follows from a plan",
    "data/store/photos.py": "a picture moves nobody",
    "weather.confirm_forecast": "the same rain; ``use_best`` asks at every poll",
    "weather.save_forecast": "the best one changes with the time: ``use_best`` asks at every poll",
    "weather.save_health": "how a source is, not what it says",
    "weather.save_marks": "what a poll remembers",
    "weather.spend": "what a poll may spend",
    "triggers.settle": "it answers a trigger",
    "gauges.save_readings": "water that stands is an incident, and rain is asked for by the clock",
    "plans.save": "it answers triggers",
    "plans.confirm": "it answers triggers",
    "settings.save": "notes of the program; planning reads its settings from the file",
    "settings.get_or_make": "a name or a key; planning reads its settings from the file",
    "plans.publish": "it puts in force what answered triggers",
    "desk.save_contingency_plan": "a plan kept ready answers nobody",
    "desk.record_action": "the record of who did what",
    "street_cases.say": "what moves nobody asks for nothing; the rest is in its own test",
    "field.open_incident": "what begins a case anew, or hands it back, asks by its own word",
    "street_cleaning.keep_post": "volunteers are nobody that a plan sends",
    "street_cleaning.tell_post": "volunteers are nobody that a plan sends",
    "duty_log.write": "what those on watch write down moves no crew",
    "rosters.propose": "a proposal moves nobody until it is put in",
    "desk.revoke_link": "who may read a sheet moves no crew",
    "store.migrate": "the form of the tables, not what is in them",
    "operations.start": "nothing has come in yet: the first that comes asks",
    "operations.end": "nothing is planned in it any more",
    "operations.set_clock": "what the clock brings is asked for by ``due_causes``",
    "operations._change": "the two above",
}
"""Methods of the store (or all those of a module) that write and ask for no plan, and why."""


def event(kind: EventKind, event_id: str, drill) -> FieldEvent:
    return FieldEvent(
        operation_id=drill.id,
        event_id=event_id,
        version=1,
        station_id="A",
        kind=kind,
        job_id="clear:S1",
        server_at=NOW,
        by="甲",
        reason="车坏",
    )


def incident(drill) -> Incident:
    return Incident(
        operation_id=drill.id,
        kind="missing_cover",
        segment_id="S1",
        source="desk",
        reported_at=NOW,
        received_at=NOW,
        by="甲",
    )


def outage(drill) -> Outage:
    return Outage(operation_id=drill.id, resource_id="A1day", from_at=NOW, by="甲")


def absent(drill) -> RosterChange:
    day = NOW.date()
    return RosterChange(
        operation_id=drill.id, day=day, crew_id="A1day", duty="absent", by="甲", at=NOW
    )


def failed_check(drill) -> StreetCheck:
    return StreetCheck(operation_id=drill.id, segment_id="S1", at=NOW, by="甲", score=40)


def closed(store: Store, drill) -> Callable[[], object]:
    kept, _ = store.field.report_incident(incident(drill))
    return lambda: store.field.close_incident(kept.id, "甲", NOW)


def all_closed(store: Store, drill) -> Callable[[], object]:
    kept, _ = store.field.report_incident(incident(drill))
    return lambda: store.field.close_matter(kept.id, "甲", NOW)


def sorted_anew(store: Store, drill) -> Callable[[], object]:
    first, second = (store.field.report_incident(incident(drill))[0] for _ in range(2))
    return lambda: store.field.sort_incidents(drill.id, [second.id], first.id, "甲", NOW)


def opened_again(store: Store, drill) -> Callable[[], object]:
    kept, _ = store.field.report_incident(incident(drill))
    store.field.close_incident(kept.id, "甲", NOW)
    again = event(EventKind.REOPEN, str(EventId("reopen", "incident:1@T")), drill)
    return lambda: store.field.reopen_incident(kept.id, again)


def back(store: Store, drill) -> Callable[[], object]:
    kept, _ = store.desk.begin_outage(outage(drill), NOW)
    return lambda: store.desk.end_outage(kept, "甲", NOW)


def shut(drill) -> Closure:
    return closure(at(1, 1), at(1, 2), operation_id=drill.id)


def street_opened(store: Store, drill) -> Callable[[], object]:
    kept, _ = store.streets.close(shut(drill), NOW)
    return lambda: store.streets.open_again(kept, "甲", NOW)


def begun() -> WorkEvent:
    return WorkEvent(work_id="G01", step=WorkStep.STARTED, at=NOW, by="甲")


def change(drill) -> ManualChange:
    return ManualChange(
        operation_id=drill.id,
        version=1,
        job_id="clear:S1",
        action=ChangeAction.DROP,
        by="甲",
        at=NOW,
    )


def approved(store: Store, drill) -> Callable[[], object]:
    loan = make_loan(drill=True, to_at=drill.now(NOW) + HOUR)
    told = Directive(
        member_id="west", text="", by="市", at=NOW, due_at=NOW, loan=loan, borrower_id="main"
    )
    number = store.directives.give(told).id
    step = DirectiveStep.ACKNOWLEDGE
    event = DirectiveEvent(directive_id=number, step=step, at=NOW, by="乙")
    return lambda: store.directives.note(event)


ASKS: dict[str, tuple[CauseKind, Callable[[Store, object], Callable[[], object]]]] = {
    "triggers.request": (
        CauseKind.MANUAL,
        lambda store, drill: (
            lambda: store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, NOW)
        ),
    ),
    "weather.save_alerts": (
        CauseKind.ALERT,
        lambda store, drill: (
            lambda: store.weather.save_alerts(
                drill.id, [make_alert()], {make_alert().digest: f"alert:{make_alert().digest}"}, NOW
            )
        ),
    ),
    "level_orders.order": (
        CauseKind.LEVEL,
        lambda store, drill: lambda: store.level_orders.order(drill.id, "II", "甲", NOW),
    ),
    "field.save_event": (
        CauseKind.REFUSE,
        lambda store, drill: (
            lambda: store.field.save_event(event(EventKind.REFUSE, "tap-00001", drill))
        ),
    ),
    "field.report_incident": (
        CauseKind.INCIDENT,
        lambda store, drill: lambda: store.field.report_incident(incident(drill)),
    ),
    "field.close_incident": (CauseKind.CLOSED, closed),
    "field.close_matter": (CauseKind.CLOSED, all_closed),
    "field.sort_incidents": (CauseKind.MATTER, sorted_anew),
    "field.reopen_incident": (CauseKind.REOPEN, opened_again),
    "desk.begin_outage": (
        CauseKind.OUTAGE,
        lambda store, drill: lambda: store.desk.begin_outage(outage(drill), NOW),
    ),
    "desk.end_outage": (CauseKind.BACK, back),
    "directives.note": (CauseKind.LOAN, approved),
    "rosters.change": (
        CauseKind.ROSTER,
        lambda store, drill: lambda: store.rosters.change([absent(drill)], NOW),
    ),
    "desk.save_change": (
        CauseKind.CHANGE,
        lambda store, drill: lambda: store.desk.save_change(change(drill)),
    ),
    "street_cases.open": (
        CauseKind.SERVICE,
        lambda store, drill: lambda: store.street_cases.open(street_case(operation_id=drill.id)),
    ),
    "street_cleaning.keep_check": (
        CauseKind.SERVICE,
        lambda store, drill: lambda: store.cleaning.keep_check(failed_check(drill), asks=True),
    ),
    "streets.load": (
        CauseKind.STREETS,
        lambda store, drill: lambda: store.streets.load(grid(), "甲", NOW),
    ),
    "streets.close": (
        CauseKind.CLOSURE,
        lambda store, drill: lambda: store.streets.close(shut(drill), NOW),
    ),
    "streets.open_again": (CauseKind.OPENED, street_opened),
    "works.tell": (
        CauseKind.CLOSURE,
        lambda store, drill: lambda: store.works.tell(drill, begun(), CauseKind.CLOSURE),
    ),
    "store.replace_city": (
        CauseKind.TABLES,
        lambda store, drill: lambda: store.replace_city(replace(make_city(), blockages=()), NOW),
    ),
}
"""Each method of the store that asks for a plan: the cause, and the change done once."""


def state(store: Store, drill) -> tuple:
    return (
        store.city(),
        store.weather.alerts(drill.id),
        store.level_orders.all(drill.id),
        store.field.events(drill.id),
        store.field.incidents(drill.id),
        store.desk.outages(drill.id),
        store.rosters.changes(drill.id),
        store.desk.manual_changes(drill.id),
        store.streets.latest(),
        store.streets.closures(drill.id),
        store.works.told(drill),
        store.street_cases.current(drill.id)[0],
        store.cleaning.checks(drill.id, NOW),
    )


@pytest.fixture
def planned(store: Store, drill) -> Store:
    """A database with a plan in force."""
    store.replace_city(make_city())
    store.plans.save(make_version(drill.id), [], NOW)
    return store


def test_every_method_that_writes_is_in_the_table_with_its_trigger_or_its_reason():
    """Found by how they write: within ``writing(...)``."""
    unknown = []
    for path in sorted((ROOT / "data/store").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in ASKS_FOR_NO_PLAN:
            continue
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and any(
                isinstance(node, ast.Call) and ast.unparse(node.func) == "writing"
                for node in ast.walk(function)
            ):
                method = f"{path.stem}.{function.name}"
                known = method in ASKS or method in ASKS_FOR_NO_PLAN
                unknown += [] if known or function.name == "_keep" else [(name, function.name)]
    assert unknown == []


@pytest.mark.parametrize("method", ASKS)
def test_a_change_writes_its_trigger_once(planned, drill, method):
    cause, prepare = ASKS[method]
    do = prepare(planned, drill)
    before = {one.cause for one in planned.triggers.all(drill.id)}
    do()
    (trigger,) = (one for one in planned.triggers.all(drill.id) if one.cause not in before)
    assert (Cause.parse(trigger.cause).kind, trigger.kind) == (cause, TRIGGERS[cause])


@pytest.mark.parametrize("method", sorted(set(ASKS) - {"triggers.request"}))
def test_a_change_whose_trigger_can_not_be_written_is_none(planned, drill, method, monkeypatch):
    do = ASKS[method][1](planned, drill)
    before = state(planned, drill)

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(triggers, "insert_new", full)
    with pytest.raises(OSError, match="disk full"):
        do()
    assert state(planned, drill) == before


@pytest.mark.parametrize("kind", EventKind)
def test_a_tap_asks_for_a_plan_or_there_is_a_reason(planned, drill, kind):
    planned.field.save_event(event(kind, f"{kind}:0001", drill))
    asked = [one.kind for one in planned.triggers.pending(drill.id)]
    assert bool(asked) == (kind not in NO_PLAN)


def test_every_cause_has_its_kind_of_trigger():
    """But for the plans kept ready, which nobody asks for."""
    assert set(CauseKind) - set(TRIGGERS) == {CauseKind.STANDING}
    assert set(TRIGGERS.values()) == set(TriggerKind)


@both_databases
def test_the_plan_after_an_incident_is_closed_has_its_post_no_more(store):
    desk = Desk(store, seconds=0.5)
    desk.paste(YELLOW)
    report = IncidentReport(
        kind="missing_cover", by="热线", source="desk", reported_at=desk.now, segment_id="S2"
    )
    kept, _ = incidents.report(store, desk.drill, CONSOLE, report, desk.now)
    name = f"incident:{kept.id}"

    def post():
        plan = store.plans.current(desk.drill.id)
        return next((job for job in plan.assignments if job.job_id == name), None)

    desk.loop.answer()
    assert post().end_at > desk.now + HOUR / 2
    desk.wait(minutes=1)
    assert incidents.close(store, desk.drill, CONSOLE, kept.id, desk.now)
    version = desk.loop.answer()
    desk.loop.stop()
    assert post() is None
    assert [Cause.parse(cause).kind for cause in version.causes] == [CauseKind.CLOSED]
    assert version.changes[0].code == "cause.closed_named"


def test_a_post_that_is_manned_ends_when_its_incident_is_closed(store):
    desk = Desk(store, seconds=0.5)
    desk.paste(YELLOW)
    report = IncidentReport(
        kind="missing_cover", by="热线", source="desk", reported_at=desk.now, segment_id="S2"
    )
    kept, _ = incidents.report(store, desk.drill, CONSOLE, report, desk.now)
    desk.loop.answer()
    desk.wait(minutes=45)
    incidents.close(store, desk.drill, CONSOLE, kept.id, desk.now)
    version = desk.loop.answer()
    desk.loop.stop()
    (post,) = [job for job in version.assignments if job.job_id == f"incident:{kept.id}"]
    assert post.state == "past"
    assert post.end_at <= desk.now


def test_other_tables_lead_to_another_plan(store):
    desk = Desk(store, seconds=0.5)
    desk.paste(YELLOW)
    gone = desk.loop.answer().assignments[0].members[0].resource_id
    city = make_city()
    replace_city(
        store,
        CONSOLE,
        replace(
            city,
            crews=tuple(crew for crew in city.crews if crew.id != gone),
            machines=tuple(machine for machine in city.machines if machine.id != gone),
            drivers=tuple(each for each in city.drivers if each.machine_id != gone),
        ),
        desk.real_now,
    )
    version = desk.loop.answer()
    desk.loop.stop()
    planned = [job for job in version.assignments if job.state == "planned"]
    assert gone not in {member.resource_id for job in planned for member in job.members}
    assert version.changes[0].code == "cause.tables"
