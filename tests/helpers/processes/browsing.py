"""A real browser on a running board: Debian's Chromium, one server for a file of tests, nothing
beyond loopback.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from ops.auth.local_door import local_address
from ops.cli.app import cli
from tests.helpers.paths import ROOT

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 90_000  # the machine may be busy; what is waited for comes much sooner as a rule
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]


def xunban(home: Path, *arguments: str, stdin: str = "") -> Result:
    """One command, ended; in this process, which need not load the program for it."""
    env = {name: None for name in os.environ if name.startswith("XUNBAN_")}
    done = CliRunner().invoke(
        cli, [*arguments], input=stdin.encode(), env=env | {"XUNBAN_HOME": str(home)}
    )
    assert done.exit_code == 0, done.output
    return done


def furnish(home: Path, services: Sequence[str] = ()) -> Path:
    """The settings of a program that is looked at by tests: short searches, none in idle time, and
    no feed is asked.
    """
    home.mkdir(parents=True, exist_ok=True)
    told = "feeds = []\n[loop]\nsolve_seconds = 0.5\n[contingency]\nhours = 0.0\n"
    told += f"[services]\non = {list(services)}\n"
    (home / "settings.toml").write_text(told, encoding="utf-8")
    return home


def _env(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XUNBAN_")}
    return kept | {"XUNBAN_HOME": str(home), "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    """One that nobody listens on, this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """``xunban up`` on a free port of loopback; its address."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "ops", "up", "--port", str(port)],
        cwd=ROOT,
        env=_env(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        said: list[str] = []
        opened = threading.Event()

        def listen() -> None:
            for line in child.stdout:
                said.append(line)
                if "http://127.0.0.1:" in line:
                    opened.set()
            opened.set()

        threading.Thread(target=listen, daemon=True).start()
        opened.wait(120)
        found = re.search(r"http://127\.0\.0\.1:\d+", "".join(said))
        try:
            assert found, "".join(said)
            HOMES[found[0]] = home
            yield found[0]
        finally:
            child.terminate()
            child.wait(60)


HOMES: dict[str, Path] = {}
"""The home of each program that was begun here, by its address."""


def way_in(url: str) -> str | None:
    """An address that opens a drill's board to who sits at the machine, once."""
    base = re.match(r"http://[^/]+", url)[0]
    return local_address(base, HOMES[base], datetime.now(UTC)) if base in HOMES else None


class Visit:
    """One page of one visitor, watched: what it asks of whom, and what goes wrong in it."""

    def __init__(self, page):
        self.page = page
        self.outside: list[str] = []
        self.failed: list[str] = []
        self._is_in = False
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", self._asked)
        page.on(
            "pageerror",
            lambda error: self.failed.append(f"{error.name}: {error.message}\n{error.stack}"),
        )

    def _asked(self, request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, url: str) -> None:
        """Go there and wait until the board has drawn itself."""
        self.go(url)
        self.page.locator(".xb-brand").first.wait_for()

    def go(self, url: str) -> None:
        """Go there; to a drill's board as the one who began it, which an address says that works
        once.
        """
        if (address := way_in(url)) and not self._is_in:
            self.page.context.request.get(address)
            self._is_in = True
        self.page.goto(url)

    def quiet(self) -> None:
        """Wait until the script has run to its end."""
        self.page.wait_for_function(
            "() => document.body.innerText.length > 150 && "
            "!document.querySelector('[data-testid=stApp][data-test-script-state=running]')"
        )

    def sound(self) -> None:
        """Nothing was asked of anyone else, nothing failed, nothing is cut off at the side, no
        traceback shows.
        """
        assert not self.outside, self.outside
        assert not self.failed, self.failed
        shown = self.page.locator("body").inner_text()
        assert "Traceback" not in shown
        assert "暂时无法显示" not in shown
        wide = self.page.evaluate("() => [document.scrollingElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], "something sticks out at the side"
