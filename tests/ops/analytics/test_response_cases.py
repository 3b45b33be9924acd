"""The response clocks: the same whatever order things arrive in, nothing open lost, and legs that
add up.
"""

import csv
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from data.model.field import EventKind, Incident, ReportWay
from data.model.message import Message
from data.model.operation import TriggerKind
from data.model.state_triggers import sorting
from data.store.store import Store
from ops.analytics.case import CLOCKS, LEGS, Case
from ops.analytics.history import History
from ops.analytics.response_cases import named, response_times
from ops.analytics.share_kpis import shares
from ops.analytics.time_kpis import (
    ResponseSettings,
    answered,
    delayed_leg,
    percentile,
    summary,
)
from ops.cli import response
from ops.cli.app import cli
from tests.helpers.drawn.response import (
    ALERT,
    CAUSE,
    JOB,
    MINUTE,
    OPERATION,
    WHOLE,
    only,
    tap,
    trigger,
    version,
    work,
)
from tests.helpers.makers import (
    HOUR,
    NOW,
    make_city,
    make_notice,
    make_version,
)


def test_work_counts_for_the_station_whose_crew_does_it_and_its_word_holds():
    own = work(station_id="A", members=work().members)
    home = {own.members[0].resource_id: "B"}
    said = tap(EventKind.ACCEPT, 5, None, station_id="B")
    case = only(response_times([version(1, own)], [trigger()], [ALERT], events=[said], home=home))
    assert (case.station_id, case.at("acknowledged")) == ("B", NOW + 5 * MINUTE)
    other = replace(said, station_id="A")
    case = only(response_times([version(1, own)], [trigger()], [ALERT], events=[other], home=home))
    assert case.at("acknowledged") is None


@pytest.mark.parametrize(
    ("events", "untold"),
    [
        ((), False),
        ((tap(EventKind.ACCEPT, 5, None),), True),
        ((tap(EventKind.ACCEPT, 5, None, way=ReportWay.PHONE, told_by="王"),), False),
        ((tap(EventKind.ASK, 5, None), tap(EventKind.DEPART, 9)), False),
        ((tap(EventKind.ASK, 5, None), tap(EventKind.CLEAR, 50)), False),
        ((tap(EventKind.ASK, -60 * 30, None),), False),
        ((tap(EventKind.ACCEPT, 5, None, station_id="B"),), False),
    ],
)
def test_work_nobody_spoke_of_where_somebody_reports_is_untold(events, untold):
    assert only(response_times([version()], [trigger()], [ALERT], events=events)).untold is untold


def test_every_clock_of_a_job_that_went_through():
    case = only(response_times([version()], [trigger()], [ALERT], events=WHOLE))
    minutes = [(at - NOW) / MINUTE for at in case.clocks]
    assert dict(zip(CLOCKS, minutes, strict=True)) == {
        "received": 0,
        "requested": 1,
        "published": 3,
        "acknowledged": 5,
        "departed": 9,
        "on_site": 20,
        "cleared": 50,
        "verified": 55,
    }
    assert (case.state, case.level, case.version) == ("cleared", "yellow", 1)
    assert [case.legs[leg] / 60 for leg in LEGS] == [1, 2, 2, 4, 11, 30, 5]


def test_a_confirmed_notice_stops_the_delivery_and_one_of_an_older_plan_does_not():
    told = make_notice(1, version=1, acknowledged_at=NOW + 4 * MINUTE)
    assert (
        only(response_times([version()], [trigger()], notices=[told])).at("acknowledged")
        == NOW + 4 * MINUTE
    )
    assert (
        only(response_times([version(2)], [trigger()], notices=[told])).at("acknowledged") is None
    )


def test_a_job_kept_or_moved_stays_one_case_and_one_dropped_is_withdrawn():
    moved = work(start_at=NOW + 2 * HOUR, end_at=NOW + 3 * HOUR)
    other = work("clear:S2", segment_id="S2")
    cases = response_times([version(1, work(), other), version(2, moved)], [trigger()], [ALERT])
    assert [(case.job_id, case.state, case.moves, case.version) for case in cases] == [
        (JOB, "open", 1, 1),
        ("clear:S2", "withdrawn", 0, 1),
    ]
    left = response_times(
        [version(1, work(), other), version(2, moved)],
        [trigger()],
        [ALERT],
        events=[tap(EventKind.DEPART, 4, "clear:S2")],
    )
    assert [case.state for case in left] == ["open", "open"], "somebody has set out for it"


def test_the_same_job_wanted_anew_the_next_day_is_another_case():
    day = timedelta(days=1)
    tomorrow = version(
        2, work(start_at=NOW + day + 2 * HOUR, end_at=NOW + day + 3 * HOUR), published_at=NOW + day
    )
    first, second = response_times(
        [version(), tomorrow], [trigger()], [ALERT], events=[*WHOLE, tap(EventKind.CLEAR, 1700)]
    )
    assert (first.at("cleared"), second.at("cleared")) == (NOW + 50 * MINUTE, NOW + 1700 * MINUTE)


def test_what_is_reopened_is_open_until_it_is_cleared_again():
    again = tap(EventKind.REOPEN, 100)
    case = only(response_times([version()], [trigger()], events=[*WHOLE, again]))
    assert (case.state, case.reopened) == ("open", True)
    case = only(
        response_times([version()], [trigger()], events=[*WHOLE, again, tap(EventKind.CLEAR, 140)])
    )
    assert (case.state, case.at("cleared"), case.at("verified")) == (
        "cleared",
        NOW + 140 * MINUTE,
        None,
    )


def test_a_device_is_believed_unless_its_clock_is_impossible():
    late = tap(EventKind.ARRIVE, 60, device_at=NOW + 20 * MINUTE)
    ahead = replace(late, event_id="x", device_at=NOW + 90 * MINUTE)
    assert (
        only(response_times([version()], [trigger()], events=[late])).at("on_site")
        == NOW + 20 * MINUTE
    )
    assert (
        only(response_times([version()], [trigger()], events=[ahead])).at("on_site")
        == NOW + 60 * MINUTE
    )


def test_a_warning_that_was_never_planned_counts_and_one_that_asked_for_nothing_does_not():
    case = only(response_times([], [trigger()], [ALERT]))
    assert (case.job_id, case.version, case.state, case.waiting) == (None, None, "open", "solver")
    over = replace(trigger(), settled_at=NOW, outcome=make_version(1).changes[0])
    assert response_times([], [over], [ALERT]) == ()


def test_a_warning_that_changed_nothing_is_answered_by_the_plan_that_stands():
    asked = trigger("alert:later", at=NOW + 20 * MINUTE)
    settled = NOW + 23 * MINUTE
    said = Message("outcome.unchanged")
    stands = replace(asked, answered_by=1, settled_at=settled, outcome=said)
    cases = response_times([version(1)], [stands])
    case = only(each for each in cases if each.cause == "alert:later")
    assert (case.version, case.state, case.at("published")) == (1, "planned", settled)


def test_an_incident_has_the_clocks_of_its_own_job():
    incident = Incident(
        id=7,
        operation_id=1,
        kind="standing_water",
        segment_id="S1",
        source="desk",
        by="x",
        reported_at=NOW - HOUR,
        received_at=NOW - 2 * MINUTE,
    )
    asked = trigger("incident:7", TriggerKind.INCIDENT, NOW, 2)
    jobs = version(1, work(), work("incident:7"), causes=(CAUSE, "incident:7"))
    cases = response_times([jobs], [trigger(), asked], [ALERT], [incident])
    assert {case.job_id: (case.cause, case.at("received")) for case in cases} == {
        JOB: (CAUSE, NOW),
        "incident:7": ("incident:7", NOW - 2 * MINUTE),
    }
    unanswered = named(response_times([], [asked], [], [incident]), make_city())
    assert [(case.state, case.station_id) for case in unanswered] == [("open", "A")]


def test_delay_is_put_down_to_the_leg_that_took_longest_over_its_target():
    settings = ResponseSettings()
    case = only(response_times([version()], [trigger()], events=WHOLE))
    assert delayed_leg(case, NOW + HOUR, settings) is None
    assert delayed_leg(case, NOW + HOUR, replace(settings, travel_minutes=5)) == "travel"
    waiting = only(response_times([version()], [trigger()]))
    assert waiting.waiting == "delivery"
    assert delayed_leg(waiting, NOW + 5 * MINUTE, settings) is None
    assert delayed_leg(waiting, NOW + HOUR, settings) == "delivery"


@pytest.mark.parametrize(
    ("values", "median", "p90"),
    [
        ([], None, None),
        ([5.0], 5.0, 5.0),
        ([1.0, 2.0, 3.0, 4.0], 2.0, 4.0),
        ([1.0, None], 1.0, None),
        ([*map(float, range(1, 10)), None], 5.0, 9.0),
        ([1.0, None, None], None, None),
    ],
)
def test_percentiles_are_by_nearest_rank_with_open_ones_as_the_longest(values, median, p90):
    assert (percentile(values, 50), percentile(values, 90)) == (median, p90)


def test_open_cases_stay_in_the_denominator_and_few_cases_are_not_ranked():
    jobs = [work(f"incident:{n}") for n in range(4)]
    asked = [trigger(f"incident:{n}", TriggerKind.INCIDENT, NOW, n) for n in range(4)]
    taps = [tap(EventKind.ARRIVE, 10 + n, f"incident:{n}") for n in range(3)]
    cases = response_times(
        [version(1, *jobs, causes=tuple(one.cause for one in asked))], asked, events=taps
    )
    group = only(summary(cases, make_city(), NOW + HOUR, ResponseSettings(min_cases=4), "road"))
    on_site = next(one for one in group.spans if one.name == "on_site")
    assert (group.key, group.cases, group.open, group.ranked) == ("永宁路", 4, 4, True)
    assert (on_site.count, on_site.ended, on_site.median, on_site.p90, on_site.within) == (
        4,
        3,
        660.0,
        None,
        0.75,
    )
    assert not only(summary(cases, make_city(), NOW, ResponseSettings(), "station")).ranked


def test_work_that_is_wanted_later_is_not_late_until_its_time_has_come():
    leave = replace(work().members[0], leave_at=NOW + 5 * HOUR)
    later = work("clear:S2", start_at=NOW + 5.25 * HOUR, end_at=NOW + 6 * HOUR, members=(leave,))
    cases = response_times([version(1, work(), later)], [trigger()], [ALERT], events=WHOLE)

    def counted(hours: float, cases=cases) -> dict[str, tuple[int, int]]:
        return {
            one.name: (one.count, one.ended)
            for one in only(
                summary(cases, make_city(), NOW + hours * HOUR, ResponseSettings())
            ).spans
        }

    assert (
        counted(5)["departure"] == counted(5.25)["departure"] == counted(5.4)["arrival"] == (1, 1)
    )
    assert counted(5.3)["departure"] == counted(5.6)["arrival"] == (2, 1), (
        "the quarter of an hour is over"
    )
    assert (counted(6)["on_site"], counted(6)["turnout"], counted(6)["delivery"]) == (
        (0, 0),
        (0, 0),
        (2, 2),
    )
    early = [*WHOLE, tap(EventKind.DEPART, 60, "clear:S2"), tap(EventKind.ARRIVE, 340, "clear:S2")]
    by_job = {
        case.job_id: case
        for case in response_times([version(1, work(), later)], [trigger()], events=early)
    }
    second = by_job["clear:S2"]
    assert (
        second.late("departed", second.planned_leave),
        second.late("on_site", second.planned_start),
    ) == (0, 1500)
    assert (
        delayed_leg(by_job["clear:S2"], NOW + 6 * HOUR, ResponseSettings(work_minutes=1440))
        == "travel"
    )
    waiting = next(case for case in cases if case.job_id == "clear:S2")
    assert delayed_leg(waiting, NOW + 5 * HOUR, ResponseSettings()) is None, (
        "it waits for its own time"
    )
    assert delayed_leg(waiting, NOW + 6 * HOUR, ResponseSettings()) == "turnout"


def test_a_report_and_each_reopening_ask_for_a_crew_of_their_own():
    asked = trigger("incident:7", TriggerKind.INCIDENT, NOW, 2)
    taps = [
        tap(kind, at, "incident:7")
        for kind, at in (
            (EventKind.ARRIVE, 20),
            (EventKind.CLEAR, 30),
            (EventKind.REOPEN, 60),
            (EventKind.ARRIVE, 100),
            (EventKind.CLEAR, 110),
            (EventKind.REOPEN, 200),
        )
    ]
    plan = version(1, work("incident:7"), work("clear:S2"), causes=("incident:7",))
    cases = response_times([plan], [asked], events=taps)
    assert {case.job_id: case.is_planned for case in cases} == {
        "incident:7": False,
        "clear:S2": True,
    }
    assert answered(cases, NOW + 210 * MINUTE, ResponseSettings()) == [1200, 2400]
    assert answered(cases, NOW + 231 * MINUTE, ResponseSettings()) == [1200, 2400, None]


def test_the_shares_count_what_is_due():
    cases = response_times(
        [version(1, work(), work("clear:S2"))], [trigger()], [ALERT], events=WHOLE
    )
    history = History(operation=OPERATION, versions=(version(),))
    found = {
        one.name: (one.kept, one.count)
        for one in shares(cases, history, NOW + 3 * HOUR, ResponseSettings())
    }
    assert found == {
        "plan_kept": (1, 2),
        "reopen": (0, 1),
        "water_gone_after_rain": (0, 0),
        "hit_rate_top10": (0, 0),
        "data_completeness": (1, 2),
    }
    assert shares(cases, history, NOW + HOUR, ResponseSettings())[0].count == 0, (
        "their time is not over"
    )
    late = ResponseSettings(on_time_minutes=300)
    assert shares(cases, history, NOW + 3 * HOUR, late)[0].count == 0, "their grace is not over"


@pytest.mark.parametrize(
    ("gone", "now", "share"),
    [(3, 4, (1, 1)), (5.5, 6, (0, 1)), (None, 4, (0, 0)), (None, 6, (0, 1)), (1, 2, (1, 1))],
)
def test_water_is_gone_in_time_after_the_rain_that_the_plan_counted_on(gone, now, share):
    incident = Incident(
        id=7,
        operation_id=1,
        kind="standing_water",
        segment_id="S1",
        source="desk",
        by="x",
        reported_at=NOW,
        received_at=NOW,
        closed_at=NOW + gone * HOUR if gone else None,
    )
    asked = trigger("incident:7", TriggerKind.INCIDENT, NOW, 2)
    tomorrow = (NOW + 20 * HOUR, NOW + 22 * HOUR)
    rain = replace(
        version().rain,
        onset_at=tomorrow[0],
        end_at=tomorrow[1],
        storms=((NOW - HOUR, NOW + 2 * HOUR), tomorrow),
    )
    history = History(
        operation=OPERATION,
        versions=(version(1, rain=rain),),
        triggers=(asked,),
        incidents=(incident,),
    )
    settings = ResponseSettings(water_gone_minutes=120)
    rates = {
        one.name: one
        for one in shares(history.cases(make_city()), history, NOW + now * HOUR, settings)
    }
    assert (rates["water_gone_after_rain"].kept, rates["water_gone_after_rain"].count) == share


def call(number: int, **changes) -> Incident:
    told = {
        "id": number,
        "operation_id": 1,
        "kind": "standing_water",
        "segment_id": "S1",
        "source": "desk",
        "by": "x",
        "reported_at": NOW,
        "received_at": NOW,
    }
    return Incident(**(told | changes))


def test_a_worse_call_is_answered_by_the_work_of_its_matter():
    asked = [
        trigger(f"incident:{number}", TriggerKind.INCIDENT, NOW + number * MINUTE, number)
        for number in (7, 9)
    ]
    plans = [
        version(1, work("incident:7"), causes=("incident:7",)),
        version(2, work("incident:7"), causes=("incident:9",), published_at=NOW + 12 * MINUTE),
    ]
    calls = [call(7), call(8, matter_id=7), call(9, matter_id=7)]
    case = only(response_times(plans, asked, incidents=calls))
    assert (case.job_id, case.cause, len(case.answers)) == ("incident:7", "incident:7", 1)


def test_work_for_a_call_that_the_desk_split_off_answers_that_call():
    at = NOW + 20 * MINUTE
    split_off = call(8, matter_id=8, matter_by="甲", matter_at=at)
    cause = str(sorting(8, at))
    asked = [
        trigger("incident:7", TriggerKind.INCIDENT, NOW, 7),
        trigger(cause, TriggerKind.CHANGE, at, 8),
    ]
    plans = [
        version(1, work("incident:7"), causes=("incident:7",)),
        version(
            2,
            work("incident:7"),
            work("incident:8"),
            causes=(cause,),
            published_at=at + MINUTE,
        ),
    ]
    cases = response_times(plans, asked, incidents=[call(7), split_off])
    assert [(case.job_id, case.answers[0].reported_at) for case in cases] == [
        ("incident:7", NOW),
        ("incident:8", NOW),
    ]


def test_days_and_weeks_follow_one_another():
    later = work("clear:S2", start_at=NOW + 240 * HOUR, end_at=NOW + 241 * HOUR)
    asked = [trigger(), trigger("manual:9", TriggerKind.MANUAL, NOW + 239 * HOUR, 9)]
    plans = [version(), version(2, later, causes=("manual:9",), published_at=NOW + 239 * HOUR)]
    cases = response_times(plans, asked, [ALERT])
    keys = {
        by: [group.key for group in summary(cases, make_city(), NOW, ResponseSettings(), by)]
        for by in ("day", "week")
    }
    assert keys == {"day": ["2022-07-08", "2022-07-18"], "week": ["2022-W27", "2022-W29"]}


@settings(deadline=None)
@given(st.lists(st.none() | st.floats(0, 1e6), max_size=40), st.sampled_from([50, 90]))
def test_a_percentile_is_the_least_time_that_so_many_keep(seconds, per_cent):
    """The plain reference: try each time there is, the least first."""
    kept = [
        time
        for time in sorted(one for one in seconds if one is not None)
        if 100 * sum(one is not None and one <= time for one in seconds) >= per_cent * len(seconds)
    ]
    assert percentile(seconds, per_cent) == (kept[0] if kept else None)


# --- the command
# ------------------------------------------------------------------------------------------


def test_the_command_tells_it_in_both_languages_and_for_machines(tmp_path):
    url = f"sqlite:///{tmp_path / 'x.db'}"

    def run(*words: str, given: str = "") -> str:
        done = CliRunner().invoke(
            cli, ["--db", url, "--now", "2022-07-08T08:20+08:00", *words], input=given
        )
        assert done.exit_code == 0, done.output
        return done.stdout

    run("init", "--admin", "管理员", "--stdin", given="lightning over liaoyuan\n")
    store = Store(url)
    operation = store.operations.current()
    triggers = store.triggers.pending(operation.id)
    alert = store.weather.alerts(operation.id)[0]
    cause = next(one for one in triggers if one.cause == f"alert:{alert.digest}")
    plan = version(
        1, operation_id=operation.id, causes=(cause.cause,), alert_digests=(alert.digest,)
    )
    store.plans.save(plan, [cause.id], NOW)
    store.field.save_event(tap(EventKind.ARRIVE, 20, operation_id=operation.id))
    store.close()
    assert "计划到场延迟：中位数5分钟" in run("response", "--by", "road")
    assert "not measurable yet" in run("--lang", "en", "response")
    table = json.loads(run("response", "--by", "level", "--json"))
    assert [group["key"] for group in table["groups"]] == ["yellow"]
    rows = run("response", "--csv").splitlines()
    assert rows[0].startswith("cause,job")
    assert len(rows) == 2
    assert run("response", "--csv", "--from", "2022-07-09").splitlines() == rows[:1]


def test_no_text_in_the_csv_is_a_formula(capsys):
    case = Case(
        cause="=cmd|'/c calc'!A1",
        job_id="@SUM(1)",
        kind="guard",
        segment_id="+1",
        station_id="-2",
        clocks=(NOW,) * len(CLOCKS),
        cause_kind=TriggerKind.ALERT,
    )
    response._write_csv([case])
    row = next(csv.reader(capsys.readouterr().out.splitlines()[1:]))
    assert row[:6] == ["'=cmd|'/c calc'!A1", "'@SUM(1)", "guard", "'+1", "'-2", ""]
