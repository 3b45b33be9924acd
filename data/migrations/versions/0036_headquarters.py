"""The districts of an installation, what they publish, and the desks above them."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
_BEFORE = "role IN ('chief', 'duty', 'manager', 'admin')"
_ROLES = "role IN ('chief', 'duty', 'manager', 'admin', 'city', 'province')"
_CITY = "(role = 'city') = (city IS NOT NULL)"
_UP = "role IN ('city', 'province')"


def upgrade() -> None:
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("city", sa.String()))
        table.drop_constraint(op.f("ck_accounts_role_known"), type_="check")
        table.create_check_constraint(op.f("ck_accounts_role_known"), _ROLES)
        table.create_check_constraint(op.f("ck_accounts_city_desk_has_city"), _CITY)
    op.create_table(
        "member_districts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_districts")),
    )
    op.create_table(
        "district_summaries",
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member_districts.id"], name=op.f("fk_district_summaries_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_district_summaries")),
    )


def downgrade() -> None:
    op.drop_table("district_summaries")
    op.drop_table("member_districts")
    for table in ("sessions", "recovery_codes"):
        op.execute(f"DELETE FROM {table} WHERE account_id IN (SELECT id FROM accounts WHERE {_UP})")
    op.execute(f"DELETE FROM accounts WHERE {_UP}")
    with op.batch_alter_table("accounts") as table:
        table.drop_constraint(op.f("ck_accounts_city_desk_has_city"), type_="check")
        table.drop_constraint(op.f("ck_accounts_role_known"), type_="check")
        table.create_check_constraint(op.f("ck_accounts_role_known"), _BEFORE)
        table.drop_column("city")
