"""What stands around a service that is tried for a long day: a clock of the machine that can be
put, and a world outside that can fall silent.
"""

import contextlib
import json
import shutil
import socket
import struct
import subprocess
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long shift(void) {
    static volatile long *put;
    if (!put) {
        int file = open(getenv("PUT_CLOCK"), O_RDONLY);
        if (file < 0) return 0;
        void *at = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
        close(file);
        if (at == MAP_FAILED) return 0;
        put = at;
    }
    return *put;
}
int clock_gettime(clockid_t which, struct timespec *told) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(which, told);
    if (!failed && which == CLOCK_REALTIME) told->tv_sec += shift();
    return failed;
}
time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept) *kept = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *told, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    told->tv_sec = now.tv_sec;
    told->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""
"""Put before the C library: the time of day is what a file says beside what the kernel says. Clocks
that nobody puts (CLOCK_MONOTONIC) stay as they are.
"""


class MachineClock:
    """The time of day as the service sees it. Where no C compiler is, it can't be put."""

    def __init__(self, folder: Path):
        self._file = folder / "clock"
        self._file.write_bytes(struct.pack("l", 0))
        self._seconds = 0
        self.env: dict[str, str] = {}
        if compiler := shutil.which("cc"):
            source, made = folder / "clock.c", folder / "clock.so"
            source.write_text(SHIM)
            command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"]
            subprocess.run(command, check=True)
            self.env = {"LD_PRELOAD": str(made), "PUT_CLOCK": str(self._file)}

    def put(self, by: timedelta) -> None:
        if self.env:
            self._seconds += round(by.total_seconds())
            with self._file.open("r+b") as file:
                file.write(struct.pack("l", self._seconds))

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._seconds)


class Outside(ThreadingHTTPServer):
    """A weather service and the robots of a chat on loopback, by ``way``: ``good``, ``silent``
    (takes what is sent and never answers), ``reset`` or ``broken`` (half an answer).
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, clock: MachineClock):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock, self.way = clock, "good"
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.told: Counter[str] = Counter()  # by way and path
        self.texts: list[str] = []
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, name="outside", daemon=True).start()

    def end(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_what: object) -> None:
        """A client that hangs up is what is tried."""

    def settings(self) -> str:
        """The tables that lead here."""
        channels = "".join(
            f'[[channels]]\nname = "{role}"\nkind = "wecom"\nrole = "{role}"\ndrill = true\n'
            f'url = "{self.url}/{role}"\n'
            for role in ("chief", "deputy", "desk")
        )
        return (
            f'[[feeds]]\nkind = "open-meteo"\nname = "rain"\nurl = "{self.url}/rain"\n'
            f"poll_minutes = 1.0\nretries = 1\ntimeout_s = 3.0\ndeadline_s = 8.0\n{channels}"
        )


class _Handler(BaseHTTPRequestHandler):
    server: Outside

    def do_GET(self) -> None:
        hour = self.server.clock.now().replace(minute=0, second=0, microsecond=0)
        hours = [hour + timedelta(hours=number) for number in range(-6, 48)]
        rain = {"time": [f"{at:%Y-%m-%dT%H:%M}" for at in hours]}
        rain["precipitation"] = [3.0 * (at.hour % 5) for at in hours]
        told = {"utc_offset_seconds": 0, "hourly_units": {"precipitation": "mm"}, "hourly": rain}
        self._answer(told)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.way == "good":
            self.server.texts.append(json.loads(body)["text"]["content"])
        self._answer({"errcode": 0, "errmsg": "ok"})

    def _answer(self, told: object) -> None:
        way = self.server.way
        self.server.told[f"{way} {self.path.partition('?')[0]}"] += 1
        self.close_connection = True
        if way == "silent":
            self.server.over.wait(60)
        elif way == "reset":
            hard = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
            self.connection.close()
        else:
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body[: len(body) // 2] if way == "broken" else body)

    def log_message(self, *_words: object) -> None:
        """Quiet."""
