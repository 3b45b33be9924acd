"""Drafts and their approval, field events, incidents, outages, what the desk does by hand: on both
databases.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from data.db import engine
from data.model.desk import AuditEntry, ChangeAction, ContingencyPlan, ManualChange, Revocation
from data.model.field import EventKind, FieldEvent, Incident, Outage
from data.model.notice import NoticeState
from data.model.operation import TriggerKind
from data.model.plan import PlanState
from data.store.store import LEADER, StalePlan
from tests.helpers.makers import HOUR, NOW, both_databases, make_notice, make_version

pytestmark = both_databases


def make_draft(operation_id: int, number: int = 1):
    return make_version(operation_id, number, state=PlanState.DRAFT, published_at=None)


def make_event(operation_id: int, event_id: str = "tap-1", **changes) -> FieldEvent:
    event = {
        "operation_id": operation_id,
        "event_id": event_id,
        "version": 1,
        "station_id": "A",
        "kind": EventKind.CLEAR,
        "job_id": "clear:S01",
        "unit_id": "C01@2022-07-08",
        "device_at": NOW,
        "server_at": NOW + HOUR,
        "by": "甲站站长",
        "position": (125.14, 42.9),
        "amounts": {"silt_m3": 0.4},
        "photo": "a1.jpg",
        "reason": None,
    }
    return FieldEvent(**(event | changes))


def make_incident(operation_id: int, **changes) -> Incident:
    incident = {
        "operation_id": operation_id,
        "kind": "standing_water",
        "segment_id": "S1",
        "position": (125.14, 42.9),
        "depth_cm": 22.5,
        "text": "桥下积水",
        "source": "api:12345",
        "external_id": "A-7",
        "reported_at": NOW,
        "received_at": NOW + HOUR,
        "by": "热线",
    }
    return Incident(**(incident | changes))


# --- drafts ---


def test_a_draft_binds_nobody_until_it_is_published(store, drill):
    store.plans.save(make_version(drill.id), [], NOW)
    store.plans.save(make_draft(drill.id, 2), [], NOW)
    assert store.plans.current(drill.id).number == 1
    assert store.plans.draft(drill.id) == make_draft(drill.id, 2)
    assert store.plans.newest_number(drill.id) == 2
    store.plans.publish(drill.id, 2, "值班员", NOW + HOUR, [make_notice(drill.id, 2)])
    published = store.plans.current(drill.id)
    assert published == replace(
        make_draft(drill.id, 2),
        state=PlanState.PUBLISHED,
        published_at=NOW + HOUR,
        approved_by="值班员",
    )
    assert store.plans.draft(drill.id) is None
    assert store.plans.version(drill.id, 1).state is PlanState.SUPERSEDED
    assert [notice.version for notice in store.outbox.notices(drill.id)] == [2]


@pytest.mark.parametrize("newer", [make_draft, make_version])
def test_a_draft_that_a_newer_version_replaced_is_not_published(store, drill, newer):
    store.plans.save(make_draft(drill.id), [], NOW)
    store.plans.save(newer(drill.id, 2), [], NOW)
    with pytest.raises(StalePlan, match="stale_draft"):
        store.plans.publish(drill.id, 1, "值班员", NOW, [make_notice(drill.id)])
    assert store.outbox.notices(drill.id) == []
    assert store.plans.version(drill.id, 1).state is PlanState.SUPERSEDED


def test_a_draft_is_published_once(store, drill):
    store.plans.save(make_draft(drill.id), [], NOW)

    def publish(name: str) -> bool:
        try:
            store.plans.publish(drill.id, 1, name, NOW, [make_notice(drill.id)])
        except StalePlan:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(publish, "甲乙丙丁")) == [False] * 3 + [True]
    assert len(store.outbox.notices(drill.id)) == 1


def test_two_versions_in_force_are_refused_by_the_database(store, drill):
    store.plans.save(make_version(drill.id), [], NOW)
    store.plans.save(make_version(drill.id, 2), [], NOW)
    with pytest.raises(IntegrityError), engine.writing(store._engine) as connection:
        connection.execute(text("UPDATE versions SET state = 'published'"))


def test_the_schema_goes_back_without_its_drafts_and_its_plans_stay(store, drill):
    store.plans.save(make_version(drill.id), [], NOW)
    trigger, _ = store.triggers.request(drill.id, "level:1", TriggerKind.LEVEL, NOW)
    store.plans.save(make_draft(drill.id, 2), [trigger.id], NOW)
    engine.downgrade(store._engine, "0002")
    store.migrate()
    assert [line.number for line in store.plans.versions(drill.id)] == [1]
    assert store.plans.current(drill.id) == make_version(drill.id)
    assert [one.cause for one in store.triggers.pending(drill.id)] == ["level:1"], (
        "the draft's cause waits again"
    )


def test_of_the_plans_made_before_there_were_drafts_the_last_is_in_force(store, drill):
    for number in (1, 2):
        store.plans.save(make_version(drill.id, number), [], NOW)
    engine.downgrade(store._engine, "0002")
    store.migrate()
    assert [line.state for line in store.plans.versions(drill.id)] == [
        PlanState.SUPERSEDED,
        PlanState.PUBLISHED,
    ]


# --- the field ---


def test_a_tap_is_kept_once_however_often_it_is_sent(store, drill):
    store.plans.save(make_version(drill.id), [], NOW)
    refusal = make_event(drill.id, kind=EventKind.REFUSE, amounts={}, reason="车坏")
    assert store.field.save_event(refusal)
    with ThreadPoolExecutor(4) as pool:
        again = pool.map(
            lambda _: store.field.save_event(replace(refusal, reason="later")), range(8)
        )
        assert not any(again)
    (kept,) = store.field.events(drill.id)
    assert replace(kept, id=None) == refusal
    assert [(one.cause, one.kind) for one in store.triggers.pending(drill.id)] == [
        ("refuse:tap-1", TriggerKind.REFUSAL)
    ]
    assert store.field.events(drill.id, after=kept.id) == []


def test_a_tap_without_place_job_and_amounts_comes_back_as_it_was(store, drill):
    store.plans.save(make_version(drill.id), [], NOW)
    bare = make_event(
        drill.id,
        kind=EventKind.ACCEPT,
        job_id=None,
        unit_id=None,
        device_at=None,
        position=None,
        amounts={},
        photo=None,
    )
    store.field.save_event(bare)
    assert replace(store.field.events(drill.id)[0], id=None) == bare


def test_a_tap_for_a_version_that_never_was_is_refused(store, drill):
    with pytest.raises(IntegrityError):
        store.field.save_event(make_event(drill.id))


def test_who_taps_has_been_told(store, drill):
    store.plans.save(
        make_version(drill.id),
        [],
        NOW,
        notices=[
            make_notice(drill.id),
            make_notice(drill.id, step=1),
            make_notice(drill.id, station_id="B"),
        ],
    )
    store.field.save_event(make_event(drill.id))
    told = ("A", NoticeState.ACKNOWLEDGED, NOW + HOUR, "甲站站长")
    assert [
        (one.station_id, one.state, one.acknowledged_at, one.acknowledged_by)
        for one in store.outbox.notices(drill.id)
    ] == [told, told, ("B", NoticeState.PENDING, None, None)]


def test_an_incident_of_one_source_is_kept_once_and_asks_once(store, drill):
    first, new = store.field.report_incident(make_incident(drill.id))
    again, not_new = store.field.report_incident(make_incident(drill.id, text="又报"))
    assert (new, not_new, again) == (True, False, first)
    assert replace(first, id=None) == make_incident(drill.id)
    other, _ = store.field.report_incident(make_incident(drill.id, source="csv"))
    assert [one.cause for one in store.triggers.pending(drill.id)] == [
        f"incident:{first.id}",
        f"incident:{other.id}",
    ]


def test_incidents_without_a_number_are_each_their_own(store, drill):
    bare = make_incident(
        drill.id, source="desk", external_id=None, position=None, depth_cm=None, segment_id=None
    )
    assert [store.field.report_incident(bare)[1] for _ in range(2)] == [True, True]
    assert len(store.triggers.pending(drill.id)) == 2
    assert replace(store.field.incidents(drill.id)[0], id=None) == bare


def test_an_incident_is_closed_once(store, drill):
    kept, _ = store.field.report_incident(make_incident(drill.id))
    assert store.field.close_incident(kept.id, "甲", NOW + HOUR)
    assert not store.field.close_incident(kept.id, "乙", NOW + 2 * HOUR)
    assert store.field.incidents(drill.id, open_only=True) == []
    (closed,) = store.field.incidents(drill.id)
    assert (closed.closed_by, closed.closed_at) == ("甲", NOW + HOUR)


def test_a_depth_below_nothing_is_refused(store, drill):
    with pytest.raises(IntegrityError):
        store.field.report_incident(make_incident(drill.id, depth_cm=-1.0))
    assert store.triggers.pending(drill.id) == []


# --- by hand ---


def test_a_crew_is_out_once_and_back_once(store, drill):
    gone = Outage(operation_id=drill.id, resource_id="C01", from_at=NOW, by="甲", reason="车坏")
    out, new = store.desk.begin_outage(gone, NOW)
    same, not_new = store.desk.begin_outage(replace(gone, reason="又说"), NOW + HOUR)
    assert (new, not_new, same) == (True, False, out)
    assert store.desk.end_outage(out, "乙", NOW + HOUR)
    assert not store.desk.end_outage(out, "丙", NOW + 2 * HOUR)
    assert store.desk.outages(drill.id) == [replace(out, to_at=NOW + HOUR, ended_by="乙")]
    assert store.desk.begin_outage(gone, NOW + 3 * HOUR)[1], "it may break again"
    assert [one.cause.partition(":")[0] for one in store.triggers.pending(drill.id)] == [
        "outage",
        "back",
        "outage",
    ]


def test_a_change_by_hand_is_a_cause(store, drill):
    store.plans.save(make_version(drill.id), [], NOW)
    wanted = ManualChange(
        operation_id=drill.id,
        version=1,
        job_id="clear:S01",
        action=ChangeAction.MOVE,
        by="甲",
        at=NOW,
        body={"start_at": "2022-07-08T10:00:00+08:00", "units": ["C02"]},
    )
    kept = store.desk.save_change(wanted)
    assert replace(kept, id=None) == wanted
    assert store.desk.manual_changes(drill.id) == [kept]
    assert [(one.cause, one.kind) for one in store.triggers.pending(drill.id)] == [
        (f"change:{kept.id}", TriggerKind.CHANGE)
    ]


def test_a_standing_plan_takes_the_place_of_the_one_before(store, drill):
    plan = ContingencyPlan(
        operation_id=drill.id, colour="red", made_at=NOW, digest="a", plan=make_version(drill.id, 9)
    )
    store.desk.save_contingency_plan(plan)
    newer = replace(plan, digest="b", made_at=NOW + HOUR)
    store.desk.save_contingency_plan(newer)
    store.desk.save_contingency_plan(replace(plan, colour="blue"))
    assert store.desk.contingency_plans(drill.id) == {
        "red": newer,
        "blue": replace(plan, colour="blue"),
    }
    assert store.plans.versions(drill.id) == []


def test_a_standing_plan_of_a_leader_that_slept_is_refused(store, drill):
    old = store.leases.acquire(LEADER, "one", NOW, HOUR)
    store.leases.acquire(LEADER, "two", NOW + HOUR, HOUR)
    plan = ContingencyPlan(
        operation_id=drill.id, colour="red", made_at=NOW, digest="a", plan=make_version(drill.id, 9)
    )
    with pytest.raises(StalePlan):
        store.desk.save_contingency_plan(plan, old)
    assert store.desk.contingency_plans(drill.id) == {}


def test_who_did_what_is_there_the_newest_first(store, drill):
    entries = [
        AuditEntry(
            operation_id=drill.id,
            at=NOW,
            by="甲",
            action="plan.publish",
            subject="1",
            body={"notices": 2},
        ),
        AuditEntry(at=NOW + HOUR, by="乙", action="user.sign_in", subject="乙"),
    ]
    for entry in entries:
        store.desk.record_action(entry)
    assert [replace(entry, id=None) for entry in store.desk.audit_log()] == entries[::-1]
    assert len(store.desk.audit_log(most=1)) == 1


def test_a_link_is_revoked_once_and_for_ever(store):
    assert not store.desk.is_revoked(["a", "station:A"])
    assert store.desk.revoke_link(Revocation(link_id="a", by="甲", at=NOW))
    assert not store.desk.revoke_link(Revocation(link_id="a", by="乙", at=NOW))
    assert store.desk.is_revoked(["a", "station:A"])
    assert not store.desk.is_revoked(["b"])


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE audit SET \"by\" = 'nobody' WHERE id = 3", 3),
        ("UPDATE audit SET body = '{}' WHERE id = 2", 2),
        ("DELETE FROM audit WHERE id = 3", 4),
        ("UPDATE audit SET seal = NULL WHERE id = 4", 4),
        ("UPDATE audit SET at = '2001-01-01 00:00:00' WHERE id = 5", 5),
        ("UPDATE audit SET subject = subject", None),
    ],
)
def test_a_change_of_the_audit_log_is_seen(store, change, broken):
    for number in range(1, 6):
        store.desk.record_action(
            AuditEntry(
                at=NOW, by="甲", action="x", subject=str(number), body={"b": [1.5], "a": "值"}
            )
        )
    assert store.desk.broken_seal() is None
    with store._engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert store.desk.broken_seal() == broken


def test_what_was_written_before_there_were_seals_is_no_change(store):
    entry = AuditEntry(at=NOW, by="甲", action="x", subject="y")
    store.desk.record_action(entry)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET seal = NULL")
    store.desk.record_action(entry)
    store.desk.record_action(entry)
    assert store.desk.broken_seal() is None
