"""Approval of plans; notices, field events, incidents, outages, changes by hand, standing plans,
audit, revocations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_STATES = "state IN ('draft', 'published', 'superseded')"
_DATED = "state <> 'published' OR published_at IS NOT NULL"
_EARTH = "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90"


def upgrade() -> None:
    _approval()
    _notices()
    _field_events()
    _incidents()
    _desk()
    _records()


def _at(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _to_operation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["operation_id"], ["operations.id"], name=f"fk_{table}_operation_id"
    )


def _to_version(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["operation_id", "version"],
        ["versions.operation_id", "versions.number"],
        name=f"fk_{table}_operation_id_version",
    )


def _approval() -> None:
    """Of the plans there are, the last of each operation is the one in force."""
    op.add_column(
        "versions", sa.Column("state", sa.String(), server_default="published", nullable=False)
    )
    op.add_column("versions", _at("published_at", nullable=True))
    op.add_column("versions", _text("approved_by", nullable=True))
    op.execute("UPDATE versions SET published_at = made_at")
    op.execute(
        "UPDATE versions SET state = 'superseded' WHERE number < "
        "(SELECT max(number) FROM versions AS other "
        "WHERE other.operation_id = versions.operation_id)"
    )
    with op.batch_alter_table("versions") as versions:
        versions.create_check_constraint(op.f("ck_versions_state_known"), _STATES)
        versions.create_check_constraint(op.f("ck_versions_published_is_dated"), _DATED)
    op.create_index(
        "uq_versions_published",
        "versions",
        ["operation_id"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )


def _notices() -> None:
    states = "'pending', 'claimed', 'sent', 'failed', 'superseded', 'acknowledged'"
    op.create_table(
        "notices",
        _number("id"),
        _number("operation_id"),
        _number("version"),
        _text("station_id"),
        _text("channel"),
        _number("step"),
        _number("urgency"),
        sa.Column("body", sa.JSON(), nullable=False),
        _at("created_at"),
        _text("state"),
        _number("attempts"),
        _at("next_at"),
        _at("sent_at", nullable=True),
        _at("acknowledged_at", nullable=True),
        _text("acknowledged_by", nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        _to_version("notices"),
        sa.UniqueConstraint(
            "operation_id", "version", "station_id", "step", "channel", name="uq_notices_one_each"
        ),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_notices_state_known")),
        sa.CheckConstraint(
            "state <> 'sent' OR sent_at IS NOT NULL", name=op.f("ck_notices_sent_is_dated")
        ),
        sa.CheckConstraint("step BETWEEN 0 AND 2", name=op.f("ck_notices_step_0_to_2")),
        sa.CheckConstraint("urgency BETWEEN 0 AND 4", name=op.f("ck_notices_urgency_0_to_4")),
    )
    op.create_index("ix_notices_due", "notices", ["operation_id", "state", "next_at"], unique=False)


def _field_events() -> None:
    op.create_table(
        "field_events",
        _number("id"),
        _number("operation_id"),
        _number("version"),
        _text("event_id"),
        _text("station_id"),
        _text("kind"),
        _text("job_id", nullable=True),
        _text("unit_id", nullable=True),
        _at("device_at", nullable=True),
        _at("server_at"),
        _text("by"),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("amounts", sa.JSON(), nullable=False),
        _text("photo", nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_field_events"),
        _to_version("field_events"),
        sa.UniqueConstraint(
            "operation_id", "event_id", name="uq_field_events_operation_id_event_id"
        ),
        sa.CheckConstraint(_EARTH, name=op.f("ck_field_events_on_earth")),
    )


def _incidents() -> None:
    op.create_table(
        "incidents",
        _number("id"),
        _number("operation_id"),
        _text("kind"),
        _text("segment_id", nullable=True),
        _text("inlet_id", nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("depth_cm", sa.Float(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        _text("source"),
        _text("external_id", nullable=True),
        _at("reported_at"),
        _at("received_at"),
        _text("by"),
        _text("photo", nullable=True),
        _at("closed_at", nullable=True),
        _text("closed_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        _to_operation("incidents"),
        sa.UniqueConstraint(
            "operation_id",
            "source",
            "external_id",
            name="uq_incidents_operation_id_source_external_id",
        ),
        sa.CheckConstraint(_EARTH, name=op.f("ck_incidents_on_earth")),
        sa.CheckConstraint("depth_cm >= 0", name=op.f("ck_incidents_depth_not_negative")),
    )


def _desk() -> None:
    op.create_table(
        "outages",
        _number("id"),
        _number("operation_id"),
        _text("resource_id"),
        _at("from_at"),
        _at("to_at", nullable=True),
        _text("by"),
        sa.Column("reason", sa.Text(), nullable=False),
        _text("ended_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outages"),
        _to_operation("outages"),
        sa.CheckConstraint("to_at >= from_at", name=op.f("ck_outages_ends_after_start")),
    )
    op.create_index(
        "uq_outages_open",
        "outages",
        ["operation_id", "resource_id"],
        unique=True,
        sqlite_where=sa.text("to_at IS NULL"),
        postgresql_where=sa.text("to_at IS NULL"),
    )
    op.create_table(
        "manual_changes",
        _number("id"),
        _number("operation_id"),
        _number("version"),
        _text("job_id"),
        _text("action"),
        _text("by"),
        _at("at"),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_manual_changes"),
        _to_version("manual_changes"),
        sa.CheckConstraint(
            "action IN ('lock', 'unlock', 'move', 'drop', 'add')",
            name=op.f("ck_manual_changes_action_known"),
        ),
    )
    op.create_index(
        "ix_manual_changes_operation_id", "manual_changes", ["operation_id"], unique=False
    )


def _records() -> None:
    op.create_table(
        "standing_plans",
        _number("operation_id"),
        _text("colour"),
        _at("made_at"),
        _text("digest"),
        sa.Column("plan", sa.JSON(), nullable=False),
        _to_operation("standing_plans"),
        sa.PrimaryKeyConstraint("operation_id", "colour", name="pk_standing_plans"),
    )
    op.create_table(
        "audit",
        _number("id"),
        sa.Column("operation_id", sa.Integer(), nullable=True),
        _at("at"),
        _text("by"),
        _text("action"),
        _text("subject"),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        _to_operation("audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "revocations",
        _text("link_id"),
        _text("by"),
        _at("at"),
        sa.PrimaryKeyConstraint("link_id", name="pk_revocations"),
    )


def downgrade() -> None:
    """Drafts go: an older program takes every version for one in force."""
    for table in (
        "revocations",
        "audit",
        "standing_plans",
        "manual_changes",
        "outages",
        "incidents",
        "field_events",
        "notices",
    ):
        op.drop_table(table)
    op.execute(
        "UPDATE triggers SET answered_by = NULL, settled_at = NULL WHERE EXISTS ("
        "SELECT 1 FROM versions WHERE versions.operation_id = triggers.operation_id "
        "AND versions.number = triggers.answered_by AND versions.published_at IS NULL)"
    )
    for table in ("members", "assignments", "left_out", "rests"):
        op.execute(
            f"DELETE FROM {table} WHERE EXISTS ("
            f"SELECT 1 FROM versions WHERE versions.operation_id = {table}.operation_id "
            f"AND versions.number = {table}.number AND versions.published_at IS NULL)"
        )
    op.execute("DELETE FROM versions WHERE published_at IS NULL")
    op.drop_index("uq_versions_published", "versions")
    with op.batch_alter_table("versions") as versions:
        versions.drop_constraint(op.f("ck_versions_published_is_dated"), type_="check")
        versions.drop_constraint(op.f("ck_versions_state_known"), type_="check")
        versions.drop_column("approved_by")
        versions.drop_column("published_at")
        versions.drop_column("state")
