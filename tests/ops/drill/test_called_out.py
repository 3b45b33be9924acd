"""Reserves that the plan calls out in a drill: from the call to leaving, late as drawn, counted and
told; files of before are read as they were.
"""

import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.field import EventKind
from data.model.message import Message
from data.model.plan import JobKind
from ops.analytics.reserve_calls import reserve_calls
from ops.base.messages import LANGUAGES, Translator
from ops.drill.comparison import OURS, Estimate, compared
from ops.drill.field.called_out import CalledOut
from ops.drill.field.word_of_mouth import WaterReport
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings, FieldSettings
from ops.drill.physics.storms import DrillStorm, Warned
from ops.drill.planned import planned
from ops.drill.report.verdict import said
from ops.drill.study import Result, Study, as_json, is_alike, keep, kept
from tests.helpers.makers import NOW, local, make_assignment, make_city, make_version

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UNIT = "A1day@2022-07-08"
EXACT = FieldSettings(reserve_leave_minutes=14, reserve_leave_spread=0, forgotten_share=0)


def job(job_id, kind, start, end, unit=UNIT):
    one = make_assignment(job_id, unit)
    member = replace(one.members[0], leave_at=start - 5 * MINUTE)
    return replace(one, kind=kind, start_at=start, end_at=end, members=(member,), station_id="A")


STANDBY = job("reserve:A:0808T08", JobKind.RESERVE, NOW, NOW + 2 * HOUR)
CALL = job("incident:1", JobKind.GUARD, NOW + 15 * MINUTE, NOW + 2 * HOUR)
FIRST = replace(make_version(1, assignments=(STANDBY,)), published_at=NOW - HOUR)


def called(*jobs, settings=EXACT, seed=0):
    """The plan calls at 0 minutes."""
    second = replace(make_version(1, number=2, assignments=jobs), published_at=NOW)
    calls = CalledOut(settings, seed)
    calls.follow(FIRST, second)
    return calls, second


def test_who_takes_longer_than_planned_comes_so_much_later_and_is_timed():
    calls, version = called(CALL)
    assert calls.late(CALL, CALL.members[0]) == 4 * MINUTE  # ordered to leave after 10, left at 14
    assert list(calls.leaving(version, NOW + 13 * MINUTE)) == []
    assert list(calls.leaving(version, NOW + 14 * MINUTE)) == [CALL]
    assert list(calls.leaving(version, NOW + 15 * MINUTE)) == []
    assert calls.reactions_s == [14 * 60]


def test_who_is_quicker_is_not_sooner_than_planned():
    quick = replace(EXACT, reserve_leave_minutes=3)
    calls, version = called(CALL, settings=quick)
    assert calls.late(CALL, CALL.members[0]) == timedelta(0)
    assert list(calls.leaving(version, NOW + 3 * MINUTE)) == [CALL]


def test_what_is_no_call_or_is_called_off_or_not_measured_counts_nothing():
    routine = job("clear:S1", JobKind.CLEAR, NOW + 15 * MINUTE, NOW + HOUR)
    assert not list(called(routine)[0].leaving(FIRST, NOW + HOUR))
    calls, _ = called(CALL)
    assert not list(calls.leaving(FIRST, NOW + HOUR))
    assert calls.reactions_s == []
    calls, version = called(CALL, settings=replace(EXACT, reserve_leave_minutes=0))
    assert not list(calls.leaving(version, NOW + HOUR))
    assert calls.late(CALL, CALL.members[0]) == timedelta(0)


@pytest.mark.parametrize(("code", "calls"), [("why.watch", 1), ("why.guard", 0)])
def test_who_watches_a_road_that_is_no_post_is_a_reserve_and_who_mans_a_post_is_none(code, calls):
    watch = replace(
        job("guard:S1:0808T08", JobKind.GUARD, NOW - HOUR, NOW + 2 * HOUR), why=(Message(code),)
    )
    before = replace(FIRST, assignments=(watch,))
    after = replace(make_version(1, number=2, assignments=(CALL,)), published_at=NOW)
    found = CalledOut(EXACT, 0)
    found.follow(before, after)
    assert len(list(found.leaving(after, NOW + HOUR))) == calls
    assert not reserve_calls((before, after), ()), "the manager's page times who stands by"


@given(seed=st.integers(0, 500), medians=st.lists(st.floats(1, 60), min_size=2, max_size=2))
def test_the_longer_the_median_the_later_each_leaves_and_a_draw_is_the_same_again(seed, medians):
    late = []
    for median in sorted(medians):
        settings = FieldSettings(reserve_leave_minutes=median)
        calls, again = (called(CALL, settings=settings, seed=seed)[0] for _ in range(2))
        late.append(calls.late(CALL, CALL.members[0]))
        assert again.late(CALL, CALL.members[0]) == late[-1]
    assert late[0] <= late[1]


@pytest.mark.parametrize(
    "bad",
    [{"reserve_leave_minutes": -1}, {"reserve_leave_minutes": 300}, {"reserve_leave_spread": 4}],
)
def test_what_no_crew_could_take_is_refused(bad):
    with pytest.raises(ValueError, match="reserve_leave"):
        FieldSettings(**bad)


def came(*reserve_s):
    """A storm in which nothing else happened."""
    return Outcome(
        deep={},
        deeper={},
        depths={},
        response_s=(),
        stays=(),
        reports=0,
        visited=0,
        cleared=0,
        kilometres=0,
        crew_hours=0,
        overtime_hours=0,
        reserve_s=reserve_s,
    )


def test_p50_p90_and_the_late_ones_are_told_in_both_languages():
    drawn = [came(300.0, 400.0, 900.0), came(), came(500.0)]
    habit = replace(came(), reserve_s=None)
    found = compared({OURS: drawn, "posts": [habit] * 3}, make_city(), 8.0)
    own = found[OURS]
    assert own.reserve_calls.mean == Estimate.of([3, 0, 1]).mean
    assert own.reserve_p50_s.mean == 450  # 400 and 500: a storm without a call has no time
    assert own.reserve_late.mean == pytest.approx(2 / 3, abs=0.05)
    assert own.reserve_target_s == 480
    assert found["posts"].reserve_calls is None
    (line,) = (one for one in said(found) if one.code == "drill.said_reserves")
    for language in LANGUAGES:
        told = Translator(language, ZoneInfo("Asia/Shanghai")).message(line)
        assert "7.5" in told
        assert "8" in told
    unmeasured = compared({OURS: [habit]}, make_city())
    assert not list(said(unmeasured))


@pytest.mark.parametrize(
    ("reports", "stood", "why"), [(0, 0, "quiet"), (9, 0, "unmanned"), (9, 2, "unused")]
)
def test_why_none_was_called_is_said(reports, stood, why):
    found = compared({OURS: [replace(came(), reports=reports, reserves_stood=stood)]}, make_city())
    (line,) = said(found)
    assert line.code == f"drill.said_no_reserves_{why}"
    for language in LANGUAGES:
        assert Translator(language, ZoneInfo("Asia/Shanghai")).message(line)


def test_who_stood_by_as_an_incident_was_answered_is_counted_called_or_not():
    other = job("guard:S2:0808T08", JobKind.GUARD, NOW, NOW + 2 * HOUR, "B1day@2022-07-08")
    theirs = replace(CALL, members=other.members)
    assert called(theirs, STANDBY)[0].stood_by == {UNIT}
    assert called(other, STANDBY)[0].stood_by == set(), "no incident"


STORM = DrillStorm(
    name="short",
    begin=local(9),
    rain_mm_h=(10.0,) * 240,
    forecast_mm={local(9 + n): 10.0 for n in range(4)},
    warnings=(Warned(at=local(9), colour="yellow", hours=4, mm=50),),
)


def study(**changed):
    asked = {
        "city": make_city(),
        "storm": STORM,
        "settings": DrillSettings(),
        "policies": (OURS,),
        "seeds": (1,),
        "steps": 1,
    }
    return Study(**asked | changed)


def test_a_file_of_before_is_read_and_its_reserves_leave_as_they_did(tmp_path):
    own = {OURS: [came(300.0)]}
    asked = study(reserve_minutes=12.0, orders_levels=True)
    found = Result(figures=compared(own, asked.city, asked.reserve_minutes), outcomes=own)
    keep(asked, found, tmp_path / "new.zip")
    again, then = kept(tmp_path / "new.zip")
    assert (again.reserve_minutes, again.orders_levels) == (12.0, True)
    assert again.settings == asked.settings
    assert is_alike(asked, found, then)

    with (
        zipfile.ZipFile(tmp_path / "new.zip") as new,
        zipfile.ZipFile(tmp_path / "old.zip", "w") as old,
    ):
        for name in new.namelist():
            content = new.read(name)
            if name.endswith(".json"):
                content = json.dumps(_before(json.loads(content))).encode()
            old.writestr(name, content)
    again, then = kept(tmp_path / "old.zip")
    assert again.settings.people.reserve_leave_minutes == 0
    assert again.orders_levels is False
    assert is_alike(asked, found, then)
    then["policies"][OURS]["crew_hours"]["mean"] = 7.0
    assert not is_alike(asked, found, then)
    assert as_json(asked, found)["policies"][OURS]["reserve_p50_s"]["mean"] == 300


def _before(told):
    """Without what an earlier version did not know."""
    if isinstance(told, dict):
        return {
            key: _before(one)
            for key, one in told.items()
            if not key.startswith(("reserve", "orders"))
        }
    return told


def test_the_drill_calls_the_reserve_that_stands_by_and_its_crew_says_that_it_leaves():
    """The warning's level is ordered, and keeps one crew at each station ready."""
    city = make_city()
    lanes = {"guard": False, "low_lying": False, "importance": 2}
    roads = tuple(replace(one, **lanes) for one in city.segments)
    crews = tuple(one for one in city.crews if one.size == 3)
    city = replace(city, segments=roads, inlets=(), blockages=(), crews=crews)
    with planned(city, STORM, 200, EXACT, orders_levels=True) as policy:
        at = STORM.begin
        for minute in range(120):
            at = STORM.begin + minute * MINUTE
            if minute == 60:
                assert any(
                    one.kind is JobKind.RESERVE and one.start_at <= at < one.end_at
                    for one in policy.versions[-1].assignments
                )
                policy.reported(WaterReport(at=at, segment_id="S2", depth_m=0.3))
            orders = policy.orders(at)
            policy.working(orders, at)
        events = policy.store.field.events(policy.operation.id)
    assert policy.called.reactions_s == [14 * 60]
    departs = [one for one in events if one.kind is EventKind.DEPART]
    assert [(one.server_at - STORM.begin) // MINUTE for one in departs] == [74]
    (arrive,) = (
        one for one in events if (one.kind, one.job_id) == (EventKind.ARRIVE, departs[0].job_id)
    )
    assert arrive.server_at > departs[0].server_at
