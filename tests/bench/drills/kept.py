"""What was made once and is kept, so that a long run can be broken off, gone on with and shared by
several processes.
"""

import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any


def make_once(path: Path, make: Callable[[], object]) -> bool:
    """Make it and keep it there, unless somebody is at it or has it; whether it was made now."""
    if path.exists():
        return False
    begun = path.with_suffix(".begun")
    try:
        begun.open("x").close()
    except FileExistsError:
        return False
    try:
        path.with_suffix(".part").write_bytes(pickle.dumps(make()))
        path.with_suffix(".part").rename(path)
    finally:
        with suppress(FileNotFoundError):
            begun.unlink()
    return True


def kept(path: Path) -> Any:
    """What is kept there, ``None`` where nothing is yet."""
    return pickle.loads(path.read_bytes()) if path.exists() else None
