"""The store: what is kept comes back as it was, and half a fact is never kept."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, insert, update
from sqlalchemy.exc import IntegrityError, OperationalError

from data.db import engine, schema
from data.db.engine import writing
from data.db.sqlite import sqlite3
from data.model.message import Message
from data.model.operation import OperationKind, TriggerKind
from data.model.roster import RosterDay, Rotation
from data.store.store import LEADER, DatabaseError, NoCity, OperationOpen, StalePlan, Store
from tests.helpers.makers import (
    HOUR,
    NOW,
    WHY,
    both_databases,
    make_alert,
    make_assignment,
    make_city,
    make_forecast,
    make_notice,
    make_version,
)
from weather.model import Health, Level, SourceError, SourceHealth

pytestmark = both_databases
pytestmark = both_databases


# --- the city ---


def test_an_empty_database_has_no_city(store):
    assert store.is_empty()
    with pytest.raises(NoCity):
        store.city()


def test_the_city_comes_back_as_it_was(store, city):
    store.replace_city(city)
    assert not store.is_empty()
    assert store.city() == city


def test_rosters_and_rotations_come_back_in_their_order(store):
    city = make_city()
    crew, driver = city.crews[0], city.drivers[0]
    city = replace(
        city,
        crews=(replace(crew, rotation_id="R", seniors=2, vehicles=1), *city.crews[1:]),
        rotations=(Rotation(id="R", pattern=("day", "off"), anchor=date(2022, 7, 1)),),
        roster=(
            RosterDay(day=date(2022, 7, 8), driver_id=driver.id, duty="leave"),
            RosterDay(day=date(2022, 7, 8), crew_id=crew.id, swap_with=city.crews[1].id),
        ),
    )
    store.replace_city(city)
    assert store.city() == city


def test_replacing_the_city_leaves_nothing_of_the_old_one_and_every_plan(store, city, drill):
    store.replace_city(city)
    store.plans.save(make_version(drill.id), [], NOW)
    store.replace_city(make_city())
    assert store.city() == make_city()
    assert store.plans.current(drill.id) == make_version(drill.id)


def test_a_city_that_breaks_a_rule_half_way_changes_nothing(store, city):
    store.replace_city(city)
    broken = replace(
        city,
        drivers=(*city.drivers, replace(city.drivers[0], id="R99", machine_id="no such machine")),
    )
    with pytest.raises(IntegrityError):
        store.replace_city(broken)
    assert store.city() == city


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("segments", {"importance": 6}),
        ("segments", {"station_id": "?"}),
        ("crews", {"size": 0}),
        ("crews", {"shift_id": "?"}),
        ("inlets", {"position": (200.0, 0.0)}),
        ("machines", {"capacity": -1.0}),
        ("blockages", {"inlet_id": "?"}),
        ("blockages", {"cleared_at": datetime(1999, 1, 1, tzinfo=UTC)}),
        ("shifts", {"break_minutes": 481}),
        ("stations", {"id": "ST2"}),
    ],
)
def test_the_database_itself_keeps_the_rules(store, city, part, change):
    things = getattr(city, part)
    with pytest.raises(IntegrityError):
        store.replace_city(replace(city, **{part: (replace(things[0], **change), *things[1:])}))
    assert store.is_empty()


# --- operations ---


def test_the_real_operation_comes_before_the_drill(store, drill):
    assert store.operations.current() == drill
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    assert store.operations.current() == real
    assert store.operations.get(OperationKind.DRILL) == drill
    store.operations.end(real.id, NOW + HOUR)
    assert store.operations.current() == drill


def test_one_operation_of_a_kind_is_open_at_a_time(store, drill):
    with pytest.raises(OperationOpen) as caught:
        store.operations.start(OperationKind.DRILL, NOW, NOW)
    assert (caught.value.code, caught.value.facts) == ("store.operation_open", {"kind": "drill"})
    store.operations.end(drill.id, NOW)
    assert store.operations.current() is None
    assert store.operations.start(OperationKind.DRILL, NOW, NOW).id != drill.id


def test_an_ended_operation_stays_as_it_ended(store, drill):
    store.operations.end(drill.id, NOW)
    store.operations.end(drill.id, NOW + HOUR)
    store.operations.set_clock(drill.id, NOW + HOUR, NOW + HOUR)
    with engine.reading(store._engine) as connection:
        row = connection.execute(schema.operations.select()).one()
    assert (row.ended_at, row.clock_at) == (NOW, NOW)


def test_a_drill_clock_is_put_on(store, drill):
    store.operations.set_clock(drill.id, NOW + HOUR, NOW + 2 * HOUR)
    assert store.operations.get(OperationKind.DRILL).now(NOW + 3 * HOUR) == NOW + 2 * HOUR


# --- weather ---


def test_an_alert_is_kept_once_and_comes_back_exactly(store, drill):
    first = make_alert(
        polygons=(((125.1, 42.9), (125.2, 42.9), (125.2, 43.0)),),
        circles=((125.1, 42.9, 3.5),),
        areas=("龙山区",),
        expires_at=NOW.astimezone(timezone(8 * HOUR)),
        doubts=("doubt.x",),
        confidence=0.75,
    )
    later = make_alert(Level.RED, NOW + HOUR)
    assert store.weather.save_alerts(
        drill.id, [later, first, replace(first, provider="other", received_at=NOW + HOUR)]
    ) == [True, True, False]
    assert store.weather.save_alerts(drill.id, [first]) == [False]
    assert store.weather.alerts(drill.id) == [first, later]
    assert store.weather.alerts(drill.id)[0].expires_at.tzinfo is UTC


def test_an_alert_and_its_cause_are_one_fact(store, drill):
    alert = make_alert()
    for _ in range(2):
        store.weather.save_alerts(drill.id, [alert], {alert.digest: "alert:1"}, NOW + HOUR)
    assert [
        (one.cause, one.kind, one.requested_at) for one in store.triggers.pending(drill.id)
    ] == [("alert:1", TriggerKind.ALERT, NOW + HOUR)]


def test_an_alert_is_not_kept_when_its_cause_cannot_be(store, drill):
    alert = make_alert()
    with pytest.raises(Exception, match="time zone"):
        store.weather.save_alerts(
            drill.id, [alert], {alert.digest: "alert:1"}, datetime(2022, 7, 8)
        )
    assert store.weather.alerts(drill.id) == []
    assert store.weather.save_alerts(drill.id, [alert]) == [True]


def test_nothing_is_kept_for_an_operation_that_is_not(store):
    with pytest.raises(IntegrityError):
        store.weather.save_alerts(7, [make_alert()])


def test_the_same_forecast_again_is_only_fresher(store, drill):
    first, dry = make_forecast({11: 5.25}), make_forecast({}, NOW - HOUR)
    assert store.weather.latest_forecast(drill.id) is None
    assert store.weather.save_forecast(drill.id, first, "forecast:1")
    assert store.weather.save_forecast(drill.id, dry, "forecast:2")
    assert not store.weather.save_forecast(
        drill.id, replace(first, fetched_at=NOW + HOUR), "forecast:1"
    )
    assert not store.weather.save_forecast(
        drill.id, replace(first, fetched_at=NOW - HOUR), "forecast:1"
    )
    fresh = NOW + HOUR
    stale_at = fresh + timedelta(hours=6)  # what a feed without an age of its own is given
    assert store.weather.latest_forecast(drill.id) == replace(
        first, fetched_at=fresh, stale_at=stale_at
    )
    assert [one.kind for one in store.triggers.pending(drill.id)] == [TriggerKind.FORECAST] * 2


def test_a_source_is_as_it_was_last_tried(store):
    good = SourceHealth(provider="open-meteo", state=Health.OK, tried_at=NOW, good_at=NOW)
    error = SourceError(code="fetch.status", facts={"status": 503}, retry_after_s=60)
    bad = replace(good, state=Health.FAILED, tried_at=NOW + HOUR, error=error)
    store.weather.save_health(good)
    store.weather.save_health(bad)
    assert store.weather.healths() == {"open-meteo": bad}


def test_an_error_that_an_earlier_release_kept_as_text_is_shown_as_it_stands(store):
    store.weather.save_health(
        SourceHealth(provider="om", state=Health.FAILED, tried_at=NOW, error=SourceError(code="x"))
    )
    old = "fetch.status (host=h, retry_after_s=99999)"
    with writing(store._engine) as connection:
        connection.execute(update(schema.healths).values(error=old))
    assert store.weather.healths()["om"].error == SourceError(code=old)


# --- causes and versions ---


def test_a_cause_is_asked_once_in_its_operation(store, drill):
    asked, new = store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, NOW)
    again, not_new = store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, NOW + HOUR)
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    assert (new, not_new, asked == again, asked.requested_at) == (True, False, True, NOW)
    assert store.triggers.request(real.id, "manual:1", TriggerKind.MANUAL, NOW)[1]
    assert store.triggers.get(drill.id, "manual:1") == asked
    assert store.triggers.get(drill.id, "manual:2") is None
    assert store.triggers.pending(drill.id) == [asked]


def test_a_cause_can_be_settled_as_it_is_asked(store, drill):
    trigger, _ = store.triggers.request(drill.id, "alert:over", TriggerKind.ALERT, NOW, WHY)
    assert (trigger.settled_at, trigger.answered_by, trigger.outcome) == (NOW, None, WHY)
    assert store.triggers.pending(drill.id) == []


def test_a_settled_cause_stays_settled(store, drill):
    trigger, _ = store.triggers.request(drill.id, "alert:1", TriggerKind.ALERT, NOW)
    assert store.triggers.settle([trigger.id], NOW, WHY) == 1
    assert store.triggers.settle([trigger.id], NOW + HOUR, Message("other")) == 0
    assert store.triggers.get(drill.id, "alert:1").outcome == WHY


def test_a_version_comes_back_as_it_was_and_answers_its_causes(store, drill):
    trigger, _ = store.triggers.request(drill.id, "alert:1", TriggerKind.ALERT, NOW)
    assert store.plans.current(drill.id) is None
    store.plans.save(make_version(drill.id), [trigger.id], NOW + HOUR)
    assert (
        store.plans.current(drill.id) == store.plans.version(drill.id, 1) == make_version(drill.id)
    )
    answered = store.triggers.get(drill.id, "alert:1")
    assert (answered.settled_at, answered.answered_by) == (NOW + HOUR, 1)
    assert store.plans.version(drill.id, 2) is None


def test_versions_in_short_are_in_order(store, drill):
    for number in (1, 2, 3):
        store.plans.save(make_version(drill.id, number, fallback=number == 2), [], NOW)
    assert [
        (line.number, line.made_at, line.causes, line.fallback)
        for line in store.plans.versions(drill.id)
    ] == [
        (1, NOW, ("alert:1",), False),
        (2, NOW, ("alert:1",), True),
        (3, NOW, ("alert:1",), False),
    ]
    assert [line.state for line in store.plans.versions(drill.id)] == [
        "superseded",
        "superseded",
        "published",
    ]
    assert store.plans.current(drill.id).number == 3


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_version_that_is_not_the_next_one_is_stale(store, drill, number):
    store.plans.save(make_version(drill.id), [], NOW)
    with pytest.raises(StalePlan) as caught:
        store.plans.save(make_version(drill.id, number), [], NOW)
    assert caught.value.code == "plan.stale_number"
    assert len(store.plans.versions(drill.id)) == 1


def test_a_cause_is_answered_by_one_version(store, drill):
    trigger, _ = store.triggers.request(drill.id, "alert:1", TriggerKind.ALERT, NOW)
    store.plans.save(make_version(drill.id), [trigger.id], NOW)
    with pytest.raises(StalePlan) as caught:
        store.plans.save(make_version(drill.id, 2), [trigger.id], NOW)
    assert caught.value.code == "plan.stale_cause"
    assert store.plans.current(drill.id).number == 1


def test_a_version_that_stands_answers_further_causes_and_says_so(store, drill):
    store.plans.save(make_version(drill.id), [], NOW)
    trigger, _ = store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, NOW)
    store.plans.confirm(drill.id, 1, [trigger.id], NOW + HOUR, WHY)
    answered = store.triggers.get(drill.id, "manual:1")
    assert (answered.settled_at, answered.answered_by, answered.outcome) == (NOW + HOUR, 1, WHY)
    assert len(store.plans.versions(drill.id)) == 1


@pytest.mark.parametrize(
    ("number", "token", "causes", "code"),
    [
        (1, None, 1, "plan.stale_number"),
        (2, 10**6, 1, None),
        (2, None, 2, "plan.stale_cause"),
    ],
)
def test_what_can_not_answer_leaves_the_cause_waiting(store, drill, number, token, causes, code):
    """A newer version, another leader, or a cause that was answered meanwhile: all or nothing."""
    for each in (1, 2):
        store.plans.save(make_version(drill.id, each), [], NOW)
    waits, _ = store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, NOW)
    known, _ = store.triggers.request(drill.id, "manual:2", TriggerKind.MANUAL, NOW)
    store.triggers.settle([known.id], NOW, WHY)
    ids = [waits.id, known.id][:causes]
    with pytest.raises(StalePlan) as caught:
        store.plans.confirm(drill.id, number, ids, NOW, WHY, token)
    assert code in (None, caught.value.code)
    assert store.triggers.pending(drill.id) == [waits]


def test_a_version_with_a_bad_part_leaves_no_part(store, drill):
    trigger, _ = store.triggers.request(drill.id, "alert:1", TriggerKind.ALERT, NOW)
    twice = (make_assignment("one", "C01@2022-07-08"), make_assignment("one", "C02@2022-07-08"))
    with pytest.raises(IntegrityError):
        store.plans.save(make_version(drill.id, assignments=twice), [trigger.id], NOW)
    assert store.plans.versions(drill.id) == []
    assert store.triggers.pending(drill.id) == [trigger]


def test_two_writers_race_and_one_version_wins(store, drill):
    trigger, _ = store.triggers.request(drill.id, "alert:1", TriggerKind.ALERT, NOW)
    url, start = store._engine.url.render_as_string(), threading.Barrier(8)

    def publish(_: int) -> bool:
        mine = Store(url)
        start.wait()
        try:
            mine.plans.save(make_version(drill.id), [trigger.id], NOW)
        except StalePlan:
            return False
        finally:
            mine.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(publish, range(8))) == [False] * 7 + [True]


def test_many_threads_ask_for_one_cause_and_one_is_new(store, drill):
    with ThreadPoolExecutor(8) as pool:
        new = [
            one
            for _, one in pool.map(
                lambda _: store.triggers.request(drill.id, "alert:1", TriggerKind.ALERT, NOW),
                range(64),
            )
        ]
    assert sum(new) == 1
    assert len(store.triggers.all(drill.id)) == 1


# --- leases and settings ---


def test_a_lease_is_held_by_one_until_it_ends(store):
    ttl = timedelta(seconds=15)
    first = store.leases.acquire(LEADER, "one", NOW, ttl)
    assert store.leases.acquire(LEADER, "two", NOW + ttl - timedelta(microseconds=1), ttl) is None
    assert store.leases.acquire(LEADER, "one", NOW + ttl / 2, ttl) == first
    assert store.leases.acquire(LEADER, "two", NOW + ttl, ttl) is None, "it was kept for longer"
    assert store.leases.acquire(LEADER, "one", NOW + 2 * ttl, ttl) == first, (
        "late, but nobody else took it"
    )
    second = store.leases.acquire(LEADER, "two", NOW + 3 * ttl, ttl)
    assert second > first
    assert store.leases.acquire(LEADER, "one", NOW + 3 * ttl, ttl) is None
    assert store.leases.acquire(LEADER, "one", NOW + 4 * ttl, ttl) > second, (
        "an old token never counts again"
    )


def test_a_lease_taken_before_the_clock_was_put_back_holds_nobody_up(store):
    ttl = timedelta(seconds=6)
    ahead = store.leases.acquire(LEADER, "one", NOW + timedelta(hours=10), ttl)
    assert store.leases.acquire(LEADER, "two", NOW, ttl) is None, "it may live, by another clock"
    assert store.leases.acquire(LEADER, "two", NOW + ttl, ttl) > ahead
    assert store.leases.acquire(LEADER, "three", NOW - timedelta(minutes=1), ttl) is None, (
        "clocks differ"
    )


def test_a_lease_let_go_is_free_at_once(store):
    first = store.leases.acquire(LEADER, "one", NOW, HOUR)
    store.leases.release(LEADER, first)
    second = store.leases.acquire(LEADER, "two", NOW, HOUR)
    assert second > first
    store.leases.release(LEADER, first)
    assert store.leases.acquire(LEADER, "one", NOW, HOUR) is None


def test_a_writer_that_slept_through_its_lease_writes_nothing(store, drill):
    trigger, _ = store.triggers.request(drill.id, "alert:1", TriggerKind.ALERT, NOW)
    old = store.leases.acquire(LEADER, "one", NOW, HOUR)
    new = store.leases.acquire(LEADER, "two", NOW + HOUR, HOUR)
    with pytest.raises(StalePlan, match="stale_token"):
        store.plans.save(make_version(drill.id), [trigger.id], NOW, old)
    with pytest.raises(StalePlan, match="stale_token"):
        store.triggers.settle([trigger.id], NOW, WHY, old)
    assert store.triggers.pending(drill.id) == [trigger]
    store.plans.save(make_version(drill.id), [trigger.id], NOW, new)


def test_a_token_of_a_lease_that_never_was_is_refused(store, drill):
    with pytest.raises(StalePlan):
        store.plans.save(make_version(drill.id), [], NOW, 1)


def test_many_ask_for_a_lease_and_one_has_it(store):
    with ThreadPoolExecutor(8) as pool:
        tokens = list(
            pool.map(lambda one: store.leases.acquire(LEADER, str(one), NOW, HOUR), range(32))
        )
    assert sorted(tokens, key=bool) == [None] * 31 + [1]


def test_a_heartbeat_is_the_last_one_that_came_whatever_the_clock_did(store):
    assert store.leases.last_beat("ops") is None
    for at in (NOW, NOW + HOUR, NOW):
        store.leases.beat("ops", at)
    assert store.leases.last_beat("ops") == NOW


@pytest.mark.parametrize("value", [None, 0, "", [], {"提前": [1, 2.5, None, True]}, "值"])
def test_a_setting_comes_back(store, value):
    assert store.settings.get("x", "default") == "default"
    store.settings.save("x", 1)
    store.settings.save("x", value)
    assert store.settings.get("x", "default") == value


# --- the database underneath ---


def test_naive_instants_are_refused(store):
    with pytest.raises(Exception, match="time zone"):
        store.leases.beat("ops", datetime(2022, 7, 8))


def test_any_write_that_fails_leaves_nothing_of_its_fact(store, drill):
    """Every statement of a publication fails in turn, as a full disk makes it fail."""
    trigger, _ = store.triggers.request(drill.id, "alert:1", TriggerKind.ALERT, NOW)
    left = [0]  # statements until the fault

    def fail(_connection, _cursor, statement, *_):
        left[0] -= 1
        if left[0] == 0:
            raise OperationalError(
                statement, None, sqlite3.OperationalError("database or disk is full")
            )

    event.listen(store._engine, "before_cursor_execute", fail)
    for fault in itertools.count(1):
        left[0] = fault
        with suppress(DatabaseError):
            store.plans.save(
                make_version(drill.id), [trigger.id], NOW, notices=[make_notice(drill.id)]
            )
            break  # it has fewer statements
        left[0] = 0
        assert store.plans.versions(drill.id) == []
        assert store.outbox.notices(drill.id) == []
        assert store.triggers.pending(drill.id) == [trigger]
    left[0] = 0
    assert fault > 10, "every statement had its fault"
    assert store.plans.current(drill.id) == make_version(drill.id)
    assert [notice.version for notice in store.outbox.notices(drill.id)] == [1]


def test_what_is_read_in_one_question_is_of_one_moment(store, city):
    """A reader in the middle of a question sees the old city as a whole while another one replaces
    it.
    """
    store.replace_city(city)
    with engine.reading(store._engine) as connection:
        before = connection.execute(schema.crews.select()).all()
        done = threading.Thread(target=store.replace_city, args=(make_city(),))
        done.start()
        assert len(connection.execute(schema.blockages.select()).all()) == len(city.blockages)
    done.join()
    assert len(before) == len(city.crews)
    assert store.city() == make_city()


def test_a_database_holds_one_district(store, city):
    store.replace_city(city)
    with pytest.raises(IntegrityError), engine.writing(store._engine) as connection:
        connection.execute(
            insert(schema.district).values(
                adcode="2", name="二", time_zone="UTC", outline=[], sample=False, source=""
            )
        )
    assert store.city() == city


def test_outlines_are_the_versions_without_their_sentences(store, drill):
    for number in (1, 2, 3):
        store.plans.save(
            make_version(
                drill.id,
                number,
                assignments=(make_assignment("b", "C02@d", "C01@d"), make_assignment("a", "C03@d")),
            ),
            [],
            NOW,
        )
    whole = [store.plans.version(drill.id, number) for number in (1, 2, 3)]
    bare = [
        replace(
            one,
            changes=(),
            left_out=(),
            rests=(),
            problem="",
            plan="",
            assignments=tuple(replace(work, why=()) for work in one.assignments),
            risks=tuple(replace(risk, why=(), inlet_ids=()) for risk in one.risks),
        )
        for one in whole
    ]
    assert store.plans.outlines(drill.id) == bare
    assert store.plans.outlines(drill.id, 3) == bare[2:]
    assert store.plans.outlines(drill.id, 4) == []
