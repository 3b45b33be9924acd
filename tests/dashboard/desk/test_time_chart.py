"""The time chart, and what a browser may send of it: pure, so no page is run."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.surface import touch_of
from dashboard.render import frames
from dashboard.render.time_chart import (
    Bar,
    Facts,
    Group,
    Row,
    _lanes,
    by_crew,
    by_road,
    chart_legend,
    near,
    time_chart,
    whole,
)
from data.model.field import EventKind, FieldEvent
from data.model.plan import Phase
from ops.base.messages import Translator
from ops.field.job_board import job_lines
from tests.helpers.town import NOW, make_city, make_series, make_tap, make_version, minutes

SAY = Translator()


def facts(at: int = 0, *taps: FieldEvent, locked: tuple[str, ...] = (), **changes) -> Facts:
    version, city = make_version(), make_city()
    lines = job_lines(version, city, taps, {}, minutes(at), timedelta(minutes=20))
    found = Facts(version=version, city=city, lines=lines, now=minutes(at), t=SAY, locked=locked)
    return replace(found, **changes)


def bars_of(groups: tuple[Group, ...]) -> dict[str, Bar]:
    return {bar.job_id: bar for group in groups for row in group.rows for bar in row.bars}


def drawn(groups: tuple[Group, ...], at: int = 0) -> str:
    rain = frames.rain_steps(make_series(), make_version().rain)
    return time_chart(groups, near(minutes(at)), minutes(at), minutes(100), rain, SAY)


def test_rows_stand_by_station_and_machines_come_when_asked_for():
    def rows(machines: bool) -> dict[str, list[str]]:
        groups = by_crew(facts(), machines)
        return {group.name: [row.name for row in group.rows] for group in groups}

    assert rows(machines=False) == {"西宁": ["4班", "2班"], "安宁": ["3班", "1班", "5班"]}
    assert "吉D·W0001" in rows(machines=True)["西宁"]


def test_roads_stand_by_risk_the_gravest_first():
    groups = by_road(facts())
    scores = {risk.segment_id: risk.score for risk in make_version().risks}
    order = [scores.get(row.segment_id, 0) for group in groups for row in group.rows]
    assert order == sorted(order, reverse=True)
    at_roads = {line.job.job_id for line in facts().lines if line.job.segment_id}
    assert bars_of(groups).keys() == at_roads


@pytest.mark.parametrize(
    ("said", "at", "filled", "movable"),
    [
        (None, 0, False, True),
        (EventKind.ACCEPT, 0, False, True),
        (EventKind.DEPART, 6, True, False),
        (EventKind.CLEAR, 40, True, False),
        (None, 60, False, False),
    ],
)
def test_a_report_alone_fills_a_bar_and_what_is_out_or_over_stays(said, at, filled, movable):
    taps = [make_tap(said, "clear:G00", at)] if said else []
    bar = bars_of(by_crew(facts(at, *taps)))["clear:G00"]
    assert (bar.said, bar.movable) == (filled, movable)
    html = re.search(r'<a [^>]*data-id="clear:G00"[^>]*>', drawn(by_crew(facts(at, *taps)), at))
    assert (" said" in html[0], "data-drag" in html[0]) == (filled, movable)


@pytest.mark.parametrize("first_state", ["past", "planned"])
def test_who_stays_at_a_post_has_one_bar_however_his_stay_is_cut(first_state):
    version = make_version()
    stay = next(job for job in version.assignments if job.kind.is_post and job.segment_id)
    middle = stay.start_at + (stay.end_at - stay.start_at) / 2
    parts = (
        replace(stay, job_id=f"{stay.job_id}:1", end_at=middle, state=first_state),
        replace(stay, start_at=middle),
    )
    others = [job for job in version.assignments if job is not stay]
    cut = replace(version, assignments=(*others, *parts))
    lines = job_lines(cut, make_city(), (), {}, NOW, timedelta(minutes=20))
    shown = facts(version=cut, lines=lines)
    for draw in (by_crew, by_road):
        whole_bars, bars = bars_of(draw(facts())), bars_of(draw(shown))
        (bar,) = [bars[job.job_id] for job in parts if job.job_id in bars]
        assert (bar.start_at, bar.end_at) == (stay.start_at, stay.end_at)
        assert len(bars) == len(whole_bars)
        assert not bar.movable, "two jobs are not moved by one hand"


def test_what_the_desk_holds_is_hatched_and_told():
    bar = bars_of(by_crew(facts(locked=("clear:G00",))))["clear:G00"]
    assert bar.locked
    assert SAY("chart.locked") in bar.told
    assert "locked" in drawn(by_crew(facts(locked=("clear:G00",))))


def test_the_chart_shows_rain_hours_and_two_lines_and_nothing_sticks_out():
    html = drawn(by_crew(facts()))
    assert {"08:00", "11:00"} <= set(re.findall(r'class="hour"[^>]*>(\d\d:\d\d)<', html))
    assert 'class="line now"' in html
    assert 'class="line onset"' in html
    assert 'class="rain"' in html
    for left, width in re.findall(r"left:([\d.]+)%;width:([\d.]+)%", html):
        assert 0 <= float(left) <= 100
        assert float(left) + float(width) <= 100.01


def test_names_cannot_act_as_html():
    bad = Row(name="<img src=x onerror=1>", unit_id='C1"><script>')
    html = drawn((Group(name="<b>", rows=(bad,)),))
    assert "<img" not in html
    assert "<script" not in html


def test_a_chart_without_bars_and_one_of_the_whole_plan_are_drawn():
    assert "xb-time" in drawn(())
    groups = by_crew(facts())
    begin, end = whole(groups, NOW)
    assert all(begin <= bar.leave_at and bar.end_at <= end for bar in bars_of(groups).values())
    assert SAY("desk.state_unanswered") in chart_legend(facts().lines, SAY)


spans = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 30), st.integers(1, 90)), max_size=12
)


@given(spans)
def test_bars_of_one_lane_never_overlap(found):
    bars = [
        Bar(
            job_id=str(n),
            unit_id="",
            leave_at=minutes(leave),
            start_at=minutes(leave + way),
            end_at=minutes(leave + way + long),
            label="",
            phase=Phase.BEFORE,
            tone="",
            said=False,
            locked=False,
            movable=False,
            told="",
        )
        for n, (leave, way, long) in enumerate(found)
    ]
    lanes = _lanes(bars)
    assert set(lanes) == {bar.job_id for bar in bars}
    for one in bars:
        for other in bars:
            if one is not other and lanes[one.job_id] == lanes[other.job_id]:
                assert one.end_at <= other.leave_at or other.end_at <= one.leave_at


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "job",
        {},
        {"kind": "job"},
        {"kind": "job", "id": 7},
        {"kind": "move", "id": "a"},
        {"kind": "move", "id": "a", "start": "soon"},
        {"kind": "move", "id": "a", "start": 1e30},
        {"kind": ["job"], "id": "a"},
        {"kind": "point", "id": "map", "x": "left", "y": 1},
        {"kind": "point", "id": "map", "x": 1e9, "y": 1},
    ],
)
def test_nonsense_from_a_browser_is_no_touch(sent):
    assert touch_of(sent) is None


def test_a_drag_tells_who_had_it_who_gets_it_and_when():
    at = datetime(2022, 7, 8, 2, tzinfo=UTC)
    sent = {"kind": "move", "id": "j", "unit": "C1", "to": "C2", "start": at.timestamp() * 1000}
    touch = touch_of(sent)
    assert (touch.unit, touch.to, touch.start_at) == ("C1", "C2", at)
