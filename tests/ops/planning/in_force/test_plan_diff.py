"""What of a new plan is told: what may move freely is no news, and what costs something is."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from data.model.message import Message
from data.model.operation import Trigger, TriggerKind
from data.model.plan import JobKind, UnassignedJob, WayBasis
from ops.base.messages import Translator
from ops.planning.in_force import plan_diff
from ops.planning.parameters import StabilitySettings
from tests.helpers.makers import NOW, make_alert, make_assignment, make_city, make_version
from weather.model import Level

CITY = make_city()
SETTINGS = StabilitySettings()
FREE = SETTINGS.tolerance_s / 60
JOB = make_assignment("clear:S1", "A1day@2022-07-08")


def moved(minutes: float, leave: float | None = None, end: float = 0.0):
    """The job so many minutes later, its team leaving as much later unless said otherwise."""
    shift, left = timedelta(minutes=minutes), timedelta(minutes=minutes if leave is None else leave)
    members = tuple(
        replace(member, leave_at=member.leave_at + left, arrive_at=member.arrive_at + shift)
        for member in JOB.members
    )
    end_at = JOB.end_at + shift + timedelta(minutes=end)
    return replace(JOB, start_at=JOB.start_at + shift, end_at=end_at, members=members)


def told(*jobs, old=(JOB,), settings=SETTINGS) -> list[str]:
    before = make_version(1, assignments=old, left_out=())
    after = make_version(1, 2, assignments=jobs, left_out=(), made_at=NOW + timedelta(minutes=1))
    return [change.code for change in plan_diff.changes(before, after, CITY, settings)]


@pytest.mark.parametrize("free_s", [0, 60, 300, 900])
def test_what_the_search_may_move_freely_is_no_news_and_a_minute_more_is(free_s):
    settings = StabilitySettings(tolerance_s=free_s)
    for sign in (1, -1):
        assert told(moved(sign * free_s / 60), settings=settings) == []
        assert told(moved(sign * (free_s / 60 + 1)), settings=settings) == ["change.time"]


@pytest.mark.parametrize(
    ("job", "codes"),
    [
        (moved(-25, leave=0), []),  # it is at hand: it begins when it is free
        (moved(-25, leave=-FREE), []),
        (moved(-25, leave=-25), ["change.time"]),
        (moved(0, leave=-25), ["change.leave"]),
        (moved(0, leave=25), []),
        (moved(25, leave=0), ["change.time"]),
        (moved(0, end=30), ["change.end"]),
        (replace(moved(0, end=30), state="under_way"), []),
        (replace(moved(0, end=30), state="under_way", kind=JobKind.GUARD), ["change.end"]),
        (replace(moved(0, end=-60), state="under_way", kind=JobKind.GUARD), ["change.end"]),
        (replace(moved(0, leave=-60), state="under_way", kind=JobKind.GUARD), []),
        (replace(JOB, inlet_ids=JOB.inlet_ids[1:]), ["change.fewer"]),
        (replace(JOB, inlet_ids=(*JOB.inlet_ids[1:], "other")), ["change.inlets"]),
        (replace(JOB, inlet_ids=JOB.inlet_ids[::-1]), []),
    ],
)
def test_who_must_leave_earlier_than_he_knows_begin_later_or_do_other_work_is_told(job, codes):
    assert JOB.inlet_ids
    assert told(job) == codes


def test_a_post_that_is_called_off_while_it_is_manned_is_told_and_one_left_by_its_crew_is_not():
    post = replace(JOB, kind=JobKind.GUARD, inlet_ids=(), start_at=NOW - timedelta(hours=1))
    now = NOW + timedelta(minutes=1)
    assert told(replace(post, state="past", end_at=now), old=(post,)) == ["change.over"]
    assert told(replace(post, state="past", end_at=now - timedelta(seconds=7)), old=(post,)) == []


def said(*jobs, old, left_out=()) -> list[Message]:
    before = make_version(1, assignments=old, left_out=())
    made_at = NOW + timedelta(minutes=1)
    after = make_version(1, 2, assignments=jobs, left_out=left_out, made_at=made_at)
    return list(plan_diff.changes(before, after, CITY, SETTINGS))


POST = replace(
    make_assignment("pump:S1:0708T0800", "M-pump_truck@24h"),
    kind=JobKind.PUMP,
    inlet_ids=(),
    start_at=NOW - timedelta(hours=1),
    end_at=NOW + timedelta(hours=3),
)


@pytest.mark.parametrize(
    ("hour", "codes"),
    [("0708T0900", ["change.dropped"]), ("0708T1400", ["change.not_wanted"])],
)
def test_why_nobody_relieves_who_left_a_post_is_what_leaves_its_next_hours_unmanned(hour, codes):
    """Told as one job to its end, a stay has the name of its first hour: a truck that broke down
    was 'not needed any more' where its next hours were left out for want of one.
    """
    start = NOW.replace(minute=0) + timedelta(hours=1 if hour == "0708T0900" else 6)
    why = Message("left.no_unit_for", {"start": start, "end": start + timedelta(hours=1)})
    gone = replace(left(f"pump:S1:{hour}", ""), kind=JobKind.PUMP, why=why)
    assert [one.code for one in said(old=(POST,), left_out=(gone,))] == codes


@pytest.mark.parametrize("hours", [-6, 6])
def test_a_post_that_its_team_mans_at_another_hour_is_moved_and_neither_new_nor_over(hours):
    """The rain came two hours later: the same post of the same crew was told as new, and as not
    needed any more.
    """
    old = replace(POST, start_at=NOW + timedelta(hours=8), end_at=NOW + timedelta(hours=10))
    shift = timedelta(hours=hours)
    (member,) = old.members
    old = replace(old, members=(replace(member, leave_at=old.start_at, arrive_at=old.start_at),))
    new = replace(
        old,
        job_id="pump:S1:0708T2000",
        start_at=old.start_at + shift,
        end_at=old.end_at + shift,
        members=(replace(member, leave_at=old.start_at + shift, arrive_at=old.start_at + shift),),
    )
    (moved,) = said(new, old=(old,))
    assert (moved.code, moved.facts["old"], moved.facts["start"]) == (
        "change.time",
        old.start_at,
        new.start_at,
    )
    others = replace(new.members[0], unit_id="M-other@24h", resource_id="M-other", driver_id="o")
    codes = [one.code for one in said(replace(new, members=(others,)), old=(old,))]
    assert codes == ["change.added", "change.not_wanted"]
    elsewhere = [one.code for one in said(replace(new, segment_id="S2"), old=(old,))]
    assert elsewhere == ["change.added", "change.not_wanted"]


def test_water_that_others_take_up_later_is_not_said_to_need_nobody():
    """A truck broke down at deep water, and the next was on duty three hours later."""
    others = replace(
        POST.members[0], unit_id="M-other@24h", resource_id="M-other", driver_id="other"
    )
    pump = replace(POST, job_id="incident:7:pump")
    later = replace(
        POST,
        job_id="incident:7:pump:2",
        members=(others,),
        start_at=POST.end_at + timedelta(hours=3),
        end_at=POST.end_at + timedelta(hours=4),
    )
    codes = [one.code for one in said(later, old=(pump,))]
    assert codes == ["change.added", "change.taken_up"]
    elsewhere = replace(later, job_id="incident:8:pump", segment_id="S2")
    assert said(elsewhere, old=(pump,))[-1].code == "change.not_wanted"


def test_what_is_done_in_another_way_is_not_said_to_be_needed_no_more():
    jet = replace(JOB, job_id="jet:S1", kind=JobKind.JET)
    by_hand = replace(JOB, job_id="clear:S1:9")
    found = said(by_hand, old=(jet,))
    assert [one.code for one in found] == ["change.added", "change.instead"]
    other = replace(by_hand, inlet_ids=("other",))
    assert said(other, old=(jet,))[-1].code == "change.not_wanted"


@pytest.mark.parametrize(
    ("inlets", "chinese"),
    [
        (JOB.inlet_ids[1:], "改量：ST1雨水口清掏少1个井（"),
        ((*JOB.inlet_ids, "other"), "改量：ST1雨水口清掏多1个井（"),
        ((*JOB.inlet_ids[1:], "other"), "改量：ST1雨水口清掏少1个井、多1个井（"),
    ],
)
def test_nothing_is_said_of_no_inlet(inlets, chinese):
    (found,) = said(replace(JOB, inlet_ids=inlets), old=(JOB,))
    assert Translator("zh").message(found).startswith(chinese)


def left(job_id: str, code: str, start: datetime | None = None) -> UnassignedJob:
    return UnassignedJob(
        job_id=job_id,
        kind=JobKind.CLEAR,
        phase=JOB.phase,
        segment_id="S1",
        station_id="A",
        risk=1,
        why=Message(code, {"start": start} if start else {}),
    )


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        ({}, True),
        ({"level": "III"}, False),
        ({"fallback": True}, False),
        ({"alert_digests": ("lifted",)}, False),
        ({"left_out": ()}, True),
        ({"left_out": (left("a", "left.pinned_alone"),)}, True),
        ({"left_out": (left("a", "left.no_unit_alone"),)}, False),
        ({"left_out": (left("a", "left.no_time", NOW),)}, True),  # its hour is nearly over
        ({"left_out": (left("a", "left.no_time", NOW + timedelta(hours=1)),)}, False),
        ({"left_out": (left("a", "left.outweighed"), left("b", "left.outweighed"))}, False),
    ],
)
def test_a_level_a_warning_or_another_job_left_out_is_news(change, alike):
    alerts = (make_alert(), make_alert(issued_at=NOW - timedelta(hours=1)))
    assert alerts[0].digest != alerts[1].digest
    ground = {
        "alert_digests": (alerts[0].digest,),
        "left_out": (left("a", "left.outweighed"),),
    }
    old = make_version(1, **ground)
    new = make_version(1, 2, **{**ground, "alert_digests": (alerts[1].digest,)} | change)
    assert plan_diff.stands_alike(old, new, (*alerts, make_alert(Level.RED))) is alike


@pytest.mark.parametrize(
    ("code", "cm", "alike"),
    [("slow_why", 12.0, True), ("slow_why", 14.0, True), ("closed_why", 30.0, False)],
)
def test_water_that_is_a_little_deeper_is_no_news_until_it_closes_the_street(code, cm, alike):
    """Five calls within a minute, each with a centimetre more, were five versions."""

    def ways(code: str, cm: float) -> WayBasis:
        why = Message("street.water_told", {"cm": cm})
        return WayBasis(
            closed=(Message(f"street.{code}", {"name": "S1", "from": NOW, "why": why}),)
        )

    old = make_version(1, ways=ways("slow_why", 12.0))
    new = make_version(1, 2, ways=ways(code, cm))
    assert plan_diff.stands_alike(old, new, ()) is alike


def test_what_two_triggers_say_alike_is_said_once():
    """A post and its pump to be relieved at once: two causes, one sentence."""
    triggers = [
        Trigger(
            id=n,
            operation_id=1,
            cause=f"relief:incident:1{part}@20220708T0700Z",
            kind=TriggerKind.RELIEF,
            requested_at=NOW,
        )
        for n, part in enumerate(("", ":pump"), 1)
    ]
    old, new = make_version(1), make_version(1, 2)
    said = plan_diff.difference(old, new, triggers, (), CITY, settings=SETTINGS)
    assert [each.code for each in said].count("cause.relief") == 1


def incident_left(number: int, why: str = "left.outweighed_alone", pump: bool = False):
    name = f"incident:{number}" + ":pump" * pump
    return replace(left(name, why), kind=JobKind.PUMP if pump else JobKind.GUARD)


def test_an_incident_that_nobody_goes_to_is_told_with_its_reason_and_once():
    """'No assignment changes' was all that was said of a tree that lay across a road."""
    old, later = make_version(1, left_out=()), NOW + timedelta(minutes=1)
    lefts = (incident_left(5), incident_left(6, pump=True))

    def told_of(old, *assignments):
        new = make_version(1, 2, left_out=lefts, made_at=later, assignments=assignments)
        found = plan_diff.difference(old, new, (), (), CITY)
        return [one.code for one in found]

    assert told_of(replace(old, assignments=())) == ["change.nobody"]
    assert told_of(replace(old, assignments=(), left_out=lefts)) == ["change.none"]
    there = replace(JOB, job_id="incident:5:2", kind=JobKind.GUARD, inlet_ids=())
    assert "change.nobody" not in told_of(replace(old, assignments=()), there)
