"""What cases are to the crews: done by them with their picture, given on with the case, ended and
begun anew with it.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.views.cases.dialog import _name_of
from data.model.city import PATROL, Crew, Station
from data.model.field import EventKind
from data.model.street.street_case import GRID, RESIDENT, CaseEventKind, CaseLevel
from ops.auth.permissions import CONSOLE
from ops.district.services import ServiceSettings
from ops.field.cases.street_cases import (
    CaseReport,
    CaseWord,
    all_standings,
    open_case,
    say,
    standing,
    taken_word,
)
from ops.field.reports import Report, take_report
from ops.field.taking_back import take_back
from ops.notifications.case_answers import answer_body
from tests.helpers.desk import Desk
from tests.helpers.makers import NOW, make_city

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(store):
    desk = Desk(store, services=ServiceSettings(on=(GRID, PATROL)))
    city = make_city()
    stations, crews = list(city.stations), list(city.crews)
    for number, service in (("G", GRID), ("P", PATROL)):
        stations.append(
            Station(
                id=number,
                name=number,
                position=(125.142, 42.902),
                chief="长",
                deputy="副",
                service=service,
            )
        )
        crews.append(
            Crew(
                id=f"{number}1",
                station_id=number,
                name=number,
                leader="甲",
                size=2,
                skills=(),
                shift_id="day",
            )
        )
    store.replace_city(replace(city, stations=tuple(stations), crews=tuple(crews)))
    yield desk
    desk.loop.stop()


def opened(desk, kind: str, **more):
    facts = {"source": "desk", "reported_at": desk.now, "segment_id": "S1", "external_id": kind}
    told = CaseReport(kind=kind, by="热线", **facts | more)
    return open_case(desk.store, desk.drill, CONSOLE, told, desk.now)[0]


def now_is(desk, case):
    return standing(desk.store, desk.drill, case.id)


def said(desk, case, kind: CaseEventKind, **more) -> None:
    name = f"{kind}-{case.id}-{desk.now:%H%M}-{more.get('owner')}"
    word = CaseWord(kind=kind, event_id=name, **more)
    assert say(desk.store, desk.drill, CONSOLE, case.id, word, desk.now)


def given(desk, case, owner: str) -> None:
    said(desk, case, CaseEventKind.OFFER, owner=owner)
    said(desk, case, CaseEventKind.TAKE, owner=owner)


def planned(desk):
    """The work ahead in the plan in force, by name."""
    version = desk.loop.answer() or desk.store.plans.current(desk.drill.id)
    ahead = [one for one in version.assignments if one.start_at >= desk.now]
    return version, {one.job_id: one for one in ahead}


def tapped(desk, version, job, photo=None, name="tap-00001") -> None:
    report = Report(
        event_id=name,
        version=version.number,
        station_id=job.station_id,
        kind=EventKind.CLEAR,
        job_id=job.job_id,
        photo=photo,
    )
    assert take_report(desk.store, desk.drill, CONSOLE, report, desk.now)


def is_open(desk, case) -> bool:
    """Whether the incident of a case is."""
    return bool(desk.store.field.incidents(desk.drill.id, open_only=True))


@pytest.mark.parametrize("kind", ["rubbish_heap", "blocked_inlet"])
def test_what_crews_have_done_is_done_with_their_picture_and_again_when_opened_anew(
    desk, kind, tmp_path
):
    case = opened(desk, kind)
    name = "incident:1" if kind == "blocked_inlet" else "errand:c1"
    version, work = planned(desk)
    desk.wait(minutes=40)
    tapped(desk, version, work[name], photo="after.jpg")
    one = now_is(desk, case)
    assert (one.done.photo, one.closed) == ("after.jpg", None)
    assert one in all_standings(desk.store, desk.drill)
    take_back(
        desk.store,
        desk.drill,
        CONSOLE,
        work[name].station_id,
        "back-00001",
        "tap-00001",
        desk.now,
    )
    assert now_is(desk, case).done is None
    tapped(desk, version, work[name], photo="after.jpg", name="tap-00002")
    (tmp_path / "after.jpg").write_bytes(b"JPEG")
    said(desk, case, CaseEventKind.CLOSE, text="已办")
    assert answer_body(now_is(desk, case), tmp_path, desk.store)["photo_jpeg"]

    desk.wait(hours=5)  # past its time: whoever reported it says that it is not done
    said(desk, case, CaseEventKind.REOPEN)
    one = now_is(desk, case)
    assert (one.done, one.late(desk.now)) == (None, timedelta(0))
    assert one.due_at == desk.now + 4 * HOUR
    assert one.late(one.due_at + HOUR) == HOUR
    version, work = planned(desk)
    desk.wait(minutes=45)
    tapped(desk, version, work[name], photo="again.jpg", name="tap-00003")
    assert now_is(desk, case).done.photo == "again.jpg"


def test_a_case_given_on_is_the_work_of_whoever_has_taken_it_and_of_nobody_else(desk):
    heap, inlet, other = (
        opened(desk, kind) for kind in ("rubbish_heap", "blocked_inlet", "road_damage")
    )
    given(desk, heap, "A")
    given(desk, inlet, "G")
    given(desk, other, "P")
    assert not is_open(desk, inlet)
    assert now_is(desk, inlet).done is None  # nobody has seen to it
    _, work = planned(desk)
    whose = {name: work[name].members[0].resource_id[0] for name in work if name[:6] == "errand"}
    assert whose["errand:c1"] == "A"
    assert whose["errand:c2"] == "G"
    assert "incident:1" not in work
    given(desk, inlet, "A")  # and back again
    assert is_open(desk, inlet)
    given(desk, heap, "市政维护")
    _, work = planned(desk)
    assert "incident:1" in work
    assert not {"errand:c1", "errand:c2"} & work.keys()


def test_what_a_resident_reports_is_the_crews_own_from_the_first_look_on(desk):
    case = opened(desk, "blocked_inlet", source=RESIDENT)
    for count in range(2):  # the grid looks at it, the station has it
        word = taken_word(now_is(desk, case), f"take-{count}")
        say(desk.store, desk.drill, CONSOLE, case.id, word, desk.now)
        assert is_open(desk, case)
    assert now_is(desk, case).owner == "A"
    said(desk, case, CaseEventKind.CLOSE, text="已疏通")
    assert not is_open(desk, case)
    said(desk, case, CaseEventKind.REOPEN)
    assert is_open(desk, case)


def test_a_hard_case_is_done_by_its_steps_and_not_by_the_post_at_it(desk):
    case = opened(desk, "burst_pipe")
    assert case.level is CaseLevel.HARD
    desk.store.field.close_incident(case.incident_id, "甲", desk.now)
    assert now_is(desk, case).done is None


def test_two_people_say_two_words_at_one_moment_and_a_second_click_none(desk):
    case = opened(desk, "burst_pipe")
    one = now_is(desk, case)
    words = [
        CaseWord(kind=CaseEventKind.TOLD, event_id="", owner=who, text="今晚停水")
        for who in ("1号楼", "2号楼")
    ]
    names = [_name_of(word, one, by) for word in words for by in ("甲", "乙")]
    assert len(set(names)) == 4
    assert _name_of(words[0], one, "甲") == names[0]


@pytest.mark.parametrize("ahead", [timedelta(seconds=30), timedelta(minutes=5)])
def test_a_clock_that_goes_a_little_ahead_loses_no_case(desk, ahead):
    case = opened(desk, "blocked_inlet", reported_at=NOW + ahead)
    assert case.reported_at == NOW
    assert case.due_at == NOW + 4 * HOUR
