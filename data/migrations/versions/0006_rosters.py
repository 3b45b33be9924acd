"""Who may lead a squad of a crew, how many people of a crew go, rotations and the roster,
and breaks taken at the post.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("seniors", "vehicles"):
        op.add_column("crews", sa.Column(name, sa.Integer(), nullable=True))
    for table in ("crews", "drivers"):
        op.add_column(table, sa.Column("rotation_id", sa.String(), nullable=True))
    op.add_column("members", sa.Column("people", sa.Integer(), nullable=True))
    op.add_column(
        "rests", sa.Column("at_post", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "rotations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("pattern", sa.JSON(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rotations"),
    )
    op.create_table(
        "roster",
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("crew_id", sa.String(), nullable=True),
        sa.Column("driver_id", sa.String(), nullable=True),
        sa.Column("duty", sa.String(), nullable=True),
        sa.Column("swap_with", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(crew_id IS NULL) != (driver_id IS NULL)", name=op.f("ck_roster_one_worker")
        ),
        sa.CheckConstraint(
            "duty IS NOT NULL OR swap_with IS NOT NULL", name=op.f("ck_roster_says_something")
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name="fk_roster_crew_id"),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.id"], name="fk_roster_driver_id"),
        sa.PrimaryKeyConstraint("row_no", name="pk_roster"),
    )
    op.create_index("ix_roster_crew_id", "roster", ["crew_id"], unique=False)
    op.create_index("ix_roster_driver_id", "roster", ["driver_id"], unique=False)


def downgrade() -> None:
    op.drop_table("roster")
    op.drop_table("rotations")
    op.drop_column("rests", "at_post")
    op.drop_column("members", "people")
    for table in ("drivers", "crews"):
        op.drop_column(table, "rotation_id")
    for name in ("vehicles", "seniors"):
        op.drop_column("crews", name)
