"""A small town in a folder, for tests of sheets."""

from pathlib import Path

import pytest

from data.sheets.city import write_city
from tests.helpers.files.town_sheets import TOWN


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small town as a folder of CSV with English headings."""
    write_city(TOWN, tmp_path / "town", "en")
    return tmp_path / "town"
