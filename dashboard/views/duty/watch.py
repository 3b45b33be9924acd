"""Who has the watch by the roster: at the desk, next, and who leads; what is amiss with it."""

from datetime import timedelta

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.render import markup
from data.model.roster import Watch
from ops.base.messages import Translator
from ops.duty.watch_roster import late_change, on_watch_at, unwatched

AHEAD = 7
"""Days ahead that are looked at for hours that nobody has (assumption: a week's roster)."""


@st.fragment(run_every=REFRESH_S)
@safe
def section(board: Board) -> None:
    """Nothing where the tables hold no watch."""
    t, situation = board.t, board.situation
    if situation is None or not situation.city.watches:
        return
    level = situation.order.level if situation.order else None
    found = on_watch_at(situation.city, level, situation.now)
    lines = [t("watch.now", who=_named(one, t)) for one in found.officers] or [t("watch.nobody")]
    if found.following:
        lines.append(t("watch.next", who=_named(found.following, t)))
    who = _named(found.leader, t) if found.leader else t("watch.no_leader")
    lines.append(t("watch.leader", level=level or t("watch.no_level"), who=who))
    st.html(markup.head(t("watch.title")) + markup.bullets(lines))
    entries = board.store.duty_log.entries(situation.operation.id)
    if late := late_change(entries, situation.city, situation.now):
        st.html(markup.notice("stop", t.message(late), [t("watch.late_do")]))
    today = situation.now.astimezone(t.zone).date()
    gaps = unwatched(situation.city, [today + timedelta(days=n) for n in range(AHEAD)])
    gaps = tuple(span for span in gaps if span[1] > situation.now)
    if gaps:
        told = [t("watch.gap", start=start, end=end) for start, end in gaps]
        st.html(markup.notice("care", t("watch.gaps", n=len(gaps)), told))


def _named(one: Watch, t: Translator) -> str:
    start, end = one.span(t.zone)
    return t("watch.who", name=one.name, start=start, end=end, phone=one.phone or "—")
