"""The city, and what is received and decided."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "beats",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_beats"),
    )
    op.create_table(
        "district",
        sa.Column("adcode", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("outline", sa.JSON(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("single", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("single = 1", name=op.f("ck_district_only_one")),
        sa.PrimaryKeyConstraint("adcode", name="pk_district"),
        sa.UniqueConstraint("single", name="uq_district_single"),
    )
    op.create_table(
        "healths",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("provider", name="pk_healths"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "operations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anchor_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('real', 'drill')", name=op.f("ck_operations_kind_known")),
        sa.PrimaryKeyConstraint("id", name="pk_operations"),
    )
    op.create_index(
        "uq_operations_open",
        "operations",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("start", sa.Time(), nullable=False),
        sa.Column("end", sa.Time(), nullable=False),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("break_from", sa.Time(), nullable=True),
        sa.Column("break_to", sa.Time(), nullable=True),
        sa.CheckConstraint(
            "break_minutes BETWEEN 0 AND 480", name=op.f("ck_shifts_break_minutes_0_to_480")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
    )
    op.create_table(
        "stations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("chief", sa.String(), nullable=False),
        sa.Column("deputy", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_stations_on_earth")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stations"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"], name="fk_alerts_operation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("operation_id", "digest", name="uq_alerts_operation_id_digest"),
    )
    op.create_table(
        "crews",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("leader", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("shift_id", sa.String(), nullable=False),
        sa.CheckConstraint("size >= 1", name=op.f("ck_crews_somebody")),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name="fk_crews_shift_id"),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name="fk_crews_station_id"),
        sa.PrimaryKeyConstraint("id", name="pk_crews"),
    )
    op.create_index("ix_crews_shift_id", "crews", ["shift_id"], unique=False)
    op.create_index("ix_crews_station_id", "crews", ["station_id"], unique=False)
    op.create_table(
        "forecasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name="fk_forecasts_operation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_forecasts"),
        sa.UniqueConstraint("operation_id", "digest", name="uq_forecasts_operation_id_digest"),
    )
    op.create_index(
        "ix_forecasts_newest", "forecasts", ["operation_id", "fetched_at"], unique=False
    )
    op.create_table(
        "machines",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("plate", sa.String(), nullable=False),
        sa.Column("capacity", sa.Float(), nullable=True),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_machines_capacity_not_negative")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name="fk_machines_station_id"),
        sa.PrimaryKeyConstraint("id", name="pk_machines"),
    )
    op.create_index("ix_machines_station_id", "machines", ["station_id"], unique=False)
    op.create_table(
        "segments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("road", sa.String(), nullable=False),
        sa.Column("start_name", sa.String(), nullable=False),
        sa.Column("end_name", sa.String(), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("line", sa.JSON(), nullable=False),
        sa.Column("importance", sa.Integer(), nullable=False),
        sa.Column("guard", sa.Boolean(), nullable=False),
        sa.Column("low_lying", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "importance BETWEEN 1 AND 5", name=op.f("ck_segments_importance_1_to_5")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name="fk_segments_station_id"),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
    )
    op.create_index("ix_segments_station_id", "segments", ["station_id"], unique=False)
    op.create_table(
        "versions",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("alert_digests", sa.JSON(), nullable=False),
        sa.Column("rain", sa.JSON(), nullable=False),
        sa.Column("risks", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("solve_seconds", sa.Float(), nullable=False),
        sa.Column("fallback", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_versions_counted_from_1")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name="fk_versions_operation_id"
        ),
        sa.PrimaryKeyConstraint("operation_id", "number", name="pk_versions"),
    )
    op.create_table(
        "assignments",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=True),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=True),
        sa.Column("inlet_ids", sa.JSON(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.CheckConstraint("end_at >= start_at", name=op.f("ck_assignments_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["operation_id", "number"],
            ["versions.operation_id", "versions.number"],
            name="fk_assignments_operation_id_number",
        ),
        sa.PrimaryKeyConstraint("operation_id", "number", "job_id", name="pk_assignments"),
    )
    op.create_table(
        "drivers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("machine_id", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("shift_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_drivers_machine_id"),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name="fk_drivers_shift_id"),
        sa.PrimaryKeyConstraint("id", name="pk_drivers"),
    )
    op.create_index("ix_drivers_machine_id", "drivers", ["machine_id"], unique=False)
    op.create_index("ix_drivers_shift_id", "drivers", ["shift_id"], unique=False)
    op.create_table(
        "inlets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cleaned_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_inlets_on_earth")
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name="fk_inlets_segment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inlets"),
    )
    op.create_index("ix_inlets_segment_id", "inlets", ["segment_id"], unique=False)
    op.create_table(
        "left_out",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=True),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id", "number"],
            ["versions.operation_id", "versions.number"],
            name="fk_left_out_operation_id_number",
        ),
        sa.PrimaryKeyConstraint("operation_id", "number", "job_id", name="pk_left_out"),
    )
    op.create_table(
        "rests",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id", "number"],
            ["versions.operation_id", "versions.number"],
            name="fk_rests_operation_id_number",
        ),
        sa.PrimaryKeyConstraint("operation_id", "number", "unit_id", "start_at", name="pk_rests"),
    )
    op.create_table(
        "triggers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "answered_by IS NULL OR settled_at IS NOT NULL",
            name=op.f("ck_triggers_answered_is_settled"),
        ),
        sa.ForeignKeyConstraint(
            ["operation_id", "answered_by"],
            ["versions.operation_id", "versions.number"],
            name="fk_triggers_operation_id_answered_by",
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name="fk_triggers_operation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_triggers"),
        sa.UniqueConstraint("operation_id", "cause", name="uq_triggers_operation_id_cause"),
    )
    op.create_index(
        "ix_triggers_pending",
        "triggers",
        ["operation_id"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "blockages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("inlet_id", sa.String(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=False),
        sa.Column("silt_m3", sa.Float(), nullable=True),
        sa.Column("rain_mm", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "cleared_at >= reported_at", name=op.f("ck_blockages_cleared_after_reported")
        ),
        sa.ForeignKeyConstraint(["inlet_id"], ["inlets.id"], name="fk_blockages_inlet_id"),
        sa.PrimaryKeyConstraint("id", name="pk_blockages"),
    )
    op.create_index("ix_blockages_inlet_id", "blockages", ["inlet_id"], unique=False)
    op.create_index("ix_blockages_reported_at", "blockages", ["reported_at"], unique=False)
    op.create_table(
        "members",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=True),
        sa.Column("leave_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrive_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("arrive_at >= leave_at", name=op.f("ck_members_arrives_after_leaving")),
        sa.ForeignKeyConstraint(
            ["operation_id", "number", "job_id"],
            ["assignments.operation_id", "assignments.number", "assignments.job_id"],
            name="fk_members_operation_id_number_job_id",
        ),
        sa.PrimaryKeyConstraint("operation_id", "number", "job_id", "unit_id", name="pk_members"),
    )


def downgrade() -> None:
    for table in (
        "members",
        "blockages",
        "triggers",
        "rests",
        "left_out",
        "inlets",
        "drivers",
        "assignments",
        "versions",
        "segments",
        "machines",
        "forecasts",
        "crews",
        "alerts",
        "stations",
        "shifts",
        "settings",
        "operations",
        "leases",
        "healths",
        "district",
        "beats",
    ):
        op.drop_table(table)
