"""Fixtures of the tests that run the whole program as processes of its own."""

from tests.helpers.processes.browser_visits import browser, visit
from tests.helpers.processes.service import home, run

__all__ = ["browser", "home", "run", "visit"]
