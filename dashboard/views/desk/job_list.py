"""The desk's list of jobs: how each stands, told by colour, sign and word; the most pressing first."""

from collections import Counter
from collections.abc import Iterable
from html import escape

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.model.situation import Situation
from dashboard.render import colours
from dashboard.render.frames import hm
from dashboard.views.desk.dialogs import answer_question, job, manual_change, open_dialog
from data.model.city import City
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.base.naming import member_names
from ops.documents import labels
from ops.field.job_board import JobLine, JobState
from ops.field.questions import questions

SHOWN, MORE = 8, 20  # rows at first, and with each "more"
ALL, PRESSING = "all", "pressing"


@st.fragment(run_every=REFRESH_S)
@safe
def job_list(board: Board) -> None:
    """The list with its counts and its two filters."""
    t, situation = board.t, board.situation
    if situation is None or situation.version is None:
        return
    _questions(board, situation)
    lines = todays(situation)
    st.html(
        f'<div class="xb-head"><span>{escape(t("desk.jobs_title"))}</span>{counts(lines, t)}</div>'
    )
    chosen = _chosen(board, situation, lines)
    most = st.session_state.get("jobs_most", SHOWN)
    if not chosen:
        st.html(f'<p class="xb-faint">{escape(t("desk.jobs_none"))}</p>')
    with st.container(key="jobs", gap=None):
        for line in chosen[:most]:
            _row(board, situation, line)
    if len(chosen) > most:
        st.button(
            t("desk.jobs_more", n=len(chosen) - most),
            key="jobs_more",
            type="tertiary",
            on_click=_more,
        )


def _questions(board: Board, situation: Situation) -> None:
    """What stations ask and nobody has answered yet, the longest wait first."""
    t, stations = board.t, {station.id: station for station in situation.city.stations}
    waiting = [
        one.asked
        for one in questions(situation.events)
        if one.answered is None and one.asked.station_id in stations
    ]
    if not waiting:
        return
    st.html(
        f'<div class="xb-head"><span>{escape(t("desk.questions", n=len(waiting)))}</span></div>'
    )
    for asked in waiting:
        station = stations[asked.station_id]
        told = t(
            "desk.question",
            station=station.name,
            at=asked.happened_at,
            text=asked.reason or "",
            age=labels.span_of(t, situation.now - asked.happened_at),
        )
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"question_{asked.event_id}"
        ):
            st.html(f'<div class="xb-job late"><div class="what">{escape(told)}</div></div>')
            if board.may(Action.ANSWER_QUESTION) and st.button(
                t("desk.answer_do"), key=f"answer_{asked.event_id}", type="tertiary"
            ):
                open_dialog(board, "desk.answer_title", answer_question.steps, asked.event_id)


def _more() -> None:
    st.session_state["jobs_most"] = st.session_state.get("jobs_most", SHOWN) + MORE


def todays(situation: Situation) -> tuple[JobLine, ...]:
    """What is not over before today began, by the district's clock."""
    midnight = situation.now.astimezone(situation.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return tuple(line for line in situation.lines if line.job.end_at > midnight)


def _chosen(board: Board, situation: Situation, lines: Iterable[JobLine]) -> list[JobLine]:
    t = board.t
    stations = {ALL: t("board.all_stations")} | {
        one.id: one.name for one in situation.city.stations
    }
    states = {ALL: t("desk.state_all"), PRESSING: t("desk.state_pressing")} | {
        state: signed(state, t) for state in JobState
    }
    with st.container(horizontal=True, key="jobs_filter"):
        station = st.selectbox(
            t("board.station"),
            list(stations),
            format_func=stations.get,
            key="jobs_station",
            label_visibility="collapsed",
        )
        state = st.selectbox(
            t("board.tip_state"),
            list(states),
            format_func=states.get,
            key="jobs_state",
            label_visibility="collapsed",
        )
    return [
        line
        for line in lines
        if (station == ALL or station in line.stations)
        and (state == ALL or (line.pressing if state == PRESSING else line.state == state))
    ]


def _row(board: Board, situation: Situation, line: JobLine) -> None:
    t = board.t
    with st.container(horizontal=True, vertical_alignment="center", key=f"row_{line.job.job_id}"):
        st.html(row(line, situation.city, t))
        if st.button(t("desk.job_open"), key=f"job_{line.job.job_id}", type="tertiary"):
            manual_change.forget()
            open_dialog(board, "desk.job_title", job.steps, line.job.job_id, wide=True)


def row(line: JobLine, city: City, t: Translator) -> str:
    """One job: when, how it stands, what and where, who, and the last word from the field."""
    one = line.job
    team = labels.join_names(t, member_names(one.members, city))
    asks = " asks" if line.asks else ""
    told = f'<em class="word{asks}">{escape(job.word(line.last, t))}</em>' if line.last else ""
    return (
        f'<div class="xb-job {colours.JOB_TONE[line.state]}"><time>{hm(t, line.leave_at)}'
        f'<small>–{hm(t, one.end_at)}</small></time>{badge(line, t)}<div class="what">'
        f"<b>{escape(labels.place_name(t, city, one.segment_id))}</b> "
        f"{escape(labels.job_name(t, one.kind))}<br><em>{escape(team)}</em>{told}</div></div>"
    )


def badge(line: JobLine, t: Translator) -> str:
    """The state: a colour, a sign and a word, with how late it is."""
    late = f" <small>{escape(labels.span_of(t, line.late))}</small>" if line.late else ""
    return f'<span class="xb-badge {colours.JOB_TONE[line.state]}">{escape(signed(line.state, t))}{late}</span>'


def signed(state: JobState, t: Translator) -> str:
    """Sign and word of a state."""
    return f"{labels.JOB_SIGN[state]} {t(f'desk.state_{state}')}"


def counts(lines: Iterable[JobLine], t: Translator) -> str:
    """How many jobs are in each state that any is in."""
    found = Counter(line.state for line in lines)
    return (
        '<span class="xb-counts">'
        + "".join(
            f'<span class="xb-badge {colours.JOB_TONE[state]}">{escape(signed(state, t))} <b>{found[state]}</b></span>'
            for state in JobState
            if found[state]
        )
        + "</span>"
    )
