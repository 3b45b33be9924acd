"""Pictures from the field where several servers share a database. With SQLite there is one machine,
and they lie in its folder alone.
"""

from datetime import datetime

from sqlalchemy import delete, select

from data.db import schema
from data.db.engine import insert_new, reading, writing
from data.store.part import Part

_PHOTOS = schema.photos
_NAMES = [
    select(table.c.photo).where(table.c.photo.is_not(None))
    for table in schema.metadata.sorted_tables
    if "photo" in table.c
]
MOST_BYTES = 4_000_000
"""Of one picture as it is drawn anew: 1920 pixels a side make some hundred thousand."""


class Photos(Part):
    """The part of the store that holds pictures for the other servers."""

    def share(self, name: str, jpeg: bytes, at: datetime) -> bool:
        """Keep a picture for the others; whether it is: not with SQLite, nor one too large."""
        if self._engine.dialect.name == "sqlite" or len(jpeg) > MOST_BYTES:
            return False
        with writing(self._engine) as connection:
            return insert_new(connection, _PHOTOS, {"name": name, "jpeg": jpeg, "kept_at": at})

    def shared(self, name: str) -> bytes | None:
        """A picture that some server took; ``None``: none of that name is here."""
        with reading(self._engine) as connection:
            return connection.scalar(select(_PHOTOS.c.jpeg).where(_PHOTOS.c.name == name))

    def named(self) -> frozenset[str]:
        """The pictures that belong to something: to an event, a call, a case, a check."""
        with reading(self._engine) as connection:
            return frozenset(name for one in _NAMES for name in connection.scalars(one))

    def forget_unnamed(self, before: datetime) -> int:
        """Share no longer what was kept before a time and belongs to nothing; how many."""
        old = [_PHOTOS.c.kept_at < before, *(_PHOTOS.c.name.not_in(one) for one in _NAMES)]
        with writing(self._engine) as connection:
            return connection.execute(delete(_PHOTOS).where(*old)).rowcount

    def forget(self, name: str) -> None:
        """Share a picture no longer."""
        with writing(self._engine) as connection:
            connection.execute(delete(_PHOTOS).where(_PHOTOS.c.name == name))
