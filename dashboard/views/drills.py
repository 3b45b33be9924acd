"""The page of simulated drills: begin one, see how far it is, stop it, take its page along."""

from datetime import datetime
from importlib.util import find_spec

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, named, safe
from dashboard.render import markup
from dashboard.render.markup import Number
from ops.auth.permissions import Action
from ops.drill import background
from ops.drill.background import DrillRun, DrillState
from ops.drill.physics.storms import BUILT_IN

MIMES = {"zip": "application/zip", "pdf": "application/pdf", "html": "text/html"}
MOST_SEEDS = 20


def show(board: Board) -> None:
    """The whole page."""
    t = board.t
    st.html(markup.notice("plain", t("drill.page_what"), [t("drill.page_nobody")]))
    if board.city is None:
        st.html(markup.notice("care", t("board.no_city"), [t("board.no_city_sample")], alone=True))
        return
    if not find_spec("swmm"):
        st.html(markup.notice("care", t("drill.not_installed", what="swmm-toolkit"), alone=True))
        return
    if board.may(Action.SWITCH_OPERATION):
        _form(board)
    _runs(board)


def _form(board: Board) -> None:
    t = board.t
    with st.form("drill_begin", border=True):
        left, middle, right = st.columns(3)
        names = {name: t(f"drill.storm_{name}") for name in BUILT_IN}
        left.selectbox(
            t("drill.which_storm"), list(names), format_func=named(names), key="drill_storm"
        )
        middle.number_input(t("drill.draws"), 1, MOST_SEEDS, 3, key="drill_seeds")
        right.number_input(t("drill.lead"), 0, 240, 40, step=10, key="drill_lead")
        st.form_submit_button(
            t("drill.begin"), type="primary", on_click=safe(_begin), args=(board,)
        )


def _begin(board: Board) -> None:
    asked = st.session_state
    background.begin(
        board.actor,
        board.home,
        board.url,
        board.clock(),
        asked["drill_storm"],
        int(asked["drill_seeds"]),
        int(asked["drill_lead"]),
    )


@st.fragment(run_every=REFRESH_S)
@safe
def _runs(board: Board) -> None:
    """Every drill with how it stands."""
    found = background.drill_runs(board.home, board.clock())
    if not found:
        st.html(markup.faint(board.t("drill.none_yet")))
    for run in found:
        _run(board, run)


def _run(board: Board, run: DrillRun) -> None:
    t = board.t
    with st.container(border=True, key=f"drill_{run.name}"):
        st.html(
            markup.tag(
                "p",
                t(
                    "drill.run_line",
                    storm=t(f"drill.storm_{run.storm}") if run.storm in BUILT_IN else run.storm,
                    seeds=run.seeds,
                    at=datetime.fromisoformat(run.begun_at),
                    by=run.by,
                    state=t(f"drill.state_{run.state}"),
                ),
            )
        )
        if run.state is DrillState.RUNNING:
            st.progress(
                run.done / run.of if run.of else 0.0, t("drill.so_far", done=run.done, of=run.of)
            )
            if board.may(Action.SWITCH_OPERATION):
                st.button(
                    t("drill.stop"),
                    key=f"drill_stop_{run.name}",
                    on_click=safe(background.stop),
                    args=(board.actor, board.home, run.name),
                )
        elif run.error:
            st.html(markup.faint(run.error))
        _figures(board, run)
        _files(board, run)


def _figures(board: Board, run: DrillRun) -> None:
    """What came of every policy, so far as a glance needs it."""
    t, found = board.t, background.figures_of(board.home, run)
    if not found:
        return
    heads = [t(f"drill.{name}") for name in ("policy", "minutes", "low", "share")]
    rows = [
        (
            t(f"drill.policy_{one.policy}"),
            Number(f"{one.minutes:.0f}"),
            Number(f"{one.low_minutes:.0f}"),
            Number("" if one.share is None else f"{one.share:.0%}"),
        )
        for one in found
    ]
    st.html(markup.table(heads, rows, "xb-scroll", t("drill.caption")))


def _files(board: Board, run: DrillRun) -> None:
    """The page in the reader's language, and what it takes to run it again."""
    t = board.t
    found = background.files_of(board.home, run)
    with st.container(horizontal=True):
        for ending, path in found.items():
            language, _, kind = ending.rpartition(".")
            if language not in ("", t.language):
                continue
            st.download_button(
                t(f"drill.take_{kind}"),
                path.read_bytes,
                file_name=path.name,
                mime=MIMES[kind],
                key=f"drill_{run.name}_{kind}",
                on_click="ignore",
            )
