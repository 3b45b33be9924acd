"""Who comes to the door of a service on a long day: phones that tap, a hotline that reports, boards
that stay open, and strangers.

A phone keeps a tap until it is answered, and so do the senders here: what no answer came for is
sent again. The same is true of the hotline, which reports everything twice on top of it.
"""

import asyncio
import contextlib
import http.client
import json
import os
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import websockets
from playwright.async_api import Error, async_playwright

from data.model.account import Role
from data.store.store import DatabaseError, Store
from ops.auth.accounts import add_account
from ops.auth.api_tokens import new_token
from ops.auth.permissions import CONSOLE
from ops.field.progress import own_jobs
from ops.intake.alerts import take_alerts, understand
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from tests.bench.service.boards import Board
from tests.bench.service.day_world import MachineClock
from tests.helpers.processes.browsing import CHROMIUM, DESKTOP, FLAGS
from tests.helpers.processes.sign_in_browser import GOOD, Browser

SENDERS, TIMEOUT_S = 8, 30.0
WARNING = (
    "辽源市气象台{at}发布暴雨橙色预警信号：预计未来{hours}小时内，龙山区降雨量将达50毫米以上。"
)
WORK = ("accept", "depart", "arrive", "clear")
NEVER = (403, 404, 409, 422)  # answers that sending again does not change
REPORT_S, RELOAD_S = 4.0, 45.0
JSON = {"Content-Type": "application/json"}
Tap = tuple[str, dict[str, object]]


class Crowd:
    """All of them, and what became of it."""

    def __init__(self, port: int, store: Store, clock: MachineClock, rate: float):
        self.port, self._store, self._clock, self._rate = port, store, clock, rate
        self.over, self._lock, self._next = threading.Event(), threading.Lock(), 0
        self._targets: list[tuple[str, str, str]] = []
        self.kept: list[str] = []
        self.reported: list[str] = []
        self.taps: list[tuple[float, float]] = []
        self.pages: dict[str, list[tuple[float, float]]] = {"sheet": [], "board": [], "browser": []}
        self.answers: Counter[object] = Counter()
        self.strangers: Counter[object] = Counter()
        self.failed: Counter[str] = Counter()
        add_account(store, CONSOLE, "long day", Role.ADMIN, GOOD, clock.now())
        self._token = new_token(store, CONSOLE, "hotline", clock.now())

    def threads(self, boards: int, browsers: int, attackers: int) -> Iterator[threading.Thread]:
        work = [self._send] * SENDERS + [self._report, self._look, self._follow]
        for each in work + [self._attack] * attackers:
            yield threading.Thread(target=each, name=each.__name__, daemon=True)
        if boards or browsers:
            yield threading.Thread(
                target=lambda: asyncio.run(self._watch(boards, browsers)), daemon=True
            )

    def _follow(self) -> None:
        """Which jobs there are to tap at, by the plan in force, over and over."""
        while not self.over.is_set():
            with contextlib.suppress(DatabaseError):
                self.follow()
            self.over.wait(10.0)

    def follow(self) -> None:
        operation, city = self._store.operations.current(), self._store.city()
        version = self._store.plans.current(operation.id)
        if version is None:
            return
        links = Links(self._store, NotifySettings(link_hours=720.0), self._clock.now)
        self._targets = [
            (f"/s/{links.token(operation.id, version.number, station.id)}", job, station.id)
            for station in city.stations
            for job in own_jobs(version, station.id, city)
        ]

    def answers_door(self) -> bool:
        """Whether the board is there."""
        return self._ask("GET", "/_stcore/health") == 200

    def _tap(self) -> Tap | None:
        with self._lock:
            number, self._next = self._next, self._next + 1
        targets = self._targets
        if not targets:
            return None
        path, job, _ = targets[number % len(targets)]
        event = {"event_id": f"day-{number:08d}", "kind": WORK[number // len(targets) % len(WORK)]}
        if number % 199 == 0:
            event |= {"kind": "refuse", "reason": "路上积水过不去"}
        return path, event | {"job_id": job}

    def _send(self) -> None:
        """One phone after the other."""
        while not self.over.is_set():
            if tap := self._tap():
                begun = time.monotonic()
                if self._until_answered(tap[0] + "/events", tap[1], JSON, self.answers):
                    self.kept.append(str(tap[1]["event_id"]))
                self.taps.append((begun, time.monotonic() - begun))
            self.over.wait(SENDERS / self._rate)

    def _report(self) -> None:
        """The hotline: each incident twice."""
        segments, number = [one.id for one in self._store.city().segments], 0
        operation = self._store.operations.current()
        head = JSON | {"Authorization": f"Bearer {self._token}"}
        while not self.over.is_set():
            number += 1
            with contextlib.suppress(DatabaseError):
                operation = self._store.operations.current()
            report = {
                "external_id": f"call-{number:06d}",
                "kind": "standing_water",
                "reported_at": operation.now(self._clock.now()).isoformat(),
                "segment_id": segments[number * 7 % len(segments)],
                "depth_cm": number % 40,
                "exercise": operation.is_drill,
            }
            for _ in range(2):
                if self._until_answered("/api/incidents", report, head, self.answers):
                    self.reported.append(str(report["external_id"]))
            self.over.wait(REPORT_S)

    def _until_answered(
        self, path: str, body: dict[str, object], head: dict[str, str], answers: Counter[object]
    ) -> bool:
        """Whether it was taken, at last."""
        while not self.over.is_set():
            told = self._ask("POST", path, json.dumps(body).encode(), head)
            answers[told] += 1
            if told in (200, 201) or told in NEVER:
                return told in (200, 201)
            self.over.wait(0.5 if told != 429 else 5.0)
        return False

    def _look(self) -> None:
        """A station's sheet, again and again."""
        while not self.over.is_set():
            if targets := self._targets:
                begun = time.monotonic()
                if self._ask("GET", random.choice(targets)[0]) == 200:
                    self.pages["sheet"].append((begun, time.monotonic() - begun))
            self.over.wait(1.0)

    def _attack(self) -> None:
        """Guesses, half-open connections, bodies that nobody asked for, files and foreign lines."""
        ways = (self._half_open, self._guess, self._body, self._name, self._upload, self._line)
        while not self.over.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                random.choice(ways)()
            self.over.wait(0.1)

    def _half_open(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as door:
            door.sendall(b"POST /api/incidents HTTP/1.1\r\nContent-Length: 400000000\r\n")
            self.over.wait(1.0)

    def _guess(self) -> None:
        self.strangers[self._ask("GET", f"/s/{random.randbytes(24).hex()}")] += 1

    def _body(self) -> None:
        head = JSON | {"Authorization": "Bearer x"}
        self.strangers[self._ask("POST", "/api/incidents", b"[" * 60_000, head)] += 1

    def _name(self) -> None:
        form = {"name": "long day", "password": "guess", "next": "/", "seal": "0" * 64}
        self.strangers[Browser(self.port).ask("POST", "/login", form)[0]] += 1

    def _upload(self) -> None:
        path = "/_stcore/upload_file/x/y"
        self.strangers[self._ask("PUT", path, os.urandom(200_000))] += 1

    def _line(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as door:
            door.sendall(
                b"GET /_stcore/stream HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\n"
                b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            self.strangers[door.recv(12)[9:].decode(errors="replace")] += 1

    def _ask(
        self, method: str, path: str, body: bytes | None = None, head: dict[str, str] | None = None
    ) -> object:
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        try:
            door.request(method, path, body, head or {})
            answer = door.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            door.close()

    def _cookies(self) -> dict[str, str]:
        """What a browser keeps that has signed in."""
        while not self.over.is_set():
            browser = Browser(self.port)
            with contextlib.suppress(OSError, http.client.HTTPException, TypeError, KeyError):
                if browser.enter("long day")[0] == 303:
                    return browser.cookies
            self.over.wait(2.0)
        return {}

    async def _watch(self, boards: int, browsers: int) -> None:
        cookies = await asyncio.to_thread(self._cookies)
        head = "; ".join(f"{name}={value}" for name, value in cookies.items())
        work = [self._hold(head, number) for number in range(boards)]
        if browsers and CHROMIUM:
            work.append(self._browse(cookies, browsers))
        await asyncio.gather(*work)

    async def _hold(self, cookie: str, number: int) -> None:
        """One open board, opened again whenever its line is cut."""
        await asyncio.sleep(number / 2)
        while not self.over.is_set():
            board, begun = Board(f"http://127.0.0.1:{self.port}", cookie), time.monotonic()
            end = asyncio.create_task(self._ended())
            line = asyncio.create_task(board.live(time.perf_counter() + 86_400))
            await asyncio.wait((end, line), return_when=asyncio.FIRST_COMPLETED)
            for task in (end, line):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError, websockets.WebSocketException):
                await line
            if board.paint is not None:
                self.pages["board"].append((begun, board.paint))
            if board.failed:
                self.failed[f"board: {board.failed[:60]}"] += 1
            await asyncio.sleep(random.uniform(0.5, 3.0))  # browsers do not all come back at once

    async def _ended(self) -> None:
        while not self.over.is_set():
            await asyncio.sleep(0.5)

    async def _browse(self, cookies: dict[str, str], count: int) -> None:
        """Real browsers that load the board anew again and again."""
        url = f"http://127.0.0.1:{self.port}"
        kept = [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            contexts = [await browser.new_context(viewport=DESKTOP) for _ in range(count)]
            for context in contexts:
                await context.add_cookies(kept)
            while not self.over.is_set():
                for context in contexts:
                    page = await context.new_page()
                    begun = time.monotonic()
                    try:
                        await page.goto(url, timeout=TIMEOUT_S * 1000)
                        card = page.locator(".stApp .xb-cards .xb-card").nth(3)
                        await card.wait_for(timeout=TIMEOUT_S * 1000)
                        self.pages["browser"].append((begun, time.monotonic() - begun))
                    except Error as error:
                        self.failed[f"browser: {str(error).splitlines()[0][:60]}"] += 1
                    await page.close()
                for _ in range(int(RELOAD_S)):
                    if not self.over.is_set():
                        await asyncio.sleep(1.0)
            await browser.close()


def storm(store: Store, clock: MachineClock, hours: int) -> None:
    """A warning of now for so many hours, in the operation that is on."""
    operation = store.operations.current()
    now = operation.now(clock.now())
    told = WARNING.format(at=f"{now + timedelta(hours=8):%Y年%-m月%-d日%-H时%-M分}", hours=hours)
    take_alerts(
        store, operation, CONSOLE, understand(told.encode(), now, store.city().district), now
    )
