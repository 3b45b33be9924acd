"""The phone page and its taps over real HTTP on loopback: what is kept, and what is refused to
whom.
"""

import base64
import html
import json
import re
from dataclasses import replace

import pytest
from PIL import Image

from dashboard.web import phone_links
from dashboard.web.rate_limit import Budgets
from data.model.plan import JobKind
from ops.auth.permissions import CONSOLE
from ops.field.questions import answer
from tests.helpers.makers import HOUR, NOW, make_city
from tests.helpers.processes.phone import EVIL, picture
from tests.helpers.progress import UNIT, VERSION
from tests.helpers.streets import closure


def test_the_page_shows_the_sheet_and_runs_no_script_of_a_text(phone):
    status, headers, body = phone.ask("GET", f"/s/{phone.token}")
    page = body.decode()
    assert (status, headers["x-content-type-options"], headers["referrer-policy"]) == (
        200,
        "nosniff",
        "no-referrer",
    )
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "永宁路" in page
    assert "<script>alert" not in page
    assert re.findall(r"<script[^>]*>", page) == [
        f'<script src="/s/static/{name}.js" defer>' for name in ("outbox", "page")
    ]
    assert not re.search(r"\son\w+=|style=|https?://", page)
    assert "Clear inlets" in phone.ask("GET", f"/s/{phone.token}?lang=en")[2].decode()


def test_the_page_names_the_streets_that_are_closed_and_those_alone(phone):
    city = make_city()
    for number, hours in enumerate((-1, 1)):  # the first is over already
        shut = closure(
            *city.segments[0].line,
            operation_id=phone.drill.id,
            name=f"封闭路{number}",
            from_at=NOW - 2 * HOUR,
            to_at=NOW + hours * HOUR,
        )
        phone.store.streets.close(shut, NOW)
    page = phone.ask("GET", f"/s/{phone.token}")[2].decode()
    assert "封闭路1" in page
    assert "封闭路0" not in page


def test_a_slip_in_the_settings_stops_neither_page_nor_tap(phone, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    for text in ("[loop]\nsolve_seconds = 3\n", "[loop]\nsolve_second = 3\n", "[loop"):
        (home / "settings.toml").write_text(text, encoding="utf-8")
        assert phone.ask("GET", f"/s/{phone.token}")[0] == 200
        assert phone.ask("GET", f"/s/{phone.token}/newer")[0] == 200
        assert phone.tap()[0] == 200


def test_its_style_and_script_are_served_and_nothing_else_is(phone):
    for name, kind in (
        ("static/page.css", "text/css"),
        ("static/page.js", "text/javascript"),
        ("sw.js", "text/javascript"),  # beside the pages that it keeps
    ):
        status, headers, _ = phone.ask("GET", f"/s/{name}")
        assert (status, headers["content-type"].partition(";")[0]) == (200, kind)
    for name in ("page.html", "..%2fapi.py", "__init__.py"):
        assert phone.ask("GET", f"/s/static/{name}")[0] == 404


def test_a_tap_is_kept_once_with_its_picture_drawn_anew(phone, tmp_path):
    told = {
        "amounts": {"silt_m3": 0.4},
        "photo": picture(),
        "reason": EVIL,
        "device_at": "2031-01-01T00:00:00Z",
        "sent_at": "2031-01-01T00:10:00Z",
    }
    assert phone.tap(**told) == (200, {"new": True})
    assert phone.tap(**told) == (200, {"new": False})
    (event,) = phone.events
    assert (event.server_at, event.device_at) == (NOW + HOUR / 2, NOW + HOUR / 2 - HOUR / 6), (
        "a wrong clock is no harm"
    )
    assert event.reason == EVIL
    (kept,) = (tmp_path / "home" / "photos").iterdir()
    assert kept.name == event.photo
    with Image.open(kept) as image:
        assert (image.format, max(image.size)) == ("JPEG", 1920)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"job_id": "clear:S3"}, "field.not_yours"),
        ({"kind": "verify"}, "field.unreadable"),
        ({"kind": ["clear"]}, "field.unreadable"),
        ({"kind": "refuse"}, "field.needs_reason"),
        ({"amounts": [1]}, "field.unreadable"),
        ({"amounts": {"silt_m3": "1"}}, "field.bad_amount"),
        ({"event_id": 5}, "field.unreadable"),
        ({"job_id": "a\x00b"}, "field.unreadable"),
        ({"photo": "%%%"}, "field.photo_kind"),
        ({"photo": base64.b64encode(b"<svg onload=alert(1)>" * 50).decode()}, "field.photo_kind"),
        ({"photo": base64.b64encode(b"\xff\xd8\xff\xe0 cut off").decode()}, "field.photo_kind"),
        ({"photo": picture("GIF", (5, 5))}, "field.photo_kind"),
        ({"photo": base64.b64encode(b"\xff\xd8" + bytes(8_000_001)).decode()}, "field.photo_size"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(phone, told, code, tmp_path):
    status, answer = phone.tap(**told)
    assert (status, answer["code"]) == (409 if code == "field.not_yours" else 422, code)
    assert answer["message"]
    assert phone.events == []
    assert not (tmp_path / "home" / "photos").exists()


def test_other_bodies_are_refused(phone):
    path = f"/s/{phone.token}/events"
    assert phone.ask("POST", path, b"a=1", "application/x-www-form-urlencoded")[0] == 415
    assert phone.ask("POST", path, b"{", "application/json")[0] == 422
    assert phone.ask("POST", path, b"[]", "application/json")[0] == 422
    assert phone.ask("POST", path, b"[" * 100_000, "application/json")[0] == 422
    assert phone.ask("POST", path, b"\xff\xfe", "application/json")[0] == 422
    assert phone.events == []


def test_another_station_s_link_a_changed_one_and_one_taken_back_open_nothing(phone):
    foreign = phone.links.token(phone.drill.id, 1, "B")
    assert phone.tap(foreign)[1]["code"] == "field.not_yours"
    assert phone.tap(phone.token[:-2] + "AA")[1]["code"] == "link.bad"
    assert phone.ask("GET", "/s/nothing")[0] == 403
    phone.links.revoke_station(CONSOLE, "A")
    assert phone.tap()[0] == 403
    assert phone.ask("GET", f"/s/{phone.token}")[0] == 403
    assert phone.events == []


def test_an_expired_link_opens_nothing(phone, monkeypatch):
    monkeypatch.setattr(phone_links, "real_clock", lambda: NOW + 30 * HOUR)
    assert phone.tap()[1]["code"] == "link.expired"


def test_a_newer_version_is_told_with_its_link_and_a_late_tap_is_kept(phone):
    phone.store.plans.save(replace(VERSION, operation_id=phone.drill.id, number=2), [], NOW)
    page = phone.ask("GET", f"/s/{phone.token}")[2].decode()
    newer = re.search(r'class="newer" id="newer" href="(/s/[^"?]+)', page)[1]
    told = json.loads(phone.ask("GET", f"/s/{phone.token}/newer?lang=en")[2])
    assert (told["href"], told["told"].startswith("Version 2 replaces")) == (
        f"{newer}?lang=en",
        True,
    )
    assert json.loads(phone.ask("GET", f"{newer}/newer")[2]) == {}
    assert phone.links.read(newer.removeprefix("/s/"))[0].version == 2
    assert phone.ask("GET", newer)[0] == 200
    assert phone.tap()[0] == 200


def test_an_answer_comes_to_the_sheet_that_is_open_and_to_no_other_station(phone):
    assert phone.tap(kind="ask", reason="水泵" + EVIL)[0] == 200
    waiting = json.loads(phone.ask("GET", f"/s/{phone.token}/newer")[2])["asked"]
    assert [one["answered"] for one in waiting] == [False]
    answer(phone.store, phone.drill, CONSOLE, "0001-0001", "东侧" + EVIL, NOW + HOUR / 2)
    (told,) = json.loads(phone.ask("GET", f"/s/{phone.token}/newer?lang=en")[2])["asked"]
    assert (told["answered"], "水泵" in told["asked"], "东侧" in told["told"]) == (True, True, True)
    page = phone.ask("GET", f"/s/{phone.token}")[2].decode()
    assert "东侧" in page
    assert EVIL not in page
    other = phone.links.token(phone.drill.id, 1, "B")
    assert "asked" not in json.loads(phone.ask("GET", f"/s/{other}/newer")[2])
    assert "东侧" not in phone.ask("GET", f"/s/{other}")[2].decode()


def test_every_word_of_a_station_is_kept_with_its_text(phone):
    for number, told in enumerate(
        (
            {"kind": "accept", "job_id": None},
            {"kind": "refuse", "job_id": None, "reason": "缺人"},
            {"kind": "ask", "reason": "泵车何时到"},
            {"kind": "help", "reason": "水深"},
            {"kind": "hand_over", "job_id": None, "unit_id": UNIT.id, "reason": "副站长李某"},
        )
    ):
        assert phone.tap(event_id=f"tap-{number:05}", **told) == (200, {"new": True})
    assert [(event.kind, event.reason, event.unit_id) for event in phone.events] == [
        ("accept", None, None),
        ("refuse", "缺人", None),
        ("ask", "泵车何时到", None),
        ("help", "水深", None),
        ("hand_over", "副站长李某", UNIT.id),
    ]
    foreign = phone.tap(event_id="tap-00009", kind="hand_over", unit_id="B1day", reason="某人")
    assert foreign[1]["code"] == "field.no_unit"


def test_an_incident_from_the_crews_is_kept_once_with_its_picture(phone, tmp_path):
    told = {
        "kind": "incident",
        "job_id": None,
        "reason": "箅子冲走",
        "photo": picture(),
        "event_id": "tap-incident",
        "incident": {"kind": "missing_cover", "segment_id": "S1", "depth_cm": 12},
    }
    assert phone.tap(**told) == (200, {"new": True})
    assert phone.tap(**told) == (200, {"new": False})
    assert phone.tap(**{name: what for name, what in told.items() if name != "photo"}) == (
        200,
        {"new": False},
    )
    (kept,) = phone.store.field.incidents(phone.drill.id)
    assert (kept.kind, kept.segment_id, kept.depth_cm, kept.text, kept.source) == (
        "missing_cover",
        "S1",
        12.0,
        "箅子冲走",
        "crew",
    )
    assert [path.name for path in (tmp_path / "home" / "photos").iterdir()] == [kept.photo]
    assert [one.cause for one in phone.store.triggers.pending(phone.drill.id)] == [
        f"incident:{kept.id}"
    ]


def test_an_incident_elsewhere_is_put_to_the_desk_in_words(phone):
    told = {
        "kind": "incident",
        "job_id": None,
        "incident": {"kind": "fallen_tree", "segment_id": None},
    }
    assert phone.tap(**told)[1]["code"] == "incident.nowhere", "somewhere, and nobody says where"
    assert phone.tap(**told, reason="老桥北头") == (200, {"new": True})
    assert [(event.kind, event.reason) for event in phone.events] == [
        ("ask", "【树木倒伏】老桥北头")
    ]
    assert phone.store.field.incidents(phone.drill.id) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (None, "field.unreadable"),
        ({"kind": "ufo", "segment_id": "S1"}, "field.unreadable"),
        ({"kind": "other", "segment_id": "S9"}, "incident.no_segment"),
        ({"kind": "other", "segment_id": 5}, "field.unreadable"),
        ({"kind": "other", "segment_id": "S1", "depth_cm": "1"}, "incident.bad_depth"),
        ({"kind": "other", "segment_id": "S1", "depth_cm": 501}, "incident.bad_depth"),
        ({"kind": "other", "segment_id": "S1", "depth_cm": True}, "incident.bad_depth"),
    ],
)
def test_an_incident_that_can_t_be_is_refused_with_its_picture(phone, tmp_path, said, code):
    assert (
        phone.tap(kind="incident", job_id=None, incident=said, photo=picture())[1]["code"] == code
    )
    assert phone.store.field.incidents(phone.drill.id) == []
    assert not (tmp_path / "home" / "photos").exists()


def test_every_road_of_the_district_is_offered_the_station_s_own_first_and_none_chosen(phone):
    page = phone.ask("GET", f"/s/{phone.token}")[2].decode()
    assert f'<option value="{UNIT.id}">' in page
    assert re.search(r'href="geo:0,0\?q=[%\w-]+"', page)
    assert "checked" not in page
    own = [one.id for one in make_city().segments if one.station_id == "A"]
    status, _, body = phone.ask("GET", f"/s/{phone.token}/roads")
    ids = [road["id"] for road in json.loads(body)]
    assert (status, set(ids[: len(own)])) == (200, set(own))
    assert sorted(ids) == sorted(make_city().segment_by_id)
    told = {"kind": "incident", "job_id": None, "incident": {"kind": "other", "segment_id": "S3"}}
    assert phone.tap(**told) == (200, {"new": True}), "who passes another station's road sees it"


def test_a_link_reports_so_many_incidents_and_waits_then(phone, monkeypatch):
    monkeypatch.setattr(phone_links, "_INCIDENTS", Budgets(2, 60.0))
    told = {"kind": "incident", "job_id": None, "incident": {"kind": "other", "segment_id": "S1"}}
    found = [phone.tap(event_id=f"tap-{n:05}", **told)[0] for n in range(3)]
    assert found == [200, 200, 429]
    assert phone.tap()[0] == 200, "other words are not held up"


CREW = VERSION.assignments[0].members[0].resource_id


def test_a_crew_s_own_link_shows_its_jobs_and_takes_its_own_words_alone(phone):
    other = next(one for one in make_city().crews if one.id != CREW and one.station_id == "A")
    job = VERSION.assignments[0]
    member = replace(job.members[0], unit_id=f"{other.id}@d", resource_id=other.id)
    foreign = replace(job, job_id="clear:S2", segment_id="S2", members=(member,))
    plan = replace(VERSION, operation_id=phone.drill.id, number=2, assignments=(job, foreign))
    phone.store.plans.save(plan, [], NOW)
    token = phone.links.token(phone.drill.id, 2, "A", CREW)
    assert phone.links.token(phone.drill.id, 2, "B", CREW) is None, "it is another station's"
    page = phone.ask("GET", f"/s/{token}")[2].decode()
    assert re.findall(r'data-job="([^"]+)"', page) == ["clear:S1"]
    assert "data-link" not in page
    assert 'data-kind="hand_over"' not in page
    whole = phone.ask("GET", f"/s/{phone.links.token(phone.drill.id, 2, 'A')}")[2].decode()
    assert set(re.findall(r'data-job="([^"]+)"', whole)) == {"clear:S1", "clear:S2"}
    assert f'data-link="/s/{token}"' in whole
    refused = [
        {"kind": "clear", "job_id": "clear:S2"},
        {"kind": "accept", "job_id": None},
        {"kind": "refuse", "job_id": None, "reason": "缺人"},
        {"kind": "hand_over", "job_id": "clear:S1", "unit_id": CREW, "reason": "某人"},
        {"kind": "photo", "job_id": "clear:S2", "photo": picture()},
    ]
    for number, told in enumerate(refused):
        status, answer = phone.tap(token, event_id=f"tap-{number:05}", **told)
        assert (status, answer["code"]) == (403, "field.not_this_crew"), told
    assert phone.events == []
    assert phone.tap(event_id="tap-00010", kind="accept", job_id="clear:S1")[0] == 200
    back = {"event_id": "tap-00011", "kind": "take_back", "about": "tap-00010"}
    assert phone.tap(token, **back)[1]["code"] == "field.not_your_tap"
    assert phone.tap(token, event_id="tap-00012", kind="depart")[0] == 200
    assert phone.tap(token, event_id="tap-00013", kind="take_back", about="tap-00012")[0] == 200
    assert phone.tap(token, event_id="tap-00014", kind="help", job_id=None)[0] == 200
    before = {"event_id": "tap-00015", "kind": "photo", "photo": picture(size=(8, 8))}
    assert phone.tap(token, **before) == (200, {"new": True}), "how it was before"
    phone.links.revoke_station(CONSOLE, "A")
    assert phone.ask("GET", f"/s/{token}")[0] == 403


def test_watches_of_one_team_are_one_card_and_who_sets_out_later_is_folded(phone):
    job = replace(VERSION.assignments[0], kind=JobKind.GUARD, inlet_ids=(), job_id="guard:S1@1")
    then = replace(
        job,
        job_id="guard:S1@2",
        start_at=job.end_at,
        end_at=job.end_at + (job.end_at - job.start_at),
    )
    plan = replace(VERSION, operation_id=phone.drill.id, number=2, assignments=(job, then))
    phone.store.plans.save(plan, [], NOW)
    page = phone.ask("GET", f"/s/{phone.links.token(phone.drill.id, 2, 'A')}")[2].decode()
    (ids,) = re.findall(r'data-jobs="([^"]+)"', page)
    assert json.loads(html.unescape(ids)) == ["guard:S1@1", "guard:S1@2"]
    assert "<section>" in page
    late = replace(plan, number=3, assignments=tuple(map(_five_hours_on, (job, then))))
    phone.store.plans.save(late, [], NOW)
    page = phone.ask("GET", f"/s/{phone.links.token(phone.drill.id, 3, 'A')}")[2].decode()
    assert "<section>" not in page
    assert 'class="next far"' in page


def _five_hours_on(job):
    members = tuple(
        replace(one, leave_at=one.leave_at + 5 * HOUR, arrive_at=one.arrive_at + 5 * HOUR)
        for one in job.members
    )
    more = {"start_at": job.start_at + 5 * HOUR, "end_at": job.end_at + 5 * HOUR}
    return replace(job, members=members, **more)


def test_each_inlet_of_a_job_is_told_on_its_own_and_shown_as_it_was_told(phone):
    job = replace(VERSION.assignments[0], inlet_ids=("S1-0", "S1-1"))
    told = replace(VERSION, operation_id=phone.drill.id, number=2, assignments=(job,))
    phone.store.plans.save(told, [], NOW)
    token = phone.links.token(phone.drill.id, 2, "A")
    mark = {"event_id": "0001-0002", "kind": "inlet_blocked", "inlet_id": "S1-1"}
    assert phone.tap(token, **mark) == (200, {"new": True})
    assert phone.tap(token, **mark | {"event_id": "0001-0003", "inlet_id": "S2-0"})[0] == 422
    page = phone.ask("GET", f"/s/{token}")[2].decode()
    pressed = re.findall(r'data-kind="(\w+)" data-inlet="([\w-]+)" aria-pressed="true"', page)
    assert pressed == [("inlet_blocked", "S1-1")]
    assert page.count("data-opens=") == 2
    left = mark | {"event_id": "0001-0004", "kind": "inlet_skipped", "inlet_id": "S1-0"}
    assert phone.tap(token, **left)[0] == 422
    assert phone.tap(token, **left, reason="car_on_it") == (200, {"new": True})
    back = {"event_id": "0001-0005", "kind": "take_back", "about": "0001-0004"}
    assert phone.tap(token, **back) == (200, {"new": True})
    assert phone.tap(token, **back | {"event_id": "0001-0006"})[0] == 404
    assert "0001-0004" not in {event.event_id for event in phone.events}


def test_what_is_over_and_nobody_reported_done_can_still_be_told(phone):
    over = replace(VERSION.assignments[0], state="past")
    told = replace(VERSION, operation_id=phone.drill.id, number=2, assignments=(over,))
    phone.store.plans.save(told, [], NOW)
    token = phone.links.token(phone.drill.id, 2, "A")
    article = f'data-job="{over.job_id}"'
    assert article in phone.ask("GET", f"/s/{token}")[2].decode()
    assert phone.tap(token)[0] == 200
    assert article not in phone.ask("GET", f"/s/{token}")[2].decode()
