"""Recorded payloads through the real path: order of time, what each holds, what is refused."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ops.auth.permissions import CONSOLE
from ops.base.errors import CommandError
from ops.intake.operations import start_drill
from ops.intake.replay import recordings, take
from tests.helpers.makers import NOW, make_city
from tests.helpers.paths import LONGSHAN
from weather.model import AlertStatus, WeatherError

ZONE = ZoneInfo("Asia/Shanghai")
YELLOW = (
    "辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号："
    "预计未来6小时内，龙山区降雨量将达50毫米以上。"
)
RAIN = LONGSHAN / "forecast.json"


def test_times_stand_in_the_names(tmp_path):
    for name in (
        "2022-07-08T09-00-00Z_b.txt",
        "20220708T0820_a.txt",
        "20220708_082100+0900.xml",
        ".hidden",
    ):
        (tmp_path / name).write_text(YELLOW, encoding="utf-8")
    assert [(one.path.name, one.at) for one in recordings(tmp_path, ZONE)] == [
        ("20220708_082100+0900.xml", datetime(2022, 7, 7, 23, 21, tzinfo=UTC)),
        ("20220708T0820_a.txt", datetime(2022, 7, 8, 0, 20, tzinfo=UTC)),
        ("2022-07-08T09-00-00Z_b.txt", datetime(2022, 7, 8, 9, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("20220708T0820-0400", "12:20"),
        ("20220708T0820-04:00", "12:20"),
        ("20220708T082000-0400", "12:20"),
        ("2022-07-08T08-20-00-0400", "12:20"),
        ("2022-07-08T08-20-0400", "12:20"),
        ("2022-07-08_08:20+05:45", "02:35"),
        ("20220708T0820+08", "00:20"),
        ("20220708T0820Z", "08:20"),
        ("20220708T0820-warning", "14:20"),
        ("20220708T0820", "14:20"),
        ("20221208T0820", "15:20"),
    ],
)
def test_an_offset_in_a_name_counts_and_without_one_it_is_the_districts_time(tmp_path, stamp, utc):
    (tmp_path / f"{stamp}.txt").write_text(YELLOW, encoding="utf-8")
    (record,) = recordings(tmp_path, ZoneInfo("America/Denver"))
    assert f"{record.at:%H:%M}" == utc


@pytest.mark.parametrize(
    "stamp",
    [
        "20220708T0820-04",
        "20220708T0820-2022",
        "20220708T08-20-00-1",
        "20220708T082004.123Z",
        "20220708T0820z",
        "20220708T082004-0001",
    ],
)
def test_a_time_that_is_not_clear_is_refused(tmp_path, stamp):
    (tmp_path / f"{stamp}.txt").write_text(YELLOW, encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        recordings(tmp_path, ZONE)
    assert refused.value.code == "replay.unclear_time"


@pytest.mark.parametrize("stamp", ["20220313T0230", "20221106T0130"])
def test_a_local_time_that_is_skipped_or_there_twice_is_refused(tmp_path, stamp):
    (tmp_path / f"{stamp}.txt").write_text(YELLOW, encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        recordings(tmp_path, ZoneInfo("America/New_York"))
    assert refused.value.code == "replay.unclear_time"


def test_times_stand_in_an_index(tmp_path):
    (tmp_path / "a.txt").write_text(YELLOW, encoding="utf-8")
    (tmp_path / "index.csv").write_text(
        "file,received_at\na.txt,2022-07-08T08:20\n", encoding="utf-8-sig"
    )
    (record,) = recordings(tmp_path, ZONE)
    assert record.at == NOW


@pytest.mark.parametrize(
    ("index", "code"),
    [
        ("file,received_at\n../x,2022-07-08T08:20\n", "replay.outside"),
        ("file,received_at\na.txt,soon\n", "replay.no_time"),
        ("file,received_at\n", "replay.nothing"),
        ("other\n1\n", "replay.outside"),
        (b"\xff\xfe\x00", "replay.unreadable"),
    ],
)
def test_a_bad_index_is_refused(tmp_path, index, code):
    (tmp_path / "index.csv").write_bytes(index if isinstance(index, bytes) else index.encode())
    with pytest.raises(CommandError) as refused:
        recordings(tmp_path, ZONE)
    assert refused.value.code == code


def test_a_folder_that_is_none_or_empty_is_refused(tmp_path):
    for folder, code in ((tmp_path / "none", "replay.unreadable"), (tmp_path, "replay.nothing")):
        with pytest.raises(CommandError) as refused:
            recordings(folder, ZONE)
        assert refused.value.code == code


def test_payloads_are_taken_as_an_exercise(tmp_path, store):
    store.replace_city(make_city())
    drill = start_drill(store, CONSOLE, NOW, NOW)
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "20220708T0820.txt").write_text(YELLOW, encoding="utf-8")
    (folder / "20220708T0821.json").write_bytes(RAIN.read_bytes())
    (folder / "20220708T0822.json").write_bytes(b"{}")
    warning, forecast, garbage = recordings(folder, ZONE)
    brought = take(store, drill, warning)
    assert [each.alert.status for each in brought.alerts] == [AlertStatus.EXERCISE]
    assert brought.series is None
    assert take(store, drill, forecast).alerts is None
    assert len(store.triggers.pending(drill.id)) == 2
    with pytest.raises(WeatherError):
        take(store, drill, garbage)
