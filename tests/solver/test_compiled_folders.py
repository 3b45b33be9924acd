"""What older versions of the search were compiled to goes, and nobody who runs loses his own."""

import os
import subprocess
import sys
import time

import pytest

from solver.search import compiling

pytest.importorskip("fcntl", reason="nothing is cleaned where locks are not to be had")
DAY = 86_400
HOLDING = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_SH);"
    "print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """By how many days ago a process began with each."""
    made = {}
    for name, days in {"now": 0, "last": 2, "held": 9, "old": 8, "older": 90}.items():
        made[name] = tmp_path / compiling._NAME / name
        made[name].mkdir(parents=True)
        (made[name] / "code.nbi").write_bytes(b"x")
        _begin(made[name], days)
    monkeypatch.setattr(compiling, "FOLDER", made["now"])
    return made


def _begin(folder, days: float) -> None:
    (folder / ".try").write_bytes(b"")
    os.utime(folder / ".try", (time.time() - days * DAY,) * 2)


def left(folders) -> set[str]:
    return {name for name, folder in folders.items() if folder.exists()}


def test_all_but_the_current_the_last_used_and_those_in_use_go(folders):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, folders["held"] / ".used"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as older:
        assert older.stdout.readline() == b"held\n"
        assert compiling.clean() == 2
        assert left(folders) == {"now", "last", "held"}
        older.communicate()
    assert compiling.clean() == 1, "its owner has ended"
    assert left(folders) == {"now", "last"}


def test_what_a_process_began_with_today_stays_whoever_it_is(folders):
    _begin(folders["older"], 0.1)
    _begin(folders["last"], 0.2)
    assert compiling.clean() == 2
    assert left(folders) == {"now", "last", "older"}


def test_nothing_beside_a_folder_for_once_is_touched(folders, tmp_path, monkeypatch):
    alone = tmp_path / "xunban-solver-abc"
    alone.mkdir()
    monkeypatch.setattr(compiling, "FOLDER", alone)
    assert compiling.clean() == 0
    assert len(left(folders)) == 5
