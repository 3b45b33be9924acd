"""What a service leaves open when it is switched off is told by the doctor."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from data.model.city import PATROL, Station
from data.model.street.cleaning import CLEANING
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID, CaseEventKind
from data.model.street.works import RENOVATION, Work, WorkKind, WorkStep
from ops.auth.permissions import CONSOLE
from ops.cleaning.volunteers import PostCall, call
from ops.district.services import SERVICES, ServiceSettings
from ops.field.cases.street_cases import CaseReport, CaseWord, open_case, say
from ops.runtime.health_check import _services
from ops.runtime.services_off import left_open
from ops.works.programme import tell
from tests.helpers.makers import NOW, make_city

ALL = frozenset(SERVICES)


@pytest.fixture
def street(store, drill):
    """A call, a finding of the patrols, a case of the grid; a work under way; an action."""
    city = make_city()
    cars = Station(
        id="W", name="W", position=(125.142, 42.902), chief="甲", deputy="乙", service=CARS
    )
    work = Work(
        id="G1", name="排水管", agency="住建局", kind=WorkKind.PIPE, days=3, segment_id="S2"
    )
    store.replace_city(replace(city, stations=(*city.stations, cars), works=(work,)))
    for kind, source in (("no_start", "desk"), ("dog_walking", PATROL), ("dirty_road", "desk")):
        told = CaseReport(kind=kind, by="甲", source=source, reported_at=NOW, segment_id="S1")
        open_case(store, drill, CONSOLE, told, NOW)
    tell(store, drill, CONSOLE, store.city(), "G1", WorkStep.STARTED, NOW)
    later = NOW + timedelta(hours=5)
    action = PostCall(
        name="清扫", from_at=later, to_at=later + timedelta(hours=1), wanted=3, segment_id="S1"
    )
    call(store, drill, CONSOLE, action, NOW)
    return store, drill


@pytest.mark.parametrize(
    ("off", "left"),
    [
        (set(), {}),
        ({CARS}, {"cases": 1}),
        ({GRID}, {"cases": 1}),
        ({GRID, PATROL}, {"cases": 2}),
        ({PATROL}, {}),
        ({RENOVATION}, {"works": 1}),
        ({CLEANING}, {"actions": 1}),
        (set(ALL), {"cases": 3, "works": 1, "actions": 1}),
    ],
)
def test_what_nobody_follows_any_more_is_counted(street, off, left):
    store, drill = street
    found = {kind: n for kind, n in left_open(store, drill, ALL - off, NOW) if n}
    assert found == left


def test_the_doctor_tells_it_until_it_is_closed(street):
    store, drill = street

    def told():
        patient = SimpleNamespace(store=store, services=ServiceSettings(), now=datetime.now(UTC))
        return {code: facts for _, code, facts in _services(patient)}

    assert told()["left_cases"] == {"n": 3}
    for number in (1, 2, 3):
        word = CaseWord(kind=CaseEventKind.CLOSE, event_id=f"c{number}", text="好")
        say(store, drill, CONSOLE, number, word, NOW)
    assert "left_cases" not in told()
