"""Calls about the same matter belong together."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Of the calls there are, each stays a matter of its own."""
    op.add_column("incidents", sa.Column("matter_id", sa.Integer(), nullable=True))
    op.add_column("incidents", sa.Column("matter_by", sa.String(), nullable=True))
    op.add_column("incidents", sa.Column("matter_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("matter_at", "matter_by", "matter_id"):
        op.drop_column("incidents", column)
