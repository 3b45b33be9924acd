"""A forecast of many members: what is planned on, and futures that are the same for all."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drill.ensemble import HEDGED, KNOWING, MEAN, SHARE, WAYS, ensemble_tried, future, ways
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings, ForecastSpread, StormShape
from ops.drill.physics.storms import DrillStorm, chicago, forecast, hourly
from ops.drill.planned import KeptPlan
from ops.risk.parameters import RiskSettings
from ops.risk.rain_sources import forecast_rain
from tests.helpers.makers import local, make_assignment, make_city, make_version


def storm() -> DrillStorm:
    rain = [0.0] * 60 + chicago(45, 60, StormShape()) + [0.0] * 30
    begin = local(9)
    return DrillStorm(
        name="short",
        begin=begin,
        rain_mm_h=tuple(rain),
        forecast_mm=hourly(rain, begin),
        warnings=(),
    )


@given(st.integers(0, 500))
def test_a_future_is_the_storm_more_or_less_and_the_same_again(number):
    spread = ForecastSpread(amount_spread=0.5, shift_minutes=20)
    rain = future(storm(), spread, f"future {number}")
    assert rain == future(storm(), spread, f"future {number}")
    assert min(rain) >= 0
    certain = future(storm(), ForecastSpread(amount_spread=0, shift_minutes=0), f"{number}")
    assert certain == storm().rain_mm_h


@given(st.integers(0, 500), st.sampled_from([0, 10, 60]))
def test_a_storm_that_comes_sooner_rains_no_harder_than_it_does(number, dry):
    """What would have fallen before the drill begins does not fall in its first minute."""
    whole = replace(storm(), rain_mm_h=storm().rain_mm_h[60 - dry :])
    spread = ForecastSpread(amount_spread=0, shift_minutes=60)
    rain = future(whole, spread, f"future {number}")
    assert max(rain) <= max(whole.rain_mm_h)


def test_each_way_of_planning_is_given_what_it_says():
    begin = storm().begin
    hour = begin + timedelta(hours=1)
    members = [{hour: mm} for mm in (0.0, 10.0, 20.0, 30.0)]
    given_ = ways(members, {hour: 99.0}, storm(), 0.75)
    assert set(given_) == set(WAYS)
    assert given_[MEAN] == ({hour: 15.0},)
    assert given_[SHARE][0][hour] == 20.0
    assert given_[HEDGED] == tuple(members)
    assert given_[KNOWING] == ({hour: 99.0},)


def test_members_that_see_one_storm_at_other_hours_do_not_hide_it_from_who_hedges():
    """Hour by hour most are dry; the program's own reading keeps the storm on which they agree."""
    begin = storm().begin
    members = [{begin + timedelta(hours=n): 30.0} for n in range(1, 6)]
    given_ = ways(members, {}, storm(), 0.75)
    of = {
        way: sum(forecast_rain(forecast(given_[way], begin), begin, RiskSettings()).hours.values())
        for way in (MEAN, SHARE, HEDGED)
    }
    assert of[SHARE] == 0
    assert of[HEDGED] >= 30 - 1e-6
    assert of[MEAN] == pytest.approx(30)


def test_the_ways_are_tried_in_the_same_futures(monkeypatch):
    """What comes of them is put beside the way and the future that it belongs to."""
    tried = []

    def stood(world, name: str) -> Outcome:
        tried.append((name, world.seed, world.storm.rain_mm_h, len(world.storm.forecasts)))
        minutes = round(1000 * world.seed + (100 if world.storm.members[1:] else 200))
        empty = dict.fromkeys(f.name for f in fields(Outcome))
        return Outcome(**empty | {"deep": {"road": minutes}, "crew_hours": 1.0})

    def done(calls, _):
        return {key: stood(*call.args[:2]) for key, call in calls.items()}

    monkeypatch.setattr("ops.drill.ensemble.done", done)
    settings = DrillSettings(forecast=ForecastSpread(members=4, shift_minutes=10))
    found = ensemble_tried(make_city(), storm(), settings, range(3), 50)
    assert set(found.draws) == {*WAYS, "none", "clean"}
    assert found.draws[MEAN] == [200, 1200, 2200]
    assert found.draws[HEDGED] == [100, 1100, 2100]
    assert found.against_mean[HEDGED].mean == -100
    assert len({(seed, rain) for _, seed, rain, _ in tried}) == 3
    assert {of for name, _, _, of in tried if name == "xunban"} == {1, 4}
    assert found.as_json()["minutes"]


def test_planned_once_all_futures_share_the_plans_of_the_beginning(monkeypatch):
    """But for who knows what comes: he has a plan for each."""
    made, asked = [], {}

    def plan_at_once(city, storm, *_):
        made.append(storm.forecasts)
        return make_version(1, number=len(made))

    def done(calls, _):
        asked.update(calls)
        raise InterruptedError

    monkeypatch.setattr("ops.drill.ensemble.plan_at_once", plan_at_once)
    monkeypatch.setattr("ops.drill.ensemble.done", done)
    settings = DrillSettings(forecast=ForecastSpread(members=4))
    with pytest.raises(InterruptedError):
        ensemble_tried(make_city(), storm(), settings, range(3), 50, once=True)
    assert len(made) == 3
    for way in (MEAN, SHARE, HEDGED):
        assert len({asked[way, n].args[2].number for n in range(3)}) == 1
    assert {asked[KNOWING, n].args[2] for n in range(3)} == {None}


def test_a_kept_plan_is_carried_out_in_its_own_time_while_its_machines_run():
    city = make_city()
    job = replace(make_assignment("clear", "C01"), segment_id=city.segments[0].id)
    kept = KeptPlan(make_version(1, assignments=(job,)), city, DrillSettings().people)
    assert kept.orders(job.start_at - timedelta(minutes=1)) == []
    assert [one.team for one in kept.orders(job.start_at)] == [job.members[0].unit_id]
    assert kept.orders(job.end_at) == []
    kept.broken(frozenset({job.members[0].resource_id}), job.start_at)
    assert kept.orders(job.start_at) == []
