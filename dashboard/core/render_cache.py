"""What many readers look at is drawn once: a chart or map is made for the first of them and kept
for the others.

Making one takes many times as long as sending it, and fifty boards refresh on a small machine. What
is kept goes by all that the drawing is made from, so nobody is ever shown an old one.
"""

import hashlib
import pickle
from collections.abc import Callable

import altair as alt
import pydeck as pdk
import streamlit as st

from dashboard.core.browser import Browser
from dashboard.render import maps

alt.theme.enable("none")  # as Streamlit has it: sizes come from the page
MOST_DRAWINGS = 100  # drawings; each takes some 100 kB


def show_chart(
    make: Callable[..., alt.LayerChart], *facts: object, key: str, **options: object
) -> None:
    """Show the chart that ``make`` draws of ``facts`` and ``options`` (whatever it takes), as wide
    as there is room.
    """
    spec = _spec(_mark(make, facts, options), lambda: make(*facts, **options))
    st.vega_lite_chart(spec, theme=None, key=key, width="stretch")


def show_map(drawing: maps.Drawing, browser: Browser, height: int, width: int, key: str) -> None:
    """Show a map, about ``width`` pixels wide at a desk: with WebGL where the browser draws that
    well.
    """
    if not browser.webgl:
        show_chart(maps.flat_map, drawing, height, key=f"flat_{key}")
        return
    facts = (drawing, height, 360 if browser.narrow else width)
    st.pydeck_chart(
        _deck(_mark(maps.deck_map, facts, {}), lambda: maps.deck_map(*facts)),
        height=height,
        key=key,
    )


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
