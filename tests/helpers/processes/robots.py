"""A stand-in for the robots of WeCom, DingTalk and Feishu: it listens on this machine and answers
as it is told.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

GOOD = (200, {"errcode": 0, "errmsg": "ok", "code": 0})


class Robot:
    """What was posted to it, and how it answers: ``answers`` in turn, then ``good``.

    An answer is (status, body) with a body that becomes JSON or bytes that go out as they are, or a
    callable that is given the handler and does what it wants.
    """

    def __init__(self, url: str):
        self.url = url
        self.posts: list[dict] = []
        self.bodies: list[bytes] = []
        self.heads: list[dict[str, str]] = []
        self.queries: list[dict[str, list[str]]] = []
        self.answers: list[tuple[int, object] | Callable] = []
        self.good: tuple[int, object] = GOOD

    def texts(self) -> list[str]:
        """The texts that it took in."""
        return [
            (post.get("text") or post.get("content") or {}).get("content")
            or (post.get("content") or {}).get("text")
            or post.get("message", "")
            for post in self.posts
        ]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        robot: Robot = self.server.robot
        robot.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        robot.heads.append(dict(self.headers))
        robot.posts.append(json.loads(robot.bodies[-1]))
        robot.queries.append(parse_qs(urlsplit(self.path).query))
        answer = robot.answers.pop(0) if robot.answers else robot.good
        if callable(answer):
            answer(self)
            return
        status, body = answer[:2]
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (answer[2] if len(answer) > 2 else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@contextmanager
def robot() -> Iterator[Robot]:
    """A robot that listens until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.robot = Robot(f"http://127.0.0.1:{server.server_port}/send?key=SECRET-KEY")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.robot
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def cut(handler: BaseHTTPRequestHandler) -> None:
    """End the connection within the answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"errcode": 0')
    handler.close_connection = True


def late(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """Say nothing for a while, then hang up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        threading.Event().wait(seconds)
        handler.close_connection = True

    return answer
