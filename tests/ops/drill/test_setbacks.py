"""What goes wrong between an order and the work: alike for all, and no more than is set."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.field import EventKind
from data.model.message import Message
from data.model.street.streets import Street, StreetMap
from data.sheets.city import read_city
from ops.drill.closed_loop import World, run
from ops.drill.field.field_work import Order, Work
from ops.drill.field.setbacks import Setbacks
from ops.drill.parameters import (
    DrillSettings,
    FieldSettings,
    HiddenState,
    StormShape,
    StreetSettings,
)
from ops.drill.physics.storms import MINUTE, DrillStorm, Warned, chicago, hourly
from ops.drill.physics.street_network import street_network
from ops.drill.planned import planned
from ops.drill.ways.roads import Roads, throughout
from ops.intake.sample import FOLDER
from tests.helpers.makers import local, make_city

CITY = read_city(FOLDER)
BEGIN, END = local(9), local(17)
DRY: dict[str, float] = {}


def setbacks(seed: int = 1, **changed) -> Setbacks:
    none = {"refused_share": 0, "broken_per_hour": 0}
    return Setbacks(CITY, FieldSettings(**(none | changed)), BEGIN, END, seed)


def order(resource_id: str, road: int, team: str = "") -> Order:
    segment = CITY.segments[road]
    return Order(
        key=f"{resource_id} {segment.id}",
        team=team or resource_id,
        resource_id=resource_id,
        work=Work.POST,
        people=2,
        position=segment.middle,
        segment_id=segment.id,
    )


ALL = [order(crew.id, road) for crew in CITY.crews for road in range(len(CITY.segments))]


@given(st.integers(0, 1000), st.floats(0, 1), st.floats(0, 1))
def test_the_more_are_set_to_refuse_the_more_do_and_nobody_else(seed, share, more):
    """Who refuses is drawn by crew and road alone: neither order nor company changes it."""
    few, many = sorted((share, more))
    some, others = (
        {
            (one.resource_id, one.segment_id)
            for one in ALL
            if it.refuses(one.resource_id, one.segment_id)
        }
        for it in (setbacks(seed, refused_share=few), setbacks(seed, refused_share=many))
    )
    assert some <= others


def test_a_share_refuses_and_goes_when_it_has_been_talked_round():
    tried = setbacks(refused_share=0.3, persuaded_minutes=20)
    going = {one.key for one in tried.at_work(ALL, BEGIN, DRY)}
    refused = {one.key for one in tried.refused}
    assert len(refused) == pytest.approx(0.3 * len(ALL), rel=0.25)
    assert going == {one.key for one in ALL} - refused
    assert tried.at_work(ALL, BEGIN + 19 * MINUTE, DRY) == [o for o in ALL if o.key in going]
    assert not tried.refused, "said once"
    assert tried.at_work(ALL, BEGIN + 20 * MINUTE, DRY) == ALL


def test_machines_break_down_at_the_rate_that_is_set_and_are_mended():
    machine_hours, broken = 0, 0
    for seed in range(40):
        tried = setbacks(seed, broken_per_hour=0.1, repair_minutes=60)
        for minute in range(0, 480, 60):
            out = tried.broken(BEGIN + minute * MINUTE)
            machine_hours += len(CITY.machines)
            broken += len(out)
            orders = [order(one.id, 0) for one in CITY.machines]
            working = {
                one.resource_id for one in tried.at_work(orders, BEGIN + minute * MINUTE, DRY)
            }
            assert working == {one.id for one in CITY.machines} - out
    assert broken / machine_hours == pytest.approx(0.085, abs=0.02)
    assert not setbacks(broken_per_hour=0).broken(BEGIN)


@pytest.mark.system
def test_the_plan_hears_of_what_goes_wrong_and_the_loop_goes_on(caplog):
    """Refusals, breakdowns, who is there, water and closures go in by the doors of the station and
    the desk; nothing fails, nobody is left out.
    """
    pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
    city = make_city()
    people = FieldSettings(refused_share=0.5, broken_per_hour=0.6, repair_minutes=40)
    settings = DrillSettings(hidden=HiddenState(clogged_share=0.6), people=people)
    rain = [0.0] * 30 + chicago(45, 60, StormShape()) + [0.0] * 30
    storm = DrillStorm(
        name="short",
        begin=local(9),
        rain_mm_h=tuple(rain),
        forecast_mm=hourly(rain, local(9)),
        warnings=(Warned(at=local(9), colour="red", hours=1, mm=45),),
    )
    network = street_network(city, StreetSettings(), StormShape())
    roads = Roads(
        streets=StreetMap(streets=tuple(Street(line=one.line) for one in city.segments)),
        closures=(throughout("works", city.segments[1].line),),
    )
    world = World(city=city, storm=storm, network=network, settings=settings, seed=2, roads=roads)
    with planned(city, storm, 200, people, world.seed, roads) as policy:
        run(world, policy)
        store, operation = policy.store, policy.operation
        told = {one.kind for one in store.field.events(operation.id)}
        outages = store.desk.outages(operation.id)
        versions = policy.versions
    assert {EventKind.REFUSE, EventKind.ARRIVE} <= told
    closed = [message.facts for version in versions for message in version.ways.closed]
    assert any(one["name"] == "works" for one in closed)
    why = [one.get("why") for one in closed]
    assert any(isinstance(one, Message) and "cm" in one.facts for one in why), "the water reported"
    assert {one.resource_id for one in outages} <= {one.id for one in city.machines}
    assert len(outages) > 0
    assert len(versions) > 1
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def test_settings_that_can_t_be_are_refused():
    for bad in ({"refused_share": 1.1}, {"broken_per_hour": 1.0}):
        with pytest.raises(ValueError, match="must"):
            replace(FieldSettings(), **bad)
    assert FieldSettings(refused_share=0, broken_per_hour=0, repair_minutes=0)
