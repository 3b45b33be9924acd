"""What only SQLite does: one writer at a time, a file that may be no database, a log with a fault
in some versions.
"""

import pytest

from data.db import engine
from data.db.sqlite import sqlite3
from data.store.store import DatabaseError, Store
from tests.helpers.makers import NOW


def test_a_locked_database_says_so(store, monkeypatch):
    store.close()
    monkeypatch.setattr(engine, "BUSY_S", 0.05)
    impatient = Store(store._engine.url.render_as_string())
    with sqlite3.connect(store._engine.url.database) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseError) as caught:
            impatient.leases.beat("ops", NOW)
        other.rollback()
    other.close()
    assert "locked" in str(caught.value.orig)
    impatient.leases.beat("ops", NOW)
    impatient.close()


def test_a_file_that_is_no_database_says_so(tmp_path):
    (tmp_path / "not.db").write_bytes(b"no database" * 1000)
    broken = Store(f"sqlite:///{tmp_path / 'not.db'}")
    with pytest.raises(DatabaseError, match="not a database"):
        broken.is_empty()
    broken.close()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_the_write_ahead_log_is_for_versions_without_its_fault(version, safe):
    assert engine.wal_is_safe(version) is safe


@pytest.mark.parametrize(("version", "journal"), [((3, 51, 2), "delete"), ((3, 51, 3), "wal")])
def test_a_database_goes_over_to_the_journal_that_its_library_keeps_safely(
    tmp_path, monkeypatch, version, journal
):
    url = f"sqlite:///{tmp_path / 'xunban.db'}"
    for present in ((3, 51, 3), (3, 51, 2), version):  # made under another version, too
        monkeypatch.setattr(engine.sqlite3, "sqlite_version_info", present)
        store = Store(url)
        store.migrate()
        with engine.reading(store._engine) as connection:
            found = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        store.close()
    assert found == journal


def test_sqlite_is_opened_with_care(store):
    with engine.reading(store._engine) as connection:
        wanted = "wal" if engine.wal_is_safe(sqlite3.sqlite_version_info) else "delete"
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": wanted, "synchronous": 2, "foreign_keys": 1}
