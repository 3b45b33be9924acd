"""The desk above several districts: what each of them publishes, side by side."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.render import markup
from data.model.headquarters.members import Member


def show(board: Board) -> None:
    """The whole page."""
    _districts(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _districts(board: Board) -> None:
    t = board.t
    for city, members in by_city(board).items():
        st.html(markup.head(city, t("above.count", n=len(members))))
        for one in members:
            st.html(markup.faint(one.name))


def by_city(board: Board) -> dict[str, list[Member]]:
    """The districts that whoever looks sees: a city's desk those of its city."""
    found: dict[str, list[Member]] = {}
    for one in board.store.members.all():
        if one.archived_at is None and board.actor.city in (None, one.city):
            found.setdefault(one.city, []).append(one)
    return found
