"""What goes between the desk above and its districts: each once, whenever the carrier fails."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.account import Role
from data.model.headquarters.directives import DirectiveStep
from data.model.headquarters.members import Member
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed
from ops.headquarters.directives import answer, give
from ops.headquarters.exchange import carry, late, summarise
from ops.settings import Settings
from tests.helpers.makers import NOW, make_alert, make_city
from tests.helpers.progress import VERSION

QUARTER = timedelta(minutes=15)
SHI = Actor(name="市值班", role=Role.CITY, city="杭州市")
DUTY = Actor(name="区值班", role=Role.DUTY)


@pytest.fixture
def above(tmp_path) -> Store:
    """The database of the desk above two districts of its city and one of another."""
    store = Store(f"sqlite:///{tmp_path / 'above.db'}")
    store.migrate()
    for member_id, city in (("east", "杭州市"), ("west", "杭州市"), ("far", "宁波市")):
        store.members.add(Member(id=member_id, name=member_id, city=city, added_at=NOW))
    yield store
    store.close()


def steps(store: Store) -> list[list[str]]:
    return [[str(event.step) for event in one.events] for one in store.directives.standings()]


def test_a_directive_goes_down_once_and_its_answers_go_up(above, store):
    give(above, SHI, ["east"], "备好泵车", QUARTER, NOW)
    assert [one.directive.text for one in carry(above, store, "east", NOW)] == ["备好泵车"]
    assert carry(above, store, "east", NOW) == []
    assert steps(above) == [["receive"]]
    (there,) = store.directives.standings()
    assert not there.is_answered  # that it came is no answer
    assert late(store, NOW + QUARTER) == []
    assert late(store, NOW + 2 * QUARTER) == [there]
    answer(store, DUTY, there.directive.id, DirectiveStep.ACKNOWLEDGE, "", NOW + QUARTER)
    answer(store, DUTY, there.directive.id, DirectiveStep.DONE, "到位", NOW + 2 * QUARTER)
    carry(above, store, "east", NOW + 2 * QUARTER)
    assert steps(above) == [["receive", "acknowledge", "done"]]
    assert not above.directives.standings()[0].is_open
    assert late(store, NOW + 9 * QUARTER) == []


def test_a_district_gets_its_own_alone(above, store):
    give(above, SHI, ["east", "west"], "x", QUARTER, NOW)
    carry(above, store, "west", NOW)
    assert [one.directive.member_id for one in store.directives.standings()] == ["west"]


@pytest.mark.parametrize(
    ("districts", "text", "within"),
    [
        ([], "x", QUARTER),
        (["nobody"], "x", QUARTER),
        (["far"], "x", QUARTER),  # of another city
        (["east", "far"], "x", QUARTER),
        (["east"], " ", QUARTER),
        (["east"], "x" * 501, QUARTER),
        (["east"], "x", timedelta(minutes=1)),
    ],
)
def test_what_can_not_be_told_is_told_to_nobody(above, districts, text, within):
    with pytest.raises(NotAllowed):
        give(above, SHI, districts, text, within, NOW)
    assert above.directives.standings() == []


def test_what_is_refused_needs_a_reason_and_is_over(above, store):
    give(above, SHI, ["east"], "x", QUARTER, NOW)
    carry(above, store, "east", NOW)
    number = store.directives.standings()[0].directive.id
    with pytest.raises(NotAllowed):
        answer(store, DUTY, number, DirectiveStep.REFUSE, "", NOW)
    answer(store, DUTY, number, DirectiveStep.REFUSE, "泵车都在外面", NOW)
    with pytest.raises(NotAllowed):
        answer(store, DUTY, number, DirectiveStep.DONE, "", NOW)


def test_what_a_district_publishes_is_how_it_stands(above, store, drill):
    empty = summarise(store, "east", Settings(), NOW)
    assert (empty.version, empty.roads, empty.p90_s, empty.late) == (None, None, None, ())
    store.replace_city(make_city())
    store.weather.save_alerts(drill.id, [make_alert()])
    store.plans.save(replace(VERSION, operation_id=drill.id), [], NOW)
    store.level_orders.order(drill.id, "II", "x", NOW)
    much_later = NOW + timedelta(hours=3)
    told = summarise(store, "east", Settings(), much_later)
    assert (told.name, told.zone) == (
        make_city().district.name,
        make_city().district.time_zone,
    )
    assert (told.version, told.drill, told.level) == (1, True, "II")
    assert told.late_count == len(told.late) > 0
    assert all(one.place and one.station for one in told.late)
    above.members.publish(told)
    above.members.publish(replace(told, incidents=3))
    assert above.members.summaries() == {"east": replace(told, incidents=3)}
