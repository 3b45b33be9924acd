"""Actions of volunteers that a storm held take place again where it is not expected any more."""

from alembic import op

revision = "0055"
down_revision = "0054"
_BEFORE = "step IN ('fill', 'leave', 'came', 'hold', 'resume', 'cancel')"
_SINCE = "step IN ('fill', 'leave', 'came', 'hold', 'free', 'resume', 'cancel')"


def upgrade() -> None:
    _allow(_SINCE)


def downgrade() -> None:
    op.execute("DELETE FROM post_words WHERE step = 'free'")
    _allow(_BEFORE)


def _allow(steps: str) -> None:
    with op.batch_alter_table("post_words") as table:
        table.drop_constraint(op.f("ck_post_words_step_known"), type_="check")
        table.create_check_constraint(op.f("ck_post_words_step_known"), steps)
