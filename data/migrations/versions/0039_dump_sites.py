"""Where trucks empty their tanks, and the gardens that silt is wanted for."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "dump_sites",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.CheckConstraint("minutes >= 1", name=op.f("ck_dump_sites_minutes_at_least_1")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_dump_sites_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dump_sites")),
    )
    op.create_index("ix_dump_sites_station_id", "dump_sites", ["station_id"])
    op.create_table(
        "gardens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("m3", sa.Float(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.CheckConstraint("m3 > 0", name=op.f("ck_gardens_m3_above_0")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_gardens_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gardens")),
    )
    op.create_index("ix_gardens_station_id", "gardens", ["station_id"])


def downgrade() -> None:
    op.drop_table("gardens")
    op.drop_table("dump_sites")
