"""The first schema.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lms_bridge.store.models.base import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        # Autogenerate does not see sequences.
        op.execute("CREATE SEQUENCE statement_seq")
    op.create_table(
        "agent",
        sa.Column(
            "agent_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("agent_key", sa.Text(), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent")),
        sa.UniqueConstraint("agent_key", name=op.f("uq_agent_agent_key")),
    )
    op.create_table(
        "api_token",
        sa.Column(
            "token_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    op.create_table(
        "assignment",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("role_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_person_id", ["person_id"], unique=False)

    op.create_table(
        "attachment_content",
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha2", name=op.f("pk_attachment_content")),
    )
    op.create_table(
        "attainment",
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("skill_iri", sa.Text(), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "skill_iri", "strength", "from_on", name=op.f("pk_attainment")),
    )
    op.create_table(
        "audit",
        sa.Column(
            "audit_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_at", ["at"], unique=False)

    op.create_table(
        "award",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("award_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("object_key", sa.String(length=200), nullable=True),
        sa.Column("skill_iri", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("strength", sa.String(length=20), nullable=False),
        sa.Column("achieved_on", sa.Date(), nullable=False),
        sa.Column("last_valid_day", sa.Date(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("authenticity", sa.String(length=20), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_award")),
    )
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.create_index("ix_award_person_id", ["person_id"], unique=False)

    op.create_table(
        "award_revocation",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("award_id", sa.String(length=36), nullable=False),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_award_revocation")),
    )
    with op.batch_alter_table("award_revocation", schema=None) as batch_op:
        batch_op.create_index("ix_award_revocation_award_id", ["award_id"], unique=False)

    op.create_table(
        "clock_decision",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("achieved_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_clock_decision")),
    )
    with op.batch_alter_table("clock_decision", schema=None) as batch_op:
        batch_op.create_index("ix_clock_decision_statement_id", ["statement_id"], unique=False)

    op.create_table(
        "crosswalk",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("source_iri", sa.Text(), nullable=False),
        sa.Column("target_iri", sa.Text(), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("levels", sa.Text(), nullable=False),
        sa.Column("source_release", sa.Text(), nullable=False),
        sa.Column("target_release", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_crosswalk")),
    )
    with op.batch_alter_table("crosswalk", schema=None) as batch_op:
        batch_op.create_index("ix_crosswalk_source_iri", ["source_iri"], unique=False)

    op.create_table(
        "derive_failure",
        sa.Column(
            "failure_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("cause_kind", sa.String(length=20), nullable=False),
        sa.Column("cause_id", sa.String(length=200), nullable=True),
        sa.Column("caused_at", Instant(), nullable=False),
        sa.Column("failed_at", Instant(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("failure_id", name=op.f("pk_derive_failure")),
    )
    op.create_table(
        "derive_task",
        sa.Column(
            "task_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("cause_kind", sa.String(length=20), nullable=False),
        sa.Column("cause_id", sa.String(length=200), nullable=True),
        sa.Column("caused_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_derive_task")),
    )
    with op.batch_alter_table("derive_task", schema=None) as batch_op:
        batch_op.create_index("ix_derive_task_subject", ["subject"], unique=False)

    op.create_table(
        "document",
        sa.Column(
            "key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("resource", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("registration", sa.String(length=36), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(length=64), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_document")),
        sa.UniqueConstraint(
            "resource",
            "source_id",
            "activity_id",
            "agent_id",
            "registration",
            "document_id",
            name=op.f("uq_document_resource_source_id_activity_id_agent_id_registration_document_id"),
        ),
    )
    op.create_table(
        "evidence",
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("evidence_id", sa.String(length=36), nullable=False),
        sa.Column("skill_iri", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=False),
        sa.Column("achieved_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_kind", sa.String(length=20), nullable=True),
        sa.Column("end_cause_id", sa.String(length=80), nullable=True),
        sa.Column("cited_kind", sa.String(length=10), nullable=False),
        sa.Column("cited_id", sa.String(length=36), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.String(length=200), nullable=True),
        sa.Column("rule_version", sa.String(length=64), nullable=True),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.Column("authenticity", sa.String(length=20), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("reversed_at", Instant(), nullable=True),
        sa.Column("reversal_kind", sa.String(length=20), nullable=True),
        sa.Column("reversal_id", sa.String(length=200), nullable=True),
        sa.Column("successor_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "evidence_id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_cited", ["cited_id"], unique=False)
        batch_op.create_index("ix_evidence_evidence_id", ["evidence_id"], unique=False)
        batch_op.create_index("ix_evidence_person_skill", ["person_id", "skill_iri"], unique=False)
        batch_op.create_index("ix_evidence_skill", ["skill_iri", "person_id"], unique=False)

    op.create_table(
        "exemption",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("skill_iri", sa.Text(), nullable=True),
        sa.Column("role_id", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_exemption")),
    )
    with op.batch_alter_table("exemption", schema=None) as batch_op:
        batch_op.create_index("ix_exemption_person_id", ["person_id"], unique=False)

    op.create_table(
        "file_import",
        sa.Column(
            "import_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_file_import")),
    )
    op.create_table(
        "framework",
        sa.Column(
            "framework_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("framework_id", name=op.f("pk_framework")),
        sa.UniqueConstraint("name", name=op.f("uq_framework_name")),
    )
    op.create_table(
        "identity",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("agent_key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_identity")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index("ix_identity_agent_key", ["agent_key"], unique=False)
        batch_op.create_index("ix_identity_person_id", ["person_id"], unique=False)

    op.create_table(
        "iri",
        sa.Column(
            "iri_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("iri_id", name=op.f("pk_iri")),
        sa.UniqueConstraint("value", name=op.f("uq_iri_value")),
    )
    op.create_table(
        "issued_report",
        sa.Column(
            "report_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("issued_to", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.String(length=80), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_on", Instant(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_issued_report")),
    )
    op.create_table(
        "learning_object",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("object_key", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=20), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("hours", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("cost", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_learning_object")),
    )
    with op.batch_alter_table("learning_object", schema=None) as batch_op:
        batch_op.create_index("ix_learning_object_object_key", ["object_key"], unique=False)

    op.create_table(
        "membership",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("team_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("share", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index("ix_membership_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_membership_team_id", ["team_id"], unique=False)

    op.create_table(
        "object_alias",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("object_key", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_object_alias")),
    )
    op.create_table(
        "pattern_version",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("pack", sa.String(length=120), nullable=False),
        sa.Column("pattern_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_pattern_version")),
    )
    op.create_table(
        "person",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.String(length=80), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_person_id", ["person_id"], unique=False)

    op.create_table(
        "person_attribute",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_person_attribute")),
    )
    with op.batch_alter_table("person_attribute", schema=None) as batch_op:
        batch_op.create_index("ix_person_attribute_person_id", ["person_id", "name"], unique=False)

    op.create_table(
        "policy",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_policy")),
    )
    with op.batch_alter_table("policy", schema=None) as batch_op:
        batch_op.create_index("ix_policy_name", ["name"], unique=False)

    op.create_table(
        "reading",
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("activity_iri", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("subject", "statement_id", "kind", name=op.f("pk_reading")),
    )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index("ix_reading_kind", ["kind", "object_key"], unique=False)

    op.create_table(
        "refused_request",
        sa.Column(
            "refused_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("refused_at", Instant(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("xapi_version", sa.String(length=10), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("violations", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("replayed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("refused_id", name=op.f("pk_refused_request")),
    )
    with op.batch_alter_table("refused_request", schema=None) as batch_op:
        batch_op.create_index("ix_refused_request_source", ["source_id", "refused_at"], unique=False)

    op.create_table(
        "requirement",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.String(length=80), nullable=False),
        sa.Column("skill_iri", sa.Text(), nullable=False),
        sa.Column("asks", sa.String(length=10), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("headcount", sa.String(length=10), nullable=True),
        sa.Column("importance", sa.String(length=12), nullable=False),
        sa.Column("min_strength", sa.String(length=20), nullable=True),
        sa.Column("due_within", sa.String(length=20), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_requirement")),
    )
    with op.batch_alter_table("requirement", schema=None) as batch_op:
        batch_op.create_index("ix_requirement_scope", ["scope", "scope_id"], unique=False)

    op.create_table(
        "role",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("role_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_role")),
    )
    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.create_index("ix_role_role_id", ["role_id"], unique=False)

    op.create_table(
        "rule_version",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("pack", sa.String(length=120), nullable=False),
        sa.Column("rule_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("applies_from", sa.Date(), nullable=True),
        sa.Column("applies_to", sa.Date(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_rule_version")),
    )
    with op.batch_alter_table("rule_version", schema=None) as batch_op:
        batch_op.create_index("ix_rule_version_rule_id", ["rule_id", "version"], unique=False)

    op.create_table(
        "source",
        sa.Column(
            "source_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("xapi_version", sa.String(length=10), nullable=False),
        sa.Column("validation", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("last_seen_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "statement",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.Column("stored", Instant(), nullable=False),
        sa.Column("timestamp", Instant(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("verb_id", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=True),
        sa.Column("registration", sa.String(length=36), nullable=True),
        sa.Column("voided_by", sa.String(length=36), nullable=True),
        sa.Column("flags", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "agent_id", name=op.f("pk_statement")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index("ix_statement_agent", ["agent_id", "verb_id", "seq"], unique=False)
        batch_op.create_index("ix_statement_registration", ["registration", "stored", "seq"], unique=False)
        batch_op.create_index("ix_statement_source", ["source_id", "stored", "seq"], unique=False)
        batch_op.create_index("ix_statement_stored", ["stored", "seq"], unique=False)
        batch_op.create_index("ix_statement_verb", ["verb_id", "stored", "seq"], unique=False)

    op.create_table(
        "statement_activity",
        sa.Column("iri_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("stored", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("iri_id", "seq", name=op.f("pk_statement_activity")),
    )
    with op.batch_alter_table("statement_activity", schema=None) as batch_op:
        batch_op.create_index(
            "ix_statement_activity_stored", ["iri_id", "direct", "stored", "seq"], unique=False
        )

    op.create_table(
        "statement_agent",
        sa.Column("agent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("stored", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "seq", name=op.f("pk_statement_agent")),
    )
    with op.batch_alter_table("statement_agent", schema=None) as batch_op:
        batch_op.create_index(
            "ix_statement_agent_stored", ["agent_id", "direct", "stored", "seq"], unique=False
        )

    op.create_table(
        "statement_attachment",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("seq", "sha2", name=op.f("pk_statement_attachment")),
    )
    op.create_table(
        "statement_key",
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("stored", Instant(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_statement_key")),
    )
    op.create_table(
        "statement_reference",
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("target_id", "seq", name=op.f("pk_statement_reference")),
    )
    op.create_table(
        "statement_registration",
        sa.Column("registration", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stored", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("registration", "seq", name=op.f("pk_statement_registration")),
    )
    with op.batch_alter_table("statement_registration", schema=None) as batch_op:
        batch_op.create_index(
            "ix_statement_registration_stored", ["registration", "stored", "seq"], unique=False
        )

    op.create_table(
        "statement_verb",
        sa.Column("verb_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stored", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("verb_id", "seq", name=op.f("pk_statement_verb")),
    )
    with op.batch_alter_table("statement_verb", schema=None) as batch_op:
        batch_op.create_index("ix_statement_verb_stored", ["verb_id", "stored", "seq"], unique=False)

    op.create_table(
        "statement_void",
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("voiding_id", sa.String(length=36), nullable=False),
        sa.Column("voided_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_statement_void")),
    )
    op.create_table(
        "subject",
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subject")),
    )
    op.create_table(
        "team",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("team_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_team_id", sa.String(length=80), nullable=True),
        sa.Column("manager_id", sa.String(length=80), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_team")),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index("ix_team_team_id", ["team_id"], unique=False)

    op.create_table(
        "unknown_actor",
        sa.Column("agent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agent_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("facts_waiting", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_unknown_actor")),
    )
    op.create_table(
        "user_account",
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_user_account")),
    )
    op.create_table(
        "activity_definition",
        sa.Column(
            "iri_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["iri_id"], ["iri.iri_id"], name=op.f("fk_activity_definition_iri_id_iri")),
        sa.PrimaryKeyConstraint("iri_id", name=op.f("pk_activity_definition")),
    )
    op.create_table(
        "framework_level",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("framework_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["framework_id"],
            ["framework.framework_id"],
            name=op.f("fk_framework_level_framework_id_framework"),
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_framework_level")),
    )
    with op.batch_alter_table("framework_level", schema=None) as batch_op:
        batch_op.create_index("ix_framework_level_framework_id", ["framework_id"], unique=False)

    op.create_table(
        "framework_release",
        sa.Column(
            "release_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("framework_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["framework_id"],
            ["framework.framework_id"],
            name=op.f("fk_framework_release_framework_id_framework"),
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_framework_release")),
    )
    with op.batch_alter_table("framework_release", schema=None) as batch_op:
        batch_op.create_index(
            "ix_framework_release_framework_id", ["framework_id", "known_from"], unique=False
        )

    op.create_table(
        "occupation",
        sa.Column(
            "occupation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("framework_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("job_zone", sa.Integer(), nullable=True),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["framework_id"], ["framework.framework_id"], name=op.f("fk_occupation_framework_id_framework")
        ),
        sa.PrimaryKeyConstraint("occupation_id", name=op.f("pk_occupation")),
        sa.UniqueConstraint("framework_id", "code", name=op.f("uq_occupation_framework_id_code")),
    )
    op.create_table(
        "occupation_scale",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("framework_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scale_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("minimum", sa.Double(), nullable=False),
        sa.Column("maximum", sa.Double(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["framework_id"],
            ["framework.framework_id"],
            name=op.f("fk_occupation_scale_framework_id_framework"),
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_occupation_scale")),
    )
    with op.batch_alter_table("occupation_scale", schema=None) as batch_op:
        batch_op.create_index("ix_occupation_scale_framework_id", ["framework_id"], unique=False)

    op.create_table(
        "source_key",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.source_id"], name=op.f("fk_source_key_source_id_source")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_source_key")),
    )
    op.create_table(
        "skill",
        sa.Column(
            "skill_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column("short_id", sa.String(length=12), nullable=False),
        sa.Column("framework_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("first_release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_release_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["first_release_id"],
            ["framework_release.release_id"],
            name=op.f("fk_skill_first_release_id_framework_release"),
        ),
        sa.ForeignKeyConstraint(
            ["framework_id"], ["framework.framework_id"], name=op.f("fk_skill_framework_id_framework")
        ),
        sa.ForeignKeyConstraint(
            ["last_release_id"],
            ["framework_release.release_id"],
            name=op.f("fk_skill_last_release_id_framework_release"),
        ),
        sa.PrimaryKeyConstraint("skill_id", name=op.f("pk_skill")),
        sa.UniqueConstraint("iri", name=op.f("uq_skill_iri")),
        sa.UniqueConstraint("short_id", name=op.f("uq_skill_short_id")),
    )
    with op.batch_alter_table("skill", schema=None) as batch_op:
        batch_op.create_index("ix_skill_framework_id", ["framework_id"], unique=False)

    op.create_table(
        "occupation_anchor",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("skill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scale_id", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["skill_id"], ["skill.skill_id"], name=op.f("fk_occupation_anchor_skill_id_skill")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_occupation_anchor")),
    )
    with op.batch_alter_table("occupation_anchor", schema=None) as batch_op:
        batch_op.create_index("ix_occupation_anchor_skill_id", ["skill_id"], unique=False)

    op.create_table(
        "occupation_technology",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("occupation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("skill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("example", sa.Text(), nullable=False),
        sa.Column("is_hot", sa.Boolean(), nullable=False),
        sa.Column("is_in_demand", sa.Boolean(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["occupation_id"],
            ["occupation.occupation_id"],
            name=op.f("fk_occupation_technology_occupation_id_occupation"),
        ),
        sa.ForeignKeyConstraint(
            ["skill_id"], ["skill.skill_id"], name=op.f("fk_occupation_technology_skill_id_skill")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_occupation_technology")),
    )
    with op.batch_alter_table("occupation_technology", schema=None) as batch_op:
        batch_op.create_index("ix_occupation_technology_occupation_id", ["occupation_id"], unique=False)

    op.create_table(
        "occupation_value",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("occupation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("skill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scale_id", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("is_suppressed", sa.Boolean(), nullable=False),
        sa.Column("is_not_relevant", sa.Boolean(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["occupation_id"],
            ["occupation.occupation_id"],
            name=op.f("fk_occupation_value_occupation_id_occupation"),
        ),
        sa.ForeignKeyConstraint(
            ["skill_id"], ["skill.skill_id"], name=op.f("fk_occupation_value_skill_id_skill")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_occupation_value")),
    )
    with op.batch_alter_table("occupation_value", schema=None) as batch_op:
        batch_op.create_index("ix_occupation_value_occupation_id", ["occupation_id"], unique=False)

    op.create_table(
        "skill_collection",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("skill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["skill_id"], ["skill.skill_id"], name=op.f("fk_skill_collection_skill_id_skill")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_skill_collection")),
    )
    with op.batch_alter_table("skill_collection", schema=None) as batch_op:
        batch_op.create_index("ix_skill_collection_skill_id", ["skill_id"], unique=False)

    op.create_table(
        "skill_label",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("skill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lang", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["skill_id"], ["skill.skill_id"], name=op.f("fk_skill_label_skill_id_skill")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_skill_label")),
    )
    with op.batch_alter_table("skill_label", schema=None) as batch_op:
        batch_op.create_index("ix_skill_label_search_text", ["search_text"], unique=False)
        batch_op.create_index("ix_skill_label_skill_id", ["skill_id"], unique=False)

    op.create_table(
        "skill_level",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("skill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["skill_id"], ["skill.skill_id"], name=op.f("fk_skill_level_skill_id_skill")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_skill_level")),
    )
    with op.batch_alter_table("skill_level", schema=None) as batch_op:
        batch_op.create_index("ix_skill_level_skill_id", ["skill_id"], unique=False)

    op.create_table(
        "skill_parent",
        sa.Column(
            "row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("skill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_skill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("known_from", Instant(), nullable=False),
        sa.Column("known_to", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_skill_id"], ["skill.skill_id"], name=op.f("fk_skill_parent_parent_skill_id_skill")
        ),
        sa.ForeignKeyConstraint(
            ["skill_id"], ["skill.skill_id"], name=op.f("fk_skill_parent_skill_id_skill")
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_skill_parent")),
    )
    with op.batch_alter_table("skill_parent", schema=None) as batch_op:
        batch_op.create_index("ix_skill_parent_parent_skill_id", ["parent_skill_id"], unique=False)
        batch_op.create_index("ix_skill_parent_skill_id", ["skill_id"], unique=False)


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE statement_seq")
    with op.batch_alter_table("skill_parent", schema=None) as batch_op:
        batch_op.drop_index("ix_skill_parent_skill_id")
        batch_op.drop_index("ix_skill_parent_parent_skill_id")

    op.drop_table("skill_parent")
    with op.batch_alter_table("skill_level", schema=None) as batch_op:
        batch_op.drop_index("ix_skill_level_skill_id")

    op.drop_table("skill_level")
    with op.batch_alter_table("skill_label", schema=None) as batch_op:
        batch_op.drop_index("ix_skill_label_skill_id")
        batch_op.drop_index("ix_skill_label_search_text")

    op.drop_table("skill_label")
    with op.batch_alter_table("skill_collection", schema=None) as batch_op:
        batch_op.drop_index("ix_skill_collection_skill_id")

    op.drop_table("skill_collection")
    with op.batch_alter_table("occupation_value", schema=None) as batch_op:
        batch_op.drop_index("ix_occupation_value_occupation_id")

    op.drop_table("occupation_value")
    with op.batch_alter_table("occupation_technology", schema=None) as batch_op:
        batch_op.drop_index("ix_occupation_technology_occupation_id")

    op.drop_table("occupation_technology")
    with op.batch_alter_table("occupation_anchor", schema=None) as batch_op:
        batch_op.drop_index("ix_occupation_anchor_skill_id")

    op.drop_table("occupation_anchor")
    with op.batch_alter_table("skill", schema=None) as batch_op:
        batch_op.drop_index("ix_skill_framework_id")

    op.drop_table("skill")
    op.drop_table("source_key")
    with op.batch_alter_table("occupation_scale", schema=None) as batch_op:
        batch_op.drop_index("ix_occupation_scale_framework_id")

    op.drop_table("occupation_scale")
    op.drop_table("occupation")
    with op.batch_alter_table("framework_release", schema=None) as batch_op:
        batch_op.drop_index("ix_framework_release_framework_id")

    op.drop_table("framework_release")
    with op.batch_alter_table("framework_level", schema=None) as batch_op:
        batch_op.drop_index("ix_framework_level_framework_id")

    op.drop_table("framework_level")
    op.drop_table("activity_definition")
    op.drop_table("user_account")
    op.drop_table("unknown_actor")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_index("ix_team_team_id")

    op.drop_table("team")
    op.drop_table("subject")
    op.drop_table("statement_void")
    with op.batch_alter_table("statement_verb", schema=None) as batch_op:
        batch_op.drop_index("ix_statement_verb_stored")

    op.drop_table("statement_verb")
    with op.batch_alter_table("statement_registration", schema=None) as batch_op:
        batch_op.drop_index("ix_statement_registration_stored")

    op.drop_table("statement_registration")
    op.drop_table("statement_reference")
    op.drop_table("statement_key")
    op.drop_table("statement_attachment")
    with op.batch_alter_table("statement_agent", schema=None) as batch_op:
        batch_op.drop_index("ix_statement_agent_stored")

    op.drop_table("statement_agent")
    with op.batch_alter_table("statement_activity", schema=None) as batch_op:
        batch_op.drop_index("ix_statement_activity_stored")

    op.drop_table("statement_activity")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index("ix_statement_verb")
        batch_op.drop_index("ix_statement_stored")
        batch_op.drop_index("ix_statement_source")
        batch_op.drop_index("ix_statement_registration")
        batch_op.drop_index("ix_statement_agent")

    op.drop_table("statement")
    op.drop_table("source")
    with op.batch_alter_table("rule_version", schema=None) as batch_op:
        batch_op.drop_index("ix_rule_version_rule_id")

    op.drop_table("rule_version")
    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.drop_index("ix_role_role_id")

    op.drop_table("role")
    with op.batch_alter_table("requirement", schema=None) as batch_op:
        batch_op.drop_index("ix_requirement_scope")

    op.drop_table("requirement")
    with op.batch_alter_table("refused_request", schema=None) as batch_op:
        batch_op.drop_index("ix_refused_request_source")

    op.drop_table("refused_request")
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_index("ix_reading_kind")

    op.drop_table("reading")
    with op.batch_alter_table("policy", schema=None) as batch_op:
        batch_op.drop_index("ix_policy_name")

    op.drop_table("policy")
    with op.batch_alter_table("person_attribute", schema=None) as batch_op:
        batch_op.drop_index("ix_person_attribute_person_id")

    op.drop_table("person_attribute")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_person_id")

    op.drop_table("person")
    op.drop_table("pattern_version")
    op.drop_table("object_alias")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index("ix_membership_team_id")
        batch_op.drop_index("ix_membership_person_id")

    op.drop_table("membership")
    with op.batch_alter_table("learning_object", schema=None) as batch_op:
        batch_op.drop_index("ix_learning_object_object_key")

    op.drop_table("learning_object")
    op.drop_table("issued_report")
    op.drop_table("iri")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_person_id")
        batch_op.drop_index("ix_identity_agent_key")

    op.drop_table("identity")
    op.drop_table("framework")
    op.drop_table("file_import")
    with op.batch_alter_table("exemption", schema=None) as batch_op:
        batch_op.drop_index("ix_exemption_person_id")

    op.drop_table("exemption")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_skill")
        batch_op.drop_index("ix_evidence_person_skill")
        batch_op.drop_index("ix_evidence_evidence_id")
        batch_op.drop_index("ix_evidence_cited")

    op.drop_table("evidence")
    op.drop_table("document")
    with op.batch_alter_table("derive_task", schema=None) as batch_op:
        batch_op.drop_index("ix_derive_task_subject")

    op.drop_table("derive_task")
    op.drop_table("derive_failure")
    with op.batch_alter_table("crosswalk", schema=None) as batch_op:
        batch_op.drop_index("ix_crosswalk_source_iri")

    op.drop_table("crosswalk")
    with op.batch_alter_table("clock_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_clock_decision_statement_id")

    op.drop_table("clock_decision")
    with op.batch_alter_table("award_revocation", schema=None) as batch_op:
        batch_op.drop_index("ix_award_revocation_award_id")

    op.drop_table("award_revocation")
    with op.batch_alter_table("award", schema=None) as batch_op:
        batch_op.drop_index("ix_award_person_id")

    op.drop_table("award")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_at")

    op.drop_table("audit")
    op.drop_table("attainment")
    op.drop_table("attachment_content")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index("ix_assignment_person_id")

    op.drop_table("assignment")
    op.drop_table("api_token")
    op.drop_table("agent")
