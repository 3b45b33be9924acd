"""What came while the clock was wrong hides nothing of what came before, meanwhile and since."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.db.engine import reading
from data.model.field import EventKind, FieldEvent, Incident
from data.store.field import Field
from data.store.weather import _newest_of_each
from tests.helpers.makers import NOW, make_alert, make_version
from weather.model import RainSeries, RainStep

WRONG = [timedelta(days=400), timedelta(days=-20_000)]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.mark.parametrize("wrong", WRONG)
def test_taps_stay_in_sight(store, drill, wrong):
    store.plans.save(make_version(drill.id), [], NOW)
    seen = []
    for number, at in enumerate([NOW, NOW + wrong, NOW + MINUTE]):
        tap = FieldEvent(
            operation_id=drill.id,
            event_id=f"tap-{number:05d}",
            version=1,
            station_id="A",
            kind=EventKind.ACCEPT,
            server_at=at,
            by="x",
        )
        store.field.save_event(tap)
        seen.append([one.event_id[-1] for one in store.field.events(drill.id)])
    assert seen[2] == ["0", "1", "2"]
    anew = Field(store._engine).events(drill.id)
    assert [one.event_id for one in anew] == ["tap-00000", "tap-00001", "tap-00002"]


@pytest.mark.parametrize("wrong", WRONG)
def test_warnings_stay_in_force(store, drill, wrong):
    for number, at in enumerate([NOW, NOW + wrong, NOW + MINUTE]):
        store.weather.save_alerts(
            drill.id, [make_alert(issued_at=NOW + number * MINUTE, received_at=at)]
        )
    assert len(store.weather.alerts(drill.id)) == 3


def test_a_matter_closed_in_the_future_hides_none_closed_today(store, drill):
    for number, at in enumerate([NOW, NOW + WRONG[0], NOW + MINUTE]):
        call, _ = store.field.report_incident(
            Incident(
                operation_id=drill.id,
                kind="other",
                segment_id="S1",
                source="crew",
                external_id=str(number),
                reported_at=NOW,
                received_at=NOW,
                by="x",
                text="",
            )
        )
        store.field.close_incident(call.id, "x", at)
    assert len(store.field.incidents(drill.id)) == 3


def _rain(mm: float, at) -> RainSeries:
    step = RainStep(start=NOW, end=NOW + 60 * MINUTE, mm=mm)
    return RainSeries(provider="test", fetched_at=at, steps=(step,))


@pytest.mark.parametrize(("again", "mm"), [("another", 3.0), ("the same", 9.0), ("confirmed", 5.0)])
def test_a_forecast_fetched_in_the_future_is_not_the_newest(store, drill, again, mm):
    """Else the rain of today would for days be that of the hour when the clock was wrong."""
    ahead = NOW + 2 * DAY
    for series in (_rain(5.0, NOW - MINUTE), _rain(9.0, ahead)):
        store.weather.save_forecast(drill.id, series)
    if again == "confirmed":
        store.weather.confirm_forecast(drill.id, "test", NOW)
    else:
        store.weather.save_forecast(drill.id, _rain(mm, NOW), at=NOW)
    found = store.weather.latest_forecast(drill.id, NOW + MINUTE)
    assert (found.fetched_at, found.steps[0].mm) == (NOW, mm)


def test_forecasts_of_years_are_not_read(store, drill):
    old = [_rain(number / 10, NOW - timedelta(hours=number)) for number in range(2, 700)]
    for series in (*old, replace(_rain(1.0, NOW - 300 * DAY), provider="silent")):
        store.weather.save_forecast(drill.id, series)
    with reading(store._engine) as connection:
        rows = _newest_of_each(connection, drill.id, NOW)
    assert [row.provider for row in rows] == ["test"]
    assert store.weather.latest_forecast(drill.id, NOW + 90 * DAY).steps[0].mm == 0.2
