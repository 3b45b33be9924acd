"""The doctor at an installation that is in an odd state: it lists all that is amiss, each with what
to do about it, changes nothing, and never ends in a traceback or in a single line.
"""

import errno
import json
import os
import shutil
import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from data.db import engine
from data.db.sqlite import sqlite3
from data.store.leases import LEADER, LEASE_TTL
from data.store.store import Store
from ops.cli import app
from ops.documents import typesetting
from ops.runtime import health_check
from tests.helpers.processes.office import Office

FEWEST = 8  # lines that are told in any state


def seen(office: Office, *words: str) -> dict[str, list[str]]:
    """What was told, by how it is."""
    done = office.run("doctor", "--json", *words)
    told = json.loads(done.stdout)
    assert len(told) >= FEWEST, told
    bad = [one["check"] for one in told if one["state"] == "bad"]
    assert done.exit_code == (1 if bad else 0)
    english = office.run("--lang", "en", "doctor", *words)
    assert english.exit_code == done.exit_code
    assert "Traceback" not in done.output + english.output
    return {
        state: [one["told"] for one in told if one["state"] == state]
        for state in ("good", "care", "bad")
    }


def changed(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "xunban.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def _half_way(home: Path) -> None:
    """As the release before the last one left it."""
    opened = engine.open_engine(engine.sqlite_url(home / "xunban.db"))
    engine.downgrade(opened, "-12")
    opened.dispose()


def _of_a_newer(home: Path) -> None:
    changed(home, "UPDATE alembic_version SET version_num = '9999'")


def _of_no_version(home: Path) -> None:
    changed(home, "DELETE FROM alembic_version")


def _half_of_it(home: Path) -> None:
    changed(home, "DROP TABLE beats", "DROP TABLE leases", "DROP TABLE settings")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (_half_way, "下次启动时自动升级"),
        (_of_a_newer, "更新版本的程序"),
        (_of_no_version, "下次启动时自动升级"),
        (_half_of_it, "xunban restore"),
    ],
)
def test_a_database_of_another_version_is_told_and_left_as_it_is(drilling, state, told):
    state(drilling.home)
    before = drilling.rows()
    bad = seen(drilling)["bad"]
    assert any(told in one for one in bad), bad
    assert len(bad) < 6, "one cause is not told by every check"
    assert drilling.rows() == before


@pytest.mark.parametrize(
    ("number", "told"), [(errno.EROFS, "Read-only"), (errno.ENOSPC, "No space"), (13, "denied")]
)
def test_a_folder_that_takes_nothing_is_told(drilling, monkeypatch, number, told):
    def refuses(*_given: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(health_check.tempfile, "NamedTemporaryFile", refuses)
    (bad,) = seen(drilling)["bad"]
    assert told in bad
    assert str(drilling.home) in bad
    assert "权限" in bad


def test_a_full_disk_is_told(drilling, monkeypatch):
    usage = shutil.disk_usage(drilling.home)._replace(free=1024)
    monkeypatch.setattr(health_check.shutil, "disk_usage", lambda _: usage)
    (bad,) = seen(drilling)["bad"]
    assert " 0 GB" in bad


@pytest.mark.parametrize("year", [1970, 1, 2019, 2099, 9998])
def test_a_clock_that_cannot_be_right_is_told(drilling, monkeypatch, year):
    monkeypatch.setattr(app, "real_now", lambda: datetime(year, 1, 2, 3, tzinfo=UTC))
    assert any(f"{year}年" in one for one in seen(drilling)["bad"])


def test_parts_of_the_program_that_are_missing_are_told(drilling, monkeypatch):
    def number(name: str) -> str:
        if name in ("numba", "ortools"):
            raise PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(health_check, "version", number)
    monkeypatch.setattr(health_check, "find_spec", lambda name: None)
    monkeypatch.setattr(typesetting.pylopdf_fonts_zh_cn, "sans_path", lambda: Path("/none.ttf"))
    (drilling.home / "settings.toml").write_text(
        '[[gauges]]\nkind = "rain"\nname = "河边"\ntopic = "rain/1"\n', encoding="utf-8"
    )
    found = seen(drilling)
    assert sum("numba" in one or "ortools" in one for one in found["bad"]) == 1
    assert any("xunban[mqtt]" in one for one in found["bad"])
    assert any("/none.ttf" in one for one in found["bad"])
    assert any("drill" in one and "risk" in one for one in found["good"])


def test_a_port_that_another_program_has_is_told(drilling):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert any(str(port) in one for one in seen(drilling, "--port", str(port))["care"])
    assert not any(str(port) in one for one in seen(drilling, "--port", str(port))["care"])


def test_settings_of_another_version_are_told(drilling):
    text = "[loop]\nthinks_ahead = true\n[tomorrow]\nx = 1\n"
    (drilling.home / "settings.toml").write_text(text, encoding="utf-8")
    assert any("设置文件有误" in one for one in seen(drilling)["bad"])


def test_a_check_that_breaks_hides_none_of_the_others(drilling, monkeypatch):
    def breaks(*_: object) -> None:
        raise RuntimeError("nobody thought of that")

    plain = seen(drilling)
    monkeypatch.setattr(health_check, "last_made", breaks)
    found = seen(drilling)
    assert [one for one in found["bad"] if "nobody thought of that" in one]
    assert len(found["bad"]) == len(plain["bad"]) + 1
    assert len(found["good"]) == len(plain["good"])


def test_all_of_it_at_once_is_all_told(drilling, monkeypatch):
    _of_a_newer(drilling.home)
    (drilling.home / "settings.toml").write_bytes(b"\xff\xfe")
    monkeypatch.setattr(app, "real_now", lambda: datetime(1970, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(
        health_check.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0)
    )
    told = " ".join(seen(drilling)["bad"])
    for word in ("更新版本的程序", "UTF-8", "1970年", " 0 GB"):
        assert word in told


@pytest.mark.parametrize(
    ("second", "state", "word"), [("here", "care", "只留一个"), ("there", "good", "待命的程序")]
)
def test_two_programs_on_one_database_are_seen(drilling, second, state, word):
    def told() -> list[str]:
        return [one for one in seen(drilling)[state] if word in one]

    with closing(Store(engine.sqlite_url(drilling.home / "xunban.db"))) as store:
        now = datetime.now(UTC)
        store.leases.acquire(LEADER, "here:11:ff", now, LEASE_TTL)
        assert told() == []
        store.leases.stand_by(LEADER, f"{second}:22:ff", now)
        assert ["here (11)" in one and f"{second} (22)" in one for one in told()] == [True]
        store.leases.stand_by(LEADER, f"{second}:22:ff", now - timedelta(minutes=1))
        assert told() == []


def test_nothing_at_all_is_told_as_such(tmp_path):
    bare = Office(tmp_path / "none" / "yet")
    bad = seen(bare)["bad"]
    assert any("xunban init" in one for one in bad)
    assert len(bad) < 6
