"""Cases of the street: taken once, never without an owner; late ones climb; closed with words."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import Crew, Station
from data.model.field import EventKind
from data.model.operation import OperationKind, TriggerKind
from data.model.plan import JobKind
from data.model.street.street_case import (
    GRID,
    MOVES,
    RESIDENT,
    CaseEvent,
    CaseEventKind,
    CaseLevel,
    CaseStep,
)
from data.store.street import street_cases as street_case_rows
from ops.auth.permissions import CONSOLE
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.messages import LANGUAGES, Translator
from ops.district.services import ServiceSettings
from ops.documents.street.case_sheet import as_pdf, document
from ops.field.cases.course import course_text, read_course
from ops.field.cases.kinds import CASE_KINDS, kind_of
from ops.field.cases.standing import climbs, standing_of
from ops.field.cases.street_cases import (
    CaseReport,
    CaseWord,
    GridSettings,
    all_standings,
    open_case,
    say,
    standing,
    taken_word,
)
from ops.field.reports import Report, take_report
from ops.intake.alerts import plan_again
from ops.notifications.case_answers import answer_platform, tell_late
from ops.planning.duty_sheets import station_sheets
from tests.helpers.desk import Desk
from tests.helpers.makers import DESK, NOW, local, make_city
from tests.helpers.processes.robots import robot
from tests.helpers.street_case import street_case

HOUR, LOOK = timedelta(hours=1), timedelta(minutes=20)
CASE = street_case(id=1, owner=GRID, due_at=NOW + 4 * HOUR)
STEPS = tuple(
    CaseStep(key=key, what=key, owner="供水公司", due_at=NOW + due * HOUR, after=after)
    for key, due, after in (("safe", 1, ()), ("visit", 2, ("safe",)), ("repair", 3, ("visit",)))
)


def event(kind: CaseEventKind, number: int = 0, **more) -> CaseEvent:
    return CaseEvent(
        operation_id=1, case_id=1, event_id=f"e{number}", kind=kind, at=NOW, by="甲", **more
    )


def told(kind: str = "rubbish_heap", **more) -> CaseReport:
    facts = {"source": "desk", "reported_at": NOW, "segment_id": "S1", "external_id": "2022-1"}
    return CaseReport(kind=kind, by="网格员", **facts | more)


def word(kind: CaseEventKind, name: str, **more) -> CaseWord:
    return CaseWord(kind=kind, event_id=name, **more)


@pytest.fixture
def desk(store, drill):
    grid = Station(
        id="G",
        name="东吉网格",
        position=(125.142, 42.902),
        chief="网格长",
        deputy="副网格长",
        service=GRID,
    )
    city = make_city()
    store.replace_city(replace(city, stations=(*city.stations, grid)))
    return store, drill


kinds = st.sampled_from(CaseEventKind)
words = st.lists(st.tuples(kinds, st.sampled_from(("A", "B", "供水公司"))), max_size=12)


@given(words)
def test_a_case_has_one_owner_at_every_moment_and_another_only_once_he_takes_it(said):
    events = [event(kind, owner=owner) for kind, owner in said]
    for count in range(len(events)):
        before = standing_of(CASE, events[:count])
        after = standing_of(CASE, events[: count + 1])
        assert before.owner
        assert after.owner == before.owner or events[count].kind is CaseEventKind.TAKE


@pytest.mark.parametrize(
    ("late", "rung", "climbed"),
    [(-1, 0, []), (30, 0, [1]), (30, 1, []), (61, 1, [2]), (300, 0, [3]), (300, 3, [])],
)
def test_what_is_late_climbs_by_the_table_once_for_each_step_of_it(late, rung, climbed):
    said = [event(CaseEventKind.CLIMB, rung=rung)] if rung else []
    now = CASE.due_at + timedelta(minutes=late)
    found = climbs([standing_of(CASE, said)], now, (0, 60, 240), LOOK)
    assert [one.rung for one in found] == climbed
    closed = standing_of(CASE, [*said, event(CaseEventKind.CLOSE)])
    assert climbs([closed], now, (0, 60, 240), LOOK) == ()


def test_a_call_that_its_car_has_done_is_not_late_and_other_work_is_until_it_is_closed():
    late = CASE.due_at + HOUR
    done = [event(CaseEventKind.DONE)]
    call = standing_of(replace(CASE, kind="vehicle_fire"), done)
    assert climbs([call], late, (0,), LOOK) == ()
    assert len(climbs([standing_of(replace(CASE, kind="vehicle_fire"), [])], late, (0,), LOOK)) == 1
    assert len(climbs([standing_of(CASE, done)], late, (0,), LOOK)) == 1


def test_whoever_others_wait_for_is_late_and_not_they():
    plan = event(CaseEventKind.PLAN, steps=STEPS)
    now = NOW + 10 * HOUR
    (late,) = climbs([standing_of(CASE, [plan])], now, (0,), LOOK)
    assert late.step.key == "safe"
    done = event(CaseEventKind.DONE, 1, step="safe")
    (late,) = climbs([standing_of(CASE, [plan, done])], now, (0,), LOOK)
    assert late.step.key == "visit"
    all_done = [event(CaseEventKind.DONE, n, step=one.key) for n, one in enumerate(STEPS)]
    (late,) = climbs([standing_of(CASE, [plan, *all_done])], now, (0,), LOOK)
    assert (late.step, late.owner) == (None, GRID)  # nobody has closed it


@pytest.mark.parametrize(
    ("kind", "level", "owner", "is_incident", "hours"),
    [
        ("exposed_rubbish", CaseLevel.SMALL, "G", False, 24),
        ("rubbish_heap", CaseLevel.LARGE, "G", False, 4),
        ("blocked_inlet", CaseLevel.LARGE, "A", True, 4),
        ("street_lamp", CaseLevel.LARGE, "市政维护", False, 4),
        ("burst_pipe", CaseLevel.HARD, "A", True, 72),
    ],
)
def test_the_table_says_whose_a_case_is_and_until_when(
    desk, kind, level, owner, is_incident, hours
):
    store, drill = desk
    case, new = open_case(store, drill, DESK, told(kind), NOW)
    assert new
    assert (case.level, case.owner, bool(case.incident_id)) == (level, owner, is_incident)
    assert case.due_at == NOW + hours * HOUR
    assert open_case(store, drill, DESK, told(kind), NOW + HOUR) == (case, False)
    assert len(store.field.incidents(drill.id)) == int(is_incident)


def test_without_a_station_of_the_grid_the_grid_has_it(store, drill):
    store.replace_city(make_city())
    assert open_case(store, drill, DESK, told("dirty_road"), NOW)[0].owner == GRID


def test_a_case_is_with_the_one_before_until_the_next_takes_it_and_closes_with_words(desk):
    store, drill = desk
    case, _ = open_case(store, drill, DESK, told("blocked_inlet"), NOW)

    def now_is():
        return standing(store, drill, case.id)

    say(store, drill, DESK, case.id, word(CaseEventKind.OFFER, "o1", owner="B"), NOW)
    assert (now_is().owner, now_is().offered_to) == ("A", "B")
    with pytest.raises(Conflict):
        say(store, drill, DESK, case.id, word(CaseEventKind.TAKE, "t0", owner="C"), NOW)
    say(store, drill, DESK, case.id, taken_word(now_is(), "t1"), NOW)
    assert (now_is().owner, now_is().offered_to, now_is().accepted) == ("B", None, True)
    with pytest.raises(Invalid):
        say(store, drill, DESK, case.id, word(CaseEventKind.CLOSE, "c0"), NOW)
    close = word(CaseEventKind.CLOSE, "c1", text="已疏通", photo="after.jpg")
    assert say(store, drill, DESK, case.id, close, NOW)
    assert not say(store, drill, DESK, case.id, close, NOW)  # sent again
    assert not store.field.incidents(drill.id, open_only=True)
    with pytest.raises(Conflict):
        say(store, drill, DESK, case.id, word(CaseEventKind.DONE, "d1"), NOW)
    say(store, drill, DESK, case.id, word(CaseEventKind.REOPEN, "r1"), NOW)
    assert (now_is().closed, now_is().owner) == (None, "B")


def test_a_burst_main_is_made_safe_tonight_and_has_its_water_back_before_noon(desk):
    """4 July, 20:30: the valve can't be shut without a quarter's water, nobody digs at night."""
    store, drill = desk
    tonight = datetime(2022, 7, 4, 12, 30, tzinfo=UTC)
    case, _ = open_case(store, drill, DESK, told("burst_pipe", reported_at=tonight), tonight)
    found = standing(store, drill, case.id)
    due = {one.step.key: one.step.due_at + 8 * HOUR for one in found.steps}
    assert {key: f"{at:%d %H:%M}" for key, at in due.items()} == {
        "make_safe": "04 21:30",
        "tell_residents": "04 21:30",
        "joint_visit": "05 08:00",
        "valve": "05 09:30",
        "repair": "05 11:30",
        "water_back": "05 12:00",
    }
    assert {one.step.key: one.step.owner for one in found.steps}["make_safe"] == "A"
    assert [one.step.key for one in found.steps if not one.waits_for] == [
        "make_safe",
        "tell_residents",
    ]
    with pytest.raises(Conflict) as waits:
        say(store, drill, DESK, case.id, word(CaseEventKind.DONE, "x", step="valve"), tonight)
    with pytest.raises(Conflict) as open_:
        say(store, drill, DESK, case.id, word(CaseEventKind.CLOSE, "x", text="好"), tonight)
    for refused in (waits.value, open_.value):
        told_en = Translator("en")(refused.code, **refused.facts)
        assert not re.search("[\u4e00-\u9fff]", told_en)
    assert "更换阀门" in Translator()(waits.value.code, **waits.value.facts)
    with pytest.raises(NotFound):
        say(store, drill, DESK, case.id, word(CaseEventKind.DONE, "x", step="dig"), tonight)
    told_whom = word(CaseEventKind.TOLD, "told", owner="1号楼居民", text="明早8点踏勘，中午前通水")
    say(store, drill, DESK, case.id, told_whom, tonight)
    for number, one in enumerate(found.steps):
        with pytest.raises(Conflict):
            say(store, drill, DESK, case.id, word(CaseEventKind.CLOSE, "c", text="好"), tonight)
        done = word(CaseEventKind.DONE, f"d{number}", step=one.step.key)
        say(store, drill, DESK, case.id, done, one.step.due_at)
    say(store, drill, DESK, case.id, word(CaseEventKind.CLOSE, "c", text="已通水"), tonight)
    assert standing(store, drill, case.id).closed


def test_a_course_has_no_circle(desk):
    store, drill = desk
    case, _ = open_case(store, drill, DESK, told(), NOW)
    circle = (replace(STEPS[0], after=("visit",)), STEPS[1])
    for steps in (circle, (STEPS[0], STEPS[0])):
        with pytest.raises(Invalid):
            say(store, drill, CONSOLE, case.id, word(CaseEventKind.PLAN, "p", steps=steps), NOW)
    say(store, drill, CONSOLE, case.id, word(CaseEventKind.PLAN, "p", steps=STEPS), NOW)
    assert standing(store, drill, case.id).level is CaseLevel.HARD


def test_a_bureaus_codes_go_before_the_table_and_no_code_means_two_kinds():
    assert kind_of("E0406") == "standing_water"
    assert kind_of("E0406", ["E0406=burst_pipe"]) == "burst_pipe"
    assert kind_of("E9999") == "other"
    codes = [code for row in CASE_KINDS.values() for code in row.codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    "wrong",
    [
        {"large_hours": 0},
        {"climb_minutes": (60.0, 0.0)},
        {"codes": ("E0406=puddle",)},
        {"platform_url": "ftp://x"},
    ],
)
def test_settings_that_cant_be(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_")[0]):
        GridSettings(**wrong)


@pytest.mark.parametrize("kind", CaseEventKind)
def test_what_moves_somebody_asks_for_a_plan_and_nothing_else_does(desk, kind):
    store, drill = desk
    case, _ = open_case(store, drill, DESK, told("dirty_road"), NOW)
    before = len(store.triggers.all(drill.id))
    said = replace(event(kind, owner="A"), operation_id=drill.id, case_id=case.id)
    assert store.street_cases.say(said)
    assert not store.street_cases.say(said)
    asked = [one.kind for one in store.triggers.all(drill.id)[before:]]
    assert asked == ([TriggerKind.SERVICE] if kind in MOVES else [])


@pytest.mark.parametrize("cut", [CaseEventKind.PLAN, CaseEventKind.OFFER, CaseEventKind.CLOSE])
def test_what_is_cut_off_half_way_is_done_whole_when_it_is_said_again(desk, monkeypatch, cut):
    store, drill = desk
    case, _ = open_case(store, drill, DESK, told("burst_pipe", source=RESIDENT), NOW)
    take = taken_word(standing(store, drill, case.id), "w1")
    close = CaseWord(kind=CaseEventKind.CLOSE, event_id="w2", text="好了")
    if cut is CaseEventKind.CLOSE:
        say(store, drill, DESK, case.id, take, NOW)
        for one in standing(store, drill, case.id).steps:
            done = CaseWord(kind=CaseEventKind.DONE, event_id=one.step.key, step=one.step.key)
            say(store, drill, DESK, case.id, done, NOW)
    kept = street_case_rows._kept

    def dies(connection, event):
        if event.kind is cut:
            raise RuntimeError("cut off")
        return kept(connection, event)

    word = close if cut is CaseEventKind.CLOSE else take
    with monkeypatch.context() as patched:
        patched.setattr(street_case_rows, "_kept", dies)
        with pytest.raises(RuntimeError):
            say(store, drill, DESK, case.id, word, NOW)
    assert word.event_id not in {one.event_id for one in standing(store, drill, case.id).events}
    assert [say(store, drill, DESK, case.id, word, NOW) for _ in range(2)] == [True, False]
    found = standing(store, drill, case.id)
    assert found.steps
    assert (found.closed is not None) if word is close else (found.offered_to == "A")
    assert len(store.field.incidents(drill.id, open_only=True)) == (word is not close)


def test_a_large_case_of_the_grid_is_an_errand_of_its_own_people_by_its_due_time(store):
    desk = Desk(store, services=ServiceSettings(on=(GRID,)))
    city = make_city()
    grid = Station(
        id="G", name="网格", position=(125.142, 42.902), chief="长", deputy="副", service=GRID
    )
    crew = Crew(
        id="G1", station_id="G", name="网格员", leader="甲", size=2, skills=(), shift_id="day"
    )
    store.replace_city(replace(city, stations=(*city.stations, grid), crews=(*city.crews, crew)))
    case, _ = open_case(store, desk.drill, CONSOLE, told(), NOW)
    open_case(store, desk.drill, CONSOLE, told("dirty_road", external_id="2"), NOW)
    try:
        version = desk.loop.answer()
        (job,) = (one for one in version.assignments if one.kind is JobKind.ERRAND)
        assert job.job_id == f"errand:c{case.id}"
        assert [member.resource_id for member in job.members] == ["G1"]
        assert job.end_at <= case.due_at
        (sheet,) = (one for one in station_sheets(version, store.city()) if one.station.id == "G")
        assert sheet.units
        tap = Report(
            event_id="tap-00001",
            version=version.number,
            station_id="G",
            kind=EventKind.CLEAR,
            job_id=job.job_id,
            photo="after.jpg",
        )
        desk.wait(minutes=40)
        take_report(store, desk.drill, CONSOLE, tap, desk.now)
        one = standing(store, desk.drill, case.id)
        assert (one.done.photo, one.closed) == ("after.jpg", None)
        assert one in all_standings(store, desk.drill)
        (done,) = store.field.events(desk.drill.id, job_id=job.job_id)
        month_later = done.server_at + timedelta(days=40)
        news = replace(done, id=None, event_id="tap-00002", job_id="clear:S1", photo=None)
        store.field.save_event(replace(news, server_at=month_later))
        assert done not in store.field.events(desk.drill.id)
        assert one == standing(store, desk.drill, case.id)
        assert one in all_standings(store, desk.drill)
        plan_again(store, desk.drill, CONSOLE, desk.now)
        later = desk.loop.answer() or store.plans.current(desk.drill.id)
    finally:
        desk.loop.stop()
    errands = [one for one in later.assignments if one.kind is JobKind.ERRAND]
    assert all(one.end_at <= desk.now for one in errands)


def test_late_cases_are_told_up_once_and_the_platform_gets_its_answer_with_the_picture(
    desk, tmp_path
):
    store, drill = desk
    said: list[str] = []

    def tell(message, _matter):
        said.append(Translator.of_city("zh", store.city()).message(message))

    case, _ = open_case(store, drill, DESK, told("street_lamp", source="api:12345"), NOW)
    late = case.due_at + timedelta(minutes=90)
    rules = GridSettings()
    assert tell_late(store, drill, rules, late, tell) == 1
    assert tell_late(store, drill, rules, late, tell) == 0
    assert "市政维护" in said[0]
    assert "街道值班员" in said[0]
    (tmp_path / "after.jpg").write_bytes(b"JPEG")
    close = word(CaseEventKind.CLOSE, "c", text="已修复", photo="after.jpg")
    say(store, drill, DESK, case.id, close, late)
    with robot() as platform:
        rules = GridSettings(platform_url=platform.url, platform_secret_env="KEY")
        platform.answers.append((503, {}))
        assert answer_platform(store, drill, rules, late, {"KEY": "s"}, tmp_path) == 0
        real = replace(drill, kind=OperationKind.REAL)
        send = partial(answer_platform, store, real, rules, late, {"KEY": "s"}, tmp_path)
        assert answer_platform(store, real, rules, late, {"KEY": " "}, tmp_path) == 0
        assert platform.posts == []  # unsigned it could be anybody's
        assert [send(), send(), send()] == [0, 1, 0]  # down, taken, never again
        (down, taken) = platform.posts
        assert down == taken
        assert (taken["number"], taken["text"]) == ("2022-1", "已修复")
        assert base64.b64decode(taken["photo_jpeg"]) == b"JPEG"
        keys = {head["Idempotency-Key"] for head in platform.heads}
        assert len(keys) == 1
        assert all(head["X-Xunban-Signature"] for head in platform.heads)
    assert standing(store, drill, case.id).answered


def test_a_case_on_paper_has_its_steps_and_who_was_told(desk):
    store, drill = desk
    case, _ = open_case(store, drill, DESK, told("burst_pipe"), NOW)
    told_whom = word(CaseEventKind.TOLD, "t", owner="1号楼居民", text="明早8点踏勘")
    say(store, drill, DESK, case.id, told_whom, NOW)
    one, city = standing(store, drill, case.id), store.city()
    for lang in LANGUAGES:
        page = document(one, drill, city, NOW + 2 * HOUR, Translator.of_city(lang, city))
        assert len(page["steps"]) == 6
        chinese = {bool(re.search("[一-鿿]", row[0])) for row in page["steps"]}
        assert chinese == {lang == "zh"}
        assert "1号楼居民" in "".join(page["said"])
        assert as_pdf(one, drill, city, NOW, Translator.of_city(lang, city)).startswith(b"%PDF")


def test_the_desk_writes_the_steps_of_a_case_line_by_line(desk):
    store, drill = desk
    case, _ = open_case(store, drill, DESK, told("burst_pipe"), NOW)
    steps = [one.step for one in standing(store, drill, case.id).steps]
    city = store.city()
    assert read_course(course_text(steps, city), steps, NOW, city) == tuple(steps)
    (first, second, third) = read_course(
        "停水公告；东吉网格；7-9 06:00\n联合踏勘; 街道办; 08:00; 1\n\n"
        "通水；供水公司；12月1日 12:00；1、2",
        steps,
        NOW,
        city,
    )
    assert (first.owner, first.key) == ("G", "s1")
    assert (second.key, second.after) == ("joint_visit", ("s1",))
    assert second.due_at == local(24 + 8)  # eight is past today
    assert third.after == ("s1", "joint_visit")


def test_a_29_february_is_a_day_of_its_year_alone():
    leap = datetime(2028, 2, 27, 4, tzinfo=UTC)
    (step,) = read_course("告知；网格；2-29 09:00", (), leap, make_city())
    assert step.due_at == datetime(2028, 2, 29, 1, tzinfo=UTC)
    with pytest.raises(Invalid):
        read_course("告知；网格；2-29 09:00", (), leap.replace(year=2026), make_city())


@pytest.mark.parametrize(
    "line",
    [
        "踏勘",
        "踏勘；街道办",
        "踏勘；街道办；8点",
        "踏勘；街道办；2-30 08:00",
        "；街道办；08:00",
        "踏勘；街道办；08:00；1",
        "踏勘；街道办；25:00",
        "踏勘；街道办；08:00；；多",
    ],
)
def test_a_line_that_cant_be_read_is_named(line):
    with pytest.raises(Invalid) as refused:
        read_course("告知；网格；09:00\n" + line.replace("；1", "；2"), (), NOW, make_city())
    assert refused.value.facts == {"line": 2}


def test_what_is_over_is_read_no_more_and_what_is_open_always_is(desk):
    store, drill = desk
    numbers = {}
    for name, said in {
        "open": [],
        "long ago": [CaseEventKind.CLOSE],
        "unanswered": [CaseEventKind.CLOSE],
        "over": [CaseEventKind.CLOSE, CaseEventKind.ANSWER],
        "anew": [CaseEventKind.CLOSE, CaseEventKind.ANSWER, CaseEventKind.REOPEN],
    }.items():
        case, _ = open_case(store, drill, DESK, told("dirty_road", external_id=name), NOW)
        numbers[case.id] = name
        for kind in said:
            at = NOW + timedelta(days=2) if name == "unanswered" else NOW
            say(store, drill, DESK, case.id, word(kind, f"{name}-{kind}", text="好"), at)
    assert len(store.street_cases.current(drill.id)[0]) == 5
    later = NOW + timedelta(days=31)
    open_case(store, drill, DESK, told(reported_at=later, external_id="new"), later)
    cases, events = store.street_cases.current(drill.id)
    assert [numbers.get(one.id, "new") for one in cases] == ["open", "unanswered", "anew", "new"]
    assert {one.case_id for one in events} <= {one.id for one in cases}
    (over,) = (number for number, name in numbers.items() if name == "over")
    assert standing(store, drill, over).closed
