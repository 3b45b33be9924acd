"""Exercises and tests are never real, through whichever door they come."""

import json
from datetime import datetime

import pytest

from weather.in_force import in_force
from weather.model import AlertStatus
from weather.notices import parse
from weather.notices.text import BEIJING
from weather.providers import caiyun, cap, cma, qweather

NOW = datetime(2023, 6, 8, 9, 0, tzinfo=BEIJING)
TITLE = "通化市气象台发布暴雨红色预警信号"
BODY = "通化市气象台2023年6月8日8时50分发布暴雨红色预警信号：预计未来3小时降雨量将达100毫米以上。"
SAID = [
    ("【演练】" + BODY, "exercise"),
    ("【防汛演练】" + BODY, "exercise"),
    (BODY + "（演练信息）", "exercise"),
    (BODY + "（本条为2023年防汛综合演练内容，请勿当真）", "exercise"),
    (BODY + "\n以上为演练脚本", "exercise"),
    ("演练演练演练！" + BODY, "exercise"),
    ("汛期应急演练：" + BODY, "exercise"),
    ("防汛演练脚本\n" + BODY, "exercise"),
    (BODY + "本信息仅供演练使用。", "exercise"),
    (BODY + "该预警仅用于桌面推演。", "exercise"),
    (BODY + "这是一条演习消息。", "exercise"),
    (BODY + "演练结束。", "exercise"),
    ("（演练）" + BODY, "exercise"),
    (BODY + "系统联调测试，非真实预警。", "test"),
    ("[TEST] " + BODY, "test"),
    ("（测试）" + BODY, "test"),
    (BODY + "此条为系统测试短信，请忽略。", "test"),
    (BODY + "测试信息，请忽略", "test"),
    ("「试发」" + BODY, "test"),
    (BODY, "actual"),
    (BODY + "请各单位取消户外演练和集会。", "actual"),
    ("定于6月10日举行防汛演练。" + BODY, "actual"),
]


def by_text(text: str):
    return parse.parse(text, NOW)


def by_qweather(text: str):
    entry = {
        "id": "q1",
        "senderName": "通化市气象台",
        "issuedTime": "2023-06-08T08:50+08:00",
        "messageType": {"code": "alert", "supersedes": []},
        "eventType": {"name": "暴雨", "code": "1003"},
        "severity": "extreme",
        "color": {"code": "red"},
        "expireTime": "2023-06-08T11:50+08:00",
        "headline": TITLE,
        "description": text,
    }
    return qweather.parse(json.dumps({"metadata": {}, "alerts": [entry]}).encode(), NOW)


def by_cma(text: str):
    entry = {"id": "220500_1", "headline": TITLE, "effective": "2023-06-08 08:50:00"}
    return cma.parse(json.dumps({"Data": entry | {"description": text}}).encode(), NOW)


def by_caiyun(text: str):
    entry = {
        "alertId": "22050041600000_20230608085000",
        "title": TITLE,
        "code": "0204",
        "description": text,
        "pubtimestamp": 1686185400,
        "source": "国家预警信息发布中心",
        "adcode": "220500",
    }
    answer = {"status": "ok", "api_version": "v2.6", "result": {"alert": {"content": [entry]}}}
    return caiyun.parse(json.dumps(answer).encode(), NOW)


def by_cap(text: str):
    return cap.parse(
        f"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier>
        <sender>s</sender><sent>2023-06-08T08:50:00+08:00</sent><status>Actual</status>
        <msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language>
        <category>Met</category><event>暴雨</event><urgency>Immediate</urgency>
        <severity>Extreme</severity><certainty>Likely</certainty><headline>{TITLE}</headline>
        <description>{text}</description></info></alert>""".encode(),
        NOW,
    )


@pytest.mark.parametrize("door", [by_text, by_qweather, by_cma, by_caiyun, by_cap])
@pytest.mark.parametrize(("text", "status"), SAID)
def test_words_tell_an_exercise_through_every_door(door, text: str, status: str):
    alerts = door(text)
    assert [str(alert.status) for alert in alerts] == [status]
    assert bool(in_force(alerts, NOW)) == (status == "actual")


@pytest.mark.parametrize(
    ("headline", "status"),
    [
        ("TEST - Heavy rain warning", AlertStatus.TEST),
        ("This is a test message", AlertStatus.TEST),
        ("EXERCISE EXERCISE EXERCISE", AlertStatus.EXERCISE),
        ("Exercise message: red rain warning", AlertStatus.EXERCISE),
        ("Heavy rain warning", AlertStatus.ACTUAL),
        ("Testing of sirens is put off", AlertStatus.ACTUAL),
        ("Heavy rain in Testville", AlertStatus.ACTUAL),
    ],
)
def test_english_headline(headline: str, status: AlertStatus):
    assert parse.status_of(headline) is status
