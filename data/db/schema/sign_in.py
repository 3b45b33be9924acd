"""Who may sign in, and who did what."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    false,
    text,
)

from data.db.schema.column_types import Instant, Structure
from data.db.schema.columns import metadata, one_of

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("operation_id", Integer, ForeignKey("operations.id")),
    Column("at", Instant, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("body", Structure, nullable=False),
    Column("seal", String),
)
revocations = Table(
    "revocations",
    metadata,
    Column("link_id", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
)
accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("shown", String, nullable=False),
    Column("role", String, nullable=False),
    Column("station_id", String),
    Column("password", String),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("temporary", Boolean, nullable=False, server_default=false()),
    Column("second_secret", String),
    Column("second_at", Instant),
    Column("second_step", BigInteger, nullable=False, server_default="0"),
    Column("city", String),
    one_of("role", "chief", "duty", "manager", "admin", "city", "province"),
    CheckConstraint("(role = 'chief') = (station_id IS NOT NULL)", name="chief_has_station"),
    CheckConstraint("(role = 'city') = (city IS NOT NULL)", name="city_desk_has_city"),
)
Index(
    "uq_accounts_open",
    accounts.c.name,
    unique=True,
    sqlite_where=text("revoked_at IS NULL"),
    postgresql_where=text("revoked_at IS NULL"),
)
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("awaits", String),
    Column("address", String),
    Column("browser", String),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Column("digest", String, primary_key=True),
)
tries = Table(
    "tries",
    metadata,
    Column("subject", String, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
)
PASSING = (sessions, tries)
"""What holds for this moment on this machine alone: no snapshot carries it."""
