"""Wrong taps are taken back within minutes; inlets are told one by one; a picture comes alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.account import Role
from data.model.field import SKIP_REASONS, EventKind, ReportWay
from data.model.plan import JobKind
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed
from ops.field.progress import Stage
from ops.field.progress_reader import reported
from ops.field.reports import Report, take_report
from ops.field.taking_back import TapSettings, take_back
from ops.field.water.inlet_record import recorded_city
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, both_databases, make_city
from tests.helpers.progress import JOB, VERSION

CHIEF = Actor(name="甲站站长", role=Role.CHIEF, station_id="A")
INLETS = ("S1-1", "S1-2", "S1-3")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ordered(store, drill):
    """A store with a version in force whose job has three inlets, and its operation."""
    store.replace_city(make_city())
    job = replace(JOB, inlet_ids=INLETS)
    version = replace(VERSION, operation_id=drill.id, assignments=(job,))
    store.plans.save(version, [], NOW)
    return store, drill


def say(ordered, kind: str, minute: float = 0, **changes) -> bool:
    store, drill = ordered
    facts = {
        "event_id": f"tap-{kind}-{minute}",
        "version": 1,
        "station_id": "A",
        "kind": EventKind(kind),
        "job_id": JOB.job_id,
        "reason": "缺人" if kind in ("refuse", "ask") else None,
    }
    return take_report(store, drill, CHIEF, Report(**(facts | changes)), NOW + minute * MINUTE)


def back(ordered, about: str, minute: float, *, station: str = "A", **settings) -> bool:
    store, drill = ordered
    rules = TapSettings(**settings)
    actor = replace(CHIEF, station_id=station)
    at = NOW + minute * MINUTE
    return take_back(store, drill, actor, station, f"back-{about}", about, at, rules)


def stage(ordered) -> Stage:
    store, drill = ordered
    return reported(store, drill, store.plans.current(drill.id), store.city())[JOB.job_id].stage


@both_databases
@pytest.mark.parametrize("kind", ["accept", "refuse", "depart", "arrive", "clear"])
def test_a_wrong_tap_says_nothing_any_more_and_asks_for_a_plan(ordered, kind):
    store, drill = ordered
    say(ordered, "depart", -5)
    before = stage(ordered)
    say(ordered, kind)
    assert back(ordered, f"tap-{kind}-0", 3)
    assert stage(ordered) is before
    assert not back(ordered, f"tap-{kind}-0", 4)
    assert [one.cause for one in store.triggers.pending(drill.id)][-1].startswith("taken_back:")
    assert [event.kind for event in store.field.events(drill.id)][-1] == "take_back"


@pytest.mark.parametrize(
    ("about", "minute", "more"),
    [
        ("tap-clear-0", 11, {}),
        ("tap-clear-0", 1, {"take_back_minutes": 0}),
        ("tap-clear-0", 1, {"station": "B"}),
        ("tap-ask-0", 1, {}),
        ("tap-none-0", 1, {}),
    ],
)
def test_what_can_not_be_taken_back_stands(ordered, about, minute, more):
    say(ordered, "clear")
    say(ordered, "ask")
    with pytest.raises(NotAllowed):
        back(ordered, about, minute, **more)
    assert stage(ordered) is Stage.CLEARED


def test_a_cleared_incident_is_open_again_when_that_was_a_mistake(store, drill):
    store.replace_city(make_city())
    kept, _ = store.field.report_incident(replace(incident(), operation_id=drill.id, id=None))
    job = replace(JOB, job_id=f"incident:{kept.id}")
    store.plans.save(replace(VERSION, operation_id=drill.id, assignments=(job,)), [], NOW)
    say((store, drill), "clear", job_id=job.job_id)
    assert store.field.incidents(drill.id, open_only=True) == []
    assert back((store, drill), "tap-clear-0", 2)
    assert len(store.field.incidents(drill.id, open_only=True)) == 1


def cleaned(ordered) -> set[str]:
    store, drill = ordered
    return {one.inlet_id for one in recorded_city(store, drill).inspections}


@pytest.mark.parametrize("reason", SKIP_REASONS)
def test_an_inlet_that_was_left_is_not_cleared_with_the_job(ordered, reason):
    say(ordered, "inlet_skipped", 1, inlet_id="S1-2", reason=reason)
    say(ordered, "clear", 2)
    assert cleaned(ordered) == {"S1-1", "S1-3"}
    assert back(ordered, "tap-inlet_skipped-1", 3)
    assert cleaned(ordered) == set(INLETS)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("inlet_skipped", {"inlet_id": "S1-2", "reason": "tired"}),
        ("inlet_skipped", {"inlet_id": "S1-2"}),
        ("inlet_cleared", {"inlet_id": "S1-2", "amounts": {"silt_before": 101}}),
        ("inlet_cleared", {"inlet_id": "S1-2", "amounts": {"inlets": 3}}),
        ("photo", {}),
        ("take_back", {}),
        ("arrive", {"way": ReportWay.PHONE}),
    ],
)
def test_what_does_not_fit_is_refused(ordered, kind, changes):
    with pytest.raises(NotAllowed):
        say(ordered, kind, **changes)
    assert ordered[0].field.events(ordered[1].id) == []


def test_silt_is_told_of_each_inlet_before_and_after(ordered):
    told = {"silt_before": 75.0, "silt_after": 0.0}
    assert say(ordered, "inlet_cleared", inlet_id="S1-2", amounts=told)
    (event,) = ordered[0].field.events(ordered[1].id)
    assert event.amounts == told
    assert JOB.kind is JobKind.CLEAR
