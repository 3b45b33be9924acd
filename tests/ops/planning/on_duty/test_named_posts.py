"""Posts with a named first and second: who answers for a road, and when it falls to the second."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.city import Person, PersonRole
from data.model.field import Outage
from data.model.plan import Assignment, JobKind, Phase
from data.model.roster import NamedPost, RosterDay
from ops.district.data_quality import check_data_quality
from ops.field.progress import Progress
from ops.planning.duty_sheets import changes_for
from ops.planning.on_duty.named_posts import post_changes, with_named
from ops.planning.on_duty.teams import with_teams
from tests.helpers.makers import NOW, make_city, make_version
from tests.ops.planning.on_duty.test_duty_times import DRY, storm_of

TODAY = NOW.date()
CREWS = NamedPost(segment_id="S1", first_id="A1day", second_id="B1day")
PEOPLE = (
    Person(id="a1", name="张", station_id="A", role=PersonRole.LEADER, crew_id="A1day"),
    Person(id="a2", name="李", station_id="A", role=PersonRole.SENIOR, crew_id="A1day"),
    Person(id="a3", name="王", station_id="A", crew_id="A1day"),
)
OF_PEOPLE = NamedPost(segment_id="S1", first_id="a1", second_id="a2")
WATCH = Assignment(
    job_id="guard:S1:2022070812",
    kind=JobKind.GUARD,
    phase=Phase.DURING,
    segment_id="S1",
    station_id="A",
    inlet_ids=(),
    members=(),
    start_at=NOW + timedelta(hours=1),
    end_at=NOW + timedelta(hours=2),
    risk=50,
    why=(),
)


def told(row: NamedPost, job: Assignment = WATCH, *, roster=(), **facts):
    """What a watch says of who answers for it."""
    city = replace(make_city(), people=PEOPLE, roster=tuple(roster), named_posts=(row,))
    storm = with_teams(replace(storm_of(DRY), city=city))
    (out,) = with_named([job], replace(storm, **facts))
    return out.why[-1] if out.why else None


def away(**who) -> RosterDay:
    return RosterDay(day=TODAY, duty="absent", **who)


def outage(crew: str) -> Outage:
    return Outage(operation_id=1, resource_id=crew, from_at=NOW, by="甲")


@pytest.mark.parametrize(
    ("row", "facts", "code", "why"),
    [
        (CREWS, {}, "post.first", None),
        (CREWS, {"roster": [away(crew_id="A1day")]}, "post.second", "post.not_there"),
        (CREWS, {"outages": (outage("A1day"),)}, "post.second", "post.out"),
        (
            CREWS,
            {"progress": {WATCH.job_id: Progress(refused=frozenset({"A1day"}))}},
            "post.second",
            "post.refused",
        ),
        (
            CREWS,
            {"outages": (outage("A1day"), outage("B1day"))},
            "post.nobody",
            "post.out",
        ),
        (OF_PEOPLE, {}, "post.first", None),
        (OF_PEOPLE, {"roster": [away(person_id="a1")]}, "post.second", "post.not_there"),
    ],
)
def test_it_falls_to_the_second_where_the_first_can_t(row, facts, code, why):
    message = told(row, **facts)
    assert message.code == code
    assert (message.facts["why"].code if why else None) == why


def test_other_work_other_roads_and_other_shifts_name_nobody():
    assert told(replace(CREWS, segment_id="S2")) is None
    assert told(replace(CREWS, shift_id="night")) is None
    assert told(replace(CREWS, shift_id="day")).code == "post.first"
    assert told(CREWS, replace(WATCH, kind=JobKind.CLEAR)) is None
    assert told(CREWS, replace(WATCH, state="past")) is None
    night = WATCH.start_at + timedelta(hours=10)
    late = replace(WATCH, start_at=night, end_at=night + timedelta(hours=1))
    assert told(CREWS, late) is None, "both are of the day shift: nobody is named for the night"


def test_the_station_of_the_second_is_told_once():
    city = replace(make_city(), named_posts=(CREWS,))
    why = told(CREWS, outages=(outage("A1day"),))
    old = replace(make_version(1), assignments=(WATCH,))
    new = replace(old, assignments=(replace(WATCH, why=(why,)),))
    (change,) = post_changes(old, new, city)
    assert change.code == "post.told_second"
    assert post_changes(new, new, city) == []
    again = replace(old, assignments=(replace(WATCH, why=(told(CREWS),)),))
    (back,) = post_changes(new, again, city)
    assert back.code == "post.told_back"
    returned = replace(again, changes=(back,))
    assert [one.id for one in city.stations if changes_for(one, returned, city)] == ["B"]
    over = replace(again, assignments=(replace(WATCH, why=(told(CREWS),), state="past"),))
    assert post_changes(new, over, city) == [], "the post is over: nobody need know"
    version = replace(new, changes=(change,))
    reached = [one.id for one in city.stations if changes_for(one, version, city)]
    assert reached == ["B"]


def test_the_second_of_several_watches_is_let_go_with_the_last_of_them():
    city = replace(make_city(), named_posts=(CREWS,))
    second, first = told(CREWS, outages=(outage("A1day"),)), told(CREWS)
    later = replace(WATCH, job_id="guard:S1:2022070813")

    def plan(*whys):
        watches = (replace(job, why=(why,)) for job, why in zip((WATCH, later), whys, strict=True))
        return replace(make_version(1), assignments=tuple(watches))

    assert post_changes(plan(second, second), plan(first, second), city) == []
    (back,) = post_changes(plan(first, second), plan(first, first), city)
    assert back.code == "post.told_back"


def test_that_a_post_is_manned_again_is_told_once_to_whoever_heard_that_it_was_not():
    city = replace(make_city(), named_posts=(CREWS,))
    nobody = told(CREWS, outages=(outage("A1day"), outage("B1day")))
    second, first = told(CREWS, outages=(outage("A1day"),)), told(CREWS)
    renamed = replace(WATCH, job_id="guard:S1:2022070811", start_at=NOW + timedelta(minutes=40))

    def plan(why, job=WATCH):
        return replace(make_version(1), assignments=(replace(job, why=(why,)),))

    (unmanned,) = post_changes(plan(first), plan(nobody), city)
    assert unmanned.code == "post.told_nobody"
    for again in (plan(first), plan(first, renamed)):
        (back,) = post_changes(plan(nobody), again, city)
        assert back.code == "post.told_again"
        assert reached(city, back) == reached(city, unmanned) == ["B"]
        assert post_changes(again, again, city) == []
    assert post_changes(plan(nobody), plan(nobody, renamed), city) == []
    (falls,) = post_changes(plan(nobody), plan(second), city)
    assert falls.code == "post.told_second"


def reached(city, change):
    version = replace(make_version(1), changes=(change,))
    return [one.id for one in city.stations if changes_for(one, version, city)]


def test_a_post_that_nobody_is_named_for_is_told_where_others_are():
    city = make_city()
    codes = {finding.code for finding in check_data_quality(city, TODAY)}
    assert "post_unnamed" not in codes
    (found,) = (
        finding
        for finding in check_data_quality(replace(city, named_posts=(CREWS,)), TODAY)
        if finding.code == "post_unnamed"
    )
    assert len(found.subjects) == 1
