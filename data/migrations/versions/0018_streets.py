"""What a bureau knows of its streets: width, slope, catchment, depth of a low point, pipe."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

COLUMNS = ("width_m", "slope_permille", "catchment_ha", "low_depth_cm", "pipe_mm")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("segments", sa.Column(name, sa.Float(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("segments") as table:
        for name in COLUMNS:
            table.drop_column(name)
