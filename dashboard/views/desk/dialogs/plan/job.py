"""One job looked at closely: all that is known of it, and what can be done about it."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, looked_at
from dashboard.model.situation import Situation
from dashboard.render import markup
from dashboard.render.frames import step_text
from dashboard.render.needs import telephone
from dashboard.render.status import signed
from dashboard.views import photos
from dashboard.views.desk.dialogs import note
from dashboard.views.desk.dialogs.plan import manual_change
from dashboard.views.desk.dialogs.stations import report_for
from data.model.field import OF_A_KIT, EventKind, FieldEvent
from data.model.ids import JobId
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.amounts import amounts_of
from ops.field.cars.calls import taken_of
from ops.field.job_board import JobLine
from ops.field.needs import Act
from ops.field.photos import Picture, pictures_of
from ops.field.progress import DONE, Stage
from ops.field.verification import reopen, verify


def steps(board: Board, job_id: str) -> None:
    """The job as it is planned, and what was said of it."""
    t, situation = board.t, looked_at(board)
    line = next((line for line in situation.lines if line.job.job_id == job_id), None)
    if line is None:
        st.html(markup.notice("care", t("desk.job_gone")))
        return
    st.html(_planned(line, situation, t) + _events(line, situation, t))
    photos.show(_pictures(line, situation), board)
    for need in situation.needs:
        if need.job_id == job_id and need.act is Act.NOTE and board.may(Action.ANSWER_QUESTION):
            st.html(markup.notice("care", t.message(need.told)))
            note.form(board, need)
    done = line.stage in DONE
    if not done and board.may(Action.REPORT_WORK):
        report_for.form(board, situation, line)
    over = line.job.end_at <= situation.now
    if board.may(Action.VERIFY_WORK) and (done or (over and not line.job.kind.is_post)):
        _judge(board, line)
    elif board.may(Action.CHANGE_PLAN) and not over:
        manual_change.adjust(board, line.job)


def _judge(board: Board, line: JobLine) -> None:
    """Cleared work is verified; it, or what was missed, is ordered again with a reason."""
    t = board.t
    with st.form("judge", border=False):
        why = st.text_input(t("desk.reopen_why"), max_chars=200, key="reopen_why")
        with st.container(horizontal=True):
            fine = line.stage is Stage.CLEARED and st.form_submit_button(
                t("desk.verify_do"), type="primary"
            )
            reopened = st.form_submit_button(t("desk.reopen_do"))
    operation, now = current(board)
    if fine:
        verify(board.store, operation, board.actor, line.job.job_id, now)
        finish(t("desk.verified"))
    elif reopened:
        reopen(board.store, operation, board.actor, line.job.job_id, why, now)
        finish(t("desk.reopened"))


def _planned(line: JobLine, situation: Situation, t: Translator) -> str:
    job, city = line.job, situation.city
    rows = [
        (t("board.tip_job"), f"{labels.phase_name(t, job.phase)} · {labels.job_name(t, job.kind)}"),
        (t("board.tip_place"), labels.place_name(t, city, job.segment_id)),
        (
            t("board.tip_time"),
            t("desk.job_times", leave=line.leave_at, start=job.start_at, end=job.end_at),
        ),
        (t("board.tip_row"), labels.join_names(t, labels.partner_names(t, city, job.members))),
        (t("board.tip_state"), f"{signed(line.state, t)} · {step_text(line.standing, t)}"),
        (t("needs.phone"), _telephones(line, situation, t)),
        (t("board.tip_why"), labels.why_short(t, job)),
        (t("desk.amounts"), _amounts(line, situation, t)),
    ]
    return markup.facts_table(rows)


def _amounts(line: JobLine, situation: Situation, t: Translator) -> str:
    """What was told of the work done."""
    told = amounts_of(situation.events, {line.job.job_id})
    return t("name.text", text=labels.amount_texts(t, told)) if told else ""


def _pictures(line: JobLine, situation: Situation) -> list[Picture]:
    """Those of the job, and of the incident that it was made for."""
    matter = JobId.parse(line.job.job_id).incident_id
    calls = [call for call in situation.calls if matter is not None and call.matter == matter]
    own = [event for event in situation.events if event.job_id == line.job.job_id]
    return pictures_of(own, calls)


def _telephones(line: JobLine, situation: Situation, t: Translator) -> markup.Html:
    """Whom to call: each station that is in it, with its chief and number."""
    stations = situation.city.station_by_id
    known = [stations[one] for one in sorted(line.stations) if one in stations]
    return markup.html(*((f"{labels.chief(t, one)} ", telephone(one, t), " ") for one in known))


def _events(line: JobLine, situation: Situation, t: Translator) -> str:
    own = [event for event in situation.events if event.job_id == line.job.job_id]
    if not own and line.last:
        own = [line.last]
    if not own:
        return markup.notice("plain", t("desk.job_silent"))
    newest_first = sorted(own, key=lambda event: event.happened_at, reverse=True)
    return markup.bullets(word(event, t) for event in newest_first)


def word(event: FieldEvent, t: Translator) -> str:
    """What was said, when and by whom; told to the desk, who told it and how."""
    what = t(f"desk.said_{event.kind}", inlet=event.inlet_id)
    by = event.by
    if event.told_by:
        way = t(f"report_for.way_{event.way}")
        by = t("report_for.told_by", who=event.told_by, way=way, by=event.by)
    text = t("desk.said", at=event.happened_at, what=what, by=by)
    why = event.reason
    if event.kind is EventKind.INLET_SKIPPED and why:
        why = t(f"phone.skip_{why}")
    amounts = (
        labels.kit_texts(t, taken_of(event))
        if event.kind in OF_A_KIT
        else labels.amount_texts(t, event.amounts)
    )
    whys = tuple(one for one in (why, *amounts) if one)
    return t("desk.said_why", said=text, why=whys) if whys else text
