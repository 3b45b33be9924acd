"""Units that one district lends to another: directives that say whom, and that may lapse."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0046"
_BEFORE = "step IN ('receive', 'acknowledge', 'refuse', 'done')"
_SINCE = "step IN ('receive', 'acknowledge', 'refuse', 'lapse', 'done')"


def upgrade() -> None:
    op.add_column("directives", sa.Column("loan", sa.JSON()))
    op.add_column("directives", sa.Column("borrower_id", sa.String()))
    _allow(_SINCE)


def downgrade() -> None:
    op.execute("DELETE FROM directive_events WHERE step = 'lapse'")
    _allow(_BEFORE)
    with op.batch_alter_table("directives") as table:
        table.drop_column("borrower_id")
        table.drop_column("loan")


def _allow(steps: str) -> None:
    with op.batch_alter_table("directive_events") as table:
        table.drop_constraint(op.f("ck_directive_events_step_known"), type_="check")
        table.create_check_constraint(op.f("ck_directive_events_step_known"), steps)
