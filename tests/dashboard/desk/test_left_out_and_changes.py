"""What is left out by decision, with its buttons; what changed, station by station; what came of an
act.
"""

from dataclasses import replace

import pytest

from dashboard.core import board
from dashboard.model.accepted import about, acceptances
from dashboard.model.changes import HARDLY, SOON, changes_by_station, result_of
from data.model.field import EventKind, FieldEvent
from data.model.message import Message
from data.model.plan import JobKind, Phase, UnassignedJob
from ops.base.messages import Translator
from ops.planning.left_out_groups import left_out_groups
from tests.helpers.pages import checked, desk, dialog, fill, text
from tests.helpers.town import NOW, make_city, make_version, minutes

SAY = Translator()
CITY = make_city()
JOB = Message("job.clear")


def moved(code: str, at: int, team: tuple[str, ...] = ("1班",), **facts) -> Message:
    return Message(f"change.{code}", {"job": JOB, "team": team, "start": minutes(at)} | facts)


def test_changes_stand_by_station_the_near_ones_first_and_minutes_are_not_told():
    changes = (
        Message("change.rain_gone"),
        moved("added", 30),
        moved("added", 300),
        moved("time", 40, old=minutes(40) - HARDLY / 2),
        moved("time", 50, old=minutes(20)),
        moved("added", 20, ("4班",)),
    )
    version = replace(make_version(), changes=changes)
    general, stations = changes_by_station(version, CITY, NOW)
    assert [one.code for one in general] == ["change.rain_gone"]
    homes = {crew.name: crew.station_id for crew in CITY.crews}
    found = {one.station.id: one for one in stations}
    own = found[homes["1班"]]
    assert [one.facts["start"] for one in own.soon] == [minutes(30), minutes(50)]
    assert [one.facts["start"] for one in own.later] == [minutes(300)]
    assert len(found[homes["4班"]].soon) == 1
    assert all(one.facts["start"] < NOW + SOON for each in stations for one in each.soon)


def test_an_act_is_told_by_who_does_it_how_much_changes_and_what_is_not_done():
    dropped = [moved("dropped", 60 + n, why=Message("left.outweighed_alone")) for n in range(6)]
    version = replace(make_version(), changes=(moved("added", 5), *dropped))
    job = version.assignments[0]
    told = SAY.message(result_of(version, job.job_id, CITY))
    assert "1班" in told
    assert SAY("became.added", n=1) in told
    assert "因此不做：" in told
    assert "等另 2 项" in told
    left = version.left_out[0]
    assert "排不上" in SAY.message(result_of(version, left.job_id, CITY))
    none = SAY.message(result_of(replace(version, changes=()), None, CITY))
    assert none == SAY("change.none")


def left(job_id: str, segment: str = "G03") -> UnassignedJob:
    return UnassignedJob(
        job_id=job_id,
        kind=JobKind.CLEAR,
        phase=Phase.BEFORE,
        segment_id=segment,
        station_id="S1",
        risk=50,
        why=Message("left.outweighed_alone"),
    )


@pytest.mark.parametrize(
    ("then", "now", "holds"),
    [
        (("a", "b"), ("a", "b"), True),
        (("a", "b"), ("a",), True),  # one of them is done after all
        (("a",), ("a", "b"), False),  # one more is left out than was accepted
    ],
)
def test_what_is_accepted_is_accepted_as_long_as_nothing_more_is_left_out(then, now, holds):
    old = replace(make_version(), number=1, left_out=tuple(left(one) for one in then))
    groups = left_out_groups([left(one) for one in now], CITY)
    event = FieldEvent(
        operation_id=1,
        event_id="note:x",
        version=1,
        station_id="",
        kind=EventKind.NOTE,
        server_at=NOW,
        by="李",
        about=about(groups[0], 1),
    )
    found = acceptances(groups, [event], {1: old}.get, CITY)
    assert (groups[0].name in found) == holds
    assert acceptances(groups, [replace(event, version=9)], {1: old}.get, CITY) == {}


def test_each_decision_has_its_three_buttons_and_is_accepted_by_one(url):
    store = fill(url, left_out=(left("clear:G03"), left("clear:G05", "G05")))
    page = desk()
    assert SAY("left.in_phase", n=2) in text(page)
    keys = [button.key for button in page.button if (button.key or "").startswith("accept_")]
    assert len(keys) == 1
    name = keys[0].removeprefix("accept_")
    page.button(key=keys[0]).click().run()
    checked(page)
    (event,) = [one for one in store.field.events(1) if one.kind is EventKind.NOTE]
    assert event.about == f"left_out:{name}@1"
    board.forget()
    page = desk()
    assert keys[0] not in [button.key for button in page.button]
    assert "接受" in text(page)


def test_help_is_asked_for_in_words_to_be_sent(url, monkeypatch):
    monkeypatch.setattr("ops.replanning.extra_capacity.ALL_S", 0.1)
    fill(url, left_out=(left("clear:G03"),))
    name = left_out_groups([left("clear:G03")], CITY)[0].name
    page = dialog("left_out", name, steps="ask_help")
    assert "新兴路" in page.code[0].value


def test_what_another_service_leaves_undone_is_not_on_the_desk(url):
    swept = replace(left("sweep:G03"), kind=JobKind.SWEEP)
    fill(url, left_out=(left("clear:G03"), swept))
    page = desk()
    seen = text(page)
    assert SAY("board.left_title", n=1) in seen
    assert SAY("board.plan_jobs", jobs=len(make_version().assignments), left=1) in seen
    groups = [one.key for one in page.button if (one.key or "").startswith("arrange_")]
    assert len(groups) == 1
