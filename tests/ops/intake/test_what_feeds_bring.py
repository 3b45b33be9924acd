"""What feeds bring, through the whole path: indexes and their messages, services with keys,
warnings through several doors, and what a source's misbehaviour leaves.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.intake import alerts
from ops.intake.feeds import report, sentence
from ops.risk.rain_sources import hourly
from tests.helpers.makers import NOW, local, make_alert, make_forecast
from tests.helpers.processes.rude_server import Misbehaving
from tests.helpers.processes.rude_server import Server as Rude
from tests.helpers.processes.weather_source import SECRET, cap, entries, index_of, meteo, turn
from weather.in_force import in_force
from weather.model import Health, SourceError
from weather.providers.cap_index import MOST_ENTRIES
from weather.sources import Feed


def test_an_index_leads_to_messages_each_read_once_and_an_empty_one_ends_nothing(
    store, real, source
):
    def index(*numbers: int) -> bytes:
        items = "".join(
            f"<item><guid>220402416000_2022070808{n:02d}00</guid><link>{source.url}/{n}.xml</link></item>"
            for n in numbers
        )
        link = f"<link>{source.url}/far.xml</link>"
        other = f"<item><guid>110000416000_20220708080000</guid>{link}</item>"
        return f"<rss><channel>{items}{other}</channel></rss>".encode()

    source.answers = {"/rss": index(20), "/20.xml": cap(20), "/30.xml": 500}
    feed = Feed(
        kind="cap-index", name="relay", url=source.url + "/rss", adcode_prefix="2204", retries=0
    )
    assert turn(store, real, feed)["relay"].state is Health.OK
    assert [path for path, _ in source.asked] == ["/rss", "/20.xml"]
    assert len(store.weather.alerts(real.id)) == len(store.triggers.pending(real.id)) == 1
    source.answers["/rss"] = index(20, 30)
    assert turn(store, real, feed, at=NOW + timedelta(minutes=15))["relay"].state is Health.FAILED
    source.answers["/30.xml"] = cap(30, event="雷电")
    assert turn(store, real, feed, at=NOW + timedelta(minutes=30))["relay"].state is Health.OK
    assert len(store.weather.alerts(real.id)) == 2  # the message that failed was asked for again
    for body in (b"<rss><channel></channel></rss>", b"<rss><chan", b""):
        source.answers["/rss"] = body
        turn(store, real, feed, at=NOW + timedelta(minutes=60))
        assert len(store.weather.alerts(real.id)) == 2
    assert store.weather.latest_forecast(real.id) is None


def test_an_index_that_leads_elsewhere_is_refused(store, real, source):
    source.answers = {
        "/rss": b"<rss><channel><item><link>http://10.0.0.1/x.xml</link></item></channel></rss>"
    }
    feed = index_of(source, "/rss")
    assert turn(store, real, feed)["relay"].error.code == "feed.foreign_link"
    assert len(source.asked) == 1


@pytest.mark.parametrize(
    "broken",
    [
        cap(20)[:700],
        b"<html><body><h1>System maintenance</h1></body></html>",
        b"",
        b'{"error": "busy"}',
        cap(20).replace(b"<msgType>Alert</msgType>", b""),
        cap(20).replace("辽源市气象台2022".encode(), b"\xff\xfe"),
        503,
        404,
    ],
)
def test_a_message_that_could_not_be_read_is_asked_for_until_it_was(store, real, source, broken):
    """Its neighbours count meanwhile, and the source is neither called quiet nor, in time,
    stale.
    """
    source.answers = {
        "/rss": entries(source, "/20.xml", "/30.xml"),
        "/20.xml": broken,
        "/30.xml": cap(30, event="雷电"),
    }
    feed = index_of(source, "/rss", stale_minutes=60)
    for turns in range(6):
        at = NOW + timedelta(minutes=20 * turns)
        health = turn(store, real, feed, at=at)["relay"]
        assert (health.state, health.good_at) == (Health.FAILED, at)
        assert [alert.type for alert in store.weather.alerts(real.id)] == ["雷电"]
    assert [path for path, _ in source.asked].count("/30.xml") == 1
    source.answers["/20.xml"] = cap(20)
    health = turn(store, real, feed, at=NOW + timedelta(minutes=140))["relay"]
    assert (health.state, health.error) == (Health.OK, None)
    assert {alert.type for alert in store.weather.alerts(real.id)} == {"雷电", "暴雨"}
    turn(store, real, feed, at=NOW + timedelta(minutes=160))
    assert source.asked[-1][0] == "/rss"


def test_what_stays_broken_keeps_nothing_new_from_being_read(store, real, source):
    many = [f"/b{n}.xml" for n in range(MOST_ENTRIES + 5)]
    source.answers = dict.fromkeys(many, b"<cut") | {"/rss": entries(source, *many)}
    feed = index_of(source, "/rss")
    turn(store, real, feed)
    source.answers |= {"/rss": entries(source, *many, "/30.xml"), "/30.xml": cap(30)}
    turn(store, real, feed, at=NOW + timedelta(minutes=15))
    assert len(store.weather.alerts(real.id)) == 1


def test_one_foreign_link_hides_no_other_of_an_index_and_the_newest_come_first(store, real, source):
    links = ("/20.xml", "http://10.0.0.1/x.xml", "/30.xml")
    source.answers = {
        "/rss": entries(source, *links, days=(6, 7, 8)),
        "/20.xml": cap(20),
        "/30.xml": cap(30, event="雷电"),
    }
    health = turn(store, real, index_of(source, "/rss"))["relay"]
    assert [path for path, _ in source.asked] == ["/rss", "/30.xml", "/20.xml"]
    assert (health.state, health.error.code) == (Health.FAILED, "feed.foreign_link")
    assert len(store.weather.alerts(real.id)) == 2


def test_a_message_to_machines_is_read_once_and_a_midnight_of_24_h_is_one(store, real, source):
    late = cap(30).replace(b"2022-07-08T14:20:00+08:00", b"2022-07-08T24:00:00+08:00")
    odd = cap(40, event="雷电").replace(b"2022-07-08T14:20:00+08:00", b"soon")
    source.answers = {
        "/rss": entries(source, "/20.xml", "/30.xml", "/40.xml"),
        "/20.xml": cap(20).replace(b"Actual", b"System"),
        "/30.xml": late,
        "/40.xml": odd,
    }
    assert turn(store, real, index_of(source, "/rss"))["relay"].error is None
    by_type = {alert.type: alert for alert in store.weather.alerts(real.id)}
    assert by_type["暴雨"].expires_at == local(0) + timedelta(days=1)
    assert "doubt.field_missing" in by_type["雷电"].doubts


def test_nothing_to_tell_is_quiet_for_warnings_and_no_forecast(store, real, source):
    source.answers = {"/alerts": 204, "/f": 204}
    feed = Feed(kind="nws", name="nws", url=source.url + "/alerts", retries=0)
    assert turn(store, real, feed)["nws"].state is Health.QUIET
    health = turn(store, real, meteo(source.url + "/f"))["om"]
    assert (health.state, health.error.code) == (Health.FAILED, "feed.no_rain")


@pytest.mark.parametrize("minutes", [204, 403, 404, b'{"code": "204"}', b'{"code": "200"}'])
def test_a_place_without_a_nowcast_is_no_failure(store, real, source, minutes):
    hours = {
        "hours": [
            {
                "forecastTime": local(hour).isoformat(),
                "precipitation": {"amount": {"value": hour / 2, "unit": "mm"}},
            }
            for hour in range(12, 20)
        ]
    }
    source.answers = {
        "/weatheralert/v1/current/42.90/125.14": b'{"metadata": {}, "alerts": []}',
        "/weather/v1/hourly/42.90/125.14": json.dumps(hours).encode(),
        "/v7/minutely/5m": minutes,
    }
    feed = Feed(kind="qweather", name="q", url=source.url, key_env="K", retries=0)
    health = turn(store, real, feed, secrets={"K": SECRET})["q"]
    assert (health.state, health.error) == (Health.OK, None)
    assert store.weather.latest_forecast(real.id, NOW).steps[-1].mm == 9.5


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ({"adcode_prefix": "220402"}, {"省", "市", "区", "无码"}),
        ({"adcode_prefix": "2204"}, {"省", "市", "区", "无码"}),
        ({"places": ("辽源", "龙山")}, {"市", "区", "无码"}),
    ],
)
def test_warnings_of_the_city_and_the_province_pass_a_district_s_filter(
    store, real, source, limits, kept
):
    titles = {
        "省": ("22000041600000_20220708082000", "吉林省气象台发布暴雨橙色预警信号"),
        "市": ("22040041600000_20220708082000", "辽源市气象台发布暴雨橙色预警信号"),
        "区": ("22040241600000_20220708082000", "龙山区气象台发布暴雨黄色预警信号"),
        "外": ("33010041600000_20220708082000", "杭州市气象台发布暴雨红色预警信号"),
        "无码": ("x1", "市气象台发布雷电黄色预警信号"),
    }
    rows = [
        {"alertid": number, "issuetime": "2022/07/08 08:20", "title": title}
        for number, title in titles.values()
    ]
    source.answers = {"/l": json.dumps({"code": 0, "data": {"page": {"list": rows}}}).encode()}
    turn(store, real, Feed(kind="cma", name="c", url=source.url + "/l", retries=0, **limits))
    found = {alert.headline for alert in store.weather.alerts(real.id)}
    assert {name for name, (_, title) in titles.items() if title in found} == kept


def test_one_warning_through_two_doors_is_planned_on_once(store, real):
    first = make_alert(provider="notice")
    second = replace(
        first,
        provider="cap",
        provider_id="x",
        text="other words",
        forecast_mm=None,
        areas=("龙山区",),
    )
    assert first.digest != second.digest
    (one,) = alerts.take_alerts(store, real, CONSOLE, [first], NOW)
    (two,) = alerts.take_alerts(store, real, CONSOLE, [second], NOW)
    assert (two.new, two.trigger) == (True, one.trigger)
    (again,) = alerts.take_alerts(store, real, CONSOLE, [second], NOW)
    assert (again.new, again.trigger) == (False, one.trigger)
    assert len(store.triggers.pending(real.id)) == 1
    alerts.take_alerts(
        store, real, CONSOLE, [replace(second, issued_at=local(10), provider_id="y")], NOW
    )
    assert len(store.triggers.pending(real.id)) == 2


def private_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def qweather_answers() -> dict[str, bytes]:
    text = (
        "辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号：预计未来6小时降雨量将达50毫米以上。"
    )
    alert = {
        "id": "1",
        "senderName": "辽源市气象台",
        "issuedTime": "2022-07-08T08:20+08:00",
        "messageType": {"code": "alert"},
        "eventType": {"name": "暴雨"},
        "color": {"code": "yellow"},
        "headline": "暴雨黄色预警",
        "description": text,
        "expireTime": "2022-07-08T14:20+08:00",
    }
    hours = [
        {
            "forecastTime": f"2022-07-08T{hour:02d}:00Z",
            "precipitation": {"amount": {"value": 6.0, "unit": "mm"}},
        }
        for hour in range(6)
    ]
    minutes = [
        {"fxTime": f"2022-07-08T0{at // 60}:{at % 60:02d}+00:00", "precip": "1.0"}
        for at in range(30, 150, 5)
    ]
    return {
        "/weatheralert/v1/current/42.90/125.14": json.dumps(
            {"metadata": {}, "alerts": [alert]}
        ).encode(),
        "/weather/v1/hourly/42.90/125.14": json.dumps({"hours": hours}).encode(),
        "/v7/minutely/5m": json.dumps({"code": "200", "minutely": minutes}).encode(),
    }


def test_qweather_by_key_and_by_signed_token(store, real, source):
    source.answers = qweather_answers()
    feed = Feed(kind="qweather", name="qw", url=source.url, key_env="QW_KEY", retries=0)
    assert turn(store, real, feed, secrets={"QW_KEY": SECRET})["qw"].state is Health.OK
    assert {headers["X-QW-Api-Key"] for _, headers in source.asked} == {SECRET}
    assert len(store.weather.alerts(real.id)) == 1
    assert dict(hourly(store.weather.latest_forecast(real.id), 0.75)) == {
        local(8): 9.0,
        local(9): 12.0,
        local(10): 9.0,
        local(11): 6.0,
        local(12): 6.0,
        local(13): 6.0,
    }
    source.asked.clear()
    signed, pem = replace(feed, key_id="KID", project_id="PROJECT"), private_key()
    turn(
        store,
        real,
        signed,
        secrets={"QW_KEY": pem.replace("\n", "\\n")},
        at=NOW + timedelta(minutes=15),
    )
    token = source.asked[0][1]["Authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(token) | {"typ": "JWT"} == {
        "alg": "EdDSA",
        "kid": "KID",
        "typ": "JWT",
    }
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == {"sub", "iat", "exp"}
    assert claims["iat"] < (NOW + timedelta(minutes=15)).timestamp() < claims["exp"]
    assert (
        turn(store, real, signed, at=NOW + timedelta(hours=1), secrets={"QW_KEY": SECRET})[
            "qw"
        ].error.code
        == "feed.bad_key"
    )


def test_caiyun_brings_both_and_its_key_is_kept_nowhere(store, real, source, caplog, tmp_path):
    caplog.set_level("DEBUG")
    hours = [
        {"datetime": f"2022-07-08T{hour:02d}:00+08:00", "value": 5.0, "probability": 80}
        for hour in range(9, 20)
    ]
    body = {
        "status": "ok",
        "api_version": "v2.6",
        "unit": "metric:v2",
        "server_time": int(NOW.timestamp()),
        "result": {"alert": {"content": []}, "hourly": {"precipitation": hours}},
    }
    feed = Feed(kind="caiyun", name="cy", url=source.url, key_env="CY_KEY", retries=0)
    path = f"/v2.6/{SECRET}/125.1400,42.9000/weather"
    for at, answer in ((NOW, json.dumps(body).encode()), (NOW + timedelta(minutes=15), 403)):
        source.answers = {path: answer}
        turn(store, real, feed, at=at, secrets={"CY_KEY": SECRET})
    assert store.weather.healths()["cy"].state is Health.FAILED
    assert store.weather.latest_forecast(real.id).provider == "cy"
    assert turn(store, real, feed, at=NOW + timedelta(hours=1))["cy"].error == SourceError(
        code="feed.no_key", facts={"provider": "cy", "variable": "CY_KEY"}
    )
    assert SECRET not in caplog.text + json.dumps(report(store, (feed,), NOW), default=str)
    store.close()
    assert SECRET.encode() not in b"".join(
        file.read_bytes() for file in tmp_path.glob("xunban.db*")
    )


@pytest.fixture
def rude() -> Iterator[str]:
    server = Rude(("127.0.0.1", 0), Misbehaving)
    server.paths = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("path", "code", "state"),
    [
        ("late", "fetch.timeout", "failed"),
        ("dripping", "fetch.timeout", "failed"),
        ("cut_off", "fetch.cut_off", "failed"),
        ("huge", "fetch.too_long", "failed"),
        ("bomb", "fetch.too_long", "failed"),
        ("garbage", "fetch.cut_off", "failed"),
        ("forbidden", "fetch.forbidden", "failed"),
        ("over_quota", "fetch.over_quota", "over_quota"),
        ("elsewhere", "fetch.redirect", "failed"),
        ("broken", "fetch.status", "failed"),
        ("good", ".", "failed"),
    ],
)
@pytest.mark.parametrize("kind", ["open-meteo", "cap-index"])
def test_a_source_that_misbehaves_is_told_and_what_was_good_stays(
    store, real, rude, kind, path, code, state
):
    alerts.take_forecast(store, real, make_forecast({13: 9.0}), NOW)
    alerts.take_alerts(store, real, CONSOLE, [make_alert()], NOW)
    before = (
        store.weather.alerts(real.id),
        store.weather.latest_forecast(real.id),
        len(store.triggers.all(real.id)),
    )
    slow = path in ("late", "dripping")  # all others get the time that a loaded machine takes
    feed = Feed(
        kind=kind,
        name="x",
        url=f"{rude}/{path}",
        retries=0,
        timeout_s=0.7 if slow else 30.0,
        deadline_s=1.0 if slow else 60.0,
        adcode_prefix="2204",
    )
    health = turn(store, real, feed)["x"]
    assert (health.state, health.good_at) == (Health(state), None)
    assert code in str(health.error)
    assert (
        store.weather.alerts(real.id),
        store.weather.latest_forecast(real.id),
        len(store.triggers.all(real.id)),
    ) == before
    assert "127.0.0.1" in sentence(health.error, Translator("zh")) or path == "good"


@pytest.mark.parametrize(
    ("more", "plans"),
    [
        ({}, 1),
        (
            {
                "instruction": None,
                "polygons": (((125.0, 42.0), (126.0, 42.0), (126.0, 43.0), (125.0, 42.0)),),
            },
            1,
        ),
        ({"expires_at": NOW + timedelta(hours=12)}, 2),
        ({"forecast_mm": 80.0, "expires_at": NOW + timedelta(hours=6)}, 2),
    ],
)
def test_another_door_that_says_more_is_planned_on_if_it_matters(
    store, real, more: dict, plans: int
):
    pasted = make_alert(provider="notice", provider_id="n")
    said = {"headline": "made up", "instruction": "made up"} | more
    relayed = make_alert(provider="cap", provider_id="c", **said)
    alerts.take_alerts(store, real, CONSOLE, [pasted], NOW)
    alerts.take_alerts(store, real, CONSOLE, [relayed], NOW)
    alerts.take_alerts(store, real, CONSOLE, [relayed, pasted], NOW)
    assert len(store.triggers.pending(real.id)) == plans
    (held,) = in_force(store.weather.alerts(real.id), NOW)
    assert held.polygons == more.get(
        "polygons", ()
    )  # an outline enters what is in force, and asks for no plan
    assert held.expires_at == more.get("expires_at")
    assert held.forecast_mm == more.get("forecast_mm", 50.0)


def test_a_warning_that_a_source_dates_ahead_holds_from_its_receipt(store, real, source):
    """Clocks and zones are wrong: eight hours ahead is a red warning that nobody would see."""
    ahead = cap(20).replace(b"2022-07-08T08:20:00+08:00", b"2022-07-08T16:20:00+08:00")
    source.answers = {"/rss": entries(source, "/20.xml"), "/20.xml": ahead}
    turn(store, real, index_of(source, "/rss"))
    (held,) = in_force(store.weather.alerts(real.id), NOW)
    assert "doubt.in_future" in held.doubts
    turn(store, real, index_of(source, "/rss"), at=NOW + timedelta(minutes=20))
    assert len(store.weather.alerts(real.id)) == 1


@pytest.mark.parametrize("part", ["alert", "hourly"])
@pytest.mark.parametrize("broken", [None, [], {"content": 7, "precipitation": 7}, "x"])
def test_a_broken_part_of_an_answer_hides_no_other(store, real, source, part, broken):
    alert = {
        "alertId": "22040241600000_20220708082000",
        "code": "0203",
        "title": "辽源市气象台发布暴雨橙色预警",
        "description": "",
        "pubtimestamp": int(NOW.timestamp()),
    }
    hours = [{"datetime": local(hour).isoformat(), "value": 2.0} for hour in range(9, 20)]
    result = {"alert": {"content": [alert]}, "hourly": {"precipitation": hours}} | {part: broken}
    answer = {"status": "ok", "unit": "metric:v2", "result": result}
    source.answers = {f"/v2.6/{SECRET}/125.1400,42.9000/weather": json.dumps(answer).encode()}
    feed = Feed(kind="caiyun", name="c", url=source.url, key_env="K", retries=0)
    health = turn(store, real, feed, secrets={"K": SECRET})["c"]
    kept = (len(store.weather.alerts(real.id)), bool(store.weather.latest_forecast(real.id)))
    assert kept == ((0, True) if part == "alert" else (1, False))
    if part == "hourly" or broken not in (None, []):
        assert health.error is not None
