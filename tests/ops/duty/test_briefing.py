"""A briefing counts what was reported, tells it apart from what was planned, and each unit once."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from data.model.field import EventKind, FieldEvent
from data.model.ids import UnitId
from data.model.plan import JobKind, Phase
from ops.analytics.history import History
from ops.base.messages import LANGUAGES, Translator
from ops.documents.briefing import Briefing, as_pdf, as_tables
from ops.documents.spreadsheets import as_excel
from ops.duty.briefing import BriefingKind, BriefingSettings, Effort, briefing_figures
from tests.helpers.files.pdf import pages, squeezed, words_of
from tests.helpers.town import (
    NOW,
    crew_member,
    machine_member,
    make_assignment,
    make_city,
    make_operation,
    make_version,
    minutes,
)

CITY = make_city()
SHANGHAI = ZoneInfo("Asia/Shanghai")


def tap(kind: EventKind, job_id: str, station: str, minute: int, **changes) -> FieldEvent:
    facts = {
        "operation_id": 1,
        "event_id": f"{kind}:{job_id}:{station}:{minute}",
        "version": 2,
        "station_id": station,
        "kind": kind,
        "job_id": job_id,
        "server_at": minutes(minute),
        "by": station,
    }
    return FieldEvent(**(facts | changes))


def figures(*events: FieldEvent, version=None, begin: int = -60, end: int = 400):
    version = version or make_version()
    history = History(operation=make_operation(), versions=(version,), events=events)
    span = minutes(begin), minutes(end)
    return briefing_figures(history, history.cases(CITY), CITY, *span)


def test_with_no_word_from_anybody_only_the_plan_has_figures():
    found = figures()
    assert found.reported == Effort()
    assert found.planned.people > 0 < found.planned.vehicles
    assert (found.inlets, found.silt_m3) == (0, 0.0)
    assert found.silent == ("S1", "S2")


def test_each_unit_of_whoever_said_so_counts_once():
    """C2 (S1) and M1 (S1) jet one road and are told thrice; C1 is only planned."""
    told = [
        tap(EventKind.DEPART, "jet:G01", "S1", 10),
        tap(EventKind.ARRIVE, "jet:G01", "S1", 20),
        tap(EventKind.CLEAR, "jet:G01", "S1", 60, amounts={"inlets": 8, "silt_m3": 0.4}),
    ]
    found = figures(*told)
    assert found.reported == Effort(people=5, vehicles=1, places=1, posts=0)
    assert (found.inlets, found.silt_m3) == (8, 0.4)
    assert found.silent == ("S2",)
    assert figures(*told, begin=30).reported.places == 1, "cleared within the span"
    assert figures(*told, end=50).reported == Effort(people=5, vehicles=1)


def test_only_the_units_of_the_station_that_spoke_are_out():
    """A crew of one station and a machine of another on one job: one of them has said so."""
    job = make_assignment(
        "jet:G05",
        JobKind.JET,
        Phase.BEFORE,
        5,
        [crew_member(2, 0, 5), machine_member(2, 0, 5)],
        5,
        45,
    )
    version = make_version(assignments=(job,))
    here, there = CITY.crew_by_id["C2"].station_id, CITY.machine_by_id["M2"].station_id
    assert here != there
    by_crew = figures(tap(EventKind.ARRIVE, "jet:G05", here, 5), version=version)
    by_machine = figures(tap(EventKind.ARRIVE, "jet:G05", there, 5), version=version)
    assert (by_crew.reported.vehicles, by_machine.reported.vehicles) == (0, 1)
    assert by_machine.reported.people == 0 < by_crew.reported.people


def test_squads_of_a_crew_are_its_people_and_no_more():
    def squad(number: int, people: int):
        unit = str(UnitId("C1", "2022-07-08", number))
        return replace(crew_member(1, 0, 5), unit_id=unit, people=people)

    jobs = tuple(
        make_assignment(f"clear:G0{n}", JobKind.CLEAR, Phase.BEFORE, n, [squad(n, 2)], 5, 45)
        for n in (1, 2)
    )
    whole = make_assignment(
        "clear:G03", JobKind.CLEAR, Phase.BEFORE, 3, [crew_member(1, 50, 55)], 55, 90
    )
    version, home = make_version(assignments=(*jobs, whole)), CITY.crew_by_id["C1"].station_id
    told = [tap(EventKind.CLEAR, job.job_id, home, 100) for job in version.assignments]
    assert figures(*told[:1], version=version).reported.people == 2
    assert figures(*told[:2], version=version).reported.people == 4
    assert figures(*told, version=version).reported.people == CITY.crew_by_id["C1"].size


@pytest.mark.parametrize(
    ("kind", "now", "begins"),
    [
        (BriefingKind.MORNING, (8, 7, 30), (7, 17, 0)),
        (BriefingKind.MORNING, (8, 17, 0), (8, 17, 0)),
        (BriefingKind.EVENING, (8, 18, 0), (8, 7, 0)),
        (BriefingKind.EVENING, (8, 6, 59), (7, 7, 0)),
    ],
)
def test_a_briefing_begins_at_the_last_change_of_the_watch(kind, now, begins):
    local = datetime(2022, 7, *now, tzinfo=SHANGHAI).astimezone(UTC)
    expected = datetime(2022, 7, *begins, tzinfo=SHANGHAI)
    assert BriefingSettings().begins(kind, local, SHANGHAI) == expected


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_paper_and_the_workbook_say_the_same(lang, tmp_path):
    t = Translator(lang)
    made = Briefing(
        operation=make_operation(),
        kind=BriefingKind.EVENING,
        begin=NOW - timedelta(hours=1),
        now=NOW + timedelta(hours=8),
        figures=figures(tap(EventKind.CLEAR, "jet:G01", "S1", 60, amounts={"silt_m3": 0.4})),
        ahead=Effort(people=3),
        city=CITY,
        rain=make_version().rain,
        needs=2,
        watch='#panic("x")王',
        by="李",
    )
    pdf = as_pdf(made, t)
    shown = words_of(pdf, tmp_path)
    assert pages(pdf) == 1
    for words in (t("paper.drill"), t("briefing.evening"), "王", t("briefing.needs", n=2), "0.4"):
        assert squeezed(words) in shown
    book = load_workbook(io.BytesIO(as_excel(as_tables(made, t), t)))
    rows = {row[0]: row[1:] for row in book.worksheets[0].iter_rows(values_only=True)}
    assert rows[t("briefing.people")] == (5, made.figures.planned.people)
    assert rows[t("briefing.silt")][0] == 0.4
