"""What waits to be told, and to whom it was told."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, UniqueConstraint

from data.db.schema.column_types import Instant, Sentence, Structure
from data.db.schema.columns import metadata, of_operation, of_version, one_of

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    *of_version(),
    Column("station_id", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("body", Structure, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String),
    Column("last_error", Sentence),
    UniqueConstraint(
        "operation_id", "version", "station_id", "step", "channel", name="uq_notices_one_each"
    ),
    one_of("state", "pending", "claimed", "sent", "failed", "superseded", "acknowledged"),
    CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_is_dated"),
    CheckConstraint("step BETWEEN 0 AND 2", name="step_0_to_2"),
    CheckConstraint("urgency BETWEEN 0 AND 4", name="urgency_0_to_4"),
)
desk_messages = Table(
    "desk_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("matter", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("body", Sentence, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("last_error", Sentence),
    UniqueConstraint("operation_id", "matter", "channel"),
    one_of("state", "pending", "claimed", "sent", "failed", "superseded"),
    CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_is_dated"),
)
Index(
    "ix_desk_messages_due",
    desk_messages.c.operation_id,
    desk_messages.c.state,
    desk_messages.c.next_at,
)
Index("ix_notices_due", notices.c.operation_id, notices.c.state, notices.c.next_at)
Index("ix_notices_station", notices.c.operation_id, notices.c.station_id, notices.c.state)
