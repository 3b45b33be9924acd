"""Where a job stands: the same however the taps arrive, and what was agreed holds only for what was
agreed to.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from data.model.field import EventKind, FieldEvent
from ops.field.progress import Progress, Stage, as_delayed, own_jobs, progress
from tests.helpers.makers import HOUR, NOW
from tests.helpers.progress import CITY, JOB, UNIT, VERSION


def tap(
    kind: str, event_id: str = "", job_id: str | None = JOB.job_id, minute: int = 0, **changes
) -> FieldEvent:
    event = {
        "operation_id": 1,
        "event_id": event_id or f"{kind}-{minute}",
        "version": 1,
        "station_id": "A",
        "kind": EventKind(kind),
        "job_id": job_id,
        "device_at": NOW + timedelta(minutes=minute),
        "server_at": NOW + 2 * HOUR,
        "by": "站长",
        "reason": "缺人" if kind == "refuse" else None,
    }
    return FieldEvent(**(event | changes))


def stage(*events, version=VERSION, **earlier) -> Stage:
    return progress(events, version, CITY, {1: VERSION})[JOB.job_id].stage


taps = some.lists(
    some.builds(
        lambda kind, minute, whole: tap(
            kind, f"{kind}-{minute}-{whole}", None if whole else JOB.job_id, minute
        ),
        some.sampled_from([kind.value for kind in EventKind]),
        some.integers(0, 5),
        some.booleans(),
    ),
    max_size=8,
)


@given(taps, some.randoms())
def test_neither_the_order_nor_a_repeat_of_taps_matters(events, chance):
    shuffled = [*events, *events[:3]]
    chance.shuffle(shuffled)
    assert progress(shuffled, VERSION, CITY) == progress(events, VERSION, CITY)


@given(taps)
def test_what_is_done_stays_done_unless_it_is_reopened(events):
    kinds = {event.kind for event in events if event.job_id}
    if EventKind.CLEAR in kinds and EventKind.REOPEN not in kinds:
        assert stage(*events) in (Stage.CLEARED, Stage.VERIFIED)
    if not kinds & {EventKind.CLEAR, EventKind.VERIFY}:
        assert stage(*events) not in (Stage.CLEARED, Stage.VERIFIED)


@pytest.mark.parametrize(
    ("kinds", "reached"),
    [
        ((), Stage.OPEN),
        (("accept",), Stage.ACCEPTED),
        (("accept", "refuse"), Stage.REFUSED),
        (("refuse", "accept"), Stage.ACCEPTED),
        (("depart",), Stage.UNDER_WAY),
        (("depart", "arrive"), Stage.ON_SITE),
        (("arrive", "depart"), Stage.ON_SITE),
        (("clear", "arrive"), Stage.CLEARED),
        (("clear", "verify"), Stage.VERIFIED),
        (("clear", "reopen"), Stage.OPEN),
        (("clear", "refuse"), Stage.CLEARED),
        (("depart", "refuse"), Stage.REFUSED),
        (("help",), Stage.OPEN),
        (("ask",), Stage.OPEN),
    ],
)
def test_each_step(kinds, reached):
    assert stage(*(tap(kind, minute=minute) for minute, kind in enumerate(kinds))) is reached


def late(minute=0, minutes=30.0, **changes):
    return tap("delay", minute=minute, amounts={"minutes": minutes}, **changes)


@pytest.mark.parametrize(
    ("events", "after_start"),
    [
        ((late(),), 30),
        ((late(minutes=15.0), late(2, 60.0)), 60),
        ((late(minutes=60.0), late(2, 15.0)), 15),
        ((late(), tap("accept", minute=1)), 30),
        ((late(), tap("depart", minute=1)), 30),
        ((late(), tap("arrive", minute=1)), None),
        ((tap("arrive"), late(1)), None),
        ((late(), tap("refuse", minute=1)), None),
        ((late(), tap("reopen", minute=1)), None),
        ((late(version=7),), None),
    ],
)
def test_a_delay_is_no_refusal_and_counts_until_they_are_there(events, after_start):
    told = progress(events, VERSION, CITY, {1: VERSION})[JOB.job_id]
    assert told.stage is not Stage.REFUSED or events[-1].kind is EventKind.REFUSE
    shift = None if told.comes_at is None else told.comes_at - JOB.start_at
    assert shift == (None if after_start is None else timedelta(minutes=after_start))
    assert (as_delayed(JOB, told).start_at > JOB.start_at) is (after_start is not None)


def test_who_says_it_when_he_should_be_there_comes_so_much_after_the_word():
    said = late(server_at=JOB.start_at + timedelta(minutes=10), device_at=None)
    told = progress([said], VERSION, CITY)[JOB.job_id]
    assert told.comes_at == JOB.start_at + timedelta(minutes=40)
    moved = replace(JOB, start_at=told.comes_at)
    assert as_delayed(moved, told) is moved, "a plan that follows is not late again"
    others = replace(JOB, members=(replace(JOB.members[0], unit_id="another"),))
    assert as_delayed(others, told) is others


def test_an_answer_to_the_whole_sheet_is_one_for_each_job_of_that_station_only():
    assert stage(tap("accept", job_id=None)) is Stage.ACCEPTED
    assert stage(tap("accept", job_id=None, station_id="B")) is Stage.OPEN


def test_a_refusal_of_the_whole_sheet_leaves_alone_what_is_under_way():
    whole = tap("refuse", job_id=None, minute=2)
    assert stage(whole) is Stage.REFUSED
    assert stage(tap("depart", minute=1), whole) is Stage.UNDER_WAY


def test_an_answer_holds_in_a_later_version_for_what_did_not_change():
    later = replace(VERSION, number=2)
    moved = replace(later, assignments=(replace(JOB, start_at=JOB.start_at + HOUR),))
    assert progress([tap("accept")], later, CITY, {1: VERSION})[JOB.job_id].stage is Stage.ACCEPTED
    assert progress([tap("accept")], moved, CITY, {1: VERSION})[JOB.job_id].stage is Stage.OPEN
    assert progress([tap("depart")], moved, CITY, {1: VERSION})[JOB.job_id].stage is Stage.UNDER_WAY


def test_who_refused_stays_known_when_others_have_it_until_they_accept():
    given_away = replace(VERSION, number=2, assignments=(replace(JOB, members=()),))
    told = progress([tap("refuse")], given_away, CITY, {1: VERSION})[JOB.job_id]
    assert (told.stage, told.refused) == (Stage.OPEN, {UNIT.id})
    assert not progress([tap("refuse"), tap("accept", minute=1)], VERSION, CITY)[JOB.job_id].refused


def test_work_of_the_same_name_a_day_before_is_other_work():
    old = tap("clear", device_at=None, server_at=JOB.start_at - timedelta(hours=25))
    assert stage(old) is Stage.OPEN


@pytest.mark.parametrize(
    ("kind", "known", "state", "reached"),
    [
        ("arrive", True, "planned", Stage.OPEN),  # rain broke it off, and it is for later
        ("depart", True, "planned", Stage.OPEN),
        ("arrive", True, "under_way", Stage.ON_SITE),  # begun before its time, and kept
        ("arrive", False, "planned", Stage.ON_SITE),  # tapped while the version was made
        ("clear", True, "planned", Stage.CLEARED),  # done is done
    ],
)
def test_what_was_begun_and_is_put_off_by_who_knew_it_is_not_begun(kind, known, state, reached):
    made = NOW + HOUR
    told = tap(kind, server_at=made - HOUR / 2 if known else made + HOUR / 60)
    later = replace(JOB, start_at=made + HOUR, end_at=made + 2 * HOUR, state=state)
    version = replace(VERSION, number=2, made_at=made, assignments=(later,))
    assert stage(told, version=version) is reached


@pytest.mark.parametrize("kind", ["accept", "depart", "clear", "refuse"])
def test_a_late_tap_for_yesterday_s_inlets_says_nothing_of_today_s_under_the_same_name(kind):
    before = replace(JOB, inlet_ids=("I1", "I2"))
    now = replace(JOB, start_at=JOB.start_at + 15 * HOUR, end_at=JOB.end_at + 15 * HOUR)
    yesterday = replace(VERSION, assignments=(before,))

    def today(*inlets):
        version = replace(
            VERSION, number=2, assignments=(replace(now, inlet_ids=inlets, members=JOB.members),)
        )
        return progress([tap(kind)], version, CITY, {1: yesterday})[JOB.job_id]

    assert today("I3", "I4") == Progress()
    assert kind == "accept" or today("I2", "I3") != Progress()


def test_a_clock_that_can_t_be_right_is_not_believed():
    late = NOW + 2 * HOUR
    assert tap("clear", minute=5).happened_at == NOW + timedelta(minutes=5)
    for wrong in (None, late + HOUR, late - timedelta(days=2)):
        assert tap("clear", device_at=wrong).happened_at == late


def test_a_station_s_jobs_are_those_of_its_units_and_its_own():
    assert list(own_jobs(VERSION, "A", CITY)) == ["clear:S1"]
    assert own_jobs(VERSION, "B", CITY) == {}
