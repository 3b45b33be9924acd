"""Storms and their ledgers: where one ends and the next begins, and nothing that happened left
out.
"""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.desk import ChangeAction
from data.model.field import EventKind, FieldEvent, Incident
from data.model.message import Message
from data.model.operation import LevelOrder, Operation, OperationKind
from data.model.plan import SegmentRisk, UnassignedJob
from ops.analytics.history import History, read_history
from ops.analytics.share_kpis import before_onset
from ops.analytics.storm_ledger import (
    KINDS,
    LANES,
    STATES,
    cases_of,
    figures,
    in_force_at,
    ledger,
    segments_at,
    storms,
)
from ops.analytics.time_kpis import ResponseSettings
from ops.base.messages import LANGUAGES, Translator, catalogue
from ops.field.reports import most_of
from tests.helpers import scripted
from tests.helpers.makers import DESK, HOUR, NOW, make_alert, make_city, make_version
from weather.model import AlertStatus

OPERATION = Operation(id=1, kind=OperationKind.DRILL, clock_at=NOW, anchor_at=NOW, started_at=NOW)
GAP = timedelta(hours=12)


def incident(hours: float, number: int = 1, **changes) -> Incident:
    at = NOW + hours * HOUR
    told = {
        "id": number,
        "operation_id": 1,
        "kind": "standing_water",
        "segment_id": "S3",
        "source": "desk",
        "reported_at": at,
        "received_at": at,
        "by": "x",
    }
    return Incident(**(told | changes))


def tap(hours: float, job_id: str = "clear:S01", kind: EventKind = EventKind.CLEAR) -> FieldEvent:
    return FieldEvent(
        operation_id=1,
        event_id=f"{kind}-{hours}",
        version=1,
        station_id="A",
        kind=kind,
        job_id=job_id,
        server_at=NOW + hours * HOUR,
        by="站长",
    )


def history(**changes) -> History:
    return History(**({"operation": OPERATION, "alerts": (make_alert(),)} | changes))


def test_a_warning_opens_a_storm_and_what_follows_within_the_gap_lengthens_it():
    (one,) = storms(history(events=(tap(3), tap(14))), NOW + 15 * HOUR, GAP)
    assert (one.begin_at, one.end_at, one.over) == (NOW, NOW + 14 * HOUR, False)
    assert storms(history(events=(tap(3),)), NOW + 16 * HOUR, GAP)[0].over


def test_a_new_incident_after_the_gap_is_another_storm_and_a_tap_is_none():
    found = storms(history(incidents=(incident(40),), events=(tap(20),)), NOW + 41 * HOUR, GAP)
    assert [(one.number, one.begin_at, one.over) for one in found] == [
        (1, NOW, True),
        (2, NOW + 40 * HOUR, False),
    ]
    assert not any(one.has(NOW + 20 * HOUR) for one in found)


def test_plans_and_the_end_of_a_level_open_no_storm():
    end = LevelOrder(id=1, operation_id=1, level=None, by="x", at=NOW)
    assert storms(history(alerts=(), orders=(end,), versions=(make_version(1),)), NOW, GAP) == ()
    assert storms(history(alerts=(make_alert(status=AlertStatus.TEST),)), NOW, GAP) == ()
    real = replace(OPERATION, kind=OperationKind.REAL)
    assert (
        storms(history(operation=real, alerts=(make_alert(status=AlertStatus.EXERCISE),)), NOW, GAP)
        == ()
    )


@settings(deadline=None)
@given(st.lists(st.floats(0, 200), max_size=12), st.floats(200, 300))
def test_each_incident_lies_in_exactly_one_storm(hours, now):
    reports = tuple(incident(one, number) for number, one in enumerate(hours, 1))
    found = storms(history(alerts=(), incidents=reports), NOW + now * HOUR, GAP)
    assert all(sum(one.has(report.received_at) for one in found) == 1 for report in reports)
    assert all(
        later.begin_at - earlier.end_at > GAP for earlier, later in itertools.pairwise(found)
    )


@pytest.mark.parametrize(
    ("cleared", "now", "expected"),
    [
        (0.9, 2, {"segments_before_onset": (1, 2), "inlets_before_onset": (2, 4)}),
        (1.5, 2, {"segments_before_onset": (0, 2), "inlets_before_onset": (0, 4)}),
        (0.5, 0.9, {}),
    ],
)
def test_what_was_cleared_before_the_rain_that_the_plan_counted_on(cleared, now, expected):
    one = make_version(1).assignments[0]
    jobs = (
        replace(one, job_id="clear:S1", segment_id="S1", inlet_ids=("a", "b")),
        replace(one, job_id="clear:S2", segment_id="S2", inlet_ids=("c", "d")),
    )
    risks = tuple(
        SegmentRisk(segment_id=name, score=score, why=(), inlet_ids=())
        for name, score in (("S1", 80), ("S2", 25), ("S3", 24))
    )
    told = history(
        versions=(make_version(1, assignments=jobs, risks=risks),),
        events=(tap(cleared, "clear:S1"),),
    )
    (storm,) = storms(told, NOW + now * HOUR, GAP)
    found = before_onset(storm, told, NOW + now * HOUR, ResponseSettings())
    assert {share.name: (share.kept, share.count) for share in found} == expected


def test_every_kind_of_entry_has_its_words():
    assert all(f"storm.kind_{kind}" in catalogue() for kind in KINDS)
    assert all(f"storm.change_{action}" in catalogue() for action in ChangeAction)
    assert set(LANES) == set(KINDS)
    assert all(f"manager.lane_{lane}" in catalogue() for lane in LANES.values())


def codes(fact) -> set[str]:
    """The keys of a sentence and of all that it is made of."""
    if isinstance(fact, tuple):
        return set().union(*map(codes, fact))
    return {fact.code, *codes(tuple(fact.facts.values()))} if isinstance(fact, Message) else set()


def most_told(kind: EventKind) -> dict[str, float]:
    """All that can be told with a tap of this kind."""
    return dict.fromkeys(most_of(kind, make_city()), 2.0)


@pytest.mark.parametrize("kind", EventKind)
def test_whatever_is_told_with_a_tap_stands_in_the_ledger_in_words(kind):
    told = history(events=(replace(tap(1, kind=kind), amounts=most_told(kind)),))
    (one,) = storms(told, NOW + 2 * HOUR, GAP)
    (entry,) = (found for found in ledger(one, told, make_city()) if found.kind == kind)
    assert codes(entry.what) <= set(catalogue())
    assert f"desk.said_{kind}" in catalogue()


def test_the_plan_in_force_and_every_segment_at_an_instant():
    plans = tuple(make_version(1, number, published_at=NOW + number * HOUR) for number in (1, 2))
    told = history(versions=plans)
    assert in_force_at(told, NOW) is None
    assert [in_force_at(told, NOW + hours * HOUR).number for hours in (1, 1.5, 2, 9)] == [
        1,
        1,
        2,
        2,
    ]


@pytest.mark.parametrize(
    ("hours", "taps", "state"),
    [
        (0.1, (), "planned"),
        (0.5, (), "due"),
        (2, (), "over"),
        (0.1, (tap(0.05, "clear:S1", EventKind.DEPART),), "under_way"),
        (2, (tap(0.9, "clear:S1"),), "cleared"),
        (0.5, (tap(0.9, "clear:S1"),), "due"),
    ],
)
def test_a_segment_stands_as_its_plan_and_the_reports_by_then_say(hours, taps, state):
    job = replace(
        make_version(1).assignments[0], job_id="clear:S1", segment_id="S1", station_id="A"
    )
    left = UnassignedJob(
        job_id="jet:S2",
        kind=job.kind,
        phase=job.phase,
        segment_id="S2",
        station_id="A",
        risk=None,
        why=job.why[0],
    )
    plan = make_version(1, assignments=(job,), left_out=(left,))
    told = history(versions=(plan,), events=taps, incidents=(incident(0, closed_at=NOW + HOUR),))
    found = segments_at(plan, told, make_city(), NOW + hours * HOUR)
    assert found == {"S1": state, "S2": "left_out", "S3": "incident" if hours < 1 else "none"}
    assert set(found.values()) <= set(STATES)
    assert set(segments_at(None, history(), make_city(), NOW).values()) == {"none"}


def test_a_whole_storm_is_written_down_from_the_warning_to_the_last_entry(store):
    desk = scripted.play(store)
    desk.loop.stop()
    told, city = read_history(store, desk.drill), store.city()
    (storm,) = storms(told, desk.now, GAP)
    entries = ledger(storm, told, city)
    kinds = [entry.kind for entry in entries]
    assert kinds[:2] == ["alert", "level"]
    assert kinds.count("version") == len(told.versions) == 5
    assert kinds.count("clear") == 4
    assert kinds.count("incident") == 3
    assert {"accept", "depart", "arrive", "help", "incident_closed"} <= set(kinds)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert any(entry.by == DESK.name for entry in entries)
    for language in LANGUAGES:
        assert all(Translator(language).message(entry.what) for entry in entries)
    cases = told.cases(city)
    found = figures(storm, told, cases)
    assert (found.versions, found.cleared, found.inlets, round(found.silt_m3, 1)) == (5, 4, 9, 1.2)
    assert found.incidents == {"standing_water": 1, "fallen_tree": 1, "other": 1}
    assert found.open_incidents == {"fallen_tree": 1, "other": 1}
    assert set(cases_of(storm, cases)) == set(cases)
    again = read_history(store, desk.drill, told.versions)
    assert again == told


def test_measured_rain_stands_in_the_ledger_hour_by_hour():
    history = History(
        operation=OPERATION,
        incidents=(incident(0), incident(3, 2)),
        measured=((NOW + HOUR, 12.34), (NOW + 2 * HOUR, 0.2), (NOW - 5 * HOUR, 9.0)),
    )
    (storm, *_) = storms(history, NOW + 4 * HOUR, GAP)
    (entry,) = [each for each in ledger(storm, history, make_city()) if each.kind == "measured"]
    assert (entry.at, entry.what.facts["mm"]) == (NOW + HOUR, 12.3)
