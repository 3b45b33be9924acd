"""The page of dry-day works: clashes first, then every work with its days, and what was told."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, named, safe
from dashboard.core.dialog import current
from dashboard.render import markup, status
from data.model.city import City
from data.model.street.works import WorkEvent, WorkStep
from ops.auth.permissions import Action
from ops.documents.spreadsheets import EXCEL, as_excel
from ops.documents.street import works_notice
from ops.documents.street.works_table import clash_lines, programme_table
from ops.documents.tables import Table
from ops.works.programme import Programme, last_word, programme, tell

TOLD = (WorkStep.STARTED, WorkStep.FINISHED, WorkStep.WITHDRAWN)


def show(board: Board) -> None:
    """The whole page."""
    t, city = board.t, board.city
    if city is None or board.situation is None:
        title = "board.no_city" if city is None else "board.no_operation"
        st.html(markup.notice("care", t(title), alone=True))
        return
    if not city.works:
        st.html(markup.notice("plain", t("works.title"), [t("works.none")], alone=True))
        return
    _listed(board)
    if board.may(Action.TELL_WORKS):
        _telling(board, city)
    _papers(board, city)


def _now(board: Board, city: City) -> Programme:
    operation, now = current(board)
    return programme(board.store, operation, city, now, board.settings.works)


@st.fragment(run_every=6 * REFRESH_S)
@safe
def _listed(board: Board) -> None:
    """Clashes, then the table; days move slowly, so it is looked at once a minute."""
    t, city, situation = board.t, board.city, board.situation
    if city is None or situation is None:
        return
    found = _now(board, city)
    st.html(status.operation_strip(situation, t))
    _clashes(board, found, city)
    until = found.forecast_until
    note = (
        t("works.forecast_until", day=works_notice.day(t, until))
        if until
        else t("works.climate_only")
    )
    st.html(markup.head(t("works.title"), note) + markup.faint(t("works.tell")))
    table = programme_table(found, city, t)
    with st.container(key="long_works"):
        st.html(markup.table(*_filled(table)))


def _filled(table: Table) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the columns in which anything stands, so that fewer lie beyond the edge."""
    used = [n for n in range(len(table.heads)) if any(row[n] for row in table.rows)]
    heads = [table.heads[n] for n in used]
    return heads, [[str(row[n]) for n in used] for row in table.rows]


def _clashes(board: Board, found: Programme, city: City) -> None:
    t = board.t
    if not found.clashes:
        return
    st.html(markup.head(t("works.clash_title", n=len(found.clashes))))
    for clash in found.clashes:
        lines = list(clash_lines(clash, city, t))
        st.html(markup.notice("care", lines[0], lines[1:]))
        can_mend = clash.surface_after is not None and board.may(Action.TELL_WORKS)
        names = {"trench": clash.trench.name, "surface": clash.surface.name}
        key = f"agree_{clash.surface.id}_{clash.trench.id}"
        if can_mend and st.button(markup.plain(t("works.agree", **names)), key=key):
            operation, now = current(board)
            tell(
                board.store,
                operation,
                board.actor,
                city,
                clash.surface.id,
                WorkStep.AFTER,
                now,
                other=clash.trench.id,
            )
            _noted(t("works.agreed", **names))


def _noted(words: str) -> None:
    st.toast(markup.plain(words))
    st.rerun(scope="app")


def _telling(board: Board, city: City) -> None:
    """What was heard of a work, by two taps."""
    t, found = board.t, _now(board, city)
    told = board.store.works.told(current(board)[0])
    last = {work.id: last_word(work.id, told) for work in found.works}
    names = {work.id: work.name for work in found.works if work.id in found.dates or last[work.id]}
    if not names:
        return
    with st.container(border=True):
        chosen = st.selectbox(
            t("works.choose"), list(names), format_func=named(names), key="work_chosen"
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for step in TOLD:
                if st.button(t(f"works.step_{step}"), key=f"work_{step}"):
                    _tell(board, city, chosen, names[chosen], step)
            left = st.number_input(
                t("works.step_days_left"), 1, 1000, value=None, key="work_days_left", width=160
            )
            if st.button(t("works.step_days_left_do"), disabled=left is None, key="work_left"):
                _tell(board, city, chosen, names[chosen], WorkStep.DAYS_LEFT, left)
        if word := last[chosen]:
            _last(board, city, word, names[chosen])


def _last(board: Board, city: City, word: WorkEvent, name: str) -> None:
    """What was told last of a work, with the button that takes it back."""
    t = board.t
    step = t(f"works.step_{word.step}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(markup.faint(t("works.last_word", at=word.at, step=step, by=word.by)))
        if st.button(t("works.step_back"), key="work_back", type="tertiary"):
            _tell(board, city, word.work_id, name, WorkStep.BACK, word.id)


@safe
def _tell(
    board: Board, city: City, work_id: str, name: str, step: WorkStep, number: int | None = None
) -> None:
    operation, now = current(board)
    tell(board.store, operation, board.actor, city, work_id, step, now, number=number)
    _noted(board.t("works.noted", work=name, step=board.t(f"works.step_{step}")))


def _papers(board: Board, city: City) -> None:
    """The programme for a spreadsheet, and the notice of the chosen work to be hung up."""
    t, found = board.t, _now(board, city)
    with st.container(horizontal=True):
        st.download_button(
            t("works.table_excel"),
            lambda: as_excel([programme_table(found, city, t)], t),
            file_name=t("works.file") + ".xlsx",
            mime=EXCEL,
            on_click="ignore",
            icon=":material/table_view:",
        )
        by_id = {work.id: work for work in found.works}
        work = by_id.get(st.session_state.get("work_chosen", ""), found.works[0])

        def made() -> bytes:
            operation, now = current(board)
            return works_notice.as_pdf(work, found, operation, city, now, t)

        st.download_button(
            markup.plain(f"{t('works.notice_pdf')} · {work.name}"),
            made,
            file_name=t("works.notice_file") + ".pdf",
            mime="application/pdf",
            on_click="ignore",
            icon=":material/print:",
        )
