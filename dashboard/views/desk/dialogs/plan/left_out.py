"""What nobody does: have one of it done after all, or ask for help with it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.core.dialog import current, looked_at
from dashboard.render import frames, markup
from dashboard.views.desk.dialogs.plan import extra_capacity, manual_change
from data.model.city import City
from data.model.desk import ChangeAction
from data.model.plan import UnassignedJob
from data.model.wall_clock import next_at
from ops.base.errors import NotAllowed
from ops.documents import labels
from ops.planning.left_out_groups import LeftOutGroup, left_out_groups
from ops.replanning.manual_changes import ChangeRequest, Choice, choices

READY = timedelta(minutes=15)  # nobody sets out at once
STEP = timedelta(minutes=5)


def _group(board: Board, name: str) -> LeftOutGroup | None:
    situation = looked_at(board)
    left_out = situation.version.left_out if situation.version else ()
    groups = left_out_groups(left_out, situation.city, situation.now)
    return next((one for one in groups if one.name == name), None)


def arrange(board: Board, name: str) -> None:
    """Which of it, by whom and when; then what that would cost, as for every change by hand."""
    t, situation = board.t, looked_at(board)
    group = _group(board, name)
    if group is None or situation.version is None:
        st.html(markup.notice("plain", t("left.gone")))
        return
    jobs = {one.job_id: one for one in situation.version.left_out if one.job_id in group.jobs}
    words = {job_id: _job_word(one, board, situation.city) for job_id, one in jobs.items()}
    job_id = st.selectbox(
        t("board.tip_job"), list(words), format_func=named(words), key=f"arrange_{name}"
    )
    base = manual_change.known_baseline(board)
    try:
        places = choices(base, job_id)
    except NotAllowed:  # it can't be done at all any more
        st.html(markup.notice("stop", t.message(jobs[job_id].why)))
        return
    if not all(places):
        st.html(markup.notice("stop", t.message(jobs[job_id].why)))
        return
    _, now = current(board)
    begins = max(base.inputs.tasks[job_id].longest[0], now + READY)
    own = situation.city.station_by_id.get(jobs[job_id].station_id)
    units = _team(board, job_id, places, own.name if own else "", begins)
    start = _start(board, job_id, begins)
    manual_change.weigh(
        board,
        ChangeRequest(action=ChangeAction.MOVE, job_id=job_id, start=start, units=units),
    )


def _job_word(left: UnassignedJob, board: Board, city: City) -> str:
    t, facts = board.t, left.why.facts
    start, end = facts.get("start"), facts.get("end")
    span = ""
    if isinstance(start, datetime) and isinstance(end, datetime):
        span = f" {frames.hm(t, start)}–{frames.hm(t, end)}"
    place = labels.place_name(t, city, left.segment_id)
    return f"{place} {labels.job_name(t, left.kind)}{span}"


def _team(
    board: Board,
    job_id: str,
    places: Sequence[Sequence[Choice]],
    own: str,
    begins: datetime,
) -> tuple[str, ...]:
    """A unit for each place: of those on duty then its own station's first."""
    chosen: list[str] = []
    for number, place in enumerate(places, 1):
        ranked = sorted(
            place,
            key=lambda one: (
                one.unit_id in chosen,
                not one.start <= begins < one.end,
                one.station != own,
            ),
        )
        key = f"arrange_unit_{number}_{job_id}"
        chosen.append(manual_change.unit_box(board, number, ranked, key))
    return tuple(chosen)


def _start(board: Board, job_id: str, begins: datetime) -> datetime:
    zone = board.t.zone
    local = begins.astimezone(zone)
    local += (STEP - timedelta(minutes=local.minute % 5, seconds=local.second)) % STEP
    chosen = st.time_input(
        board.t("desk.change_start"),
        local.time().replace(microsecond=0),
        step=STEP,
        key=f"arrange_start_{job_id}",
    )
    return next_at(chosen, begins - STEP, zone)


def ask_help(board: Board, name: str) -> None:
    """A request in words, to be copied and sent; and what one more unit of each sort would do."""
    t, situation = board.t, looked_at(board)
    group = _group(board, name)
    if group is None:
        st.html(markup.notice("plain", t("left.gone")))
        return
    st.html(markup.faint(t("left.help_tell")))
    st.code(
        t(
            "left.help_text",
            district=situation.city.district.name,
            at=situation.now,
            what=group.what,
            why=labels.left_why(t, group),
            places=labels.left_places(t, group),
        ),
        language=None,
        wrap_lines=True,
    )
    extra_capacity.steps(board)
