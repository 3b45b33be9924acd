"""What the loop does about a database that fails and a clock that steps."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from data.db.engine import writing
from data.model.operation import OperationKind, TriggerKind
from data.store.store import LEADER, DatabaseError, Store
from ops.base.json_logs import JsonLines
from ops.intake.operations import LOOP, is_alive
from ops.notifications.channels import ChannelSettings
from ops.runtime.planning_loop import LEASE_TTL, Loop
from ops.runtime.programs import program_of, that_run
from ops.runtime.scheduler import end_ticking, ticking
from ops.settings import Settings
from tests.helpers.clock import Clock
from tests.helpers.makers import NOW, both_databases, make_city, make_notice
from tests.helpers.processes.service import until


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def loop(store, clock) -> Loop:
    return Loop(store, Settings(), clock)


def test_the_desk_hears_within_seconds_of_a_database_that_was_taken_away(
    loop, clock, store, tmp_path, caplog
):
    loop.beat()
    (tmp_path / "xunban.db").rename(tmp_path / "gone.db")
    with caplog.at_level(logging.ERROR):
        for _ in range(4):
            clock.go(2)
            with pytest.raises(DatabaseError):
                loop.beat()
    said = [one.getMessage() for one in caplog.records]
    assert [one.partition(" ")[0] for one in said] == ["notify.database_fails"], "once"
    (tmp_path / "gone.db").rename(tmp_path / "xunban.db")
    clock.go(2)
    loop.beat()
    assert loop._failing_since is None


def test_a_tick_that_fails_is_logged_once_and_tells_no_values(loop, store, caplog, monkeypatch):
    who = "".join(["0437", "-555"])  # or the line of the test that fails would tell it

    def fail():
        with writing(store._engine) as connection:
            connection.execute(text("INSERT INTO nowhere VALUES (:who)"), {"who": who})

    monkeypatch.setattr(loop, "poll", fail)
    monkeypatch.setattr(loop, "clock", lambda: datetime.now(UTC))
    ticks = ticking(loop)
    ticks.start()
    until(lambda: caplog.records, "it is logged")
    end_ticking(ticks, loop)
    (one,) = (each for each in caplog.records if each.levelno >= logging.ERROR)
    assert one.getMessage() == "tick poll failed"
    assert "nowhere" in (told := JsonLines().format(one))
    assert "0437" not in told


@pytest.fixture
def real(store, clock):
    """A real operation with a plan, its loop, and time as nobody puts it."""
    store.replace_city(make_city())
    operation = store.operations.start(OperationKind.REAL, NOW, NOW)
    elapsed = [0.0]
    loop = Loop(store, Settings(), clock, monotonic=lambda: elapsed[0])

    def live(seconds: float) -> None:
        clock.go(seconds)
        elapsed[0] += seconds
        loop.beat()

    loop.beat()
    ask(store, operation, clock)
    assert loop.answer().number == 1
    return operation, loop, live


def ask(store, operation, clock) -> None:
    cause = f"manual:{clock.now.isoformat()}"
    store.triggers.request(operation.id, cause, TriggerKind.MANUAL, clock.now)


@pytest.mark.parametrize("step_s", [-5, -100, -3600, -86_400, 7200])
def test_planning_goes_on_at_once_when_the_clock_is_put_and_the_desk_is_told(
    real, store, clock, caplog, step_s
):
    operation, loop, live = real
    with caplog.at_level(logging.ERROR):
        clock.go(step_s)
        live(2)
        ask(store, operation, clock)
        loop.answer()
    assert store.triggers.pending(operation.id) == []
    said = [one.getMessage().partition(" ")[0] for one in caplog.records]
    key = "notify.clock_back" if step_s < 0 else "notify.clock_forward"
    assert said == ([key] if abs(step_s) > 5 else [])
    assert is_alive(store.leases.last_beat(LOOP), clock())


def test_a_dead_loop_looks_dead_whatever_the_clock_did(real, store, clock):
    _, _, live = real
    live(2)
    clock.go(-3600)
    assert not is_alive(store.leases.last_beat(LOOP), clock())


def test_notices_that_wait_for_a_time_by_the_old_clock_wait_as_long_as_they_were_to(
    real, store, clock
):
    operation, _, live = real
    late = replace(make_notice(operation.id), next_at=clock() + timedelta(minutes=5))
    due = replace(make_notice(operation.id), next_at=clock(), station_id="B")
    store.outbox.add([late, due])
    clock.go(-3600)
    live(2)
    waits = {one.station_id: one.next_at - clock() for one in store.outbox.notices(operation.id)}
    assert timedelta(minutes=4.9) < waits["A"] <= timedelta(minutes=5, seconds=2)
    assert waits["B"] <= timedelta(seconds=2)


def test_a_drills_clock_goes_on_from_where_it_was(store, clock):
    store.replace_city(make_city())
    elapsed = [0.0]
    loop = Loop(store, Settings(), clock, monotonic=lambda: elapsed[0])
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    loop.beat()
    clock.go(-3600 + 10)
    elapsed[0] += 10
    loop.beat()
    assert store.operations.current().now(clock()) - NOW == timedelta(seconds=10)
    assert store.operations.current().id == drill.id


@both_databases
@pytest.mark.parametrize("apart_s", [-86_400, -400, -130, -7, 0, 7, 130, 400, 86_400])
def test_two_servers_whose_clocks_are_apart_do_not_take_the_lead_from_each_other(
    store, store_url, apart_s
):
    """One beats every two seconds, the other looks in between, by clocks of their own."""
    other = Store(store_url)
    apart, tokens, leads = timedelta(seconds=apart_s), set(), []
    for second in range(0, 60, 2):
        at = NOW + timedelta(seconds=second)
        first = store.leases.acquire(LEADER, "first", at, LEASE_TTL)
        second_ = other.leases.acquire(
            LEADER, "second", at + timedelta(seconds=1) + apart, LEASE_TTL
        )
        tokens |= {first, second_} - {None}
        leads.append((first is not None, second_ is not None))
    assert len(tokens) <= 2, "at most once, when the second comes"
    assert all(sum(one) == 1 for one in leads[1:])
    who = "first" if leads[-1][0] else "second"
    survivor = other if who == "first" else store
    skew = apart if survivor is other else timedelta(0)
    waited = 60
    while (
        survivor.leases.acquire(
            LEADER, "survivor", NOW + skew + timedelta(seconds=waited), LEASE_TTL
        )
        is None
    ):
        waited += 1
    assert waited <= 60 + 8, "a dead leader is followed"
    other.close()


def test_a_lease_of_before_the_clock_was_put_back_keeps_nobody_waiting(store):
    assert store.leases.acquire(LEADER, "dead", NOW, LEASE_TTL)
    fresh, now, waited = Store(str(store._engine.url)), NOW - timedelta(days=400), 0
    while fresh.leases.acquire(LEADER, "new", now + timedelta(seconds=waited), LEASE_TTL) is None:
        waited += 1
    assert waited <= 6
    fresh.close()


def test_settings_that_change_count_from_the_next_notices_on(store, clock):
    channel = ChannelSettings(name="desk", kind="wecom", url="http://127.0.0.1/x", role="desk")
    found = [Settings()]
    loop = Loop(store, found[0], clock, reread=lambda: found[-1])
    before = loop._sender
    loop.renew()
    assert loop._sender is before, "nothing has changed"
    found.append(replace(Settings(), channels=(channel,)))
    loop.renew()
    assert [one.name for one in loop._sender._channels] == ["desk"]


@both_databases
def test_a_second_program_knows_who_leads_and_is_known_to_stand_by(store, clock):
    first, second = (Loop(store, Settings(), clock) for _ in range(2))
    names = [one._holder for one in (first, second)]

    def beat(*loops: Loop) -> None:
        clock.go(2)
        for one in loops:
            one.beat()

    beat(first, second)
    assert second.behind() is None, "the first may just have been killed"
    for _ in range(5):
        beat(first, second)
    assert first.behind() is None
    assert second.behind() == program_of(names[0])
    assert that_run(store, clock()) == (program_of(names[0]), (program_of(names[1]),))

    for _ in range(5):
        beat(second)
    assert second.behind() is None, "it leads now"
    assert that_run(store, clock()) == (program_of(names[1]), ())
    for _ in range(5):
        beat(second, first)
    first.stop()
    assert that_run(store, clock())[1] == (), "who ends well stands by no more"


@both_databases
def test_programs_that_died_while_they_stood_by_are_forgotten(store, clock):
    for number in range(3):
        store.leases.stand_by(LEADER, f"host:{number}:a_b", clock())
        clock.go(60)
    assert [one.pid for one in that_run(store, clock())[1]] == []
    clock.go(86_400)
    store.leases.stand_by(LEADER, "host:9:a_b", clock())
    assert store.leases.standing_by(LEADER, NOW) == [
        "host:0:a_b",
        "host:1:a_b",
        "host:2:a_b",
        "host:9:a_b",
    ]
    store.leases.stand_by_no_more(LEADER, "host:9:a_b")
    assert store.leases.standing_by(LEADER, NOW) == []


@pytest.mark.parametrize("name", [None, "", "host", "host:1", "host:x:a", "::"])
def test_a_name_of_no_program_is_none(name):
    assert program_of(name) is None
    assert str(program_of("a:b:12:ff")) == "a:b (12)"
