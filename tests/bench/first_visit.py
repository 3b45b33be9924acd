"""The first visit over a poor network: when the desk's cards can be read, when the board is there.

``python tests/bench/first_visit.py [--kbit 400] [--ms 100] [--visits 3]``; on this machine's
loopback only, the network slowed by Chromium itself. Each visit is a browser with nothing kept.
Told are the seconds until the four cards can be read (in the page's own words), until the board has
drawn its own, and how many bytes had come by then.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright

from data.store.store import Store
from tests.helpers.processes.browsing import CHROMIUM, DESKTOP, FLAGS, furnish, serving, way_in


def visit(browser: Browser, url: str, kbit: float, ms: float) -> tuple[float, float, float, float]:
    """Seconds and kilobytes until the cards can be read, and until the board's own are drawn."""
    context = browser.new_context(viewport=DESKTOP)
    context.request.get(way_in(url))
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    speed = kbit * 1000 / 8
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": ms, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    came = [0.0]

    def count(told: dict) -> None:
        came[0] += told["encodedDataLength"] / 1000

    line.on("Network.dataReceived", count)
    begun = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(".xb-card").nth(3).wait_for(timeout=120_000)
    read, kept = time.perf_counter() - begun, came[0]
    page.locator(".stApp .xb-card").nth(3).wait_for(timeout=120_000)
    drawn = time.perf_counter() - begun
    context.close()
    return read, kept, drawn, came[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kbit", type=float, default=400)
    parser.add_argument("--ms", type=float, default=100, help="of every request")
    parser.add_argument("--visits", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = furnish(Path(folder) / "home")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with serving(home) as url:
            store = Store(f"sqlite:///{home / 'xunban.db'}")
            while store.plans.current(store.operations.current().id) is None:
                time.sleep(1)
            store.close()
            found = [visit(browser, url, asked.kbit, asked.ms) for _ in range(asked.visits)]
        browser.close()
    names = ("cards read, s", "kB by then", "board drawn, s", "kB by then")
    for name, values in zip(names, zip(*found, strict=True), strict=True):
        print(
            f"{name}: {[round(one, 1) for one in values]}, median {statistics.median(values):.1f}"
        )


if __name__ == "__main__":
    main()
