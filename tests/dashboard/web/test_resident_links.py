"""Report points over real HTTP: what a resident says is kept once, shown to be looked at, answered
at the same link; and nothing that is made up, sent again or flooded makes work.
"""

import base64
import http.client
import json
import socket
import threading
import time
from uuid import uuid4

import pytest
import uvicorn
from starlette.applications import Starlette

from dashboard.web import resident_links
from dashboard.web.rate_limit import Budgets, Misses
from data.model.operation import OperationKind, TriggerKind
from data.model.street.street_case import RESIDENT, CaseEventKind
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.documents.street import report_poster
from ops.field.cases.street_cases import CaseWord, GridSettings, all_standings, say, taken_word
from ops.field.photos import keep_photo
from ops.notifications.case_answers import tell_late
from ops.notifications.notices import NotifySettings
from ops.notifications.report_points import point_token, take_back_point
from ops.notifications.signed_links import Links
from tests.dashboard.web.test_phone_links import picture
from tests.flows.test_street import town
from tests.helpers.makers import HOUR, NOW

THEN = NOW + HOUR / 2
WATER = {"kind": "standing_water", "segment_id": "S1", "reason": "齐膝深"}


class Passer:
    """Who passes with a phone."""

    def __init__(self, port, store, drill, home):
        self.port, self.store, self.drill, self.home = port, store, drill, home
        self.token = point_token(store, drill, "S1")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        kind = {"Content-Type": "application/json"}
        connection.request(method, path, body, kind if body is not None else {})
        answer = connection.getresponse()
        told = answer.status, answer.read()
        connection.close()
        return told

    def report(self, token=None, **told):
        sent = {"event_id": uuid4().hex, **WATER, **told}
        path = f"/s/{token or self.token}/report/events"
        status, body = self.ask("POST", path, json.dumps(sent).encode())
        return status, json.loads(body)

    def answer(self, *ids):
        status, body = self.ask("GET", f"/s/{self.token}/report/answers?ids={','.join(ids)}")
        assert status == 200
        return json.loads(body)

    @property
    def cases(self):
        return all_standings(self.store, self.drill)

    @property
    def plans_asked(self):
        return self.store.triggers.pending(self.drill.id)

    def say(self, word):
        return say(self.store, self.drill, CONSOLE, 1, word, THEN)


@pytest.fixture
def passer(store, drill, monkeypatch, tmp_path):
    store.replace_city(town())
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text('[services]\non = ["grid"]\n')
    monkeypatch.setenv("XUNBAN_HOME", str(home))
    monkeypatch.setattr(resident_links, "_store", lambda: store)
    monkeypatch.setattr(resident_links, "real_clock", lambda: THEN)
    for name, most in (("_OF_POINT", 30), ("_OF_ADDRESS", 100), ("_READS", 100)):
        monkeypatch.setattr(resident_links, name, Budgets(most, 120.0))
    monkeypatch.setattr(resident_links, "_MISSES", Misses())
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    app = Starlette(routes=resident_links.ROUTES)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Passer(listening.getsockname()[1], store, drill, home)
    server.should_exit = True
    thread.join()
    listening.close()


def test_a_report_is_work_once_one_of_ours_stands_for_it_and_is_answered_at_the_same_link(passer):
    status, page = passer.ask("GET", f"/s/{passer.token}/report")
    assert status == 200
    assert "永宁路" in page.decode()
    number = uuid4().hex
    assert passer.report(event_id=number, photo=picture(size=(40, 30))) == (200, {"new": True})
    assert passer.report(event_id=number) == (200, {"new": False})  # the network failed once
    (one,) = passer.cases
    assert (one.case.source, one.is_unseen, one.case.photo is not None) == (RESIDENT, True, True)
    assert not passer.store.field.incidents(passer.drill.id)
    assert not passer.plans_asked
    assert "等待核实" in passer.answer(number)[number]["state"]

    assert one.owner == "G"
    assert passer.say(taken_word(one, "w1"))
    (one,) = passer.cases
    assert (one.owner, one.offered_to) == ("G", "A"), "until the road's station takes it"
    (incident,) = passer.store.field.incidents(passer.drill.id, open_only=True)
    assert (incident.kind, incident.segment_id) == ("standing_water", "S1")
    assert TriggerKind.INCIDENT in {one.kind for one in passer.plans_asked}
    assert "已受理" in passer.answer(number)[number]["state"]

    jpeg = base64.b64decode(picture(size=(9, 9)))
    after = keep_photo(jpeg, passer.home / "photos")
    passer.say(
        CaseWord(kind=CaseEventKind.CLOSE, event_id="w2", text="已抽干，道路畅通", photo=after)
    )
    told = passer.answer(number)[number]
    assert "已抽干" in told["state"]
    assert passer.ask("GET", told["photo"])[1].startswith(b"\xff\xd8")
    assert not passer.store.field.incidents(passer.drill.id, open_only=True)


def test_a_hard_matter_gets_its_steps_from_when_it_is_taken(passer):
    passer.report(kind="burst_pipe")
    (one,) = passer.cases
    assert not one.steps
    passer.say(taken_word(one, "w1"))
    (one,) = passer.cases
    assert one.steps[0].step.due_at == THEN + HOUR
    assert not one.is_unseen


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"kind": "water_rescue"}, 422),
        ({"segment_id": "S2"}, 422),  # another road's
        ({"event_id": "12345678"}, 422),  # can be guessed
        ({"event_id": ["x"]}, 422),
        ({"photo": "bm8gcGljdHVyZQ=="}, 422),
        ({"reason": "x" * 600}, 422),
    ],
)
def test_what_can_t_be_is_refused_and_leaves_nothing(passer, told, status):
    assert passer.report(**told)[0] == status
    assert not passer.cases
    assert not list((passer.home / "photos").glob("*"))


def test_a_forged_link_opens_nothing_and_who_makes_them_up_waits(passer, monkeypatch):
    store, drill = passer.store, passer.drill
    sheet = Links(store, NotifySettings(), lambda: NOW)._signer().dumps(["S1", 1, 0])
    changed = passer.token.replace(".", ".x", 1)
    for token in (sheet, changed, "made-up"):
        assert passer.report(token)[0] in (403, 404)
        assert passer.ask("GET", f"/s/{token}/report")[0] in (403, 404)
    for _ in range(30):
        last = passer.report("made-up")[0]
    assert last == 429
    assert passer.report()[0] == 200  # whoever has a true one is let in
    take_back_point(store, CONSOLE, "S1", NOW)
    assert passer.report()[0] == 403
    passer.token = point_token(store, drill, "S1")
    assert passer.report()[0] == 200


def test_a_code_of_a_drill_reports_nothing_real_and_the_other_way_round(passer):
    store = passer.store
    store.operations.start(OperationKind.REAL, NOW, NOW)
    assert passer.report()[0] == 409
    real = store.operations.current()
    assert passer.report(point_token(store, real, "S1"))[0] == 200
    assert len(all_standings(store, real)) == 1
    assert not passer.cases


def test_who_floods_a_code_is_stopped_and_moves_no_plan_and_no_other_code(passer, monkeypatch):
    for _ in range(resident_links.MOST_WAITING):
        assert passer.report()[0] == 200
    status, said = passer.report()
    assert (status, said["code"]) == (429, "point.too_full")
    community = point_token(passer.store, passer.drill, "G")
    assert passer.report(community)[0] == 200
    monkeypatch.setattr(resident_links, "_OF_ADDRESS", Budgets(2, 120.0))
    assert [passer.report(community)[0] for _ in range(3)] == [200, 200, 429]
    assert not passer.plans_asked
    assert not passer.store.field.incidents(passer.drill.id)


def test_no_phone_makes_its_report_late(passer):
    """What it says of the time would have the leader on duty called at once."""
    said = {"device_at": NOW.isoformat(), "sent_at": (NOW + 150 * HOUR).isoformat()}
    for kind in ("standing_water", "exposed_rubbish"):
        assert passer.report(kind=kind, **said)[0] == 200
    assert {THEN - one.case.reported_at for one in passer.cases} == {150 * HOUR}
    called = []
    soon, rules = THEN + HOUR / 4, GridSettings()
    tell_late(passer.store, passer.drill, rules, soon, lambda *told: called.append(told))
    assert called == []


def test_the_printed_page_names_its_place_and_shows_the_code(passer):
    city = passer.store.city()
    for lang in ("zh", "en"):
        t = Translator.of_city(lang, city)
        address = f"https://xunban.example/s/{passer.token}/report"
        told = report_poster.document("S1", address, passer.drill, city, t)
        assert "永宁路" in told["place"]
        assert told["drill"]
        pdf = report_poster.as_pdf("G", address, passer.drill, city, t)
        assert pdf.startswith(b"%PDF")
