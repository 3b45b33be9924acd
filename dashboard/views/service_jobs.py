"""The jobs of one service of the street, as its own page shows them, by hour and place where it has
beats, and what nobody does.
"""

import streamlit as st

from dashboard.model.situation import Situation
from dashboard.render import markup, status
from dashboard.views.desk.job_list import row, todays
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.street.beats_table import beats_table
from ops.field.job_board import JobLine, JobState
from ops.planning.left_out_groups import left_out_groups

NEXT = 8
"""So many jobs that are not over stand open: where a car or a pair goes next."""


def jobs(situation: Situation, service: str, title: str, t: Translator) -> int:
    """Today's jobs in the order of their time under a heading; how many there are."""
    lines = sorted(todays(situation.of(service)), key=lambda line: line.leave_at)
    st.html(markup.head(t(title, n=len(lines))))
    ahead = [line for line in lines if line.job.end_at > situation.now][:NEXT]
    for line in ahead:
        st.html(row(line, situation.city, t))
    if rest := [line for line in lines if line not in ahead]:
        with st.expander(t("patrol.other_jobs", n=len(rest)), key=f"fold_{service}_jobs"):
            for line in rest:
                st.html(row(line, situation.city, t))
    return len(lines)


def beats(situation: Situation, service: str, t: Translator) -> None:
    """Today's visits by place and hour, if the service has any."""
    own = situation.of(service)
    visits = ((_sign(line), line.job) for line in todays(own))
    table = beats_table(visits, own.version.left_out if own.version else (), own.city, t)
    if table:
        st.html(markup.head(table.title))
        rows = [[str(cell) for cell in row] for row in table.rows]
        st.html(markup.table(table.heads, rows, "xb-scroll xb-beats"))


def _sign(line: JobLine) -> str:
    """How a visit stands; nothing for one that is still to come."""
    return "" if line.state is JobState.UNANSWERED else labels.JOB_SIGN[line.state]


def left_out(situation: Situation, service: str, title: str, t: Translator) -> None:
    """What nobody of the service does, and why, under a heading if there is anything."""
    version = situation.of(service).version
    groups = left_out_groups(version.left_out if version else (), situation.city, situation.now)
    if groups:
        st.html(markup.head(t(title)) + status.left_out_list(groups, t))
