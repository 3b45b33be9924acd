"""A watch is planned hour by hour; its people know how long they stand there. What is told of a new
plan is told of that, whatever names its hours have.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.message import Message
from data.model.plan import JobKind, UnassignedJob
from ops.planning.in_force.plan_diff import changes, stands_alike
from ops.planning.on_duty.stays import joined, overlap, paired, post_of, stays
from ops.planning.parameters import StabilitySettings
from tests.helpers.makers import NOW, make_assignment, make_city, make_version

CITY, HOUR = make_city(), timedelta(hours=1)
OURS, OTHERS = "A1day@2022-07-08", "A2day@2022-07-08"
MADE = NOW + timedelta(minutes=1)


def watch(name: str, start: float, end: float, unit: str = OURS, **facts):
    """A watch from and to so many hours after now; its team is there when it begins."""
    job = make_assignment(name, unit)
    begin = NOW + start * HOUR
    members = tuple(replace(one, leave_at=begin, arrive_at=begin) for one in job.members)
    return replace(
        job,
        kind=JobKind.GUARD,
        inlet_ids=(),
        members=members,
        start_at=begin,
        end_at=NOW + end * HOUR,
        **facts,
    )


def told(old, new, left_out=()) -> list[str]:
    before = make_version(1, assignments=tuple(old), left_out=())
    after = make_version(1, 2, assignments=tuple(new), left_out=left_out, made_at=MADE)
    return [one.code for one in changes(before, after, CITY, StabilitySettings())]


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        # water at his own post keeps him there an hour longer, and his watch begins after it
        (
            [watch("incident:7", 0, 1), watch("guard:S1:01", 1, 6)],
            [watch("incident:7", 0, 2, state="under_way"), watch("guard:S1:02", 2, 6)],
            [],
        ),
        # rain an hour earlier: the same people an hour earlier, not one post more and one less
        ([watch("guard:S1:03", 3, 6)], [watch("guard:S1:02", 2, 6)], ["change.time"]),
        (
            [watch("guard:S1:03", 3, 6)],
            [watch("guard:S1:02", 2, 6, OTHERS)],
            ["change.team"],
        ),
        # one stays, so that nobody relieves him: the post is as much called for as before
        (
            [watch("guard:S1:02", 2, 4), watch("guard:S1:04", 4, 6, OTHERS)],
            [watch("guard:S1:02", 2, 6)],
            ["change.end", "change.manned_by"],
        ),
        ([watch("guard:S1:02", 2, 4)], [watch("guard:S1:05", 5, 6, OTHERS)], None),
        ([watch("guard:S1:02", 2, 4)], [], ["change.not_wanted"]),
        # cut in two by two hours of other people
        (
            [watch("guard:S1:02", 2, 6)],
            [
                watch("guard:S1:02", 2, 3),
                watch("guard:S1:03", 3, 5, OTHERS),
                watch("guard:S1:05", 5, 6),
            ],
            ["change.end", "change.added", "change.added"],
        ),
    ],
)
def test_what_is_told_of_a_post_is_who_stands_there_and_how_long(old, new, codes):
    expected = ["change.added", "change.not_wanted"] if codes is None else codes
    assert told(old, new) == expected


def test_who_is_sent_to_water_where_he_was_to_stand_later_is_told_of_the_water_alone():
    """His later watch is no post that is 'no longer called for': he is there already."""
    old = [watch("guard:S2:00", 0, 2, segment_id="S2"), watch("guard:S1:02", 2, 4)]
    new = [
        replace(watch("incident:7", 0.5, 4), members=old[1].members),
        watch("guard:S2:00", 0, 0.5, segment_id="S2", state="under_way"),
    ]
    before = make_version(1, assignments=tuple(old), left_out=())
    after = make_version(1, 2, assignments=tuple(new), left_out=(), made_at=MADE)
    found = changes(before, after, CITY, StabilitySettings(), {"incident:7", "guard:S2:00"})
    assert found == ()


def test_an_incident_s_post_that_goes_on_is_a_version_though_its_crew_is_told_nothing():
    """By when it ends the next is called: it must be known to whoever plans again."""
    old = [watch("incident:7", 0, 1), watch("guard:S1:01", 1, 6)]
    new = [watch("incident:7", 0, 1), watch("incident:7:2", 1, 2), watch("guard:S1:02", 2, 6)]
    assert told(old, new) == []
    before = make_version(1, assignments=tuple(old), left_out=())
    after = make_version(1, 2, assignments=tuple(new), left_out=(), made_at=MADE)
    assert not stands_alike(before, after, ())
    renamed = (watch("incident:7", 0, 1), watch("guard:S1:91", 1, 6))
    assert stands_alike(before, replace(after, assignments=renamed), ())


def test_an_hour_that_is_left_out_says_why_though_its_name_was_not_the_first():
    why = Message("left.outweighed_alone")
    old = [watch("guard:S1:02", 2, 3), watch("guard:S1:03", 3, 4)]
    left = UnassignedJob(
        job_id="guard:S1:03",
        kind=JobKind.GUARD,
        phase=old[0].phase,
        segment_id="S1",
        station_id="A",
        risk=1,
        why=why,
    )
    assert told(old, [], (left,)) == ["change.dropped"]


@given(
    hours=st.lists(st.sampled_from((OURS, OTHERS, None)), min_size=1, max_size=8),
    names=st.permutations(range(8)),
)
def test_the_names_of_its_hours_are_no_news(hours, names):
    """However the same people at the same hours are called, nothing is told."""
    old = [watch(f"guard:S1:{n}", n, n + 1, unit) for n, unit in enumerate(hours) if unit]
    new = [watch(f"guard:S1:9{names[n]}", n, n + 1, u) for n, u in enumerate(hours) if u]
    assert told(old, new) == []


@given(data=st.data())
def test_each_stay_is_told_of_once_with_one_at_its_time_or_of_its_name_or_its_team(data):
    drawn = st.lists(
        st.tuples(st.integers(1, 8), st.integers(1, 4), st.sampled_from((OURS, OTHERS))), max_size=6
    )
    both = [
        stays(
            watch(f"guard:S1:{start}:{n}", start, start + long, unit)
            for n, (start, long, unit) in enumerate(data.draw(drawn))
        )
        for _ in range(2)
    ]
    pairs = list(paired(*both))
    for side, whole in enumerate(both):
        found = [pair[side] for pair in pairs if pair[side]]
        assert sorted(map(repr, found)) == sorted(map(repr, whole))
    for was, now in pairs:
        if was and now:
            is_one_team = post_of(was.job) == post_of(now.job)
            assert is_one_team or was.ids & now.ids or overlap(was.job, now.job)


def test_hours_of_one_team_are_one_job_and_those_of_others_are_their_own():
    jobs = [
        watch("guard:S1:0708T1100", 11, 12),
        watch("guard:S1:0708T1200", 12, 13),
        watch("guard:S1:0708T1300", 13, 14, OTHERS),
        watch("guard:S1:0708T1400", 14, 15),
        watch("guard:S2:0708T1200", 12, 13),
        watch("incident:7", 15, 16),
        watch("incident:7:2", 16, 17),
    ]
    spans = [
        (job.job_id, (job.start_at - NOW) / HOUR, (job.end_at - NOW) / HOUR)
        for job in joined(jobs, {})
    ]
    assert spans == [
        ("guard:S1:0708T1100", 11, 13),
        ("guard:S2:0708T1200", 12, 13),
        ("guard:S1:0708T1300", 13, 14),
        ("guard:S1:0708T1400", 14, 15),
        ("incident:7", 15, 16),
        ("incident:7:2", 16, 17),
    ]
    known = {"guard:S1:0708T1200": watch("guard:S1:0708T1200", 12, 14)}
    (job,) = joined(jobs[:2], known)
    assert job.job_id == "guard:S1:0708T1200", "its team knows it by this name"
