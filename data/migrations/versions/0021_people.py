"""People with their certificates, their days in the roster, and rosters changed on a page."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

TABLES = {"crew_id": "crews", "driver_id": "drivers", "person_id": "people"}
WORKERS = ("crew_id", "driver_id", "person_id")
ONE_WORKER = " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in WORKERS)


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("crew_id", sa.String(), nullable=True),
        sa.Column("driver_id", sa.String(), nullable=True),
        sa.Column("driver_until", sa.Date(), nullable=True),
        sa.Column("jetting_until", sa.Date(), nullable=True),
        sa.Column("confined_space_until", sa.Date(), nullable=True),
        sa.Column("week_hours", sa.Float(), nullable=True),
        sa.Column("no_heat", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name="fk_people_station_id"),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name="fk_people_crew_id"),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.id"], name="fk_people_driver_id"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    for name in ("station_id", "crew_id", "driver_id"):
        op.create_index(f"ix_people_{name}", "people", [name], unique=False)
    _roster(WORKERS, f"{ONE_WORKER} = 1")
    _changes()


def _changes() -> None:
    op.create_table(
        "roster_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in WORKERS),
        sa.Column("duty", sa.String(), nullable=True),
        sa.Column("swap_with", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(f"{ONE_WORKER} = 1", name=op.f("ck_roster_changes_one_worker")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name="fk_roster_changes_operation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_roster_changes"),
    )


def _roster(workers: tuple[str, ...], rule: str) -> None:
    """The roster made anew, with its rows: SQLite changes no rule of a table."""
    connection = op.get_bind()
    rows = [dict(row) for row in connection.execute(sa.text("SELECT * FROM roster")).mappings()]
    op.drop_table("roster")
    made = op.create_table(
        "roster",
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in workers),
        sa.Column("duty", sa.String(), nullable=True),
        sa.Column("swap_with", sa.String(), nullable=True),
        sa.CheckConstraint(rule, name=op.f("ck_roster_one_worker")),
        sa.CheckConstraint(
            "duty IS NOT NULL OR swap_with IS NOT NULL", name=op.f("ck_roster_says_something")
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"{TABLES[name]}.id"], name=f"fk_roster_{name}")
            for name in workers
        ),
        sa.PrimaryKeyConstraint("row_no", name="pk_roster"),
    )
    for name in workers:
        op.create_index(f"ix_roster_{name}", "roster", [name], unique=False)
    columns = (*workers, "row_no", "day", "duty", "swap_with")
    kept = [row for row in rows if any(row.get(name) for name in workers)]
    if kept:
        days = (row | {"day": _date(row["day"])} for row in kept)
        op.bulk_insert(made, [{name: row.get(name) for name in columns} for row in days])


def _date(day: date | str) -> date:
    """SQLite keeps a day as text."""
    return date.fromisoformat(day) if isinstance(day, str) else day


def downgrade() -> None:
    op.drop_table("roster_changes")
    _roster(WORKERS[:2], "(crew_id IS NULL) != (driver_id IS NULL)")
    op.drop_table("people")
