"""The inspection's unannounced checks: the roads drawn for today, a new check, the last ones."""

from dataclasses import replace
from datetime import datetime, timedelta

import streamlit as st

from dashboard.core.board import Board, named, safe
from dashboard.core.dialog import current
from dashboard.render import markup
from dashboard.views import photos
from data.model.city import City
from ops.auth.permissions import Action
from ops.cleaning.checks import FAULTS, CheckReport, tell_check
from ops.cleaning.reading import drawn_today
from ops.documents import labels
from ops.documents.street.month_sheet import check_table
from ops.field.photos import Picture
from ops.field.reports import LONGEST_REASON

SHOWN, PICTURES = 10, 4
BACK = timedelta(days=31)


@safe
def show(board: Board, city: City) -> None:
    """Whoever makes checks sees which roads are drawn; a chief those of his own roads when they are
    made.
    """
    t = board.t
    st.html(markup.head(t("cleaning.checks")))
    if board.may(Action.CHECK_STREETS):
        _new(board, city)
    operation, now = current(board)
    own = board.actor.station_id
    found = [
        check
        for check in board.store.cleaning.checks(operation.id, now - BACK)
        if check.segment_id in city.segment_by_id
        and own in (None, city.segment_by_id[check.segment_id].station_id)
    ]
    if found:
        table = check_table(found, city, t)
        shown = [[_text(board, cell) for cell in row] for row in table.rows[:SHOWN]]
        st.html(markup.table(table.heads, shown))
        pictures = [
            Picture(name=check.photo, at=check.at, by=check.by, after=False)
            for check in reversed(found)
            if check.photo
        ]
        photos.show(pictures[:PICTURES], board)


def _text(board: Board, cell: object) -> str:
    return f"{board.t.moment(cell)}" if isinstance(cell, datetime) else str(cell or "")


def _new(board: Board, city: City) -> None:
    t = board.t
    operation, now = current(board)
    rules = board.settings.cleaning
    drawn = drawn_today(board.store, operation, board.actor, city, now, rules)
    roads = {one.id: labels.segment_name(t, one) for one in city.segments}
    if drawn:
        st.html(markup.faint(t("cleaning.draw", roads=tuple(roads[one] for one in drawn))))
    in_order = [*drawn, *(one for one in roads if one not in drawn)]
    faults = {fault: t(f"cleaning.fault_{fault}") for fault in FAULTS}
    with st.form("cleaning_check", clear_on_submit=True, border=False):
        road = st.selectbox(
            t("cleaning.check_road"), in_order, format_func=named(roads), key="check_road"
        )
        found = st.multiselect(
            t("cleaning.check_faults"), list(faults), format_func=named(faults), key="check_faults"
        )
        score = st.number_input(t("cleaning.check_score"), 0, 100, value=None, key="check_score")
        text = st.text_input(t("cleaning.check_text"), max_chars=LONGEST_REASON, key="check_text")
        picture = photos.box(t("cleaning.check_photo"), "check_photo")
        sent = st.form_submit_button(t("cleaning.check_do"), type="primary")
    if sent and road:
        told = CheckReport(segment_id=road, faults=tuple(found), score=score, text=text)
        _keep(board, told, picture, roads[road])


def _keep(board: Board, told: CheckReport, picture: bytes | None, road: str) -> None:
    operation, now = current(board)
    rules = board.settings.cleaning
    with photos.keep(picture, board, f"check {road} {now.isoformat()}") as photo:
        told = replace(told, photo=photo)
        check = tell_check(board.store, operation, board.actor, told, now, rules)
    key = "check_failed" if check.score < rules.pass_score else "check_kept"
    st.toast(markup.plain(board.t(f"cleaning.{key}", road=road, score=check.score)))
