"""A second factor, passwords that somebody else chose, and by what its owner knows a session."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ACCOUNTS = (
    ("temporary", sa.Boolean(), sa.false()),
    ("second_secret", sa.String(), None),
    ("second_at", sa.DateTime(timezone=True), None),
    ("second_step", sa.BigInteger(), "0"),
)
SESSIONS = ("awaits", "address", "browser")


def upgrade() -> None:
    """Passwords of before stand: nobody is locked out by the new release."""
    for name, kind, default in ACCOUNTS:
        op.add_column(
            "accounts",
            sa.Column(name, kind, nullable=default is None, server_default=default),
        )
    for name in SESSIONS:
        op.add_column("sessions", sa.Column(name, sa.String(), nullable=True))
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "digest", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_recovery_codes_account_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("recovery_codes")
    for name in SESSIONS:
        op.drop_column("sessions", name)
    for name, _kind, _default in reversed(ACCOUNTS):
        op.drop_column("accounts", name)
