"""Open Badges: credentials with whom and what they name, and decisions on issuers.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms_bridge.store.models.base import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("row_id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("award_id", sa.String(length=36), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("issuer_name", sa.Text(), nullable=False),
        sa.Column("achievement_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("last_valid_day", sa.Date(), nullable=True),
        sa.Column("anchor", sa.String(length=20), nullable=False),
        sa.Column("proof", sa.String(length=20), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("checked_at", Instant(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_credential")),
    )
    op.create_index("ix_credential_issuer_id", "credential", ["issuer_id"])
    op.create_index("ix_credential_award_id", "credential", ["award_id"])
    op.create_table(
        "credential_alignment",
        sa.Column("row_id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("award_id", sa.String(length=36), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_credential_alignment")),
    )
    op.create_index("ix_credential_alignment_award_id", "credential_alignment", ["award_id"])
    op.create_index("ix_credential_alignment_target", "credential_alignment", ["target"])
    op.create_table(
        "credential_recipient",
        sa.Column("row_id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("award_id", sa.String(length=36), nullable=False),
        sa.Column("agent_key", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_credential_recipient")),
    )
    op.create_index("ix_credential_recipient_award_id", "credential_recipient", ["award_id"])
    op.create_index("ix_credential_recipient_agent_key", "credential_recipient", ["agent_key"])
    op.create_table(
        "issuer_trust",
        sa.Column("row_id", BIG_KEY, autoincrement=True, nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("strength", sa.String(length=20), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("key_pem", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_issuer_trust")),
    )
    op.create_index("ix_issuer_trust_issuer_id", "issuer_trust", ["issuer_id"])


def downgrade() -> None:
    for table in ("issuer_trust", "credential_recipient", "credential_alignment", "credential"):
        op.drop_table(table)
