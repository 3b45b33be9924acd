"""Recorded rain as a drill's storm, in whatever form a bureau has it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.sheets.rain_record import read_rain
from ops.base.errors import Invalid
from ops.drill.parameters import StormShape
from ops.drill.physics.recorded import recorded
from ops.drill.physics.storms import MINUTE

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = [(10 + n, mm) for n, mm in enumerate((2, 12, 30, 20, 6))]
FIRST = datetime(2022, 7, 8, 10, tzinfo=ZONE)


def table(head, rows):
    return "\n".join([head, *rows]) + "\n"


def by_hours(factor=1.0):
    return [f"2022-07-08 {hour:02d}:00,{mm * factor:.3f}" for hour, mm in HOURS]


def running():
    total, rows = 0.0, ["2022-07-08 09:00,0"]
    for hour, mm in HOURS:
        total += mm
        rows.append(f"2022-07-08 {hour:02d}:00,{total}")
    return rows


def by_minutes():
    return [
        f"2022-07-08 {hour:02d}:{minute:02d},{mm / 60:.4f}"
        for hour, mm in HOURS
        for minute in range(60)
    ]


FORMS = {
    "hours": table("time,rain_mm", by_hours()),
    "hours, latest first": table("time,rain_mm", by_hours()[::-1]),
    "inches": table("time,rain_in", by_hours(1 / 25.4)),
    "minutes": table("时间,雨量(毫米)", by_minutes()),
    "running total": table("time,cumulative_mm", running()),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rain_in_any_form_is_the_same_storm(form, tmp_path):
    path = tmp_path / "rain.csv"
    path.write_text(FORMS[form], encoding="utf-8")
    storm = recorded(read_rain(path).record, ZONE, 40, StormShape())
    assert sum(storm.rain_mm_h) / 60 == pytest.approx(70, rel=0.01)
    wet = [n for n, rate in enumerate(storm.rain_mm_h) if rate > 0]
    assert wet[0] == 40, "warned of so long before"
    assert abs(storm.begin + 40 * MINUTE - FIRST) <= timedelta(hours=1)
    (warned,) = storm.warnings
    assert (warned.colour, warned.hours, warned.mm) == ("orange", 3, 60)
    assert sum(storm.forecast_mm.values()) == pytest.approx(70, rel=0.01)


def test_the_heaviest_storm_of_a_record_is_taken_and_days_are_none(tmp_path):
    path = tmp_path / "rain.csv"
    more = ["2022-07-20 05:00,40", "2022-07-20 06:00,45"]
    path.write_text(table("time,rain_mm", [*by_hours(), *more]), encoding="utf-8")
    storm = recorded(read_rain(path).record, ZONE, 0, StormShape())
    assert sum(storm.rain_mm_h) / 60 == pytest.approx(85, rel=0.01)
    assert storm.begin.date().day == 20
    days = tmp_path / "days.csv"
    days.write_text(table("date,rain_mm", [f"2022-07-{n:02d},{n}" for n in range(1, 29)]))
    with pytest.raises(Invalid):
        recorded(read_rain(days).record, ZONE, 0, StormShape())
