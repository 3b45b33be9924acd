"""The road list on the page of set-up: roads that have no place are clicked on the map, or given by
coordinates; those that have one are moved the same way.
"""

from contextlib import suppress
from itertools import pairwise

import streamlit as st

from dashboard.core.board import Board, forget, safe
from dashboard.core.browser import probe_browser
from dashboard.core.render_cache import NARROW, once, svg_map
from dashboard.core.surface import surface
from dashboard.render import colours, frames, maps, markup
from data.errors import BadSheets
from data.geo import distance_m
from data.model.city import City, Position
from data.model.street.listed_roads import ListedRoad
from data.sheets.foreign.drawn_roads import count_by_name
from ops.auth.permissions import Action
from ops.base.errors import NotAllowed
from ops.district.listed_roads import (
    line_of_text,
    listed_roads,
    lost_roads,
    map_in_force,
    name_of,
    place_by_name,
    place_road,
    streets_in_force,
    without_place,
)

WIDTH, HEIGHT = 900, 460
MOST_STREETS = 30_000  # drawn behind: more is no district's (an assumption)
PAINT = {"other": "#7C93A8", "own": "#C8141A"}
_DRAFT = "road_draft"


@safe
def show(board: Board) -> None:
    """The roads of the list, those without a place first; nothing where no list was taken in."""
    roads = listed_roads(board.store)
    if not roads or board.store.is_empty():
        return
    t, city = board.t, board.store.tables()
    st.html(markup.head(t("listed.title"), t("listed.tell")))
    lost = without_place(roads, city)
    st.html(_notice(board, lost))
    if not board.may(Action.REPLACE_CITY):
        return
    _by_name(board, lost)
    road = _chosen(board, roads, lost)
    if road is not None:
        _place(board, city, road)


def _notice(board: Board, lost: tuple[ListedRoad, ...]) -> markup.Html:
    t = board.t
    if not lost:
        return markup.notice("plain", t("listed.all_placed"))
    return markup.notice("care", t.message(lost_roads(lost)), [t("listed.lost_do")])


def _by_name(board: Board, lost: tuple[ListedRoad, ...]) -> None:
    """The button that places what the street map has by the same name."""
    t, store = board.t, board.store
    loaded = map_in_force(store) if lost else None
    if loaded is None:
        return
    count = once(  # the map is read once, and not at each turn of the page
        f"roads by name {loaded.digest} {lost}",
        lambda: count_by_name(lost, streets_in_force(store)),
    )
    if count and st.button(t("listed.by_name", n=count), key="roads_by_name"):
        found = place_by_name(store, board.actor, board.clock())
        _done(" · ".join((t("listed.by_name_done", n=found.count), *map(t.message, found.told))))


def _chosen(
    board: Board, roads: tuple[ListedRoad, ...], lost: tuple[ListedRoad, ...]
) -> ListedRoad | None:
    t, waits = board.t, {one.id for one in lost}
    order = {one.id: one for one in (*lost, *roads)}  # those without a place first

    def told(name: str) -> str:
        road = order[name]
        state = t("listed.waits" if name in waits else "listed.has_place")
        return markup.plain(t("listed.option", road=name_of(road), n=road.count, state=state))

    chosen = st.selectbox(
        t("listed.choose"), list(order), index=None, format_func=told, key="listed_road"
    )
    return order[chosen] if chosen else None


def _place(board: Board, city: City, road: ListedRoad) -> None:
    """The map to click on, and the same in figures."""
    t = board.t
    streets = _streets(board)
    if streets or city.stations or city.segments or len(city.district.outline) > 2:
        _map(board, road.id)
    else:
        st.html(markup.notice("plain", t("listed.no_ground")))
    with st.expander(t("listed.by_figures"), key="fold_road_figures"):
        written = st.text_input(t("listed.figures"), key=f"road_figures_{road.id}")
        system = st.text_input(t("listed.system"), key="road_system")
        if st.button(t("listed.take_figures"), key="put_road_figures"):
            _put(board, road.id, written=written, system=system.strip())


@st.fragment
@safe
def _map(board: Board, road_id: str) -> None:
    """A click adds a point; only this part is drawn anew by it."""
    t, city = board.t, board.store.tables()
    draft = _draft(road_id)
    drawing = _drawing(board, city, road_id, tuple(draft))
    width = NARROW if probe_browser(False).narrow else WIDTH
    st.html(markup.faint(t("listed.hint")))
    touched = surface(svg_map(drawing, width, HEIGHT, zoom=True), t, "road_map")
    if touched is not None and touched.kind == "point":
        lon, lat = drawing.view(width, HEIGHT).position(touched.x, touched.y)
        draft.append((round(lon, 7), round(lat, 7)))
        _again()
    metres = round(sum(distance_m(a, b) for a, b in pairwise(draft)))
    st.html(markup.faint(t("listed.points", n=len(draft), m=metres)))
    with st.container(horizontal=True, key="road_buttons"):
        undo, clear = t("listed.undo"), t("listed.clear")
        st.button(undo, key="road_undo", disabled=not draft, on_click=draft.__delitem__, args=(-1,))
        st.button(clear, key="road_clear", disabled=not draft, on_click=draft.clear)
        if st.button(t("listed.put"), key="road_put", type="primary", disabled=len(draft) < 2):
            _put(board, road_id, tuple(draft))


def _again() -> None:
    """Draw this part anew; the whole page where all of it is being drawn."""
    with suppress(st.errors.StreamlitAPIException):
        st.rerun(scope="fragment")
    st.rerun()


def _draft(road_id: str) -> list[Position]:
    """The points that were clicked for a road; another road begins anew."""
    held = st.session_state.get(_DRAFT)
    if held is None or held[0] != road_id:
        held = st.session_state[_DRAFT] = (road_id, [])
    return held[1]


def _drawing(board: Board, city: City, road_id: str, draft: tuple[Position, ...]) -> maps.Drawing:
    """The streets and segments there are, the road's own in red, and what was clicked."""
    segments = frames.segment_frame(None, (), city, board.clock(), board.t, "state")
    own = next(one for one in listed_roads(board.store) if one.id == road_id)
    is_own = segments["segment_id"].map(own.is_drawn)
    segments["key"] = ["own" if one else "other" for one in is_own]
    return maps.Drawing(
        outline=city.district.outline,
        segments=segments,
        stations=frames.station_frame(city, board.t),
        palette=PAINT,
        paint=colours.paint_of(board.theme),
        backdrop=_streets(board),
        draft=draft,
    )


def _streets(board: Board) -> tuple[tuple[Position, ...], ...]:
    """The lines of the street map in force, read once."""
    loaded = map_in_force(board.store)
    if loaded is None:
        return ()
    return once(
        f"streets {loaded.digest}",
        lambda: tuple(one.line for one in streets_in_force(board.store)[:MOST_STREETS]),
    )


def _put(
    board: Board,
    road_id: str,
    line: tuple[Position, ...] = (),
    written: str = "",
    system: str = "",
) -> None:
    t, store = board.t, board.store
    try:
        line = line or line_of_text(written, system)
        city = place_road(store, board.actor, road_id, line, board.clock())
    except NotAllowed as refused:
        st.warning(markup.plain(t(refused.code, **refused.facts)))
        return
    except BadSheets as error:
        st.warning(markup.plain(t.message(error.errors[0].message)))
        return
    road = next(one for one in listed_roads(store) if one.id == road_id)
    drawn = sum(road.is_drawn(one.id) for one in city.segments)
    st.session_state.pop(_DRAFT, None)
    _done(t("listed.placed", road=name_of(road), n=road.count, segments=drawn))


def _done(words: str) -> None:
    """Pages let go of the tables before."""
    st.cache_resource.clear()
    forget()
    st.toast(markup.plain(words), duration="long")
    st.rerun()
