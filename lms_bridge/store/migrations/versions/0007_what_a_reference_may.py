"""A reference, a voiding too, may what its credential might, which can be less than its source.

What came from files is found by its statement, because it is no sign of life of its source.

Revision: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("reads_all", "voids_all"):
        op.add_column(
            "statement_reference", sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    # Of what is there already nobody knows the credential: it was taken for its source's.
    sources = "SELECT s.seq FROM statement s JOIN source o ON o.source_id = s.source_id WHERE ' ' || o.scopes || ' ' LIKE"
    op.execute(f"UPDATE statement_reference SET voids_all = TRUE WHERE seq IN ({sources} '% all %')")
    op.execute(
        "UPDATE statement_reference SET reads_all = TRUE"
        f" WHERE seq IN ({sources} '% all %' OR ' ' || o.scopes || ' ' LIKE '% all/read %')"
    )

    op.create_index("ix_imported_statement_statement_id", "imported_statement", ["statement_id"])


def downgrade() -> None:
    op.drop_index("ix_imported_statement_statement_id", table_name="imported_statement")
    for column in ("reads_all", "voids_all"):
        op.drop_column("statement_reference", column)
