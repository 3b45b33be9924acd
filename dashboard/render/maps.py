"""The map of the district, drawn from its own data: no request to anyone, unless a bureau names a
tile server. Pure.

Two drawings of the same frames: ``flat_map``, an SVG, for every browser and for the wall; and
``deck_map`` where there are tiles under it, which WebGL alone can draw. Both lay their words out
alike, so that none covers another, and draw roads with no more points than can be seen.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import pandas as pd
import pydeck as pdk

from dashboard.render import colours
from dashboard.render.charts import FONT
from dashboard.render.colours import DAY_PAINT, Paint
from dashboard.render.map_places import (
    Box,
    Placed,
    View,
    Word,
    placed,
    simplified,
    view_of,
)
from dashboard.render.markup import Html, tag
from data.geo import from_wgs84
from data.model.city import Position
from ops.settings import MapSettings

CLOSED_COLUMNS = ["path", "slow", "detail", "id"]
DASHES = {False: "7 5", True: "1 6"}
"""How a street that is closed, or slow, is drawn over its road: its state stays seen between."""
MARK_COLUMNS = ["kind", "sign", "text", "lon", "lat", "detail", "act", "id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What a map shows.

    Attributes
    ----------
    outline
        The district's edge; may be empty.
    segments, stations, marks, closed
        Frames: see ``frames.segment_frame``, ``station_frame``, ``map_marks.mark_frame`` and
        ``map_marks.closed_frame``.
    palette
        The colour of each key of the segments.
    hollow
        The keys of what is only planned: its road is drawn hollow.
    backdrop
        Streets that are none of the district's segments, drawn thin to find one's way by.
    draft
        What is being drawn by clicks: its points in order; ``None``: nothing can be.
    """

    outline: tuple[Position, ...]
    segments: pd.DataFrame
    stations: pd.DataFrame
    palette: dict[str, str]
    hollow: frozenset[str] = frozenset()
    marks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MARK_COLUMNS))
    closed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CLOSED_COLUMNS))
    paint: Paint = DAY_PAINT
    ground: MapSettings = MapSettings()
    backdrop: tuple[tuple[Position, ...], ...] = ()
    draft: tuple[Position, ...] | None = None

    def at(self, position: Position) -> list[float]:
        """A position as the ground under the map has it: a Chinese provider's tiles are shifted."""
        return list(from_wgs84((position[0], position[1]), self.ground.system))

    def view(self, width: float, height: float) -> View:
        """What shows all the roads and stations; the outline where there are none, and where
        somebody draws, who may go as far.
        """
        points = [position for path in self.segments["path"] for position in path]
        points += zip(self.stations["lon"], self.stations["lat"], strict=True)
        points += [position for path in self.backdrop for position in path]
        if self.draft is not None:
            points += self.outline
        return view_of(points or self.outline, width, height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A word on the map, with the sign that it belongs to.

    Attributes
    ----------
    kind
        ``station``, ``incident``, ``closed``, ``unit`` or ``road``.
    position, at
        Where the sign stands: in the world, and in pixels.
    offset
        Where the middle of the word stands from there, in pixels; ``None``: it found no room.
    act, id
        What a click on it means.
    """

    kind: str
    sign: str
    text: str
    position: Position
    at: tuple[float, float]
    offset: tuple[float, float] | None
    detail: str
    act: str = ""
    id: str = ""


def signs_of(drawing: Drawing, view: View, scale: float = 1.0) -> list[Sign]:
    """All words of the map with their places: stations first, then incidents, units, roads."""
    points = [*_stations(drawing, view), *_marks(drawing, view, scale)]
    size, edges = 12 * scale, (0.0, 0.0, view.width, view.height)
    taken = [_around(one.at, scale) for one in points]
    words = [
        Word(
            text=one.text,
            at=(one.at,),
            size=size,
            gap=9 * scale,
            must=one.kind in ("station", "incident"),
        )
        for one in points
    ]
    roads = list(_road_words(drawing, view, size))
    found = placed([*words, *(word for word, _ in roads)], taken, edges)
    signs = [_with_place(one, place) for one, place in zip(points, found, strict=False)]
    for (word, positions), place in zip(roads, found[len(points) :], strict=True):
        if place:
            position = positions[word.at.index(place.at)]
            signs.append(_sign("road", "", word.text, position, place.at, (0.0, 0.0)))
    return signs


def _sign(
    kind: str,
    sign: str,
    text: str,
    position: Position,
    at: tuple[float, float],
    offset: tuple[float, float] | None,
    detail: str = "",
) -> Sign:
    return Sign(
        kind=kind, sign=sign, text=text, position=position, at=at, offset=offset, detail=detail
    )


def _with_place(one: Sign, place: Placed | None) -> Sign:
    if place is None:
        return one
    return replace(one, offset=(place.x - one.at[0], place.y - one.at[1]))


def _around(at: tuple[float, float], scale: float) -> Box:
    half = 7 * scale
    return at[0] - half, at[1] - half, at[0] + half, at[1] + half


def _stations(drawing: Drawing, view: View) -> Iterator[Sign]:
    for row in drawing.stations.itertuples():
        position = (row.lon, row.lat)
        yield _sign("station", "", row.text, position, view.at(position), None, row.detail)


def _marks(drawing: Drawing, view: View, scale: float) -> Iterator[Sign]:
    """Units and incidents, each sign where it covers no other's."""
    taken = [_around(one.at, scale) for one in _stations(drawing, view)]
    order = drawing.marks.assign(late=drawing.marks["kind"].ne("incident")).sort_values(
        "late", kind="stable"
    )
    step = 15 * scale
    for row in order.itertuples():
        x, y = view.at((row.lon, row.lat))
        near = tuple(
            (x + step * right, y + step * down)
            for right, down in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (2, 0))
        )
        word = Word(text=row.sign, at=near, size=13 * scale, gap=0, must=True)
        (place,) = placed([word], taken)
        assert place is not None  # it must stand somewhere
        at = place.at if (place.x, place.y) == place.at else (x, y)
        taken.append(_around(at, scale))
        yield Sign(
            kind=row.kind if row.kind in ("incident", "closed") else "unit",
            sign=row.sign,
            text=row.text,
            position=(row.lon, row.lat),
            at=at,
            offset=None,
            detail=row.detail,
            act=row.act,
            id=row.id,
        )


def _road_words(drawing: Drawing, view: View, size: float) -> Iterator[tuple[Word, list[Position]]]:
    """Each road's name, at the middle of one of its segments, the central ones first."""
    roads: dict[str, list[Position]] = {}
    for row in drawing.segments.itertuples():
        middle = row.path[len(row.path) // 2]
        roads.setdefault(row.road, []).append((middle[0], middle[1]))
    for road, middles in sorted(roads.items(), key=lambda item: -len(item[1])):
        half = len(middles) // 2
        best = [middles[n] for n in sorted(range(len(middles)), key=lambda n: abs(n - half))]
        points = list(dict.fromkeys(best))
        at = {view.at(point): point for point in points}
        yield Word(text=road, at=tuple(at), size=size, gap=0), list(at.values())


def deck_map(drawing: Drawing, height: int = 440, width: int = 780) -> pdk.Deck:
    """The map over tiles, to be moved and zoomed; at first all roads lie within ``width`` x
    ``height``.
    """
    paint, view = drawing.paint, drawing.view(width, height)
    signs = signs_of(drawing, view)
    centre = drawing.at((view.lon, view.lat))
    layers = [
        *_outline(drawing),
        _roads(drawing, view),
        *_hollows(drawing, view),
        *_closed(drawing, view),
        _dots(drawing),
        _labels("road", signs, 12, paint.ink, drawing),
        _labels("unit", signs, 11, paint.unit, drawing),
        _labels("closed", signs, 11, paint.closed, drawing),
        _labels("station", signs, 13, paint.station, drawing),
        _labels("incident", signs, 14, paint.incident, drawing),
    ]
    return pdk.Deck(
        layers=layers,
        initial_view_state=pdk.ViewState(
            longitude=centre[0],
            latitude=centre[1],
            zoom=view.zoom,
            min_zoom=8,
            max_zoom=18,
        ),
        map_provider="mapbox",
        map_style=ground_style(drawing.ground, paint),
        tooltip={"text": "{detail}"},
        views=[pdk.View("MapView", controller=True, repeat=False)],
    )


def ground_style(ground: MapSettings, paint: Paint = DAY_PAINT) -> str:
    """What lies under the roads, given in the address itself: one colour asks nobody; pydeck's
    default would ask a public tile server. Tiles only where the settings name them.
    """
    colour = {"id": "ground", "type": "background", "paint": {"background-color": paint.map_ground}}
    style: dict = {"version": 8, "sources": {}, "layers": [colour]}
    if ground.tiles:
        style["sources"] = {
            "tiles": {
                "type": "raster",
                "tiles": [ground.tiles],
                "tileSize": 256,
                "attribution": ground.attribution,
            }
        }
        style["layers"].append({"id": "tiles", "type": "raster", "source": "tiles"})
    return "data:application/json," + quote(json.dumps(style))


def _outline(drawing: Drawing) -> list[pdk.Layer]:
    if len(drawing.outline) < 3:
        return []
    ring = [drawing.at(position) for position in drawing.outline]
    return [
        pdk.Layer(
            "PolygonLayer",
            id="outline",
            data=[{"ring": ring}],
            get_polygon="ring",
            get_fill_color=colours.rgb(drawing.paint.land),
            get_line_color=colours.rgb(drawing.paint.edge),
            line_width_min_pixels=1.5,
            stroked=True,
            filled=not drawing.ground.tiles,
            pickable=False,
        )
    ]


def _thinned(path: list[Position], drawing: Drawing, view: View) -> list[list[float]]:
    """A road without the points that nobody could see at the closest that there is to see."""
    closest = 2 ** (view.zoom - 18)
    degree = 360 / 512 / 2**view.zoom
    thin = simplified([(lon, lat) for lon, lat, *_ in path], 0.4 * degree * max(closest, 1 / 16))
    return [drawing.at(position) for position in thin]


def _roads(drawing: Drawing, view: View) -> pdk.Layer:
    lines = drawing.segments.sort_values("width")[
        ["path", "key", "width", "detail", "segment_id"]
    ]  # the gravest on top
    lines = lines.assign(
        colour=[colours.rgb(drawing.palette[key]) for key in lines["key"]],
        path=[_thinned(path, drawing, view) for path in lines["path"]],
        act="road",
        id=lines["segment_id"],
    )
    return pdk.Layer(
        "PathLayer",
        id="segments",
        data=lines.drop(columns=["key", "segment_id"]).to_dict("records"),
        get_path="path",
        get_color="colour",
        get_width="width",
        width_min_pixels=3.5,
        width_max_pixels=12,
        cap_rounded=True,
        joint_rounded=True,
        pickable=True,
        auto_highlight=True,
    )


def _hollows(drawing: Drawing, view: View) -> list[pdk.Layer]:
    """The inside of the roads of which nobody has reported: the ground shows through."""
    lines = drawing.segments[drawing.segments["key"].isin(drawing.hollow)]
    if lines.empty:
        return []
    return [
        pdk.Layer(
            "PathLayer",
            id="hollow",
            data=[
                {"path": _thinned(path, drawing, view), "width": width * 0.45}
                for path, width in zip(lines["path"], lines["width"], strict=True)
            ],
            get_path="path",
            get_color=colours.rgb(drawing.paint.land),
            get_width="width",
            width_min_pixels=1.6,
            width_max_pixels=5.5,
            cap_rounded=True,
            joint_rounded=True,
            pickable=False,
        )
    ]


def _closed(drawing: Drawing, view: View) -> list[pdk.Layer]:
    """Streets closed or slow, beside the middle of their road: a layer of lines knows no dashes."""
    if drawing.closed.empty:
        return []
    return [
        pdk.Layer(
            "PathLayer",
            id="closed",
            data=[
                {
                    "path": _thinned(row.path, drawing, view),
                    "width": 2.0 if row.slow else 4.0,
                    "detail": row.detail,
                    "act": "closure",
                    "id": row.id,
                }
                for row in drawing.closed.itertuples()
            ],
            get_path="path",
            get_color=colours.rgb(drawing.paint.closed),
            get_width="width",
            width_units=pdk.types.String("pixels"),
            cap_rounded=True,
            joint_rounded=True,
            pickable=True,
        )
    ]


def _dots(drawing: Drawing) -> pdk.Layer:
    return pdk.Layer(
        "ScatterplotLayer",
        id="station_dots",
        data=[
            {"at": drawing.at((row.lon, row.lat)), "detail": row.detail}
            for row in drawing.stations.itertuples()
        ],
        get_position="at",
        get_fill_color=[255, 255, 255],
        get_line_color=colours.rgb(drawing.paint.station),
        stroked=True,
        line_width_min_pixels=4,
        radius_units=pdk.types.String("pixels"),
        get_radius=6,
        pickable=True,
    )


def _labels(kind: str, signs: list[Sign], size: int, colour: str, drawing: Drawing) -> pdk.Layer:
    """The words of one kind, each where it found room; a unit's sign stands before its word."""
    rows = [
        {
            "at": drawing.at(one.position),
            "text": f"{one.sign} {one.text}".strip() if one.offset else one.sign,
            "offset": list(one.offset or (0.0, 0.0)),
            "detail": one.detail or one.text,
            "act": one.act,
            "id": one.id,
        }
        for one in signs
        if one.kind == kind and (one.offset or one.sign)
    ]
    letters = "".join(sorted({letter for row in rows for letter in str(row["text"])})) or " "
    return pdk.Layer(
        "TextLayer",
        id=f"{kind}_labels",
        data=rows,
        get_position="at",
        get_text="text",
        get_size=size,
        get_color=colours.rgb(colour),
        get_pixel_offset="offset",
        character_set=pdk.types.String(letters),
        font_family=pdk.types.String(FONT.replace('"', "'")),
        font_weight=600,
        background=True,
        get_background_color=[*colours.rgb(drawing.paint.land), 215],
        background_padding=[3, 1, 3, 1],
        pickable=kind != "road",
    )


def flat_map(
    drawing: Drawing, width: int = 780, height: int = 440, scale: float = 1.0, zoom: bool = False
) -> Html:
    """The map as an SVG, its words ``scale`` times as large; never with tiles.

    Parameters
    ----------
    zoom
        Whether with the buttons that make it larger and smaller (``core.surface``).
    """
    view, paint = drawing.view(width, height), drawing.paint
    content = (
        _flat_outline(drawing, view),
        _flat_backdrop(drawing, view),
        _flat_roads(drawing, view, scale),
        _flat_closed(drawing, view, scale),
        (_flat_sign(one, drawing, scale) for one in signs_of(drawing, view, scale)),
        _flat_draft(drawing, view),
    )
    drawn = tag(
        "svg",
        *content,
        viewBox=f"0 0 {width} {height}",
        data_map="1",
        data_points="" if drawing.draft is None else "map",
        style=f"background:{paint.land};font-size:{12 * scale:g}px",
        role="img",
    )
    buttons = (
        tag("button", sign, data_act="zoom", data_id=by, aria_label=sign, type="button")
        for sign, by in (("＋", "0.6"), ("－", "1.7"))
    )
    return tag("div", drawn, tag("div", buttons, cls="zoom") if zoom else "", cls="xb-map")


def _flat_outline(drawing: Drawing, view: View) -> Html:
    return tag("path", d=_d(view.line(drawing.outline)), cls="edge", stroke=drawing.paint.edge)


def _flat_backdrop(drawing: Drawing, view: View) -> Html:
    """All in one path; what is no longer than a pixel is left out."""
    lines = (view.line(path, 0.7) for path in drawing.backdrop)
    d = "".join(_d(line) for line in lines if len(line) > 2 or math.dist(line[0], line[-1]) > 1)
    return tag("path", d=d, cls="edge", stroke=drawing.paint.edge)


def _flat_draft(drawing: Drawing, view: View) -> Iterator[Html]:
    """What is being drawn: its line, and a dot for each point, the first one full."""
    points = [view.at(position) for position in drawing.draft or ()]
    colour = drawing.paint.incident
    if len(points) > 1:
        d = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
        yield tag("path", d=d, stroke=colour, stroke_width="3.5", cls="draft")
    for number, (x, y) in enumerate(points):
        dot = tag(
            "circle", r="4.5", stroke=colour, stroke_width="2", fill="#FFFFFF" if number else colour
        )
        place = f"transform:translate({x:.2f}px,{y:.2f}px) scale(var(--near,1))"
        yield tag("g", dot, cls="sign", style=place)


def _d(points: list[tuple[float, float]]) -> str:
    """A line as SVG has it; one that is shorter than a pixel is a dot."""
    rounded = [f"{x:.1f} {y:.1f}" for x, y in points]
    return "M" + "L".join([*rounded, *(rounded if len(rounded) == 1 else ())]) if rounded else ""


def _flat_roads(drawing: Drawing, view: View, scale: float) -> Iterator[Html]:
    """The roads, the broad ones on top; hollow where nobody has reported."""
    for row in drawing.segments.sort_values("width", kind="stable").itertuples():
        d, wide = _d(view.line(row.path)), row.width / 9 * scale
        lines = [
            tag("path", d=d, cls="hit"),
            tag("path", d=d, stroke=drawing.palette[row.key], stroke_width=f"{wide:.1f}"),
        ]
        if row.key in drawing.hollow:
            inside = f"{wide * 0.45:.1f}"
            lines.append(tag("path", d=d, stroke=drawing.paint.land, stroke_width=inside))
        yield tag(
            "g",
            lines,
            tag("title", row.detail),
            data_act="road",
            data_id=row.segment_id,
            cls="road",
        )


def _flat_closed(drawing: Drawing, view: View, scale: float) -> Iterator[Html]:
    """Streets closed or slow, dashed over their roads; a place of water is a dot."""
    for row in drawing.closed.itertuples():
        d = _d(view.line(row.path))
        stroke = tag(
            "path",
            d=d,
            stroke=drawing.paint.closed,
            stroke_width=f"{4 * scale:g}",
            stroke_dasharray=DASHES[row.slow],
        )
        yield tag(
            "g",
            tag("path", d=d, cls="hit"),
            stroke,
            tag("title", row.detail),
            data_act="closure",
            data_id=row.id,
            cls="road",
        )


def _flat_sign(one: Sign, drawing: Drawing, scale: float) -> Html:
    """A sign with its word beside it: both keep their size when the map grows."""
    paint = drawing.paint
    colour = getattr(paint, "ink" if one.kind == "road" else one.kind)
    parts: list[Html] = []
    if one.kind == "station":
        parts.append(
            tag(
                "circle",
                r=f"{5 * scale:g}",
                fill="#FFFFFF",
                stroke=colour,
                stroke_width=f"{3 * scale:g}",
            )
        )
    halo = f"paint-order:stroke;stroke:{paint.land};stroke-width:{3 * scale:g}px"
    if one.sign:
        bold = f"{halo};font-size:{15 * scale:g}px"
        parts.append(tag("text", one.sign, y=f"{5 * scale:g}", fill=colour, style=bold))
    if one.offset:
        x, y = one.offset
        parts.append(
            tag("text", one.text, x=f"{x:.1f}", y=f"{y + 4 * scale:.1f}", fill=colour, style=halo)
        )
    return tag(
        "g",
        parts,
        tag("title", one.detail) if one.detail else "",
        cls="sign",
        style=f"transform:translate({one.at[0]:.1f}px,{one.at[1]:.1f}px) scale(var(--near,1))",
        data_act=one.act,
        data_id=one.id,
    )
