"""Laws of the beats: in each interval of a place one visit, in a storm at a low point near it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import PATROL, Beat, Station
from data.model.ids import JobId
from ops.planning.wanted.patrol_tasks import patrol_tasks, slots
from tests.helpers.makers import local, make_city, make_forecast
from tests.helpers.storm import make_storm

ZONE = ZoneInfo("Asia/Shanghai")
SQUARE = Beat(
    id="b1",
    name="市委广场",
    station_id="P",
    segment_id="S1",
    start=time(18),
    end=time(21, 40),
    every_minutes=60,
)
STATION = Station(
    id="P", name="城管", position=(125.142, 42.902), chief="长", deputy="副", service=PATROL
)


@given(
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.integers(10, 300),
    st.integers(0, 2 * 24 * 60),
)
def test_the_intervals_of_a_place_fill_its_hours_and_nothing_else(start, end, every, minutes):
    beat = replace(SQUARE, start=start, end=end, every_minutes=every)
    now = datetime(2022, 7, 7, 16, tzinfo=UTC) + timedelta(minutes=minutes)
    found = list(slots(beat, now, now + timedelta(hours=12), ZONE))
    for begins, until in found:
        assert until > now
        assert timedelta() < until - begins <= timedelta(minutes=every)
        into = (begins.astimezone(ZONE) - datetime.combine(now.date(), start, ZONE)) % timedelta(1)
        assert into % timedelta(minutes=every) == timedelta()
    inside = [
        at
        for at in (now + timedelta(minutes=n) for n in range(0, 720, 7))
        if (start <= at.astimezone(ZONE).time() < end)
        or (end <= start and not end <= at.astimezone(ZONE).time() < start)
    ]
    assert all(sum(begins <= at < until for begins, until in found) == 1 for at in inside)


def evening(beat=SQUARE, rain=(), done=(), now=None):
    city = make_city()
    city = replace(city, stations=(*city.stations, STATION), patrol_beats=(beat,))
    storm = make_storm(series=make_forecast(dict(rain)), now=now or local(17.5))
    own = replace(storm.city, stations=city.stations, patrol_beats=city.patrol_beats)
    return patrol_tasks(replace(storm, city=own), done)


def test_what_is_visited_is_not_asked_for_again_wherever_it_was():
    tasks = evening()
    assert [f"{task.spans[0][0].astimezone(ZONE):%H%M}" for task in tasks] == [
        "1800",
        "1900",
        "2000",
        "2100",
    ]
    done = JobId.parse(tasks[0].id).parts[:2]
    assert evening(done={done}) == tasks[1:]
    wet = evening(rain={18: 10.0, 19: 10.0, 20: 10.0, 21: 10.0}, done={done})
    assert len(wet) == 3


@pytest.mark.parametrize("road", ["S1", "S2", "S3"])
def test_a_storm_turns_them_into_eyes_at_low_points_near(road):
    tasks = evening(replace(SQUARE, segment_id=road), rain={18: 10.0, 19: 12.0})
    low = {one.id for one in make_city().segments if one.low_lying or one.guard}
    says = [any(word.code == "why.patrol_eyes" for word in task.why) for task in tasks]
    assert says[0]
    assert not says[-1]
    assert all(task.segment_id in low for task, eyes in zip(tasks, says, strict=True) if eyes)
    assert tasks[-1].segment_id == road
