"""Routine cleaning: rounds by road class, owed and caught up; a storm first; checks; actions; the
month's sheet.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from data.model.field import EventKind, FieldEvent, JobTap
from data.model.ids import Cause, CauseKind
from data.model.plan import JobKind, PlanState
from data.model.street.cleaning import CLEANING, HelperGroup, PostStep, StreetCheck
from data.store.store import StalePlan
from ops.auth.permissions import CONSOLE
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.messages import LANGUAGES, Translator
from ops.cleaning.checks import FAULTS, CheckReport, drawn, score_of, tell_check
from ops.cleaning.month import month_record, month_span
from ops.cleaning.parameters import CleaningSettings
from ops.cleaning.reading import drawn_today, posts_now, read_month, road_debts
from ops.cleaning.rounds import ROUNDS, debts, rounds_made
from ops.cleaning.storm_first import free_spans, held_in, hours_of
from ops.cleaning.volunteers import PostCall, PostStanding, call, find, hold, next_step, tell_post
from ops.district.services import ServiceSettings
from ops.documents.street import month_sheet
from ops.field.reports import Report, take_report
from ops.intake import response_level
from ops.intake.alerts import plan_again
from ops.intake.operations import begin_real, start_drill
from ops.runtime.service_rounds import run_rounds
from ops.settings import Settings
from solver import Problem
from solver.plan import Plan
from solver.referee import violations
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import DESK, NOW, make_city, make_version

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = CleaningSettings()
CITY = make_city()


def tap(kind: EventKind, job_id: str, at: datetime, job_kind=JobKind.SWEEP, number=1) -> JobTap:
    event = FieldEvent(
        id=number,
        operation_id=1,
        event_id=f"tap-{number}",
        version=1,
        station_id="A",
        kind=kind,
        job_id=job_id,
        server_at=at,
        by="甲",
    )
    return JobTap(event=event, job_kind=job_kind, segment_id="S1")


def owed(made=(), checks=(), version=None, now=NOW, kind=JobKind.SWEEP, segment="S1"):
    found = debts(CITY, made, checks, version, now, RULES)
    (one,) = (one for one in found if (one.segment_id, one.kind) == (segment, kind))
    return one


def check(score: int, at: datetime = NOW, faults=("litter",)) -> StreetCheck:
    return StreetCheck(
        id=7, operation_id=1, segment_id="S1", at=at, by="督查", score=score, faults=faults
    )


@pytest.mark.parametrize(("hours", "rounds"), [(0, 0), (11.9, 0), (12, 1), (23, 1), (24, 2)])
def test_a_road_owes_the_rounds_that_its_class_asks_for_since_the_last(hours, rounds):
    made = rounds_made([tap(EventKind.CLEAR, "sweep:S1:0", NOW - hours * HOUR)])
    one = owed(made)
    assert (one.owed, one.every) == (rounds, 12 * HOUR)
    assert one.last_at + one.every == one.due_at


def test_only_what_is_reported_counts_and_work_opened_again_is_not_done():
    clear = tap(EventKind.CLEAR, "sweep:S1:0", NOW - HOUR)
    again = tap(EventKind.REOPEN, "sweep:S1:0", NOW - HOUR / 2, number=2)
    assert owed(rounds_made([clear])).owed == 0
    assert owed(rounds_made([again, clear])).last_at is None
    version = make_version(1)
    past = replace(
        version.assignments[0],
        kind=JobKind.SWEEP,
        segment_id="S1",
        start_at=NOW - 2 * HOUR,
        end_at=NOW - HOUR,
    )
    one = owed(version=replace(version, assignments=(past,)))
    assert (one.owed, one.due_at, one.planned_at) == (1, None, NOW - HOUR)


def test_a_road_rinsed_after_a_storm_has_had_both_rounds():
    made = rounds_made([tap(EventKind.CLEAR, "flush:S1", NOW - HOUR, JobKind.FLUSH)])
    assert [owed(made, kind=kind).owed for kind in ROUNDS] == [0, 0]


def test_a_failed_check_makes_its_road_due_and_the_next_round_ends_it():
    made = rounds_made([tap(EventKind.CLEAR, "sweep:S1:0", NOW - 2 * HOUR)])
    failed = check(60, NOW - HOUR)
    assert owed(made, [check(90, NOW - HOUR)]).owed == 0
    assert (owed(made, [failed]).owed, owed(made, [failed]).check) == (1, failed)
    muddy = check(60, NOW - HOUR, ("mud", "litter"))
    assert owed(made, [muddy]).owed == 0
    assert owed((), [muddy], kind=JobKind.WASH).check == muddy
    after = rounds_made([tap(EventKind.CLEAR, "sweep:S1:c7", NOW)])
    assert owed(after, [failed]).check is None


@pytest.mark.parametrize("faults", [("litter",), ("mud", "litter")])
def test_a_passed_check_ends_a_failed_one_before_it_and_none_after(faults):
    kind = JobKind.WASH if "mud" in faults else JobKind.SWEEP
    made = rounds_made([tap(EventKind.CLEAR, "sweep:S1:0", NOW - 3 * HOUR)])
    failed, passed = check(60, NOW - 2 * HOUR, faults), check(95, NOW - HOUR)
    assert owed(made, [failed], kind=kind).check == failed
    assert owed(made, [failed, passed], kind=kind).check is None
    assert owed(made, [failed, replace(passed, at=NOW - 2.5 * HOUR)], kind=kind).check == failed
    assert owed(made, [failed, replace(passed, segment_id="S2")], kind=kind).check == failed


@given(st.lists(st.floats(0, 200), max_size=6), st.floats(0, 300))
def test_more_rounds_never_make_a_road_owe_more(hours, extra):
    taps = [
        tap(EventKind.CLEAR, f"sweep:S1:{number}", NOW - back * HOUR, number=number)
        for number, back in enumerate(hours)
    ]
    more = [*taps, tap(EventKind.CLEAR, "sweep:S1:more", NOW - extra * HOUR, number=99)]
    before, after = owed(rounds_made(taps)), owed(rounds_made(more))
    assert before.last_at is None or after.owed <= before.owed


# --- a storm goes first


def wet(onset: float, end: float):
    rain = make_version(1).rain
    return replace(
        rain,
        storms=((NOW + onset * HOUR, NOW + end * HOUR),),
        onset_at=NOW + onset * HOUR,
        end_at=NOW + end * HOUR,
    )


def test_rounds_end_an_hour_before_the_rain_and_washing_waits_for_the_storms_work():
    day = ((NOW, NOW + 12 * HOUR),)
    assert free_spans(JobKind.SWEEP, wet(4, 6), day, RULES) == ((NOW, NOW + 3 * HOUR),)
    assert free_spans(JobKind.WASH, wet(4, 6), day, RULES) == ()
    assert free_spans(JobKind.SWEEP, wet(-1, 2), day, RULES) == ()
    dry = replace(wet(1, 2), storms=(), onset_at=None, end_at=None)
    assert free_spans(JobKind.WASH, dry, day, RULES) == day


def test_the_hours_that_storms_held_are_those_that_the_plans_in_force_saw():
    first = make_version(1, made_at=NOW, rain=wet(4, 6))
    later = make_version(1, number=2, made_at=NOW + 5 * HOUR, rain=wet(4, 8))
    draft = replace(later, number=3, state=PlanState.DRAFT, rain=wet(4, 20))
    held = held_in([first, later, draft], {}, (NOW, NOW + DAY), RULES)
    assert held == ((NOW + 3 * HOUR, NOW + 8 * HOUR),)
    stopped = held_in([replace(first, level="II")], CITY.level_by_id, (NOW, NOW + DAY), RULES)
    assert hours_of(stopped) == 24


# --- through the real path


ON = ServiceSettings(on=(CLEANING,))


@pytest.fixture
def desk(store):
    desk = Desk(store, seconds=1, services=ON)
    yield desk
    desk.loop.stop()


def plan(desk: Desk):
    """The plan in force after a request; it is legal."""
    plan_again(desk.store, desk.drill, CONSOLE, desk.now)
    version = desk.loop.answer() or desk.store.plans.current(desk.drill.id)
    assert violations(Problem.from_json(version.problem), Plan.from_json(version.plan)) == []
    return version


def of(version, *kinds: JobKind, after: datetime | None = None):
    return [
        job
        for job in version.assignments
        if job.kind in kinds and (after is None or job.start_at >= after)
    ]


def done(desk: Desk, version, job, number: int) -> None:
    report = Report(
        event_id=f"tap-0000{number}",
        version=version.number,
        station_id=job.station_id,
        kind=EventKind.CLEAR,
        job_id=job.job_id,
    )
    take_report(desk.store, desk.drill, CONSOLE, report, desk.now)


def read(desk: Desk):
    current = desk.store.plans.current(desk.drill.id)
    return road_debts(desk.store, desk.drill, desk.store.city(), current, desk.now, RULES)


def test_roads_are_swept_by_their_machines_until_their_crews_say_so(desk):
    version = plan(desk)
    swept, washed = of(version, JobKind.SWEEP), of(version, JobKind.WASH)
    assert {job.segment_id for job in swept} == {"S1", "S2", "S3"}
    assert {m.resource_id for job in swept for m in job.members} == {"M-sweeper"}
    assert {m.resource_id for job in washed for m in job.members} == {"M-flusher"}
    assert all(one.owed == 1 and one.last_at is None for one in read(desk))
    desk.wait(hours=3)
    for number, job in enumerate(swept):
        done(desk, version, job, number)
    assert [one.owed for one in read(desk) if one.kind is JobKind.SWEEP] == [0, 0, 0]
    assert all(one.planned_at for one in read(desk) if one.kind is JobKind.WASH)
    later = plan(desk)
    again = [job for job in of(later, JobKind.SWEEP) if job.state == "planned"]
    assert {job.segment_id for job in again} <= {"S1", "S3"}  # twice a day, not before its time
    assert all(job.start_at >= desk.now + 5 * HOUR for job in again)
    assert not {job.job_id for job in again} & {job.job_id for job in swept}


def test_a_storm_takes_the_roads_rounds_by_rule_and_a_level_all_of_them(desk):
    assert of(plan(desk), *ROUNDS)
    response_level.order_level(desk.store, desk.drill, CONSOLE, "II", desk.now)
    assert not of(desk.loop.answer(), *ROUNDS, after=desk.now)
    response_level.order_level(desk.store, desk.drill, CONSOLE, "III", desk.now)
    assert of(desk.loop.answer(), *ROUNDS, after=desk.now)
    desk.paste(YELLOW)  # rain from now on
    version = desk.loop.answer()
    assert not of(version, *ROUNDS, after=desk.now)
    assert of(version, JobKind.GUARD)


def test_a_service_that_is_off_asks_for_nothing(store):
    desk = Desk(store, seconds=0.5)
    try:
        assert not of(plan(desk), *ROUNDS)
    finally:
        desk.loop.stop()


def test_no_more_rounds_are_asked_for_than_machines_can_drive(store):
    desk = Desk(store, seconds=0.5, services=ON, cleaning=replace(RULES, machine_share=0.0))
    try:
        assert not of(plan(desk), *ROUNDS)
    finally:
        desk.loop.stop()


# --- checks


def test_a_failed_check_needs_a_photo_and_asks_for_a_plan(desk):
    store, drill = desk.store, desk.drill
    told = CheckReport(segment_id="S2", faults=("litter", "mud", "heap"))
    with pytest.raises(Invalid):
        tell_check(store, drill, DESK, told, desk.now)
    before = len(store.triggers.pending(drill.id))
    kept = tell_check(store, drill, DESK, replace(told, photo="a.jpg"), desk.now)
    assert kept.score == 60
    (asked,) = store.triggers.pending(drill.id)[before:]
    assert Cause.parse(asked.cause) == Cause(CauseKind.SERVICE, f"{CLEANING}:check{kept.id}")
    fine = tell_check(store, drill, DESK, CheckReport(segment_id="S1", score=95), desk.now)
    assert len(store.triggers.pending(drill.id)) == before + 1
    assert [one.id for one in store.cleaning.checks(drill.id, NOW - DAY)] == [kept.id, fine.id]
    (job,) = of(plan(desk), JobKind.WASH)[:1] and [
        job for job in of(store.plans.current(drill.id), JobKind.WASH) if job.segment_id == "S2"
    ]
    assert job.why[0].code == "why.check"


@pytest.mark.parametrize(
    "told",
    [
        CheckReport(segment_id="S9"),
        CheckReport(segment_id="S1", faults=("dragons",)),
        CheckReport(segment_id="S1", score=101),
    ],
)
def test_what_is_no_check_is_refused_in_words(desk, told):
    with pytest.raises(Invalid):
        tell_check(desk.store, desk.drill, DESK, told, desk.now)


@given(st.sets(st.sampled_from(sorted(FAULTS))), st.sampled_from(sorted(FAULTS)))
def test_more_amiss_never_scores_more(faults, more):
    assert 0 <= score_of({*faults, more}) <= score_of(faults) <= 100


def test_the_lot_falls_anew_each_day_and_alike_for_all_who_look(desk, city):
    days = [date(2022, 7, day) for day in range(1, 15)]
    lots = [drawn(city, (), day, "s", 3) for day in days]
    assert lots == [drawn(city, (), day, "s", 3) for day in days]
    assert all(len(set(lot)) == 3 for lot in lots)
    assert len(set(lots)) > 10
    assert lots != [drawn(city, (), day, "other", 3) for day in days]
    seen = [replace(check(90), segment_id=one.id, at=NOW + DAY) for one in CITY.segments[1:]]
    assert drawn(CITY, seen, NOW.date() + DAY, "s", 3)  # that one, of the same day, counts not yet
    seen = [replace(one, at=NOW) for one in seen]
    first = [drawn(CITY, seen, NOW.date() + DAY, f"s{n}", 1) for n in range(50)]
    assert first.count((CITY.segments[0].id,)) > 40
    first = drawn_today(desk.store, desk.drill, DESK, city, desk.now, RULES)
    assert first == drawn_today(desk.store, desk.drill, CONSOLE, city, desk.now, RULES)


# --- actions


def called(desk: Desk, hours: float = 24, wanted: int = 10) -> int:
    start = desk.now + hours * HOUR
    told = PostCall(
        name="清扫家园", from_at=start, to_at=start + 2 * HOUR, wanted=wanted, segment_id="S1"
    )
    return call(desk.store, desk.drill, DESK, told, desk.now).id


def told_of(desk: Desk, post_id: int, step: PostStep, **more) -> None:
    tell_post(desk.store, desk.drill, DESK, post_id, step, desk.now, **more)


def test_a_post_is_filled_by_name_or_by_number(desk):
    number = called(desk)
    told_of(desk, number, PostStep.FILL, name="王芳", helper=HelperGroup.PARTY)
    told_of(desk, number, PostStep.FILL, number=6)
    told_of(desk, number, PostStep.FILL, number=2, helper=HelperGroup.PARTY)
    (one,) = posts_now(desk.store, desk.drill, desk.now)
    assert (one.filled, one.open, one.of(HelperGroup.PARTY)) == (9, 1, 3)
    with pytest.raises(Conflict):
        told_of(desk, number, PostStep.FILL, name=" 王芳 ")
    with pytest.raises(NotFound):
        told_of(desk, number, PostStep.LEAVE, name="李雷")
    told_of(desk, number, PostStep.LEAVE, name="王芳")
    told_of(desk, number, PostStep.LEAVE, number=1)
    (one,) = posts_now(desk.store, desk.drill, desk.now)
    assert (one.filled, dict(one.names)) == (7, {})
    for too_many in ({"number": 6}, {"number": 3, "helper": HelperGroup.PARTY}):
        with pytest.raises(Conflict):  # five and two are on it
            told_of(desk, number, PostStep.LEAVE, **too_many)
    told_of(desk, number, PostStep.CANCEL)
    with pytest.raises(Conflict):
        told_of(desk, number, PostStep.FILL, name="李雷")
    told_of(desk, number, PostStep.RESUME)  # the wrong one was called off
    told_of(desk, number, PostStep.FILL, name="李雷")
    (one,) = posts_now(desk.store, desk.drill, desk.now)
    assert (one.filled, one.cancelled, one.resumed) == (8, False, False)
    with pytest.raises(NotFound):
        told_of(desk, 99, PostStep.FILL)


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"segment_id": None},
        {"segment_id": "S9"},
        {"wanted": 0},
        {"to_at": NOW - HOUR},
        {"to_at": NOW + 9 * DAY},
    ],
)
def test_a_post_that_can_not_be_is_refused(desk, change):
    told = PostCall(
        name="清扫", from_at=NOW + HOUR, to_at=NOW + 2 * HOUR, wanted=3, segment_id="S1"
    )
    with pytest.raises(Invalid):
        call(desk.store, desk.drill, DESK, replace(told, **change), NOW)


def test_a_storm_holds_the_posts_that_lie_in_it_once_and_whoever_resumed_one_goes_ahead(desk):
    within, after = called(desk, 2), called(desk, 30)
    desk.paste(YELLOW)
    desk.loop.answer()
    desk.loop.rounds()
    desk.loop.rounds()
    found = {one.post.id: one for one in posts_now(desk.store, desk.drill, desk.now)}
    assert [found[number].held is not None for number in (within, after)] == [True, False]
    words = desk.store.cleaning.posts(desk.drill.id)[1]
    assert [word.step for word in words] == [PostStep.HOLD]
    told_of(desk, within, PostStep.RESUME)
    desk.loop.rounds()
    rain = desk.store.plans.current(desk.drill.id).rain
    found = posts_now(desk.store, desk.drill, desk.now)
    assert [next_step(one, rain, desk.now, RULES) for one in found] == [None, None]


LIFTED = "辽源市气象台7月8日9时40分解除7月8日8时20分发布的暴雨黄色预警信号。"
AGAIN = YELLOW.replace("8时20分", "10时0分")


def test_a_storm_that_is_not_expected_any_more_holds_nothing_and_each_turn_is_told_once(desk):
    soon, by_hand, off = called(desk, 4), called(desk, 4), called(desk, 4)
    told: list[tuple[str, str]] = []

    def tell(message, matter=""):
        told.append((message.code, matter))

    def after(*words: str) -> list[str]:
        """What is told once these came."""
        told.clear()
        for word in words:
            desk.paste(word)
        desk.loop.answer()
        for _ in range(2):
            run_rounds(desk.store, desk.drill, Settings(services=ON), desk.now, tell, Path())
        assert len(set(told)) == len(told)
        return [code for code, _ in told]

    assert after(YELLOW) == ["cleaning.told_held"] * 3
    first = set(told)
    told_of(desk, by_hand, PostStep.RESUME)
    told_of(desk, off, PostStep.CANCEL)
    desk.wait(minutes=85)
    assert after(LIFTED) == []
    desk.wait(minutes=RULES.calm_minutes)
    assert after() == ["cleaning.told_freed"]
    found = {one.post.id: one for one in posts_now(desk.store, desk.drill, desk.now)}
    assert [found[number].takes_place() for number in (soon, by_hand, off)] == [True, True, False]
    assert after(AGAIN) == ["cleaning.told_held"]
    assert not first & set(told), "the outbox tells one matter once"


def test_a_forecast_that_wavers_is_told_when_it_turns_for_the_worse_and_when_calm_has_held(desk):
    number = called(desk, 8)
    (post,) = (one.post for one in posts_now(desk.store, desk.drill, desk.now))
    dry = replace(make_version(1).rain, storms=())
    wet = replace(dry, storms=((post.from_at, post.to_at),))
    told: list[tuple[int, PostStep]] = []

    def at(minutes: int, rain) -> None:
        def tell(_, step):
            told.append((minutes, step))

        now = desk.now + timedelta(minutes=minutes)
        assert (
            hold(desk.store, desk.drill, rain, now, RULES, "演练", tell) == len(told) - before[-1]
        )
        before.append(len(told))

    before = [0]
    for minutes in range(0, 240, 20):  # to and fro for four hours
        at(minutes, dry if minutes // 20 % 2 else wet)
    assert told == [(0, PostStep.HOLD)]
    for minutes in range(240, 360, 20):
        at(minutes, dry)
    assert told == [(0, PostStep.HOLD), (280, PostStep.FREE)]
    at(360, wet)
    assert told[-1] == (360, PostStep.HOLD)
    assert find(desk.store, desk.drill, number).times_held == 2


def test_who_wants_it_told_at_each_turn_sets_no_calm(desk):
    called(desk, 8)
    (post,) = (one.post for one in posts_now(desk.store, desk.drill, desk.now))
    dry = replace(make_version(1).rain, storms=())
    wet = replace(dry, storms=((post.from_at, post.to_at),))
    rules = replace(RULES, calm_minutes=0)
    turns: list[PostStep] = []
    for rain in (wet, dry, wet, dry):
        hold(
            desk.store,
            desk.drill,
            rain,
            desk.now,
            rules,
            "演练",
            lambda _, step: turns.append(step),
        )
    assert turns == [PostStep.HOLD, PostStep.FREE] * 2


def test_an_action_that_should_have_begun_is_not_let_go(desk):
    number = called(desk, 2)
    (post,) = (one.post for one in posts_now(desk.store, desk.drill, desk.now))
    dry = make_version(1).rain
    wet = replace(dry, storms=((post.from_at, post.to_at),))

    def heard(*_):
        return None

    for rain, at in ((wet, desk.now), (replace(dry, storms=()), post.from_at)):
        hold(desk.store, desk.drill, rain, at, RULES, "演练", heard)
    assert find(desk.store, desk.drill, number).held == desk.now


def test_a_drill_s_storm_holds_no_real_action(desk):
    real = begin_real(desk.store, NOW)
    start = NOW + 2 * HOUR
    told = PostCall(name="清扫家园", from_at=start, to_at=start + HOUR, wanted=3, segment_id="S1")
    call(desk.store, real, DESK, told, NOW)
    drill = start_drill(desk.store, CONSOLE, NOW, NOW)
    rain = replace(make_version(1).rain, storms=((NOW, NOW + 6 * HOUR),))
    told: list[PostStanding] = []

    def unheard(*_):
        raise StalePlan("plan.stale_token", token=1)

    with pytest.raises(StalePlan):  # nobody was told, so nothing is noted
        hold(desk.store, drill, rain, NOW, RULES, "演练", unheard)
    assert [one.held for one in posts_now(desk.store, drill, NOW)] == [None]

    def heard(one, _):
        told.append(one)

    assert hold(desk.store, drill, rain, NOW, RULES, "演练", heard) == len(told) == 1
    assert [one.held for one in posts_now(desk.store, drill, NOW)] == [NOW]
    assert [one.held for one in posts_now(desk.store, real, NOW)] == [None]


# --- the month


def test_the_month_counts_what_was_made_held_and_missed():
    span = NOW, NOW + 2 * DAY
    version = make_version(1, made_at=NOW, rain=wet(4, 20))
    sheet = make_version(1).assignments[0]
    planned = replace(
        sheet,
        job_id="sweep:S1:x",
        kind=JobKind.SWEEP,
        segment_id="S1",
        start_at=NOW + HOUR,
        end_at=NOW + 2 * HOUR,
    )
    version = replace(version, assignments=(planned,))
    taps = [tap(EventKind.CLEAR, "sweep:S1:a", NOW + 40 * HOUR)]
    month = month_record(CITY, span, taps, [version], {}, [check(70)], (), RULES)
    (road,) = (one for one in month.roads if (one.segment_id, one.kind) == ("S1", JobKind.SWEEP))
    assert (road.wanted, road.made, road.untold) == (4, 1, 1)
    assert (road.held, road.missed) == (2, 1)  # 17 hours of a storm: two of twelve hours
    assert month.held_hours == 17
    assert month.mean_score == 70


@given(st.integers(1, 12), st.floats(-40, 400))
def test_a_month_ends_with_it_or_now(month, days):
    now = NOW + days * DAY
    start, end = month_span(date(2022, month, 9), now, CITY)
    assert start.astimezone(NOW.tzinfo) <= end <= max(now, start)
    assert (end - start) <= 31 * DAY


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_for_the_superior_office_is_a_workbook_and_a_page(desk, lang):
    number = called(desk, 1)
    told_of(desk, number, PostStep.FILL, name="=1+1")
    told_of(desk, number, PostStep.CAME, number=4)
    failed = CheckReport(segment_id="S2", faults=("mud", "heap"), photo="a.jpg", text="路口")
    tell_check(desk.store, desk.drill, DESK, failed, desk.now)
    desk.wait(days=2)
    t = Translator.of_city(lang, CITY)
    month = read_month(desk.store, desk.drill, CITY, date(2022, 7, 1), desk.now, RULES)
    assert len(month.checks) == len(month.posts) == 1
    book = load_workbook(BytesIO(month_sheet.as_workbook(month, CITY, RULES, t)))
    assert book.sheetnames == [
        t(f"cleaning.{one}")
        for one in ("sheet_classes", "sheet_roads", "sheet_checks", "sheet_posts")
    ]
    roads = book[t("cleaning.sheet_roads")]
    assert roads.max_row == 1 + sum(
        1 for one in CITY.segments for kind in ROUNDS if one.importance > 1
    )
    printed = month_sheet.document(month, desk.drill, CITY, RULES, t)
    assert t("job.sweep") in str(printed["tables"])
    assert month_sheet.as_pdf(month, desk.drill, CITY, RULES, t).startswith(b"%PDF")


def test_settings_that_can_not_be_are_refused():
    for wrong in (
        {"sweep_hours": (1, 2)},
        {"wash_hours": (0.5, 1, 1, 1, 1)},
        {"pass_score": 101},
        {"draws": -1},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            CleaningSettings(**wrong)
