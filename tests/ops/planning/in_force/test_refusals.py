"""A station that refuses all is off duty: it gets no other work until it is heard of."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.account import Role
from data.model.field import EventKind, FieldEvent
from data.model.ids import Cause, CauseKind
from data.model.plan import JobKind
from ops.auth.permissions import Actor
from ops.field.outages import call_on_duty
from ops.field.reports import Report, take_report
from ops.intake.alerts import plan_again
from ops.planning.on_duty.refusals import as_outages, refused_posts, stations_off
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.drawn.laws import manned_and_not
from tests.helpers.makers import DESK, HOUR, NOW, make_assignment, make_city, make_version

MINUTE = timedelta(minutes=1)
CITY = make_city()
SOON = tuple(
    replace(make_assignment(f"clear:S{number}", f"A{number}day@2022-07-08"), station_id="A")
    for number in (1, 2)
)
LATER = replace(
    SOON[0],
    job_id="clear:S3",
    members=tuple(replace(one, leave_at=NOW + 90 * MINUTE) for one in SOON[0].members),
)
VERSIONS = {1: make_version(1, assignments=(*SOON, LATER))}


def said(kind: EventKind, minutes: float, job: str | None = None, version: int = 1) -> FieldEvent:
    return FieldEvent(
        operation_id=1,
        event_id=f"{kind}-{minutes}-{job}",
        version=version,
        station_id="A",
        kind=kind,
        job_id=job,
        server_at=NOW + minutes * MINUTE,
        by="站长",
        reason="停电",
    )


REFUSE, ACCEPT = EventKind.REFUSE, EventKind.ACCEPT
ALL = said(REFUSE, 0)


@pytest.mark.parametrize(
    ("events", "after", "hours", "off"),
    [
        ([ALL], 1, 2, True),
        ([ALL], 119, 2, True),
        ([ALL], 120, 2, False),
        ([ALL], 1, 0, False),
        ([ALL, said(ACCEPT, 5)], 6, 2, False),
        ([ALL, said(EventKind.DEPART, 5, "clear:S1")], 6, 2, False),
        ([ALL, said(EventKind.ON_DUTY, 5)], 6, 2, False),
        ([said(ACCEPT, -5), ALL], 1, 2, True),
        ([ALL, said(EventKind.ASK, 5)], 6, 2, True),
        ([said(REFUSE, 0, "clear:S1")], 1, 2, False),
        ([said(REFUSE, 0, "clear:S1"), said(REFUSE, 1, "clear:S2")], 2, 2, True),
        ([said(REFUSE, 0, "clear:S1"), said(REFUSE, 1, "clear:S3")], 2, 2, False),
        ([said(REFUSE, 0, "clear:S1", 7), said(REFUSE, 1, "clear:S2", 7)], 2, 2, False),
        ([ALL, said(REFUSE, 60)], 150, 2, True),
    ],
)
def test_off_duty_is_who_refuses_all_that_sets_out_soon_until_he_is_heard_of(
    events, after, hours, off
):
    found = stations_off(events, VERSIONS, CITY, NOW + after * MINUTE, hours, 30)
    assert [each.station_id for each in found] == ["A"] * off
    assert all(
        (each.since, each.reason) == (NOW + min(1, each.since > NOW) * MINUTE, "停电")
        for each in found
    )


@pytest.fixture
def desk(store) -> Iterator[Desk]:
    desk = Desk(store)
    desk.paste(YELLOW)
    desk.loop.answer()
    yield desk
    desk.loop.stop()


def ahead(desk: Desk) -> set[str]:
    """Who has work to set out for within the next two hours."""
    plan = desk.store.plans.current(desk.drill.id)
    return {
        member.resource_id
        for job in plan.assignments
        if job.state == "planned"
        for member in job.members
        if desk.now < member.leave_at < desk.now + 110 * MINUTE
    }


def test_a_station_without_power_gets_no_other_jobs_until_the_desk_says_it_is_on_duty(desk):
    city = desk.store.city()
    own = {unit.id for unit in city.resource_by_id.values() if unit.station_id == "A"}
    assert ahead(desk) & own
    chief = Actor(name="甲站手机", role=Role.LINK, station_id="A")
    told = Report(event_id="tap-0001", version=1, station_id="A", kind=REFUSE, reason="停电")
    take_report(desk.store, desk.drill, chief, told, desk.now)
    desk.loop.answer()
    assert not ahead(desk) & own
    assert ahead(desk)
    desk.wait(minutes=1)
    assert call_on_duty(desk.store, desk.drill, DESK, "A", desk.now - MINUTE, desk.now)
    assert not call_on_duty(desk.store, desk.drill, DESK, "A", desk.now - MINUTE, desk.now)
    (asked,) = desk.store.triggers.pending(desk.drill.id)
    assert Cause.parse(asked.cause).kind is CauseKind.ON_DUTY
    desk.loop.answer()
    assert ahead(desk) & own


def test_all_of_a_station_that_refuses_are_out_of_action_for_as_long():
    (off,) = stations_off([ALL], VERSIONS, CITY, NOW + MINUTE, 2, 30)
    out = tuple(as_outages([off], CITY, 1))
    own = {one.id for one in CITY.resource_by_id.values() if one.station_id == "A"}
    assert {one.resource_id for one in out} == own
    assert {(one.from_at, one.to_at) for one in out} == {(off.since, off.until)}


@pytest.mark.parametrize(("station", "kind"), [("A", JobKind.CLEAR), ("B", JobKind.RESERVE)])
def test_who_finishes_his_work_gets_none_else_while_his_station_is_off_duty(desk, station, kind):
    """The crew's other squad was sent to the low point that the station had left: all of it were
    taken to be on duty until the watch of the one would have ended.
    """
    own = {one.id for one in desk.store.city().resource_by_id.values() if one.station_id == station}
    plan = desk.store.plans.current(desk.drill.id)
    first = min(
        (job for job in plan.assignments if job.members[0].resource_id in own and job.kind is kind),
        key=lambda job: job.start_at,
    )
    desk.wait(minutes=(first.start_at - desk.now) / MINUTE)
    chief = Actor(name="站上手机", role=Role.LINK, station_id=station)
    for tap, job in ((EventKind.ARRIVE, first.job_id), (REFUSE, None)):
        told = Report(
            event_id=f"tap-{tap}",
            version=1,
            station_id=station,
            kind=tap,
            job_id=job,
            reason="停电",
        )
        take_report(desk.store, desk.drill, chief, told, desk.now)
        desk.wait(minutes=1)
    desk.loop.answer()
    plan = desk.store.plans.current(desk.drill.id)
    leaving = {
        (job.job_id, member.unit_id)
        for job in plan.assignments
        for member in job.members
        if member.resource_id in own
        and desk.now <= member.leave_at < desk.now + 2 * HOUR - 2 * MINUTE
    }
    assert leaving == set()
    (kept,) = (job for job in plan.assignments if job.job_id == first.job_id)
    assert (kept.state, kept.end_at) == ("under_way", first.end_at)
    assert list(manned_and_not(plan)) == []


@pytest.mark.parametrize("into", [-0.2, 1.2], ids=["before_it_begins", "after_an_hour_there"])
def test_who_refuses_a_post_is_not_told_to_man_its_next_hour(desk, into):
    """Told as one until evening, a watch is asked for hour by hour: who refused it was sent back to
    the next hour of it in ten minutes.
    """
    post = next(
        job
        for job in desk.store.plans.current(desk.drill.id).assignments
        if job.kind is JobKind.GUARD and job.end_at - job.start_at > 2 * HOUR
    )
    (member,) = post.members
    station = desk.store.city().crew_by_id[member.resource_id].station_id
    desk.wait(minutes=(post.start_at + into * HOUR - desk.now) / MINUTE)
    chief = Actor(name="站上手机", role=Role.LINK, station_id=station)
    told = Report(
        event_id="tap-0001", version=1, station_id=station, kind=REFUSE, job_id=post.job_id
    )
    take_report(desk.store, desk.drill, chief, replace(told, reason="路太远"), desk.now)
    for _ in range(2):
        desk.loop.answer()
        after = [
            job
            for job in desk.store.plans.current(desk.drill.id).assignments
            if job.kind is JobKind.GUARD
            and job.segment_id == post.segment_id
            and desk.now < job.end_at
            and job.start_at < post.end_at
        ]
        manning = {one.resource_id for job in after for one in job.members}
        assert manning
        assert member.resource_id not in manning
        desk.wait(minutes=10)
        plan_again(desk.store, desk.drill, DESK, desk.now)


@pytest.mark.parametrize(
    ("events", "after", "by"),
    [
        ([], 0, set()),
        ([said(REFUSE, 0, "guard:S1:0708T0900")], 5, {"A1d"}),
        ([said(REFUSE, 0, "guard:S1:0708T0900"), said(ACCEPT, 2, "guard:S1:0708T0900")], 5, set()),
        ([said(REFUSE, 0, "guard:S1:0708T0900")], 180, set()),
        ([said(REFUSE, 0, "clear:S1")], 5, set()),
        ([said(REFUSE, 0, "guard:S1:0708T0900", 7)], 5, set()),
    ],
    ids=["none", "refused", "accepted_after_all", "over", "no_post", "unknown_version"],
)
def test_a_refused_post_is_refused_for_as_long_as_it_was_told(events, after, by):
    post = replace(
        make_assignment("guard:S1:0708T0900", "A1day@2022-07-08"),
        kind=JobKind.GUARD,
        station_id="A",
        inlet_ids=(),
        start_at=NOW,
        end_at=NOW + 3 * HOUR,
    )
    versions = {1: make_version(1, assignments=(post, *SOON))}
    found = refused_posts(events, versions, CITY, NOW + after * MINUTE)
    assert {unit for one in found for unit in one.by} == by
    for one in found:
        assert one.holds("guard:S1:0708T1100", NOW + 2 * HOUR, NOW + 3 * HOUR)
        assert not one.holds("guard:S1:0708T1200", NOW + 3 * HOUR, NOW + 4 * HOUR)
        assert not one.holds("guard:S2:0708T1100", NOW + 2 * HOUR, NOW + 3 * HOUR)
