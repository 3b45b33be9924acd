"""A drawing that answers a hand: a click, a bar that is dragged, a map that is moved.

What a browser sends is a wish and no more: each part of it is looked at before it is used.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboard.render.markup import Html
from ops.base.messages import Translator

_SCRIPT = Path(__file__).with_name("surface.js").read_text("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What was touched.

    Attributes
    ----------
    kind
        What it is: ``"job"``, ``"road"``, ``"matter"``, ``"move"`` for a bar that was dragged, or
        ``"point"`` for a place on a map.
    id
        The job's, the road's or the incident's.
    unit, to, start_at
        Of a drag: the unit in whose row it was, the one in whose row it is now (both ``""`` in the
        row of a road), and when it should begin.
    x, y
        Of a point: where on the drawing, in its own pixels.
    """

    kind: str
    id: str
    unit: str = ""
    to: str = ""
    start_at: datetime | None = None
    x: float = 0.0
    y: float = 0.0


def surface(drawing: Html, t: Translator, key: str, at: datetime | None = None) -> Touch | None:
    """Show a drawing, and what was touched on it just now; ``None``: nothing.

    Parameters
    ----------
    at
        When the district is as far from UTC as the times that the browser tells while a bar is
        dragged.
    """
    offset = at.astimezone(t.zone).utcoffset() if at else None
    words = {"offset": int(offset.total_seconds() * 1000) if offset else 0}
    show = st.components.v2.component("xunban_surface", js=_SCRIPT, isolate_styles=False)
    answer = show(key=key, data={"html": str(drawing), "words": words}, on_act_change=_ignore)
    return touch_of(answer.act)


def touch_of(sent: object) -> Touch | None:
    """What a browser sent, as far as it makes sense."""
    if not isinstance(sent, dict):
        return None
    words = {name: sent.get(name) or "" for name in ("kind", "id", "unit", "to")}
    if not all(isinstance(word, str) for word in words.values()) or not words["id"]:
        return None
    start, at = sent.get("start"), None
    if isinstance(start, int | float) and 0 < start < 1e14:
        at = datetime.fromtimestamp(start / 1000, UTC)
    if words["kind"] == "move" and at is None:
        return None
    x, y = sent.get("x", 0.0), sent.get("y", 0.0)
    if not all(isinstance(one, int | float) and abs(one) < 1e5 for one in (x, y)):
        return None
    return Touch(**words, start_at=at, x=float(x), y=float(y))


def _ignore() -> None:
    """The answer stands in what the component returns."""
