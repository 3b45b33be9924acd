"""What came last is found by its number."""

from alembic import op

revision = "0020"
down_revision = "0019"

TABLES = ("alerts", "incidents")


def upgrade() -> None:
    for table in TABLES:
        op.create_index(f"ix_{table}_order", table, ["operation_id", "id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_order", table)
