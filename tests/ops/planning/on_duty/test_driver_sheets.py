"""A driver's sheet: whose shift his work is in, and whether it is beyond it."""

from dataclasses import replace

import pytest

from data.model.ids import UnitId
from data.model.plan import UnitKind
from ops.base.messages import Translator
from ops.documents import labels
from ops.planning.duty_sheets import station_sheets
from tests.helpers.makers import local, make_assignment, make_city, make_version

CITY = make_city()


@pytest.mark.parametrize(
    ("shift", "leave", "start", "end", "before", "beyond"),
    [
        ("night", 23.9, 24.1, 24.8, True, False),  # he sets out before midnight for one from then
        ("night", 23.7, 23.9, 24.5, True, False),
        ("night", 31.0, 31.5, 32.4, False, True),
        ("late", 23.0, 23.2, 24.5, False, True),
        ("day", 16.1, 16.2, 16.5, False, True),
        ("day", 7.7, 7.9, 8.5, True, False),
        ("day", 8.0, 8.1, 8.5, False, False),
    ],
)
def test_a_sheet_tells_what_lies_before_and_after_the_shift_that_the_work_is_in(
    shift, leave, start, end, before, beyond
):
    job = make_assignment("desilt:S1", "M-suction_truck@24h")
    member = replace(
        job.members[0],
        unit_id="M-suction_truck@24h",
        kind=UnitKind.MACHINE,
        resource_id="M-suction_truck",
        driver_id=f"D-suction_truck-{shift}",
        leave_at=local(leave),
        arrive_at=local(start),
    )
    job = replace(job, members=(member,), start_at=local(start), end_at=local(end))
    version = replace(make_version(1, assignments=(job,)), rests=())
    (unit,) = [unit for sheet in station_sheets(version, CITY) for unit in sheet.units]
    assert unit.shift.id == shift
    assert (unit.overtime is not None) is beyond
    assert (unit.early and unit.early.facts["since"]) == (local(leave) if before else None)


@pytest.mark.parametrize(
    ("begins", "who", "sheets"),
    [
        (32.0, "D-suction_truck-day", 1),  # from the call right into the shift
        (34.0, "D-suction_truck-day", 1),  # no rest between
        (38.0, "D-suction_truck-day", 1),  # it is what he does next, however long he rests
        (26.5, "D-suction_truck-day", 2),  # two at one time are no sheet to be read
        (32.0, "D-suction_truck-late", 2),  # another person
    ],
)
def test_who_goes_from_a_call_into_the_own_shift_has_one_sheet(begins, who, sheets):
    def job(name, unit, driver, start, end):
        made = make_assignment(name, unit)
        member = replace(
            made.members[0],
            unit_id=unit,
            kind=UnitKind.MACHINE,
            resource_id="M-suction_truck",
            driver_id=driver,
            leave_at=local(start),
            arrive_at=local(start),
        )
        return replace(made, members=(member,), start_at=local(start), end_at=local(end))

    called = job("desilt:S1", "M-suction_truck+@2022-07-08", "D-suction_truck-day", 25, 27)
    own = job("desilt:S2", "M-suction_truck@2022-07-09", who, begins, begins + 1)
    version = replace(make_version(1, assignments=(own, called)), rests=())
    units = [unit for sheet in station_sheets(version, CITY) for unit in sheet.units]
    assert len(units) == sheets
    if sheets == 1:
        assert [stop.assignment for stop in units[0].stops] == [called, own]
        assert units[0].overtime.facts["until"] == local(27)
        assert units[0].early is None, "he comes from the call"


def test_all_that_a_driver_does_who_is_called_in_is_overtime():
    called = "M-suction_truck+@2022-07-08"
    assert UnitId.parse(called).is_called_in
    job = make_assignment("desilt:S1", called)
    member = replace(
        job.members[0],
        unit_id=called,
        kind=UnitKind.MACHINE,
        resource_id="M-suction_truck",
        driver_id="D-suction_truck-day",
    )
    job = replace(job, members=(member,), start_at=local(25), end_at=local(26))
    version = replace(make_version(1, assignments=(job,)), rests=())
    (unit,) = [unit for sheet in station_sheets(version, CITY) for unit in sheet.units]
    assert unit.overtime.facts["until"] == local(26)


@pytest.mark.parametrize(
    ("leave", "until", "said"),
    [
        (7.5, 9, "白班，07:30提前上岗"),
        (8, 9, "白班"),
        (7.5, 17, "白班，07:30提前上岗、加班至17:00（劳动法第41条）"),
    ],
)
def test_a_crew_s_sheet_says_when_it_comes_before_its_shift(leave, until, said):
    crew = next(one.id for one in CITY.crews if one.shift_id == "day")
    job = make_assignment("guard:S1", f"{crew}@2022-07-08")
    member = replace(
        job.members[0], resource_id=crew, leave_at=local(leave), arrive_at=local(leave)
    )
    job = replace(job, members=(member,), start_at=local(leave), end_at=local(until))
    version = replace(make_version(1, assignments=(job,)), rests=())
    (unit,) = [unit for sheet in station_sheets(version, CITY) for unit in sheet.units]
    assert labels.with_hours(Translator("zh"), "白班", unit) == said
