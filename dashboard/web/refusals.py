"""What a refusal is called in HTTP."""

from ops.base.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PermissionDenied,
    TooManyTries,
)

STATUSES: dict[type[NotAllowed], int] = {
    Invalid: 422,
    NotFound: 404,
    Conflict: 409,
    PermissionDenied: 403,
    NotSignedIn: 401,
    TooManyTries: 429,
}


def status_of(refused: NotAllowed) -> int:
    """The status (RFC 9110) of what is refused, by its meaning.

    The phone page sends a tap again after 429, stops after 403 and 404 (its link is over), and
    drops what is answered otherwise.
    """
    return next(STATUSES[meaning] for meaning in type(refused).__mro__ if meaning in STATUSES)
