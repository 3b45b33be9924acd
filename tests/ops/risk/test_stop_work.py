"""Stop-work rules besides those of the rain's amount: red, lightning, heat, ice."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.levels import DEFAULT_LEVELS
from data.model.plan import JobKind
from ops.district.rosters import Turn, shift_span
from ops.planning.on_duty.duty_times import duty_times
from ops.planning.on_duty.meals import heat_rest
from ops.planning.wanted.task_types import spans_of
from ops.risk.rain_outlook import outlook
from ops.risk.stop_work import SafetySettings, covers, open_ground_spans, spans_without
from tests.helpers.makers import NOW, SHIFTS, local, make_alert, make_forecast
from tests.helpers.storm import make_storm
from weather.model import Level

ZONE = ZoneInfo("Asia/Shanghai")
ALL_HANDS = next(rule for rule in DEFAULT_LEVELS if rule.all_hands)


def alert_of(hazard: str, level: Level, until: float = 20):
    return make_alert(
        level, type=hazard, forecast_hours=None, forecast_mm=None, expires_at=local(until)
    )


def free(rain: dict[int, float], *alerts, start: float = 9, end: float = 18, **settings):
    """When open ground may be worked on, in local hours of 8 July."""
    for_incident = settings.pop("for_incident", False)
    seen = outlook(make_forecast(rain), (), None, NOW)
    spans = open_ground_spans(
        seen, alerts, local(start), local(end), SafetySettings(**settings), ZONE,
        for_incident=for_incident,
    )  # fmt: skip
    return [tuple((at - local(0)) / timedelta(hours=1) for at in span) for span in spans]


@pytest.mark.parametrize(
    ("rain", "settings", "expected"),
    [
        ({12: 30.0, 13: 9.0}, {}, [(9, 12)]),
        ({12: 30.0, 13: 9.0}, {"until_rain": False}, []),
        ({8: 2.0, 14: 30.0}, {}, [(9, 14)]),  # between two storms
        ({9: 2.0, 10: 2.0}, {}, []),  # it rains already
    ],
)
def test_under_red_they_work_until_the_rain(rain, settings, expected):
    assert free(rain, alert_of("暴雨", Level.RED), **settings) == expected


@pytest.mark.parametrize(
    ("hazard", "level", "settings", "expected"),
    [
        ("雷电", Level.YELLOW, {}, [(9, 18)]),
        ("雷电", Level.ORANGE, {}, [(11, 18)]),
        ("雷雨大风", Level.RED, {}, [(11, 18)]),
        ("雷电", Level.ORANGE, {"for_incident": True}, [(11, 18)]),
        ("雷电", Level.YELLOW, {"lightning_from": "yellow"}, [(11, 18)]),
        ("雷电", Level.RED, {"lightning_from": "never"}, [(9, 18)]),
        ("道路结冰", Level.YELLOW, {}, [(11, 18)]),
        ("暴雪", Level.BLUE, {"for_incident": True}, [(11, 18)]),
        ("道路结冰", Level.YELLOW, {"ice_stops": False}, [(9, 18)]),
        ("大风", Level.RED, {}, [(9, 18)]),
    ],
)
def test_lightning_and_ice_stop_work_while_their_warning_is_in_force(
    hazard, level, settings, expected
):
    assert free({}, alert_of(hazard, level, until=11), **settings) == expected


@pytest.mark.parametrize(
    ("level", "settings", "expected"),
    [
        (Level.YELLOW, {}, [(9, 18)]),
        (Level.ORANGE, {}, [(9, 12), (15, 18)]),
        (Level.ORANGE, {"hot_from": 13, "hot_until": 16}, [(9, 13), (16, 18)]),
        (Level.RED, {}, []),
        (Level.RED, {"for_incident": True}, [(9, 18)]),
    ],
)
def test_heat_keeps_people_out_of_the_sun(level, settings, expected):
    assert free({}, alert_of("高温", level), **settings) == expected


def test_the_hot_hours_come_every_day_and_end_with_the_warning():
    assert free({}, alert_of("高温", Level.ORANGE, until=38), start=9, end=44) == [
        (9, 12), (15, 36), (38, 44),
    ]  # fmt: skip


def test_in_heat_people_are_outdoors_for_six_hours_and_do_no_overtime():
    shift = SHIFTS[0]
    turn = Turn(date(2022, 7, 8), shift, *shift_span(shift, date(2022, 7, 8), ZONE))
    rain = {16: 9.0, 17: 9.0}
    for level, rest in ((Level.YELLOW, ()), (Level.ORANGE, (120,)), (Level.RED, (120,))):
        dry = replace(make_storm(series=make_forecast({})), alerts=(alert_of("高温", level),))
        assert tuple(meal.minutes for meal in heat_rest(turn, dry)) == rest
        hot = replace(make_storm(series=make_forecast(rain)), alerts=(alert_of("高温", level),))
        assert duty_times([turn], hot)[0].end == turn.end
        assert duty_times([turn], replace(hot, level=ALL_HANDS))[0].end > turn.end
    cool = make_storm(series=make_forecast(rain))
    assert duty_times([turn], cool)[0].end > turn.end


def test_an_incident_is_worked_on_in_heat():
    storm = make_storm(series=make_forecast({}))
    storm = replace(storm, alerts=(alert_of("高温", Level.RED),))
    assert spans_of(JobKind.CLEAR, storm)[0][0] == local(20)
    assert spans_of(JobKind.CLEAR, storm, for_incident=True)[0][0] == storm.now


@given(
    st.sets(st.integers(0, 30)), st.sampled_from(list(Level)),
    st.sampled_from(["暴雨", "雷电", "高温", "道路结冰", "大风"]), st.integers(9, 30),
)  # fmt: skip
def test_the_spans_are_in_order_apart_and_within_and_a_warning_only_takes_away(
    wet, level, hazard, until
):
    rain = dict.fromkeys(wet, 9.0)
    plain = free(rain)
    warned = free(rain, alert_of(hazard, level, until))
    for begin, over in warned:
        assert 9 <= begin < over <= 18
    assert all(one[1] < other[0] for one, other in itertools.pairwise(warned))
    outside = [span for span in warned if not any(a <= span[0] and span[1] <= b for a, b in plain)]
    assert not outside
    assert spans_without([], local(9), local(18)) == ((local(9), local(18)),)


def test_a_warning_s_even_rain_mans_posts_and_stops_no_work_that_a_forecast_sees_dry():
    """A warning says how much and not when: to spread it is our own assumption."""
    dry_until_two = make_forecast({14: 20.0, 15: 12.0})
    rain = outlook(dry_until_two, (make_alert(),), None, NOW)
    spans = open_ground_spans(rain, (make_alert(),), NOW, local(15), SafetySettings(), ZONE)
    assert spans[0][1] >= local(14)
    blind = outlook(None, (make_alert(),), None, NOW)
    assert not covers(
        open_ground_spans(blind, (make_alert(),), NOW, local(15), SafetySettings(), ZONE),
        local(10),
        local(12),
    )
