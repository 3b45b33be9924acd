"""Reserves that are called: from the plan that calls them to their tap that they leave."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.city import City
from data.model.field import EventKind, FieldEvent
from data.model.plan import JobKind
from ops.analytics.history import read_history
from ops.analytics.reserve_calls import reserve_calls
from ops.auth.permissions import CONSOLE
from ops.base.messages import LANGUAGES, Translator
from ops.documents.workload_tables import reserve_table
from ops.field.calls.incidents import IncidentReport, report
from ops.field.reports import Report, take_report
from ops.intake.response_level import order_level
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import NOW, make_assignment, make_city, make_version

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UNIT = "A1day@2022-07-08"


def job(job_id: str, kind: JobKind, start, end, unit: str = UNIT):
    one = make_assignment(job_id, unit)
    member = replace(one.members[0], leave_at=start - 5 * MINUTE)
    return replace(one, kind=kind, start_at=start, end_at=end, members=(member,), station_id="A")


STANDBY = job("reserve:A:0808T08", JobKind.RESERVE, NOW, NOW + 2 * HOUR)
CALL = job("incident:1", JobKind.GUARD, NOW + HOUR, NOW + 2 * HOUR)


def versions(*later):
    first = make_version(1, assignments=(STANDBY,))
    second = make_version(1, number=2, assignments=later)
    return (
        replace(first, published_at=NOW),
        replace(second, published_at=NOW + 30 * MINUTE),
    )


def tap(kind: EventKind, minutes: float, unit: str | None = None) -> FieldEvent:
    return FieldEvent(
        operation_id=1,
        event_id=f"tap-{minutes}",
        version=2,
        station_id="A",
        kind=kind,
        job_id=CALL.job_id,
        unit_id=unit,
        server_at=NOW + minutes * MINUTE,
        by="甲",
    )


@pytest.mark.parametrize(
    ("taps", "minutes"),
    [
        ((), None),
        ((tap(EventKind.DEPART, 37),), 7),
        ((tap(EventKind.ARRIVE, 45),), 15),
        ((tap(EventKind.ARRIVE, 45), tap(EventKind.DEPART, 37)), 7),
        ((tap(EventKind.DEPART, 20),), None),  # before it was called
        ((tap(EventKind.DEPART, 37, "B1day@2022-07-08"),), None),  # another of the team
        ((tap(EventKind.ACCEPT, 33),), None),
    ],
)
def test_a_reserve_is_timed_from_the_call_to_its_tap(taps, minutes):
    (call,) = reserve_calls(versions(STANDBY, CALL), taps)
    assert call.called_at == NOW + 30 * MINUTE
    assert call.reaction == (None if minutes is None else minutes * MINUTE)


def test_what_is_no_call_is_not_timed():
    after_it = job("clear:S1", JobKind.CLEAR, NOW + 3 * HOUR, NOW + 4 * HOUR)
    assert not reserve_calls(versions(STANDBY, after_it), ())  # its standby had ended
    others = job("incident:1", JobKind.GUARD, NOW + HOUR, NOW + 2 * HOUR, "B1day@2022-07-08")
    assert not reserve_calls(versions(STANDBY, others), ())
    known = replace(versions()[0], assignments=(STANDBY, CALL))
    assert not reserve_calls((known, versions(STANDBY, CALL)[1]), ())


def test_a_drill_calls_the_reserve_and_times_it(store):
    """One crew at each station and a level that keeps it there; then a tree falls."""
    desk = Desk(store, seconds=1)
    city = _small(make_city())
    store.replace_city(city)
    try:
        order_level(store, desk.drill, CONSOLE, "IV", desk.now)
        desk.paste(YELLOW)
        desk.loop.answer()
        told = IncidentReport(
            kind="fallen_tree", by="热线", source="desk", reported_at=desk.now, segment_id="S2"
        )
        desk.wait(minutes=70)
        standing = store.plans.current(desk.drill.id)
        by = [one for one in standing.assignments if one.kind is JobKind.RESERVE]
        assert any(one.start_at <= desk.now < one.end_at for one in by)
        report(store, desk.drill, CONSOLE, replace(told, reported_at=desk.now), desk.now)
        version = desk.loop.answer()
        calls = reserve_calls(_published(desk), ())
        assert calls
        call = calls[0]
        desk.wait(minutes=6)
        leaves = Report(
            event_id="tap-00001",
            version=version.number,
            station_id=call.station_id,
            kind=EventKind.DEPART,
            job_id=call.job_id,
        )
        take_report(store, desk.drill, CONSOLE, leaves, desk.now)
        (timed, *_) = reserve_calls(_published(desk), store.field.events(desk.drill.id))
    finally:
        desk.loop.stop()
    assert timed.reaction == 6 * MINUTE
    for lang in LANGUAGES:
        table = reserve_table([timed], city, 10.0, Translator.of_city(lang, city))
        assert table.rows[0][-2] == 6.0


def _small(city: City) -> City:
    """No low point, no key road, one crew at each station: whoever is there stands by."""
    roads = tuple(replace(one, guard=False, low_lying=False) for one in city.segments)
    crews = tuple(one for one in city.crews if one.size == 3)
    return replace(city, segments=roads, inlets=(), blockages=(), crews=crews)


def _published(desk: Desk):
    return read_history(desk.store, desk.drill, (), ()).published
