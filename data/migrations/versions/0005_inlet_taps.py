"""Taps that speak of one inlet."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("field_events", sa.Column("inlet_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("field_events", "inlet_id")
