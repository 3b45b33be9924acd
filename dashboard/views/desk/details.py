"""What is read after the glance: what is left out, what changed, the sheets, the versions."""

from collections.abc import Callable

import streamlit as st

from dashboard.core.board import Board, safe
from dashboard.model.changes import changes_by_station
from dashboard.model.situation import Situation
from dashboard.render import duty_cards, markup, status
from dashboard.views import downloads
from dashboard.views.desk import actions, left_out, reaching
from data.model.message import Message
from data.model.plan import PlanVersion
from ops.district.roster_changes import roster_causes
from ops.field.calls.incident_jobs import named_causes
from ops.planning.duty_sheets import station_sheets
from ops.planning.in_force import plan_diff

MOST_VERSIONS, MOST_RECHECKS = 20, 5


@st.fragment
@safe
def details(board: Board) -> None:
    """The part that is chosen; the others are not made. Without a plan there are those that are
    kept ready.
    """
    t = board.t
    if board.situation is not None and board.situation.version is None:
        actions.standing_button(board)
        return
    chosen = st.segmented_control(
        t("board.details"),
        list(PARTS),
        default=next(iter(PARTS)),
        required=True,
        key="details",
        format_func=lambda tab: t(f"board.tab_{tab}"),
        label_visibility="collapsed",
    )
    PARTS[chosen](board)


@safe
def _sheets(board: Board) -> None:
    """One station's sheet beside the others' names, and all of them on paper."""
    t, found = board.t, in_force(board)
    if found is None:
        return
    situation, _ = found
    whole = board.situation or situation  # its machines do other services' rounds as well
    stations = {station.id: station.name for station in situation.city.stations}
    with st.container(horizontal=True, vertical_alignment="center", key="sheets_head"):
        chosen = st.segmented_control(
            t("board.station"),
            list(stations),
            default=next(iter(stations), None),
            required=True,
            format_func=lambda key: markup.plain(stations[key]),
            key="sheets_station",
            label_visibility="collapsed",
        )
        downloads.paper_buttons(board, whole, None)
        actions.standing_button(board)
    sheets = station_sheets(whole.version, whole.city) if whole.version else ()
    sheet = next(
        (sheet for sheet in sheets if sheet.station.id == chosen),
        None,
    )
    if sheet:
        st.html(duty_cards.sheet_cards(sheet, whole.city, whole.now, t, whole.standings))


@safe
def _changes(board: Board) -> None:
    """What the version in force changed, and why; when it was looked at again and stood."""
    t, found = board.t, in_force(board)
    if found is None:
        return
    situation, version = found
    general, stations = changes_by_station(version, situation.city, situation.now)
    st.html(
        markup.head(
            t("board.changes_title", number=version.number),
            t("board.plan_made", at=version.made_at),
        )
        + status.sentences((*_rechecks(board, situation, version), *general), t)
        + status.station_changes(stations, t)
    )


def _rechecks(board: Board, situation: Situation, version: PlanVersion) -> tuple[Message, ...]:
    """When the version was looked at again and changed nothing, the latest few."""
    store, operation_id = board.store, version.operation_id
    triggers = store.triggers.answered_by(operation_id, version.number)
    named = named_causes(
        store.field.incidents(operation_id), store.desk.outages(operation_id), situation.city
    )
    named |= roster_causes(store.rosters.changes(operation_id), situation.city)
    orders = store.level_orders.all(operation_id)
    causes = plan_diff.cause_messages(triggers, situation.alerts, orders, named)
    return plan_diff.rechecks(triggers, version.number, causes)[:MOST_RECHECKS]


@safe
def _left_out(board: Board) -> None:
    """What no one does, and the reason."""
    found = in_force(board)
    if found is None:
        return
    situation, version = found
    left_out.show(board, situation, version)


@safe
def _versions(board: Board) -> None:
    """The latest versions of this operation, the newest first, each with what it changed."""
    found = in_force(board)
    if found is None:
        return
    situation, _ = found
    operation_id = situation.operation.id
    above = board.store.plans.newest_number(operation_id) - MOST_VERSIONS
    lines = board.store.plans.versions(operation_id, above)[::-1]
    folds = [
        status.version_fold(
            board.version(situation.operation.id, line.number), board.t, is_open=i == 0
        )
        for i, line in enumerate(lines)
    ]
    st.html("".join(folds))


def in_force(board: Board) -> tuple[Situation, PlanVersion] | None:
    """The situation of sanitation and its version in force; where there is none, the page says what
    is being waited for.
    """
    situation = board.own_situation
    if situation is not None and situation.version is not None:
        return situation, situation.version
    st.html(markup.notice("plain", board.t("board.plan_none"), [board.t("board.plan_none_do")]))
    return None


PARTS: dict[str, Callable[[Board], None]] = {
    "left_out": _left_out,
    "changes": _changes,
    "sheets": _sheets,
    "versions": _versions,
    "reach": reaching.reaching,
}
