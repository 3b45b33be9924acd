"""Who leads, and who is alive: leases with fencing tokens, and heartbeats.

A lease ends by itself; its token only ever grows. Whoever slept through the end of its lease holds
an older token, and whatever it writes then is refused (M. Kleppmann, "How to do distributed
locking", 2016).
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from data.db import schema
from data.db.engine import insert_new, reading, writing
from data.errors import StalePlan
from data.store.part import Part

LEADER = "leader"
"""The lease of the one process that plans."""
SETUP = "setup"
"""The lease of whoever fills an empty database, so that two at once make one drill."""
FAR = timedelta(minutes=2)
"""No lease is given for so long: one that seems to end later than that was taken before the clock
was put back.
"""
_LEASES = schema.leases


class Leases(Part):
    """The part of the store that only its processes ask about."""

    def acquire(self, name: str, holder: str, now: datetime, ttl: timedelta) -> int | None:
        """Take the lease ``name`` until ``now + ttl``.

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
            if row.holder not in (None, holder) and now < row.expires_at <= now + max(FAR, ttl):
                return None
            token = row.token if row.holder == holder else row.token + 1
            connection.execute(
                update(_LEASES)
                .where(_LEASES.c.name == name)
                .values(holder=holder, token=token, expires_at=now + ttl)
            )
            return token

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

    def beat(self, name: str, at: datetime) -> None:
        """Remember that ``name`` was alive at ``at``; an earlier instant than the last one changes
        nothing.
        """
        beats = schema.beats
        with writing(self._engine) as connection:
            if not insert_new(connection, beats, {"name": name, "at": at}):
                connection.execute(
                    update(beats).where(beats.c.name == name, beats.c.at < at).values(at=at)
                )

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
