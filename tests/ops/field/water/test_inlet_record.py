"""The record of inlets with what the field reported: what closes a blockage, what opens one, and
what says nothing.
"""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.account import Role
from data.model.city import InspectionResult
from data.model.field import EventKind, FieldEvent, Incident, InletReport
from data.model.operation import OperationKind
from data.model.plan import JobKind
from data.sheets.city import read_city, write_city
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import NotAllowed
from ops.field.calls.incidents import IncidentReport, close, report
from ops.field.reports import Report, take_report
from ops.field.verification import reopen, verify
from ops.field.water.inlet_record import as_tables, recorded_city, with_record
from ops.intake.operations import start_drill
from ops.replanning.request import planning_request
from ops.risk.inlet_state import inlet_states
from ops.settings import Settings
from tests.helpers.makers import DESK, NOW, both_databases, make_blockage, make_city
from tests.helpers.progress import JOB, VERSION

CHIEF = Actor(name="甲站站长", role=Role.ADMIN)
INLETS = ("S1-0", "S1-1", "S1-2")
BARE = make_city(blockages=())
SOON = NOW + timedelta(hours=8)


def at(minutes: float):
    return NOW + timedelta(minutes=minutes)


def told(kind: str, minutes: float = 0, job: JobKind = JobKind.CLEAR, **more) -> InletReport:
    inlets = more.pop("inlets", INLETS)
    event = {
        "operation_id": 1,
        "event_id": f"{kind}-{minutes}-{more.get('inlet_id', '')}",
        "version": 1,
        "station_id": "A",
        "kind": EventKind(kind),
        "job_id": f"{job}:S1",
        "server_at": at(minutes),
        "by": "甲站站长",
    }
    return InletReport(event=FieldEvent(**(event | more)), job_kind=job, inlet_ids=inlets)


def blocked_town(remedy: str = "hand"):
    return make_city(blockages=(make_blockage("S1-0", 2, cleared=False, remedy=remedy),))


def blocked(city) -> dict[str, str]:
    """What is blocked after all of it, and what it asks for."""
    return {one.inlet_id: one.remedy for one in city.blockages if one.is_open(SOON)}


def seen(city) -> dict[str, InspectionResult]:
    """The last result of each inlet."""
    return {one.inlet_id: one.result for one in sorted(city.inspections, key=lambda one: one.at)}


@pytest.mark.parametrize("remedy", ["hand", "jetting", "well_entry"])
@pytest.mark.parametrize(
    ("job", "good_for"),
    [
        (JobKind.CLEAR, ("hand",)),
        (JobKind.DESILT, ("hand",)),
        (JobKind.JET, ("hand", "jetting")),
        (JobKind.WELL, ("hand", "jetting", "well_entry")),
        (JobKind.GUARD, ()),
    ],
)
def test_a_blockage_is_closed_by_the_remedy_that_it_asks_for_or_a_stronger_one(
    job, good_for, remedy
):
    city = with_record(blocked_town(remedy), [told("clear", 60, job)])
    assert blocked(city) == ({} if remedy in good_for else {"S1-0": remedy})
    assert ("S1-0" in seen(city)) is (remedy in good_for)
    assert ("S1-1" in seen(city)) is (job is not JobKind.GUARD)
    if remedy in good_for:
        assert city.blockages[0].cleared_at == at(60)


def test_verified_work_was_found_open_and_work_opened_anew_is_blocked_until_it_is_done():
    verified = [told("clear", 10), told("verify", 20)]
    assert seen(with_record(BARE, verified)) == dict.fromkeys(INLETS, InspectionResult.OPEN)
    again = [*verified, told("reopen", 30)]
    assert blocked(with_record(BARE, again)) == dict.fromkeys(INLETS, "hand")
    assert blocked(with_record(BARE, [*again, told("clear", 40)])) == {}
    jetted = [told("clear", 10, JobKind.JET), told("reopen", 30, JobKind.JET)]
    assert blocked(with_record(blocked_town("jetting"), jetted))["S1-0"] == "jetting"


def test_work_that_nobody_reported_done_changes_nothing_even_opened_anew():
    assert with_record(BARE, [told("reopen", 30)]) == BARE
    assert with_record(BARE, [told("verify", 30)]) == BARE


def test_a_word_about_one_inlet_goes_before_the_word_about_its_job():
    marks = [
        told("inlet_blocked", 5, inlet_id="S1-0"),
        told("inlet_open", 6, inlet_id="S1-1"),
        told("clear", 10),
        told("verify", 20),
    ]
    city = with_record(BARE, marks)
    assert blocked(city) == {"S1-0": "jetting"}
    assert seen(city) == dict.fromkeys(INLETS[1:], InspectionResult.OPEN)
    corrected = [*marks, told("inlet_cleared", 30, inlet_id="S1-0")]
    assert blocked(with_record(BARE, corrected)) == {}


@pytest.mark.parametrize(
    ("job", "asks"),
    [(JobKind.CLEAR, "jetting"), (JobKind.JET, "well_entry"), (JobKind.WELL, "well_entry")],
)
def test_what_a_crew_can_not_open_asks_for_the_next_remedy(job, asks):
    mark = told("inlet_blocked", 5, job, inlet_id="S1-0")
    for town in (BARE, blocked_town("hand")):
        city = with_record(town, [mark])
        assert blocked(city) == {"S1-0": asks}
        assert len([one for one in city.blockages if one.inlet_id == "S1-0"]) == 1


def test_of_a_lesser_number_told_the_first_on_the_sheet_are_done():
    city = with_record(BARE, [told("clear", 10, amounts={"inlets": 2.0})])
    assert set(seen(city)) == set(INLETS[:2])
    assert with_record(BARE, [told("clear", 10, amounts={"inlets": 0.0})]) == BARE


def test_two_of_a_team_have_cleaned_once_but_what_was_blocked_since_is_opened():
    twice = [told("clear", 10), told("clear", 14)]
    assert with_record(BARE, twice) == with_record(BARE, twice[:1])
    reported = [incident(inlet_id="S1-0", reported_at=at(12))]
    assert blocked(with_record(BARE, twice[:1], reported)) == {"S1-0": "hand"}
    assert blocked(with_record(BARE, twice, reported)) == {}


def test_years_of_clearings_are_read_as_their_last_ones():
    day = 24 * 60
    years = [told("clear", n * day) for n in range(400)]
    assert with_record(BARE, years) == with_record(BARE, years[-3:])
    anew = with_record(BARE, [*years, told("reopen", 5)])
    assert [one.cleared_at for one in anew.blockages] == [at(day)] * 3
    assert with_record(blocked_town(), years).blockages[0].cleared_at == at(0)


def test_the_newer_of_table_and_report_counts():
    today = at(0).date()
    mark = told("inlet_blocked", 5, inlet_id="S1-0")

    def with_inlet(**changes):
        inlets = (replace(BARE.inlets[0], **changes), *BARE.inlets[1:])
        return with_record(replace(BARE, inlets=inlets), [mark])

    assert blocked(with_inlet(cleaned_on=today)) == {"S1-0": "jetting"}
    later = with_inlet(cleaned_on=today + timedelta(days=1))
    assert not any(one.is_open(NOW + timedelta(days=3)) for one in later.blockages)
    newer = replace(make_blockage("S1-0", -0.1), cleared_at=at(300))
    city = with_record(replace(BARE, blockages=(newer,)), [mark])
    assert city.blockages == (newer,)  # the bureau has written down the same blockage


def incident(closed: float | None = None, **more) -> Incident:
    values = {
        "id": 7,
        "operation_id": 1,
        "kind": "blocked_inlet",
        "segment_id": "S1",
        "source": "desk",
        "reported_at": NOW,
        "received_at": NOW,
        "by": "值班员",
        "closed_at": None if closed is None else at(closed),
    }
    return Incident(**(values | more))


def test_a_blocked_inlet_reported_is_a_record_until_it_is_closed():
    often = make_city(blockages=(make_blockage("S1-2", 40), make_blockage("S1-3", 400)))
    assert blocked(with_record(often, [], [incident()])) == {"S1-2": "hand"}
    named = [incident(inlet_id="S1-3")]
    assert blocked(with_record(often, [], named)) == {"S1-3": "hand"}
    apart = replace(BARE.inlets[1], position=(125.1, 42.9))
    town = replace(BARE, inlets=(BARE.inlets[0], apart, *BARE.inlets[2:]))
    assert blocked(with_record(town, [], [incident(position=(125.1, 42.9))])) == {"S1-1": "hand"}
    closed = with_record(often, [], [incident(closed=30)])
    assert blocked(closed) == {}
    assert len(closed.blockages) == 3
    assert with_record(often, [], [incident(segment_id="gone")]) == often


KINDS = ("clear", "verify", "reopen", "inlet_cleared", "inlet_blocked", "inlet_open")


@st.composite
def any_report(draw) -> InletReport:
    kind = draw(st.sampled_from(KINDS))
    inlet = {"inlet_id": draw(st.sampled_from(INLETS))} if kind.startswith("inlet") else {}
    job = draw(st.sampled_from([JobKind.CLEAR, JobKind.JET, JobKind.WELL, JobKind.GUARD]))
    return told(kind, draw(st.integers(0, 4000)), job, **inlet)


@given(st.lists(any_report(), max_size=8), st.randoms())
def test_the_same_reports_in_any_order_make_the_same_record(reports, random):
    mixed = random.sample(reports, len(reports))
    city = blocked_town("jetting")
    assert with_record(city, reports) == with_record(city, mixed)
    assert all(
        one.cleared_at is None or one.cleared_at >= one.reported_at
        for one in with_record(city, reports).blockages
    )


@pytest.fixture
def jetting(store):
    """A drill in which three inlets that ask for jetting are to be jetted."""
    city = make_city(
        blockages=tuple(make_blockage(one, 2, cleared=False, remedy="jetting") for one in INLETS)
    )
    store.replace_city(city)
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    job = replace(JOB, job_id="jet:S1", kind=JobKind.JET, inlet_ids=INLETS)
    store.plans.save(replace(VERSION, operation_id=real.id, assignments=(job,)), [], NOW)
    return store, real


def tap(kind: str, **more) -> Report:
    values = {"event_id": f"tap-{kind}-1", "version": 1, "station_id": "A", "job_id": "jet:S1"}
    return Report(**(values | {"kind": EventKind(kind), "device_at": NOW} | more))


def wanted(store, operation, now) -> set[str]:
    return {task.id for task in planning_request(store, operation, now, Settings()).own_tasks}


@both_databases
def test_jetted_and_verified_inlets_are_not_planned_again_until_they_are_opened_anew(jetting):
    store, real = jetting
    assert "jet:S1" in wanted(store, real, NOW)
    take_report(store, real, CHIEF, tap("depart"), NOW)
    take_report(store, real, CHIEF, tap("arrive"), NOW)
    assert "jet:S1" in wanted(store, real, NOW)  # begun is not done
    take_report(store, real, CHIEF, tap("clear"), NOW)
    verify(store, real, DESK, "jet:S1", at(20))
    later = NOW + timedelta(days=2)
    assert "jet:S1" not in wanted(store, real, later)
    states = inlet_states(recorded_city(store, real), later)
    assert all(states[one].probability < 0.01 for one in INLETS)
    reopen(store, real, DESK, "jet:S1", "又堵了", at(30))
    assert "jet:S1" in wanted(store, real, at(40))


@both_databases
def test_what_is_done_stays_done_with_newer_tables_and_in_the_next_operation_but_not_of_a_drill(
    jetting,
):
    store, real = jetting
    take_report(store, real, CHIEF, tap("clear"), at(1))
    store.replace_city(store.city(), at(2))  # the bureau's sheet still has them blocked
    assert not blocked(recorded_city(store, real))
    store.operations.end(real.id, at(3))
    drill = start_drill(store, CONSOLE, at(4), at(4))
    assert not blocked(recorded_city(store, drill))
    store.plans.save(
        replace(VERSION, operation_id=drill.id, assignments=(replace(JOB, inlet_ids=INLETS),)),
        [],
        at(4),
    )
    mark = tap("inlet_blocked", job_id=JOB.job_id, inlet_id="S1-0", device_at=None)
    take_report(store, drill, CHIEF, mark, at(5))
    told_of = IncidentReport(
        kind="blocked_inlet", by="甲", source="desk", reported_at=at(5), segment_id="S2"
    )
    kept, _ = report(store, drill, DESK, told_of, at(5))
    assert blocked(recorded_city(store, drill)) == {"S1-0": "jetting", "S2-0": "hand"}
    close(store, drill, DESK, kept.id, at(6))
    assert blocked(recorded_city(store, drill)) == {"S1-0": "jetting"}
    store.operations.end(drill.id, at(7))
    following = store.operations.start(OperationKind.REAL, at(8), at(8))
    assert not blocked(recorded_city(store, following))


def test_an_inlet_that_a_crew_can_not_open_asks_for_the_plan_that_sends_who_can(jetting):
    store, real = jetting
    take_report(store, real, CHIEF, tap("clear"), at(1))
    assert "jet:S1" not in wanted(store, real, at(2))
    job = replace(JOB, inlet_ids=INLETS)
    store.plans.save(
        replace(VERSION, operation_id=real.id, number=2, assignments=(job,)), [], at(2)
    )
    mark = tap("inlet_blocked", version=2, job_id=job.job_id, inlet_id="S1-0", device_at=None)
    for _ in range(2):
        take_report(store, real, CHIEF, mark, at(3))
    assert [one.cause for one in store.triggers.pending(real.id)] == ["blocked:tap-inlet_blocked-1"]
    assert "jet:S1" in wanted(store, real, at(4))


@pytest.mark.parametrize(
    "wrong",
    [
        {"inlet_id": None},
        {"inlet_id": "S2-0"},
        {"job_id": None, "inlet_id": "S1-0"},
        {"kind": EventKind.CLEAR, "inlet_id": "S1-0"},
    ],
)
def test_a_word_about_an_inlet_must_be_about_one_of_the_job(jetting, wrong):
    store, real = jetting
    with pytest.raises(NotAllowed):
        take_report(store, real, CHIEF, tap(**({"kind": "inlet_open"} | wrong)), NOW)


def test_what_the_field_wrote_goes_out_with_the_tables_and_comes_back(tmp_path):
    lived = with_record(
        blocked_town(),
        [
            told("clear", inlets=("S1-0",)),
            told("inlet_blocked", 5, inlet_id="S1-1"),
            told("inlet_open", 6, inlet_id="S1-2"),
        ],
    )
    write_city(as_tables(lived), tmp_path / "town", lang="zh")
    back = read_city(tmp_path / "town")

    assert blocked(back) == blocked(lived) == {"S1-1": "jetting"}
    today = NOW.astimezone(ZoneInfo(back.district.time_zone)).date()
    assert {one.id for one in back.inlets if one.cleaned_on == today} == {"S1-0", "S1-2"}
    assert sorted(one.id for one in back.blockages) == sorted(one.id for one in lived.blockages)
    assert blocked(with_record(back, [told("clear", 30, inlets=("S1-1",), job=JobKind.JET)])) == {}


def water_call(number, source, kind="standing_water", road="S1", matter=None) -> Incident:
    return Incident(
        id=number,
        operation_id=1,
        kind=kind,
        segment_id=road,
        source=source,
        reported_at=at(number),
        received_at=at(number),
        by="x",
        matter_id=matter,
    )


@pytest.mark.parametrize(
    ("calls", "minutes"),
    [
        ([water_call(1, "gauge:桥下")], [1]),
        ([water_call(1, "crew", kind="vehicle_in_water")], [1]),
        ([water_call(1, "desk"), water_call(2, "api:12345")], [1]),
        ([water_call(1, "api:12345")], []),
        ([water_call(1, "api:12345"), water_call(2, "api:12345", matter=1)], [1, 2]),
        ([water_call(1, "csv"), water_call(2, "csv", kind="blocked_inlet", matter=1)], [1]),
        ([water_call(1, "desk", road="elsewhere"), water_call(2, "desk", road=None)], []),
        ([water_call(1, "desk", kind="fallen_tree")], []),
    ],
)
def test_only_water_that_is_certain_is_kept(calls, minutes):
    assert [one.at for one in with_record(BARE, (), calls).waters] == [at(n) for n in minutes]
