"""The sample district: as the script makes it, and as a district should be."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from data.geo import distance_m
from data.sheets.words import CAUSE_WORDS, INLET_WORDS, MACHINE_WORDS, REMEDY_WORDS
from tests.helpers.paths import LONGSHAN

CENTRE = (125.13876, 42.90017)


def test_the_script_makes_the_same_bytes(tmp_path):
    subprocess.run(
        [sys.executable, LONGSHAN / "make_sample.py", tmp_path], check=True, cwd=tmp_path
    )
    made = {path.name: path.read_bytes() for path in tmp_path.glob("*")}
    assert made == {
        path.name: path.read_bytes()
        for path in LONGSHAN.glob("*.*")
        if path.suffix == ".csv" or path.name == "streets.geojson"
    }


def test_it_says_that_it_is_made_up(city):
    assert city.district.sample
    assert "编造" in city.district.source
    assert "Made-up" in city.district.source
    assert "Made-up" in json.loads((LONGSHAN / "forecast.json").read_text("utf-8"))["sample"]
    assert all(station.chief == f"{station.name}站长" for station in city.stations), (
        "a post, not a person"
    )


def test_roads_and_their_crossing(city):
    roads = {segment.road for segment in city.segments}
    assert roads >= {
        "永宁路",
        "安宁街",
        "连阳路",
        "新兴路",
        "文宁街",
        "人民大街",
        "西宁大街",
        "安宁大街",
    }
    assert len(city.segments) >= 24
    assert any(
        "安宁大街×西宁大街" in segment.road and segment.guard and segment.low_lying
        for segment in city.segments
    )
    assert {segment.importance for segment in city.segments} == {3, 4, 5}
    guarded = {segment.road for segment in city.segments if segment.guard}
    assert guarded >= {"永宁路", "安宁街", "连阳路", "新兴路", "文宁街", "人民大街"}, (
        "each key road has its post"
    )
    assert 4 <= sum(segment.low_lying for segment in city.segments) <= 6


def test_roads_are_joined_end_to_end(city):
    ends = Counter(end for segment in city.segments for end in (segment.line[0], segment.line[-1]))
    loose = [end for end, count in ends.items() if count == 1]
    for (
        end
    ) in loose:  # the rim of the grid, and the crossing that the cross street meets in its middle
        assert distance_m(end, CENTRE) > 1000 or any(
            distance_m(end, other) < 60 for other in ends if other != end
        )
    assert len(loose) <= 10


def test_everything_lies_in_the_town_and_inside_the_outline(city):
    places = [one.position for one in (*city.inlets, *city.stations)]
    places += [place for segment in city.segments for place in segment.line]
    assert len(city.district.outline) == 80
    for place in places:
        assert distance_m(place, CENTRE) < 4000
        assert inside(place, city.district.outline)


def inside(place, ring) -> bool:
    x, y = place
    crossings = sum(
        (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
        for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True)
    )
    return crossings % 2 == 1


def test_inlets_stand_along_their_roads_on_both_sides(city):
    assert 240 <= len(city.inlets) <= 500
    lines = {segment.id: segment.line for segment in city.segments}
    by_segment = {}
    for inlet in city.inlets:
        by_segment.setdefault(inlet.segment_id, []).append(inlet.position)
        assert min(distance_m(inlet.position, place) for place in lines[inlet.segment_id]) < 150
    assert set(by_segment) == set(lines)
    gaps = [distance_m(*pair) for places in by_segment.values() for pair in pairwise(places)]
    assert sum(30 <= gap <= 60 for gap in gaps) > 0.9 * len(gaps)
    assert {inlet.kind for inlet in city.inlets} == set(INLET_WORDS)


def test_every_station_has_crews_in_every_shift_and_all_kinds_of_machines_have_drivers(city):
    assert city.stations[0].name == "西宁管理站"
    assert len(city.stations) >= 4
    assert len(city.crews) >= 14
    assert {(crew.station_id, crew.shift_id) for crew in city.crews} == {
        (station.id, shift.id) for station in city.stations for shift in city.shifts
    }
    assert all(2 <= crew.size <= 6 and crew.leader.endswith("班长") for crew in city.crews)
    confined = [crew for crew in city.crews if "confined_space" in crew.skills]
    assert all(crew.size >= 3 for crew in confined)
    assert {crew.shift_id for crew in confined} == {shift.id for shift in city.shifts}
    assert {machine.kind for machine in city.machines} == set(MACHINE_WORDS)
    assert len(city.machines) >= 10
    assert {driver.machine_id for driver in city.drivers} == {
        machine.id for machine in city.machines
    }
    for machine in city.machines:
        if machine.kind == "pump_truck":
            assert len({one.shift_id for one in city.drivers if one.machine_id == machine.id}) == 3


def test_three_shifts_make_a_day_and_each_has_its_break(city):
    assert [(shift.start.hour, shift.end.hour) for shift in city.shifts] == [
        (8, 16),
        (16, 0),
        (0, 8),
    ]
    assert all(30 <= shift.break_minutes <= 45 for shift in city.shifts)


def test_two_years_of_blockages_with_a_signal_in_them(city):
    found = city.blockages
    assert 300 <= len(found) <= 900
    days = [one.reported_at.date() for one in found]
    assert min(days) >= date(2020, 6, 30)
    assert max(one.reported_at for one in found) < datetime(2022, 7, 7, 16, tzinfo=UTC)
    still = [one for one in found if one.cleared_at is None]
    assert 3 <= len(still) <= 40
    assert len({one.inlet_id for one in still}) == len(still), (
        "an inlet that is blocked can't block again"
    )
    leaves = Counter(one.reported_at.month for one in found if one.cause == "leaves")
    assert leaves[10] + leaves[11] > sum(leaves.values()) / 2
    wet = [one for one in found if one.rain_mm > 10]
    assert len(wet) > len(found) / 8, (
        "such days are about one in sixteen, so they bring more than their share"
    )
    times = sorted(Counter(one.inlet_id for one in found).values(), reverse=True)
    assert sum(times[: len(city.inlets) // 20]) > 0.2 * len(found), (
        "a twentieth of the inlets gives a fifth and more"
    )
    assert {one.cause for one in found} == set(CAUSE_WORDS)
    assert {one.remedy for one in found} == set(REMEDY_WORDS)


def test_the_forecast_has_the_documented_shape_and_fits_the_warning():
    forecast = json.loads((LONGSHAN / "forecast.json").read_text("utf-8"))
    hourly = forecast["hourly"]
    assert (
        len(hourly["time"])
        == len(hourly["precipitation"])
        == len(hourly["precipitation_probability"])
    )
    assert forecast["hourly_units"]["precipitation"] == "mm"
    assert sum(hourly["precipitation"]) == pytest.approx(62.3)
    peak = max(zip(hourly["precipitation"], hourly["time"], strict=True))
    assert peak == (18.0, "2022-07-08T06:00")  # GMT, the hour that ends at 14:00 in Liaoyuan
    assert (
        (LONGSHAN / "warning.txt")
        .read_text("utf-8")
        .startswith("辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号")
    )
