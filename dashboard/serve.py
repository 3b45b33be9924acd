"""One process that serves the board and the HTTP door beside it.

``streamlit run dashboard/serve.py``, or ``python -m dashboard.serve [--address 127.0.0.1] [--port
8501] [--db URL]``. The database's address goes by the variable ``XUNBAN_DB``. It ends cleanly on
Ctrl-C and on SIGTERM.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.core import streamlit_patches
from dashboard.web import connections
from dashboard.web.gate import Gate
from dashboard.web.routes import ROUTES
from dashboard.web.security_headers import Headers, PlainCookies
from dashboard.web.site_of_request import ToItsSite
from dashboard.web.static_assets import Assets
from ops.auth import oidc
from ops.base.paths import home, write_privately
from ops.settings import load

MOST_HEAD = 32_000  # bytes of a request's line and headers
MOST_MESSAGE = 4_000_000  # bytes a browser may send at once over a line; files go elsewhere


def on_failure(error: Exception) -> bool:
    """The last net under all pages: the log gets the failure, the reader a plain word instead of a
    traceback.
    """
    logging.getLogger("xunban.board").error("a page failed", exc_info=error)
    try:
        from dashboard.core.board import show_failure

        show_failure("board.wrong_page", "board.wrong_page_do")
    except Exception:  # what says it may be what is broken
        st.error("页面暂时无法显示，详情见运行日志。 This page can't be shown; the log says more.")
    return True


def end_with_parent() -> None:
    """End when the process that started us is gone, however it went: its end of our standard input
    closes then.
    """
    sys.stdin.buffer.read()
    signal.raise_signal(signal.SIGTERM)


if os.environ.get("XUNBAN_PARENT") == "stdin":
    threading.Thread(target=end_with_parent, name="parent", daemon=True).start()
streamlit_patches.mend()
CONNECTIONS = connections.raise_limit()
app = st.App(
    "app.py",
    routes=[*ROUTES],
    on_script_error=on_failure,
    middleware=[
        Middleware(PlainCookies),
        Middleware(Headers),
        Middleware(ToItsSite),
        Middleware(Gate, lines=CONNECTIONS),
        Middleware(Assets),
    ],
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Become the server."""
    from streamlit.web import cli

    parser = argparse.ArgumentParser(
        prog="python -m dashboard.serve", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--db", default=os.environ.get("XUNBAN_DB"), required="XUNBAN_DB" not in os.environ
    )
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8501)
    options = parser.parse_args(arguments)
    os.environ["XUNBAN_DB"] = options.db
    write_privately()
    # whose word counts about who asks; by default the server would believe every program on this
    # machine
    trusted = load(home()).required().access.trusted_proxies
    os.environ["FORWARDED_ALLOW_IPS"] = ",".join(trusted)
    connections.Bounded.most, connections.Bounded.trusted = CONNECTIONS, frozenset(trusted)
    streamlit_patches.serve_with(
        http=connections.Bounded, ws_max_size=MOST_MESSAGE, h11_max_incomplete_event_size=MOST_HEAD
    )
    sys.argv = [
        "streamlit",
        "run",
        str(Path(__file__).resolve()),
        f"--server.address={options.address}",
        f"--server.port={options.port}",
        f"--secrets.files={oidc.place().resolve()}",
    ]
    cli.main()


if __name__ == "__main__":
    main()
