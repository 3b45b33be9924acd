"""Two years of one real operation: 1,500 plan versions, 104,000 taps, 10,000 incidents and 5,000
warnings, written within a minute or two by copies of one real plan, for the other benches to run
on.

``python tests/bench/service/grown.py FOLDER [--share 1.0]`` fills ``FOLDER/xunban.db`` and prints
what is in it. Nothing is made that the program would not make itself: every version is a shifted
copy of the plan in force, every tap speaks of a job of the version that it was given on.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from sqlalchemy import Connection, RowMapping, Table, insert, select, text

from data.db import schema
from data.db.engine import reading, writing
from data.model.operation import Operation, OperationKind, TriggerKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.intake.sample import load_sample
from ops.runtime.planning_loop import Loop
from ops.settings import ContingencySettings, LoopSettings, Settings

YEARS = timedelta(days=730)
STORMS = 60  # in that time; each has its share of the versions within a day
VERSIONS, TAPS, INCIDENTS, WARNINGS = 1500, 104_000, 10_000, 5000
KINDS = ("accept", "depart", "arrive", "clear")
AT_ONCE = 2000


def grow(store: Store, now: datetime, share: float = 1.0) -> Operation:
    """Fill an empty database; the operation, whose plan in force is its last version."""
    store.migrate()
    load_sample(store, CONSOLE, now, None)
    drill = store.operations.current()
    with reading(store._engine) as connection:
        warning = dict(connection.execute(select(schema.alerts)).mappings().first())
    store.operations.end(drill.id, now)
    operation = store.operations.start(OperationKind.REAL, now - YEARS, now - YEARS)
    _put(store, schema.alerts, iter([_moved(warning, operation, "grown", now)]))
    plan_once(store, operation, now)
    count = max(int(VERSIONS * share), 2)
    _versions(store, operation, count, now)
    _taps(store, operation, int(TAPS * share), count, now)
    _incidents(store, operation, int(INCIDENTS * share), now)
    with writing(store._engine) as connection:
        connection.execute(schema.alerts.delete())
    _warnings(store, operation, warning, int(WARNINGS * share), now)
    _put(store, schema.alerts, iter([_moved(warning, operation, "grown", now)]))
    _settled(store, operation, count, now)
    with writing(store._engine) as connection:
        connection.execute(text("ANALYZE"))
    return operation


def plan_once(store: Store, operation: Operation, now: datetime) -> None:
    """The plan that all others are copies of."""
    store.triggers.request(operation.id, "manual:grown", TriggerKind.MANUAL, now)
    settings = Settings(
        loop=LoopSettings(solve_seconds=2.0), contingency=ContingencySettings(hours=0.0)
    )
    loop = Loop(store, settings, lambda: now)
    try:
        loop.beat()
        if loop.answer() is None:
            raise RuntimeError("no plan was made")
    finally:
        loop.stop()


def when(number: int, count: int, now: datetime) -> datetime:
    """When the one of this number of so many was: storms with nothing between them."""
    storm, within = divmod(number * STORMS, count)
    return now - YEARS + YEARS / STORMS * storm + timedelta(days=1) * within / count


def _put(store: Store, table: Table, rows: Iterator[dict]) -> None:
    with writing(store._engine) as connection:
        while some := list(islice(rows, AT_ONCE)):
            connection.execute(insert(table), some)


def _versions(store: Store, operation: Operation, count: int, now: datetime) -> None:
    """The one plan becomes the last; before it stand its copies, each at its own time."""
    tables = (schema.versions, schema.assignments, schema.members, schema.rests)
    with writing(store._engine) as connection:
        parts = {table: _of(connection, table, operation) for table in tables}
        for table in (schema.triggers, schema.notices, *reversed(tables)):
            connection.execute(table.delete().where(table.c.operation_id == operation.id))
    (version,) = parts[schema.versions]

    def copies(table: Table) -> Iterator[dict]:
        times = [one.name for one in table.c if isinstance(one.type, schema.Instant)]
        for number in range(1, count + 1):
            is_last = number == count
            moved = timedelta(0) if is_last else when(number, count, now) - version["made_at"]
            for row in parts[table]:
                shifted = {name: row[name] + moved for name in times if row[name] is not None}
                state = {} if is_last or table is not schema.versions else {"state": "superseded"}
                yield dict(row) | shifted | state | {"number": number}

    for table in tables:
        _put(store, table, copies(table))


def _of(connection: Connection, table: Table, operation: Operation) -> list[RowMapping]:
    rows = connection.execute(select(table).where(table.c.operation_id == operation.id))
    return list(rows.mappings())


def _taps(store: Store, operation: Operation, taps: int, count: int, now: datetime) -> None:
    """Each of the versions but the last has its taps, in the order in which work goes on."""
    version = store.plans.current(operation.id)
    jobs = [(one.job_id, one.station_id) for one in version.assignments]

    def rows() -> Iterator[dict]:
        for tap in range(taps):
            of, within = divmod(tap * (count - 1), taps)
            job, station = jobs[(tap // len(KINDS)) % len(jobs)]
            yield {
                "operation_id": operation.id,
                "version": of + 1,
                "event_id": f"grown-{tap:08d}",
                "station_id": station,
                "kind": KINDS[tap % len(KINDS)],
                "job_id": job,
                "server_at": when(of, count, now) + timedelta(minutes=5) * within / taps,
                "by": "x",
                "amounts": {},
                "way": "tap",
            }

    _put(store, schema.field_events, rows())


def _incidents(store: Store, operation: Operation, count: int, now: datetime) -> None:
    segments = [one.id for one in store.city().segments]

    def rows() -> Iterator[dict]:
        for number in range(count):
            at = when(number, count, now)
            yield {
                "operation_id": operation.id,
                "kind": "ponding",
                "segment_id": segments[number % len(segments)],
                "depth_cm": 10.0,
                "text": "积水",
                "source": "12345",
                "external_id": str(number),
                "reported_at": at,
                "received_at": at,
                "by": "12345",
                "closed_at": at + timedelta(hours=3),
                "closed_by": "desk",
            }

    _put(store, schema.incidents, rows())


def _warnings(store: Store, operation: Operation, old: dict, count: int, now: datetime) -> None:
    _put(
        store,
        schema.alerts,
        (
            _moved(old, operation, f"grown-{number:06d}", when(number, count, now))
            for number in range(count)
        ),
    )


def _moved(old: dict, operation: Operation, name: str, at: datetime) -> dict:
    """A warning as if it had been received at this time."""
    body = old["body"]
    shifted = {
        key: (datetime.fromisoformat(value) + (at - old["received_at"])).isoformat()
        for key, value in body.items()
        if _is_moment(value)
    }
    return {
        "operation_id": operation.id,
        "digest": name,
        "received_at": at,
        "body": body | shifted | {"id": name},
    }


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _settled(store: Store, operation: Operation, count: int, now: datetime) -> None:
    """What was asked for and told with each version."""
    stations = [one.id for one in store.city().stations]
    asked = (
        {
            "operation_id": operation.id,
            "cause": f"manual:grown-{number}",
            "kind": "manual",
            "requested_at": when(number, count, now),
            "settled_at": when(number, count, now) + timedelta(seconds=20),
            "answered_by": number,
        }
        for number in range(1, count)
    )
    told = (
        {
            "operation_id": operation.id,
            "version": number,
            "station_id": station,
            "channel": "wecom",
            "step": 0,
            "urgency": 1,
            "body": {},
            "created_at": when(number, count, now),
            "state": "acknowledged",
            "attempts": 1,
            "next_at": when(number, count, now),
            "sent_at": when(number, count, now),
            "acknowledged_at": when(number, count, now) + timedelta(minutes=2),
        }
        for number in range(1, count)
        for station in islice(stations, 8)
    )
    _put(store, schema.triggers, asked)
    _put(store, schema.notices, told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share", type=float, default=1.0, help="of the two years (0.01 to 1)")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    store = Store(f"sqlite:///{asked.folder / 'xunban.db'}")
    grow(store, datetime.now(UTC), asked.share)
    with reading(store._engine) as connection:
        for name in ("versions", "assignments", "field_events", "incidents", "alerts", "notices"):
            rows = connection.execute(text(f"SELECT count(*) FROM {name}")).scalar()
            print(f"{name:>14} {rows:>8}")
    took = time.perf_counter() - begun
    print(f"{store.maintenance.describe().bytes / 1e6:.0f} MB in {took:.0f} s")
    store.close()


if __name__ == "__main__":
    main()
