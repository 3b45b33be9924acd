"""The command line as it is typed: every door with garbage, and what is left of the database."""

import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typst
from click.testing import Result
from openpyxl import load_workbook

from data.model.field import EventKind
from data.store.settings import REVISION
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.field.reports import Report, take_report
from tests.helpers.files import odd_files
from tests.helpers.files.pdf import words_of
from tests.helpers.paths import LONGSHAN
from tests.helpers.processes.office import ORANGE, YELLOW

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><alert>&i;</alert>"
)


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
