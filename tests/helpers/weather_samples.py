"""Recorded answers of weather providers, where they are there."""

from datetime import UTC, datetime

import pytest

from tests.helpers.paths import SHARED

SAMPLES = SHARED / "weather-samples"


NOW = datetime(2026, 11, 22, tzinfo=UTC)


def sample(name: str) -> bytes:
    if not SAMPLES.exists():
        pytest.skip(f"the collection of recorded answers is not here: {SAMPLES}")
    return (SAMPLES / name).read_bytes()
