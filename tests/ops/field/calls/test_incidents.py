"""Incidents: placed or refused in words, kept once, turned into work that the crews may do; units
out of action.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from pyproj import Transformer

from data.errors import BadSheets
from data.geo import from_wgs84
from data.model.field import INCIDENT_KINDS, Outage
from data.model.ids import JobId
from data.model.plan import JobKind
from ops.base.errors import NotAllowed
from ops.base.messages import catalogue
from ops.district.places import nearest
from ops.field.calls.incident_csv import read_csv
from ops.field.calls.incidents import IncidentReport, placed
from ops.field.outages import bring_back, take_out
from ops.planning.on_duty import availability
from ops.planning.tiers import Tier
from ops.planning.wanted.incident_tasks import incident_tasks
from tests.helpers.incident import incident
from tests.helpers.makers import (
    DESK,
    HOUR,
    NOW,
    both_databases,
    make_alert,
    make_city,
    make_forecast,
)
from tests.helpers.storm import make_storm, plan_for
from weather.model import Level


def told(**changes) -> IncidentReport:
    return IncidentReport(
        **(
            {
                "kind": "fallen_tree",
                "by": "热线",
                "source": "api:12345",
                "reported_at": NOW,
                "segment_id": "S1",
            }
            | changes
        )
    )


def test_every_kind_has_its_name():
    assert {f"incident.{kind}" for kind in INCIDENT_KINDS} <= set(catalogue())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "ufo"}, "incident.no_kind"),
        ({"segment_id": "S9"}, "incident.no_segment"),
        ({"segment_id": None}, "incident.nowhere"),
        ({"depth_cm": -1.0}, "incident.bad_depth"),
        ({"depth_cm": float("nan")}, "incident.bad_depth"),
        ({"text": "字" * 501}, "field.too_long"),
        ({"reported_at": NOW + HOUR}, "incident.bad_time"),
        ({"reported_at": NOW.replace(tzinfo=None)}, "incident.bad_time"),
        ({"segment_id": None, "position": (float("inf"), 0.0)}, "incident.bad_position"),
        ({"segment_id": None, "position": (126.0, 43.0)}, "incident.too_far"),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_can_t_be_is_refused(drill, changes, why):
    with pytest.raises(NotAllowed) as refused:
        placed(told(**changes), drill, make_city(), NOW)
    assert refused.value.code == why


def test_a_position_finds_the_segment_beside_it_not_only_its_ends():
    segment, metres = nearest((125.144, 42.9024), make_city())
    assert segment.id == "S2"
    assert metres < 1


@both_databases
def test_a_platform_s_repeat_is_the_same_incident(store, drill):
    store.replace_city(make_city())
    one = placed(told(external_id="A-7"), drill, store.city(), NOW)
    first, new = store.field.report_incident(one)
    assert (store.field.report_incident(one), new) == ((first, False), True)
    assert [each.cause for each in store.triggers.pending(drill.id)] == [f"incident:{first.id}"]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, JobKind.CLEAR),
        ({"kind": "standing_water"}, JobKind.CLEAR),
        ({"kind": "standing_water", "depth_cm": 14.9}, JobKind.CLEAR),
        ({"kind": "standing_water", "depth_cm": 15.0}, JobKind.GUARD),
        *(({"kind": kind}, JobKind.GUARD) for kind in INCIDENT_KINDS[2:]),
    ],
)
def test_crews_do_what_they_can_and_else_man_a_post(changes, kind):
    storm = replace(make_storm(), incidents=(incident(**changes),))
    work, *_ = incident_tasks(storm)
    assert (work.kind, work.segment_id, work.id) == (kind, "S2", "incident:7")


def test_deep_water_asks_for_a_crew_and_beside_it_for_a_pump_with_its_driver_alone():
    storm = replace(make_storm(), incidents=(incident(kind="standing_water", depth_cm=25.0),))
    crew, pump = incident_tasks(storm)
    assert (crew.kind, crew.id) == (JobKind.GUARD, "incident:7")
    assert [(need.machine_kind, need.people) for need in crew.needs] == [(None, 2)]
    assert (pump.kind, pump.id, pump.tier) == (JobKind.PUMP, "incident:7:pump", Tier.FLOODED)
    assert [need.machine_kind for need in pump.needs] == ["pump_truck"]


def test_while_open_ground_work_is_forbidden_a_blocked_inlet_is_a_post():
    storm = make_storm(
        alerts=(make_alert(Level.RED),), series=make_forecast(dict.fromkeys(range(8, 40), 20.0))
    )
    (work,) = incident_tasks(replace(storm, incidents=(incident(),)))
    assert work.kind is JobKind.GUARD


def test_without_a_pump_truck_deep_water_is_a_post():
    city = make_city()
    city = replace(
        city,
        machines=tuple(one for one in city.machines if one.kind != "pump_truck"),
        drivers=tuple(one for one in city.drivers if "pump_truck" not in one.machine_id),
    )
    (work,) = incident_tasks(
        replace(make_storm(city), incidents=(incident(kind="standing_water", depth_cm=40.0),))
    )
    assert work.kind is JobKind.GUARD


def test_an_incident_at_a_place_that_the_tables_lost_asks_for_nothing():
    assert incident_tasks(replace(make_storm(), incidents=(incident(segment_id="gone"),))) == ()
    assert str(JobId.of_incident(incident().id)) == "incident:7"


def test_a_unit_out_of_action_has_no_work_and_comes_back_for_the_rest_of_its_turn():
    storm = make_storm()
    first, _ = plan_for(storm)
    unit = first.assignments[0].members[0].resource_id
    out = Outage(operation_id=1, resource_id=unit, from_at=NOW, by="值班员")
    again, _ = plan_for(replace(storm, outages=(out,)), first)
    assert unit not in {member.resource_id for work in again.assignments for member in work.members}
    later = NOW + 2 * HOUR
    back = availability.on_duty(replace(storm, outages=(replace(out, to_at=later),)))
    assert all(turn.start >= later for turn in back.values() if turn.resource_id == unit)
    ahead = availability.on_duty(replace(storm, outages=(replace(out, from_at=later),)))
    assert any(turn.end == later for turn in ahead.values() if turn.resource_id == unit)


@both_databases
def test_out_and_back_ask_for_a_plan_each_once(store, drill):
    store.replace_city(make_city())
    for new in (True, False):
        assert take_out(store, drill, DESK, "M-loader", "车坏", NOW)[1] is new
    assert bring_back(store, drill, DESK, "M-loader", NOW + HOUR)
    assert [one.cause for one in store.triggers.pending(drill.id)] == ["outage:1", "back:1"]
    for act, why in (
        (lambda: bring_back(store, drill, DESK, "M-loader", NOW), "unit.not_out"),
        (lambda: take_out(store, drill, DESK, "gone", "", NOW), "unit.unknown"),
    ):
        with pytest.raises(NotAllowed, match=why):
            act()


@pytest.mark.usefixtures("store")
def test_a_table_of_incidents_is_taken_whole_or_not_at_all(drill):
    head = "kind,segment_id,lon,lat,depth_cm,text,external_id,reported_at,by\n"
    good = (
        head
        + "standing_water,S1,,,22.5,桥下,K-1,2022-07-08T08:10+08:00,巡查\n"
        + "fallen_tree,,125.144,42.902,,,,,\n"
    )
    found = read_csv(good.encode("utf-8-sig"), "a.csv", drill, make_city(), NOW)
    assert [(one.segment_id, one.depth_cm, one.external_id) for one in found] == [
        ("S1", 22.5, "K-1"),
        ("S2", None, None),
    ]
    assert found[0].reported_at == NOW - timedelta(minutes=10)
    bad = (
        good
        + "ufo,S1,,,,,,,\nother,S1,,,deep,,,,\n"
        + "other,S1,,,,,,yesterday,\nother,S1,,,,,,2022-07-08T08:10,\n"
    )
    with pytest.raises(BadSheets) as refused:
        read_csv(bad.encode(), "a.csv", drill, make_city(), NOW)
    assert [(one.row, one.code) for one in refused.value.errors] == [
        (4, "incident.no_kind"),
        (5, "field.unreadable"),
        (6, "field.unreadable"),
        (7, "incident.bad_time"),
    ]
    for odd in (b"", b"\xff\xfe\x00"):
        with pytest.raises(BadSheets):
            read_csv(odd, "a.csv", drill, make_city(), NOW)


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[2J", "\x85", "\ud800"])
def test_signs_that_steer_a_machine_are_refused(store, drill, text):
    store.replace_city(make_city())
    for act in (
        lambda: placed(told(text=text), drill, make_city(), NOW),
        lambda: placed(told(by=text), drill, make_city(), NOW),
        lambda: take_out(store, drill, DESK, "M-loader", text, NOW),
    ):
        with pytest.raises(NotAllowed, match=r"field\.bad_text"):
            act()
    assert placed(told(text="第一行\r\n第二行\t★"), drill, make_city(), NOW).text


@pytest.mark.parametrize("crs", ["", "gcj02", "百度", "EPSG:4530"])
def test_a_position_of_a_csv_is_in_the_system_that_it_names(drill, crs):
    town = make_city()
    lon, lat = town.segments[0].middle
    turn = Transformer.from_crs(4326, 4530, always_xy=True)
    given = {
        "gcj02": from_wgs84((lon, lat), "gcj02"),
        "百度": from_wgs84((lon, lat), "bd09"),
        "EPSG:4530": turn.transform(lon, lat),
    }.get(crs, (lon, lat))
    raw = f"kind,lon,lat,crs\nstanding_water,{given[0]!r},{given[1]!r},{crs}\n"
    (found,) = read_csv(raw.encode(), "a.csv", drill, town, NOW)
    assert found.position == pytest.approx((lon, lat), abs=1e-6)


def test_a_system_that_nobody_knows_is_refused(drill):
    with pytest.raises(BadSheets) as caught:
        read_csv(b"kind,lon,lat,crs\nstanding_water,1,2,moon\n", "a.csv", drill, make_city(), NOW)
    assert caught.value.errors[0].code == "files.unknown_system"
