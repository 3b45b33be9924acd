"""The districts of an installation and what they publish; rows in the headquarters' database."""

from datetime import datetime

from sqlalchemy import select, update

from data.db import schema
from data.db.codec import pack, to_entity, to_row, unpack
from data.db.engine import insert_new, reading, writing
from data.model.headquarters.members import DistrictSummary, Member
from data.store.part import Part

_MEMBERS, _SUMMARIES = schema.member_districts, schema.district_summaries


class Members(Part):
    """The part of the store that knows which districts there are."""

    def add(self, member: Member) -> bool:
        """Keep a district; whether its id was free."""
        with writing(self._engine) as connection:
            return insert_new(connection, _MEMBERS, to_row(_MEMBERS, member))

    def all(self) -> list[Member]:
        """Every district, archived ones too, by city and name."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_MEMBERS).order_by(_MEMBERS.c.city, _MEMBERS.c.name, _MEMBERS.c.id)
            ).mappings()
            return [to_entity(Member, row) for row in rows]

    def set_archived(self, member_id: str, at: datetime | None) -> None:
        """A district counts no longer from ``at`` on; ``None``: it counts again."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_MEMBERS).where(_MEMBERS.c.id == member_id).values(archived_at=at)
            )

    def publish(self, summary: DistrictSummary) -> None:
        """Put a district's summary in the place of its last one."""
        row = {"member_id": summary.member_id, "at": summary.at, "body": pack(summary)}
        with writing(self._engine) as connection:
            if not insert_new(connection, _SUMMARIES, row):
                own = _SUMMARIES.c.member_id == summary.member_id
                connection.execute(update(_SUMMARIES).where(own).values(row))

    def summaries(self) -> dict[str, DistrictSummary]:
        """The last summary of each district, by its id."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(_SUMMARIES)).mappings()
            found = [unpack(DistrictSummary, row["body"]) for row in rows]
            return {summary.member_id: summary for summary in found}
