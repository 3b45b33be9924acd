"""What the service cars carry, and the calls of the past."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "car_kit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("crew_id", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_car_kit_number_not_negative")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_car_kit_crew_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_car_kit")),
    )
    op.create_index("ix_car_kit_crew_id", "car_kit", ["crew_id"])
    op.create_table(
        "past_calls",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("used", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_calls")),
    )


def downgrade() -> None:
    op.drop_table("past_calls")
    op.drop_table("car_kit")
