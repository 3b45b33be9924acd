"""The codes by which whoever passes reports: one for a stretch of road or a community, on the
screen, on paper, taken back.
"""

from functools import partial

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.core.dialog import current
from dashboard.render import markup
from dashboard.views.desk.dialogs.stations.link_box import base_address, only_here, shown
from data.model.city import City
from data.model.street.street_case import GRID
from ops.auth.permissions import Action
from ops.documents.street.report_poster import as_pdf, point_name
from ops.notifications.report_points import point_token, take_back_point


def show(board: Board, city: City) -> None:
    """Where it hangs, its code, the page to print."""
    t = board.t
    if not board.may(Action.REVOKE_LINK):
        return
    with st.expander(t("point.box"), icon=":material/qr_code_2:", key="fold_points"):
        grid = [one.id for one in city.stations if one.service == GRID]
        roads = [one.id for one in city.segments]
        places = {one: point_name(one, city, t) for one in (*grid, *roads)}
        place = st.selectbox(
            t("point.place"), list(places), index=None, format_func=named(places), key="point_place"
        )
        if place:
            _code(board, city, place, places[place])


def _code(board: Board, city: City, place: str, name: str) -> None:
    t, (operation, _) = board.t, current(board)
    base = base_address(board)
    address = f"{base}/s/{point_token(board.store, operation, place)}/report"
    shown(address)
    only_here(board, base)
    with st.container(horizontal=True):
        st.download_button(
            t("point.paper"),
            partial(as_pdf, place, address, operation, city, t),
            file_name=t("point.paper_file", place=name) + ".pdf",
            mime="application/pdf",
            key="point_pdf",
            on_click="ignore",
            icon=":material/print:",
        )
        if st.button(t("point.take_back"), key="point_back"):
            take_back_point(board.store, board.actor, place, board.clock())
            st.toast(markup.plain(t("point.taken")))
