"""What an installation keeps is for its owner alone, whatever rights new files have elsewhere."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from data.model.account import Role
from data.store.store import Store
from ops.base.paths import make_private, open_to_others, write_privately
from ops.cli.app import cli
from tests.helpers.paths import ROOT
from tests.helpers.processes.service import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights are told by the POSIX mode")
PHRASE = "lightning over liaoyuan\n"


def xunban(home: Path, *words: str, given: str = "") -> Result:
    """One command as ``main`` runs it, in this process, where new files are open to everybody."""
    env = {name: None for name in os.environ if name.startswith("XUNBAN")}
    before = os.umask(0)
    try:
        write_privately()
        return CliRunner().invoke(
            cli, words, input=given.encode(), env=env | {"XUNBAN_HOME": str(home)}
        )
    finally:
        os.umask(before)


def begin(home: Path) -> Result:
    return xunban(home, "init", "--admin", "wang", "--stdin", given=PHRASE)


def begin_elsewhere(home: Path, name: str) -> subprocess.CompletedProcess:
    """The same in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("XUNBAN")}
    return subprocess.run(
        [sys.executable, "-m", "ops", "init", "--admin", name, "--stdin"],
        cwd=ROOT,
        env=env | {"XUNBAN_HOME": str(home)},
        input=PHRASE,
        umask=0,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_nothing_that_is_made_is_for_others(tmp_path):
    home, target = tmp_path / "home", tmp_path / "saved.zip"
    home.mkdir(0o700)
    assert begin(home).exit_code == 0
    (home / "photos").mkdir()
    (home / "photos" / "one.jpg").write_bytes(b"x")
    (home / "secrets.toml").touch(0o600)
    make_private(home)
    assert xunban(home, "backup", str(target)).exit_code == 0
    assert xunban(home, "restore", str(target)).exit_code == 0, "it opens nothing either"
    assert open_to_others(home, target) == []
    assert (home / "photos" / "one.jpg").read_bytes() == b"x"


def test_what_was_open_is_closed_and_the_doctor_says_what_is_not(tmp_path):
    home = tmp_path / "home"
    assert begin(home).exit_code == 0
    loose = home / "secrets.toml"
    loose.write_text("")
    loose.chmod(0o644)
    told = xunban(home, "doctor")
    assert "▲ 有1个文件别的用户也能打开" in told.stdout
    make_private(home)
    assert stat.S_IMODE(loose.stat().st_mode) == 0o600
    assert "✓ 文件：只有本用户能看" in xunban(home, "doctor").stdout


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="gives files away")
def test_what_belongs_to_another_user_is_left_to_him(tmp_path):
    other = tmp_path / "his"
    other.touch()
    other.chmod(0o640)
    os.chown(other, 65534, -1)
    make_private(tmp_path)
    assert stat.S_IMODE(other.stat().st_mode) == 0o640


def test_a_database_that_can_only_be_read_is_found_out(store, tmp_path):
    """SQLite begins to write to it without a word; only a write is refused."""
    assert store.maintenance.describe().writable
    held = store._engine.pool._creator

    def for_reading(*_):
        connection = held()
        connection.execute("PRAGMA query_only = ON")
        return connection

    store.close()
    store._engine.pool._creator = for_reading
    assert not store.maintenance.describe().writable


def test_two_beginnings_at_once_make_one_administrator_and_one_drill(tmp_path):
    home = tmp_path / "home"
    home.mkdir(0o700)
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda n: begin_elsewhere(home, f"boss{n}"), range(3)))
    assert sorted(one.returncode for one in done) == [0, 1, 1], [one.stderr for one in done]
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    assert len([one for one in store.accounts.all(revoked=True) if one.role is Role.ADMIN]) == 1
    operation = store.operations.current()
    assert operation is not None
    assert operation.id == 1, "no drill was begun and ended before it"
    assert open_to_others(home) == [], "the program itself writes for its owner alone"
    store.close()


def test_a_database_whose_file_is_taken_away_is_missed_at_once(store, tmp_path):
    store.settings.save("x", 1)
    file = tmp_path / "xunban.db"
    file.rename(tmp_path / "gone.db")
    began = time.monotonic()
    with pytest.raises(Exception, match="unable to open database file"):
        store.settings.save("x", 2)
    assert time.monotonic() - began < 5
    assert not file.exists(), "no empty one was begun in its place"
    (tmp_path / "gone.db").rename(file)
    assert store.settings.get("x") == 1
    until(lambda: store.settings.get("x") == 1, "it works again")


@pytest.mark.parametrize("name", ["100% 汛班", "what? is #1", "a%20b", "x;y&z=1"])
def test_the_database_of_any_name_is_the_one_that_is_named(tmp_path, name):
    home = tmp_path / name
    assert begin(home).exit_code == 0
    with closing(sqlite3.connect(home / "xunban.db")) as database:
        assert database.execute("SELECT count(*) FROM accounts").fetchone() == (1,)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert xunban(home, "doctor").exit_code == 0
