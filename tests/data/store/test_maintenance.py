"""Snapshots: whole, from either database to either, and refused when damaged."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from data.db import engine as database
from data.db.sqlite import sqlite3
from data.errors import BadSnapshot
from data.model.desk import AuditEntry
from data.model.operation import OperationKind, TriggerKind
from data.store.settings import REVISION
from data.store.store import LEADER, StalePlan, Store
from tests.helpers.makers import (
    HOUR,
    NOW,
    both_databases,
    make_alert,
    make_city,
    make_forecast,
    make_notice,
    make_version,
)

pytestmark = both_databases


def fill(store: Store) -> None:
    """A drill with a bit of everything."""
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.weather.save_alerts(drill.id, [make_alert()])
    store.weather.save_forecast(drill.id, make_forecast({12: 5.0}))
    trigger, _ = store.triggers.request(drill.id, "manual:1", TriggerKind.MANUAL, NOW)
    store.plans.save(make_version(drill.id), [trigger.id], NOW, notices=[make_notice(drill.id)])
    store.desk.record_action(
        AuditEntry(at=NOW, by="甲", action="x", subject="y", body={"提前": None})
    )
    store.settings.save("x", {"a": [1, None]})


def rows(store: Store, folder: Path) -> dict[str, list]:
    """Every row of every table but the leases, and the stamp of the tables, as a snapshot holds
    them.
    """
    path = folder / f"rows{len(list(folder.iterdir()))}.db"
    store.maintenance.snapshot(path)
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' "
                "AND name NOT LIKE 'sqlite%' AND name <> 'leases'"
            )
        ]
        found = {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr)
            for name in sorted(names)
        }
    found["settings"] = [row for row in found["settings"] if REVISION not in row]
    return found


def test_what_was_put_back_is_what_was_saved(store, tmp_path):
    fill(store)
    saved = rows(store, tmp_path)
    counts = store.maintenance.snapshot(tmp_path / "backup.db")
    told = (counts["versions"], counts["notices"], counts["settings"])
    assert told == (1, 1, 2)  # settings: one, and the stamp of the tables
    drill = store.operations.current()
    store.plans.save(make_version(drill.id, 2), [], NOW)
    store.settings.save("y", 1)
    assert store.maintenance.restore(tmp_path / "backup.db") == counts
    assert rows(store, tmp_path) == saved
    assert store.plans.current(drill.id) == make_version(drill.id)
    trigger, new = store.triggers.request(drill.id, "manual:2", TriggerKind.MANUAL, NOW)
    assert new, "numbers go on behind those that were put back"
    store.plans.save(
        make_version(drill.id, 2), [trigger.id], NOW, notices=[make_notice(drill.id, 2)]
    )


def test_a_snapshot_carries_a_centre_to_the_other_database(store, tmp_path, postgres_server):
    fill(store)
    store.maintenance.snapshot(tmp_path / "backup.db")
    lite = store._engine.dialect.name == "sqlite"
    other_url = postgres_server.fresh() if lite else f"sqlite:///{tmp_path / 'new.db'}"
    other = Store(other_url)
    other.migrate()
    other.maintenance.restore(tmp_path / "backup.db")
    assert rows(other, tmp_path) == rows(store, tmp_path)
    assert other.city() == make_city()
    assert other.plans.current(1) == make_version(1)
    other.close()


def test_a_leader_of_before_can_write_nothing_afterwards(store, tmp_path):
    fill(store)
    store.maintenance.snapshot(tmp_path / "backup.db")
    token = store.leases.acquire(LEADER, "one", NOW, HOUR)
    store.maintenance.restore(tmp_path / "backup.db")
    with pytest.raises(StalePlan):
        store.plans.save(make_version(1, 2), [], NOW, token)
    assert store.leases.acquire(LEADER, "two", NOW, HOUR) > token


def test_a_snapshot_of_an_older_schema_is_brought_up_to_date(store, tmp_path):
    fill(store)
    store.maintenance.snapshot(tmp_path / "backup.db")
    engine = database.open_engine(f"sqlite:///{tmp_path / 'backup.db'}")
    database.downgrade(engine, "0002")
    engine.dispose()
    store.maintenance.restore(tmp_path / "backup.db")
    assert store.plans.current(1) == make_version(1)
    assert store.outbox.notices(1) == []


def test_a_snapshot_is_one_file_that_can_be_carried_away(store, tmp_path):
    fill(store)
    folder = tmp_path / "stick"
    folder.mkdir()
    store.maintenance.snapshot(folder / "backup.db")
    assert [one.name for one in folder.iterdir()] == ["backup.db"]
    with closing(sqlite3.connect(folder / "backup.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert [one.name for one in folder.iterdir()] == ["backup.db"]


@pytest.mark.parametrize("damage", ["garbage", "empty", "newer", "foreign"])
def test_a_file_that_is_no_whole_snapshot_changes_nothing(store, tmp_path, damage):
    fill(store)
    path = tmp_path / "backup.db"
    store.maintenance.snapshot(path)
    if damage == "garbage":
        path.write_bytes(b"no database" * 1000)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "newer":
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
    else:
        path.unlink()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE other (x)")
    before = rows(store, tmp_path)
    with pytest.raises(BadSnapshot):
        store.maintenance.restore(path)
    assert rows(store, tmp_path) == before


def test_a_database_tells_how_it_is(store):
    state = store.maintenance.describe()
    assert state.kind == store._engine.dialect.name
    assert (state.revision, state.sound) == (state.newest, "ok")
    assert state.bytes > 10_000
    assert (state.clock_at is None) == (state.kind == "sqlite")


def test_a_server_that_came_back_is_found_again(store):
    """Every connection that stands is cut, as a restart of the server cuts them."""
    store.settings.save("x", 1)
    if store._engine.dialect.name == "postgresql":
        other = Store(store._engine.url.render_as_string(hide_password=False))
        with database.writing(other._engine) as connection:
            cut = connection.scalars(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                    "current_database() AND pid <> pg_backend_pid()"
                )
            ).all()
        other.close()
        assert cut
    assert store.settings.get("x") == 1
    store.settings.save("x", 2)
    assert store.settings.get("x") == 2
