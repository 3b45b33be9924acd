"""What a command that shows something costs does not grow with what lies behind it: counted in the
steps of SQLite's own machine, with years of every table behind that is only ever added to.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event, insert

from data.db import schema
from data.db.codec import pack
from data.db.engine import writing
from data.model.message import Message
from data.store.store import Store
from tests.dashboard.test_pages_bounded import MANY, OLD, grow
from tests.data.test_bounded import STEP, lately
from tests.data.test_bounded import grow as grow_field
from tests.helpers.pages import fill
from tests.helpers.processes.office import Office

SETTINGS = '[[channels]]\nkind = "wecom"\nname = "群"\nurl = "http://127.0.0.1:9/"\n'
LOOKS = (
    "account list",
    "account waits",
    "alert list",
    "channels",
    "feeds",
    "gauges",
    "incident list",
    "level",
    "plan",
    "plan --json",
    "question list",
    "street list",
    "street show",
    "token list",
    "work list",
)
"""Each shows how things stand. What looks back (response, report) and what looks at all of the
record (doctor, backup) reads what it is asked for.
"""


def told(store: Store, operation_id: int, many: int) -> None:
    """Notices of long ago that went out."""
    row = {
        "operation_id": operation_id,
        "version": 1,
        "channel": "群",
        "step": 0,
        "urgency": 0,
        "body": [pack(Message("name.text", {"text": "x"}))],
        "state": "sent",
        "created_at": OLD,
        "next_at": OLD,
        "sent_at": OLD,
        "attempts": 1,
    }
    rows = [row | {"station_id": f"S{n}"} for n in range(many)]
    with writing(store._engine) as connection:
        connection.execute(insert(schema.metadata.tables["notices"]), rows)


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many steps SQLite takes within, in whatever opens a database."""
    taken = [0]

    def more() -> int:
        taken[0] += STEP
        return 0

    def watch(connection, _record) -> None:
        connection.set_progress_handler(more, STEP)

    event.listen(Engine, "connect", watch)
    try:
        yield taken
    finally:
        event.remove(Engine, "connect", watch)


def costs(home: Path, template: Path, many: int) -> dict[str, int]:
    home.mkdir()
    (home / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    shutil.copyfile(template, home / "xunban.db")
    store = fill(f"sqlite:///{home / 'xunban.db'}", alert=False)
    operation_id = store.operations.current().id
    grow(store, operation_id, many)
    if many:
        grow_field(store, operation_id)
        told(store, operation_id, 20 * many)
    lately(store, operation_id)
    store.close()
    office, found = Office(home), {}
    for look in LOOKS:
        with counted() as taken:
            done = office.run(*look.split())
        assert done.exit_code == 0, (look, done.output)
        found[look] = taken[0]
    return found


def test_no_command_that_shows_something_reads_what_lies_behind(tmp_path, sqlite_template):
    few = costs(tmp_path / "few", sqlite_template, 0)
    many = costs(tmp_path / "many", sqlite_template, MANY)
    assert {
        name: (few[name], many[name]) for name in few if many[name] > 2 * few[name] + 8000
    } == {}
