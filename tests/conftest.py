"""Fixtures that several tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite database with today's schema."""
    store = Store(f"sqlite:///{tmp_path / 'xunban.db'}")
    store.migrate()
    yield store
    store.close()
