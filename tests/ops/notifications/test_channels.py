"""The robots' doors: what is posted, what counts as taken, and that no secret gets out."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.notifications.channels import (
    KINDS,
    MAX_ANSWER,
    Channel,
    ChannelSettings,
    DeliveryError,
    open_channels,
    split_bytes,
)
from tests.helpers.processes import robots

AT = datetime(2026, 7, 8, 9, 5, 7, 250_000, tzinfo=UTC)
ROBOTS = ("wecom", "dingtalk", "feishu")


@pytest.fixture
def robot():
    with robots.robot() as found:
        yield found


def channel(
    robot: robots.Robot, kind: str = "wecom", environ=None, timeout_s: float = 10.0, **how
) -> Channel:
    return Channel(
        ChannelSettings(name="群", kind=kind, url=robot.url, **how), environ or {}, timeout_s
    )


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_text_reaches_the_robot_in_its_own_form(robot, kind):
    channel(robot, kind).send("第3版\n“永宁路”", AT)
    wanted = {
        "wecom": {"msgtype": "text", "text": {"content": "第3版\n“永宁路”"}},
        "dingtalk": {"msgtype": "text", "text": {"content": "第3版\n“永宁路”"}},
        "feishu": {"msg_type": "text", "content": {"text": "第3版\n“永宁路”"}},
    }
    assert robot.posts == [wanted[kind]]
    assert robot.queries == [{"key": ["SECRET-KEY"]}]


def test_dingtalk_is_signed_with_its_secret_as_the_key(robot):
    channel(robot, "dingtalk", {"DING": "SEC1"}, secret_env="DING").send("x", AT)
    sign = hmac.new(b"SEC1", b"1783501507250\nSEC1", hashlib.sha256).digest()
    assert robot.queries == [
        {
            "key": ["SECRET-KEY"],
            "timestamp": ["1783501507250"],
            "sign": [base64.b64encode(sign).decode()],
        }
    ]


def test_feishu_is_signed_with_time_and_secret_as_the_key(robot):
    channel(robot, "feishu", {"LARK": "SEC1"}, secret_env="LARK").send("x", AT)
    sign = hmac.new(b"1783501507\nSEC1", b"", hashlib.sha256).digest()
    assert {name: robot.posts[0][name] for name in ("timestamp", "sign")} == {
        "timestamp": "1783501507",
        "sign": base64.b64encode(sign).decode(),
    }


@pytest.mark.parametrize(
    ("kind", "answer", "code", "lasting"),
    [
        (
            "wecom",
            (200, {"errcode": 93000, "errmsg": "invalid webhook url"}),
            "channel.refused",
            True,
        ),
        ("wecom", (200, {"errcode": 45009}), "channel.refused", False),
        ("wecom", (200, {"errcode": -1}), "channel.refused", False),
        (
            "dingtalk",
            (200, {"errcode": 310000, "errmsg": "sign not match"}),
            "channel.refused",
            True,
        ),
        ("dingtalk", (200, {"errcode": 130101}), "channel.refused", False),
        ("feishu", (200, {"code": 19021, "msg": "sign match fail"}), "channel.refused", True),
        ("feishu", (200, {"code": 11232}), "channel.refused", False),
        ("wecom", (500, {}), "channel.http", False),
        ("wecom", (429, {}), "channel.http", False),
        ("wecom", (302, {}), "channel.http", False),
        ("wecom", (404, {}), "channel.http", True),
        ("wecom", (200, b"<html>"), "channel.unreadable", False),
        ("wecom", (200, b"[]"), "channel.unreadable", False),
        ("wecom", (200, b"{}"), "channel.unreadable", False),
        ("wecom", (200, b"[" * 9999), "channel.unreadable", False),
        ("wecom", (200, {"errcode": "0"}), "channel.unreadable", False),
        ("wecom", (200, b" " * (MAX_ANSWER + 1)), "channel.unreadable", False),
        ("wecom", robots.cut, "channel.unreachable", False),
    ],
)
def test_what_is_not_taken_is_told_with_its_reason(robot, kind, answer, code, lasting):
    robot.answers.append(answer)
    with pytest.raises(DeliveryError) as caught:
        channel(robot, kind).send("x", AT)
    assert (caught.value.code, caught.value.lasting) == (code, lasting)


def test_feishu_s_older_answer_is_understood(robot):
    robot.answers.append((200, {"StatusCode": 0, "StatusMessage": "success"}))
    channel(robot, "feishu").send("x", AT)
    assert len(robot.posts) == 1


def test_a_robot_that_does_not_answer_is_late(robot):
    robot.answers.append(robots.late(1.0))
    with pytest.raises(DeliveryError) as caught:
        channel(robot, timeout_s=0.2).send("x", AT)
    assert caught.value.code == "channel.late"


def test_a_robot_that_drips_is_late(robot):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        for _ in range(20):
            try:
                handler.wfile.write(b" ")
                handler.wfile.flush()
            except OSError:  # we have hung up
                break
            robots.late(0.05)(handler)

    robot.answers.append(drip)
    with pytest.raises(DeliveryError) as caught:
        channel(robot, timeout_s=0.3).send("x", AT)
    assert caught.value.code in ("channel.late", "channel.unreachable")


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [({"Retry-After": "30"}, 30.0), ({}, None), ({"Retry-After": "soon"}, None)],
)
def test_how_long_to_wait_is_taken_from_the_answer(robot, headers, wait_s):
    robot.answers.append((429, {}, headers))
    with pytest.raises(DeliveryError) as caught:
        channel(robot).send("x", AT)
    assert caught.value.wait_s == wait_s


def test_dingtalk_is_left_alone_for_ten_minutes_once_it_says_too_many(robot):
    robot.answers.append((200, {"errcode": 410100}))
    with pytest.raises(DeliveryError) as caught:
        channel(robot, "dingtalk").send("x", AT)
    assert caught.value.wait_s == 600.0


def test_neither_address_nor_secret_is_in_an_error_or_in_what_is_printed(robot):
    gone = Channel(
        ChannelSettings(
            name="群",
            kind="dingtalk",
            url="http://127.0.0.1:1/send?key=SECRET-KEY",
            secret_env="DING",
        ),
        {"DING": "SEC-SECRET"},
    )
    robot.answers.append((403, {"errmsg": "SECRET-KEY"}))
    for one in (gone, channel(robot)):
        with pytest.raises(DeliveryError) as caught:
            one.send("x", AT)
        assert caught.value.__cause__ is None
        assert "SECRET" not in f"{caught.value!r} {caught.value} {one!r}"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://127.0.0.1/x", "channel.bad_address"),
        ("127.0.0.1", "channel.bad_address"),
        ("http://", "channel.unreachable"),
    ],
)
def test_an_address_that_can_t_be_used_is_told(url, code):
    with pytest.raises(DeliveryError) as caught:
        Channel(ChannelSettings(name="x", kind="wecom", url=url), {}).send("x", AT)
    assert caught.value.code == code


def test_a_variable_that_is_not_set_is_named():
    (one,) = open_channels(
        (ChannelSettings(name="x", kind="wecom", url_env="WECOM_URL"),), {"WECOM_URL": " "}
    )
    assert one.missing() == "WECOM_URL"
    with pytest.raises(DeliveryError) as caught:
        one.send("x", AT)
    assert (str(caught.value), caught.value.lasting) == (
        "channel.no_variable (variable=WECOM_URL)",
        True,
    )


def test_the_address_may_come_from_the_environment(robot):
    settings = ChannelSettings(name="x", kind="wecom", url_env="WECOM_URL")
    Channel(settings, {"WECOM_URL": robot.url}).send("x", AT)
    assert len(robot.posts) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "qq"},
        {"role": "boss"},
        {"url": ""},
        {"url_env": "X"},
        {"name": " "},
        {"per_minute": 21},
        {"per_minute": -1},
        {"secret_env": "X"},
    ],
)
def test_settings_that_can_t_be_are_refused(wrong):
    good = {"name": "群", "kind": "wecom", "url": "https://host/x"}
    ChannelSettings(**good)
    with pytest.raises(ValueError, match=r"kind|name|per_minute|secret_env"):
        ChannelSettings(**(good | wrong))


def test_only_the_stations_named_and_drills_only_where_they_may():
    some = ChannelSettings(name="群", kind="wecom", url="https://host/x", stations=("A",))
    assert (
        some.serves("A", drill=False),
        some.serves("B", drill=False),
        some.serves("A", drill=True),
    ) == (True, False, False)
    every = ChannelSettings(name="群", kind="wecom", url="https://host/x", drill=True)
    assert (every.serves("B", drill=False), every.serves("A", drill=True)) == (True, True)


# --- through Apprise ---


def test_apprise_carries_a_text_with_its_first_line_as_title(robot):
    address = robot.url.replace("http://", "json://").partition("?")[0]
    Channel(ChannelSettings(name="邮", kind="apprise", url=address), {}).send(
        "【汛班】第3版\n· 新增", AT
    )
    assert (robot.posts[0]["title"], robot.posts[0]["message"]) == ("【汛班】第3版", "· 新增")


@pytest.mark.parametrize(
    ("status", "url", "code"),
    [(500, None, "channel.apprise"), (200, "nothing", "channel.bad_address")],
)
def test_what_apprise_could_not_send_is_told(robot, caplog, status, url, code):
    robot.good = (status, {})
    address = url or robot.url.replace("http://", "json://user:SECRET@").partition("?")[0]
    with pytest.raises(DeliveryError) as caught:
        Channel(ChannelSettings(name="邮", kind="apprise", url=address), {}).send("x", AT)
    assert caught.value.code == code
    assert "SECRET" not in caplog.text


# --- splitting ---


@given(st.text(max_size=300), st.integers(4, 64))
def test_pieces_fit_and_make_up_the_text(text, most):
    pieces = split_bytes(text, most)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= most for piece in pieces)
    assert pieces == [""] or all(pieces)


@given(
    st.lists(
        st.text(
            st.characters(blacklist_characters="\n", blacklist_categories=("Cs",)), max_size=10
        ),
        max_size=30,
    )
)
def test_a_piece_ends_with_a_line_where_lines_are_short(lines):
    text = "\n".join(lines)
    assert all(piece.endswith("\n") for piece in split_bytes(text, 64)[:-1])


def test_a_text_too_long_for_one_message_goes_in_several(robot):
    text = "\n".join(f"{number}：{'永宁路雨水口清掏' * 8}" for number in range(20))
    channel(robot).send(text, AT)
    assert len(robot.posts) > 1
    assert "".join(robot.texts()) == text
    assert all(len(part.encode()) <= KINDS["wecom"].most_bytes == 2048 for part in robot.texts())


def test_what_goes_in_several_and_fails_half_way_is_not_sent(robot):
    robot.answers += [robots.GOOD, (500, {})]
    with pytest.raises(DeliveryError):
        channel(robot).send("永" * 2000, AT)
    assert len(robot.posts) == 2
