"""The papers of the watch: the briefings for the superior office, by one click."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard.core.board import Board, named, safe
from dashboard.core.dialog import looked_at
from dashboard.render import markup
from ops.analytics.history import ALWAYS, read_history
from ops.base.messages import Translator
from ops.documents import briefing as paper
from ops.documents import labels
from ops.documents import place_cards as cards
from ops.documents.spreadsheets import EXCEL, as_excel
from ops.duty.briefing import BriefingKind, briefing_figures
from ops.duty.log import on_watch

LOOKED_AT = timedelta(days=30)  # before a briefing begins: no case that it counts is older


@safe
def section(board: Board) -> None:
    """A button for each briefing and form; each is made when it is asked for."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    st.html(markup.head(t("briefing.head"), t("briefing.tell")))
    for kind in _in_order(situation.now, t):
        with st.container(horizontal=True, key=f"take_{kind}"):
            _button(board, kind, "pdf")
            _button(board, kind, "excel")


@safe
def place_cards(board: Board) -> None:
    """The plans of the low points, of all or of one, to be printed."""
    t, situation = board.t, board.situation
    places = cards.low_points(situation.city) if situation else []
    if situation is None or not places:
        return
    st.html(markup.head(t("place.head"), t("place.tell")))
    names = {"": t("place.all", n=len(places))} | {
        one.id: labels.segment_name(t, one) for one in places
    }
    chosen = st.selectbox(
        t("place.choose"), list(names), format_func=named(names), key="place_chosen"
    )

    def made() -> bytes:
        seen = looked_at(board)
        known = cards.Known(
            city=seen.city,
            now=seen.now,
            drill=seen.operation.is_drill,
            version=seen.version,
            events=seen.events,
            incidents=seen.calls,
            gauges=board.settings.gauges,
            photos=board.home / "photos",
        )
        return cards.as_pdf(known, [one for one in places if chosen in ("", one.id)], t)

    st.download_button(
        t("place.pdf"),
        made,
        file_name=t("place.file") + ".pdf",
        mime="application/pdf",
        key="place_pdf",
        on_click="ignore",
        icon=":material/print:",
    )


def _in_order(now: datetime, t: Translator) -> list[BriefingKind]:
    """The one that is due first: before noon the morning's."""
    kinds = list(BriefingKind)
    return kinds if now.astimezone(t.zone).hour < 12 else kinds[::-1]


def _button(board: Board, kind: BriefingKind, form: str) -> None:
    t, is_pdf = board.t, form == "pdf"

    def made() -> bytes:
        found = made_briefing(board, kind)
        return paper.as_pdf(found, t) if is_pdf else as_excel(paper.as_tables(found, t), t)

    now = looked_at(board).now
    name = t("briefing.file", kind=t(f"briefing.{kind}"), day=f"{now.astimezone(t.zone):%Y%m%d}")
    st.download_button(
        t(f"briefing.{form}", kind=t(f"briefing.{kind}")),
        made,
        file_name=f"{name}.{'pdf' if is_pdf else 'xlsx'}",
        mime="application/pdf" if is_pdf else EXCEL,
        key=f"briefing_{kind}_{form}",
        on_click="ignore",
        icon=":material/print:" if is_pdf else ":material/table_view:",
    )


def made_briefing(board: Board, kind: BriefingKind) -> paper.Briefing:
    """A briefing as of now."""
    situation, store, settings = looked_at(board), board.store, board.settings
    operation, now, city = situation.operation, situation.now, situation.city
    begin = settings.briefing.begins(kind, now, board.t.zone)
    span = (begin - LOOKED_AT, ALWAYS[1])
    history = read_history(store, operation, gauges=settings.gauges, span=span)
    cases = history.cases(city)
    return paper.Briefing(
        operation=operation,
        kind=kind,
        begin=begin,
        now=now,
        figures=briefing_figures(history, cases, city, begin, now),
        ahead=briefing_figures(history, cases, city, now, now + (now - begin)).planned,
        city=city,
        alerts=situation.standing,
        order=situation.order,
        rain=situation.version.rain if situation.version else None,
        needs=len(situation.needs),
        watch=on_watch(store.duty_log.entries(operation.id)),
        by=board.actor.name,
    )
