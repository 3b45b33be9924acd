"""Units that districts could lend one another: proposed at the desk above, and what comes of it."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.render import markup
from data.model.headquarters.loans import Loan
from ops.auth.permissions import Action
from ops.base.errors import NotAllowed
from ops.headquarters.loans import AidDifference, ask_for, difference, ids_of, proposed

MOST_SHOWN = 10


@st.fragment(run_every=REFRESH_S)
@safe
def lending(board: Board) -> None:
    """What is proposed, each with the button that asks for it, and what the loans in force change;
    nothing where there is nothing.
    """
    t = board.t
    names = {
        one.id: one.name
        for one in board.store.members.all()
        if board.actor.city in (None, one.city)
    }
    found = [
        one
        for one in proposed(board.store, board.settings, board.clock())
        if one.lender_id in names
    ]
    summaries = board.store.members.summaries()
    lent = [
        one
        for one in board.store.directives.standings(open_only=True, loans_only=True)
        if one.directive.member_id in names
    ]
    changed = difference(lent, summaries)
    if not found and changed is None:
        return
    st.html(markup.head(t("loan.head")))
    if changed is not None:
        st.html(
            markup.notice(
                "plain", t("loan.in_force", n=changed.loans), _told(changed, names, board)
            )
        )
    for loan in found[:MOST_SHOWN]:
        _proposal(loan, board)


def _told(changed: AidDifference, names: dict[str, str], board: Board) -> list[str]:
    """Before and after, district by district and in all."""
    t = board.t
    if changed.after is None:
        return [t("loan.being_planned")]
    lines = [
        t("loan.change", name=names.get(key, key), before=before, after=changed.after[key])
        for key, before in changed.before.items()
    ]
    before, after = (round(sum(each.values()), 1) for each in (changed.before, changed.after))
    return [
        t("loan.change_in_all", before=before, after=after, change=round(before - after, 1)),
        *lines,
    ]


def _proposal(loan: Loan, board: Board) -> None:
    t, key = board.t, "_".join(ids_of(loan))
    gain = t("loan.gain", worth=round(loan.worth, 1), cost=round(loan.cost, 1))
    st.html(markup.notice("care", t("loan.proposed"), [t.message(loan.told), gain]))
    if board.may(Action.GIVE_DIRECTIVE):
        st.button(
            t("loan.ask", lender=loan.lender),
            key=f"ask_{key}",
            on_click=safe(_ask),
            args=(board, ids_of(loan)),
        )
    if reason := st.session_state.pop(f"refused_{key}", None):
        st.error(markup.plain(reason))


def _ask(board: Board, wanted: tuple[str, str, str]) -> None:
    try:
        ask_for(board.store, board.actor, wanted, board.settings, board.clock())
    except NotAllowed as refused:
        key = "_".join(wanted)
        st.session_state[f"refused_{key}"] = board.t(refused.code, **refused.facts)
