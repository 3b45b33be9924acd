"""What the desk is told that is no plan waits in the outbox too."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "desk_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text()),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'sent', 'failed', 'superseded')",
            name=op.f("ck_desk_messages_state_known"),
        ),
        sa.CheckConstraint(
            "state <> 'sent' OR sent_at IS NOT NULL", name=op.f("ck_desk_messages_sent_is_dated")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_desk_messages_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_messages")),
        sa.UniqueConstraint(
            "operation_id",
            "matter",
            "channel",
            name=op.f("uq_desk_messages_operation_id_matter_channel"),
        ),
    )
    op.create_index("ix_desk_messages_due", "desk_messages", ["operation_id", "state", "next_at"])


def downgrade() -> None:
    op.drop_table("desk_messages")
