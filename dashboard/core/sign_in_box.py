"""The way in and the way out, on the board itself."""

from html import escape
from urllib.parse import quote, urlencode

import streamlit as st

from dashboard.core import identity
from dashboard.core.board import Board
from dashboard.render import markup
from ops.auth.permissions import TRAINEE
from ops.auth.sessions import known_elsewhere
from ops.base.errors import NotAllowed

_ASKED = ("station",)  # what of a page's address is kept over the signing in


def way_in(board: Board, path: str) -> None:
    """The link to sign in by, or how to make the first account; the bureau's own sign-in, where it
    is set up.
    """
    t = board.t
    if not board.store.accounts.all():
        st.html(
            markup.notice("care", t("access.nobody_yet"), [t("access.nobody_yet_do")], alone=True)
        )
        return
    kept = {name: st.query_params[name] for name in _ASKED if name in st.query_params}
    after = f"/{path}?" + urlencode({"lang": t.language} | kept)
    st.html(markup.notice("plain", t("access.signed_out"), [t("access.signed_out_do")], alone=True))
    st.html(
        f'<p class="xb-way"><a href="/login?lang={t.language}&amp;next={escape(quote(after, safe=""))}" '
        f'target="_self">{escape(t("access.sign_in"))}</a></p>'
    )
    if identity.elsewhere():
        _elsewhere(board)


def _elsewhere(board: Board) -> None:
    """The button of the bureau's own sign-in; why it let somebody in there but not here."""
    t = board.t
    if told := identity.claims():
        try:
            known_elsewhere(board.store, board.settings.access, dict(told), board.clock())
        except NotAllowed as refused:
            st.html(markup.notice("care", t(refused.code, **refused.facts), alone=True))
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button(t("access.elsewhere"), key="elsewhere", on_click=st.login)
        if told:
            st.button(
                t("access.sign_out"),
                key="leave_elsewhere",
                on_click=identity.leave,
                args=(board.store,),
            )


def way_out(board: Board) -> None:
    """Who is signed in, and the link to sign out; in a drill at the machine itself, that nobody had
    to sign in.
    """
    t, who = board.t, board.actor
    if who == TRAINEE:
        st.html(f'<span class="xb-who">{escape(t("access.here"))}</span>', width="content")
        return
    told = f"<b>{escape(who.name)}</b> {escape(t(f'account_role.{who.role}'))}"
    if identity.claims():
        st.html(f'<span class="xb-who">{told}</span>', width="content")
        st.button(
            t("access.sign_out"),
            key="leave_elsewhere",
            type="tertiary",
            on_click=identity.leave,
            args=(board.store,),
        )
    else:
        ways = "".join(
            f' <a href="/{path}?lang={t.language}" target="_self">{escape(t(word))}</a>'
            for path, word in (("password", "signin.change"), ("logout", "access.sign_out"))
        )
        st.html(f'<span class="xb-who">{told}{ways}</span>', width="content")
