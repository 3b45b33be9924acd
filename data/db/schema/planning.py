"""Operations, what the weather services said, plan versions and what asks for them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from data.db.schema.column_types import Instant, Packed, PackedStructure, Structure
from data.db.schema.columns import (
    job_columns,
    metadata,
    of_operation,
    one_of,
    row_number,
    row_of_version,
)

operations = Table(
    "operations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("clock_at", Instant, nullable=False),
    Column("anchor_at", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    one_of("kind", "real", "drill"),
)
Index(
    "uq_operations_open",
    operations.c.kind,
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)


alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("digest", String, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", Structure, nullable=False),
    UniqueConstraint("operation_id", "digest"),
)
Index("ix_alerts_order", alerts.c.operation_id, alerts.c.id)
Index("ix_alerts_time", alerts.c.operation_id, alerts.c.received_at)
forecasts = Table(
    "forecasts",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("digest", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("body", Structure, nullable=False),
    Column("rank", Integer, nullable=False, server_default="50"),
    Column("stale_minutes", Integer, nullable=False, server_default="360"),
    UniqueConstraint("operation_id", "digest"),
)
Index("ix_forecasts_newest", forecasts.c.operation_id, forecasts.c.fetched_at)
healths = Table(
    "healths",
    metadata,
    Column("provider", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("tried_at", Instant, nullable=False),
    Column("good_at", Instant),
    Column("error", Text),
)
budgets = Table(
    "budgets",
    metadata,
    Column("provider", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used", Integer, nullable=False),
)
marks = Table(
    "marks",
    metadata,
    of_operation(primary_key=True),
    Column("provider", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("etag", String),
    Column("last_modified", String),
    Column("at", Instant, nullable=False),
)
gauge_readings = Table(
    "gauge_readings",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("gauge", String, nullable=False),
    Column("measured_at", Instant, nullable=False, index=True),
    Column("received_at", Instant, nullable=False),
    Column("value", Float),
    Column("fault", String, nullable=False),
    UniqueConstraint("operation_id", "gauge", "measured_at", "fault"),
)
orders = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(index=True),
    Column("level", String),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
)
versions = Table(
    "versions",
    metadata,
    of_operation(primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("drill", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("causes", Structure, nullable=False),
    Column("alert_digests", Structure, nullable=False),
    Column("rain", Structure, nullable=False),
    Column("risks", PackedStructure, nullable=False),
    Column("left_out", PackedStructure, nullable=False),
    Column("changes", Structure, nullable=False),
    Column("score", BigInteger, nullable=False),
    Column("bound", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("solve_seconds", Float, nullable=False),
    Column("fallback", Boolean, nullable=False),
    Column("problem", Packed, nullable=False),
    Column("plan", Packed, nullable=False),
    Column("level", String),
    Column("state", String, nullable=False, server_default="published"),
    Column("published_at", Instant),
    Column("approved_by", String),
    Column("teams", Structure, nullable=False, server_default="[]"),
    Column("ways", Structure),
    CheckConstraint("number >= 1", name="counted_from_1"),
    one_of("state", "draft", "published", "superseded"),
    CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_is_dated"),
)
Index(
    "uq_versions_published",
    versions.c.operation_id,
    unique=True,
    sqlite_where=text("state = 'published'"),
    postgresql_where=text("state = 'published'"),
)


assignments = Table(
    "assignments",
    metadata,
    *row_of_version(),
    *job_columns(),
    Column("inlet_ids", Structure, nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    Column("why", Structure, nullable=False),
    Column("state", String, nullable=False),
    CheckConstraint("end_at >= start_at", name="ends_after_start"),
)
members = Table(
    "members",
    metadata,
    Column("operation_id", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("job_id", String, primary_key=True),
    Column("unit_id", String, primary_key=True),
    row_number(),
    Column("kind", String, nullable=False),
    Column("resource_id", String, nullable=False),
    Column("driver_id", String),
    Column("leave_at", Instant, nullable=False),
    Column("arrive_at", Instant, nullable=False),
    Column("people", Integer),
    Column("who", Structure, nullable=False, server_default="[]"),
    Column("profile", String),
    ForeignKeyConstraint(
        ["operation_id", "number", "job_id"],
        ["assignments.operation_id", "assignments.number", "assignments.job_id"],
    ),
    CheckConstraint("arrive_at >= leave_at", name="arrives_after_leaving"),
)
rests = Table(
    "rests",
    metadata,
    *row_of_version(),
    Column("unit_id", String, primary_key=True),
    Column("start_at", Instant, primary_key=True),
    Column("end_at", Instant, nullable=False),
    Column("at_post", Boolean, nullable=False, server_default=false()),
)
triggers = Table(
    "triggers",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("cause", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("answered_by", Integer),
    Column("outcome", Structure),
    UniqueConstraint("operation_id", "cause"),
    ForeignKeyConstraint(
        ["operation_id", "answered_by"], ["versions.operation_id", "versions.number"]
    ),
    CheckConstraint("answered_by IS NULL OR settled_at IS NOT NULL", name="answered_is_settled"),
)
Index(
    "ix_triggers_pending",
    triggers.c.operation_id,
    sqlite_where=text("settled_at IS NULL"),
    postgresql_where=text("settled_at IS NULL"),
)
Index("ix_triggers_answered", triggers.c.operation_id, triggers.c.answered_by)
Index("ix_triggers_requested", triggers.c.operation_id, triggers.c.requested_at)
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
beats = Table(
    "beats",
    metadata,
    Column("name", String, primary_key=True),
    Column("at", Instant, nullable=False),
)
settings = Table(
    "settings", metadata, Column("name", String, primary_key=True), Column("value", Structure)
)
standing_plans = Table(
    "standing_plans",
    metadata,
    of_operation(primary_key=True),
    Column("colour", String, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("digest", String, nullable=False),
    Column("plan", Structure, nullable=False),
)
