"""A plan that must be approved binds nobody before it is; whoever comes too late is told so."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.model.situation import look
from dashboard.render import status
from data.model.plan import PlanState
from data.store.store import StalePlan
from ops.analytics.response_cases import response_times
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.intake import alerts
from ops.notifications.channels import ChannelSettings
from ops.planning.in_force.approval_policy import ApprovalSettings
from ops.replanning.approval import approve
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import both_databases, make_forecast
from tests.helpers.processes.killed import Greedy

pytestmark = both_databases
GROUP = ChannelSettings(name="群", kind="wecom", url="https://127.0.0.1:1/robot", drill=True)


@pytest.fixture
def desk(store) -> Iterator[Desk]:
    """A desk whose plans are held unless level IV is ordered."""
    desk = Desk(store, approval=ApprovalSettings(hold=("none", "II")), channels=(GROUP,))
    desk.loop._solving = Greedy()
    yield desk
    desk.loop.stop()


def approved(desk: Desk, number: int) -> None:
    approve(
        desk.store,
        desk.drill,
        replace(CONSOLE, name="李主任"),
        number,
        desk.now,
        desk.loop._settings.channels,
        desk.loop._settings.notify,
    )


def test_a_held_plan_binds_nobody_until_it_is_approved(desk):
    desk.paste(YELLOW)
    draft = desk.loop.answer()
    assert (draft.state, draft.published_at) == (PlanState.DRAFT, None)
    assert desk.store.plans.current(desk.drill.id) is None
    assert desk.store.outbox.notices(desk.drill.id) == []
    assert desk.loop.answer() is None, "its cause has its answer"
    desk.wait(minutes=7)
    approved(desk, 1)
    current = desk.store.plans.current(desk.drill.id)
    assert (current.number, current.approved_by, current.published_at) == (1, "李主任", desk.now)
    assert {one.station_id for one in desk.store.outbox.notices(desk.drill.id, version=1)} == {
        "A",
        "B",
    }
    last, *_ = desk.store.desk.audit_log()
    assert (last.action, last.by) == ("approve_plan", "李主任")
    with pytest.raises(StalePlan, match="stale_draft"):
        approved(desk, 1)


def test_a_newer_draft_takes_the_place_of_the_older_and_answers_its_causes(desk):
    (taken,) = desk.paste(YELLOW)
    desk.loop.answer()
    desk.wait(minutes=5)
    alerts.take_forecast(desk.store, desk.drill, make_forecast({12: 9.0}, desk.now), desk.now)
    desk.loop.answer()
    with pytest.raises(StalePlan, match="stale_draft"):
        approved(desk, 1)
    approved(desk, 2)
    store, number = desk.store, desk.drill.id
    assert [line.state for line in store.plans.versions(number)] == [
        PlanState.SUPERSEDED,
        PlanState.PUBLISHED,
    ]
    versions = [store.plans.version(number, line.number) for line in store.plans.versions(number)]
    cases = response_times(versions, store.triggers.all(number), store.weather.alerts(number))
    assert {(case.cause, case.version, case.at("received")) for case in cases} == {
        (f"alert:{taken.alert.digest}", 2, taken.alert.received_at)
    }


def test_a_plan_in_force_that_nothing_changes_needs_no_approval_again(desk):
    desk.paste(YELLOW)
    desk.loop.answer()
    approved(desk, 1)
    asked = alerts.plan_again(desk.store, desk.drill, CONSOLE, desk.now)
    desk.loop.answer()
    number = desk.drill.id
    assert desk.store.plans.draft(number) is None
    assert desk.store.plans.current(number).number == 1
    assert desk.store.triggers.get(number, asked.cause).outcome.code == "outcome.unchanged"


def test_a_level_that_is_not_held_publishes_itself_and_supersedes_a_draft(desk):
    desk.paste(YELLOW)
    desk.loop.answer()
    desk.store.level_orders.order(desk.drill.id, "IV", "值班员", desk.now)
    published = desk.loop.answer()
    assert (published.number, published.state) == (2, PlanState.PUBLISHED)
    assert desk.store.plans.draft(desk.drill.id) is None
    desk.store.level_orders.order(desk.drill.id, "II", "值班员", desk.now)
    assert desk.loop.answer().state is PlanState.DRAFT
    assert desk.store.plans.current(desk.drill.id) == published, "still in force"


def test_the_board_says_that_a_plan_waits(desk):
    def card() -> str:
        return status.held(look(desk.store, desk.store.city(), desk.real_now), Translator("zh"))

    assert card() == ""
    desk.paste(YELLOW)
    desk.loop.answer()
    desk.wait(minutes=7)
    assert "第1版方案待批准（08:20做出，已等7分钟）" in card()
    approved(desk, 1)
    assert card() == ""
