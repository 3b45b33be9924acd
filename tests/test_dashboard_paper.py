"""The duty sheets as PDF: made with the packaged font, a sheet for each station, safe against any name."""

import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from test_dashboard_town import make_alert, make_city, make_version

from dashboard import paper
from data.entities import OperationKind
from ops.text import LANGUAGES, Speaker

SAY = Speaker()


def pages(pdf: bytes) -> int:
    return int(max(re.findall(rb"/Type\s*/Pages.*?/Count (\d+)|/Count (\d+)", pdf, re.S), key=len)[1] or 0) or len(
        re.findall(rb"/Type\s*/Page\b", pdf))


def words_of(pdf: bytes, tmp_path) -> str:
    """The text of a PDF without blanks; typesetting puts some between Chinese and figures."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed: the text of the PDF is not read")
    file = tmp_path / "sheet.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return re.sub(r"\s", "", done.stdout.decode())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_station_has_a_page_of_its_own(lang):
    pdf = paper.duty_sheets(make_version(), make_city(), [make_alert()], Speaker(lang))
    assert pdf.startswith(b"%PDF")
    assert pages(pdf) == 2


@pytest.mark.parametrize("asked", ["S2", "安宁管理站"])
def test_one_station_alone_by_id_or_name(asked, tmp_path):
    pdf = paper.duty_sheets(make_version(), make_city(), [make_alert()], SAY, asked)
    told = words_of(pdf, tmp_path)
    assert "安宁管理站" in told
    assert "西宁管理站" not in told


def test_unknown_station_is_refused():
    with pytest.raises(ValueError, match="nowhere"):
        paper.duty_sheets(make_version(), make_city(), [], SAY, "nowhere")


def test_sheet_tells_who_where_when_what_and_why(tmp_path):
    told = words_of(paper.duty_sheets(make_version(), make_city(), [make_alert()], SAY, "S1"), tmp_path)
    wanted = """演练DRILL 第2版 暴雨黄色预警 2班班长 08:30 08:40 09:20 安宁街 高压疏通 吉D·W0001 驾驶员1 雨水口8处
        风险72 未安排及原因 下井清淤 与上一版相比 站长签字 第1页/共1页"""
    assert [word for word in wanted.split() if word not in told] == []


def test_real_operation_bears_no_drill_mark(tmp_path):
    told = words_of(paper.duty_sheets(make_version(drill=False), make_city(), [], SAY), tmp_path)
    assert "演练" not in told
    assert "当前无生效预警" in told


def test_station_without_work_still_has_a_sheet(tmp_path):
    idle = make_version(assignments=(), rests=(), left_out=())
    told = words_of(paper.duty_sheets(idle, make_city(), [], SAY), tmp_path)
    assert told.count("本版没有安排本站出勤") == 2


EVIL = '#panic("x") ]$*_`<a> "quoted" \\ #let x = 1 @ref = head // 注释 /* */'


def test_signs_of_the_typesetter_in_a_name_stay_signs(tmp_path):
    city = make_city()
    city = replace(city, stations=tuple(replace(one, name=EVIL, chief=EVIL) for one in city.stations),
                   crews=tuple(replace(one, name=EVIL, leader=EVIL) for one in city.crews),
                   segments=tuple(replace(one, road=EVIL) for one in city.segments))
    told = words_of(paper.duty_sheets(make_version(), city, [make_alert(issuers=(EVIL,))], SAY), tmp_path)
    assert '#panic("x")' in told


def test_command_prints_the_plan_in_force(store, tmp_path, capsys):
    url, out = f"sqlite:///{tmp_path / 'xunban.db'}", tmp_path / "out.pdf"
    assert paper.main(["--db", url, "--out", str(out)]) == 1
    assert SAY("paper.nothing") in capsys.readouterr().err
    store.replace_city(make_city())
    version = make_version()
    operation = store.start_operation(OperationKind.DRILL, version.made_at, version.made_at)
    store.save_version(replace(version, operation_id=operation.id, number=1), [], version.made_at)
    assert paper.main(["--db", url, "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert paper.main(["--db", url, "--out", str(out), "--station", "nowhere"]) == 2
    assert paper.main(["--db", url, "--out", str(out), "--operation", str(operation.id), "--version", "7"]) == 1
