"""The desk above several districts: which there are, what they publish, what they are told."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from data.db.schema.column_types import Instant, Structure
from data.db.schema.columns import metadata, one_of

member_districts = Table(
    "member_districts",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("city", String, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("archived_at", Instant),
)
district_summaries = Table(
    "district_summaries",
    metadata,
    Column("member_id", String, ForeignKey("member_districts.id"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("body", Structure, nullable=False),
)
directives = Table(
    "directives",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member_id", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("loan", Structure),
    Column("borrower_id", String),
)
directive_events = Table(
    "directive_events",
    metadata,
    Column("directive_id", Integer, ForeignKey("directives.id"), primary_key=True),
    Column("step", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("text", Text, nullable=False),
    one_of("step", "receive", "acknowledge", "refuse", "lapse", "done"),
)
