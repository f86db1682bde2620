"""Undoing imports of statements, reading other LRSs, web origins of a source, and which statements are of 2.0.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms_bridge.store.models.base import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("origins", sa.Text(), nullable=True))
    op.add_column("source", sa.Column("denied_at", Instant(), nullable=True))
    op.add_column("file_import", sa.Column("undone_at", Instant(), nullable=True))
    op.add_column("statement", sa.Column("is_v2", sa.Boolean(), nullable=False, server_default=sa.false()))
    # What may hold something of 2.0 is marked; a statement that does not is only looked at once more when it is read.
    place = "instr(document, CAST('{}' AS BLOB)) > 0"
    if op.get_context().dialect.name == "postgresql":
        place = "position(convert_to('{}', 'UTF8') IN document) > 0"
    marks = ('"2.0', "contextAgents", "contextGroups", "\\u")
    found = " OR ".join(place.format(mark) for mark in marks)
    op.execute(f"UPDATE statement SET is_v2 = true WHERE {found}")
    op.create_table(
        "source_pull",
        sa.Column(
            "source_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=True),
        sa.Column("statements", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.source_id"], name=op.f("fk_source_pull_source_id_source")
        ),
        sa.PrimaryKeyConstraint("source_id", "endpoint", name=op.f("pk_source_pull")),
    )
    op.create_table(
        "imported_statement",
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "statement_id", name=op.f("pk_imported_statement")),
    )


def downgrade() -> None:
    op.drop_table("imported_statement")
    op.drop_table("source_pull")
    op.drop_column("statement", "is_v2")
    op.drop_column("file_import", "undone_at")
    op.drop_column("source", "denied_at")
    op.drop_column("source", "origins")
