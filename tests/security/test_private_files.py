"""What an installation keeps is for its owner alone, whatever rights new files have elsewhere."""

import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.model.account import Role
from data.store.store import Store
from ops.base.paths import make_private, open_to_others
from tests.helpers.paths import ROOT
from tests.helpers.service import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights are told by the POSIX mode")


def xunban(home: Path, *words: str, given: str = "", umask: int = 0) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if not name.startswith("XUNBAN")}
    return subprocess.run(
        [sys.executable, "-m", "ops", *words],
        cwd=ROOT,
        env=env | {"XUNBAN_HOME": str(home)},
        input=given,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def begin(home: Path, name: str = "wang") -> subprocess.CompletedProcess:
    return xunban(home, "init", "--admin", name, "--stdin", given="lightning over liaoyuan\n")


def test_nothing_that_is_made_is_for_others(tmp_path):
    home, target = tmp_path / "home", tmp_path / "saved.zip"
    home.mkdir(0o700)
    assert begin(home).returncode == 0
    (home / "photos").mkdir()
    (home / "photos" / "one.jpg").write_bytes(b"x")
    (home / "secrets.toml").touch(0o600)
    make_private(home)
    assert xunban(home, "backup", str(target)).returncode == 0
    assert xunban(home, "restore", str(target)).returncode == 0, "it opens nothing either"
    assert open_to_others(home, target) == []
    assert (home / "photos" / "one.jpg").read_bytes() == b"x"


def test_what_was_open_is_closed_and_the_doctor_says_what_is_not(tmp_path):
    home = tmp_path / "home"
    assert begin(home).returncode == 0
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
    home.mkdir()
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda n: begin(home, f"boss{n}"), range(3)))
    assert sorted(one.returncode for one in done) == [0, 1, 1], [one.stderr for one in done]
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    assert len([one for one in store.accounts.all(revoked=True) if one.role is Role.ADMIN]) == 1
    operation = store.operations.current()
    assert operation is not None
    assert operation.id == 1, "no drill was begun and ended before it"
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
    assert begin(home).returncode == 0
    assert (home / "xunban.db").stat().st_size > 10_000
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert xunban(home, "doctor").returncode == 0
