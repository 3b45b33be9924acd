"""The way in and the way out, on the board itself."""

from html import escape
from urllib.parse import quote, urlencode

import streamlit as st

from dashboard import cards, visitor
from dashboard.board import Board
from ops.access import TRAINEE, NotAllowed
from ops.signin import known_elsewhere

_ASKED = ("station",)  # what of a page's address is kept over the signing in


def way_in(board: Board, path: str) -> None:
    """The link to sign in by, or how to make the first account; the bureau's own sign-in, where it is set up."""
    say = board.say
    if not board.store.accounts():
        st.html(cards.notice("care", say("access.nobody_yet"), [say("access.nobody_yet_do")], alone=True))
        return
    kept = {name: st.query_params[name] for name in _ASKED if name in st.query_params}
    after = f"/{path}?" + urlencode({"lang": say.language} | kept)
    st.html(cards.notice("plain", say("access.signed_out"), [say("access.signed_out_do")], alone=True))
    st.html(f'<p class="xb-way"><a href="/login?lang={say.language}&amp;next={escape(quote(after, safe=""))}" '
            f'target="_self">{escape(say("access.sign_in"))}</a></p>')
    if visitor.elsewhere():
        _elsewhere(board)


def _elsewhere(board: Board) -> None:
    """The button of the bureau's own sign-in; why it let somebody in there but not here."""
    say = board.say
    if told := visitor.claims():
        try:
            known_elsewhere(board.store, board.settings.access, dict(told), board.clock())
        except NotAllowed as refused:
            st.html(cards.notice("care", say(refused.code, **refused.facts), alone=True))
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button(say("access.elsewhere"), key="elsewhere", on_click=st.login)
        if told:
            st.button(say("access.sign_out"), key="leave_elsewhere", on_click=visitor.leave, args=(board.store,))


def way_out(board: Board) -> None:
    """Who is signed in, and the link to sign out; in a drill at the machine itself, that nobody had to sign in."""
    say, who = board.say, board.actor
    if who == TRAINEE:
        st.html(f'<span class="xb-who">{escape(say("access.here"))}</span>', width="content")
        return
    told = f'<b>{escape(who.name)}</b> {escape(say(f"account_role.{who.role}"))}'
    if visitor.claims():
        st.html(f'<span class="xb-who">{told}</span>', width="content")
        st.button(say("access.sign_out"), key="leave_elsewhere", type="tertiary", on_click=visitor.leave,
                  args=(board.store,))
    else:
        ways = "".join(f' <a href="/{path}?lang={say.language}" target="_self">{escape(say(word))}</a>'
                       for path, word in (("password", "signin.change"), ("logout", "access.sign_out")))
        st.html(f'<span class="xb-who">{told}{ways}</span>', width="content")
