"""How a word from the field reached us, who said it, and what a note of the desk has settled."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """What is there was tapped by whoever said it."""
    op.add_column(
        "field_events", sa.Column("way", sa.String(), nullable=False, server_default="tap")
    )
    op.add_column("field_events", sa.Column("told_by", sa.String(), nullable=True))
    op.add_column("field_events", sa.Column("about", sa.String(), nullable=True))


def downgrade() -> None:
    for column in ("about", "told_by", "way"):
        op.drop_column("field_events", column)
