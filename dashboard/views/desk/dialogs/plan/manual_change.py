"""Change the plan by hand: a job locked, given to others, moved, dropped or added; rule and cost
are shown before.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.core.dialog import current, finish, follow, looked_at
from dashboard.render import markup
from dashboard.views.desk.dialogs.road_box import road_box
from data.model.desk import ChangeAction
from data.model.plan import Assignment
from data.model.wall_clock import clock_at, next_at
from ops.base.errors import NotAllowed
from ops.documents import labels
from ops.planning.in_force.manual_overrides import overrides_in_force
from ops.planning.wanted.task_types import ADDED_BY_HAND
from ops.replanning.manual_changes import (
    LONGEST_MINUTES,
    Baseline,
    ChangeRequest,
    Choice,
    Preview,
    baseline,
    choices,
    confirm,
    prepare,
    preview,
)
from ops.replanning.side_by_side import SEARCHES

MINUTES = 30  # what is added takes so long unless said otherwise


def adjust(board: Board, job: Assignment) -> None:
    """All that can be changed in a job, then what it would do, then the confirmation."""
    t, (_, now) = board.t, current(board)
    try:
        places = choices(known_baseline(board), job.job_id)
    except NotAllowed:  # under way or about to be: planning holds it as it is
        st.html(markup.notice("plain", t("desk.change_held"), [t("desk.change_held_do")]))
        return
    st.html(markup.head(t("desk.change_title"), t("desk.change_tell")))
    units, start = _team(board, job, places), _start(board, job, now)
    if chosen := _chosen_action(board, job):
        st.session_state["change_pressed"] = (job.job_id, chosen)
    pressed = st.session_state.get("change_pressed", ("", None))
    planned = tuple(member.unit_id for member in job.members), job.start_at
    if (units, start) != planned:
        weigh(
            board,
            ChangeRequest(action=ChangeAction.MOVE, job_id=job.job_id, start=start, units=units),
        )
    elif pressed[0] == job.job_id:
        weigh(board, ChangeRequest(action=pressed[1], job_id=job.job_id))


def _chosen_action(board: Board, job: Assignment) -> ChangeAction | None:
    """The button pressed just now; only what a hand holds can be let go."""
    operation, now = current(board)
    actions = [ChangeAction.LOCK, ChangeAction.DROP]
    if any(
        override.job_id == job.job_id
        for override in overrides_in_force(board.store.desk.manual_changes(operation.id), now)
    ):
        actions.append(ChangeAction.UNLOCK)
    with st.container(horizontal=True):
        pressed = [
            action
            for action in actions
            if st.button(board.t(f"desk.change_{action}"), key=f"change_{action}")
        ]
    return pressed[0] if pressed else None


def known_baseline(board: Board) -> Baseline:
    """What the change is prepared from, gathered once while the dialog is open."""
    operation, now = current(board)
    known = st.session_state.get("change_baseline")
    key = (operation.id, board.store.plans.newest_number(operation.id))
    if known is None or known[0] != key:
        SEARCHES.get_ready()  # while the desk still reads and thinks
        base = baseline(board.store, operation, board.actor, now, board.settings)
        known = st.session_state["change_baseline"] = (key, base)
    return known[1]


def _team(board: Board, job: Assignment, places: tuple[tuple[Choice, ...], ...]) -> tuple[str, ...]:
    planned = tuple(member.unit_id for member in job.members)
    if len(places) != len(planned):
        return planned
    return tuple(
        unit_box(board, number, place, f"change_unit_{number}_{job.job_id}", unit)
        for number, (unit, place) in enumerate(zip(planned, places, strict=True), 1)
    )


def unit_box(
    board: Board, number: int, place: Sequence[Choice], key: str, planned: str | None = None
) -> str:
    """Who fills a place of a team: at first whoever is planned there, else the first choice."""
    names = {
        one.unit_id: board.t(
            "desk.change_choice", unit=one.name, station=one.station, start=one.start, end=one.end
        )
        for one in place
    }
    if planned is not None:
        names.setdefault(planned, planned)
    return st.selectbox(
        board.t("desk.change_unit", n=number),
        list(names),
        0 if planned is None else list(names).index(planned),
        format_func=named(names),
        key=key,
    )


def _start(board: Board, job: Assignment, now: datetime) -> datetime:
    """When it should begin: on the day of the plan, or the day after where that time is past."""
    local = job.start_at.astimezone(board.t.zone)
    chosen: time = st.time_input(
        board.t("desk.change_start"),
        local.time(),
        step=timedelta(minutes=5),
        key=f"change_start_{job.job_id}",
    )
    if chosen == local.time():
        return job.start_at
    day = clock_at(local.date(), time(), board.t.zone)
    return next_at(chosen, max(day, now - timedelta(hours=1)), board.t.zone)


def steps(board: Board, at: str | None = None) -> None:
    """One more job: what, where (on the road ``at`` if one is meant), how long; whoever and
    whenever is best.
    """
    t, city = board.t, looked_at(board).city
    kind = st.segmented_control(
        t("board.tip_job"),
        list(ADDED_BY_HAND),
        default=ADDED_BY_HAND[0],
        required=True,
        format_func=lambda kind: labels.job_name(t, kind),
        key="add_kind",
    )
    place = road_box(
        t,
        city,
        lambda segment: labels.segment_name(t, segment),
        "desk.incident_place",
        f"add_place_{at}" if at else "add_place",
        at,
    )
    minutes = st.number_input(
        t("desk.add_minutes"), 5, LONGEST_MINUTES, MINUTES, 5, key="add_minutes"
    )
    if place:
        weigh(
            board,
            ChangeRequest(
                action=ChangeAction.ADD, kind=kind, segment_id=place, minutes=int(minutes)
            ),
        )


def weigh(board: Board, request: ChangeRequest) -> None:
    """The rule that a change would break, or what it would cost; only then can it be ordered."""
    t, (operation, now) = board.t, current(board)
    known = st.session_state.get("change_look")
    if known is None or known[0] != request:
        with st.spinner(t("desk.change_looking")):
            prepared = prepare(known_baseline(board), request, board.actor)
            known = st.session_state["change_look"] = (request, prepared, preview(prepared))
    look: Preview = known[2]
    if look.broken:
        st.html(
            markup.notice("stop", t("by_hand.broken", why=look.broken), [t("desk.change_nothing")])
        )
        return
    if look.undone:
        st.html(markup.notice("stop", t("by_hand.undone", why=look.undone)))
    st.html(
        markup.notice(
            "care" if look.lost else "plain",
            t.message(look.cost),
            [
                t(key, jobs=jobs)
                for key, jobs in (("by_hand.lost", look.lost), ("by_hand.gained", look.gained))
                if jobs
            ],
        )
    )
    if st.button(t("desk.change_do"), type="primary", key="change_do"):
        forget()
        trigger = confirm(board.store, known[1], board.actor, now)
        follow(operation, trigger.cause)
        finish(t("desk.changed"))


def forget() -> None:
    """Begin anew: what was asked for when the dialog was last open is not meant now."""
    for name in ("change_look", "change_pressed", "change_baseline", "add_place"):
        st.session_state.pop(name, None)
