"""Deeds that change tables, settings, accounts and districts."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from data.model.account import Role
from data.model.headquarters.directives import DirectiveStep
from data.model.headquarters.members import DistrictSummary, Member
from data.model.street.listed_roads import ListedRoad
from data.sheets.foreign.take_in import TakenIn
from data.store.store import Store
from ops import settings_page
from ops.auth import accounts, api_tokens, own_sessions, second_factor
from ops.auth.permissions import CONSOLE, Action, Actor
from ops.auth.sessions import (
    change_password,
    lift_waits,
    waits,
)
from ops.base.messages import Translator
from ops.base.paths import home
from ops.base.sites import Site
from ops.district import city_files, listed_roads, tables
from ops.drill import background
from ops.exercise import injects
from ops.exercise.script import Inject, InjectKind
from ops.headquarters import directives, loans
from ops.headquarters.register import Register
from ops.intake import feeds, operations, streets
from ops.notifications import signed_links, trial
from ops.notifications.channels import Channel, ChannelSettings, DeliveryError
from ops.notifications.notices import NotifySettings
from ops.runtime import season_archive
from ops.settings import Settings
from tests.helpers.makers import (
    NOW,
    make_city,
    make_spare,
    make_want,
)
from tests.helpers.security.second_factor import set_up
from tests.helpers.security.world import GOOD, RULES, SIGNED_IN, STREETS, Deed, World
from weather.sources import Feed

KEYLESS = Feed(name="rain", kind="caiyun", key_env="NO_SUCH_KEY")  # nobody is asked
TOLD = Inject(number=1, after=timedelta(0), kind=InjectKind.NOTE, text="x")


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


ROBOT = {"kind": "wecom", "name": "x", "url": "http://127.0.0.1:9/"}


def _try_channel(world: World, actor: Actor) -> None:
    with suppress(DeliveryError):  # nobody listens there
        channel = Channel(ChannelSettings(**ROBOT), {}, timeout_s=0.2)
        trial.try_channel(world.store, actor, channel, Translator(), NOW)


def _links(world: World) -> signed_links.Links:
    return signed_links.Links(world.store, NotifySettings(), lambda: NOW)


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


TAKEN_IN = TakenIn(city=make_city(), aside=(), told=(), taken={})

OF_THE_OFFICE = (
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
