"""Plans kept ready: one for each colour, made anew when what it stands on changes, never before
what is asked for.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.field import Outage
from data.model.plan import JobKind
from data.model.street.works import RENOVATION, Passage, Work, WorkKind, WorkStep
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.district.services import ServiceSettings
from ops.intake.alerts import plan_again
from ops.planning.on_duty.travel_times import TravelSettings
from ops.planning.parameters import DutySettings
from ops.replanning import contingency
from ops.replanning.solver_process import Solving, Stopped
from ops.risk.parameters import WorthSettings
from ops.settings import ContingencySettings, LoopSettings, Settings
from ops.works.programme import tell
from solver import Plan, Problem
from solver.referee import violations
from tests.helpers.desk import Desk
from tests.helpers.makers import DESK, NOW, both_databases, make_city
from weather.hazards import SIGNAL_AMOUNTS
from weather.model import Level

QUICK = ContingencySettings(solve_seconds=0.3)
SETTINGS = Settings(loop=LoopSettings(solve_seconds=0.5), contingency=QUICK)


@pytest.fixture
def desk(store) -> Desk:
    desk = Desk(store, seconds=0.5, contingency=QUICK)
    yield desk
    desk.loop.stop()


@both_databases
def test_each_colour_gets_a_legal_plan_while_nothing_is_asked_for(desk):
    made = [desk.loop.prepare() for _ in range(4)]
    assert [one.colour for one in made] == [str(colour) for colour in SIGNAL_AMOUNTS]
    assert desk.loop.prepare() is None
    kept = desk.store.desk.contingency_plans(desk.drill.id)
    assert set(kept) == {str(colour) for colour in SIGNAL_AMOUNTS}
    for one in kept.values():
        assert violations(Problem.from_json(one.plan.problem), Plan.from_json(one.plan.plan)) == []
        assert contingency.is_contingency(one.plan)
        assert any(job.kind is JobKind.GUARD for job in one.plan.assignments)
    assert desk.store.plans.current(desk.drill.id) is None, "nobody is told to carry them out"
    assert (
        Translator("zh")
        .message(kept["red"].plan.changes[0])
        .startswith("预案：按7月8日 08:20发布暴雨红色预警")
    )


def test_what_changed_makes_them_anew_and_what_did_not_does_not(desk):
    for _ in SIGNAL_AMOUNTS:
        desk.loop.prepare()
    before = {
        colour: one.digest
        for colour, one in desk.store.desk.contingency_plans(desk.drill.id).items()
    }
    desk.wait(minutes=10)
    assert desk.loop.prepare() is None
    city = make_city()
    desk.store.replace_city(replace(city, crews=city.crews[1:]))
    assert desk.loop.prepare().colour == Level.BLUE
    assert desk.store.desk.contingency_plans(desk.drill.id)["blue"].digest != before["blue"]
    assert city.crews[0].id not in {
        member.resource_id
        for job in desk.store.desk.contingency_plans(desk.drill.id)["blue"].plan.assignments
        for member in job.members
    }


def test_a_machine_out_of_action_and_the_next_turn_of_the_clock_count_too(desk):
    for _ in SIGNAL_AMOUNTS:
        desk.loop.prepare()
    desk.store.desk.begin_outage(
        Outage(operation_id=desk.drill.id, resource_id="M-loader", from_at=desk.now, by="值班员"),
        desk.now,
    )
    assert contingency.due(desk.store, desk.drill, desk.now, SETTINGS) is Level.BLUE
    assert (
        contingency.due(
            desk.store,
            desk.drill,
            desk.now,
            replace(SETTINGS, contingency=ContingencySettings(hours=0)),
        )
        is None
    )
    outage = desk.store.desk.outages(desk.drill.id)[0]
    desk.store.desk.end_outage(outage, "值班员", desk.now)
    assert contingency.due(desk.store, desk.drill, desk.now, SETTINGS) is None
    assert (
        contingency.due(desk.store, desk.drill, desk.now + timedelta(hours=2), SETTINGS)
        is Level.BLUE
    )


def test_works_that_close_a_street_make_them_anew(store):
    desk = Desk(store, seconds=0.5)
    work = Work(
        id="G1",
        name="管道",
        agency="旧改办",
        kind=WorkKind.PIPE,
        days=3,
        segment_id="S1",
        passage=Passage.CLOSED,
    )
    city = make_city(works=(work,))
    store.replace_city(city)
    on = replace(SETTINGS, services=ServiceSettings(on=(RENOVATION,)))
    for colour in SIGNAL_AMOUNTS:
        contingency.prepare(store, desk.drill, colour, desk.now, None, Solving(), on)
    assert contingency.due(store, desk.drill, desk.now, on) is None
    tell(store, desk.drill, CONSOLE, city, "G1", WorkStep.STARTED, desk.now)
    assert contingency.due(store, desk.drill, desk.now, on) is not None
    desk.loop.stop()


def test_what_is_asked_for_goes_first(desk):
    plan_again(desk.store, desk.drill, DESK, desk.now)
    assert desk.loop.prepare() is None
    assert desk.store.desk.contingency_plans(desk.drill.id) == {}
    assert desk.loop.answer().number == 1
    assert desk.loop.prepare() is not None


def test_a_plan_being_made_is_stopped_by_what_is_asked_for(store, monkeypatch):
    desk = Desk(store, seconds=0.5)

    class Asked(Solving):
        """The answer comes while this one runs."""

        def solve(self, problem, seconds):
            plan_again(desk.store, desk.drill, DESK, desk.now)
            assert desk.loop.answer().number == 1
            assert self._stopped
            raise Stopped

    made = []
    original = contingency.prepare

    def prepare(store, operation, colour, now, token, solving, settings):
        solving.__class__ = Asked
        made.append(solving)
        return original(store, operation, colour, now, token, solving, settings)

    monkeypatch.setattr(contingency, "prepare", prepare)
    assert desk.loop.prepare() is None
    desk.loop.stop()
    assert len(made) == 1
    assert desk.store.desk.contingency_plans(desk.drill.id) == {}


def test_asked_for_by_hand_it_is_the_kept_one_or_made_at_once(desk):
    first = contingency.ready(desk.store, desk.drill, Level.RED, desk.now, Solving(), SETTINGS)
    again = contingency.ready(desk.store, desk.drill, Level.RED, desk.now, Solving(), SETTINGS)
    assert first == again
    later = contingency.ready(
        desk.store, desk.drill, Level.RED, desk.now + timedelta(hours=2), Solving(), SETTINGS
    )
    assert later.digest != first.digest


@pytest.mark.parametrize(
    "other",
    [
        replace(SETTINGS, worth=WorthSettings(reach_minutes=5)),
        replace(SETTINGS, duty=DutySettings(squads=False)),
        replace(SETTINGS, travel=TravelSettings(speed_km_h=5)),
    ],
    ids=["worth", "duty", "travel"],
)
def test_no_plan_is_kept_ready_that_stands_on_other_settings(other):
    city = make_city()
    kept, wanted = (
        contingency.digest(Level.RED, city, (), NOW, settings) for settings in (SETTINGS, other)
    )
    assert kept != wanted
