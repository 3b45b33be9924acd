"""The street map on the page of set-up: what is in force, and a street file taken in."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from dashboard.core.board import Board, safe
from dashboard.render import markup
from dashboard.views.setup_files import digest
from data.errors import BadSheets
from data.model.city import City
from data.model.message import Message
from data.model.street.streets import LoadedStreets, StreetMap
from data.store.store import Store
from data.streets.reading import streets_of_files
from ops.auth.permissions import Action
from ops.district.reading_apart import read_apart
from ops.intake.streets import KEPT, load_streets, network_in_force, what_the_map_holds
from ops.ways.speeds import WaySettings

MOST_TOLD = 8  # places on no street; the rest is counted
_HELD = "street_file_held"


@st.cache_resource(show_spinner=False, max_entries=KEPT, hash_funcs={City: id})
def _told(
    _store: Store, city: City | None, loaded: LoadedStreets | None, ways: WaySettings
) -> tuple[City | None, tuple[Message, ...]]:
    """What the map ``loaded`` holds, found once and not at each turn of the page; with the tables,
    lest others get their number meanwhile.
    """
    return city, tuple(what_the_map_holds(network_in_force(_store), ways, city))


@safe
def show(board: Board) -> None:
    """What the map in force holds, and the file that takes its place."""
    t = board.t
    st.html(markup.head(t("street_map.title"), t("street_map.tell")))
    _, found = _told(board.store, board.city, board.store.streets.latest(), board.settings.ways)
    told = list(map(t.message, found))
    if len(told) > MOST_TOLD:
        told = [*told[:MOST_TOLD], t("setup.and_more", n=len(told) - MOST_TOLD)]
    st.html(markup.notice("plain", told[0], told[1:]))
    if not board.may(Action.REPLACE_CITY):
        return
    given = st.file_uploader(
        t("street_map.upload"),
        key=f"street_file_{st.session_state.get('streets_taken', 0)}",  # a new one once it is taken
        help=t("street_map.upload_help"),
    )
    if given is not None:
        offer(board, {given.name: given.getvalue()})


def offer(board: Board, files: Mapping[str, bytes]) -> None:
    """What the file holds, and the button that puts it in force."""
    t = board.t
    system = st.text_input(
        t("files.system"), key="street_system", help=t("street_map.system_help")
    ).strip()
    try:
        streets = _read(files, system)
    except BadSheets as error:
        said = [t.message(one.message) for one in error.errors]
        st.html(markup.notice("stop", t("files.cannot"), said))
        return
    names = {street.name for street in streets.streets if street.name}
    facts = {"path": streets.source, "n": len(streets.streets), "names": len(names)}
    st.html(markup.notice("plain", t("street_map.readable", **facts)))
    if st.button(t("street_map.take"), type="primary", key="take_streets", icon=":material/check:"):
        loaded, new = load_streets(board.store, board.actor, streets, board.clock())
        st.session_state.pop(_HELD, None)
        st.session_state["streets_taken"] = st.session_state.get("streets_taken", 0) + 1
        code = "street_map.loaded" if new else "street_map.same"
        words = t(code, path=loaded.source, n=loaded.streets)
        st.toast(markup.plain(words), duration="long")
        st.rerun()


def _read(files: Mapping[str, bytes], system: str) -> StreetMap:
    """The file's streets; read once, however often the page is drawn."""
    own = digest(files), system
    held = st.session_state.get(_HELD)
    if held is None or held[0] != own:
        read = partial(streets_of_files, system=system or None)
        held = st.session_state[_HELD] = (own, read_apart(read, files))
    return held[1]
