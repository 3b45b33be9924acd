"""A source of weather on loopback that answers what a test puts under a path, and feeds that ask
it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from data.model.operation import Operation
from data.store.store import Store
from ops.intake.feeds import poll_due
from tests.helpers.makers import NOW
from weather.model import SourceHealth
from weather.sources import Feed

PLACE = (125.14, 42.9)
SECRET = "9f3b1c7e-secret"


def rain(mm: dict[int, float]) -> bytes:
    """Open-Meteo's answer; the rain of local hours of 8 July 2022."""
    hours = [f"2022-07-08T{hour:02d}:00" for hour in range(24)]
    return json.dumps(
        {
            "utc_offset_seconds": 28800,
            "hourly_units": {"precipitation": "mm"},
            "hourly": {
                "time": hours,
                "precipitation": [mm.get(hour - 1, 0.0) for hour in range(24)],
            },
        }
    ).encode()


def cap(number: int, place: str = "220402", event: str = "暴雨") -> bytes:
    return f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>{place}41600000_2022070808{number:02d}00
</identifier><sender>x</sender><sent>2022-07-08T08:{number:02d}:00+08:00</sent><status>Actual</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language><category>Met</category>
<event>{event}黄色预警</event><urgency>Expected</urgency><severity>Moderate</severity><certainty>Likely</certainty>
<expires>2022-07-08T14:20:00+08:00</expires><senderName>辽源市气象台</senderName>
<description>辽源市气象台2022年7月8日8时{number}分发布{event}黄色预警信号：预计未来6小时降雨量将达50毫米以上。</description>
<area><areaDesc>龙山区</areaDesc><geocode><valueName>adcode</valueName><value>{place}</value></geocode></area>
</info></alert>""".encode()


class Source(ThreadingHTTPServer):
    """Answers what the test puts under a path: a body, or a status."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, bytes | int] = {}
        self.asked: list[tuple[str, dict]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.asked.append((self.path, dict(self.headers)))
        body = self.server.answers.get(path, 404)
        etag = f'"{hash(body)}"'
        status = (
            body
            if isinstance(body, int)
            else 304
            if self.headers.get("If-None-Match") == etag
            else 200
        )
        body = b"" if status != 200 else body
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_words):
        pass


@contextmanager
def answering() -> Iterator[Source]:
    """A source that answers until the block ends."""
    server = Source()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def meteo(url: str, **changes) -> Feed:
    return Feed(**({"kind": "open-meteo", "name": "om", "url": url, "retries": 0} | changes))


def index_of(source: Source, path: str, **changes) -> Feed:
    return Feed(
        **(
            {"kind": "cap-index", "name": "relay", "url": source.url + path, "retries": 0}
            | {"adcode_prefix": "2204"}
            | changes
        )
    )


def turn(
    store: Store, real: Operation, *feeds: Feed, at=NOW, secrets=None
) -> dict[str, SourceHealth]:
    poll_due(store, real, feeds, PLACE, at, secrets or {})
    return store.weather.healths()


def entries(source: Source, *links: str, days: tuple[int, ...] = ()) -> bytes:
    """An index of these links (paths, or whole addresses), dated by days of July where told."""
    items = "".join(
        f"<item><guid>{link}</guid><link>{link if '://' in link else source.url + link}</link>"
        + (f"<pubDate>{days[i]:02d} Jul 2022 00:20:00 GMT</pubDate>" if days else "")
        + "</item>"
        for i, link in enumerate(links)
    )
    return f"<rss><channel>{items}</channel></rss>".encode()
