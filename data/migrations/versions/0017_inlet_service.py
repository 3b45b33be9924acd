"""Since when an inlet has been in use: a short record of a new one says less than of an old one."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("inlets", sa.Column("in_service_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("inlets", "in_service_on")
