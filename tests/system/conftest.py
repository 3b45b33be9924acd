"""Fixtures of the tests that run the whole program as processes of its own."""

from tests.helpers.browser_visits import browser, visit
from tests.helpers.service import home, run

__all__ = ["browser", "home", "run", "visit"]
