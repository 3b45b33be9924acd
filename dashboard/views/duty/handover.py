"""The change of the watch: what stands open, signed by who goes and by who comes."""

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, forget, safe
from dashboard.core.dialog import current
from dashboard.model.situation import Situation
from dashboard.render import markup
from data.model.duty_log import LogEntry
from data.model.message import Message
from ops.auth.permissions import TRAINEE, Action, Actor
from ops.auth.second_factor import signer
from ops.base.errors import Invalid
from ops.base.messages import Translator
from ops.documents import handover as record
from ops.duty.log import LONGEST_NOTE, Handover, hand_over, handovers, take_over, waiting
from ops.duty.still_open import still_open

SHOWN, MOST_OPEN = 5, 12


@st.fragment(run_every=REFRESH_S)
@safe
def section(board: Board) -> None:
    """What stands open, then the step that comes next: hand over, or take over."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    entries = board.store.duty_log.entries(situation.operation.id)
    given = waiting(entries)
    st.html(markup.head(t("handover.title")))
    if given is not None:
        _open_list(given.open, t)
        _take(board, given)
    else:
        found = open_now(situation)
        _open_list(found, t)
        _give(board, found)
    _past(board, situation, entries)


def open_now(situation: Situation) -> tuple[Message, ...]:
    """All that stands open as the page is looked at."""
    return still_open(
        city=situation.city,
        now=situation.now,
        version=situation.version,
        alerts=situation.standing,
        order=situation.order,
        needs=situation.needs,
        matters=situation.matters,
        outages=situation.outages,
        off_duty=situation.off_duty,
    )


def _open_list(found: tuple[Message, ...], t: Translator) -> None:
    lines = [t.message(one) for one in found]
    title = t("handover.open_title", n=len(lines))
    if not lines:
        st.html(markup.notice("plain", t("handover.nothing")))
        return
    st.html(markup.tag("b", title) + markup.bullets(lines[:MOST_OPEN]))
    if len(lines) > MOST_OPEN:
        more = markup.bullets(lines[MOST_OPEN:])
        st.html(markup.fold(t("needs.more", n=len(lines) - MOST_OPEN), more))


def _give(board: Board, found: tuple[Message, ...]) -> None:
    """The officer who goes signs: he is the one signed in."""
    t = board.t
    if not board.may(Action.KEEP_LOG):
        return
    with st.form("give_form", clear_on_submit=True, border=False):
        text = st.text_area(t("handover.text"), max_chars=LONGEST_NOTE, key="give_text", height=68)
        sent = st.form_submit_button(t("handover.give"), icon=":material/draw:")
    if sent:
        operation, now = current(board)
        hand_over(board.store, operation, board.actor, text, found, now)
        _done(t("handover.given"))


def _take(board: Board, given: LogEntry) -> None:
    """The officer who comes signs: signed in himself, or here by what he signs in by."""
    t = board.t
    st.html(markup.notice("care", t("handover.waiting", by=given.by, at=given.written_at)))
    if not board.may(Action.KEEP_LOG):
        return
    own_page = board.actor.name != given.by
    in_drill = board.actor == TRAINEE
    with st.form("take_form", border=False):
        name = password = code = ""
        if in_drill:
            st.html(markup.faint(t("handover.sign_drill")))
            name = st.text_input(t("handover.name"), max_chars=80, key="take_name")
        elif not own_page:
            st.html(markup.faint(t("handover.sign_here")))
            name = st.text_input(t("handover.account"), max_chars=80, key="take_account")
            password = st.text_input(t("handover.password"), type="password", key="take_password")
            code = st.text_input(t("second.code"), max_chars=40, key="take_code")
        text = st.text_area(t("handover.text"), max_chars=LONGEST_NOTE, key="take_text", height=68)
        read = st.checkbox(t("handover.read", n=len(given.open)), key="take_read")
        sent = st.form_submit_button(t("handover.take"), type="primary", icon=":material/draw:")
    if sent:
        if not read:
            raise Invalid("handover.read_first")
        who = board.actor if own_page and not in_drill else _signer(board, name, password, code)
        operation, now = current(board)
        take_over(board.store, operation, who, given.id or 0, text, now)
        _done(t("handover.taken"))


def _signer(board: Board, name: str, password: str, code: str) -> Actor:
    """Who signs on a page that another has open; in a drill at the machine itself, whoever is
    named.
    """
    if board.actor == TRAINEE:
        if not name.strip():
            raise Invalid("duty_log.empty")
        return replace(TRAINEE, name=name.strip())
    address = st.context.ip_address or "local"
    access = board.settings.access
    return signer(board.store, access, name, password, code, address, board.clock())


def _done(message: str) -> None:
    st.toast(markup.plain(message))
    forget()
    st.rerun(scope="app")


def _past(board: Board, situation: Situation, entries: list[LogEntry]) -> None:
    """The latest changes of the watch, each with its record."""
    t = board.t
    for one in handovers(entries)[:SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(markup.faint(_told(one, t)))
            st.download_button(
                t("handover.paper"),
                partial(
                    record.as_pdf,
                    one,
                    entries,
                    situation.operation,
                    situation.city,
                    situation.now,
                    t,
                ),
                file_name=t("handover.paper_file", number=one.given.id) + ".pdf",
                mime="application/pdf",
                key=f"handover_pdf_{one.given.id}",
                on_click="ignore",
                type="tertiary",
            )


def _told(one: Handover, t: Translator) -> str:
    told = t("handover.given_by", by=one.given.by, at=one.given.written_at)
    if one.taken is None:
        return told
    return f"{told} → {t('handover.taken_by', by=one.taken.by, at=one.taken.written_at)}"
