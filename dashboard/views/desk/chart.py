"""The desk's time chart: by crew or by road; a click opens a job, a drag weighs a move."""

import streamlit as st

from dashboard.core.board import Board, safe
from dashboard.core.render_cache import once
from dashboard.core.surface import surface
from dashboard.model.situation import Situation
from dashboard.render import frames, markup
from dashboard.render.time_chart import (
    Facts,
    by_crew,
    by_road,
    chart_legend,
    near,
    time_chart,
    whole,
)
from dashboard.views.desk.details import in_force
from dashboard.views.desk.map import to_minute
from dashboard.views.desk.touch import answer
from data.model.plan import PlanVersion
from ops.base.messages import Translator

ROWS = ("crews", "machines", "roads")


@st.fragment
@safe
def chart(board: Board) -> None:
    """The chart with its two choices, and what was touched on it."""
    t, found = board.t, in_force(board)
    if found is None:
        return
    situation, version = found
    rows, span = _head(board)
    at = to_minute(situation.now)
    mark = f"chart {board.site.id} {situation.mark} {rows} {span} {t.language}"
    drawing = once(mark, lambda: _drawing(situation, version, rows, span, t))
    if not drawing:
        st.html(markup.faint(t("board.no_jobs")))
        return
    touched = surface(drawing, t, "chart", at)
    st.html(chart_legend(situation.lines, t))
    if touched:
        answer(board, touched)


def _drawing(
    situation: Situation, version: PlanVersion, rows: str, span: str, t: Translator
) -> markup.Html:
    """The chart; empty where there is nothing to be drawn."""
    facts = Facts(
        version=version,
        city=situation.city,
        lines=situation.lines,
        now=to_minute(situation.now),
        t=t,
        locked=situation.locked,
    )
    groups = by_road(facts) if rows == "roads" else by_crew(facts, rows == "machines")
    if not groups:
        return markup.Html("")
    window = near(facts.now) if span == "near" else whole(groups, facts.now)
    rain = frames.rain_steps(situation.forecast, version.rain)
    return time_chart(groups, window, facts.now, version.rain.onset_at, rain, t)


def _head(board: Board) -> tuple[str, str]:
    """What is chosen above the chart: its rows, and the hours it shows."""
    t = board.t
    with st.container(horizontal=True, vertical_alignment="center", key="chart_head"):
        st.html(markup.head(t("board.tab_chart"), t("chart.tell")), width="content")
        rows = st.segmented_control(
            t("chart.rows"),
            list(ROWS),
            default=ROWS[0],
            required=True,
            key="chart_rows",
            format_func=lambda key: t(f"chart.by_{key}"),
            label_visibility="collapsed",
        )
        span = st.segmented_control(
            t("board.span"),
            ["near", "all"],
            default="near",
            required=True,
            key="chart_span",
            format_func=lambda key: t(f"board.span_{key}"),
            label_visibility="collapsed",
        )
    return rows, span
