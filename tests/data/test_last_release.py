"""A database that the release before this one made opens, and the program goes on with it."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.db.sqlite import sqlite3
from data.model.plan import PlanState
from data.store.store import Store
from ops.analytics.history import read_history
from ops.field.water.inlet_record import recorded_city
from ops.intake.operations import resume_clock
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from solver.plan import Plan
from solver.problem import Problem

# Made-up data: the town of `tests.helpers.makers` with the storm of `tests.helpers.scripted` played
# through the real loop of the release of 23 November 2026 (schema 0004): six plan versions, a
# notice, field events, incidents, an outage and a plan kept ready; written by SQLite's ".dump".
DUMP = Path(__file__).resolve().parents[1] / "payloads" / "last_release.sql.gz"


@pytest.fixture
def old_store(tmp_path):
    with sqlite3.connect(tmp_path / "xunban.db") as connection:
        connection.executescript(gzip.decompress(DUMP.read_bytes()).decode())
    connection.close()
    store = Store(f"sqlite:///{tmp_path / 'xunban.db'}")
    store.migrate()
    yield store
    store.close()


def test_everything_that_was_stored_is_read(old_store):
    operation = old_store.operations.current()
    history = read_history(old_store, operation)
    lines = old_store.plans.versions(operation.id)
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6]
    for line in lines:
        version = old_store.plans.version(operation.id, line.number)
        assert version.assignments
        assert Problem.from_json(version.problem).units
        assert Plan.from_json(version.plan).assignments
    versions = [old_store.plans.version(operation.id, line.number) for line in lines]
    assert sum(len(version.left_out) for version in versions) == 13
    assert all(left.why.code for version in versions for left in version.left_out)
    assert all(version.risks for version in versions)
    assert history.notices
    assert history.events
    assert history.outages
    assert history.incidents
    assert history.cases(old_store.city())
    assert recorded_city(old_store, operation).inspections
    assert old_store.desk.contingency_plans(operation.id)
    assert old_store.desk.audit_log()


@pytest.mark.plans
def test_the_loop_goes_on_where_it_was_left(old_store):
    real_now = datetime(2026, 12, 1, tzinfo=UTC)
    operation = resume_clock(old_store, old_store.operations.current(), real_now)
    (outage,) = old_store.desk.outages(operation.id)
    old_store.desk.end_outage(outage, "值班员", operation.now(real_now))
    settings = Settings(loop=LoopSettings(solve_seconds=2))
    loop = Loop(old_store, settings, lambda: real_now)
    try:
        loop.beat()
        version = loop.answer()
    finally:
        loop.stop()
    assert (version.number, version.causes) == (7, (f"back:{outage.id}",))
    assert old_store.plans.version(operation.id, 6).state is PlanState.SUPERSEDED
