"""The schema: up, down and up again, and the same as the tables say."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from data.db import engine as database
from data.db.schema import metadata
from data.db.sqlite import sqlite3
from data.errors import BadAddress
from data.model.operation import OperationKind
from data.model.roster import RosterDay
from data.model.street.street_case import CaseEvent, CaseEventKind
from data.store.store import SchemaUnknown, Store
from tests.helpers.makers import HOUR, NOW, both_databases, make_city, make_version
from tests.helpers.street_case import street_case


@pytest.fixture
def store_url(request, tmp_path) -> str:
    """A database of its own: here the schema is changed."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("postgres_server").fresh()
    path = tmp_path / "xunban.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@both_databases
def test_the_migrations_make_what_the_tables_say(store):
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@both_databases
def test_every_rule_of_the_tables_is_in_the_database(store):
    found = inspect(store._engine)
    for name, table in metadata.tables.items():
        wanted = {one.name for one in table.constraints if type(one).__name__ == "CheckConstraint"}
        assert {one["name"] for one in found.get_check_constraints(name)} == wanted


@both_databases
def test_up_down_and_up_again(store):
    store.replace_city(make_city())
    database.downgrade(store._engine)
    assert inspect(store._engine).get_table_names() == ["alembic_version"]
    store.migrate()
    assert store.is_empty()
    store.replace_city(make_city())
    assert store.city() == make_city()


@both_databases
def test_a_roster_outlives_people_that_come_and_go(store):
    day = RosterDay(day=NOW.date(), crew_id="A1day", duty="off")
    store.replace_city(replace(make_city(), roster=(day,)))
    database.downgrade(store._engine, "0020")
    store.migrate()
    assert store.city().roster == (day,)


@both_databases
def test_what_a_version_leaves_out_is_the_same_after_it_was_packed(store):
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    version = make_version(drill.id)
    store.plans.save(version, [], NOW)
    database.downgrade(store._engine, "0039")
    store.migrate()
    assert version.left_out
    assert version.risks
    assert store.plans.version(drill.id, 1) == version


@both_databases
def test_what_was_closed_before_is_known_to_be(store):
    """Of a database in which cases did not know it: the last word counts, opened anew or not."""
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    close, reopen = CaseEventKind.CLOSE, CaseEventKind.REOPEN
    courses = [(), (close,), (close, reopen), (close, reopen, close), (CaseEventKind.TAKE,)]
    for course in courses:
        case, _ = store.street_cases.open(street_case(operation_id=drill.id))
        for n, kind in enumerate(course):
            at, name = NOW + n * HOUR, f"{case.id}-{n}"
            said = {"operation_id": drill.id, "case_id": case.id, "by": "x", "text": "x"}
            store.street_cases.say(CaseEvent(event_id=name, kind=kind, at=at, **said))
    known = text("SELECT closed_at FROM street_cases ORDER BY id")
    with store._engine.connect() as connection:
        before = connection.scalars(known).all()
    assert [bool(at) for at in before] == [False, True, False, True, False]
    database.downgrade(store._engine, "0040")
    store.migrate()
    with store._engine.connect() as connection:
        assert connection.scalars(known).all() == before


@both_databases
def test_migrating_again_changes_nothing(store):
    store.replace_city(make_city())
    drill = store.operations.start(OperationKind.DRILL, NOW, NOW)
    store.migrate()
    assert store.city() == make_city()
    assert store.operations.current() == drill


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_that_start_together_migrate_once(tmp_path, request, kind):
    url = (
        f"sqlite:///{tmp_path / 'new.db'}"
        if kind == "sqlite"
        else request.getfixturevalue("postgres_server").fresh(migrated=False)
    )
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Store(url), range(4)))
        list(pool.map(Store.migrate, stores))
    assert all(one.is_empty() for one in stores)
    for one in stores:
        one.close()


def test_the_place_we_stand_in_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = Store("sqlite:///here.db")
    here.migrate()
    assert here.is_empty()
    here.close()
    assert os.listdir(tmp_path) == ["here.db"]


@both_databases
def test_a_database_of_a_newer_program_is_left_alone(store):
    with database.writing(store._engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaUnknown) as caught:
        store.migrate()
    assert "9999" in caught.value.facts["detail"]


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path):
    """Another table in the way of one of ours, met half-way."""
    with sqlite3.connect(tmp_path / "used.db") as other:
        other.execute("CREATE TABLE versions (mine INTEGER)")
    other.close()
    engine = database.open_engine(f"sqlite:///{tmp_path / 'used.db'}")
    with pytest.raises(Exception, match="already exists"):
        database.upgrade(engine)
    assert inspect(engine).get_table_names() == ["versions"]
    engine.dispose()


def test_foreign_keys_are_kept_again_after_a_migration(store):
    store.migrate()
    with database.reading(store._engine) as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_migrations_name_no_type_of_ours():
    """An old migration must mean the same for ever, whatever becomes of the tables' own types."""
    for path in (Path(database.__file__).parent / "migrations" / "versions").glob("*.py"):
        assert "import data" not in (words := path.read_text("utf-8"))
        assert "from data" not in words


@pytest.mark.parametrize(
    "url",
    [
        "",
        "here",
        "mysql://u:SECRET@host/x",
        "postgresql+psycopg2://u:SECRET@host/x",
        "postgresql+psycopg://u:SECRET@host:port/x",
    ],
)
def test_an_address_that_names_no_database_of_ours_is_refused_without_telling_it(url):
    with pytest.raises(BadAddress) as caught:
        Store(url)
    assert "SECRET" not in str(caught.value)
