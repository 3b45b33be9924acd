"""Streets, rain and clogging that are simulated: what must hold whatever is assumed."""

import json
import re
from collections import Counter
from dataclasses import fields, replace
from datetime import timedelta
from statistics import mean, median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sheets.city import read_city
from ops.base.errors import Invalid
from ops.base.messages import Translator
from ops.drill.alarm import AlarmCosts, came_late, never_came, quiet
from ops.drill.closed_loop import World, model_of, run
from ops.drill.comparison import LIMIT, NOTHING, Estimate, compared, outcomes, worlds
from ops.drill.field.field_work import FieldWork, Order, Work
from ops.drill.field.word_of_mouth import Seen, WaterReport
from ops.drill.parameters import (
    DrillSettings,
    FieldSettings,
    HiddenState,
    StormShape,
    StreetSettings,
)
from ops.drill.physics.hidden_state import Clogging
from ops.drill.physics.own_model import own_model
from ops.drill.physics.storms import (
    BUILT_IN,
    MINUTE,
    DrillStorm,
    Warned,
    built_in,
    by_hours,
    chicago,
    hourly,
)
from ops.drill.physics.street_network import street_network
from ops.drill.planned import planned
from ops.drill.policies import LowPoints, Nobody
from ops.drill.report import page
from ops.drill.study import Study, as_json, keep, kept, result
from ops.intake.sample import FOLDER
from solver import Plan, Problem
from solver.referee import violations
from tests.helpers.makers import NOW, local, make_city

pytestmark = pytest.mark.system

ZONE = ZoneInfo("Asia/Shanghai")
CITY = read_city(FOLDER)
NETWORK = street_network(CITY, StreetSettings(), StormShape())


def test_every_pipe_falls_and_leads_to_an_outfall():
    below = {pipe.upper: pipe for pipe in NETWORK.pipes}
    assert below.keys() | set(NETWORK.outfalls) == NETWORK.nodes.keys()
    for name in NETWORK.nodes:
        passed = 0
        while name not in NETWORK.outfalls:
            pipe = below[name]
            assert NETWORK.nodes[name].pipe_m > NETWORK.nodes[pipe.lower].pipe_m
            following = below.get(pipe.lower)
            assert following is None or following.diameter_m >= pipe.diameter_m
            name, passed = pipe.lower, passed + 1
            assert passed < len(NETWORK.nodes)


def test_each_inlet_is_on_one_block_of_its_own_road():
    counted = Counter(inlet_id for block in NETWORK.blocks for inlet_id in block.inlet_ids)
    assert counted == Counter(inlet.id for inlet in CITY.inlets)
    for inlet in CITY.inlets:
        assert NETWORK.block_of_inlet[inlet.id].segment_id == inlet.segment_id


def test_low_points_lie_below_what_is_beside_them():
    for segment in CITY.segments:
        if segment.low_lying:
            lowest = NETWORK.gathering(segment.id)
            beside = {
                end
                for block in NETWORK.blocks
                if lowest in (block.upper, block.lower)
                for end in (block.upper, block.lower)
            }
            heights = [NETWORK.nodes[end].ground_m for end in beside - {lowest}]
            assert min(heights) >= NETWORK.nodes[lowest].ground_m + 0.39


@given(st.floats(0.1, 300), st.integers(1, 720))
def test_a_design_storm_brings_just_what_it_is_said_to(mm, minutes):
    rain = chicago(mm, minutes, StormShape())
    assert len(rain) == minutes
    assert sum(rain) / 60 == pytest.approx(mm)
    assert min(rain) >= 0


def test_hours_are_filled_and_told_again_by_hours():
    mm = (0, 3, 18, 6)
    assert hourly(by_hours(mm, StormShape()), local(8)) == {
        local(8 + n): each for n, each in enumerate(mm) if each
    }


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_storm_is_warned_of_before_its_rain(name):
    storm = built_in(name, ZONE, 40, StormShape())
    first = next(n for n, rate in enumerate(storm.rain_mm_h) if rate > 0)
    assert storm.warnings[0].at < storm.begin + timedelta(minutes=first)


def test_clogging_is_the_same_for_all_until_somebody_clears():
    """What one policy does to an inlet changes nothing for another, nor for its neighbours."""
    one, other = (Clogging(CITY, NOW, HiddenState(), seed=3) for _ in range(2))
    assert one.clogged == other.clogged
    cleared = next(inlet_id for inlet_id, is_clogged in one.clogged.items() if is_clogged)
    one.clear(cleared)
    for _ in range(100):
        one.fall(0.5)
        other.fall(0.5)
    assert {name for name in one.clogged if one.clogged[name] != other.clogged[name]} <= {cleared}


def test_as_many_are_clogged_as_the_setting_says_and_more_where_the_record_tells():
    often = {blockage.inlet_id for blockage in CITY.blockages}
    drawn = [Clogging(CITY, local(8), HiddenState(), seed).clogged for seed in range(20)]
    assert mean(mean(one.values()) for one in drawn) == pytest.approx(0.2, abs=0.03)
    in_record = mean(one[name] for one in drawn for name in one if name in often)
    others = mean(one[name] for one in drawn for name in one if name not in often)
    assert in_record > 1.2 * others


def short_storm() -> DrillStorm:
    rain = [0.0] * 15 + chicago(45, 60, StormShape()) + [0.0] * 20
    return DrillStorm(
        name="short",
        begin=local(9),
        rain_mm_h=tuple(rain),
        forecast_mm=hourly(rain, local(9)),
        warnings=(Warned(at=local(9), colour="red", hours=1, mm=45),),
    )


def world(**changed) -> World:
    facts = {
        "city": CITY,
        "storm": short_storm(),
        "network": NETWORK,
        "settings": DrillSettings(),
        "seed": 1,
    }
    return World(**(facts | changed))


def test_water_stands_longer_where_inlets_are_clogged_and_people_help():
    """Clean inlets are the limit, half of them clogged are worse than a fifth, work is no harm."""
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    fifth = run(world(), Nobody())
    clean = run(world(), Nobody(), all_clean=True)
    half = run(world(settings=DrillSettings(hidden=HiddenState(clogged_share=0.5))), Nobody())
    helped = run(world(), LowPoints(CITY, local(9)))
    assert clean.minutes() < fifth.minutes() < half.minutes()
    assert clean.minutes() <= helped.minutes() < fifth.minutes()
    assert helped.cleared > 0
    assert fifth.reports > 0


def test_an_inlet_that_somebody_left_half_open_is_opened_by_who_comes_next():
    state = HiddenState(clogged_share=0.3, deep_share=1.0)
    clogging = Clogging(CITY, NOW, state, seed=3)
    found = next(one for one in CITY.inlets if clogging.clogged[one.id])
    first = Order(
        key="clear A",
        team="A",
        resource_id="A",
        work=Work.INLETS,
        people=2,
        position=found.position,
        segment_id=found.segment_id,
        inlet_ids=(found.id,),
    )
    work = FieldWork(CITY, NETWORK, FieldSettings(pace_spread=0.0), seed=3)
    depths = dict.fromkeys(NETWORK.nodes, 0.0)
    for order, minutes in ((first, 10), (replace(first, key="guard B", work=Work.POST), 40)):
        for _ in range(minutes):
            work.minute([order], clogging, Still(), depths, rain_mm_h=0.0)
        assert clogging.clogged[found.id] is (order is first)


class Still:
    """Streets on which no pump stands."""

    def pump(self, node: str, m3_s: float) -> None:
        raise AssertionError


def nothing_clogs(seed: int = 2) -> World:
    return world(settings=DrillSettings(hidden=HiddenState(more_share=0)), seed=seed)


def test_the_engine_alone_comes_to_the_depths_of_a_drill_in_which_nobody_acts(tmp_path):
    """The written model is run by the engine's own command and its results are read."""
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    from swmm.toolkit import output, shared_enum, solver

    tried = nothing_clogs()
    drilled = run(tried, Nobody()).depths
    model, results = tmp_path / "model.inp", tmp_path / "model.out"
    model.write_text(model_of(tried))
    solver.swmm_run(str(model), str(tmp_path / "model.rpt"), str(results))
    handle = output.init()
    output.open(handle, str(results))
    kind = shared_enum.ElementType.NODE
    count = output.get_proj_size(handle)[kind]
    number = {output.get_elem_name(handle, kind, n): n for n in range(count)}
    periods = output.get_times(handle, shared_enum.Time.NUM_PERIODS)
    depth = shared_enum.NodeAttribute.INVERT_DEPTH
    alone = {
        name: output.get_node_series(handle, number[name], depth, 0, periods - 1)
        for name in NETWORK.nodes
    }
    output.close(handle)
    away, deepest = [], 0.0
    for road, nodes in NETWORK.nodes_by_segment.items():
        for period in range(periods - 1):
            found = max(alone[node][period] for node in nodes)
            away.append(abs(drilled[road][15 * (period + 1)] - found))
            deepest = max(deepest, found)
    assert deepest > 0.3
    assert max(away) < 0.02
    assert median(away) < 0.0005


def test_a_bureau_s_own_model_with_its_mapping_gives_what_its_streets_give():
    """Dates and rain are the drill's, a file of rain is not looked for; the mapping says which
    nodes and conduits are ours, in any table and in letters of any size.
    """
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    made = nothing_clogs()
    rows = ["路段编号,节点,雨水口编号,管段"]
    for road, nodes in NETWORK.nodes_by_segment.items():
        first = NETWORK.gathering(road)
        rows += [f"{road},{node},," for node in sorted(nodes, key=lambda one: one != first)]
    rows += [f",,{one},{block.id.lower()}" for block in NETWORK.blocks for one in block.inlet_ids]
    theirs = model_of(made).replace("07/08/2022", "01/02/2000")
    theirs = theirs.replace("TIMESERIES RAIN", 'FILE "C:\\models\\rain 2021.dat" STA01 MM', 1)
    assert "01/02/2000" in theirs
    assert "rain 2021.dat" in theirs
    own = own_model(theirs, "\n".join(rows).replace(",", ";"), CITY)
    with_own = replace(made, own=own, network=own.network)
    for policy in (Nobody(), LowPoints(CITY, local(9))):
        drilled = run(with_own, policy).minutes()
        assert drilled == pytest.approx(run(made, policy).minutes(), rel=0.05)


FILES_OF_SOMEBODY = r"""
[FILES]
USE HOTSTART "C:\models\yesterday.hsf"
SAVE OUTFLOWS "C:\models\out.txt"
[timeseries]
storm2021 FILE "C:\models\storm 2021.dat"
[Evaporation]
TEMPERATURE
[TEMPERATURE]
FILE "C:\models\climate.dat"
"""


def test_files_on_the_desk_of_who_made_a_model_are_not_looked_for():
    """Of rain, of climate, of how full it stood; what the rest of the model needs is told."""
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    made = nothing_clogs()
    road, nodes = next(iter(NETWORK.nodes_by_segment.items()))
    mapping = f"segment,node,inlet,link\n{road},{nodes[0]},,\n"
    theirs = model_of(made).replace("TIMESERIES RAIN", "TIMESERIES storm2021", 1)
    alone = own_model(theirs + FILES_OF_SOMEBODY, mapping, CITY)
    bare = own_model(model_of(made), mapping, CITY)
    found, same = (
        run(replace(made, own=own, network=own.network), Nobody()).minutes()
        for own in (alone, bare)
    )
    assert found == same
    needs = theirs + FILES_OF_SOMEBODY + f"[INFLOWS]\n{nodes[0]} FLOW storm2021\n"
    own = own_model(needs, mapping, CITY)
    with pytest.raises(Invalid) as caught:
        run(replace(made, own=own, network=own.network), Nobody())
    assert "STORM2021" in str(caught.value.facts["why"]).upper()


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ("segment,node,inlet\n", "drill.table_heading"),
        ("segment,node,inlet,link\n", "drill.mapping_empty"),
        ("segment,node,inlet,link\nS01,nowhere,,\n", "drill.table_unknown"),
        ("segment,node,inlet,link\n,,nobody,L1\n", "drill.table_unknown"),
    ],
)
def test_a_mapping_that_can_t_be_is_told_by_its_line(mapping, code):
    with pytest.raises(Invalid) as caught:
        own_model(model_of(world()), mapping, CITY)
    assert caught.value.code == code


def test_what_the_engine_has_against_a_model_is_told_in_its_words():
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    road, nodes = next(iter(NETWORK.nodes_by_segment.items()))
    mapping = f"segment,node,inlet,link\n{road},{nodes[0]},,\n"
    whole = model_of(nothing_clogs())
    with pytest.raises(Invalid) as caught:
        own_model(whole.replace("[RAINGAGES]", "[NOTES]"), mapping, CITY)
    assert caught.value.code == "drill.mapped_without_rain"
    own = own_model(whole.replace("[JUNCTIONS]", "[JUNCTIONS]\nlonely"), mapping, CITY)
    with pytest.raises(Invalid) as caught:
        run(replace(nothing_clogs(), own=own, network=own.network), Nobody())
    assert caught.value.code == "drill.engine_refused"
    assert "at line" in str(caught.value.facts["why"])


def test_the_program_s_own_loop_answers_the_storm_with_legal_plans(caplog):
    """Warnings, calls and taps go in by its doors; it works on a database of its own."""
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    city = make_city()
    network = street_network(city, StreetSettings(), StormShape())
    settings = DrillSettings(hidden=HiddenState(clogged_share=0.6))
    tried = world(city=city, network=network, settings=settings)
    nothing = run(tried, Nobody())
    with planned(city, tried.storm, 200, FieldSettings()) as policy:
        outcome = run(tried, policy)
        versions = policy.versions
    assert nothing.reports > 0
    assert len(versions) > 1, "calls came in and were answered"
    for version in versions:
        problem = Problem.from_json(version.problem)
        assert violations(problem, Plan.from_json(version.plan)) == []
        assert not version.fallback
    assert outcome.cleared > 0
    assert outcome.minutes() <= nothing.minutes()
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def test_policies_are_compared_draw_by_draw_in_processes_of_their_own():
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    city = make_city()
    assert city.segment_by_id, "a district that was looked up in goes to another process too"
    drawn = worlds(city, short_storm(), DrillSettings(), range(3))
    told = []
    by_name = outcomes(
        drawn, (NOTHING, "posts", LIMIT), 1, 2, lambda done, of: told.append((done, of))
    )
    found = compared(by_name, city)
    nothing, posts, clean = (found[name] for name in (NOTHING, "posts", LIMIT))
    assert (nothing.share.mean, clean.share.mean) == (0, 1)
    assert (clean.share.low, clean.share.high) == (1, 1)
    assert posts.share.low <= posts.share.mean <= posts.share.high
    assert nothing.street_minutes_015.mean >= posts.street_minutes_015.mean
    assert nothing.response_p90_s.mean > posts.response_p90_s.mean
    assert nothing.against_ours is None
    assert (told[0], told[-1]) == ((0, 9), (9, 9))
    assert told == sorted(told)


FIELD = FieldSettings(gone_minutes=10, patrol_minutes=60, gone_depth_m=0.05)


def heard(depths: list[float], there: range) -> int | None:
    """The minute in which it is known that the water is gone; called about in the first."""
    road = CITY.segments[0]
    seen = Seen(CITY, FIELD, NOW, seed=4)
    seen.called(WaterReport(at=NOW, segment_id=road.id, depth_m=depths[0]))
    order = Order(
        key="1",
        team="1",
        resource_id="1",
        work=Work.POST,
        people=2,
        position=road.middle,
        segment_id=road.id,
    )
    for minute, depth in enumerate(depths):
        seen.manned([order] if minute in there else [])
        if seen.gone(NOW + minute * MINUTE, {road.id: depth}):
            return minute
    return None


def test_nobody_knows_that_water_is_gone_who_is_not_there_or_comes_by():
    """Who stands there says so after a while; else it waits for the patrol, which comes hourly."""
    wet_then_dry = [0.3] * 20 + [0.0] * 100
    at_once = heard(wet_then_dry, range(120))
    assert at_once == 30
    assert heard([0.3] * 20 + [0.0] * 9 + [0.3] + [0.0] * 90, range(120)) == 40, "it came back"
    assert heard(wet_then_dry, range(45, 120)) in {45, heard(wet_then_dry, range(0))}
    by_patrol = heard(wet_then_dry, range(0))
    assert 30 <= by_patrol < 90
    assert heard([0.3] * 120, range(120)) is None


def test_what_is_kept_of_a_drill_is_tried_again_alike(tmp_path):
    """Tables, settings, storm, draws and version stand in one file."""
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    settings = DrillSettings(hidden=HiddenState(clogged_share=0.4))
    study = Study(
        city=read_city(FOLDER),
        storm=short_storm(),
        settings=settings,
        policies=(NOTHING, "lowpoints"),
        seeds=(3,),
        steps=1,
    )
    keep(study, result(study), tmp_path / "drill.zip")
    again, then = kept(tmp_path / "drill.zip")
    assert again.settings == settings
    assert json.loads(json.dumps(as_json(again, result(again)))) == then
    figures = then["policies"]["lowpoints"]
    for name in ("street_minutes_015", "street_minutes_027", "low_minutes_015", "response_p90_s"):
        assert set(figures[name]) == {"mean", "low", "high"}
    assert then["differences"]["none"]["lowpoints"]["mean"] > 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_drill_goes_on_one_page_with_its_pictures(language):
    """Rain, water under two policies, the crews and two maps; nothing is asked of anybody."""
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    study = Study(
        city=CITY,
        storm=short_storm(),
        settings=DrillSettings(),
        policies=(NOTHING, "posts", "lowpoints"),
        seeds=(1,),
        steps=1,
    )
    found, t = result(study), Translator(language)
    html = page.as_html(study, found, t)
    assert html.count("<svg") == 6
    assert "src=" not in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    for name in study.policies:
        assert t(f"drill.policy_{name}") in html
    assert "0%–" not in html, "one draw has no interval"
    pdf = page.as_pdf(study, found, t)
    assert len(re.findall(rb"/Type ?/Page[^s]", pdf)) == 1


def test_streets_are_fitted_to_a_storm_that_is_remembered():
    """What other streets would leave is remembered; half of what is off is found in few rounds."""
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    pytest.importorskip("scipy", reason="the drill's extra is not installed")
    from ops.drill.physics.fit import Remembered, computed, fit, remembered

    storm, built_in_ = short_storm(), DrillSettings()
    theirs = replace(built_in_, streets=replace(built_in_.streets, low_point_m=0.25))
    roads = [one.id for one in CITY.segments if one.low_lying]
    asked = tuple(Remembered(segment_id=road, depth_m=0, minutes=0) for road in roads)
    memory = computed((CITY, storm, theirs, asked))
    text = "\n".join(
        ["路段编号,水深（厘米）,分钟"]
        + [f"{one.segment_id},{one.depth_m * 100:.1f},{one.minutes}" for one in memory]
    )
    read = remembered(text, CITY)
    before = computed((CITY, storm, built_in_, asked))
    off = max(abs(one.depth_m - other.depth_m) for one, other in zip(memory, before, strict=True))
    found = fit(CITY, storm, built_in_, read, processes=2, rounds=2)
    assert off > 0.05
    assert found.depth_m < off / 2
    assert found.settings.streets.low_point_m < built_in_.streets.low_point_m
    with pytest.raises(Invalid):
        remembered("路段编号,水深,分钟\nnowhere,10,10\n", CITY)


def test_a_false_alarm_and_a_late_one_are_the_same_storm_told_otherwise():
    storm = short_storm()
    late, false, still = came_late(storm), never_came(storm), quiet(storm)
    onset = storm.begin + 15 * MINUTE
    assert late.rain_mm_h == storm.rain_mm_h
    assert (late.warned_at, late.forecast_at) == (onset, onset)
    assert (false.warnings, false.forecast_mm) == (storm.warnings, storm.forecast_mm)
    assert not any(false.rain_mm_h)
    assert (still.warnings, still.forecast_mm, any(still.rain_mm_h)) == ((), {}, False)


@given(st.floats(0, 5000), st.floats(0, 500), st.floats(0.1, 50))
def test_one_acts_the_sooner_the_more_water_and_the_less_work_it_is(saved, hours, worth):
    def costs(saved: float, hours: float) -> AlarmCosts:
        facts = dict.fromkeys(f.name for f in fields(AlarmCosts))
        facts |= {"saved": saved, "hours": hours}
        means = {name: value or 0 for name, value in facts.items()}
        around = {n: Estimate(mean=each, low=each - 9, high=each + 9) for n, each in means.items()}
        return AlarmCosts(**around)

    now = costs(saved, hours).threshold(worth)
    assert 0 <= now.low <= now.mean <= now.high <= 1
    sooner = costs(saved + 100, hours).threshold(worth)
    later = costs(saved, hours + 10).threshold(worth)
    for end in ("low", "mean", "high"):
        assert getattr(sooner, end) <= getattr(now, end) <= getattr(later, end)
