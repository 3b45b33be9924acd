"""Laws of what is proposed to be lent: never worse than lending nothing, nor for one unit or want
more, nobody twice, and whose reserve must stay, stays.
"""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.city import Profile
from data.model.headquarters.members import DistrictSummary, Member
from data.model.levels import LevelRule
from data.model.plan import JobKind, UnassignedJob
from ops.headquarters.aid import AidSettings, proposals
from ops.headquarters.offers import spare_units
from ops.planning.on_duty.travel_times import TravelSettings
from ops.ways.speeds import WaySettings
from tests.helpers.makers import HOUR, NOW, make_city, make_spare, make_version, make_want

AID, TRAVEL = AidSettings(), TravelSettings()
NAMES = ("east", "north", "west")
MEMBERS = tuple(Member(id=name, name=name, city="市", added_at=NOW) for name in NAMES)
places = st.tuples(st.floats(125.0, 125.3), st.floats(42.8, 43.0))
units = st.builds(
    lambda number, size, hours, place, skills: make_spare(
        resource_id=f"U{number}",
        size=size,
        to_at=NOW + hours * HOUR,
        position=place,
        skills=skills,
    ),
    st.integers(0, 10**6),
    st.integers(1, 5),
    st.integers(1, 9),
    places,
    st.sampled_from([(), ("clearing",), ("clearing", "jetting")]),
)
wants = st.builds(
    lambda number, kind, begin, hours, minutes, worth, place, people: make_want(
        job_id=f"J{number}",
        kind=kind,
        from_at=NOW + begin * HOUR,
        to_at=NOW + (begin + hours) * HOUR,
        minutes=minutes,
        worth=worth,
        position=place,
        people=people,
    ),
    st.integers(0, 10**6),
    st.sampled_from([JobKind.CLEAR, JobKind.GUARD]),
    st.integers(0, 5),
    st.integers(1, 4),
    st.integers(5, 60),
    st.floats(0, 50),
    places,
    st.integers(1, 4),
)
own = {"unique_by": lambda unit: unit.resource_id, "max_size": 4}
districts = st.tuples(
    *(
        st.builds(
            DistrictSummary,
            member_id=st.just(name),
            at=st.just(NOW),
            drill=st.just(False),
            gravity=st.integers(0, 2),
            spare=st.lists(units, **own).map(tuple),
            wants=st.lists(wants, max_size=4, unique_by=lambda want: want.job_id).map(tuple),
        )
        for name in NAMES
    )
)


def lent(found, promised=MappingProxyType({}), members=MEMBERS, aid=AID):
    summaries = {one.member_id: one for one in found}
    return proposals(members, summaries, promised, aid, TRAVEL, WaySettings(), NOW)


def won(loans) -> float:
    return sum(loan.gain for loan in loans)


@settings(max_examples=60, deadline=None)
@given(districts)
def test_whoever_is_lent_is_spare_is_lent_once_and_is_worth_it(found):
    loans, known = lent(found), {one.member_id: one for one in found}
    pairs = [(loan.lender_id, loan.unit.resource_id) for loan in loans]
    assert len(set(pairs)) == len(pairs)
    for loan in loans:
        lender, borrower = known[loan.lender_id], known[loan.borrower_id]
        begin, end = loan.at_work
        assert loan.unit in lender.spare
        assert lender.member_id != borrower.member_id
        assert lender.gravity <= borrower.gravity
        assert loan.gain >= AID.least_gain
        assert loan.unit.from_at <= loan.from_at <= begin < end <= loan.to_at <= loan.unit.to_at


@settings(max_examples=60, deadline=None)
@given(districts, st.lists(units, min_size=1, max_size=3), st.sampled_from(NAMES), wants)
def test_one_more_unit_or_want_is_never_worse(found, more, where, want):
    before = won(lent(found))
    names = {unit.resource_id for one in found for unit in one.spare}
    new = tuple(unit for unit in more if unit.resource_id not in names)[:1]
    wider = [
        replace(one, spare=(*one.spare, *new)) if one.member_id == where else one for one in found
    ]
    assert won(lent(wider)) >= before - 1e-6
    alone = [
        replace(one, wants=(replace(want, station_id="Z"), *one.wants))
        if one.member_id == where
        else one
        for one in found
    ]
    assert won(lent(alone)) >= before - 1e-6


@settings(max_examples=40, deadline=None)
@given(districts)
def test_what_is_promised_is_proposed_to_nobody_else(found):
    loans = lent(found)
    promised = dict(enumerate(loans[:1]))
    taken = {(one.lender_id, one.unit.resource_id) for one in promised.values()}
    coming = {(one.borrower_id, job) for one in promised.values() for job in one.jobs}
    for one in lent(found, promised):
        assert (one.lender_id, one.unit.resource_id) not in taken
        assert coming.isdisjoint((one.borrower_id, job) for job in one.jobs)


SPARE = DistrictSummary(member_id="west", at=NOW, drill=False, spare=(make_spare(),))
SHORT = DistrictSummary(member_id="east", at=NOW, drill=False, wants=(make_want(),))


def test_who_walks_is_not_lent_as_if_by_lorry():
    """Four km are a quarter of an hour by lorry, and far too far on foot."""
    near = replace(SHORT.wants[0], position=(125.139, 42.935))
    spare = replace(SPARE.spare[0], position=(125.139, 42.899))
    for profile, is_lent in ((None, True), (Profile.LORRY, True), (Profile.FOOT, False)):
        lender = replace(SPARE, spare=(replace(spare, profile=profile),))
        assert bool(lent((lender, replace(SHORT, wants=(near,))))) is is_lent


@pytest.mark.parametrize(
    ("lender", "borrower"),
    [
        (replace(SPARE, drill=True), SHORT),  # a drill lends nothing to what is real
        (SPARE, replace(SHORT, drill=True)),
        (replace(SPARE, drill=None), replace(SHORT, drill=None)),  # no operation is on
        (replace(SPARE, gravity=3), replace(SHORT, gravity=2)),
        (replace(SPARE, at=NOW - timedelta(hours=1)), SHORT),  # silent
        (SPARE, replace(SHORT, at=NOW - timedelta(hours=1))),
        (replace(SPARE, member_id="far"), SHORT),  # of another city
        (replace(SPARE, member_id="gone"), SHORT),  # archived
        (  # two drills by clocks of their own
            replace(SPARE, drill=True, clock_at=NOW - HOUR),
            replace(SHORT, drill=True, clock_at=NOW),
        ),
        (replace(SPARE, spare=(make_spare(position=(126.5, 42.9)),)), SHORT),  # too long a way
        (replace(SPARE, spare=(make_spare(to_at=NOW + HOUR / 2),)), SHORT),  # too short a time
        (replace(SPARE, spare=(make_spare(skills=()),)), SHORT),
        (SPARE, replace(SHORT, wants=(make_want(worth=0.5),))),
    ],
)
def test_nobody_is_lent(lender, borrower):
    members = (
        *MEMBERS,
        Member(id="far", name="far", city="他市", added_at=NOW),
        Member(id="gone", name="gone", city="市", added_at=NOW, archived_at=NOW),
    )
    assert lent([SPARE, SHORT], members=members)
    assert lent([lender, borrower], members=members) == ()


RULE = LevelRule(id="II", colour="orange", duty="", reserves=2)


@pytest.mark.parametrize(("level", "kept"), [(None, 1), (RULE, 2)])
def test_a_reserve_stays_at_each_station_and_more_under_a_level(drill, level, kept):
    city = make_city()
    day = [one for one in city.crews if one.shift_id == "day"]
    more = tuple(replace(one, id=f"{one.id}{n}") for one in day for n in range(2))
    city = replace(city, crews=more)
    version = replace(make_version(drill.id), assignments=(), left_out=())
    found = [
        one for one in spare_units(version, city, (), level, AID, NOW) if one.machine_kind is None
    ]
    for station in city.stations:
        here = [one for one in more if one.station_id == station.id]
        assert sum(one.station == station.name for one in found) == len(here) - kept


def test_nothing_is_spare_where_a_duty_is_unmanned_or_no_plan_is_in_force(drill):
    city, version = make_city(), make_version(drill.id)
    idle = replace(version, assignments=(), left_out=())
    assert spare_units(idle, city, (), None, AID, NOW)
    assert spare_units(None, city, (), None, AID, NOW) == ()
    post = UnassignedJob(
        job_id="guard:S1",
        kind=JobKind.GUARD,
        phase=version.assignments[0].phase,
        segment_id="S1",
        station_id="A",
        risk=50,
        why=version.assignments[0].why[0] if version.assignments[0].why else None,
    )
    short = replace(idle, left_out=(post,))
    assert spare_units(short, city, (), None, AID, NOW) == ()
