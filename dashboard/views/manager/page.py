"""The manager's page (管理者): how quickly, how completely, and what a storm came to; every table
to be taken along.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.core.render_cache import show_chart
from dashboard.model import lookback
from dashboard.model.lookback import Look, Period
from dashboard.render import manager_charts, markup, status, workload_chart
from dashboard.render.colours import Paint, paint_of
from dashboard.views.manager import after_storm, storm_ledger
from dashboard.views.manager.shown import shown
from data.model.city import City
from data.model.message import Message
from data.model.plan import PlanVersion
from ops.analytics.case import Case
from ops.analytics.history import ALWAYS, read_history, season, seasons
from ops.analytics.reserve_calls import reserve_calls
from ops.analytics.share_kpis import Share, before_onset, not_measurable, shares
from ops.analytics.storm_ledger import Storm, cases_of, storms
from ops.analytics.storm_ledger import ledger as entries_of
from ops.analytics.time_kpis import KEYS, MEASURES, TREND, Group, Span, summary
from ops.analytics.workload import CrewWorkload, WorkloadSettings, overtime_violations
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import spreadsheets, storm_report, tables, workload_tables

BY = tuple(key for key in KEYS if key not in ("all", *TREND))
HEADLINE = {
    "all": ("alert_to_plan", "clearance"),
    "reports": ("turnout", "on_site"),
    "planned": ("departure", "arrival"),
}
MOST_GROUPS = 30


def show(board: Board) -> None:
    """The whole page; what it tells is as of the moment at which it is opened or something in it is
    chosen.
    """
    t = board.t
    if not board.may(Action.SEE_MANAGER):
        st.html(
            markup.notice(
                "care", t("access.refused", role=t(f"account_role.{board.actor.role}")), alone=True
            )
        )
        return
    if board.city is None:
        st.html(markup.notice("care", t("board.no_city"), [t("board.no_city_sample")], alone=True))
        return
    year = _choose_season(board)
    look = _look(board, year)
    if look is None:
        st.html(
            markup.notice("care", t("board.no_operation"), [t("board.no_operation_do")], alone=True)
        )
        return
    st.html(status.operation_strip(look.situation, t))
    _beat(board)
    if not look.storms and not look.cases:
        st.html(markup.notice("plain", t("manager.nothing"), [t("manager.nothing_do")], alone=True))
        return
    _tabs(board, look, _choose(look, t))


def _tabs(board: Board, look: Look, storm: Storm | None) -> None:
    views = {
        "response": _response,
        "workload": _workload,
        "ledger": _ledger,
        "risk": _risk,
        "report": _report,
    }
    tabs = st.tabs([board.t(f"manager.tab_{name}") for name in views])
    for tab, view in zip(tabs, views.values(), strict=True):
        with tab:
            view(board, look, storm)


@st.fragment(run_every=REFRESH_S)
@safe
def _beat(board: Board) -> None:
    """The pulse by which the browser knows that the server still speaks to it."""
    if board.situation:
        st.html(status.beat(board.situation))


def _choose_season(board: Board) -> int | None:
    """The year looked at: what is read and counted is of one season, however many lie behind."""
    situation = board.situation
    if situation is None:
        return None
    years = seasons(board.store, situation.operation, board.t.zone)
    if len(years) < 2:
        return next(iter(years), None)
    name = board.t("manager.season")
    return st.selectbox(name, years, key="manager_season", format_func=str)


def _look(board: Board, year: int | None) -> Look | None:
    situation = board.situation
    if situation is None:
        return None
    known = _known(board.url, situation.operation.id, year)
    history = read_history(
        board.store,
        situation.operation,
        known[-1] if known else (),
        board.settings.gauges,
        season(year, board.t.zone) if year else ALWAYS,
    )
    known[:] = [
        history.versions
    ]  # one assignment: whoever reads at the same time sees the old or the new
    settings = board.settings.response
    return Look(
        situation,
        history,
        history.cases(situation.city),
        storms(history, situation.now, timedelta(hours=settings.storm_gap_hours)),
        settings,
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def _known(url: str, operation_id: int, year: int | None) -> list[tuple[PlanVersion, ...]]:
    """The versions read before: all but the newest change no more."""
    return []


def _choose(look: Look, t: Translator) -> Storm | None:
    """The storm looked at; ``None``: the whole operation."""
    by_number = {
        storm.number: storm for storm in look.storms
    }  # a storm that goes on is another value each time
    choices = [0, *reversed(by_number)]
    number = st.selectbox(
        t("manager.span"),
        choices,
        index=min(1, len(choices) - 1),
        key="manager_storm",
        format_func=lambda number: (
            storm_name(by_number[number], t) if number else t("manager.whole")
        ),
    )
    return by_number.get(number)


def storm_name(storm: Storm, t: Translator) -> str:
    """A storm by its number and its time."""
    return t(
        "manager.storm" if storm.over else "manager.storm_open",
        number=storm.number,
        begin=storm.begin_at,
        end=storm.end_at,
    )


@safe
def _response(board: Board, look: Look, storm: Storm | None) -> None:
    t, city, now, paint = board.t, look.situation.city, look.situation.now, paint_of(board.theme)
    cases = cases_of(storm, look.cases) if storm else look.cases
    if not cases:
        st.html(markup.notice("plain", t("kpi.none")))
        return
    (whole,) = summary(cases, city, now, look.settings)
    rates = shares(cases, look.history, now, look.settings)
    if storm:
        rates = (*before_onset(storm, look.history, now, look.settings), *rates)
    _headlines(whole, t)
    left, right = st.columns([0.5, 0.5], gap="small")
    with left:
        st.html(markup.head(t("manager.legs_title"), t("manager.legs_tell")))
        show_chart(
            manager_charts.legs_chart, manager_charts.legs_frame(whole, t), t, paint, key="legs"
        )
    with right:
        _trend(cases, look, t, paint)
    _groups(cases, look, rates, t)
    _reserves(look, storm, t)
    _rates(
        rates,
        overtime_violations(
            lookback.of(look, lookback.period_of(look, storm), board.settings.workload)
        ),
        t,
    )


def _reserves(look: Look, storm: Storm | None, t: Translator) -> None:
    """Crews in reserve that were called, and how fast they left."""
    begin, end = lookback.period_of(look, storm)
    found = [
        call
        for call in reserve_calls(look.history.published, look.history.events)
        if begin <= call.called_at < end
    ]
    if found:
        target = look.settings.reserve_minutes
        table = workload_tables.reserve_table(found, look.situation.city, target, t)
        st.html(markup.head(table.title, t("reserve.tell", minutes=round(target))))
        shown(table, t)


def _headlines(whole: Group, t: Translator) -> None:
    """The figures that count, in one column for each part of the work, with the clocks' note."""
    for column, (part, names) in zip(
        st.columns(len(HEADLINE), gap="small"), HEADLINE.items(), strict=True
    ):
        title, note = t(f"manager.headline_{part}"), t(f"manager.headline_{part}_tell")
        column.html(markup.head(title, note) + _headline(whole, names, t))
    st.html(markup.faint(t("manager.clocks")))


def _headline(whole: Group, names: tuple[str, ...], t: Translator) -> markup.Html:
    """The times that count, each with P90, target, share within and what is still open."""
    spans = [span for span in whole.spans if span.name in names]
    return markup.cards(*(_span_card(span, t) for span in spans), kind="two")


def _span_card(span: Span, t: Translator) -> markup.Html:
    label = t(f"kpi.{span.name}")
    if not span.count:
        return markup.card("–", label=label)
    p90 = t("kpi.not_reached") if span.p90 is None else _minutes(span.p90, t)
    within = round(100 * (span.within or 0.0))
    return markup.card(
        "–" if span.median is None else _minutes(span.median, t),
        [
            t("manager.card_p90", p90=p90),
            t("manager.card_target", target=round(span.target_s / 60), within=within),
            t("manager.card_count", ended=span.ended, count=span.count),
        ],
        label=label,
    )


def _minutes(seconds: float, t: Translator) -> str:
    return t("kpi.minutes", minutes=round(seconds / 60, 1))


def _trend(cases: tuple[Case, ...], look: Look, t: Translator, paint: Paint) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="trend_head"):
        by = st.segmented_control(
            t("manager.trend"),
            TREND,
            default="day",
            required=True,
            key="trend_by",
            format_func=lambda key: t(f"manager.by_{key}"),
        )
        measure = st.selectbox(
            t("manager.measure"),
            MEASURES,
            index=MEASURES.index("on_site"),
            key="trend_measure",
            format_func=lambda key: t(f"kpi.{key}"),
        )
    groups = summary(cases, look.situation.city, look.situation.now, look.settings, by)
    frame = manager_charts.trend_frame(groups, measure, by, t)
    if frame.empty:
        st.html(markup.faint(t("kpi.none")))
        return
    show_chart(manager_charts.trend_chart, frame, t, paint, key="trend")


def _groups(cases: tuple[Case, ...], look: Look, rates: tuple[Share, ...], t: Translator) -> None:
    by = st.segmented_control(
        t("manager.grouped"),
        BY,
        default="station",
        required=True,
        key="manager_by",
        format_func=lambda key: t(f"manager.by_{key}"),
    )
    groups = summary(cases, look.situation.city, look.situation.now, look.settings, by)
    least = look.settings.min_cases
    table = tables.response_table(groups, by, t, least)
    st.html(markup.head(table.title, t("manager.least", n=least)))
    shown(tables.response_table(groups[:MOST_GROUPS], by, t, least), t)
    complete = next(rate for rate in rates if rate.name == "data_completeness")
    every = partial(tables.cases_table, cases, look.situation.city, t)
    download(
        as_they_stand(table, tables.rates_table(rates, complete, t))
        | {t("manager.table_cases"): every},
        t("manager.file_response"),
        "response",
        t,
    )


def _rates(rates: tuple[Share, ...], breaches: Message, t: Translator) -> None:
    complete = next(rate for rate in rates if rate.name == "data_completeness")
    table = tables.rates_table(rates, complete, t)
    st.html(markup.head(table.title, t("manager.rates_tell")))
    shown(table, t)
    notes = [
        *(t.message(message) for message in (breaches, *not_measurable())),
        t("kpi.definition"),
    ]
    st.html(markup.html(map(markup.faint, notes)))


@safe
def _workload(board: Board, look: Look, storm: Storm | None) -> None:
    """Hours, nights and overtime of every crew over the last days, or in the chosen storm, and how
    evenly they lie.
    """
    t, city, rules = board.t, look.situation.city, board.settings.workload
    workloads = lookback.of(look, _workload_period(look, storm, rules, t), rules)
    if not any(load.hours for load in workloads):
        st.html(markup.notice("plain", t("workload.none"), [t("workload.none_do")], alone=True))
        return
    st.html(markup.head(t("workload.title"), t("workload.tell")))
    st.html(markup.tag("p", workload_tables.spread_text(workloads, t)))
    frame = workload_chart.load_frame(workloads, city, t)
    show_chart(workload_chart.load_chart, frame, t, paint_of(board.theme), key="workload")
    _workload_tables(workloads, city, t)
    notes = (
        t(
            "workload.basis",
            **{"from": look.settings.night_from},
            to=look.settings.night_to,
            usual=rules.usual_day_hours,
            day=rules.day_hours,
            month=rules.month_hours,
        ),
        t.message(overtime_violations(workloads)),
    )
    st.html(markup.html(map(markup.faint, notes)))


def _workload_period(
    look: Look, storm: Storm | None, rules: WorkloadSettings, t: Translator
) -> Period:
    """The last days, or the chosen storm where the reader prefers it."""
    chosen = st.segmented_control(
        t("workload.period"),
        ["days", "storm"] if storm else ["days"],
        default="days",
        required=True,
        key="workload_period",
        format_func=lambda choice: t(f"workload.period_{choice}", n=rules.days),
    )
    return lookback.period_of(look, storm) if chosen == "storm" else lookback.last_days(look, rules)


def _workload_tables(workloads: Sequence[CrewWorkload], city: City, t: Translator) -> None:
    """The hours of every crew and what breaks a limit, on the page and as files."""
    listed = (
        workload_tables.load_table(workloads, city, t),
        workload_tables.breach_table(workloads, city, t),
    )
    for table in listed:
        if table.rows:
            st.html(markup.head(table.title))
            shown(table, t)
    download(as_they_stand(*listed), t("workload.file"), "workload", t)


@safe
def _ledger(board: Board, look: Look, storm: Storm | None) -> None:
    t = board.t
    if storm is None:
        st.html(markup.notice("plain", t("manager.choose_storm")))
        return
    city, title = look.situation.city, t("manager.table_ledger")
    entries = entries_of(storm, look.history, city)
    storm_ledger.show(board, look.situation, look.history, storm, look.cases, entries)
    st.html(markup.head(title, t("manager.entries", n=len(entries))))
    whole = {title: partial(tables.ledger_table, entries, city, t)}
    download(whole, t("manager.file_ledger", number=storm.number), "ledger", t)


@safe
def _risk(board: Board, look: Look, storm: Storm | None) -> None:
    """Whether what was cleared for a storm stayed dry, and what the risk has learnt."""
    after_storm.show(board, look.situation, look.history, storm)


@safe
def _report(board: Board, look: Look, storm: Storm | None) -> None:
    """The storm on one page for the superior office: its figures, and the paper; made when it is
    asked for.
    """
    t = board.t
    if storm is None:
        st.html(markup.notice("plain", t("manager.choose_storm")))
        return
    made = storm_report.Report(
        storm=storm,
        history=look.history,
        city=look.situation.city,
        settings=look.settings,
        now=look.situation.now,
        by=board.actor.name,
        photos=board.home / "photos",
        store=board.store,
        known=look.cases,
    )
    name = t("report.file", number=storm.number)
    st.html(
        markup.head(t("report.title", district=look.situation.city.district.name), t("report.tell"))
    )
    with st.container(horizontal=True, key="take_report"):
        st.download_button(
            t("report.button_pdf"),
            lambda: storm_report.as_pdf(made, t),
            file_name=f"{name}.pdf",
            mime="application/pdf",
            key="report_pdf",
            on_click="ignore",
            type="primary",
            icon=":material/print:",
        )
        st.download_button(
            t("report.button_excel"),
            lambda: spreadsheets.as_excel(storm_report.as_tables(made, t), t),
            file_name=f"{name}.xlsx",
            mime=spreadsheets.EXCEL,
            key="report_excel",
            on_click="ignore",
            icon=":material/table_view:",
        )
    shown(storm_report.figures_table(made, made.cases, t), t)


Makes = Mapping[str, Callable[[], tables.Table]]
"""Tables by their titles, each made when somebody asks for it."""


def as_they_stand(*made: tables.Table) -> dict[str, Callable[[], tables.Table]]:
    """Tables that the page shows and has made anyway."""
    return {table.title: partial(_itself, table) for table in made}


def _itself(table: tables.Table) -> tables.Table:
    return table


def download(makes: Makes, name: str, key: str, t: Translator) -> None:
    """The tables as one workbook, and each of them as CSV; made when they are asked for."""
    with st.container(horizontal=True, key=f"take_{key}"):
        st.download_button(
            t("manager.excel"),
            lambda: spreadsheets.as_excel(tuple(make() for make in makes.values()), t),
            file_name=f"{name}.xlsx",
            mime=spreadsheets.EXCEL,
            key=f"excel_{key}",
            on_click="ignore",
            icon=":material/table_view:",
        )
        for number, (title, make) in enumerate(makes.items()):
            st.download_button(
                t("manager.csv", table=title),
                partial(_as_csv, make, t),
                file_name=f"{name}-{number + 1}.csv",
                mime="text/csv",
                key=f"csv_{key}_{number}",
                on_click="ignore",
                type="tertiary",
            )


def _as_csv(make: Callable[[], tables.Table], t: Translator) -> bytes:
    return spreadsheets.as_csv(make(), t)
