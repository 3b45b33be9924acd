"""Works over drawn futures: their order, dry days, drying, season, gangs; laws and examples."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.street.works import Work, WorkEvent, WorkKind, WorkStep
from ops.works.clashes import clashes
from ops.works.daily_weather import DAY, DAYS_AHEAD, drawn_futures, wet_by_forecast
from ops.works.parameters import WorksSettings
from ops.works.schedule import OrderFault, expected, in_order
from ops.works.standing import as_agreed, standings
from weather.model import RainSeries, RainStep

RULES = WorksSettings()
TODAY = date(2026, 7, 18)
ZONE = ZoneInfo("Asia/Shanghai")


def work(key, kind=WorkKind.PIPE, days=3, **facts):
    facts = {"agency": "旧改办", **facts}
    return Work(id=key, name=key, kind=kind, days=days, **facts)


def told(key, step, day, **facts):
    at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    return WorkEvent(work_id=key, step=step, at=at, by="甲", **facts)


def days(text):
    """One future: `.` dry, `w` wet; dry beyond."""
    wet = np.zeros((1, DAYS_AHEAD), dtype=bool)
    wet[:, : len(text)] = [mark == "w" for mark in text]
    return wet


def dates(works, wet, events=(), today=TODAY):
    standing = standings(works, events, ZONE)
    return expected(as_agreed(works, standing), standing, wet, today, RULES)


def span(found):
    return (found.likely_start - TODAY).days, (found.likely_end - TODAY).days


@pytest.mark.parametrize(
    ("kind", "weather", "start", "end"),
    [
        (WorkKind.PIPE, "", 0, 2),
        (WorkKind.PIPE, "w.w.", 1, 4),
        (WorkKind.PAVEMENT, "", 0, 2),
        (WorkKind.PAVEMENT, "w...", 2, 4),  # a dry day before the first
        (WorkKind.PAVEMENT, "..w....", 0, 4),  # dried again after the rain
        (WorkKind.WATERPROOFING, "w......", 3, 5),  # two dry days before
        (WorkKind.WATERPROOFING, "...w", 0, 6),  # the day before rain does not cure
        (WorkKind.OTHER, "wwww", 0, 2),
    ],
)
def test_each_kind_waits_for_its_own_dry_days(kind, weather, start, end):
    found = dates([work("a", kind)], days(weather))["a"]
    assert span(found) == (start, end)
    assert found.sure_end == found.likely_end


def test_pipe_comes_before_pavement_and_one_gang_does_one_work_at_a_time():
    found = dates(
        [
            work("paving", WorkKind.PAVEMENT, after=("pipe",), gangs=("乙班",)),
            work("pipe", gangs=("甲班",)),
            work("other", gangs=("甲班", "挖机")),
        ],
        days(""),
    )
    assert span(found["other"]) == (0, 2)  # no deadline on either: by id
    assert span(found["pipe"]) == (3, 5)
    assert span(found["paving"]) == (6, 8)
    assert [m.code for m in found["pipe"].why] == ["works.waits_gang"]
    assert found["paving"].why[0].facts["what"] == "pipe"


def test_the_building_season_ends_and_begins():
    late = date(2026, 10, 30)
    found = dates([work("a")], days(""), today=late)["a"]
    assert found.likely_end == date(2027, 4, 1)
    assert dates([work("a", WorkKind.OTHER)], days(""), today=late)["a"].likely_end.month == 11


def test_what_is_under_way_goes_on_with_the_days_that_are_left():
    events = [
        told("a", WorkStep.STARTED, TODAY - 4 * DAY),
        told("a", WorkStep.DAYS_LEFT, TODAY, number=2),
    ]
    found = dates([work("a", days=9, earliest=TODAY + 9 * DAY)], days("w"), events)["a"]
    assert found.likely_start == TODAY - 4 * DAY
    assert found.likely_end == TODAY + 2 * DAY
    assert not dates([work("a")], days(""), [told("a", WorkStep.FINISHED, TODAY)])


def test_works_that_wait_for_one_another_are_told_by_name():
    with pytest.raises(OrderFault) as caught:
        in_order([work("a", after=("b",)), work("b", after=("a",)), work("c")])
    assert set(caught.value.ids) == {"a", "b"}


def test_autumn_is_a_probability():
    found = dates(
        [work("a", WorkKind.WATERPROOFING, days=20, deadline=date(2026, 8, 31))],
        drawn_futures({}, TODAY, RULES),
    )["a"]
    shares = dict(found.by_month)
    assert list(shares.values()) == sorted(shares.values())
    assert 0 < found.in_time < 0.9
    assert found.likely_end < found.sure_end


def series(*mm, probability=None):
    start = datetime(2026, 7, 17, 16, tzinfo=UTC)  # midnight there
    steps = [
        RainStep(
            start=start + h * timedelta(hours=1),
            end=start + (h + 1) * timedelta(hours=1),
            mm=amount,
            probability=probability,
        )
        for h, amount in enumerate(mm)
    ]
    return RainSeries(provider="x", fetched_at=start, steps=tuple(steps))


def test_the_forecast_counts_where_it_speaks_and_the_climate_beyond():
    dry, wet = [0.0] * 24, [0.0] * 20 + [2.0] * 4
    said = wet_by_forecast(series(*wet, *dry, *dry[:5]), ZONE, TODAY, RULES)
    assert said == {TODAY: 1.0, TODAY + DAY: 0.0}
    assert wet_by_forecast(series(*wet, probability=0.4), ZONE, TODAY, RULES) == {TODAY: 0.4}
    drawn = drawn_futures(said, TODAY, RULES)
    share = drawn.mean(axis=0)
    assert share[0] > 0.9
    assert share[1] < 0.1
    assert share[5] == pytest.approx(RULES.wet_share[6], abs=0.05)
    after_wet = drawn[:, 31][drawn[:, 30]].mean() - drawn[:, 31][~drawn[:, 30]].mean()
    assert after_wet == pytest.approx(RULES.persistence, abs=0.1)


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 29), st.sampled_from(WorkKind))
def test_a_wetter_day_and_a_longer_work_never_end_sooner(marks, at, kind):
    text = "".join("w" if mark else "." for mark in marks).ljust(30, ".")
    wetter = text[:at] + "w" + text[at + 1 :]
    ends = [
        dates([work("a", kind, days=n)], days(weather))["a"].likely_end
        for n, weather in ((3, text), (3, wetter), (4, text))
    ]
    assert ends[0] <= ends[1]
    assert ends[0] <= ends[2]


def found_clashes(works, wet, events=()):
    standing = standings(works, events, ZONE)
    agreed = as_agreed(works, standing)
    found = expected(agreed, standing, wet, TODAY, RULES)
    return clashes(agreed, standing, found, wet, TODAY, RULES)


ROAD = (
    work("paving", WorkKind.PAVEMENT, segment_id="R1", earliest=TODAY + 2 * DAY),
    work("water", segment_id="R1", agency="水务", earliest=TODAY + 40 * DAY, in_programme=False),
    work("elsewhere", segment_id="R2"),
)


@pytest.mark.parametrize("day", [TODAY + 40 * DAY, None])
def test_both_see_that_a_road_would_be_opened_again_before_it_is_laid(day):
    works = (ROAD[0], replace(ROAD[1], earliest=day), ROAD[2])
    (clash,) = found_clashes(works, days(""))
    assert (clash.surface.id, clash.trench.id, clash.laid_on) == ("paving", "water", None)
    assert clash.closed_until == date(2031, 7, 22)
    assert clash.surface_dates.likely_end == TODAY + 4 * DAY
    assert clash.surface_after.likely_start > clash.trench_first.likely_end
    assert clash.trench_first.likely_start == (day or TODAY)


def test_what_was_agreed_a_laid_road_and_what_is_over():
    agreed = told("paving", WorkStep.AFTER, TODAY, other="water")
    assert not found_clashes(ROAD, days(""), [agreed])
    laid = told("paving", WorkStep.FINISHED, TODAY - DAY)
    (clash,) = found_clashes(ROAD, days(""), [laid])
    assert clash.laid_on == TODAY - DAY
    assert clash.surface_after is None
    long_ago = told("paving", WorkStep.FINISHED, TODAY - 2000 * DAY)
    assert not found_clashes(ROAD, days(""), [long_ago])
    over = told("water", WorkStep.WITHDRAWN, TODAY)
    assert not found_clashes(ROAD, days(""), [over])
    through = (replace(ROAD[0], after=("mid",)), ROAD[1], work("mid", after=("water",)))
    assert not found_clashes(through, days(""))


def test_a_gang_that_is_at_work_begins_nothing_else_however_near_its_deadline():
    urgent = work("urgent", gangs=("甲",), deadline=TODAY + 4 * DAY)
    under_way = work("long", gangs=("甲",), days=6)
    found = dates([urgent, under_way], days(""), [told("long", WorkStep.STARTED, TODAY - DAY)])
    assert found["long"].likely_end == TODAY + 5 * DAY
    assert found["urgent"].likely_start == TODAY + 6 * DAY


def test_what_was_told_by_mistake_and_taken_back_was_never_told():
    events = [
        replace(told("a", WorkStep.STARTED, TODAY - 2 * DAY), id=1),
        replace(told("a", WorkStep.FINISHED, TODAY), id=2),
        told("a", WorkStep.BACK, TODAY, number=2),
    ]
    (one,) = standings([work("a")], events, ZONE).values()
    assert one == next(iter(standings([work("a")], events[:1], ZONE).values()))
