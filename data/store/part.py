"""What every part of the store stands on."""

from datetime import timedelta

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


def since_recent(
    connection: Connection, time: Column, *which: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    """The condition that what is read is recent: no longer before the latest of it than `RECENT`;
    none where there is nothing.
    """
    latest = connection.scalar(select(func.max(time)).where(*which))
    return [] if latest is None else [time >= latest - RECENT]
