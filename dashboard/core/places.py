"""A part of a page that draws now more, now less."""

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


def places(count: int) -> "list[DeltaGenerator]":
    """So many places, one below the other, each emptied.

    What a part that refreshes by itself does not draw again may stay on the page (Streamlit clears
    it at the next run of the whole page, or by chance): a line that was seen to stood there for
    minutes. What is emptied is gone.
    """
    return [st.empty() for _ in range(count)]
