"""Deeds that change what is planned, done in the field or told to the stations."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.desk import ChangeAction
from data.model.field import EventKind
from data.model.plan import JobKind, PlanState
from data.model.roster import RosterDay
from data.model.street.cleaning import ActionPost, PostStep
from data.model.street.street_case import CaseEventKind
from data.model.street.works import Work, WorkKind, WorkStep
from ops.auth.permissions import CONSOLE, Action, Actor
from ops.cleaning import checks, reading, volunteers
from ops.cleaning.parameters import CleaningSettings
from ops.district import month_changes, roster_changes
from ops.duty import log
from ops.field import notes, outages, questions, reports, taking_back, verification
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport
from ops.field.cases import street_cases
from ops.field.water import gauges, street_closures
from ops.intake import alerts, response_level, streets
from ops.notifications import reached, report_points
from ops.notifications.notices import NotifySettings
from ops.planning.on_duty.fair_month import month_asked
from ops.planning.parameters import DutySettings
from ops.replanning import approval, extra_capacity, manual_changes, month_proposals
from ops.settings import Settings
from ops.works import programme
from tests.helpers.makers import (
    NOW,
    make_alert,
    make_city,
    make_notice,
)
from tests.helpers.progress import JOB, VERSION
from tests.helpers.security.world import STREETS, Deed, World

SEGMENT = {"A": "S1", "B": "S3"}
CREW = {"A": "M-loader", "B": next(one.id for one in make_city().crews if one.station_id == "B")}


def _told(world: World) -> IncidentReport:
    return IncidentReport(
        kind="fallen_tree",
        by="x",
        source="desk",
        reported_at=NOW,
        segment_id=SEGMENT[world.station],
    )


def _case(world: World) -> street_cases.CaseReport:
    return street_cases.CaseReport(
        kind="fallen_tree",
        by="x",
        source="desk",
        reported_at=NOW,
        segment_id=SEGMENT[world.station],
    )


def _said(world: World, actor: Actor, kind: CaseEventKind) -> None:
    case, _ = street_cases.open_case(world.store, world.drill, CONSOLE, _case(world), NOW)
    word = street_cases.CaseWord(kind=kind, event_id="case-0001", owner="x", text="x")
    street_cases.say(world.store, world.drill, actor, case.id, word, NOW)


def _placed(world: World):
    return incidents.placed(_told(world), world.drill, make_city(), NOW)


def _absent(world: World) -> roster_changes.DayChange:
    crew = next(one.id for one in make_city().crews if one.station_id == world.station)
    return roster_changes.DayChange(worker=("crew", crew), day=NOW.date(), duty="absent")


def _month(world: World) -> month_proposals.Proposed:
    asked = month_asked(make_city(), world.station, [NOW.date()], DutySettings())
    _propose(world, CONSOLE)
    kept = world.store.rosters.proposal(world.drill.id, world.station, NOW.date().replace(day=1))
    return month_proposals.Proposed(
        station_id=world.station,
        month=asked,
        why=(),
        by="x",
        at=NOW,
        is_stale=False,
        number=kept.id,
    )


def _propose(world: World, actor: Actor) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(month_proposals, "run_apart", lambda work, room: work())  # no process
        day = [NOW.date()]
        month_proposals.propose(
            world.store, world.drill, actor, world.station, day, DutySettings(), NOW
        )


def _back(world: World, actor: Actor) -> None:
    outages.take_out(world.store, world.drill, CONSOLE, CREW[world.station], "", NOW)
    outages.bring_back(world.store, world.drill, actor, CREW[world.station], NOW)


def _shut(world: World) -> street_closures.ClosureOrder:
    return street_closures.ClosureOrder(segment_id=SEGMENT[world.station])


def _open_street(world: World, actor: Actor) -> None:
    kept, _ = street_closures.close_street(world.store, world.drill, CONSOLE, _shut(world), NOW)
    street_closures.open_street(world.store, world.drill, actor, kept.id, NOW)


def _accept(world: World, actor: Actor) -> None:
    report = reports.Report(
        event_id="tap-0001", version=1, station_id=world.station, kind=EventKind.ACCEPT
    )
    reports.take_report(world.store, world.drill, actor, report, NOW)


def _take_back(world: World, actor: Actor) -> None:
    report = reports.Report(
        event_id="tap-0007", version=1, station_id=world.station, kind=EventKind.ACCEPT
    )
    reports.take_report(world.store, world.drill, CONSOLE, report, NOW)
    back = ("back-0007", "tap-0007")
    taking_back.take_back(world.store, world.drill, actor, world.station, *back, NOW)


def _take_over(world: World, actor: Actor) -> None:
    given = log.hand_over(world.store, world.drill, CONSOLE, "", (), NOW)
    log.take_over(world.store, world.drill, actor, given.id, "", NOW)


def _baseline(world: World, actor: Actor) -> manual_changes.Baseline:
    return manual_changes.baseline(world.store, world.drill, actor, NOW, Settings())


def _prepared(world: World, actor: Actor) -> manual_changes.PreparedChange:
    more = manual_changes.ChangeRequest(
        action=ChangeAction.ADD, kind=JobKind.CLEAR, segment_id="S1", minutes=30
    )
    return manual_changes.prepare(_baseline(world, CONSOLE), more, actor)


def _approve(world: World, actor: Actor) -> None:
    draft = replace(
        VERSION, operation_id=world.drill.id, number=2, state=PlanState.DRAFT, published_at=None
    )
    world.store.plans.save(draft, [], NOW)
    approval.approve(world.store, world.drill, actor, 2, NOW, (), NotifySettings())


def _cleared(world: World) -> None:
    report = reports.Report(
        event_id="tap-0002", version=1, station_id="A", kind=EventKind.CLEAR, job_id=JOB.job_id
    )
    reports.take_report(world.store, world.drill, CONSOLE, report, NOW)


def _verify(world: World, actor: Actor) -> None:
    _cleared(world)
    verification.verify(world.store, world.drill, actor, JOB.job_id, NOW)


def _reopen(world: World, actor: Actor) -> None:
    _cleared(world)
    verification.reopen(world.store, world.drill, actor, JOB.job_id, "again", NOW)


def _answer(world: World, actor: Actor) -> None:
    asked = reports.Report(
        event_id="tap-0003", version=1, station_id="A", kind=EventKind.ASK, reason="where?"
    )
    reports.take_report(world.store, world.drill, CONSOLE, asked, NOW)
    questions.answer(world.store, world.drill, actor, "tap-0003", "there", NOW)


def _call(world: World, who: Actor) -> ActionPost:
    told = volunteers.PostCall(
        name="清扫", from_at=NOW, to_at=NOW + timedelta(hours=1), wanted=3, place="广场"
    )
    return volunteers.call(world.store, world.drill, who, told, NOW)


WITH_WORK = make_city(
    works=(Work(id="W1", name="管道", agency="旧改办", kind=WorkKind.PIPE, days=3),)
)

AT_THE_DESK = (
    Deed(
        "programme.tell",
        Action.TELL_WORKS,
        lambda w, who: programme.tell(
            w.store, w.drill, who, WITH_WORK, "W1", WorkStep.STARTED, NOW
        ),
    ),
    Deed(
        "checks.tell_check",
        Action.CHECK_STREETS,
        lambda w, who: checks.tell_check(
            w.store, w.drill, who, checks.CheckReport(segment_id="S1", score=90), NOW
        ),
        ("duty", "manager", "admin"),
    ),
    Deed(
        "reading.drawn_today",
        Action.CHECK_STREETS,
        lambda w, who: reading.drawn_today(
            w.store, w.drill, who, w.store.city(), NOW, CleaningSettings()
        ),
        ("duty", "manager", "admin"),
        audited=False,
    ),
    Deed(
        "month_changes.put_in",
        Action.CHANGE_ROSTER,
        lambda w, who: month_changes.put_in(
            w.store,
            w.drill,
            who,
            [RosterDay(day=NOW.date(), crew_id=_absent(w).worker[1], duty="off")],
            "x",
            NOW,
        ),
        at_own=("chief",),
    ),
    Deed(
        "month_proposals.propose", Action.CHANGE_ROSTER, _propose, at_own=("chief",), audited=False
    ),
    Deed(
        "month_proposals.change_day",
        Action.CHANGE_ROSTER,
        lambda w, who: month_proposals.change_day(
            w.store, w.drill, who, _month(w), "x", NOW.date(), None, NOW
        ),
        at_own=("chief",),
        audited=False,
    ),
    Deed(
        "month_proposals.leave",
        Action.CHANGE_ROSTER,
        lambda w, who: month_proposals.leave(w.store, w.drill, who, _month(w), NOW),
        at_own=("chief",),
        audited=False,
    ),
    Deed("volunteers.call", Action.CALL_VOLUNTEERS, lambda w, who: _call(w, who)),
    Deed(
        "volunteers.tell_post",
        Action.CALL_VOLUNTEERS,
        lambda w, who: volunteers.tell_post(
            w.store, w.drill, who, _call(w, CONSOLE).id, PostStep.FILL, NOW, number=2
        ),
    ),
    Deed(
        "alerts.plan_again",
        Action.PLAN_AGAIN,
        lambda w, who: alerts.plan_again(w.store, w.drill, who, NOW),
    ),
    Deed(
        "alerts.take_alerts",
        Action.TAKE_ALERT,
        lambda w, who: alerts.take_alerts(w.store, w.drill, who, [make_alert()], NOW),
    ),
    Deed(
        "response_level.order_level",
        Action.ORDER_LEVEL,
        lambda w, who: response_level.order_level(w.store, w.drill, who, "II", NOW),
    ),
    Deed(
        "incidents.report",
        Action.REPORT_INCIDENT,
        lambda w, who: incidents.report(w.store, w.drill, who, _told(w), NOW),
        ("chief", "link", "duty", "admin", "platform"),
    ),
    Deed(
        "incidents.report_all",
        Action.REPORT_INCIDENT,
        lambda w, who: incidents.report_all(w.store, w.drill, who, [_placed(w)], NOW),
        ("chief", "link", "duty", "admin", "platform"),
    ),
    Deed(
        "incidents.close",
        Action.CLOSE_INCIDENT,
        lambda w, who: incidents.close(w.store, w.drill, who, 1, NOW),
        ("duty", "admin", "platform"),
    ),
    Deed(
        "incidents.split",
        Action.SORT_INCIDENTS,
        lambda w, who: incidents.split(w.store, w.drill, who, 2, NOW),
        ("duty", "admin", "platform"),
    ),
    Deed(
        "incidents.join",
        Action.SORT_INCIDENTS,
        lambda w, who: incidents.join(w.store, w.drill, who, 3, 1, NOW),
        ("duty", "admin", "platform"),
    ),
    Deed(
        "street_cases.open_case",
        Action.REPORT_INCIDENT,
        lambda w, who: street_cases.open_case(w.store, w.drill, who, _case(w), NOW),
        ("chief", "link", "duty", "admin", "platform"),
    ),
    Deed(
        "street_cases._must_be_allowed",
        Action.VERIFY_WORK,
        lambda w, who: _said(w, who, CaseEventKind.TOLD),
    ),
    Deed(
        "street_cases._must_be_allowed",
        Action.REPORT_WORK,
        lambda w, who: _said(w, who, CaseEventKind.DONE),
        at_own=("chief", "link"),
    ),
    Deed(
        "gauges.take_readings",
        Action.PUSH_READINGS,
        lambda w, who: gauges.take_readings(w.store, w.drill, who, [{}], NOW, ()),
        ("admin", "platform"),
        audited=False,
    ),
    Deed(
        "roster_changes.change_day",
        Action.CHANGE_ROSTER,
        lambda w, who: roster_changes.change_day(w.store, w.drill, who, _absent(w), NOW),
        at_own=("chief",),
    ),
    Deed(
        "outages.take_out",
        Action.SET_OUTAGE,
        lambda w, who: outages.take_out(w.store, w.drill, who, CREW[w.station], "", NOW),
        at_own=("chief",),
    ),
    Deed("outages.bring_back", Action.SET_OUTAGE, _back, at_own=("chief",)),
    Deed(
        "outages.call_on_duty",
        Action.SET_OUTAGE,
        lambda w, who: outages.call_on_duty(w.store, w.drill, who, w.station, NOW, NOW),
        at_own=("chief",),
    ),
    Deed(
        "street_closures.close_street",
        Action.CLOSE_STREET,
        lambda w, who: street_closures.close_street(w.store, w.drill, who, _shut(w), NOW),
    ),
    Deed(
        "street_closures.close_all",
        Action.CLOSE_STREET,
        lambda w, who: street_closures.close_all(w.store, w.drill, who, [_shut(w)], NOW),
    ),
    Deed("street_closures.open_street", Action.CLOSE_STREET, _open_street),
    Deed(
        "streets.load_streets",
        Action.REPLACE_CITY,
        lambda w, who: streets.load_streets(w.store, who, STREETS, NOW),
        ("admin",),
    ),
    Deed(
        "manual_changes.confirm",
        Action.CHANGE_PLAN,
        lambda w, who: manual_changes.confirm(w.store, _prepared(w, CONSOLE), who, NOW),
    ),
    Deed("manual_changes.prepare", Action.CHANGE_PLAN, _prepared, audited=False),
    Deed("manual_changes.baseline", Action.CHANGE_PLAN, _baseline, audited=False),
    Deed(
        "extra_capacity.remedies",
        Action.CHANGE_PLAN,
        lambda w, who: extra_capacity.remedies(w.store, w.drill, who, NOW, Settings()),
        audited=False,
    ),
    Deed("approval.approve", Action.APPROVE_PLAN, _approve),
    Deed(
        "reports.take_report", Action.REPORT_WORK, _accept, at_own=("chief", "link"), audited=False
    ),
    Deed(
        "taking_back.take_back",
        Action.REPORT_WORK,
        _take_back,
        at_own=("chief", "link"),
        audited=False,
    ),
    Deed("verification.verify", Action.VERIFY_WORK, _verify),
    Deed("verification.reopen", Action.VERIFY_WORK, _reopen),
    Deed("questions.answer", Action.ANSWER_QUESTION, _answer),
    Deed(
        "notes.note",
        Action.ANSWER_QUESTION,
        lambda w, who: notes.note(w.store, w.drill, who, "silent:A@1", w.station, "told", NOW),
    ),
    Deed(
        "log.write_note",
        Action.KEEP_LOG,
        lambda w, who: log.write_note(w.store, w.drill, who, "积水已退", NOW, NOW),
        audited=False,
    ),
    Deed(
        "log.hand_over",
        Action.KEEP_LOG,
        lambda w, who: log.hand_over(w.store, w.drill, who, "", (), NOW),
    ),
    Deed("log.take_over", Action.KEEP_LOG, _take_over),
    Deed(
        "reached.told_by_phone",
        Action.TELL_STATION,
        lambda w, who: reached.told_by_phone(w.store, w.drill, who, w.station, "甲", NOW),
        ("duty", "admin", "platform"),
    ),
    Deed(
        "reached.call_answered",
        Action.TELL_STATION,
        lambda w, who: reached.call_answered(
            w.store, w.drill, who, make_notice(w.drill.id, 1, w.station), "甲", NOW, "1"
        ),
        ("duty", "admin", "platform"),
    ),
    Deed(
        "report_points.take_back_point",
        Action.REVOKE_LINK,
        lambda w, who: report_points.take_back_point(w.store, who, "S1", NOW),
        ("duty", "admin"),
    ),
)
