"""The desk's map: what is drawn on it, and its legend."""

from datetime import datetime

from dashboard.core.board import Board
from dashboard.model.situation import Situation
from dashboard.render import colours, frames, map_marks, maps, markup
from ops.base.messages import Translator
from ops.risk.inlet_state import last_served


def to_minute(instant: datetime) -> datetime:
    """The minute it is: a chart that is the same for a minute is not drawn at every refresh."""
    return instant.replace(second=0, microsecond=0)


def map_drawing(board: Board, situation: Situation, by: str, pixels: int) -> maps.Drawing:
    """The map as of now: the segments by risk, state or age, with units and incidents, about so
    many pixels wide.
    """
    t, city = board.t, situation.city
    served = last_served(city, board.inlets) if by == "age" else {}
    return maps.Drawing(
        outline=city.district.outline,
        segments=frames.segment_frame(
            situation.version, situation.lines, city, situation.now, t, by, served
        ),
        roads=frames.road_labels(city, pixels),
        stations=frames.station_frame(city, t),
        palette=PALETTES[by],
        hollow=colours.HOLLOW if by == "state" else frozenset(),
        marks=map_marks.mark_frame(situation.lines, situation.incidents, city, situation.now, t),
        paint=colours.paint_of(board.theme),
        ground=board.settings.map,
    )


PALETTES = {"risk": colours.RISK, "state": colours.STATE, "age": colours.AGE}


def map_legend(drawing: maps.Drawing, by: str, t: Translator) -> str:
    """The colours that the map shows, and the signs on it."""
    counts = drawing.segments["key"].value_counts()
    signs = [
        f"{map_marks.SIGN[kind]} {t(f'desk.mark_{kind}')}"
        for kind in map_marks.SIGN
        if kind in set(drawing.marks["kind"])
    ]
    return markup.legend(
        (
            (
                markup.swatch(colour, key in drawing.hollow),
                t(frames.MAP_WORDS[by] + key),
                t("board.segments", n=int(counts.get(key, 0))),
            )
            for key, colour in drawing.palette.items()
            if counts.get(key, 0) or (by != "state" and key != "none")
        ),
        signs,
    )
