"""Report points: links and QR codes on a lamp post or a community's board, by which whoever passes
reports what is amiss there, without an account.

Signed by the same key as the links of sheets, for another purpose: neither opens the other. One
printed in a drill counts in drills alone, one of real operation never in a drill. Taking a point
back ends its round and begins the next: what hangs there must be printed anew.
"""

from dataclasses import dataclass
from datetime import datetime

from data.model.city import City, Segment
from data.model.desk import Revocation
from data.model.operation import Operation
from data.model.street.street_case import GRID
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, PermissionDenied, UnknownLink
from ops.base.sites import mark_of
from ops.notifications.signed_links import MOST_ROUNDS, signer, unsigned

PURPOSE = "xunban.report"
POINT = "point"
"""Begins what is written down of a point taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPoint:
    """Where a code hangs: the stretch of a road, or the board of a station of the grid
    (``place_id`` is the id of either).
    """

    place_id: str
    drill: bool
    round: int = 0

    @property
    def id(self) -> str:
        """By which it is counted and taken back."""
        return f"{POINT}:{self.place_id}:{self.round}"


def point_token(store: Store, operation: Operation, place_id: str) -> str:
    """The secret part of a point's address, the same until it is taken back."""
    signed = signer(store, PURPOSE).dumps(
        [place_id, int(operation.is_drill), _round(store, place_id)]
    )
    return mark_of(store) + signed


def read_point(store: Store, token: str) -> tuple[ReportPoint, Operation]:
    """The point of an address, and the operation that it reports to.

    Raises
    ------
    NotAllowed
        It is not ours or was changed, was taken back, is of a drill or of real operation and the
        other runs; or nothing does.
    """
    try:
        place_id, drill, number = unsigned(store, PURPOSE, token, "point.bad")
    except ValueError:
        raise UnknownLink("point.bad") from None
    point = ReportPoint(place_id=place_id, drill=bool(drill), round=number)
    if store.desk.is_revoked([point.id]):
        raise PermissionDenied("point.taken_back")
    operation = store.operations.current()
    if operation is None or operation.is_drill != point.drill:
        raise Conflict("point.other_operation")
    return point, operation


def roads_of(point: ReportPoint, city: City) -> tuple[Segment, ...]:
    """The roads that a point reports of: its own; of a community's, all of the district.

    Raises
    ------
    NotAllowed
        The tables know its place no longer.
    """
    if segment := city.segment_by_id.get(point.place_id):
        return (segment,)
    station = city.station_by_id.get(point.place_id)
    if station is None or station.service != GRID:
        raise PermissionDenied("point.taken_back")
    return city.segments


@atomic
def take_back_point(store: Store, actor: Actor, place_id: str, at: datetime) -> bool:
    """Let what hangs at a place count no longer; whether it did until now.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.REVOKE_LINK)
    point = ReportPoint(place_id=place_id, drill=False, round=_round(store, place_id))
    new = store.desk.revoke_link(Revocation(link_id=point.id, by=actor.name, at=at))
    if new:
        record(store, actor, Action.REVOKE_LINK, point.id, at)
    return new


def _round(store: Store, place_id: str) -> int:
    points = (ReportPoint(place_id=place_id, drill=False, round=n) for n in range(MOST_ROUNDS))
    return next(point.round for point in points if not store.desk.is_revoked([point.id]))
