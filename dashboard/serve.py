"""Serves the board: ``python -m dashboard.serve --db URL [--address 127.0.0.1] [--port 8501]``.

One process, which later answers HTTP requests beside the board. It ends cleanly on Ctrl-C and SIGTERM.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

FLAGS = {
    "server.headless": "true",  # opens no browser by itself
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "browser.gatherUsageStats": "false",  # tells nobody anything
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "global.developmentMode": "false",
    "theme.base": "light",
    "theme.primaryColor": "#12507B",
    "theme.backgroundColor": "#F3F5F7",
    "theme.secondaryBackgroundColor": "#FFFFFF",
    "theme.textColor": "#1B2733",
    "theme.font": "sans-serif",
}


def command(address: str = "127.0.0.1", port: int = 8501) -> list[str]:
    """Arguments for Python that start the board's server; the database's address goes by ``XUNBAN_DB``."""
    flags = {"server.address": address, "server.port": str(port), **FLAGS}
    return ["-m", "streamlit", "run", str(Path(__file__).with_name("app.py")),
            *(f"--{name}={value}" for name, value in flags.items())]


def main(arguments: Sequence[str] | None = None) -> None:
    """Become the server."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.serve", description=__doc__.splitlines()[0])
    parser.add_argument("--db", default=os.environ.get("XUNBAN_DB"), required="XUNBAN_DB" not in os.environ)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8501)
    asked = parser.parse_args(arguments)
    os.environ["XUNBAN_DB"] = asked.db
    from streamlit.web import cli

    sys.argv = ["streamlit", *command(asked.address, asked.port)[2:]]
    cli.main()


if __name__ == "__main__":
    main()
