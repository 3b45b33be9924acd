"""The teams of each shift from who is present: what planning makes of them, why, and who would mend
what is missing.
"""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import City, Person, PersonRole
from data.model.roster import RosterDay
from ops.planning.on_duty.availability import on_duty
from ops.planning.on_duty.teams import Staffing, station_shifts, with_teams
from tests.helpers.makers import NOW, make_alert, make_city
from tests.ops.planning.on_duty.test_duty_times import DRY, storm_of
from weather.model import Level

HOME = ZoneInfo("Asia/Shanghai")
TODAY, ENDS = NOW.date(), NOW.date() + timedelta(days=300)
LEADER, SENIOR, JUNIOR = PersonRole.LEADER, PersonRole.SENIOR, PersonRole.JUNIOR
WELLS = {"confined_space_until": ENDS, "jetting_until": ENDS}


def person(name: str, crew: str | None = None, role=JUNIOR, **facts) -> Person:
    return Person(id=name, name=name, station_id=name[0].upper(), crew_id=crew, role=role, **facts)


A_CREWS = (
    person("a1", "A1day", LEADER),
    person("a2", "A1day"),
    person("a3", "A1day"),
    person("a4", "A2day", LEADER, **WELLS),
    person("a5", "A2day", SENIOR, **WELLS),
    person("a6", "A2day", **WELLS),
    person("a7", "A2day", **WELLS),
)
B_CREW = (person("b1", "B1day", LEADER), person("b2", "B1day", SENIOR), person("b3", "B1day"))
DRIVER = person("a9", driver_until=ENDS)
DRIVER = replace(DRIVER, driver_id="D-loader-day")


def town(*people: Person, away=(), **changed) -> City:
    roster = tuple(RosterDay(day=TODAY, person_id=name, duty="absent") for name in away)
    return replace(make_city(), people=people, roster=roster, blockages=(), **changed)


def today(city: City, **facts):
    """The day shift of each station."""
    found = station_shifts(city, [TODAY], NOW, Staffing(**facts))
    return {one.station_id: one for one in found if one.shift_id == "day"}


def codes(messages) -> set[str]:
    return {message.code for message in messages}


def members(shift) -> dict[str, tuple[str, ...]]:
    return {team.key[1]: team.members for team in shift.teams}


def test_without_people_all_is_as_the_tables_of_crews_say():
    storm = storm_of(DRY)
    storm = replace(storm, city=replace(storm.city, blockages=()))
    assert with_teams(storm) == storm
    city = town(*B_CREW)
    staffed = with_teams(replace(storm, city=city))
    own = {unit for unit in on_duty(storm) if unit.startswith("A")}
    assert {unit for unit in on_duty(staffed) if unit.startswith("A")} == own


def test_who_is_all_there_goes_as_he_belongs():
    shift = today(town(*A_CREWS, DRIVER))["A"]
    assert members(shift) == {
        "A1day": ("a1", "a2", "a3"),
        "A2day": ("a4", "a5", "a6", "a7"),
        "D-loader-day": ("a9",),
    }
    assert (shift.told, shift.gaps, shift.out) == ((), (), ())


def test_a_senior_leads_where_the_leader_is_absent_and_it_is_told():
    shift = today(town(*A_CREWS, away=["a1"]))["A"]
    assert members(shift)["A1day"][0] in ("a4", "a5")
    assert codes(shift.told) == {"team.away", "team.moved"}
    (moved,) = (one for one in shift.told if one.code == "team.moved")
    assert moved.facts["why"].code == "team.why_lead"
    assert shift.gaps == ()


def test_a_crew_that_nobody_leads_joins_another_where_parting_that_one_costs_more():
    shift = today(town(*A_CREWS, away=["a1", "a7"]))["A"]
    assert set(members(shift)) == {"A2day"}, "three must stay together to go down a well"
    assert {one.facts["why"].code for one in shift.told if one.code == "team.moved"} == {
        "team.why_home"
    }
    shift = today(town(*A_CREWS, away=["a6", "a7"]))["A"]
    assert codes(shift.gaps) == {"team.gap_skill"}


@pytest.mark.parametrize(
    ("ready", "hot", "code", "who"),
    [
        ((person("a8", None, SENIOR),), False, "team.fix_call", "a8"),
        ((person("a8", None, JUNIOR),), False, "team.fix_lend", None),
        ((person("a8", None, SENIOR),), True, "team.fix_lend", None),
        ((replace(person("a8", None, SENIOR), week_hours=7.0),), False, "team.fix_lend", None),
    ],
)
def test_the_nearest_who_mends_it_is_named(ready, hot, code, who):
    heat = make_alert(Level.ORANGE, type="高温", forecast_mm=None, forecast_hours=24.0)
    city = town(*A_CREWS[:3], *ready, *B_CREW, away=["a1"])
    shift = today(city, alerts=(heat,) if hot else ())["A"]
    assert shift.out == (("crew", "A1day"),)
    (gap,) = shift.gaps
    assert (gap.code, gap.facts["why"].code) == ("team.gap_crew", "team.no_lead")
    assert gap.facts["fix"].code == code
    if who:
        assert gap.facts["fix"].facts["who"] == who
    else:
        assert gap.facts["fix"].facts["who"] in ("b1", "b2")


def test_who_can_t_be_spared_is_not_lent_and_nobody_is_told_where_nobody_can():
    city = town(*A_CREWS[:3], B_CREW[0], B_CREW[2], away=["a1"])
    (gap,) = today(city)["A"].gaps
    assert gap.facts["fix"].code == "team.fix_none"


@pytest.mark.parametrize(("days", "drives"), [(0, True), (-1, False)])
def test_a_certificate_holds_on_its_last_day_and_not_after(days, drives):
    until = TODAY + timedelta(days=days)
    city = town(*A_CREWS, replace(DRIVER, driver_until=until))
    shift = today(city)["A"]
    assert ("D-loader-day" in members(shift)) == drives
    assert codes(shift.gaps) == (set() if drives else {"team.gap_driver"})
    units = on_duty(with_teams(replace(storm_of(DRY), city=city)))
    own = [span for unit in units.values() for span in unit.drivers]
    days = {start.astimezone(HOME).date() for start, _, who in own if who == "D-loader-day"}
    assert (TODAY in days) == drives


def over_midnight(city: City) -> City:
    """The night shift from ten in the evening on."""
    shifts = tuple(
        replace(one, start=time(22), end=time(6), break_from=None, break_to=None, break_minutes=0)
        if one.id == "night"
        else one
        for one in city.shifts
    )
    return replace(city, shifts=shifts)


@pytest.mark.parametrize(("days", "may"), [(0, False), (1, True)])
def test_a_certificate_that_ends_at_midnight_is_none_for_the_night(days, may):
    until = TODAY + timedelta(days=days)
    wells = {"confined_space_until": until, "jetting_until": until}
    crew = [replace(one, crew_id="Anight", **wells) for one in A_CREWS[3:]]
    city = make_city()
    night = replace(city.crew_by_id["A2day"], id="Anight", shift_id="night")
    driver = replace(DRIVER, driver_id="D-loader-night", driver_until=until)
    city = over_midnight(town(*crew, driver, crews=(*city.crews, night)))
    found = station_shifts(city, [TODAY], NOW, Staffing())
    (shift,) = (one for one in found if (one.shift_id, one.station_id) == ("night", "A"))
    assert ("D-loader-night" in members(shift)) == may
    skills = {team.key[1]: set(team.skills) for team in shift.teams}
    assert bool(skills["Anight"]) == may
    storm = replace(storm_of(DRY, now=20), city=city)
    units = on_duty(with_teams(storm))
    own = [one for name, one in units.items() if one.resource_id == "Anight" and f"{TODAY}" in name]
    assert own
    assert any({"jetting", "confined_space"} & set(one.skills) for one in own) == may


def test_who_may_come_is_not_hidden_by_many_who_have_not_rested():
    """Twenty of the station came home this morning; one who has had more nights has rested."""
    tired = [person(f"a{n}", None, SENIOR) for n in range(20, 40)]
    rested = person("a99", None, SENIOR)
    nights = [(one.id, TODAY - timedelta(days=1)) for one in tired]
    nights += [(rested.id, TODAY - timedelta(days=n)) for n in (4, 5, 6)]
    roster = tuple(RosterDay(day=day, person_id=name, duty="night") for name, day in nights)
    city = over_midnight(town(*A_CREWS[:3], *tired, rested, away=["a1"]))
    city = replace(city, roster=(*city.roster, *roster))
    (gap,) = today(city)["A"].gaps
    assert (gap.facts["fix"].code, gap.facts["fix"].facts["who"]) == ("team.fix_call", "a99")


def test_of_two_who_are_missing_at_once_nobody_is_named_for_both():
    two = (person("a8", None, SENIOR), person("a99", None, SENIOR))
    city = town(*A_CREWS[:3], two[0], *B_CREW[::2], away=["a1", "b1"])
    found = today(city)
    fixes = [gap.facts["fix"] for name in "AB" for gap in found[name].gaps]
    assert [fix.code for fix in fixes] == ["team.fix_call", "team.fix_none"]
    found = today(replace(city, people=(*city.people, two[1])))
    fixes = [gap.facts["fix"].facts["who"] for name in "AB" for gap in found[name].gaps]
    assert sorted(fixes) == ["a8", "a99"]


def test_planning_takes_size_squads_and_skills_from_the_teams():
    storm = storm_of(DRY)
    whole = on_duty(with_teams(replace(storm, city=town(*A_CREWS))))
    own = {u: x for u, x in whole.items() if u.startswith("A2day") and "2022-07-08" in u}
    assert sorted(len(one.who) for one in own.values()) == [2, 2]
    assert {name for one in own.values() for name in one.who} == {"a4", "a5", "a6", "a7"}
    less = on_duty(with_teams(replace(storm, city=town(*A_CREWS, away=["a5", "a6"]))))
    (left,) = (x for u, x in less.items() if u.startswith("A2day") and "2022-07-08" in u)
    assert (left.size, left.who) == (2, ("a4", "a7"))
    assert "confined_space" not in left.skills
    assert "jetting" in left.skills
    none = on_duty(with_teams(replace(storm, city=town(*A_CREWS[:3], away=["a1"]))))
    assert not any(u.startswith("A1day") and "2022-07-08" in u for u in none)


def test_what_is_told_stays_when_the_leader_is_back_only_where_it_is_no_worse():
    away = today(town(*A_CREWS, away=["a3"]))
    again = today(town(*A_CREWS, away=["a3"]), before=tuple(away.values()))
    assert again == away


@given(st.sets(st.sampled_from([one.id for one in A_CREWS])), st.booleans())
def test_an_absence_never_changes_another_stations_teams(away, is_hot):
    heat = make_alert(Level.YELLOW, type="高温", forecast_mm=None, forecast_hours=24.0)
    alerts = (heat,) if is_hot else ()
    all_there = today(town(*A_CREWS, *B_CREW), alerts=alerts)["B"]
    assert today(town(*A_CREWS, *B_CREW, away=sorted(away)), alerts=alerts)["B"] == all_there
