"""A station's page, for the chief's phone: who goes where, when, with what, and why."""

from html import escape

import streamlit as st

from dashboard import actions, cards, sheets, words
from dashboard.board import REFRESH_S, Board, safe
from dashboard.reading import Situation
from data.entities import City, Message, Station
from ops.access import Action, NotAllowed, may
from ops.duty import StationSheet, changes_for, station_sheets


def show(board: Board) -> None:
    """The whole page; the station stands in its address."""
    city = board.city
    if city is None or not city.stations:
        say = board.say
        st.html(cards.notice("care", say("board.no_city"), [say("board.no_city_sample"), say("board.no_city_own")],
                             alone=True))
        return
    station = _pick(board, city)
    _sheet(board, station.id)


def _pick(board: Board, city: City) -> Station:
    """The station of the address, else the first; a choice goes into the address, so that it can be kept."""
    names = {station.id: station.name for station in city.stations
             if may(board.actor, Action.SEE_STATION, station.id)}
    if not names:
        raise NotAllowed("access.refused", role=Message(f"account_role.{board.actor.role}"))
    asked = st.query_params.get("station")
    first = asked if asked in names else next(iter(names))
    chosen = st.segmented_control(board.say("board.station"), list(names), default=first, required=True,
                                  format_func=names.get, key="station", label_visibility="collapsed") or first
    if chosen != asked:
        st.query_params["station"] = chosen
    return next(station for station in city.stations if station.id == chosen)


@st.fragment(run_every=REFRESH_S)
@safe
def _sheet(board: Board, station_id: str) -> None:
    say, situation = board.say, board.situation
    if situation is None:
        st.html(cards.notice("care", say("board.no_operation"), [say("board.no_operation_do")], alone=True))
        return
    st.html(cards.drill_strip(situation, say)
            + cards.beat(situation) + cards.stale_forecast(situation, say)
            + f'<div class="xb-cards two">{cards.alert_card(situation, say)}{cards.rain_card(situation, say)}</div>')
    version = situation.version
    if version is None:
        st.html(cards.notice("plain", say("board.plan_none"), [say("board.plan_none_do")]))
        return
    sheet = next(one for one in station_sheets(version, situation.city) if one.station.id == station_id)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute",
                      key="station_head"):
        st.html(_station_head(sheet, situation, board), width="content")
        actions.paper_button(board, situation, station_id)
    st.html(sheets.sheet_cards(sheet, situation.city, situation.now, say))
    _below(sheet, situation, board)


def _station_head(sheet: StationSheet, situation: Situation, board: Board) -> str:
    say, station, version = board.say, sheet.station, situation.version
    people = say("board.station_people", chief=words.post(say, "board.chief", station.chief),
                 deputy=words.post(say, "board.deputy", station.deputy))
    made = say("board.station_version", number=version.number, at=version.made_at)
    return (f'<div class="xb-station"><b>{escape(station.name)}</b><span>{escape(people)}</span>'
            f'<em>{escape(made)}</em></div>')


def _below(sheet: StationSheet, situation: Situation, board: Board) -> None:
    """What is left out here, and what the version changed."""
    say, version = board.say, situation.version
    if sheet.left_out:
        st.html(f'<div class="xb-head">{escape(say("board.left_title", n=len(sheet.left_out)))}</div>'
                + cards.left_out_list(words.left_out_groups(say, situation.city, sheet.left_out), say))
    changes = changes_for(sheet.station, version, situation.city)
    if changes:
        st.html(f'<div class="xb-head">{escape(say("board.changes_title", number=version.number))}</div>'
                + cards.sentences(changes, say))
