"""Each function that asks for a permission, with what it needs to find."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from data.model.account import Role
from data.model.desk import ChangeAction
from data.model.field import EventKind
from data.model.headquarters.directives import DirectiveStep
from data.model.headquarters.members import DistrictSummary, Member
from data.model.operation import Operation
from data.model.plan import JobKind, PlanState
from data.model.roster import RosterDay
from data.model.street.cleaning import ActionPost, PostStep
from data.model.street.listed_roads import ListedRoad
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
    waits,
)
from ops.base.messages import Translator
from ops.base.paths import home
from ops.base.sites import Site
from ops.cleaning import checks, reading, volunteers
from ops.cleaning.parameters import CleaningSettings
from ops.district import city_files, listed_roads, month_changes, roster_changes, tables
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
from tests.helpers.makers import (
    NOW,
    make_alert,
    make_city,
    make_notice,
    make_spare,
    make_want,
)
from tests.helpers.paths import ROOT
from tests.helpers.progress import JOB, VERSION
from tests.helpers.security.second_factor import set_up
from weather.sources import Feed

GOOD = "lightning over liaoyuan"
RULES = AccessSettings()
STREETS = read_streets(ROOT / "data" / "longshan" / "streets.geojson")
KEYLESS = Feed(name="rain", kind="caiyun", key_env="NO_SUCH_KEY")  # nobody is asked
TOLD = Inject(number=1, after=timedelta(0), kind=InjectKind.NOTE, text="x")
SIGNED_IN = ("chief", "duty", "manager", "admin")
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


def _place_road(world: World, actor: Actor) -> None:
    listed_roads.keep(world.store, [ListedRoad(id="L1", road="新开路", count=2)])
    at = [make_city().inlets[0].position, make_city().inlets[-1].position]
    listed_roads.place_road(world.store, actor, "L1", at, NOW)


def _place_by_name(world: World, actor: Actor) -> None:
    name = next(street.name for street in STREETS.streets if street.name)
    listed_roads.keep(world.store, [ListedRoad(id="L2", road=name, count=2)])
    own = replace(STREETS, source="their own map")
    streets.load_streets(world.store, CONSOLE, own, NOW)
    listed_roads.place_by_name(world.store, actor, NOW)


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
    Deed("listed_roads.place_road", Action.REPLACE_CITY, _place_road, ("admin",)),
    Deed("listed_roads.place_by_name", Action.REPLACE_CITY, _place_by_name, ("admin",)),
    Deed(
        "city_files.taken",
        Action.REPLACE_CITY,
        lambda w, who: city_files.taken(
            w.store, who, (), (), replace(TAKEN_IN, before=w.store.tables()), NOW
        ),
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
