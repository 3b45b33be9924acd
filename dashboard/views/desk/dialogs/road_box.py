"""The box in which the desk chooses a road."""

from collections.abc import Callable

import streamlit as st

from dashboard.core.board import named
from data.model.city import City, Segment
from ops.base.messages import Translator


def road_box(
    t: Translator,
    city: City,
    name: Callable[[Segment], str],
    label: str,
    key: str,
    at: str | None,
) -> str | None:
    """The road that is chosen, from the beginning that one which is meant (``at``)."""
    roads = sorted(city.segments, key=lambda segment: (segment.road, segment.id))
    names = {segment.id: name(segment) for segment in roads}
    return st.selectbox(
        t(label),
        list(names),
        index=list(names).index(at) if at in names else None,
        format_func=named(names),
        placeholder=t("desk.incident_place_find"),
        key=key,
    )
