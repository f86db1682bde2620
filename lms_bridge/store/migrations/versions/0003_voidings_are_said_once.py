"""What is voided stands in the statement alone; a voiding that waits for its target is its reference.

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms_bridge.store.models.base import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The voidings of a database, each with what it names.
VOIDINGS = (
    "SELECT r.target_id, v.seq, v.statement_id, v.stored, v.source_id FROM statement_reference r"
    " JOIN statement v ON v.seq = r.seq JOIN iri i ON i.iri_id = v.verb_id"
    " WHERE i.value = 'http://adlnet.gov/expapi/verbs/voided'"
)


def upgrade() -> None:
    # There was room for one waiting voiding: that of a source itself was lost where another one's stood there.
    op.execute(
        f"UPDATE statement SET voided_by = (SELECT o.statement_id FROM ({VOIDINGS}) o"
        " WHERE o.target_id = statement.statement_id AND o.source_id = statement.source_id"
        " ORDER BY o.stored, o.seq LIMIT 1)"
        f" WHERE voided_by IS NULL AND seq IN (SELECT k.seq FROM ({VOIDINGS}) o JOIN statement_key k"
        " ON k.statement_id = o.target_id AND k.source_id = o.source_id"
        f" WHERE NOT EXISTS (SELECT 1 FROM ({VOIDINGS}) itself WHERE itself.seq = k.seq))"
    )
    # What was voided without a row of that table kept its evidence: derived again, it is taken back.
    op.execute(
        "INSERT INTO derive_task (subject, cause_kind, cause_id, caused_at, attempts)"
        " SELECT 'agent:' || s.agent_id, 'void', s.statement_id, k.stored, 0"
        " FROM statement s JOIN statement_key k ON k.statement_id = s.voided_by WHERE NOT EXISTS"
        " (SELECT 1 FROM statement_void v WHERE v.target_id = s.statement_id AND v.voiding_id = s.voided_by)"
    )
    op.drop_table("statement_void")


def downgrade() -> None:
    op.create_table(
        "statement_void",
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("voiding_id", sa.String(length=36), nullable=False),
        sa.Column("voided_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_statement_void")),
    )
    op.execute(
        "INSERT INTO statement_void (target_id, voiding_id, voided_at)"
        " SELECT s.statement_id, k.statement_id, k.stored"
        " FROM statement s JOIN statement_key k ON k.statement_id = s.voided_by"
    )
    # One that waits: the earliest, as there was room for one.
    op.execute(
        "INSERT INTO statement_void (target_id, voiding_id, voided_at)"
        f" SELECT o.target_id, o.statement_id, o.stored FROM ({VOIDINGS}) o"
        " WHERE NOT EXISTS (SELECT 1 FROM statement_key t WHERE t.statement_id = o.target_id)"
        " ORDER BY o.stored, o.seq ON CONFLICT (target_id) DO NOTHING"
    )
