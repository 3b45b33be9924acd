"""The home of a drill beside real operation: a folder, a database and settings of its own. Nothing
of it reaches real operation, and no notice leaves it.
"""

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from data.model.operation import Operation
from data.store.leases import LEADER, LEASE_TTL
from data.store.store import DatabaseError, Store
from ops.auth.permissions import CONSOLE
from ops.base.errors import BadSettings, CommandError
from ops.base.paths import BESIDE
from ops.base.renames import current_settings
from ops.base.toml_tables import parse_toml
from ops.exercise.script import FILE, read_script
from ops.intake.operations import start_drill
from ops.settings import FILE as SETTINGS
from ops.settings import parse

BEGUN = "drill_begun_at"  # the setting of the drill's database that says when
LEFT_OUT = ("channels", "feeds", "gauges", "mqtt", "notify", "backup")
"""Tables of the real settings that lead to somebody outside, or are of real operation alone."""
ALONE = "feeds = []\n[backup]\nhours = 0.0\n"


def furnish(
    real: Store, home: Path, script: Path | None, clock_at: datetime, now: datetime
) -> Path:
    """Make the drill's home afresh under the real one, and begin the drill; its folder.

    The district and the accounts are copied, so that everybody signs in as always, by the second
    factor he has; a code given in the drill counts in real operation as if it had not been. A drill
    before it goes.

    Parameters
    ----------
    clock_at
        When the drill begins, by its own clock; ``now`` by the real one.

    Raises
    ------
    CommandError
        The script can't be used, or a drill beside is running; nothing has changed.
    """
    folder = home / BESIDE
    if _is_running(folder, now):
        raise CommandError("drill.beside_runs")
    words = None
    if script is not None:
        read_script(script)
        words = script.read_text("utf-8-sig")  # it may be the one that lies there
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in (*folder.glob("xunban.db*"), *folder.glob("settings.*"), folder / FILE):
        with suppress(FileNotFoundError):
            old.unlink()
    if words is not None:
        (folder / FILE).write_text(words, "utf-8")
    (folder / SETTINGS).write_text(_settings(home), "utf-8")
    store = Store(address(folder))
    store.migrate()
    store.replace_city(real.tables())
    store.accounts.copy(real.accounts)
    start_drill(store, CONSOLE, clock_at, now)
    store.settings.save(BEGUN, clock_at.isoformat())
    store.close()
    return folder


def _is_running(folder: Path, now: datetime) -> bool:
    """Whether somebody plans in the drill before."""
    if not (folder / "xunban.db").exists():
        return False
    store = Store(address(folder))
    try:
        return store.leases.acquire(LEADER, "furnish", now, LEASE_TTL) is None
    except DatabaseError:  # it is none, or of another release
        return False
    finally:
        store.close()


def address(folder: Path) -> str:
    """The drill's own database."""
    return f"sqlite:///{folder / 'xunban.db'}"


def _settings(home: Path) -> str:
    """The bureau's settings without what leads outside; the built-in ones where these can't be cut
    out.
    """
    try:
        kept = _without((home / SETTINGS).read_text("utf-8-sig"))
        parse(ALONE + kept)
        left, _ = current_settings(parse_toml(kept))  # however their heads are written
    except (OSError, UnicodeDecodeError, BadSettings):
        return ALONE
    return ALONE if any(name in left for name in LEFT_OUT) else ALONE + kept


def _without(text: str) -> str:
    """A settings file without these tables, and without what stands before the first one."""
    kept, keeps = [], False
    for line in text.splitlines(keepends=True):
        head = line.strip()
        if head.startswith("["):
            name = head.lstrip("[ \t").partition("]")[0].partition(".")[0].strip("\"' \t")
            keeps = name not in LEFT_OUT
        if keeps:
            kept.append(line)
    return "".join(kept)


def drill_of(store: Store) -> Operation:
    """The drill that is on in such a home.

    Raises
    ------
    CommandError
        None is: the home was not furnished.
    """
    operation = store.operations.current()
    if operation is None or not operation.is_drill:
        raise CommandError("cli.no_operation")
    return operation


def begun_at(store: Store, drill: Operation) -> datetime:
    """When the drill began, by its own clock."""
    kept = store.settings.get(BEGUN)
    return datetime.fromisoformat(kept) if isinstance(kept, str) else drill.started_at


def enter(folder: Path) -> None:
    """From now on this process and its children are the drill's."""
    os.environ["XUNBAN_HOME"] = str(folder.resolve())
    os.environ["XUNBAN_DB"] = address(folder.resolve())
