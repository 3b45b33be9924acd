"""Dry-day works by many agencies, and what is told of them."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "works",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.String()),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("gangs", sa.JSON(), nullable=False),
        sa.Column("earliest", sa.Date()),
        sa.Column("deadline", sa.Date()),
        sa.Column("in_programme", sa.Boolean(), nullable=False),
        sa.Column("passage", sa.String(), nullable=False),
        sa.CheckConstraint("days >= 1", name=op.f("ck_works_days_at_least_1")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_works_segment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works")),
    )
    op.create_index("ix_works_segment_id", "works", ["segment_id"])
    op.create_table(
        "work_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("other", sa.String()),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_work_events_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_events")),
    )
    op.create_index("ix_work_events_operation_id", "work_events", ["operation_id"])


def downgrade() -> None:
    op.drop_table("work_events")
    op.drop_table("works")
