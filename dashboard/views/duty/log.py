"""The duty log: what is written down, and what was."""

from datetime import timedelta

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.core.dialog import current, open_dialog
from dashboard.render import markup
from data.model.duty_log import LogEntry, LogKind
from data.model.wall_clock import last_at
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.duty.log import LONGEST_NOTE, Note, notes, on_watch, write_note

SHOWN = 60  # entries on the page; the record of each handover has those of its watch
LATE = timedelta(minutes=5)  # what is written so much later than it was says so


@safe
def form(board: Board) -> None:
    """A note with its time: now, unless another is chosen."""
    t = board.t
    st.html(markup.head(t("duty_log.title")))
    if not board.may(Action.KEEP_LOG):
        return
    operation, now = current(board)
    with st.form("log_form", clear_on_submit=True, border=False):
        text = st.text_area(t("duty_log.text"), max_chars=LONGEST_NOTE, key="log_text", height=84)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            at = st.time_input(t("duty_log.when"), value=None, step=60, key="log_at")
            sent = st.form_submit_button(t("duty_log.write"), type="primary")
    if sent:
        happened_at = last_at(at, now, t.zone) if at else now
        write_note(board.store, operation, board.actor, text, happened_at, now)
        st.toast(t("duty_log.written"))


@st.fragment(run_every=REFRESH_S)
@safe
def listed(board: Board) -> None:
    """Who has the watch, and every entry, the latest first."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    entries = board.store.duty_log.entries(situation.operation.id)
    name = on_watch(entries)
    st.html(markup.faint(t("duty_log.on_watch", name=name) if name else t("duty_log.nobody")))
    found = notes(entries)
    if not found:
        st.html(markup.notice("plain", t("duty_log.nothing")))
    with st.container(key="log_list", gap=None):
        for note in found[:SHOWN]:
            _line(board, note)


def _line(board: Board, note: Note) -> None:
    entry, t = note.entry, board.t
    with st.container(horizontal=True, vertical_alignment="center", key=f"log_{entry.id}"):
        st.html(entry_line(note, t))
        if board.may(Action.KEEP_LOG) and st.button(
            t("duty_log.correct"), key=f"correct_{entry.id}", type="tertiary"
        ):
            open_dialog(board, "duty_log.correct_title", _correct, entry.id)


def entry_line(note: Note, t: Translator) -> markup.Html:
    """An entry, with the further words on it."""
    entry = note.entry
    late = entry.written_at - entry.happened_at > LATE
    mark = markup.badge(t("duty_log.kind_inject"), "late") if entry.kind is LogKind.INJECT else ""
    head = (
        markup.tag("time", str(t.moment(entry.happened_at))),
        " ",
        markup.tag("em", t.actor(entry.by)),
        markup.tag("em", " " + t("duty_log.late", at=entry.written_at)) if late else "",
        " ",
        mark,
    )
    further = [_further(one, t) for one in note.corrections]
    body = markup.tag("div", entry.text, cls="what")
    return markup.tag("div", markup.tag("div", head), body, *further, cls="xb-log")


def _further(entry: LogEntry, t: Translator) -> markup.Html:
    word = markup.tag("b", t("duty_log.kind_correction"))
    at = markup.tag("em", f" {t.moment(entry.written_at)} {t.actor(entry.by)}")
    return markup.tag("div", word, at, markup.tag("div", entry.text, cls="what"), cls="further")


def _correct(board: Board, entry_id: int) -> None:
    """A further word on an entry, which stays as it is."""
    t = board.t
    operation, now = current(board)
    entries = board.store.duty_log.entries(operation.id)
    note = next((one for one in notes(entries) if one.entry.id == entry_id), None)
    if note is None:
        return
    st.html(entry_line(note, t) + markup.faint(t("duty_log.correct_tell")))
    with st.form("correct_form", border=False):
        text = st.text_area(t("duty_log.text"), max_chars=LONGEST_NOTE, key="correct_text")
        sent = st.form_submit_button(t("duty_log.write"), type="primary")
    if sent:
        write_note(board.store, operation, board.actor, text, now, now, about=entry_id)
        st.rerun(scope="app")
