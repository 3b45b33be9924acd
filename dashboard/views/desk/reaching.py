"""Reaching people (叫应): which station was reached about its orders, by whom and how; the tick for
a call by telephone, and the station's link to be handed on.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard.core.board import Board, safe
from dashboard.core.dialog import open_dialog
from dashboard.model.situation import Situation
from dashboard.render import markup
from dashboard.render.needs import telephone
from dashboard.views.desk.dialogs.stations import link_box, told
from data.model.city import Station
from data.model.plan import PlanVersion
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import labels
from ops.notifications.channels import ChannelSettings
from ops.notifications.reached import (
    StationReach,
    contacts,
    needed_versions,
    station_reaches,
)


@safe
def reaching(board: Board) -> None:
    """Every station, those that were not reached first."""
    t, situation = board.t, board.situation
    if situation is None or situation.version is None:
        return
    st.html(markup.head(t("reach.title"), t("reach.tell")))
    for one in reaches(board, situation, situation.version):
        station = situation.city.station_by_id[one.station_id]
        with st.container(horizontal=True, vertical_alignment="center", key=f"reach_{station.id}"):
            st.html(_line(one, station, t))
            if board.may(Action.TELL_STATION) and st.button(
                t("reach.tick"), key=f"told_{station.id}", type="secondary"
            ):
                number = situation.version.number
                open_dialog(board, "reach.tick", told.steps, station.id, number)
            if board.may(Action.REPORT_WORK, station.id) and st.button(
                t("reach.link"), key=f"link_{station.id}", type="tertiary"
            ):
                open_dialog(board, "reach.link_title", link_box.steps, station.id)


def reaches(board: Board, situation: Situation, version: PlanVersion) -> tuple[StationReach, ...]:
    """How each station was reached."""
    notices = board.store.outbox.notices(situation.operation.id)
    needed = needed_versions(version, notices, situation.city)
    return station_reaches(contacts(notices, situation.events), needed, situation.city)


def _line(one: StationReach, station: Station, t: Translator) -> markup.Html:
    kind = "fine" if one.reached else "late"
    word = "yes" if one.reached else "tried" if one.tried else "no"
    return markup.tag(
        "div",
        markup.badge(t(f"reach.{word}"), kind),
        " ",
        markup.tag("b", station.name),
        " ",
        telephone(station, t),
        " ",
        markup.tag("em", labels.reach_words(t, one)),
        cls="xb-need",
    )


def nobody_told(
    situation: Situation, channels: Sequence[ChannelSettings], t: Translator
) -> markup.Html:
    """In real operation, that nobody is told by the program: no channel is set up; empty if one
    is.
    """
    if situation.operation.is_drill or channels:
        return markup.Html("")
    return markup.notice("care", t("reach.nobody"), [t("reach.nobody_do")])
