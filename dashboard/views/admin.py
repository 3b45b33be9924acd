"""The administrator's page: accounts, tokens of platforms, links taken back, and who did what."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from dashboard.core.board import Board, forget, named, safe
from dashboard.render import markup
from data.model.account import Account, Role
from data.model.desk import Revocation
from data.store.store import Store
from ops.auth.accounts import (
    add_account,
    change_role,
    end_sessions,
    new_password,
    reset_second_factor,
    revoke_account,
    roles_of,
)
from ops.auth.api_tokens import names, new_token, revoke_token
from ops.auth.permissions import Action, Actor, require
from ops.auth.sessions import Wait, lift_waits, waits
from ops.base.errors import NotAllowed
from ops.notifications.signed_links import Links, revoked_link

MOST_ENTRIES = 200


def show(board: Board) -> None:
    """The whole page."""
    t = board.t
    parts = {
        "accounts": _accounts,
        "waits": _waits,
        "tokens": _tokens,
        "links": _links,
        "log": _log,
    }
    tabs = st.tabs([t(f"admin.tab_{name}") for name in parts])
    for tab, part in zip(tabs, parts.values(), strict=True):
        with tab:
            part(board)


def _do(board: Board, act: Callable[[], object], message: str = "admin.done") -> None:
    """Carry something out; the page says what became of it."""
    try:
        act()
        st.toast(markup.plain(board.t(message)))
    except NotAllowed as refused:
        st.session_state["admin_refused"] = board.t(refused.code, **refused.facts)
    forget()


def _to_chosen(
    board: Board, key: str, act: Callable[[Store, Actor, str, datetime], object]
) -> None:
    """Do something to the one whose name is chosen in the box ``key``."""
    chosen = st.session_state[key] or ""
    _do(board, lambda: act(board.store, board.actor, chosen, board.clock()))


def _refused() -> None:
    if reason := st.session_state.pop("admin_refused", None):
        st.html(markup.notice("care", reason))


@st.fragment
@safe
def _accounts(board: Board) -> None:
    require(board.actor, Action.MANAGE_ACCOUNTS)
    t, store = board.t, board.store
    stations = {station.id: station.name for station in board.city.stations} if board.city else {}
    if board.site.is_headquarters:  # there a city is chosen where elsewhere a station is
        stations = {one.city: one.city for one in store.members.all()}
    accounts = store.accounts.all(revoked=True)
    st.html(
        markup.table(
            [t(f"admin.{name}") for name in ("name", "role", "station", "since", "state")],
            [_line(board, account, stations) for account in accounts],
        )
    )
    _refused()
    _add_form(board, stations)
    in_force = {account.name: account.shown for account in accounts if account.revoked_at is None}
    if in_force:
        _change_form(board, stations, in_force)


def _add_form(board: Board, stations: dict[str, str]) -> None:
    t = board.t
    with st.form("account_add", clear_on_submit=True, border=True):
        st.text_input(t("admin.name"), key="account_name", max_chars=80)
        _role_boxes(board, stations, "account_role", "account_station")
        st.text_input(t("admin.password"), key="account_password", type="password", max_chars=200)
        st.form_submit_button(t("admin.add"), type="primary", on_click=_add, args=(board,))


def _change_form(board: Board, stations: dict[str, str], names: dict[str, str]) -> None:
    t = board.t
    with st.form("account_change", clear_on_submit=True, border=True):
        st.selectbox(
            t("admin.account"), list(names), key="account_chosen", format_func=named(names)
        )
        _role_boxes(board, stations, "account_new_role", "account_new_station")
        st.form_submit_button(t("admin.set_role"), on_click=_change_role, args=(board,))
        st.text_input(t("admin.new_password"), key="account_new", type="password", max_chars=200)
        st.form_submit_button(t("admin.set_password"), on_click=_change, args=(board,))
        with st.container(horizontal=True):
            for word, act in (
                ("sign_out", end_sessions),
                ("reset_second", reset_second_factor),
                ("revoke", revoke_account),
            ):
                args = (board, "account_chosen", act)
                st.form_submit_button(t(f"admin.{word}"), on_click=_to_chosen, args=args)


def _role_boxes(board: Board, stations: dict[str, str], role_key: str, station_key: str) -> None:
    """The boxes of a role, and of a chief's station or a city desk's city."""
    t = board.t
    st.selectbox(
        t("admin.role"),
        roles_of(board.store),
        key=role_key,
        format_func=lambda role: t(f"account_role.{role}"),
    )
    st.selectbox(
        t("admin.desk_city" if board.site.is_headquarters else "admin.chief_station"),
        [None, *stations],
        key=station_key,
        format_func=lambda key: stations.get(key or "", "—"),
    )


def _line(board: Board, account: Account, stations: dict[str, str]) -> tuple[str, ...]:
    t = board.t
    if account.revoked_at:
        state = ["admin.revoked"]
    else:
        state = ["admin.by_password" if account.password else "admin.by_bureau"]
        state += ["admin.second_on"] if account.second_at else []
        state += ["admin.first_password"] if account.temporary else []
    return (
        account.shown,
        t(f"account_role.{account.role}"),
        account.city or stations.get(account.station_id or "", account.station_id or "—"),
        str(t.moment(account.created_at)),
        " · ".join(t(word) for word in state),
    )


def _add(board: Board) -> None:
    state = st.session_state
    role, station, city = _chosen_role("account_role", "account_station")
    _do(
        board,
        lambda: add_account(
            board.store,
            board.actor,
            state["account_name"],
            role,
            state["account_password"],
            board.clock(),
            station,
            temporary=True,
            city=city,
        ),
    )


def _chosen_role(role: str, place: str) -> tuple[Role, str | None, str | None]:
    """A role, of a chief the station, and of a city's desk the city."""
    chosen, where = Role(st.session_state[role]), st.session_state[place]
    station = where if chosen is Role.CHIEF else None
    return chosen, station, where if chosen is Role.CITY else None


def _change_role(board: Board) -> None:
    chosen = st.session_state["account_chosen"] or ""
    role, station, city = _chosen_role("account_new_role", "account_new_station")
    _do(
        board,
        lambda: change_role(board.store, board.actor, chosen, role, board.clock(), station, city),
    )


def _change(board: Board) -> None:
    state = st.session_state
    _do(
        board,
        lambda: new_password(
            board.store,
            board.actor,
            state["account_chosen"] or "",
            state["account_new"],
            board.clock(),
            temporary=True,
        ),
    )


@st.fragment
@safe
def _waits(board: Board) -> None:
    """Who is locked out, where, and until when; the administrator lets him try again."""
    t = board.t
    found = waits(board.store, board.settings.access, board.actor, board.clock())
    st.html(markup.faint(t("admin.waits_what")))
    _refused()
    if not found:
        st.html(markup.faint(t("admin.waits_none")))
        return
    heads = ("name", "wait_where", "wait_what", "wait_count", "wait_until")
    rows = [_wait_line(board, wait) for wait in found]
    st.html(markup.table([t(f"admin.{head}") for head in heads], rows))
    if names := sorted({wait.name for wait in found if wait.name}):
        with st.form("wait_lift", border=True):
            st.selectbox(t("admin.account"), names, key="wait_chosen")
            args = (board, "wait_chosen", lift_waits)
            st.form_submit_button(t("admin.lift"), on_click=_to_chosen, args=args)


def _wait_line(board: Board, wait: Wait) -> tuple[str, ...]:
    t = board.t
    return (
        wait.name or t("admin.wait_nobody"),
        wait.address or t("admin.wait_everywhere"),
        t("account.wait_code" if wait.at_code else "account.wait_password"),
        str(wait.count),
        str(t.moment(wait.until)),
    )


@st.fragment
@safe
def _tokens(board: Board) -> None:
    require(board.actor, Action.MANAGE_TOKENS)
    t = board.t
    tokens = names(board.store)
    st.html(
        markup.table(
            [t("admin.platform"), t("admin.since")],
            [
                (name, str(t.moment(datetime.fromisoformat(token["made_at"]))))
                for name, token in tokens.items()
            ],
        )
    )
    _refused()
    if secret := st.session_state.pop("token_made", None):
        st.html(markup.notice("plain", t("admin.token_once")))
        st.code(secret, language=None)
    with st.form("token_add", clear_on_submit=True, border=True):
        st.text_input(t("admin.platform"), key="token_name", max_chars=40)
        st.form_submit_button(t("admin.add"), type="primary", on_click=_add_token, args=(board,))
    if not tokens:
        return
    with st.form("token_take", border=True):
        st.selectbox(t("admin.platform"), list(tokens), key="token_chosen")
        args = (board, "token_chosen", revoke_token)
        st.form_submit_button(t("admin.take_back"), on_click=_to_chosen, args=args)


def _add_token(board: Board) -> None:
    def make() -> None:
        st.session_state["token_made"] = new_token(
            board.store, board.actor, st.session_state["token_name"], board.clock()
        )

    _do(board, make)


@st.fragment
@safe
def _links(board: Board) -> None:
    require(board.actor, Action.REVOKE_LINK)
    t = board.t
    stations = {station.id: station.name for station in board.city.stations} if board.city else {}
    st.html(markup.faint(t("admin.links_what")))
    if taken := board.store.desk.revocations(MOST_ENTRIES):
        st.html(
            markup.table(
                [t(f"admin.{name}") for name in ("station", "which", "who", "at")],
                [_taken(board, revocation, stations) for revocation in taken],
            )
        )
    _refused()
    with st.form("link_take", border=True):
        st.selectbox(
            t("board.station"), list(stations), key="link_station", format_func=named(stations)
        )
        st.form_submit_button(t("admin.take_back"), on_click=_take_links, args=(board,))


def _taken(board: Board, revocation: Revocation, stations: dict[str, str]) -> tuple[str, ...]:
    t, (station, version) = board.t, revoked_link(revocation.link_id)
    which = t("admin.all_links") if version is None else t("admin.link_of_version", number=version)
    by, at = t.actor(revocation.by), str(t.moment(revocation.at))
    return stations.get(station, station), which, by, at


def _take_links(board: Board) -> None:
    chosen = st.session_state["link_station"]
    links = Links(board.store, board.settings.notify, board.clock)
    _do(board, lambda: links.revoke_station(board.actor, chosen))


@safe
def _log(board: Board) -> None:
    require(board.actor, Action.MANAGE_ACCOUNTS)
    t = board.t
    rows = [
        (
            str(t.moment(entry.at)),
            t.actor(entry.by),
            _deed(board, entry.action),
            entry.subject,
            " ".join(f"{name}={value}" for name, value in entry.body.items() if value is not None),
        )
        for entry in board.store.desk.audit_log(MOST_ENTRIES)
    ]
    st.html(
        markup.table(
            [t(f"admin.{name}") for name in ("at", "who", "deed", "subject", "details")], rows
        )
    )


def _deed(board: Board, action: str) -> str:
    known = action in {each.value for each in Action}
    return board.t(f"deed.{action}") if known else action
