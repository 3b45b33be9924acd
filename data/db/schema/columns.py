"""Columns and rules that many tables share, and what all tables belong to."""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def own_id() -> Column:
    return Column("id", String, primary_key=True)


def row_number() -> Column:
    """Place in its table: what was brought comes back in the same order."""
    return Column("row_no", Integer, nullable=False)


def points_to(
    target: str, name: str | None = None, *, nullable: bool = False, index: bool = True
) -> Column:
    table = target.split(".")[0]
    return Column(
        name or f"{table.removesuffix('s')}_id",
        String,
        ForeignKey(target),
        nullable=nullable,
        index=index,
    )


def one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(
        f"{column} IN ({', '.join(repr(value) for value in values)})", name=f"{column}_known"
    )


def one_worker() -> CheckConstraint:
    each = ("crew_id", "driver_id", "person_id")
    counted = " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in each)
    return CheckConstraint(f"{counted} = 1", name="one_worker")


def position() -> tuple[Column, Column, CheckConstraint]:
    return (
        Column("lon", Float, nullable=False),
        Column("lat", Float, nullable=False),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="on_earth"),
    )


def of_operation(**how: Any) -> Column:
    return Column("operation_id", Integer, ForeignKey("operations.id"), nullable=False, **how)


def of_version(name: str = "version") -> tuple[Column, Column, ForeignKeyConstraint]:
    """Columns that point to a plan version."""
    return (
        Column("operation_id", Integer, nullable=False),
        Column(name, Integer, nullable=False),
        ForeignKeyConstraint(["operation_id", name], ["versions.operation_id", "versions.number"]),
    )


def maybe_position() -> tuple[Column, Column, CheckConstraint]:
    return (
        Column("lon", Float),
        Column("lat", Float),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="on_earth"),
    )


def row_of_version() -> tuple[Column, Column, ForeignKeyConstraint, Column]:
    return (
        Column("operation_id", Integer, primary_key=True),
        Column("number", Integer, primary_key=True),
        ForeignKeyConstraint(
            ["operation_id", "number"], ["versions.operation_id", "versions.number"]
        ),
        row_number(),
    )


def job_columns() -> tuple[Column, ...]:
    return (
        Column("job_id", String, primary_key=True),
        Column("kind", String, nullable=False),
        Column("phase", String, nullable=False),
        Column("segment_id", String),
        Column("station_id", String, nullable=False),
        Column("risk", Integer),
    )
