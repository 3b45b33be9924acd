"""Fixtures of the tests of who may do what."""

from tests.helpers.pages import url
from tests.helpers.processes.sign_in_browser import door

__all__ = ["door", "url"]
