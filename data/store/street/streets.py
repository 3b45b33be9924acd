"""The streets that units drive on, and what closes them. Only ever added to: of the street maps the
latest is in force; a closure ends, and stays to be seen.
"""

from datetime import datetime

from sqlalchemy import insert, select

from data.db import schema
from data.db.codec import to_entity
from data.db.engine import atomic, reading, writing
from data.model.ids import Cause, CauseKind
from data.model.street.streets import Closure, LoadedStreets, StreetMap
from data.store import lasting
from data.store.part import Part
from data.store.triggers import planned_operations, request_plan
from data.streets.packing import digest, packed, unpacked

_MAPS, _CLOSURES = schema.street_maps, schema.closures
_LINE = [_MAPS.c[name] for name in ("id", "digest", "source", "streets", "loaded_at", "by")]


class Streets(Part):
    """The part of the store that holds street maps and closures."""

    def load(self, streets: StreetMap, by: str, at: datetime) -> tuple[LoadedStreets, bool]:
        """Put a street map in force; every operation that has a plan asks for another one in the
        same transaction (``streets:<id>``). The one that is in force already changes nothing.

        Parameters
        ----------
        at
            The real time.

        Returns
        -------
        tuple of LoadedStreets and bool
            As it is kept, and whether it is new.
        """
        text = packed(streets)
        name = digest(text)
        with atomic(self._engine), writing(self._engine) as connection:
            known = self.latest()
            if known and known.digest == name:
                return known, False
            row = (
                connection.execute(
                    insert(_MAPS)
                    .values(
                        digest=name,
                        source=streets.source,
                        streets=len(streets.streets),
                        loaded_at=at,
                        by=by,
                        map=text,
                    )
                    .returning(*_LINE)
                )
                .mappings()
                .one()
            )
            for operation in planned_operations(connection):
                cause = Cause.of(CauseKind.STREETS, row["id"])
                request_plan(connection, operation.id, cause, operation.now(at))
            return to_entity(LoadedStreets, row), True

    def latest(self) -> LoadedStreets | None:
        """The street map in force; ``None``: none was ever loaded."""
        with reading(self._engine) as connection:
            row = (
                connection.execute(select(*_LINE).order_by(_MAPS.c.id.desc()).limit(1))
                .mappings()
                .first()
            )
            return to_entity(LoadedStreets, row) if row and row["streets"] else None

    def map(self, number: int) -> StreetMap:
        """The streets of a map that was loaded."""
        with reading(self._engine) as connection:
            return unpacked(
                connection.execute(select(_MAPS.c.map).where(_MAPS.c.id == number)).scalar_one()
            )

    def close(self, closure: Closure, at: datetime) -> tuple[Closure, bool]:
        """Keep a closure and, in the same transaction, ask for a plan (``closure:<id>``); of one
        source and number the first stands.

        Returns
        -------
        tuple of Closure and bool
            As it is kept, and whether it is new.
        """
        same = {"source": closure.source, "external_id": closure.external_id}
        with writing(self._engine) as connection:
            return lasting.begin(connection, _CLOSURES, closure, CauseKind.CLOSURE, at, **same)

    def open_again(self, closure: Closure, by: str, at: datetime) -> bool:
        """The street is open from ``at`` on, and a plan is asked for (``opened:<id>``); whether it
        was closed, or to be closed, until now.
        """
        with writing(self._engine) as connection:
            return lasting.end(connection, _CLOSURES, closure, CauseKind.OPENED, by, at)

    def closures(self, operation_id: int) -> list[Closure]:
        """All closures, those that are over too, the oldest first."""
        with reading(self._engine) as connection:
            return lasting.all_of(connection, _CLOSURES, Closure, operation_id)
