"""Setting up how people are reached and where the weather comes from, each tried on the page: for
who has no console. What stands in ``settings.toml`` is shown and stays as it is.
"""

import os
from io import BytesIO

import segno
import streamlit as st

from dashboard.core.board import Board, named, safe
from dashboard.render import markup
from data.model.city import City, Position
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.base.naming import station_name
from ops.base.sites import environment_of
from ops.district.places import middle
from ops.documents import labels
from ops.intake.feeds import try_feed
from ops.notifications.channels import KINDS, ROLES, SIGNED, Channel, ChannelSettings, DeliveryError
from ops.notifications.trial import try_channel
from ops.settings_page import Held, drop_row, held, save_row, set_entries
from weather.sources import KINDS as FEED_KINDS
from weather.sources import Feed

TARGETS = (
    ("notify", "answer_minutes", 0.0, 240.0),
    ("notify", "link_hours", 0.0, 720.0),
    ("response", "on_site_minutes", 1.0, 240.0),
)
"""What is agreed with the stations: table, entry, least and most."""


@safe
def show(board: Board) -> None:
    """Address, channels, targets and feeds."""
    if not board.may(Action.CHANGE_SETTINGS):
        return
    t = board.t
    st.html(markup.head(t("ways.title"), t("ways.tell")))
    whose = held(board.home)
    _address(board, whose)
    _channels(board, whose)
    _targets(board, whose)
    _feeds(board, whose)


def _done(told: str) -> None:
    """Say what was changed, and draw the page anew."""
    st.toast(markup.plain(told), duration="long")
    st.rerun()


def _address(board: Board, whose: Held) -> None:
    """Where phones reach the board, tried by scanning it."""
    t, base = board.t, board.settings.notify.base_url
    by_hand = whose.is_fixed("notify", "base_url")
    with st.form("way_address", border=False):
        address = st.text_input(
            t("ways.base_url"),
            value=base,
            placeholder="https://",
            help=t("ways.base_url_help"),
            disabled=by_hand,
            key="way_base_url",
        )
        sent = st.form_submit_button(t("ways.save"), disabled=by_hand)
    if by_hand:
        st.html(markup.faint(t("ways.by_hand")))
    if base:
        image = BytesIO()
        segno.make_qr(base, error="m").save(image, kind="png", scale=4, border=3)
        st.image(image.getvalue(), width=140, caption=t("ways.scan"))
    if sent:
        entries = {"base_url": address.strip()}
        store, now = board.store, board.clock()
        set_entries(board.home, store, board.actor, "notify", entries, now)
        _done(t("ways.saved"))


def _channels(board: Board, whose: Held) -> None:
    """Each channel with a button to try it, and a form for another."""
    t, city, operation = board.t, board.city, board.store.operations.current()
    st.html(markup.head(t("ways.channels")))
    notices = board.store.outbox.notices(operation.id) if operation else []
    if not board.settings.channels:
        st.html(markup.notice("care", t("reach.nobody"), []))
    for settings in board.settings.channels:
        sent = [one for one in notices if one.channel == settings.name]
        with st.container(horizontal=True, vertical_alignment="center", key=f"way_{settings.name}"):
            st.html(_channel_line(board, settings, city, sum(bool(one.sent_at) for one in sent)))
            if st.button(t("ways.try"), key=f"try_{settings.name}"):
                _try(board, settings)
            if f"channels {settings.name}" in whose.by_page and st.button(
                t("ways.drop"), key=f"drop_{settings.name}", type="tertiary"
            ):
                name, now = settings.name, board.clock()
                drop_row(board.home, board.store, board.actor, "channels", name, now)
                _done(t("ways.dropped", name=name))
    if city is not None:
        _new_channel(board, city)


def _channel_line(
    board: Board, settings: ChannelSettings, city: City | None, sent: int
) -> markup.Html:
    t = board.t
    stations = [station_name(one, city) for one in settings.stations] if city else []
    line = t(
        "ways.channel",
        kind=t(f"ways.kind_{settings.kind}"),
        role=t(f"role.{settings.role}"),
        stations=stations or t("channels_cli.all"),
        sent=sent,
    )
    missing = Channel(settings, environment_of(board.site.id, os.environ)).missing()
    fault = (
        markup.badge(t("channel.no_variable", variable=missing), "bad")
        if missing
        else markup.Html("")
    )
    name = markup.tag("b", settings.name)
    return markup.tag("div", name, " ", markup.tag("em", line), " ", fault, cls="xb-need")


def _try(board: Board, settings: ChannelSettings) -> None:
    t = board.t
    try:
        channel = Channel(settings, environment_of(board.site.id, os.environ))
        try_channel(board.store, board.actor, channel, t, board.clock())
    except DeliveryError as error:
        st.error(markup.plain(f"{settings.name}: {t.message(error.message)}"))
    else:
        st.success(markup.plain(t("channels_cli.tested", name=settings.name)))


def _new_channel(board: Board, city: City) -> None:
    t = board.t
    kinds = {kind: t(f"ways.kind_{kind}") for kind in KINDS}
    roles = {role: t(f"role.{role}") for role in ROLES}
    stations = {one.id: one.name for one in city.stations}
    with (
        st.expander(t("ways.new_channel"), key="fold_new_channel"),
        st.form("new_channel", border=False, clear_on_submit=False),
    ):
        kind = st.selectbox(t("ways.kind"), list(kinds), format_func=named(kinds), key="new_kind")
        name = st.text_input(t("ways.name"), max_chars=40, key="new_name")
        role = st.selectbox(t("ways.role"), list(roles), format_func=named(roles), key="new_role")
        own = st.multiselect(
            t("ways.stations"), list(stations), format_func=named(stations), key="new_stations"
        )
        url = st.text_input(t("ways.url"), type="password", key="new_url")
        secret = st.text_input(t("ways.secret"), type="password", key="new_secret")
        phones = st.text_input(t("ways.phones"), key="new_phones")
        drill = st.checkbox(t("ways.drill"), key="new_drill")
        sent = st.form_submit_button(t("ways.add"), type="primary")
    if sent:
        row: dict[str, object] = {
            "kind": kind,
            "name": name.strip(),
            "role": role,
            "url": url.strip(),
        }
        more = {
            "stations": own,
            "secret": secret.strip() if kind in SIGNED else "",
            "phones": phones.replace("，", " ").replace(",", " ").split()
            if kind == "webhook"
            else [],
            "drill": drill,
        }
        row |= {key: value for key, value in more.items() if value}
        store, now = board.store, board.clock()
        save_row(board.home, store, board.actor, "channels", row, now)
        _done(t("ways.added", name=name))


def _targets(board: Board, whose: Held) -> None:
    """What is agreed with the stations, in figures."""
    t = board.t
    st.html(markup.head(t("ways.targets")))
    with st.form("way_targets", border=False):
        found: dict[str, dict[str, float]] = {}
        for table, entry, least, most in TARGETS:
            now_is = getattr(getattr(board.settings, table), entry)
            fixed = whose.is_fixed(table, entry)
            value = st.number_input(
                t(f"ways.{entry}"),
                min_value=least,
                max_value=most,
                value=float(now_is),
                step=1.0,
                format="%g",
                disabled=fixed,
                key=f"way_{entry}",
            )
            if not fixed and value != now_is:
                found.setdefault(table, {})[entry] = value
        sent = st.form_submit_button(t("ways.save"))
    if sent:
        store, now = board.store, board.clock()

        for table, entries in found.items():
            set_entries(board.home, store, board.actor, table, entries, now)
        _done(t("ways.saved"))


def _feeds(board: Board, whose: Held) -> None:
    """Where the weather comes from, how each source is, and a form for another."""
    t = board.t
    st.html(markup.head(t("ways.feeds")))
    healths = board.store.weather.healths()
    city = None if board.store.is_empty() else board.store.city()
    place = middle(city) if city else None
    for feed in board.settings.feeds:
        with st.container(horizontal=True, vertical_alignment="center", key=f"feed_{feed.name}"):
            health = healths.get(feed.name)
            state = labels.health_name(t, health.state) if health else t("ways.feed_unasked")
            name = markup.tag("b", feed.name)
            st.html(markup.tag("div", name, " ", markup.tag("em", f"{feed.kind} · {state}")))
            if place and st.button(t("ways.try_feed"), key=f"try_feed_{feed.name}"):
                _try_feed(board, feed, place)
            if f"feeds {feed.name}" in whose.by_page and st.button(
                t("ways.drop"), key=f"drop_feed_{feed.name}", type="tertiary"
            ):
                gone, now = feed.name, board.clock()
                drop_row(board.home, board.store, board.actor, "feeds", gone, now)
                _done(t("ways.dropped", name=gone))
    _new_feed(board)


def _try_feed(board: Board, feed: Feed, place: Position) -> None:
    """Ask it once: what came, or why nothing did; nothing of it is stored."""
    known = environment_of(board.site.id, os.environ)
    polled = try_feed(board.store, board.actor, feed, place, board.clock(), known)
    shown = st.success if polled.reached and not polled.errors else st.error
    t = Translator.of_city(board.t.language, board.store.city())
    for line in labels.polled_words(t, feed.name, polled):
        shown(markup.plain(line))


def _new_feed(board: Board) -> None:
    t = board.t
    with (
        st.expander(t("ways.new_feed"), key="fold_new_feed"),
        st.form("new_feed", border=False, clear_on_submit=False),
    ):
        kind = st.selectbox(t("ways.feed_kind"), list(FEED_KINDS), key="new_feed_kind")
        name = st.text_input(t("ways.name"), max_chars=40, key="new_feed_name")
        url = st.text_input(t("ways.feed_url"), key="new_feed_url")
        prefix = st.text_input(t("ways.adcode_prefix"), max_chars=6, key="new_feed_prefix")
        key_env = st.text_input(t("ways.key_env"), key="new_feed_key")
        sent = st.form_submit_button(t("ways.add"), type="primary")
    if sent:
        said = {"url": url, "adcode_prefix": prefix, "key_env": key_env}
        row = {"kind": kind, "name": name.strip() or kind}
        row |= {key: value.strip() for key, value in said.items() if value.strip()}
        store, now = board.store, board.clock()
        save_row(board.home, store, board.actor, "feeds", row, now)
        _done(t("ways.added", name=name or kind))
