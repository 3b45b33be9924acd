"""What the desk's tests share."""

import pytest

from tests.helpers.stepwise import wait_for_compiled_code


@pytest.fixture(scope="session", autouse=True)
def _compiled():
    """The search compiled before: a page that asks what a change costs waits half a minute, no
    more.
    """
    wait_for_compiled_code()
