"""What goes wrong in two hours: silence, refused work before rain, incidents nobody comes to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.field import EventKind, FieldEvent
from data.model.message import Message
from data.model.plan import Phase
from ops.base.messages import LANGUAGES, Translator
from ops.duty.ahead import Known, ahead
from ops.field.job_board import job_lines
from ops.field.needs import Field, NeedKind, needs
from tests.helpers.town import NOW, make_city, make_version, minutes

CITY = make_city()
VERSION = make_version()
DRY = replace(VERSION.rain, onset_at=None, storms=())


def known(*events: FieldEvent, at: int = 0, version=VERSION, **changes) -> Known:
    lines = job_lines(version, CITY, events, {2: version}, minutes(at), timedelta(minutes=20))
    facts = {"city": CITY, "now": minutes(at), "version": version, "lines": lines}
    found = needs(Field(**facts, versions={2: version}, events=events, **changes))
    return Known(**facts, needs=found)


def refusal(job_id: str, minute: int = 1) -> FieldEvent:
    return FieldEvent(
        operation_id=1,
        event_id=f"no:{job_id}",
        version=2,
        station_id="S1",
        kind=EventKind.REFUSE,
        job_id=job_id,
        server_at=minutes(minute),
        by="站长",
        reason="车坏",
    )


def test_work_refused_before_the_rain_is_felt_when_it_begins():
    found = ahead(known(refusal("jet:G01"), at=2))
    one = next(one for one in found if one.need and one.need.kind is NeedKind.REFUSED)
    assert (one.told.code, one.at) == ("ahead.rain", VERSION.rain.onset_at)
    dry = ahead(known(refusal("jet:G01"), at=2, version=replace(VERSION, rain=DRY)))
    assert [one.told.code for one in dry if one.need.kind is NeedKind.REFUSED] == ["ahead.undone"]


def test_a_silent_station_leaves_what_sets_out_soon_undone():
    warned = {"warned_at": NOW - timedelta(hours=1), "patience": timedelta(minutes=15)}
    (one,) = (
        one
        for one in ahead(known(**warned))
        if one.need and one.need.kind is NeedKind.SILENT and one.need.station_id == "S1"
    )
    own = [
        line
        for line in known().lines
        if "S1" in line.stations and line.leave_at <= NOW + timedelta(hours=2)
    ]
    assert one.told.code == "ahead.silent"
    assert one.told.facts["n"] == len([line for line in own if line.job.end_at > NOW])
    assert one.at == NOW, "the first should be out already"


def test_roads_at_risk_that_nobody_clears_before_rain_are_one_line():
    left = tuple(
        replace(VERSION.left_out[0], job_id=f"clear:G0{n}", segment_id=f"G0{n}", risk=risk)
        for n, risk in ((4, 55), (5, 80), (6, 30))
    )
    found = ahead(known(version=replace(VERSION, left_out=left)))
    (one,) = (one for one in found if one.need is None)
    assert (one.told.facts["n"], one.risk) == (2, 80)
    later = replace(VERSION, left_out=tuple(replace(one, phase=Phase.AFTER) for one in left))
    assert all(one.need for one in ahead(known(version=later)))
    assert all(one.need for one in ahead(known(version=replace(VERSION, left_out=left, rain=DRY))))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_comes_first_and_every_line_can_be_said(lang):
    warned = {"warned_at": NOW - timedelta(hours=1), "patience": timedelta(minutes=15)}
    events = [refusal("jet:G01"), refusal("guard:G00:1")]
    found = ahead(known(*events, at=2, **warned))
    assert len(found) >= 3
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert all(one.at >= minutes(2) for one in found)
    t = Translator(lang)
    assert all(isinstance(one.told, Message) and "=" not in t.message(one.told) for one in found)
