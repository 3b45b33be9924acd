"""A unit lent from one district to another, through the real path: what each publishes, the desk
above that asks, the lender's desk that approves, both plans made again.
"""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.model.account import Role
from data.model.city import Blockage
from data.model.headquarters.directives import DirectiveStanding, DirectiveStep
from data.model.headquarters.members import Member
from data.model.operation import OperationKind, TriggerKind
from data.model.plan import PlanVersion
from data.store.headquarters.visits import away, there, visitor_id
from data.store.store import SITE, Store
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.documents.duty_sheet import lent_lines
from ops.field.outages import outages_ahead, take_out
from ops.field.water.inlet_record import kept_tables
from ops.headquarters.directives import answer
from ops.headquarters.loans import ask_for, difference, ids_of, lent_now, proposed
from ops.intake import alerts
from ops.planning.duty_sheets import station_sheets
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from solver import Plan, Problem
from solver.referee import violations
from tests.helpers.clock import Clock
from tests.helpers.desk import YELLOW
from tests.helpers.makers import NOW, make_city

SHI = Actor(name="市值班", role=Role.CITY, city="辽源市")
DUTY = Actor(name="区值班", role=Role.DUTY)
SETTINGS = Settings(loop=LoopSettings(solve_seconds=0.3))


class City:
    """A desk above two districts: the east lacks crews, the west has nothing to do.

    Parameters
    ----------
    folder
        Where their databases are.
    later
        So much later than `NOW` all of it happens; the shift of the day with it.
    """

    def __init__(self, folder: Path, later: timedelta = timedelta(0)) -> None:
        self.clock, self.later = Clock(), later
        self.clock.now += later
        self.above = Store(f"sqlite:///{folder / 'above.db'}")
        self.stores = {name: Store(f"sqlite:///{folder / f'{name}.db'}") for name in TABLES}
        self.loops = {
            name: Loop(store, SETTINGS, self.clock) for name, store in self.stores.items()
        }

    def begin(self) -> None:
        """Make the databases, warn the east and let both plan."""
        self.above.migrate()
        for name, store in self.stores.items():
            self.above.members.add(Member(id=name, name=name, city="辽源市", added_at=NOW))
            store.migrate()
            store.settings.save(SITE, name)
            store.replace_city(moved(TABLES[name](), self.later))
            store.operations.start(OperationKind.REAL, self.clock(), self.clock())
        self.warn("east")
        west = self.stores["west"].operations.current()
        self.stores["west"].triggers.request(west.id, "manual:x", TriggerKind.MANUAL, self.clock())
        self.plan_all()

    def warn(self, name: str) -> None:
        store = self.stores[name]
        operation = store.operations.current()
        now = self.clock()
        local = now.astimezone(ZoneInfo(store.tables().district.time_zone))
        notice = YELLOW.replace("7月8日8时20分", f"{local:%-m月%-d日%-H时%M分}")
        alerts.take_alerts(store, operation, DUTY, alerts.understand(notice, now), now)

    def plan_all(self) -> None:
        for name, loop in self.loops.items():
            operation = self.stores[name].operations.current()
            loop.lead()
            while self.stores[name].triggers.pending(operation.id):
                loop.answer()
        self.exchange()

    def exchange(self) -> None:
        for name, loop in self.loops.items():
            loop.exchange(self.above, name)
            loop.publish(self.above, name)

    def plan(self, name: str) -> PlanVersion:
        store = self.stores[name]
        return store.plans.current(store.operations.current().id)

    def close(self) -> None:
        for loop in self.loops.values():
            loop.stop()
        for store in (self.above, *self.stores.values()):
            store.close()


def short_of_crews():
    """All its inlets of the street without a post are known to be blocked; one crew on duty."""
    city = make_city()
    blocked = tuple(
        Blockage(
            id=f"X{inlet.id}",
            inlet_id=inlet.id,
            reported_at=NOW - timedelta(hours=1),
            cleared_at=None,
            cause="leaves",
            remedy="clearing",
        )
        for inlet in city.inlets
    )
    crews = tuple(one for one in city.crews if one.id in ("A1day",))
    east = replace(city.district, name="龙山区")
    return replace(city, district=east, crews=crews, blockages=blocked)


def at_ease():
    """Five crews on duty at one station, and no rain."""
    city = make_city()
    day = [one for one in city.crews if one.id == "A1day"]
    more = tuple(replace(one, id=f"W{n}", name=f"西{n}班") for one in day for n in range(5))
    west = replace(city.district, name="西安区")
    stations = tuple(replace(one, name=f"西{one.name}") for one in city.stations)
    return replace(city, district=west, stations=stations, crews=more, machines=(), drivers=())


def moved(city, later: timedelta):
    """The shift of the day so much later, its break too."""
    if not later:
        return city
    times = ("start", "end", "break_from", "break_to")

    def put(shift):
        told = {name: getattr(shift, name) for name in times}
        far = {
            name: (datetime.combine(NOW, one) + later).time() for name, one in told.items() if one
        }
        return replace(shift, **far) if shift.id == "day" else shift

    return replace(city, shifts=tuple(map(put, city.shifts)))


TABLES = {"east": short_of_crews, "west": at_ease}


@pytest.fixture(scope="module")
def planned(tmp_path_factory) -> Path:
    """The databases of a city whose districts have planned."""
    folder = tmp_path_factory.mktemp("planned")
    city = City(folder)
    city.begin()
    city.close()
    return folder


@pytest.fixture
def city(planned, tmp_path):
    shutil.copytree(planned, tmp_path / "city")
    found = City(tmp_path / "city")
    for loop in found.loops.values():
        assert loop.lead()
    yield found
    found.close()


def ask(city: City) -> DirectiveStanding:
    """The first loan that is proposed, asked for, as it stands at the lender's desk."""
    first = proposed(city.above, SETTINGS, city.clock())[0]
    ask_for(city.above, SHI, ids_of(first), SETTINGS, city.clock())
    city.exchange()
    return city.stores["west"].directives.standings()[0]


def say(city: City, name: str, number: int, step: DirectiveStep, text: str = "") -> None:
    answer(city.stores[name], DUTY, number, step, text, city.clock())


def jobs_of(version: PlanVersion, resource_id: str) -> list[str]:
    return [
        job.job_id
        for job in version.assignments
        if any(member.resource_id == resource_id for member in job.members)
    ]


def is_legal(version: PlanVersion) -> bool:
    return not violations(Problem.from_json(version.problem), Plan.from_json(version.plan))


def test_a_unit_is_lent_and_both_districts_plan_by_it(city):
    before = city.above.members.summaries()
    told = ask(city)
    loan, number = told.directive.loan, told.directive.id
    assert (loan.lender, loan.borrower) == ("西安区", "龙山区")
    assert city.stores["east"].city().crews == city.stores["east"].tables().crews  # not yet
    say(city, "west", number, DirectiveStep.ACKNOWLEDGE)
    city.exchange()
    city.exchange()  # the answer went up; now it goes down to the other
    city.plan_all()
    east, west, visitor = city.plan("east"), city.plan("west"), visitor_id(number)
    assert is_legal(east)
    assert is_legal(west)
    assert not jobs_of(west, loan.unit.resource_id)
    work = [job for job in east.assignments if job.job_id in set(jobs_of(east, visitor))]
    assert work
    begin, end = loan.at_work
    assert all(begin <= job.start_at and job.end_at <= end for job in work)
    after = city.above.members.summaries()
    for name, unit, station in (("west", loan.unit.resource_id, "A"), ("east", visitor, "A")):
        at = city.stores[name].city()
        sheets = {one.station.id: one for one in station_sheets(city.plan(name), at)}
        assert [one.resource_id for one in sheets[station].lent] == [unit]
        assert loan.chief in lent_lines(sheets[station], Translator())[0]
        assert not sheets["B"].lent
    changed = difference(city.above.directives.standings(), after)
    assert changed.before == {name: one.left_out for name, one in before.items()}
    assert changed.after == {name: one.left_out for name, one in after.items()}
    assert difference(city.above.directives.standings(), before).after is None  # not planned yet
    assert after["east"].left_out < before["east"].left_out - loan.gain / 2
    assert after["west"].left_out <= before["west"].left_out
    assert any("loan_named" in repr(change) for change in east.changes)


def test_a_loan_over_midnight_leaves_both_plans_lawful(tmp_path):
    """The referee on both, as it is lent and again after midnight; no hour of the unit twice."""
    city = City(tmp_path, timedelta(hours=14))
    city.begin()
    told = ask(city)
    loan, number = told.directive.loan, told.directive.id
    zone = ZoneInfo(city.stores["east"].tables().district.time_zone)
    begin, end = (at.astimezone(zone) for at in loan.at_work)
    midnight = datetime.combine(end.date(), time(), zone)
    assert begin < midnight < end
    say(city, "west", number, DirectiveStep.ACKNOWLEDGE)
    city.exchange()
    city.exchange()
    city.plan_all()
    assert lawful(city, number)
    assert any(job.end_at > midnight for job in work_of(city, "east", visitor_id(number)))
    city.clock.now = (midnight + timedelta(minutes=20)).astimezone(UTC)
    for name, store in city.stores.items():
        operation = store.operations.current()
        store.triggers.request(operation.id, f"manual:{name}", TriggerKind.MANUAL, city.clock())
    city.plan_all()
    assert lawful(city, number)
    city.close()


def work_of(city: City, name: str, resource_id: str):
    version = city.plan(name)
    own = set(jobs_of(version, resource_id))
    return [job for job in version.assignments if job.job_id in own]


def lawful(city: City, number: int) -> bool:
    """Whether the referee passes both plans, and the unit works in the hours of the loan here alone
    and in no other of its borrower's.
    """
    (told,) = city.stores["east"].directives.standings(numbers=[number])
    loan = told.directive.loan
    begin, end = loan.at_work
    for job in work_of(city, "east", visitor_id(number)):
        assert begin <= job.start_at
        assert job.end_at <= end
    for job in work_of(city, "west", loan.unit.resource_id):
        assert job.end_at <= loan.from_at or job.start_at >= loan.to_at
    return all(is_legal(city.plan(name)) for name in city.stores)


def test_what_is_carried_twice_or_after_a_crash_is_lent_once(city):
    number = ask(city).directive.id
    say(city, "west", number, DirectiveStep.ACKNOWLEDGE)
    west = city.loops["west"]
    west.exchange(city.above, "west")  # the process dies before it carries it to the east
    assert not [one for one in city.stores["east"].city().crews if one.id == visitor_id(number)]
    for _ in range(3):
        city.exchange()
    east = city.stores["east"]
    assert [one.id for one in east.city().crews].count(visitor_id(number)) == 1
    for name, store in city.stores.items():
        (told,) = lent_now(store, store.operations.current(), city.clock())
        assert told.matter == f"loan:{number}@acknowledge"
        assert told.station_id == "A", name
    causes = [
        one.cause
        for one in east.triggers.all(east.operations.current().id)
        if one.cause.startswith("loan")
    ]
    assert causes == [f"loan:{number}@acknowledge"]


def test_silence_is_no_consent(city):
    told = ask(city)
    late = told.directive.due_at + timedelta(seconds=1)
    city.clock.go((late - city.clock()).total_seconds())
    with pytest.raises(NotAllowed):
        say(city, "west", told.directive.id, DirectiveStep.ACKNOWLEDGE)
    for loop in city.loops.values():
        loop.lead()
    city.exchange()
    city.exchange()
    for store in (city.above, *city.stores.values()):
        (one,) = store.directives.standings()
        assert one.said(DirectiveStep.LAPSE)
    for store in city.stores.values():
        operation = store.operations.current()
        assert (away(one, operation), there(one, operation)) == (None, None)


@pytest.mark.parametrize("who", ["west", "east"])
def test_who_is_called_back_or_sent_home_is_at_home_again(city, who):
    told = ask(city)
    number, loan = told.directive.id, told.directive.loan
    with pytest.raises(NotAllowed):
        say(city, who, number, DirectiveStep.DONE)  # nobody is away yet
    say(city, "west", number, DirectiveStep.ACKNOWLEDGE)
    city.exchange()
    city.exchange()
    city.plan_all()
    city.clock.go((loan.at_work[0] - city.clock()).total_seconds() + 3600)
    for loop in city.loops.values():
        loop.lead()
    say(city, who, number, DirectiveStep.DONE)
    city.exchange()
    city.exchange()
    city.plan_all()
    now = city.clock()
    for store in city.stores.values():
        (one,) = store.directives.standings()
        operation = store.operations.current()
        assert away(one, operation)[1] == now + loan.way
        assert there(one, operation)[1] == now
    new = [
        job
        for job in city.plan("east").assignments
        if job.job_id in jobs_of(city.plan("east"), visitor_id(number)) and job.end_at > now
    ]
    assert not new


def test_only_the_lender_approves_and_only_who_is_idle(city):
    told = ask(city)
    number = told.directive.id
    city.exchange()
    with pytest.raises(NotAllowed):
        say(city, "east", number, DirectiveStep.ACKNOWLEDGE)
    store = city.stores["west"]
    operation = store.operations.current()
    unit = told.directive.loan.unit.resource_id
    take_out(store, operation, DUTY, unit, "车坏", city.clock())
    with pytest.raises(NotAllowed):
        say(city, "west", number, DirectiveStep.ACKNOWLEDGE)
    say(city, "west", number, DirectiveStep.REFUSE, "车坏")
    with pytest.raises(NotAllowed):
        say(city, "west", number, DirectiveStep.ACKNOWLEDGE)


def test_a_district_keeps_visitors_out_of_its_tables_and_its_drills(city):
    number = ask(city).directive.id
    say(city, "west", number, DirectiveStep.ACKNOWLEDGE)
    city.exchange()
    city.exchange()
    east = city.stores["east"]
    assert visitor_id(number) in east.city().crew_by_id
    assert visitor_id(number) not in kept_tables(east).crew_by_id
    drill = east.operations.start(OperationKind.DRILL, NOW, city.clock())
    ahead = outages_ahead(east, drill, NOW)
    assert any(one.resource_id == visitor_id(number) and one.to_at is None for one in ahead)
