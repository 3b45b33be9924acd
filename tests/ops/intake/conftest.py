"""A source of weather, and the real operation that asks it."""

from collections.abc import Iterator

import pytest

from data.model.operation import Operation
from data.store.store import Store
from ops.intake.operations import begin_real
from tests.helpers.makers import NOW, make_city
from tests.helpers.processes.weather_source import Source, answering


@pytest.fixture
def source() -> Iterator[Source]:
    with answering() as source:
        yield source


@pytest.fixture
def real(store: Store) -> Operation:
    store.replace_city(make_city())
    return begin_real(store, NOW)
