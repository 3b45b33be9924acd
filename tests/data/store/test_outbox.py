"""The outbox: claimed once, sent at least once, superseded by what is newer, fenced; on both
databases.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from data.model.message import Message
from data.model.notice import NoticeState
from data.store.store import LEADER, StalePlan
from tests.helpers.makers import HOUR, NOW, both_databases, make_notice, make_version

pytestmark = both_databases
HOLD = timedelta(minutes=1)


@pytest.fixture
def outbox_store(store, drill):
    """A store with version 1 published and a notice of it to station A, another to B."""
    store.plans.save(
        make_version(drill.id),
        [],
        NOW,
        notices=[make_notice(drill.id), make_notice(drill.id, station_id="B", urgency=3)],
    )
    return store


def states(store, drill) -> list[tuple[int, str, str]]:
    return [(one.version, one.station_id, str(one.state)) for one in store.outbox.notices(drill.id)]


def claim(store, drill, now=NOW, most=10, **how):
    return store.outbox.claim(drill.id, "group", now, HOLD, most, **how)


def test_a_notice_comes_back_as_it_was_with_a_number(outbox_store, drill):
    first, second = outbox_store.outbox.notices(drill.id)
    assert replace(first, id=None) == make_notice(drill.id)
    assert second.id == first.id + 1
    assert outbox_store.outbox.notices(drill.id, version=2) == []


def test_what_is_due_is_claimed_once_and_the_most_urgent_first(outbox_store, drill):
    assert [(one.station_id, one.attempts, one.state) for one in claim(outbox_store, drill)] == [
        ("B", 1, NoticeState.CLAIMED),
        ("A", 1, NoticeState.CLAIMED),
    ]
    assert claim(outbox_store, drill) == []
    assert outbox_store.outbox.claim(drill.id, "another", NOW, HOLD, 10) == []


def test_many_claim_and_each_notice_has_one_sender(outbox_store, drill):
    with ThreadPoolExecutor(6) as pool:
        taken = [
            one.id
            for some in pool.map(lambda _: claim(outbox_store, drill, most=1), range(12))
            for one in some
        ]
    assert sorted(taken) == [one.id for one in outbox_store.outbox.notices(drill.id)]


def test_a_claim_of_a_sender_that_died_is_taken_over_and_its_mark_counts_no_longer(
    outbox_store, drill
):
    (slow, *_) = claim(outbox_store, drill)
    assert claim(outbox_store, drill, NOW + HOLD - timedelta(seconds=1)) == []
    (again, *_) = claim(outbox_store, drill, NOW + HOLD)
    assert (again.id, again.attempts) == (slow.id, 2)
    assert not outbox_store.outbox.mark_sent(slow, NOW + HOLD)
    assert not outbox_store.outbox.mark_unsent(slow, Message("late"), NOW + HOLD)
    assert outbox_store.outbox.mark_sent(again, NOW + HOLD)
    assert [one.state for one in outbox_store.outbox.notices(drill.id)] == [
        NoticeState.CLAIMED,
        NoticeState.SENT,
    ]


@pytest.mark.parametrize(
    ("failed", "state"), [(False, NoticeState.PENDING), (True, NoticeState.FAILED)]
)
def test_what_was_not_sent_is_due_again_later(outbox_store, drill, failed, state):
    (taken, *_) = claim(outbox_store, drill, most=1)
    assert outbox_store.outbox.mark_unsent(
        taken, Message("channel.refused", {"errcode": 93000}), NOW + HOUR, failed
    )
    kept = next(one for one in outbox_store.outbox.undelivered(drill.id) if one.id == taken.id)
    assert (kept.state, kept.last_error) == (state, Message("channel.refused", {"errcode": 93000}))
    assert taken.id not in {one.id for one in claim(outbox_store, drill, NOW)}
    assert taken.id in {one.id for one in claim(outbox_store, drill, NOW + HOUR)}


def test_a_newer_version_supersedes_what_its_stations_were_not_told(outbox_store, drill):
    b, a = claim(outbox_store, drill)
    outbox_store.outbox.mark_sent(b, NOW)
    outbox_store.plans.save(make_version(drill.id, 2), [], NOW, notices=[make_notice(drill.id, 2)])
    assert states(outbox_store, drill) == [
        (1, "A", "superseded"),
        (1, "B", "sent"),
        (2, "A", "pending"),
    ]
    assert not outbox_store.outbox.mark_unsent(a, Message("late"), NOW), "its claim ended with it"
    newest = outbox_store.outbox.notices(drill.id, version=2)[0]
    assert outbox_store.outbox.missed_versions(newest) == (1,)
    assert outbox_store.outbox.mark_sent(a, NOW), "it went out all the same, which is kept"
    assert states(outbox_store, drill)[0] == (1, "A", "superseded")
    assert outbox_store.outbox.missed_versions(newest) == ()


def test_all_that_was_missed_since_the_last_one_told_is_known(outbox_store, drill):
    for taken in claim(outbox_store, drill):
        outbox_store.outbox.mark_sent(taken, NOW)
    for number in (2, 3, 4):
        outbox_store.plans.save(
            make_version(drill.id, number), [], NOW, notices=[make_notice(drill.id, number)]
        )
    assert outbox_store.outbox.missed_versions(
        outbox_store.outbox.notices(drill.id, version=4)[0]
    ) == (2, 3)


def test_a_station_is_told_once_of_a_version_by_each_channel_and_step(outbox_store, drill):
    more = [
        make_notice(drill.id),
        make_notice(drill.id, step=1),
        make_notice(drill.id, channel="mail"),
    ]
    assert outbox_store.outbox.add(more) == [False, True, True]
    assert outbox_store.outbox.add(more) == [False, False, False]
    assert len(outbox_store.outbox.unanswered(drill.id)) == 4
    with pytest.raises(IntegrityError):
        outbox_store.plans.save(
            make_version(drill.id, 2), [], NOW, notices=[make_notice(drill.id, 2)] * 2
        )
    assert outbox_store.plans.newest_number(drill.id) == 1


def test_a_notice_needs_its_version(store, drill):
    with pytest.raises(IntegrityError):
        store.outbox.add([make_notice(drill.id)])


def test_a_leader_that_slept_claims_and_adds_nothing(outbox_store, drill):
    old = outbox_store.leases.acquire(LEADER, "one", NOW, HOUR)
    new = outbox_store.leases.acquire(LEADER, "two", NOW + HOUR, HOUR)
    with pytest.raises(StalePlan):
        claim(outbox_store, drill, token=old)
    with pytest.raises(StalePlan):
        outbox_store.outbox.add([make_notice(drill.id, step=1)], old)
    with pytest.raises(StalePlan):
        outbox_store.plans.save(
            make_version(drill.id, 2), [], NOW, old, notices=[make_notice(drill.id, 2)]
        )
    assert states(outbox_store, drill) == [(1, "A", "pending"), (1, "B", "pending")]
    assert len(claim(outbox_store, drill, token=new)) == 2


def test_what_a_channel_took_lately_is_counted(outbox_store, drill):
    outbox_store.outbox.tell_desk(drill.id, "x", Message("case.is_open"), ["group"], NOW)
    assert outbox_store.outbox.waiting(drill.id) == 3
    for taken in (*claim(outbox_store, drill), *claim(outbox_store, drill)):
        outbox_store.outbox.mark_sent(taken, NOW)
    assert outbox_store.outbox.waiting(drill.id) == 0
    assert outbox_store.outbox.sent_since(drill.id, "group", NOW - HOLD) == 3
    assert outbox_store.outbox.sent_since(drill.id, "group", NOW) == 0
    assert outbox_store.outbox.sent_since(drill.id, "mail", NOW - HOLD) == 0


def test_an_error_that_an_earlier_release_wrote_as_text_keeps_its_code(store, drill):
    store.plans.save(make_version(drill.id), [], NOW, notices=[make_notice(drill.id)])
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notices SET last_error = 'channel.http (status=500)'")
    (notice,) = store.outbox.notices(drill.id)
    assert notice.last_error == Message("channel.http")
