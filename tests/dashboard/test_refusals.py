"""What is refused is answered by what it means, never by the words for it."""

import pytest

from dashboard.web.exchange import STATUSES, status_of
from ops.base import errors
from ops.base.errors import NotAllowed


@pytest.mark.parametrize(
    ("meaning", "status"),
    [
        ("Invalid", 422),
        ("NotFound", 404),
        ("Conflict", 409),
        ("PermissionDenied", 403),
        ("UnknownLink", 403),
        ("NotSignedIn", 401),
        ("TooManyTries", 429),
    ],
)
def test_the_status_follows_the_meaning_whatever_the_words(meaning, status):
    refused = getattr(errors, meaning)("field.bad_text")
    assert status_of(refused) == status


def test_every_meaning_has_its_status():
    assert {*STATUSES} >= {*NotAllowed.__subclasses__()}
