"""The gravest roads against the onset: each once, by report alone, with where today's pace ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.field import EventKind
from data.model.plan import SegmentRisk
from ops.field.job_board import job_lines
from ops.field.readiness import readiness
from tests.helpers.town import crew_member, make_city, make_version, minutes
from tests.ops.field.test_needs import tap

CITY = make_city()
FIRST = make_version().assignments[0]
PARTS = ("cleared", "doing", "planned", "missed", "left")


def road(number: int, start: int, end: int):
    return replace(
        FIRST,
        job_id=f"clear:G0{number}",
        segment_id=f"G0{number}",
        members=(crew_member(1, start - 5, start),),
        start_at=minutes(start),
        end_at=minutes(end),
    )


def risk(number: int, score: int) -> SegmentRisk:
    return SegmentRisk(segment_id=f"G0{number}", score=score, why=(), inlet_ids=())


JOBS = (road(0, 0, 30), road(1, 30, 60), road(2, 60, 90), road(3, 200, 230))


def ready(*events, at: int, scores=(90, 80, 78, 76, 75, 20)):
    rain = replace(make_version().rain, onset_at=minutes(120))
    risks = tuple(risk(number, score) for number, score in enumerate(scores))
    version = replace(make_version(), assignments=JOBS, risks=risks, rain=rain)
    lines = job_lines(version, CITY, events, {}, minutes(at), timedelta(minutes=20))
    return readiness(version, lines, minutes(at))


DONE = tap(EventKind.CLEAR, "clear:G00", 28, station_id="S2")


@pytest.mark.parametrize(
    ("events", "at", "counts"),
    [
        ((), 0, (0, 0, 3, 0, 2)),
        ((), 25, (0, 0, 2, 1, 2)),
        ((DONE,), 30, (1, 0, 2, 0, 2)),
        ((DONE, tap(EventKind.DEPART, "clear:G01", 29, station_id="S2")), 30, (1, 1, 1, 0, 2)),
        ((DONE,), 74, (1, 0, 2, 0, 2)),
        ((DONE,), 80, (1, 0, 1, 1, 2)),
        ((DONE,), 110, (1, 0, 0, 2, 2)),
        ((DONE, tap(EventKind.REFUSE, "clear:G01", 29, station_id="S2")), 30, (1, 0, 2, 0, 2)),
    ],
)
def test_each_grave_road_is_counted_once_by_what_was_reported(events, at, counts):
    one = ready(*events, at=at)
    assert tuple(getattr(one, part) for part in PARTS) == counts
    assert (one.total, one.least) == (5, 75)


@pytest.mark.parametrize(
    ("scores", "least", "total"), [((90, 60), 75, 1), ((60, 55, 30), 50, 2), ((30, 20), 0, 2)]
)
def test_the_gravest_that_there_are_are_counted(scores, least, total):
    one = ready(at=0, scores=scores)
    assert (one.least, one.total) == (least, total)


@pytest.mark.parametrize(
    ("at", "expected"), [(55, 1 + 65 / 60), (-5, None), (120, None), (150, None)]
)
def test_todays_pace_ends_where_it_would(at, expected):
    found = ready(DONE, at=at).expected
    assert found == (expected and pytest.approx(expected))


def test_without_rain_ahead_there_is_no_bar():
    version = replace(make_version(), rain=replace(make_version().rain, onset_at=None))
    assert readiness(version, (), minutes(0)) is None
    assert readiness(None, (), minutes(0)) is None
