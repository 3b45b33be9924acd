"""One broken entry among five hides no other, and is counted; whatever is wrong with it."""

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from weather.model import BadPayload, Level, WeatherError
from weather.providers import (
    bright_sky,
    caiyun,
    cap,
    cma,
    meteoalarm,
    metno,
    nws,
    open_meteo,
    qweather,
)

NOW = datetime(2023, 6, 8, 1, 0, tzinfo=UTC)
GONE, DOUBLED = object(), object()
WRONG = {
    "missing": GONE,
    "null": None,
    "empty": "",
    "word": "null",
    "list": [1],
    "object": {"x": 1},
    "true": True,
    "not a number": float("nan"),
    "negative": -3276.8,
    "huge": 10**30,
    "long ago": "0001-01-01T00:00:00Z",
    "far ahead": "2999-01-01T00:00:00Z",
    "doubled": DOUBLED,
}
COLOURS = ("blue", "yellow", "orange", "red", "yellow")


def qweather_v1(i: int) -> dict:
    return {
        "id": f"id{i}",
        "senderName": "通化市气象台",
        "issuedTime": f"2023-06-08T0{i}:20+08:00",
        "messageType": {"code": "alert", "supersedes": []},
        "eventType": {"name": "暴雨", "code": "1003"},
        "severity": "severe",
        "color": {"code": COLOURS[i]},
        "effectiveTime": f"2023-06-08T0{i}:20+08:00",
        "onsetTime": f"2023-06-08T0{i}:20+08:00",
        "expireTime": f"2023-06-08T1{i}:20+08:00",
        "headline": "通化市气象台发布暴雨预警",
        "description": "请注意防范。",
        "instruction": "请防范",
    }


def qweather_v7(i: int) -> dict:
    return {
        "id": f"id{i}",
        "sender": "通化市气象台",
        "pubTime": f"2023-06-08T0{i}:20+08:00",
        "title": "通化市气象台发布暴雨预警",
        "startTime": f"2023-06-08T0{i}:20+08:00",
        "endTime": f"2023-06-08T1{i}:20+08:00",
        "status": "active",
        "level": "",
        "severity": "Severe",
        "severityColor": COLOURS[i].capitalize(),
        "type": "1003",
        "typeName": "暴雨",
        "text": "请注意防范。",
        "related": "",
    }


def caiyun_alert(i: int) -> dict:
    return {
        "alertId": f"id{i}",
        "title": "通化市气象台发布暴雨黄色预警",
        "code": "0202",
        "description": "请注意防范。",
        "pubtimestamp": 1686182400 + i,
        "source": "国家预警信息发布中心",
        "adcode": "220500",
    }


def listed(i: int) -> dict:
    return {
        "alertid": f"2205004160000{i}_20230608090700",
        "issuetime": f"2023/06/08 0{i}:07",
        "title": "吉林省通化市气象台发布暴雨橙色预警信号",
    }


def meteoalarm_warning(i: int) -> dict:
    info = {
        "language": "en",
        "event": "Rain",
        "severity": "Severe",
        "onset": "2023-06-08T02:00:00Z",
        "expires": "2023-06-08T12:00:00Z",
        "headline": "Rain",
        "area": [{"areaDesc": f"Area {i}"}],
    }
    message = {
        "identifier": f"id{i}",
        "sender": "x",
        "sent": "2023-06-08T01:00:00Z",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
        "info": [info],
    }
    return {"alert": message}


def nws_feature(i: int) -> dict:
    return {
        "properties": {
            "id": f"id{i}",
            "areaDesc": f"County {i}",
            "sent": "2023-06-08T01:00:00Z",
            "effective": "2023-06-08T01:00:00Z",
            "onset": "2023-06-08T02:00:00Z",
            "expires": "2023-06-08T12:00:00Z",
            "status": "Actual",
            "messageType": "Alert",
            "severity": "Severe",
            "event": "Flash Flood Warning",
            "headline": "Flash Flood Warning",
        }
    }


def metno_feature(i: int) -> dict:
    return {
        "geometry": {"type": "Polygon", "coordinates": [[[5, 60], [6, 60], [6, 61], [5, 60]]]},
        "properties": {
            "id": f"2.49.0.1.578.0.23060801000{i}.008",
            "area": f"Area {i}",
            "awareness_level": "3; orange; Severe",
            "certainty": "Likely",
            "description": "Mye regn",
            "event": "rain",
            "instruction": "x",
            "severity": "Severe",
            "status": "Actual",
            "title": "Regn",
            "type": "Alert",
        },
        "when": {"interval": ["2023-06-08T02:00:00+00:00", "2023-06-08T12:00:00+00:00"]},
    }


def bright_sky_alert(i: int) -> dict:
    return {
        "id": i,
        "alert_id": f"2.49.0.0.276.0.DWD.PVW.{i}",
        "status": "actual",
        "effective": "2023-06-08T01:00:00+00:00",
        "onset": "2023-06-08T02:00:00+00:00",
        "expires": "2023-06-08T12:00:00+00:00",
        "category": "met",
        "response_type": "prepare",
        "urgency": "immediate",
        "severity": "severe",
        "certainty": "likely",
        "event_code": 61,
        "event_en": "heavy rain",
        "event_de": "STARKREGEN",
        "headline_en": "heavy rain",
        "headline_de": "STARKREGEN",
        "description_en": "x",
        "description_de": "x",
        "instruction_en": None,
        "instruction_de": None,
    }


DOORS = {
    "metno": (
        metno.parse,
        metno_feature,
        lambda rows: {"lang": "no", "lastChange": "2023-06-08T01:00:00Z", "features": rows},
    ),
    "bright sky": (bright_sky.parse, bright_sky_alert, lambda rows: {"alerts": rows}),
    "qweather v1": (qweather.parse, qweather_v1, lambda rows: {"metadata": {}, "alerts": rows}),
    "qweather v7": (qweather.parse, qweather_v7, lambda rows: {"code": "200", "warning": rows}),
    "caiyun": (
        caiyun.parse,
        caiyun_alert,
        lambda rows: {"status": "ok", "result": {"alert": {"content": rows}}},
    ),
    "cma": (cma.parse, listed, lambda rows: {"code": 0, "data": {"page": {"list": rows}}}),
    "meteoalarm": (meteoalarm.parse, meteoalarm_warning, lambda rows: {"warnings": rows}),
    "nws": (nws.parse, nws_feature, lambda rows: {"type": "FeatureCollection", "features": rows}),
}


def paths(entry: object, at: tuple = ()) -> list[tuple]:
    """Every field of an entry, and every field of those."""
    inner = entry.items() if isinstance(entry, dict) else ()
    return [path for key, value in inner for path in ((*at, key), *paths(value, (*at, key)))]


def broken(entry: dict, path: tuple, value: object) -> dict:
    entry = copy.deepcopy(entry)
    owner = entry
    for key in path[:-1]:
        owner = owner[key]
    if value is GONE:
        del owner[path[-1]]
    else:
        owner[path[-1]] = value
    return entry


@pytest.mark.parametrize("fault", WRONG)
@pytest.mark.parametrize("door", DOORS)
def test_one_broken_warning_hides_no_other_and_is_counted(door: str, fault: str):
    parse, entry, whole = DOORS[door]
    good = [entry(i) for i in range(5)]
    names = [alert.provider_id for alert in parse(json.dumps(whole(good)).encode(), NOW)]
    assert len(names) == 5
    for path in paths(good[2]):
        bad = good[2] if WRONG[fault] is DOUBLED else broken(good[2], path, WRONG[fault])
        rows = [*good[:2], bad, *([bad] if WRONG[fault] is DOUBLED else []), *good[3:]]
        alerts = parse(json.dumps(whole(rows)).encode(), NOW)
        found = [alert.provider_id for alert in alerts]
        assert {*names[:2], *names[3:]} <= set(found), path
        assert len(set(found)) == len(found)
        assert len(found) + len(alerts.rejected) == 5, path


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("row", [None, "", 7, [], "x"])
def test_row_that_is_none_is_counted(door: str, row: object):
    parse, entry, whole = DOORS[door]
    rows = [entry(0), row, *(entry(i) for i in range(1, 5))]
    alerts = parse(json.dumps(whole(rows)).encode(), NOW)
    assert (len(alerts), len(alerts.rejected)) == (5, 1)


def test_nothing_readable_is_refused():
    for parse, _, whole in DOORS.values():
        with pytest.raises(BadPayload):
            parse(json.dumps(whole([[1], None])).encode(), NOW)


def test_red_warning_stands_whatever_is_wrong_beside_its_colour():
    for field, value in (
        (("messageType", "code"), "reissued"),
        (("onsetTime",), "null"),
        (("expireTime",), "soon"),
        (("issuedTime",), "null"),
        (("instruction",), {"zh": "请防范"}),
    ):
        rows = [broken(qweather_v1(3), field, value)]
        (red,) = qweather.parse(json.dumps({"metadata": {}, "alerts": rows}).encode(), NOW)
        assert red.level is Level.RED
        assert value == "null" or red.doubts


def test_float_and_written_seconds_are_a_time():
    for seconds in (1686182400.0, "1686182400", 1686182400):
        rows = [caiyun_alert(0) | {"pubtimestamp": seconds}]
        answer = {"status": "ok", "result": {"alert": {"content": rows}}}
        (alert,) = caiyun.parse(json.dumps(answer).encode(), NOW)
        assert alert.issued_at == datetime(2023, 6, 8, 0, 0, tzinfo=UTC)


TIMES = [(NOW + timedelta(hours=i)).isoformat() for i in range(5)]
RAINS = {
    "open-meteo": lambda mm, share, times: open_meteo.parse(
        json.dumps(
            {
                "utc_offset_seconds": 0,
                "hourly_units": {"precipitation": "mm"},
                "hourly": {
                    "time": times,
                    "precipitation": mm,
                    "precipitation_probability": share,
                },
            }
        ).encode(),
        NOW,
    ),
    "qweather v7": lambda mm, share, times: qweather.parse_rain(
        json.dumps(
            {
                "code": "200",
                "hourly": [
                    {"fxTime": t, "precip": m, "pop": p}
                    for t, m, p in zip(times, mm, share, strict=True)
                ],
            }
        ).encode(),
        NOW,
    ),
    "qweather v1": lambda mm, share, times: qweather.parse_rain(
        json.dumps(
            {
                "hours": [
                    {
                        "forecastTime": t,
                        "precipitation": {
                            "amount": {"value": m, "unit": "mm"},
                            "probability": p / 100 if type(p) is int else p,
                        },
                    }
                    for t, m, p in zip(times, mm, share, strict=True)
                ]
            }
        ).encode(),
        NOW,
    ),
    "caiyun": lambda mm, share, times: caiyun.parse_rain(
        json.dumps(
            {
                "status": "ok",
                "unit": "metric:v2",
                "result": {
                    "hourly": {
                        "precipitation": [
                            {"datetime": t, "value": m, "probability": p}
                            for t, m, p in zip(times, mm, share, strict=True)
                        ]
                    }
                },
            }
        ).encode(),
        NOW,
    ),
}


@pytest.mark.parametrize("door", RAINS)
@pytest.mark.parametrize("value", [-3276.8, float("nan"), 10**30, "x", [1], {"x": 1}, True, 5000])
def test_one_broken_amount_is_a_gap_and_counted(door: str, value: object):
    series = RAINS[door]([1, 2, value, 4, 5], [50] * 5, TIMES)
    assert [step.mm for step in series.steps] == [1, 2, 4, 5]
    assert series.unread == 1


@pytest.mark.parametrize("door", RAINS)
def test_null_is_a_gap_and_rounding_is_nought(door: str):
    assert [step.mm for step in RAINS[door]([1, 2, None, 4, 5], [50] * 5, TIMES).steps] == [
        1,
        2,
        4,
        5,
    ]
    assert RAINS[door]([1, 2, -0.01, 4, 5], [50] * 5, TIMES).steps[2].mm == 0


@pytest.mark.parametrize("door", RAINS)
@pytest.mark.parametrize("value", [-1, 101, float("nan"), "x", [1], True, None])
def test_probability_never_costs_the_rain(door: str, value: object):
    series = RAINS[door]([1, 2, 3, 4, 5], [50, 50, value, 50, 50], TIMES)
    assert [step.mm for step in series.steps] == [1, 2, 3, 4, 5]
    assert series.steps[2].probability is None
    assert series.steps[1].probability == 0.5


@pytest.mark.parametrize("door", RAINS)
@pytest.mark.parametrize("value", ["soon", 10**30, "0001-01-01T00:00:00Z", TIMES[1]])
def test_one_broken_time_is_a_gap(door: str, value: object):
    times = [*TIMES[:2], value, *TIMES[3:]]
    assert [step.mm for step in RAINS[door]([1, 2, 3, 4, 5], [50] * 5, times).steps] == [1, 2, 4, 5]


@pytest.mark.parametrize("door", RAINS)
def test_hours_in_any_order_are_sorted(door: str):
    series = RAINS[door]([5, 4, 3, 2, 1], [50] * 5, TIMES[::-1])
    assert [step.mm for step in series.steps] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("door", RAINS)
def test_half_that_is_broken_is_refused(door: str):
    with pytest.raises(BadPayload):
        RAINS[door]([1, "x", "y", "z", 5], [50] * 5, TIMES)


NEEDED = {
    "metno": {"properties", "properties.event"},
    "bright sky": {"event_en"},
    "qweather v1": set(),
    "qweather v7": set(),
    "caiyun": set(),
    "cma": {"title"},
    "meteoalarm": {"alert", "alert.sent", "alert.info"},
    "nws": {"properties", "properties.event"},
}
"""What a warning can't be read without; all else costs it no more than confidence."""


@pytest.mark.parametrize("door", DOORS)
def test_only_what_tells_the_hazard_costs_a_warning(door: str):
    parse, entry, whole = DOORS[door]
    good = [entry(i) for i in range(5)]
    for path in paths(good[2]):
        for fault, value in WRONG.items():
            if value is DOUBLED or ".".join(path) in NEEDED[door]:
                continue
            rows = [*good[:2], broken(good[2], path, value), *good[3:]]
            assert len(parse(json.dumps(whole(rows)).encode(), NOW)) == 5, (path, fault)


def test_one_event_of_a_message_that_can_not_be_read_hides_no_other():
    def info(event: str) -> str:
        named = f"<event>{event}</event>" if event else ""
        return (
            f"<info><language>zh-CN</language><category>Met</category>{named}"
            f"<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty>"
            f"<headline>{event or '?'}</headline></info>"
        )

    body = "".join(info(event) for event in ("暴雨", "雷电", "", "大风", "冰雹"))
    message = (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier>'
        "<sender>x</sender><sent>2023-06-08T08:00:00+08:00</sent><status>Actual</status>"
        f"<msgType>Alert</msgType><scope>Public</scope>{body}</alert>"
    )
    alerts = cap.parse(message.encode(), NOW)
    assert [alert.type for alert in alerts] == ["暴雨", "雷电", "大风", "冰雹"]
    assert len({alert.provider_id for alert in alerts}) == 4
    assert len(alerts.rejected) == 1
    assert all("doubt.part_unread" in alert.doubts for alert in alerts)


@pytest.mark.parametrize("value", [-3276.8, float("nan"), 10**30, "x", [1], {"x": 1}, True])
def test_one_broken_minute_or_member_is_a_gap_and_counted(value: object):
    minutes = {
        "code": "200",
        "minutely": [
            {"fxTime": (NOW + timedelta(minutes=5 * i)).isoformat(), "precip": mm}
            for i, mm in enumerate([1, 2, value, 4, 5])
        ],
    }
    series = qweather.parse_rain(json.dumps(minutes).encode(), NOW)
    assert ([step.mm for step in series.steps], series.unread) == ([1, 2, 4, 5], 1)
    radar = {
        "status": "ok",
        "unit": "metric:v2",
        "server_time": int(NOW.timestamp()),
        "result": {"minutely": {"precipitation_2h": [60, 120, value, 240, 300]}},
    }
    series = caiyun.parse_minutes(json.dumps(radar).encode(), NOW)
    assert ([step.mm for step in series.steps], series.unread) == ([1, 2, 4, 5], 1)
    members = {
        "utc_offset_seconds": 0,
        "hourly_units": {"precipitation": "mm"},
        "hourly": {
            "time": TIMES,
            "precipitation": [1, 2, 3, 4, 5],
            "precipitation_member01": [1, 2, value, 4, 5],
        },
    }
    series = open_meteo.parse(json.dumps(members).encode(), NOW)
    assert (len(series.steps), series.unread) == (9, 1)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("fault", [None, "", 7, "x", [], {}, True, float("nan")])
def test_an_answer_that_is_wrong_as_a_whole_is_refused_in_words(door: str, fault: object):
    """Never an exception of another kind, whatever stands at any place outside the entries."""
    parse, entry, whole = DOORS[door]
    answer = whole([entry(i) for i in range(5)])
    for path in paths(answer):
        for bad in (broken(answer, path, fault), broken(answer, path, GONE)):
            with suppress(WeatherError):
                parse(json.dumps(bad).encode(), NOW)


def meteo(**blocks) -> bytes:
    """Hours of a day and what else is given, in mm and UTC."""
    hours = [f"2023-06-08T{hour:02}:00" for hour in range(24)]
    answer = {
        "utc_offset_seconds": 0,
        "hourly_units": {"precipitation": "mm"},
        "minutely_15_units": {"precipitation": "mm"},
        "hourly": {"time": hours, "precipitation": [4.0] * 24},
    }
    return json.dumps(answer | blocks).encode()


QUARTERS = [f"2023-06-08T{hour:02}:{minute:02}" for hour in (8, 9) for minute in (15, 30, 45)]


@pytest.mark.parametrize(
    ("block", "unread"),
    [
        ({"time": [], "precipitation": []}, 1),
        ({"time": QUARTERS, "precipitation": ["x"] * 6}, 1),
        ({"time": QUARTERS, "precipitation": [1]}, 1),
        ({"time": QUARTERS, "precipitation": [None] * 6}, 0),
        ({"time": "now", "precipitation": None}, 1),
        ({}, 0),
        (None, 0),
        ([], 0),
    ],
)
def test_broken_quarter_hours_hide_not_the_hours(block: object, unread: int):
    series = open_meteo.parse(meteo(minutely_15=block), NOW)
    assert ([step.mm for step in series.steps], series.unread) == ([4.0] * 24, unread)


def test_hours_go_on_where_the_quarter_hours_end():
    block = {"time": ["2023-06-08T00:15", "2023-06-08T00:30"], "precipitation": [7.0, 8.0]}
    series = open_meteo.parse(meteo(minutely_15=block), NOW)
    amounts = [step.mm for step in series.steps if step.start >= NOW.replace(hour=0)]
    assert amounts[:3] == [7.0, 8.0, 4.0]


@pytest.mark.parametrize("member", [None, [1.0], "x", [None] * 24, ["x"] * 24])
def test_a_broken_member_hides_no_other(member: object):
    hours = json.loads(meteo())["hourly"] | {"precipitation_member01": member}
    series = open_meteo.parse(meteo(hourly=hours), NOW)
    assert [step.mm for step in series.steps] == [4.0] * 24
