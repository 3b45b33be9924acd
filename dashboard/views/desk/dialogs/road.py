"""One road: what is planned there and how it stands, and what may be done there: its jobs opened,
an incident reported, a job added.
"""

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.core.dialog import looked_at
from dashboard.model.situation import Situation
from dashboard.render import frames, markup
from dashboard.render.status import signed
from dashboard.views.desk.dialogs import incident, street
from dashboard.views.desk.dialogs.plan import job, manual_change
from data.model.city import Segment
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.calls.incident_jobs import matter_name
from ops.field.calls.matters import matters
from ops.field.job_board import JobLine

INCIDENT, ADD, STREET = "incident", "add", "street"
LIKELIEST = 3
"""So many of a road's inlets are told of one by one."""


def steps(board: Board, segment_id: str) -> None:
    """What is known of it in a line or two, then the most pressing job, or what is chosen."""
    t, situation = board.t, looked_at(board)
    segment = situation.city.segment_by_id.get(segment_id)
    if segment is None:
        st.html(markup.notice("care", t("road.gone")))
        return
    lines = [line for line in situation.lines if line.job.segment_id == segment_id]
    st.html(_known(segment, lines, situation, t))
    _why(board, segment, situation)
    choices = {line.job.job_id: _job_word(line, t) for line in _ahead_first(lines)}
    if board.may(Action.REPORT_INCIDENT):
        choices[INCIDENT] = t("road.incident")
    if situation.version and board.may(Action.CHANGE_PLAN):
        choices[ADD] = t("road.add")
    if board.may(Action.CLOSE_STREET):
        choices[STREET] = t("road.street")
    if not choices:
        return
    chosen = st.segmented_control(
        t("road.what"),
        list(choices),
        default=next(iter(choices)),
        required=True,
        format_func=named(choices),
        key=f"road_{segment_id}",
        label_visibility="collapsed",
    )
    if chosen == INCIDENT:
        incident.steps(board, segment_id)
    elif chosen == STREET:
        street.steps(board, segment_id)
    elif chosen == ADD:
        manual_change.steps(board, segment_id)
    else:
        job.steps(board, chosen)


def _why(board: Board, segment: Segment, situation: Situation) -> None:
    """What its risk comes from, and which of its inlets are most likely blocked and why."""
    t, version = board.t, situation.version
    risks = version.risks if version else ()
    said = [t.message(why) for one in risks if one.segment_id == segment.id for why in one.why]
    inlets = situation.city.inlets_by_segment.get(segment.id, ())
    states = sorted(
        (board.inlets[inlet.id] for inlet in inlets if inlet.id in board.inlets),
        key=lambda state: -state.probability,
    )
    if told := board.inlet_reasons:
        said += [t.message(told[0].sentence(state)) for state in states[:LIKELIEST]]
    if said:
        with st.expander(t("road.risk_why"), key="fold_risk"):
            st.html(markup.bullets(said))


def _ahead_first(lines: list[JobLine]) -> list[JobLine]:
    """What presses first, then what is not done, by time."""
    return sorted(
        lines,
        key=lambda line: (
            not line.pressing,
            line.standing.reported is not None and not line.standing.is_out,
            line.job.start_at,
        ),
    )


def _job_word(line: JobLine, t: Translator) -> str:
    what = f"{frames.hm(t, line.job.start_at)} {labels.job_name(t, line.job.kind)}"
    return markup.plain(f"{what} {signed(line.state, t)}")


def _known(
    segment: Segment, lines: list[JobLine], situation: Situation, t: Translator
) -> markup.Html:
    """Its name, risk and state, why nobody is sent, and what is open there."""
    version = situation.version
    score = next(
        (one.score for one in (version.risks if version else ()) if one.segment_id == segment.id),
        None,
    )
    left = [one for one in (version.left_out if version else ()) if one.segment_id == segment.id]
    state = frames.segment_state(lines, bool(left))
    risk = (
        t("board.map_risk", score=score, band=t(f"board.risk_{frames.risk_band(score)}"))
        if score is not None
        else ""
    )
    found = [one for one in matters(situation.incidents) if one.first.segment_id == segment.id]
    return markup.facts_table(
        (
            (t("board.tip_place"), labels.segment_name(t, segment)),
            (t("desk.by_risk"), risk),
            (t("board.tip_state"), t(f"board.segment_{state}")),
            (t("road.left"), labels.join(t, dict.fromkeys(t.message(one.why) for one in left))),
            (
                t("desk.mark_incident"),
                labels.join(t, [t.message(matter_name(one, situation.city)) for one in found]),
            ),
        )
    )


def forget() -> None:
    """Begin anew: what was chosen when a road was last open is not meant now."""
    manual_change.forget()
    for name in [name for name in st.session_state if str(name).startswith("road_")]:
        del st.session_state[name]
