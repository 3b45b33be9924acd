"""A table as the manager's page shows it."""

import streamlit as st

from dashboard.render import markup
from ops.base.messages import Translator
from ops.documents import tables


def shown(table: tables.Table, t: Translator) -> None:
    """A table on the page, its numbers at the right."""
    rows = ([_cell(value, t) for value in row] for row in table.rows)
    st.html(markup.table(table.heads, rows))


def _cell(value: tables.Cell, t: Translator) -> str:
    text = tables.cell_text(value, t)
    return markup.Number(text) if isinstance(value, int | float) else text
