"""Questions to the desk: each is answered once, by who may, and the answer stands on the sheet it
was asked from.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.account import Role
from data.model.field import EventKind, FieldEvent
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import NotAllowed
from ops.field.job_board import JobState, job_lines
from ops.field.questions import answer, questions
from ops.field.reports import LONGEST_REASON, Report, take_report
from tests.helpers.makers import NOW, both_databases, make_city
from tests.helpers.progress import JOB, VERSION

DUTY = Actor(name="值班员", role=Role.DUTY)


@pytest.fixture
def asked(store, drill):
    """A drill with a plan, and a question of its station."""
    store.replace_city(make_city())
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    take_report(
        store,
        drill,
        CONSOLE,
        Report(
            event_id="question-1",
            version=1,
            station_id=JOB.station_id,
            kind=EventKind.ASK,
            job_id=JOB.job_id,
            reason="水泵放哪里？",
        ),
        NOW,
    )
    return drill


@both_databases
def test_an_answer_is_kept_once_and_belongs_to_its_question(store, asked):
    assert answer(store, asked, DUTY, "question-1", "  东侧路口 ", NOW + timedelta(minutes=3))
    (one,) = questions(store.field.events(asked.id))
    assert (one.answered.reason, one.answered.by) == ("东侧路口", "值班员")
    assert one.answered.server_at == NOW + timedelta(minutes=3)
    assert (one.answered.station_id, one.answered.job_id, one.answered.version) == (
        one.event.station_id,
        one.event.job_id,
        one.event.version,
    )
    assert not answer(store, asked, DUTY, "question-1", "东侧路口", NOW + timedelta(minutes=4))
    assert len(store.field.events(asked.id)) == 2
    assert [(line.by, line.action) for line in store.desk.audit_log()][:1] == [
        ("值班员", "answer_question")
    ]


@pytest.mark.parametrize(
    ("who", "named", "text", "code"),
    [
        (DUTY, "question-1", " \n", "field.needs_reason"),
        (DUTY, "question-2", "好", "question.none"),
        (DUTY, "question-1", "好" * (LONGEST_REASON + 1), "field.too_long"),
        (DUTY, "question-1", "好\x07", "field.bad_text"),
        (Actor(name="站长", role=Role.CHIEF, station_id="A"), "question-1", "好", "access.refused"),
        (Actor(name="领导", role=Role.MANAGER), "question-1", "好", "access.refused"),
    ],
)
def test_what_is_no_answer_changes_nothing(store, asked, who, named, text, code):
    with pytest.raises(NotAllowed) as caught:
        answer(store, asked, who, named, text, NOW)
    assert caught.value.code == code
    assert len(store.field.events(asked.id)) == 1


def test_two_who_answer_one_question_do_not_tell_the_crew_two_things(store, asked):
    answer(store, asked, DUTY, "question-1", "东侧", NOW)
    with pytest.raises(NotAllowed) as caught:
        answer(store, asked, replace(DUTY, name="班长"), "question-1", "西侧", NOW)
    assert (caught.value.code, caught.value.facts) == (
        "question.answered",
        {"by": "值班员", "text": "东侧"},
    )
    assert [one.answered.reason for one in questions(store.field.events(asked.id))] == ["东侧"]


def test_an_answer_is_no_sign_that_the_station_has_read_its_sheet(store, asked):
    """Neither is the notice acknowledged by it, nor does the desk read the job as answered for."""
    before = store.field.events(asked.id)
    answer(store, asked, DUTY, "question-1", "东侧", NOW + timedelta(minutes=1))
    version, city = store.plans.current(asked.id), make_city()
    alone = [one for one in store.field.events(asked.id) if one not in before]
    for line in job_lines(version, city, alone, {}, NOW, timedelta(minutes=20)):
        assert line.state in (JobState.UNANSWERED, JobState.SILENT)
    lines = job_lines(version, city, store.field.events(asked.id), {}, NOW, timedelta(minutes=20))
    assert not any(line.awaits_answer for line in lines)


@pytest.mark.parametrize(
    ("event_id", "kind"),
    [
        ("answer-me", EventKind.ANSWER),
        ("answer:question-1", EventKind.ANSWER),
        ("answer:question-1", EventKind.ACCEPT),
    ],
)
def test_a_station_can_neither_answer_itself_nor_take_the_answers_place(
    store, asked, event_id, kind
):
    with pytest.raises(NotAllowed):
        take_report(
            store,
            asked,
            CONSOLE,
            Report(event_id=event_id, version=1, station_id="A", kind=kind, reason="x"),
            NOW,
        )
    assert answer(store, asked, DUTY, "question-1", "东侧", NOW)


def event(number: int, kind: EventKind, of: int | None = None, minute: int = 0) -> FieldEvent:
    return FieldEvent(
        operation_id=1,
        event_id=f"answer:q{of}" if kind is EventKind.ANSWER else f"q{number}",
        version=1,
        station_id="AB"[number % 2],
        kind=kind,
        server_at=NOW + timedelta(minutes=minute),
        by="x",
        reason="x",
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from([EventKind.ASK, EventKind.ANSWER, EventKind.HELP]),
            st.integers(0, 6),
            st.integers(0, 90),
        ),
        max_size=20,
    ),
    st.randoms(),
)
def test_every_question_is_listed_once_whatever_the_order(said, shuffle):
    events = [event(number, kind, of, minute) for number, (kind, of, minute) in enumerate(said)]
    found = questions(events)
    assert {one.event.event_id for one in found} == {
        one.event_id for one in events if one.kind is EventKind.ASK
    }
    assert len(found) == len({one.event.event_id for one in found})
    open_first = [one.answered is not None for one in found]
    assert open_first == sorted(open_first)
    assert {one.event.event_id for one in found if one.answered} == {
        f"q{number}"
        for number, one in enumerate(events)
        if one.kind is EventKind.ASK
        and any(each.event_id == f"answer:q{number}" for each in events)
    }
    assert {one.event.station_id for one in questions(events, "A")} <= {"A"}
    shuffle.shuffle(events)
    assert {one.event.event_id for one in questions(events)} == {
        one.event.event_id for one in found
    }
