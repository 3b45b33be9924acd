"""The desk's map: what is drawn on it, and its legend."""

from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard.core.board import Board, safe
from dashboard.core.browser import probe_browser
from dashboard.core.render_cache import once, show_map
from dashboard.model.situation import Situation
from dashboard.render import colours, frames, map_marks, maps, markup
from dashboard.views.desk.touch import answer
from data.model.city import SANITATION
from ops.base.messages import Translator
from ops.risk.inlet_state import last_served, overview

WIDTH, HEIGHT = 520, 300


@st.fragment
@safe
def district_map(board: Board) -> None:
    """The district's segments against the onset, by risk, by state or by time since they were
    served, with units and incidents; a click on one opens it.
    """
    t, situation = board.t, board.own_situation
    if situation is None:
        return
    browser = probe_browser(bool(board.settings.map.tiles))
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        key="map_head",
    ):
        st.html(markup.head(t("board.map_title"), t("board.map_tell")), width="content")
        offered = choices(situation)
        by = st.segmented_control(
            t("board.map_by"),
            offered,
            default=offered[0],
            required=True,
            key=f"map_by_{offered[0]}",  # in a storm what is asked first is another thing
            format_func=lambda key: t(f"desk.by_{key}"),
            label_visibility="collapsed",
        )
    if by == "age" and _rain_is_ahead(situation):
        by = "age_in_storm"  # hours count there where else days do
    drawing = map_drawing(board, situation, by)
    touched = show_map(drawing, browser, t, HEIGHT, WIDTH, key="map")
    st.html(map_legend(drawing, by, t))
    st.html(markup.faint(t.message(overview(board.inlets.values(), situation.now))))
    if touched:
        answer(board, touched)


def choices(situation: Situation) -> list[str]:
    """What the map may show: without rain ahead there is no onset to be against."""
    return [by for by in CHOICES if by != "ready" or _rain_is_ahead(situation)]


def _rain_is_ahead(situation: Situation) -> bool:
    return situation.version is not None and situation.version.rain.onset_at is not None


def to_minute(instant: datetime) -> datetime:
    """The minute it is: a chart that is the same for a minute is not drawn at every refresh."""
    return instant.replace(second=0, microsecond=0)


def map_drawing(board: Board, situation: Situation, by: str) -> maps.Drawing:
    """The map as of now: the segments by one of ``PALETTES``, with units and incidents."""
    situation = situation.of(SANITATION)
    t, city = board.t, situation.city
    served = last_served(city, board.inlets) if by.startswith("age") else {}

    def segments() -> pd.DataFrame:
        lines, now = situation.lines, situation.now
        return frames.segment_frame(situation.version, lines, city, now, t, by, served)

    return maps.Drawing(
        outline=city.district.outline,
        segments=once(f"segments {board.site.id} {situation.mark} {by} {t.language}", segments),
        stations=frames.station_frame(city, t),
        palette=PALETTES[by],
        hollow=colours.HOLLOW if by in ("state", "ready") else frozenset(),
        marks=map_marks.mark_frame(
            situation.lines, situation.incidents, city, situation.now, t, situation.closures
        ),
        closed=map_marks.closed_frame(situation.closures, t),
        paint=colours.paint_of(board.theme),
        ground=board.settings.map,
    )


PALETTES = {
    "ready": colours.READY,
    "state": colours.STATE,
    "risk": colours.RISK,
    "age": colours.AGE,
    "age_in_storm": colours.AGE_IN_STORM,
}
CHOICES = ("ready", "state", "risk", "age")


def map_legend(drawing: maps.Drawing, by: str, t: Translator) -> str:
    """The colours that the map shows, and the signs on it."""
    counts = drawing.segments["key"].value_counts()
    signs = [
        f"{map_marks.SIGN[kind]} {t(f'desk.mark_{kind}')}"
        for kind in map_marks.SIGN
        if kind in set(drawing.marks["kind"])
    ]
    entries = [
        (
            markup.swatch(colour, key in drawing.hollow),
            t(frames.MAP_WORDS[by] + key),
            t("board.segments", n=int(counts.get(key, 0))),
        )
        for key, colour in drawing.palette.items()
        if counts.get(key, 0) or (by != "state" and key != "none")
    ]
    if shut := len(drawing.closed):
        told = t("desk.mark_closed"), t("board.segments", n=shut)
        entries.append((markup.swatch(drawing.paint.closed), *told))
    return markup.legend(entries, signs)
