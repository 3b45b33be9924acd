"""Photos from the field: read as pictures before they are kept, under a name of ours, where no web
server looks.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from data.model.field import EventKind, FieldEvent, Incident
from ops.base.errors import Invalid

MOST_BYTES = 8_000_000
MOST_PIXELS = 50_000_000  # a phone's camera makes 12 to 50 million
LONGEST_SIDE = 1920
FORMATS = ("JPEG", "PNG", "WEBP")


def photo_file(name: str, folder: Path) -> Path | None:
    """The picture of this name, where it is kept here; ``None`` for any other name or place."""
    path = folder / name
    inside = path.parent == folder and path.suffix == ".jpg"
    return path if inside and path.is_file() else None


def keep_photo(picture: bytes, folder: Path) -> str:
    """Keep a picture; the name under which it lies in ``folder``.

    It is drawn anew as a JPEG: whatever else the file carried (a place, a script) stays behind.

    Raises
    ------
    NotAllowed
        It is too large, or no picture of a kind that we take, whatever it is called.
    """
    if len(picture) > MOST_BYTES:
        raise Invalid("field.photo_size", most=MOST_BYTES // 1_000_000)
    try:
        with Image.open(BytesIO(picture), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Invalid("field.photo_size", most=MOST_BYTES // 1_000_000)
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid("field.photo_kind") from None
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{secrets.token_hex(16)}.jpg"
    image.save(folder / name, "JPEG", quality=82)
    return name


def thumbnail(path: Path, side: int = 480) -> bytes:
    """The picture made small, as a JPEG."""
    out = BytesIO()
    with Image.open(path, formats=FORMATS) as opened:
        image = opened.convert("RGB")
    image.thumbnail((side, side))
    image.save(out, "JPEG", quality=70)
    return out.getvalue()


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
