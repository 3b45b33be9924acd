"""The list of warnings: what holds, from when to when, and why the others don't."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.city import District
from data.model.operation import Operation, OperationKind
from ops.base.messages import Translator
from ops.documents.alert_lines import why
from ops.intake.alert_list import alert_states
from ops.intake.alerts import planned_for
from tests.helpers.makers import HOUR, NOW, make_alert
from weather.in_force import in_force
from weather.model import Action, AlertStatus, Level

OURS = District(adcode="220402", name="辽源市龙山区")
REAL = Operation(id=1, kind=OperationKind.REAL, started_at=NOW, clock_at=NOW, anchor_at=NOW)
LATER = NOW + HOUR
FIRST = make_alert()
RAISED = make_alert(Level.ORANGE, LATER, action=Action.UPGRADE)
LIFTED = make_alert(issued_at=LATER, provider_id="lifted", action=Action.CANCEL)


def states(*alerts, at=LATER):
    return {each.alert.provider_id: each for each in alert_states(alerts, REAL, OURS, at)}


@pytest.mark.parametrize(
    ("alert", "others", "reason", "by"),
    [
        (FIRST, (), "in_force", None),
        (FIRST, (RAISED,), "replaced", RAISED),
        (FIRST, (LIFTED,), "lifted", LIFTED),
        (LIFTED, (FIRST,), "lifting", None),
        (replace(FIRST, provider_id="short", forecast_hours=1.0), (), "over", None),
        (replace(FIRST, provider_id="x", issuers=("东丰县气象台",)), (), "elsewhere", None),
        (replace(FIRST, provider_id="x", status=AlertStatus.TEST), (), "test", None),
        (replace(FIRST, provider_id="x", status=AlertStatus.EXERCISE), (), "exercise", None),
        (
            replace(FIRST, provider_id="x", issued_at=NOW + 3 * HOUR, received_at=NOW),
            (),
            "ahead",
            None,
        ),
    ],
)
def test_each_warning_says_why_it_holds_or_not(alert, others, reason, by):
    found = states(alert, *others)[alert.provider_id]
    assert (found.why, found.by) == (reason, by)
    assert found.planned is (reason == "in_force")
    for language in ("zh", "en"):
        assert why(found, Translator(language))


def test_a_copy_by_another_door_is_told_as_one():
    other = replace(FIRST, provider="cma", provider_id="2", issued_at=NOW + timedelta(minutes=4))
    found = states(FIRST, other, at=NOW + HOUR / 2)
    assert sorted(each.why for each in found.values()) == ["copy", "in_force"]
    assert all(each.in_force and each.planned for each in found.values())


def test_what_is_listed_in_force_is_what_is_planned_for():
    alerts = (FIRST, RAISED, LIFTED, replace(FIRST, provider_id="x", issuers=("东丰县气象台",)))
    for hours in range(8):
        at = NOW + hours * HOUR
        listed = alert_states(alerts, REAL, OURS, at)
        assert {each.alert.digest for each in listed if each.in_force} == {
            alert.digest for alert in in_force(alerts, at)
        }
        assert {each.alert.digest for each in listed if each.planned} == {
            alert.digest for alert in planned_for(alerts, REAL, OURS, at)
        }


def test_what_a_hazard_means_is_told():
    alert = make_alert(type="强对流")
    assert states(alert)[alert.provider_id].means == ("rain", "lightning", "wind")
