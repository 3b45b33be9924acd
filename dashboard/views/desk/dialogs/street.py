"""Close a street or say that it is slow, and open it again."""

from datetime import timedelta

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.core.dialog import current, finish, follow, looked_at
from dashboard.model.situation import Situation
from dashboard.render import markup
from dashboard.views.desk.dialogs.road_box import road_box
from data.model.ids import Cause, CauseKind
from data.model.street.streets import Closure
from ops.auth.permissions import Action
from ops.field.water.street_closures import ClosureOrder, close_street, open_street
from ops.ways.closures import SLOW, WATER, WORKS, line_of, stretch_name

HOURS = (0, 1, 2, 4, 8, 24)
"""For how long; 0: until somebody opens it."""


def steps(board: Board, at: str | None = None) -> None:
    """Which stretch, how, for how long and why; below it what is closed, each to be opened.

    Parameters
    ----------
    at
        The segment that is meant, where that is known.
    """
    t, situation = board.t, looked_at(board)
    if board.store.streets.latest() is None:
        st.html(markup.notice("care", t("closure.no_map")))
    with st.form(f"street_form_{at}", border=False):
        place = road_box(t, situation.city, stretch_name, "closure.place", f"street_place_{at}", at)
        how = {"shut": t("closure.shut"), "barred": t("closure.barred"), "slow": t("closure.slow")}
        chosen = st.segmented_control(
            t("closure.how"),
            list(how),
            default="shut",
            required=True,
            format_func=named(how),
            key=f"street_how_{at}",
        )
        hours = st.selectbox(
            t("closure.hours"),
            HOURS,
            format_func=lambda n: t("closure.for_hours", n=n) if n else t("closure.for_good"),
            key=f"street_hours_{at}",
        )
        why = st.text_input(t("closure.why"), max_chars=200, key=f"street_why_{at}")
        if st.form_submit_button(t("closure.do"), type="primary"):
            _close(board, place, chosen or "shut", hours, why.strip())
    _closed(board, situation)


def _close(board: Board, place: str | None, how: str, hours: int, why: str) -> None:
    if place is None:
        st.warning(board.t("closure.first"))
        return
    operation, now = current(board)
    order = ClosureOrder(
        segment_id=place,
        speed_share=SLOW if how == "slow" else 0.0,
        entry=how != "barred",
        reason=why,
        to_at=now + timedelta(hours=hours) if hours else None,
    )
    kept, _ = close_street(board.store, operation, board.actor, order, now)
    follow(operation, str(Cause.of(CauseKind.CLOSURE, kept.id)))
    finish(board.t.message(line_of(kept)))


def _closed(board: Board, situation: Situation) -> None:
    """What is closed or slow; what water closes is open when its incident is
    closed, what works close when they are finished.
    """
    t = board.t
    if situation.closures:
        st.html(markup.head(t("closure.title", n=len(situation.closures))))
    for closure in situation.closures:
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"closure_{_key(closure)}"
        ):
            st.html(markup.tag("p", t.message(line_of(closure))))
            if closure.source == WATER:
                st.html(markup.faint(t("closure.by_water", number=closure.external_id)))
            elif closure.source == WORKS:
                st.html(markup.faint(t("closure.by_works", id=closure.external_id)))
            elif board.may(Action.CLOSE_STREET) and st.button(
                t("closure.open"), key=f"closure_open_{closure.id}"
            ):
                operation, now = current(board)
                open_street(board.store, operation, board.actor, closure.id or 0, now)
                follow(operation, str(Cause.of(CauseKind.OPENED, closure.id)))
                finish(t("closure.opened", name=closure.name))


def _key(closure: Closure) -> str:
    return f"{closure.source}_{closure.id or closure.external_id}"
