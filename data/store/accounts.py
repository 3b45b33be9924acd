"""Who may sign in, who is signed in, and what was tried without success."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from data.db import schema
from data.db.codec import to_entity, to_new_row, to_row
from data.db.engine import insert_new, insert_row, reading, writing
from data.model.account import Account, Role, Session, Tries
from data.store.part import Part

_ACCOUNTS, _SESSIONS, _TRIES = schema.accounts, schema.sessions, schema.tries
_CODES = schema.recovery_codes

AHEAD = timedelta(minutes=1)  # clocks differ a little
MOST_TRIES = 1000  # that are listed at once
BY_NAME, KEPT_TRIES = "name:", 20_000
"""Of tries by a name so many are remembered, the latest: whoever makes names up fills no disk, and
one that is forgotten has cost him more than the wait that it spares him.
"""


class Accounts(Part):
    """The part of the store that holds accounts, sessions and tries.

    Names come folded: one in any case of letters.
    """

    def save(self, account: Account) -> Account | None:
        """Keep a new account; ``None`` where its name is another's that is not revoked."""
        with writing(self._engine) as connection:
            row = insert_row(connection, _ACCOUNTS, to_new_row(_ACCOUNTS, account))
            return to_entity(Account, row) if row else None

    def get(self, name: str) -> Account | None:
        """The account of this name that is not revoked."""
        with reading(self._engine) as connection:
            row = (
                connection.execute(
                    select(_ACCOUNTS).where(
                        _ACCOUNTS.c.name == name, _ACCOUNTS.c.revoked_at.is_(None)
                    )
                )
                .mappings()
                .first()
            )
            return to_entity(Account, row) if row else None

    def all(self, revoked: bool = False) -> list[Account]:
        """The accounts, by name; ``revoked``: those that are revoked, too."""
        which = [] if revoked else [_ACCOUNTS.c.revoked_at.is_(None)]
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_ACCOUNTS).where(*which).order_by(_ACCOUNTS.c.name, _ACCOUNTS.c.id)
            )
            return [to_entity(Account, row) for row in rows.mappings()]

    def revoke(self, account_id: int, at: datetime) -> bool:
        """It counts no longer and its sessions end, at once; whether it counted until now."""
        with writing(self._engine) as connection:
            _end_all(connection, account_id)
            return (
                connection.execute(
                    update(_ACCOUNTS)
                    .where(_ACCOUNTS.c.id == account_id, _ACCOUNTS.c.revoked_at.is_(None))
                    .values(revoked_at=at)
                ).rowcount
                == 1
            )

    def stands(self, account: Account) -> bool:
        """Whether it still counts and is signed in by as here: password and second factor."""
        now = self.get(account.name)
        return now is not None and _ways_in(now) == _ways_in(account)

    def set_role(
        self, account_id: int, role: Role, station_id: str | None, city: str | None = None
    ) -> None:
        """What it is from now on; whoever is signed in by it is so at his next step."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_ACCOUNTS)
                .where(_ACCOUNTS.c.id == account_id)
                .values(role=str(role), station_id=station_id, city=city)
            )

    def set_password(self, account_id: int, password: str, temporary: bool = False) -> None:
        """Put this hash in the place of the one before; the account's sessions end with it.

        Parameters
        ----------
        temporary
            Whether somebody else chose it.
        """
        with writing(self._engine) as connection:
            connection.execute(
                update(_ACCOUNTS)
                .where(_ACCOUNTS.c.id == account_id)
                .values(password=password, temporary=temporary)
            )
            _end_all(connection, account_id)

    def hash_anew(self, account_id: int, before: str, password: str) -> bool:
        """The same password, hashed with more work; whether ``before`` was still its hash."""
        with writing(self._engine) as connection:
            return (
                connection.execute(
                    update(_ACCOUNTS)
                    .where(_ACCOUNTS.c.id == account_id, _ACCOUNTS.c.password == before)
                    .values(password=password)
                ).rowcount
                == 1
            )

    def offer_second(self, account_id: int, secret: str) -> None:
        """A secret for codes that are not asked for yet, where there is none."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_ACCOUNTS)
                .where(_ACCOUNTS.c.id == account_id, _ACCOUNTS.c.second_secret.is_(None))
                .values(second_secret=secret, second_step=0)
            )

    def begin_second(self, account_id: int, at: datetime) -> None:
        """Codes are asked for from now on; the account's sessions end."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_ACCOUNTS).where(_ACCOUNTS.c.id == account_id).values(second_at=at)
            )
            _end_all(connection, account_id)

    def end_second(self, account_id: int) -> None:
        """No code is asked for any longer; the account's sessions end."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_ACCOUNTS)
                .where(_ACCOUNTS.c.id == account_id)
                .values(second_secret=None, second_at=None, second_step=0)
            )
            connection.execute(delete(_CODES).where(_CODES.c.account_id == account_id))
            _end_all(connection, account_id)

    def use_step(self, account_id: int, step: int) -> bool:
        """The code of this period was given; whether it is the first time, and none of a later one
        was.
        """
        with writing(self._engine) as connection:
            return (
                connection.execute(
                    update(_ACCOUNTS)
                    .where(_ACCOUNTS.c.id == account_id, _ACCOUNTS.c.second_step < step)
                    .values(second_step=step)
                ).rowcount
                == 1
            )

    def set_recovery_codes(self, account_id: int, digests: Iterable[str]) -> None:
        """These count, and none of before."""
        with writing(self._engine) as connection:
            connection.execute(delete(_CODES).where(_CODES.c.account_id == account_id))
            connection.execute(
                insert(_CODES), [{"account_id": account_id, "digest": one} for one in digests]
            )

    def use_recovery_code(self, account_id: int, digest: str) -> bool:
        """Whether it counted until now."""
        with writing(self._engine) as connection:
            return (
                connection.execute(
                    delete(_CODES).where(
                        _CODES.c.account_id == account_id, _CODES.c.digest == digest
                    )
                ).rowcount
                == 1
            )

    def copy(self, other: "Accounts") -> None:
        """Take over the accounts of another database that count, by the same numbers (codes for
        paper are sealed by them), and what each signs in by; this one has none yet.
        """
        with reading(other._engine) as connection:
            counts = _ACCOUNTS.c.revoked_at.is_(None)
            accounts = connection.execute(select(_ACCOUNTS).where(counts)).mappings().all()
            codes = connection.execute(select(_CODES).join(_ACCOUNTS).where(counts))
            digests = codes.mappings().all()
        with writing(self._engine) as connection:
            for table, rows in ((_ACCOUNTS, accounts), (_CODES, digests)):
                if rows:
                    connection.execute(insert(table), [dict(row) for row in rows])

    def count_recovery_codes(self, account_id: int) -> int:
        """How many are left."""
        with reading(self._engine) as connection:
            return connection.scalars(
                select(func.count()).where(_CODES.c.account_id == account_id)
            ).one()

    def end_sessions(self, account_id: int) -> None:
        """None of its sessions counts any longer."""
        with writing(self._engine) as connection:
            _end_all(connection, account_id)

    def open_session(self, session: Session, oldest: datetime) -> None:
        """Keep a session; sessions and tries begun before ``oldest`` are swept away."""
        with writing(self._engine) as connection:
            connection.execute(delete(_TRIES).where(_TRIES.c.first_at < oldest))
            connection.execute(delete(_SESSIONS).where(_SESSIONS.c.created_at < oldest))
            connection.execute(insert(_SESSIONS).values(to_row(_SESSIONS, session)))

    def session(self, digest: str) -> tuple[Session, Account] | None:
        """A session and its account, unless that is revoked."""
        with reading(self._engine) as connection:
            row = (
                connection.execute(select(_SESSIONS).where(_SESSIONS.c.digest == digest))
                .mappings()
                .first()
            )
            if row is None:
                return None
            owner = (
                connection.execute(
                    select(_ACCOUNTS).where(
                        _ACCOUNTS.c.id == row["account_id"], _ACCOUNTS.c.revoked_at.is_(None)
                    )
                )
                .mappings()
                .first()
            )
            return (to_entity(Session, row), to_entity(Account, owner)) if owner else None

    def touch_session(self, digest: str, at: datetime) -> None:
        """It was used at this time."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_SESSIONS).where(_SESSIONS.c.digest == digest).values(seen_at=at)
            )

    def end_session(self, digest: str) -> bool:
        """It counts no longer; whether there was one until now."""
        with writing(self._engine) as connection:
            ended = connection.execute(delete(_SESSIONS).where(_SESSIONS.c.digest == digest))
            return ended.rowcount == 1

    def sessions(self, account_id: int) -> list[Session]:
        """Those of an account that were not ended, the latest used first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_SESSIONS)
                .where(_SESSIONS.c.account_id == account_id)
                .order_by(_SESSIONS.c.seen_at.desc())
            )
            return [to_entity(Session, row) for row in rows.mappings()]

    def end_other_sessions(self, account_id: int, digest: str, only: str | None = None) -> int:
        """All sessions of an account but one end, or of these only one; how many did."""
        which = [] if only is None else [_SESSIONS.c.digest == only]
        with writing(self._engine) as connection:
            return connection.execute(
                delete(_SESSIONS).where(
                    _SESSIONS.c.account_id == account_id, _SESSIONS.c.digest != digest, *which
                )
            ).rowcount

    def try_once(
        self, subject: str, at: datetime, since: datetime, wait: Callable[[Tries], datetime]
    ) -> datetime | None:
        """Count one more try, before it is known how it ends, so that many at once count as many.

        Parameters
        ----------
        since
            If the first try lies before, all are forgotten; also if the last lies ahead, for the
            clock was put back since.
        wait
            Until when the next one has to wait, by what was tried.

        Returns
        -------
        datetime or None
            Until when it has to wait: then it is not counted. ``None``: go on.
        """
        with writing(self._engine) as connection:
            connection.execute(
                delete(_TRIES).where(
                    _TRIES.c.subject == subject,
                    or_(_TRIES.c.first_at < since, _TRIES.c.last_at > at + AHEAD),
                )
            )
            if insert_new(
                connection, _TRIES, {"subject": subject, "count": 1, "first_at": at, "last_at": at}
            ):
                if subject.startswith(BY_NAME):
                    _forget_oldest(connection)
                return None
            row = connection.execute(
                select(_TRIES).where(_TRIES.c.subject == subject).with_for_update()
            )
            until = wait(to_entity(Tries, row.mappings().one()))
            if until > at:
                return until
            connection.execute(
                update(_TRIES)
                .where(_TRIES.c.subject == subject)
                .values(count=_TRIES.c.count + 1, last_at=at)
            )
            return None

    def take_back(self, subject: str) -> None:
        """The last try is not to be counted."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_TRIES).where(_TRIES.c.subject == subject).values(count=_TRIES.c.count - 1)
            )

    def tries(self, prefix: str) -> list[Tries]:
        """What was tried without success, of subjects that begin so; the latest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_TRIES)
                .where(_TRIES.c.subject.startswith(prefix, autoescape=True))
                .order_by(_TRIES.c.last_at.desc())
                .limit(MOST_TRIES)
            )
            return [to_entity(Tries, row) for row in rows.mappings()]

    def forget_all_tries(self, prefix: str) -> int:
        """Nothing was tried, of subjects that begin so; how many there were."""
        with writing(self._engine) as connection:
            return connection.execute(
                delete(_TRIES).where(_TRIES.c.subject.startswith(prefix, autoescape=True))
            ).rowcount

    def forget_tries(self, subject: str) -> None:
        """It went well."""
        with writing(self._engine) as connection:
            connection.execute(delete(_TRIES).where(_TRIES.c.subject == subject))


def _ways_in(account: Account) -> tuple[object, ...]:
    return account.id, account.password, account.second_secret, account.second_at


def _forget_oldest(connection: Connection) -> None:
    """Of tries by a name no more stay than are remembered."""
    by_name = _TRIES.c.subject.startswith(BY_NAME)
    kept = connection.scalar(select(func.count()).where(by_name)) or 0
    if kept > KEPT_TRIES:
        oldest = select(_TRIES.c.subject).where(by_name).order_by(_TRIES.c.last_at)
        oldest = oldest.limit(kept - KEPT_TRIES)
        connection.execute(delete(_TRIES).where(_TRIES.c.subject.in_(oldest)))


def _end_all(connection: Connection, account_id: int) -> None:
    connection.execute(delete(_SESSIONS).where(_SESSIONS.c.account_id == account_id))
