"""Attacks on a running board by whoever is not known: each must cost it next to nothing."""

import http.client
import json
import os
import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import websockets.exceptions
import websockets.sync.client as sync_client

from dashboard.web.api.cases import MOST_BASE64
from dashboard.web.gate import most
from data.model.account import Role
from data.store.store import Store
from ops.auth.accounts import add_account
from ops.auth.api_tokens import new_token
from ops.auth.local_door import local_address
from ops.auth.permissions import CONSOLE
from ops.auth.sessions import AccessSettings, sign_in
from tests.helpers.processes.browsing import furnish, serving, way_in
from tests.helpers.processes.service import until
from tests.helpers.processes.sign_in_browser import GOOD

pytestmark = pytest.mark.xdist_group("gate")  # one board for all of them
MB = 1_000_000


class Attacked:
    """A board that runs, and its process."""

    def __init__(self, url: str, home: Path):
        self._line: http.client.HTTPConnection | None = None
        self.url, self.home, self.port = url, home, int(url.rpartition(":")[2])
        self.pid = next(
            int(one.name)
            for one in Path("/proc").iterdir()
            if one.name.isdigit()
            and f"\0--port\0{self.port}\0" in _command(one) + "\0"
            and "dashboard.serve" in _command(one)
        )

    def memory(self) -> int:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def answer_s(self) -> float:
        """How long somebody waits for a page meanwhile."""
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/login")
        assert connection.getresponse().status == 200
        connection.close()
        return time.monotonic() - begun

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.close()

    def ask(self, method: str, path: str, **headers: str) -> int:
        """The status of an answer; the line is kept for the next question."""
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._line.request(method, path, headers=headers)
        answer = self._line.getresponse()
        answer.read()
        return answer.status

    def send(self, method: str, path: str, megabytes: int, **headers: str) -> int:
        """Send a body that is as long as it is said to be, for as long as the other side takes it;
        the status of the answer.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            told = {"Host": f"127.0.0.1:{self.port}", "Content-Length": str(megabytes * MB)}
            told |= {name.replace("_", "-"): value for name, value in headers.items()}
            if told["Content-Length"] == "":
                told["Transfer-Encoding"] = told.pop("Content-Length") or "chunked"
            head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
            line.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
            chunk = b"x" * MB
            framed = b"%x\r\n%s\r\n" % (MB, chunk) if "Transfer-Encoding" in told else chunk
            with suppress(OSError):
                for _ in range(megabytes):
                    line.sendall(framed)
            with suppress(OSError):
                return int(line.recv(100).split(b" ")[1])
        return 0


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    home = furnish(tmp_path_factory.mktemp("attacked"))
    with serving(home) as url:
        attacked = Attacked(url, home)
        yield attacked
        attacked.hang_up()


BODIES = [
    ("POST", "/api/incidents", {"Content_Type": "application/json"}),
    ("POST", "/api/incidents", {"Authorization": "Bearer made-up", "Content_Length": ""}),
    ("PUT", "/_stcore/upload_file/x/y", {}),
    ("PUT", "/_stcore/upload_file/x/y", {"Cookie": "xunban_session=made-up"}),
    ("POST", "/s/made-up/events", {"Content_Type": "application/json"}),
    ("POST", "/s/made-up/events", {"Content_Type": "application/json", "Content_Length": ""}),
    ("POST", "/login", {"Content_Type": "application/x-www-form-urlencoded"}),
    ("POST", "/login", {"Content_Type": "application/x-www-form-urlencoded", "Content_Length": ""}),
]


@pytest.mark.parametrize(("method", "path", "headers"), BODIES)
def test_a_body_of_somebody_who_is_not_known_is_not_read(board, method, path, headers):
    before = board.memory()
    statuses: list[int] = []
    senders = [
        threading.Thread(target=lambda: statuses.append(board.send(method, path, 60, **headers)))
        for _ in range(4)
    ]
    for one in senders:
        one.start()
    assert board.answer_s() < 5
    for one in senders:
        one.join(60)
    assert all(status in (0, 401, 403, 413) for status in statuses), statuses
    assert board.memory() - before < 60 * MB


def test_a_page_of_another_site_opens_no_line_and_nothing_is_looked_up_for_it(board):
    begun = time.monotonic()
    for origin in ("http://evil.example", "null", "", None, f"http://127.0.0.1:{board.port + 1}"):
        with pytest.raises((websockets.exceptions.InvalidStatus, OSError)):
            sync_client.connect(
                f"ws://127.0.0.1:{board.port}/_stcore/stream",
                subprotocols=["streamlit"],
                origin=origin,
                open_timeout=20,
            )
    assert time.monotonic() - begun < 4, "the server asked somebody else what its address is"


def test_half_open_connections_end_no_board_and_leave_room_for_others(board):
    log = board.home / "log" / "board.log"
    with ExitStack() as open_ones:
        for number in range(1500):
            one = socket.socket()
            open_ones.enter_context(one)
            one.settimeout(5)
            with suppress(OSError):
                one.connect(("127.0.0.1", board.port))
                one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" if number % 2 else b"")
        assert board.answer_s() < 10
        assert board.descriptors() < 1200
        until(lambda: board.descriptors() < 150, "those that ask for nothing are let go")
    assert log.stat().st_size < MB


def test_open_lines_of_who_is_not_known_are_counted_and_who_is_known_has_room(board):
    def line(cookie: str = ""):
        return sync_client.connect(
            f"ws://127.0.0.1:{board.port}/_stcore/stream",
            subprotocols=["streamlit"],
            origin=f"http://127.0.0.1:{board.port}",
            additional_headers={"Cookie": cookie} if cookie else {},
            open_timeout=20,
        )

    path = way_in(board.url).partition(str(board.port))[2]
    connection = http.client.HTTPConnection("127.0.0.1", board.port, timeout=20)
    connection.request("GET", path)
    cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
    connection.close()
    with ExitStack() as lines:
        refused = 0
        for _ in range(60):
            try:
                lines.enter_context(line())
            except websockets.exceptions.InvalidStatus:
                refused += 1
        assert refused == 20
        lines.enter_context(line(cookie))


def test_a_body_that_stands_still_is_given_up(board):
    """Without a cookie nothing is read; with one, for so long and no longer."""
    path = local_address(board.url, board.home, _now()).partition(str(board.port))[2]
    connection = http.client.HTTPConnection("127.0.0.1", board.port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    begun = time.monotonic()
    connection.putrequest("POST", "/login")
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.putheader("Content-Length", "100")
    connection.endheaders()
    connection.send(b"name=")
    assert connection.getresponse().status == 408
    assert time.monotonic() - begun < 40
    connection.close()


def _now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


def test_what_streamlit_counts_is_for_nobody(board):
    connection = http.client.HTTPConnection("127.0.0.1", board.port, timeout=20)
    connection.request("GET", "/_stcore/metrics")
    assert connection.getresponse().status == 404
    connection.close()


def test_the_boards_log_turns_over(tmp_path):
    import io

    from ops.base import json_logs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_logs, "MOST_BYTES", 10_000)
        source = io.BytesIO(b"".join(b"line %d\n" % n for n in range(20_000)) + b"y" * 50_000)
        json_logs.keep_output(source, tmp_path / "board.log")
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) < 6 * 10_000 + 100_000
    assert (tmp_path / "board.log").read_text().endswith("y\n")


def test_a_case_of_a_platform_may_bring_a_photo_as_a_phone_may():
    sizes = [most({"type": "http", "path": one}) for one in ("/api/cases", "/s/x/events")]
    assert min(sizes) > MOST_BASE64
    assert most({"type": "http", "path": "/api/incidents"}) < 1_000_000


def test_an_incident_without_a_token_is_refused_in_words(board):
    connection = http.client.HTTPConnection("127.0.0.1", board.port, timeout=20)
    connection.request("POST", "/api/incidents", b"{}", {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 401
    assert json.loads(answer.read())["detail"]["code"] == "token.refused"
    connection.close()


def test_an_address_that_asks_without_end_waits_and_who_is_known_behind_it_does_not(board):
    """Whoever attacks from the bureau's own address shuts nobody of it out. The last of the file:
    the board is narrow from here on.
    """
    with (board.home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("[access]\nanonymous_requests = 40\nanonymous_per_minute = 6\n")
    store = Store(f"sqlite:///{board.home / 'xunban.db'}")
    account = add_account(store, CONSOLE, "Gu", Role.DUTY, GOOD, _now(), temporary=False)
    kept = sign_in(store, AccessSettings(), "Gu", GOOD, "10.1.1.1", _now())
    token = new_token(store, CONSOLE, "platform", _now())
    store.close()
    pages = [
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/api/openapi.json"),
        ("POST", "/api/incidents"),
        ("PUT", "/_stcore/upload_file/x/y"),
        ("GET", "/account"),
    ]
    for method, path in pages:
        statuses = {board.ask(method, path, Cookie="xunban_session=guess") for _ in range(60)}
        if 429 in statuses:
            break
    assert 429 in statuses
    assert {board.ask(*one) for one in pages} == {429}
    for _ in range(3):
        assert board.ask("GET", "/login") == board.ask("GET", "/login/page.css") == 200
        assert board.ask("GET", "/s/made-up") in (403, 429)
        assert board.ask("POST", "/login") == 403, "to sign in has a budget of its own"
        assert board.ask("GET", "/", Cookie=f"xunban_session={kept.secret}") == 200
        assert board.ask("POST", "/api/incidents", Authorization=f"Bearer {token}") == 422
    statuses = {board.ask("POST", "/login") for _ in range(60)}
    assert statuses == {403, 429}
    assert board.ask("POST", "/login", Cookie=f"xunban_device={kept.device}") == 403
    forged = f"{account.id}.x.{'0' * 64}"
    assert {board.ask("POST", "/login", Cookie=f"xunban_device={forged}") for _ in range(9)} == {
        429
    }
