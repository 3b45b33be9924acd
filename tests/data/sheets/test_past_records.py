"""Records of reports, places and rain as others write them: the same whatever the form, and no
file that ends in more than a refusal.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadSheets
from data.sheets.rain_record import read_rain
from data.sheets.report_record import read_places, read_reports
from data.sheets.wall_times import wall_times

CHINA = ZoneInfo("Asia/Shanghai")
LONG = "date,place_id,count\n2016-07-01,A1,2\n2016-07-02,B2,1\n2016-07-13,A1,4\n"


def told(tmp_path, content, read, encoding="utf-8"):
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return read(path)


def entries(read):
    record = read.record
    return [
        (date.fromordinal(day).isoformat(), place, count)
        for day, place, count in zip(record.days, record.places, record.counts, strict=True)
        if count
    ]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (LONG, "utf-8"),
        (LONG, "utf-8-sig"),
        (LONG, "utf-16"),
        (LONG.replace(",", ";"), "utf-8"),
        (LONG.replace(",", "\t").replace("\n", "\r\n"), "utf-8"),
        (
            "日期,地点编号,次数\n2016年7月1日,A1,2\n2016年7月2日,B2,1\n2016年7月13日,A1,4\n",
            "gb18030",
        ),
        ("n,site,day\n4,A1,7/13/2016\n1,B2,7/2/2016\n2,A1,7/1/2016\n", "utf-8"),
        ("Location,Calls,Date\nA1,2,13.07.2016\nA1,0,02.07.2016\n", "utf-8"),
        ("2016-07-01,A1,2\n2016-07-02,B2,1\n2016-07-13,A1,4\n", "utf-8"),
        ("date,A1,B2,C3\n2016-07-01,2,0,0\n2016-07-02,0,1,0\n2016-07-13,4,,0\n", "utf-8"),
        ("year,month,day,area,calls\n2016,7,1,A1,2\n2016,7,2,B2,1\n2016,7,13,A1,4\n", "utf-8"),
        (
            "id,opened_at,closed_at,asset_id\n1,2016-07-01T08:00,2016-08-09,A1\n"
            "2,2016-07-01 09:10 PM,2016-08-09,A1\n3,20160702,,b2\n"
            + "".join(f"{n},2016-07-13 0{n}:00:00Z,,A1\n" for n in range(4, 8)),
            "utf-8",
        ),
    ],
)
def test_reports_are_the_same_in_whatever_form(tmp_path, content, encoding):
    found = entries(told(tmp_path, content, read_reports, encoding))
    sums = {}
    for day, place, count in found:
        sums[day, place] = sums.get((day, place), 0) + count
    wanted = {("2016-07-01", "a1"): 2, ("2016-07-02", "b2"): 1, ("2016-07-13", "a1"): 4}
    if "13.07.2016" in content:
        wanted = {("2016-07-13", "a1"): 2}
    assert sums == wanted


def test_bad_rows_are_told_with_their_lines_and_hide_no_others(tmp_path):
    content = LONG + 'yesterday,A1,1\n2016-07-15,,1\n2016-07-16,A1,many\n2016-07-17,"A1,-3\n'
    found = told(tmp_path, content + "2016-02-30,A1,1\n2016-07-18,A1,1\n", read_reports)
    assert [fault.row for fault in found.faults.told] == [5, 6, 7, 8, 9]
    assert len(entries(found)) == 4


PLACES = "place,road,in_service\nA1,Main,2015-03-01\nB2,Main,\nA1,Other,2016-01-01\n"


@pytest.mark.parametrize(
    "content", [PLACES, "雨水口编号,道路,启用日期\nA1,main,2015/3/1\nB2,main,\n"]
)
def test_places_with_their_road_and_since_when(tmp_path, content):
    first, second = told(tmp_path, content, read_places).places
    assert (first.name, first.road, first.since) == ("a1", "main", date(2015, 3, 1))
    assert (second.name, second.since) == ("b2", None)


def test_a_list_of_names_alone_is_a_list_of_places(tmp_path):
    assert [one.name for one in told(tmp_path, "place\nA\nB\n", read_places).places] == ["a", "b"]


HOURS = [0, 0.4, 6.1, 30.5, 12.7, 2.0, 0, 0, 0, 0.2, 0, 0]


def series(values, unit="mm", clock="%Y-%m-%d %H:%M", heading="time", newest_first=False):
    rows = [f"{datetime(2016, 7, 1, 6 + n):{clock}},{v}" for n, v in enumerate(values)]
    return "\n".join([f"{heading},{unit}", *(rows[::-1] if newest_first else rows)]) + "\n"


RUNNING = [round(sum(HOURS[: n + 1]), 4) for n in range(len(HOURS))]


@pytest.mark.parametrize(
    "content",
    [
        series(HOURS),
        series(HOURS, newest_first=True),
        series([round(v / 25.4, 6) for v in HOURS], unit="rain (in)"),
        series([round(v / 25.4, 6) for v in HOURS], unit="Precipitation, inches"),
        series(RUNNING, unit="累计雨量（毫米）", heading="时间"),
        series([round(v / 25.4, 6) for v in RUNNING], unit="cumulative_in", newest_first=True),
        series([f"{v} mm" for v in HOURS], unit="rain"),
        series(HOURS, unit="小时雨量", heading="观测时间", clock="%Y年%m月%d日%H时"),
        "date,hour,mm\n" + "".join(f"2016-07-01,{6 + n},{v}\n" for n, v in enumerate(HOURS)),
        "start,end,total_in,total_mm\n2016-07-01 07:00,2016-07-01 12:00,2.04,51.7\n"
        "2016-07-01 15:00,2016-07-01 16:00,0,0.2\n",
        "降雨开始时间,历时（小时）,雨量mm\n2016/7/1 7:00,5,51.7\n2016/7/1 15:00,1,0.2\n",
    ],
)
def test_rain_is_the_same_in_whatever_form(tmp_path, content):
    record = told(tmp_path, content, read_rain).record
    assert sum(spell.mm for spell in record.spells) == pytest.approx(51.9, abs=0.05)
    assert record.spells[0].start == datetime(2016, 7, 1, 7)
    assert record.spells[-1].end == datetime(2016, 7, 1, 16)
    assert not record.daily


@pytest.mark.parametrize(
    "content",
    [
        series([3100 + v for v in RUNNING], unit="cumulative_mm"),
        series([3100 + v for v in RUNNING], unit="累计雨量", newest_first=True),
        series([round(122 + v / 25.4, 6) for v in RUNNING], unit="cumulative_in"),
        "day,prcp (tenths of mm)\n2021-07-19,12\n2021-07-20,6240\n2021-07-21,3\n",
        "start,end,0.1 mm\n2021-07-20 08:00,2021-07-21 08:00,6255\n",
    ],
)
def test_a_total_of_years_and_a_flood_in_small_units_are_rain(tmp_path, content):
    """What may be true is asked of millimetres that fell, not of the figure that stands there."""
    found = told(tmp_path, content, read_rain)
    assert found.faults.count == 0
    expected = 625.5 if "2021" in content else 51.9
    assert sum(spell.mm for spell in found.record.spells) == pytest.approx(expected, abs=0.05)


def test_what_a_station_writes_for_nothing_is_not_taken_for_millimetres(tmp_path):
    rows = "2016-07-01 07:00,2016-07-01 12:00,2.04\n2016-07-02 07:00,2016-07-02 12:00,9999\n"
    found = told(tmp_path, f"start,end,rain\n{rows}", read_rain)
    assert [spell.mm for spell in found.record.spells] == [pytest.approx(51.8, abs=0.05)]


@pytest.mark.parametrize(("unit", "factor", "guess"), [("mm", 1, False), ("rain", 25.4, True)])
def test_days_of_rain_are_daily_and_a_unit_that_nobody_names_is_said(tmp_path, unit, factor, guess):
    rows = "".join(f"{day}/7/2016,{0.5 * (day % 3)}\n" for day in range(1, 29))
    found = told(tmp_path, f"day,{unit}\n{rows}31/7/2016,M\n30/7/2016,T\n", read_rain)
    assert found.record.daily
    assert (found.to_mm, found.is_guess, found.faults.count) == (factor, guess, 0)
    assert found.record.spells[0].start == datetime(2016, 7, 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("42625.5", datetime(2016, 9, 12, 12)),
        ("1473638400", datetime(2016, 9, 12)),
        ("201609121030", datetime(2016, 9, 12, 10, 30)),
        ("2016年9月12日下午3时05分", datetime(2016, 9, 12, 15, 5)),
        ("Sep 12, 2016 2:00 PM", datetime(2016, 9, 12, 14)),
        ("Mon, 12 Sep 2016 10:00:00 GMT", datetime(2016, 9, 12, 10)),
        ("2016-09-12 24:00", datetime(2016, 9, 13)),
        ("2016-09-12T10:00:00.5+08:00", datetime(2016, 9, 12, 10)),
        ("２０１６/９/１２", datetime(2016, 9, 12)),
        ("2016-09-31", None),
        ("12", None),
        ("2016-09-12 25:00", None),
    ],
)
def test_dates_as_they_are_written(written, meant):
    found = wall_times([])(written)
    assert (found and found.at) == meant


INSTANTS = [
    ("2016-07-13T04:00:00Z", "2016-07-13 12:00"),
    ("2016-07-13 20:30:00+00:00", "2016-07-14 04:30"),
    ("20160713T0400+0000", "2016-07-13 12:00"),
    ("7/13/2016 11:00 PM -05:00", "2016-07-14 12:00"),
    ("2016-07-13 12:00 GMT+8", "2016-07-13 12:00"),
    ("1468382400", "2016-07-13 12:00"),
    ("2016-07-13 04:00", "2016-07-13 04:00"),
]


@pytest.mark.parametrize(("written", "told"), INSTANTS)
def test_what_says_an_offset_is_told_by_the_districts_clock(tmp_path, written, told):
    rain, reports = tmp_path / "rain.csv", tmp_path / "reports.csv"
    rain.write_text(f"time,mm\n{written},12\n", encoding="utf-8")
    reports.write_text(f"reported_at,place\n{written},A1\n", encoding="utf-8")
    meant = datetime.fromisoformat(told)
    assert read_rain(rain, CHINA).record.spells[0].start == meant
    assert read_reports(reports, CHINA).record.days == (meant.toordinal(),)


@pytest.mark.parametrize("end", ["", "Z", " UTC", "+00:00"])
def test_an_offset_in_a_column_of_its_own_counts(tmp_path, end):
    path = tmp_path / "rain.csv"
    path.write_text(f"date,time,mm\n2016-07-13,20:30{end},12\n", encoding="utf-8")
    hours = 8 if end else 0
    meant = datetime(2016, 7, 13, 20, 30) + timedelta(hours=hours)
    assert read_rain(path, CHINA).record.spells[0].start == meant


@pytest.mark.parametrize("end", ["Z", "T00:00:00.000Z", " 00:00+00:00", "T00:00:00-05:00"])
def test_days_exported_as_midnights_stay_days(tmp_path, end):
    path = tmp_path / "rain.csv"
    rows = "".join(f"2016-07-{day}{end},{day}\n" for day in (13, 14, 15))
    path.write_text(f"date,mm\n{rows}", encoding="utf-8")
    found = read_rain(path, CHINA).record
    assert found.daily
    assert found.spells[0].start == datetime(2016, 7, 13)


WORDS = st.text(st.sampled_from('0123456789-/:., ;\t"年月日aT期\n降雨mm地点次数'), max_size=300)


@given(st.binary(max_size=300) | WORDS.map(lambda own: f"date,place,mm\n{own}".encode()))
@settings(max_examples=150, deadline=None)
def test_no_file_ends_in_more_than_a_refusal(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    for read in (read_reports, read_places, read_rain):
        with suppress(BadSheets):
            read(path)
