"""What rain gauges and water-level sensors measured."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "gauge_readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("gauge", sa.String(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("fault", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_gauge_readings_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gauge_readings")),
        sa.UniqueConstraint(
            "operation_id",
            "gauge",
            "measured_at",
            "fault",
            name=op.f("uq_gauge_readings_operation_id_gauge_measured_at_fault"),
        ),
    )
    op.create_index(op.f("ix_gauge_readings_measured_at"), "gauge_readings", ["measured_at"])


def downgrade() -> None:
    op.drop_table("gauge_readings")
