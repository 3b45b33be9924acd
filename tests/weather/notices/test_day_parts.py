"""Times named by a part of the day, and how long a warning holds that names them."""

from datetime import datetime

import pytest

from weather.in_force import in_force
from weather.notices import parse
from weather.notices.day_parts import windows
from weather.notices.text import BEIJING, clean
from weather.validity import ends_at


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 6, day, hour, minute, tzinfo=BEIJING)


def only(forecast: str, issued_at: datetime, level: str = "黄色"):
    text = f"梅河口市气象台2023年6月{issued_at:%d日%H时%M分}发布暴雨{level}预警信号：{forecast}"
    (alert,) = parse.parse(text, issued_at)
    return alert


WINDOWS = [  # words, said at, from, until
    ("预计今天傍晚到夜间", at(8, 9), at(8, 16), at(9, 8)),
    ("8日夜间至9日白天", at(8, 9), at(8, 20), at(9, 20)),
    ("8日下午至10日凌晨", at(8, 9), at(8, 12), at(10, 6)),
    ("今天上半夜", at(8, 19), at(8, 20), at(9, 0)),
    ("今天前半夜到后半夜", at(8, 19), at(8, 20), at(9, 8)),
    ("明天白天", at(8, 19), at(9, 8), at(9, 20)),
    ("今晚到明晨", at(8, 17), at(8, 18), at(9, 9)),
    ("今夜", at(8, 17), at(8, 20), at(9, 8)),
    ("夜里", at(9, 2), at(8, 20), at(9, 8)),
    ("凌晨", at(8, 22), at(9, 0), at(9, 6)),
    ("后半夜到明天上午", at(8, 22), at(9, 0), at(9, 12)),
    ("明天中午以前", at(8, 19), at(8, 19), at(9, 14)),
    ("9日上午10时之前", at(8, 19), at(8, 19), at(9, 10)),
    ("8日15时至9日早晨", at(8, 14), at(8, 15), at(9, 9)),
    ("30日夜间到1日上午", at(30, 9), at(30, 20), datetime(2023, 7, 1, 12, tzinfo=BEIJING)),
    ("8日晚上到9日", at(8, 9), at(8, 18), at(10, 0)),
    ("今明两天", at(8, 9), at(8, 0), at(10, 0)),
    ("后天上午", at(8, 9), at(10, 6), at(10, 12)),
    ("次日早晨", at(8, 9), at(9, 4), at(9, 9)),
]


@pytest.mark.parametrize(("words", "said_at", "start", "end"), WINDOWS)
def test_part_of_the_day_is_a_window(words: str, said_at: datetime, start, end):
    (window,) = windows(clean(words), said_at)
    assert (window.start, window.end) == (start, end)


@pytest.mark.parametrize(
    "words",
    ["前期降雨偏多", "将出现明显降雨", "未来24小时", "8日14时至9日8时", "以后", "当地", "后期"],
)
def test_other_words_name_no_window(words: str):
    assert windows(clean(words), at(8, 9)) == []


@pytest.mark.parametrize(
    ("forecast", "issued_at", "end"),
    [
        ("预计8日傍晚至9日上午我市有短时强降水，小时雨强20～40毫米，请防范", at(8, 10), at(9, 12)),
        ("预计今天夜里到明天白天，我市有暴雨", at(8, 16), at(9, 20)),
        ("预计明天傍晚以前，我市将有50毫米以上降雨", at(8, 16), at(9, 20)),
        ("预计今天下半夜我市局部有暴雨，雨强可达30毫米/小时", at(8, 21), at(9, 8)),
        ("预计8日上半夜雨势较强", at(8, 18), at(9, 0)),
        ("预计明天我市有大到暴雨", at(8, 18), at(10, 0)),
        ("预计未来24小时我市有暴雨，主要降雨时段在今天傍晚到夜间", at(8, 10), at(9, 10)),
        ("过去3小时出现30毫米降水，预计凌晨到上午仍有强降水", at(8, 3), at(8, 12)),
    ],
)
def test_warning_holds_to_the_end_of_the_time_it_names(forecast: str, issued_at, end):
    alert = only(forecast, issued_at)
    assert ends_at(alert) == end
    assert in_force([alert], end - (end - issued_at) / 10) == (alert,)


@pytest.mark.parametrize(
    ("forecast", "hourly", "hours"),
    [
        ("预计我市将出现短时强降水，小时雨强可达40毫米以上", 40, 6),
        ("预计我市将出现20毫米/小时以上的强降水", 20, 6),
        ("预计我市最大雨强可达60毫米/小时", 60, 6),
        ("预计我市将出现1小时50毫米以上的短时强降水", 50, 6),
        ("预计我市最大小时雨量可达35毫米", 35, 6),
        ("预计未来2小时我市一小时最大雨强可达35毫米", 35, 2),
        ("预计未来1小时我市降雨量将达30毫米以上", None, 1),
    ],
)
def test_rate_is_no_duration(forecast: str, hourly: float | None, hours: float):
    alert = only(forecast, at(8, 10))
    assert alert.hourly_mm == hourly
    assert (ends_at(alert) - alert.issued_at).total_seconds() / 3600 == hours


def test_amount_of_hours_beside_a_window_of_a_day():
    alert = only("预计8日夜间至9日夜间，我市将出现6小时100毫米以上的强降水", at(8, 16), "橙色")
    assert (alert.forecast_mm, alert.forecast_hours, alert.window_hours) == (100, 6, 36)
    assert alert.onset_at == at(8, 20)
    assert ends_at(alert) == at(10, 8)


def test_amount_in_a_window_has_its_hours():
    alert = only("预计9日白天我市降雨量将达60～80毫米", at(8, 20))
    assert (alert.forecast_mm, alert.forecast_mm_max, alert.forecast_hours) == (60, 80, 12)


@pytest.mark.parametrize(
    "forecast",
    [
        "预计未来有强降水，有效时间至2023年6月8日6时",
        "预计未来有强降水，有效期至2023年06月07日20时",
        "预计今天上午我市有短时强降水",
    ],
)
def test_end_before_the_beginning_is_none_and_doubted(forecast: str):
    alert = only(forecast, at(8, 18), "橙色")
    assert "doubt.end_before_start" in alert.doubts
    assert ends_at(alert) == at(8, 21)


def test_what_has_fallen_in_the_night_names_no_window():
    alert = only("昨天夜间至今天上午我市已出现50毫米以上降水，预计未来3小时降水持续", at(8, 12))
    assert (alert.observed_mm, alert.forecast_mm, alert.forecast_hours) == (50, None, 3)
    assert ends_at(alert) == at(8, 15)


@pytest.mark.parametrize(
    ("forecast", "end"),
    [
        ("有效时段8日18时至8日12时", at(9, 0)),
        ("有效期至8日12时", at(9, 0)),
        ("预计9日14时至8日20时有暴雨", at(9, 0)),
        ("有效时间为8日18时至9日8时", at(9, 8)),
        ("有效期6小时：预计今天夜间我市有暴雨", at(9, 8)),
    ],
)
def test_span_of_validity(forecast: str, end: datetime):
    alert = only(forecast, at(8, 18))
    assert ends_at(alert) == end
    assert ("doubt.end_before_start" in alert.doubts) == (end == at(9, 0))


def test_span_over_the_end_of_a_month_of_thirty_days():
    alert = only("预计30日20时至1日8时降雨量60毫米", at(30, 18))
    assert (alert.forecast_hours, alert.onset_at) == (12, at(30, 20))


def test_day_without_a_foretold_thing_is_no_window():
    (alert,) = parse.parse("梅河口市气象台今天发布暴雨黄色预警信号", at(8, 18))
    assert (alert.onset_at, alert.expires_at) == (None, None)


@pytest.mark.parametrize(
    ("when", "issued", "doubt"),
    [
        ("6月10日8时", at(10, 8), "doubt.in_future"),
        ("9日8时", at(9, 8), "doubt.in_future"),
        ("5日8时", at(5, 8), "doubt.month_assumed"),
    ],
)
def test_date_soon_to_come_is_not_that_of_long_ago(when: str, issued: datetime, doubt: str):
    (alert,) = parse.parse(f"梅河口市气象台{when}发布暴雨黄色预警信号：未来6小时有暴雨", at(8, 14))
    assert alert.issued_at == issued
    assert doubt in alert.doubts


@pytest.mark.parametrize(
    ("words", "onset", "end"),
    [
        ("今晚7时至9时", (9, 19), (9, 21)),
        ("今天下午5时到7时", (9, 17), (9, 19)),
        ("今晚9时至11时", (9, 21), (9, 23)),
        ("今晚9时至明天3时", (9, 21), (10, 3)),
        ("今晚9时至3时", (9, 21), (10, 3)),
        ("今天夜间22时至2时", (9, 22), (10, 2)),
    ],
)
def test_hours_of_an_evening_are_of_that_evening(words, onset, end):
    text = f"辽源市气象台9日16时发布暴雨橙色预警信号：预计{words}，城区有强降雨，雨量可达30毫米。"
    received = datetime(2024, 7, 9, 16, 15, tzinfo=BEIJING)
    (alert,) = parse.parse(text, received)
    assert alert.onset_at == datetime(2024, 7, *onset, tzinfo=BEIJING)
    assert ends_at(alert) == datetime(2024, 7, *end, tzinfo=BEIJING)
