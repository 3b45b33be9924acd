"""The rosters (排班): a month by crew, driver and person, and a day changed: another shift, off,
leave, absent, a swap. Made to be used on a phone too.
"""

from datetime import date, datetime, timedelta

import streamlit as st

from dashboard.core.board import Board, forget, named, safe
from dashboard.core.dialog import current
from dashboard.render import markup, status
from dashboard.render.roster_grid import grid, month_days
from dashboard.views import roster_month
from data.model.city import City, Station, Worker, worker_key
from data.model.roster import WorkerKey
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.district.roster_changes import (
    LONGEST_REASON,
    DayChange,
    change_day,
    duty_name,
    station_of,
    worker_name,
)
from ops.district.rosters import turn_at
from ops.planning.in_force.plan_diff import team_message
from ops.planning.on_duty.fair_month import REASON
from ops.planning.on_duty.roster_rules import roster_faults

SWAP, AS_TABLES = "swap", "tables"
MOST_FAULTS, MOST_CHANGES = 12, 10


@safe
def show(board: Board) -> None:
    """The whole page, of one station."""
    t, situation = board.t, board.situation
    if board.city is None or situation is None:
        title = "board.no_city" if board.city is None else "board.no_operation"
        st.html(markup.notice("care", t(title), alone=True))
        return
    st.html(status.operation_strip(situation, t))
    city = situation.city
    today = situation.now.astimezone(t.zone).date()
    with st.container(horizontal=True, vertical_alignment="bottom", key="roster_head"):
        station = _station(board, city)
        first = _month(today, t)
    if station is None:
        st.html(markup.notice("care", t("station.none"), alone=True))
        return
    own = board.store.tables().worker_by_key  # whoever visits has the hours of his loan alone
    workers = [
        one
        for key, one in city.worker_by_key.items()
        if key in own and station_of(one, city) == station.id
    ]
    if board.may(Action.CHANGE_ROSTER, station.id):
        _form(board, city, workers, situation.now)
    _teams(board, city, station, today)
    _table(board, city, workers, first, today)
    if board.may(Action.CHANGE_ROSTER, station.id):
        ahead = [day for day in month_days(first) if day > today]
        roster_month.show(board, city, station, ahead)
    _latest(board, city, workers)


def _teams(board: Board, city: City, station: Station, today: date) -> None:
    """Who goes with whom today, why, and what can't be manned: as the plan in force has it."""
    t, situation = board.t, board.situation
    version = situation.version if situation else None
    own = [
        one
        for one in (version.teams if version else ())
        if one.station_id == station.id and one.day == today and (one.teams or one.gaps)
    ]
    if not own:
        return
    st.html(markup.head(t("team.title")))
    if gaps := [t.message(gap) for one in own for gap in one.gaps]:
        st.html(markup.notice("stop", t("team.gaps", n=len(gaps)), gaps))
    lines = [t.message(team_message(team, one, city)) for one in own for team in one.teams]
    told = [t.message(message) for one in own for message in one.told]
    st.html(
        markup.bullets(lines) + (markup.fold(t("team.why"), markup.bullets(told)) if told else "")
    )


def _station(board: Board, city: City) -> Station | None:
    """The viewer's own, or one of all."""
    names = {one.id: one.name for one in city.stations if board.may(Action.SEE_STATION, one.id)}
    if not names:
        return None
    chosen = st.selectbox(
        board.t("board.station"), list(names), format_func=named(names), key="roster_station"
    )
    return city.station_by_id[chosen]


def _month(today: date, t: Translator) -> date:
    """The first day of the month shown: the last, this one or one of the next two."""
    this = today.replace(day=1)
    months = [(this - timedelta(days=1)).replace(day=1), this]
    for _ in range(2):
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    return st.selectbox(
        t("roster.month"),
        months,
        index=1,
        format_func=lambda month: f"{month:%Y-%m}",
        key="roster_month",
    )


def _form(board: Board, city: City, workers: list[Worker], now: datetime) -> None:
    """Who, which day, what: a day changed; of who works over midnight that on which he began."""
    today = now.astimezone(board.t.zone).date()
    t = board.t
    names = {worker_key(one): worker_name(one) for one in workers}
    duties = {one: t(f"roster.{one}") for one in ("absent", "leave", "off")}
    duties |= {one.id: t("roster.on_shift", shift=one.name) for one in city.shifts}
    duties |= {SWAP: t("roster.swap"), AS_TABLES: t("roster.as_tables")}
    with st.container(horizontal=True, vertical_alignment="bottom", key="roster_form"):
        who: WorkerKey | None = st.selectbox(
            t("roster.who"), list(names), format_func=lambda key: names[key], key="roster_who"
        )
        turn = turn_at(city.worker_by_key[who], now, city) if who else None
        first = min(turn.day, today) if turn else today
        day = st.date_input(t("roster.day"), value=first, key=f"roster_day_{first}")
        duty = st.selectbox(
            t("roster.duty"), list(duties), format_func=named(duties), key="roster_duty"
        )
        other = None
        if duty == SWAP and who:
            same = [key for key in names if key[0] == who[0] and key != who]
            other = st.selectbox(
                t("roster.with"), same, format_func=lambda key: names[key], key="roster_with"
            )
        reason = st.text_input(t("roster.reason"), max_chars=LONGEST_REASON, key="roster_reason")
        sent = st.button(t("roster.save"), type="primary", key="roster_save")
    if who and turn and turn.day < today:
        of_turn = t("roster.over_midnight", who=names[who], shift=turn.shift.name, day=turn.day)
        st.html(markup.faint(of_turn))
    if sent and who and isinstance(day, date):
        _save(board, who, day, duty, other, reason)


def _save(
    board: Board, who: WorkerKey, day: date, duty: str, other: WorkerKey | None, reason: str
) -> None:
    t = board.t
    if duty == SWAP and other is None:
        st.html(markup.notice("care", t("roster.nobody_to_swap")))
        return
    operation, now = current(board)
    wanted = DayChange(
        worker=who,
        day=day,
        duty=None if duty in (SWAP, AS_TABLES) else duty,
        swap_with=other[1] if duty == SWAP and other else None,
        reason=reason,
    )
    changed = change_day(board.store, operation, board.actor, wanted, now)
    st.toast(t("roster.saved" if changed else "roster.same"), duration="long")
    forget()
    st.rerun()


def _table(board: Board, city: City, workers: list[Worker], first: date, today: date) -> None:
    """The month, and what in it may not be."""
    t, days = board.t, month_days(first)
    faults = roster_faults(workers, days, city, board.settings.duty)
    marked = {(fault.worker, fault.day) for fault in faults}
    st.html(grid(workers, days, city, marked, today, t))
    st.html(markup.faint(t("roster.legend", shifts=[one.name for one in city.shifts])))
    if faults:
        lines = [t.message(fault.told) for fault in faults[:MOST_FAULTS]]
        if len(faults) > MOST_FAULTS:
            lines.append(t("needs.more", n=len(faults) - MOST_FAULTS))
        st.html(markup.notice("care", t("roster.faults", n=len(faults)), lines))


def _latest(board: Board, city: City, workers: list[Worker]) -> None:
    """Who changed what, the latest first."""
    t, (operation, _) = board.t, current(board)
    own = {worker_key(one): worker_name(one) for one in workers}
    changes = [one for one in board.store.rosters.changes(operation.id) if one.entry.worker in own]
    if not changes:
        return
    lines = [
        t(
            "roster.changed",
            who=own[one.entry.worker],
            day=one.day,
            duty=duty_name(one, city),
            by=one.by,
            at=one.at,
            reason=t("fair_month.title") if one.reason == REASON else one.reason or "—",
        )
        for one in changes[: -MOST_CHANGES - 1 : -1]
    ]
    st.html(markup.head(t("roster.latest")) + markup.bullets(lines))
