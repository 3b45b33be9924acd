"""An office that types commands, before and after ``init``."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from data.db.sqlite import sqlite3
from tests.helpers.processes.office import Office


@pytest.fixture
def office(tmp_path) -> Office:
    office = Office(tmp_path / "home")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text(
        "[loop]\nsolve_seconds = 1.0\n", encoding="utf-8"
    )
    return office


@pytest.fixture(scope="session")
def begun(tmp_path_factory) -> Path:
    """The database that ``init`` makes: copied for each test."""
    office = Office(tmp_path_factory.mktemp("begun"))
    assert office.begin().exit_code == 0
    path = office.home / "whole.db"  # the database's own file may lack what its log holds
    with closing(sqlite3.connect(office.home / "xunban.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))
    return path


@pytest.fixture
def drilling(office, begun) -> Office:
    shutil.copyfile(begun, office.home / "xunban.db")
    return office
