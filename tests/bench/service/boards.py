"""Fifty open boards that refresh, and twenty reports a second: how soon a page stands, what memory
the server takes.

``python tests/bench/service/boards.py [--boards 50] [--browsers 4] [--rate 20] [--seconds 600]``;
on this machine's loopback only.

A board here is a session that speaks the browser's own protocol over its websocket: it runs the
page's script, takes in every message (with the frames of tables and charts), and asks for each
fragment again when its interval is over, as the browser does. It draws nothing: fifty Chromiums
that draw maps without a graphics card would be a test of this machine. First paint is the time from
the opening of the websocket to the end of the first run, with all boards opened within the first
minute. What a browser adds is seen by a few real ones among them: each stays open, and each is
loaded anew every minute, one after the other. Three figures are kept of a load: the first content
that the browser itself says it has painted, the time from the call of the address to the four
cards, which is what somebody waits for, and to those that the board has drawn itself; the first
load is one with nothing kept. The reports are posted to the phone's address.
"""

import argparse
import asyncio
import http.client
import os
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import websockets
from playwright.async_api import async_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

import solver
from data.store.store import Store
from tests.bench.service.field_posts import Taps, addresses
from tests.helpers.processes.browsing import CHROMIUM, DESKTOP, FLAGS, serving, way_in

MOST_BOARDS, MOST_RATE, MOST_SECONDS = 100, 100, 600
OPENED_WITHIN_S, RELOADED_EVERY_S = 60.0, 60.0
FIRST_PAINT_MS = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


class Window:
    """One real browser's page, loaded anew again and again."""

    def __init__(self, url: str):
        self._url = url
        self.paints: list[float] = []
        self.cards: list[float] = []
        self.drawn: list[float] = []
        self.failed: list[str] = []

    async def live(self, browser, wait: float, until: float) -> None:
        await asyncio.sleep(wait)
        page = await (await browser.new_context(viewport=DESKTOP)).new_page()
        page.on("pageerror", lambda error: self.failed.append(str(error)))
        await page.goto(way_in(self._url))
        while until - time.perf_counter() > RELOADED_EVERY_S / 2:
            begun = time.perf_counter()
            await page.goto(self._url)
            await page.locator(".xb-cards .xb-card").nth(3).wait_for(timeout=60_000)
            self.cards.append(time.perf_counter() - begun)
            await page.locator(".stApp .xb-cards .xb-card").nth(3).wait_for(timeout=60_000)
            self.drawn.append(time.perf_counter() - begun)
            self.paints.append(await page.evaluate(FIRST_PAINT_MS) / 1000)
            await asyncio.sleep(max(0, min(begun + RELOADED_EVERY_S, until) - time.perf_counter()))


def cookie_of(address: str) -> str:
    """What a browser keeps that came by this address."""
    port, _, path = address.removeprefix("http://127.0.0.1:").partition("/")
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
    connection.request("GET", f"/{path}")
    kept = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
    connection.close()
    return kept


class Board:
    """One session, of whoever has this cookie; of who sits at the machine where none is given."""

    def __init__(self, url: str, cookie: str = ""):
        self._url = url.replace("http", "ws") + "/_stcore/stream"
        self._origin = url
        self._cookie = cookie or cookie_of(way_in(url))
        self.paint: float | None = None
        self.runs = self.bytes = 0
        self.failed: str | None = None
        self._timers: dict[str, asyncio.Task] = {}

    async def live(self, until: float) -> None:
        begun = time.perf_counter()
        try:
            async with websockets.connect(
                self._url,
                subprotocols=["streamlit"],
                origin=self._origin,
                max_size=None,
                additional_headers={"Cookie": self._cookie},
            ) as socket:
                await self._ask(socket, BackMsg(rerun_script={"query_string": ""}))
                while (left := until - time.perf_counter()) > 0:
                    try:
                        said = await asyncio.wait_for(socket.recv(), left)
                    except TimeoutError:
                        break
                    self._take(socket, said, begun)
        except (OSError, websockets.WebSocketException) as error:
            self.failed = f"{type(error).__name__}: {error}"
        for timer in self._timers.values():
            timer.cancel()

    async def _ask(self, socket, message: BackMsg) -> None:
        await socket.send(message.SerializeToString())

    def _take(self, socket, said: bytes, begun: float) -> None:
        self.bytes += len(said)
        message = ForwardMsg.FromString(said)
        kind = message.WhichOneof("type")
        if kind == "script_finished":
            self.runs += 1
            if self.paint is None:
                self.paint = time.perf_counter() - begun
        elif kind == "auto_rerun":
            again = message.auto_rerun
            if again.fragment_id not in self._timers:
                self._timers[again.fragment_id] = asyncio.create_task(
                    self._repeat(socket, again.fragment_id, again.interval)
                )
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            self.failed = message.delta.new_element.exception.message

    async def _repeat(self, socket, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._ask(
                socket, BackMsg(rerun_script={"fragment_id": fragment, "is_auto_rerun": True})
            )


def memory_mb(port: int) -> float:
    """Resident memory of the process that listens on a port."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                told = (process / "cmdline").read_bytes().decode(errors="replace")
                if "dashboard" in told and "serve" in told and f"\0{port}\0" in told:
                    pages = int((process / "statm").read_text().split()[1])
                    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
            except OSError:
                continue
    return 0.0


async def hold(
    url: str, asked: argparse.Namespace, peaks: list[float]
) -> tuple[list[Board], list[Window]]:
    """Open all boards and windows and keep them open to the end; the server's memory at times."""
    async with async_playwright() as playwright:
        browser = (
            await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            if asked.browsers
            else None
        )
        until = time.perf_counter() + asked.seconds
        windows = [Window(url) for _ in range(asked.browsers)]
        open_ones = [
            asyncio.create_task(one.live(browser, number * RELOADED_EVERY_S / len(windows), until))
            for number, one in enumerate(windows)
        ]
        boards = await _boards(url, asked.boards - asked.browsers, asked.seconds, until, peaks)
        await asyncio.gather(*open_ones)
        if browser:
            await browser.close()
    return boards, windows


async def _boards(
    url: str, count: int, seconds: float, until: float, peaks: list[float]
) -> list[Board]:
    boards, tasks = [], []
    port = int(url.rpartition(":")[2])
    for _ in range(count):
        boards.append(Board(url))
        tasks.append(asyncio.create_task(boards[-1].live(until)))
        await asyncio.sleep(min(OPENED_WITHIN_S, seconds / 3) / count)
        peaks.append(memory_mb(port))
    while time.perf_counter() < until:
        await asyncio.sleep(5)
        peaks.append(memory_mb(port))
    await asyncio.gather(*tasks)
    return boards


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boards", type=int, default=50)
    parser.add_argument(
        "--browsers", type=int, default=4, help="how many of the boards are real browsers"
    )
    parser.add_argument("--rate", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=600)
    asked = parser.parse_args()
    if asked.boards > MOST_BOARDS or asked.rate > MOST_RATE or asked.seconds > MOST_SECONDS:
        parser.error(f"at most {MOST_BOARDS} boards, {MOST_RATE} a second, {MOST_SECONDS} s")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        (home / "settings.toml").write_text(
            "[contingency]\nhours = 0.0\n"
        )  # made before the storm, not while boards open
        solver.warm()
        with serving(home) as url:
            os.environ["XUNBAN_HOME"] = str(home)
            _run(url, home, asked)


def _run(url: str, home: Path, asked: argparse.Namespace) -> None:
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    operation = store.operations.current()
    while store.plans.current(operation.id) is None:
        time.sleep(1)
    taps = Taps(int(url.rpartition(":")[2]), addresses(store, operation), senders=8)
    posting = threading.Thread(target=taps.run, args=(asked.rate, asked.seconds))
    posting.start()
    peaks: list[float] = []
    boards, windows = asyncio.run(hold(url, asked, peaks))
    posting.join()
    paints = sorted(board.paint for board in boards if board.paint is not None)
    took = sorted(taps.took)
    print(
        f"{datetime.now(UTC):%H:%M} boards {len(boards)}, drawn {len(paints)}, "
        f"failed {[board.failed for board in boards if board.failed]}"
    )
    print(
        f"first paint P50 {statistics.median(paints):.2f} s, "
        f"P95 {paints[int(len(paints) * 0.95)]:.2f} s, "
        f"most {paints[-1]:.2f} s; {sum(b.runs for b in boards)} runs, "
        f"{sum(b.bytes for b in boards) / 1e6:.0f} MB"
    )
    for what in ("paints", "cards", "drawn") if windows else ():
        each = [getattr(window, what) for window in windows if getattr(window, what)]
        shown = sorted(took for one in each for took in one) or [float("nan")]
        print(
            f"browsers' {what}: {len(shown)}, P50 {statistics.median(shown):.2f} s, "
            f"P95 {shown[int(len(shown) * 0.95)]:.2f} s, most {shown[-1]:.2f} s, with nothing kept "
            f"{sorted(round(one[0], 2) for one in each)}"
        )
    print(f"browsers' errors {[error for window in windows for error in window.failed]}")
    print(
        f"reports {dict(taps.answers)}, P50 {statistics.median(took):.3f} s, "
        f"P95 {took[int(len(took) * 0.95)]:.3f} s"
    )
    print(f"server memory at most {max(peaks):.0f} MB, at the end {peaks[-1]:.0f} MB")
    store.close()


if __name__ == "__main__":
    main()
