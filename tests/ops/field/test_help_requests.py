"""Calls for help and incidents that stay open: another crew comes, and a post is kept until it is
closed.
"""

from dataclasses import replace
from itertools import pairwise

import pytest

from data.model.field import EventKind
from data.model.ids import JobId
from data.model.operation import TriggerKind
from data.model.plan import JobKind
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.field.calls.incident_jobs import name_of
from ops.field.calls.incidents import IncidentReport, placed
from ops.field.reports import Report, take_report
from ops.field.verification import reopen
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.incident_tasks import HelpRequest, incident_tasks
from solver import solve
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.incident import incident
from tests.helpers.makers import DESK, HOUR, NOW, make_assignment, make_city, make_version
from tests.helpers.storm import make_storm


def tap(desk, kind, job, event_id, **changes):
    version = desk.store.plans.current(desk.drill.id)
    station = job.station_id if job else "A"
    return take_report(
        desk.store,
        desk.drill,
        DESK,
        Report(
            **(
                {
                    "event_id": event_id,
                    "version": version.number,
                    "station_id": station,
                    "kind": EventKind(kind),
                    "job_id": job.job_id if job else None,
                    "reason": "水太深",
                }
                | changes
            )
        ),
        desk.now,
    )


@pytest.fixture
def desk(store):
    desk = Desk(store)
    desk.paste(YELLOW)
    desk.loop.answer()
    yield desk
    desk.loop.stop()


def the_plan(desk):
    return desk.store.plans.current(desk.drill.id)


def works_of(desk, number):
    return sorted(
        (
            work
            for work in the_plan(desk).assignments
            if JobId.parse(work.job_id).incident_id == number
        ),
        key=lambda work: work.start_at,
    )


def test_a_call_for_help_sends_another_crew_and_ends_with_the_work(desk):
    job = next(
        work
        for work in the_plan(desk).assignments
        if work.kind is JobKind.CLEAR and work.segment_id
    )
    for _ in range(2):
        tap(desk, "help", job, "tap-help-1")
    (call,) = desk.store.field.incidents(desk.drill.id)
    assert (call.source, call.segment_id, call.text, call.by) == (
        "help",
        job.segment_id,
        "水太深",
        "值班员",
    )
    assert [one.cause for one in desk.store.triggers.pending(desk.drill.id)] == [
        f"incident:{call.id}"
    ]
    assert Translator("zh").message(name_of(call, make_city())).endswith("请求支援")
    desk.loop.answer()
    (work,) = works_of(desk, call.id)
    assert work.segment_id == job.segment_id
    assert work.why[0].code == "why.help_said"
    assert not {m.resource_id for m in work.members} & {m.resource_id for m in job.members}
    assert sum(member.kind == "crew" for member in work.members) >= 1
    desk.wait(minutes=5)
    tap(desk, "clear", job, "tap-clear-1")
    assert desk.store.field.incidents(desk.drill.id, open_only=True) == []


def test_a_call_of_the_whole_station_brings_another_station_s_crew_there(desk):
    tap(desk, "help", None, "tap-help-2", reason=None)
    (call,) = desk.store.field.incidents(desk.drill.id)
    assert "甲站" in Translator("zh").message(name_of(call, make_city()))
    desk.loop.answer()
    (work,) = works_of(desk, call.id)
    assert (work.kind, work.segment_id, work.station_id, work.why[0].code) == (
        JobKind.RESERVE,
        None,
        "A",
        "why.help",
    )
    assert {m.resource_id[0] for m in work.members} == {"B"}


def test_help_that_nobody_can_give_is_told_with_its_reason():
    city = make_city()
    alone = replace(city, crews=tuple(crew for crew in city.crews if crew.station_id == "A"))
    call = incident(
        source="help",
        kind="other",
        segment_id=None,
        position=city.stations[0].position,
        external_id="h",
    )
    storm = replace(make_storm(alone), incidents=(call,))
    tasks = incident_tasks(storm, calls={"h": HelpRequest(station_id="A", job=None)})
    inputs = build_problem(storm, tasks, None)
    (left,) = read_plan(inputs, solve(inputs.problem, steps=200), alone)[1]
    assert (left.job_id, left.why.code) == ("incident:7", "left.no_unit_alone")


def test_an_open_incident_keeps_its_post_one_crew_after_another_until_it_is_closed(desk):
    told = IncidentReport(
        kind="missing_cover", by="热线", source="desk", reported_at=desk.now, segment_id="S2"
    )
    kept, _ = desk.store.field.report_incident(
        placed(told, desk.drill, desk.store.city(), desk.now)
    )
    desk.loop.answer()
    for _ in range(26):  # until after the change of shift
        desk.wait(minutes=20)
        desk.loop.watch()
        desk.loop.answer()
    posts = works_of(desk, kept.id)
    name = f"incident:{kept.id}"
    assert posts[0].job_id == name
    assert len({member.unit_id for post in posts for member in post.members}) > 1
    assert all(later.start_at == post.end_at for post, later in pairwise(posts)), (
        "no gap, no two crews"
    )
    assert posts[-1].end_at > desk.now
    assert {trigger.kind for trigger in desk.store.triggers.all(desk.drill.id)} >= {
        TriggerKind.RELIEF
    }
    tap(desk, "clear", posts[-2], "tap-leaving-1", reason=None)
    assert desk.store.field.incidents(desk.drill.id, open_only=True) == [kept], (
        "the next crew is at the post"
    )
    tap(desk, "clear", posts[-1], "tap-clear-9", reason=None)
    assert desk.store.field.incidents(desk.drill.id, open_only=True) == []
    desk.wait(minutes=40)
    desk.loop.watch()
    desk.loop.answer()
    assert works_of(desk, kept.id)[-1].job_id == posts[-1].job_id


def test_work_that_closes_nothing_is_cleared_without_a_look_back(desk, monkeypatch):
    """A hundred such taps a second arrive when a storm is over, and each reading holds up those
    behind it.
    """
    job, read = the_plan(desk).assignments[0], []
    ask = desk.store.field.events
    monkeypatch.setattr(
        desk.store.field, "events", lambda *of, **which: (read.append(which), ask(*of, **which))[1]
    )
    assert tap(desk, "clear", job, "tap-clear-1")
    assert read == []
    tap(desk, "help", job, "tap-help-1")
    tap(desk, "clear", job, "tap-clear-2")
    assert read == [{"job_id": job.job_id}]
    assert desk.store.field.incidents(desk.drill.id, open_only=True) == []


def test_a_tap_sent_again_after_the_desk_opened_it_anew_closes_nothing(desk):
    told = IncidentReport(
        kind="blocked_inlet", by="热线", source="desk", reported_at=desk.now, segment_id="S2"
    )
    kept, _ = desk.store.field.report_incident(
        placed(told, desk.drill, desk.store.city(), desk.now)
    )
    desk.loop.answer()
    (work,) = works_of(desk, kept.id)
    desk.wait(minutes=30)
    tap(desk, "clear", work, "tap-clear-1", reason=None)
    desk.wait(minutes=1)
    reopen(desk.store, desk.drill, CONSOLE, work.job_id, "又堵", desk.now)
    assert not tap(desk, "clear", work, "tap-clear-1", reason=None)
    assert desk.store.field.incidents(desk.drill.id, open_only=True) == [kept]


def test_what_was_a_post_in_the_rain_is_cleared_once_it_is_dry():
    post = replace(
        make_assignment("incident:7"),
        kind=JobKind.GUARD,
        state="past",
        start_at=NOW - 2 * HOUR,
        end_at=NOW - HOUR,
    )
    version = make_version(1, assignments=(post,))
    (work,) = incident_tasks(replace(make_storm(), incidents=(incident(),)), current=version)
    assert (work.kind, work.id) == (JobKind.CLEAR, "incident:7:2")
    (work,) = incident_tasks(
        replace(make_storm(), incidents=(incident(),)),
        current=make_version(1, assignments=(replace(post, kind=JobKind.CLEAR),)),
    )
    assert (work.kind, work.id) == (JobKind.CLEAR, "incident:7"), "cleared by the clock: not again"
