"""The board's scripts, styles and fonts: packed once, whole, kept for good by browsers; all else
goes on as it came.
"""

import asyncio
import gzip
import re

import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from dashboard.web import static_assets
from dashboard.web.static_assets import FILES, FOLDER, Assets

SOME = next(path for path in FILES if path.endswith(".js"))


@pytest.fixture
def packs(monkeypatch) -> list[str]:
    """The names of what was packed."""
    names, pack = [], static_assets.pack
    monkeypatch.setattr(
        static_assets, "pack", lambda file: (names.append(file.name), pack(file))[1]
    )
    return names


@pytest.fixture
def ask(packs):
    """One question to a program that says "went on" to whatever comes through: the answer's headers
    and body.
    """
    app = Assets(PlainTextResponse("went on"))

    def asked(
        path: str, method: str = "GET", takes: str = "gzip, deflate"
    ) -> tuple[Headers, bytes]:
        said = []

        async def send(message):
            said.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(b"accept-encoding", takes.encode())],
        }
        asyncio.run(app(scope, None, send))
        return Headers(raw=said[0]["headers"]), b"".join(part.get("body", b"") for part in said[1:])

    return asked


def test_all_that_the_boards_first_page_names_arrives_whole_and_is_packed_once(ask, packs):
    named = re.findall(r'(?:src|href)="\.(/static/[^"]+)"', (FOLDER / "index.html").read_text())
    assert len(named) > 10
    for path in named * 2:
        headers, body = ask(path)
        assert headers["Content-Encoding"] == "gzip"
        assert "immutable" in headers["Cache-Control"]
        assert gzip.decompress(body) == FILES[path].read_bytes()
    assert len(packs) == len(set(named))


def test_a_script_is_a_script_on_every_system(ask):
    """A browser that was told not to guess runs nothing that is called plain text, as Windows calls
    it at times.
    """
    assert ask(SOME)[0]["Content-Type"] == "text/javascript; charset=utf-8"


def test_every_name_holds_a_digest_so_that_no_browser_keeps_an_old_file():
    assert [path for path in FILES if not re.search(r"\.[\w-]{8}\.\w+$", path)] == []


@pytest.mark.parametrize(
    "question",
    [
        {"path": "/"},
        {"path": "/static"},
        {"path": "/static/none.js"},
        {"path": "/static/js/../../index.html"},
        {"path": "/static/../__init__.py"},
        {"path": SOME, "takes": "identity"},
        {"path": SOME, "method": "HEAD"},
        {"path": SOME, "method": "POST"},
    ],
)
def test_all_else_goes_on(ask, packs, question):
    assert ask(**question)[1] == b"went on"
    assert packs == []
