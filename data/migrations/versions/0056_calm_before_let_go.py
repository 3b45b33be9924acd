"""What a storm held is let go when none has gone before it for a while: since when is noted."""

from alembic import op

revision = "0056"
down_revision = "0055"
_BEFORE = "step IN ('fill', 'leave', 'came', 'hold', 'free', 'resume', 'cancel')"
_SINCE = "step IN ('fill', 'leave', 'came', 'hold', 'ease', 'free', 'resume', 'cancel')"


def upgrade() -> None:
    _allow(_SINCE)


def downgrade() -> None:
    op.execute("DELETE FROM post_words WHERE step = 'ease'")
    _allow(_BEFORE)


def _allow(steps: str) -> None:
    with op.batch_alter_table("post_words") as table:
        table.drop_constraint(op.f("ck_post_words_step_known"), type_="check")
        table.create_check_constraint(op.f("ck_post_words_step_known"), steps)
