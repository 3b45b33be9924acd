"""Signed links: whoever holds one may read and answer one station's sheet of one plan version, or
what one crew or machine of it has to do, without an account.

The key is made at its first use and lies in the database, so all processes and a restored backup
share it. A link's id is ``operation:version:station:round``; taking back all links of a station
ends its round and begins the next.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from data.model.desk import Revocation
from data.model.notice import Notice
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import PermissionDenied, UnknownLink
from ops.base.sites import mark_of
from ops.field.progress import own_jobs
from ops.notifications.notices import NotifySettings

KEY = "link_key"  # the setting that holds it
MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link gives access to; it ends at ``expires_at`` by the operation's clock.

    Attributes
    ----------
    resource_id
        The crew or machine that it is for; ``None``: the whole station.
    """

    operation_id: int
    version: int
    station_id: str
    round: int
    expires_at: datetime
    resource_id: str | None = None

    @property
    def id(self) -> str:
        station = f"{self.operation_id}:{self.version}:{self.station_id}:{self.round}"
        return f"{station}:{self.resource_id}" if self.resource_id else station


class Links:
    """Makes, reads and takes back links.

    Parameters
    ----------
    clock
        The real clock.
    """

    def __init__(self, store: Store, settings: NotifySettings, clock: Callable[[], datetime]):
        self._store = store
        self._settings = settings
        self._clock = clock

    def address(self, notice: Notice) -> str | None:
        """The address for a notice; ``None`` where the settings name no base, or the version is
        gone.
        """
        return self.sheet(notice.operation_id, notice.version, notice.station_id)

    def sheet(
        self, operation_id: int, version: int, station_id: str, resource_id: str | None = None
    ) -> str | None:
        """The address of a station's sheet, or of one crew's of it; ``None`` where the settings
        name no base, or the version is gone.
        """
        base = self._settings.base_url.rstrip("/")
        token = self.token(operation_id, version, station_id, resource_id) if base else None
        return f"{base}/s/{token}" if token else None

    def token(
        self, operation_id: int, version: int, station_id: str, resource_id: str | None = None
    ) -> str | None:
        """A link's secret part, the same whenever it is asked for; ``None`` for a version that
        there is not, or a crew that is not the station's.
        """
        found, city = self._store.plans.version(operation_id, version), self._store.city()
        unit = city.resource_by_id.get(resource_id or "")
        if found is None or (resource_id and (unit is None or unit.station_id != station_id)):
            return None
        own = own_jobs(found, station_id, city).values()
        until = max([found.made_at, *(job.end_at for job in own)]) + timedelta(
            hours=self._settings.link_hours
        )
        said = [operation_id, version, station_id, self._round(station_id), int(until.timestamp())]
        signed = self._signer().dumps([*said, resource_id] if resource_id else said)
        return mark_of(self._store) + signed

    def read(self, token: str) -> tuple[Link, Operation]:
        """What a link gives access to, and the operation that it belongs to.

        Raises
        ------
        NotAllowed
            It is not ours or was changed, its time is over, or it was taken back.
        """
        signed = unsigned(self._store, "xunban.link", token, "link.bad")
        try:
            operation_id, version, station_id, number, until, *crew = signed
        except ValueError:
            raise UnknownLink("link.bad") from None
        link = Link(
            operation_id=operation_id,
            version=version,
            station_id=station_id,
            round=number,
            expires_at=datetime.fromtimestamp(until, self._clock().tzinfo),
            resource_id=crew[0] if crew else None,
        )
        operation = self._store.operations.current()
        if operation is None or operation.id != operation_id:
            raise PermissionDenied("link.over")
        if operation.now(self._clock()) >= link.expires_at:
            raise PermissionDenied("link.expired")
        if self._store.desk.is_revoked([link.id, _of_station(station_id, number)]):
            raise PermissionDenied("link.revoked")
        return link, operation

    def revoke(self, actor: Actor, link_id: str) -> bool:
        """Take one link back; whether it counted until now.

        Raises
        ------
        NotAllowed
            ``actor`` may not.
        """
        require(actor, Action.REVOKE_LINK)
        at = self._clock()
        with self._store.atomic():
            new = self._store.desk.revoke_link(Revocation(link_id=link_id, by=actor.name, at=at))
            if new:
                record(self._store, actor, Action.REVOKE_LINK, link_id, at)
            return new

    def revoke_station(self, actor: Actor, station_id: str) -> bool:
        """Take back all links that a station has now; those made from here on count."""
        with self._store.atomic():
            return self.revoke(actor, _of_station(station_id, self._round(station_id)))

    def _round(self, station_id: str) -> int:
        return next(
            number
            for number in range(MOST_ROUNDS)
            if not self._store.desk.is_revoked([_of_station(station_id, number)])
        )

    def _signer(self) -> URLSafeSerializer:
        return signer(self._store, "xunban.link")


def signer(store: Store, purpose: str) -> URLSafeSerializer:
    """What signs and reads for a purpose; what is signed for one is none of another."""
    key = str(store.settings.get_or_make(KEY, secrets.token_urlsafe(32)))
    return URLSafeSerializer(key, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})


def unsigned(store: Store, purpose: str, token: str, refusal: str) -> list:
    """What a token of this district was made of.

    Raises
    ------
    UnknownLink
        It is not ours or was changed; ``refusal`` says so.
    """
    mark = mark_of(store)
    if not token.startswith(mark):
        raise UnknownLink(refusal)
    try:
        found = signer(store, purpose).loads(token.removeprefix(mark))
    except BadData:
        raise UnknownLink(refusal) from None
    if not isinstance(found, list):
        raise UnknownLink(refusal)
    return found


def revoked_link(link_id: str) -> tuple[str, int | None]:
    """The station (or the place of a report point) whose links a revocation speaks of, and the plan
    version where it is one link; ``None``: all links that it had then.
    """
    first, rest = link_id.split(":", 1)
    named, _, _round = rest.rpartition(":")
    if first in ("station", "point"):
        return named, None
    version, station_id = named.split(":", 1)
    return station_id, int(version)


def _of_station(station_id: str, number: int) -> str:
    return f"station:{station_id}:{number}"
