"""A command in each district of an installation: all are named and reached, whoever fails."""

import os
import shutil
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from data.model.headquarters.members import Member
from data.store.store import MAIN, Store
from ops.auth.permissions import CONSOLE
from ops.base.sites import Site
from ops.cli.app import cli
from ops.headquarters.register import Register
from ops.runtime.backup import back_up_if_due
from ops.settings import BackupSettings
from tests.helpers.makers import NOW, make_city


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """An installation with three districts and the desk above; west's database is damaged."""
    home = tmp_path_factory.mktemp("made")
    root = Site(MAIN, home, f"sqlite:///{home / 'xunban.db'}")
    own = Store(root.url)
    own.migrate()
    own.replace_city(make_city())
    own.close()
    register = Register(root)
    for site_id in ("east", "west", "far"):
        member = Member(id=site_id, name=site_id, city="C", added_at=NOW)
        store = Store(register.add(CONSOLE, member, NOW).url)
        city = make_city()
        store.replace_city(replace(city, district=replace(city.district, name=f"secret-{site_id}")))
        store.close()
    (home / "districts/west/xunban.db").write_bytes(b"no database" * 1000)
    register.close()
    return home


@pytest.fixture
def home(made, tmp_path, monkeypatch) -> Path:
    """Its folder."""
    home = tmp_path / "home"
    shutil.copytree(made, home)
    monkeypatch.setenv("XUNBAN_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["--district", "all", *words])


def test_the_backup_of_each_is_made_and_whoever_fails_is_named(home, tmp_path):
    done = run("backup", str(tmp_path / "{district}.zip"))
    assert done.exit_code == 1
    assert {path.stem for path in tmp_path.glob("*.zip")} == {"main", "east", "far", "hq"}
    assert "没有办成的区：west" in done.stderr
    for name in ("main", "east", "far", "hq"):
        assert f"—— {name} ——" in done.stdout
        with zipfile.ZipFile(tmp_path / f"{name}.zip") as kept:
            assert (b"secret-east" in kept.read("xunban.db")) is (name == "east")
    assert os.environ["XUNBAN_HOME"] == str(home)
    assert run("restore", str(tmp_path / "{district}.zip")).exit_code == 1  # west has none
    assert "west" in run("export", "{district}.xlsx").stderr
    assert {path.stem for path in tmp_path.glob("*.xlsx")} == {"main", "east", "far"}


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("backup", "one.zip"), 1, "{district}"),  # the last would be all that is left
        (("restore", "one.zip"), 1, "{district}"),  # everybody would be one
        (("up",), 1, "整个安装"),
        (("no-such-command",), 2, "no-such-command"),
        (("work", "verify"), 2, "job"),
    ],
)
def test_what_can_not_be_done_in_each_is_done_in_none(home, tmp_path, words, code, why):
    done = run(*words)
    assert done.exit_code == code
    assert why in done.stderr.lower()
    assert not list(tmp_path.glob("*.zip"))


def test_districts_that_keep_their_backups_in_one_folder_take_none_for_their_own(home, tmp_path):
    rules = BackupSettings(hours=1, keep=1, folder=str(tmp_path / "nas"))
    homes = [home, home / "districts/east", home / "districts/far"]
    for hour in range(2):
        at = NOW + timedelta(hours=2 * hour)
        made = []
        for one in homes:
            store = Store(f"sqlite:///{one / 'xunban.db'}")
            made.append(back_up_if_due(store, one, rules, at))
            store.close()
        assert all(path and path.is_file() for path in made)
        assert len({path.parent for path in made}) == 3


def test_the_sign_in_of_all_stands_in_the_folder_of_the_installation(home):
    done = CliRunner().invoke(
        cli,
        "--district east account oidc https://sso.example/x client --stdin "
        "--board https://board.example",
        input="secret\n",
    )
    assert done.exit_code == 0, done.output
    assert (home / "secrets.toml").is_file()
