"""How what a phone sends is read: texts, one word of several, when it was tapped, a picture. Each
refuses what it can't read (``Invalid``).
"""

import base64
import binascii
from collections.abc import Container, Mapping
from datetime import datetime, timedelta

from data.model.operation import Operation
from ops.base.errors import Invalid

OFTEN_LATE = timedelta(days=7)  # a tap older than this is not dated by its device


def text_in(payload: Mapping[str, object], name: str) -> str | None:
    """A text of it; ``None``: it has none of this name."""
    text = payload.get(name)
    if text is not None and (not isinstance(text, str) or "\x00" in text):
        raise Invalid("field.unreadable", what=name)
    return text


def one_of(payload: Mapping[str, object], name: str, known: Container[str]) -> str:
    """A text of it that must be one of those known."""
    text = text_in(payload, name)
    if text is None or text not in known:
        raise Invalid("field.unreadable", what=name)
    return text


def tapped_at(
    payload: Mapping[str, object], operation: Operation, now: datetime
) -> datetime | None:
    """When it was tapped, by our clock: the device says how long ago, so its own clock need not be
    right.
    """
    try:
        age = datetime.fromisoformat(text_in(payload, "sent_at") or "") - datetime.fromisoformat(
            text_in(payload, "device_at") or ""
        )
    except (ValueError, TypeError):
        return None
    return operation.now(now - age) if timedelta(0) <= age <= OFTEN_LATE else None


def photo_in(payload: Mapping[str, object]) -> bytes | None:
    """The picture that came with it; ``None``: none did."""
    try:
        return base64.b64decode(text_in(payload, "photo") or "", validate=True) or None
    except (binascii.Error, ValueError):
        raise Invalid("field.photo_kind") from None
