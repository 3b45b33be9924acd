"""One case: its facts, its steps, what was said of it, and what can be done with it now."""

from dataclasses import replace
from functools import partial
from hashlib import sha256

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, looked_at
from dashboard.render import markup
from dashboard.views import photos
from data.model.city import City
from data.model.street.street_case import CaseEventKind
from ops.auth.permissions import Action
from ops.documents.street.case_sheet import as_pdf, event_line, facts, step_cells, step_name
from ops.field.cases.course import course_text, read_course
from ops.field.cases.standing import CaseStanding
from ops.field.cases.street_cases import CaseWord, say, standing
from ops.field.photos import Picture
from ops.field.reports import LONGEST_REASON


def steps(board: Board, number: int) -> None:
    """The case as it stands, then what comes next."""
    t, situation = board.t, looked_at(board)
    city, now = situation.city, situation.now
    one = standing(board.store, situation.operation, number)
    st.html(markup.facts_table(facts(t, one, city, now)))
    if one.steps:
        heads = [t(f"case.head_{name}") for name in ("step", "owner", "due", "after", "state")]
        rows = [step_cells(t, step, one, city, now) for step in one.steps]
        st.html(markup.table(heads, rows))
    said = [line for event in one.events if (line := event_line(t, event, one, city))]
    if said:
        st.html(markup.tag("b", t("case.story")) + markup.bullets(said))
    _pictures(board, one)
    st.download_button(
        t("case.paper"),
        partial(as_pdf, one, situation.operation, city, now, t),
        file_name=t("case.paper_file", number=number) + ".pdf",
        mime="application/pdf",
        key="case_pdf",
        on_click="ignore",
        icon=":material/print:",
    )
    if any(_may_speak(board, owner, city) for owner in one.parties):
        _reopen(board, one) if one.closed else _act(board, one, city)


def _may_speak(board: Board, owner: str, city: City) -> bool:
    """Whether the viewer may say what this owner has taken or done."""
    return board.may(Action.REPORT_WORK, owner if owner in city.station_by_id else None)


def _pictures(board: Board, one: CaseStanding) -> None:
    """Before and after."""
    case = one.case
    found = [
        Picture(name=case.photo, at=case.reported_at, by=case.by, after=False)
        if case.photo
        else None,
        *(
            Picture(name=event.photo, at=event.at, by=event.by, after=True)
            for event in one.events
            if event.photo
        ),
    ]
    photos.show([one for one in found if one], board)


def _act(board: Board, one: CaseStanding, city: City) -> None:
    """Whoever has it takes it, does it, closes it; the desk gives it on and writes who was told."""
    t = board.t
    owner = one.offered_to or one.owner
    taken = one.accepted and not one.offered_to
    with st.container(horizontal=True):
        may_take = not taken and _may_speak(board, owner, city)
        take = t("point.look" if one.is_unseen else "case.do_take")
        if may_take and st.button(take, key="case_do_take", type="primary"):
            _say(board, one, CaseWord(kind=CaseEventKind.TAKE, event_id="", owner=owner))
        for step in one.steps:
            is_next = not step.done and not step.waits_for
            if is_next and _may_speak(board, step.step.owner, city):
                label = t("case.do_step", step=step_name(t, step.step))
                if st.button(markup.plain(label), key=f"case_step_{step.step.key}"):
                    _say(
                        board,
                        one,
                        CaseWord(kind=CaseEventKind.DONE, event_id="", step=step.step.key),
                    )
    if board.may(Action.VERIFY_WORK):
        _desk(board, one, city)
        _course(board, one, city)
    if all(step.done for step in one.steps) and _may_speak(board, one.owner, city):
        _close(board, one)


def _desk(board: Board, one: CaseStanding, city: City) -> None:
    """To whom it is given on, or who was told what."""
    t = board.t
    with st.form("case_tell", border=False):
        who = st.text_input(t("case.who"), max_chars=80, key="case_who")
        text = st.text_input(t("case.told_what"), max_chars=LONGEST_REASON, key="case_told")
        with st.container(horizontal=True):
            told = st.form_submit_button(t("case.do_told"))
            given = st.form_submit_button(t("case.do_offer"))
    if (told or given) and not who.strip():
        st.html(markup.notice("care", t("case.no_owner")))
    elif told or given:
        kind = CaseEventKind.TOLD if told else CaseEventKind.OFFER
        names = {station.name: station.id for station in city.stations}
        owner = who.strip() if told else names.get(who.strip(), who.strip())
        _say(board, one, CaseWord(kind=kind, event_id="", text=text, owner=owner))


def _course(board: Board, one: CaseStanding, city: City) -> None:
    """The steps, a line each, to be written or changed; they make the case a hard one."""
    t = board.t
    steps = [each.step for each in one.steps]
    with (
        st.expander(t("case.course" if steps else "case.make_hard"), key="fold_course"),
        st.form("case_course"),
    ):
        lines = st.text_area(
            t("case.course_tell"), course_text(steps, city), key="case_course_text", height=170
        )
        sent = st.form_submit_button(t("case.do_course"))
    if sent:
        found = read_course(lines, steps, looked_at(board).now, city)
        _say(board, one, CaseWord(kind=CaseEventKind.PLAN, event_id="", steps=found))


def _close(board: Board, one: CaseStanding) -> None:
    """The answer that whoever reported it sees, with the picture after."""
    t = board.t
    with st.form("case_close", border=False):
        text = st.text_input(t("case.answer"), max_chars=LONGEST_REASON, key="case_answer")
        picture = photos.box(t("case.photo_after"), "case_photo")
        sent = st.form_submit_button(t("case.do_close"), type="primary")
    if sent:
        with photos.keep(picture, board, f"case {one.case.id} {len(one.events)}") as name:
            word = CaseWord(kind=CaseEventKind.CLOSE, event_id="", text=text, photo=name)
            _say(board, one, word)


def _reopen(board: Board, one: CaseStanding) -> None:
    """Whoever reported it has had the answer; or it was not over."""
    if not board.may(Action.VERIFY_WORK):
        return
    if not one.answered and st.button(board.t("case.do_answer"), key="case_answered"):
        _say(board, one, CaseWord(kind=CaseEventKind.ANSWER, event_id=""))
    if st.button(board.t("case.do_reopen"), key="case_reopen"):
        _say(board, one, CaseWord(kind=CaseEventKind.REOPEN, event_id=""))


def _say(board: Board, one: CaseStanding, word: CaseWord) -> None:
    operation, now = current(board)
    number = one.case.id or 0
    named = replace(word, event_id=_name_of(word, one, board.actor.name))
    say(board.store, operation, board.actor, number, named, now, board.settings.incident)
    finish(board.t("case.noted", number=number))


def _name_of(word: CaseWord, one: CaseStanding, by: str) -> str:
    """A second click says it once; what somebody else says at the same moment is another word."""
    said = (word.text, word.step, word.owner, word.steps, by)
    mark = sha256(repr(said).encode()).hexdigest()[:12]
    return f"{word.kind}:{one.case.id}:{len(one.events)}:{mark}"
