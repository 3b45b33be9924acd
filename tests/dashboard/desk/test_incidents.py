"""Incidents at the desk: reported, told apart and joined, with who comes and pictures."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from PIL import Image

from dashboard.core import board
from data.model.field import EventKind, FieldEvent, Incident
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.calls.incident_jobs import matter_name
from ops.field.calls.incidents import IncidentReport, report
from ops.field.calls.matters import matters
from ops.field.photos import keep_photo
from tests.helpers.pages import causes, checked, desk, dialog, fill, tap, text
from tests.helpers.town import NOW, make_version

SAY = Translator()
HALF_HOUR = timedelta(minutes=30)


def reported(store, segment: str, minute: int = 0, **changes) -> Incident:
    """Water on a road, or what ``changes`` say, as the hotline told of it."""
    facts = {
        "operation_id": 1,
        "kind": "standing_water",
        "segment_id": segment,
        "source": "desk",
        "reported_at": NOW + timedelta(minutes=minute),
        "received_at": NOW + timedelta(minutes=minute),
        "by": "热线",
    }
    return store.field.report_incident(Incident(**(facts | changes)))[0]


def test_an_incident_is_reported_and_asks_for_a_plan(url):
    store = fill(url)
    page = dialog("incident")
    page.selectbox(key="incident_place").select("G02")
    page.number_input(key="incident_depth").set_value(20)
    page.text_area(key="incident_words").input("桥下积水")
    page.button[0].click().run()
    (kept,) = store.field.incidents(1)
    assert (kept.kind, kept.segment_id, kept.depth_cm, kept.text) == (
        "standing_water",
        "G02",
        20.0,
        "桥下积水",
    )
    assert causes(store) == ["incident"]
    checked(page)


def test_an_incident_without_a_place_changes_nothing(url):
    store = fill(url)
    page = dialog("incident")
    page.button[0].click().run()
    assert SAY("incident.nowhere") in text(checked(page))
    assert store.field.incidents(1) == []


def test_open_incidents_are_counted_on_the_button(url):
    store = fill(url)
    assert desk().button(key="incident").label == SAY("desk.incident")
    reported(store, "G01", kind="fallen_tree")
    board.forget()
    assert desk().button(key="incident").label == SAY("desk.incident_still", n=1)


def test_an_open_incident_is_closed(url):
    store = fill(url)
    reported(store, "G01", kind="fallen_tree", by="<b>热线</b>")
    page = dialog("incident")
    assert "&lt;b&gt;热线" in text(page)
    page.button(key="incident_close_1").click().run()
    assert store.field.incidents(1, open_only=True) == []
    checked(page)


def test_calls_about_one_puddle_are_one_line_to_split_join_and_close(url):
    store = fill(url)
    operation, city = store.operations.current(), store.city()
    for number, segment in enumerate(("G01", "G01", "G02"), 1):
        told = IncidentReport(
            kind="standing_water",
            by="热线",
            source="desk",
            reported_at=NOW,
            segment_id=segment,
            depth_cm=10.0 * number,
        )
        report(store, operation, CONSOLE, told, NOW)
    two, _ = matters(store.field.incidents(1))
    assert desk().button(key="incident").label == SAY("desk.incident_still", n=2)
    page = dialog("incident")
    assert SAY.message(matter_name(two, city)) in text(page)
    page.button(key="incident_split_2").click().run()
    assert [one.count for one in matters(store.field.incidents(1))] == [1, 1, 1]
    board.forget()
    page = dialog("incident")
    page.selectbox(key="incident_join").select("3")
    page.selectbox(key="incident_join_to").select("1")
    next(each for each in page.button if each.label == SAY("desk.incident_join_do")).click().run()
    assert [one.count for one in matters(store.field.incidents(1))] == [2, 1]
    board.forget()
    page = dialog("incident")
    page.button(key="incident_close_1").click().run()
    assert [call.id for call in store.field.incidents(1, open_only=True)] == [2]
    checked(page)


def test_an_incident_tells_who_comes_when_and_what_he_leaves(url):
    first = make_version().assignments[0]
    job = replace(first, job_id="incident:1", segment_id="G03")
    store = fill(url, assignments=(job, make_version().assignments[1]))
    reported(store, "G03")
    told = text(dialog("incident"))
    assert SAY("matter.planned", team=("1班",), at=job.start_at, due=NOW + HALF_HOUR) in told
    tap(store, EventKind.ARRIVE, "incident:1", minute=20)
    board.forget()
    told = text(dialog("incident"))
    assert SAY("matter.came", came=NOW + timedelta(minutes=20), due=NOW + HALF_HOUR) in told
    assert SAY("matter.owner") in told
    assert "tel:0437" in told
    for minute, silt in ((25, 0.5), (30, 0.8)):  # of one job what was told last counts
        tap(store, EventKind.CLEAR, "incident:1", minute=minute, amounts={"silt_m3": silt})
    board.forget()
    told = text(dialog("incident"))
    assert labels.amount_texts(SAY, {"silt_m3": 0.8})[0] in told
    assert "1.3" not in told


def test_an_incident_nobody_comes_to_needs_the_desk(url):
    store = fill(url, assignments=make_version().assignments[:2])
    reported(store, "G03")
    shown = text(desk())
    assert SAY("needs.title", n=1) in shown
    assert SAY("needs.kind_incident") in shown


def test_what_may_be_the_same_is_proposed_and_joined_by_one_button(url):
    store = fill(url)
    reported(store, "G03")
    reported(store, "G03", kind="other")
    page = dialog("incident")
    page.button(key="maybe_join_2").click().run()
    assert [one.count for one in matters(store.field.incidents(1))] == [2]
    page = dialog("incident")
    page.selectbox(key="incident_place").select("G03").run()
    assert SAY("matter.here", number=1, what="").partition("1号")[0] in text(checked(page))


def test_pictures_stand_where_work_is_judged(url, tmp_path, monkeypatch):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path))
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    name = keep_photo(picture.getvalue(), tmp_path / "photos")
    store = fill(url)
    for event_id, photo in (("before", name), ("gone", "0" * 32 + ".jpg")):
        store.field.save_event(
            FieldEvent(
                operation_id=1,
                event_id=event_id,
                version=1,
                station_id="S1",
                kind=EventKind.ARRIVE,
                job_id="clear:G00",
                server_at=NOW,
                by="王站长",
                photo=photo,
            )
        )

    def no_decoder(*_: object, **__: object) -> None:
        raise AssertionError("a kept photo is decoded in the board's process")

    monkeypatch.setattr(Image, "open", no_decoder)
    page = dialog("job", "clear:G00")
    shown = "".join(one.proto.body for one in page.get("html"))
    assert shown.count(f'src="/photos/{name}"') == 1
    assert SAY("photo.elsewhere", n=1) in text(page)
