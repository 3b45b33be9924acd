"""An account as tests have it, and how its owner signs in."""

import pytest

from ops.auth.sessions import AccessSettings, sign_in
from ops.base.errors import NotAllowed
from tests.helpers.makers import NOW

GOOD = "lightning over liaoyuan"
RULES = AccessSettings()


def enter(store, name="wang", password=GOOD, at=NOW, address="10.0.0.1", rules=RULES) -> str:
    """Sign in; the secret of the session."""
    return sign_in(store, rules, name, password, address, at).secret


def fail(store, times: int, **how) -> None:
    """Try with a wrong password so many times."""
    for _ in range(times):
        with pytest.raises(NotAllowed):
            enter(store, password="wrong", **how)
