"""The duty sheets as PDF: made with the packaged font, a sheet for each station, safe against any
name.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from data.model.account import Role
from data.model.city import PATROL, SANITATION
from data.model.levels import LevelRule
from data.model.message import Message
from data.model.operation import LevelOrder, OperationKind
from data.model.plan import JobKind, Phase
from ops.auth.permissions import CONSOLE, Actor
from ops.base.messages import LANGUAGES, Translator
from ops.documents import duty_sheet_pdf, labels
from ops.documents.duty_sheet import open_lines
from ops.documents.duty_sheet_xlsx import duty_book
from ops.documents.sources import addresses_of, order_of
from ops.field.needs import Need, NeedKind
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from ops.settings import Settings
from tests.helpers.files.pdf import pages, squeezed, words_by_page, words_of
from tests.helpers.paths import ROOT
from tests.helpers.town import (
    NOW,
    crew_member,
    make_alert,
    make_assignment,
    make_city,
    make_version,
)
from weather.model import Level

SAY = Translator()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_station_has_a_page_of_its_own(lang):
    pdf = duty_sheet_pdf.duty_sheets(make_version(), make_city(), [make_alert()], Translator(lang))
    assert pdf.startswith(b"%PDF")
    assert pages(pdf) == 2


@pytest.mark.parametrize("asked", ["S2", "安宁管理站"])
def test_one_station_alone_by_id_or_name(asked, tmp_path):
    pdf = duty_sheet_pdf.duty_sheets(make_version(), make_city(), [make_alert()], SAY, asked)
    told = words_of(pdf, tmp_path)
    assert "安宁管理站" in told
    assert "西宁管理站" not in told


def test_unknown_station_is_refused():
    with pytest.raises(ValueError, match="nowhere"):
        duty_sheet_pdf.duty_sheets(make_version(), make_city(), [], SAY, "nowhere")


def test_sheet_tells_who_where_when_what_and_why(tmp_path):
    told = words_of(
        duty_sheet_pdf.duty_sheets(make_version(), make_city(), [make_alert()], SAY, "S1"), tmp_path
    )
    wanted = """演练DRILL 第2版 暴雨黄色预警 2班班长 08:30 08:40 09:20 安宁街
        高压疏通 吉D·W0001 驾驶员1 雨水口8处
        风险72 未安排及原因 下井清淤 与上一版相比 签收人 值班员 时间 第1页/共1页"""
    assert [word for word in wanted.split() if word not in told] == []


def test_real_operation_bears_no_drill_mark(tmp_path):
    told = words_of(
        duty_sheet_pdf.duty_sheets(make_version(drill=False), make_city(), [], SAY), tmp_path
    )
    assert "演练" not in told
    assert "当前无生效预警" in told


def test_station_without_work_still_has_a_sheet(tmp_path):
    idle = make_version(assignments=(), rests=(), left_out=())
    told = words_of(duty_sheet_pdf.duty_sheets(idle, make_city(), [], SAY), tmp_path)
    assert told.count("本版没有安排本站出勤") == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sheet_names_the_forecast_it_stands_on_with_its_run(lang, tmp_path):
    version, t = make_version(), Translator(lang)
    rain = replace(version.rain, provider="made-up", run_at=NOW - timedelta(hours=3))
    told = words_of(
        duty_sheet_pdf.duty_sheets(
            replace(version, rain=rain), make_city(), [make_alert()], t, "S1"
        ),
        tmp_path,
    )
    assert (
        squeezed(t("paper.forecast_by_run", name="made-up", run=rain.run_at, at=rain.fetched_at))
        in told
    )
    assert not set(re.findall("过期|STALE", told))


@pytest.mark.parametrize(("lang", "word"), [("zh", "过期"), ("en", "STALE")])
def test_sheet_says_that_the_forecast_was_stale_and_how_old(lang, word, tmp_path):
    version, t = make_version(), Translator(lang)
    rain = replace(
        version.rain,
        source="alert",
        stale_provider="made-up",
        stale_fetched_at=version.made_at - timedelta(hours=7),
    )
    told = words_of(
        duty_sheet_pdf.duty_sheets(
            replace(version, rain=rain), make_city(), [make_alert()], t, "S1"
        ),
        tmp_path,
    )
    assert word in told
    assert (
        squeezed(
            t(
                "paper.forecast_stale",
                name="made-up",
                at=rain.stale_fetched_at,
                age=t("board.hours", h=7),
            )
        )
        in told
    )


RULES = (LevelRule(id="III", colour=Level.YELLOW, duty="made up"),)


@pytest.mark.parametrize(
    ("level", "order", "alerts", "said"),
    [
        ("III", "III", True, "应急响应：III级，王科长"),
        ("III", None, True, "应急响应：III级。"),
        (None, None, True, "应急响应：未下达；预警建议III级"),
        (None, None, False, "应急响应：未启动"),
    ],
)
def test_sheet_names_the_level_ordered_by_whom_or_proposed(level, order, alerts, said, tmp_path):
    city, version = replace(make_city(), levels=RULES), make_version(level=level)
    given = order and LevelOrder(
        id=1, operation_id=1, level=order, by="王科长", at=NOW - timedelta(hours=1)
    )
    told = words_of(
        duty_sheet_pdf.duty_sheets(
            version, city, [make_alert()] if alerts else [], SAY, "S1", given
        ),
        tmp_path,
    )
    assert said in told


def test_the_order_of_a_version_is_the_one_given_before_it(store):
    store.replace_city(make_city())
    operation = store.operations.start(OperationKind.DRILL, NOW, NOW)
    version = make_version(operation_id=operation.id)
    assert order_of(store, version) is None
    first = store.level_orders.order(
        operation.id, "IV", "王科长", version.made_at - timedelta(minutes=5)
    )
    store.level_orders.order(operation.id, "III", "李科长", version.made_at + timedelta(minutes=5))
    assert order_of(store, version) == first


def test_each_unit_is_told_what_to_load_each_thing_once_for_all_its_work_ahead(tmp_path):
    told = words_of(
        duty_sheet_pdf.duty_sheets(make_version(), make_city(), [], SAY, "S2"), tmp_path
    )
    assert (
        squeezed(labels.to_load(SAY, [JobKind.CLEAR, JobKind.GUARD])) in told
    )  # crew 1: clears, then keeps a post
    assert (
        told.count(squeezed(labels.to_load(SAY, [JobKind.DESILT]))) == 1
    )  # crew 3: what it cleared is over
    assert labels.to_load(SAY, [JobKind.CLEAR, JobKind.GUARD]).count("锥桶") == 1
    assert labels.to_load(SAY, []) == ""


def test_a_plan_kept_ready_names_the_warning_it_is_made_for(tmp_path):
    standing = make_version(
        causes=("standing:red",),
        changes=(Message("standing.no_level", {"colour": Message("level.red"), "at": NOW}),),
    )
    told = words_of(duty_sheet_pdf.duty_sheets(standing, make_city(), [], SAY, "S2"), tmp_path)
    assert "预案：按7月8日08:20发布暴雨红色预警编制" in told
    assert squeezed(SAY("paper.no_alert")) not in told


def test_another_station_s_yard_is_called_by_its_name(tmp_path):
    version = make_version(
        assignments=(
            make_assignment(
                "reserve:S2",
                JobKind.RESERVE,
                Phase.DURING,
                None,
                [crew_member(2, 60, 60)],
                60,
                300,
                station_id="S2",
            ),
        )
    )
    told = words_of(duty_sheet_pdf.duty_sheets(version, make_city(), [], SAY, "S1"), tmp_path)
    assert "安宁管理站" in told
    assert SAY("board.at_station") not in told


# --- the code that leads to the signed link
# ---------------------------------------------------------------------------

REACHED = Settings(notify=NotifySettings(base_url="https://xunban.example/"))


@pytest.fixture
def kept(store):
    """Version 1 in force, under an operation."""
    store.replace_city(make_city())
    version = make_version(number=1)
    version = replace(
        version, operation_id=store.operations.start(OperationKind.DRILL, NOW, NOW).id
    )
    store.plans.save(version, [], version.made_at)
    return version


def test_a_code_leads_to_the_station_s_own_sheet_of_the_version_in_force(store, kept):
    found = addresses_of(store, kept, REACHED, CONSOLE)
    for station_id in ("S1", "S2"):
        token = found[station_id].removeprefix("https://xunban.example/s/")
        link, _ = Links(store, REACHED.notify, lambda: NOW).read(token)
        assert (link.version, link.station_id) == (1, station_id)


def test_no_code_leads_to_what_is_not_in_force_or_has_no_address(store, kept):
    assert addresses_of(store, kept, Settings(), CONSOLE) == {}
    assert addresses_of(store, replace(kept, causes=("standing:red",)), REACHED, CONSOLE) == {}
    store.plans.save(replace(kept, number=2), [], kept.made_at)
    assert addresses_of(store, kept, REACHED, CONSOLE) == {}
    store.operations.start(OperationKind.REAL, NOW, NOW)
    assert addresses_of(store, replace(kept, number=2), REACHED, CONSOLE) == {}


@pytest.mark.parametrize(
    ("role", "own", "given"),
    [(Role.MANAGER, None, set()), (Role.CHIEF, "S2", {"S2"}), (Role.DUTY, None, {"S1", "S2"})],
)
def test_whoever_may_not_report_is_given_no_code_by_which_one_can(role, own, given, store, kept):
    actor = Actor(name="made up", role=role, station_id=own)
    assert set(addresses_of(store, kept, REACHED, actor)) == given


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_code_stands_on_its_station_s_sheet_alone(lang, tmp_path):
    t = Translator(lang)
    pdf = duty_sheet_pdf.duty_sheets(
        make_version(), make_city(), [], t, addresses={"S1": "https://xunban.example/s/abc"}
    )
    assert words_of(pdf, tmp_path).count(squeezed(t("paper.scan", number=2))) == 1


EVIL = '#panic("x") ]$*_`<a> "quoted" \\ #let x = 1 @ref = head // 注释 /* */'


def test_signs_of_the_typesetter_in_a_name_stay_signs(tmp_path):
    city = make_city()
    city = replace(
        city,
        stations=tuple(replace(one, name=EVIL, chief=EVIL) for one in city.stations),
        crews=tuple(replace(one, name=EVIL, leader=EVIL) for one in city.crews),
        segments=tuple(replace(one, road=EVIL) for one in city.segments),
    )
    told = words_of(
        duty_sheet_pdf.duty_sheets(make_version(), city, [make_alert(issuers=(EVIL,))], SAY),
        tmp_path,
    )
    assert '#panic("x")' in told


WITHOUT_PAGES = """
import sys
from ops.documents.duty_sheet_pdf import duty_sheets
from ops.documents.duty_sheet_xlsx import duty_book
from tests.helpers.town import make_alert, make_city, make_version
from ops.base.messages import Translator
made = make_version(), make_city(), [make_alert()], Translator()
assert duty_sheets(*made).startswith(b"%PDF") and duty_book(*made).startswith(b"PK")
print([name for name in sys.modules if name.partition(".")[0] in ("streamlit", "dashboard")])
"""


def test_paper_needs_no_pages():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PAGES], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_what_still_stands_open_is_on_its_own_stations_sheet_with_its_reason(tmp_path):
    need = Need(
        kind=NeedKind.REFUSED,
        key="refuse:1",
        at=NOW,
        told=Message("needs.because", {"told": "永宁路", "why": "人手不够"}),
        station_id="S1",
    )
    for station, stands in (("S1", True), ("S2", False)):
        given = (make_version(), make_city(), [], SAY, station)
        told = words_of(duty_sheet_pdf.duty_sheets(*given, needs=[need]), tmp_path)
        assert ("人手不够" in squeezed(told)) is stands
        assert bool(open_lines([need], station, SAY)) is stands
        book = load_workbook(BytesIO(duty_book(*given, needs=[need])))
        rows = [cell for row in book[SAY("paper.open")].values for cell in row]
        assert any("人手不够" in str(cell) for cell in rows) is stands


def test_a_truck_that_empties_its_own_tank_loads_nothing_for_that():
    own, load = (
        make_assignment(name, JobKind.HAUL, Phase.AFTER, 1, (), 0, 20)
        for name in ("haul:M1:D1:1", "haul:ST1")
    )
    clear = make_assignment("clear:S01", JobKind.CLEAR, Phase.BEFORE, 1, (), 0, 20)
    assert labels.kinds_with_tools([clear, own, clear]) == (JobKind.CLEAR,)
    assert labels.kinds_with_tools([own, load]) == (JobKind.HAUL,)


@pytest.mark.parametrize(
    ("service", "lang", "said"),
    [
        (SANITATION, "zh", ("站长 甲", "副站长 乙")),
        (PATROL, "zh", ("负责人 甲", "副负责人 乙")),
        (PATROL, "en", ("In charge 甲", "Deputy 乙")),
    ],
)
def test_a_service_without_station_chiefs_has_somebody_in_charge(service, lang, said):
    station = replace(make_city().stations[0], service=service, chief="甲", deputy="乙")
    t = Translator(lang)
    assert (labels.chief(t, station), labels.deputy(t, station)) == said


def long_sheet(reasons: Iterable[Sequence[str]]) -> bytes:
    """The sheet of a station with a crew that has a job for each of these, for such reasons."""
    jobs = tuple(
        make_assignment(
            f"clear:G00:{n}",
            JobKind.CLEAR,
            Phase.BEFORE,
            0,
            [crew_member(2, 10 * n, 10 * n + 2)],
            10 * n + 2,
            10 * n + 9,
            why=tuple(Message("name.text", {"text": text}) for text in texts),
        )
        for n, texts in enumerate(reasons)
    )
    version = replace(make_version(), assignments=jobs, rests=())
    return duty_sheet_pdf.duty_sheets(version, make_city(), [make_alert()], SAY, "S1")


@pytest.mark.parametrize(("rows", "shift"), [(14, 9), (14, 10), (27, 1), (27, 8), (27, 12)])
def test_no_row_is_torn_where_a_page_ends(rows, shift, tmp_path):
    lengths = [2 + (shift + 5 * n) % 11 for n in range(rows)]
    told = words_by_page(
        long_sheet([f"R{n:02}理由说得很长"] * many for n, many in enumerate(lengths)), tmp_path
    )
    for n, many in enumerate(lengths):
        assert [page.count(f"R{n:02}") for page in told if f"R{n:02}" in page] == [many]


@pytest.mark.parametrize("rows", [26, 27, 28])
def test_the_signatures_stand_on_no_page_alone(rows, tmp_path):
    told = words_by_page(
        long_sheet([f"R{n:02}理由说得很长"] * (3 + 5 * n % 7) for n in range(rows)), tmp_path
    )
    head = "西宁管理站第2版演练DRILL"
    assert told[-1].startswith(head)
    assert not told[-1].startswith(f"{head}签收人")


def test_a_row_that_is_longer_than_a_page_is_broken_and_loses_nothing(tmp_path):
    reasons = [f"第{n}条" + "很长的原因" * 40 for n in range(60)]
    told = words_by_page(long_sheet([reasons, reasons]), tmp_path)
    assert len(told) > 2
    assert all("".join(told).count(f"第{n}条很长") == 2 for n in range(60))
