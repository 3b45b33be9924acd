"""A fair month of a station: what was typed stays, what differs is shown, and it is put in once."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from data.model.city import Person, PersonRole
from data.model.operation import OperationKind
from data.model.roster import RosterDay
from ops.auth.permissions import CONSOLE
from ops.base.errors import Conflict
from ops.base.messages import LANGUAGES, Translator
from ops.district.month_changes import put_in
from ops.district.public_holidays import is_workday
from ops.district.roster_changes import DayChange, change_day, rostered_city
from ops.district.rosters import shift_on
from ops.documents.spreadsheets import as_excel
from ops.documents.workload_tables import month_table
from ops.planning.on_duty.fair_month import REASON, fair_month, typed_days
from ops.planning.on_duty.roster_rules import roster_faults
from ops.planning.parameters import DutySettings
from solver.rosters import month_model
from solver.rosters.month import MonthRule
from tests.helpers.makers import NOW, make_city

DUTY = DutySettings()
DAYS = [date(2022, 7, 11) + timedelta(days=n) for n in range(14)]


def town(**driver):
    """Station A with one small crew in each shift and five people, and perhaps a driver."""
    city = make_city()
    crews = tuple(replace(crew, size=1) for crew in city.crews if crew.id.startswith("A1"))
    people = tuple(
        Person(
            id=f"p{n}",
            name=f"甲{n}",
            station_id="A",
            role=PersonRole.LEADER if n % 2 else PersonRole.SENIOR,
            crew_id=crews[n % 3].id,
        )
        for n in range(5)
    )
    if driver:
        post = next(one for one in city.drivers if one.shift_id == "day")
        people += (Person(id="d", name="师傅", station_id="A", driver_id=post.id, **driver),)
    return replace(city, crews=crews, people=people)


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Small months are settled in less."""
    for name, less in (("STEPS", 0.03), ("MEND_STEPS", 0.05), ("PAIR_STEPS", 0.02)):
        monkeypatch.setattr(month_model, name, less)
    monkeypatch.setattr(month_model, "MOST_PAIRS", 8)


@pytest.fixture
def kept(store):
    store.replace_city(town())
    return store, store.operations.start(OperationKind.DRILL, NOW, NOW)


def test_a_month_is_fair_legal_and_changes_nothing_typed(kept):
    store, drill = kept
    typed = DayChange(worker=("person", "p1"), day=DAYS[3], duty="leave")
    change_day(store, drill, CONSOLE, typed, NOW)
    change_day(store, drill, CONSOLE, replace(typed, day=DAYS[5], duty="night"), NOW)
    city = rostered_city(store, drill)
    hands = typed_days(city, store.rosters.changes(drill.id))
    assert hands == {(("person", "p1"), day) for day in (DAYS[3], DAYS[5])}
    month = fair_month(city, "A", DAYS, DUTY, hands)
    assert month.broken() == ()
    assert {day for day, *_ in month.short()} == {DAYS[0]}  # all had worked seven days by then
    entries = month.entries()
    assert not {(one.worker, one.day) for one in entries} & hands
    nights = [before.nights + now.nights for _, before, _, now in month.counts()]
    assert max(nights) - min(nights) <= 2
    stood = [stands.turns for _, _, stands, _ in month.counts()]
    assert max(stood) > max(now.turns for *_, now in month.counts())  # nobody had a day of rest

    assert put_in(store, drill, CONSOLE, entries, REASON, NOW) == len(entries)
    after = rostered_city(store, drill)
    people = [after.worker_by_key["person", one.id] for one in after.people]
    faults = roster_faults(people, DAYS, after, DUTY)
    assert [one.told.code for one in faults if one.day > DAYS[6]] == []
    for entry in entries:
        shift = shift_on(after.worker_by_key[entry.worker], entry.day, after)
        assert (shift.id if shift else "off") == entry.duty
    assert len(store.triggers.pending(drill.id)) == 3
    again = typed_days(after, store.rosters.changes(drill.id))
    assert again == hands  # what it has put in itself the next one may move


def test_a_day_typed_after_it_was_made_stops_it(kept):
    store, drill = kept
    entries = fair_month(rostered_city(store, drill), "A", DAYS[:7], DUTY).entries()
    change = DayChange(worker=entries[0].worker, day=entries[0].day, duty="leave")
    change_day(store, drill, CONSOLE, change, NOW)
    before = len(store.rosters.changes(drill.id))
    with pytest.raises(Conflict):
        put_in(store, drill, CONSOLE, entries, REASON, NOW)
    assert len(store.rosters.changes(drill.id)) == before


@pytest.mark.parametrize("months", [1, 2])
def test_two_who_make_a_month_at_once_mix_none(kept, months):
    """Whoever puts his in later would have moved days of the other's, and left the rest of it."""
    store, drill = kept
    month = fair_month(rostered_city(store, drill), "A", DAYS[:7], DUTY)
    entries = month.entries()
    put_in(store, drill, CONSOLE, entries[:2], REASON, NOW, month.stood())
    before = len(store.rosters.changes(drill.id))
    with pytest.raises(Conflict):
        put_in(store, drill, CONSOLE, entries[months:], REASON, NOW, month.stood())
    assert len(store.rosters.changes(drill.id)) == before


def test_a_day_of_the_tables_is_typed_too():
    city = replace(town(), roster=(RosterDay(day=DAYS[0], person_id="p0", duty="off"),))
    month = fair_month(city, "A", DAYS[:7], DUTY, typed_days(city, ()))
    assert not any(one.day == DAYS[0] and one.person_id == "p0" for one in month.entries())


@pytest.mark.parametrize(("until", "lacking"), [(DAYS[3], True), (DAYS[6], False)])
def test_a_drivers_post_asks_for_a_licence_that_holds(until, lacking):
    month = fair_month(town(driver_until=until), "A", DAYS[:7], DUTY)
    days = {n for n in range(7) if month.duty("d", n)}
    assert all(DAYS[n] <= until for n in days)
    assert {day for day, *_ in month.short()} >= ({DAYS[4]} if lacking else set())


def test_a_change_by_hand_is_checked_at_once_and_explained():
    month = fair_month(town(), "A", DAYS[:7], DUTY)
    (who, day), _ = next(
        item for item in month.roster.items() if item[1] == "day" and item[0][1] < 6
    )
    worse = month.changed(who, DAYS[day + 1], "night")
    assert (MonthRule.REST, who, DAYS[day + 1]) in worse.broken()
    off = month.changed(who, DAYS[day], None)
    assert off.broken() == ()
    assert DAYS[day] in {lack[0] for lack in off.short()}
    for language in LANGUAGES:
        t = Translator.of_city(language, town())
        assert next(one.name for one in month.people if one.id == who) in t.message(
            month.why(who, DAYS[day])
        )


def test_the_months_hours_and_the_months_before_count():
    tight = replace(DUTY, month_overtime_hours=0.0)
    july = [date(2022, 7, 1) + timedelta(days=n) for n in range(31)]
    month = fair_month(town(), "A", july[21:], tight)
    workdays = sum(map(is_workday, july))
    for one in month.problem.people:  # each worked every day until the 21st
        assert one.month_hours == 8 * workdays - 21 * (7.5 if one.usual == "day" else 8)
    assert {one.carried.nights for one in month.problem.people} != {0}
    fresh = fair_month(town(), "A", july[21:], replace(tight, fair_months=0))
    assert {abs(one.carried.nights) <= 3 for one in fresh.problem.people} == {True}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_saved_with_a_row_for_each_person(language):
    city = town()
    month, t = fair_month(city, "A", DAYS[:7], DUTY), Translator.of_city(language, city)
    book = load_workbook(BytesIO(as_excel([month_table(month, city, t)], t)))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 1 + len(month.people)
    assert rows[0][1] == "07-11"
    assert sum(row[8] for row in rows[1:]) == len(month.roster)
