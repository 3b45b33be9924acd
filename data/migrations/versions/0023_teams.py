"""The teams of the shifts that a version was made for, and who goes in each member."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

COLUMNS = (("versions", "teams"), ("members", "who"))


def upgrade() -> None:
    for table, name in COLUMNS:
        op.add_column(table, sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for table, name in COLUMNS:
        op.drop_column(table, name)
