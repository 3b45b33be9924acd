"""Who stands at one post without a break has one line on the sheet, however many jobs it is."""

from io import StringIO

from rich.console import Console

from data.model.message import Message
from data.model.plan import JobKind, Phase
from ops.base.messages import Translator
from ops.documents.terminal import print_sheets
from ops.planning.duty_sheets import joined, runs, station_sheets
from tests.helpers.town import crew_member, make_assignment, make_city, make_version, minutes

SAY = Translator()
NAMES = ("incident:1", "incident:1:2", "incident:1:3", "incident:1:4", "incident:1:5")


def stay(number: int, state: str, phase: Phase = Phase.DURING):
    """One hour of a stay: from half past ten for the first."""
    start, end = 150 + 60 * number, 210 + 60 * number
    return make_assignment(
        NAMES[number],
        JobKind.GUARD,
        phase,
        1,
        (crew_member(1, start - (10 if number == 0 else 0), start),),
        start,
        end,
        inlet_ids=(),
        state=state,
        why=(Message("why.help", {"by": "x", "at": minutes(start)}),),
    )


STATES = ("past", "past", "past", "under_way", "planned")


def hours():
    """Five hours at one water; the rain is over in the last."""
    jobs = [stay(n, state) for n, state in enumerate(STATES)]
    return [*jobs[:4], stay(4, "planned", Phase.AFTER)]


def sheet_of(jobs):
    version = make_version(assignments=tuple(jobs), rests=())
    units = [unit for one in station_sheets(version, make_city()) for unit in one.units]
    return next(unit for unit in units if unit.resource_id == "C1")


def test_hours_at_one_water_are_one_line_that_says_how_it_is_now():
    (stop,) = joined(sheet_of(hours())).stops
    job = stop.assignment
    assert (stop.leave_at, stop.arrive_at) == (minutes(140), minutes(150))
    assert (job.job_id, job.state) == (NAMES[3], "under_way")
    assert (job.start_at, job.end_at) == (minutes(150), minutes(450))
    assert job.why[0].facts["at"] == minutes(330), "the newest that is known of it"


def test_what_is_past_is_a_run_of_its_own_where_something_is_reported():
    found = [[stop.assignment.job_id for stop in run] for run in runs(sheet_of(hours()))]
    assert found == [[*NAMES[:3]], [*NAMES[3:]]]


def test_the_terminal_tells_a_stay_once_too():
    told = StringIO()
    version = make_version(assignments=tuple(hours()), rests=())
    print_sheets(version, make_city(), SAY, Console(file=told, width=150))
    lines = [line for line in told.getvalue().splitlines() if "值守" in line and "│" in line]
    assert len(lines) == 1
    assert f"{minutes(450).astimezone(SAY.zone):%H:%M}" in lines[0]
