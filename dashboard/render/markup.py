"""The pieces of HTML that all pages are made of.

Pure. Whatever goes into a tag is a text and is escaped, unless it was made here (``Html``); no
other module writes a tag by hand.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from data.signs import escape, seen

STACKED = 10
"""So many columns a phone shows one below the other."""
_MARKS = re.compile(r"([\\`*_\[\]<>$:~!#|&])")


class Html(str):
    """HTML that was made here: it is not escaped once more."""

    __slots__ = ()


class Number(str):
    """The text of a number: in a table it stands at the right."""

    __slots__ = ()


Content = str | Iterable[str]
"""A text, or HTML made here, or several of them in a row."""
BREAK = Html("<br>")


def plain(text: str) -> str:
    """A text as markdown that shows it letter by letter: no picture, link, formula or colour comes
    of it.
    """
    return _MARKS.sub(r"\\\1", seen(text)).replace("www.", "www\\.")


def html(*content: Content) -> Html:
    """Pieces in a row; a text among them is escaped."""
    pieces = (
        piece for piece in content for piece in ([piece] if isinstance(piece, str) else piece)
    )
    return Html("".join(piece if isinstance(piece, Html) else escape(piece) for piece in pieces))


def tag(name: str, *content: Content, cls: str = "", **attributes: str) -> Html:
    """An element with its content.

    Parameters
    ----------
    cls
        Its classes in the style sheet.
    attributes
        Others by their names, ``_`` for ``-``; one that is empty is left out.
    """
    given = {"class": cls} | attributes
    words = "".join(
        f' {key.replace("_", "-")}="{escape(value)}"' for key, value in given.items() if value
    )
    return Html(f"<{name}{words}>{html(*content)}</{name}>")


def stylesheet(css: str) -> Html:
    """Rules of ours for a page; never with a word of anybody's in them."""
    return Html(f"<style>{css}</style>")


def painted(paint: tuple[str, str] | None, edge: bool = False) -> str:
    """The style of a ground and its ink; ``edge``: the border in the colour of the ground."""
    if paint is None:
        return ""
    border = f";border-color:{paint[0]}" if edge else ""
    return f"background:{paint[0]};color:{paint[1]}{border}"


def faint(text: Content) -> Html:
    """A line that is not read first."""
    return tag("p", text, cls="xb-faint")


def paragraphs(lines: Iterable[str]) -> Html:
    """Each line as a paragraph."""
    return html(tag("p", line) for line in lines)


def head(title: Content, note: str = "", beside: Content = "") -> Html:
    """The line over a part of a page: its title, and at the right a note or what stands beside."""
    return tag("div", tag("span", title), tag("em", note) if note else "", beside, cls="xb-head")


def notice(kind: str, title: str, lines: Iterable[str] = (), alone: bool = False) -> Html:
    """A boxed message: ``kind`` is ``stop``, ``care`` or ``plain``, told by a sign as well as by
    colour.

    Parameters
    ----------
    alone
        All that the page has to say: it stands larger, in the middle.
    """
    sign = {"stop": "✕", "care": "▲", "plain": "●"}[kind]
    cls = f"xb-note {kind} alone" if alone else f"xb-note {kind}"
    return tag("div", tag("b", f"{sign} {title}"), paragraphs(lines), cls=cls)


def card(
    title: str,
    lines: Iterable[str] = (),
    paint: tuple[str, str] | None = None,
    *,
    label: str = "",
    sign: str = "",
    most: int | None = None,
) -> Html:
    """A card: a small label, a sign and a title, and lines; painted where its colour tells
    something.

    Parameters
    ----------
    most
        How many lines are read at once; the others unfold. ``None``: all.
    """
    lines = tuple(lines)
    rest = lines[most:] if most is not None else ()
    return tag(
        "div",
        tag("small", label) if label else "",
        tag("b", tag("i", sign) if sign else "", title),
        paragraphs(lines[:most]),
        fold("…", paragraphs(rest), cls="more") if rest else "",
        cls="xb-card",
        style=painted(paint, edge=True),
    )


def cards(*row: Html, kind: str = "") -> Html:
    """Cards side by side."""
    return tag("div", row, cls=f"xb-cards {kind}".strip())


def badge(text: Content, tone: str = "", paint: tuple[str, str] | None = None) -> Html:
    """A word on a coloured ground, by the name of its tone or by its paint."""
    return tag("span", text, cls=f"xb-badge {tone}".strip(), style=painted(paint))


def phase_mark(phase: str, name: str) -> Html:
    """The phase of a job, in its colour and word."""
    return tag("span", name, cls=f"xb-phase {phase}")


def bullets(items: Iterable[Content], cls: str = "xb-list") -> Html:
    """A list."""
    return tag("ul", (tag("li", item) for item in items), cls=cls)


def fold(summary: Content, body: Content, cls: str = "xb-fold", is_open: bool = False) -> Html:
    """What unfolds when its summary is touched."""
    opened = {"open": "open"} if is_open else {}
    return tag("details", tag("summary", summary), body, cls=cls, **opened)


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], around: str = "xb-wide", note: str = ""
) -> Html:
    """A table; on a phone each of its rows is a list of its cells with their heads, and one of
    figures in more columns than ``STACKED``, which are there to be compared, is moved sideways.

    Parameters
    ----------
    around
        The class of the box around it: ``xb-wide`` keeps every row on one line, ``xb-scroll`` does
        not; none where the table fits everywhere.
    note
        What stands below it.
    """
    rows = list(rows)
    has_figures = any(isinstance(cell, Number) for row in rows for cell in row)
    stacked = around and (len(heads) <= STACKED or not has_figures)
    lines = (_row(row, heads if stacked else ()) for row in rows)
    body = tag("table", _thead(heads), tag("tbody", lines), cls="xb-table")
    box = f"{around} xb-stack" if stacked else around
    return html(tag("div", body, cls=box) if around else body, faint(note) if note else "")


def facts_table(facts: Iterable[tuple[str, str]]) -> Html:
    """Facts of one thing, each after its name; those without a value are left out."""
    rows = (tag("tr", tag("th", name), tag("td", value)) for name, value in facts if value)
    return tag("table", rows, cls="xb-table")


def _thead(heads: Sequence[str]) -> Html:
    return tag("thead", tag("tr", (tag("th", title) for title in heads)))


def _row(cells: Sequence[str], heads: Sequence[str]) -> Html:
    return tag("tr", (_cell(cell, head) for cell, head in zip_longest(cells, heads, fillvalue="")))


def _cell(cell: str, head: str) -> Html:
    return tag("td", cell, cls="xb-number" if isinstance(cell, Number) else "", data_head=head)


def swatch(colour: str, hollow: bool = False) -> Html:
    """A stroke in a colour as a map draws it, filled or hollow."""
    style = f"border-color:{colour}" if hollow else f"background:{colour}"
    return tag("i", cls="hollow" if hollow else "", style=style)


def legend(entries: Iterable[tuple[Html, str, str]], signs: Iterable[str] = ()) -> Html:
    """What a map shows, (``swatch``, word, count); then the signs on it with their words."""
    colours = (tag("span", stroke, word, tag("em", count)) for stroke, word, count in entries)
    return tag("div", colours, (tag("span", sign) for sign in signs), cls="xb-legend")
