"""Who may do what: one table, asked by every action where it is carried out, whatever a page
showed.
"""

from dataclasses import dataclass
from enum import StrEnum

from data.model.account import Role
from data.model.message import Message
from ops.base.errors import PermissionDenied


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: ``name`` is what is recorded and shown, ``station_id`` the station of a chief or of
    a link, ``resource_id`` the crew or machine of a link that is that one's alone, ``city`` that of
    a city's desk.
    """

    name: str
    role: Role
    station_id: str | None = None
    resource_id: str | None = None
    city: str | None = None


class Action(StrEnum):
    """What can be done; the first ones are looked at only."""

    SEE_DESK = "see_desk"
    SEE_STATION = "see_station"  # its sheets, on screen and on paper
    SEE_MANAGER = "see_manager"  # clocks, ledgers, reports, every table
    SEE_SETUP = "see_setup"
    SEE_HELP = "see_help"  # the handbook
    SEE_DISTRICTS = "see_districts"  # what the districts publish, at the desk above them
    PLAN_AGAIN = "plan_again"
    TAKE_ALERT = "take_alert"
    ORDER_LEVEL = "order_level"
    REPORT_INCIDENT = "report_incident"
    CLOSE_INCIDENT = "close_incident"
    SORT_INCIDENTS = "sort_incidents"  # which calls are about the same matter
    PUSH_READINGS = "push_readings"  # what gauges measured
    SET_OUTAGE = "set_outage"  # a crew or machine out of action, or back
    CHANGE_ROSTER = "change_roster"  # a day of the roster: absent, leave, a swap, another shift
    CLOSE_STREET = "close_street"  # close, slow, open again
    CHANGE_PLAN = "change_plan"  # lock, move, drop, add
    APPROVE_PLAN = "approve_plan"
    REPORT_WORK = "report_work"  # accept, refuse, ask, hand over, set out, on site, cleared, help
    VERIFY_WORK = "verify_work"  # verify, or open again
    ANSWER_QUESTION = "answer_question"
    TELL_WORKS = "tell_works"  # of dry-day works: begun, finished, what comes first
    CHECK_STREETS = "check_streets"  # unannounced checks of how clean they are
    CALL_VOLUNTEERS = "call_volunteers"  # posts of actions, and who fills them
    KEEP_LOG = "keep_log"  # the duty log: notes, and the watch handed over and taken over
    TELL_STATION = "tell_station"  # who was reached by telephone, or by a gateway that calls
    REVOKE_LINK = "revoke_link"
    REPLACE_CITY = "replace_city"
    CHANGE_SETTINGS = "change_settings"  # channels, feeds, addresses, targets
    SWITCH_OPERATION = "switch_operation"  # drill and real operation
    OWN_PASSWORD = "own_password"  # change it
    OWN_SIGN_IN = "own_sign_in"  # the second factor, and the sessions
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_TOKENS = "manage_tokens"
    GIVE_DIRECTIVE = "give_directive"  # to a district, from the desk above
    ANSWER_DIRECTIVE = "answer_directive"  # at the district: seen, refused, done
    MANAGE_DISTRICTS = "manage_districts"  # of an installation: add, archive
    REMOVE_SEASON = "remove_season"  # out of the database, once it is kept in a file


class Scope(StrEnum):
    """How far a permission goes."""

    OWN = "own"  # the actor's own station
    ALL = "all"


_OWN_STATION = {
    Action.SEE_STATION: Scope.OWN,
    Action.REPORT_WORK: Scope.OWN,
    Action.REPORT_INCIDENT: Scope.ALL,  # whoever passes sees what is amiss on others' roads
}
# whoever has an account: how he signs in (whose it is follows from who acts), and the handbook
_OWN_ACCOUNT = dict.fromkeys((Action.OWN_PASSWORD, Action.OWN_SIGN_IN, Action.SEE_HELP), Scope.ALL)
_SEEN = dict.fromkeys((Action.SEE_DESK, Action.SEE_STATION, Action.SEE_MANAGER), Scope.ALL)
_DESK = dict.fromkeys(
    (
        Action.PLAN_AGAIN,
        Action.TAKE_ALERT,
        Action.ORDER_LEVEL,
        Action.REPORT_INCIDENT,
        Action.CLOSE_INCIDENT,
        Action.SORT_INCIDENTS,
        Action.SET_OUTAGE,
        Action.CHANGE_ROSTER,
        Action.CLOSE_STREET,
        Action.CHANGE_PLAN,
        Action.APPROVE_PLAN,
        Action.REPORT_WORK,
        Action.VERIFY_WORK,
        Action.ANSWER_QUESTION,
        Action.TELL_STATION,
        Action.KEEP_LOG,
        Action.ANSWER_DIRECTIVE,
        Action.TELL_WORKS,
        Action.CHECK_STREETS,
        Action.CALL_VOLUNTEERS,
        Action.REVOKE_LINK,
    ),
    Scope.ALL,
)
_ABOVE = dict.fromkeys((Action.SEE_DISTRICTS, Action.GIVE_DIRECTIVE), Scope.ALL)
MAY: dict[Role, dict[Action, Scope]] = {
    Role.CHIEF: _OWN_STATION
    | _OWN_ACCOUNT
    | dict.fromkeys((Action.SET_OUTAGE, Action.CHANGE_ROSTER), Scope.OWN),
    Role.DUTY: _SEEN | _DESK | _OWN_ACCOUNT,
    Role.MANAGER: _SEEN | _OWN_ACCOUNT | {Action.CHECK_STREETS: Scope.ALL},
    Role.ADMIN: dict.fromkeys(Action, Scope.ALL),
    Role.CITY: _ABOVE | _OWN_ACCOUNT,
    Role.PROVINCE: _ABOVE | _OWN_ACCOUNT,
    Role.LINK: _OWN_STATION,
    Role.PLATFORM: {
        Action.REPORT_INCIDENT: Scope.ALL,
        Action.CLOSE_INCIDENT: Scope.ALL,
        Action.SORT_INCIDENTS: Scope.ALL,
        Action.PUSH_READINGS: Scope.ALL,
        Action.TELL_STATION: Scope.ALL,
    },  # of its own reports only
}
"""What is not named here is refused."""


def may(actor: Actor, action: Action, station_id: str | None = None) -> bool:
    """Whether ``actor`` may do this, at the station named; ``None``: at no station in particular,
    or at all of them.
    """
    scope = MAY[actor.role].get(action)
    return scope is Scope.ALL or (
        scope is Scope.OWN and station_id is not None and station_id == actor.station_id
    )


def require(actor: Actor, action: Action, station_id: str | None = None) -> None:
    """Go on only if ``actor`` may.

    Raises
    ------
    NotAllowed
        He may not.
    """
    if not may(actor, action, station_id):
        raise PermissionDenied("access.refused", role=Message(f"account_role.{actor.role}"))


def sees(actor: Actor, action: Action) -> bool:
    """Whether ``actor`` may do this anywhere: at his own station at least."""
    return may(actor, action, actor.station_id)


CONSOLE = Actor(name="命令行", role=Role.ADMIN)
"""Whoever can run a command on the machine has the machine."""
TRAINEE = Actor(name="演练", role=Role.ADMIN)
"""Whoever opens the board of a drill on the machine itself; the operation it acts in is marked a
drill, too.
"""
