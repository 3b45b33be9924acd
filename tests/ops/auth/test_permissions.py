"""Who may do what: what no table row names is refused, and one's own station is not another's."""

import pytest

from data.model.account import Role
from ops.auth.permissions import MAY, Action, Actor, Scope, may, require
from ops.base.errors import NotAllowed

WRITES = set(Action) - {
    Action.SEE_DESK,
    Action.SEE_STATION,
    Action.SEE_MANAGER,
    Action.SEE_SETUP,
    Action.SEE_HELP,
    Action.SEE_DISTRICTS,
    Action.OWN_PASSWORD,
    Action.OWN_SIGN_IN,
}
OF_ANY_ACCOUNT = {Action.SEE_HELP, Action.OWN_PASSWORD, Action.OWN_SIGN_IN}
"""What follows from having an account, whatever its role and station."""
ON_ANY_ROAD = {Action.REPORT_INCIDENT}
"""Who drives past another station's road says what he sees there."""


def test_every_role_has_its_row():
    assert set(MAY) == set(Role)


def test_a_manager_reads_and_inspects_roads():
    assert set(MAY[Role.MANAGER]) & WRITES == {Action.CHECK_STREETS}


@pytest.mark.parametrize("role", [Role.CHIEF, Role.LINK])
@pytest.mark.parametrize("action", sorted(set(Action) - OF_ANY_ACCOUNT - ON_ANY_ROAD))
def test_a_station_reaches_nothing_beyond_itself(role, action):
    actor = Actor(name="甲", role=role, station_id="A")
    assert not may(actor, action, "B")
    assert not may(actor, action)
    assert may(actor, action, "A") is (MAY[role].get(action) is Scope.OWN)


def test_a_chief_without_a_station_may_only_what_any_account_may():
    nobody = Actor(name="甲", role=Role.CHIEF)
    assert {action for action in Action if may(nobody, action)} == OF_ANY_ACCOUNT | ON_ANY_ROAD


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", sorted(OF_ANY_ACCOUNT))
def test_who_has_an_account_may_change_its_password_and_read_the_handbook(role, action):
    assert may(Actor(name="甲", role=role), action) is (role not in (Role.LINK, Role.PLATFORM))


def test_refusal_names_the_role():
    with pytest.raises(NotAllowed, match=r"access\.refused") as refused:
        require(Actor(name="乙", role=Role.MANAGER), Action.PLAN_AGAIN)
    assert refused.value.facts["role"].code == "account_role.manager"
