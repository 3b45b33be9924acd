"""A sheet is read at three in the morning: what belongs together is one line, and what is over is
one too. What it says of the hour is true at that hour.
"""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from data.model.message import Message
from data.model.plan import JobKind, Phase, RainOutlook
from ops.base.messages import LANGUAGES, Translator
from ops.documents import labels
from ops.documents.duty_sheet_pdf import duty_sheets
from ops.documents.terminal import print_sheets
from ops.planning.duty_sheets import in_short, station_sheets
from tests.helpers.files.pdf import squeezed, words_of
from tests.helpers.town import (
    NOW,
    crew_member,
    machine_member,
    make_assignment,
    make_city,
    make_version,
    minutes,
)

SAY = Translator()


def portion(number: int, start: int, *others, segment=0, phase=Phase.BEFORE, **changed):
    """Three inlets of the road, twenty minutes from ``start`` on."""
    facts = {
        "inlet_ids": tuple(f"G00-{3 * number + n:02}" for n in range(3)),
        "why": (Message("risk.low_lying"), Message("why.prevents", {"hours": 1.5 + number})),
    }
    return make_assignment(
        f"clear:G00:{number}",
        JobKind.CLEAR,
        phase,
        segment,
        [crew_member(1, start, start), *others],
        start,
        start + 20,
        **(facts | changed),
    )


def stops(*jobs):
    version = make_version(assignments=jobs, rests=())
    units = [unit for sheet in station_sheets(version, make_city()) for unit in sheet.units]
    mine = next(unit for unit in units if unit.resource_id == "C1")
    return [stop.assignment for stop in in_short(mine).stops]


def sheet(tmp_path, *jobs, **facts) -> str:
    version = make_version(**({"assignments": jobs, "rests": ()} | facts))
    return words_of(duty_sheets(version, make_city(), [], SAY, "S2"), tmp_path)


def test_portions_of_one_road_one_after_the_other_are_one_line_with_all_inlets_and_their_sum():
    (one,) = stops(portion(0, 10), portion(1, 30), portion(2, 50))
    assert (one.start_at, one.end_at) == (minutes(10), minutes(70))
    assert len(one.inlet_ids) == 9
    assert one.why[-1] == Message("why.prevents", {"hours": 7.5})


@pytest.mark.parametrize(
    "second",
    [
        portion(1, 35),  # five minutes between: they are elsewhere, or eat
        portion(1, 30, segment=1),
        portion(1, 30, crew_member(4, 30, 30)),
        portion(1, 30, phase=Phase.DURING),
        portion(1, 30, why=(Message("why.half_done"),)),
        portion(1, 30, state="under_way"),
    ],
)
def test_what_differs_in_anything_that_is_read_has_a_line_of_its_own(second):
    assert len(stops(portion(0, 10), second)) == 2


def test_no_inlet_of_a_long_line_is_lost_on_paper(tmp_path):
    told = sheet(tmp_path, *(portion(n, 10 + 20 * n) for n in range(6)))
    assert told.count("雨水口清掏") == 1
    assert "雨水口18处" in told
    assert "G00:" in told
    assert all(f"{n:02}" in told.partition("G00:")[2] for n in range(18))


def test_what_is_past_is_one_line_and_who_has_nothing_ahead_is_not_on_the_sheet(tmp_path):
    gone = [portion(n, -100 + 25 * n, state="past") for n in range(3)]
    told = sheet(tmp_path, *gone, portion(4, 30))
    assert "时段已过3项" in told
    assert told.count("雨水口清掏") == 1
    assert "出动1组" in told
    assert "本版没有安排本站出勤" in sheet(tmp_path, *gone)


def test_the_terminal_joins_them_too():
    told = StringIO()
    version = make_version(assignments=(portion(0, 10), portion(1, 30)), rests=())
    print_sheets(version, make_city(), SAY, Console(file=told, width=150))
    assert told.getvalue().count("雨水口清掏") == 1


def test_the_terminal_tells_what_each_job_prevents():
    """It told the first three reasons, the warning and the arithmetic of the risk among them."""
    share = Message("why.prevents", {"hours": 6.5})
    heads = (Message("why.jet"), Message("why.alert"), Message("risk.expected"))
    told = StringIO()
    version = make_version(assignments=(replace(portion(0, 10), why=(*heads, share)),), rests=())
    print_sheets(version, make_city(), SAY, Console(file=told, width=200))
    assert SAY.message(share) in told.getvalue()


def test_who_sets_out_before_midnight_for_the_night_has_the_night_s_day(tmp_path):
    """The night shift of 9 July begins at midnight: ten minutes before it is still the 8th."""
    late = 15 * 60 + 30  # minutes after 08:20: ten to midnight
    night = replace(make_city().crews[0], shift_id="night")
    city = replace(make_city(), crews=(night, *make_city().crews[1:]))
    member = replace(crew_member(1, late, late + 15), unit_id="C1@2022-07-09")
    job = make_assignment(
        "guard:G00:1", JobKind.GUARD, Phase.DURING, 0, [member], late + 15, late + 100
    )
    version = make_version(assignments=(job,), rests=())
    told = words_of(duty_sheets(version, city, [], SAY, "S2"), tmp_path)
    assert "7月9日夜班00:00–08:00" in told
    assert "23:50提前上岗" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_crew_loads_no_truck_and_a_truck_s_own_sheet_says_how_it_is_made_ready(language):
    say = Translator(language)
    for kind in JobKind:
        crew = labels.to_load(say, [kind])
        assert all(say(f"machine.{one}") not in crew for one in labels.FITTED_OUT)
    filled = labels.to_load(say, [JobKind.JET], "jetting_truck")
    assert say("fitted.jetting_truck") in filled
    assert filled != labels.to_load(say, [JobKind.JET])
    assert labels.to_load(say, [], "jetting_truck") == ""


def test_a_truck_that_works_with_a_crew_is_filled_on_its_own_sheet_alone(tmp_path):
    job = make_assignment(
        "jet:G01",
        JobKind.JET,
        Phase.BEFORE,
        1,
        [crew_member(2, 10, 20), machine_member(1, 8, 18)],
        20,
        60,
    )
    version = make_version(assignments=(job,), rests=())
    told = words_of(duty_sheets(version, make_city(), [], SAY, "S1"), tmp_path)
    assert told.count(squeezed(SAY("fitted.jetting_truck"))) == 1


def rain(source: str, **changed) -> RainOutlook:
    """Four hours from an hour before now, 10 mm each."""
    facts = {
        "source": source,
        "provider": "open-meteo",
        "fetched_at": NOW,
        "onset_at": NOW - timedelta(hours=1),
        "end_at": NOW + timedelta(hours=3),
        "total_mm": 40.0,
        "peak_mm_h": 10.0,
        "hours": tuple((NOW + n * timedelta(hours=1), 10.0) for n in range(-1, 3)),
    }
    return RainOutlook(**(facts | changed))


@pytest.mark.parametrize("source", ["forecast", "alert", "both"])
def test_rain_that_has_begun_is_not_told_as_expected(source):
    on = rain(source)
    before = labels.rain_ahead(SAY, on, NOW - timedelta(hours=2))
    during = labels.rain_ahead(SAY, on, NOW)
    after = labels.rain_ahead(SAY, on, NOW + timedelta(hours=4))
    assert "开始降雨" in before
    assert "已在降雨" in during
    assert "约 40 毫米" in during
    assert "还有约 30 毫米" in during
    assert "结束" in after
    assert "开始降雨" not in during + after


def test_rain_that_is_measured_or_known_without_its_hours_is_told_as_before():
    assert "实测已有降雨" in labels.rain_ahead(SAY, rain("measured"), NOW)
    assert "已在降雨" not in labels.rain_ahead(SAY, rain("both", hours=()), NOW)
    assert labels.rain_ahead(SAY, rain("none", onset_at=None, end_at=None), NOW) == ""
