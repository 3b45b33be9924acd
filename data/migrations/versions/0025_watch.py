"""The roster of the watch, and who is named for a post."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "watches",
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start", sa.Time(), nullable=False),
        sa.Column("end", sa.Time(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('officer', 'leader')", name=op.f("ck_watches_kind_known")),
        sa.PrimaryKeyConstraint("row_no", name="pk_watches"),
    )
    op.create_table(
        "named_posts",
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=False),
        sa.Column("shift_id", sa.String(), nullable=True),
        sa.Column("first_id", sa.String(), nullable=False),
        sa.Column("second_id", sa.String(), nullable=False),
        sa.CheckConstraint("first_id <> second_id", name=op.f("ck_named_posts_two")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name="fk_named_posts_segment_id"),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name="fk_named_posts_shift_id"),
        sa.PrimaryKeyConstraint("row_no", name="pk_named_posts"),
    )
    for name in ("segment_id", "shift_id"):
        op.create_index(f"ix_named_posts_{name}", "named_posts", [name], unique=False)


def downgrade() -> None:
    op.drop_table("named_posts")
    op.drop_table("watches")
