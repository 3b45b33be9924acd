"""Sending: at least once, within limits, through hours of silence, on both databases."""

import itertools
import random
import threading
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from data.db.sqlite import sqlite3
from data.model.field import EventKind, FieldEvent
from data.model.message import Message
from data.model.notice import NoticeState
from data.model.operation import OperationKind
from data.store.store import LEADER, DatabaseError, StalePlan
from ops.notifications.channels import ChannelSettings, DeliveryError
from ops.notifications.notices import GONE, NOWHERE, NotifySettings
from ops.notifications.sender import HOLD, Sender
from tests.helpers.makers import NOW, both_databases, make_city, make_notice, make_version

pytestmark = both_databases
MINUTE = timedelta(minutes=1)


class Line:
    """A channel that a test can cut; it knows what went through it and when."""

    def __init__(self, desk: "Desk", name: str = "group", **how):
        facts = {"name": name, "kind": "wecom", "url": "https://host/x", "drill": True}
        self.settings = ChannelSettings(**(facts | how))
        self.name, self.per_minute = name, self.settings.per_minute or 20
        self.tried: list[datetime] = []
        self.took: list[tuple[datetime, str]] = []
        self.down: DeliveryError | None = None
        self._desk = desk

    def parts(self, text: str) -> list[str]:
        return [text]

    def send(self, text: str, at: datetime, _call=None) -> None:
        assert at == self._desk.now
        self.tried.append(at)
        if self.down:
            raise self.down
        self.took.append((at, text))

    def numbers(self) -> list[str]:
        """The visible numbers of what it took."""
        return [text.partition("（通知")[2].partition("号")[0] for _, text in self.took]


class Desk:
    """A store with a drill, one channel and a sender, by a clock that the test turns."""

    def __init__(self, store):
        store.replace_city(make_city())
        self.store, self.now, self.version = store, NOW, 0
        self.drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
        self.token = store.leases.acquire(LEADER, "one", NOW, timedelta(days=1))
        self.line = Line(self)
        self.lines = [self.line]
        self.settings = NotifySettings(deputy_minutes=(0.0,) * 5, desk_minutes=(0.0,) * 5)
        self.sender = self.make_sender()

    def make_sender(self) -> Sender:
        return Sender(self.store, self.lines, self.settings, lambda: self.now)

    def publish(self, *stations: str, **how) -> None:
        self.version += 1
        self.store.plans.save(
            make_version(self.drill.id, self.version),
            [],
            self.now,
            notices=[
                make_notice(
                    self.drill.id,
                    self.version,
                    station,
                    created_at=self.now,
                    next_at=self.now,
                    **how,
                )
                for station in stations
            ],
        )

    def turn(self, **time) -> int:
        self.now += timedelta(**time)
        return self.sender.send_due(self.drill, self.token)

    def states(self) -> list[tuple[int, str, str]]:
        return [
            (one.version, one.station_id, str(one.state))
            for one in self.store.outbox.notices(self.drill.id)
        ]


@pytest.fixture
def desk(store):
    return Desk(store)


def test_what_is_due_goes_out_once(desk):
    desk.publish("A", "B")
    assert (desk.turn(), desk.turn(seconds=2)) == (2, 0)
    assert [
        (one.state, one.sent_at, one.attempts) for one in desk.store.outbox.notices(desk.drill.id)
    ] == [(NoticeState.SENT, NOW, 1)] * 2
    assert desk.line.took[0][1].startswith("【汛班·演练】甲站 第1版出勤单（通知1号）")


def test_what_waits_when_all_channels_were_taken_out_of_the_settings_is_said_to_be_undeliverable(
    desk,
):
    desk.lines.clear()
    desk.publish("A")
    assert desk.turn() == 0
    assert desk.states() == [(1, "A", "failed")]
    assert [one.last_error for one in desk.store.outbox.undelivered(desk.drill.id)] == [GONE]


def test_what_waits_for_a_channel_that_is_gone_goes_by_another_of_its_station(desk):
    desk.publish("A", "B", channel="gone")
    desk.lines[:] = [Line(desk, "new", stations=("A",)), Line(desk, "deputy", role="deputy")]
    desk.sender, desk.settings = desk.make_sender(), NotifySettings()
    assert desk.turn() == 1
    assert desk.lines[0].numbers() == ["1"]
    assert desk.turn(seconds=2) == 0, "a deputy is told where the settings say so"
    assert desk.states() == [(1, "A", "sent"), (1, "B", "failed")]
    desk.sender = desk.make_sender()  # started again with the time after which a deputy is told
    assert desk.turn(seconds=2) == 1
    assert desk.lines[1].numbers() == ["3"], "for B"
    desk.lines.append(Line(desk, "gone"))
    desk.sender = desk.make_sender()
    assert desk.turn(seconds=2) == 1, "its channel is back"
    assert desk.lines[2].numbers() == ["2"]


def test_one_that_another_channel_has_already_told_is_not_told_by_it_again(desk):
    desk.publish("A")
    desk.store.outbox.add([make_notice(desk.drill.id, channel="gone")])
    assert desk.turn() == 1
    assert desk.states() == [(1, "A", "sent"), (1, "A", "superseded")]


def test_what_had_no_channel_goes_out_once_there_is_one(desk):
    desk.publish("A", channel=NOWHERE, state=NoticeState.FAILED, last_error=Message("channel.none"))
    assert desk.turn() == 1
    assert desk.states() == [(1, "A", "sent")]


def test_channels_are_sent_to_side_by_side_each_in_order(desk):
    together = threading.Barrier(4, timeout=30)  # none of them gets on before all are being sent to
    desk.lines[:] = [Line(desk, f"line{number}", stations=(f"站{number}",)) for number in range(4)]
    for line in desk.lines:
        send = line.send
        line.send = lambda text, at, call=None, send=send: (together.wait(), send(text, at))[-1]
    for urgency in (3, 4):
        desk.publish()
        desk.store.outbox.add(
            [
                make_notice(
                    desk.drill.id, desk.version, f"站{number}", f"line{number}", urgency=urgency
                )
                for number in range(4)
            ]
        )
    assert desk.turn() == 8
    assert [line.numbers() for line in desk.lines] == [
        [str(5 + number), str(1 + number)] for number in range(4)
    ]


def test_a_drill_is_not_sent_where_drills_may_not(desk):
    desk.lines[:] = [Line(desk, drill=False)]
    desk.publish("A")
    assert desk.turn() == 0
    assert desk.lines[0].tried == []


def test_through_eight_hours_of_silence_no_order_in_force_is_lost_and_old_ones_collapse(desk):
    desk.line.down = DeliveryError("channel.http", status=500)
    chance = random.Random(8)
    last = {}
    for tick in range(8 * 60):
        if tick % 16 == 0:  # 30 versions, each changing some stations
            stations = chance.sample("AB", chance.randint(1, 2))
            desk.publish(*stations)
            last |= dict.fromkeys(stations, desk.version)
        assert desk.turn(minutes=1) == 0
    waiting = {
        (one.station_id, one.version) for one in desk.store.outbox.undelivered(desk.drill.id)
    }
    assert waiting == set(last.items())
    assert len(desk.line.tried) <= 8 * 60 / 2.5 + 10, (
        "a line that is down is left alone most of the time"
    )
    desk.line.down = None
    for _ in range(20):  # within ten minutes: the longest rest is five
        desk.turn(seconds=30)
    assert [state for _, _, state in desk.states() if state not in ("sent", "superseded")] == []
    sent = {
        (one.station_id, one.version)
        for one in desk.store.outbox.notices(desk.drill.id)
        if one.sent_at
    }
    assert sent == set(last.items())
    missed = [text.splitlines()[1] for _, text in desk.line.took]
    assert all(
        line.startswith("第") and line.endswith("的通知未能送达，以本版为准") for line in missed
    )


def test_a_minute_holds_no_more_than_the_channel_allows_whoever_sends(desk):
    for _ in range(3):
        desk.publish(*(f"站{number}" for number in range(30)), channel="group")
        for second in range(90):
            desk.turn(seconds=1)
            if second == 45:
                desk.sender = desk.make_sender()  # started again: it counts what went before
    times = [at for at, _ in desk.line.took]
    assert max(sum(at <= other < at + MINUTE for other in times) for at in times) == 20
    for _ in range(4):
        desk.turn(minutes=1)
    assert desk.store.outbox.undelivered(desk.drill.id) == []


def test_the_most_urgent_goes_first(desk):
    desk.publish("A")
    desk.store.outbox.add([make_notice(desk.drill.id, station_id="B", urgency=4)])
    desk.turn()
    assert desk.line.numbers() == ["2", "1"]


def test_one_that_died_between_sending_and_marking_is_sent_again_with_its_number(desk, monkeypatch):
    desk.publish("A")
    with monkeypatch.context() as patch:
        patch.setattr(
            desk.store.outbox, "mark_sent", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            desk.turn()
    assert desk.states() == [(1, "A", "claimed")]
    assert desk.turn(seconds=5) == 0, "the claim stands while its sender may live"
    desk.sender = desk.make_sender()  # another process, which has taken the lead
    desk.token = desk.store.leases.acquire(
        LEADER, "two", desk.now + timedelta(days=2), timedelta(days=1)
    )
    assert desk.turn(seconds=5) == 1
    assert desk.line.numbers() == ["1", "1"]
    assert "以一次为准" in desk.line.took[1][1]
    assert desk.states() == [(1, "A", "sent")]


def test_whichever_statement_fails_the_error_names_it_and_the_notice_still_goes_out(desk):
    left = [0]

    def fail(_connection, _cursor, statement, *_):
        left[0] -= 1
        if left[0] == 0:
            raise OperationalError(
                statement, None, sqlite3.OperationalError("database or disk is full")
            )

    event.listen(desk.store._engine, "before_cursor_execute", fail)
    for fault in itertools.count(1):
        desk.publish("A")
        left[0] = fault
        with suppress(DatabaseError):
            desk.turn()
            break  # it has fewer statements
        left[0] = 0
        desk.turn(seconds=HOLD.total_seconds())
        assert desk.states()[-1] == (fault, "A", "sent")
    left[0] = 0
    assert fault > 8, "every statement had its fault"
    repeats = Counter(desk.line.numbers())
    assert set(repeats) == {str(one.id) for one in desk.store.outbox.notices(desk.drill.id)}
    assert max(repeats.values()) == 2, "one that failed to be marked went again"


def test_a_claim_that_nobody_ends_ends_by_itself(desk, monkeypatch):
    desk.publish("A")
    with monkeypatch.context() as patch:
        patch.setattr(desk.line, "send", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            desk.turn()
    assert desk.turn(seconds=10) == 0
    assert desk.turn(seconds=HOLD.total_seconds()) == 1


def test_a_leader_that_slept_sends_nothing(desk):
    desk.publish("A")
    desk.store.leases.acquire(LEADER, "two", desk.now + timedelta(days=2), timedelta(days=1))
    with pytest.raises(StalePlan):
        desk.turn()
    assert desk.line.tried == []


def test_what_was_refused_for_good_waits_for_a_mended_setting_and_others_go_on(desk):
    desk.line.down = DeliveryError("channel.refused", lasting=True, errcode=93000)
    desk.publish("A")
    desk.turn()
    assert desk.states() == [(1, "A", "failed")]
    assert desk.store.outbox.undelivered(desk.drill.id)[0].last_error == Message(
        "channel.refused", {"errcode": 93000}
    )
    desk.line.down = None
    desk.store.outbox.add([make_notice(desk.drill.id, station_id="B")])
    assert desk.turn(seconds=2) == 1, "the other one does not wait"
    assert desk.turn(seconds=2) == 0
    desk.sender = desk.make_sender()  # the setting is mended and the program started again
    assert desk.turn(seconds=2) == 1
    assert desk.states() == [(1, "A", "sent"), (1, "B", "sent")]


def test_what_no_channel_carries_stays_failed_whoever_leads(desk):
    desk.lines[:] = [Line(desk, stations=("B",))]
    desk.publish("A", channel=NOWHERE, state=NoticeState.FAILED, last_error=Message("channel.none"))
    desk.turn()
    assert desk.states() == [(1, "A", "failed")]


def test_what_the_other_side_asks_to_wait_is_waited(desk):
    desk.line.down = DeliveryError("channel.http", wait_s=120.0, status=429)
    desk.publish("A")
    desk.turn()
    desk.line.down = None
    assert desk.turn(seconds=119) == 0
    assert desk.turn(seconds=2) == 1


def test_once_stopped_nothing_more_goes_out_and_what_was_not_sent_is_still_due(desk):
    desk.publish("A", "B")
    send = desk.line.send

    def stop_and_send(text: str, at: datetime, _call=None) -> None:
        desk.sender.stop()
        send(text, at)

    desk.line.send = stop_and_send
    assert desk.turn() == 1
    assert desk.turn(seconds=2) == 0
    assert desk.states() == [(1, "A", "sent"), (1, "B", "pending")]


def test_a_line_that_is_down_holds_up_no_other(desk):
    other = Line(desk, "mail")
    desk.lines.append(other)
    desk.line.down = DeliveryError("channel.late", seconds=10)
    desk.publish("A")
    desk.store.outbox.add([make_notice(desk.drill.id, channel="mail")])
    assert desk.turn() == 1
    assert Counter(one.state for one in desk.store.outbox.notices(desk.drill.id)) == {
        "pending": 1,
        "sent": 1,
    }


def test_a_clock_put_back_an_hour_or_a_day_loses_nothing(desk):
    desk.line.down = DeliveryError("channel.late", seconds=10)
    desk.publish("A")
    desk.turn(days=1)
    desk.line.down = None
    assert desk.turn(hours=-12) == 1
    assert desk.states() == [(1, "A", "sent")]


def test_what_nobody_confirms_is_passed_on_once_and_stops_when_confirmed(desk):
    deputy, board = Line(desk, "deputy", role="deputy"), Line(desk, "desk", role="desk")
    desk.lines += [deputy, board]
    desk.settings = NotifySettings()
    desk.sender = desk.make_sender()
    desk.publish("A", urgency=3)
    desk.turn()
    for _ in range(3):
        desk.turn(minutes=4)
    assert (len(desk.line.took), len(deputy.took), len(board.took)) == (1, 1, 0)
    for _ in range(3):
        desk.turn(minutes=4)
    assert (len(deputy.took), len(board.took)) == (1, 1)
    desk.publish("A", urgency=3)
    desk.turn()
    desk.store.field.save_event(
        FieldEvent(
            operation_id=desk.drill.id,
            event_id="1",
            version=2,
            station_id="A",
            kind=EventKind.ACCEPT,
            server_at=desk.now,
            by="站长",
        )
    )
    desk.turn(minutes=60)
    assert (len(desk.line.took), len(deputy.took), len(board.took)) == (2, 1, 1)


LATE = Message("case.is_open", {"number": 7})


@pytest.mark.parametrize("crash", [False, True])
def test_what_the_desk_is_told_outlives_who_told_it_and_a_channel_that_is_down(desk, crash):
    calls = Line(desk, "calls", role="desk")
    other = Line(desk, "other", role="desk")
    secret = Line(desk, "secret", role="desk", drill=False)
    desk.lines += [calls, other, secret]
    desk.publish("A")
    calls.down = DeliveryError("channel.late")
    sender = desk.make_sender()
    assert sender.tell_desk(desk.drill, LATE, desk.now, desk.token, "case:7") == 2
    if crash:  # between telling and noting: the next leader tells it once more
        desk.token = desk.store.leases.acquire(LEADER, "two", NOW + timedelta(days=2), MINUTE)
        sender = desk.make_sender()
        assert sender.tell_desk(desk.drill, LATE, desk.now, desk.token, "case:7") == 0
    sender.send_due(desk.drill, desk.token)
    calls.down = None
    for _ in range(3):
        desk.now += timedelta(minutes=6)
        sender.send_due(desk.drill, desk.token)
    assert [len(line.took) for line in (calls, other, secret)] == [1, 1, 0]
    assert calls.took[0][1].startswith("【汛班·演练】"), "no drill is taken for real"
    assert len(desk.line.took) == 1, "nobody passes it on or repeats it to a station"


def test_a_message_whose_channel_is_gone_is_told_by_the_desks_others_once(desk):
    gone, kept = Line(desk, "gone", role="desk"), Line(desk, "kept", role="desk")
    desk.lines = [gone]
    desk.make_sender().tell_desk(desk.drill, LATE, desk.now, desk.token)
    desk.lines = [kept]
    sender = desk.make_sender()
    sender.tell_desk(desk.drill, LATE, desk.now, desk.token)
    for _ in range(2):
        sender.send_due(desk.drill, desk.token)
    assert len(kept.took) == 1
    assert desk.store.outbox.desk_messages(desk.drill.id, open_only=True) == []
