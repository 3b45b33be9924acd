"""The duty log: notes, corrections, handovers, and the events given in a drill."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ONCE = sa.text("kind IN ('takeover', 'inject')")


def upgrade() -> None:
    op.create_table(
        "duty_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("about", sa.Integer()),
        sa.Column("open", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('note', 'correction', 'handover', 'takeover', 'inject')",
            name=op.f("ck_duty_log_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_duty_log_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_log")),
    )
    op.create_index("ix_duty_log_operation_id", "duty_log", ["operation_id"])
    op.create_index(
        "uq_duty_log_once",
        "duty_log",
        ["operation_id", "kind", "about"],
        unique=True,
        sqlite_where=ONCE,
        postgresql_where=ONCE,
    )


def downgrade() -> None:
    op.drop_table("duty_log")
