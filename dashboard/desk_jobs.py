"""The desk's list of jobs: how each stands, told by colour, sign and word; the most pressing first."""

from collections import Counter
from collections.abc import Iterable
from html import escape

import streamlit as st

from dashboard import colours, words
from dashboard.board import REFRESH_S, Board, safe
from dashboard.dialogs import change, job, open_dialog, question
from dashboard.frames import hm
from dashboard.reading import Situation
from data.entities import City
from ops.access import Action
from ops.duty import member_names
from ops.joblist import JobLine, JobState
from ops.progress import moment
from ops.questions import questions
from ops.text import Speaker

SHOWN, MORE = 8, 20  # rows at first, and with each "more"
ALL, PRESSING = "all", "pressing"


@st.fragment(run_every=REFRESH_S)
@safe
def job_list(board: Board) -> None:
    """The list with its counts and its two filters."""
    say, situation = board.say, board.situation
    if situation is None or situation.version is None:
        return
    _questions(board, situation)
    lines = todays(situation)
    st.html(f'<div class="xb-head"><span>{escape(say("desk.jobs_title"))}</span>{counts(lines, say)}</div>')
    chosen = _chosen(board, situation, lines)
    most = st.session_state.get("jobs_most", SHOWN)
    if not chosen:
        st.html(f'<p class="xb-faint">{escape(say("desk.jobs_none"))}</p>')
    with st.container(key="jobs", gap=None):
        for line in chosen[:most]:
            _row(board, situation, line)
    if len(chosen) > most:
        st.button(say("desk.jobs_more", n=len(chosen) - most), key="jobs_more", type="tertiary", on_click=_more)


def _questions(board: Board, situation: Situation) -> None:
    """What stations ask and nobody has answered yet, the longest wait first."""
    say, stations = board.say, {station.id: station for station in situation.city.stations}
    waiting = [one.asked for one in questions(situation.events) if one.answered is None
               and one.asked.station_id in stations]
    if not waiting:
        return
    st.html(f'<div class="xb-head"><span>{escape(say("desk.questions", n=len(waiting)))}</span></div>')
    for asked in waiting:
        station = stations[asked.station_id]
        told = say("desk.question", station=station.name, at=moment(asked), text=asked.reason or "",
                   age=words.span_of(say, situation.now - moment(asked)))
        with st.container(horizontal=True, vertical_alignment="center", key=f"question_{asked.event_id}"):
            st.html(f'<div class="xb-job late"><div class="what">{escape(told)}</div></div>')
            if board.may(Action.ANSWER_QUESTION) and st.button(
                    say("desk.answer_do"), key=f"answer_{asked.event_id}", type="tertiary"):
                open_dialog(board, "desk.answer_title", question.steps, asked.event_id)


def _more() -> None:
    st.session_state["jobs_most"] = st.session_state.get("jobs_most", SHOWN) + MORE


def todays(situation: Situation) -> tuple[JobLine, ...]:
    """What is not over before today began, by the district's clock."""
    midnight = situation.now.astimezone(situation.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return tuple(line for line in situation.lines if line.job.end_at > midnight)


def _chosen(board: Board, situation: Situation, lines: Iterable[JobLine]) -> list[JobLine]:
    say = board.say
    stations = {ALL: say("board.all_stations")} | {one.id: one.name for one in situation.city.stations}
    states = {ALL: say("desk.state_all"), PRESSING: say("desk.state_pressing")} | {
        state: signed(state, say) for state in JobState}
    with st.container(horizontal=True, key="jobs_filter"):
        station = st.selectbox(say("board.station"), list(stations), format_func=stations.get, key="jobs_station",
                               label_visibility="collapsed")
        state = st.selectbox(say("board.tip_state"), list(states), format_func=states.get, key="jobs_state",
                             label_visibility="collapsed")
    return [line for line in lines if (station == ALL or station in line.stations)
            and (state == ALL or (line.pressing if state == PRESSING else line.state == state))]


def _row(board: Board, situation: Situation, line: JobLine) -> None:
    say = board.say
    with st.container(horizontal=True, vertical_alignment="center", key=f"row_{line.job.job_id}"):
        st.html(row(line, situation.city, say))
        if st.button(say("desk.job_open"), key=f"job_{line.job.job_id}", type="tertiary"):
            change.forget()
            open_dialog(board, "desk.job_title", job.steps, line.job.job_id, wide=True)


def row(line: JobLine, city: City, say: Speaker) -> str:
    """One job: when, how it stands, what and where, who, and the last word from the field."""
    one = line.job
    team = words.join_names(say, member_names(one.members, city))
    asks = " asks" if line.asks else ""
    told = f'<em class="word{asks}">{escape(job.word(line.last, say))}</em>' if line.last else ""
    return (f'<div class="xb-job {colours.JOB_TONE[line.state]}"><time>{hm(say, line.leave_at)}'
            f'<small>–{hm(say, one.end_at)}</small></time>{badge(line, say)}<div class="what">'
            f'<b>{escape(words.place_name(say, city, one.segment_id))}</b> '
            f'{escape(words.job_name(say, one.kind))}<br><em>{escape(team)}</em>{told}</div></div>')


def badge(line: JobLine, say: Speaker) -> str:
    """The state: a colour, a sign and a word, with how late it is."""
    late = f' <small>{escape(words.span_of(say, line.late))}</small>' if line.late else ""
    return (f'<span class="xb-badge {colours.JOB_TONE[line.state]}">{escape(signed(line.state, say))}{late}</span>')


def signed(state: JobState, say: Speaker) -> str:
    """Sign and word of a state."""
    return f"{words.JOB_SIGN[state]} {say(f'desk.state_{state}')}"


def counts(lines: Iterable[JobLine], say: Speaker) -> str:
    """How many jobs are in each state that any is in."""
    found = Counter(line.state for line in lines)
    return '<span class="xb-counts">' + "".join(
        f'<span class="xb-badge {colours.JOB_TONE[state]}">{escape(signed(state, say))} <b>{found[state]}</b></span>'
        for state in JobState if found[state]) + "</span>"
