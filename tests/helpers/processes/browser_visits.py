"""A real browser; its tests are skipped, with the reason, where there is none."""

import pytest

from tests.helpers.processes.browsing import CHROMIUM, DESKTOP, FLAGS, Visit

playwright = pytest.importorskip(
    "playwright.sync_api", reason="BROWSER TESTS SKIPPED: Playwright is not installed"
)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Opens pages; at the end each must have been sound."""
    opened = []

    def new(size: dict = DESKTOP, **context) -> Visit:
        context = browser.new_context(viewport=size, **context)
        opened.append((context, Visit(context.new_page())))
        return opened[-1][1]

    yield new
    for context, one in opened:
        one.sound()
        context.close()


def sign_in(one: Visit, url: str, name: str, password: str) -> None:
    one.page.goto(f"{url}/login")
    one.page.locator("input[name=name]").fill(name)
    one.page.locator("input[name=password]").fill(password)
    one.page.locator("form button").click()
