"""After a storm: which cleared inlets stayed dry and which did not, how the risk was re-weighted by
what was reported, and the table of its multipliers.
"""

from collections import Counter

import streamlit as st

from dashboard.core.board import Board
from dashboard.model.situation import Situation
from dashboard.render import markup
from dashboard.views.manager.shown import shown
from ops.analytics.after_storm import Outcome, cleared_inlets, relearnt
from ops.analytics.history import History
from ops.analytics.storm_ledger import Storm
from ops.documents import risk_tables
from ops.risk.fitted_multipliers import LEAST_RECORDS

MOST_ROWS = 60


def show(board: Board, situation: Situation, history: History, storm: Storm | None) -> None:
    """What became of the storm's work, if one is chosen, and the multipliers."""
    t, told = board.t, board.inlet_reasons
    if told is None:
        return
    city, fit = told[0].city, told[1]
    if storm:
        cleared = cleared_inlets(city, storm, history.incidents)
        counted = Counter(one.outcome for one in cleared)
        facts = {str(outcome): counted[outcome] for outcome in Outcome}
        st.html(markup.head(t("risk_page.cleared"), t("risk_page.cleared_tell")))
        st.html(markup.tag("p", t("risk_page.counted", total=len(cleared), **facts)))
        if cleared:
            shown(risk_tables.cleared_table(cleared[:MOST_ROWS], city, t), t)
        changed = relearnt(city, storm.begin_at, situation.now, board.settings.risk)
        st.html(markup.head(t("risk_page.relearnt"), t("risk_page.relearnt_tell")))
        if changed:
            shown(risk_tables.relearnt_table(changed[:MOST_ROWS], city, t), t)
        else:
            st.html(markup.faint(t("risk_page.nothing_relearnt")))
    else:
        st.html(markup.notice("plain", t("manager.choose_storm")))
    st.html(markup.head(t("risk_page.multipliers"), t(f"risk_page.why_{fit.why}", n=LEAST_RECORDS)))
    shown(risk_tables.multipliers_table(fit.multipliers, t), t)
