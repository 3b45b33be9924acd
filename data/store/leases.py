"""Who leads, and who is alive: leases with fencing tokens, and heartbeats.

A lease ends by itself; its token only ever grows. Whoever slept through the end of its lease holds
an older token, and whatever it writes then is refused (M. Kleppmann, "How to do distributed
locking", 2016).
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Row, delete, select, update

from data.db import schema
from data.db.engine import insert_new, reading, writing
from data.errors import StalePlan
from data.store.part import Part

LEADER = "leader"
"""The lease of the one process that plans."""
LEASE_TTL = timedelta(seconds=6)
"""Three beats of it; who leads no longer is followed within four."""
SETUP = "setup"
"""The lease of whoever fills an empty database, so that two at once make one drill."""
_WAITS = "waits:"
_SILENT = timedelta(days=1)
_LEASES = schema.leases
_Signature = tuple[str | None, int, datetime]


class Leases(Part):
    """The part of the store that only its processes ask about."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._seen: dict[str, tuple[_Signature, datetime]] = {}

    def acquire(self, name: str, holder: str, now: datetime, ttl: timedelta) -> int | None:
        """Take the lease ``name``, or keep it.

        Whoever holds it keeps it alive by asking again. That it is over is seen by nothing having
        changed for ``ttl`` by one's own clock, whatever the other one's clock says: two servers
        whose clocks are minutes apart do not take it from each other, and a clock that was put back
        keeps nobody waiting. Only at the first look is the time believed that stands there.

        Parameters
        ----------
        holder
            Unique to the process, such as host, process id and a random word; the one that holds it
            keeps its token, also when it comes late and nobody else took it: what it wrote
            meanwhile stepped on no one.

        Returns
        -------
        int or None
            The fencing token to write with; ``None`` while another one holds the lease.
        """
        with writing(self._engine) as connection:
            insert_new(
                connection, _LEASES, {"name": name, "holder": None, "token": 0, "expires_at": now}
            )
            row = connection.execute(
                select(_LEASES).where(_LEASES.c.name == name).with_for_update()
            ).one()
            if row.holder not in (None, holder) and not self._is_over(name, row, now, ttl):
                return None
            token = row.token if row.holder == holder else row.token + 1
            connection.execute(
                update(_LEASES)
                .where(_LEASES.c.name == name)
                .values(holder=holder, token=token, expires_at=now + ttl)
            )
            self._seen[name] = (holder, token, now + ttl), now
            return token

    def _is_over(self, name: str, row: Row, now: datetime, ttl: timedelta) -> bool:
        """Whether nobody has kept it alive for ``ttl``, as far as this process has seen."""
        signature = (row.holder, row.token, row.expires_at)
        known, since = self._seen.get(name, (None, now))
        if known is None:
            since = min(now, row.expires_at - ttl)
        elif known != signature or since > now:
            since = now
        self._seen[name] = signature, since
        return now - since >= ttl

    def release(self, name: str, token: int) -> None:
        """Let the lease go; the next one to ask has it at once. Nothing happens when it was lost
        already.
        """
        with writing(self._engine) as connection:
            connection.execute(
                update(_LEASES)
                .where(_LEASES.c.name == name, _LEASES.c.token == token)
                .values(holder=None)
            )

    def holder(self, name: str) -> str | None:
        """Who has the lease, or had it when it ended by itself."""
        with reading(self._engine) as connection:
            return connection.scalar(select(_LEASES.c.holder).where(_LEASES.c.name == name))

    def stand_by(self, name: str, holder: str, at: datetime) -> None:
        """Remember that ``holder`` is alive and waits for the lease."""
        self.beat(f"{_WAITS}{name}:{holder}", at)

    def stand_by_no_more(self, name: str, holder: str) -> None:
        """Forget that it waits, and whoever has not been heard of for a day."""
        beats, prefix = schema.beats, f"{_WAITS}{name}:"
        with writing(self._engine) as connection:
            own = connection.scalar(select(beats.c.at).where(beats.c.name == prefix + holder))
            if own is None:
                return
            gone = beats.c.name.startswith(prefix, autoescape=True) & (beats.c.at < own - _SILENT)
            connection.execute(delete(beats).where((beats.c.name == prefix + holder) | gone))

    def standing_by(self, name: str, since: datetime) -> list[str]:
        """Those who wait for the lease and were alive at ``since`` or later."""
        beats, prefix = schema.beats, f"{_WAITS}{name}:"
        with reading(self._engine) as connection:
            found = connection.scalars(
                select(beats.c.name)
                .where(beats.c.name.startswith(prefix, autoescape=True), beats.c.at >= since)
                .order_by(beats.c.name)
            )
            return [one.removeprefix(prefix) for one in found]

    def beat(self, name: str, at: datetime) -> None:
        """Remember that ``name`` was alive at ``at``, whatever was remembered: a clock that was put
        back leaves no sign of life from the future.
        """
        beats = schema.beats
        with writing(self._engine) as connection:
            if not insert_new(connection, beats, {"name": name, "at": at}):
                connection.execute(update(beats).where(beats.c.name == name).values(at=at))

    def last_beat(self, name: str) -> datetime | None:
        """When ``name`` was last alive."""
        with reading(self._engine) as connection:
            return connection.scalar(select(schema.beats.c.at).where(schema.beats.c.name == name))


def fence(connection: Connection, name: str, token: int | None) -> None:
    """Go on only if ``token`` is the newest of the lease, which it then stays until the transaction
    ends.

    ``None`` stands for a writer that is alone by other means.

    Raises
    ------
    StalePlan
        Another one holds a newer token.
    """
    if token is None:
        return
    newest = connection.scalar(
        select(_LEASES.c.token).where(_LEASES.c.name == name).with_for_update()
    )
    if newest != token:
        raise StalePlan("plan.stale_token", token=token)
