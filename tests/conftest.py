"""Fixtures that several tests share."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from makers import NOW

from data.entities import City, Operation, OperationKind
from data.sheets import read_city
from data.store import Store

LONGSHAN = Path(__file__).resolve().parent.parent / "data" / "longshan"


@pytest.fixture
def now() -> datetime:
    """When the bundled warning is issued: 08:20 on 8 July 2022 in Liaoyuan."""
    return NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty SQLite database with today's schema."""
    store = Store(f"sqlite:///{tmp_path / 'xunban.db'}")
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def drill(store: Store, now: datetime) -> Operation:
    """An open drill in ``store``, its clock at ``now``."""
    return store.start_operation(OperationKind.DRILL, now, now)


@pytest.fixture(scope="session")
def city() -> City:
    """The bundled sample district."""
    return read_city(LONGSHAN)
