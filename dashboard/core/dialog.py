"""What every dialog stands on: the operation as it is now, how a request is followed, and how a
deed ends.
"""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from dashboard.core.board import Board, forget, safe
from dashboard.model.situation import Situation
from dashboard.render import markup
from data.model.operation import Operation


def open_dialog(
    board: Board, title: str, steps: Callable[..., None], *facts: object, wide: bool = False
) -> None:
    """Open one over the page; it lives on while the page below it is refreshed."""
    st.dialog(board.t(title), width="large" if wide else "small")(safe(steps))(board, *facts)


def current(board: Board) -> tuple[Operation, datetime]:
    """The operation as it stands, and its time: an action never trusts what the page showed a while
    ago.
    """
    operation = board.store.operations.current()
    if operation is None:
        raise RuntimeError("an action without an operation")
    return operation, operation.now(board.clock())


def looked_at(board: Board) -> Situation:
    """The situation that a dialog was opened over."""
    situation = board.situation
    if situation is None:
        raise RuntimeError("a dialog without an operation")
    return situation


def follow(operation: Operation, cause: str) -> None:
    """Remember a request, to tell what becomes of it."""
    st.session_state["followed"] = (operation.id, cause)


def finish(message: str) -> None:
    """Say what was done, here and in the line that follows the request, and close the dialog."""
    st.session_state["done"] = message
    st.toast(markup.plain(message), duration="long")
    forget()
    st.rerun(scope="app")
