"""The map of the district, drawn from its own data alone: no tile server, no request to anyone. Pure.

Two drawings of the same frames: ``deck_map`` for browsers with WebGL, ``flat_map`` for those without.
"""

import json
import math
from urllib.parse import quote

import altair as alt
import pandas as pd
import pydeck as pdk

from dashboard import colours
from dashboard.charts import FONT
from data.entities import City

GROUND, LAND, EDGE, INK = "#E7EBEF", [255, 255, 255, 255], [120, 132, 145], [38, 50, 61]

# pydeck's own default asks a public tile server; a style of one colour, given in the address itself, asks nobody
BLANK_STYLE = "data:application/json," + quote(json.dumps({
    "version": 8, "sources": {}, "layers": [{"id": "ground", "type": "background",
                                              "paint": {"background-color": GROUND}}]}))


def deck_map(city: City, segments: pd.DataFrame, roads: pd.DataFrame, stations: pd.DataFrame, palette: dict[str, str],
             height: int = 440, width: int = 780) -> pdk.Deck:
    """The map as a WebGL drawing that can be moved and zoomed; at first all roads lie within ``width`` x ``height``."""
    segments = segments.assign(colour=[colours.rgb(palette[key]) for key in segments["key"]])
    layers = [*_outline(city), _roads(segments), _dots(stations),
              _labels("roads", roads, 12, INK, [0, 0]), _labels("stations", stations, 13, [60, 20, 110], [0, -18])]
    return pdk.Deck(layers=layers, initial_view_state=_view(city, height, width), map_provider="mapbox",
                    map_style=BLANK_STYLE, tooltip={"text": "{detail}"},
                    views=[pdk.View("MapView", controller=True, repeat=False)])


def _outline(city: City) -> list[pdk.Layer]:
    if len(city.district.outline) < 3:
        return []
    ring = [list(position) for position in city.district.outline]
    return [pdk.Layer("PolygonLayer", id="outline", data=[{"ring": ring}], get_polygon="ring",
                      get_fill_color=LAND, get_line_color=EDGE, line_width_min_pixels=1.5, stroked=True, filled=True,
                      pickable=False)]


def _roads(segments: pd.DataFrame) -> pdk.Layer:
    lines = segments.sort_values("width")[["path", "colour", "width", "detail"]]  # the gravest on top
    return pdk.Layer("PathLayer", id="segments", data=lines.to_dict("records"), get_path="path", get_color="colour",
                     get_width="width", width_min_pixels=3.5, width_max_pixels=12,
                     cap_rounded=True, joint_rounded=True, pickable=True, auto_highlight=True)


def _dots(stations: pd.DataFrame) -> pdk.Layer:
    return pdk.Layer("ScatterplotLayer", id="station_dots", data=stations.to_dict("records"),
                     get_position=["lon", "lat"], get_fill_color=[255, 255, 255], get_line_color=[60, 20, 110],
                     stroked=True, line_width_min_pixels=4, radius_units=pdk.types.String("pixels"), get_radius=6,
                     pickable=True)


def _labels(name: str, frame: pd.DataFrame, size: int, colour: list[int], offset: list[int]) -> pdk.Layer:
    letters = "".join(sorted(set("".join(frame["text"])))) or " "
    return pdk.Layer("TextLayer", id=f"{name}_labels", data=frame[["text", "lon", "lat"]].to_dict("records"),
                     get_position=["lon", "lat"], get_text="text", get_size=size, get_color=colour,
                     get_pixel_offset=offset, character_set=pdk.types.String(letters),
                     font_family=pdk.types.String(FONT.replace('"', "'")), font_weight=600,
                     background=True, get_background_color=[255, 255, 255, 215], background_padding=[3, 1, 3, 1],
                     pickable=False)


def _view(city: City, height: int, width: int) -> pdk.ViewState:
    """What shows all the roads; the stations where there are no roads, else the outline."""
    west, south, east, north = _bounds(city)
    latitude = (south + north) / 2
    # at zoom z the whole turn of the earth is 512 * 2**z pixels wide
    wide = max((east - west) / 360, 1e-5)
    high = max((north - south) / 360 / math.cos(math.radians(latitude)), 1e-5)
    zoom = min(math.log2(width / 512 / wide), math.log2(height / 512 / high)) - 0.3
    return pdk.ViewState(longitude=(west + east) / 2, latitude=latitude, zoom=max(3.0, min(zoom, 15.0)), min_zoom=8,
                         max_zoom=18)


def _bounds(city: City) -> tuple[float, float, float, float]:
    points = [position for segment in city.segments for position in segment.line]
    points += [station.position for station in city.stations]
    points = points or list(city.district.outline) or [(125.14, 42.9)]
    return (min(p[0] for p in points), min(p[1] for p in points), max(p[0] for p in points), max(p[1] for p in points))


def flat_map(city: City, segments: pd.DataFrame, roads: pd.DataFrame, stations: pd.DataFrame, palette: dict[str, str],
             height: int = 440, scale: float = 1.0) -> alt.LayerChart:
    """The same map as a plain drawing, for a browser without WebGL; on a wall its words are ``scale`` times as large.
    """
    west, south, east, north = _bounds(city)
    margin_x, margin_y = (east - west) * 0.06 + 1e-4, (north - south) * 0.06 + 1e-4
    x = {"scale": alt.Scale(domain=[west - margin_x, east + margin_x], nice=False), "axis": None}
    y = {"scale": alt.Scale(domain=[south - margin_y, north + margin_y], nice=False), "axis": None}
    points = pd.DataFrame([{"lon": lon, "lat": lat, "order": i, "segment": row.segment_id, "key": row.key,
                            "name": row.name, "word": row.word, "width": row.width / 9 * scale}
                           for row in segments.itertuples(index=False) for i, (lon, lat) in enumerate(row.path)],
                          columns=["lon", "lat", "order", "segment", "key", "name", "word", "width"])
    outline = pd.DataFrame([(lon, lat, i) for i, (lon, lat) in enumerate(city.district.outline)],
                           columns=["lon", "lat", "order"])
    edge = alt.Chart(outline).mark_line(color="#788491", strokeWidth=1.2, clip=True).encode(
        x=alt.X("lon:Q", **x), y=alt.Y("lat:Q", **y), order="order:Q")
    lines = alt.Chart(points).mark_line(strokeCap="round", strokeJoin="round", clip=True).encode(
        x=alt.X("lon:Q", **x), y=alt.Y("lat:Q", **y), order="order:Q", detail="segment:N",
        strokeWidth=alt.StrokeWidth("width:Q", scale=None), tooltip=["name:N", "word:N"],
        color=alt.Color("key:N", legend=None, scale=alt.Scale(domain=list(palette), range=list(palette.values()))))
    dots = alt.Chart(stations).mark_point(filled=True, fill="white", stroke="#3C146E", strokeWidth=3, size=110,
                                          opacity=1).encode(
        x=alt.X("lon:Q", **x), y=alt.Y("lat:Q", **y), tooltip=["detail:N"])
    return alt.layer(edge, lines, _flat_labels(roads, x, y, "#26323D", 0, scale), dots,
                     _flat_labels(stations, x, y, "#3C146E", -14, scale)).properties(height=height).configure(
        font=FONT, background="#FFFFFF").configure_view(stroke=None)


def _flat_labels(frame: pd.DataFrame, x: dict, y: dict, colour: str, dy: int, scale: float) -> alt.LayerChart:
    base = alt.Chart(frame).encode(x=alt.X("lon:Q", **x), y=alt.Y("lat:Q", **y), text="text:N")
    form = {"fontSize": 12 * scale, "fontWeight": 600, "dy": dy * scale, "clip": True}
    return base.mark_text(stroke="white", strokeWidth=4 * scale, **form) + base.mark_text(color=colour, **form)
