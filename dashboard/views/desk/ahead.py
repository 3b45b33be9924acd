"""What goes wrong in the next two hours if nothing is done, with the one button that prevents
it.
"""

import streamlit as st

from dashboard.core.board import Board, safe
from dashboard.model.situation import Situation
from dashboard.render import frames, markup
from dashboard.views.desk import actions
from dashboard.views.desk.needs import act_button
from ops.base.messages import Translator
from ops.duty.ahead import Ahead, Known, ahead

SHOWN = 3  # one is acted on; two more are read


@st.fragment
@safe
def ahead_card(board: Board) -> None:
    """The card; with nothing about to go wrong there is none."""
    situation = board.situation
    found = ahead_of(situation) if situation else ()
    if situation is None or not found:
        return
    with st.container(key="ahead", gap=None):
        st.html(ahead_lines(found, board.t))
        first = found[0]
        if first.need is None:
            actions.remedies_button(board, "ahead_remedies")
        else:
            act_button(board, situation, first.need, "ahead_act")


def ahead_of(situation: Situation) -> tuple[Ahead, ...]:
    """All that is about to go wrong."""
    return ahead(
        Known(
            city=situation.city,
            now=situation.now,
            version=situation.version,
            lines=situation.lines,
            needs=situation.needs,
            matters=situation.matters,
        )
    )


def ahead_lines(found: tuple[Ahead, ...], t: Translator) -> markup.Html:
    """The first, large; those that follow it; how many more there are."""
    first, *others = found
    rows = [
        markup.tag("div", markup.tag("time", frames.hm(t, one.at)), " ", t.message(one.told))
        for one in others[: SHOWN - 1]
    ]
    if len(found) > SHOWN:
        rows.append(markup.tag("div", t("ahead.more", n=len(found) - SHOWN)))
    lead = markup.tag("p", markup.tag("time", frames.hm(t, first.at)), " ", t.message(first.told))
    return markup.tag("div", markup.tag("b", t("ahead.title")), lead, rows, cls="xb-ahead")
