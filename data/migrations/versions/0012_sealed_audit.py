"""Each entry of the audit log is sealed with the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """What was written before has no seal: the chain begins with the next entry."""
    op.add_column("audit", sa.Column("seal", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("audit", "seal")
