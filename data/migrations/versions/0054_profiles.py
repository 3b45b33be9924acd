"""What crews and machines go by, where the tables say it, and what was planned."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0052"


def upgrade() -> None:
    for table in ("crews", "machines", "members"):
        op.add_column(table, sa.Column("profile", sa.String()))


def downgrade() -> None:
    for table in ("members", "machines", "crews"):
        op.drop_column(table, "profile")
