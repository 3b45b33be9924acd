"""The scripts, styles and fonts of the board's pages, packed once and kept: phones have a poor
network, and many boards are opened at once when it begins to rain.

Streamlit reads each of a page's hundred files anew for every reader, passes it from thread to
thread while all boards' pages are made in others, and sends it unpacked.
"""

import gzip
from pathlib import Path

import streamlit
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".woff2": "font/woff2",
}
FOLDER = Path(streamlit.__file__).parent / "static"
FILES = {
    f"/{file.relative_to(FOLDER).as_posix()}": file
    for file in (FOLDER / "static").rglob("*")
    if file.suffix in KINDS
}
"""The file of each address; every name holds a digest of what is in it, so a browser may keep it
for good.
"""


class Assets:
    """Answers for the files of ``FILES`` where the reader takes them packed; all else goes on."""

    def __init__(self, app: ASGIApp):
        self._app = app
        self._kept: dict[str, Response] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in FILES
        if not is_ours or "gzip" not in Headers(scope=scope).get("Accept-Encoding", ""):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._kept:
            packed = await to_thread.run_sync(pack, FILES[path])
            self._kept[path] = Response(
                packed,
                media_type=KINDS[FILES[path].suffix],
                headers={
                    "Content-Encoding": "gzip",
                    "Vary": "Accept-Encoding",
                    "Cache-Control": "public, immutable, max-age=31536000",
                },
            )
        await self._kept[path](scope, receive, send)


def pack(file: Path) -> bytes:
    """What a file holds, packed."""
    return gzip.compress(file.read_bytes())
