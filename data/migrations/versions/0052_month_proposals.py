"""A month of the roster that is proposed and not put in yet is kept: who made it, when, of what."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "month_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_month_proposals_operation_id_operations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_proposals")),
    )
    op.create_index(
        "ix_month_proposals_of", "month_proposals", ["operation_id", "station_id", "month"]
    )


def downgrade() -> None:
    op.drop_index("ix_month_proposals_of", table_name="month_proposals")
    op.drop_table("month_proposals")
