"""Who may lead a squad of a crew, and how many people of a crew go."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("crews", sa.Column("seniors", sa.Integer(), nullable=True))
    op.add_column("crews", sa.Column("vehicles", sa.Integer(), nullable=True))
    op.add_column("members", sa.Column("people", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("members", "people")
    op.drop_column("crews", "vehicles")
    op.drop_column("crews", "seniors")
