"""What is reported and decided while an operation is on."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from data.db.schema.column_types import Instant, Packed, Structure
from data.db.schema.columns import (
    maybe_position,
    metadata,
    of_operation,
    of_version,
    one_of,
    one_worker,
)

field_events = Table(
    "field_events",
    metadata,
    Column("id", Integer, primary_key=True),
    *of_version(),
    Column("event_id", String, nullable=False),
    Column("station_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("job_id", String),
    Column("unit_id", String),
    Column("device_at", Instant),
    Column("server_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    *maybe_position(),
    Column("amounts", Structure, nullable=False),
    Column("photo", String),
    Column("reason", Text),
    Column("inlet_id", String),
    Column("way", String, nullable=False, server_default="tap"),
    Column("told_by", String),
    Column("about", String),
    UniqueConstraint("operation_id", "event_id"),
)
Index("ix_field_events_job", field_events.c.operation_id, field_events.c.job_id)
Index("ix_field_events_order", field_events.c.operation_id, field_events.c.id)
Index("ix_field_events_time", field_events.c.operation_id, field_events.c.server_at)
photos = Table(
    "photos",
    metadata,
    Column("name", String, primary_key=True),
    Column("jpeg", LargeBinary, nullable=False),
    Column("kept_at", Instant, nullable=False),
)
incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("kind", String, nullable=False),
    Column("segment_id", String),
    Column("inlet_id", String),
    *maybe_position(),
    Column("depth_cm", Float),
    Column("text", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("external_id", String),
    Column("reported_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("photo", String),
    Column("closed_at", Instant),
    Column("closed_by", String),
    Column("matter_id", Integer),
    Column("matter_by", String),
    Column("matter_at", Instant),
    UniqueConstraint("operation_id", "source", "external_id"),
    CheckConstraint("depth_cm >= 0", name="depth_not_negative"),
)
Index(
    "ix_incidents_open",
    incidents.c.operation_id,
    sqlite_where=text("closed_at IS NULL"),
    postgresql_where=text("closed_at IS NULL"),
)
Index("ix_incidents_order", incidents.c.operation_id, incidents.c.id)
Index("ix_incidents_closed", incidents.c.operation_id, incidents.c.closed_at)
Index("ix_incidents_matter", incidents.c.matter_id)
Index("ix_incidents_time", incidents.c.operation_id, incidents.c.received_at)
outages = Table(
    "outages",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("resource_id", String, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant),
    Column("by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_by", String),
    CheckConstraint("to_at >= from_at", name="ends_after_start"),
)
Index(
    "uq_outages_open",
    outages.c.operation_id,
    outages.c.resource_id,
    unique=True,
    sqlite_where=text("to_at IS NULL"),
    postgresql_where=text("to_at IS NULL"),
)
roster_changes = Table(
    "roster_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("day", Date, nullable=False),
    Column("crew_id", String),
    Column("driver_id", String),
    Column("person_id", String),
    Column("duty", String),
    Column("swap_with", String),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    one_worker(),
)
month_proposals = Table(
    "month_proposals",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("station_id", String, nullable=False),
    Column("month", Date, nullable=False),
    Column("days", Structure, nullable=False),
    Column("turns", Structure, nullable=False),
    Column("why", Structure, nullable=False),
    Column("basis", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_month_proposals_of", "operation_id", "station_id", "month"),
)
street_maps = Table(
    "street_maps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String, nullable=False),
    Column("source", String, nullable=False),
    Column("streets", Integer, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("map", Packed, nullable=False),
)
closures = Table(
    "closures",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("name", String, nullable=False),
    Column("line", Structure, nullable=False),
    Column("speed_share", Float, nullable=False),
    Column("entry", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant),
    Column("by", String, nullable=False),
    Column("source", String, nullable=False),
    Column("external_id", String),
    Column("ended_by", String),
    UniqueConstraint("operation_id", "source", "external_id"),
    CheckConstraint("to_at >= from_at", name="ends_after_start"),
    CheckConstraint("speed_share BETWEEN 0 AND 1", name="share_0_to_1"),
)
manual_changes = Table(
    "manual_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    *of_version(),
    Column("job_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", Structure, nullable=False),
    one_of("action", "lock", "unlock", "move", "drop", "add"),
)
Index("ix_manual_changes_number", manual_changes.c.operation_id, manual_changes.c.id)
Index("ix_manual_changes_at", manual_changes.c.operation_id, manual_changes.c.at)
work_events = Table(
    "work_events",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(index=True),
    Column("work_id", String, nullable=False),
    Column("step", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("number", Integer),
    Column("other", String),
)
duty_log = Table(
    "duty_log",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("kind", String, nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("about", Integer),
    Column("open", Structure, nullable=False),
    one_of("kind", "note", "correction", "handover", "takeover", "inject"),
)
Index("ix_duty_log_number", duty_log.c.operation_id, duty_log.c.id)
Index("ix_duty_log_written", duty_log.c.operation_id, duty_log.c.written_at)
Index("ix_duty_log_kind", duty_log.c.operation_id, duty_log.c.kind, duty_log.c.id)
_ONCE = text("kind IN ('takeover', 'inject')")
Index(
    "uq_duty_log_once",
    duty_log.c.operation_id,
    duty_log.c.kind,
    duty_log.c.about,
    unique=True,
    sqlite_where=_ONCE,
    postgresql_where=_ONCE,
)
