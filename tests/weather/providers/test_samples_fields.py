"""The recorded payloads field by field: of each the values in which its oddity shows."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.helpers.weather_samples import NOW, sample
from weather import detect_format
from weather.in_force import in_force
from weather.model import WeatherError
from weather.providers import caiyun, cap_index, open_meteo, qweather


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


#: File, which of its warnings, and what it must say; ``polygons`` and ``supersedes`` may be told
#: by their number.
FIELDS = [
    (
        "qweather/weatheralert_v1_current_zh.json",
        0,
        {
            "action": "continue",
            "type": "大风",
            "level": "blue",
            "supersedes": ("202510181140100706230391",),
            "issued_at": at("2025-10-24T11:19+08:00"),
            "expires_at": at("2025-10-25T11:19+08:00"),
        },
    ),
    (
        "qweather/weatheralert_v1_current_en.json",
        0,
        {
            "action": "update",
            "level": "orange",
            "issued_at": at("2025-10-16T21:00Z"),
            "onset_at": at("2025-10-17T10:00Z"),
            "expires_at": at("2025-10-18T00:00Z"),
        },
    ),
    (
        "qweather/v7_warning_now_zh.json",
        0,
        {
            "level": "blue",
            "severity": "Minor",
            "type": "大风",
            "issued_at": at("2023-04-03T10:30+08:00"),
            "expires_at": at("2023-04-04T10:30+08:00"),
        },
    ),
    (
        "cma/nmc_findAlarm.json",
        4,
        {
            "type": "暴雨",
            "level": "orange",
            "issuers": ("浙江省宁波市气象台",),
            "adcodes": ("330200",),
            "issued_at": at("2026-03-07T10:00+08:00"),
        },
    ),
    (
        "cma/nmc_findAlarm.json",
        5,
        {
            "national_id": "14000041600000_20260307155812",
            "adcodes": ("140000",),
            "issuers": ("山西省气象台",),
            "issued_at": at("2026-03-07T15:58+08:00"),
        },
    ),
    (
        "cma/fanstudio_weatheralarm_push.json",
        0,
        {
            "action": "continue",
            "type": "雷雨大风",
            "level": "yellow",
            "adcodes": ("620421",),
            "forecast_hours": 6,
            "issued_at": at("2026-07-10T02:32:27+08:00"),
            "doubts": ("doubt.cut_off",),
            "confidence": 0.6,
        },
    ),
    (
        "nws/alerts_with_test_status.json",
        0,
        {"status": "test", "type": "Tsunami Warning", "polygons": ()},
    ),
    (
        "nws/alerts_with_test_status.json",
        1,
        {"status": "actual", "expires_at": at("2026-03-25T20:00-04:00")},
    ),
    (
        "nws/alerts_active_flood_watch.json",
        0,
        {
            "action": "continue",
            "supersedes": 4,
            "issued_at": at("2019-12-20T21:34Z"),
            "expires_at": at("2019-12-22T10:00-08:00"),
        },
    ),
    (
        "nws/alerts_zone_update.json",
        0,
        {
            "action": "continue",
            "supersedes": 1,
            "polygons": (),
            "onset_at": at("2024-07-19T17:00Z"),
            "expires_at": at("2024-07-21T03:00Z"),
        },
    ),
    (
        "metno/metalerts_2_0_current.json",
        0,
        {
            "action": "update",
            "type": "大风",
            "severity": "Moderate",
            "polygons": 1,
            "level": "yellow",
            "issued_at": at("2026-03-06T22:00Z"),
            "onset_at": at("2026-03-07T20:00Z"),
            "expires_at": at("2026-03-08T10:00Z"),
        },
    ),
    (
        "meteoalarm/warnings_germany.json",
        0,
        {
            "level": "orange",
            "areas": ("Erzgebirgskreis",),
            "issuers": ("Deutscher Wetterdienst",),
            "expires_at": at("2026-04-20T16:00Z"),
            "adcodes": (),
        },
    ),
    (
        "meteoalarm/warnings_with_polygons.json",
        0,
        {
            "polygons": (((9.0, 49.0), (9.0, 51.0), (11.0, 50.0), (9.0, 49.0)),),
            "areas": ("Triangle Region",),
        },
    ),
    (
        "meteoalarm/warnings_with_polygons.json",
        1,
        {"polygons": 2, "areas": ("Italy Region", "Austria Region")},
    ),
    ("meteoalarm/warnings_with_polygons.json", 2, {"polygons": ()}),
    (
        "other/brightsky_alerts.json",
        0,
        {
            "type": "霜冻",
            "severity": "Minor",
            "status": "actual",
            "onset_at": at("2026-03-07T00:00Z"),
            "expires_at": at("2026-03-07T08:00Z"),
            "headline": "Official WARNING of FROST",
        },
    ),
    (
        "cap/metno_gale_alert.cap.xml",
        0,
        {
            "type": "大风",
            "level": "yellow",
            "polygons": 1,
            "areas": ("Maaloey - Svinoey",),
            "expires_at": at("2021-09-22T10:00Z"),
        },
    ),
    (
        "cap/taiwan_reservoir_bom.cap",
        0,
        {
            "type": "水庫洩洪",
            "issuers": ("水利署",),
            "areas": ("苗栗縣頭屋鄉",),
            "issued_at": at("2014-05-14T20:10+08:00"),
        },
    ),
    (
        "cap/cancel_without_info.cap",
        0,
        {
            "action": "cancel",
            "type": "",
            "level": None,
            "supersedes": ("1017033100951096-517189320160225203219800",),
        },
    ),
    (
        "cap/australia_bom.cap",
        0,
        {"action": "issue", "type": "Thunderstorm", "expires_at": at("2019-01-16T06:15:52Z")},
    ),
    (
        "cap/mexico_smn.xml",
        0,
        {"action": "update", "polygons": 1, "supersedes": ("avisossmn-ciclontropical-4061",)},
    ),
    ("cap/noaa_multiple_polygons.xml", 0, {"action": "continue", "polygons": 2, "supersedes": 8}),
    ("cap/philippines.cap", 0, {"status": "test", "issuers": ("PAGASA-DOST",)}),
    ("cap/cap11_weather.cap", 0, {"severity": "Severe", "expires_at": at("2010-08-30T18:00Z")}),
    (
        "cap/latin1_encoding.cap",
        0,
        {
            "areas": (
                "47 miles (76 km) SSW of Usulután, Usulután, El Salvador",
                "53 miles (86 km) S of Zacatecoluca, La Paz, El Salvador",
                "62 miles (99 km) S of San Vicente, San Vicente, El Salvador",
                "64 miles (104 km) SW of San Miguel, San Miguel, El Salvador",
                "69 miles (110 km) SSE of SAN SALVADOR, El Salvador",
            )
        },
    ),
    (
        "cap/no_optional_fields.cap",
        0,
        {"type": "", "level": None, "doubts": ("doubt.no_hazard",), "expires_at": None},
    ),
    (
        "cap/cma_penglai_update_bilingual.xml",
        0,
        {
            "type": "高温",
            "level": "red",
            "previous_level": "orange",
            "action": "upgrade",
            "adcodes": ("370614",),
            "supersedes": ("37061441600000_20260727120039",),
            "issuers": ("蓬莱区气象台",),
            "polygons": (),
        },
    ),
]


@pytest.mark.parametrize(
    ("name", "which", "fields"), FIELDS, ids=[f"{name}:{which}" for name, which, _ in FIELDS]
)
def test_what_is_odd_in_a_warning_is_read_right(name: str, which: int, fields: dict):
    alert = detect_format.parse_any(sample(name), NOW)[which]
    values = {field: getattr(alert, field) for field in fields}
    assert {
        field: len(value) if isinstance(fields[field], int) and isinstance(value, tuple) else value
        for field, value in values.items()
    } == fields


#: File, its reader, the first step's start and length, and the sum of the raw values with their
#: factor to millimetres.
RAIN = [
    (
        "qweather/weather_v1_hourly_zh.json",
        qweather.parse_rain,
        "2024-05-31T03:00Z",
        60,
        lambda raw: sum(hour["precipitation"]["amount"]["value"] for hour in raw["hours"]),
    ),
    (
        "qweather/v7_weather_24h_zh.json",
        qweather.parse_rain,
        "2021-02-16T15:00+08:00",
        60,
        lambda raw: sum(float(hour["precip"]) for hour in raw["hourly"]),
    ),
    (
        "qweather/v7_minutely_5m_zh.json",
        qweather.parse_rain,
        "2021-12-16T18:55+08:00",
        5,
        lambda raw: sum(float(step["precip"]) for step in raw["minutely"]),
    ),
    (
        "open-meteo/forecast_imperial_localtime.json",
        open_meteo.parse,
        "2026-03-03T23:00-05:00",
        60,
        lambda raw: 25.4 * sum(raw["hourly"]["precipitation"]),
    ),
    (
        "open-meteo/forecast_hourly_daily_metric_gmt.json",
        open_meteo.parse,
        "2025-10-24T23:00Z",
        60,
        lambda raw: sum(raw["hourly"]["precipitation"]),
    ),
    (
        "open-meteo/hourly_before_gmt_midnight.json",
        open_meteo.parse,
        "2025-12-27T23:00Z",
        60,
        lambda raw: sum(raw["hourly"]["precipitation"]),
    ),
    (
        "open-meteo/hourly_after_gmt_midnight.json",
        open_meteo.parse,
        "2025-12-28T23:00Z",
        60,
        lambda raw: sum(raw["hourly"]["precipitation"]),
    ),
    (
        "caiyun/v2_6_weather_all_alert_empty.json",
        caiyun.parse_rain,
        "2023-03-09T23:00+08:00",
        60,
        lambda raw: sum(hour["value"] for hour in raw["result"]["hourly"]["precipitation"]),
    ),
]


@pytest.mark.parametrize(
    ("name", "read", "start", "minutes", "total"), RAIN, ids=[row[0] for row in RAIN]
)
def test_rain_is_millimetres_of_its_interval(name: str, read, start: str, minutes: int, total):
    payload = sample(name)
    steps = read(payload, NOW).steps
    assert steps[0].start == at(start)
    assert {step.end - step.start for step in steps} == {timedelta(minutes=minutes)}
    assert sum(step.mm for step in steps) == pytest.approx(total(json.loads(payload)), abs=0.02)


@pytest.mark.parametrize(
    ("name", "read", "share"),
    [
        ("qweather/weather_v1_hourly_zh.json", qweather.parse_rain, 0.31),  # 0 to 1 already
        ("qweather/v7_weather_24h_zh.json", qweather.parse_rain, 0.0),
        ("open-meteo/forecast_imperial_localtime.json", open_meteo.parse, 0.0),
    ],
)
def test_probability_is_a_share_whatever_the_source_counts_in(name: str, read, share: float):
    shares = [step.probability for step in read(sample(name), NOW).steps]
    assert shares[0] == share
    assert all(0 <= value <= 1 for value in shares)


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("cap/invalid.cap", {"element": "scope"}),
        ("cap/invalid_xmlns.cap", {"namespace": "urn:oasis:names:tc:emergency:alerts:1.2"}),
        ("cap/metno_mock_multi.cap.xml", {"namespace": "-"}),
        ("cap/atom_index_empty.atom", {"entries": 0, "links": "-"}),
        ("other/jma_warning_tokyo.json", {"kind": "JMA (日本气象厅)"}),
        ("other/meteireann_warnings.json", {"kind": "Met Éireann"}),
        ("openweather/constructed_onecall3_alerts.json", {"kind": "OpenWeather One Call"}),
        ("qweather/geo_city_lookup_zh.json", {"kind": "QWeather GeoAPI"}),
        ("nws/gridpoints_forecast_hourly.json", {"kind": "GeoJSON Feature"}),
        ("qweather/error_v2_400.json", {"provider": "qweather", "status": "400"}),
        ("rain/scs_24h_type_I_1in_15min.csv", {"head": "time,intensity_in_per_h"}),
        (
            "rain/houston_gauge790_2024-04-29_hourly_inch.csv",
            {"head": "Reading Date From,Reading Date To,Rain"},
        ),
    ],
)
def test_a_refusal_says_what_it_is(name: str, facts: dict):
    with pytest.raises(WeatherError) as refusal:
        detect_format.parse_any(sample(name), NOW)
    assert refusal.value.facts == facts


def test_an_index_that_is_given_names_its_entries_and_fetches_nothing():
    payload = sample("cap/atom_index.atom")
    links = [entry.url for entry in cap_index.parse(payload, "")]
    with pytest.raises(WeatherError) as refusal:
        detect_format.parse_any(payload, NOW)
    assert refusal.value.facts == {"entries": 2, "links": " ".join(links)}


def test_a_test_is_never_in_force():
    alerts = detect_format.parse_any(sample("nws/alerts_with_test_status.json"), NOW)
    assert [alert.type for alert in in_force(alerts, at("2026-03-24T15:00Z"))] == ["Heat Advisory"]


def test_every_norwegian_feature_is_dated_and_has_its_polygon():
    raw = json.loads(sample("metno/metalerts_2_0_current.json"))["features"]
    alerts = detect_format.parse_any(sample("metno/metalerts_2_0_current.json"), NOW)
    kinds = {"Alert": "issue", "Update": "update"}
    assert [alert.action for alert in alerts] == [kinds[each["properties"]["type"]] for each in raw]
    assert all(
        alert.polygons and alert.onset_at and alert.expires_at and alert.issued_at
        for alert in alerts
    )
    assert max(len(alert.polygons) for alert in alerts) > 1
