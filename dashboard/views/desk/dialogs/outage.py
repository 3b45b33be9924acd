"""Take a crew or a machine out of action, or bring it back."""

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.core.dialog import current, finish, follow
from dashboard.render import markup
from data.model.city import City
from data.model.field import Outage
from data.model.ids import Cause, CauseKind
from ops.auth.permissions import Action
from ops.documents import labels
from ops.field.outages import bring_back, call_on_duty, on_duty_cause, take_out
from ops.planning.on_duty.refusals import OffDuty


def steps(board: Board) -> None:
    """Which one and why; below it those that are out, each to be brought back."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    names, out = (
        _names(board, situation.city),
        {outage.resource_id: outage for outage in situation.outages},
    )
    with st.form("unit_form", border=False):
        unit = st.selectbox(
            t("desk.unit"),
            [unit for unit in names if unit not in out],
            index=None,
            format_func=named(names),
            placeholder=t("desk.unit_find"),
            key="unit_choice",
        )
        why = st.text_input(t("desk.unit_why"), max_chars=200, key="unit_why")
        if st.form_submit_button(t("desk.unit_out"), type="primary"):
            _take_out(board, unit, names, why.strip())
    for off in situation.off_duty:
        _station_row(board, off, situation.city)
    if out:
        st.html(markup.head(t("desk.units_out", n=len(out))))
    for outage in out.values():
        _outage_row(board, outage, names)


def _station_row(board: Board, off: OffDuty, city: City) -> None:
    """A station that refuses all, with the desk's word against it where the actor may say it."""
    t, name = board.t, city.station_by_id[off.station_id].name
    with st.container(horizontal=True, vertical_alignment="center", key=f"off_{off.station_id}"):
        st.html(markup.tag("p", t("off_duty.head", station=name)))
        if board.may(Action.SET_OUTAGE, off.station_id) and st.button(
            t("off_duty.on_duty", station=name), key=f"on_duty_{off.station_id}"
        ):
            operation, now = current(board)
            call_on_duty(board.store, operation, board.actor, off.station_id, off.since, now)
            follow(operation, on_duty_cause(off.station_id, off.since))
            finish(t("off_duty.said", station=name))


def _outage_row(board: Board, outage: Outage, names: dict[str, str]) -> None:
    """What is out, since when and why, with its way back where the actor may."""
    t, unit = board.t, outage.resource_id
    with st.container(horizontal=True, vertical_alignment="center", key=f"unit_{unit}"):
        text = t(
            "desk.unit_line",
            unit=names.get(unit, unit),
            by=outage.by,
            at=outage.from_at,
            why=outage.reason or t("board.unsaid"),
        )
        st.html(markup.tag("p", text))
        if unit in names and st.button(t("desk.unit_back"), key=f"unit_back_{unit}"):
            _bring_back(board, unit, names)


def _names(board: Board, city: City) -> dict[str, str]:
    """Those that the actor may take out, by id, each with its station."""
    stations = {station.id: labels.short_station(station) for station in city.stations}
    units = {crew.id: (crew.station_id, crew.name) for crew in city.crews}
    units |= {
        machine.id: (
            machine.station_id,
            f"{labels.machine_name(board.t, machine.kind)} {machine.plate}",
        )
        for machine in city.machines
    }
    units |= {site.id: (site.station_id, site.name) for site in city.dump_sites}
    return {
        unit: name if (short := stations.get(home, home)) in name else f"{short} · {name}"
        for unit, (home, name) in units.items()
        if board.may(Action.SET_OUTAGE, home)
    }


def _take_out(board: Board, unit: str | None, names: dict[str, str], why: str) -> None:
    if unit is None:
        st.warning(board.t("desk.unit_first"))
        return
    operation, now = current(board)
    outage, _ = take_out(board.store, operation, board.actor, unit, why, now)
    follow(operation, str(Cause.of(CauseKind.OUTAGE, outage.id)))
    finish(board.t("unit.out", unit=names[unit]))


def _bring_back(board: Board, unit: str, names: dict[str, str]) -> None:
    operation, now = current(board)
    ends = [
        outage.id
        for outage in board.store.desk.outages(operation.id)
        if outage.resource_id == unit and outage.ended_by is None
    ]
    bring_back(board.store, operation, board.actor, unit, now)
    follow(operation, str(Cause.of(CauseKind.BACK, ends[-1])))
    finish(board.t("unit.back", unit=names[unit]))
