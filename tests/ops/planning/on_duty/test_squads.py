"""A crew goes out as one or as squads, and who reads a plan sees which."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from data.model.city import Crew
from data.model.field import Outage
from data.model.ids import UnitId
from data.model.plan import JobKind
from ops.base.messages import Translator
from ops.base.naming import member_names
from ops.documents.labels import said
from ops.planning.duty_sheets import changes_for, station_sheets
from ops.planning.in_force.plan_diff import difference
from ops.planning.in_force.work_in_progress import availability_now
from ops.planning.on_duty.availability import on_duty
from ops.planning.on_duty.squads import WELLS, squads
from ops.planning.parameters import DutySettings
from ops.planning.wanted.task_types import team_of
from ops.risk.stop_work import SafetySettings
from tests.helpers.makers import NOW, make_alert, make_city
from tests.helpers.storm import make_storm, plan_for

ZH, EN = Translator("zh"), Translator("en")
SAFETY = SafetySettings()
DAY_CREW = next(crew for crew in make_city().crews if crew.shift_id == "day" and crew.size == 3)
BIG = replace(DAY_CREW, size=5, skills=("clearing", "pumping", "jetting"))


def made(**changed) -> Crew:
    return replace(BIG, **changed)


def sizes(crew: Crew, duty: DutySettings = DutySettings()) -> list[int]:
    return [squad.people for squad in squads(crew, duty, SAFETY)]


def one_big_crew(**changed):
    """A town whose day shift is one crew of five; it goes out as three and two."""
    city = make_city()
    rest = tuple(crew for crew in city.crews if crew.shift_id != "day")
    return replace(city, crews=(BIG, *rest), **changed)


@given(
    st.builds(
        made,
        size=st.integers(1, 30),
        seniors=st.none() | st.integers(0, 14),
        vehicles=st.none() | st.integers(0, 9),
        skills=st.sampled_from([("clearing",), ("clearing", WELLS)]),
    ),
    st.tuples(*[st.integers(1, 6)] * 5),
)
def test_squads_are_all_of_the_crew_and_can_do_what_it_could(crew, least):
    found = squads(crew, DutySettings(least_people=least), SAFETY)
    people = [squad.people for squad in found]
    assert sum(people) == crew.size
    assert people == sorted(people, reverse=True)
    assert people[0] - people[-1] <= 1
    seniors = 1 if crew.seniors is None else crew.seniors
    caps = (crew.size // 2, 1 + seniors, crew.size if crew.vehicles is None else crew.vehicles)
    assert len(found) <= max(1, min(caps))
    for wanted in least:
        assert people[0] >= wanted or crew.size < wanted
    able = [squad for squad in found if WELLS in squad.skills]
    assert all(squad.people >= SAFETY.well_people for squad in able if len(found) > 1)
    if WELLS in crew.skills and crew.size >= SAFETY.well_people:
        assert able


def test_the_tables_and_the_settings_say_how_many():
    assert sizes(made(size=3)) == [3]
    assert sizes(made(size=4)) == [2, 2]
    assert sizes(made(size=5)) == [3, 2]
    assert sizes(made(size=6)) == [3, 3]
    assert sizes(made(size=6, seniors=2)) == [2, 2, 2]
    assert sizes(made(size=6, seniors=2, vehicles=2)) == [3, 3]
    assert sizes(made(seniors=0)) == sizes(made(vehicles=1)) == [5]
    assert sizes(made(size=4, skills=("clearing", WELLS))) == [4]
    assert sizes(BIG, DutySettings(squads=False)) == [5]


def test_key_roads_may_ask_for_more_people():
    storm = replace(make_storm(), duty=DutySettings(least_people=(2, 2, 2, 2, 3)))
    key, lane = storm.city.segment_by_id["S1"], storm.city.segment_by_id["S2"]
    assert [team_of(JobKind.GUARD, storm, road)[0].people for road in (key, lane)] == [3, 2]
    assert sizes(made(size=4), storm.duty) == [4]
    assert sizes(BIG, storm.duty) == [3, 2]


def test_a_crew_that_is_out_of_action_is_so_with_all_its_squads():
    storm = make_storm(city=one_big_crew())
    own = {unit for unit, one in on_duty(storm).items() if one.resource_id == BIG.id}
    assert {UnitId.parse(unit).squad for unit in own} == {1, 2}
    outage = Outage(operation_id=1, resource_id=BIG.id, from_at=NOW, reason="x", by="x")
    left = on_duty(replace(storm, outages=(outage,)))
    assert not any(one.resource_id == BIG.id for one in left.values())


def test_a_squad_that_finishes_before_its_crew_is_out_of_action_gets_no_work_until_it_is_back():
    city = one_big_crew()
    version, _ = plan_for(make_storm(city=city, alerts=(make_alert(),)))
    job = min(
        (job for job in version.assignments if UnitId.parse(job.members[0].unit_id).squad == 1),
        key=lambda job: job.start_at,
    )
    broken = job.end_at + timedelta(minutes=5)
    outage = Outage(
        operation_id=1,
        resource_id=BIG.id,
        from_at=broken,
        to_at=broken + timedelta(hours=1),
        reason="x",
        by="x",
    )
    storm = replace(
        make_storm(city=city, alerts=(make_alert(),), now=job.start_at), outages=(outage,)
    )
    unit, turns = job.members[0].unit_id, on_duty(storm, version)
    assert turns[unit].start >= broken + timedelta(hours=1), "too short to set out before it"
    now = availability_now(turns, (), {job.job_id: job}, (), (), version, storm)
    assert (now[unit].start, now[unit].end) == (job.start_at, broken)


def test_each_squad_has_its_sheet_under_the_crew_s_name_and_its_people():
    city = one_big_crew()
    version, _ = plan_for(make_storm(city=city, alerts=(make_alert(),)))
    sheets = [
        unit for sheet in station_sheets(version, city) for unit in sheet.units
        if unit.resource_id == BIG.id
    ]  # fmt: skip
    assert {(said(ZH, unit.name), unit.size) for unit in sheets} == {
        (f"{BIG.name}1组（3人）", 3),
        (f"{BIG.name}2组（2人）", 2),
    }
    assert {said(EN, unit.leader) for unit in sheets} == {
        BIG.leader,
        f"a senior (under {BIG.leader})",
    }
    members = [one for job in version.assignments for one in job.members]
    own = [one for one in members if (one.resource_id, one.people) == (BIG.id, 2)]
    (name,) = {said(EN, *member_names((one,), city)) for one in own}
    assert name == f"{BIG.name}, squad 2 (2)"


def test_what_changes_for_a_squad_is_told_to_its_station_alone():
    city = one_big_crew()
    storm = make_storm(city=city, alerts=(make_alert(),))
    first, _ = plan_for(storm)
    job = next(job for job in first.assignments if job.members[0].resource_id == BIG.id)
    without = replace(
        first, number=2, assignments=tuple(one for one in first.assignments if one != job)
    )
    version = replace(without, changes=difference(first, without, (), (), city))
    (own, other) = (
        [change for change in changes_for(station, version, city) if "team" in change.facts]
        for station in city.stations
    )
    assert own
    assert not other


def test_a_crew_that_is_out_as_one_is_nowhere_else_until_that_is_over():
    """The setting was changed, or the program is new, while a plan is in force."""
    city = one_big_crew()
    together = make_storm(city=city, alerts=(make_alert(),))
    together = replace(together, duty=DutySettings(squads=False))
    first, _ = plan_for(together)
    job = next(job for job in first.assignments if job.members[0].resource_id == BIG.id)
    now = job.start_at
    later = make_storm(city=city, alerts=(make_alert(),), now=now, before=first.rain)
    again, inputs = plan_for(later, first)
    until = inputs.held[job.job_id].end_at
    for other in again.assignments:
        for member in other.members:
            if member.resource_id == BIG.id and other.job_id != job.job_id and other.end_at > now:
                assert UnitId.parse(member.unit_id).squad
                assert member.leave_at >= until
