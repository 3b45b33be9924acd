"""Backups: what they hold, and that they can be put back whatever state what is here is in."""

import io
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.errors import StoreError
from data.model.account import Role
from data.model.operation import OperationKind
from data.store.store import LEADER, StalePlan, Store
from ops.auth.accounts import add_account
from ops.auth.permissions import CONSOLE
from ops.auth.sessions import AccessSettings, sign_in, signed_in
from ops.base.messages import LANGUAGES, Translator
from ops.runtime import backup as backup_module
from ops.runtime.backup import FOLDER, back_up_if_due, backup, last_made, restore
from ops.settings import BackupSettings
from tests.helpers.makers import HOUR, NOW, both_databases, make_city, make_version

PASSWORD = "lightning over liaoyuan"
LATER = datetime(2026, 11, 26, tzinfo=UTC)


def fill(store: Store) -> str:
    """A centre with an account, whose session comes back."""
    store.replace_city(make_city())
    add_account(store, CONSOLE, "wang", Role.ADMIN, PASSWORD, NOW)
    return sign_in(store, AccessSettings(), "wang", PASSWORD, "10.0.0.1", NOW).secret


@pytest.fixture
def oddly(tmp_path) -> Store:
    """A database under a name of its own, in the home folder."""
    home = tmp_path / "home"
    (home / "photos").mkdir(parents=True)
    (home / "photos" / "one.jpg").write_bytes(b"picture")
    (home / "settings.toml").write_text("[loop]\n")
    store = Store(f"sqlite:///{home / 'centre.sqlite3'}")
    store.migrate()
    return store


def test_no_session_and_no_file_of_the_database_is_in_a_backup_whatever_it_is_called(
    oddly, tmp_path
):
    secret = fill(oddly)
    home, target = tmp_path / "home", tmp_path / "saved.zip"
    backup(oddly, home, target)
    with zipfile.ZipFile(target) as archive:
        assert sorted(archive.namelist()) == [
            "home/photos/one.jpg",
            "home/settings.toml",
            "xunban.db",
        ]
    token = oddly.leases.acquire(LEADER, "one", NOW, HOUR)
    restore(oddly, home, target, LATER)
    assert signed_in(oddly, AccessSettings(), secret, NOW) is None
    assert oddly.leases.acquire(LEADER, "two", NOW, HOUR) > token


def test_a_raw_database_in_an_older_backup_is_not_put_over_the_rows(oddly, tmp_path):
    fill(oddly)
    home, target = tmp_path / "home", tmp_path / "saved.zip"
    backup(oddly, home, target)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("home/centre.sqlite3", b"SQLite format 3\0" + b"x" * 5000)
    restore(oddly, home, target, LATER)
    assert oddly.city() == make_city()


def middle_torn(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:-4096] = b"\xa5" * (len(content) - 12288)
    file.write_bytes(content)


DAMAGES = {
    "another file": lambda file: file.write_bytes(b"this is no database" * 100),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:50_000]),
    "middle torn": middle_torn,
    "empty": lambda file: file.write_bytes(b""),
    "gone": lambda file: file.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_backup_is_put_back_whatever_state_the_database_is_in(oddly, tmp_path, damage):
    fill(oddly)
    home, target = tmp_path / "home", tmp_path / "saved.zip"
    backup(oddly, home, target)
    token = [oddly.leases.acquire(LEADER, str(n), NOW + n * HOUR, HOUR / 2) for n in range(5)][-1]
    oddly.close()
    file = home / "centre.sqlite3"
    for beside in home.glob("centre.sqlite3-*"):
        beside.unlink()
    DAMAGES[damage](file)
    before = file.read_bytes() if file.exists() else None
    _, kept = restore(oddly, home, target, LATER)
    assert oddly.city() == make_city()
    assert oddly.leases.acquire(LEADER, "new", NOW, HOUR) > token
    drill = oddly.operations.start(OperationKind.DRILL, NOW, NOW)
    with pytest.raises(StalePlan):
        oddly.plans.save(make_version(drill.id), [], NOW, token)
    assert all(Path(one).exists() for one in kept)
    if damage in ("another file", "cut off", "middle torn"):
        assert Path(kept[0]).read_bytes() == before, "it lies where it is told, as it was"
    oddly.close()


@both_databases
def test_a_database_of_a_newer_program_gives_way_and_is_kept(store, tmp_path):
    fill(store)
    home, target = tmp_path / "home", tmp_path / "saved.zip"
    home.mkdir()
    backup(store, home, target)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    _, kept = restore(store, home, target, LATER)
    assert store.city() == make_city()
    assert "before" in kept[0]


def test_a_backup_that_can_not_be_read_again_does_not_count(oddly, tmp_path, monkeypatch):
    fill(oddly)
    whole = zipfile.ZipFile.write

    def torn(self, filename, arcname):
        whole(self, filename, arcname)
        self.fp.seek(200)
        self.fp.write(b"\0" * 50)
        self.fp.seek(0, 2)

    monkeypatch.setattr(zipfile.ZipFile, "write", torn)
    with pytest.raises(StoreError):
        backup(oddly, tmp_path / "home", tmp_path / "saved.zip")
    assert not (tmp_path / "saved.zip").exists()


def test_a_backup_that_would_fill_the_disk_is_not_unpacked(oddly, tmp_path, monkeypatch):
    """Ten megabytes that are ten kilobytes on the way: a thousandth of what such a file can say."""
    bomb, home = tmp_path / "bomb.zip", tmp_path / "home"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xunban.db", bytes(10_000_000))
    assert bomb.stat().st_size < 20_000
    usage = shutil.disk_usage(tmp_path)._replace(free=backup_module.LEFT + 9_000_000)
    monkeypatch.setattr(backup_module.shutil, "disk_usage", lambda _: usage)
    monkeypatch.setattr(zipfile.ZipFile, "open", pytest.fail)
    with pytest.raises(StoreError, match=r"store\.no_room") as refused:
        restore(oddly, home, bomb, LATER)
    for language in LANGUAGES:
        assert "TMPDIR" in Translator(language)(refused.value.code, **refused.value.facts)


def marked(archive: bytes, at: int, value: int) -> bytes:
    """An archive of which every member says otherwise in one byte of its heads (APPNOTE.TXT, 4.3.7
    and 4.3.12).
    """
    changed = bytearray(archive)
    for head, behind in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        place = changed.find(head)
        while place >= 0:
            changed[place + at + behind] = value
            place = changed.find(head, place + 4)
    return bytes(changed)


def with_file(archive: bytes, *members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    held = io.BytesIO(archive)
    with zipfile.ZipFile(held, "a") as more:
        for name, content in members:
            more.writestr(name, content)
    return held.getvalue()


BITS, METHOD = 6, 8
HOSTILE = {
    "locked": lambda good: marked(good, BITS, 1),
    "torn bz2": lambda good: marked(good, METHOD, 12),
    "torn lzma": lambda good: marked(good, METHOD, 14),
    "unknown packing": lambda good: marked(good, METHOD, 98),
    "long name": lambda good: with_file(good, (f"home/{'a' * 300}/x", b"")),
    "file as folder": lambda good: with_file(good, ("home/a", b""), ("home/a/b", b"")),
    "folder as rows": lambda good: with_file(good, ("xunban.db/x", b"")),
    "in a file that is here": lambda good: with_file(good, ("home/settings.toml/x", b"")),
    "over a folder that is here": lambda good: with_file(good, ("home/mine", b"")),
    "above": lambda good: with_file(good, ("home/../../above.txt", b"")),
    "from the root": lambda good: with_file(good, ("/tmp/above.txt", b"")),
    "of windows": lambda good: with_file(good, ("home\\..\\above.txt", b"")),
    "half": lambda good: good[: len(good) // 2],
    "nothing": lambda good: b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_backup_of_ours_is_refused_in_words_and_changes_nothing(oddly, tmp_path, kind):
    fill(oddly)
    home, good, evil = tmp_path / "home", tmp_path / "good.zip", tmp_path / "evil.zip"
    backup(oddly, home, good)
    (home / "mine").mkdir()
    evil.write_bytes(HOSTILE[kind](good.read_bytes()))
    oddly.settings.save("kept", "yes")
    before = sorted(str(one) for one in tmp_path.rglob("*") if "centre" not in one.name)
    with pytest.raises(StoreError) as refused:
        restore(oddly, home, evil, LATER)
    assert oddly.settings.get("kept", "") == "yes"
    after = sorted(str(one) for one in tmp_path.rglob("*") if "centre" not in one.name)
    assert before == after
    for language in LANGUAGES:
        assert Translator(language)(refused.value.code, **refused.value.facts)


def test_no_file_of_a_backup_takes_the_place_of_the_database_or_points_elsewhere(oddly, tmp_path):
    fill(oddly)
    home, good, evil = tmp_path / "home", tmp_path / "good.zip", tmp_path / "evil.zip"
    backup(oddly, home, good)
    link = zipfile.ZipInfo("home/photos/link.jpg")
    link.external_attr = 0o120777 << 16
    junk = ("home/centre.sqlite3", b"junk"), ("home/centre.sqlite3-wal", b"junk")
    evil.write_bytes(with_file(good.read_bytes(), (link, b"/etc/passwd"), *junk))
    restore(oddly, home, evil, LATER)
    assert oddly.city() == make_city()
    oddly.close()
    assert oddly.city() == make_city(), "nor once it is opened anew"
    assert not (home / "photos" / "link.jpg").is_symlink()


def test_backups_are_made_when_due_and_the_oldest_go(oddly, tmp_path):
    fill(oddly)
    home, rules = tmp_path / "home", BackupSettings(hours=24, keep=2)
    (home / FOLDER).mkdir()
    (home / FOLDER / "xunban-mine-Z.zip").write_bytes(b"not ours")
    made = []
    for hour in range(0, 24 * 4, 6):
        made += [back_up_if_due(oddly, home, rules, LATER + hour * HOUR)]
    made = [one for one in made if one]
    assert len(made) == 4
    assert sorted((home / FOLDER).glob("xunban-2*.zip")) == made[-2:]
    assert (home / FOLDER / "xunban-mine-Z.zip").exists()
    assert last_made(home, rules) == LATER + timedelta(days=3)
    back = LATER - timedelta(days=400)
    assert back_up_if_due(oddly, home, rules, back), "a clock that was put back stops none"
    kept = sorted((home / FOLDER).glob("xunban-2*.zip"))
    for minutes in range(1, 9):
        now = back + timedelta(minutes=minutes)
        assert back_up_if_due(oddly, home, rules, now) is None, "nor makes one at every turn"
    assert sorted((home / FOLDER).glob("xunban-2*.zip")) == kept
    assert back_up_if_due(oddly, home, BackupSettings(hours=0), LATER) is None
