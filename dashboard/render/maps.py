"""The map of the district, drawn from its own data: no request to anyone, unless a bureau names a
tile server. Pure.

Two drawings of the same frames: ``deck_map`` for browsers that draw WebGL well, ``flat_map`` for
the others, and for the wall.
"""

import json
import math
from dataclasses import dataclass, field
from urllib.parse import quote

import altair as alt
import pandas as pd
import pydeck as pdk

from dashboard.render import colours
from dashboard.render.charts import FONT, layered
from dashboard.render.colours import DAY_PAINT, Paint
from data.geo import from_wgs84
from data.model.city import Position
from ops.settings import MapSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What a map shows.

    Attributes
    ----------
    outline
        The district's edge; may be empty.
    segments, roads, stations, marks
        Frames: see ``frames.segment_frame``, ``road_labels``, ``station_frame`` and
        ``map_marks.mark_frame``.
    palette
        The colour of each key of the segments.
    hollow
        The keys of what is only planned: its road is drawn hollow.
    """

    outline: tuple[Position, ...]
    segments: pd.DataFrame
    roads: pd.DataFrame
    stations: pd.DataFrame
    palette: dict[str, str]
    hollow: frozenset[str] = frozenset()
    marks: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["kind", "text", "lon", "lat", "detail"])
    )
    paint: Paint = DAY_PAINT
    ground: MapSettings = MapSettings()

    def at(self, position: Position) -> list[float]:
        """A position as the ground under the map has it: a Chinese provider's tiles are shifted."""
        return list(from_wgs84((position[0], position[1]), self.ground.system))


def deck_map(drawing: Drawing, height: int = 440, width: int = 780) -> pdk.Deck:
    """The map as a WebGL drawing that can be moved and zoomed; at first all roads lie within
    ``width`` x ``height``.
    """
    paint = drawing.paint
    units, incidents = (
        drawing.marks[drawing.marks["kind"].eq("incident").eq(is_incident)]
        for is_incident in (False, True)
    )
    layers = [
        *_outline(drawing),
        _roads(drawing),
        *_hollows(drawing),
        _dots(drawing),
        _labels("roads", drawing.roads, 12, paint.ink, [0, 0], drawing),
        _labels("units", units, 11, paint.unit, [0, 15], drawing),
        _labels("stations", drawing.stations, 13, paint.station, [0, -18], drawing),
        _labels("incidents", incidents, 14, paint.incident, [0, -18], drawing),
    ]
    return pdk.Deck(
        layers=layers,
        initial_view_state=_view(drawing, height, width),
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


def _roads(drawing: Drawing) -> pdk.Layer:
    lines = drawing.segments.sort_values("width")[
        ["path", "key", "width", "detail"]
    ]  # the gravest on top
    lines = lines.assign(
        colour=[colours.rgb(drawing.palette[key]) for key in lines["key"]],
        path=[[drawing.at(position) for position in path] for path in lines["path"]],
    )
    return pdk.Layer(
        "PathLayer",
        id="segments",
        data=lines.drop(columns="key").to_dict("records"),
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


def _hollows(drawing: Drawing) -> list[pdk.Layer]:
    """The inside of the roads of which nobody has reported: the ground shows through."""
    lines = drawing.segments[drawing.segments["key"].isin(drawing.hollow)]
    if lines.empty:
        return []
    return [
        pdk.Layer(
            "PathLayer",
            id="hollow",
            data=[
                {"path": [drawing.at(position) for position in path], "width": width * 0.45}
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


def _dots(drawing: Drawing) -> pdk.Layer:
    return pdk.Layer(
        "ScatterplotLayer",
        id="station_dots",
        data=_placed(drawing.stations, drawing),
        get_position="at",
        get_fill_color=[255, 255, 255],
        get_line_color=colours.rgb(drawing.paint.station),
        stroked=True,
        line_width_min_pixels=4,
        radius_units=pdk.types.String("pixels"),
        get_radius=6,
        pickable=True,
    )


def _labels(
    name: str, frame: pd.DataFrame, size: int, colour: str, offset: list[int], drawing: Drawing
) -> pdk.Layer:
    letters = "".join(sorted(set("".join(frame["text"])))) or " "
    return pdk.Layer(
        "TextLayer",
        id=f"{name}_labels",
        data=_placed(frame, drawing),
        get_position="at",
        get_text="text",
        get_size=size,
        get_color=colours.rgb(colour),
        get_pixel_offset=offset,
        character_set=pdk.types.String(letters),
        font_family=pdk.types.String(FONT.replace('"', "'")),
        font_weight=600,
        background=True,
        get_background_color=[*colours.rgb(drawing.paint.land), 215],
        background_padding=[3, 1, 3, 1],
        pickable="detail" in frame,
    )


def _placed(frame: pd.DataFrame, drawing: Drawing) -> list[dict]:
    return (
        frame.assign(
            at=[drawing.at((lon, lat)) for lon, lat in zip(frame["lon"], frame["lat"], strict=True)]
        )
        .drop(columns=["lon", "lat"])
        .to_dict("records")
    )


def _view(drawing: Drawing, height: int, width: int) -> pdk.ViewState:
    """What shows all the roads; the stations where there are no roads, else the outline."""
    west, south, east, north = _bounds(drawing)
    latitude = (south + north) / 2
    # at zoom z the whole turn of the earth is 512 * 2**z pixels wide
    wide = max((east - west) / 360, 1e-5)
    high = max((north - south) / 360 / math.cos(math.radians(latitude)), 1e-5)
    zoom = min(math.log2(width / 512 / wide), math.log2(height / 512 / high)) - 0.3
    centre = drawing.at(((west + east) / 2, latitude))
    return pdk.ViewState(
        longitude=centre[0],
        latitude=centre[1],
        zoom=max(3.0, min(zoom, 15.0)),
        min_zoom=8,
        max_zoom=18,
    )


def _bounds(drawing: Drawing) -> tuple[float, float, float, float]:
    points = [position for path in drawing.segments["path"] for position in path]
    points += zip(drawing.stations["lon"], drawing.stations["lat"], strict=True)
    points = points or list(drawing.outline) or [(125.14, 42.9)]
    return (
        min(p[0] for p in points),
        min(p[1] for p in points),
        max(p[0] for p in points),
        max(p[1] for p in points),
    )


def flat_map(drawing: Drawing, height: int = 440, scale: float = 1.0) -> alt.LayerChart:
    """The same map as a plain drawing, its words ``scale`` times as large; never with tiles."""
    paint, axes = drawing.paint, _axes(drawing)
    units, incidents = (
        drawing.marks[drawing.marks["kind"].eq("incident").eq(is_incident)]
        for is_incident in (False, True)
    )
    crowded = _over_station(units, drawing)
    return (
        layered(
            _flat_outline(drawing, axes),
            _flat_roads(drawing, axes, scale),
            _flat_hollows(drawing, axes, scale),
            _flat_labels(drawing.roads, axes, paint.ink, (0, 0), scale, paint),
            _flat_stations(drawing, axes, scale),
            _flat_labels(drawing.stations, axes, paint.station, (11, 0), scale, paint),
            _flat_labels(units[~crowded], axes, paint.unit, (0, 14), scale, paint),
            _flat_labels(units[crowded], axes, paint.unit, (0, -14), scale, paint),
            _flat_labels(incidents, axes, paint.incident, (0, -14), scale, paint),
        )
        .properties(height=height)
        .configure(font=FONT, background=paint.land)
        .configure_view(stroke=None)
    )


def _flat_outline(drawing: Drawing, axes: dict[str, alt.X | alt.Y]) -> alt.Chart:
    """The district's edge."""
    outline = pd.DataFrame(
        [(lon, lat, i) for i, (lon, lat) in enumerate(drawing.outline)],
        columns=["lon", "lat", "order"],
    )
    return (
        alt.Chart(outline)
        .mark_line(color=drawing.paint.edge, strokeWidth=1.2, clip=True)
        .encode(**axes, order="order:Q")
    )


def _flat_stations(drawing: Drawing, axes: dict[str, alt.X | alt.Y], scale: float) -> alt.Chart:
    """The stations as rings."""
    return (
        alt.Chart(drawing.stations)
        .mark_point(
            filled=True,
            fill="white",
            stroke=drawing.paint.station,
            strokeWidth=3 * scale,
            size=110 * scale**2,
            opacity=1,
        )
        .encode(**axes, tooltip=["detail:N"])
    )


def _over_station(units: pd.DataFrame, drawing: Drawing) -> pd.Series:
    """Units whose word, written below them, would fall on a station's: it goes above them."""
    west, south, east, north = _bounds(drawing)
    return pd.Series(
        [
            any(
                abs(unit.lon - station.lon) < (east - west) * 0.1
                and -(north - south) * 0.05 < unit.lat - station.lat < (north - south) * 0.14
                for station in drawing.stations.itertuples()
            )
            for unit in units.itertuples()
        ],
        index=units.index,
        dtype=bool,
    )


def _axes(drawing: Drawing) -> dict[str, alt.X | alt.Y]:
    west, south, east, north = _bounds(drawing)
    margin_x, margin_y = (east - west) * 0.06 + 1e-4, (north - south) * 0.06 + 1e-4
    return {
        "x": alt.X(
            "lon:Q",
            scale=alt.Scale(domain=[west - margin_x, east + margin_x], nice=False),
            axis=None,
        ),
        "y": alt.Y(
            "lat:Q",
            scale=alt.Scale(domain=[south - margin_y, north + margin_y], nice=False),
            axis=None,
        ),
    }


def _flat_roads(drawing: Drawing, axes: dict, scale: float) -> alt.Chart:
    colour = alt.Scale(domain=list(drawing.palette), range=list(drawing.palette.values()))
    return _flat_lines(drawing.segments, axes, scale).encode(
        tooltip=["name:N", "word:N"], color=alt.Color("key:N", legend=None, scale=colour)
    )


def _flat_hollows(drawing: Drawing, axes: dict, scale: float) -> alt.Chart:
    """The inside of the roads of which nobody has reported."""
    hollow = drawing.segments[drawing.segments["key"].isin(drawing.hollow)]
    ground = alt.value(drawing.paint.land)
    return _flat_lines(hollow, axes, scale * 0.4).encode(color=ground)


def _flat_lines(segments: pd.DataFrame, axes: dict, scale: float) -> alt.Chart:
    """The roads as lines, without their colours."""
    points = pd.DataFrame(
        [
            {
                "lon": lon,
                "lat": lat,
                "order": i,
                "segment": row.segment_id,
                "key": row.key,
                "name": row.name,
                "word": row.word,
                "width": row.width / 9 * scale,
            }
            for row in segments.itertuples(index=False)
            for i, (lon, lat) in enumerate(row.path)
        ],
        columns=["lon", "lat", "order", "segment", "key", "name", "word", "width"],
    )
    return (
        alt.Chart(points)
        .mark_line(strokeCap="round", strokeJoin="round", clip=True)
        .encode(
            **axes,
            order="order:Q",
            detail="segment:N",
            strokeWidth=alt.StrokeWidth("width:Q", scale=None),
        )
    )


def _flat_labels(
    frame: pd.DataFrame,
    axes: dict,
    colour: str,
    beside: tuple[int, int],
    scale: float,
    paint: Paint,
) -> alt.LayerChart:
    base, (dx, dy) = alt.Chart(frame).encode(**axes, text="text:N"), beside

    def drawn(ink: str | None, halo: str | None) -> alt.Chart:
        return base.mark_text(
            stroke=halo or alt.Undefined,
            strokeWidth=4 * scale if halo else alt.Undefined,
            fontSize=12 * scale,
            fontWeight=600,
            dx=dx * scale,
            dy=dy * scale,
            clip=True,
            align="left" if dx else "center",
            color=ink or alt.Undefined,
        )

    return layered(drawn(None, paint.land), drawn(colour, None))
