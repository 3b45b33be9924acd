"""What needs the desk stands until it is settled, once, with its reason and what the plan did."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.field import HELP, EventKind, FieldEvent, Incident, ReportWay
from data.model.message import Message
from data.model.plan import JobKind, Phase, UnassignedJob
from ops.auth.permissions import CONSOLE
from ops.base.errors import NotAllowed
from ops.base.messages import LANGUAGES, Translator
from ops.field.calls.matter_standing import MatterStage, matter_standing
from ops.field.calls.matters import matters
from ops.field.job_board import JobState, job_lines
from ops.field.needs import Field, NeedKind, needs
from ops.field.needs_reader import Patience, read_field
from ops.field.notes import note
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.town import NOW, crew_member, make_city, make_version, minutes

CITY = make_city()
VERSION = make_version(
    assignments=tuple(
        job
        for job in make_version().assignments
        if job.job_id in ("clear:G00", "jet:G01", "reserve:S2")
    )
)
QUARTER = timedelta(minutes=15)


def tap(kind: EventKind, job_id: str | None, minute: int, **changes) -> FieldEvent:
    facts = {
        "operation_id": 1,
        "event_id": f"{kind}:{job_id}:{minute}",
        "version": 2,
        "station_id": "S1",
        "kind": kind,
        "job_id": job_id,
        "server_at": minutes(minute),
        "by": "王站长",
    }
    return FieldEvent(**(facts | changes))


def noted(about: str, minute: int, **changes) -> FieldEvent:
    return tap(EventKind.NOTE, None, minute, event_id=f"note:{about}", about=about, **changes)


def found(*events: FieldEvent, at: int = 0, version=VERSION, versions=(), **changes) -> tuple:
    known = {each.number: each for each in (*versions, version)}
    lines = job_lines(version, CITY, events, known, minutes(at), timedelta(minutes=20))
    facts = {
        "city": CITY,
        "now": minutes(at),
        "version": version,
        "versions": known,
        "lines": lines,
        "events": events,
    }
    return needs(Field(**(facts | changes)))


def kinds(*events: FieldEvent, **changes) -> list[NeedKind]:
    return [need.kind for need in found(*events, **changes)]


JET = "jet:G01"
REFUSAL = tap(EventKind.REFUSE, JET, 1, reason="人手不够")


@pytest.mark.parametrize(
    ("later", "stands"),
    [
        ((), True),
        ((tap(EventKind.ASK, JET, 2),), True),
        ((tap(EventKind.ACCEPT, "clear:G00", 2),), True),
        ((tap(EventKind.ACCEPT, JET, 2),), False),
        ((tap(EventKind.ACCEPT, None, 2),), False),
        ((tap(EventKind.ACCEPT, None, 2, version=9),), True),
        ((tap(EventKind.DEPART, JET, 2, station_id="S2"),), False),
        ((tap(EventKind.CLEAR, JET, 2, way=ReportWay.PHONE, told_by="王"),), False),
        ((noted(REFUSAL.event_id, 3),), False),
        ((noted("another", 3),), True),
    ],
)
def test_a_refusal_stands_until_it_is_settled(later, stands):
    assert (NeedKind.REFUSED in kinds(REFUSAL, *later, at=4)) is stands


DELAY = tap(EventKind.DELAY, JET, 1, reason="堵车", amounts={"minutes": 30.0})


@pytest.mark.parametrize(
    ("later", "stands"),
    [
        ((), True),
        ((tap(EventKind.ACCEPT, JET, 2),), True),
        ((tap(EventKind.DEPART, JET, 2),), True),
        ((tap(EventKind.ARRIVE, JET, 2),), False),
        ((tap(EventKind.CLEAR, JET, 2),), False),
        ((noted(DELAY.event_id, 3),), False),
    ],
)
def test_a_delay_stands_until_they_are_there_or_it_is_noted(later, stands):
    told = kinds(DELAY, *later, at=4)
    assert told.count(NeedKind.DELAYED) == stands
    assert NeedKind.LATE not in told, "one line says it"


def test_a_delay_tells_when_they_come_and_what_the_plan_did():
    job = next(job for job in VERSION.assignments if job.job_id == JET)
    comes_at = max(job.start_at, DELAY.happened_at) + timedelta(minutes=30)
    (need,) = (one for one in found(DELAY, at=4) if one.kind is NeedKind.DELAYED)
    told = Translator.of_city("zh", CITY).message(need.told)
    for word in ("堵车", "2班", f"{Translator.of_city('zh', CITY).moment(comes_at):hm}"):
        assert word in told
    assert Translator()("needs.fate_waits") in told
    moved = tuple(
        replace(one, start_at=comes_at, end_at=one.end_at + (comes_at - one.start_at))
        if one is job
        else one
        for one in VERSION.assignments
    )
    later = replace(VERSION, number=3, assignments=moved)
    (need,) = (
        one
        for one in found(DELAY, at=4, version=later, versions=(VERSION,))
        if one.kind is NeedKind.DELAYED
    )
    assert Translator()("needs.fate_later") in Translator().message(need.told)
    (line,) = (
        one
        for one in job_lines(VERSION, CITY, [DELAY], {}, minutes(4), timedelta(minutes=20))
        if one.job.job_id == JET
    )
    assert (line.state, line.comes_at) == (JobState.LATE, comes_at)


def test_a_sheet_accepted_without_the_job_settles_no_refusal():
    rest = tuple(job for job in VERSION.assignments if job.job_id != JET)
    left = UnassignedJob(
        job_id=JET,
        kind=JobKind.JET,
        phase=Phase.BEFORE,
        segment_id="G01",
        station_id="S1",
        risk=78,
        why=Message("left.refused"),
    )
    later = replace(VERSION, number=3, assignments=rest, left_out=(left,))
    accepted = tap(EventKind.ACCEPT, None, 3, version=3)
    (need, *_) = found(REFUSAL, accepted, at=4, version=later, versions=(VERSION,))
    told = Translator().message(need.told)
    assert need.kind is NeedKind.REFUSED
    for word in ("人手不够", "2班", "没有人做", Translator()("left.refused")):
        assert word in told


INLET = CITY.inlets[0].id
LEFT = {"event_id": "left", "inlet_id": INLET}


@pytest.mark.parametrize(
    ("reason", "later", "stands"),
    [
        ("welded", (), True),
        ("not_found", (), True),
        ("car_on_it", (), False),
        ("welded", (tap(EventKind.INLET_CLEARED, "clear:G00", 5, inlet_id=INLET),), False),
        ("welded", (tap(EventKind.INLET_CLEARED, "clear:G00", 1, inlet_id=INLET),), True),
        ("welded", (tap(EventKind.CLEAR, "clear:G00", 5),), True),
        ("not_found", (noted("left", 5),), False),
    ],
)
def test_an_inlet_left_for_good_waits_for_the_desk(reason, later, stands):
    left = tap(EventKind.INLET_SKIPPED, "clear:G00", 3, reason=reason, **LEFT)
    told = [need for need in found(left, *later, at=6) if need.kind is NeedKind.INLET]
    assert bool(told) is stands
    for need in told:
        assert INLET in Translator().message(need.told)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refusal_tells_who_has_the_work_now(lang):
    jobs = tuple(
        replace(job, members=(crew_member(5, 30, 40),)) if job.job_id == JET else job
        for job in VERSION.assignments
    )
    later = replace(VERSION, number=3, assignments=jobs)
    (need, *_) = found(REFUSAL, at=4, version=later, versions=(VERSION,))
    assert "5班" in Translator(lang).message(need.told)


def test_a_question_stands_once_and_accepts_nothing():
    asked = tap(EventKind.ASK, None, 1, reason="先去哪边")
    assert kinds(asked, at=2) == [NeedKind.QUESTION]
    lines = job_lines(VERSION, CITY, [asked], {}, minutes(2), timedelta(minutes=20))
    assert not any(line.awaits_answer or line.last for line in lines)
    answer = tap(EventKind.ANSWER, None, 3, event_id=f"answer:{asked.event_id}")
    assert kinds(asked, answer, at=4) == []


@pytest.mark.parametrize(
    ("events", "at", "silent"),
    [
        ((), 14, set()),
        ((), 15, {"S1", "S2"}),
        ((tap(EventKind.ACCEPT, None, 2),), 15, {"S2"}),
        ((tap(EventKind.ASK, None, 2),), 15, {"S2"}),
        ((tap(EventKind.ACCEPT, None, -60),), 15, {"S1", "S2"}),
        ((tap(EventKind.ACCEPT, None, 2, way=ReportWay.PHONE, told_by="王"),), 15, {"S2"}),
        ((noted("silent:S1@x", 16),), 17, {"S2"}),
        ((tap(EventKind.ANSWER, None, 2),), 15, {"S1", "S2"}),
    ],
)
def test_a_station_without_an_answer_to_the_warning_is_a_line(events, at, silent):
    own = tuple(replace(job, start_at=minutes(100)) for job in VERSION.assignments)
    version = replace(VERSION, assignments=own)
    told = found(*events, at=at, version=version, warned_at=minutes(0), patience=QUARTER)
    assert {need.station_id for need in told if need.kind is NeedKind.SILENT} == silent


def test_a_call_covers_what_was_due_by_then_and_no_more():
    jobs = [job for job in VERSION.assignments if job.job_id == "clear:G00"]
    later = replace(jobs[0], job_id="clear:G05", start_at=minutes(90), end_at=minutes(120))
    later = replace(later, members=(crew_member(1, 80, 90),))
    version = replace(VERSION, assignments=(jobs[0], later))
    call = noted("silent:S2@x", 40, station_id="S2")
    assert kinds(at=36, version=version) == [NeedKind.SILENT]
    assert kinds(call, at=60, version=version) == []
    (need,) = found(call, at=115, version=version)
    assert need.at == minutes(80)


@pytest.mark.parametrize(
    ("at", "kind"), [(34, None), (35, "late"), (69, "late"), (70, "missed"), (600, "missed")]
)
def test_work_that_a_station_which_reports_is_late_with_or_missed_stands(at, kind):
    here = tap(EventKind.ACCEPT, "reserve:S2", 1, station_id="S2")
    told = found(here, at=at)
    assert [(need.kind, need.job_id) for need in told if need.station_id == "S2"] == (
        [(NeedKind(kind), "clear:G00")] if kind else []
    )


def call(**changes) -> Incident:
    facts = {
        "operation_id": 1,
        "id": 7,
        "kind": "standing_water",
        "segment_id": "G03",
        "source": "desk",
        "reported_at": minutes(0),
        "received_at": minutes(0),
        "by": "热线",
    }
    return Incident(**(facts | changes))


def at_incident(*events: FieldEvent, start: int | None, at: int = 5, **changes):
    job = replace(
        VERSION.assignments[0],
        job_id="incident:7",
        segment_id="G03",
        members=(crew_member(1, (start or 0) - 10, start or 0),),
        start_at=minutes(start or 0),
        end_at=minutes((start or 0) + 60),
    )
    jobs = (job,) if start is not None else ()
    version = replace(VERSION, assignments=jobs)
    lines = job_lines(version, CITY, events, {}, minutes(at), timedelta(minutes=20))
    by_job = {line.job.job_id: line for line in lines}
    (matter,) = matters([call(**changes)])
    on_site = timedelta(minutes=30)
    return matter_standing(matter, version, VERSION, by_job, CITY, minutes(at), on_site)


@pytest.mark.parametrize(
    ("start", "events", "at", "stage", "misses"),
    [
        (None, (), 5, "waiting", True),
        (20, (), 5, "planned", False),
        (40, (), 5, "planned", True),
        (20, (), 31, "planned", True),
        (20, (tap(EventKind.DEPART, "incident:7", 12),), 15, "way", False),
        (20, (tap(EventKind.ARRIVE, "incident:7", 22),), 50, "there", False),
        (20, (tap(EventKind.ARRIVE, "incident:7", 33),), 50, "there", True),
    ],
)
def test_an_incident_has_an_owner_and_a_time(start, events, at, stage, misses):
    one = at_incident(*events, start=start, at=at)
    assert (one.stage, one.misses(minutes(at))) == (MatterStage(stage), misses)
    told = found(*events, at=at, version=replace(VERSION, assignments=()), matters=(one,))
    wanted = misses and one.came_at is None
    assert [need.kind for need in told] == [NeedKind.INCIDENT] * wanted


def test_an_incident_tells_what_its_team_leaves():
    one = at_incident(start=20)
    told = [Translator().message(each) for each in one.leaves]
    assert told[0].startswith("永宁路")
    assert at_incident(start=600).leaves == ()


def test_a_call_for_help_stands_until_its_incident_is_closed():
    event = tap(EventKind.HELP, JET, 1, reason="水太深")
    help_ = call(source=HELP, kind="other", external_id=event.event_id, text="水太深")
    assert kinds(event, at=2, incidents=(help_,)) == [NeedKind.HELP]
    closed = replace(help_, closed_at=minutes(3), closed_by="值班员")
    assert kinds(event, at=4, incidents=(closed,)) == []


def test_a_note_is_kept_once_with_who_was_reached(store):
    desk = Desk(store)
    desk.paste(YELLOW)
    desk.loop.answer()
    about = "silent:A@20220708T0020"
    with pytest.raises(NotAllowed):
        note(store, desk.drill, CONSOLE, about, "A", " ", NOW)
    for new in (True, False):
        said = note(store, desk.drill, CONSOLE, about, "A", "已联系", NOW, told_by="甲站长")
        assert said is new
    (event,) = store.field.events(desk.drill.id)
    assert (event.way, event.told_by, event.about) == (ReportWay.PHONE, "甲站长", about)
    assert store.triggers.pending(desk.drill.id) == []


def test_what_no_channel_of_the_desk_has_taken_is_read_on_its_list_until_one_has(store):
    desk = Desk(store)
    told = Message("name.text", {"text": "案件超时"})

    store.outbox.tell_desk(desk.drill.id, "case:1", told, ("a", "b"), desk.now)
    patience = Patience.of_minutes(20, 15, 30)

    def waiting() -> list[str]:
        field = read_field(store, desk.drill, store.city(), desk.now, patience)
        return [str(need.told) for need in needs(field) if need.kind is NeedKind.UNTOLD]

    assert waiting() == []
    desk.wait(minutes=3)
    assert len(waiting()) == 1  # once, by whichever channel
    (first,) = store.outbox.claim(desk.drill.id, "b", desk.now, QUARTER, most=1)
    assert store.outbox.mark_sent(first, desk.now)
    assert waiting() == []
