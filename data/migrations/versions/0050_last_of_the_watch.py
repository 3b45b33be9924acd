"""Entries of the duty log are found by their kind: who has the watch, and which handover waits."""

from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_index("ix_duty_log_kind", "duty_log", ["operation_id", "kind", "id"])


def downgrade() -> None:
    op.drop_index("ix_duty_log_kind", table_name="duty_log")
