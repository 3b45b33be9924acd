"""The command line as it is typed: every door with garbage, and what is left of the database."""

import json
import os
import re
import shutil
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typst
from click.testing import Result
from openpyxl import load_workbook
from typer.testing import CliRunner

from data.db.sqlite import sqlite3
from data.model.field import EventKind
from data.store.settings import REVISION
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.cli.app import cli
from ops.field.reports import Report, take_report
from tests.helpers.files import odd_files
from tests.helpers.files.pdf import words_of
from tests.helpers.paths import LONGSHAN, ROOT
from tests.helpers.processes import robots
from weather.model import Health, SourceHealth

YELLOW = (
    "辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号："
    "预计未来6小时内，龙山区降雨量将达50毫米以上。"
)
ORANGE = (
    "辽源市气象台2022年7月8日9时05分将暴雨黄色预警信号升级为暴雨橙色预警信号："
    "预计未来3小时内，龙山区降雨量将达50毫米以上。"
)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><alert>&i;</alert>"
)


class Office:
    """A home folder of its own, and the command line in it."""

    def __init__(self, home: Path):
        self.home = home

    def run(self, *words: str | Path, given: str | bytes = b"") -> Result:
        given = given.encode() if isinstance(given, str) else given
        env = {"XUNBAN_HOME": str(self.home), "XUNBAN_DB": None, "XUNBAN_LANG": None}
        done = CliRunner().invoke(cli, [str(word) for word in words], input=given, env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), repr(
            done.exception
        )
        return done

    def begin(self, *words: str) -> Result:
        """Create the database with its first administrator."""
        return self.run(
            "init", *words, "--admin", "管理员", "--stdin", given="lightning over liaoyuan\n"
        )

    def rows(self) -> dict[str, list]:
        """Every row of every table: what must be the same before and after a refusal."""
        with sqlite3.connect(self.home / "xunban.db") as database:
            names = [
                name
                for (name,) in database.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                )
            ]
            return {
                name: database.execute(f'SELECT * FROM "{name}"').fetchall()
                for name in sorted(names)
            }


@pytest.fixture
def office(tmp_path) -> Office:
    office = Office(tmp_path / "home")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text(
        "[loop]\nsolve_seconds = 1.0\n", encoding="utf-8"
    )
    return office


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """The database that ``init`` makes: copied for each test."""
    office = Office(tmp_path_factory.mktemp("begun"))
    assert office.begin().exit_code == 0
    path = office.home / "whole.db"  # the database's own file may lack what its log holds
    with closing(sqlite3.connect(office.home / "xunban.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))
    return path


@pytest.fixture
def drilling(office, begun) -> Office:
    shutil.copyfile(begun, office.home / "xunban.db")
    return office


def garbage(folder: Path) -> dict[str, Path]:
    def file(name: str, content: bytes) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    with zipfile.ZipFile(folder / "zip.xlsx", "w") as archive:
        archive.writestr("hello.txt", "not a workbook")
    return {
        "empty": file("empty.txt", b""),
        "blank": file("blank.txt", b" \n\t\n"),
        "huge": file("huge.txt", b"x" * 50_000_000),
        "binary": file("binary.bin", bytes(range(256)) * 40),
        "encoding": file("encoding.txt", b"\xff\xfe\xfd\x80\x81" * 50),
        "bomb": file("bomb.xml", BOMB.encode()),
        "html": file("page.html", b"<!doctype html><html><body>404</body></html>"),
        "zip": folder / "zip.xlsx",
        "text": file("text.txt", "今天天气不错，适合出门。".encode()),
        "folder": folder,
        "none": folder / "none.txt",
    }


DOORS = (("alert", "parse"), ("alert", "add"), ("import",))


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_garbage_at_every_door_is_refused_in_words_and_changes_nothing(drilling, tmp_path, door):
    before = drilling.rows()
    folder = tmp_path / "garbage"
    folder.mkdir()
    for name, path in garbage(folder).items():
        done = drilling.run(*door, path)
        said = done.stderr
        assert done.exit_code == 1, (name, said)
        assert said.strip(), name
        assert "Traceback" not in said, (name, said)
        assert len(said) < 2000, name
    assert drilling.rows() == before


def test_a_workbook_with_a_crew_that_does_not_exist_names_the_row_and_changes_nothing(
    drilling, tmp_path
):
    folder = tmp_path / "tables"
    assert drilling.run("export", folder).exit_code == 0
    table = next(path for path in folder.iterdir() if "crews" in path.name or "班组" in path.name)
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    lines[3] = lines[3].replace("ST2", "ST99").replace("ST1", "ST99")
    table.write_text("\n".join(lines), encoding="utf-8-sig")
    before = drilling.rows()
    done = drilling.run("import", folder)
    said = done.stderr.strip().splitlines()
    assert done.exit_code == 1
    assert len(said) == 1
    assert "ST99" in said[0]
    assert "4" in said[0]
    assert drilling.rows() == before


@pytest.mark.parametrize("target", ["town.xlsx", "town"])
def test_what_is_exported_comes_back_as_it_was(drilling, tmp_path, target):
    before = drilling.rows()
    assert drilling.run("export", tmp_path / target).exit_code == 0
    assert drilling.run("import", tmp_path / target).exit_code == 0
    after = drilling.rows()
    assert (
        len(after.pop("audit")) == len(before.pop("audit")) + 1
    )  # that it was done is written down
    for rows in (before, after):  # by which version the tables are known to have been taken anew
        rows["settings"] = [row for row in rows["settings"] if REVISION not in row]
    assert {name: sorted(map(repr, rows)) for name, rows in after.items()} == {
        name: sorted(map(repr, rows)) for name, rows in before.items()
    }


def test_from_a_warning_to_a_plan_and_its_difference(drilling):
    first = drilling.run("alert", "add", "-", given=YELLOW)
    assert first.exit_code == 0, first.stderr
    assert "暴雨黄色预警" in first.stdout
    plan = json.loads(drilling.run("plan", "--json").stdout)
    assert plan["version"] == 1
    assert plan["drill"] is True
    assert {"version", "stations", "assignments", "unassigned", "changes"} <= set(plan)
    assert len(plan["stations"]) >= 4
    stop = plan["stations"][0]["units"][0]["stops"][0]
    assert {"road", "from", "to", "leave_at", "arrive_at", "done_by", "why", "with"} <= set(stop)
    again = drilling.run("alert", "add", "-", given=YELLOW)
    assert again.exit_code == 0
    assert json.loads(drilling.run("plan", "--json").stdout)["version"] == 1
    raised = drilling.run("--now", "2022-07-08T09:05", "alert", "add", "-", given=ORANGE)
    assert raised.exit_code == 0, raised.stderr
    plan = json.loads(drilling.run("plan", "--json").stdout)
    assert plan["version"] == 2
    assert "暴雨橙色预警" in plan["changes"][0]


def test_now_makes_any_command_a_drill_and_leaves_the_real_operation_alone(office, tmp_path):
    assert office.begin("--empty").exit_code == 0
    assert office.run("import", LONGSHAN).exit_code == 0
    done = office.run("--now", "2022-07-08T08:30", "alert", "add", "-", given=YELLOW)
    assert done.exit_code == 0, done.stderr
    assert office.run("plan").exit_code == 1  # the real operation has no plan
    drill = json.loads(office.run("--now", "2022-07-08T08:31", "plan", "--json").stdout)
    assert drill["drill"] is True
    assert drill["made_at"] == "2022-07-08T08:30:00+08:00"


def test_a_warning_of_years_ago_is_kept_said_to_be_over_and_plans_nothing(office):
    office.begin("--empty")
    office.run("import", LONGSHAN)
    done = office.run("alert", "add", "-", given=YELLOW)
    assert done.exit_code == 0
    assert "已过" in done.stderr
    assert len(office.rows()["alerts"]) == 1
    assert office.run("plan").exit_code == 1


def test_parse_shows_json_in_the_agreed_shape_and_needs_no_database(office):
    done = office.run("alert", "parse", "-", "--received", "2022-07-08T08:21+08:00", given=ORANGE)
    (alert,) = json.loads(done.stdout)
    assert alert["issuers"] == ["辽源市气象台"]
    assert (alert["type"], alert["level"], alert["action"]) == ("暴雨", "orange", "upgrade")
    assert alert["issued_at"] == "2022-07-08T09:05:00+08:00"
    assert (alert["forecast_hours"], alert["forecast_mm"]) == (3, 50)
    assert alert["previous_level"] == "yellow"
    assert alert["observed_mm"] is None
    assert not (office.home / "xunban.db").exists()


def test_english_by_a_switch(drilling):
    drilling.run("alert", "add", "-", given=YELLOW)
    said = drilling.run("--lang", "en", "plan").stdout
    assert "duty sheets, version 1" in said
    assert "[DRILL 演练]" in said


@pytest.mark.parametrize(
    "words", [("plan",), ("export", "x.xlsx"), ("alert", "add", "-"), ("operation", "go-live")]
)
def test_without_a_database_it_says_what_to_do(office, words):
    done = office.run(*words, given=YELLOW)
    assert done.exit_code == 1
    assert "xunban up" in done.stderr
    assert not (office.home / "xunban.db").exists()


def test_init_on_a_full_database_changes_nothing(drilling):
    before = drilling.rows()
    assert drilling.run("init").exit_code == 1
    assert drilling.run("init", "--empty").exit_code == 1
    assert drilling.rows() == before


def test_leaving_the_drill_is_one_command(drilling):
    assert drilling.run("operation", "go-live").exit_code == 0
    assert drilling.run("plan").exit_code == 1
    assert drilling.run("drill", "start").exit_code == 1


def test_a_wrong_settings_file_is_named(drilling):
    (drilling.home / "settings.toml").write_text("[loop]\nsolve_second = 1\n", encoding="utf-8")
    done = drilling.run("alert", "add", "-", given=YELLOW)
    assert done.exit_code == 1
    assert "loop.solve_second" in done.stderr


def test_after_a_slip_the_last_good_settings_are_used_and_the_slip_is_said(drilling):
    assert drilling.run("feeds").exit_code == 0
    (drilling.home / "settings.toml").write_text("[loop]\nsolve_second = 1\n", encoding="utf-8")
    done = drilling.run("alert", "add", "-", given=YELLOW)
    assert done.exit_code == 0, done.stderr
    assert done.stderr.count("loop.solve_second: no such setting (at line 2)") == 1
    ill = drilling.run("doctor")
    assert ill.exit_code == 1
    assert "✕ 设置文件有误" in ill.stdout
    assert "loop.solve_second" in ill.stdout


def test_a_broken_database_is_said_and_not_a_traceback(office):
    (office.home / "xunban.db").write_bytes(b"this is no database" * 100)
    done = office.run("plan")
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr


def test_a_plan_is_printed_as_pdf(drilling, tmp_path):
    drilling.run("alert", "add", "-", given=YELLOW)
    done = drilling.run("plan", "--pdf", tmp_path / "plan.pdf")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("words", [("contingency", "red"), ("report",)], ids=" ".join)
@pytest.mark.parametrize("ending", ["pdf", "xlsx"])
def test_paper_that_can_not_be_made_or_written_is_said_in_words(
    drilling, tmp_path, monkeypatch, words, ending
):
    nowhere = tmp_path / "none" / f"x.{ending}"
    done = drilling.run(*words, f"--{ending}", nowhere)
    assert done.exit_code == 1
    assert "文件没有写成" in done.stderr
    assert "No such file" in done.stderr

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "No space left" in drilling.run(*words, f"--{ending}", tmp_path / nowhere.name).stderr
    if ending == "pdf":

        def broken(*_, **__):
            raise typst.TypstError("no such font")

        monkeypatch.setattr(typst, "compile", broken)
        done = drilling.run(*words, "--pdf", tmp_path / nowhere.name)
        assert done.exit_code == 1
        assert "文件没有写成：" in done.stderr


def refuse_one(home: Path) -> str:
    """A station's chief refuses a job of the plan in force; which."""
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    drill = store.operations.current()
    plan = store.plans.current(drill.id)
    job = next(job for job in plan.assignments if job.segment_id)
    station = store.city().segment_by_id[job.segment_id].station_id
    told = Report(
        event_id="tap-00001",
        version=plan.number,
        station_id=station,
        kind=EventKind.REFUSE,
        job_id=job.job_id,
        reason="车过不去",
    )
    take_report(store, drill, CONSOLE, told, drill.now(datetime.now(UTC)))
    return job.job_id


def test_a_plan_is_written_as_excel_with_its_own_ending_only(drilling, tmp_path):
    drilling.run("alert", "add", "-", given=YELLOW)
    job = refuse_one(drilling.home)
    done = drilling.run("plan", "--xlsx", tmp_path / "plan.xlsx", "--pdf", tmp_path / "plan.pdf")
    assert done.exit_code == 0, done.stderr
    book = load_workbook(tmp_path / "plan.xlsx")
    assert book.sheetnames[0] == "说明"
    still_open = [cell.value for row in book["未了事项"] for cell in row]
    assert any("车过不去" in str(value) for value in still_open), (job, still_open)
    assert "车过不去" in words_of((tmp_path / "plan.pdf").read_bytes(), tmp_path)
    (tmp_path / "plan.pdf").unlink()
    assert drilling.run("plan", "--xlsx", tmp_path / "plan.pdf").exit_code == 1
    assert not (tmp_path / "plan.pdf").exists()


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


def test_a_level_is_proposed_ordered_and_said_on_the_sheet(drilling):
    assert "预警建议：III级" in drilling.run("level").stdout
    before = drilling.rows()
    for words in (("V", "--by", "王"), ("II",), ("II", "--by", " ")):
        assert drilling.run("level", "order", *words).exit_code == 1
        assert drilling.rows() == before
    assert drilling.run("level", "order", "ii", "--by", "王科长").exit_code == 0
    assert "已下达：II级（王科长" in drilling.run("level").stdout
    sheet = drilling.run("plan").stdout
    assert "应急响应：II级。" in sheet
    assert "王科长于" in sheet
    assert "依据预报：open-meteo" in sheet
    plan = json.loads(drilling.run("plan", "--json").stdout)
    assert (plan["level"], plan["rain"]["provider"]) == ("II", "open-meteo")


def test_recorded_payloads_are_replayed_as_a_drill_with_plans_on_the_way(drilling, tmp_path):
    folder = tmp_path / "records"
    folder.mkdir()
    longshan = LONGSHAN
    (folder / "20220708T0810.json").write_bytes((longshan / "forecast.json").read_bytes())
    (folder / "20220708T0821.txt").write_text(YELLOW, encoding="utf-8")
    (folder / "20220708T0830.txt").write_text("今天天气不错", encoding="utf-8")
    (folder / "20220708T0906.txt").write_text(ORANGE, encoding="utf-8")
    done = drilling.run("replay", folder)
    assert done.exit_code == 0
    assert "回放结束：4 份，采用 3 份，拒绝 1 份，方案 3 版" in done.stdout
    plan = json.loads(drilling.run("plan", "--json").stdout)
    assert (plan["version"], plan["drill"], plan["made_at"]) == (
        3,
        True,
        "2022-07-08T09:06:00+08:00",
    )
    assert drilling.run("replay", tmp_path / "none").exit_code == 1


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


def test_the_state_of_the_inlets_is_told_for_the_district_and_each_station(drilling):
    told = drilling.run("work", "inlets").output.splitlines()
    assert told[0].startswith("雨水口 381 个：已知堵塞 17，不知何时清过 ")
    totals = [int(found[1]) for found in re.finditer(r"雨水口 (\d+) 个", "\n".join(told))]
    assert sum(totals[1:]) == totals[0]
    assert len(told) == len(totals) + 17 + 10
    listed = json.loads(drilling.run("work", "inlets", "--json").stdout)
    assert len(listed) == 381
    assert all(one["why"].startswith(one["inlet"]) for one in listed)
    assert all(len(one["by_hour"]) == len(listed[0]["by_hour"]) > 3 for one in listed)


def test_work_is_verified_and_opened_anew_by_hand(drilling):
    assert drilling.run("plan", "--replan").exit_code == 0
    assert "没有已报告" in drilling.run("work", "list").output
    assert "没有提问" in drilling.run("question", "list").output
    assert drilling.run("question", "answer", "nothing", "好", "--by", "值班员").exit_code == 1
    refused = drilling.run("work", "verify", "clear:nowhere", "--by", "值班员")
    assert (refused.exit_code, "clear:nowhere" in refused.output) == (1, True)
    assert (
        drilling.run(
            "work", "reopen", "clear:nowhere", "--by", "值班员", "--reason", "堵"
        ).exit_code
        == 1
    )


def test_calls_about_one_puddle_are_listed_split_joined_and_closed_together(drilling):
    def incident(*words: object) -> Result:
        return drilling.run("incident", *words, "--by", "王一")

    for depth in (20, 25, 10):
        done = incident("report", "standing_water", "--segment", "S01", "--depth", depth)
    assert "第3个来电" in done.stderr
    assert "方案不变" in done.stderr
    assert "3个来电，最深25厘米" in drilling.run("incident", "list").stdout
    assert incident("split", 3).exit_code == 0
    assert "2个来电，最深25厘米" in drilling.run("incident", "list").stdout
    again = incident("split", 3)
    assert (again.exit_code, "只有一个来电" in again.stderr) == (1, True)
    assert incident("join", 3, 1).exit_code == 0
    assert "已关闭险情2号" in incident("close", 2, "--alone").stderr
    assert "共2个" in incident("close", 1).stderr
    assert drilling.run("incident", "list").stdout.strip() == "没有险情"


def test_a_plan_is_changed_by_hand_and_what_can_not_be_is_refused_in_words(drilling):
    drilling.run("alert", "add", "-", given=YELLOW)
    plan = json.loads(drilling.run("plan", "--json").stdout)
    job = next(one["job"] for one in plan["assignments"] if one["job"].startswith("guard:"))
    who = drilling.run("change", "candidates", job)
    assert who.exit_code == 0
    assert who.stdout.startswith("1：")
    before = drilling.rows()
    for words, code, said in [
        (("candidates", "no-such"), 1, "没有可以调整的任务 no-such"),
        (("lock", "no-such"), 1, "没有可以调整的任务 no-such"),
        (("drop", "no-such"), 1, "没有可以调整的任务 no-such"),
        (("unlock", job), 1, "没有手工指定可取消"),
        (("move", job), 1, "请用 --to 指定班组"),
        (("move", job, "--at", "25:99"), 1, "看不懂时间 25:99"),
        (("move", job, "--to", "nobody"), 1, "不能这样安排"),
        (("add", "guard", "no-such"), 1, "没有路段 no-such"),
        (("add", "dance", "S1"), 2, ""),
        (("add", "guard", "S1", "--minutes", "0"), 2, ""),
    ]:
        done = drilling.run(
            "change", *words, *(() if words[0] == "candidates" else ("--by", "值班员"))
        )
        assert done.exit_code == code, (words, done.stderr)
        assert said in done.stderr, words
        assert done.stderr.strip(), words
        assert drilling.rows() == before, words
    assert drilling.run("change", "lock", job).exit_code == 2, "--by is asked for"
    assert drilling.run("change", "drop", job, "--by", "值班员", "--dry-run").exit_code == 0
    assert drilling.rows() == before
    assert drilling.run("change", "lock", job, "--by", "值班员").exit_code == 0
    assert drilling.run("change", "unlock", job, "--by", "值班员").exit_code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [((), 0), (("--pdf", "red.pdf"), 1), (("purple",), 2), (("red", "--station", "无此站"), 1)],
)
def test_a_standing_plan_is_shown_or_refused_in_words_and_the_plan_in_force_stays(
    drilling, words, code
):
    before = drilling.rows()
    done = drilling.run("contingency", *words)
    assert (done.exit_code, bool((done.stderr if code else done.stdout).strip())) == (code, True)
    after = drilling.rows()
    assert bool(after.pop("standing_plans")) is (words[:1] == ("red",)), (
        "one that is missing is made and kept"
    )
    assert not before.pop("standing_plans")
    assert after == before


def test_a_standing_plan_is_written_as_excel(drilling, tmp_path):
    done = drilling.run("contingency", "red", "--xlsx", tmp_path / "red.xlsx")
    assert done.exit_code == 0, done.stderr
    told = [
        str(cell)
        for row in load_workbook(tmp_path / "red.xlsx").worksheets[0].iter_rows(values_only=True)
        for cell in row
        if cell
    ]
    assert any("红色预警" in cell for cell in told), (
        "it says that it is a plan kept ready, not one in force"
    )


def american(office):
    """The office with its district in another zone."""
    store = Store(f"sqlite:///{office.home / 'xunban.db'}")
    city = store.city()
    store.replace_city(replace(city, district=replace(city.district, time_zone="America/New_York")))
    store.close()


def test_times_are_read_and_told_in_the_districts_zone(drilling, tmp_path):
    american(drilling)
    shown = drilling.run("--lang", "en", "--now", "2022-07-08T14:45", "drill", "start")
    assert "14:45" in shown.stderr
    (tmp_path / "20220708T1445.txt").write_text(YELLOW, encoding="utf-8")
    shown = drilling.run("--lang", "en", "replay", tmp_path)
    assert "14:45" in shown.stderr
    parsed = drilling.run("alert", "parse", "-", "--received", "2022-07-08T14:45", given=YELLOW)
    assert parsed.exit_code == 0


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


def test_the_list_of_warnings_tells_what_holds_at_any_time(drilling):
    (now,) = json.loads(drilling.run("alert", "list", "--json").stdout)
    assert (now["in_force"], now["planned"], now["why"]) == (True, True, "in_force")
    assert (now["type"], now["level"], now["means"]) == ("暴雨", "yellow", ["rain"])
    assert now["ends_at"] == "2022-07-08T14:20:00+08:00"
    (after,) = json.loads(
        drilling.run("alert", "list", "--at", "2022-07-08T15:00", "--json").stdout
    )
    assert (after["in_force"], after["why_text"]) == (False, "已到期")
    assert "生效中" in drilling.run("alert", "list").stdout
    assert "没有收到预警" in drilling.run("alert", "list", "--at", "2022-07-08T07:00").stdout


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


def test_files_of_a_city_are_shown_first_and_taken_then(office, tmp_path):
    paths = odd_files.ODD[0].make(tmp_path)
    shown = office.run("import", *paths, "--name", "剑桥")
    assert shown.exit_code == 1
    assert "FACILITYID" in shown.stdout
    assert "雨水口 40" in shown.stderr
    nameless = office.run("import", *paths, "--yes")
    assert nameless.exit_code == 1
    assert "--name" in nameless.stderr
    assert office.run("import", *paths, "--name", "剑桥", "--yes").exit_code == 0
