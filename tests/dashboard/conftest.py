"""Fixtures of the board's tests."""

from tests.helpers.pages import url
from tests.helpers.processes.sign_in_browser import door

__all__ = ["door", "url"]
