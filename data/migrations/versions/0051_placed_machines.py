"""Machines that a level of the response wants ready at a place."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.add_column("levels", sa.Column("placed", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("levels", "placed")
