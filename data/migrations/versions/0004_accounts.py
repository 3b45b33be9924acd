"""Accounts, sessions, and failed tries to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ROLES = "role IN ('chief', 'duty', 'manager', 'admin')"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("name"),
        _text("shown"),
        _text("role"),
        _text("station_id", nullable=True),
        _text("password", nullable=True),
        _at("created_at"),
        _at("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.CheckConstraint(_ROLES, name=op.f("ck_accounts_role_known")),
        sa.CheckConstraint(
            "(role = 'chief') = (station_id IS NOT NULL)",
            name=op.f("ck_accounts_chief_has_station"),
        ),
    )
    op.create_index(
        "uq_accounts_open",
        "accounts",
        ["name"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "sessions",
        _text("digest"),
        sa.Column("account_id", sa.Integer(), nullable=False),
        _at("created_at"),
        _at("seen_at"),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sessions_account_id"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"], unique=False)
    op.create_table(
        "tries",
        _text("subject"),
        sa.Column("count", sa.Integer(), nullable=False),
        _at("first_at"),
        _at("last_at"),
        sa.PrimaryKeyConstraint("subject", name="pk_tries"),
    )


def _at(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def downgrade() -> None:
    for table in ("tries", "sessions", "accounts"):
        op.drop_table(table)
