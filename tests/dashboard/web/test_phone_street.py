"""What crews of the street's services say by their links: cases, findings, what a page offers."""

import base64
import re
from dataclasses import replace

import pytest

from data.model.plan import JobKind
from data.model.street.street_case import CaseEventKind
from ops.auth.permissions import CONSOLE
from ops.field.cases.street_cases import CaseReport, CaseWord, all_standings, open_case, say
from ops.field.photos import keep_photo
from tests.helpers.makers import NOW
from tests.helpers.processes.phone import EVIL, picture
from tests.helpers.progress import VERSION


def test_a_grid_worker_reports_a_case_once_with_its_picture_by_the_stations_link(phone, tmp_path):
    told = {
        "kind": "incident",
        "job_id": None,
        "reason": "果皮箱外溢",
        "photo": picture(),
        "event_id": "tap-case",
        "incident": {"kind": "exposed_rubbish", "segment_id": "S1"},
    }
    city = phone.store.city()
    grid = replace(city.stations[0], service="grid")
    phone.store.replace_city(replace(city, stations=(grid, *city.stations[1:])))
    assert phone.tap(**told)[0] == 422, "the service is not switched on"
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "settings.toml").write_text('[services]\non = ["grid"]\n')
    assert "暴露垃圾" in phone.ask("GET", f"/s/{phone.token}")[2].decode()
    assert phone.tap(**told) == (200, {"new": True})
    assert phone.tap(**told) == (200, {"new": False})
    ((case,), _) = phone.store.street_cases.current(phone.drill.id)
    assert (case.kind, case.source, case.owner, case.text) == (
        "exposed_rubbish",
        "grid",
        "A",
        "果皮箱外溢",
    )
    assert [path.name for path in (tmp_path / "home" / "photos").iterdir()] == [case.photo]


def test_a_grid_worker_looks_at_what_a_resident_says_and_closes_it_with_a_picture(phone, tmp_path):
    store, home = phone.store, tmp_path / "home"
    city = store.city()
    grid = replace(city.stations[0], service="grid")
    store.replace_city(replace(city, stations=(grid, *city.stations[1:])))
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text('[services]\non = ["grid"]\n')
    jpeg = base64.b64decode(picture(size=(30, 20)))
    for number, segment in enumerate(("S1", "S2")):
        told = CaseReport(
            kind="rubbish_heap",
            by="居民",
            source="resident",
            reported_at=NOW,
            segment_id=segment,
            text=EVIL,
            external_id=f"{number:032}",
            photo=keep_photo(jpeg, home / "photos", whose=str(number)),
        )
        open_case(store, phone.drill, CONSOLE, told, NOW)
    page = phone.ask("GET", f"/s/{phone.token}")[2].decode()
    assert page.count('data-kind="case_take"') == 2
    assert "<script>alert" not in page
    assert phone.ask("GET", f"/s/{phone.token}/cases/1/photo")[2].startswith(b"\xff\xd8")
    other = phone.links.token(phone.drill.id, 1, "B")
    assert phone.ask("GET", f"/s/{other}/cases/1/photo")[0] == 404
    assert phone.tap(other, kind="case_take", case=1, event_id="take-00001")[0] == 404
    assert phone.tap(kind="case_take", case=1, event_id="take-00001") == (200, {"new": True})
    assert phone.tap(kind="case_take", case=1, event_id="take-00001") == (200, {"new": False})
    shut = {"kind": "case_close", "case": 1, "event_id": "shut-00001", "photo": picture()}
    assert phone.tap(**shut)[0] == 422, "nothing was said of what was done"
    assert len(list((home / "photos").iterdir())) == 2, "nothing of it stays"
    assert phone.tap(**shut, reason="已清运") == (200, {"new": True})
    assert phone.tap(**shut, reason="已清运") == (200, {"new": False})
    assert phone.tap(kind="case_take", case=10**14, event_id="take-00002")[0] == 404
    assert phone.tap(kind="case_take", case=[1], event_id="take-00002")[0] == 404
    one, waiting = all_standings(store, phone.drill)
    assert (one.closed.text, waiting.is_unseen) == ("已清运", True)
    assert len(list((home / "photos").iterdir())) == 3


@pytest.mark.parametrize(("persuaded", "closed"), [(True, True), (False, False), (None, False)])
def test_a_patrol_reports_what_it_found_in_two_taps_with_what_persuasion_did(
    phone, tmp_path, persuaded, closed
):
    store, city = phone.store, phone.store.city()
    patrol = replace(city.stations[0], service="patrol")
    store.replace_city(replace(city, stations=(patrol, *city.stations[1:])))
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "settings.toml").write_text('[services]\non = ["patrol"]\n')
    visit = replace(VERSION.assignments[0], kind=JobKind.PATROL)
    told = (visit, *VERSION.assignments[1:])
    number = store.plans.current(phone.drill.id).number + 1
    patrolled = replace(VERSION, operation_id=phone.drill.id, number=number, assignments=told)
    store.plans.save(patrolled, [], NOW)
    page = phone.ask("GET", f"/s/{phone.links.token(phone.drill.id, number, 'A')}")[2].decode()
    for kind in ("goods_on_street", "dog_walking", "trampled_green"):
        assert f'data-finding="{kind}" data-segment="{visit.segment_id}"' in page
    found = {"kind": "dog_walking", "segment_id": "S1", "persuaded": persuaded}
    tap = {"kind": "incident", "event_id": "tap-dog1", "incident": found}
    assert phone.tap(**tap) == (200, {"new": True})
    assert phone.tap(**tap) == (200, {"new": False})
    bad = found | {"kind": "standing_water", "persuaded": True}
    assert phone.tap(kind="incident", event_id="tap-bad1", incident=bad)[0] == 422
    (one,) = all_standings(store, phone.drill)
    assert (one.case.source, one.owner, bool(one.closed)) == ("patrol", "A", closed)
    assert any("劝导" in said.text for said in one.events) is (persuaded is not None)


SERVICE_OF = {"A": "sanitation", "G": "grid", "H": "grid", "P": "patrol", "W": "cars"}
"""The stations of a street, by service: of one two."""


@pytest.fixture
def street(phone, tmp_path):
    """A case of each station, one offered to another and one that a resident reported."""
    store, city = phone.store, phone.store.city()
    first = city.stations[0]
    others = [replace(first, id=one, name=one, service=SERVICE_OF[one]) for one in "GHPW"]
    store.replace_city(replace(city, stations=(*city.stations, *others)))
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "settings.toml").write_text(
        '[services]\non = ["grid", "patrol", "cars"]\n'
    )
    kinds = ("blocked_inlet", "goods_on_street", "vehicle_fire", "exposed_rubbish", "rubbish_heap")
    for number, kind in enumerate((*kinds, "exposed_rubbish")):
        source = "resident" if kind == "rubbish_heap" else "desk"
        told = CaseReport(
            kind=kind,
            by="12345",
            source=source,
            reported_at=NOW,
            segment_id="S1",
            external_id=f"{number:032}",
        )
        case, _ = open_case(store, phone.drill, CONSOLE, told, NOW)
    offered = CaseWord(kind=CaseEventKind.OFFER, event_id="offer-01", owner="P")
    say(store, phone.drill, CONSOLE, case.id, offered, NOW)
    return phone


@pytest.mark.parametrize("whose", SERVICE_OF)
@pytest.mark.parametrize("kind", ["case_take", "case_close"])
def test_a_link_says_of_cases_what_its_page_offers_and_nothing_else(street, whose, kind):
    """Every case, by the link of every station: a button that shows works, no other tap does."""
    token = street.links.token(street.drill.id, 1, whose)
    page = street.ask("GET", f"/s/{token}")[2].decode()
    shown = {int(one) for one in re.findall(rf'data-kind="{kind}" data-case="(\d+)"', page)}
    before = all_standings(street.store, street.drill)
    taken = set()
    for one in before:
        tap = {"case": one.case.id, "event_id": f"tap-{one.case.id:05}", "reason": "已处理"}
        status, answer = street.tap(token, kind=kind, **tap)
        assert status in (200, 403, 404), answer
        if status == 200:
            taken.add(one.case.id)
            assert whose in (one.owner, one.offered_to)
    assert taken == shown
    if whose in "GP":
        assert taken, "something of it is its own"
    after = {one.case.id: one for one in all_standings(street.store, street.drill)}
    assert all(after[one.case.id] == one for one in before if one.case.id not in taken)
