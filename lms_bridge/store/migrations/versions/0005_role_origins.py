"""Where role profiles came from.

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms_bridge.store.models.base import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "role_origin",
        sa.Column("row_id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("role_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_role_origin")),
    )
    op.create_index("ix_role_origin_role_id", "role_origin", ["role_id"])


def downgrade() -> None:
    op.drop_table("role_origin")
