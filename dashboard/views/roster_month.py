"""A fair month, made at a button on the page of the rosters: each person's counts, why somebody has
a turn, what is missing and why; a day changed and checked at once; saved as a workbook; kept
for who comes back, and put in only when somebody says so.
"""

from datetime import date

import streamlit as st

from dashboard.core.board import Board, forget, named
from dashboard.core.dialog import current
from dashboard.render import markup
from data.model.city import City, Station
from ops.base.messages import Translator
from ops.district.reading_apart import ApartFailed
from ops.district.roster_changes import AWAY, worker_name
from ops.district.rosters import OFF, home_of
from ops.documents.spreadsheets import EXCEL, as_excel
from ops.documents.workload_tables import month_table
from ops.planning.on_duty.fair_month import DRIVING, FairMonth, headline
from ops.replanning.month_proposals import Proposed, change_day, leave, propose, proposed, take_in
from solver.rosters.month import LEADS, PEOPLE

MOST_SHORT = 8


def show(board: Board, city: City, station: Station, days: list[date]) -> None:
    """The button, and what is proposed; of days to come alone."""
    t = board.t
    own = [one for one in city.people if one.station_id == station.id]
    if not days or not any(home_of(one, city) for one in own):
        return
    with st.expander(t("fair_month.title"), key="fair_month_fold"):
        st.html(markup.faint(t("fair_month.tell")))
        if st.button(t("fair_month.make"), key="fair_month_make"):
            _make(board, station, days)
        operation, now = current(board)
        today, month = now.astimezone(t.zone).date(), days[0].replace(day=1)
        found = proposed(board.store, operation, station.id, month, board.settings.duty, today)
        if found:
            _found(board, city, found)


def _make(board: Board, station: Station, days: list[date]) -> None:
    """Have it made by a process of its own, and keep what it found or tell that it failed."""
    t, (operation, now) = board.t, current(board)
    try:
        with st.spinner(t("fair_month.making")):
            propose(board.store, operation, board.actor, station.id, days, board.settings.duty, now)
    except ApartFailed as failure:
        st.html(markup.notice("stop", t(f"fair_month.failed_{failure.code}"), []))


def _found(board: Board, city: City, found: Proposed) -> None:
    t, month = board.t, found.month
    st.html(markup.faint(t("fair_month.made_by", by=found.by, at=found.at)))
    if found.is_stale:
        st.html(markup.notice("care", t("fair_month.stale"), []))
    _told(month, [t.message(one) for one in found.why], t)
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
    _cell(board, city, found)
    _buttons(board, found, city)


def _count(carried: int, before: int, now: int, t: Translator) -> str:
    words = t("fair_month.from_to", before=before, now=now)
    return words + t("fair_month.carried", n=f"{carried:+d}") if carried else words


def _told(month: FairMonth, lines: list[str], t: Translator) -> None:
    """Whether all turns have somebody, what is missing and why, and what a change has broken."""
    short = month.short()
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
    st.html(markup.notice("care" if short else "plain", t.message(headline(month)), told))
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


def _cell(board: Board, city: City, found: Proposed) -> None:
    """Why somebody has what he has on a day, and another duty for it."""
    t, month = board.t, found.month
    names = {one.id: one.name for one in month.people}
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
        operation, now = current(board)
        to = None if duty in AWAY else duty
        change_day(board.store, operation, board.actor, found, who, day, to, now)
        st.rerun()


def _buttons(board: Board, found: Proposed, city: City) -> None:
    """Put it in, save it, leave it."""
    t, month, (operation, now) = board.t, found.month, current(board)
    entries = month.entries()
    with st.container(horizontal=True):
        if entries and st.button(
            t("fair_month.put_in", n=len(entries)),
            type="primary",
            disabled=found.is_stale or bool(month.broken()),
            key="fair_month_put",
        ):
            take_in(board.store, operation, board.actor, found, now)
            st.toast(markup.plain(t("fair_month.done", n=len(entries))), duration="long")
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
            leave(board.store, operation, board.actor, found, now)
            st.rerun()
