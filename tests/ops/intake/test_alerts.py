"""What comes in asks for a plan once: not for each of its doors, not for another place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ops.intake import alerts as intake
from ops.intake.areas import ELSEWHERE
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import DESK, NOW, make_alert
from weather.model import Action, Level

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(store):
    return Desk(store)


def kept(desk, *alerts, now=NOW):
    return intake.keep_alerts(desk.store, desk.drill, list(alerts), now)


def waiting(desk):
    return len(desk.store.triggers.pending(desk.drill.id))


def standing(desk, now=NOW):
    store = desk.store
    return intake.planned_for(
        store.weather.alerts(desk.drill.id), desk.drill, store.city().district, now
    )


def door(name, minutes, **changes):
    at = NOW + minutes * MINUTE
    return make_alert(
        issued_at=at, received_at=NOW, provider=name, provider_id=f"{name}-1", **changes
    )


@pytest.mark.parametrize(
    ("copies", "plans"),
    [
        ((door("cma", 4), door("qweather", -6)), 1),
        ((door("cma", 4, forecast_mm=None, forecast_hours=None),), 1),
        ((door("cma", 4, forecast_mm=80.0),), 2),
        ((door("cma", 4, hourly_mm=40.0),), 2),
        ((door("cma", 20),), 2),
    ],
)
def test_one_warning_by_several_doors_makes_one_plan(desk, copies, plans):
    kept(desk, door("text", 0))
    for copy in copies:
        kept(desk, copy)
    assert waiting(desk) == plans


def test_the_amount_that_a_later_door_brings_is_planned_on_and_never_lost(desk):
    kept(desk, door("text", 0, forecast_mm=None, forecast_hours=None))
    kept(desk, door("cma", 5, forecast_mm=80.0))
    kept(desk, door("qweather", 3, forecast_mm=None, forecast_hours=None))
    assert waiting(desk) == 2
    (alert,) = standing(desk)
    assert alert.forecast_mm == 80


OTHERS = make_alert(Level.RED, issuers=("东丰县气象台",), provider_id="others")


def test_a_warning_for_another_place_is_kept_and_plans_nothing_until_the_officer_says_so(desk):
    text = YELLOW.replace("龙山区、西安区", "东丰县")
    (alert,) = intake.understand(text, NOW, desk.store.city().district)
    assert ELSEWHERE in alert.doubts
    (taken,) = intake.take_alerts(desk.store, desk.drill, DESK, [alert], NOW)
    assert (taken.new, taken.elsewhere, taken.trigger) == (True, True, None)
    assert (standing(desk), waiting(desk)) == ((), 0)
    (taken,) = intake.take_alerts(desk.store, desk.drill, DESK, [alert], NOW, for_our_area=True)
    assert (taken.new, taken.elsewhere, waiting(desk)) == (True, False, 1)
    assert [one.level for one in standing(desk)] == [Level.YELLOW]


def test_a_lifting_of_what_was_taken_for_ours_is_news(desk):
    intake.take_alerts(desk.store, desk.drill, DESK, [OTHERS], NOW, for_our_area=True)
    assert waiting(desk) == 1
    later = NOW + 30 * MINUTE
    lifting = replace(
        OTHERS, provider_id="lifted", action=Action.CANCEL, issued_at=later, received_at=later
    )
    kept(desk, lifting, now=later)
    assert (standing(desk, later), waiting(desk)) == ((), 2)


def test_a_warning_dated_ahead_is_told_and_planned_on_when_it_begins(desk):
    ahead = door("text", 45)
    kept(desk, ahead)
    facts = (desk.store.weather.alerts(desk.drill.id), desk.drill, desk.store.city().district)
    assert (standing(desk), intake.coming(*facts, NOW)) == ((), (ahead,))
    assert intake.begun_causes(*facts, NOW, NOW + 44 * MINUTE) == ()
    (cause,) = intake.begun_causes(*facts, NOW, NOW + 46 * MINUTE)
    assert str(cause).startswith(intake.cause_of(ahead))
    assert intake.begun_causes(*facts, NOW + 46 * MINUTE, NOW + 47 * MINUTE) == ()
    assert intake.coming(*facts, NOW + 46 * MINUTE) == ()
