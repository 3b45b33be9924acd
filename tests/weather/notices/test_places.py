"""Places of a warning, wherever they stand, and names that begin with a word."""

from datetime import datetime

import pytest

from weather.in_force import ended_by, in_force, said_by
from weather.model import Action, BadPayload, Level
from weather.notices import parse
from weather.notices.issuers import bodies
from weather.notices.text import BEIJING

RECEIVED = datetime(2023, 6, 8, 9, 0, tzinfo=BEIJING)
HEAD = "通化市气象台2023年6月8日8时20分发布暴雨黄色预警信号："


def parsed(text: str):
    return parse.parse(text, RECEIVED)


@pytest.mark.parametrize(
    ("words", "areas"),
    [
        (HEAD + "预计未来6小时，辉南县、柳河县降雨量将达50毫米以上。", ("辉南县", "柳河县")),
        (HEAD + "预计辉南县和柳河县未来6小时有50毫米降水", ("辉南县", "柳河县")),
        (
            HEAD + "受云团影响，未来6小时内我市东昌区、二道江区将出现短时强降水",
            ("东昌区", "二道江区"),
        ),
        (HEAD + "预计今天夜间东昌区局地有暴雨，请防范", ("东昌区",)),
        (HEAD + "过去1小时柳河县出现30毫米降水，预计未来3小时辉南县仍有强降水", ("辉南县",)),
        (HEAD + "预计强降水主要集中在集安市、通化县南部", ("集安市", "通化县")),
        (HEAD + "预计未来6小时我市部分地区有50毫米以上降水", ()),
        (HEAD + "预计未来6小时全市各县区有50毫米以上降水", ()),
        (HEAD + "预计未来6小时东昌区、金厂、柳河县有50毫米以上降水", ()),
        (HEAD + "预计未来6小时降雨50毫米以上，请柳河县、辉南县注意防范", ()),
        (
            "通化市气象台8日8时20分发布暴雨黄色预警：从8日8时20分起，东昌区、柳河县暴雨黄色预警信号生效。",
            ("东昌区", "柳河县"),
        ),
        (
            "通化市气象台2023年6月8日8时20分将和龙市、和平县暴雨蓝色预警信号升级为黄色。",
            ("和龙市", "和平县"),
        ),
        (HEAD + "预计未来6小时敦化市和和龙市有50毫米以上降水", ("敦化市", "和龙市")),
    ],
)
def test_places_are_read_wherever_they_stand(words: str, areas: tuple[str, ...]):
    (alert,) = parsed(words)
    assert alert.areas == areas


def test_from_a_time_on_districts_are_raised():
    (alert,) = parsed(
        "广州市气象台8日8时20分发布暴雨橙色预警信号：预计未来2小时雨量40～60毫米。"
        "从8日8时30分起，天河区、越秀区、白云区暴雨黄色预警信号升级为橙色。"
    )
    assert (alert.level, alert.previous_level, alert.action) == (
        Level.ORANGE,
        Level.YELLOW,
        Action.UPGRADE,
    )
    assert alert.areas == ("天河区", "越秀区", "白云区")
    assert alert.forecast_mm == 40


@pytest.mark.parametrize(
    "words",
    [
        "柳河县暴雨橙色预警信号继续生效",
        "柳河县暴雨橙色预警信号仍然有效",
        "其他地区柳河县暴雨橙色预警继续有效",
    ],
)
def test_what_goes_on_behind_a_lifting_is_read(words: str):
    lifted, standing = parsed(
        f"通化市气象台2023年6月8日8时20分解除辉南县暴雨橙色预警信号，{words}。"
    )
    assert (lifted.action, lifted.areas) == (Action.CANCEL, ("辉南县",))
    assert (standing.action, standing.level) == (Action.CONTINUE, Level.ORANGE)
    assert standing.areas == ("柳河县",)
    assert standing.issuers == ("通化市气象台",)


def test_amount_stands_when_a_warning_goes_on_without_one():
    story = [
        *parsed("通化市气象台2023年6月8日8时发布暴雨橙色预警信号：未来3小时柳河县降雨将达80毫米。"),
        *parsed(
            "通化市气象台2023年6月8日8时30分解除辉南县暴雨橙色预警信号，柳河县暴雨橙色预警信号继续生效。"
        ),
    ]
    (held,) = in_force(story, RECEIVED)
    assert (held.forecast_mm, held.areas) == (80, ("柳河县",))


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("和田市气象台", ("和田市气象台",)),
        ("与和平区应急管理局联合", ("和平区应急管理局",)),
        ("敦化市气象局和和龙市气象局", ("敦化市气象局", "和龙市气象局")),
        ("和县气象台", ("和县气象台",)),
        ("于都县气象台", ("于都县气象台",)),
        ("和市水务局", ("市水务局",)),
        ("及通化市水利局", ("通化市水利局",)),
        ("暴雨橙色预警通化市气象台", ("通化市气象台",)),
        ("冰雹通化市气象台", ("通化市气象台",)),
        ("受强对流云团影响通化市气象台", ("通化市气象台",)),
        ("雨势将持续加强请注意通化市气象台", ("通化市气象台",)),
        ("国家预警信息发布中心", ("国家预警信息发布中心",)),
        ("转发通化市气象台", ("通化市气象台",)),
    ],
)
def test_name_of_a_body_is_whole_and_alone(run: str, names: tuple[str, ...]):
    assert bodies(run) == names


def test_two_districts_are_two_warnings():
    alerts = parsed(
        "通化市气象台2023年6月8日8时20分发布东昌区暴雨黄色预警信号，同时发布柳河县暴雨黄色预警信号。"
    )
    assert [alert.areas for alert in alerts] == [("东昌区",), ("柳河县",)]
    assert len(in_force(alerts, RECEIVED)) == 2


def test_no_body_at_all_is_refused():
    with pytest.raises(BadPayload):
        parsed("目前柳河县暴雨黄色预警信号生效中，请注意防范。")


@pytest.mark.parametrize(
    "forecast",
    [
        "预计今明两天我市有暴雨",
        "预计山区及浅山区可能出现山洪",
        "全市平均降水32.4毫米，最大站点为柳河县78.9毫米。预计今天傍晚前降水持续",
        "预计未来6小时本县将出现暴雨",
        "预计未来6小时我县大部乡镇有暴雨",
    ],
)
def test_words_that_are_no_place(forecast: str):
    (alert,) = parsed(HEAD + forecast)
    assert alert.areas == ()


@pytest.mark.parametrize(
    ("rest", "areas"),
    [
        ("柳河县维持暴雨橙色预警。", ("柳河县",)),
        ("其余县区暴雨橙色预警信号继续生效。", ()),
        ("暴雨橙色预警信号继续生效。", ()),
    ],
)
def test_where_it_goes_on_behind_a_lifting(rest: str, areas: tuple[str, ...]):
    _, standing = parsed(f"通化市气象台2023年6月8日8时20分解除辉南县暴雨橙色预警信号，{rest}")
    assert (standing.action, standing.areas) == (Action.CONTINUE, areas)


def test_time_from_which_is_no_reference():
    (alert,) = parsed("通化市气象台8日8时20分发布：从8时30分起，东昌区暴雨黄色预警信号升级为橙色")
    assert (alert.refers_to_issued_at, alert.areas) == (None, ("东昌区",))


@pytest.mark.parametrize(
    ("later", "held"),
    [
        ("解除柳河县暴雨橙色预警信号。", {("orange", ("东昌区",))}),
        ("解除暴雨橙色预警信号。", set()),
        (
            "将柳河县暴雨橙色预警信号降级为暴雨黄色预警信号。",
            {("orange", ("东昌区",)), ("yellow", ("柳河县",))},
        ),
        (
            "将柳河县暴雨橙色预警信号升级为暴雨红色预警信号。",
            {("orange", ("东昌区",)), ("red", ("柳河县",))},
        ),
        ("解除东昌区、柳河县暴雨橙色预警信号。", set()),
        ("解除辉南县暴雨橙色预警信号。", {("orange", ("东昌区", "柳河县"))}),
    ],
)
def test_what_is_for_a_part_of_the_area_ends_it_there(later: str, held: set):
    first = "通化市气象台6月8日9时发布东昌区、柳河县暴雨橙色预警信号：未来3小时将达50毫米以上。"
    received = datetime(2023, 6, 8, 10, 10, tzinfo=BEIJING)
    story = [
        alert
        for text in (first, f"通化市气象台6月8日10时{later}")
        for alert in parse.parse(text, received)
    ]
    found = in_force(story, received)
    assert {(str(each.level), each.areas) for each in found} == held
    partly = [each for each in found if each.areas == ("东昌区",)]
    assert all("doubt.partly_ended" in each.doubts for each in partly)


def test_two_liftings_for_the_two_parts_end_it_and_the_last_is_named():
    texts = (
        "通化市气象台6月8日9时发布东昌区、柳河县暴雨橙色预警信号：未来3小时将达50毫米以上。",
        "通化市气象台6月8日9时30分解除柳河县暴雨橙色预警信号。",
        "通化市气象台6月8日10时解除东昌区暴雨橙色预警信号。",
    )
    received = datetime(2023, 6, 8, 10, 10, tzinfo=BEIJING)
    story = [alert for text in texts for alert in parse.parse(text, received)]
    assert in_force(story, received) == ()
    assert ended_by(story[0], said_by(story, received)) == story[2]
