"""The page of the service cars: calls and who goes, a new call, each car with its kit, what past
calls say they should carry, and the ledger of all calls.
"""

from collections.abc import Iterable

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, named, safe
from dashboard.model.situation import Situation
from dashboard.render import markup, status
from dashboard.views.cases.page import case_line, seen, sees_all, take_in
from dashboard.views.service_jobs import beats, jobs, left_out
from data.model.city import City
from data.model.street.service_cars import CALLS, CARS
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.spreadsheets import EXCEL, as_excel
from ops.documents.street.calls_table import calls_table, kit_words, proposal_lines
from ops.field.cars.calls import CallRecord, call_records
from ops.field.cars.kit import Kit, kits
from ops.field.cars.proposals import proposals
from ops.field.cases.street_cases import all_standings
from ops.field.reports import LONGEST_REASON

SHOWN_CALLS = 30
MOST = 30
"""Of open calls so many are shown, the gravest first."""


def show(board: Board) -> None:
    """The whole page."""
    if board.city is None or board.situation is None:
        st.html(markup.notice("care", board.t("board.no_operation"), alone=True))
        return
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        _calls(board)
    with right:
        _new(board, board.city)
        _kits(board)
    if sees_all(board, CARS):
        _ledger(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _calls(board: Board) -> None:
    """The calls that are open, and who is sent where."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    st.html(status.operation_strip(situation, t))
    found = seen(board, all_standings(board.store, situation.operation), CARS)
    open_ = [one for one in found if one.case.kind in CALLS and not one.closed]
    st.html(markup.head(t("cars.open", n=len(open_))))
    for one in sorted(open_, key=lambda one: (bool(one.done), CALLS.index(one.case.kind)))[:MOST]:
        case_line(board, one, situation.city, situation.now)
    if len(open_) > MOST:
        st.html(markup.faint(t("case.more", n=len(open_) - MOST)))
    if not open_:
        st.html(markup.faint(t("cars.none_open")))
    beats(situation, CARS, t)
    jobs(situation, CARS, "cars.jobs", t)
    left_out(situation, CARS, "cars.left_out", t)


@safe
def _new(board: Board, city: City) -> None:
    """A call that came by telephone: what, where, in words."""
    t = board.t
    if not board.may(Action.REPORT_INCIDENT):
        return
    st.html(markup.head(t("cars.new")))
    kinds = {kind: t(f"case_kind.{kind}") for kind in CALLS}
    roads = {one.id: labels.place_name(t, city, one.id) for one in city.segments}
    with st.form("call_form", clear_on_submit=True, border=False):
        kind = st.segmented_control(
            t("case.fact_what"), list(kinds), format_func=named(kinds), key="call_kind"
        )
        road = st.selectbox(
            t("case.fact_where"),
            list(roads),
            index=None,
            format_func=named(roads),
            key="call_road",
        )
        text = st.text_input(t("case.text"), max_chars=LONGEST_REASON, key="call_text")
        sent = st.form_submit_button(t("cars.send"), type="primary")
    if sent:
        take_in(board, "cars.taken_in", kind, road, text)


def _known(board: Board, situation: Situation) -> tuple[dict[str, Kit], tuple[CallRecord, ...]]:
    events = board.store.field.events(situation.operation.id)
    cases = all_standings(board.store, situation.operation)
    records = call_records(situation.city, cases, events)
    taps = board.store.field.kit_taps(situation.operation.id)
    return dict(kits(situation.city, taps)), records


@st.fragment(run_every=REFRESH_S)
@safe
def _kits(board: Board) -> None:
    """Each car with its kit, what is short marked; then what it should carry, and why."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    own, records = _known(board, situation)
    st.html(markup.head(t("cars.kits")))
    if not own:
        st.html(markup.notice("plain", t("cars.no_cars")))
        return
    st.html(_kit_table(own.values(), situation.city, t))
    if not sees_all(board, CARS):
        return  # they quote what was told of others' calls
    found = proposals(own, records)
    st.html(markup.head(t("cars.proposals", n=len(found))))
    for one in found:
        title, *lines = proposal_lines(one, t)
        st.html(markup.notice("care" if one.missed else "plain", title, lines))
    if not found:
        st.html(markup.faint(t("cars.no_proposals")))


def _kit_table(own: Iterable[Kit], city: City, t: Translator) -> markup.Html:
    rows = (
        (
            city.crew_by_id[kit.crew_id].name,
            labels.join_names(t, kit_words(kit, t)) or t("cars.empty"),
            markup.badge(t("cars.short"), "late") if kit.short else "",
        )
        for kit in own
    )
    heads = (t("cars.head_car"), t("cars.head_kit"), "")
    return markup.table(heads, rows, around="xb-scroll")


@st.fragment(run_every=6 * REFRESH_S)
@safe
def _ledger(board: Board) -> None:
    """All calls, the latest first, and the same for a spreadsheet."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    _, records = _known(board, situation)
    st.html(markup.head(t("cars.ledger", n=len(records))))
    if not records:
        st.html(markup.faint(t("cars.no_calls")))
        return
    table = calls_table(records, t)
    rows = [[t("name.text", text=cell or "") for cell in row] for row in table.rows[:SHOWN_CALLS]]
    st.html(markup.table(table.heads, rows))
    st.download_button(
        t("cars.table_excel"),
        lambda: as_excel([table], t),
        file_name=t("cars.file") + ".xlsx",
        mime=EXCEL,
        on_click="ignore",
        icon=":material/table_view:",
    )
