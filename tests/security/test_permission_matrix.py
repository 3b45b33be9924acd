"""Who may do what, tried at every door: each person with each action, each page and each route. A
new function that asks for a permission, a new page or a new route fails here until it has its
cells.
"""

import ast
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import streamlit as st
from starlette.routing import Mount
from streamlit.testing.v1 import AppTest

from dashboard.core import identity
from dashboard.views import navigation
from dashboard.views.navigation import PAGES
from dashboard.web import metrics, own_account, phone_links, resident_links, splash
from dashboard.web import sign_in as signin
from data.model.account import Role
from data.model.city import SANITATION, RosterDay
from data.model.desk import ChangeAction
from data.model.field import EventKind
from data.model.headquarters.directives import DirectiveStep
from data.model.headquarters.members import DistrictSummary, Member
from data.model.operation import Operation, OperationKind
from data.model.plan import JobKind, PlanState
from data.model.street.cleaning import ActionPost, PostStep
from data.model.street.street_case import CaseEventKind
from data.model.street.works import Work, WorkKind, WorkStep
from data.sheets.foreign.take_in import TakenIn
from data.store.store import Store
from data.streets.reading import read_streets
from ops import settings_page
from ops.auth import accounts, api_tokens, own_sessions, second_factor
from ops.auth.permissions import CONSOLE, Action, Actor
from ops.auth.sessions import (
    AccessSettings,
    change_password,
    lift_waits,
    sign_in,
    signed_in,
    waits,
)
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.base.paths import home
from ops.base.sites import Site
from ops.cleaning import checks, reading, volunteers
from ops.cleaning.parameters import CleaningSettings
from ops.district import city_files, month_changes, roster_changes, tables
from ops.district.services import SERVICES
from ops.drill import background
from ops.duty import log
from ops.exercise import injects
from ops.exercise.script import Inject, InjectKind
from ops.field import notes, outages, questions, reports, taking_back, verification
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport
from ops.field.cases import street_cases
from ops.field.water import gauges, street_closures
from ops.headquarters import directives, loans
from ops.headquarters.register import Register
from ops.intake import alerts, feeds, operations, response_level, streets
from ops.notifications import reached, report_points, signed_links, trial
from ops.notifications.channels import Channel, ChannelSettings, DeliveryError
from ops.notifications.notices import NotifySettings
from ops.planning.on_duty.fair_month import month_asked
from ops.planning.parameters import DutySettings
from ops.replanning import approval, extra_capacity, manual_changes, month_proposals
from ops.runtime import season_archive
from ops.settings import Settings
from ops.works import programme
from tests.helpers.cases import all_cases
from tests.helpers.makers import (
    NOW,
    make_admin,
    make_alert,
    make_city,
    make_notice,
    make_spare,
    make_want,
)
from tests.helpers.pages import APP, checked, fill, text
from tests.helpers.paths import ROOT
from tests.helpers.progress import JOB, VERSION
from tests.helpers.second_factor import set_up
from tests.helpers.sign_in_browser import Browser
from weather.sources import Feed

GOOD = "lightning over liaoyuan"
RULES = AccessSettings()
PEOPLE = ("anonymous", "revoked", "chief", "duty", "manager", "admin", "link", "platform")
STREETS = read_streets(ROOT / "data" / "longshan" / "streets.geojson")
KEYLESS = Feed(name="rain", kind="caiyun", key_env="NO_SUCH_KEY")  # nobody is asked
TOLD = Inject(number=1, after=timedelta(0), kind=InjectKind.NOTE, text="x")
ABOVE = ("city", "province")  # at the desk above: no district knows them
SIGNED_IN = ("chief", "duty", "manager", "admin")
STATIONS = ("A", "B")  # the chief's and the link's own, and another
SEGMENT = {"A": "S1", "B": "S3"}
CREW = {"A": "M-loader", "B": next(one.id for one in make_city().crews if one.station_id == "B")}


@dataclass(frozen=True)
class World:
    """A drill with something to do for everybody."""

    store: Store
    drill: Operation
    station: str


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
    return month_proposals.Proposed(
        station_id=world.station, month=asked, why=(), by="x", at=NOW, is_stale=False
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


ROBOT = {"kind": "wecom", "name": "x", "url": "http://127.0.0.1:9/"}


def _try_channel(world: World, actor: Actor) -> None:
    with suppress(DeliveryError):  # nobody listens there
        channel = Channel(ChannelSettings(**ROBOT), {}, timeout_s=0.2)
        trial.try_channel(world.store, actor, channel, Translator(), NOW)


def _links(world: World) -> signed_links.Links:
    return signed_links.Links(world.store, NotifySettings(), lambda: NOW)


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


def _second_ended(world: World, actor: Actor) -> None:
    codes = set_up(world.store, actor) if has_account(world.store, actor) else ("",)
    second_factor.end(world.store, RULES, actor, GOOD, codes[0], "x", NOW)


def _new_paper(world: World, actor: Actor) -> None:
    codes = set_up(world.store, actor) if has_account(world.store, actor) else ("",)
    second_factor.renew_paper_codes(world.store, RULES, actor, GOOD, codes[0], "x", NOW)


def has_account(store: Store, actor: Actor) -> bool:
    return store.accounts.get(accounts.folded(actor.name)) is not None


def _revoke_token(world: World, actor: Actor) -> None:
    api_tokens.new_token(world.store, CONSOLE, "other", NOW)
    api_tokens.revoke_token(world.store, actor, "other", NOW)


def _remove_season(world: World, actor: Actor) -> None:
    long_ago = (NOW - timedelta(days=9000), NOW - timedelta(days=8000))
    kept = season_archive.Archived(world.store.seasons.count(long_ago), ())
    season_archive.remove(world.store, actor, Path(), long_ago, kept, ["plans"], NOW)


@dataclass(frozen=True)
class Deed:
    """A function that asks for a permission: who may do it anywhere, who at his own station; all
    others may not.
    """

    name: str
    action: Action
    act: Callable[[World, Actor], object]
    anywhere: tuple[str, ...] = ("duty", "admin")
    at_own: tuple[str, ...] = ()
    audited: bool = True  # a look leaves no trace; what the field reports is a trace of its own


MEMBER = Member(id="west", name="西区", city="C", added_at=NOW)


def _register(world: World) -> Register:
    """That of an installation of its own."""
    folder = home() / f"installation-{uuid4().hex}"
    return Register(Site("main", folder, f"sqlite:///{folder / 'none.db'}"))


def _directive(world: World, actor: Actor) -> int:
    world.store.members.add(MEMBER)
    told = directives.give(world.store, actor, ["west"], "x", timedelta(minutes=15), NOW)
    return told[0].id


def _loan(world: World, actor: Actor) -> None:
    told = DistrictSummary(member_id="west", at=NOW, drill=False)
    for one in (
        replace(told, spare=(make_spare(),)),
        replace(told, member_id="east", wants=(make_want(),)),
    ):
        world.store.members.add(replace(MEMBER, id=one.member_id))
        world.store.members.publish(one)
    loans.ask_for(world.store, actor, ("west", "W1", "east"), Settings(), NOW)


def _acknowledge(world: World, actor: Actor) -> None:
    number = _directive(world, CONSOLE)
    directives.answer(world.store, actor, number, DirectiveStep.ACKNOWLEDGE, "", NOW)


def _archive(world: World, actor: Actor) -> None:
    register = _register(world)
    if actor.role is Role.ADMIN:
        register.add(CONSOLE, MEMBER, NOW)
    register.archive(actor, "west", NOW)
    register.close()


def _call(world: World, who: Actor) -> ActionPost:
    told = volunteers.PostCall(
        name="清扫", from_at=NOW, to_at=NOW + timedelta(hours=1), wanted=3, place="广场"
    )
    return volunteers.call(world.store, world.drill, who, told, NOW)


WITH_WORK = make_city(
    works=(Work(id="W1", name="管道", agency="旧改办", kind=WorkKind.PIPE, days=3),)
)
TAKEN_IN = TakenIn(city=make_city(), aside=(), told=(), taken={})
DEEDS = (
    Deed(
        "directives.give",
        Action.GIVE_DIRECTIVE,
        _directive,
        ("admin",),
    ),
    Deed(
        "loans.ask_for",
        Action.GIVE_DIRECTIVE,
        _loan,
        ("admin",),
    ),
    Deed(
        "directives.answer",
        Action.ANSWER_DIRECTIVE,
        _acknowledge,
    ),
    Deed(
        "register.add",
        Action.MANAGE_DISTRICTS,
        lambda w, who: _register(w).add(who, MEMBER, NOW),
        ("admin",),
        audited=False,  # in the headquarters' own log
    ),
    Deed(
        "register.archive",
        Action.MANAGE_DISTRICTS,
        _archive,
        ("admin",),
        audited=False,
    ),
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
    Deed(
        "signed_links.revoke",
        Action.REVOKE_LINK,
        lambda w, who: _links(w).revoke_station(who, w.station),
    ),
    Deed(
        "tables.replace_city",
        Action.REPLACE_CITY,
        lambda w, who: tables.replace_city(w.store, who, make_city(), NOW),
        ("admin",),
    ),
    Deed(
        "city_files.taken",
        Action.REPLACE_CITY,
        lambda w, who: city_files.taken(w.store, who, (), (), TAKEN_IN, NOW),
        ("admin",),
    ),
    Deed(
        "settings_page.set_entries",
        Action.CHANGE_SETTINGS,
        lambda w, who: settings_page.set_entries(
            home(), w.store, who, "notify", {"max_lines": 5}, NOW
        ),
        ("admin",),
    ),
    Deed(
        "settings_page.save_row",
        Action.CHANGE_SETTINGS,
        lambda w, who: settings_page.save_row(home(), w.store, who, "channels", ROBOT, NOW),
        ("admin",),
    ),
    Deed(
        "settings_page.drop_row",
        Action.CHANGE_SETTINGS,
        lambda w, who: settings_page.drop_row(home(), w.store, who, "channels", "x", NOW),
        ("admin",),
    ),
    Deed(
        "feeds.try_feed",
        Action.CHANGE_SETTINGS,
        lambda w, who: feeds.try_feed(w.store, who, KEYLESS, (113.0, 28.0), NOW, {}),
        ("admin",),
    ),
    Deed("trial.try_channel", Action.CHANGE_SETTINGS, _try_channel, ("admin",)),
    Deed(
        "operations.start_drill",
        Action.SWITCH_OPERATION,
        lambda w, who: operations.start_drill(w.store, who, NOW, NOW),
        ("admin",),
    ),
    Deed(
        "background.begin",
        Action.SWITCH_OPERATION,
        lambda w, who: background.begin(
            who, home() / w.station, "", NOW, "long", 1, 0, lambda *_: None
        ),
        ("admin",),
        audited=False,  # its own file says who began it
    ),
    Deed(
        "background.stop",
        Action.SWITCH_OPERATION,
        lambda w, who: background.stop(who, home(), "nothing"),
        ("admin",),
        audited=False,
    ),
    Deed(
        "operations.leave_drill",
        Action.SWITCH_OPERATION,
        lambda w, who: operations.leave_drill(w.store, who, NOW),
        ("admin",),
    ),
    Deed(
        "injects.give",
        Action.SWITCH_OPERATION,
        lambda w, who: injects.give(w.store, w.drill, who, TOLD, NOW),
        ("admin",),
    ),
    Deed(
        "accounts.add_account",
        Action.MANAGE_ACCOUNTS,
        lambda w, who: accounts.add_account(w.store, who, "new", Role.DUTY, GOOD, NOW),
        ("admin",),
    ),
    Deed(
        "accounts.change_role",
        Action.MANAGE_ACCOUNTS,
        lambda w, who: accounts.change_role(w.store, who, "duty", Role.MANAGER, NOW),
        ("admin",),
    ),
    Deed(
        "accounts.new_password",
        Action.MANAGE_ACCOUNTS,
        lambda w, who: accounts.new_password(w.store, who, "duty", GOOD, NOW),
        ("admin",),
    ),
    Deed(
        "accounts.end_sessions",
        Action.MANAGE_ACCOUNTS,
        lambda w, who: accounts.end_sessions(w.store, who, "duty", NOW),
        ("admin",),
    ),
    Deed(
        "sessions.waits",
        Action.MANAGE_ACCOUNTS,
        lambda w, who: waits(w.store, RULES, who, NOW),
        ("admin",),
    ),
    Deed(
        "sessions.lift_waits",
        Action.MANAGE_ACCOUNTS,
        lambda w, who: lift_waits(w.store, who, "duty", NOW),
        ("admin",),
    ),
    Deed(
        "sessions.change_password",
        Action.OWN_PASSWORD,
        lambda w, who: change_password(w.store, RULES, who, GOOD, f"{GOOD}!", "x", NOW),
        SIGNED_IN,
    ),
    Deed(
        "second_factor.offer",
        Action.OWN_SIGN_IN,
        lambda w, who: second_factor.offer(w.store, who),
        SIGNED_IN,
        audited=False,
    ),
    Deed(
        "second_factor.set_up",
        Action.OWN_SIGN_IN,
        lambda w, who: set_up(w.store, who),
        SIGNED_IN,
    ),
    Deed("second_factor.end", Action.OWN_SIGN_IN, _second_ended, SIGNED_IN),
    Deed("second_factor.renew_paper_codes", Action.OWN_SIGN_IN, _new_paper, SIGNED_IN),
    Deed(
        "own_sessions.own_sessions",
        Action.OWN_SIGN_IN,
        lambda w, who: own_sessions.own_sessions(w.store, RULES, who, "", NOW),
        SIGNED_IN,
        audited=False,
    ),
    Deed(
        "own_sessions.end_own_sessions",
        Action.OWN_SIGN_IN,
        lambda w, who: own_sessions.end_own_sessions(w.store, who, "", NOW),
        SIGNED_IN,
    ),
    Deed(
        "accounts.reset_second_factor",
        Action.MANAGE_ACCOUNTS,
        lambda w, who: accounts.reset_second_factor(w.store, who, "duty", NOW),
        ("admin",),
    ),
    Deed(
        "accounts.revoke_account",
        Action.MANAGE_ACCOUNTS,
        lambda w, who: accounts.revoke_account(w.store, who, "duty", NOW),
        ("admin",),
    ),
    Deed(
        "api_tokens.new_token",
        Action.MANAGE_TOKENS,
        lambda w, who: api_tokens.new_token(w.store, who, "grid2", NOW),
        ("admin",),
    ),
    Deed("api_tokens.revoke_token", Action.MANAGE_TOKENS, _revoke_token, ("admin",)),
    Deed("season_archive.remove", Action.REMOVE_SEASON, _remove_season, ("admin",)),
)
LOOKS = {
    Action.SEE_DESK,
    Action.SEE_STATION,
    Action.SEE_MANAGER,
    Action.SEE_SETUP,
    Action.SEE_HELP,
    Action.SEE_DISTRICTS,
}
"""What is looked at only: their cells are those of the pages."""

PAGES_OPEN = {
    "desk": ("duty", "manager", "admin"),
    "station": ("chief", "duty", "manager", "admin"),
    "roster": ("chief", "duty", "manager", "admin"),
    "cases": ("chief", "duty", "manager", "admin"),
    "cleaning": ("chief", "duty", "manager", "admin"),
    "works": ("duty", "manager", "admin"),
    "patrol": ("chief", "duty", "manager", "admin"),
    "cars": ("chief", "duty", "manager", "admin"),
    "duty": ("duty", "manager", "admin"),
    "manager": ("duty", "manager", "admin"),
    "drills": ("duty", "manager", "admin"),
    "setup": ("admin",),
    "admin": ("admin",),
    "help": SIGNED_IN,
}
OFFERED = {page.path: page for page in (*PAGES, *navigation.ABOVE)}.values()
"""Which page is shown to whom."""


# --- the people


def people_of(store: Store) -> dict[str, str]:
    """Everybody's session; of the one who is revoked, the session he had."""
    make_admin(store)
    secrets = {"anonymous": ""}
    for name, role in (
        ("chief", Role.CHIEF),
        ("duty", Role.DUTY),
        ("manager", Role.MANAGER),
        ("admin", Role.ADMIN),
        ("revoked", Role.ADMIN),
    ):
        station = store.city().stations[0].id if role is Role.CHIEF else None
        accounts.add_account(store, CONSOLE, name, role, GOOD, NOW, station)
        secrets[name] = sign_in(store, RULES, name, GOOD, name, NOW).secret
    accounts.revoke_account(store, CONSOLE, "revoked", NOW)
    return secrets


@pytest.fixture(scope="module")
def template(sqlite_template, tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """The world as each cell finds it, and everybody's sessions."""
    path = tmp_path_factory.mktemp("matrix") / "world.db"
    shutil.copyfile(sqlite_template, path)
    store = Store(f"sqlite:///{path}")
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    told = IncidentReport(
        kind="fallen_tree", by="x", source="desk", reported_at=NOW, segment_id="S1"
    )
    grid = Actor(name="api:grid", role=Role.PLATFORM)
    for segment in ("S1", "S1", "S2"):  # two of one matter, and another
        incidents.report(store, drill, grid, replace(told, segment_id=segment), NOW)
    api_tokens.new_token(store, CONSOLE, "grid", NOW)
    secrets = people_of(store)
    store.close()
    return path, secrets


def acting(person: str, store: Store, secrets: dict[str, str]) -> Actor | None:
    if person == "link":
        return Actor(name="link", role=Role.LINK, station_id="A")
    if person == "platform":
        return Actor(name="api:grid", role=Role.PLATFORM)
    return signed_in(store, RULES, secrets[person], NOW)


# --- the functions


def asking() -> set[str]:
    """Every function of ours that asks for a permission."""
    found = set()
    for path in (ROOT / "ops").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(call, ast.Call)
                and ast.unparse(call.func).rpartition(".")[2] == "require"
                for call in ast.walk(node)
            ):
                found.add(f"{path.stem}.{node.name}")
    return found


def test_no_function_action_person_or_page_is_without_its_cells():
    assert asking() == {deed.name for deed in DEEDS}
    assert {deed.action for deed in DEEDS} | LOOKS == set(Action)
    assert {page.path for page in PAGES} == set(PAGES_OPEN)
    assert {page.action for page in OFFERED} >= LOOKS
    assert {str(role) for role in Role} == {*PEOPLE, *ABOVE} - {"anonymous", "revoked"}


@pytest.mark.parametrize("role", ABOVE)
def test_who_sits_above_the_districts_does_nothing_in_one(template, tmp_path, monkeypatch, role):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path / "home"))
    own = (Action.OWN_PASSWORD, Action.OWN_SIGN_IN, Action.GIVE_DIRECTIVE)
    actor = Actor(name="above", role=Role(role), city="C" if role == "city" else None)
    with new_world(template, tmp_path) as store, all_cases() as case:
        world = World(store, store.operations.current(), "A")
        for deed in (one for one in DEEDS if one.action not in own):
            with case(deed.name), pytest.raises(NotAllowed, match=r"access\.refused"):
                deed.act(world, actor)


@contextmanager
def new_world(template, tmp_path: Path) -> Iterator[Store]:
    shutil.copyfile(template[0], tmp_path / "world.db")
    store = Store(f"sqlite:///{tmp_path / 'world.db'}")
    try:
        yield store
    finally:  # what a failed one leaves behind fails all after it
        store.close()


@pytest.mark.parametrize("person", PEOPLE)
def test_a_deed_is_done_by_whom_it_is_for(template, tmp_path, person, monkeypatch):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path / "home"))

    def is_allowed(deed: Deed, station: str) -> bool:
        return person in deed.anywhere or (person in deed.at_own and station == "A")

    with all_cases() as case:
        for station in STATIONS:
            allowed = [deed for deed in DEEDS if is_allowed(deed, station)]
            for deed in allowed:
                with (
                    case(f"{deed.name}-{person}-{station}"),
                    new_world(template, tmp_path) as store,
                ):
                    act_allowed(
                        deed, World(store, store.operations.current(), station), person, template[1]
                    )
            with new_world(template, tmp_path) as store:  # what is refused leaves it as it was
                world = World(store, store.operations.current(), station)
                for deed in (one for one in DEEDS if one not in allowed):
                    with case(f"{deed.name}-{person}-{station}"):
                        refuse(deed, world, person, template[1])


def act_allowed(deed: Deed, world: World, person: str, secrets: dict[str, str]) -> None:
    who = acting(person, world.store, secrets)
    assert who is not None
    deed.act(world, who)
    assert (deed.action in {one.action for one in world.store.desk.audit_log()}) is deed.audited


def refuse(deed: Deed, world: World, person: str, secrets: dict[str, str]) -> None:
    who = acting(person, world.store, secrets)
    assert (who is None) is (person in ("anonymous", "revoked"))
    if who is None:
        return
    with pytest.raises(NotAllowed, match=r"access\.refused"):
        deed.act(world, who)
    assert str(deed.action) not in {
        one.action
        for one in world.store.desk.audit_log()
        if one.by == who.name and deed.action is not Action.REPORT_INCIDENT
    }


@pytest.mark.parametrize("person", ["anonymous", "revoked"])
def test_who_is_nobody_has_nothing_to_call_with(template, person):
    path, secrets = template
    assert acting(person, Store(f"sqlite:///{path}"), secrets) is None


# --- the pages


@pytest.fixture
def board(url, monkeypatch) -> tuple[Store, dict[str, str]]:
    """A real operation in the town of the board's tests, and everybody's sessions, as of now."""
    store = fill(url, OperationKind.REAL)
    monkeypatch.setattr(identity, "claims", lambda: ())
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC))
    home().mkdir(parents=True, exist_ok=True)
    others = [name for name in SERVICES if name != SANITATION]
    (home() / "settings.toml").write_text(f"[services]\non = {json.dumps(others)}\n", "utf-8")
    return store, people_of(store)


def open_page(
    path: str, person: str, secrets: dict[str, str], monkeypatch, **asked: str
) -> AppTest:
    monkeypatch.setattr(
        identity, "caller", lambda _: identity.Caller(secret=secrets[person] or None, is_here=True)
    )
    st.cache_resource.clear()
    page = AppTest.from_file(APP, default_timeout=60)
    for name, value in asked.items():
        page.query_params[name] = value
    page.run()
    if path != "desk":
        page._page_hash = next(
            one for one, info in page._registered_pages.items() if info["url_pathname"] == path
        )
        page.run()
    return checked(page)


@pytest.mark.signs_in
@pytest.mark.parametrize("person", ["anonymous", "revoked", *SIGNED_IN])
def test_a_page_is_shown_to_whom_it_is_for(board, monkeypatch, person):
    store, secrets = board
    with all_cases() as case:
        for path in PAGES_OPEN:
            with case(f"{path}-{person}"):
                check_page(path, person, store, open_page(path, person, secrets, monkeypatch))


def check_page(path: str, person: str, store: Store, page: AppTest) -> None:
    t, names = Translator(), [station.name for station in store.city().stations]
    shown = text(page)
    everything = shown + repr(page)
    if person in ("anonymous", "revoked"):
        assert t("access.signed_out") in shown
        assert "/login?" in shown
        for secret in (
            *names,
            store.city().district.name,
            *(one.name for one in store.city().crews),
            "暴雨",
        ):
            assert secret not in everything
    elif person in PAGES_OPEN[path]:
        assert t("access.not_page", role=t(f"account_role.{person}")) not in shown
        assert f"<b>{person}</b>" in shown
    elif path == "desk":  # the first page leads on to one's own
        assert names[0] in shown
    else:
        assert t("access.not_page", role=t(f"account_role.{person}")) in shown


@pytest.mark.signs_in
@pytest.mark.parametrize("person", SIGNED_IN)
def test_a_chief_sees_his_own_station_alone(board, monkeypatch, person):
    store, secrets = board
    with all_cases() as case:
        for number, station in enumerate(store.city().stations[:2]):
            with case(f"{person}-{station.id}"):
                shown = text(open_page("station", person, secrets, monkeypatch, station=station.id))
                own = person != "chief" or number == 0
                assert (f"<b>{station.name}</b>" in shown) is own


@pytest.mark.signs_in
def test_a_page_that_is_open_sees_nothing_more_once_the_account_is_revoked(board, monkeypatch):
    store, secrets = board
    page = open_page("desk", "duty", secrets, monkeypatch)
    assert "<b>duty</b>" in text(page)
    accounts.revoke_account(store, CONSOLE, "duty", NOW)
    st.cache_resource.clear()  # two seconds later
    assert Translator()("access.signed_out") in text(checked(page.run()))
    assert store.city().district.name not in repr(page)


@pytest.mark.signs_in
@pytest.mark.parametrize(
    ("kind", "here", "is_open"),
    [
        (OperationKind.DRILL, True, True),
        (OperationKind.DRILL, False, False),
        (OperationKind.REAL, True, False),
    ],
)
def test_a_drill_alone_is_open_at_the_machine_alone(url, monkeypatch, kind, here, is_open):
    store = fill(url, kind)
    monkeypatch.setattr(identity, "caller", lambda _: identity.Caller(secret=None, is_here=here))
    shown = text(checked(AppTest.from_file(APP, default_timeout=60).run()))
    assert (Translator()("access.here") in shown) is is_open
    assert (store.city().district.name in shown) is is_open
    assert (
        "xunban account add" in shown
    ) is not is_open  # there is no account yet, and it says how to make one


# --- the routes

ROUTES = {
    **{
        ("GET", path): 200 for path in ("/", *(f"/{page.path}" for page in PAGES))
    },  # the frame, with nothing in it yet
    ("GET", "/login"): 200,
    ("POST", "/login"): 403,
    ("GET", "/login/page.css"): 200,
    ("GET", "/here/{given}"): 403,
    ("GET", "/logout"): 200,
    ("GET", "/metrics"): 401,
    ("POST", "/logout"): 403,
    ("GET", "/password"): 303,
    ("POST", "/password"): 403,
    ("GET", "/login/code"): 303,
    ("POST", "/login/code"): 403,
    ("GET", "/account"): 303,
    ("GET", "/account/second"): 303,
    ("POST", "/account/second"): 403,
    ("POST", "/account/second/end"): 403,
    ("POST", "/account/codes"): 403,
    ("POST", "/account/sessions"): 403,
    ("GET", "/s/static/{name}"): 200,
    ("GET", "/s/{token}"): 403,
    ("GET", "/s/sw.js"): 200,
    ("GET", "/s/{token}/newer"): 403,
    ("GET", "/s/{token}/roads"): 403,
    ("POST", "/s/{token}/events"): 403,
    ("GET", "/s/{token}/cases/{number:int}/photo"): 403,
    ("GET", "/s/{token}/report"): 404,
    ("POST", "/s/{token}/report/events"): 404,
    ("GET", "/s/{token}/report/answers"): 404,
    ("GET", "/s/{token}/report/after/{event_id}"): 404,
    ("GET", "/api/openapi.json"): 200,
    ("POST", "/api/cases"): 401,
    ("GET", "/api/cases/{number}"): 401,
    ("POST", "/api/incidents"): 401,
    ("POST", "/api/gauges"): 401,
    ("POST", "/api/notices/{number}/reached"): 401,
    ("GET", "/api/incidents/{number}"): 401,
    ("PUT", "/api/incidents/{number}/close"): 401,
    ("PUT", "/api/incidents/{number}/split"): 401,
    ("PUT", "/api/incidents/{number}/join/{to}"): 401,
}
"""What a route answers to somebody without its own key: no session opens a link or stands for a
platform's token.
"""


def routes() -> set[tuple[str, str]]:
    found = set()
    for route in (
        *splash.ROUTES,
        *signin.ROUTES,
        *own_account.ROUTES,
        *phone_links.ROUTES,
        *resident_links.ROUTES,
        *metrics.ROUTES,
    ):
        inner = route.routes if isinstance(route, Mount) else [route]
        path = route.path if isinstance(route, Mount) else ""
        found |= {
            (method, path + one.path)
            for one in inner
            if hasattr(one, "methods")
            for method in one.methods or ()
            if method != "HEAD"
        }
    return found


def test_no_route_is_without_its_cells():
    assert routes() == set(ROUTES)


@pytest.mark.parametrize("person", ["anonymous", "revoked", "duty", "admin"])
def test_a_route_opens_to_its_own_key_alone(door, store, drill, person):
    store.replace_city(make_city())
    secret = people_of(store)[person]
    with all_cases() as case:
        for route in ROUTES:
            with case(f"{' '.join(route)}-{person}"):
                browser = Browser(door.port)
                browser.cookies = {identity.COOKIE: secret} if secret else {}
                check_route(browser, route, person)


def check_route(browser: Browser, route: tuple[str, str], person: str) -> None:
    method, path = route
    path = path.replace("{name}", "page.css").replace("{token}", "made-up").replace("{number}", "1")
    path = path.replace("{number:int}", "1").replace("{event_id}", "0" * 32)
    path = path.replace("{given}", "made-up")
    own = [("GET", address) for address in ("/password", "/account", "/account/second")]
    is_in = route in own and person in ("duty", "admin")
    status, _, said = browser.ask(
        method, path, b"{}" if method != "GET" else None, Content_Type="application/json"
    )
    assert status == (200 if is_in else ROUTES[route])
    assert make_city().district.name not in said
