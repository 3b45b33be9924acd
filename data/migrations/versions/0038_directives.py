"""What the desk above tells a district, and what becomes of it."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
_STEPS = "step IN ('receive', 'acknowledge', 'refuse', 'done')"


def upgrade() -> None:
    op.create_table(
        "directives",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directives")),
    )
    op.create_table(
        "directive_events",
        sa.Column("directive_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(_STEPS, name=op.f("ck_directive_events_step_known")),
        sa.ForeignKeyConstraint(
            ["directive_id"], ["directives.id"], name=op.f("fk_directive_events_directive_id")
        ),
        sa.PrimaryKeyConstraint("directive_id", "step", name=op.f("pk_directive_events")),
    )


def downgrade() -> None:
    op.drop_table("directive_events")
    op.drop_table("directives")
