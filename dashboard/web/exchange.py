"""What the plain pages and the phones' door have in common: how a request is read, and how a
refusal or a failure is answered, with one status for each meaning.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse

from data.store.store import DatabaseError
from ops.base.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PermissionDenied,
    TooManyTries,
)
from ops.base.messages import LANGUAGES, Translator

Failure = NotAllowed | DatabaseError
MOST_DIGITS = 15  # every such number is one, exactly, in a browser and in a database
FAILURES = (NotAllowed, DatabaseError)
SECURE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}
"""What every plain page tells the browser; each adds what it may load and whom it may tell."""


def real_clock() -> datetime:
    """Read here, and handed on."""
    return datetime.now(UTC)


def translator_of(request: Request) -> Translator:
    """The language of ``?lang=``; the first one where it names none that we know."""
    language = request.query_params.get("lang", LANGUAGES[0])
    return Translator(language if language in LANGUAGES else LANGUAGES[0])


def address_of(request: Request) -> str:
    """Where a call comes from; behind a trusted proxy the server has put in the address that it
    tells.
    """
    return request.client.host if request.client else "-"


def media_type(request: Request) -> str:
    """The kind of content that was sent, without its parameters, in small letters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request, most: int) -> bytes | None:
    """What was sent; ``None`` where it is more than ``most`` bytes, which are not waited for."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


def read_object(body: bytes) -> Mapping[str, object]:
    """The JSON object that was sent, of which every part can be counted with, kept and shown.

    Raises
    ------
    Invalid
        It is no object; or something in it is no text that can be written (half a character), no
        number (``NaN``), or a number of more digits than anything here has.
    """
    try:
        payload = json.loads(body, parse_constant=_no_number, parse_int=_small)
        json.dumps(payload, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # what can't be encoded is one of them
        raise Invalid("field.unreadable", what="JSON") from None
    if not isinstance(payload, dict):
        raise Invalid("field.unreadable", what="JSON")
    return payload


def _no_number(name: str) -> object:
    raise ValueError(name)


def _small(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


STATUSES: dict[type[NotAllowed], int] = {
    Invalid: 422,
    NotFound: 404,
    Conflict: 409,
    PermissionDenied: 403,
    NotSignedIn: 401,
    TooManyTries: 429,
}


def status_of(failure: Failure) -> int:
    """The status (RFC 9110) of what is refused, by its meaning; 503 where the database does not
    answer.

    The phone page sends a tap again after 429, stops after 403 and 404 (its link is over), and
    drops what is answered otherwise.
    """
    if isinstance(failure, DatabaseError):
        return 503
    return next(STATUSES[meaning] for meaning in type(failure).__mro__ if meaning in STATUSES)


def reason_of(failure: Failure) -> tuple[str, Mapping[str, object]]:
    """The key of the sentence that says why, and its facts."""
    if isinstance(failure, DatabaseError):
        return "board.wrong_database", {}
    return failure.code, failure.facts


def text_of(failure: Failure, t: Translator) -> str:
    """Why it was refused or failed, in words."""
    code, facts = reason_of(failure)
    return t(code, **facts)


def refusal_json(
    failure: Failure, t: Translator, headers: Mapping[str, str], status: int | None = None
) -> JSONResponse:
    """A refusal or failure for a script: its code and its words."""
    content = {"code": reason_of(failure)[0], "message": text_of(failure, t)}
    return JSONResponse(content, status or status_of(failure), headers=dict(headers))
