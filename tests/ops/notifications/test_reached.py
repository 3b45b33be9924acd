"""Calls until reached: by the desk's tick, by a gateway that calls, and who was not."""

import hashlib
import hmac
import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.field import EventKind
from data.model.notice import NoticeState
from ops.auth.permissions import CONSOLE
from ops.base.errors import Invalid
from ops.notifications.channels import Channel, ChannelSettings, DeliveryError
from ops.notifications.notices import NotifySettings, call_of, notices_for, repeated
from ops.notifications.reached import (
    call_answered,
    contacts,
    needed_versions,
    reach_record,
    station_reaches,
    told_by_phone,
)
from ops.notifications.sender import GATEWAY, Sender
from ops.notifications.webhook import Call
from tests.helpers.makers import NOW, make_city, make_station_phones
from tests.helpers.processes.robots import cut, robot
from tests.helpers.progress import VERSION

MINUTE = timedelta(minutes=1)
SECRET = "call me"


def gateway(url: str, **more) -> Channel:
    settings = ChannelSettings(
        name="voice", kind="webhook", url=url, secret=SECRET, drill=True, **more
    )
    return Channel(settings, {}, timeout_s=0.5)


@pytest.fixture
def plan(store, drill):
    """A plan in force with a notice for each of its stations, to go by voice."""
    city = make_station_phones(make_city())
    store.replace_city(city)
    version = replace(VERSION, operation_id=drill.id)
    settings = (gateway("http://127.0.0.1:1/").settings,)
    notices = notices_for(None, version, city, settings, "red", NOW, NotifySettings())
    store.plans.save(version, [], NOW)
    token = store.leases.acquire("leader", "me", NOW, timedelta(hours=1))
    store.outbox.add([one for one in notices if one.station_id == "A"], token)
    return city, token


class Desk:
    """A sender whose clock is put by hand."""

    def __init__(self, store, drill, channel, token):
        self.at, self.store, self.drill, self.token = NOW, store, drill, token
        self.sender = Sender(store, [channel], NotifySettings(), lambda: self.at, lambda _: None)

    def turn(self, minutes: float = 0.0) -> int:
        self.at += minutes * MINUTE
        return self.sender.send_due(self.drill, self.token)

    @property
    def notice(self):
        return self.store.outbox.notices(self.drill.id)[0]


def test_a_gateway_is_posted_whom_to_call_signed_and_the_same_key_until_it_took_it(
    store, drill, plan
):
    with robot() as voice:
        desk = Desk(store, drill, gateway(voice.url), plan[1])
        voice.answers = [(503, {}), cut]
        for _ in range(3):
            desk.turn(10)
        assert desk.notice.state is NoticeState.SENT
        keys = {post["key"] for post in voice.posts}
        assert (len(voice.posts), len(keys)) == (3, 1), "a call that may have been made is the same"
        post = voice.posts[-1]
        station = plan[0].station_by_id["A"]
        assert post["to"] == [{"role": "chief", "name": station.chief, "phone": station.phone}]
        assert (post["station"]["id"], post["urgency"], post["drill"]) == ("A", 4, True)
        head, sent = voice.heads[-1], voice.bodies[-1]
        stamp = head["X-Xunban-Timestamp"]
        signed = hmac.digest(SECRET.encode(), f"{stamp}.".encode() + sent, hashlib.sha256).hex()
        assert head["X-Xunban-Signature"] == f"sha256={signed}"
        assert head["Idempotency-Key"] == post["key"]


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        ((200, {"code": 0}), NoticeState.SENT, None),
        ((202, {"code": 0}), NoticeState.SENT, None),
        ((200, {"code": 7}), NoticeState.FAILED, "channel.refused"),
        ((403, {}), NoticeState.FAILED, "channel.http"),
        ((503, {}), NoticeState.PENDING, "channel.http"),
        ((200, b"[]"), NoticeState.PENDING, "channel.unreadable"),
        (lambda _: time.sleep(0.8), NoticeState.PENDING, "channel.late"),
        (cut, NoticeState.PENDING, "channel.unreachable"),
    ],
    ids=["taken", "queued", "refused", "forbidden", "busy", "odd", "slow", "cut"],
)
def test_what_a_gateway_answers(store, drill, plan, answer, state, code):
    with robot() as voice:
        desk = Desk(store, drill, gateway(voice.url), plan[1])
        voice.answers = [answer]
        desk.turn()
        error = desk.notice.last_error
        assert (desk.notice.state, error and error.code) == (state, code)


def test_a_gateway_that_is_down_is_tried_again(store, drill, plan):
    with robot() as voice:
        url = voice.url
    desk = Desk(store, drill, gateway(url), plan[1])
    desk.turn()
    assert desk.notice.last_error.code == "channel.unreachable"
    assert SECRET not in str(desk.notice)


def test_it_calls_again_until_somebody_is_reached_and_so_often_at_most(store, drill, plan):
    with robot() as voice:
        desk = Desk(store, drill, gateway(voice.url), plan[1])
        desk.turn()
        assert desk.turn(4) == 0, "red: each five minutes"
        assert desk.turn(1.1) == 1
        assert len({post["key"] for post in voice.posts}) == 2, "another call has another key"
        assert "第2次" in voice.posts[-1]["text"]
        voice.good = (200, {"code": 0, "reached": {"by": "王站长"}})
        desk.turn(5.1)
        assert desk.notice.state is NoticeState.ACKNOWLEDGED
        assert desk.turn(60) == 0
        (event,) = store.field.events(drill.id)
        assert (event.kind, event.told_by, event.by) == (EventKind.TOLD, "王站长", "voice")
    most = replace(desk.notice, state=NoticeState.SENT, attempts=7)
    assert repeated([most], NOW + timedelta(hours=9), NotifySettings()) == ()


def test_the_desk_s_tick_ends_the_calls_and_accepts_nothing(store, drill, plan):
    city, _ = plan
    assert told_by_phone(store, drill, CONSOLE, "A", "李副站长", NOW + MINUTE)
    assert not told_by_phone(store, drill, CONSOLE, "A", "李副站长", NOW + MINUTE), "the same call"
    with pytest.raises(Invalid):
        told_by_phone(store, drill, CONSOLE, "A", "  ", NOW + MINUTE)
    notices, events = store.outbox.notices(drill.id), store.field.events(drill.id)
    assert notices[0].state is NoticeState.ACKNOWLEDGED
    assert notices[0].acknowledged_by == "李副站长"
    version = store.plans.current(drill.id)
    found = contacts(notices, events)
    first, *others = station_reaches(found, needed_versions(version, notices, city), city)
    assert first.reached is None
    reached = next(one for one in others if one.station_id == "A").reached
    assert (reached.who, reached.way, reached.by) == ("李副站长", "phone", CONSOLE.name)


def test_a_word_about_an_older_version_is_no_answer_to_the_newer_one(store, drill, plan):
    city, _ = plan
    told_by_phone(store, drill, CONSOLE, "A", "李副站长", NOW + MINUTE)
    (notice,) = store.outbox.notices(drill.id)
    newer = replace(notice, id=None, version=2, state=NoticeState.PENDING, acknowledged_at=None)
    found = contacts([notice], store.field.events(drill.id))
    needed = needed_versions(VERSION, [notice, newer], city)
    by_station = {one.station_id: one for one in station_reaches(found, needed, city)}
    assert by_station["A"].reached is None


def test_a_call_that_is_answered_after_a_newer_version_says_nothing_of_that_one(store, drill, plan):
    _city, token = plan
    with robot() as voice:
        desk = Desk(store, drill, gateway(voice.url), token)

        def talks_meanwhile(handler):
            newer = replace(store.plans.current(drill.id), number=2)
            store.plans.save(newer, [], NOW)
            store.outbox.add([replace(desk.notice, id=None, version=2)], token)
            body = json.dumps({"code": 0, "reached": {"by": "王站长"}}).encode()
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        voice.answers = [talks_meanwhile]
        desk.turn()
    (event,) = store.field.events(drill.id)
    assert event.version == 1
    last = store.outbox.notices(drill.id)[-1]
    assert (last.version, last.acknowledged_at) == (2, None)


@pytest.mark.parametrize("step", [0, 1, 2])
def test_who_is_reached_of_the_desk_says_nothing_of_the_station(store, drill, plan, step):
    (notice,) = store.outbox.notices(drill.id)
    told = replace(notice, step=step)
    new = call_answered(store, drill, GATEWAY, told, "甲", NOW, "1")
    assert new is (step < 2) is bool(store.field.events(drill.id))


def test_the_record_tells_of_each_order_who_was_reached_and_who_was_not(store, drill, plan):
    city, _ = plan
    told_by_phone(store, drill, CONSOLE, "A", "李副站长", NOW + MINUTE)
    (notice,) = store.outbox.notices(drill.id)
    sent = replace(notice, sent_at=NOW, acknowledged_at=None)
    first = replace(VERSION, published_at=NOW)
    same = replace(first, number=2, published_at=NOW + 2 * MINUTE)
    dropped = replace(same, number=3, published_at=NOW + 3 * MINUTE, assignments=())
    record = reach_record((first, same, dropped), [sent], store.field.events(drill.id), city)
    own = [one for one in record if one.station_id == "A"]
    assert [(one.version, one.tries, one.reached is not None) for one in own] == [
        (1, 1, True),
        (3, 0, False),
    ], "a version that changes nothing of theirs asks nobody"
    assert (own[0].reached.who, own[0].reached.way) == ("李副站长", "phone")


def test_numbers_of_the_settings_go_before_the_station_s(plan):
    with robot() as voice:
        gateway(voice.url, phones=("10086", "10010")).send("x", NOW, Call(key="1", phone="119"))
        assert [one["phone"] for one in voice.posts[0]["to"]] == ["10086", "10010"]
        gateway(voice.url).send("x", NOW)
        assert voice.posts[1]["to"] == []


def test_a_notice_to_the_desk_calls_no_station(store, drill, plan):
    (notice,) = store.outbox.notices(drill.id)
    assert call_of(replace(notice, step=2), plan[0], drill=True).phone == ""
    with pytest.raises(DeliveryError):
        gateway("ftp://x/").send("x", NOW)
