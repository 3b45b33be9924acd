"""Whoever is on duty at the desk."""

import pytest

from data.model.account import Account, Role
from ops.auth.accounts import add_account
from ops.auth.permissions import CONSOLE
from tests.helpers.makers import NOW
from tests.helpers.security.accounts import GOOD


@pytest.fixture
def wang(store) -> Account:
    return add_account(store, CONSOLE, "Wang", Role.DUTY, GOOD, NOW)
