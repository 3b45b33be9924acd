"""A month of the roster from the command line, and how long what it proposes stands."""

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from data.model.account import Role
from data.model.city import Person, PersonRole
from data.model.operation import OperationKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import Conflict, PermissionDenied
from ops.cli.app import cli
from ops.district.reading_apart import ApartFailed
from ops.district.roster_changes import DayChange, change_day
from ops.planning.parameters import DutySettings
from ops.replanning import month_proposals
from ops.replanning.month_proposals import propose, proposed, take_in
from tests.helpers.makers import NOW, make_city

DUTY = DutySettings()
AUGUST = date(2022, 8, 1)
TODAY = NOW.date()
AT = "2022-07-08T08:20"


def town():
    """Two stations, each with one crew of one in the day shift and two people for it."""
    city = make_city()
    crews = tuple(
        replace(crew, size=1, skills=()) for crew in city.crews if crew.id in ("A1day", "B1day")
    )
    people = tuple(
        Person(
            id=f"{crew.id[0]}{n}",
            name=f"甲{n}",
            station_id=crew.station_id,
            role=PersonRole.LEADER,
            crew_id=crew.id,
        )
        for crew in crews
        for n in range(2)
    )
    return replace(city, crews=crews, people=people, machines=(), drivers=())


@pytest.fixture(autouse=True)
def made_here(monkeypatch):
    """As the process of its own does it, in this one."""
    monkeypatch.setattr(month_proposals, "run_apart", lambda work, room: work())


@pytest.fixture
def kept(store):
    store.replace_city(town())
    return store, store.operations.start(OperationKind.DRILL, NOW, NOW)


def week(first=AUGUST):
    return [first + timedelta(days=n) for n in range(7)]


def found(store, drill, station="A", today=TODAY):
    return proposed(store, drill, station, AUGUST, DUTY, today)


def test_a_month_that_is_proposed_is_there_after_a_restart_as_it_was_made(kept, store_url):
    store, drill = kept
    propose(store, drill, replace(CONSOLE, name="王"), "A", week(), DUTY, NOW)
    first = found(store, drill)
    again = found(Store(store_url), drill)
    assert again == first
    assert (again.by, again.at, again.is_stale) == ("王", NOW, False)
    assert found(store, drill, "B") is None
    assert len(again.month.roster) == 6
    assert again.why  # on the first day all had worked seven
    assert store.rosters.changes(drill.id) == []


def test_what_was_made_of_other_people_or_leave_is_stale_and_not_put_in(kept):
    store, drill = kept
    propose(store, drill, CONSOLE, "A", week(), DUTY, NOW)
    assert found(store, drill, today=AUGUST).is_stale  # its first day has come
    leave = DayChange(worker=("person", "A0"), day=AUGUST + timedelta(days=2), duty="leave")
    change_day(store, drill, CONSOLE, leave, NOW)
    late = found(store, drill)
    assert late.is_stale
    with pytest.raises(Conflict):
        take_in(store, drill, CONSOLE, late, NOW)
    propose(store, drill, CONSOLE, "A", week(), DUTY, NOW)
    assert not found(store, drill).is_stale
    store.replace_city(replace(town(), people=town().people[1:]))
    gone = found(store, drill)
    assert gone.is_stale
    assert {one.id for one in gone.month.people} == {"A1"}


def test_what_is_put_in_or_left_is_proposed_no_more(kept):
    store, drill = kept
    for number in range(2):
        propose(store, drill, CONSOLE, "A", week(), DUTY, NOW)
        one = found(store, drill)
        if number:
            month_proposals.leave(store, drill, CONSOLE, one, NOW)
        else:
            entries = len(one.month.entries())
            assert take_in(store, drill, CONSOLE, one, NOW) == entries > 0
            assert len(store.rosters.changes(drill.id)) == entries
        assert found(store, drill) is None


def test_what_another_has_changed_of_it_meanwhile_is_not_lost(kept):
    store, drill = kept
    propose(store, drill, CONSOLE, "A", week(), DUTY, NOW)
    looked_at = found(store, drill)
    who, day = looked_at.month.people[0].id, AUGUST + timedelta(days=1)
    month_proposals.change_day(store, drill, CONSOLE, looked_at, who, day, None, NOW)
    changed = found(store, drill)
    for deed in (
        partial(take_in, store, drill, CONSOLE, looked_at, NOW),
        partial(month_proposals.leave, store, drill, CONSOLE, looked_at, NOW),
        partial(month_proposals.change_day, store, drill, CONSOLE, looked_at, who, day, None, NOW),
    ):
        with pytest.raises(Conflict):
            deed()
    assert found(store, drill) == changed
    assert store.rosters.changes(drill.id) == []


def test_one_that_can_not_be_made_leaves_the_one_before(kept, monkeypatch):
    store, drill = kept
    propose(store, drill, CONSOLE, "A", week(), DUTY, NOW)
    before = found(store, drill)

    def gets_no_answer(work, room):
        raise ApartFailed("too_much")

    monkeypatch.setattr(month_proposals, "run_apart", gets_no_answer)
    with pytest.raises(ApartFailed):
        propose(store, drill, CONSOLE, "A", week(), DUTY, NOW)
    assert found(store, drill) == before


def test_nobody_without_the_right_proposes(kept):
    store, drill = kept
    with pytest.raises(PermissionDenied):
        propose(
            store,
            drill,
            Actor(name="乙站站长", role=Role.CHIEF, station_id="B"),
            "A",
            week(),
            DUTY,
            NOW,
        )


def run(url, home, *words):
    env = {"XUNBAN_HOME": str(home), "XUNBAN_DATABASE_URL": url, "XUNBAN_LANG": "zh"}
    return CliRunner().invoke(cli, ["--now", AT, "roster", "month", *map(str, words)], env=env)


def test_all_stations_at_once_and_put_in_only_when_said(store, store_url, tmp_path):
    store.replace_city(town())
    book = tmp_path / "八月.xlsx"
    done = run(store_url, tmp_path, "--month", "2022-07", "--json", "--xlsx", book)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [(one["station"], one["put_in"], one["turns"]) for one in told] == [
        ("A", None, 23),
        ("B", None, 23),
    ]
    assert [person["turns"] for person in told[0]["people"]] == [11, 11]
    assert told[0]["missing"] == 1
    names = load_workbook(book).sheetnames
    assert [name.split()[0] for name in names] == ["甲站", "乙站"]
    operation = store.operations.current()
    assert store.rosters.changes(operation.id) == []
    assert proposed(store, operation, "B", date(2022, 7, 1), DUTY, TODAY) is not None

    done = run(
        store_url, tmp_path, "--month", "2022-07", "--station", "乙站", "--put-in", "--by", "李"
    )
    assert done.exit_code == 0, done.output
    changes = store.rosters.changes(operation.id)
    assert {(one.person_id[0], one.by) for one in changes} == {("B", "李")}


@pytest.mark.parametrize(
    "words", [("--month", "七月"), ("--month", "2022-06"), ("--station", "丙站")]
)
def test_what_can_not_be_meant_is_said_in_words(store, store_url, tmp_path, words):
    store.replace_city(town())
    done = run(store_url, tmp_path, *words)
    assert done.exit_code == 1
    assert words[1] in done.output
    assert "Traceback" not in done.output
