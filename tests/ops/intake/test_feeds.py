"""Feeds through the whole path: what is polled, stored, planned on, told, and what survives a
source's misbehaviour.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dashboard.render.status import health_line
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.documents.labels import polled_words
from ops.intake import alerts
from ops.intake.feeds import PATIENCE, is_due, poll_due, report, sentence, try_feed
from ops.intake.operations import begin_real
from ops.risk.rain_outlook import outlook
from ops.risk.rain_sources import hourly
from tests.helpers.makers import NOW, local, make_alert, make_city, make_forecast
from tests.helpers.processes.rude_server import Misbehaving
from tests.helpers.processes.rude_server import Server as Rude
from weather.in_force import in_force
from weather.merge_nowcast import spliced
from weather.model import Health, RainSeries, RainStep, SourceDown, SourceError, SourceHealth
from weather.providers.cap_index import MOST_ENTRIES
from weather.sources import KINDS, Feed

PLACE = (125.14, 42.9)
SECRET = "9f3b1c7e-secret"


def rain(mm: dict[int, float]) -> bytes:
    """Open-Meteo's answer; the rain of local hours of 8 July 2022."""
    hours = [f"2022-07-08T{hour:02d}:00" for hour in range(24)]
    return json.dumps(
        {
            "utc_offset_seconds": 28800,
            "hourly_units": {"precipitation": "mm"},
            "hourly": {
                "time": hours,
                "precipitation": [mm.get(hour - 1, 0.0) for hour in range(24)],
            },
        }
    ).encode()


def cap(number: int, place: str = "220402", event: str = "暴雨") -> bytes:
    return f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>{place}41600000_2022070808{number:02d}00
</identifier><sender>x</sender><sent>2022-07-08T08:{number:02d}:00+08:00</sent><status>Actual</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language><category>Met</category>
<event>{event}黄色预警</event><urgency>Expected</urgency><severity>Moderate</severity><certainty>Likely</certainty>
<expires>2022-07-08T14:20:00+08:00</expires><senderName>辽源市气象台</senderName>
<description>辽源市气象台2022年7月8日8时{number}分发布{event}黄色预警信号：预计未来6小时降雨量将达50毫米以上。</description>
<area><areaDesc>龙山区</areaDesc><geocode><valueName>adcode</valueName><value>{place}</value></geocode></area>
</info></alert>""".encode()


class Source(ThreadingHTTPServer):
    """Answers what the test puts under a path: a body, or a status."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, bytes | int] = {}
        self.asked: list[tuple[str, dict]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.asked.append((self.path, dict(self.headers)))
        body = self.server.answers.get(path, 404)
        etag = f'"{hash(body)}"'
        status = (
            body
            if isinstance(body, int)
            else 304
            if self.headers.get("If-None-Match") == etag
            else 200
        )
        body = b"" if status != 200 else body
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_words):
        pass


@pytest.fixture
def source() -> Iterator[Source]:
    server = Source()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def real(store: Store) -> Operation:
    store.replace_city(make_city())
    return begin_real(store, NOW)


def meteo(url: str, **changes) -> Feed:
    return Feed(**({"kind": "open-meteo", "name": "om", "url": url, "retries": 0} | changes))


def index_of(source: Source, path: str, **changes) -> Feed:
    return Feed(
        **(
            {"kind": "cap-index", "name": "relay", "url": source.url + path, "retries": 0}
            | {"adcode_prefix": "2204"}
            | changes
        )
    )


def turn(
    store: Store, real: Operation, *feeds: Feed, at=NOW, secrets=None
) -> dict[str, SourceHealth]:
    poll_due(store, real, feeds, PLACE, at, secrets or {})
    return store.weather.healths()


def test_the_best_fresh_forecast_is_used_and_asks_for_a_plan_when_the_better_one_is_gone(
    store, real, source
):
    source.answers = {"/one": rain({13: 9.0}), "/two": rain({11: 20.0})}
    feeds = (
        meteo(source.url + "/one", name="one", rank=1, stale_minutes=60),
        meteo(source.url + "/two", name="two"),
    )
    turn(store, real, *feeds)
    assert store.weather.latest_forecast(real.id, NOW).provider == "one"
    assert [trigger.cause for trigger in store.triggers.pending(real.id)] == [
        f"forecast:{store.weather.latest_forecast(real.id, NOW).digest}"
    ]
    source.answers["/one"] = 500
    later = NOW + timedelta(minutes=50)
    assert turn(store, real, *feeds, at=later)["one"].state is Health.FAILED
    assert store.weather.latest_forecast(real.id, later).provider == "one"
    later = NOW + timedelta(minutes=75)
    healths = turn(store, real, *feeds, at=later)
    assert (healths["one"].state, healths["two"].state) == (Health.STALE, Health.OK)
    assert store.weather.latest_forecast(real.id, later).provider == "two"
    assert len(store.triggers.pending(real.id)) == 2
    rain_now = outlook(store.weather.latest_forecast(real.id, later), (), None, later)
    assert (rain_now.provider, rain_now.onset_at) == ("two", local(11))


def test_what_can_not_be_read_of_an_answer_is_left_out_and_told(store, real, source):
    """An hour without an amount hides neither its neighbours nor itself."""
    body = json.loads(rain({13: 9.0}))
    body["hourly"]["precipitation"][20] = "wet"
    source.answers = {"/f": json.dumps(body).encode()}
    health = turn(store, real, meteo(source.url + "/f"))["om"]
    assert health.state is Health.OK
    assert health.error == SourceError(code="feed.partly", facts={"n": 1})
    assert "有 1 处内容读不懂" in health_line(health, NOW, Translator("zh"))
    kept = store.weather.latest_forecast(real.id, NOW)
    assert outlook(kept, (), None, NOW).peak_mm_h == 9.0
    source.answers = {"/f": rain({13: 9.0})}
    assert (
        turn(store, real, meteo(source.url + "/f"), at=NOW + timedelta(minutes=20))["om"].error
        is None
    )


def test_the_age_that_a_feed_sets_holds_where_nothing_fresher_is(store, real, source):
    source.answers = {"/one": rain({13: 9.0})}
    turn(store, real, meteo(source.url + "/one", stale_minutes=60))
    for minutes, provider, stale in ((60, "om", None), (61, "om", "om")):
        later = NOW + timedelta(minutes=minutes)
        rain_now = outlook(store.weather.latest_forecast(real.id, later), (), None, later)
        assert (rain_now.provider, rain_now.stale_provider) == (provider, stale)


def test_an_unchanged_forecast_is_fresh_again_without_being_sent(store, real, source):
    source.answers = {"/f": rain({13: 9.0})}
    feed = meteo(source.url + "/f")
    turn(store, real, feed)
    later = NOW + timedelta(minutes=15)
    assert turn(store, real, feed, at=later)["om"].state is Health.OK
    assert "If-None-Match" in source.asked[-1][1]
    assert store.weather.latest_forecast(real.id).fetched_at == later
    assert len(store.triggers.pending(real.id)) == 1


def test_a_feed_is_asked_on_its_own_rhythm_and_left_alone_when_it_says_too_many(
    store, real, source
):
    source.answers = {"/f": 429}
    feed = meteo(source.url + "/f", poll_minutes=5)
    assert turn(store, real, feed)["om"].state is Health.OVER_QUOTA
    turn(store, real, feed, at=NOW + timedelta(minutes=6))
    assert len(source.asked) == 1
    turn(store, real, feed, at=NOW + PATIENCE)
    assert len(source.asked) == 2
    quick = SourceHealth(provider="om", state=Health.FAILED, tried_at=NOW)
    assert not is_due(feed, quick, NOW + timedelta(minutes=4))
    assert is_due(feed, quick, NOW + timedelta(minutes=5))


LEAST = PATIENCE.total_seconds() / 60


@pytest.mark.parametrize(
    ("state", "code", "retry_after_s", "minutes"),
    [
        (Health.FAILED, "fetch.status", 3600, 60),
        (Health.STALE, "fetch.over_quota", 7200, 120),
        (Health.STALE, "fetch.over_quota", 0, LEAST),
        (Health.OVER_QUOTA, "fetch.over_quota", 1, LEAST),
        (Health.FAILED, "fetch.status", None, 5),
    ],
)
def test_a_source_has_the_patience_that_it_asked_for(state, code, retry_after_s, minutes):
    feed = meteo("http://127.0.0.1:1/f", poll_minutes=5)
    error = SourceError(code=code, facts={"host": "x"}, retry_after_s=retry_after_s)
    health = SourceHealth(provider="om", state=state, tried_at=NOW, error=error)
    assert not is_due(feed, health, NOW + timedelta(minutes=minutes, seconds=-1))
    assert is_due(feed, health, NOW + timedelta(minutes=minutes))


def test_a_name_that_reads_like_a_wish_for_patience_silences_no_feed(store, real, monkeypatch):
    name = "a, retry_after_s=99999) feed.over_budget"
    feed = meteo("http://127.0.0.1:1/f", name=name, poll_minutes=5)

    def refuse(*_args, **_options):
        raise SourceDown("fetch.unreachable", host=name)

    monkeypatch.setattr("weather.fetch.get", refuse)
    health = turn(store, real, feed)[name]
    assert (health.state, health.error.code) == (Health.FAILED, "fetch.unreachable")
    assert health.error.facts == {"host": name}
    assert is_due(feed, health, NOW + timedelta(minutes=5))
    assert name in sentence(health.error, Translator("en"))


def test_the_patience_asked_for_is_kept_with_the_source(store, real, monkeypatch):
    def refuse(*_args, **_options):
        raise SourceDown("fetch.status", host="h", status=503, retry_after_s=3600)

    monkeypatch.setattr("weather.fetch.get", refuse)
    feed = meteo("http://127.0.0.1:1/f", poll_minutes=5)
    health = turn(store, real, feed)["om"]
    assert health.error == SourceError(
        code="fetch.status", facts={"host": "h", "status": 503}, retry_after_s=3600
    )
    assert not is_due(feed, health, NOW + timedelta(minutes=59))
    assert is_due(feed, health, NOW + timedelta(minutes=60))


def test_a_source_that_says_too_many_is_not_asked_for_the_rest(store, real, source):
    source.answers = {"/weatheralert/v1/current/42.90/125.14": 429}
    feed = Feed(kind="qweather", name="qw", url=source.url, key_env="KEY", retries=0)
    assert turn(store, real, feed, secrets={"KEY": SECRET})["qw"].state is Health.OVER_QUOTA
    assert len(source.asked) == 1


def test_a_day_s_budget_is_kept_in_the_database(store, real, source):
    source.answers = {"/f": rain({13: 9.0})}
    feed = meteo(source.url + "/f", daily_budget=2, poll_minutes=1)
    for minute in (0, 1, 40, 80):
        health = turn(store, real, feed, at=NOW + timedelta(minutes=minute))["om"]
    assert len(source.asked) == 2
    assert health.state is Health.OVER_QUOTA
    assert health.error.code == "feed.over_budget"
    assert store.weather.spent(NOW.date()) == {"om": 2}
    assert (
        turn(store, real, feed, at=NOW + timedelta(days=1))["om"].error is None
        or len(source.asked) == 3
    )


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


def entries(source: Source, *links: str, days: tuple[int, ...] = ()) -> bytes:
    """An index of these links (paths, or whole addresses), dated by days of July where told."""
    items = "".join(
        f"<item><guid>{link}</guid><link>{link if '://' in link else source.url + link}</link>"
        + (f"<pubDate>{days[i]:02d} Jul 2022 00:20:00 GMT</pubDate>" if days else "")
        + "</item>"
        for i, link in enumerate(links)
    )
    return f"<rss><channel>{items}</channel></rss>".encode()


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


def test_quiet_and_down_are_two_things(store, real, source):
    source.answers = {"/alerts": b'{"type": "FeatureCollection", "features": []}'}
    feed = Feed(kind="nws", name="nws", url=source.url + "/alerts", retries=0)
    assert turn(store, real, feed)["nws"].state is Health.QUIET
    assert (
        turn(store, real, feed, at=NOW + timedelta(minutes=15))["nws"].state is Health.QUIET
    )  # 304
    source.answers["/alerts"] = 503
    health = turn(store, real, feed, at=NOW + timedelta(minutes=30))["nws"]
    assert (health.state, health.good_at) == (Health.FAILED, NOW + timedelta(minutes=15))


def test_a_forecast_of_the_past_is_stale_and_not_planned_on(store, real, source):
    source.answers = {"/f": rain({13: 9.0})}
    health = turn(store, real, meteo(source.url + "/f"), at=NOW + timedelta(days=2))["om"]
    assert (health.state, health.error, store.weather.latest_forecast(real.id)) == (
        Health.STALE,
        SourceError(code="feed.old_forecast"),
        None,
    )


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


def test_the_report_calls_a_source_stale_when_nobody_has_asked_it(store, real, source):
    source.answers = {"/f": rain({13: 9.0})}
    feed, never = meteo(source.url + "/f", daily_budget=9), meteo(source.url, name="never")
    turn(store, real, feed)
    lines = report(store, (feed, never), NOW + timedelta(hours=7))
    assert [
        (line["name"], line["state"], line["age_minutes"], line["spent_today"]) for line in lines
    ] == [("om", "stale", 420, 1), ("never", None, None, 0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "x"},
        {"detail": "x"},
        {"key_env": "lower-case-key"},
        {"poll_minutes": 0},
        {"stale_minutes": 5.0},
        {"daily_budget": -1},
        {"retries": 9},
        {"timeout_s": 50.0},
        {"url": "ftp://x"},
        {"url": "http://u:p@x"},
        {"url": "http://example.org", "key_env": "K"},
        {"kind": "qweather"},
        {"kind": "caiyun"},
        {"kind": "cma", "adcode_prefix": "2204"},  # it needs an address
        {"kind": "cma", "url": "https://example.org/list"},  # it lists the whole country
        {"kind": "cap-index"},
        {"kind": "cap-index", "url": "https://example.org/rss.xml"},
        {"kind": "meteoalarm", "places": ("Berlin",)},  # it needs a country
        {"kind": "meteoalarm", "country": "germany"},
        {"key_id": "k"},
    ],
)
def test_a_feed_that_cannot_work_is_refused(changes):
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        Feed(**({"kind": "open-meteo", "name": "x"} | changes))
    assert "lower-case-key" not in str(refused.value)


def test_every_kind_can_be_set_up():
    for kind in KINDS:
        Feed(
            kind=kind,
            name=kind,
            url="https://example.org/x",
            key_env="K",
            country="germany",
            adcode_prefix="2204",
        )


def test_quarter_hours_and_members_become_hours():
    def step(minutes: int, mm: float, length: int = 15, member: str | None = None) -> RainStep:
        start = local(12) + timedelta(minutes=minutes)
        return RainStep(start=start, end=start + timedelta(minutes=length), mm=mm, member=member)

    quarters = RainSeries(
        provider="x", fetched_at=NOW, steps=tuple(step(15 * i, 1.0) for i in range(6))
    )
    assert hourly(quarters, 0.75) == ((local(12), 4.0), (local(13), 2.0))
    members = tuple(step(0, mm, 60, f"m{mm}") for mm in (0.0, 1.0, 2.0, 8.0))
    assert hourly(RainSeries(provider="x", fetched_at=NOW, steps=members), 0.75) == (
        (local(12), 2.0),
    )
    assert hourly(RainSeries(provider="x", fetched_at=NOW, steps=(step(0, 12.0, 360),)), 0.75)[
        5
    ] == (local(17), 2.0)
    far = RainSeries(provider="far", fetched_at=NOW, steps=(step(0, 6.0, 60), step(60, 6.0, 60)))
    for nowcast, hours in (
        ((step(30, 0.0, 60),), (6.0, 6.0)),  # it calls off nothing
        ((step(30, 0.0, 30), step(60, 9.0, 30)), (6.0, 12.0)),
        ((step(30, 5.0, 60),), (6.0, 6.0)),
        ((step(30, 8.0, 30), step(60, 0.0, 30)), (11.0, 6.0)),
        ((step(90, 4.0, 60),), (6.0, 6.0, 2.0)),
    ):
        whole = spliced(RainSeries(provider="near", fetched_at=NOW, steps=nowcast), far)
        assert [mm for _, mm in hourly(whole, 0.75)] == list(hours)
        assert whole.provider == "far"


def test_no_key_stands_in_a_setting_file():
    from ops.base.errors import BadSettings
    from ops.settings import parse

    for line in (
        f"key = '{SECRET}'",
        f"key_env = '{SECRET}'",
        f"poll_minutes = '{SECRET}'",
        f"places = ['{SECRET}', 1]",
    ):
        with pytest.raises(BadSettings) as refused:
            parse(f"[[feeds]]\nkind = 'open-meteo'\n{line}\n")
        assert SECRET not in str(refused.value)
    text = (
        "[[feeds]]\nkind = 'open-meteo'\nrank = 1\n"
        "[[feeds]]\nkind = 'cap-index'\nadcode_prefix = '2204'\n"
        "places = ['龙山']\nstale_minutes = 60\n"
    )
    assert [(feed.name, feed.rank, feed.places) for feed in parse(text).settings.feeds] == [
        ("open-meteo", 1, ()),
        ("cap-index", 50, ("龙山",)),
    ]
    with pytest.raises(BadSettings, match=re.escape("one name")):
        parse("[[feeds]]\nkind = 'open-meteo'\n" * 2)


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


# --- tried by hand


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (rain({12: 8.0, 13: 4.5}), ("12.5",)),
        (rain({}), ("rain", " 0 ")),
        (b"{}", ("rain:",)),
        (503, ("rain:", "503")),
    ],
)
def test_a_feed_that_is_tried_shows_what_came_and_stores_nothing(
    store, real, source, answer, words, lang
):
    source.answers["/rain"] = answer
    feed = Feed(name="rain", kind="open-meteo", url=f"{source.url}/rain")
    for _ in range(2):  # tried again it is asked again
        polled = try_feed(store, CONSOLE, feed, PLACE, NOW, {})
        told = " ".join(polled_words(Translator(lang), feed.name, polled))
        assert all(word in told for word in words)
    assert len(source.asked) >= 2
    assert store.weather.latest_forecast(real.id, NOW) is None
    assert store.weather.alerts(real.id) == []
    assert (store.weather.healths(), store.weather.marks(real.id, feed.name)) == ({}, {})


def test_a_feed_is_tried_within_the_day_s_budget(store, real, source):
    source.answers["/rain"] = rain({})
    feed = Feed(name="rain", kind="open-meteo", url=f"{source.url}/rain", daily_budget=1)
    assert try_feed(store, CONSOLE, feed, PLACE, NOW, {}).rain
    (error,) = try_feed(store, CONSOLE, feed, PLACE, NOW, {}).errors
    assert error.code == "feed.over_budget"
