"""Work that the desk verifies, and work that must be done again: from the word to the next plan and
the clocks.
"""

from dataclasses import replace

import pytest

from data.model.account import Role
from data.model.field import EventKind
from data.model.notice import NoticeState
from data.model.operation import TriggerKind
from data.model.plan import JobKind
from ops.analytics.history import read_history
from ops.analytics.response_cases import response_times
from ops.analytics.share_kpis import shares
from ops.analytics.time_kpis import ResponseSettings
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import NotAllowed
from ops.field.calls.incidents import IncidentReport, placed
from ops.field.progress_reader import reported
from ops.field.reports import Report, take_report
from ops.field.verification import reopen, verify
from ops.planning.parameters import StabilitySettings
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import HOUR, NOW, both_databases, make_city, make_notice
from tests.helpers.progress import JOB, VERSION

DUTY = Actor(name="值班员甲", role=Role.DUTY)


@pytest.fixture
def ordered(store, drill):
    store.replace_city(make_city())
    store.plans.save(
        replace(VERSION, operation_id=drill.id), [], NOW, notices=[make_notice(drill.id)]
    )
    return store, drill


def clear(store, drill, job, at, event_id="tap-clear-1"):
    said = Report(
        event_id=event_id,
        version=store.plans.current(drill.id).number,
        station_id=job.station_id,
        kind=EventKind.CLEAR,
        job_id=job.job_id,
    )
    assert take_report(store, drill, CONSOLE, said, at)


@both_databases
def test_cleared_work_is_verified_once_by_name_and_the_clock_shows_it(ordered):
    store, drill = ordered
    clear(store, drill, JOB, NOW + HOUR)
    assert verify(store, drill, DUTY, JOB.job_id, NOW + 2 * HOUR)
    assert not verify(store, drill, CONSOLE, JOB.job_id, NOW + 3 * HOUR)
    assert [(event.kind, event.by) for event in store.field.events(drill.id)][1:] == [
        ("verify", "值班员甲")
    ]
    (case,) = response_times(
        [store.plans.current(drill.id)], [], events=store.field.events(drill.id)
    )
    assert (case.at("verified"), case.legs["verification"]) == (NOW + 2 * HOUR, 3600)


def test_the_desk_s_word_is_no_sign_that_the_station_has_read(ordered):
    store, drill = ordered
    reopen(store, drill, DUTY, JOB.job_id, "箅子又堵", NOW + 2 * HOUR)
    assert [one.state for one in store.outbox.notices(drill.id)] == [NoticeState.PENDING]


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda *place: verify(*place, DUTY, JOB.job_id, NOW), "verify.not_cleared"),
        (lambda *place: verify(*place, DUTY, "clear:S9", NOW), "verify.no_job"),
        (
            lambda *place: verify(
                *place, Actor(name="站长", role=Role.CHIEF, station_id="A"), JOB.job_id, NOW
            ),
            "access.refused",
        ),
        (
            lambda *place: reopen(
                *place, Actor(name="链接", role=Role.LINK, station_id="A"), JOB.job_id, "x", NOW
            ),
            "access.refused",
        ),
        (
            lambda *place: reopen(*place, DUTY, JOB.job_id, "  ", NOW + 2 * HOUR),
            "field.needs_reason",
        ),
        (
            lambda *place: reopen(*place, DUTY, JOB.job_id, "字" * 501, NOW + 2 * HOUR),
            "field.too_long",
        ),
        (lambda *place: reopen(*place, DUTY, JOB.job_id, "堵", NOW), "verify.not_done"),
    ],
)
def test_what_can_t_be_is_refused_and_nothing_is_kept(ordered, act, why):
    store, drill = ordered
    with pytest.raises(NotAllowed) as refused:
        act(store, drill)
    assert refused.value.code == why
    assert store.field.events(drill.id) == []
    assert store.triggers.pending(drill.id) == []


def test_a_post_is_not_done_again(store, drill):
    store.replace_city(make_city())
    post = replace(JOB, job_id="guard:S1:0708T1000", kind=JobKind.GUARD, inlet_ids=())
    store.plans.save(replace(VERSION, operation_id=drill.id, assignments=(post,)), [], NOW)
    with pytest.raises(NotAllowed, match=r"verify\.post"):
        reopen(store, drill, DUTY, post.job_id, "积水", NOW + 5 * HOUR)


@pytest.fixture
def desk(store):
    desk = Desk(store, stability=StabilitySettings(freeze_minutes=0))  # it is a small town
    yield desk
    desk.loop.stop()


def test_reopened_work_is_in_the_next_plans_until_it_is_done_and_counts_as_reopened(desk):
    store, drill = desk.store, desk.drill
    desk.paste(YELLOW)
    first = desk.loop.answer()
    job = min(
        (work for work in first.assignments if work.kind is JobKind.CLEAR),
        key=lambda work: work.end_at,
    )
    desk.wait(minutes=(job.end_at - desk.now).total_seconds() / 60)
    clear(store, drill, job, desk.now)
    desk.wait(minutes=3)
    assert reopen(store, drill, DUTY, job.job_id, "箅子又堵", desk.now)
    assert not reopen(store, drill, DUTY, job.job_id, "又", desk.now)
    again = desk.loop.answer()
    assert again.causes == (f"reopen:{job.job_id}@{job.end_at:%Y%m%dT%H%M%S}",)
    assert again.changes[0].code == "cause.reopen"
    found = next(work for work in again.assignments if work.job_id == job.job_id)
    assert (found.state, found.start_at > desk.now) == ("planned", True)
    assert "why.reopened" in [why.code for why in found.why]

    desk.wait(minutes=2)
    said = Report(
        event_id="tap-accept-2",
        version=2,
        station_id=found.station_id,
        kind=EventKind.ACCEPT,
        job_id=job.job_id,
    )
    take_report(store, desk.drill, CONSOLE, said, desk.now)
    store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, desk.now)
    third = desk.loop.answer()
    assert next(work for work in third.assignments if work.job_id == job.job_id).state != "past"

    desk.wait(minutes=20)
    clear(store, drill, job, desk.now, "tap-clear-2")
    store.level_orders.order(drill.id, "III", "值班员", desk.now)
    last = desk.loop.answer()
    assert next(work for work in last.assignments if work.job_id == job.job_id).state == "past"
    versions = [store.plans.version(drill.id, number) for number in range(1, last.number + 1)]
    cases = response_times(
        versions, store.triggers.all(drill.id), events=store.field.events(drill.id)
    )
    (case,) = [case for case in cases if case.job_id == job.job_id]
    assert (case.state, case.reopened, case.at("cleared")) == ("cleared", True, desk.now)
    assert (
        next(
            share
            for share in shares(cases, read_history(store, drill), desk.now, ResponseSettings())
            if share.name == "reopen"
        ).kept
        == 1
    )


def test_work_that_the_storm_no_longer_asks_for_is_done_again_where_open_ground_is_allowed(desk):
    """Clearing belongs before the rain: opened anew after its onset it is wanted all the same."""
    store, drill = desk.store, desk.drill
    desk.paste(YELLOW)
    job = next(work for work in desk.loop.answer().assignments if work.kind is JobKind.CLEAR)
    desk.wait(hours=7)
    assert reopen(store, drill, DUTY, job.job_id, "雨后又堵", desk.now), (
        "its time is over: it was taken as done"
    )
    again = desk.loop.answer()
    found = next(work for work in again.assignments if work.job_id == job.job_id)
    assert (found.segment_id, found.inlet_ids) == (job.segment_id, job.inlet_ids)
    assert "why.reopened" in [why.code for why in found.why]
    assert found.start_at > desk.now
    desk.wait(hours=25)
    store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, desk.now)
    later = desk.loop.answer()
    assert not any(
        message.code == "why.reopened"
        for work in later.assignments
        if work.state == "planned"
        for message in work.why
    ), "a day later it is other work"


def test_an_incident_s_work_opens_the_incident_again(desk):
    store, drill = desk.store, desk.drill
    told = IncidentReport(
        kind="blocked_inlet", by="热线", source="desk", reported_at=desk.now, segment_id="S2"
    )
    kept, _ = store.field.report_incident(placed(told, drill, store.city(), desk.now))
    job = next(
        work for work in desk.loop.answer().assignments if work.job_id == f"incident:{kept.id}"
    )
    desk.wait(minutes=40)
    clear(store, drill, job, desk.now)
    assert store.field.incidents(drill.id, open_only=True) == []
    desk.wait(minutes=5)
    reopen(store, drill, DUTY, job.job_id, "又堵", desk.now)
    assert [one.id for one in store.field.incidents(drill.id, open_only=True)] == [kept.id]
    again = desk.loop.answer()
    assert next(work for work in again.assignments if work.job_id == job.job_id).state == "planned"
    told = reported(store, drill, again, store.city())[job.job_id]
    assert (told.reason, told.since) == ("又堵", desk.now)
