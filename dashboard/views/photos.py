"""Pictures from the field, shown where work is judged: before and after."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboard.render import markup
from data.model.field import EventKind, FieldEvent, Incident
from ops.base.messages import Translator
from ops.base.paths import home
from ops.field.photos import photo_file

WIDTH = 200  # pixels; a click shows it large


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture, whose, when, and whether the work was done then."""

    name: str
    by: str
    at: datetime
    after: bool


def pictures_of(events: Iterable[FieldEvent], calls: Iterable[Incident] = ()) -> list[Picture]:
    """The pictures of a job or a matter, oldest first: what was sent with the word that it is done
    shows it afterwards, the others show it before.
    """
    found = [
        Picture(name=call.photo, by=call.by, at=call.reported_at, after=False)
        for call in calls
        if call.photo
    ]
    found += [
        Picture(
            name=event.photo,
            by=event.told_by or event.by,
            at=event.happened_at,
            after=event.kind is EventKind.CLEAR,
        )
        for event in events
        if event.photo
    ]
    return sorted(found, key=lambda one: (one.after, one.at))


def show(pictures: Iterable[Picture], t: Translator) -> None:
    """The pictures in a row, each with when and whose; how many lie elsewhere is told."""
    here, missing = [], 0
    for one in pictures:
        path = photo_file(one.name, home() / "photos")
        if path is None:
            missing += 1
        else:
            when = t("photo.after" if one.after else "photo.before")
            here.append((str(path), t("photo.by", when=when, by=one.by, at=one.at)))
    if here:
        st.image([path for path, _ in here], [word for _, word in here], width=WIDTH)
    if missing:
        st.html(markup.faint(t("photo.elsewhere", n=missing)))
