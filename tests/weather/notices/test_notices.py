"""Pasted Chinese warnings: official texts, and the ways in which people paste them."""

import json
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.paths import SHARED
from weather import detect_format
from weather.model import Action, AlertStatus, BadPayload, Level, WeatherError
from weather.notices import parse
from weather.notices.text import BEIJING, clean, number

SAMPLES = SHARED / "weather-samples/texts/warnings.jsonl"
RECEIVED = datetime(2022, 7, 8, 9, 0, tzinfo=BEIJING)
BY_COLOUR = {"蓝色": Level.BLUE, "黄色": Level.YELLOW, "橙色": Level.ORANGE, "红色": Level.RED}
HEAD = "辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号："


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2022) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BEIJING)


def only(text: str, received_at: datetime | None = RECEIVED):
    (alert,) = parse.parse(text, received_at)
    return alert


@pytest.mark.parametrize("name", [f"s{i:02}" for i in range(1, 19)])
def test_official_text_gives_every_expected_field(name: str):
    if not SAMPLES.exists():
        pytest.skip(f"the collection of official texts is not here: {SAMPLES}")
    sample = next(
        line for line in map(json.loads, SAMPLES.read_text().splitlines()) if line["id"] == name
    )
    text, expected = sample["text"], sample["expected"]
    received = sample.get("received_at")
    alert = only(text, datetime.fromisoformat(received) if received else None)
    issued = expected["issued_at"]
    assert alert.issued_at == (datetime.fromisoformat(issued) if issued else None)
    assert (alert.issuers, alert.type, alert.level) == (
        (expected["issuer"],),
        expected["type"],
        BY_COLOUR[expected["level"]],
    )
    assert alert.action == expected["action"]
    for field, key in (
        ("forecast_hours", "hours"),
        ("forecast_mm", "mm"),
        ("forecast_mm_max", "mm_max"),
        ("window_hours", "window_hours"),
        ("observed_hours", "observed_hours"),
        ("observed_mm", "observed_mm"),
    ):
        assert getattr(alert, field) == expected.get(key), field
    assert alert.previous_level == BY_COLOUR.get(expected.get("previous_level"))
    if "areas" in expected:  # the collection gives them where they stand before the colon only
        assert list(alert.areas) == expected["areas"]
    refers = expected.get("refers_to_issued_at")
    assert alert.refers_to_issued_at == (datetime.fromisoformat(refers) if refers else None)
    assert alert.text == text


ACTIONS = [
    ("发布暴雨黄色预警信号", Action.ISSUE),
    ("发布了暴雨黄色预警信号", Action.ISSUE),
    ("发布今年首个暴雨黄色预警信号", Action.ISSUE),
    ("发布第5号暴雨黄色预警信号", Action.ISSUE),
    ("联合发布暴雨黄色预警", Action.ISSUE),
    ("继续发布暴雨黄色预警信号", Action.CONTINUE),
    ("继续发布7月8日2时20分发布的暴雨黄色预警信号", Action.CONTINUE),
    ("变更发布暴雨黄色预警信号", Action.UPDATE),
    ("变更暴雨黄色预警信号", Action.UPDATE),
    ("升级发布暴雨黄色预警信号", Action.UPGRADE),
    ("将暴雨蓝色预警信号升级为暴雨黄色预警信号", Action.UPGRADE),
    ("将暴雨预警信号由蓝色升级为黄色", Action.UPGRADE),
    ("将暴雨蓝色预警信号升级为黄色预警信号", Action.UPGRADE),
    ("降级发布暴雨黄色预警信号", Action.DOWNGRADE),
    ("将暴雨橙色预警信号降级为暴雨黄色预警信号", Action.DOWNGRADE),
    ("更新暴雨蓝色预警信号为暴雨黄色预警信号", Action.UPDATE),
    ("解除暴雨黄色预警信号", Action.CANCEL),
    ("取消暴雨黄色预警信号", Action.CANCEL),
    ("发布解除暴雨黄色预警信号", Action.CANCEL),
    ("发布暴雨黄色预警信号解除通知", Action.CANCEL),
    ("解除7月8日2时20分发布的暴雨黄色预警信号", Action.CANCEL),
]


@pytest.mark.parametrize(("words", "action"), ACTIONS)
def test_verb_decides_the_action(words: str, action: Action):
    alert = only(f"辽源市气象台2022年7月8日8时20分{words}。")
    assert (alert.action, alert.level, alert.issued_at) == (action, Level.YELLOW, at(7, 8, 8, 20))
    assert alert.confidence >= 0.9


@pytest.mark.parametrize(
    ("words", "kind", "level"),
    [
        ("雷雨大风黄色预警信号", "雷雨大风", Level.YELLOW),
        ("黄色暴雨预警信号", "暴雨", Level.YELLOW),
        ("暴雨Ⅲ级（黄色）预警", "暴雨", Level.YELLOW),
        ("暴雨预警信号（黄色）", "暴雨", Level.YELLOW),
        ("Ⅲ级暴雨预警", "暴雨", Level.YELLOW),
        ("暴雨三级预警", "暴雨", Level.YELLOW),
        ("暴雨红色预警[Ⅰ级/特别严重]", "暴雨", Level.RED),
        ("城市内涝气象风险橙色预警", "城市内涝", Level.ORANGE),
        ("城市内涝风险预警（橙色）", "城市内涝", Level.ORANGE),
        ("暴雨积涝风险黄色预警", "暴雨积涝", Level.YELLOW),
        ("道路结冰黄色预警信号", "道路结冰", Level.YELLOW),
        ("寒潮蓝色预警信号", "寒潮", Level.BLUE),
        ("暴雪橙色预警", "暴雪", Level.ORANGE),
        ("冰雹橙色预警信号", "冰雹", Level.ORANGE),
        ("低温雨雪冰冻橙色预警", "低温雨雪冰冻", Level.ORANGE),
        ("山洪灾害气象风险橙色预警", "山洪灾害", Level.ORANGE),
        ("怪风橙色预警信号", "怪风", Level.ORANGE),
    ],
)
def test_hazard_and_level(words: str, kind: str, level: Level):
    alert = only(f"辽源市气象台2022年7月8日8时20分发布{words}：请注意防范")
    assert (alert.type, alert.level) == (kind, level)
    assert ("doubt.type_unknown" in alert.doubts) == (kind == "怪风")


@pytest.mark.parametrize(
    ("words", "issuers"),
    [
        (
            "辽源市气象局、辽源市住房和城乡建设局2022年7月8日8时20分联合",
            ("辽源市气象局", "辽源市住房和城乡建设局"),
        ),
        ("辽源市气象台与市应急管理局于2022年7月8日8时20分联合", ("辽源市气象台", "市应急管理局")),
        ("辽源市气象局 辽源市水务局 2022年7月8日8时20分联合", ("辽源市气象局", "辽源市水务局")),
        ("2022年7月8日8时20分，辽源市气象台", ("辽源市气象台",)),
        ("2022年7月8日，辽源市气象台于8时20分", ("辽源市气象台",)),
        ("受强对流影响，龙山区气象台2022年7月8日8时20分", ("龙山区气象台",)),
        ("签发人：某某 辽源市气象台 2022年7月8日 08:20 ", ("辽源市气象台",)),
        ("国家预警信息发布中心：辽源市气象台2022-07-08 08:20:00", ("辽源市气象台",)),
        ("据辽源市气象台2022/7/8 8:20", ("辽源市气象台",)),
    ],
)
def test_issuers_and_full_time(words: str, issuers: tuple[str, ...]):
    alert = only(f"{words}发布暴雨黄色预警信号。")
    assert (alert.issuers, alert.issued_at, alert.doubts) == (issuers, at(7, 8, 8, 20), ())


@pytest.mark.parametrize(
    ("when", "received", "issued", "doubt"),
    [
        ("12月31日23时50分", at(1, 1, 0, 5, year=2023), at(12, 31, 23, 50), "doubt.year_assumed"),
        ("31日23时50分", at(8, 1, 0, 5), at(7, 31, 23, 50), "doubt.month_assumed"),
        ("23时50分", at(8, 1, 0, 5), at(7, 31, 23, 50), "doubt.day_assumed"),
        ("今天8时20分", RECEIVED, at(7, 8, 8, 20), "doubt.day_assumed"),
        ("昨天20时", RECEIVED, at(7, 7, 20), "doubt.day_assumed"),
        ("2月29日8时", at(3, 1, 9, year=2024), at(2, 29, 8, year=2024), "doubt.year_assumed"),
        ("22年7月8日下午2时半", at(7, 8, 15), at(7, 8, 14, 30), None),
        ("2022年7月8日24时", at(7, 9, 1), at(7, 9, 0), None),
        ("二〇二二年七月八日八时二十分", RECEIVED, at(7, 8, 8, 20), None),
        ("２０２２年７月８日８：２０", RECEIVED, at(7, 8, 8, 20), None),
        (
            "7月8日9时10分",
            RECEIVED,
            at(7, 8, 9, 10),
            "doubt.year_assumed",
        ),  # their clock is ten minutes ahead
    ],
)
def test_what_a_date_leaves_out_comes_from_the_receipt(
    when: str, received: datetime, issued: datetime, doubt
):
    alert = only(f"辽源市气象台{when}发布大雾黄色预警信号", received)
    assert alert.issued_at == issued
    assert alert.doubts == ((doubt,) if doubt else ())


@pytest.mark.parametrize("year", [2024, 2028])
def test_a_warning_of_29_february_without_an_hour_is_taken(year):
    alert = only("辽源市气象台2月29日发布大雾黄色预警信号", at(2, 29, 9, year=year))
    assert alert.issued_at is not None
    assert alert.issued_at.astimezone(BEIJING).date() == date(year, 2, 29)
    with pytest.raises(BadPayload):
        only("辽源市气象台2月29日发布大雾黄色预警信号", at(3, 1, 9, year=2026))


def test_open_date_stays_open_without_a_receipt():
    alert = only("辽源市气象台8日8时20分发布暴雨黄色预警信号", None)
    assert alert.issued_at is None
    assert alert.doubts == ("doubt.time_incomplete",)


def test_future_date_and_old_date_are_doubted():
    assert "doubt.in_future" in only("辽源市气象台2022年8月8日8时发布暴雨黄色预警信号").doubts
    assert "doubt.long_ago" in only("辽源市气象台12月8日8时发布暴雨黄色预警信号").doubts


AMOUNTS = [  # words, forecast hours, mm, max, window, observed hours, mm
    ("预计未来6小时内我市龙山区降雨量将达50毫米以上", 6, 50, None, None, None, None),
    ("预计未来二十四小时，雨量三十至五十毫米", 24, 30, 50, None, None, None),
    ("预计两小时内雨量20—40mm", 2, 20, 40, None, None, None),
    ("预计未来1-3小时，雨量５０～８０ＭＭ", 3, 50, 80, None, None, None),
    ("过去2小时龙山区降雨45.2毫米，预计未来3小时仍有20-30毫米", 3, 20, 30, None, 2, 45.2),
    ("目前累计降雨量已达90毫米，预计未来3小时持续", 3, None, None, None, None, 90),
    ("我市大部6小时降雨量已达50毫米以上，且可能持续", None, None, None, None, 6, 50),
    (
        "6小时内降雨量将达50毫米以上，或者已达50毫米以上且降雨可能持续",
        6,
        50,
        None,
        None,
        None,
        None,
    ),
    (
        "预计未来24小时内将出现12小时50毫米以上的降雨，其它地区12小时10到30毫米",
        12,
        50,
        None,
        24,
        None,
        None,
    ),
    ("预计未来6小时内30-50毫米，局地80毫米以上", 6, 30, 50, None, None, None),
    ("预计未来6小时，局部有80毫米以上降水", 6, 80, None, None, None, None),
    ("预计未来6小时内累计40-60毫米，最大小时雨强30毫米", 6, 40, 60, None, None, None),
    ("预计未来6小时内小时降雨量20-30毫米", 1, 20, 30, 6, None, None),
    ("预计未来6小时雨量不足10毫米", 6, 0, 10, None, None, None),
    ("预计8日08时至9日08时累计降雨量50至80毫米", 24, 50, 80, None, None, None),
    ("7日20时至8日8时累计降雨62毫米，预计未来3小时还有20毫米", 3, 20, None, None, 12, 62),
    ("预计50毫米以上的降水将在未来6小时内出现", 6, 50, None, None, None, None),
    ("预计未来2小时可能出现冰雹，直径20毫米左右", 2, None, None, None, None, None),
    ("预计未来6小时降水，有效期24小时", 6, None, None, None, None, None),
    ("预计未来三天多雨", 72, None, None, None, None, None),
    ("请注意防范。防御指南：6小时降雨量将达50毫米以上时停课", None, None, None, None, None, None),
    ("预计未来6小时降雨量将达5O毫米", 6, 50, None, None, None, None),
]


@pytest.mark.parametrize(("words", "hours", "mm", "most", "window", "past", "fallen"), AMOUNTS)
def test_forecast_and_observed_amounts(words, hours, mm, most, window, past, fallen):
    alert = only(HEAD + words)
    assert (alert.forecast_hours, alert.forecast_mm, alert.forecast_mm_max) == (hours, mm, most)
    assert alert.window_hours == window
    assert (alert.observed_hours, alert.observed_mm) == (past, fallen)


def test_local_extreme_is_said():
    assert only(HEAD + "预计未来6小时内30-50毫米，局地80毫米以上").doubts == ("doubt.local_more",)


def test_span_gives_the_onset_and_validity_the_end():
    alert = only(HEAD + "预计8日14时至9日08时累计降雨量50至80毫米，有效期至9日8时")
    assert (alert.onset_at, alert.expires_at) == (at(7, 8, 14), at(7, 9, 8))


@pytest.mark.parametrize(
    "words",
    [
        "辽源市气象台2022年7月8日8时20分发布的暴雨黄色预警信号于12时30分解除。",
        "暴雨减弱，辽源市气象台2022年7月8日12时30分解除2022年7月8日8时20分发布的暴雨黄色预警信号。",
        "暴雨减弱，辽源市气象台取消7月8日8时20分发布的暴雨黄色预警信号。辽源市气象台2022年7月8日12时30分",
    ],
)
def test_cancel_that_says_issued_is_a_cancel(words: str):
    alert = only(words, at(7, 8, 13))
    assert (alert.action, alert.issued_at) == (Action.CANCEL, at(7, 8, 12, 30))
    assert alert.refers_to_issued_at == at(7, 8, 8, 20)


def test_lifting_without_a_time_of_its_own_is_kept_with_a_doubt():
    alert = only("辽源市气象台2022年7月8日8时20分发布的暴雨黄色预警信号现予以解除。", at(7, 8, 13))
    assert (alert.action, alert.issued_at, alert.doubts) == (
        Action.CANCEL,
        None,
        ("doubt.without_time",),
    )


def test_two_warnings_in_one_message():
    first, second = parse.parse(
        HEAD + "预计未来6小时50毫米以上。\n龙山区气象台2022年7月8日8时30分解除雷电蓝色预警信号。",
        RECEIVED,
    )
    assert (first.type, first.action, first.forecast_mm) == ("暴雨", Action.ISSUE, 50)
    assert (second.type, second.action, second.forecast_mm) == ("雷电", Action.CANCEL, None)
    assert second.issuers == ("龙山区气象台",)


def test_lifting_and_issuing_in_one_breath():
    lifted, issued = parse.parse(
        "辽源市气象台2022年7月8日12时20分解除暴雨橙色预警信号，"
        "同时发布暴雨黄色预警信号：预计未来6小时30毫米",
        at(7, 8, 13),
    )
    assert (lifted.action, lifted.level, lifted.forecast_mm) == (Action.CANCEL, Level.ORANGE, None)
    assert (issued.action, issued.level, issued.forecast_mm) == (Action.ISSUE, Level.YELLOW, 30)
    assert issued.issued_at == lifted.issued_at == at(7, 8, 12, 20)


def test_two_hazards_of_one_signal():
    alerts = parse.parse("辽源市气象台2022年7月8日8时20分发布雷电、大风蓝色预警信号", RECEIVED)
    assert [(alert.type, alert.level) for alert in alerts] == [
        ("雷电", Level.BLUE),
        ("大风", Level.BLUE),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "*【辽源气象】*\n> 辽源市气象台 **2022年7月8日08:20** 发布 `暴雨黄色预警信号`："
        "\n预计未来6小时50毫米 🌧️\n"
        "（来源：预警信息发布网）",
        "暴雨黄色预警信号\n辽源市气象台 2022年7月8日 8时20分 发布暴雨黄色预警信号："
        "\n预计未来6小时50毫米",
        "辽源市气\n象台2022年7月8日8时2\n0分发布暴雨黄色预警信号：预计未来6小时50毫米",
        "预警信号：暴雨黄色\n发布单位：辽源市气象台\n发布时间：2022年7月8日8时20分\n预警内容：预计未来6小时50毫米",
        "辽源市气象台发布暴雨黄色预警信号\n发布时间：2022-07-08 08:20:00\n预计未来6小时50毫米",
        "【暴雨黄色预警】预计未来6小时50毫米。（辽源市气象台2022年7月8日8时20分）",
        "转发 辽源市气象台2022年7月8日8时20分发布的暴雨黄色预警信号：预计未来6小时50毫米",
        HEAD + "预计未来6小时50毫米，后期可能升级为暴雨橙色预警信号，请密切关注",
        HEAD + "预计未来6小时50毫米。暴雨橙色预警信号时停止户外作业。",
    ],
)
def test_however_it_is_pasted_it_is_the_same_warning(text: str):
    alert = only(text)
    assert (
        alert.issuers,
        alert.type,
        alert.level,
        alert.action,
        alert.issued_at,
        alert.forecast_hours,
        alert.forecast_mm,
    ) == (("辽源市气象台",), "暴雨", Level.YELLOW, Action.ISSUE, at(7, 8, 8, 20), 6, 50)
    assert alert.digest == only(HEAD + "预计未来6小时50毫米").digest


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "notice.empty"),
        (" \n​", "notice.empty"),
        ("今天天气不错", "notice.no_warning"),
        ("听说有暴雨预警", "notice.no_warning"),
        ("暴雨黄色预警信号的含义是6小时内降雨量将达50毫米以上", "notice.no_warning"),
        ("8日8时20分暴雨黄色预警", "notice.no_issuer"),
        ("辽源市气象台2022年7月8日8时20分发布预警", "notice.no_type"),
        ("辽源市气象台2022年7月8日8时20分发布暴雨预警信号", "notice.no_level"),
        ("辽源市气象台2022年2月30日8时发布寒潮蓝色预警信号", "notice.bad_time"),
        ("辽源市气象台2022年7月8日25时发布暴雨红色预警", "notice.bad_time"),
        ("辽源市气象台0001年1月1日1时发布暴雨红色预警", "notice.bad_time"),
        ("辽源市气象台2022年7月8日8时20分拟发布暴雨黄色预警信号", "notice.unclear"),
        (
            "暴雨黄色预警。因天气好转，市气象台已经解除了上述信号。2022年7月8日8时20分",
            "notice.unclear",
        ),
        ("暴雨黄色预警信号。" * 101, "notice.too_many"),
        ("暴" * 20_001, "notice.too_long"),
        (b"", "notice.not_text"),
    ],
)
def test_what_is_no_warning_is_refused_with_the_reason(text, code: str):
    with pytest.raises(BadPayload) as refusal:
        parse.parse(text, RECEIVED)
    assert refusal.value.code == code


def test_exercise_is_told_from_the_real():
    assert only("【演练】" + HEAD).status is AlertStatus.EXERCISE
    assert only("【测试】" + HEAD).status is AlertStatus.TEST
    assert only(HEAD + "此信息为演练").status is AlertStatus.EXERCISE
    real = only("定于10日举行防汛演练。" + HEAD)
    assert (real.status, real.doubts) == (AlertStatus.ACTUAL, ("doubt.maybe_exercise",))


def test_level_that_stands_further_down_is_taken_with_a_doubt():
    alert = only(
        "吉林省气象局和吉林省水利厅2022年7月8日8时联合发布山洪灾害气象预警：预计，7月8日20时至9日20时，"
        "辽源局地发生山洪灾害可能性较大（黄色预警）"
    )
    assert (alert.type, alert.level, alert.doubts) == (
        "山洪灾害",
        Level.YELLOW,
        ("doubt.level_elsewhere",),
    )
    assert alert.issuers == ("吉林省气象局", "吉林省水利厅")


def test_areas_of_the_warning_before_the_colon_or_behind_a_label():
    assert only("辽源市气象台2022年7月8日8时20分发布龙山区、西安区暴雨黄色预警信号").areas == (
        "龙山区",
        "西安区",
    )
    assert only("辽源市气象台2022年7月8日8时20分发布全市暴雨黄色预警信号").areas == ()
    assert only(HEAD + "预警区域：龙山区。预计未来6小时50毫米").areas == ("龙山区",)


def test_one_message_for_two_hazards_and_what_it_repeats_at_its_end():
    alerts = parse.parse(
        "辽源市气象台08日06时18分发布暴雨黄色和雷雨大风黄色预警信号：预计未来1~3小时龙山区降水明显，"
        "累积雨量30~50毫米。从08日06时18分起，龙山区暴雨和雷雨大风黄色预警信号生效，请注意防御。"
        "辽源市气象台07月08日06时18分发布。",
        RECEIVED,
    )
    assert [(alert.type, alert.forecast_hours, alert.forecast_mm_max) for alert in alerts] == [
        ("暴雨", 3, 50),
        ("雷雨大风", 3, 50),
    ]


def test_grade_against_colour_is_doubted_and_the_graver_counts():
    alert = only("辽源市气象台2022年7月8日8时20分发布暴雨黄色（Ⅱ级）预警")
    assert (alert.level, alert.doubts) == (Level.ORANGE, ("doubt.level_contradicted",))


def test_numerals():
    words = ("三", "十", "二十四", "一百五十", "一百五", "二〇二二")
    assert [number(word) for word in words] == [3, 10, 24, 150, 150, 2022]
    assert clean("三明市十分注意，三小时") == "三明市十分注意,3小时"


WORDS = """
辽源市气象台 、市应急局 2022年 7月8日 31日 0月0日 8时20分 99时 24时 08:20
发布 发布的 继续发布 解除 取消 将 升级为 降级为 变更 由 为
暴雨 雷电 大风 黄色 橙色 Ⅰ级 （三级） 预警 预警信号 ： ， 。
预计 未来 过去 6小时 三小时 50毫米 30-50mm 已达 局部 8日8时至9日8时 龙山区
【 】 演练 有效期 发布时间： 转发 请 防御指南 百 一 0 - 二〇 9999年 0000年
"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])


@settings(max_examples=400, deadline=None)
@given(
    st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=300),
    st.sampled_from([RECEIVED, None]),
)
def test_only_declared_errors_come_out(text: str, received_at):
    try:
        alerts = parse.parse(text, received_at)
    except WeatherError:
        return
    assert alerts
    assert all(alert.type and (alert.level or alert.action is Action.CANCEL) for alert in alerts)


@pytest.mark.parametrize(
    "piece",
    [
        "百",
        "将",
        "暴雨、",
        "【",
        "（来源",
        "2022年7月8日8时",
        "发布的",
        "怪黄色预警",
        "8日8时至",
        "气象局和",
    ],
)
def test_long_nonsense_ends_in_a_warning_or_a_declared_refusal(piece: str):
    for text in (piece * (19_000 // len(piece)) + HEAD, HEAD + piece * (19_000 // len(piece))):
        try:
            assert 1 <= len(parse.parse(text, RECEIVED)) <= 100
        except BadPayload:
            continue


@pytest.mark.parametrize(
    ("text", "received", "issued", "expires"),
    [
        (
            "12月31日23时50分发布暴雪黄色预警信号。",
            (2023, 1, 1, 0, 20),
            (2022, 12, 31, 23, 50),
            None,
        ),
        ("31日23时50分发布暴雪黄色预警信号。", (2023, 1, 1, 0, 20), (2022, 12, 31, 23, 50), None),
        ("23时50分发布暴雪黄色预警信号。", (2023, 1, 1, 0, 20), (2022, 12, 31, 23, 50), None),
        ("1月1日0时5分发布暴雪黄色预警信号。", (2022, 12, 31, 23, 59), (2023, 1, 1, 0, 5), None),
        (
            "31日23时59分发布暴雪黄色预警,有效期至次日6时。",
            (2022, 12, 31, 23, 59),
            (2022, 12, 31, 23, 59),
            (2023, 1, 1, 6),
        ),
        (
            "31日9时发布暴雪黄色预警信号,有效期至次日20时。",
            (2022, 12, 31, 9, 5),
            (2022, 12, 31, 9),
            (2023, 1, 1, 20),
        ),
        (
            "31日23时发布暴雪黄色预警,有效期至1月1日8时。",
            (2022, 12, 31, 23, 59),
            (2022, 12, 31, 23),
            (2023, 1, 1, 8),
        ),
    ],
)
def test_new_year_is_crossed_in_both_directions(
    text: str, received: tuple, issued: tuple, expires: tuple | None
):
    (alert,) = parse.parse("辽源市气象台" + text, datetime(*received, tzinfo=BEIJING))
    assert alert.issued_at == datetime(*issued, tzinfo=BEIJING)
    assert alert.expires_at == (expires and datetime(*expires, tzinfo=BEIJING))


@pytest.mark.parametrize(
    "text",
    [
        "遼源市氣象臺2022年7月8日8時20分將暴雨黃色預警信號升級為暴雨紅色預警信號：預計未來3小時降雨量將達100毫米以上。",
        "辽源市气象台2022年7月8日8時20分将暴雨黃色預警信号升级為暴雨紅色预警信號：预计未來3小时降雨量將达100毫米以上。",
        "<p>辽源市气象台<b>2022年7月8日8时20分</b>将暴雨黄色预警信号升级为"
        "<font color='red'>暴雨红色</font>预警信号：</p>"
        '<div class="x">预计未来3小时降雨量将达&nbsp;100&nbsp;毫米以上。</div>',
    ],
)
def test_other_characters_and_tags_say_the_same(text: str):
    (alert,) = detect_format.parse_any(text.encode(), RECEIVED)
    assert (alert.type, alert.level, alert.action, alert.previous_level, alert.issuers) == (
        "暴雨",
        Level.RED,
        Action.UPGRADE,
        Level.YELLOW,
        ("辽源市气象台",),
    )
    assert (alert.forecast_hours, alert.forecast_mm) == (3.0, 100.0)
    assert alert.issued_at == datetime(2022, 7, 8, 8, 20, tzinfo=BEIJING)


def test_a_name_that_keeps_its_old_character_keeps_it():
    (alert,) = parse.parse(HEAD.replace("辽源市", "乾安县"), RECEIVED)
    assert alert.issuers == ("乾安县气象台",)


@pytest.mark.parametrize("former", ["（原黄色）", "（原暴雨黄色预警）", "（原为黄色预警信号）"])
def test_the_level_before_may_stand_in_brackets(former: str):
    (alert,) = parse.parse(
        f"辽源市气象台2022年7月8日8时20分变更发布暴雨橙色预警信号{former}：请防范。", RECEIVED
    )
    assert (alert.level, alert.previous_level, alert.action) == (
        Level.ORANGE,
        Level.YELLOW,
        Action.UPDATE,
    )


@pytest.mark.parametrize(
    "rest",
    [
        "预计未来",
        "预计未来6小时",
        "预计未来6小时内我市降雨量将达",
        "预计6小时内，我县...",
        "预计6小时内，我县……",
        "预计未来3小时内降雨量将达5",
        "预计未来3小时内降雨量将达50-",
        "预计未来6小时内龙山区、",
    ],
)
def test_a_text_that_breaks_off_is_doubted(rest: str):
    alert = only(HEAD + rest)
    assert "doubt.cut_off" in alert.doubts
    assert alert.confidence < 0.7
    whole = only(HEAD + "预计未来3小时内我市降雨量将达50毫米以上，请注意防范")
    assert whole.confidence == 1


@pytest.mark.parametrize(
    "text",
    [
        "辽源市气象台将于2022年7月8日8时50分发布暴雨黄色预警信号，请关注。",
        "预计辽源市气象台2022年7月8日8时50分将发布暴雨黄色预警信号。",
        "辽源市气象台计划于2022年7月8日8时50分继续发布暴雨黄色预警信号。",
    ],
)
def test_an_issue_that_is_only_announced_is_not_taken_for_one_without_doubt(text: str):
    alert = only(text)
    assert "doubt.announced" in alert.doubts
    assert alert.confidence < 0.5


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "预计未来3小时内降雨量将达50毫米。",
        "辽源市气象台2022年7月8日8时20分将暴雨黄色预警信号升级为暴雨橙色预警信号。",
    ],
)
def test_a_deed_that_is_done_is_not_called_announced(text: str):
    assert only(text).doubts == ()
