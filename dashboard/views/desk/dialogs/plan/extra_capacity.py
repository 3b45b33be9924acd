"""What it would take to do more of what is left out: one more unit of each sort, tried while the
desk waits.
"""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current
from dashboard.render import markup
from ops.replanning.extra_capacity import remedies

MOST_JOBS = 6


def steps(board: Board) -> None:
    """A card for each unit that would help, the most helpful first."""
    t, (operation, now) = board.t, current(board)
    st.html(markup.faint(t("remedies.tell")))
    if "remedies_found" not in st.session_state:
        with st.spinner(t("remedies.looking")):
            st.session_state["remedies_found"] = remedies(
                board.store, operation, board.actor, now, board.settings
            )
    units = st.session_state["remedies_found"]
    if units is None:
        st.html(markup.notice("care", t("remedies.failed")))
    elif not units:
        st.html(markup.notice("plain", t("remedies.none"), [t("remedies.none_why")]))
    else:
        st.html(
            "".join(
                markup.notice(
                    "plain",
                    t.message(remedy.said),
                    [t("remedies.gained", jobs=remedy.gained[:MOST_JOBS])] if remedy.gained else [],
                )
                for remedy in units
            )
        )


def forget() -> None:
    """Try anew: what was found when the dialog was last open may no longer be so."""
    st.session_state.pop("remedies_found", None)
