"""What many readers look at is drawn once: a chart or map is made for the first of them and kept
for the others.

Making one takes many times as long as sending it, and fifty boards refresh on a small machine. What
is kept goes by all that the drawing is made from, so nobody is ever shown an old one.
"""

import hashlib
import pickle
from collections.abc import Callable
from typing import TypeVar

import altair as alt
import pydeck as pdk
import streamlit as st

from dashboard.core.browser import Browser
from dashboard.core.surface import Touch, surface, touch_of
from dashboard.render import maps
from dashboard.render.markup import Html
from ops.base.messages import Translator

alt.theme.enable("none")  # as Streamlit has it: sizes come from the page
NARROW = 360  # a phone's map, in pixels
T = TypeVar("T")
MOST_DRAWINGS = 100  # drawings; each takes some 100 kB


def show_chart(
    make: Callable[..., alt.LayerChart], *facts: object, key: str, **options: object
) -> None:
    """Show the chart that ``make`` draws of ``facts`` and ``options`` (whatever it takes), as wide
    as there is room.
    """
    spec = _spec(_mark(make, facts, options), lambda: make(*facts, **options))
    st.vega_lite_chart(spec, theme=None, key=key, width="stretch")


@st.cache_resource(show_spinner=False, max_entries=MOST_DRAWINGS)  # nobody changes what is drawn
def once(mark: str, _make: Callable[[], T]) -> T:
    """What ``make`` makes, made once for all who look under the same mark."""
    return _make()


def show_map(
    drawing: maps.Drawing, browser: Browser, t: Translator, height: int, width: int, key: str
) -> Touch | None:
    """Show a map, about ``width`` pixels wide at a desk, and what was touched on it just now.

    Over tiles it is drawn with WebGL, where the browser draws that.
    """
    width = NARROW if browser.narrow else width
    if drawing.ground.tiles and browser.webgl:
        return _show_deck(drawing, height, width, key)
    return surface(svg_map(drawing, width, height, zoom=True), t, key=f"flat_{key}")


def _show_deck(drawing: maps.Drawing, height: int, width: int, key: str) -> Touch | None:
    facts = (drawing, height, width)
    state = st.pydeck_chart(
        _deck(_mark(maps.deck_map, facts, {}), lambda: maps.deck_map(*facts)),
        height=height,
        key=key,
        on_select="rerun",
        selection_mode="single-object",
    )
    chosen = [one for found in state.selection["objects"].values() for one in found]
    touched = touch_of({"kind": chosen[0].get("act"), "id": chosen[0].get("id")} if chosen else {})
    known = st.session_state.get(f"{key}_touched")
    st.session_state[f"{key}_touched"] = touched  # a selection stays; it is touched once
    return touched if touched != known else None


def svg_map(
    drawing: maps.Drawing, width: int, height: int, scale: float = 1.0, zoom: bool = False
) -> Html:
    """A map as an SVG."""
    facts = (drawing, width, height, scale, zoom)
    return _svg(_mark(maps.flat_map, facts, {}), lambda: maps.flat_map(*facts))


@st.cache_data(show_spinner=False, max_entries=MOST_DRAWINGS)
def _svg(mark: str, _draw: Callable[[], Html]) -> Html:
    return _draw()


def _mark(make: Callable, facts: tuple, options: dict[str, object]) -> str:
    """What tells one drawing from another."""
    return hashlib.sha256(pickle.dumps((make.__qualname__, facts, options))).hexdigest()


@st.cache_data(show_spinner=False, max_entries=MOST_DRAWINGS)
def _spec(mark: str, _draw: Callable[[], alt.LayerChart]) -> dict:
    return _draw().to_dict(
        validate=False
    )  # by the schema, which takes longer than the drawing: tests do that


@st.cache_resource(
    show_spinner=False, max_entries=MOST_DRAWINGS
)  # nobody changes a map once it is made
def _deck(mark: str, _draw: Callable[[], pdk.Deck]) -> pdk.Deck:
    return _draw()
