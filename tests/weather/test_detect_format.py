"""Any payload: which door it belongs to, what is refused, and alerts as JSON."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import weather
from tests.helpers.paths import PAYLOADS
from weather import detect_format, message_codes
from weather.model import BadPayload, WeatherError
from weather.notices.text import BEIJING

NOW = datetime(2022, 7, 8, 9, 0, tzinfo=BEIJING)
TEXT = (
    "辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号：预计未来6小时内我市龙山区降雨量将达50毫米以上，"
    "请注意防范。"
)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_text_is_read_in_every_encoding_it_comes_in(encoding: str):
    (alert,) = detect_format.parse_any(TEXT.encode(encoding), NOW)
    assert (alert.issuers, alert.forecast_mm, alert.provider) == (("辽源市气象台",), 50, "notice")
    assert alert.text == TEXT


def test_cap_is_found_out():
    payload = (PAYLOADS / "cap_two_languages_person_as_sender.xml").read_bytes()
    assert detect_format.parse_any(payload, NOW)[0].provider == "cap"
    assert detect_format.parse_any(b"\n  " + payload, NOW)[0].provider == "cap"
    assert (
        detect_format.parse_any(payload.decode().replace("UTF-8", "UTF-16").encode("utf-16"), NOW)[
            0
        ].type
        == "暴雨"
    )


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "door.empty"),
        (b" \r\n\t", "door.empty"),
        (b"x" * 5_000_001, "door.too_long"),
        (b"\0" * 50_000_000, "door.too_long"),
        (b"PK\3\4\x14\0\6\0", "door.binary"),
        (b"%PDF-1.7", "door.binary"),
        (b"\x89PNG\r\n\x1a\n", "door.binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "door.binary"),
        (bytes(range(256)) * 4, "door.binary"),
        (b"\xff\xff\xff", "door.encoding"),
        (b"<!DOCTYPE html><html>", "door.html"),
        (b"<HTML lang=zh>", "door.html"),
        (b"<alert", "cap.not_xml"),
        ((PAYLOADS / "open_meteo_inch_local_with_gap.json").read_bytes(), "door.forecast"),
        (b'{"a": 1}', "door.unknown_json"),
        (b"[1]", "door.unknown_json"),
        (b"[" * 100_000, "notice.too_long"),
        (b"hello", "notice.no_warning"),
        (b"x" * 100_000, "notice.too_long"),
        ((PAYLOADS / "cap_entity_bomb.xml").read_bytes(), "cap.forbidden_xml"),
    ],
)
def test_garbage_is_refused_with_the_reason(payload: bytes, code: str):
    with pytest.raises(BadPayload) as refusal:
        detect_format.parse_any(payload, NOW)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("payload", "code", "facts"),
    [
        (
            b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>a</id><link href='https://example.org/1.xml'/></entry>"
            b"<entry><id>b</id></entry></feed>",
            "door.index",
            {"entries": 1, "links": "https://example.org/1.xml"},
        ),
        (b"<rss><channel/></rss>", "door.index", {"entries": 0, "links": "-"}),
        (
            b'{"timezone_offset": 28800, "hourly": []}',
            "door.foreign",
            {"kind": "OpenWeather One Call"},
        ),
        (b'{"warnings": {"national": []}}', "door.foreign", {"kind": "Met Éireann"}),
        (b"time,mm\n0:00,1.5\n1:00,2.0\n", "door.table", {"head": "time,mm"}),
    ],
)
def test_what_is_no_warning_is_named(payload: bytes, code: str, facts: dict):
    with pytest.raises(BadPayload) as refusal:
        detect_format.parse_any(payload, NOW)
    assert (refusal.value.code, refusal.value.facts) == (code, facts)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b'{"error": {"status": 400}}', "feed.refused"),
        (
            b'{"error": true, "reason": "Hourly API request limit exceeded."}',
            "open_meteo.over_quota",
        ),
    ],
)
def test_a_service_s_error_is_no_payload(payload: bytes, code: str):
    with pytest.raises(WeatherError) as refusal:
        detect_format.parse_any(payload, NOW)
    assert refusal.value.code == code


@settings(max_examples=400, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(str.encode)
    | st.tuples(st.binary(max_size=5), st.just(TEXT.encode("gbk")), st.binary(max_size=5)).map(
        b"".join
    )
)
def test_only_declared_errors_come_out(payload: bytes):
    try:
        assert detect_format.parse_any(payload, NOW)
    except WeatherError:
        return


def test_json_says_what_is_understood_and_null_for_the_rest():
    result = detect_format.to_json(detect_format.parse_any(TEXT.encode(), NOW)[0])
    json.dumps(result)
    assert {
        name: result[name]
        for name in (
            "issuers",
            "type",
            "level",
            "action",
            "issued_at",
            "forecast_hours",
            "forecast_mm",
            "observed_hours",
            "observed_mm",
            "previous_level",
            "areas",
            "supersedes",
            "status",
            "confidence",
            "doubts",
        )
    } == {
        "issuers": ["辽源市气象台"],
        "type": "暴雨",
        "level": "yellow",
        "action": "issue",
        "issued_at": "2022-07-08T08:20:00+08:00",
        "forecast_hours": 6,
        "forecast_mm": 50,
        "observed_hours": None,
        "observed_mm": None,
        "previous_level": None,
        "areas": ["龙山区"],
        "supersedes": [],
        "status": "actual",
        "confidence": 1.0,
        "doubts": [],
    }
    assert isinstance(result["forecast_hours"], int)
    assert result["text"] == TEXT


def test_json_of_a_cancel_that_only_refers():
    result = detect_format.to_json(
        detect_format.parse_any((PAYLOADS / "cap_cancel_that_only_refers.xml").read_bytes(), NOW)[0]
    )
    assert (result["type"], result["level"], result["supersedes"]) == (
        None,
        None,
        ["made-up-1", "made-up-2"],
    )


def test_a_table_that_names_warnings_is_a_table_and_a_list_of_warnings_is_none():
    with pytest.raises(BadPayload) as refusal:
        detect_format.parse_any(
            "code,name,en\n1,灾害风险预警,Risk\n2,天气预警,Weather\n".encode(), NOW
        )
    assert refusal.value.code == "door.table"
    lines = "".join(
        f"辽源市气象台2022年7月8日8时{minute}分发布{name}黄色预警信号,请防范。\n"
        for minute, name in ((20, "暴雨"), (21, "雷电"), (22, "大风"))
    )
    assert len(detect_format.parse_any(lines.encode(), NOW)) == 3


def test_every_doubt_that_is_raised_is_listed_and_every_listed_one_is_raised():
    source = "".join(
        path.read_text()
        for path in Path(weather.__path__[0]).rglob("*.py")
        if path.name != "message_codes.py"
    )
    assert set(re.findall(r'"(doubt\.[a-z_]+)"', source)) == set(message_codes.DOUBTS)


def test_doubts_lower_the_confidence():
    assert message_codes.confidence(()) == 1
    assert message_codes.confidence(("doubt.year_assumed",)) == 0.95
    assert all(0 < message_codes.confidence((code,)) < 1 for code in message_codes.DOUBTS)
