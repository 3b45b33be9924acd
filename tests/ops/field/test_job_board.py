"""How each job stands against its time: one state for every mixture of what was said and what the
clock shows.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.field import EventKind, FieldEvent, ReportWay
from data.model.plan import JobKind
from ops.field.job_board import JobLine, JobState, job_lines
from tests.helpers.makers import HOUR, NOW, make_assignment, make_city, make_version

CITY = make_city()
UNIT = CITY.crews[0]
MEMBER = replace(
    make_assignment("x", "u").members[0], unit_id=f"{UNIT.id}@2022-07-08", resource_id=UNIT.id
)
JOB = replace(
    make_assignment("clear:S1"),
    segment_id="S1",
    station_id="A",
    members=(MEMBER,),
    start_at=NOW + HOUR,
    end_at=NOW + 2 * HOUR,
)
VERSION = make_version(1, assignments=(JOB,))
BY_PHONE = {"way": ReportWay.PHONE, "told_by": "王班长", "by": "值班员"}
ELSEWHERE = (
    "ask",
    -60,
    {"job_id": None, "version": 7},
)  # a sheet that held the job otherwise: the station reports


def tap(kind: str, minute: int, changes: dict | None = None) -> FieldEvent:
    at = NOW + timedelta(minutes=minute)
    event = {
        "operation_id": 1,
        "event_id": f"{kind}-{minute}",
        "version": 1,
        "station_id": "A",
        "job_id": JOB.job_id,
        "kind": EventKind(kind),
        "device_at": at,
        "server_at": at,
        "by": "站长",
    }
    return FieldEvent(**(event | (changes or {})))


def line(minute: float, *taps: tuple, job=JOB) -> JobLine:
    """The job as it stands so many minutes from now."""
    version = replace(VERSION, assignments=(job,))
    other = replace(VERSION, number=7, assignments=(replace(job, start_at=NOW - HOUR),))
    return job_lines(
        version,
        CITY,
        [tap(*one) for one in taps],
        {7: other},
        NOW + timedelta(minutes=minute),
        timedelta(minutes=20),
    )[0]


@pytest.mark.parametrize(
    ("minute", "taps", "state"),
    [
        (0, (), "unanswered"),
        (0, [("accept", -5)], "on_time"),
        (0, [ELSEWHERE], "unanswered"),
        (0, [("accept", -5, {"job_id": None})], "on_time"),
        (0, [("refuse", -5)], "refused"),
        (0, [("refuse", -5), ("help", -4)], "help"),
        (79, [("accept", -5)], "on_time"),
        (80, [("accept", -5)], "late"),
        (80, [ELSEWHERE], "late"),
        (79, (), "unanswered"),
        (80, (), "silent"),
        (80, [("depart", 50)], "late"),
        (79, [("depart", 50)], "on_time"),
        (119, [("arrive", 70)], "on_time"),
        (139, [("arrive", 70)], "on_time"),
        (140, [("arrive", 70)], "late"),
        (120, [("depart", 50)], "late"),
        (134, [ELSEWHERE], "late"),
        (135, [ELSEWHERE], "missed"),
        (300, [("depart", 50)], "missed"),
        (120, (), "silent"),
        (600, (), "silent"),
        (80, [("depart", 50, BY_PHONE)], "late"),
        (79, [("depart", 50, BY_PHONE)], "on_time"),
        (80, [("accept", -60, {"job_id": None, "version": 7} | BY_PHONE)], "silent"),
        (0, [("ask", -5)], "unanswered"),
        (0, [("refuse", -5), ("note", -4, {"about": "refuse--5"})], "unanswered"),
        (80, [("refuse", -5), ("note", -4, {"about": "refuse--5"})], "late"),
        (0, [("help", -5), ("note", -4, {"about": "another"})], "help"),
        (300, [("clear", 100)], "done"),
        (300, [("clear", 100), ("verify", 110)], "verified"),
        (300, [("clear", 100), ("reopen", 110)], "missed"),
    ],
)
def test_state_of_a_job(minute, taps, state):
    assert line(minute, *taps).state is JobState(state)


@pytest.mark.parametrize(
    ("minute", "taps", "state"),
    [
        (119, [("arrive", 70)], "on_time"),
        (121, [("arrive", 70)], "over"),  # nobody taps that a watch is done: it ends when it ends
        (200, [("arrive", 70)], "over"),
        (121, [ELSEWHERE], "late"),
        (79, (), "unanswered"),
    ],
)
def test_a_watch_that_was_manned_is_over_when_its_time_is_and_not_late(minute, taps, state):
    post = replace(JOB, kind=JobKind.GUARD, inlet_ids=())
    assert line(minute, *taps, job=post).state is JobState(state)


@pytest.mark.parametrize(
    ("said", "then", "state"),
    [
        ("arrive", {}, "over"),
        ("depart", {}, "over"),
        ("clear", {}, "over"),
        ("accept", {}, "late"),  # that is no word of where they are
        ("arrive", {"start_at": NOW + 1.5 * HOUR}, "late"),  # both at once: who knows
        ("arrive", {"members": (replace(MEMBER, unit_id="another"),)}, "late"),
    ],
)
def test_nobody_is_looked_for_at_the_post_that_he_went_on_from(said, then, state):
    post = replace(JOB, kind=JobKind.GUARD, inlet_ids=())
    at = {"job_id": "incident:7", "start_at": NOW + 2 * HOUR, "end_at": NOW + 4 * HOUR}
    later = replace(post, **(at | then))
    lines = job_lines(
        replace(VERSION, assignments=(post, later)),
        CITY,
        [tap("accept", -5), tap(said, 121, {"job_id": "incident:7"})],
        {},
        NOW + timedelta(minutes=125),
        timedelta(minutes=20),
    )
    assert next(one for one in lines if one.job == post).state is JobState(state)


@pytest.mark.parametrize(
    ("minute", "state"), [(0, "unanswered"), (100, "unanswered"), (120, "over")]
)
def test_a_crew_in_reserve_need_not_set_out(minute, state):
    job = replace(JOB, kind=JobKind.RESERVE, segment_id=None)
    assert line(minute, ELSEWHERE, job=job).state is JobState(state)


@pytest.mark.parametrize(
    ("minute", "taps", "late"),
    [(80, [ELSEWHERE], 20), (200, [("arrive", 70)], 80), (79, [ELSEWHERE], 0)],
)
def test_how_late(minute, taps, late):
    assert line(minute, *taps).late == timedelta(minutes=late)


def test_the_last_word_is_the_jobs_own_or_that_of_a_sheet_which_held_it_so():
    assert (
        line(0, ("accept", -9, {"job_id": None}), ("ask", -5), ELSEWHERE).last.event_id == "ask--5"
    )
    assert line(0, ELSEWHERE).last is None
    assert line(0, ("accept", -9, {"job_id": None, "station_id": "B"})).last is None


@pytest.mark.parametrize(
    ("taps", "pressing"),
    [
        ((), False),
        ([("ask", -5)], True),
        ([("refuse", -5)], True),
        ([("ask", -5), ("accept", -4)], True),
        ([("ask", -5), ("answer", -4, {"event_id": "answer:ask--5"})], False),
    ],
)
def test_what_the_desk_must_look_at(taps, pressing):
    assert line(0, *taps).pressing is pressing


def test_pressing_first_then_what_is_ahead_then_what_is_settled():
    later, gone = replace(JOB, job_id="later", start_at=NOW + 5 * HOUR), replace(JOB, job_id="gone")
    late = replace(JOB, job_id="late", start_at=NOW - HOUR, end_at=NOW + HOUR)
    version = replace(VERSION, assignments=(later, gone, JOB, late))
    taps = [tap("clear", 0, {"job_id": "gone"})]
    lines = job_lines(version, CITY, taps, {}, NOW, timedelta(minutes=20))
    assert [one.job.job_id for one in lines] == ["late", JOB.job_id, "later", "gone"]
