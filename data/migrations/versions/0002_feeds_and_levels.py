"""Rank and age of forecasts, what polls remember and spend, response levels and who ordered
them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("forecasts", sa.Column("rank", sa.Integer(), server_default="50", nullable=False))
    op.add_column(
        "forecasts", sa.Column("stale_minutes", sa.Integer(), server_default="360", nullable=False)
    )
    op.add_column("versions", sa.Column("level", sa.String(), nullable=True))
    op.create_table(
        "budgets",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "day", name="pk_budgets"),
    )
    op.create_table(
        "marks",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"], name="fk_marks_operation_id"),
        sa.PrimaryKeyConstraint("operation_id", "provider", "part", name="pk_marks"),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"], name="fk_orders_operation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    op.create_index("ix_orders_operation_id", "orders", ["operation_id"], unique=False)
    op.create_table(
        "levels",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("reserves", sa.Integer(), nullable=False),
        sa.Column("guard_from", sa.Integer(), nullable=False),
        sa.Column("routine", sa.Boolean(), nullable=False),
        sa.Column("all_hands", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint("reserves BETWEEN 0 AND 9", name=op.f("ck_levels_reserves_0_to_9")),
        sa.CheckConstraint("guard_from BETWEEN 1 AND 6", name=op.f("ck_levels_guard_from_1_to_6")),
        sa.PrimaryKeyConstraint("id", name="pk_levels"),
    )


def downgrade() -> None:
    for table in ("levels", "orders", "marks", "budgets"):
        op.drop_table(table)
    op.drop_column("versions", "level")
    op.drop_column("forecasts", "stale_minutes")
    op.drop_column("forecasts", "rank")
