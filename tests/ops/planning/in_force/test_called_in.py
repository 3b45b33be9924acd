"""Who was kept on or called in with all hands: what becomes of them once the level has fallen."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest

from data.model.levels import DEFAULT_LEVELS
from data.model.plan import JobKind
from tests.helpers.makers import NOW, make_city, make_forecast
from tests.helpers.storm import make_storm, plan_for

ALL_HANDS = next(rule for rule in DEFAULT_LEVELS if rule.all_hands)
HOUR = timedelta(hours=1)
NIGHT = dict.fromkeys(range(24, 31), 12.0)


def storm_at(hour: float, level):
    now = NOW.replace(hour=0, minute=0) + (hour - 8) * HOUR
    city = make_city()
    city = replace(
        city,
        segments=tuple(replace(road, guard=False) for road in city.segments),
        crews=tuple(crew for crew in city.crews if not crew.id.endswith("night")),
    )
    storm = make_storm(city=city, series=make_forecast(NIGHT, now), now=now)
    return replace(storm, level=level)


def ends(version, storm) -> dict[str, float]:
    """Until when the watches under way last, by road, hours from midnight."""
    midnight = NOW.replace(hour=0, minute=0) - 8 * HOUR
    return {
        job.segment_id: (job.end_at - midnight) / HOUR
        for job in version.assignments
        if job.kind is JobKind.GUARD and job.start_at <= storm.now < job.end_at
    }


@pytest.mark.parametrize("level", [None, DEFAULT_LEVELS[0]])
@pytest.mark.parametrize("hour", [27.2, 29.5], ids=["kept_on", "called_in"])
def test_who_is_there_only_for_a_level_that_has_fallen_goes_home_but_from_a_duty(hour, level):
    """Nobody counted them any more: they stood until the end of what they had been told, and whom
    the rules of now call was sent beside them.
    """
    before, _ = plan_for(storm_at(20.0, ALL_HANDS))
    told = ends(before, storm_at(hour, level))
    assert told.keys() == {"S1", "S3"}
    still, _ = plan_for(storm_at(hour, ALL_HANDS), before)
    assert ends(still, storm_at(hour, ALL_HANDS)) == told
    storm = storm_at(hour, level)
    after, _ = plan_for(storm, before)
    read = hour + storm.work.turnout_minutes / 60
    assert ends(after, storm) == {"S1": pytest.approx(read), "S3": told["S3"]}


def test_who_takes_over_from_them_relieves_them():
    before, _ = plan_for(storm_at(20.0, ALL_HANDS))
    storm = storm_at(27.2, None)
    fresh = replace(storm.city.crews[0], id="night", shift_id="night", station_id="B")
    storm = replace(storm, city=replace(storm.city, crews=(*storm.city.crews, fresh)))
    after, _ = plan_for(storm, before)
    watches = [job for job in after.assignments if job.kind is JobKind.GUARD]
    for one, other in combinations([job for job in watches if job.end_at > storm.now], 2):
        is_beside = one.start_at < other.end_at and other.start_at < one.end_at
        assert one.segment_id != other.segment_id or not is_beside
