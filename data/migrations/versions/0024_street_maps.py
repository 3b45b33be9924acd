"""The streets that units drive on, what closes them, and what the ways of a plan stand on."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "street_maps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("streets", sa.Integer(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("map", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_street_maps"),
    )
    op.create_table(
        "closures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("line", sa.JSON(), nullable=False),
        sa.Column("speed_share", sa.Float(), nullable=False),
        sa.Column("entry", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_closures"),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name="fk_closures_operation_id_operations"
        ),
        sa.UniqueConstraint(
            "operation_id",
            "source",
            "external_id",
            name="uq_closures_operation_id_source_external_id",
        ),
        sa.CheckConstraint("to_at >= from_at", name=op.f("ck_closures_ends_after_start")),
        sa.CheckConstraint("speed_share BETWEEN 0 AND 1", name=op.f("ck_closures_share_0_to_1")),
    )
    op.add_column("versions", sa.Column("ways", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("versions") as table:
        table.drop_column("ways")
    op.drop_table("closures")
    op.drop_table("street_maps")
