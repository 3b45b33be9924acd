"""What is over stays in its table and is not read again: cases of the street know when they were
closed, and what is written down is found by its time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0040"

_LAST = "(SELECT max(id) FROM case_events WHERE case_id = street_cases.id AND kind = '{}')"


def upgrade() -> None:
    op.add_column("street_cases", sa.Column("closed_at", sa.DateTime(timezone=True)))
    closed, reopened = _LAST.format("close"), _LAST.format("reopen")
    op.execute(
        f"UPDATE street_cases SET closed_at = (SELECT at FROM case_events WHERE id = {closed})"
        f" WHERE {closed} > coalesce({reopened}, 0)"
    )
    op.create_index("ix_street_cases_received", "street_cases", ["operation_id", "received_at"])
    op.create_index("ix_street_cases_closed", "street_cases", ["operation_id", "closed_at"])
    op.drop_index("ix_manual_changes_operation_id", table_name="manual_changes")
    op.create_index("ix_manual_changes_number", "manual_changes", ["operation_id", "id"])
    op.create_index("ix_manual_changes_at", "manual_changes", ["operation_id", "at"])
    op.drop_index("ix_duty_log_operation_id", table_name="duty_log")
    op.create_index("ix_duty_log_number", "duty_log", ["operation_id", "id"])
    op.create_index("ix_duty_log_written", "duty_log", ["operation_id", "written_at"])


def downgrade() -> None:
    op.drop_index("ix_duty_log_written", table_name="duty_log")
    op.drop_index("ix_duty_log_number", table_name="duty_log")
    op.create_index("ix_duty_log_operation_id", "duty_log", ["operation_id"])
    op.drop_index("ix_manual_changes_at", table_name="manual_changes")
    op.drop_index("ix_manual_changes_number", table_name="manual_changes")
    op.create_index("ix_manual_changes_operation_id", "manual_changes", ["operation_id"])
    op.drop_index("ix_street_cases_closed", table_name="street_cases")
    op.drop_index("ix_street_cases_received", table_name="street_cases")
    with op.batch_alter_table("street_cases") as table:
        table.drop_column("closed_at")
