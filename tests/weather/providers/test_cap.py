"""CAP: China's own habits, what the standard allows, and what must be refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.paths import PAYLOADS, SHARED
from weather.model import Action, AlertStatus, BadPayload, Level, Severity, WeatherError
from weather.notices.text import BEIJING
from weather.providers import cap

SAMPLES = SHARED / "weather-samples/cap"
NOW = datetime(2022, 7, 8, 10, 30, tzinfo=BEIJING)


def read(name: str):
    return cap.parse((PAYLOADS / name).read_bytes(), NOW)


def test_translations_are_one_alert_and_the_chinese_is_read():
    (alert,) = read("cap_two_languages_person_as_sender.xml")
    assert (alert.type, alert.level, alert.severity, alert.action, alert.previous_level) == (
        "暴雨",
        Level.ORANGE,
        Severity.SEVERE,
        Action.UPGRADE,
        Level.YELLOW,
    )
    assert alert.issuers == ("辽源市气象台",)  # not the forecaster on duty
    assert (alert.forecast_hours, alert.forecast_mm, alert.forecast_mm_max) == (3, 50, 70)
    assert (alert.observed_hours, alert.observed_mm) == (2, 38.4)
    assert (alert.adcodes, alert.areas) == (("220400",), ("辽源",))
    assert alert.provider_id == alert.national_id == "22040041600000_20220708102000"
    assert alert.supersedes == ("22040041600000_20220708082000",)
    assert alert.issued_at == datetime(2022, 7, 8, 2, 20, tzinfo=UTC)
    assert alert.expires_at == datetime(2022, 7, 9, 2, 20, tzinfo=UTC)
    assert alert.confidence == 1


def test_update_whose_text_lifts_is_a_cancel():
    (alert,) = read("cap_lifted_by_an_update.xml")
    assert (alert.action, alert.level) == (Action.CANCEL, Level.ORANGE)
    assert alert.refers_to_issued_at == datetime(2022, 7, 8, 10, 20, tzinfo=BEIJING)


def test_cancel_that_only_refers_has_no_hazard():
    (alert,) = read("cap_cancel_that_only_refers.xml")
    assert (alert.action, alert.type, alert.level) == (Action.CANCEL, "", None)
    assert alert.supersedes == ("made-up-1", "made-up-2")


def test_two_events_and_broken_places():
    rain, lightning = read("cap_two_events_and_broken_places.xml")
    assert (rain.provider_id, lightning.provider_id) == ("made-up-4", "made-up-4,2")
    assert (rain.type, rain.level, lightning.type, lightning.level) == (
        "暴雨",
        Level.ORANGE,
        "雷电",
        None,
    )
    assert rain.status is AlertStatus.EXERCISE
    assert rain.polygons == (((125.1, 42.9), (125.2, 42.9), (125.2, 42.8), (125.1, 42.9)),)
    assert rain.circles == ((125.1, 42.9, 5.5),)
    assert rain.adcodes == ("220402",)  # and not the American 022001
    assert rain.doubts == ("doubt.bad_area",)


def test_chinese_time_without_offset_is_beijing_time_with_a_doubt():
    text = (PAYLOADS / "cap_two_languages_person_as_sender.xml").read_text()
    (alert,) = cap.parse(
        text.replace("<sent>2022-07-08T10:20:00+08:00", "<sent>2022-07-08T10:20:00").encode(), NOW
    )
    assert alert.issued_at == datetime(2022, 7, 8, 2, 20, tzinfo=UTC)
    assert alert.doubts == ("doubt.time_zone_assumed",)


@pytest.mark.parametrize("encoding", ["GB2312", "gbk", "GB18030", "utf-16", "utf-8-sig"])
def test_declared_encoding_is_read(encoding: str):
    text = (PAYLOADS / "cap_two_languages_person_as_sender.xml").read_text()
    declared = "UTF-8" if encoding == "utf-8-sig" else encoding
    payload = (
        text.replace('encoding="UTF-8"', f'encoding="{declared}"')
        .replace("～", "-")
        .encode(encoding)
    )
    (alert,) = cap.parse(payload, NOW)
    assert (alert.issuers, alert.forecast_mm_max) == (("辽源市气象台",), 70)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("cap_entity_bomb.xml", "cap.forbidden_xml"),
        ("cap_outside_entity.xml", "cap.forbidden_xml"),
        ("cap_cut_off.xml", "cap.not_xml"),
        ("cap_version_1_0.xml", "cap.namespace"),
        ("cap_without_scope.xml", "cap.missing"),
        ("cap_acknowledgement.xml", "cap.not_a_warning"),
        ("cap_time_without_offset.xml", "cap.bad_time"),
        ("atom_index.xml", "cap.index"),
    ],
)
def test_refused_with_the_reason(name: str, code: str):
    with pytest.raises(BadPayload) as refusal:
        read(name)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "cap.not_xml"),
        (b"<a/>", "cap.not_cap"),
        (b"PK\3\4", "cap.not_xml"),
        (b" " * 2_000_001, "cap.too_long"),
        (b'<?xml version="1.0" encoding="gbk"?><a>\xff\xff</a>', "cap.encoding"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "cap.encoding"),
    ],
)
def test_garbage_is_refused(payload: bytes, code: str):
    with pytest.raises(BadPayload) as refusal:
        cap.parse(payload, NOW)
    assert refusal.value.code == code


def test_more_events_than_a_message_has_are_refused():
    text = (PAYLOADS / "cap_two_events_and_broken_places.xml").read_text()
    start, end = text.index("<cap:info>"), text.index("</cap:alert>")
    with pytest.raises(BadPayload) as refusal:
        cap.parse((text[:start] + text[start:end] * 51 + text[end:]).encode(), NOW)
    assert refusal.value.code == "cap.too_many"


def test_wrong_values_are_refused():
    text = (PAYLOADS / "cap_cancel_that_only_refers.xml").read_text()
    for old, new, code in (
        ("Actual", "Perhaps", "cap.bad_value"),
        ("Actual", "Draft", "cap.not_a_warning"),
        ("Cancel", "Shout", "cap.bad_value"),
        ("2022-07-08T07:00:00Z", "soon", "cap.bad_time"),
        ("2022-07-08T07:00:00Z", "0001-01-01T00:00:00Z", "cap.bad_time"),
    ):
        with pytest.raises(BadPayload) as refusal:
            cap.parse(text.replace(old, new, 1).encode(), NOW)
        assert refusal.value.code == code


SAMPLE_RESULTS = [  # file, code of the refusal or (hazard, level, action, status)
    ("cma_penglai_update_bilingual.xml", ("高温", Level.RED, Action.UPGRADE, AlertStatus.ACTUAL)),
    ("cancel_without_info.cap", ("", None, Action.CANCEL, AlertStatus.ACTUAL)),
    ("taiwan_reservoir_bom.cap", ("水庫洩洪", Level.RED, Action.ISSUE, AlertStatus.ACTUAL)),
    ("philippines.cap", ("Tropical Cyclone Alert", None, Action.ISSUE, AlertStatus.TEST)),
    ("australia_bom.cap", ("Thunderstorm", None, Action.ISSUE, AlertStatus.ACTUAL)),
    (
        "mexico_smn.xml",
        ("Aviso de Ciclón Tropical en el Pacífico", None, Action.UPDATE, AlertStatus.ACTUAL),
    ),
    (
        "noaa_multiple_polygons.xml",
        ("Hurricane Warning", None, Action.CONTINUE, AlertStatus.ACTUAL),
    ),
    ("metno_gale_alert.cap.xml", ("大风", Level.YELLOW, Action.ISSUE, AlertStatus.ACTUAL)),
    ("cap11_weather.cap", ("Flash Flood Watch", None, Action.ISSUE, AlertStatus.ACTUAL)),
    ("latin1_encoding.cap", ("Earthquake", None, Action.ISSUE, AlertStatus.ACTUAL)),
    ("no_optional_fields.cap", ("", None, Action.ISSUE, AlertStatus.ACTUAL)),
    ("metno_mock_multi.cap.xml", "cap.namespace"),
    ("invalid_xmlns.cap", "cap.namespace"),
    ("invalid.cap", "cap.missing"),
    ("atom_index.atom", "cap.index"),
    ("atom_index_empty.atom", "cap.index"),
]


@pytest.mark.parametrize(("name", "expected"), SAMPLE_RESULTS)
def test_recorded_message(name: str, expected):
    if not SAMPLES.exists():
        pytest.skip(f"the collection of recorded messages is not here: {SAMPLES}")
    payload = (SAMPLES / name).read_bytes()
    if isinstance(expected, str):
        with pytest.raises(BadPayload) as refusal:
            cap.parse(payload, NOW)
        assert refusal.value.code == expected
        return
    (alert,) = cap.parse(payload, NOW)
    assert (alert.type, alert.level, alert.action, alert.status) == expected
    if name.startswith("noaa"):
        assert len(alert.polygons) == 2
        assert len(alert.supersedes) == 8
    if name.startswith("latin1"):
        assert "Usulután" in alert.headline
    if name.startswith("cma"):
        assert (alert.adcodes, alert.issuers, alert.previous_level) == (
            ("370614",),
            ("蓬莱区气象台",),
            Level.ORANGE,
        )


WHOLE = (PAYLOADS / "cap_two_languages_person_as_sender.xml").read_bytes()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3), st.integers(0, 4)),
        max_size=6,
    )
)
def test_only_declared_errors_come_out_of_damaged_messages(damages):
    payload = WHOLE
    for place, put, dropped in damages:
        payload = payload[:place] + put + payload[place + dropped :]
    try:
        assert cap.parse(payload, NOW)
    except WeatherError:
        return


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "Actual",
                "Update",
                "暴雨",
                "zh-CN",
                "Severe",
                "220400000000",
                "2022-07-08T10:20:00+08:00",
            ]
        ),
        st.text(
            st.characters(codec="utf-8", exclude_characters="<&", exclude_categories=["Cc", "Cs"]),
            max_size=30,
        ),
        max_size=4,
    )
)
def test_only_declared_errors_come_out_of_strange_values(values):
    text = WHOLE.decode()
    for old, new in values.items():
        text = text.replace(old, new)
    try:
        assert cap.parse(text.encode(), NOW)
    except WeatherError:
        return


def test_amounts_are_read_from_a_description_that_does_not_repeat_its_issuer():
    payload = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
        <identifier>a</identifier><sender>s</sender>
        <sent>2022-07-08T08:20:00+08:00</sent><status>Actual</status>
        <msgType>Alert</msgType><scope>Public</scope>
        <info><language>zh-CN</language><category>Met</category>
        <event>暴雨</event><urgency>Immediate</urgency>
        <severity>Moderate</severity><certainty>Likely</certainty>
        <headline>辽源市发布暴雨黄色预警</headline>
        <description>预计未来6小时内，龙山区降雨量将达50毫米以上。</description>
        <area><areaDesc>龙山区</areaDesc></area></info></alert>""".encode()
    (alert,) = cap.parse(payload, NOW)
    assert (alert.forecast_hours, alert.forecast_mm) == (6, 50)
