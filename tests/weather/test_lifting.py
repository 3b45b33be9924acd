"""What a lifting names is what it ends, and what is milder ends nothing graver without a word."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.helpers.alert_stories import T0, alert
from weather.in_force import in_force
from weather.model import Action, Alert, BadPayload, Level
from weather.notices import parse
from weather.notices.text import BEIJING


def notice(text: str) -> list[Alert]:
    return parse.parse(text, datetime(2023, 6, 8, 23, 0, tzinfo=BEIJING))


def said(*texts: str, hour: int = 14, minute: int = 0) -> list[tuple[str, str | None]]:
    """What holds of the notices of a day, each begun with its issuer and hour."""
    story = [one for text in texts for one in notice(text)]
    held = in_force(story, datetime(2023, 6, 8, hour, minute, tzinfo=BEIJING))
    return [(one.type, one.level and str(one.level)) for one in held]


def at(hour: int, minute: int = 0, body: str = "通化市气象台") -> str:
    return f"{body}2023年6月8日{hour}时{minute:02}分"


YELLOW = at(11) + "发布暴雨黄色预警信号：预计未来6小时降雨量将达50毫米以上。"
ORANGE = at(13) + "发布暴雨橙色预警信号：预计未来3小时降雨量将达50毫米以上。"


@pytest.mark.parametrize(
    "lifting",
    [
        "解除暴雨黄色预警信号。",
        "解除2023年6月8日11时发布的暴雨黄色预警信号。",
        "解除8日11时00分发布的暴雨黄色预警。",
        "撤销暴雨Ⅲ级预警。",
        "取消暴雨黄色预警信号",
        "解除11时发布的暴雨预警信号。",
    ],
)
def test_lifting_of_the_replaced_leaves_the_graver(lifting: str):
    assert said(YELLOW, ORANGE, at(13, 30) + lifting) == [("暴雨", "orange")]


@pytest.mark.parametrize(
    "lifting",
    [
        "解除暴雨橙色预警信号。",
        "解除暴雨预警信号。",
        "解除2023年6月8日13时发布的暴雨橙色预警信号。",
        "解除全部预警信号。",
        "解除所有气象灾害预警",
    ],
)
def test_lifting_of_the_graver_or_of_all_of_its_kind(lifting: str):
    assert said(YELLOW, ORANGE, at(13, 30) + lifting) == []


def test_lifting_of_everything_is_its_issuers():
    story = (
        ORANGE,
        at(13, 10) + "发布雷电黄色预警信号：预计未来6小时有雷电。",
        at(13, 20, "集安市气象台") + "发布大风蓝色预警信号：预计未来24小时有大风。",
        at(13, 30) + "解除全部预警信号。",
    )
    assert said(*story) == [("大风", "blue")]


def test_lifting_elsewhere_and_lifting_of_a_part():
    both = at(13) + "发布暴雨红色预警信号：预计未来3小时柳河县、辉南县降雨量将达100毫米以上。"
    assert said(both, at(13, 20) + "解除集安市暴雨红色预警信号。") == [("暴雨", "red")]
    assert said(both, at(13, 20) + "解除柳河县暴雨红色预警信号。") == [("暴雨", "red")]
    assert said(both, at(13, 20) + "解除柳河县、辉南县暴雨红色预警信号。") == []
    assert said(both, at(13, 20) + "解除暴雨红色预警信号。") == []
    whole = at(13) + "发布暴雨红色预警信号：预计未来3小时全市降雨量将达100毫米以上。"
    assert said(whole, at(13, 20) + "解除柳河县暴雨红色预警信号。") == [("暴雨", "red")]


def test_wider_and_longer_names_of_one_place_are_that_place():
    story = at(13) + "发布东昌区光明街道暴雨红色预警信号：未来3小时降雨量将达100毫米以上。"
    assert said(story, at(13, 20) + "解除通化市东昌区暴雨红色预警信号。") == []


def test_continued_warning_is_lifted_by_its_first_time_where_it_said_so():
    again = at(13) + "继续发布8日11时发布的暴雨黄色预警信号：预计未来6小时降雨持续。"
    assert said(YELLOW, again, at(13, 30) + "解除8日11时发布的暴雨黄色预警信号。") == []


def test_white_is_a_colour_of_its_own():
    blue = at(12) + "发布台风蓝色预警信号：预计未来24小时受台风影响。"
    white = at(11) + "发布台风白色预警信号：预计48小时内受热带气旋影响。"
    assert said(white, blue, at(13) + "解除台风白色预警信号。") == [("台风", "blue")]
    assert said(white, at(13) + "解除台风白色预警信号。") == []


def test_one_hazard_changed_into_another():
    changed = at(13, 30) + "将暴雨橙色预警信号变更为大风黄色预警信号：预计未来12小时有大风。"
    assert said(YELLOW, ORANGE, changed) == [("大风", "yellow")]
    lifted, issued = notice(changed)
    assert (lifted.action, lifted.type, lifted.level) == (Action.CANCEL, "暴雨", Level.ORANGE)
    assert (issued.action, issued.type, issued.previous_level) == (Action.ISSUE, "大风", None)


@pytest.mark.parametrize(
    ("issuer", "lifter", "held"),
    [
        ("通化市气象台", "通化市气象局", []),
        ("通化市气象台", "吉林省通化市气象台", []),
        ("通化市气象台", "吉林通化市气象局", []),
        ("通化市气象台", "通化气象台", []),
        ("通化市气象台", "市气象台", []),
        ("通化市气象台", "市气象局", []),
        ("通化市东昌区气象台", "东昌区气象台", []),
        ("通化市气象台", "通化县气象台", ["yellow"]),
        ("东和县气象台", "和县气象台", ["yellow"]),
        ("通化市气象台", "市水利局", ["yellow"]),
        ("通化市气象台", "县气象台", ["yellow"]),
    ],
)
def test_body_by_its_other_names(issuer: str, lifter: str, held: list[str]):
    story = [
        *notice(at(11, 0, issuer) + "发布暴雨黄色预警信号：预计未来6小时降雨量将达50毫米以上。"),
        *notice(at(12, 0, lifter) + "解除暴雨黄色预警信号。"),
    ]
    now = datetime(2023, 6, 8, 13, tzinfo=BEIJING)
    assert [one.level for one in in_force(story, now)] == held


def test_short_name_that_may_be_two_bodies_ends_neither():
    story = [
        *notice(YELLOW),
        *notice(
            at(11, 0, "白山市气象台") + "发布暴雨黄色预警信号：预计未来6小时降雨量将达50毫米以上。"
        ),
        *notice(at(12, 0, "市气象台") + "解除暴雨黄色预警信号。"),
    ]
    assert len(in_force(story, datetime(2023, 6, 8, 13, tzinfo=BEIJING))) == 2


def names(story: list[Alert], hours: float) -> list[str]:
    return [held.provider_id for held in in_force(story, T0 + timedelta(hours=hours))]


def test_reference_ends_what_it_names_and_its_copies_alone():
    yellow, orange = alert("a"), alert("b", 1, Level.ORANGE, forecast_hours=3)
    pasted = alert("n", provider="notice", issued_at=T0 + timedelta(minutes=4))
    cancel = alert("c", 2, Level.YELLOW, Action.CANCEL, supersedes=("a",))
    assert names([yellow, orange, cancel], 2) == ["b"]
    assert names([yellow, pasted, cancel], 2) == []
    wide = replace(cancel, supersedes=("a", "b"), level=None)
    assert names([yellow, orange, wide], 2) == []


def test_reference_to_what_never_came_ends_nothing():
    cancel = alert("c", 2, Level.YELLOW, Action.CANCEL, supersedes=("lost",))
    assert names([alert("a"), cancel], 2) == ["a"]


def test_two_liftings_of_one_second_are_two():
    bare = alert("x", 1, None, Action.CANCEL, type="", supersedes=("a",))
    assert bare.digest != replace(bare, provider_id="y", supersedes=("b",)).digest
    assert bare.digest == replace(bare, provider_id="z").digest
    # what is stored is named by its digest: no other message may get a new one
    assert alert("a").digest == replace(alert("a"), supersedes=("b",)).digest
    assert alert("a").digest == "885b6e524cf0b23a4ccf8c85"
    assert alert("a", action=Action.CANCEL).digest == "dce6514a120decf7748ed0a2"


def test_milder_issue_leaves_the_graver_with_a_doubt():
    red = at(13) + "发布暴雨红色预警信号：预计未来3小时降雨量将达100毫米以上。"
    blue = at(13, 30) + "发布暴雨蓝色预警信号：预计未来12小时降雨量将达50毫米以上。"
    story = [*notice(red), *notice(blue)]
    grave, mild = in_force(story, datetime(2023, 6, 8, 14, tzinfo=BEIJING))
    assert (grave.level, mild.level) == (Level.RED, Level.BLUE)
    assert "doubt.milder_since" in grave.doubts
    assert grave.confidence < 1
    assert "doubt.milder_since" not in mild.doubts
    assert grave.digest == story[0].digest
    assert said(red, blue, hour=17) == [("暴雨", "blue")]


@pytest.mark.parametrize(
    "lowered",
    [
        "将暴雨红色预警信号降级为暴雨蓝色预警信号。",
        "变更发布暴雨蓝色预警信号：预计未来12小时降雨量将达50毫米以上。",
        "降级发布暴雨蓝色预警信号：预计未来12小时降雨量将达50毫米以上。",
        "发布暴雨蓝色预警信号：降水减弱，暴雨红色预警信号变更为暴雨蓝色预警信号。",
    ],
)
def test_lowering_that_is_said_ends_the_graver(lowered: str):
    red = at(13) + "发布暴雨红色预警信号：预计未来3小时降雨量将达100毫米以上。"
    assert said(red, at(13, 30) + lowered) == [("暴雨", "blue")]


def test_change_of_another_colour_leaves_the_graver():
    red = at(13) + "发布暴雨红色预警信号：预计未来3小时降雨量将达100毫米以上。"
    raised = at(13, 30) + "将暴雨蓝色预警信号升级为暴雨黄色预警信号：未来6小时50毫米以上。"
    assert said(red, raised)[0] == ("暴雨", "red")


def test_one_lifting_of_two_named_by_their_times():
    first, second = notice(
        at(13) + "解除8日11时30分发布的暴雨橙色预警信号及8日9时发布的雷电黄色预警信号。"
    )
    assert (first.type, first.action) == ("暴雨", Action.CANCEL)
    assert (second.type, second.action) == ("雷电", Action.CANCEL)
    assert second.refers_to_issued_at == datetime(2023, 6, 8, 9, tzinfo=BEIJING)
    assert second.issued_at == first.issued_at


def test_lifting_of_all_but_one_is_not_read_as_of_all():
    with pytest.raises(BadPayload):
        notice(at(13) + "解除除雷电外的全部预警信号。")
