"""Routine cleaning: checks of the inspection, and posts of actions of volunteers."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_STEPS = "step IN ('fill', 'leave', 'came', 'hold', 'resume', 'cancel')"


def upgrade() -> None:
    op.create_table(
        "street_checks",
        _number("id"),
        _number("operation_id"),
        _text("segment_id"),
        _at("at"),
        _text("by"),
        _number("score"),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("photo", sa.String()),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_street_checks_score_0_to_100")),
        _to_operation("street_checks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street_checks")),
    )
    op.create_index("ix_street_checks_at", "street_checks", ["at"])
    op.create_table(
        "action_posts",
        _number("id"),
        _number("operation_id"),
        _text("name"),
        sa.Column("segment_id", sa.String()),
        _text("place"),
        _at("from_at"),
        _at("to_at"),
        _number("wanted"),
        _at("made_at"),
        _text("by"),
        sa.CheckConstraint("wanted >= 1", name=op.f("ck_action_posts_wanted_at_least_1")),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_action_posts_ends_after_start")),
        _to_operation("action_posts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_posts")),
    )
    op.create_index("ix_action_posts_to_at", "action_posts", ["to_at"])
    _words()


def _words() -> None:
    op.create_table(
        "post_words",
        _number("id"),
        _number("operation_id"),
        _number("post_id"),
        _text("step"),
        _at("at"),
        _text("by"),
        _text("name"),
        _number("number"),
        _text("helper"),
        sa.CheckConstraint(_STEPS, name=op.f("ck_post_words_step_known")),
        sa.CheckConstraint(
            "helper IN ('volunteer', 'party')", name=op.f("ck_post_words_helper_known")
        ),
        _to_operation("post_words"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["action_posts.id"], name=op.f("fk_post_words_post_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_words")),
    )
    op.create_index("ix_post_words_post_id", "post_words", ["post_id"])


def downgrade() -> None:
    op.drop_table("post_words")
    op.drop_table("action_posts")
    op.drop_table("street_checks")


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _at(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _to_operation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["operation_id"], ["operations.id"], name=op.f(f"fk_{table}_operation_id")
    )
