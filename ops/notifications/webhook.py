"""What a gateway that calls by voice or sends short messages is posted, and how its answer is read;
the form stands in the operator's handbook. Pure.

A gateway is a few lines beside Aliyun's, Tencent's or a modem's own interface. It is posted a JSON
object, signed; it may be posted the same again, with the same ``Idempotency-Key``: it calls once.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Whom a gateway is to call, about what.

    Attributes
    ----------
    key
        The same for the same call, however often it is posted; another for the next one.
    notice
        The notice's number, by which the gateway tells later who was reached.
    role, name, phone
        Who is wanted: ``chief``, ``deputy`` or ``desk``, by name and number as far as known.
    urgency
        0 to 4: none, blue, yellow, orange, red.
    """

    key: str
    notice: int | None = None
    station_id: str = ""
    station: str = ""
    version: int | None = None
    role: str = "desk"
    name: str = ""
    phone: str = ""
    urgency: int = 0
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """Who took a call."""

    by: str


def body_of(call: Call, phones: Sequence[str], text: str, at: datetime) -> bytes:
    """The call as it is posted: UTF-8, the numbers named in the settings before the station's."""
    numbers = phones or ([call.phone] if call.phone else [])
    return json.dumps(
        {
            "key": call.key,
            "notice": call.notice,
            "drill": call.drill,
            "station": {"id": call.station_id, "name": call.station},
            "version": call.version,
            "urgency": call.urgency,
            "to": [{"role": call.role, "name": call.name, "phone": one} for one in numbers],
            "text": text,
            "sent_at": at.isoformat(),
        },
        ensure_ascii=False,
    ).encode()


def headers_of(call: Call, content: bytes, secret: str, at: datetime) -> dict[str, str]:
    """What the call is told by and proved with: HMAC-SHA256, by the secret, of "seconds, full stop,
    body".
    """
    stamp = str(int(at.timestamp()))
    found = {"Idempotency-Key": call.key, "X-Xunban-Timestamp": stamp}
    if secret:
        signed = hmac.digest(secret.encode(), f"{stamp}.".encode() + content, hashlib.sha256)
        found["X-Xunban-Signature"] = f"sha256={signed.hex()}"
    return found


def reached_of(answer: object) -> Reached | None:
    """Who took the call, where the answer says so: ``{"code": 0, "reached": {"by": "name"}}``."""
    told = answer.get("reached") if isinstance(answer, dict) else None
    by = told.get("by") if isinstance(told, dict) else None
    if not isinstance(by, str) or not by.strip() or not by.strip().isprintable():
        return None
    return Reached(by.strip()[:LONGEST_NAME])
