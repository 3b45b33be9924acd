"""A server on loopback that misbehaves in as many ways as it has paths."""

import gzip
import time
import zlib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RAIN = (
    b'{"utc_offset_seconds": 0, "hourly_units": {"precipitation": "mm"}, "hourly": {"time": '
    b'["2022-07-08T00:00", '
    b'"2022-07-08T01:00"], "precipitation": [0.0, 1.5]}}'
)


class Misbehaving(BaseHTTPRequestHandler):
    """Each path is one way to misbehave."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        with suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, "do_" + self.path.split("?")[0].strip("/"))()

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_good(self) -> None:
        if self.headers.get("If-None-Match") == '"1"':
            return self.answer(304, ETag='"1"')
        return self.answer(body=b"good", ETag='"1"', Last_Modified="Fri, 08 Jul 2022 00:20:00 GMT")

    def do_rain(self) -> None:
        self.answer(body=gzip.compress(RAIN), Content_Encoding="gzip")

    def do_late(self) -> None:
        time.sleep(1.5)
        self.answer(body=b"late")

    def do_dripping(self) -> None:
        self.answer(Content_Length="1000")
        for _ in range(60):
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.05)

    def do_dripping_head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for i in range(60):
            self.wfile.write(f"X-{i}: y\r\n".encode())
            self.wfile.flush()
            time.sleep(0.05)

    def do_cut_off(self) -> None:
        self.answer(body=b"half", Content_Length="1000")
        self.close_connection = True

    def do_two_lengths(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.answer_rest(Content_Length="1000")

    def answer_rest(self, **headers: str) -> None:
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def do_huge(self) -> None:
        self.answer(Content_Length=str(10**12))

    def do_endless(self) -> None:
        self.answer(Content_Length="", Transfer_Encoding="chunked")
        for _ in range(1000):
            self.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")

    def do_bomb(self) -> None:
        packer = zlib.compressobj(9, wbits=31)
        body = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(200)) + packer.flush()
        self.answer(body=body, Content_Encoding="gzip")

    def do_bad_gzip(self) -> None:
        self.answer(body=b"this is no gzip", Content_Encoding="gzip")

    def do_garbage(self) -> None:
        self.wfile.write(b"\x16\x03\x01 what is this\r\n\r\n")
        self.close_connection = True

    def do_forbidden(self) -> None:
        self.answer(403)

    def do_over_quota(self) -> None:
        self.answer(429, Retry_After="120")

    def do_busy(self) -> None:
        self.answer(503, Retry_After="600")

    def do_dated(self) -> None:
        now, until = self.path.partition("?")[2].split(",")
        self.send_response_only(429)
        for name, value in ((("Date", now),) if now else ()) + (
            ("Retry-After", until),
            ("Content-Length", "0"),
        ):
            self.send_header(name, value.replace("_", " ").replace("%2C", ","))
        self.end_headers()

    def do_missing(self) -> None:
        self.answer(404)

    def do_elsewhere(self) -> None:
        self.answer(302, Location=f"http://127.0.0.1:{self.server.server_port}/good")

    def do_recovers(self) -> None:
        self.answer(500 if self.server.paths.count(self.path) < 2 else 200, body=b"at last")

    def do_broken(self) -> None:
        self.answer(503)

    def log_message(self, *_words: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_what: object) -> None:
        """A client that hangs up is what is tested."""
