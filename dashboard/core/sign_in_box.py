"""The way in and the way out, on the board itself."""

from itertools import chain
from typing import Literal
from urllib.parse import quote, urlencode

import streamlit as st

from dashboard.core import identity
from dashboard.core.board import Board
from dashboard.core.sites import sites
from dashboard.render import markup
from ops.auth.permissions import TRAINEE
from ops.auth.sessions import known_elsewhere
from ops.base.errors import NotAllowed

_KEEP_PARAMS = ("station",)  # what of a page's address is kept over the signing in


def way_in(board: Board, path: str) -> None:
    """The link to sign in by, or how to make the first account; the bureau's own sign-in, where it
    is set up. Who came by that and has accounts in several districts is asked which, and nothing
    else.
    """
    t = board.t
    if _has_to_choose(board):
        st.html(markup.notice("plain", t("access.choose_district"), alone=True))
        st.html(markup.tag("p", *_districts(board), cls="xb-way"))
        with st.container(horizontal=True, horizontal_alignment="center"):
            _leave(board)
        return
    operation = board.store.operations.current()
    if operation is not None and operation.is_drill:
        st.html(markup.notice("plain", t("access.drill_address"), alone=True))
    if not board.store.accounts.all():
        st.html(
            markup.notice("care", t("access.nobody_yet"), [t("access.nobody_yet_do")], alone=True)
        )
        return
    query = {name: st.query_params[name] for name in _KEEP_PARAMS if name in st.query_params}
    after = f"/{path}?" + urlencode({"lang": t.language} | query)
    st.html(markup.notice("plain", t("access.signed_out"), [t("access.signed_out_do")], alone=True))
    address = f"/login?lang={t.language}&next={quote(after, safe='')}"
    st.html(markup.tag("p", _link(address, t("access.sign_in")), cls="xb-way"))
    if identity.elsewhere():
        _elsewhere(board)


def _elsewhere(board: Board) -> None:
    """The button of the bureau's own sign-in; why it let somebody in there but not here."""
    t = board.t
    claims = dict(identity.claims())
    if claims:
        try:
            known_elsewhere(board.store, board.settings.access, claims, board.clock())
        except NotAllowed as refused:
            st.html(markup.notice("care", t(refused.code, **refused.facts), alone=True))
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button(t("access.elsewhere"), key="elsewhere", on_click=st.login)
        if claims:
            _leave(board)


def _has_to_choose(board: Board) -> bool:
    """Whether whoever came by the bureau's own sign-in has accounts in several districts, and none
    here.
    """
    doors = sites().doors(dict(identity.claims())) if identity.elsewhere() else ()
    return len(doors) > 1 and board.site not in doors


def _leave(board: Board, kind: Literal["secondary", "tertiary"] = "secondary") -> None:
    st.button(
        board.t("access.sign_out"),
        key="leave_elsewhere",
        type=kind,
        on_click=identity.leave,
        args=(board.store,),
    )


def way_out(board: Board) -> None:
    """Who is signed in, and the link to sign out; in a drill at the machine itself, that nobody had
    to sign in.
    """
    t, who = board.t, board.actor
    if who == TRAINEE:
        _show_who(t("access.here"))
        return
    name = markup.tag("b", who.name), f" {t(f'account_role.{who.role}')}"
    if identity.claims():
        _show_who(*name, *_districts(board))
        _leave(board, "tertiary")
    else:
        ways = (("account", "own.title"), ("logout", "access.sign_out"))
        links = ((" ", _link(f"/{path}?lang={t.language}", t(word))) for path, word in ways)
        _show_who(*name, *chain(*links))


def _districts(board: Board) -> tuple[markup.Html | str, ...]:
    """The other districts in which whoever came by the bureau's own sign-in has an account, as
    links.
    """
    known = sites()
    others = [one for one in known.doors(dict(identity.claims())) if one.id != board.site.id]
    links = ((" ", _link(identity.CHOICE + one.id, known.name(one))) for one in others)
    return tuple(chain(*links))


def _show_who(*words: str) -> None:
    st.html(markup.tag("span", words, cls="xb-who"), width="content")


def _link(address: str, word: str) -> markup.Html:
    return markup.tag("a", word, href=address, target="_self")
