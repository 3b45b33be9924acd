"""Commands that look after the installation: feeds, channels, backups, the doctor, sign-in,
settings.
"""

import json
import os
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.db.sqlite import sqlite3
from data.store.settings import REVISION
from data.store.store import Store
from tests.helpers.paths import ROOT
from tests.helpers.processes import robots
from tests.helpers.processes.office import YELLOW, Office
from weather.model import Health, SourceHealth


def test_the_feeds_are_told_without_asking_them(office):
    (office.home / "settings.toml").write_text(
        "[[feeds]]\nkind = 'qweather'\nurl = 'https://host.example'\nkey_env = 'QW_KEY'\n"
        "daily_budget = 900\n",
        encoding="utf-8",
    )
    assert office.begin("--empty").exit_code == 0
    (line,) = json.loads(office.run("feeds", "--json").stdout)
    assert (line["name"], line["state"], line["good_at"], line["daily_budget"]) == (
        "qweather",
        None,
        None,
        900,
    )
    assert (
        "qweather（qweather，第50位）：还没有请求过，上次成功 从未，今日请求 0/900"
        in office.run("feeds").stdout
    )


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (Health.OK, "：正常，"),
        (Health.QUIET, "正常（无预警）"),
        (Health.STALE, "数据过期"),
        (Health.FAILED, "故障"),
        (Health.OVER_QUOTA, "超出配额"),
    ],
)
def test_each_state_of_a_feed_is_told(office, state, word):
    assert office.begin("--empty").exit_code == 0
    store, now = Store(f"sqlite:///{office.home / 'xunban.db'}"), datetime.now(UTC)
    old = timedelta(hours=7 if state is Health.STALE else 0)
    store.weather.save_health(
        SourceHealth(provider="open-meteo", state=state, tried_at=now, good_at=now - old)
    )
    store.close()
    assert word in office.run("feeds").stdout
    assert json.loads(office.run("feeds", "--json").stdout)[0]["state"] == state


def test_the_feeds_tell_which_forecast_is_in_use_and_when_it_is_stale(drilling):
    assert "现用预报：open-meteo" in drilling.run("feeds").stdout
    store = Store(f"sqlite:///{drilling.home / 'xunban.db'}")
    drill = store.operations.current()
    store.operations.set_clock(
        drill.id, drill.now(datetime.now(UTC)) + timedelta(hours=8), datetime.now(UTC)
    )
    store.close()
    told = drilling.run("feeds").stdout
    assert "预报已过期：最近的是 open-meteo" in told
    assert "现用预报" not in told


def test_channels_are_shown_and_tried_out_and_no_address_is_printed(drilling):
    assert "没有设置通知渠道" in drilling.run("channels").stderr
    with robots.robot() as robot:
        (drilling.home / "settings.toml").write_text(
            f"""
            [loop]
            solve_seconds = 1.0
            [[channels]]
            name = "各站群"
            kind = "wecom"
            url = "{robot.url}"
            drill = true
            [[channels]]
            name = "西宁群"
            kind = "dingtalk"
            url_env = "XUNBAN_TEST_UNSET"
            stations = ["ST1", "none"]
            """,
            encoding="utf-8",
        )
        assert drilling.run("plan", "--replan").exit_code == 0
        shown = drilling.run("channels")
        assert "各站群（wecom，站长）：可用，待送4，30天内已送0，送达站点：全部" in shown.stdout
        assert "没有设置环境变量 XUNBAN_TEST_UNSET" in shown.stdout
        assert "辖区里没有这些站：none" in shown.stdout
        tried = drilling.run("channels", "test", "各站群")
        assert (tried.exit_code, len(robot.posts)) == (0, 1)
        assert "通道“各站群”可用" in robot.texts()[0]
        robot.answers.append((200, {"errcode": 93000}))
        failed = drilling.run("channels", "test")
        assert failed.exit_code == 1
        assert "各站群：对方拒收，错误码 93000" in failed.stderr
        assert "西宁群：没有设置环境变量 XUNBAN_TEST_UNSET" in failed.stderr
        assert drilling.run("channels", "test", "none").exit_code == 1
        assert "SECRET-KEY" not in "".join(one.output for one in (shown, tried, failed))


def test_a_backup_is_put_back_with_its_settings_and_what_was_there_is_kept(drilling, tmp_path):
    photo = drilling.home / "photos" / "a.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"picture")
    (drilling.home / "log").mkdir()
    (drilling.home / "log" / "xunban.log").write_text("long")
    saved, settings = drilling.rows(), (drilling.home / "settings.toml").read_text("utf-8")
    target = tmp_path / "backup.zip"
    assert drilling.run("backup", target).exit_code == 0
    assert os.name == "nt" or target.stat().st_mode & 0o077 == 0, "it holds the settings"
    assert sorted(zipfile.ZipFile(target).namelist()) == [
        "home/photos/a.jpg",
        "home/settings.toml",
        "xunban.db",
    ]
    assert drilling.run("alert", "add", "-", given=YELLOW).exit_code == 0
    photo.unlink()
    (drilling.home / "settings.toml").write_text("[loop]\nsolve_seconds = 2.0\n", encoding="utf-8")
    changed = drilling.rows()
    assert drilling.run("restore", target).exit_code == 1, "the command has just planned"
    quiet(drilling)
    done = drilling.run("restore", target)
    assert done.exit_code == 0, done.stderr
    assert without(drilling.rows()) == without(saved)
    assert (photo.read_bytes(), (drilling.home / "settings.toml").read_text("utf-8")) == (
        b"picture",
        settings,
    )
    (kept,) = drilling.home.glob("before-restore-*.zip")
    assert drilling.run("restore", kept).exit_code == 0
    assert without(drilling.rows()) == without(changed)


def quiet(office: Office) -> None:
    """As if the program had stopped an hour ago."""
    with sqlite3.connect(office.home / "xunban.db") as connection:
        connection.execute("UPDATE beats SET at = '2022-07-08 00:00:00.000000'")
    connection.close()


def without(rows: dict[str, list]) -> dict[str, list]:
    """What a restoring leaves as it was: tokens only ever grow, the tables are known to be others,
    and heartbeats were set back by the test.
    """
    left = {name: found for name, found in rows.items() if name not in ("leases", "beats")}
    return left | {"settings": [row for row in rows["settings"] if REVISION not in row]}


@pytest.mark.parametrize("damage", ["text", "torn", "flipped", "no_rows", "outside", "none"])
def test_a_file_that_is_no_backup_changes_nothing(drilling, tmp_path, damage):
    target = tmp_path / "backup.zip"
    assert drilling.run("backup", target).exit_code == 0
    if damage == "text":
        target.write_text("no archive")
    elif damage == "torn":
        target.write_bytes(target.read_bytes()[:-2000])
    elif damage == "flipped":
        held = bytearray(target.read_bytes())
        held[5000:5400] = b"\xff" * 400
        target.write_bytes(held)
    elif damage == "none":
        target.unlink()
    else:
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("xunban.db" if damage == "outside" else "other", b"")
            archive.writestr("../outside", b"")
    quiet(drilling)
    before = drilling.rows()
    assert drilling.run("restore", target).exit_code == 1
    assert drilling.rows() == before
    assert not (tmp_path / "outside").exists()


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(drilling):
    well = drilling.run("doctor")
    assert well.exit_code == 0, well.stdout
    for said in (
        "✓ 数据库：sqlite",
        "✓ 时钟",
        "▲ 排班程序还没有运行过",
        "▲ 辖区是虚构的示例",
        "▲ 没有设置通知渠道",
        "磁盘",
    ):
        assert said in well.stdout
    (drilling.home / "settings.toml").write_text(
        '[[channels]]\nkind = "wecom"\nurl_env = "XUNBAN_TEST_UNSET"\n', encoding="utf-8"
    )
    ill = drilling.run("doctor", "--json")
    assert ill.exit_code == 1
    assert [one["check"] for one in json.loads(ill.stdout) if one["state"] == "bad"] == ["channels"]
    with sqlite3.connect(drilling.home / "xunban.db") as connection:
        connection.execute("INSERT INTO beats VALUES ('ops', '2099-01-01 00:00:00.000000')")
    connection.close()
    assert "✕ 本机时钟比程序上次运行" in drilling.run("doctor").stdout


def test_the_doctor_looks_at_every_district_and_the_desk_above(drilling):
    drilling.run("district", "add", "east", "--name", "东区", "--city", "杭州市")
    seen = json.loads(drilling.run("doctor", "--json").stdout)
    bad = [(one["district"], one["check"]) for one in seen if one["state"] == "bad"]
    assert bad == [("east", "district")]  # there is none yet
    assert {one["district"] for one in seen} == {"main", "east", "hq"}
    alone = json.loads(drilling.run("--district", "hq", "doctor", "--json").stdout)
    assert {one["state"] for one in alone} <= {"good", "care"}
    told = drilling.run("doctor").stdout
    assert all(told.count(f"—— {one} ——") == 1 for one in ("main", "east", "hq"))


def test_the_bureaus_own_sign_in_is_set_up_by_one_command_and_examined(drilling):
    words = (
        "account",
        "oidc",
        "https://id.example/.well-known/openid-configuration",
        "xunban",
        "--stdin",
        "--board",
    )
    refused = drilling.run(*words, "http://xunban.example", given="the client's secret\n")
    assert (refused.exit_code, "redirect_uri" in refused.stderr) == (1, True)
    done = drilling.run(*words, "https://xunban.example", given="the client's secret\n")
    assert (done.exit_code, "https://xunban.example/oauth2callback" in done.stderr) == (0, True)
    assert "the client's secret" not in done.output
    assert "✓ 统一登录：https://id.example" in drilling.run("doctor").stdout
    again = drilling.run(*words, "https://other.example", given="another\n")
    assert (again.exit_code, "已存在" in again.stderr) == (1, True)
    (drilling.home / "secrets.toml").write_text("[auth]\n", encoding="utf-8")
    ill = drilling.run("doctor")
    assert (ill.exit_code, "✕ 统一登录设置有误" in ill.stdout) == (1, True)


def test_an_account_is_made_changed_signed_out_and_revoked_by_hand(drilling):
    def run(*words: str, given: str = "") -> tuple[int, str]:
        done = drilling.run("account", *words, given=given)
        return done.exit_code, done.output

    assert run("add", "li", "--role", "duty", "--stdin", given="three blue barges\n")[0] == 0
    code, said = run("role", "li", "--role", "captain")
    assert (code, "duty" in said) == (1, True)
    assert run("role", "li", "--role", "chief")[0] == 1, "a chief has a station"
    assert run("role", "li", "--role", "chief", "--station", "ST1")[0] == 0
    assert "西宁管理站" in run("list")[1]
    assert run("signout", "li")[0] == 0
    assert run("signout", "nobody")[0] == 1
    assert run("revoke", "li")[0] == 0
    assert "已注销" in run("list")[1]


OIDC = ("oidc", "https://id.example/.well-known/openid-configuration", "x", "--board", "https://b")


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("init",), "--admin, --stdin"),
        (("init", "--stdin"), "--admin"),
        (("init", "--admin", "甲"), "--stdin"),
        (("account", "add", "乙", "--role", "duty"), "--stdin"),
        (("account", "password", "甲"), "--stdin"),
        (("account", *OIDC), "--stdin"),
    ],
)
def test_who_sits_at_no_terminal_is_told_which_option_to_give(office, words, option):
    if words[0] == "account":
        assert office.begin("--empty").exit_code == 0
    done = office.run(*words)
    assert done.exit_code == 2
    assert done.stderr.strip().endswith(f"请用选项 {option}")


def test_no_command_asks_by_itself():
    asking = re.compile(r"typer\.(prompt|confirm)|\bgetpass\b|\binput\(|Prompt\.ask|Confirm\.ask")
    found = {
        path.name
        for path in (ROOT / "ops").rglob("*.py")
        if asking.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"context.py"}


def test_an_old_setting_is_said_once_with_its_new_name(drilling):
    (drilling.home / "settings.toml").write_text(
        "[loop]\nsolve_seconds = 1.0\n[standing]\nhours = 0.0\n", encoding="utf-8"
    )
    done = drilling.run("contingency")
    assert done.stderr.count("设置 standing 已改名为 contingency") == 1
    assert done.exit_code == 0


def torn(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:-4096] = b"\xa5" * (len(content) - 8192)
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (torn, "xunban restore"),
        (lambda file: file.write_bytes(b"no database" * 999), "xunban restore"),
        (Path.unlink, "还没有数据库"),
    ],
    ids=["torn", "another file", "gone"],
)
def test_the_doctor_lists_what_is_amiss_where_the_database_is(drilling, tmp_path, damage, said):
    target = tmp_path / "saved.zip"
    assert drilling.run("backup", target).exit_code == 0
    for beside in drilling.home.glob("xunban.db-*"):
        beside.unlink()
    damage(drilling.home / "xunban.db")
    ill = drilling.run("doctor")
    assert ill.exit_code == 1
    assert said in ill.stdout
    assert "磁盘" in ill.stdout, "the other checks are made all the same"
    assert ill.stdout.count("✕") < 5, ill.stdout
    put_back = drilling.run("restore", target)
    assert put_back.exit_code == 0, put_back.stderr
    assert drilling.run("doctor").exit_code == 0
