"""Open-Meteo: intervals, units, gaps and refusals."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.paths import PAYLOADS, SHARED
from weather.model import BadPayload, SourceDown, WeatherError
from weather.providers import open_meteo

SAMPLES = SHARED / "weather-samples/open-meteo"
NOW = datetime(2022, 7, 8, 0, 20, tzinfo=UTC)


def answer(**changes) -> bytes:
    good = {
        "utc_offset_seconds": 0,
        "hourly_units": {"precipitation": "mm"},
        "hourly": {"time": ["2022-07-08T00:00", "2022-07-08T01:00"], "precipitation": [0.0, 1.5]},
    }
    return json.dumps(good | changes).encode()


def hourly(**changes) -> dict:
    return {"time": ["2022-07-08T00:00", "2022-07-08T01:00"], "precipitation": [0.0, 1.5]} | changes


def test_value_is_the_hour_before_in_mm_and_utc_and_null_is_a_gap():
    series = open_meteo.parse((PAYLOADS / "open_meteo_inch_local_with_gap.json").read_bytes(), NOW)
    assert [
        (step.start.hour, step.end.hour, step.mm, step.probability) for step in series.steps
    ] == [(23, 0, 0.0, 0.0), (0, 1, 12.7, 0.55), (2, 3, 31.75, None)]
    assert series.steps[0].start == datetime(2022, 7, 7, 23, tzinfo=UTC)
    assert (series.provider, series.fetched_at) == ("open-meteo", NOW)


def test_quarter_hours_and_members():
    series = open_meteo.parse(
        (PAYLOADS / "open_meteo_quarter_hours_two_members.json").read_bytes(), NOW
    )
    assert [(step.start.minute, step.mm, step.member) for step in series.steps] == [
        (45, 1, None),
        (45, 0.5, "member01"),
        (0, 2, None),
        (0, 0, "member01"),
        (15, 3, None),
    ]
    assert {step.end - step.start for step in series.steps} == {timedelta(minutes=15)}


def test_same_forecast_has_one_digest_whenever_it_is_fetched():
    first, second = (open_meteo.parse(answer(), NOW + timedelta(minutes=m)) for m in (0, 10))
    assert (
        first.digest
        == second.digest
        != open_meteo.parse(answer(hourly=hourly(precipitation=[0, 2])), NOW).digest
    )


def test_quota_and_refusal_are_a_source_that_is_down():
    with pytest.raises(SourceDown) as quota:
        open_meteo.parse((PAYLOADS / "open_meteo_quota.json").read_bytes(), NOW)
    with pytest.raises(SourceDown) as refused:
        open_meteo.parse(b'{"error": true, "reason": "Latitude must be in range"}', NOW)
    assert (quota.value.code, refused.value.code) == ("open_meteo.over_quota", "open_meteo.refused")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "open_meteo.not_json"),
        (b"[]", "open_meteo.not_json"),
        (b"<html>", "open_meteo.not_json"),
        (b"[" * 100_000, "open_meteo.not_json"),
        (b"\xff\xfe\x00", "open_meteo.not_json"),
        (b"{}", "open_meteo.no_rain"),
        (answer().replace(b"1.5", b"NaN"), "open_meteo.bad_value"),
        (answer().replace(b"1.5", b"1e999"), "open_meteo.bad_value"),
        (answer().replace(b"1.5", b"1" * 400), "open_meteo.bad_value"),
        (answer(hourly=hourly(precipitation=[0, -1])), "open_meteo.bad_value"),
        (answer(hourly=hourly(precipitation=[0, 2500])), "open_meteo.bad_value"),
        (answer(hourly=hourly(precipitation=[0, "1"])), "open_meteo.bad_value"),
        (answer(hourly=hourly(precipitation=[0, True])), "open_meteo.bad_value"),
        (answer(hourly=hourly(precipitation=[0])), "open_meteo.lengths"),
        (answer(hourly=hourly(precipitation=None)), "open_meteo.lengths"),
        (answer(hourly=hourly(precipitation=[None, None])), "open_meteo.no_values"),
        (
            answer(hourly=hourly(time=["2022-07-08T01:00", "2022-07-08T01:00"])),
            "open_meteo.bad_time",
        ),
        (answer(hourly=hourly(time=["soon", "later"])), "open_meteo.bad_time"),
        (
            answer(hourly=hourly(time=["0001-01-01T00:00", "0001-01-01T01:00"])),
            "open_meteo.bad_time",
        ),
        (answer(hourly=hourly(time=[10**30, 10**31])), "open_meteo.bad_time"),
        (answer(hourly=hourly(time=[])), "open_meteo.bad_time"),
        (answer(hourly_units={"precipitation": "furlong"}), "open_meteo.unit"),
        (answer(hourly_units=[]), "open_meteo.unit"),
        (answer(utc_offset_seconds=None), "open_meteo.no_offset"),
        (answer(utc_offset_seconds="8"), "open_meteo.no_offset"),
        (b" " * 20_000_001, "open_meteo.too_long"),
    ],
)
def test_what_is_no_forecast_is_refused(payload: bytes, code: str):
    with pytest.raises(WeatherError) as refusal:
        open_meteo.parse(payload, NOW)
    assert refusal.value.code == code
    assert isinstance(refusal.value, BadPayload)


def test_more_steps_than_any_ensemble_has_are_refused_before_they_are_read():
    members = {f"precipitation_member{i:02d}": [] for i in range(11)}
    with pytest.raises(BadPayload) as refusal:
        open_meteo.parse(json.dumps({"hourly": {"time": [0] * 10_000, **members}}).encode(), NOW)
    assert refusal.value.code == "open_meteo.too_many"


@pytest.mark.parametrize("payload", ["[" * 100_000, '{"a":' * 100_000], ids=["lists", "objects"])
def test_what_is_nested_too_deep_is_refused(payload: str):
    with pytest.raises(BadPayload) as refusal:
        open_meteo.parse(payload.encode(), NOW)
    assert refusal.value.code == "open_meteo.not_json"


@pytest.mark.parametrize(
    ("name", "steps", "mm"),
    [
        ("forecast_hourly_daily_metric_gmt.json", 168, 27.4),
        ("forecast_imperial_localtime.json", 192, 51.8922),
        ("hourly_before_gmt_midnight.json", 336, 26.7),
        ("hourly_after_gmt_midnight.json", 336, 15.32),
        ("ensemble_two_models_temperature.json", "open_meteo.no_rain", 0),
        ("error_429_minutely.json", "open_meteo.over_quota", 0),
    ],
)
def test_recorded_answer(name: str, steps, mm: float):
    if not SAMPLES.exists():
        pytest.skip(f"the collection of recorded answers is not here: {SAMPLES}")
    payload = (SAMPLES / name).read_bytes()
    if isinstance(steps, str):
        with pytest.raises(WeatherError) as refusal:
            open_meteo.parse(payload, NOW)
        assert refusal.value.code == steps
        return
    series = open_meteo.parse(payload, NOW)
    assert len(series.steps) == steps
    assert sum(step.mm for step in series.steps) == pytest.approx(mm)
    assert {step.end - step.start for step in series.steps} == {timedelta(hours=1)}


def test_request_asks_for_millimetres_and_utc():
    requested = open_meteo.request(125.13, 42.9)
    assert (requested["latitude"], requested["longitude"], requested["timezone"]) == (
        "42.9000",
        "125.1300",
        "GMT",
    )
    assert requested["precipitation_unit"] == "mm"


LEAVES = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["mm", "GMT", "%"])
)
KEYS = st.sampled_from(
    [
        "hourly",
        "minutely_15",
        "hourly_units",
        "time",
        "precipitation",
        "utc_offset_seconds",
        "error",
        "timezone",
        "precipitation_member01",
        "precipitation_probability",
    ]
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(
    JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
    | st.builds(lambda **parts: answer(hourly=hourly(**parts)), time=JSON, precipitation=JSON)
)
def test_only_declared_errors_come_out(payload: bytes):
    try:
        assert open_meteo.parse(payload, NOW).steps
    except WeatherError:
        return
