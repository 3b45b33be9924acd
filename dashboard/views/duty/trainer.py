"""The trainer's part of a drill with a script: what comes when, given by a button, the report."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, forget, safe
from dashboard.core.dialog import current, looked_at
from dashboard.model.situation import Situation
from dashboard.render import markup
from ops.analytics.history import read_history
from ops.auth.permissions import Action
from ops.documents.spreadsheets import EXCEL, as_excel
from ops.exercise import injects
from ops.exercise.beside import begun_at
from ops.exercise.report import answers_table
from ops.exercise.script import FILE, Inject, due_at, read_script


@st.fragment(run_every=REFRESH_S)
@safe
def section(board: Board) -> None:
    """The events of the script; without one there is nothing."""
    situation, path = board.situation, board.home / FILE
    if situation is None or not situation.operation.is_drill or not path.is_file():
        return
    t, script = board.t, read_script(path)
    entries = board.store.duty_log.entries(situation.operation.id)
    given = injects.given_numbers(entries)
    n = len({one.number for one in script} & given)
    st.html(markup.head(t("script.title", given=n, n=len(script)), t("script.tell")))
    with st.container(key="script", gap=None):
        for one in script:
            _line(board, situation, one, one.number in given)
    _report(board, script)


def _line(board: Board, situation: Situation, inject: Inject, is_given: bool) -> None:
    t = board.t
    at = due_at(inject, begun_at(board.store, situation.operation))
    state = markup.badge("✓", "fine") if is_given else markup.tag("em", t("script.due", at=at))
    with st.container(horizontal=True, vertical_alignment="center", key=f"inject_{inject.number}"):
        st.html(
            markup.tag("div", state, " ", injects.told(inject, situation.city, t), cls="xb-log")
        )
        may = board.may(Action.SWITCH_OPERATION) and not is_given
        if may and st.button(t("script.now"), key=f"give_{inject.number}", type="tertiary"):
            operation, now = current(board)
            injects.give(board.store, operation, board.actor, inject, now)
            forget()
            st.rerun()


def _report(board: Board, script: tuple[Inject, ...]) -> None:
    """Each event with its answer, as a workbook; made when it is asked for."""
    t = board.t

    def made() -> bytes:
        situation = looked_at(board)
        operation = situation.operation
        entries = board.store.duty_log.entries(operation.id)
        history = read_history(board.store, operation)
        begun = begun_at(board.store, operation)
        return as_excel([answers_table(script, begun, entries, history, situation.city, t)], t)

    st.download_button(
        t("script.report"),
        made,
        file_name=t("script.report_file") + ".xlsx",
        mime=EXCEL,
        key="script_report",
        on_click="ignore",
        icon=":material/table_view:",
    )
