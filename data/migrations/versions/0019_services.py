"""Whose a station is: sanitation's, or another service's of the street."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    service = sa.Column("service", sa.String(), nullable=False, server_default="sanitation")
    op.add_column("stations", service)


def downgrade() -> None:
    with op.batch_alter_table("stations") as table:
        table.drop_column("service")
