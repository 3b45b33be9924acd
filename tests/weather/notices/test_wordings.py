"""Wordings of many bureaus: what is done to which warning, where, and how much rain is foretold."""

from datetime import datetime

import pytest

from weather.model import Alert, BadPayload
from weather.notices import parse
from weather.notices.text import BEIJING
from weather.validity import ends_at

AT = datetime(2024, 7, 9, 16, 15, tzinfo=BEIJING)
RAINSTORM = "暴雨"


def said(text: str) -> list[tuple]:
    return [
        (str(each.action), each.type, str(each.level), each.areas) for each in parse.parse(text, AT)
    ]


def one(text: str) -> Alert:
    (alert,) = parse.parse(text, AT)
    return alert


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "玉林市、北流市暴雨橙色预警信号已于9日11时50分解除，暴雨黄色预警仍然有效。玉林市气象台",
            [
                ("cancel", RAINSTORM, "orange", ("玉林市", "北流市")),
                ("continue", RAINSTORM, "yellow", ()),
            ],
        ),
        (
            "桂林市气象台9日15时45分变更发布暴雨橙色预警为暴雨红色预警：3小时内降雨量将达100毫米以上。",
            [("update", RAINSTORM, "red", ())],
        ),
        (
            "【清远市暴雨红色预警】清城区暴雨橙色预警于9日06时30分升级为暴雨红色预警信号。（清远市气象台）",
            [("upgrade", RAINSTORM, "red", ())],
        ),
        (
            "佛山市气象台发布：【暴雨红色预警】9日16时起，禅城区暴雨橙色预警信号升级为红色，"
            "顺德区发布暴雨橙色预警信号，高明区暴雨黄色预警信号继续生效。",
            [
                ("upgrade", RAINSTORM, "red", ("禅城区",)),
                ("issue", RAINSTORM, "orange", ("顺德区",)),
                ("continue", RAINSTORM, "yellow", ("高明区",)),
            ],
        ),
        (
            "撤销辽源市气象台7月9日15时发布的暴雨橙色预警信号。辽源市气象台7月9日16时10分",
            [("cancel", RAINSTORM, "orange", ())],
        ),
    ],
)
def test_each_part_of_a_notice_is_read(text: str, expected: list[tuple]):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "mm", "end"),
    [
        (
            "辽源市气象台9日16时发布暴雨橙色预警信号：龙山区自9日17时至10日5时累计降雨量可达80～100毫米。",
            80.0,
            "2024-07-10T05:00",
        ),
        (
            "辽源市气象台9日16时发布暴雨蓝色预警信号：9日20时到10日8时累积雨量将达60毫米左右。",
            60.0,
            "2024-07-10T08:00",
        ),
        (
            "受槽线影响，预计9日夜间至11日白天有强降雨过程，累计雨量60～90毫米。龙山区气象台9日16时发布暴雨蓝色预警信号。",
            60.0,
            "2024-07-11T20:00",
        ),
    ],
)
def test_a_total_of_a_time_to_come_has_not_fallen(text: str, mm: float, end: str):
    alert = one(text)
    assert (alert.forecast_mm, alert.observed_mm) == (mm, None)
    assert ends_at(alert) == datetime.fromisoformat(end).replace(tzinfo=BEIJING)


def test_a_total_that_has_fallen_is_no_forecast():
    alert = one(
        "辽源市气象台9日16时发布暴雨橙色预警信号：9日8时至15时累计降雨量82毫米，预计未来3小时仍有30毫米。"
    )
    assert (alert.observed_mm, alert.forecast_mm) == (82.0, 30.0)


def test_rain_is_of_what_is_issued_and_not_of_what_is_lifted_in_one_breath():
    issued, lifted = parse.parse(
        "成都市气象台9日16时发布暴雨蓝色预警，解除雷电黄色预警：预计未来12小时，累计雨量40～60毫米。",
        AT,
    )
    assert (issued.type, issued.forecast_mm, issued.forecast_hours) == (RAINSTORM, 40.0, 12.0)
    assert (lifted.type, lifted.forecast_mm) == ("雷电", None)


@pytest.mark.parametrize(
    "advice", ["易形成城市内涝", "易造成山洪", "容易引发城区积水", "防范城市内涝", "导致市区积水"]
)
def test_what_rain_leads_to_is_no_place(advice: str):
    told = f"未来6小时内，将出现50毫米以上的降雨，{advice}，请注意。"
    text = f"武汉市气象台9日15时43分发布暴雨黄色预警信号：{told}"
    assert one(text).areas == ()


def test_two_bodies_in_two_columns_are_two():
    text = (
        "辽源市防汛抗旱指挥部办公室 辽源市气象台 9日16时"
        "联合发布城市内涝气象风险橙色预警：预计夜间有积水。"
    )
    assert one(text).issuers == ("辽源市防汛抗旱指挥部办公室", "辽源市气象台")


@pytest.mark.parametrize("part", ["其中龙山区可达100毫米", "尤其西安区雨势较大"])
def test_a_part_of_the_area_is_not_the_area(part: str):
    text = f"辽源市气象台9日16时发布暴雨橙色预警信号：预计未来3小时降雨量将达50毫米以上，{part}。"
    assert one(text).areas == ()
    text = text.replace("未来3小时", "未来3小时，东丰县、龙山区")
    assert one(text).areas == ("东丰县", "龙山区")


@pytest.mark.parametrize(
    ("words", "onset", "end"),
    [
        ("预计9日17—20时有40～60毫米降雨。", (9, 17), (9, 20)),
        ("9日22-23时雨势最强，40毫米左右。", (9, 22), (9, 23)),
        ("最强时段在今夜22时前后。", (9, 21), (9, 23)),
    ],
)
def test_hours_of_the_clock_are_a_window(words: str, onset: tuple, end: tuple):
    alert = one(f"辽源市气象台9日16时发布暴雨橙色预警信号：{words}")
    assert alert.onset_at == datetime(2024, 7, *onset, tzinfo=BEIJING)
    assert ends_at(alert) == datetime(2024, 7, *end, tzinfo=BEIJING)


WHOLE = (
    "上海中心气象台2024年07月09日15点55分更新暴雨橙色预警信号为暴雨红色预警信号：受槽线影响，浦东、闵行"
    "3小时累积雨量已达100毫米以上，预计未来2小时内强降水仍将持续。",
    "辽源市气象台2024年7月9日16时10分解除辽源市暴雨橙色、雷电黄色预警信号。",
    "辽源市气象局09日16:10继续发布暴雨橙色预警信号。预计未来三小时内龙山区降雨量将达五十毫米以上。",
    "辽源市气象台9日6时发布暴雨黄色预警信号：预计今天白天到夜间，龙山区、西安区累计降水量50～80毫米，"
    "局地100毫米以上。",
    "辽源市气象台9日16时发布暴雨橙色预警信号：预计，9日20时至10日12时，我市6小时降雨量50毫米以上。",
)


@pytest.mark.parametrize("text", WHOLE)
@pytest.mark.parametrize("width", [11, 14, 18, 23, 31])
def test_lines_wrapped_anywhere_say_the_same(text: str, width: int):
    def facts(text: str) -> list[tuple]:
        return [
            (each.type, each.level, each.action, each.forecast_mm, each.areas, ends_at(each))
            for each in parse.parse(text, AT)
        ]

    lines = [text[i : i + width] for i in range(0, len(text), width)]
    assert facts("\n".join(lines)) == facts(text)
    assert facts(text.replace("，", "，\n")) == facts(text)


@pytest.mark.parametrize(
    "text",
    [
        "如辽源市气象台发布暴雨红色预警信号，各单位应立即停工。",
        "一旦市气象台发布暴雨橙色预警信号，请立即上岗。",
        "今年以来，辽源市气象台共发布暴雨红色预警信号3次、橙色预警信号12次。",
        "暴雨橙色预警信号标准：3小时内降雨量将达50毫米以上。",
        "辽源市气象台未发布暴雨预警信号。",
    ],
)
def test_what_only_speaks_of_warnings_is_none(text: str):
    with pytest.raises(BadPayload):
        parse.parse(text, AT)


def test_a_form_on_one_line_tells_its_places():
    text = (
        "预警名称：暴雨橙色预警信号 发布时间：2024年7月9日16时10分 发布单位：如东县气象局 "
        "影响区域：龙山区、西安区 有效期：3小时"
    )
    alert = one(text)
    assert (alert.areas, alert.issuers) == (("龙山区", "西安区"), ("如东县气象局",))


@pytest.mark.parametrize("place", ["如东县", "如皋市", "若尔盖县", "当阳市", "当涂县", "遇龙县"])
def test_a_place_that_begins_like_a_condition_is_one(place: str):
    assert one(f"{place}气象台发布暴雨橙色预警信号。").issuers == (f"{place}气象台",)
