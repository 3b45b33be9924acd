"""Whatever is sent to a door that takes JSON gets an answer in words: never a failure of ours."""

import http.client
import json
import logging
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.web import phone_links
from dashboard.web.api import incidents as incident_api
from dashboard.web.rate_limit import Budgets
from ops.auth.api_tokens import new_token
from ops.auth.permissions import CONSOLE
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from ops.risk.gauges import Gauge
from ops.settings import Settings
from tests.helpers.draws import few_or
from tests.helpers.makers import NOW, make_city
from tests.helpers.progress import VERSION

ODD = (
    "\ud800",
    "a\udfff",
    "\x00",
    "\x1b[2J",
    "\u202e",
    "9" * 5000,
    "incident:²",
    "incident:1:pump:①",
    "errand:c²",
    "haul:M1:D1:²",
    "guard:S1:r" + "9" * 5000,
    "{0.__class__} {n} %s %(n)s ${n}",
    10**400,
    -(10**400),
    2**63,
    1e308,
    float("inf"),
    float("nan"),
    True,
    None,
    "",
    " " * 600,
    [],
    {},
    [[[]]],
    {"a": {"b": 1}},
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "1970-01-01T00:00:00Z",
    "2022-02-30T00:00:00Z",
    "2022-07-08T08:20",
    "24:00",
    -1,
    0.1,
)
VALUES = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=30),
    st.integers(),
    st.floats(),
    st.datetimes(timezones=st.sampled_from([None, UTC])).map(lambda at: at.isoformat()),
)
TAP = {
    "event_id": "0001-0001",
    "kind": "clear",
    "job_id": "clear:S1",
    "unit_id": None,
    "sent_at": "2022-07-08T08:20:00Z",
    "device_at": "2022-07-08T08:19:00Z",
    "amounts": {"silt_m3": 1.0},
    "reason": None,
    "inlet_id": None,
    "photo": None,
    "incident": {"kind": "ponding", "segment_id": "S1", "depth_cm": 5},
}
INCIDENT = {
    "external_id": "1",
    "kind": "ponding",
    "reported_at": "2022-07-08T00:10:00Z",
    "segment_id": "S1",
    "lon": None,
    "lat": None,
    "depth_cm": 5,
    "text": "水",
    "exercise": True,
}
READING = {"gauge": "下穿桥", "at": "2022-07-08T00:10:00Z", "value": 23.0}
GAUGES = (
    Gauge(kind="level", name="下穿桥", segment_id="S1"),
    Gauge(kind="rain_total", name="院内"),
)
FUZZED = settings(
    max_examples=few_or(400, few=120),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def ask(door, store, store_url, drill, caplog, monkeypatch):
    monkeypatch.setenv("XUNBAN_DB", store_url)
    store.replace_city(make_city())
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    links = Links(store, NotifySettings(), lambda: NOW)
    paths = {
        "tap": f"/s/{links.token(drill.id, 1, 'A')}/events",
        "incident": "/api/incidents",
        "gauges": "/api/gauges",
    }
    ruled = replace(Settings(), gauges=GAUGES)
    monkeypatch.setattr(phone_links, "_settings", lambda: ruled)
    token = new_token(store, CONSOLE, "12345", NOW)
    caplog.set_level(logging.ERROR)

    def send(where: str, body: bytes, method: str = "POST", path: str = "") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=20)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        connection.request(method, path or paths[where], body, headers)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        assert answer.status < 500, ascii((answer.status, said[:300], body[:300]))
        if answer.status >= 400:
            told = json.loads(said)
            assert told.get("message") or told["detail"]["message"], told
        return answer.status

    yield send
    phone_links.door_store(store_url).close()
    phone_links.door_store.cache_clear()


@pytest.fixture(autouse=True)
def no_limits(monkeypatch):
    monkeypatch.setattr(incident_api, "_CALLS", Budgets(10**6, 0.0))
    monkeypatch.setattr(phone_links, "_TAPS", Budgets(10**6, 0.0))
    monkeypatch.setattr(phone_links, "_INCIDENTS", Budgets(10**6, 0.0))


def changed(whole: dict, at: str, to: object) -> bytes:
    return json.dumps(whole | {at: to}).encode("utf-8", "surrogatepass")


def test_taps_incidents_and_readings_of_any_shape_are_answered(ask):
    taps = st.tuples(st.sampled_from(sorted(TAP)), VALUES)
    kinds = st.sampled_from(["clear", "refuse", "ask", "incident", "help", "inlet_blocked", "x"])

    @FUZZED
    @given(taps, kinds, st.integers(0, 10**9))
    def tap(change, kind, number):
        whole = TAP | {"event_id": f"fuzz-{number:010d}", "kind": kind, "reason": "说明"}
        if kind != "clear":
            whole["amounts"] = None
        ask("tap", changed(whole, *change))

    @FUZZED
    @given(st.sampled_from(sorted(INCIDENT)), VALUES, st.integers(0, 10**9))
    def incident(at, to, number):
        ask("incident", changed(INCIDENT | {"external_id": str(number)}, at, to))

    @FUZZED
    @given(st.sampled_from(sorted(READING)), VALUES, st.sampled_from(GAUGES), st.booleans())
    def reading(at, to, gauge, alone):
        one = READING | {"gauge": gauge.name} | {at: to}
        whole = {"readings": [one] if alone else [to, READING, one]}
        assert ask("gauges", changed(whole, "readings", whole["readings"])) in (200, 422)

    tap()
    incident()
    reading()


@pytest.mark.parametrize("where", ["tap", "incident", "gauges"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"\xff\xfe",
        b"9" * 5000,
        b"NaN",
        b'"x"',
        b'{"event_id": "\\ud800\\ud800", "kind": "\\udfff"}',
        b'{"incident": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    ],
    ids=range(9),
)
def test_what_is_no_json_of_ours_is_refused_in_words(ask, where, body):
    assert ask(where, body) in (400, 413, 415, 422)


@pytest.mark.parametrize("number", ["0", "-1", "9" * 30, "9" * 5000, "1e3", "%00", "%F0%9F"])
@pytest.mark.parametrize("rest", ["", "/close", "/split", "/join/1", "/join/" + "9" * 30])
def test_an_incident_of_any_number_is_looked_for(ask, number, rest):
    path = f"/api/incidents/{number}{rest}"
    assert ask("incident", b"", "GET" if not rest else "PUT", path) in (404, 422)


@pytest.mark.parametrize("kind", ["clear", "incident", "ask"])
@pytest.mark.parametrize("at", [one for one in ODD if isinstance(one, str) and "T" in one])
def test_times_of_any_year_are_no_failure(ask, kind, at):
    whole = TAP | {"kind": kind, "reason": "说明", "amounts": None}
    for number, field in enumerate(("sent_at", "device_at")):
        event = {"event_id": f"time-{kind}-{number}-{abs(hash(at))}"[:80]}
        assert ask("tap", changed(whole | event, field, at)) in (200, 422)
    assert ask("incident", changed(INCIDENT | {"external_id": at}, "reported_at", at)) in (200, 422)
