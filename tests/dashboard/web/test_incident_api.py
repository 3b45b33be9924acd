"""The hotline's API over real HTTP on loopback: who may call, what is kept, what is refused."""

import base64
import http.client
import io
import json
import socket
import threading
import time
from dataclasses import replace
from urllib.parse import quote

import pytest
import uvicorn
from PIL import Image

from dashboard.web.api import incidents as incident_api
from dashboard.web.rate_limit import Budgets
from data.geo import distance_m, from_wgs84
from data.model.street.street_case import CaseEventKind
from ops.auth.api_tokens import names, new_token, revoke_token
from ops.auth.permissions import CONSOLE
from ops.district.services import ServiceSettings
from ops.field.calls.incidents import IncidentSettings
from ops.field.cases.standing import standing_of
from ops.field.cases.street_cases import CaseWord, GridSettings, say
from ops.intake.operations import begin_real
from ops.risk.gauges import Gauge
from tests.helpers.makers import HOUR, NOW, make_city, make_notice
from tests.helpers.progress import VERSION

TREE = {
    "external_id": "A-7",
    "kind": "fallen_tree",
    "reported_at": NOW.isoformat(),
    "lon": 125.144,
    "lat": 42.902,
    "exercise": True,
}

GAUGES = (Gauge(kind="rain", name="R1"), Gauge(kind="level", name="W1", segment_id="S2"))


@pytest.fixture
def call(store, drill):
    store.replace_city(make_city())
    secret = new_token(store, CONSOLE, "12345", NOW)
    street = [ServiceSettings(on=("grid",)), GridSettings(codes=("X1=fallen_tree",))]
    api = incident_api.make_api(
        lambda: store, lambda: NOW + HOUR, IncidentSettings, lambda: GAUGES, lambda: tuple(street)
    )
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(api, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)

    def ask(method, path, body=None, token=secret):
        connection = http.client.HTTPConnection("127.0.0.1", listening.getsockname()[1], timeout=20)
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        told = answer.status, json.loads(answer.read())
        connection.close()
        return told

    ask.street = street
    yield ask
    server.should_exit = True
    thread.join()
    listening.close()


def test_a_gateway_tells_who_took_its_call_once(call, store, drill):
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    store.outbox.add([make_notice(drill.id, channel=name) for name in ("12345", "group")])
    notice, others = store.outbox.notices(drill.id)
    path, told = f"/notices/{notice.id}/reached", {"by": "王站长", "key": "1-1"}
    assert call("POST", path, told, token="wrong")[0] == 401
    assert call("POST", path, told)[:2] == (200, {"new": True})
    assert call("POST", path, told)[:2] == (200, {"new": False})
    for number in (99, others.id):
        assert call("POST", f"/notices/{number}/reached", told)[0] == 404, "no call of its own"
    assert call("POST", f"/notices/{10**30}/reached", told)[0] == 422
    assert call("POST", path, {"by": ""})[0] == 422
    (event,) = store.field.events(drill.id)
    assert (event.kind, event.told_by, event.by) == ("told", "王站长", "api:12345")
    assert store.outbox.notices(drill.id)[0].state == "acknowledged"


def test_an_incident_is_reported_once_looked_at_and_closed(call, store, drill):
    status, kept = call("POST", "/incidents", TREE)
    assert (status, kept["segment_id"], kept["closed_at"]) == (200, "S2", None)
    assert call("POST", "/incidents", TREE) == (200, kept)
    assert call("GET", f"/incidents/{kept['id']}") == (200, kept)
    for _ in range(2):
        assert call("PUT", f"/incidents/{kept['id']}/close")[1]["closed_at"]
    causes = [trigger.cause for trigger in store.triggers.pending(drill.id)]
    assert [cause.partition("@")[0] for cause in causes] == [
        f"incident:{kept['id']}",
        f"closed:{kept['id']}",
    ]
    assert [(one.by, one.action) for one in store.desk.audit_log()] == [
        ("api:12345", "close_incident"),
        ("api:12345", "report_incident"),
        (CONSOLE.name, "manage_tokens"),
    ]


def test_a_platform_splits_and_joins_its_own_calls_and_no_others(call, store):
    numbers = [
        call("POST", "/incidents", TREE | {"external_id": name})[1]["id"] for name in ("A", "B")
    ]
    first, second = numbers
    assert call("GET", f"/incidents/{second}")[1]["matter"] == first
    assert call("PUT", f"/incidents/{second}/split")[1]["matter"] == second
    status, refused = call("PUT", f"/incidents/{second}/split")
    assert (status, refused["detail"]["code"]) == (409, "incident.alone")
    assert call("PUT", f"/incidents/{second}/join/{first}")[1]["matter"] == first
    other = new_token(store, CONSOLE, "grid", NOW)
    theirs = call("POST", "/incidents", TREE, token=other)[1]
    assert theirs["matter"] == first
    assert call("PUT", f"/incidents/{second}/join/{theirs['id']}")[0] == 404
    assert call("PUT", f"/incidents/{first}/split", token=other)[0] == 404
    status, refused = call("PUT", f"/incidents/{first}/split")
    assert (status, refused["detail"]["code"]) == (403, "incident.not_own")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "ufo"},
        {"lat": 43.5},
        {"lat": None},
        {"depth_cm": -1},
        {"reported_at": "2022-07-08T08:00:00"},
        {"external_id": ""},
        {"more": 1},
        {"text": "字" * 501},
        {"lon": "here"},
    ],
)
def test_what_does_not_fit_is_refused(call, store, drill, changes):
    status, answer = call("POST", "/incidents", TREE | changes)
    assert status == 422
    assert answer["detail"]
    assert store.field.incidents(drill.id) == []


@pytest.mark.parametrize(
    ("changes", "field", "zh", "en"),
    [
        ({"depth_cm": -1}, "depth_cm", "不能小于0", "at least 0"),
        ({"lon": 181}, "lon", "不能大于180", "at most 180"),
        ({"lon": "here"}, "lon", "应为数字", "a number"),
        ({"kind": 5}, "kind", "应为文字", "a text"),
        ({"external_id": ""}, "external_id", "不能少于1个字", "at least 1 char"),
        ({"text": "字" * 501}, "text", "不能超过500个字", "at most 500 char"),
        ({"reported_at": "2022-07-08T08:00:00"}, "reported_at", "须带时区", "its zone"),
        ({"reported_at": "yesterday"}, "reported_at", "应为时间", "a time"),
        ({"more": "secret"}, "more", "没有这一项", "no such field"),
    ],
)
def test_what_does_not_fit_is_named_in_both_languages(call, changes, field, zh, en):
    detail = call("POST", "/incidents", TREE | changes)[1]["detail"]
    assert detail["code"] == "api.invalid"
    assert [one["field"] for one in detail["fields"]] == [field]
    for told in (detail["message"], detail["fields"][0]["message"]):
        assert zh in told
        assert en in told
    assert "secret" not in json.dumps(detail)


def test_all_that_is_missing_is_named_at_once_and_a_body_of_another_kind_as_such(call):
    detail = call("POST", "/incidents", {})[1]["detail"]
    assert [one["field"] for one in detail["fields"]] == ["external_id", "kind", "reported_at"]
    assert "external_id：缺少这一项" in detail["message"]
    (whole,) = call("POST", "/incidents", [TREE])[1]["detail"]["fields"]
    assert whole == {"field": "body", "message": "应为JSON对象 / must be a JSON object"}
    assert call("GET", "/incidents/first")[1]["detail"]["fields"][0]["field"] == "number"


def test_the_description_tells_how_a_refusal_looks(call):
    answers = call("GET", "/openapi.json")[1]["paths"]["/incidents"]["post"]["responses"]
    assert answers["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Refused")


def test_only_with_a_token_in_force_and_only_one_s_own(call, store):
    _, kept = call("POST", "/incidents", TREE)
    other = new_token(store, CONSOLE, "grid", NOW)
    assert call("GET", f"/incidents/{kept['id']}", token=other)[0] == 404
    assert call("PUT", f"/incidents/{kept['id']}/close", token=other)[0] == 404
    for wrong in (None, "x", "12345"):
        assert call("POST", "/incidents", TREE, token=wrong)[0] == 401
    revoke_token(store, CONSOLE, "12345", NOW)
    assert call("GET", f"/incidents/{kept['id']}")[0] == 401
    assert list(names(store)) == ["grid"]
    assert other not in json.dumps(names(store))


def test_who_calls_too_often_waits(call, monkeypatch):
    monkeypatch.setattr(incident_api, "_CALLS", Budgets(2, 20.0))
    answers = [call("GET", "/incidents/1") for _ in range(3)]
    assert [status for status, _ in answers] == [404, 404, 429]
    assert "20" in answers[-1][1]["detail"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "api.no_path"),
        ("DELETE", "/incidents", 405, "api.no_method"),
        ("GET", "/incidents/77", 404, "incident.not_found"),
    ],
)
def test_what_is_not_there_is_told_in_both_languages(call, method, path, status, code):
    found, told = call(method, path)
    assert (found, told["detail"]["code"]) == (status, code)
    assert " / " in told["detail"]["message"]


def test_it_describes_itself(call):
    status, told = call("GET", "/openapi.json", token=None)
    assert status == 200
    one = "/incidents/{number}"
    assert set(told["paths"]) == {
        "/incidents",
        "/cases",
        "/cases/{number}",
        "/gauges",
        "/notices/{number}/reached",
        one,
        *(f"{one}/{what}" for what in ("close", "split", "join/{to}")),
    }
    assert call("GET", "/docs", token=None)[0] == 404


def test_gauges_push_what_they_measure_and_one_broken_value_hides_no_other(call, store, drill):
    at = (NOW + HOUR / 2).isoformat()
    pushed = [
        {"gauge": "R1", "at": at, "value": 2.4},
        {"gauge": "R1", "at": at, "value": "NaN"},
        {"gauge": "W1", "at": at, "value": 23},
        {"gauge": "?", "at": at, "value": 1},
        "x",
    ]
    status, told = call("POST", "/gauges", {"readings": pushed})
    assert (status, told["new"], told["known"]) == (200, 3, 0)
    assert [(each["index"], each["code"]) for each in told["faults"]] == [
        (1, "gauge.no_number"),
        (3, "gauge.unknown"),
        (4, "gauge.unknown"),
    ]
    (incident,) = store.field.incidents(drill.id, open_only=True)
    assert (incident.kind, incident.segment_id, incident.depth_cm) == ("standing_water", "S2", 23)
    assert call("POST", "/gauges", {"readings": pushed})[1]["known"] == 3
    assert len(store.field.incidents(drill.id)) == 1
    assert call("POST", "/gauges", {"readings": pushed}, token="wrong")[0] == 401
    for body in ({}, {"readings": []}, {"readings": [1] * 1001}, {"readings": "x"}):
        assert call("POST", "/gauges", body)[0] == 422


LAMP = {
    "number": "SZCG-1",
    "code": "P0106",
    "reported_at": NOW.isoformat(),
    "lon": 125.144,
    "lat": 42.902,
    "text": "路灯不亮",
    "exercise": True,
}


def test_a_platforms_case_is_kept_once_by_its_number_and_answered(call, store, drill):
    status, kept = call("POST", "/cases", LAMP)
    assert (status, kept["kind"], kept["state"]) == (200, "street_lamp", "open")
    assert call("POST", "/cases", LAMP | {"text": "again"}) == (200, kept)
    assert len(store.street_cases.current(drill.id)[0]) == 1
    due = (NOW + HOUR).isoformat()
    own = call("POST", "/cases", LAMP | {"number": "2", "code": "X1", "due_at": due})[1]
    assert (own["kind"], own["due_at"][:16]) == ("fallen_tree", due[:16])
    close = CaseWord(kind=CaseEventKind.CLOSE, event_id="c", text="已修复")
    say(store, drill, CONSOLE, kept["case"], close, NOW + HOUR)
    answer = call("GET", "/cases/SZCG-1")[1]
    assert (answer["state"], answer["text"]) == ("closed", "已修复")
    assert call("GET", "/cases/SZCG-9")[0] == 404
    other = new_token(store, CONSOLE, "other", NOW)
    assert call("GET", "/cases/SZCG-1", token=other)[0] == 404
    assert call("POST", "/cases", LAMP | {"code": ""})[0] == 422
    call.street[0] = ServiceSettings()
    assert call("POST", "/cases", LAMP)[0] == 404


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("辽城管〔2022〕/07/17", "辽城管〔2022〕/07/17"),
        (20220708017, "20220708017"),
        (" A-17\n", "A-17"),
    ],
)
def test_a_platforms_number_is_whatever_it_writes(call, store, drill, told, number):
    kept = call("POST", "/cases", LAMP | {"number": told})[1]
    assert kept["number"] == number
    assert call("POST", "/cases", LAMP | {"number": number})[1]["case"] == kept["case"]
    assert call("GET", "/cases/" + quote(number, safe=""))[1]["case"] == kept["case"]


def test_a_picture_comes_as_browsers_and_mail_write_it(call, store, drill, tmp_path, monkeypatch):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path))
    held = io.BytesIO()
    Image.new("RGB", (40, 30), 90).save(held, "JPEG")
    plain = base64.b64encode(held.getvalue()).decode()
    lines = "\r\n".join(plain[at : at + 76] for at in range(0, len(plain), 76))
    for count, told in enumerate((plain, lines, "data:image/jpeg;base64," + plain)):
        number = f"P-{count}"
        assert call("POST", "/cases", LAMP | {"number": number, "photo_jpeg": told})[0] == 200
    assert all(one.photo for one in store.street_cases.current(drill.id)[0])
    broken = LAMP | {"number": "P-9", "photo_jpeg": "data:text/html;base64," + plain}
    assert call("POST", "/cases", broken)[0] == 422


@pytest.mark.parametrize("field", ["number", "text"])
def test_a_sign_that_no_database_keeps_is_refused(call, field):
    assert call("POST", "/cases", LAMP | {"code": "other", field: "a\x00b"})[0] == 422
    assert call("GET", "/cases/a%00b")[0] == 422


@pytest.mark.parametrize("what", ["cases", "incidents"])
def test_nothing_real_is_lost_in_a_drill_and_no_exercise_makes_real_work(call, store, drill, what):
    told = {"cases": LAMP, "incidents": TREE}[what]
    status, refused = call("POST", f"/{what}", told | {"exercise": False})
    assert (status, refused["detail"]["code"]) == (409, "api.in_drill")
    assert call("POST", f"/{what}", told)[0] == 200
    begin_real(store, NOW)
    status, refused = call("POST", f"/{what}", told)
    assert (status, refused["detail"]["code"]) == (409, "api.no_drill")
    status, kept = call("POST", f"/{what}", told | {"exercise": False})
    assert status == 200
    real = store.operations.current()
    assert not real.is_drill
    found = {
        "cases": store.street_cases.current(real.id)[0],
        "incidents": store.field.incidents(real.id),
    }
    assert [one.external_id for one in found[what]] == [kept.get("number") or kept["external_id"]]


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_a_case_lies_where_the_platforms_coordinates_say(call, store, drill, crs):
    lon, lat = from_wgs84((125.144, 42.902), crs)
    call("POST", "/cases", LAMP | {"lon": lon, "lat": lat, "crs": crs})
    (case,) = store.street_cases.current(drill.id)[0]
    assert distance_m(case.position, (125.144, 42.902)) < 1
    assert standing_of(case, ()).case.segment_id == "S2"
