"""What a version leaves out and its risks, each as one packed text: in a large district most of it
says the same a thousand times.
"""

import base64
import json
import lzma

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0039"

_KEY = ("operation_id", "number")
_FIELDS = ("job_id", "kind", "phase", "segment_id", "station_id", "risk")
_VERSIONS = sa.table(
    "versions",
    *(sa.column(name, sa.Integer()) for name in _KEY),
    *(sa.column(name, sa.Text()) for name in ("risks", "left_out", "problem", "plan")),
)
_LEFT = sa.table(
    "left_out",
    *(sa.column(name, sa.Integer()) for name in (*_KEY, "row_no")),
    *(sa.column(name) for name in _FIELDS),
    sa.column("why", sa.JSON()),
)


def upgrade() -> None:
    op.add_column("versions", sa.Column("left_out", sa.Text(), nullable=False, server_default="[]"))
    with op.batch_alter_table("versions") as table:
        table.alter_column("left_out", server_default=None)
        table.alter_column(
            "risks", existing_type=sa.JSON(), type_=sa.Text(), postgresql_using="risks::text"
        )
    for key in _versions():
        risks = op.get_bind().scalar(sa.select(_VERSIONS.c.risks).where(_is(_VERSIONS, key)))
        left = op.get_bind().execute(
            sa.select(_LEFT).where(_is(_LEFT, key)).order_by(_LEFT.c.row_no)
        )
        rows = [{name: row[name] for name in (*_FIELDS, "why")} for row in left.mappings()]
        packed = {"risks": _packed(risks), "left_out": _packed(json.dumps(rows))}
        op.get_bind().execute(sa.update(_VERSIONS).where(_is(_VERSIONS, key)).values(packed))
    op.drop_table("left_out")


def downgrade() -> None:
    op.create_table(
        "left_out",
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("segment_id", sa.String(), nullable=True),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id", "number"],
            ["versions.operation_id", "versions.number"],
            name="fk_left_out_operation_id_number",
        ),
        sa.PrimaryKeyConstraint("operation_id", "number", "job_id", name="pk_left_out"),
    )
    for key in _versions():
        mine = _is(_VERSIONS, key)
        found = op.get_bind().execute(sa.select(_VERSIONS).where(mine)).mappings().one()
        rows = [
            dict(zip(_KEY, key, strict=True)) | {"row_no": number} | row
            for number, row in enumerate(json.loads(_unpacked(found["left_out"])))
        ]
        if rows:
            op.get_bind().execute(sa.insert(_LEFT), rows)
        plain = {name: _unpacked(found[name]) for name in ("risks", "problem", "plan")}
        op.get_bind().execute(sa.update(_VERSIONS).where(mine).values(plain))
    with op.batch_alter_table("versions") as table:
        table.alter_column(
            "risks", existing_type=sa.Text(), type_=sa.JSON(), postgresql_using="risks::json"
        )
        table.drop_column("left_out")


def _versions() -> list[tuple[int, int]]:
    """All by operation and number; the rest of each is long."""
    columns = (_VERSIONS.c.operation_id, _VERSIONS.c.number)
    return [tuple(key) for key in op.get_bind().execute(sa.select(*columns))]


def _is(table: sa.TableClause, key: tuple[int, int]) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == part for name, part in zip(_KEY, key, strict=True)))


def _packed(words: str) -> str:
    return "xz:" + base64.b64encode(lzma.compress(words.encode(), preset=1)).decode()


def _unpacked(words: str) -> str:
    if not words.startswith("xz:"):
        return words
    return lzma.decompress(base64.b64decode(words[len("xz:") :])).decode()
