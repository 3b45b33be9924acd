"""The services of the street: cases, checks, posts of actions."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from data.db.schema.column_types import Instant, Structure
from data.db.schema.columns import maybe_position, metadata, of_operation, one_of

street_cases = Table(
    "street_cases",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("kind", String, nullable=False),
    Column("level", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("external_id", String),
    Column("segment_id", String, nullable=False),
    *maybe_position(),
    Column("photo", String),
    Column("reported_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("incident_id", Integer),
    # told by its events; here too, so that what is open is found among years of what is over
    Column("closed_at", Instant),
    UniqueConstraint("operation_id", "source", "external_id"),
    one_of("level", "small", "large", "hard"),
)
Index("ix_street_cases_received", street_cases.c.operation_id, street_cases.c.received_at)
Index("ix_street_cases_closed", street_cases.c.operation_id, street_cases.c.closed_at)
case_events = Table(
    "case_events",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("case_id", Integer, ForeignKey("street_cases.id"), nullable=False),
    Column("event_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("step", String),
    Column("owner", String),
    Column("photo", String),
    Column("steps", Structure, nullable=False),
    Column("rung", Integer, nullable=False),
    UniqueConstraint("operation_id", "event_id"),
    one_of("kind", "offer", "take", "plan", "done", "told", "climb", "answer", "close", "reopen"),
)
Index("ix_case_events_case_id", case_events.c.case_id)
street_checks = Table(
    "street_checks",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("segment_id", String, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("score", Integer, nullable=False),
    Column("faults", Structure, nullable=False),
    Column("text", Text, nullable=False),
    Column("photo", String),
    CheckConstraint("score BETWEEN 0 AND 100", name="score_0_to_100"),
)
action_posts = Table(
    "action_posts",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("name", String, nullable=False),
    Column("segment_id", String),
    Column("place", String, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant, nullable=False, index=True),
    Column("wanted", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    CheckConstraint("wanted >= 1", name="wanted_at_least_1"),
    CheckConstraint("to_at > from_at", name="ends_after_start"),
)
post_words = Table(
    "post_words",
    metadata,
    Column("id", Integer, primary_key=True),
    of_operation(),
    Column("post_id", Integer, ForeignKey("action_posts.id"), nullable=False, index=True),
    Column("step", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("name", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("helper", String, nullable=False),
    one_of("step", "fill", "leave", "came", "hold", "ease", "free", "resume", "cancel"),
    one_of("helper", "volunteer", "party"),
)
