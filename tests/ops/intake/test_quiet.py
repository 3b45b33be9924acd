"""A new forecast asks for a plan where the plan stands on other rain, and is quiet else."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from data.model.operation import Operation
from data.store.leases import LEADER
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.intake.alerts import planned_for, take_alerts, take_forecast, use_best
from ops.intake.operations import begin_real
from ops.risk.rain_outlook import outlook
from tests.helpers.makers import (
    HOUR,
    NOW,
    local,
    make_alert,
    make_city,
    make_forecast,
    make_version,
)
from weather.model import Action, Level

QUARTER = timedelta(minutes=15)


@pytest.fixture
def real(store: Store) -> Operation:
    store.replace_city(make_city())
    return begin_real(store, NOW)


class Desk:
    """Plans at once whatever asks for a plan, as the loop does; counts the versions."""

    def __init__(self, store: Store, real: Operation):
        self.store, self.real, self.versions = store, real, 0
        self.token = store.leases.acquire(LEADER, "test", NOW, timedelta(days=9))

    def hears(self, mm_by_hour: dict[int, float], at, provider: str = "test") -> bool:
        """A forecast comes; whether it was planned on."""
        series = replace(make_forecast(mm_by_hour, at), provider=provider)
        take_forecast(
            self.store, self.real, series, at, rank=1 if provider == "best" else 50, stale=2 * HOUR
        )
        return self.plans(at)

    def warned(self, alert, at) -> bool:
        take_alerts(self.store, self.real, CONSOLE, [alert], at)
        return self.plans(at)

    def plans(self, at) -> bool:
        use_best(self.store, self.real, at)
        waiting = self.store.triggers.pending(self.real.id)
        if not waiting:
            return False
        current = self.store.plans.current(self.real.id)
        alerts = planned_for(self.store.weather.alerts(self.real.id), self.real, None, at)
        rain = outlook(
            self.store.weather.latest_forecast(self.real.id, at),
            alerts,
            current.rain if current else None,
            at,
        )
        self.versions += 1
        version = make_version(self.real.id, self.versions, made_at=at, rain=rain, published_at=at)
        self.store.plans.save(version, [each.id for each in waiting], at, self.token)
        return True


@pytest.fixture
def desk(store: Store, real: Operation) -> Desk:
    return Desk(store, real)


def test_dry_forecasts_that_change_nothing_make_no_versions(desk):
    assert desk.hears({}, NOW)
    drizzle = random.Random(1)
    for turn in range(1, 40):
        mm = {hour: drizzle.choice([0, 0.1, 0.4, 0.9]) for hour in range(8, 48)}
        assert not desk.hears(mm, NOW + turn * QUARTER)
    assert desk.versions == 1


@pytest.mark.parametrize("seed", range(20))
def test_runs_that_swing_by_a_quarter_are_told_twice_at_most(desk, seed):
    """A storm of 17 h to 20 h, heard of from 8:20 to 13 h."""
    swing = random.Random(seed)
    for turn in range(10):
        factor = swing.uniform(0.75, 1.25)
        storm = {17: 8 * factor, 18: 20 * factor, 19: 12 * factor}
        desk.hears(storm, NOW + turn * timedelta(minutes=30))
    assert desk.versions <= 2


def test_small_steps_add_up(desk):
    """Each step is too small to matter; the tenth stands far from what the plan stands on."""
    planned_on = []
    for turn in range(20):
        mm = 20 * 1.03**turn
        if desk.hears({18: mm}, NOW + turn * timedelta(minutes=5)):
            planned_on.append(mm)
    assert 1 < len(planned_on) < 6
    steps = [after / before for before, after in pairwise(planned_on)]
    assert all(1.3 < step < 1.4 for step in steps)
    assert 20 * 1.03**19 / planned_on[-1] < 1.34


@pytest.mark.parametrize(
    ("mm_by_hour", "asks"),
    [
        ({10: 20.0, 11: 10.0}, False),  # as planned
        ({10: 21.0, 11: 10.5}, False),
        ({10: 24.0, 11: 10.0}, True),  # more
        ({10: 17.0, 11: 18.0}, True),  # no heavier hour, more in all
        ({10: 26.0, 11: 5.0}, True),  # a heavier hour
        ({9: 4.0, 10: 20.0, 11: 10.0}, True),  # sooner
        ({9: 20.0, 10: 10.0}, True),
        ({10: 20.0, 11: 10.0, 12: 2.0}, False),  # its end is far off still
        ({10: 20.0, 11: 10.0, 12: 2.0, 13: 2.0}, True),  # longer
        ({10: 16.0, 11: 8.0}, False),  # a little less
        ({10: 8.0, 11: 4.0}, True),  # much less
        ({12: 20.0, 13: 10.0}, True),  # later
        ({}, True),  # gone
        ({10: 20.0, 11: 10.0, 30: 25.0}, True),  # another storm
        ({10: 20.0, 11: 10.0, 30: 1.2}, False),  # a shower tomorrow may wait
    ],
)
def test_rain_that_is_near_is_planned_on_where_it_differs(desk, mm_by_hour, asks):
    desk.hears({10: 20.0, 11: 10.0}, NOW)
    assert desk.hears(mm_by_hour, NOW + QUARTER) is asks


@pytest.mark.parametrize(
    ("mm_by_hour", "asks"),
    [
        ({18: 25.0, 19: 12.0}, False),  # a quarter more
        ({18: 40.0, 19: 20.0}, True),
        ({17: 20.0, 18: 10.0}, False),
        ({15: 20.0, 16: 10.0}, True),
        ({18: 3.0}, False),  # much less: the graver stands
        ({}, False),
        ({18: 20.0, 19: 10.0, 9: 2.0}, True),  # and a shower that is near
    ],
)
def test_rain_that_is_far_off_may_wait(desk, mm_by_hour, asks):
    desk.hears({18: 20.0, 19: 10.0}, NOW)
    assert desk.hears(mm_by_hour, NOW + QUARTER) is asks


def test_what_waited_while_far_off_is_planned_on_when_it_is_near(desk):
    desk.hears({18: 20.0}, NOW)
    assert not desk.hears({18: 4.0}, NOW + QUARTER)
    assert not desk.plans(local(14))
    desk.hears({18: 4.0}, local(14.5))
    assert desk.plans(local(15)) or desk.versions == 2
    assert desk.store.plans.current(desk.real.id).rain.total_mm == 4


def test_a_forecast_that_comes_back_is_planned_on_again(desk):
    a, b = {10: 30.0}, {13: 12.0}
    assert [desk.hears(mm, NOW + n * QUARTER) for n, mm in enumerate((a, b, a, a, b))] == [
        True,
        True,
        True,
        False,
        True,
    ]


def test_the_best_source_is_planned_on_again_when_it_returns(desk):
    assert desk.hears({10: 30.0}, NOW, "best")
    assert not desk.hears({13: 8.0}, NOW + QUARTER, "other")
    late = NOW + 2.5 * HOUR
    assert desk.hears({13: 8.0}, late, "other"), "the best is stale"
    assert desk.store.plans.current(desk.real.id).rain.provider == "other"
    assert desk.hears({11: 30.0}, late + QUARTER, "best")
    assert desk.store.plans.current(desk.real.id).rain.provider == "best"


def test_a_plan_on_a_stale_forecast_is_made_anew_when_there_is_a_fresh_one(desk):
    desk.hears({14: 30.0}, NOW)
    late = NOW + 3 * HOUR
    desk.warned(make_alert(issued_at=late), late)
    assert desk.store.plans.current(desk.real.id).rain.stale_provider == "test"
    assert desk.hears({14: 30.0}, late + QUARTER)


def test_a_forecast_beside_a_graver_warning_is_quiet(desk):
    desk.warned(make_alert(Level.RED, forecast_hours=3.0, forecast_mm=100.0), NOW)
    desk.hears({}, NOW)
    assert not desk.hears({30: 1.0}, NOW + QUARTER)
    assert not desk.hears({30: 1.2, 31: 0.4}, NOW + 2 * QUARTER)


def test_an_upgrade_always_plans(desk):
    desk.hears({18: 10.0}, NOW)
    for n, level in enumerate(Level):
        at = NOW + n * QUARTER
        action = Action.UPGRADE if n else Action.ISSUE
        assert desk.warned(make_alert(level, issued_at=at, action=action), at)


def test_rain_of_a_plan_s_first_day_is_not_news_beyond_its_horizon(desk):
    """A plan knows 48 hours; what lies beyond waits until it is a day away."""
    desk.hears({18: 20.0}, NOW)
    assert not desk.plans(NOW + 4 * HOUR)
