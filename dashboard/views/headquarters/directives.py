"""Directives: given at the desk above, acknowledged at the district's."""

from datetime import timedelta

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, named, safe
from dashboard.render import markup
from data.model.headquarters.directives import DirectiveEvent, DirectiveStanding, DirectiveStep
from ops.auth.permissions import Action
from ops.base.errors import NotAllowed
from ops.base.naming import directive_words
from ops.headquarters.directives import LONGEST, MINUTES, answer, give

MOST_SHOWN = 30


@st.fragment
@safe
def give_box(board: Board) -> None:
    """The form by which districts are told what to do."""
    if not board.may(Action.GIVE_DIRECTIVE):
        return
    t, now = board.t, board.clock()
    names = {
        one.id: one.name
        for one in board.store.members.all()
        if one.archived_at is None and board.actor.city in (None, one.city)
    }
    with (
        st.expander(t("above.give"), key="fold_directive"),
        st.form("directive", border=False, clear_on_submit=True),
    ):
        chosen = st.multiselect(t("above.to"), list(names), format_func=named(names))
        text = st.text_area(t("above.text"), max_chars=LONGEST)
        minutes = st.number_input(t("above.within"), *MINUTES, value=15)
        sent = st.form_submit_button(t("above.give"), type="primary")
    if not sent:
        return
    try:
        made = give(board.store, board.actor, chosen, text, timedelta(minutes=float(minutes)), now)
    except NotAllowed as refused:
        st.error(markup.plain(t(refused.code, **refused.facts)))
        return
    st.toast(markup.plain(t("above.given", n=len(made))))
    st.rerun(scope="app")


@st.fragment(run_every=REFRESH_S)
@safe
def given(board: Board) -> None:
    """The latest directives and what became of each."""
    t, now = board.t, board.clock()
    names = {
        one.id: one.name
        for one in board.store.members.all()
        if board.actor.city in (None, one.city)
    }
    found = [one for one in board.store.directives.standings() if one.directive.member_id in names]
    st.html(markup.head(t("above.directives")))
    if not found:
        st.html(markup.faint(t("above.none_given")))
    for one in found[:MOST_SHOWN]:
        lines = [_line(one, board), *_said(one, board)]
        kind = "stop" if one.is_late(now) else "plain" if one.is_answered else "care"
        whose = names[one.directive.member_id]
        title = t("name.said", what=whose, said=_state(one, board))
        if one.directive.loan:
            title = f"{t('loan.title')}\N{IDEOGRAPHIC SPACE}{title}"
        st.html(markup.notice(kind, title, lines))


@st.fragment(run_every=REFRESH_S)
@safe
def received(board: Board) -> None:
    """At a district's desk: what it is told and has not done; nothing where there is nothing."""
    for one in board.store.directives.standings(open_only=True)[:MOST_SHOWN]:
        _received(one, board)


def _received(one: DirectiveStanding, board: Board) -> None:
    t, number, loan = board.t, one.directive.id, one.directive.loan
    is_asked = loan is None or loan.lender_id == board.store.site
    is_late = is_asked and one.is_late(board.clock())
    kind = "stop" if is_late else "plain" if one.is_answered or not is_asked else "care"
    title = t("name.said", what=t(f"{_of(one)}title"), said=_state(one, board))
    st.html(markup.notice(kind, title, [_line(one, board), *_said(one, board)]))
    if not board.may(Action.ANSWER_DIRECTIVE) or number is None:
        return
    steps = _steps(one, is_asked)
    if not steps:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"directive_{number}"):
        st.text_input(t("directive.answer"), max_chars=LONGEST, key=f"say_{number}")
        for step in steps:
            st.button(
                _button(one, step, is_asked, board),
                key=f"{step}_{number}",
                on_click=safe(_answer),
                args=(board, number, step),
            )
    if reason := st.session_state.pop(f"refused_{number}", None):
        st.error(markup.plain(reason))


def _steps(one: DirectiveStanding, is_asked: bool) -> list[DirectiveStep]:
    """What the district may say of it now; whoever gets a unit may send it home."""
    if not one.is_answered:
        return [DirectiveStep.ACKNOWLEDGE, DirectiveStep.REFUSE] if is_asked else []
    if one.directive.loan:
        return [DirectiveStep.DONE]
    return [DirectiveStep.DONE, DirectiveStep.REFUSE]


def _button(one: DirectiveStanding, step: DirectiveStep, is_asked: bool, board: Board) -> str:
    if step is DirectiveStep.DONE and not is_asked:
        return board.t("loan.send_home")
    return board.t(f"{_of(one)}do_{step}")


def _of(one: DirectiveStanding) -> str:
    """Which words it is told by."""
    return "loan." if one.directive.loan else "directive."


def _answer(board: Board, number: int, step: DirectiveStep) -> None:
    text = st.session_state[f"say_{number}"]
    try:
        answer(board.store, board.actor, number, step, text, board.clock())
    except NotAllowed as refused:
        st.session_state[f"refused_{number}"] = board.t(refused.code, **refused.facts)


def _state(one: DirectiveStanding, board: Board) -> str:
    if one.is_late(board.clock()):
        return board.t("directive.late")
    return board.t(f"{_of(one)}{one.answer.step if one.answer else 'open'}")


def _line(one: DirectiveStanding, board: Board) -> str:
    told = one.directive
    words = directive_words(told)
    return board.t(f"{_of(one)}line", text=words, by=told.by, at=told.at, due=told.due_at)


def _said(one: DirectiveStanding, board: Board) -> list[str]:
    found = []
    for event in one.events:
        step = _word(one, event, board)
        word = board.t("directive.word", at=event.at, by=event.by, step=step)
        text = event.text
        found.append(board.t("name.said", what=word, said=text) if text else word)
    return found


def _word(one: DirectiveStanding, event: DirectiveEvent, board: Board) -> str:
    of = "directive." if event.step is DirectiveStep.RECEIVE else _of(one)
    return board.t(f"{of}{event.step}")
