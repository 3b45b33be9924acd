"""Cases of the street, and what is said of them."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_EARTH = "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90"
_KINDS = "kind IN ('offer', 'take', 'plan', 'done', 'told', 'climb', 'answer', 'close', 'reopen')"


def upgrade() -> None:
    _cases()
    _events()


def _text(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def _at(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _number(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _to_operation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["operation_id"], ["operations.id"], name=f"fk_{table}_operation_id"
    )


def _cases() -> None:
    op.create_table(
        "street_cases",
        _number("id"),
        _number("operation_id"),
        _text("kind"),
        _text("level"),
        sa.Column("text", sa.Text(), nullable=False),
        _text("source"),
        _text("external_id", nullable=True),
        _text("segment_id"),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        _text("photo", nullable=True),
        _at("reported_at"),
        _at("received_at"),
        _text("by"),
        _text("owner"),
        _at("due_at"),
        _number("incident_id", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_street_cases"),
        _to_operation("street_cases"),
        sa.UniqueConstraint(
            "operation_id",
            "source",
            "external_id",
            name="uq_street_cases_operation_id_source_external_id",
        ),
        sa.CheckConstraint(_EARTH, name=op.f("ck_street_cases_on_earth")),
        sa.CheckConstraint(
            "level IN ('small', 'large', 'hard')", name=op.f("ck_street_cases_level_known")
        ),
    )


def _events() -> None:
    op.create_table(
        "case_events",
        _number("id"),
        _number("operation_id"),
        _number("case_id"),
        _text("event_id"),
        _text("kind"),
        _at("at"),
        _text("by"),
        sa.Column("text", sa.Text(), nullable=False),
        _text("step", nullable=True),
        _text("owner", nullable=True),
        _text("photo", nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        _number("rung"),
        sa.PrimaryKeyConstraint("id", name="pk_case_events"),
        _to_operation("case_events"),
        sa.ForeignKeyConstraint(["case_id"], ["street_cases.id"], name="fk_case_events_case_id"),
        sa.UniqueConstraint(
            "operation_id", "event_id", name="uq_case_events_operation_id_event_id"
        ),
        sa.CheckConstraint(_KINDS, name=op.f("ck_case_events_kind_known")),
    )
    op.create_index("ix_case_events_case_id", "case_events", ["case_id"])


def downgrade() -> None:
    op.drop_table("case_events")
    op.drop_table("street_cases")
