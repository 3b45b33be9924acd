"""A station's link, or one of its crews', to be copied or scanned."""

from io import BytesIO
from urllib.parse import urlsplit

import segno
import streamlit as st

from dashboard.core.board import Board, named
from dashboard.render import markup
from data.model.city import City, Station
from ops.auth.permissions import Action, require
from ops.notifications.signed_links import Links

LOOPBACK = ("127.0.0.1", "localhost", "::1", "")


def steps(board: Board, station_id: str) -> None:
    """Whose link, its QR code, and the address with a button to copy it."""
    t, city, situation = board.t, board.city, board.situation
    require(board.actor, Action.REPORT_WORK, station_id)
    if city is None or situation is None or situation.version is None:
        st.html(markup.notice("plain", t("board.plan_none")))
        return
    station = city.station_by_id[station_id]
    whose = _choices(station, city) | {"": t("link_box.station", station=station.name)}
    chosen = st.selectbox(
        t("link_box.whose"),
        ["", *(key for key in whose if key)],
        format_func=named(whose),
        key="link_whose",
    )
    token = Links(board.store, board.settings.notify, board.clock).token(
        situation.operation.id, situation.version.number, station.id, chosen or None
    )
    base = base_address(board)
    address = f"{base}/s/{token}"
    shown(address)
    st.html(markup.faint(t("link_box.crew_tell" if chosen else "link_box.tell")))
    only_here(board, base)


def shown(address: str) -> None:
    """An address to be scanned or copied."""
    image = BytesIO()
    segno.make_qr(address, error="m").save(image, kind="png", scale=5, border=3)
    st.image(image.getvalue(), width=260)
    st.code(address, language=None, wrap_lines=True)


def only_here(board: Board, base: str) -> None:
    """Say it where no phone reaches this address."""
    if (urlsplit(base).hostname or "") in LOOPBACK:
        told, what = board.t("link_box.only_here"), board.t("link_box.only_here_do")
        st.html(markup.notice("care", told, [what]))


def _choices(station: Station, city: City) -> dict[str, str]:
    return {crew.id: crew.name for crew in city.crews if crew.station_id == station.id}


def base_address(board: Board) -> str:
    """Where phones reach the board: as the settings say, else where this page was reached."""
    if known := board.settings.notify.base_url.rstrip("/"):
        return known
    found = urlsplit(st.context.url or "")
    return f"{found.scheme}://{found.netloc}" if found.netloc else ""
