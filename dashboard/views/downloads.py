"""The buttons that hand out paper."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.model.situation import Situation
from ops.documents.duty_sheet_pdf import duty_sheets
from ops.documents.duty_sheet_xlsx import duty_book
from ops.documents.sources import addresses_of, alerts_of, order_of
from ops.documents.spreadsheets import EXCEL


def paper_buttons(board: Board, situation: Situation, station_id: str | None) -> None:
    """Buttons that give the duty sheets as PDF and as Excel: of one station, or of all. Each is
    made when asked for.
    """
    t, version = board.t, situation.version
    if version is None:
        return
    station = situation.city.station_by_id.get(station_id or "")
    whose = station.name if station else t("board.all_stations")
    name, key = t("board.paper_file", station=whose, number=version.number), station_id or "all"

    def pdf() -> bytes:
        return duty_sheets(
            version,
            situation.city,
            alerts_of(board.store, version),
            t,
            station_id,
            order_of(board.store, version),
            addresses_of(board.store, version, board.settings, board.actor),
            situation.needs,
        )

    def workbook() -> bytes:
        alerts, order = alerts_of(board.store, version), order_of(board.store, version)
        return duty_book(version, situation.city, alerts, t, station_id, order, situation.needs)

    st.download_button(
        t("board.paper_one" if station else "board.paper_all"),
        pdf,
        file_name=f"{name}.pdf",
        mime="application/pdf",
        key=f"paper_{key}",
        on_click="ignore",
        icon=":material/print:",
    )
    st.download_button(
        t("board.paper_book"),
        workbook,
        file_name=f"{name}.xlsx",
        mime=EXCEL,
        key=f"book_{key}",
        on_click="ignore",
        icon=":material/table:",
    )
