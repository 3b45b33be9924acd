"""What every part of the store stands on."""

from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, Connection, Engine, func, select

RECENT = timedelta(days=30)
"""What plans and pages are made of goes back so far before the latest of its kind (an assumption:
no work, question or warning lasts as long); looking back asks for a time of its own.
"""


class Part:
    """A part of the store: each of its methods is one transaction on the database that all parts
    share.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine


def time_of_last(
    connection: Connection, number: Column, time: Column, *which: ColumnElement[bool]
) -> datetime | None:
    """When the last of these came, by number; by time, one that came while the clock was far ahead
    would be the last until it has caught up.
    """
    last = select(time).where(*which, time.is_not(None)).order_by(number.desc()).limit(1)
    return connection.scalar(last)


def since_recent(
    connection: Connection, number: Column, time: Column, *which: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    """The condition that what is read is recent: from the first on that came no longer before the
    last than `RECENT`, by number, so that a clock that was wrong for a while hides nothing; none
    where there is nothing.
    """
    last = time_of_last(connection, number, time, *which)
    if last is None:
        return []
    first = connection.scalar(select(func.min(number)).where(*which, time >= last - RECENT))
    return [number >= first]
