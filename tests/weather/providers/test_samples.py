"""Every recorded payload of the collection, by the door it belongs to: read, quiet, or refused with
the reason.

Prints nothing; where a sample's door is not given here, or the collection has grown, the count
fails.
"""

import pytest

from tests.helpers.weather_samples import NOW, sample
from weather import detect_format
from weather.model import AlertStatus, WeatherError
from weather.providers import caiyun, cap_index, open_meteo, qweather

#: File -> number of warnings, or the code of the refusal; then, where it is rain, its reader and
#: its steps.
EXPECTED = {
    "qweather/weatheralert_v1_current_zh.json": (1,),
    "qweather/weatheralert_v1_current_en.json": (1,),
    "qweather/v7_warning_now_zh.json": (1,),
    "qweather/constructed_v1_zero_result.json": (0,),
    "qweather/weather_v1_hourly_zh.json": ("door.forecast", qweather.parse_rain, 2),
    "qweather/v7_weather_24h_zh.json": ("door.forecast", qweather.parse_rain, 24),
    "qweather/weather_v1_daily_zh.json": ("door.forecast", qweather.parse_rain, "feed.no_rain"),
    "qweather/v7_minutely_5m_zh.json": ("door.forecast", qweather.parse_rain, 24),
    "qweather/geo_city_lookup_zh.json": ("door.foreign",),
    "qweather/alert_events.csv": ("door.table",),
    "qweather/error_v2_400.json": ("feed.refused", qweather.parse_rain, "feed.refused"),
    "cma/nmc_findAlarm.json": (7,),
    "cma/fanstudio_weatheralarm_push.json": (1,),
    "open-meteo/forecast_imperial_localtime.json": ("door.forecast", open_meteo.parse, 192),
    "open-meteo/forecast_hourly_daily_metric_gmt.json": ("door.forecast", open_meteo.parse, 168),
    "open-meteo/hourly_before_gmt_midnight.json": ("door.forecast", open_meteo.parse, 336),
    "open-meteo/hourly_after_gmt_midnight.json": ("door.forecast", open_meteo.parse, 336),
    "open-meteo/ensemble_two_models_temperature.json": (
        "door.forecast",
        open_meteo.parse,
        "open_meteo.no_rain",
    ),
    "open-meteo/error_429_minutely.json": (
        "open_meteo.over_quota",
        open_meteo.parse,
        "open_meteo.over_quota",
    ),
    "nws/alerts_with_test_status.json": (2,),
    "nws/alerts_empty.json": (0,),
    "nws/alerts_zone_update.json": (2,),
    "nws/alerts_active_flood_watch.json": (1,),
    "nws/gridpoints_forecast_hourly.json": ("door.foreign",),
    "metno/metalerts_2_0_current.json": (29,),
    "meteoalarm/warnings_netherlands.json": (0,),
    "meteoalarm/warnings_germany.json": (4,),
    "meteoalarm/warnings_with_polygons.json": (3,),
    "other/jma_warning_tokyo.json": ("door.foreign",),
    "other/brightsky_alerts.json": (1,),
    "other/meteireann_warnings.json": ("door.foreign",),
    "cap/metno_gale_alert.cap.xml": (1,),
    "cap/metno_mock_multi.cap.xml": ("cap.namespace",),
    "cap/taiwan_reservoir_bom.cap": (1,),
    "cap/cancel_without_info.cap": (1,),
    "cap/australia_bom.cap": (1,),
    "cap/mexico_smn.xml": (1,),
    "cap/noaa_multiple_polygons.xml": (1,),
    "cap/philippines.cap": (1,),
    "cap/invalid_xmlns.cap": ("cap.namespace",),
    "cap/cap11_weather.cap": (1,),
    "cap/invalid.cap": ("cap.missing",),
    "cap/latin1_encoding.cap": (1,),
    "cap/no_optional_fields.cap": (1,),
    "cap/cma_penglai_update_bilingual.xml": (1,),
    "cap/atom_index.atom": ("door.index",),
    "cap/atom_index_empty.atom": ("door.index",),
    "caiyun/v2_6_weather_all_alert_empty.json": (0, caiyun.parse_rain, 48),
    "openweather/constructed_onecall3_alerts.json": ("door.foreign",),
    "rain/houston_gauge790_2024-04-29_hourly_inch.csv": ("door.table",),
    "rain/pystorms_delta_2016-04-22_5min_cumulative.csv": ("door.table",),
    "rain/scs_24h_type_I_1in_15min.csv": ("door.table",),
    "rain/swmm_example1_hourly.csv": ("door.table",),
    "texts/warnings.jsonl": (18,),
    "facts/signals_and_grades.json": ("door.unknown_json",),
    "facts/flood_response_levels.json": ("door.unknown_json",),
    "facts/design_storm.json": ("door.unknown_json",),
}
TESTS = {"nws/alerts_with_test_status.json": 1, "cap/philippines.cap": 1}


def outcome(read, payload: bytes) -> int | str:
    """How much came out, or the code of the refusal."""
    try:
        result = read(payload, NOW)
    except WeatherError as error:
        return error.code
    return len(result) if isinstance(result, list) else len(result.steps)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_sample_is_read_or_refused_with_the_reason(name: str):
    payload = sample(name)
    warnings, *rain = EXPECTED[name]
    assert outcome(detect_format.parse_any, payload) == warnings
    if rain:
        assert outcome(rain[0], payload) == rain[1]


@pytest.mark.parametrize(
    ("name", "count"), [("cap/atom_index.atom", 2), ("cap/atom_index_empty.atom", 0)]
)
def test_an_index_is_read_by_its_own_door(name: str, count: int):
    assert len(cap_index.parse(sample(name), "https://example.org/index")) == count


@pytest.mark.parametrize("name", TESTS)
def test_tests_are_marked(name: str):
    alerts = detect_format.parse_any(sample(name), NOW)
    assert sum(alert.status is AlertStatus.TEST for alert in alerts) == TESTS[name]


def test_the_table_speaks_of_every_sample_of_the_index():
    lines = sample("INDEX.md").decode().splitlines()
    names = [
        line.split("|")[1].strip() for line in lines if line.startswith("|") and "---" not in line
    ]
    assert set(names) - {"file"} == set(EXPECTED)
    assert len(EXPECTED) == 57
