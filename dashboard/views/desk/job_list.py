"""The desk's list of jobs: how each stands, by colour, sign and word; the most pressing first."""

from collections import Counter
from collections.abc import Iterable, Mapping

import streamlit as st

from dashboard.core.board import Board, named, safe
from dashboard.core.dialog import open_dialog
from dashboard.core.places import places
from dashboard.model.situation import Situation
from dashboard.render import colours, markup
from dashboard.render.frames import hm
from dashboard.render.status import signed
from dashboard.views.desk.dialogs.plan import job, manual_change
from data.model.city import City
from data.model.wall_clock import midnight
from ops.base.messages import Translator
from ops.base.naming import member_names
from ops.documents import labels
from ops.field.job_board import JobLine, JobState

SHOWN, MORE = 8, 20  # rows at first, and with each "more"
ALL, PRESSING = "all", "pressing"


@st.fragment
@safe
def job_list(board: Board) -> None:
    """The list with its counts and its two filters."""
    t, situation = board.t, board.own_situation
    if situation is None or situation.version is None:
        return
    lines = todays(situation)
    st.html(markup.head(t("desk.jobs_title"), beside=counts(lines, t)))
    chosen = _chosen(board, situation, lines)
    most = st.session_state.get("jobs_most", SHOWN)
    with st.container(key="jobs", gap=None):
        rows = places(most)
        for place, line in zip(rows, chosen, strict=False):
            with place.container():
                _row(board, situation, line)
        if not chosen:
            rows[0].html(markup.faint(t("desk.jobs_none")))
    (more,) = places(1)
    if len(chosen) > most:
        more.button(
            t("desk.jobs_more", n=len(chosen) - most),
            key="jobs_more",
            type="tertiary",
            on_click=_more,
        )


def _more() -> None:
    st.session_state["jobs_most"] = st.session_state.get("jobs_most", SHOWN) + MORE


def todays(situation: Situation) -> tuple[JobLine, ...]:
    """What is not over before today began, by the district's clock."""
    zone = situation.zone
    began = midnight(situation.now.astimezone(zone).date(), zone)
    return tuple(line for line in situation.lines if line.job.end_at > began)


def _chosen(board: Board, situation: Situation, lines: Iterable[JobLine]) -> list[JobLine]:
    t = board.t
    names = {station.id: station.name for station in situation.city.stations}
    stations = {ALL: t("board.all_stations")} | names
    states = {ALL: t("desk.state_all"), PRESSING: t("desk.state_pressing")} | {
        state: signed(state, t) for state in JobState
    }
    with st.container(horizontal=True, key="jobs_filter"):
        station = st.selectbox(
            t("board.station"),
            list(stations),
            format_func=named(stations),
            key="jobs_station",
            label_visibility="collapsed",
        )
        state = st.selectbox(
            t("board.tip_state"),
            list(states),
            format_func=named(states),
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


def row(line: JobLine, city: City, t: Translator) -> markup.Html:
    """One job: when, how it stands, what and where, who, and the last word from the field."""
    assignment = line.job
    tag = markup.tag
    until = tag("small", f"–{hm(t, assignment.end_at)}")
    last = ""
    if line.last:
        last = tag("em", job.word(line.last, t), cls="word asks" if line.awaits_answer else "word")
    what = tag(
        "div",
        tag("b", labels.work_place(t, city, assignment, assignment.station_id)),
        (" ", labels.job_name(t, assignment.kind), markup.BREAK),
        tag("em", labels.join_names(t, member_names(assignment.members, city))),
        last,
        cls="what",
    )
    time = tag("time", hm(t, line.leave_at), until)
    return tag("div", time, badge(line, t), what, cls=f"xb-job {colours.JOB_TONE[line.state]}")


def badge(line: JobLine, t: Translator) -> markup.Html:
    """The state: a colour, a sign and a word, with how late it is."""
    late = (" ", markup.tag("small", labels.span_of(t, line.late))) if line.late else ()
    text = markup.html(signed(line.state, t), late)
    return markup.badge(text, colours.JOB_TONE[line.state])


def counts(lines: Iterable[JobLine], t: Translator) -> markup.Html:
    """How many jobs are in each state that any is in."""
    badges = state_badges(Counter(line.state for line in lines), t)
    return markup.tag("span", badges, cls="xb-counts")


def state_badges(number: Mapping[JobState, int], t: Translator) -> markup.Html:
    """A badge for each state that any job is in, with their number."""
    return markup.html(
        markup.badge((f"{signed(state, t)} ", markup.tag("b", str(number[state]))), tone)
        for state, tone in colours.JOB_TONE.items()
        if number.get(state)
    )
