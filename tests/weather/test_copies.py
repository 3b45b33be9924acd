"""One warning is one alert: told twice in one notice, or brought through several doors."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.helpers.alert_stories import T0, alert
from weather.in_force import in_force
from weather.model import Action, Level
from weather.notices import parse
from weather.notices.text import BEIJING
from weather.providers import cma, qweather
from weather.same_warning import same_warning
from weather.validity import ends_at

NOW = datetime(2023, 6, 8, 9, 30, tzinfo=BEIJING)
HEAD = "通化市气象台2023年6月8日9时00分"


ISSUED = HEAD + "发布暴雨橙色预警信号：预计未来3小时雨量达50毫米"
UPDATED = HEAD + "更新暴雨黄色预警信号为暴雨橙色预警信号：预计未来3小时雨量达50毫米"


@pytest.mark.parametrize(
    "text",
    [
        ISSUED + "，暴雨黄色预警信号更新为暴雨橙色预警信号。",
        UPDATED + "，暴雨黄色预警信号更新为暴雨橙色预警信号。",
        ISSUED + "。暴雨黄色预警信号变更为暴雨橙色预警信号。",
        "【通化市暴雨橙色预警】" + ISSUED + "，暴雨预警信号由黄色调整为橙色。",
    ],
)
def test_change_that_is_told_at_the_end_is_the_same_deed(text: str):
    (told,) = parse.parse(text, NOW)
    assert (told.level, told.action, told.previous_level) == (
        Level.ORANGE,
        Action.UPDATE,
        Level.YELLOW,
    )
    assert (told.forecast_mm, told.forecast_hours) == (50, 3)


def three_doors() -> list:
    """One orange warning: pasted with its amount, a title of a list, a service's with an end."""
    (pasted,) = parse.parse(
        HEAD + "发布暴雨橙色预警信号：预计未来3小时柳河县降雨量将达80毫米以上。", NOW
    )
    (listed,) = cma.parse(
        json.dumps(
            {
                "code": 0,
                "data": {
                    "page": {
                        "list": [
                            {
                                "alertid": "22050041600000_20230608090700",
                                "issuetime": "2023/06/08 09:07",
                                "title": "吉林省通化市气象台发布暴雨橙色预警信号",
                            }
                        ]
                    }
                },
            }
        ).encode(),
        NOW,
    )
    entry = {
        "id": "q1",
        "senderName": "通化市气象局",
        "issuedTime": "2023-06-08T09:03+08:00",
        "messageType": {"code": "alert"},
        "eventType": {"name": "暴雨"},
        "color": {"code": "orange"},
        "expireTime": "2023-06-08T15:03+08:00",
        "headline": "通化市气象局发布暴雨橙色预警",
        "description": "请注意防范。",
    }
    (served,) = qweather.parse(json.dumps({"metadata": {}, "alerts": [entry]}).encode(), NOW)
    return [pasted, listed, served]


def test_copies_some_minutes_apart_are_one_and_nothing_they_say_is_lost():
    pasted, listed, served = three_doors()
    for order in ([pasted, listed, served], [served, listed, pasted], [listed, pasted, served]):
        (held,) = in_force(order, NOW)
        assert (held.forecast_mm, held.forecast_hours) == (80, 3)
        assert held.areas == ("柳河县",)
        assert held.national_id == "22050041600000_20230608090700"
        assert ends_at(held) == served.expires_at
        assert held.digest in {one.digest for one in order}
    late = NOW + timedelta(hours=4)  # beyond the hours of the text, within the end of the service
    assert in_force([pasted, listed, served], late)[0].forecast_mm == 80


def test_copies_are_lifted_together():
    story = three_doors()
    (lifted,) = parse.parse("通化市气象局2023年6月8日9时20分解除暴雨橙色预警信号。", NOW)
    assert in_force([*story, lifted], NOW) == ()


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"issued_at": T0 + timedelta(minutes=12)}, True),
        ({"issued_at": T0 + timedelta(minutes=40)}, False),
        ({"level": Level.ORANGE}, False),
        ({"type": "雷电"}, False),
        ({"issuers": ("辽源市气象局",)}, True),
        ({"issuers": ("吉林省辽源市气象台",)}, True),
        ({"issuers": ("四平市气象台",)}, False),
        ({"action": Action.CANCEL}, False),
        ({"action": Action.UPDATE}, True),
    ],
)
def test_what_is_one_warning_through_two_doors(changes: dict, same: bool):
    other = replace(alert("n", provider="notice"), **changes)
    assert same_warning(alert("a"), other) is same
    assert same_warning(other, alert("a")) is same


def test_districts_that_differ_are_two_warnings():
    here, there = (
        alert("a", areas=("龙山区",), level=Level.RED),
        alert("b", 0.1, areas=("东丰县",), level=Level.RED, provider="notice"),
    )
    assert not same_warning(here, there)
    assert len(in_force([here, there], T0 + timedelta(hours=1))) == 2


def test_greatest_amount_and_last_end_stand_where_copies_differ():
    dry = alert("a", forecast_mm=50.0, forecast_hours=6.0, instruction="请防范")
    wet = alert("b", provider="notice", forecast_mm=80.0, forecast_hours=3.0)
    (held,) = in_force([dry, wet], T0)
    assert (held.provider_id, held.forecast_mm, held.forecast_hours) == ("a", 80.0, 3.0)
    assert ends_at(held) == T0 + timedelta(hours=6)


def test_bare_titles_and_a_date_without_an_hour():
    (bare,) = parse.parse("通化市水利局、通化市气象台发布山洪灾害黄色预警", NOW)
    assert (bare.issued_at, bare.issuers) == (NOW, ("通化市水利局", "通化市气象台"))
    assert "doubt.time_of_receipt" in bare.doubts
    (dated,) = parse.parse("通化市气象台6月8日发布暴雨红色预警信号：3小时内100毫米", NOW)
    assert (dated.issued_at, dated.doubts) == (NOW, ("doubt.time_of_receipt",))
    (titled,) = parse.parse("通化市气象台暴雨红色预警", NOW)
    assert titled.issued_at == NOW
    assert "doubt.action_assumed" in titled.doubts
    (yesterday,) = parse.parse("通化市气象台2023年6月7日发布暴雨红色预警信号", NOW)
    assert yesterday.issued_at == datetime(2023, 6, 7, 23, 59, tzinfo=BEIJING)
    (tomorrow,) = parse.parse("通化市气象台2023年6月9日发布暴雨红色预警信号", NOW)
    assert "doubt.in_future" in tomorrow.doubts


def test_bare_title_without_a_receipt_or_a_body_is_refused():
    for text, received in (
        ("通化市气象台发布暴雨红色预警信号", None),
        ("气象局提醒，收到暴雨红色预警时应停止户外作业", NOW),
    ):
        with pytest.raises(parse.BadPayload):
            parse.parse(text, received)


def test_white_typhoon_is_kept_below_blue():
    (white,) = parse.parse(HEAD + "发布台风白色预警信号，48小时内可能受影响。", NOW)
    assert (white.type, white.level, white.doubts) == ("台风", None, ("doubt.below_blue",))
    assert "白色" in white.headline
    (raised,) = parse.parse(HEAD + "将台风白色预警信号升级为台风蓝色预警信号。", NOW)
    assert (raised.level, raised.action) == (Level.BLUE, Action.UPGRADE)


@pytest.mark.parametrize(
    ("text", "mm", "fallen"),
    [
        ("过去3小时雨量30～60毫米，最大站81毫米，其它地区10毫米以下。", None, 30),
        ("最大降水51.7毫米，预计未来3小时降水持续。", None, 51.7),
        ("预计未来3小时柳河县有暴雨，其余地区10毫米以下。", None, None),
        ("预计今天夜间我市东部有暴雨，其它地区有5～10毫米降水。", None, None),
        (
            "过去1小时柳河县出现35毫米降水。其他地区降水量在10毫米以下，预计未来3小时有暴雨。",
            None,
            35,
        ),
        ("预计未来3小时有50毫米以上降水，其余地区10毫米以下。", 50, None),
        ("今天以来我市累计降雨45毫米，预计未来3小时仍有20毫米降水。", 20, 45),
        ("柳河镇录得62毫米，未来3小时降水持续。", None, 62),
        ("6时以来我市出现40毫米降水。最大雨量出现在辉南县，为71.2毫米。", None, 40),
        ("预计未来3小时将有50毫米以上降水。截至8时已降30毫米。", 50, 30),
    ],
)
def test_fallen_rain_is_no_forecast(text: str, mm: float | None, fallen: float | None):
    (told,) = parse.parse(HEAD + "发布暴雨橙色预警信号：" + text, NOW)
    assert (told.forecast_mm, told.observed_mm) == (mm, fallen)


@pytest.mark.parametrize(
    ("body", "text", "mm"),
    [
        ("中央气象台", "预计8日20时至9日20时，四川盆地、陕西南部有大暴雨（100～180毫米）。", None),
        ("吉林省气象台", "预计未来6小时，通化市、集安市降雨量将达50毫米以上。", None),
        ("吉林省气象台", "预计未来6小时，我省中部降雨量将达50毫米以上。", 50),
        ("通化市气象台", "预计未来6小时，集安市降雨量将达50毫米以上。", 50),
    ],
)
def test_amounts_of_a_bulletin_for_elsewhere_are_not_ours(body: str, text: str, mm):
    (told,) = parse.parse(f"{body}2023年6月8日9时00分发布暴雨橙色预警：{text}", NOW)
    assert told.forecast_mm == mm
    assert ("doubt.amount_elsewhere" in told.doubts) == (mm is None)
