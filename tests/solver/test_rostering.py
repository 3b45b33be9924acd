"""The teams of a shift: each rule from both sides, and laws that hold on every draw."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.rosters.shift import (
    Candidate,
    Post,
    ShiftProblem,
    ShiftTeams,
    TeamRule,
    check_squads,
    check_teams,
    squads_of,
)
from solver.rosters.shift_model import shift_teams

LEAD = Candidate(id="lead", leads=True, home="crew")
HAND = Candidate(id="hand", home="crew")
OTHER = Candidate(id="other", home="crew")
DRIVER = Candidate(id="driver", certificates=frozenset({"driver"}), home="truck")
CREW = Post(id="crew", size=3)
TRUCK = Post(id="truck", is_driver=True)


def problem(*people: Candidate, **changed) -> ShiftProblem:
    return ShiftProblem(people=people, posts=(CREW, TRUCK), **changed)


def rules(asked: ShiftProblem, skills=(), **members) -> set[TeamRule]:
    teams = ShiftTeams(members=members, skills={"crew": skills})
    return {breach.rule for breach in check_teams(asked, teams)}


WELL = replace(CREW, wanted=(("confined_space", 2),))
HOLDS = frozenset({"confined_space"})


@pytest.mark.parametrize(
    ("rule", "wrong", "right"),
    [
        (TeamRule.NOT_PRESENT, {"present": False}, {"present": True}),
        (TeamRule.TOO_LITTLE_REST, {"rest_hours": 10.9}, {"rest_hours": 11.0}),
        (
            TeamRule.TOO_MANY_HOURS,
            {"week_hours": 45.5, "most_hours": 53.0, "is_extra": True},
            {"week_hours": 45.0, "most_hours": 53.0, "is_extra": True},
        ),
        (
            TeamRule.TOO_MANY_HOURS,
            {"week_hours": 45.5, "most_hours": 53.0, "is_extra": True},
            {"week_hours": 45.5, "most_hours": 53.0},
        ),
        (TeamRule.HEAT, {"no_heat": True}, {"no_heat": False}),
    ],
)
def test_who_may_not_work_is_in_no_crew_and_who_just_may_is(rule, wrong, right):
    for facts, is_wrong in ((wrong, True), (right, False)):
        asked = problem(LEAD, replace(HAND, **facts), OTHER, is_hot=rule is TeamRule.HEAT)
        assert (rule in rules(asked, crew=("lead", "hand"))) == is_wrong
        assert ("hand" in shift_teams(asked).members["crew"]) != is_wrong


def test_a_driver_who_may_not_be_outdoors_in_heat_drives():
    asked = problem(replace(DRIVER, no_heat=True), is_hot=True)
    assert rules(asked, truck=("driver",)) == set()
    assert shift_teams(asked).members == {"truck": ("driver",)}


@pytest.mark.parametrize(
    ("hot", "extra", "emergency", "may"),
    [
        (True, True, False, False),
        (False, True, False, True),
        (True, False, False, True),
        (True, True, True, True),
    ],
)
def test_nobody_does_overtime_in_heat_but_in_an_emergency(hot, extra, emergency, may):
    asked = problem(LEAD, replace(HAND, is_extra=extra), OTHER, is_hot=hot, is_emergency=emergency)
    broken = {TeamRule.OVERTIME_IN_HEAT}
    assert rules(asked, crew=("lead", "hand")) == (set() if may else broken)
    assert ("hand" in shift_teams(asked).members["crew"]) == may


def test_an_emergency_lifts_the_hours_and_not_the_rest():
    tired = replace(HAND, week_hours=60.0, most_hours=53.0, is_extra=True)
    asked = problem(LEAD, tired, is_emergency=True)
    assert rules(asked, crew=("lead", "hand")) == set()
    asked = problem(LEAD, replace(tired, rest_hours=3.0), is_emergency=True)
    assert rules(asked, crew=("lead", "hand")) == {TeamRule.TOO_LITTLE_REST}


@pytest.mark.parametrize(
    ("members", "broken"),
    [
        ({"crew": ("lead", "hand")}, set()),
        ({"crew": ("lead",)}, {TeamRule.ALONE}),
        ({"crew": ("hand", "other")}, {TeamRule.NO_LEAD}),
        ({"truck": ("driver",)}, set()),
        ({"truck": ("lead",)}, {TeamRule.NO_CERTIFICATE}),
        ({"truck": ("driver", "lead")}, {TeamRule.NOT_ONE_DRIVER, TeamRule.NO_CERTIFICATE}),
        ({"crew": ("lead", "hand", "hand")}, {TeamRule.TWICE}),
        ({"crew": ("lead", "driver"), "truck": ("driver",)}, {TeamRule.TWICE}),
        ({"crew": ("lead", "hand", "nobody")}, {TeamRule.UNKNOWN}),
        ({"ship": ("lead",)}, {TeamRule.UNKNOWN}),
    ],
)
def test_the_referee_tells_each_breach(members, broken):
    assert rules(problem(LEAD, HAND, OTHER, DRIVER), **members) == broken


def test_certified_work_is_claimed_by_a_team_that_holds_the_certificates():
    people = (replace(LEAD, certificates=HOLDS), replace(HAND, certificates=HOLDS), OTHER)
    asked = ShiftProblem(people=people, posts=(WELL,))
    assert rules(asked, ("confined_space",), crew=("lead", "hand")) == set()
    lost = rules(asked, ("confined_space",), crew=("lead", "other"))
    assert lost == {TeamRule.NO_CERTIFICATE}
    assert shift_teams(asked).skills["crew"] == ("confined_space",)
    asked = ShiftProblem(people=(*people[:1], HAND, OTHER), posts=(WELL,))
    assert shift_teams(asked).skills["crew"] == ()


def test_a_second_senior_leads_the_crew_whose_leader_is_absent():
    posts = (Post(id="one", size=2), Post(id="two", size=2))
    people = (
        Candidate(id="a", leads=True, home="one"),
        Candidate(id="b", leads=True, home="one"),
        Candidate(id="c", home="one"),
        Candidate(id="d", leads=True, home="two", present=False),
        Candidate(id="e", home="two"),
    )
    members = shift_teams(ShiftProblem(people=people, posts=posts)).members
    assert set(members["two"]) & {"a", "b"}
    assert "e" in members["two"]
    without = ShiftProblem(people=people[3:], posts=posts)
    assert shift_teams(without).members == {}, "nobody who leads: nobody goes out"


def test_what_was_told_is_kept_where_it_is_as_good():
    posts = (Post(id="one", size=2), Post(id="two", size=2))
    leads = [
        Candidate(id=f"l{n}", leads=True, home="one", before=before)
        for n, before in enumerate(("two", "one"))
    ]
    hands = [Candidate(id=f"h{n}", home=home) for n, home in enumerate(("one", "two"))]
    members = shift_teams(ShiftProblem(people=(*leads, *hands), posts=posts)).members
    assert members == {"one": ("l1", "h0"), "two": ("l0", "h1")}


CERTIFICATES = st.frozensets(st.sampled_from(["driver", "jetting", "confined_space"]))
POSTS = (
    Post(id="p0", size=4, wanted=(("confined_space", 3), ("jetting", 1))),
    Post(id="p1", size=3, wanted=(("jetting", 1),)),
    Post(id="p2", is_driver=True),
)


@st.composite
def problems(draw) -> ShiftProblem:
    people = tuple(
        Candidate(
            id=f"w{n}",
            leads=draw(st.booleans()),
            certificates=draw(CERTIFICATES),
            home=draw(st.sampled_from(["p0", "p1", "p2", None])),
            present=draw(st.sampled_from([True, True, True, False])),
            rest_hours=draw(st.sampled_from([None, 8.0, 11.0, 16.0])),
            week_hours=draw(st.sampled_from([0.0, 40.0, 48.0])),
            most_hours=53.0,
            is_extra=draw(st.booleans()),
            no_heat=draw(st.booleans()),
        )
        for n in range(draw(st.integers(0, 9)))
    )
    return ShiftProblem(people=people, posts=POSTS, is_hot=draw(st.booleans()))


def worth(teams: ShiftTeams) -> tuple[int, int]:
    """People and drivers who have a place; the certified work done."""
    placed = sum(4 if name == "p2" else 3 * len(who) for name, who in teams.members.items())
    return placed, sum(map(len, teams.skills.values()))


@given(problems(), st.booleans())
def test_teams_are_legal_the_same_again_and_never_worse_with_one_more(asked, leads):
    teams = shift_teams(asked)
    assert check_teams(asked, teams) == ()
    assert shift_teams(asked) == teams
    more = replace(asked, people=(*asked.people, Candidate(id="more", leads=leads)))
    better = shift_teams(more)
    assert check_teams(more, better) == ()
    assert worth(better) >= worth(teams)


@given(st.integers(2, 12), st.integers(1, 6))
def test_squads_are_led_and_nobody_is_alone(people, leads):
    leads = min(leads, people)
    members = tuple(Candidate(id=f"w{n}", leads=n < leads) for n in range(people))
    for count in range(1, min(people // 2, leads) + 1):
        squads = squads_of(members, count)
        assert check_squads(squads, members, 2) == ()
        sizes = [len(squad) for squad in squads]
        assert max(sizes) - min(sizes) <= 1
    with pytest.raises(ValueError, match="make no"):
        squads_of(members, leads + 1)
    assert check_squads((members[:1], members[1:]), members, 2) != ()


def test_ids_stand_once():
    with pytest.raises(ValueError, match="person twice: hand"):
        problem(HAND, HAND)
    with pytest.raises(ValueError, match="size"):
        Post(id="x", size=0)
