"""What happened lately is found by its time."""

from alembic import op

revision = "0016"
down_revision = "0015"

INDEXES = (
    ("ix_field_events_time", "field_events", ["operation_id", "server_at"]),
    ("ix_incidents_closed", "incidents", ["operation_id", "closed_at"]),
    ("ix_incidents_matter", "incidents", ["matter_id"]),
    ("ix_incidents_time", "incidents", ["operation_id", "received_at"]),
    ("ix_alerts_time", "alerts", ["operation_id", "received_at"]),
    ("ix_triggers_answered", "triggers", ["operation_id", "answered_by"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in INDEXES:
        op.drop_index(name, table)
