"""The JSON feeds and the indexes: what each says in its own way, and what must be refused."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.paths import SHARED
from weather import detect_format
from weather.model import Action, AlertStatus, BadPayload, Level, SourceDown, WeatherError
from weather.notices.text import BEIJING
from weather.providers import bright_sky, caiyun, cap_index, cma, json_reading, metno, nws, qweather
from weather.providers import meteoalarm as meteoalarm_provider

SAMPLES = SHARED / "weather-samples"
NOW = datetime(2022, 7, 8, 9, 0, tzinfo=BEIJING)
ISSUED = datetime(2022, 7, 8, 8, 20, tzinfo=BEIJING)
TEXT = "辽源市气象台08日08时20分继续发布暴雨黄色预警信号：预计未来6小时降雨量将达50毫米以上。"


def packed(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def qweather_alert(**changes) -> dict:
    return {
        "id": "1",
        "senderName": "辽源市气象台",
        "issuedTime": "2022-07-08T08:20+08:00",
        "messageType": {"code": "update", "supersedes": ["0"]},
        "eventType": {"name": "暴雨", "code": "1003"},
        "severity": "moderate",
        "color": {"code": "yellow"},
        "expireTime": "2022-07-09T08:20+08:00",
        "headline": "辽源市气象台更新暴雨黄色预警信号",
        "description": TEXT,
    } | changes


def test_qweather_text_says_more_exactly_what_is_done():
    (alert,) = qweather.parse(packed({"metadata": {}, "alerts": [qweather_alert()]}), NOW)
    assert (alert.type, alert.level, alert.action, alert.issued_at) == (
        "暴雨",
        Level.YELLOW,
        Action.CONTINUE,
        ISSUED,
    )
    assert (alert.forecast_hours, alert.forecast_mm, alert.supersedes) == (6, 50, ("0",))


def test_qweather_cancel_stays_a_cancel_whatever_the_text_repeats():
    (alert,) = qweather.parse(
        packed(
            {
                "metadata": {},
                "alerts": [qweather_alert(messageType={"code": "cancel", "supersedes": None})],
            }
        ),
        NOW,
    )
    assert (alert.action, alert.supersedes) == (Action.CANCEL, ())


def test_qweather_quiet_and_error_are_two_things():
    assert qweather.parse(packed({"metadata": {"zeroResult": True}, "alerts": []}), NOW) == []
    for body in ({"code": "402"}, {"error": {"status": 429, "title": "Too Many Requests"}}):
        with pytest.raises(SourceDown) as down:
            qweather.parse(packed(body), NOW)
        assert down.value.code == "feed.refused"


def test_qweather_rain_of_hours_and_minutes():
    hours = {
        "hours": [
            {
                "forecastTime": "2022-07-08T01:00Z",
                "precipitation": {"amount": {"value": 7.5, "unit": "mm"}, "probability": 0.9},
            }
        ]
    }
    (hour,) = qweather.parse_rain(packed(hours), NOW).steps
    assert (hour.start, hour.end - hour.start, hour.mm, hour.probability) == (
        datetime(2022, 7, 8, 1, tzinfo=UTC),
        timedelta(hours=1),
        7.5,
        0.9,
    )
    minutes = {
        "code": "200",
        "updateTime": "2022-07-08T09:00+08:00",
        "minutely": [
            {"fxTime": "2022-07-08T09:05+08:00", "precip": "0.2"},
            {"fxTime": "2022-07-08T09:00+08:00", "precip": ""},
        ],
    }
    series = qweather.parse_rain(packed(minutes), NOW)
    assert [(step.start.minute, step.end.minute, step.mm) for step in series.steps] == [
        (5, 10, 0.2)
    ]
    assert series.run_at == NOW
    (old,) = qweather.parse_rain(
        packed(
            {
                "code": "200",
                "hourly": [{"fxTime": "2022-07-08T09:00+08:00", "precip": "1.5", "pop": "55"}],
            }
        ),
        NOW,
    ).steps
    assert (old.mm, old.probability) == (1.5, 0.55)


def caiyun_answer(**changes) -> dict:
    return {
        "status": "ok",
        "api_version": "v2.6",
        "unit": "metric:v2",
        "server_time": 1657242000,
        "result": {
            "alert": {
                "content": [
                    {
                        "alertId": "22040041600000_20220708082000",
                        "code": "0202",
                        "status": "预警中",
                        "title": "辽源市气象台发布暴雨黄色预警[III级/较重]",
                        "description": TEXT,
                        "adcode": "220400",
                        "pubtimestamp": 1657239600,
                        "source": "国家预警信息发布中心",
                    }
                ]
            },
            "hourly": {
                "precipitation": [
                    {"datetime": "2022-07-08T09:00+08:00", "value": 6.0, "probability": 80}
                ]
            },
            "minutely": {"precipitation_2h": [6.0, None, 0.0]},
        },
    } | changes


def test_caiyun_alert_and_rain():
    (alert,) = caiyun.parse(packed(caiyun_answer()), NOW)
    assert (alert.issuers, alert.type) == (("辽源市气象台",), "暴雨")
    assert (alert.level, alert.action) == (Level.YELLOW, Action.CONTINUE)
    assert (alert.adcodes, alert.national_id, alert.issued_at) == (
        ("220400",),
        "22040041600000_20220708082000",
        ISSUED,
    )
    (hour,) = caiyun.parse_rain(packed(caiyun_answer()), NOW).steps
    assert (hour.start, hour.mm, hour.probability) == (NOW, 6, 0.8)
    minutes = caiyun.parse_minutes(packed(caiyun_answer()), NOW).steps
    assert [(step.start.minute, step.mm) for step in minutes] == [(0, 0.1), (2, 0)]


def test_caiyun_radar_intensity_is_no_amount_and_a_refusal_no_quiet():
    with pytest.raises(BadPayload) as unit:
        caiyun.parse_minutes(packed(caiyun_answer(unit="metric")), NOW)
    assert unit.value.code == "feed.unit"
    with pytest.raises(SourceDown):
        caiyun.parse(packed({"status": "failed", "error": "token is invalid"}), NOW)


def meteoalarm(level: str, **changes) -> dict:
    return {
        "alert": {
            "identifier": f"m{level}",
            "sender": "s",
            "sent": "2022-07-08T08:20:00+08:00",
            "status": "Actual",
            "msgType": "Alert",
            "scope": "Public",
            "info": [
                {
                    "language": "en-GB",
                    "category": ["Met"],
                    "event": "Rain",
                    "severity": "Moderate",
                    "urgency": "Future",
                    "certainty": "Likely",
                    "senderName": "Office",
                    "headline": "Rain",
                    "parameter": [{"valueName": "awareness_level", "value": level}],
                    "area": [{"areaDesc": "North", "polygon": "42,125 43,125 43,126 42,125"}],
                }
            ],
        }
        | changes
    }


def test_meteoalarm_green_is_no_warning_and_one_broken_hides_no_other():
    payload = packed(
        {
            "warnings": [
                meteoalarm("1; green; Minor"),
                meteoalarm("3; orange; Severe"),
                meteoalarm("4; red; Extreme", sent=None),
            ]
        }
    )
    (alert,) = meteoalarm_provider.parse(payload, NOW)
    assert (alert.level, alert.provider) == (Level.ORANGE, "meteoalarm")
    assert (alert.areas, len(alert.polygons)) == (("North",), 1)
    assert meteoalarm_provider.parse(packed({"warnings": []}), NOW) == []
    with pytest.raises(BadPayload):
        meteoalarm_provider.parse(packed({"warnings": [meteoalarm("4; red", sent=None)]}), NOW)


def test_more_entries_than_a_feed_has_are_refused():
    with pytest.raises(BadPayload) as refusal:
        detect_format.parse_any(packed({"type": "FeatureCollection", "features": [{}] * 2001}), NOW)
    assert refusal.value.code == "feed.too_many"


@pytest.mark.parametrize(
    ("deeds", "action"),
    [
        (["CON"], Action.CONTINUE),
        (["CON", "CON"], Action.CONTINUE),
        (["CON", "EXT"], Action.UPDATE),
        (["EXB"], Action.UPDATE),
        ([], Action.UPDATE),
    ],
)
def test_nws_update_that_only_goes_on_continues(deeds: list[str], action: Action):
    codes = [f"/O.{deed}.KPQR.FA.A.0004.000000T0000Z-191222T1800Z/" for deed in deeds]
    (alert,) = nws.parse(
        packed(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "properties": {
                            "id": "made-up",
                            "sender": "x",
                            "sent": "2019-12-21T10:00:00-08:00",
                            "status": "Actual",
                            "messageType": "Update",
                            "event": "Flood Watch",
                            "severity": "Severe",
                            "parameters": {"VTEC": codes},
                        }
                    }
                ],
            }
        ),
        NOW,
    )
    assert alert.action is action


@pytest.mark.parametrize(
    ("start", "times", "end", "code"),
    [
        (b"x", json_reading.MAX_BYTES, b"", "feed.too_long"),
        (b'{"a":', 100_000, b"}", "feed.not_json"),
        (b"[", 100_000, b"]", "feed.not_json"),
    ],
)
def test_what_is_too_long_or_too_deep_is_refused(start: bytes, times: int, end: bytes, code: str):
    payload = b'{"alerts": ' + start * times + end * times + b"}"
    with pytest.raises(BadPayload) as refusal:
        json_reading.load(payload, "x")
    assert refusal.value.code == code


def test_a_message_nested_deeper_than_cap_is_refused():
    deep: dict = {}
    for _ in range(8):
        deep = {"info": deep}
    with pytest.raises(BadPayload) as refusal:
        meteoalarm_provider.parse(
            packed({"warnings": [{"alert": {"info": [{"area": deep}]}}]}), NOW
        )
    assert refusal.value.code == "feed.bad_value"


def test_nws_end_of_the_event_counts_and_a_test_is_a_test():
    properties = {
        "id": "n1",
        "event": "Flood Watch",
        "status": "Test",
        "messageType": "Update",
        "areaDesc": "North; South",
        "sent": "2022-07-08T08:20:00+08:00",
        "expires": "2022-07-08T09:00:00+08:00",
        "ends": "2022-07-09T09:00:00+08:00",
        "severity": "Severe",
        "sender": "w",
        "references": [{"identifier": "n0", "sender": "w", "sent": "2022-07-08T00:00:00Z"}],
    }
    shape = {"type": "Polygon", "coordinates": [[[125, 42], [125, 43], [126, 43], [125, 42]]]}
    (alert,) = nws.parse(
        packed(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "geometry": shape, "properties": properties}],
            }
        ),
        NOW,
    )
    assert (alert.status, alert.action, alert.supersedes) == (
        AlertStatus.TEST,
        Action.UPDATE,
        ("n0",),
    )
    assert alert.expires_at == datetime(2022, 7, 9, 1, tzinfo=UTC)
    assert (alert.areas, alert.polygons[0][1]) == (("North", "South"), (125.0, 43.0))


def test_list_of_titles_gets_its_time_from_beside():
    entry = {
        "alertid": "220400416000_20220708082000",
        "issuetime": "2022/07/08 08:20",
        "title": "吉林省辽源市气象台解除暴雨黄色预警信号",
    }
    broken = entry | {"alertid": "2", "title": "通知"}
    lists = {"page": {"list": [entry, broken]}, "provinceAlarms": [entry]}
    (alert,) = cma.parse(packed({"code": 0, "data": lists}), NOW)
    assert (alert.issuers, alert.action, alert.level, alert.issued_at) == (
        ("吉林省辽源市气象台",),
        Action.CANCEL,
        Level.YELLOW,
        ISSUED,
    )
    assert (alert.adcodes, alert.confidence) == (("220400",), 1)


RSS = """<rss version="2.0"><channel><title>China</title>
<item><title>暴雨</title><link>https://example.org/22040041600000_20220708082000.xml</link>
<pubDate>Fri, 08 Jul 2022 00:20:00 GMT</pubDate></item>
<item><title>高温</title><link>https://example.org/37061441600000_20220708082000.xml</link></item>
<item><title>?</title><link>other/one.xml</link></item>
<item><title>bad</title><link>javascript:alert(1)</link></item><item/></channel></rss>"""


def test_index_is_filtered_by_adcode_and_the_unknown_is_kept():
    entries = cap_index.parse(RSS.encode(), "https://example.org/cn/rss.xml", adcode_prefix="2204")
    assert [entry.url for entry in entries] == [
        "https://example.org/22040041600000_20220708082000.xml",
        "https://example.org/cn/other/one.xml",
    ]
    assert entries[0].updated_at == ISSUED
    for payload, code in (
        (b"<alert/>", "cap.not_index"),
        (b"", "cap.not_xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><rss/>", "cap.forbidden_xml"),
    ):
        with pytest.raises(BadPayload) as refusal:
            cap_index.parse(payload, "https://example.org/")
        assert refusal.value.code == code


@pytest.mark.parametrize(
    "payload",
    [
        {"metadata": {}, "alerts": [qweather_alert()]},
        caiyun_answer(),
        {"warnings": [meteoalarm("2; yellow")]},
        {
            "Data": {
                "id": "220402-20220708082000-11B0302",
                "headline": "辽源市气象台继续发布暴雨黄色预警信号",
                "effective": "2022-07-08 08:20:00",
                "description": TEXT,
            }
        },
    ],
)
def test_doors_finds_out_whose_json_it_is(payload: dict):
    (alert,) = detect_format.parse_any(packed(payload), NOW)
    assert (alert.issued_at, alert.level) == (ISSUED, Level.YELLOW)


@pytest.mark.parametrize(
    ("name", "count", "first"),
    [
        ("qweather/weatheralert_v1_current_zh.json", 1, ("大风", Level.BLUE, Action.CONTINUE)),
        ("qweather/weatheralert_v1_current_en.json", 1, ("wind", Level.ORANGE, Action.UPDATE)),
        ("qweather/v7_warning_now_zh.json", 1, ("大风", Level.BLUE, Action.ISSUE)),
        ("qweather/constructed_v1_zero_result.json", 0, None),
        ("caiyun/v2_6_weather_all_alert_empty.json", 0, None),
        ("cma/nmc_findAlarm.json", 7, ("大雾", Level.YELLOW, Action.ISSUE)),
        ("cma/fanstudio_weatheralarm_push.json", 1, ("雷雨大风", Level.YELLOW, Action.CONTINUE)),
        ("meteoalarm/warnings_germany.json", 4, ("gale-force gusts", Level.ORANGE, Action.ISSUE)),
        ("meteoalarm/warnings_netherlands.json", 0, None),
        ("meteoalarm/warnings_with_polygons.json", 3, ("Test Triangle", None, Action.ISSUE)),
        ("nws/alerts_active_flood_watch.json", 1, ("Flood Watch", None, Action.CONTINUE)),
        ("nws/alerts_with_test_status.json", 2, ("Tsunami Warning", None, Action.ISSUE)),
        ("nws/alerts_zone_update.json", 2, ("Excessive Heat Warning", None, Action.CONTINUE)),
        ("nws/alerts_empty.json", 0, None),
    ],
)
def test_recorded_feed(name: str, count: int, first):
    if not SAMPLES.exists():
        pytest.skip(f"the collection of recorded answers is not here: {SAMPLES}")
    alerts = detect_format.parse_any((SAMPLES / name).read_bytes(), NOW)
    assert len(alerts) == count
    if alerts:
        assert (alerts[0].type, alerts[0].level, alerts[0].action) == first


METNO = {
    "lang": "no",
    "lastChange": "2022-07-08T00:30:00+00:00",
    "features": [
        {
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [
                    [[[5, 60], [6, 60], [6, 61], [5, 60]]],
                    [[[7, 60], [8, 60], [8, 61], [7, 60]]],
                ],
            },
            "properties": {
                "id": "2.49.0.1.578.0.220708002000.0001_1_0",
                "event": "gale",
                "type": "Update",
                "status": "Actual",
                "severity": "Moderate",
                "certainty": "Likely",
                "awareness_level": "3; orange; Severe",
                "area": "made-up coast",
                "title": "made up",
                "description": "made up",
            },
            "when": {"interval": ["2022-07-08T01:00:00+00:00", "2022-07-08T09:00:00+00:00"]},
        }
    ],
}
BRIGHT_SKY = {
    "location": {"name": "made-up town"},
    "alerts": [
        {
            "alert_id": "made-up-1",
            "status": "test",
            "effective": "2022-07-08T00:20:00+00:00",
            "expires": None,
            "severity": "minor",
            "event_en": "frost",
            "headline_en": "made up",
            "description_en": "made up",
        }
    ],
}


def test_norwegian_feature_is_dated_by_its_name_and_keeps_both_rings():
    (alert,) = detect_format.parse_any(packed(METNO), NOW)
    assert (alert.provider, alert.type, alert.level, alert.action) == (
        "metno",
        "大风",
        Level.ORANGE,
        Action.UPDATE,
    )
    assert (alert.issued_at, alert.expires_at) == (ISSUED, datetime(2022, 7, 8, 9, tzinfo=UTC))
    assert [ring[0] for ring in alert.polygons] == [(5, 60), (7, 60)]


def test_german_list_says_its_status_in_small_letters():
    (alert,) = detect_format.parse_any(packed(BRIGHT_SKY), NOW)
    assert (alert.provider, alert.status, alert.type) == ("bright-sky", AlertStatus.TEST, "霜冻")
    assert alert.expires_at is None


LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "ok",
            "200",
            "2022-07-08T08:20+08:00",
            "暴雨",
            TEXT,
            "metric:v2",
            "FeatureCollection",
            "Polygon",
            "Actual",
            "Alert",
            "\ud800\0",
        ]
    )
)
KEYS = st.sampled_from(
    [
        "alerts",
        "warning",
        "warnings",
        "alert",
        "info",
        "features",
        "properties",
        "geometry",
        "coordinates",
        "type",
        "status",
        "result",
        "content",
        "Data",
        "data",
        "page",
        "list",
        "hours",
        "hourly",
        "minutely",
        "precipitation",
        "id",
        "code",
        "issuedTime",
        "messageType",
        "eventType",
        "name",
        "color",
        "title",
        "alertid",
        "issuetime",
        "sent",
        "identifier",
        "sender",
        "msgType",
        "scope",
        "event",
        "fxTime",
        "precip",
        "server_time",
        "unit",
        "references",
    ]
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
PATHS = st.lists(st.integers(0, 20), min_size=1, max_size=7)
READERS = [
    qweather.parse,
    qweather.parse_rain,
    caiyun.parse,
    caiyun.parse_rain,
    caiyun.parse_minutes,
    cma.parse,
    meteoalarm_provider.parse,
    nws.parse,
    metno.parse,
    bright_sky.parse,
    detect_format.parse_any,
]
GOOD = [
    {"metadata": {}, "alerts": [qweather_alert()]},
    caiyun_answer(),
    {"warnings": [meteoalarm("2; yellow")]},
    METNO,
    BRIGHT_SKY,
]


def grafted(whole: object, path: list[int], graft: object) -> object:
    """The value with one part of it, chosen by ``path``, replaced."""
    if not path or not isinstance(whole, dict | list) or not whole:
        return graft
    keys = sorted(whole) if isinstance(whole, dict) else range(len(whole))
    key = keys[path[0] % len(keys)]
    parts = dict(whole) if isinstance(whole, dict) else list(whole)
    parts[key] = grafted(whole[key], path[1:], graft)
    return parts


@pytest.mark.parametrize("read", READERS)
@settings(max_examples=120, deadline=None)
@given(value=JSON | st.builds(grafted, st.sampled_from(GOOD), PATHS, JSON))
def test_only_declared_errors_come_out(read, value):
    try:
        result = read(json.dumps(value).encode(), NOW)
    except WeatherError:
        return
    for each in result if isinstance(result, list) else [result]:
        assert each.digest
        assert "\0" not in repr(each)
        repr(each).encode()
