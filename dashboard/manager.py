"""The manager's page (管理者): how quickly, how completely, and what a storm came to; every table to be taken along."""

from datetime import timedelta
from html import escape
from typing import NamedTuple

import streamlit as st

from dashboard import books, cards, ledger, report, retrospect, tables, workload
from dashboard.board import REFRESH_S, Board, safe
from dashboard.colours import Paint, paint_of
from dashboard.drawn import show_chart
from dashboard.reading import Situation
from data.entities import Message, PlanVersion
from ops.access import Action, may
from ops.history import History, read_history
from ops.kpi import KEYS, MEASURES, TREND, Group, ResponseSettings, summary
from ops.rates import Share, before_onset, not_measurable, shares
from ops.response import Case
from ops.storms import Storm, cases_of, storms
from ops.text import Speaker
from ops.workload import rule_breaches

BY = tuple(key for key in KEYS if key not in ("all", *TREND))
HEADLINE = {"all": ("alert_to_plan", "clearance"), "reports": ("turnout", "on_site"),
            "planned": ("departure", "arrival")}
MOST_GROUPS = 30


class Look(NamedTuple):
    """What the page looks at: all that is stored of the operation, its cases, the storms, and the targets."""

    situation: Situation
    history: History
    cases: tuple[Case, ...]
    storms: tuple[Storm, ...]
    settings: ResponseSettings


def show(board: Board) -> None:
    """The whole page; what it tells is as of the moment at which it is opened or something in it is chosen."""
    say = board.say
    if not may(board.actor, Action.SEE_MANAGER):
        st.html(cards.notice("care", say("access.refused", role=say(f"account_role.{board.actor.role}")), alone=True))
        return
    if board.city is None:
        st.html(cards.notice("care", say("board.no_city"), [say("board.no_city_sample")], alone=True))
        return
    look = _look(board)
    if look is None:
        st.html(cards.notice("care", say("board.no_operation"), [say("board.no_operation_do")], alone=True))
        return
    if strip := cards.drill_strip(look.situation, say):
        st.html(strip)
    _beat(board)
    if not look.storms and not look.cases:
        st.html(cards.notice("plain", say("manager.nothing"), [say("manager.nothing_do")], alone=True))
        return
    storm = _choose(look, say)
    response, crews, told, paper = st.tabs([say(f"manager.tab_{tab}") for tab in (
        "response", "workload", "ledger", "report")])
    with response:
        _response(board, look, storm)
    with crews:
        _workload(board, look, storm)
    with told:
        _ledger(board, look, storm)
    with paper:
        _report(board, look, storm)


@st.fragment(run_every=REFRESH_S)
@safe
def _beat(board: Board) -> None:
    """The pulse by which the browser knows that the server still speaks to it."""
    if board.situation:
        st.html(cards.beat(board.situation))


def _look(board: Board) -> Look | None:
    situation = board.situation
    if situation is None:
        return None
    known = _known(board.url, situation.operation.id)
    history = read_history(board.store, situation.operation, known[-1] if known else ())
    known[:] = [history.versions]  # one assignment: whoever reads at the same time sees the old or the new
    settings = board.settings.response
    return Look(situation, history, history.cases(situation.city),
                storms(history, situation.now, timedelta(hours=settings.storm_gap_hours)), settings)


@st.cache_resource(show_spinner=False, max_entries=8)
def _known(url: str, operation_id: int) -> list[tuple[PlanVersion, ...]]:
    """The versions read before: all but the newest change no more."""
    return []


def _choose(look: Look, say: Speaker) -> Storm | None:
    """The storm looked at; ``None``: the whole operation."""
    by_number = {storm.number: storm for storm in look.storms}  # a storm that goes on is another value each time
    choices = [0, *reversed(by_number)]
    number = st.selectbox(say("manager.span"), choices, index=min(1, len(choices) - 1), key="manager_storm",
                          format_func=lambda one: storm_name(by_number[one], say) if one else say("manager.whole"))
    return by_number.get(number)


def storm_name(storm: Storm, say: Speaker) -> str:
    """A storm by its number and its time."""
    return say("manager.storm" if storm.over else "manager.storm_open", number=storm.number, begin=storm.begin_at,
               end=storm.end_at)


# --- response ---------------------------------------------------------------------------------------------------------


@safe
def _response(board: Board, look: Look, storm: Storm | None) -> None:
    say, city, now, paint = board.say, look.situation.city, look.situation.now, paint_of(board.theme)
    cases = cases_of(storm, look.cases) if storm else look.cases
    if not cases:
        st.html(cards.notice("plain", say("kpi.none")))
        return
    (whole,) = summary(cases, city, now, look.settings)
    rates = shares(cases, look.history, now, look.settings)
    if storm:
        rates = (*before_onset(storm, look.history, now, look.settings), *rates)
    for column, (part, names) in zip(st.columns(len(HEADLINE), gap="small"), HEADLINE.items(), strict=True):
        column.html(head(say(f"manager.headline_{part}"), say(f"manager.headline_{part}_tell"))
                    + _headline(whole, names, say))
    st.html(f'<p class="xb-faint">{escape(say("manager.clocks"))}</p>')
    left, right = st.columns([0.5, 0.5], gap="small")
    with left:
        st.html(head(say("manager.legs_title"), say("manager.legs_tell")))
        show_chart(retrospect.legs_chart, retrospect.legs_frame(whole, say), say, paint, key="legs")
    with right:
        _trend(cases, look, say, paint)
    _groups(cases, look, rates, say)
    _rates(rates, rule_breaches(workload.of(look, workload.period_of(look, storm), board.settings.workload)), say)


def head(title: str, tell: str = "") -> str:
    """The line over a part of the page."""
    return f'<div class="xb-head"><span>{escape(title)}</span><em>{escape(tell)}</em></div>'


def _headline(whole: Group, names: tuple[str, ...], say: Speaker) -> str:
    """The times that count, each with P90, target, share within and what is still open."""
    told = []
    for one in whole.spans:
        if one.name in names:
            p90 = say("kpi.not_reached") if one.p90 is None else say("kpi.minutes", minutes=round(one.p90 / 60, 1))
            median = "–" if one.median is None else say("kpi.minutes", minutes=round(one.median / 60, 1))
            lines = [say("manager.card_p90", p90=p90), say("manager.card_target", target=round(one.target_s / 60),
                                                          within=round(100 * (one.within or 0.0))),
                     say("manager.card_count", ended=one.ended, count=one.count)]
            told.append(f'<div class="xb-card"><small>{escape(say(f"kpi.{one.name}"))}</small>'
                        f'<b>{escape(median if one.count else "–")}</b>'
                        + "".join(f"<p>{escape(line)}</p>" for line in (lines if one.count else [])) + "</div>")
    return f'<div class="xb-cards two">{"".join(told)}</div>'


def _trend(cases: tuple[Case, ...], look: Look, say: Speaker, paint: Paint) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="trend_head"):
        by = st.segmented_control(say("manager.trend"), TREND, default="day", required=True, key="trend_by",
                                  format_func=lambda key: say(f"manager.by_{key}"))
        measure = st.selectbox(say("manager.measure"), MEASURES, index=MEASURES.index("on_site"),
                               key="trend_measure", format_func=lambda key: say(f"kpi.{key}"))
    groups = summary(cases, look.situation.city, look.situation.now, look.settings, by)
    frame = retrospect.trend_frame(groups, measure, by, say)
    if frame.empty:
        st.html(f'<p class="xb-faint">{escape(say("kpi.none"))}</p>')
        return
    show_chart(retrospect.trend_chart, frame, say, paint, key="trend")


def _groups(cases: tuple[Case, ...], look: Look, rates: tuple[Share, ...], say: Speaker) -> None:
    by = st.segmented_control(say("manager.grouped"), BY, default="station", required=True, key="manager_by",
                              format_func=lambda key: say(f"manager.by_{key}"))
    groups = summary(cases, look.situation.city, look.situation.now, look.settings, by)
    least = look.settings.least_cases
    table = tables.response_table(groups, by, say, least)
    st.html(head(table.title, say("manager.least", n=least)))
    shown(tables.response_table(groups[:MOST_GROUPS], by, say, least), say)
    complete = next(one for one in rates if one.name == "data_completeness")
    download((table, tables.rates_table(rates, complete, say), tables.cases_table(cases, look.situation.city, say)),
             say("manager.file_response"), "response", say)


def _rates(rates: tuple[Share, ...], breaches: Message, say: Speaker) -> None:
    complete = next(one for one in rates if one.name == "data_completeness")
    table = tables.rates_table(rates, complete, say)
    st.html(head(table.title, say("manager.rates_tell")))
    shown(table, say)
    notes = [*(say.message(message) for message in (breaches, *not_measurable())), say("kpi.definition")]
    st.html("".join(f'<p class="xb-faint">{escape(note)}</p>' for note in notes))


# --- workload ---------------------------------------------------------------------------------------------------------


@safe
def _workload(board: Board, look: Look, storm: Storm | None) -> None:
    """Hours, nights and overtime of every crew over the last days, or in the chosen storm, and how evenly they lie."""
    say, city, rules = board.say, look.situation.city, board.settings.workload
    choices = ["days", "storm"] if storm else ["days"]
    chosen = st.segmented_control(say("workload.period"), choices, default="days", required=True, key="workload_period",
                                  format_func=lambda one: say(f"workload.period_{one}", n=rules.days))
    period = workload.period_of(look, storm) if chosen == "storm" else workload.last_days(look, rules)
    found = workload.of(look, period, rules)
    if not any(load.hours for load in found):
        st.html(cards.notice("plain", say("workload.none"), [say("workload.none_do")], alone=True))
        return
    table, over = workload.load_table(found, city, say), workload.breach_table(found, city, say)
    st.html(head(say("workload.title"), say("workload.tell")))
    st.html(f"<p>{escape(workload.told_spread(found, say))}</p>")
    frame = workload.load_frame(found, city, say)
    show_chart(workload.load_chart, frame, say, paint_of(board.theme), key="workload")
    for one in (table, over):
        if one.rows:
            st.html(head(one.title))
            shown(one, say)
    download((table, over), say("workload.file"), "workload", say)
    notes = (say("workload.basis", **{"from": look.settings.night_from}, to=look.settings.night_to,
                 usual=rules.usual_day_hours, day=rules.day_hours, month=rules.month_hours),
             say.message(rule_breaches(found)))
    st.html("".join(f'<p class="xb-faint">{escape(note)}</p>' for note in notes))


# --- the ledger -------------------------------------------------------------------------------------------------------


@safe
def _ledger(board: Board, look: Look, storm: Storm | None) -> None:
    say = board.say
    if storm is None:
        st.html(cards.notice("plain", say("manager.choose_storm")))
        return
    ledger.show(board, look.situation, look.history, storm, look.cases)
    entries = ledger.table_of(look.situation.city, look.history, storm, say)
    st.html(head(say("manager.table_ledger"), say("manager.entries", n=len(entries.rows))))
    download((entries,), say("manager.file_ledger", number=storm.number), "ledger", say)


@safe
def _report(board: Board, look: Look, storm: Storm | None) -> None:
    """The storm on one page for the superior office: its figures, and the paper; made when it is asked for."""
    say = board.say
    if storm is None:
        st.html(cards.notice("plain", say("manager.choose_storm")))
        return
    made = report.Report(storm=storm, history=look.history, city=look.situation.city, settings=look.settings,
                         now=look.situation.now, by=board.actor.name)
    name = say("report.file", number=storm.number)
    st.html(head(say("report.title", district=look.situation.city.district.name), say("report.tell")))
    with st.container(horizontal=True, key="take_report"):
        st.download_button(say("report.button_pdf"), lambda: report.as_pdf(made, say), file_name=f"{name}.pdf",
                           mime="application/pdf", key="report_pdf", on_click="ignore", type="primary",
                           icon=":material/print:")
        st.download_button(say("report.button_excel"), lambda: books.as_excel(report.as_tables(made, say), say),
                           file_name=f"{name}.xlsx", mime=books.EXCEL, key="report_excel", on_click="ignore",
                           icon=":material/table_view:")
    shown(report.as_tables(made, say)[0], say)


# --- tables -----------------------------------------------------------------------------------------------------------


def shown(table: tables.Table, say: Speaker) -> None:
    """A table on the page, to be moved sideways where the screen is narrow."""
    heads = "".join(f"<th>{escape(one)}</th>" for one in table.heads)
    rows = "".join("<tr>" + "".join(
        f'<td class="{"xb-number" if isinstance(cell, int | float) else ""}">{escape(tables.told(cell, say))}</td>'
        for cell in row) + "</tr>" for row in table.rows)
    st.html(f'<div class="xb-wide"><table class="xb-table"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>")


def download(whole: tuple[tables.Table, ...], name: str, key: str, say: Speaker) -> None:
    """The tables as one workbook, and the first of them as CSV; made when they are asked for."""
    with st.container(horizontal=True, key=f"take_{key}"):
        st.download_button(say("manager.excel"), lambda: books.as_excel(whole, say), file_name=f"{name}.xlsx",
                           mime=books.EXCEL, key=f"excel_{key}", on_click="ignore", icon=":material/table_view:")
        for number, table in enumerate(whole):
            st.download_button(say("manager.csv", table=table.title), lambda table=table: books.as_csv(table, say),
                               file_name=f"{name}-{number + 1}.csv", mime="text/csv", key=f"csv_{key}_{number}",
                               on_click="ignore", type="tertiary")
