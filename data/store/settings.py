"""Small things that are kept by name, as JSON: no settings of the bureau's file."""

import secrets

from sqlalchemy import Connection, select, update

from data.db import schema
from data.db.engine import insert_new, reading, writing
from data.store.part import Part

REVISION = "city_revision"
"""The setting that is another one whenever the district's tables are."""


class SavedSettings(Part):
    """The part of the store that holds what is kept by name."""

    def get(self, name: str, default: object = None) -> object:
        """A setting as JSON gives it back; ``default`` where none was saved."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(schema.settings.c.value).where(schema.settings.c.name == name)
            ).first()
            return row.value if row else default

    def get_or_make(self, name: str, value: object) -> object:
        """A setting that is made once: what is kept, which is ``value`` only where nothing was."""
        stored = self.get(name)
        if stored is not None:
            return stored
        with writing(self._engine) as connection:
            insert_new(connection, schema.settings, {"name": name, "value": value})
            return connection.execute(
                select(schema.settings.c.value).where(schema.settings.c.name == name)
            ).scalar_one()

    def save(self, name: str, value: object) -> None:
        """Keep a setting: anything that JSON can hold."""
        with writing(self._engine) as connection:
            put_setting(connection, name, value)


def put_setting(connection: Connection, name: str, value: object) -> None:
    """Keep a setting in a transaction that is on."""
    if not insert_new(connection, schema.settings, {"name": name, "value": value}):
        named = schema.settings.c.name == name
        connection.execute(update(schema.settings).where(named).values(value=value))


def put_revision(connection: Connection) -> None:
    """Let everybody who has read the district's tables read them again."""
    put_setting(connection, REVISION, secrets.token_hex(8))
