"""Pictures from the field, shown where work is judged: before and after."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

import streamlit as st

from dashboard.core.board import Board
from dashboard.render import markup
from ops.documents import labels
from ops.field.photos import MOST_BYTES, Picture, kept, photo_file

ADDRESS = "/photos/"
"""Where `dashboard/web/photos.py` serves them, each by its name."""
PICTURES = ("jpg", "jpeg", "png", "webp")


def box(label: str, key: str) -> bytes | None:
    """A field that takes one picture, as large as a photo may be; the picture."""
    given = st.file_uploader(label, PICTURES, key=key, max_upload_size=MOST_BYTES // 1_000_000)
    return None if given is None else given.getvalue()


def keep(picture: bytes | None, board: Board, whose: str) -> AbstractContextManager[str | None]:
    """The name under which a picture is kept, if there is one, for what is written down with it;
    where that is refused it does not stay.
    """
    return kept(picture, board.home / "photos", board.store, board.clock(), whose)


def show(pictures: Iterable[Picture], board: Board) -> None:
    """The pictures in a row, each with when and whose; how many lie elsewhere is told. The browser
    fetches each when it comes into sight.
    """
    t, here, missing = board.t, [], 0
    for one in pictures:
        if photo_file(one.name, board.home / "photos", board.store) is None:
            missing += 1
        else:
            here.append(_figure(f"{ADDRESS}{one.name}", labels.picture_word(t, one)))
    if here:
        st.html(markup.tag("div", here, cls="xb-photos"))
    if missing:
        st.html(markup.faint(t("photo.elsewhere", n=missing)))


def _figure(address: str, word: str) -> markup.Html:
    """A picture, of which a click shows the whole."""
    image = markup.tag("img", src=address, alt=word, loading="lazy")
    large = markup.tag("a", image, href=address, target="_blank", rel="noopener")
    return markup.tag("figure", large, markup.tag("figcaption", word))
