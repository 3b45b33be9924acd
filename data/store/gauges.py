"""What gauges measured. Only ever added to."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import insert_new, reading, writing
from data.model.gauge import GaugeReading
from data.store.part import Part


class Gauges(Part):
    """The part of the store that holds what gauges measured."""

    def save_readings(self, readings: Iterable[GaugeReading]) -> list[bool]:
        """Keep readings; for each whether it is new: of one gauge and one time the first stands."""
        with writing(self._engine) as connection:
            return [
                insert_new(
                    connection,
                    schema.gauge_readings,
                    to_new_row(schema.gauge_readings, reading),
                )
                for reading in readings
            ]

    def readings(
        self, operation_id: int, since: datetime | None = None, gauge: str | None = None
    ) -> list[GaugeReading]:
        """What was measured, in order of its time.

        Parameters
        ----------
        since
            Only what was measured from then on.
        gauge
            Only of this one.
        """
        columns = schema.gauge_readings.c
        which = [columns.operation_id == operation_id]
        which += [columns.measured_at >= since] if since else []
        which += [columns.gauge == gauge] if gauge else []
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.gauge_readings)
                .where(*which)
                .order_by(columns.measured_at, columns.id)
            ).mappings()
            return [to_entity(GaugeReading, row) for row in rows]
