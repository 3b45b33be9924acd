"""``xunban drill`` on simulated streets as typed: what it reads, and what its user goes on with."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli.app import cli
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings
from ops.settings import parse

pytest.importorskip("swmm.toolkit", reason="the drill's extra is not installed")
pytest.importorskip("scipy", reason="the drill's extra is not installed")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    run(folder, "init", "--admin", "管理员", "--stdin", given="lightning over liaoyuan\n")
    return folder


def run(home: Path, *words: str | Path, given: str = ""):
    env = {"XUNBAN_HOME": str(home), "XUNBAN_DB": None, "XUNBAN_LANG": None}
    done = CliRunner().invoke(cli, [str(word) for word in words], input=given, env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_fit_reads_what_excel_writes_and_its_settings_can_be_pasted(
    home, tmp_path, monkeypatch, encoding
):
    from ops.drill.physics.fit import Fitted

    built_in = DrillSettings()
    theirs = replace(
        built_in,
        streets=replace(built_in.streets, inlet_m3_s=0.025, low_point_m=0.5, pipe_years=2.0),
        hidden=replace(built_in.hidden, clogged_share=0.3),
    )

    def fitted(city, storm, settings, memory, *_):
        return Fitted(settings=theirs, computed=tuple(memory), depth_m=0, minutes=0)

    monkeypatch.setattr("ops.drill.physics.fit.fit", fitted)
    (tmp_path / "water.csv").write_text("路段编号,水深,分钟\nS01,20,30\n", encoding=encoding)
    done = run(home, "drill", "fit", tmp_path / "water.csv")
    assert done.exit_code == 0
    pasted = done.stdout[done.stdout.index("[drill_") :]
    assert parse(pasted).settings.drill == theirs


def outcome(minutes: int) -> Outcome:
    nothing = {"response_s": (), "stays": (), "depths": {}, "deeper": {}, "reserve_s": ()}
    numbers = {one.name: 0 for one in fields(Outcome)}
    return Outcome(**(numbers | nothing | {"deep": {"S01": minutes}}))


@pytest.mark.parametrize(("then", "now", "says"), [(40, 40, "一样"), (40, 41, "不一样")])
def test_who_runs_a_kept_drill_again_is_told_whether_it_came_out_alike(
    home, tmp_path, monkeypatch, then, now, says
):
    comes = iter((then, now))

    def outcomes(worlds, policies, *_):
        minutes = next(comes)
        return {name: [outcome(minutes) for _ in worlds] for name in policies}

    monkeypatch.setattr("ops.drill.study.outcomes", outcomes)
    kept = tmp_path / "drill.zip"
    asked = ("--policy", "none", "--seeds", "2", "--save", kept)
    assert run(home, "drill", "run", *asked).exit_code == 0
    done = run(home, "drill", "again", kept)
    assert done.exit_code == 0
    assert f"结果{says}" in done.stderr


@pytest.mark.parametrize("content", [b"", "路段编号".encode("gb18030")])
def test_what_no_drill_kept_is_refused_in_words(home, tmp_path, content):
    (tmp_path / "other.zip").write_bytes(content)
    done = run(home, "drill", "again", tmp_path / "other.zip")
    assert done.exit_code == 1
    assert "other.zip" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "--inp", "nowhere.inp", "--mapping", "some.csv"), "nowhere.inp"),
        (("run", "--inp", "some.csv", "--mapping", "nowhere.csv"), "nowhere.csv"),
        (("run", "--inp", "some.csv", "--mapping", "some.csv"), "SWMM"),
        (("run", "--rain", "nowhere.csv"), "nowhere.csv"),
        (("run", "--save", "nowhere/drill.zip"), "nowhere"),
        (("run", "--html", "."), "文件夹"),
        (("alarm", "--pdf", "nowhere/alarm.pdf"), "nowhere"),
        (("again", "nowhere.zip"), "nowhere.zip"),
        (("again", "some.csv"), "some.csv"),
        (("fit", "nowhere.csv"), "nowhere.csv"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_files_that_can_t_be_read_or_written_are_told_before_anything_is_tried(
    home, tmp_path, monkeypatch, words, says
):
    def never(*_, **__):
        raise AssertionError("tried")

    monkeypatch.setattr("ops.drill.study.outcomes", never)
    monkeypatch.setattr("ops.drill.alarm.outcomes", never)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.csv").write_text("hello\n")
    done = run(home, "drill", *words)
    assert done.exit_code == 1
    assert says in done.stderr
    assert "系统出错" not in done.stderr
