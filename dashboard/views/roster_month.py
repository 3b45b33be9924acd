"""A fair month, made at a button on the page of the rosters: each person's counts, why somebody has
a turn, what is missing and why; a day changed and checked at once; saved as a workbook; and put in
only when somebody says so.
"""

from datetime import date
from functools import partial

import streamlit as st

from dashboard.core.board import Board, forget, named
from dashboard.render import markup
from dashboard.views.desk.dialogs import current
from data.model.city import City, Station
from ops.base.messages import Translator
from ops.district.month_changes import put_in
from ops.district.reading_apart import ApartFailed, run_apart
from ops.district.roster_changes import AWAY, worker_name
from ops.district.rosters import OFF, home_of
from ops.documents.spreadsheets import EXCEL, as_excel
from ops.documents.workload_tables import month_table
from ops.planning.on_duty.fair_month import (
    DRIVING,
    REASON,
    FairMonth,
    explained_month,
    typed_days,
)
from solver.rosters.month import LEADS, PEOPLE
from solver.rosters.month_model import MonthReasons

KEY = "fair_month"
MOST_SHORT = 8


def show(board: Board, city: City, station: Station, days: list[date]) -> None:
    """The button, and what it found; of days to come alone."""
    t = board.t
    own = [one for one in city.people if one.station_id == station.id]
    if not days or not any(home_of(one, city) for one in own):
        return
    with st.expander(t("fair_month.title"), key="fair_month_fold"):
        st.html(markup.faint(t("fair_month.tell")))
        asked = (station.id, days[0])
        if st.button(t("fair_month.make"), key="fair_month_make"):
            _make(board, city, station, days)
        kept = st.session_state.get(KEY)
        if kept and kept[:2] == asked:
            _found(board, city, kept[2], kept[3])


def _make(board: Board, city: City, station: Station, days: list[date]) -> None:
    """Have it made by a process of its own, and keep what it found or tell that it failed."""
    t, (operation, _) = board.t, current(board)
    typed = typed_days(city, board.store.rosters.changes(operation.id))
    st.session_state.pop(KEY, None)
    work = partial(explained_month, city, station.id, days, board.settings.duty, typed)
    try:
        with st.spinner(t("fair_month.making")):
            made, why = run_apart(work)
    except ApartFailed as failure:
        st.html(markup.notice("stop", t(f"fair_month.failed_{failure.code}"), []))
        return
    st.session_state[KEY] = (station.id, days[0], made, _why_short(made, why, t) if why else [])


def _found(board: Board, city: City, month: FairMonth, lines: list[str]) -> None:
    t = board.t
    _told(month, lines, t)
    heads = [t(f"fair_month.head_{name}") for name in ("who", "turns", "nights", "weekends")]
    rows = [
        [
            worker_name(person),
            *(
                _count(getattr(before, name), getattr(stands, name), getattr(now, name), t)
                for name in ("turns", "nights", "weekends")
            ),
        ]
        for person, before, stands, now in month.counts()
    ]
    st.html(markup.table(heads, rows) + markup.faint(t("fair_month.counts")))
    st.html(markup.fold(t("fair_month.changes"), markup.bullets(_changes(month, city, t))))
    _cell(board, city, month, lines)
    _buttons(board, month, city)


def _count(carried: int, before: int, now: int, t: Translator) -> str:
    words = t("fair_month.from_to", before=before, now=now)
    return words + t("fair_month.carried", n=f"{carried:+d}") if carried else words


def _told(month: FairMonth, lines: list[str], t: Translator) -> None:
    """Whether all turns have somebody, what is missing and why, and what a change has broken."""
    short = month.short()
    missing = sum(number for _, _, what, number in short if what in (PEOPLE, DRIVING))
    typed = sum(len(person.fixed) for person in month.problem.people)
    demand, supply = month.problem.demand, month.problem.supply
    told = [t("fair_month.bound", demand=demand, supply=supply, n=len(month.people))]
    lacking: dict[date, list[str]] = {}
    for day, shift, what, number in short:
        lacking.setdefault(day, []).append(_lack(shift.name, what, number, t))
    told += [
        t("fair_month.lacks", day=f"{day:%m-%d}", what=words)
        for day, words in list(lacking.items())[:MOST_SHORT]
    ]
    if len(lacking) > MOST_SHORT:
        told.append(t("fair_month.more_days", n=len(lacking) - MOST_SHORT))
    told += lines if short else []
    told += [t("fair_month.typed", n=typed)] if typed else []
    code = "short" if short else "whole"
    headline = t(f"fair_month.{code}", demand=demand, missing=missing)
    st.html(markup.notice("care" if short else "plain", headline, told))
    names = {one.id: one.name for one in month.people}
    if broken := month.broken():
        said = [
            t("fair_month.broken_one", who=names[who], day=day, rule=t(f"month_rule.{rule}"))
            for rule, who, day in broken
        ]
        st.html(markup.notice("stop", t("fair_month.broken"), said))


def _lack(shift: str, what: str, number: int, t: Translator) -> str:
    if what in (PEOPLE, LEADS, DRIVING):
        return t(f"fair_month.lacks_{what}", shift=shift, n=number)
    return t("fair_month.lacks_skill", shift=shift, n=number, skill=t(f"skill.{what}"))


def _why_short(month: FairMonth, why: MonthReasons, t: Translator) -> list[str]:
    """The fewest reasons why something is missing, and what would mend it."""
    names = {one.id: one.name for one in month.people}
    rules = [t(f"month_rule.{rule}") for rule in why.rules]
    rules += [t("fair_month.too_few")] if why.too_few else []
    lines = [t("fair_month.reasons", rules=rules)] if rules else []
    for who, day, shift in why.leave[:MOST_SHORT]:
        facts = {"who": names[who], "day": month.days[day], "shift": month.shifts[shift].name}
        lines.append(t("fair_month.fix_leave", **facts))
    if why.borrow:
        lines.append(t("fair_month.fix_borrow", n=why.borrow))
    return lines


def _changes(month: FairMonth, city: City, t: Translator) -> list[str]:
    """By person each day that would change, from what to what."""
    names, numbers = dict(city.shift_by_id), {day: n for n, day in enumerate(month.days)}
    found: dict[str, list[str]] = {}
    for entry in month.entries():
        person = city.person_by_id[entry.person_id or ""]
        stands = month.stands.get((person.id, numbers[entry.day]))
        before = month.shifts[stands] if stands else None
        words = [
            one.name if one else t("roster.off") for one in (before, names.get(entry.duty or ""))
        ]
        day = t("fair_month.day", day=f"{entry.day:%m-%d}", before=words[0], now=words[1])
        found.setdefault(worker_name(person), []).append(day)
    sign = "，" if t.language == "zh" else ", "
    return [f"{name}: {sign.join(days)}" for name, days in found.items()]


def _cell(board: Board, city: City, month: FairMonth, lines: list[str]) -> None:
    """Why somebody has what he has on a day, and another duty for it."""
    t, names = board.t, {one.id: one.name for one in month.people}
    duties = {one.id: t("roster.on_shift", shift=one.name) for one in city.shifts}
    duties |= {OFF: t("roster.off")}
    with st.container(horizontal=True, vertical_alignment="bottom", key="month_cell"):
        who = st.selectbox(t("roster.who"), list(names), format_func=named(names), key="month_who")
        day = st.selectbox(
            t("roster.day"), month.days, format_func=lambda one: f"{one:%m-%d}", key="month_day"
        )
        number = month.days.index(day)
        has = month.duty(who, number)
        duty = st.selectbox(
            t("roster.duty"),
            list(duties),
            index=list(duties).index(has or OFF),
            format_func=named(duties),
            key=f"month_duty_{who}_{day}",
        )
        sent = st.button(t("fair_month.change"), key="month_change")
    if has:
        st.html(markup.faint(t.message(month.why(who, day))))
    if sent and duty != (has or OFF):
        after = month.changed(who, day, None if duty in AWAY else duty)
        kept = st.session_state[KEY]
        st.session_state[KEY] = (*kept[:2], after, [] if month.short() != after.short() else lines)
        st.rerun()


def _buttons(board: Board, month: FairMonth, city: City) -> None:
    """Put it in, save it, leave it."""
    t, entries = board.t, month.entries()
    with st.container(horizontal=True):
        if entries and st.button(
            t("fair_month.put_in", n=len(entries)),
            type="primary",
            disabled=bool(month.broken()),
            key="fair_month_put",
        ):
            operation, now = current(board)
            put_in(board.store, operation, board.actor, entries, REASON, now, month.stood())
            st.toast(markup.plain(t("fair_month.done", n=len(entries))), duration="long")
            del st.session_state[KEY]
            forget()
            st.rerun()
        st.download_button(
            t("fair_month.save"),
            lambda: as_excel([month_table(month, city, t)], t),
            file_name=f"{t('fair_month.title')} {month.days[0]:%Y-%m}.xlsx",
            mime=EXCEL,
            key="fair_month_save",
            on_click="ignore",
            icon=":material/table:",
        )
        if st.button(t("fair_month.leave"), key="fair_month_leave"):
            del st.session_state[KEY]
            st.rerun()
