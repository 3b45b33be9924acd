"""What a tap and a page ask for is found, however much lies behind."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"

OPEN = sa.text("closed_at IS NULL")
INDEXES = (
    ("ix_field_events_job", "field_events", ["operation_id", "job_id"], None),
    ("ix_field_events_order", "field_events", ["operation_id", "id"], None),
    ("ix_incidents_open", "incidents", ["operation_id"], OPEN),
    ("ix_notices_station", "notices", ["operation_id", "station_id", "state"], None),
    ("ix_triggers_requested", "triggers", ["operation_id", "requested_at"], None),
)


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _columns, _where in INDEXES:
        op.drop_index(name, table)
