"""Pictures from the field, shown where work is judged: before and after."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

import streamlit as st

from dashboard.core.board import Board
from dashboard.render import markup
from ops.documents import labels
from ops.field.photos import MOST_BYTES, Picture, kept, photo_file

PICTURES = ("jpg", "jpeg", "png", "webp")
WIDTH = 200  # pixels; a click shows it large


def box(label: str, key: str) -> bytes | None:
    """A field that takes one picture, as large as a photo may be; the picture."""
    given = st.file_uploader(label, PICTURES, key=key, max_upload_size=MOST_BYTES // 1_000_000)
    return None if given is None else given.getvalue()


def keep(picture: bytes | None, board: Board) -> AbstractContextManager[str | None]:
    """The name under which a picture is kept, if there is one, for what is written down with it;
    where that is refused it does not stay.
    """
    return kept(picture, board.home / "photos", board.store, board.clock())


def show(pictures: Iterable[Picture], board: Board) -> None:
    """The pictures in a row, each with when and whose; how many lie elsewhere is told."""
    t, here, missing = board.t, [], 0
    for one in pictures:
        path = photo_file(one.name, board.home / "photos", board.store)
        if path is None:
            missing += 1
        else:
            here.append((str(path), labels.picture_word(t, one)))
    if here:
        st.image([path for path, _ in here], [word for _, word in here], width=WIDTH)
    if missing:
        st.html(markup.faint(t("photo.elsewhere", n=missing)))
