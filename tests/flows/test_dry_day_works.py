"""18 July: pipes before pavement, a water pipe that is in nobody's programme, roofs that wait for
dry days.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from data.model.ids import Cause, CauseKind
from data.model.operation import OperationKind
from data.model.street.works import RENOVATION, WorkStep
from ops.auth.permissions import CONSOLE
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.messages import LANGUAGES, Translator
from ops.district.services import ServiceSettings
from ops.documents.street import works_notice
from ops.documents.street.works_table import clash_lines, programme_table
from ops.replanning.ways_in_force import closures_in_force
from ops.settings import Settings
from ops.works.parameters import WorksSettings
from ops.works.programme import last_word, programme, tell
from weather.model import RainSeries, RainStep

MORNING = datetime(2022, 7, 18, 0, tzinfo=UTC)  # 08:00 there
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = WorksSettings()


@pytest.fixture
def works(store, city):
    """The sample's five works, in a drill of 18 July."""
    store.replace_city(city)
    return store, store.operations.start(OperationKind.DRILL, MORNING, MORNING), city


def rain(*mm_by_day):
    steps = tuple(
        RainStep(start=at, end=at + HOUR, mm=mm / 24)
        for day, mm in enumerate(mm_by_day)
        for at in (MORNING + day * DAY + hour * HOUR for hour in range(24))
    )
    return RainSeries(provider="x", fetched_at=MORNING, steps=steps)


def at(works, now=MORNING):
    store, operation, city = works
    return programme(store, operation, city, now, RULES)


def say(works, key, step, now=MORNING, **facts):
    store, operation, city = works
    tell(store, operation, CONSOLE, city, key, step, now, **facts)


@pytest.mark.parametrize(("lang", "told"), [("zh", "2022年7月8日"), ("en", "8 Jul 2022")])
def test_a_day_is_told_whole(lang, told):
    assert works_notice.day(Translator(lang), date(2022, 7, 8)) == told


def test_the_road_is_not_laid_before_the_pipe_that_stood_in_no_plan(works):
    before = at(works)
    (clash,) = before.clashes
    assert (clash.surface.id, clash.trench.id) == ("G02", "G03")
    assert clash.surface_dates.likely_end < clash.trench_dates.likely_start
    assert clash.surface_after.in_time < before.dates["G02"].in_time
    say(works, "G02", WorkStep.AFTER, other="G03")
    after = at(works)
    assert not after.clashes
    assert after.dates["G02"].likely_start > after.dates["G03"].likely_end
    assert [work.id for work in after.works if work.segment_id] == ["G01", "G03", "G02"]


def test_roofs_wait_for_the_dry_days_of_the_forecast(works):
    store, operation, _ = works
    climate = at(works).dates["G04"]
    store.weather.save_forecast(operation.id, rain(0, 0, 0, 0, 0, 0, 0))
    dry = at(works)
    assert dry.forecast_until >= date(2022, 7, 24)
    assert dry.dates["G04"].likely_start == date(2022, 7, 18)
    assert dry.dates["G04"].in_time > climate.in_time
    later = replace(rain(20, 20, 20, 20), fetched_at=MORNING + HOUR)
    store.weather.save_forecast(operation.id, later)
    wet = at(works, MORNING + HOUR).dates["G04"]
    assert wet.likely_start >= date(2022, 7, 24)  # four wet days and two to dry
    assert wet.why[-1].code == "works.waits_dry"


def test_what_is_told_counts_and_is_kept_apart_from_what_is_expected(works):
    say(works, "G01", WorkStep.STARTED)
    found = at(works, MORNING + 2 * DAY)
    assert found.standing["G01"].is_under_way
    assert found.standing["G01"].finished_on is None
    say(works, "G01", WorkStep.FINISHED, MORNING + 3 * DAY)
    assert at(works, MORNING + 3 * DAY).standing["G01"].is_over
    assert "G01" not in at(works).dates


ON = Settings(services=ServiceSettings(on=(RENOVATION,)))


@pytest.mark.parametrize(
    ("key", "share", "end"), [("G01", 0.5, WorkStep.FINISHED), ("G02", 0.0, WorkStep.WITHDRAWN)]
)
def test_works_under_way_close_or_slow_their_street_while_the_service_is_on(works, key, share, end):
    store, drill, city = works
    say(works, key, WorkStep.STARTED)
    (closure,) = closures_in_force(store, drill, city, MORNING, ON)
    assert (closure.line, closure.speed_share) == (city.segment_by_id["S10"].line, share)
    assert not closures_in_force(store, drill, city, MORNING, Settings())
    say(works, key, WorkStep.DAYS_LEFT, MORNING + HOUR, number=2)
    say(works, key, end, MORNING + DAY)
    assert not closures_in_force(store, drill, city, MORNING + DAY, ON)
    asked = [Cause.parse(one.cause).kind for one in store.triggers.pending(drill.id)]
    assert asked == [CauseKind.CLOSURE, CauseKind.OPENED]


def test_works_in_nobodys_way_ask_for_no_plan(works):
    store, drill, city = works
    say(works, "G04", WorkStep.STARTED)
    assert not store.triggers.pending(drill.id)
    assert not closures_in_force(store, drill, city, MORNING, ON)


def test_what_can_not_be_is_refused_in_words(works):
    with pytest.raises(NotFound):
        say(works, "G99", WorkStep.STARTED)
    with pytest.raises(NotFound):
        say(works, "G02", WorkStep.AFTER, other="G99")
    with pytest.raises(Conflict, match="circle"):
        say(works, "G01", WorkStep.AFTER, other="G02")
    with pytest.raises(Invalid):
        say(works, "G01", WorkStep.DAYS_LEFT, number=0)
    say(works, "G01", WorkStep.FINISHED)
    with pytest.raises(Conflict):
        say(works, "G01", WorkStep.DAYS_LEFT, number=2)


def test_an_agreement_gives_way_to_newer_tables_that_say_the_reverse(works):
    store, operation, city = works
    say(works, "G02", WorkStep.AFTER, other="G03")
    turned = replace(
        city,
        works=tuple(replace(one, after=("G02",)) if one.id == "G03" else one for one in city.works),
    )
    found = at((store, operation, turned))
    by_id = {work.id: work for work in found.works}
    assert by_id["G03"].after == ("G02",)
    assert "G03" not in by_id["G02"].after
    say((store, operation, turned), "G04", WorkStep.AFTER, other="G01")  # others are agreed still
    with pytest.raises(Conflict, match="circle"):
        say((store, operation, turned), "G02", WorkStep.AFTER, other="G03")
    assert {one.operation_id for one in store.desk.audit_log() if one.action == "tell_works"} == {
        operation.id
    }


def test_a_drill_says_nothing_of_real_works(works):
    store, drill, city = works
    real = store.operations.start(OperationKind.REAL, MORNING, MORNING)
    say(works, "G01", WorkStep.STARTED)
    assert not programme(store, real, city, MORNING, RULES).standing["G01"].is_under_way
    tell(store, real, CONSOLE, city, "G02", WorkStep.STARTED, MORNING)
    assert at((store, drill, city)).standing["G02"].is_under_way


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sheet_and_notice_say_it_in_words(works, lang):
    _, operation, city = works
    t, found = Translator.of_city(lang, city), at(works)
    table = programme_table(found, city, t)
    assert len(table.rows) == 5
    assert all(len(row) == len(table.heads) for row in table.rows)
    (clash,) = found.clashes
    assert "供水公司" in " ".join(clash_lines(clash, city, t))
    for work in found.works:
        printed = works_notice.as_pdf(work, found, operation, city, MORNING, t)
        assert printed.startswith(b"%PDF")


def test_a_wrong_word_is_taken_back_and_the_road_is_as_it_was(works):
    """The begin was of another work; then the end was."""
    store, operation, city = works
    settings = Settings(services=ServiceSettings(on=(RENOVATION,)))

    def stand():
        closed = closures_in_force(store, operation, city, MORNING + HOUR, settings)
        causes = [Cause.parse(one.cause).kind for one in store.triggers.all(operation.id)]
        return any(one.external_id == "G01" for one in closed), causes[-1:]

    def back():
        word = last_word("G01", store.works.told(operation))
        say(works, "G01", WorkStep.BACK, MORNING + HOUR, number=word.id)
        with pytest.raises(Conflict):  # a second click
            say(works, "G01", WorkStep.BACK, MORNING + HOUR, number=word.id)

    say(works, "G01", WorkStep.STARTED)
    assert stand() == (True, [CauseKind.CLOSURE])
    back()
    assert stand() == (False, [CauseKind.OPENED])
    assert not at(works).standing["G01"].started_on
    say(works, "G01", WorkStep.STARTED)
    say(works, "G01", WorkStep.WITHDRAWN)
    assert stand() == (False, [CauseKind.OPENED])
    back()
    assert stand() == (True, [CauseKind.CLOSURE])
    assert "G01" in at(works).dates
