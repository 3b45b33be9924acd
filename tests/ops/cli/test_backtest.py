"""``xunban backtest`` as typed: figures for machines, findings in words, faults on the side."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from ops.cli.app import cli
from ops.risk.judged.backtest_result import METHODS


def run(home: Path, *words: str | Path):
    env = {"XUNBAN_HOME": str(home), "XUNBAN_DB": None, "XUNBAN_LANG": None}
    done = CliRunner().invoke(cli, [str(word) for word in words], env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done


@pytest.fixture
def files(tmp_path):
    draw = np.random.default_rng(3)
    rate = draw.gamma(0.8, 2, 20)
    reports, rain = ["地点,时间"], ["日期,雨量mm"]
    for number in range(40):
        month, day = divmod(number, 4)
        at = f"2021-{month + 1:02}-{day * 7 + 3:02}"
        rain.append(f"{at},{20 + number}")
        reports += [
            f"Y{n},{at} 0{hour % 10}:30" for n in range(20) for hour in range(draw.poisson(rate[n]))
        ]
    for name, lines in (("reports.csv", [*reports, "Y1,someday"]), ("rain.csv", rain)):
        (tmp_path / name).write_text("\n".join(lines), encoding="gb18030")
    return ["--history", tmp_path / "reports.csv", "--rain", tmp_path / "rain.csv"]


def test_figures_for_machines_and_findings_in_words(files, tmp_path):
    done = run(tmp_path, "backtest", *files, "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    for measure in ("top10", "top20", "auc"):
        assert set(found[measure]) == set(METHODS)
        assert all(set(one) == {"value", "se"} for one in found[measure].values())
    assert found["top10"]["random"]["value"] == pytest.approx(0.1, abs=0.02)
    assert isinstance(found["slope"], float)
    assert "someday" in done.stderr
    said = run(tmp_path, "--lang", "en", "backtest", *files).stdout
    assert "It does not beat “the count of all reports”" in said
    assert not (tmp_path / "xunban.db").exists()


@pytest.mark.parametrize("hours", [0, 8, -5])
def test_the_same_instants_give_the_same_figures_whatever_their_offset(files, tmp_path, hours):
    """Chinese clocks without an offset, and the same told by others; another city's own clock."""
    wall = json.loads(run(tmp_path, "backtest", *files, "--json").stdout)
    zone = timezone(timedelta(hours=hours))
    home = "Asia/Shanghai" if hours >= 0 else "America/Bogota"
    path = tmp_path / "reports.csv"
    head, *rows = path.read_text(encoding="gb18030").splitlines()
    told = [head]
    for place, at in (row.split(",") for row in rows[:-1]):
        here = datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(home))
        told.append(f"{place},{here.astimezone(zone).isoformat()}")
    path.write_text("\n".join(told), encoding="gb18030")
    assert json.loads(run(tmp_path, "backtest", *files, "--json").stdout) == wall


def test_what_can_not_be_read_is_refused_in_words(files, tmp_path):
    (tmp_path / "rain.csv").write_text("a,b\nx,y\n")
    done = run(tmp_path, "backtest", *files)
    assert done.exit_code == 1
    assert "找不到时间" in done.stderr


def test_rain_of_other_years_is_told_with_the_times_of_both(files, tmp_path):
    path = tmp_path / "rain.csv"
    path.write_text(path.read_text(encoding="gb18030").replace("2021-", "2011-"))
    done = run(tmp_path, "backtest", *files)
    assert done.exit_code == 1
    assert "2021-01-03" in done.stderr
    assert "2011-01-" in done.stderr
