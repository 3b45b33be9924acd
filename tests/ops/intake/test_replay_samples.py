"""The replays of the collection: what each plan stands on, and that no source calls off another."""

import json
from datetime import datetime, timedelta

import pytest

from ops.auth.permissions import CONSOLE
from ops.intake.operations import start_drill
from ops.intake.replay import recordings, take
from ops.replanning.request import PlanningRequest, planning_request
from ops.risk.rain_outlook import outlook
from ops.settings import Settings
from tests.helpers.makers import local, make_city
from tests.helpers.paths import SHARED
from weather.notices.text import BEIJING
from weather.providers import open_meteo

REPLAYS = SHARED / "weather-samples/replays"
TODAY = local(24)


@pytest.fixture
def asked(store):
    """What a plan is asked for after a replay."""
    if not REPLAYS.exists():
        pytest.skip(f"the replays are not here: {REPLAYS}")

    def replay(name: str) -> PlanningRequest:
        store.replace_city(make_city())
        records = recordings(REPLAYS / name, BEIJING)
        drill = start_drill(store, CONSOLE, records[0].at, records[0].at)
        for record in records:
            take(store, drill, record)
        return planning_request(store, drill, records[-1].at, Settings())

    return replay


def earliest(request: PlanningRequest) -> datetime | None:
    return min((start for start, _ in request.storm.rain.storms), default=None)


@pytest.mark.parametrize("wet", ["one_wet_hour_tomorrow", "no_wet_hour", "1mm_now"])
def test_a_red_warning_is_planned_on_today_whatever_a_forecast_says(asked, wet):
    request = asked(f"red_warning_and_{wet}")
    rain, now = request.storm.rain, request.storm.now
    assert rain.amounts(now, now + timedelta(hours=4))[0] >= 99
    assert earliest(request) < TODAY
    assert {task.segment_id for task in request.own_tasks if task.kind == "guard"}


def test_a_wet_hour_tomorrow_moves_no_post_of_today(asked):
    dry, wet = (
        {
            (task.id, task.spans[0][0])
            for task in asked(f"red_warning_and_{name}").own_tasks
            if task.kind in ("guard", "pump") and task.spans[0][0] < TODAY
        }
        for name in ("no_wet_hour", "one_wet_hour_tomorrow")
    )
    assert dry
    assert dry <= wet


def test_drizzle_now_hides_no_storm_later(asked):
    drizzle, alone = asked("drizzle_now_storm_at_13"), asked("storm_at_13_alone")
    assert drizzle.storm.rain.total_mm >= alone.storm.rain.total_mm >= 50
    assert len(drizzle.own_tasks) >= len(alone.own_tasks)


def test_members_that_agree_on_the_amount_and_not_on_the_hour_are_no_dry_day():
    path = REPLAYS / "ensemble_all_agree.json"
    if not path.exists():
        pytest.skip(f"the replays are not here: {path}")
    hours = json.loads(path.read_text())["hourly"]
    amounts = [sum(mm for mm in column if mm) for name, column in hours.items() if name != "time"]
    now = datetime.fromisoformat(hours["time"][0]).replace(tzinfo=BEIJING)
    rain = outlook(open_meteo.parse(path.read_bytes(), now), (), None, now)
    assert rain.total_mm >= sorted(amounts)[len(amounts) // 2]
