"""Decisions on single badges of an issuer.

Revision: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issuer_trust", sa.Column("achievement_id", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("issuer_trust", "achievement_id")
