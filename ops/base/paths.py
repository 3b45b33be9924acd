"""Where an installation keeps what is its own."""

import os
from pathlib import Path


def home() -> Path:
    """The folder of what belongs to this installation: database, settings, logs."""
    return Path(os.environ.get("XUNBAN_HOME") or Path(__file__).resolve().parents[2] / ".xunban")
