"""The places that evening patrols visit."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "patrol_beats",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("start", sa.Time(), nullable=False),
        sa.Column("end", sa.Time(), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("scooter", sa.Boolean(), nullable=False),
        sa.CheckConstraint("every_minutes >= 1", name=op.f("ck_patrol_beats_every_at_least_1")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_patrol_beats_station_id")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_patrol_beats_segment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_beats")),
    )
    op.create_index("ix_patrol_beats_station_id", "patrol_beats", ["station_id"])
    op.create_index("ix_patrol_beats_segment_id", "patrol_beats", ["segment_id"])


def downgrade() -> None:
    op.drop_table("patrol_beats")
