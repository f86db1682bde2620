"""Factories of the content of pages that are no report: person, skill, role, proof card, statement, sources, queues."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lms_bridge.pipeline.credentials import CredentialResult
from reports.content.connections import (
    Arrival,
    Finding,
    FormField,
    NewConnection,
    Product,
    SourcePage,
    Traffic,
)
from reports.content.credentials import BadgeOffered, CredentialLine, CredentialsPage, IssuerLine
from reports.content.frameworks import (
    Aligned,
    FrameworkChange,
    FrameworkLine,
    FrameworkPage,
    OwnSkill,
    SkillForm,
)
from reports.content.model import CellContent, ProofLine, Share, SourceHealth
from reports.content.pages import (
    BadgeLine,
    Clause,
    ClockRow,
    ExpiringPage,
    FailureRow,
    HistoryLine,
    KeyLine,
    NotProofRow,
    PersonPage,
    PersonSkill,
    ProofCard,
    RefusedRow,
    RolePage,
    RoleReadiness,
    SkillPage,
    SkillRow,
    SkillsPage,
    SourceRow,
    StatementPage,
    TeamsTree,
    UnknownActorRow,
    UnmappedRow,
    Viewed,
)
from reports.content.roles import (
    OccupationsPage,
    OriginLine,
    RoleChange,
    RoleDifference,
    RoleForm,
    RoleLine,
    RoleRow,
    RolesPage,
)
from reports.content.rules import (
    ClauseLine,
    Foresight,
    Gain,
    LearningPage,
    RuleLine,
    RulePage,
    RuleTrial,
    RuleVersionLine,
    SuggestedSkill,
)
from tests.web.content import (
    EVIDENCE,
    LEVELS,
    NOW,
    PAYROLL,
    PRIVACY,
    STATEMENT,
    TODAY,
    cell,
    company_report,
    expiring,
    proof,
    unmet,
)

VIEWED = Viewed(TODAY, NOW, "2026-06-30 12:15", is_default=True)


def person_skill(one: CellContent, label: str, **given: Any) -> PersonSkill:
    """Return a skill of a person on the company's scale, without proofs."""
    usual: dict[str, Any] = {
        "cell": one,
        "short_id": one.skill_iri.rsplit("/", 1)[-1],
        "label": label,
        "framework": "Company skills",
        "levels": LEVELS,
        "reason_text": "",
        "action": "",
        "proofs": (),
        "traces": (),
        "badges": (),
    }
    return PersonSkill(**{**usual, **given})


def expired_proof() -> ProofLine:
    """Return Bo's data protection, which ran out."""
    return proof(
        evidence_id="0b9e3f7a-2f7d-5a35-9a0b-5f2a6f0f9a11",
        person_id="p-bo",
        person_name="Bo Lindqvist",
        skill_iri=PRIVACY,
        skill_label="data protection",
        level=1,
        level_name="1 Aware",
        title="Data protection, yearly",
        achieved_on=date(2025, 6, 21),
        last_valid_day=date(2026, 6, 20),
        end_kind="expiry",
        state="ended",
    )


def person_page(**given: Any) -> PersonPage:
    """Return Bo's page: one skill too low, one run out, one met."""
    usual: dict[str, Any] = {
        "viewed": VIEWED,
        "person_id": "p-bo",
        "name": "Bo Lindqvist",
        "email": "bo@example.com",
        "teams": (("PAY", "Payroll"),),
        "roles": (("payroll-clerk", "Payroll clerk", "main"), ("team-leader", "Team leader", "target")),
        "on_leave": False,
        "attributes": (("site", "Uppsala"),),
        "met": Share(1, 3),
        "skills": (
            person_skill(
                unmet("p-bo", PRIVACY, required=1, attained=0, reason="expired", importance="mandatory"),
                "data protection",
                reason_text="ran out on 2026-06-20",
                action="Data protection, yearly",
                traces=(expired_proof(),),
            ),
            person_skill(
                unmet("p-bo", PAYROLL),
                "payroll accounting",
                action="Payroll in practice",
                proofs=(proof(level=2),),
                badges=(
                    BadgeLine(
                        "a1", "Payroll professional", "Academy", TODAY, "nobody has decided on its issuer"
                    ),
                ),
            ),
            person_skill(
                cell(
                    "p-bo",
                    "https://skills.example/spreadsheets",
                    days_left=40,
                    last_valid_day=TODAY + timedelta(40),
                ),
                "use spreadsheets",
                proofs=(proof(),),
            ),
        ),
        "readiness": (
            RoleReadiness(
                "payroll-clerk",
                "Payroll clerk",
                "main",
                Share(1, 3),
                (("data-protection", "data protection"), ("payroll-accounting", "payroll accounting")),
            ),
        ),
        "exemptions": (("first aid", "pregnancy", date(2026, 9, 30)),),
        "history": (
            HistoryLine(
                date(2026, 6, 20), "ran out", "data protection", "data-protection", "1 Aware", "", EVIDENCE
            ),
        ),
        "is_self": False,
        "identities": (),
        "can_confirm": True,
    }
    return PersonPage(**{**usual, **given})


def skills_page(**given: Any) -> SkillsPage:
    """Return the skills that are asked: payroll accounting."""
    usual: dict[str, Any] = {
        "viewed": VIEWED,
        "query": "",
        "rows": (
            SkillRow(
                PAYROLL, "payroll-accounting", "payroll accounting", "Company skills", "skill", 3, 2, "wages"
            ),
        ),
        "total": 1,
    }
    return SkillsPage(**{**usual, **given})


def skill_page(**given: Any) -> SkillPage:
    """Return the page of payroll accounting."""
    usual: dict[str, Any] = {
        "viewed": VIEWED,
        "skill_iri": PAYROLL,
        "short_id": "payroll-accounting",
        "label": "payroll accounting",
        "framework": "Company skills",
        "release": "2026",
        "kind": "skill",
        "description": "Compute wages and keep their accounts.",
        "alternative_labels": ("wages",),
        "parents": (("accounting", "accounting"),),
        "children": (),
        "levels": LEVELS,
        "holders": (("p-ada", "Ada Okafor", 3, "assessed", None),),
        "demands": (("role", "Payroll clerk", 3, "required", ""),),
        "rules": (("payroll-quiz", "Payroll in practice", 3, "assessed"),),
        "similar": (("close match", "bookkeeping", "bookkeeping"),),
        "teams": (("PAY", "Payroll", Share(2, 3)),),
    }
    return SkillPage(**{**usual, **given})


def role_page(**given: Any) -> RolePage:
    """Return the page of the role payroll clerk."""
    usual: dict[str, Any] = {
        "viewed": VIEWED,
        "role_id": "payroll-clerk",
        "name": "Payroll clerk",
        "requirements": (
            ("payroll-accounting", "payroll accounting", 3, "3 Independent", "required", "completed", ""),
        ),
        "people": (("p-bo", "Bo Lindqvist", "main", Share(1, 3), ("data protection",)),),
        "origin": OriginLine(True, "Clerk", "clerk", "", ""),
        "differences": (
            RoleDifference("payroll-accounting", "payroll accounting", ("required, level 3",), ()),
        ),
    }
    return RolePage(**{**usual, **given})


ACCOUNTANTS = OriginLine(False, "Accountants <b>", "13-2011.00", "O*NET", "29.2")


def roles_page() -> RolesPage:
    """Return two roles, one of which came from an occupation."""
    return RolesPage(
        (
            RoleLine("payroll-clerk", "Payroll clerk", 3, 2, ACCOUNTANTS),
            RoleLine("team-leader", "Team leader", 0, 0, None),
        )
    )


def occupations_page(query: str) -> OccupationsPage:
    """Return an occupation, where one is searched."""
    return OccupationsPage(
        query, (("O*NET", "13-2011.00", "Accountants <b>"),) if query else (), has_any=True
    )


def role_form(**given: Any) -> RoleForm:
    """Return the profile that an occupation proposes."""
    usual: dict[str, Any] = {
        "role_id": "",
        "is_new": True,
        "name": "Accountants <b>",
        "framework": "O*NET",
        "code": "13-2011.00",
        "based_on": "",
        "stamp": "s1",
        "origin": ACCOUNTANTS,
        "rows": (
            RoleRow(PAYROLL, "payroll-accounting", "payroll accounting", LEVELS, "3", "required", "", "P90D"),
            RoleRow("urn:x", "x", "a skill without scale", (), "2", "desirable", "certified", ""),
        ),
        "hits": (),
        "left_out": 4,
        "importances": ("mandatory", "required", "desirable"),
        "strengths": ("completed", "certified"),
    }
    return RoleForm(**{**usual, **given})


def role_change() -> RoleChange:
    """Return what the proposed profile would change."""
    return RoleChange(("requirements role/clerk: 3",), 2, Share(2, 4), Share(1, 4), ("Bo Lindqvist",))


def expiring_page() -> ExpiringPage:
    """Return what runs out: Ada's data protection soon, Bo's already."""
    return ExpiringPage(VIEWED, (expiring(),), (expiring(-10, person_id="p-bo", person_name="Bo Lindqvist"),))


def teams_tree() -> TeamsTree:
    """Return the teams of the company."""
    company = company_report()
    return TeamsTree(VIEWED, company.teams, company.skills)


def proof_card(**given: Any) -> ProofCard:
    """Return the card of Ada's payroll accounting."""
    usual: dict[str, Any] = {
        "proof": proof(),
        "is_known": True,
        "recorded_at": NOW,
        "reversed_at": None,
        "reversal_text": "",
        "successor_id": None,
        "clauses": (Clause("score at least 0.7", "0.85", holds=True),),
        "rule_text": "Payroll quiz passed",
        "issuer": "",
        "reference": "",
        "skill_short_id": "payroll-accounting",
        "may_open_statement": True,
        "to_take_back": (),
        "least_strength": "",
        "statement_reason_needed": False,
    }
    return ProofCard(**{**usual, **given})


def statement_page(**given: Any) -> StatementPage:
    """Return a statement whose score has digits that a float would lose."""
    usual: dict[str, Any] = {
        "statement_id": STATEMENT,
        "stored": NOW,
        "source": "moodle",
        "document_text": '{"id":"' + STATEMENT + '","result":{"score":{"scaled":0.70000000000000000001}}}',
        "voided_by": None,
        "flags": ("group-activity",),
        "evidence": (proof(),),
        "readings": (("rule payroll-quiz", "gave payroll accounting at 3"),),
    }
    return StatementPage(**{**usual, **given})


def source_row(**given: Any) -> SourceRow:
    """Return the Moodle, which sends."""
    usual: dict[str, Any] = {
        "source_id": 1,
        "name": "moodle",
        "kind": "moodle",
        "endpoint": "https://bridge.example/xapi/",
        "keys": (KeyLine("moodle-1", False, None), KeyLine("content-1", True, NOW)),
        "scopes": "all",
        "xapi_version": "1.0.3",
        "validation": "strict",
        "score_scale": "-1..1",
        "statements": 12480,
        "statements_24h": 120,
        "refused": 2,
        "refused_by_reason": {"XAPI-00083": 2},
        "delay_seconds": 42.0,
        "flagged": 4,
        "health": SourceHealth("moodle", "moodle", NOW, 0, is_silent=False, refused=2),
        "revoked_at": None,
    }
    return SourceRow(**{**usual, **given})


FIELDS = (
    FormField("LRS endpoint", "https://bridge.example/xapi/", is_code=True),
    FormField("Secret", None, is_code=True),
)


def source_page(**given: Any) -> SourcePage:
    """Return the page of the Moodle, which sends, and whose scale is wrong."""
    product = Product(
        slug="moodle",
        name="Moodle",
        kind="moodle",
        validation="strict",
        in_browser=False,
        form="Site administration > Plugins",
        first_statement="Open a course.",
        read_on=TODAY,
        fields=(("LRS endpoint", "endpoint"), ("Secret", "secret")),
    )
    usual: dict[str, Any] = {
        "source_id": 1,
        "row": source_row(),
        "product": product,
        "fields": FIELDS,
        "origins": (),
        "traffic": Traffic(4.25, (42.0, 90_000.0)),
        "latest": Arrival(NOW, STATEMENT, "http://adlnet.gov/expapi/verbs/completed"),
        "findings": (Finding("wrong-scale", "The scores are on 0..1.", "Set the score scale to 0..1 here."),),
        "reasons": {"XAPI-00083": 2},
    }
    return SourcePage(**{**usual, **given})


def new_connection(**given: Any) -> NewConnection:
    """Return the Moodle just connected, with its secret."""
    usual: dict[str, Any] = {
        "source_id": 1,
        "name": "moodle",
        "endpoint": "https://bridge.example/xapi/",
        "key": "moodle-1",
        "secret": "s3cret",
        "fields": (*FIELDS[:1], FormField("Secret", "s3cret", is_code=True)),
    }
    return NewConnection(**{**usual, **given})


def rule_line(**given: Any) -> RuleLine:
    """Return a rule that counted twelve times."""
    usual: dict[str, Any] = {
        "rule_id": "excel-course",
        "pack": "company",
        "title": "Payroll course",
        "concerns": "m-01",
        "titles": ("Payroll in a day",),
        "gives": ("payroll accounting at level 2, assessed",),
        "facts": 12,
        "people": 7,
        "counts": True,
    }
    return RuleLine(**{**usual, **given})


def rule_page() -> RulePage:
    """Return a rule in its second version."""
    versions = (
        RuleVersionLine("0123456789abcdef", TODAY, None, NOW, None),
        RuleVersionLine("fedcba9876543210", None, TODAY, NOW, NOW),
    )
    return RulePage(rule_line(), '[[rule]]\nid = "excel-course"\n', "7 8", versions)


def framework_lines() -> tuple[FrameworkLine, ...]:
    """Return a framework of the company and one of a publisher that says odd things."""
    own = FrameworkLine("Payroll words", "csv", "2026-03-01 09:00:00", NOW, 3, (), is_own=True)
    other = FrameworkLine("ESCO", "esco", "1.2.0", NOW, 13_939, ("2 skills have no label",), is_own=False)
    return own, other


def framework_page() -> FrameworkPage:
    """Return the framework of the company with a skill whose name is markup."""
    skills = (
        OwnSkill("urn:pay", "payroll-accounting", "Payroll", ("de", "en"), (), ""),
        OwnSkill("urn:b", "b", "Wages <b>", ("en",), ("Payroll",), "1=Aware;2=Expert"),
    )
    return FrameworkPage("Payroll words", "2026-03-01 09:00:00", NOW, "1=Aware;2=Working", skills)


def own_skill_form(iri: str | None) -> SkillForm:
    """Return the form of a skill, or an empty one for a new skill."""
    aligned = (
        Aligned(
            "exactMatch", "urn:esco:pay", "payroll-accounting", "payroll accounting", "ESCO", is_source=True
        ),
    )
    return SkillForm(
        framework="Payroll words",
        iri=iri or "urn:uuid:new",
        is_new=iri is None,
        lang="en",
        label="" if iri is None else "Wages <b>",
        alternatives="" if iri is None else "pay\nsalaries",
        description="",
        parents=() if iri is None else ("urn:pay",),
        levels="",
        scale="1=Aware;2=Working",
        others=(("urn:pay", "Payroll"),),
        aligned=() if iri is None else aligned,
        hits=(("urn:esco:wages", "wages", "ESCO"),),
    )


def framework_change() -> FrameworkChange:
    """Return a change by which a skill that is used vanishes and another one is renamed."""
    return FrameworkChange(
        is_unchanged=False,
        appeared=("Pensions",),
        vanished=("Wages <b>",),
        renamed=(("en", "Pay", "Payroll"),),
        holders=4,
        requirements=2,
        rules=("excel-course",),
        also=("description", "levels"),
    )


def credentials_page() -> CredentialsPage:
    """Return a credential of an issuer that waits for a decision, and one that waits for its person."""
    line = CredentialLine(
        award_id="6f6a2f0e-5a2b-5b39-9a1c-2a6f8d0f7c11",
        name="Payroll in practice",
        issuer_id="did:web:academy.example",
        issuer_name="Academy <b>",
        awarded_on=TODAY,
        last_valid_day=None,
        outcome="unrecognised",
        reason="the issuer Academy (did:web:academy.example) is not decided",
        skills=("payroll accounting",),
        holders=(("p-bo", "Bo <b>"),),
        checked_at=NOW,
    )
    issuer = IssuerLine("did:web:academy.example", "", "Academy <b>", "", "", None, False, "", 1, 3)
    trusted = IssuerLine(
        "did:web:guild.example", "", "Guild", "trusted", "certified", 2, True, "audited", 4, 0
    )
    badge = IssuerLine(
        "did:web:guild.example", "urn:exam", "Exam <b>", "trusted", "assessed", 3, False, "seen", 1, 0
    )
    exam = BadgeOffered(
        issuer_id="did:web:guild.example",
        achievement_id="urn:exam",
        name="Exam <b>",
        issuer_name="Guild",
        description="About <b> pay.",
        criteria="Pass the <b> exam.",
        skills=("payroll accounting",),
        credentials=4,
        gaps=0,
    )
    waiting = CredentialLine(
        award_id="7f6a2f0e-5a2b-5b39-9a1c-2a6f8d0f7c12",
        name="Pensions",
        issuer_id="did:web:guild.example",
        issuer_name="Guild",
        awarded_on=TODAY,
        last_valid_day=TODAY,
        outcome="recognised",
        reason="verified by the issuer's DID; nobody here has the account that it was given to",
        skills=(),
        holders=(),
        checked_at=NOW,
    )
    return CredentialsPage((line, waiting), (issuer, trusted, badge), (exam,))


def credential_result() -> CredentialResult:
    """Return a file whose proof holds."""
    return CredentialResult("badge.svg", "recognised", "verified; the issuer is trusted", is_new=True)


def rule_trial() -> RuleTrial:
    """Return a trial of which one condition fails."""
    clauses = (
        ClauseLine("verb", "completed", "completed", holds=True),
        ClauseLine("score", "at least 70 %", "50 %", holds=False),
    )
    return RuleTrial(clauses, (), holds=False)


def foresight() -> Foresight:
    """Return a change by which Bo gains and another one loses."""
    gains = (
        Gain("p-cem", "Cem Aydin", "payroll accounting", "2 Working", ""),
        Gain("p-bo", "Bo Lindqvist", "payroll accounting", "", "2 Working"),
    )
    return Foresight(("new rule excel-course",), gains, 2, 2)


def learning_page() -> LearningPage:
    """Return learning with one suggestion that shares a word and one that shares pieces."""
    levels = ((1, "Aware"), (2, "Working"))
    suggestions = (
        SuggestedSkill(PAYROLL, "payroll accounting", "esco", "Pay people.", 1.0, ("payroll",), levels),
        SuggestedSkill("urn:x:excel", "spreadsheets", "esco", "", 0.4, (), levels),
    )
    return LearningPage(
        by_meaning=False,
        object_key="m-99",
        title="Payroll basics",
        description="How people are paid.",
        lang="en",
        people=14,
        statements=20,
        pattern_id="moodle-quiz",
        patterns=("moodle-badge", "moodle-quiz"),
        has_scores=True,
        suggestions=suggestions,
    )


def refused_row(**given: Any) -> RefusedRow:
    """Return a batch that was refused for one score."""
    usual: dict[str, Any] = {
        "refused_id": 7,
        "source": "moodle",
        "refused_at": NOW,
        "method": "POST",
        "path": "/xapi/statements",
        "status": 400,
        "detail": "1 violation in 1 of 50 statements",
        "violations": (("/12/result/score/scaled", "XAPI-00083", "scaled: 4 is not between -1 and 1"),),
        "bytes": 48211,
        "replayed_at": None,
        "body_text": '[{"actor": {"mbox": "mailto:bo@example.com"}}]',
    }
    return RefusedRow(**{**usual, **given})


def unknown_actor_row(**given: Any) -> UnknownActorRow:
    """Return an account of the Moodle that no person claims."""
    usual: dict[str, Any] = {
        "agent_key": "account:https://moodle.example|4711",
        "name": "B. Lindqvist",
        "source": "moodle",
        "statements": 14,
        "facts_waiting": 3,
        "first_on": date(2026, 1, 12),
        "last_on": date(2026, 6, 29),
    }
    return UnknownActorRow(**{**usual, **given})


def unmapped_rows() -> tuple[tuple[UnmappedRow, ...], tuple[NotProofRow, ...]]:
    """Return one title that no rule counts, and one whose statements were waived."""
    return (
        (UnmappedRow("s-05", "Handling difficult customers", 14, 19, date(2026, 6, 2), ("Bo Lindqvist",)),),
        (NotProofRow("c-02", "Warehouse safety", "waived by an administrator", 12, 24),),
    )


def clock_row(**given: Any) -> ClockRow:
    """Return a statement of 1970."""
    usual: dict[str, Any] = {
        "statement_id": STATEMENT,
        "who": "Bo Lindqvist",
        "source": "moodle",
        "timestamp_text": "1970-01-01T00:00:00Z",
        "stored": NOW,
        "title": "Payroll in practice",
        "decided": "",
    }
    return ClockRow(**{**usual, **given})


def failure_row(**given: Any) -> FailureRow:
    """Return work that failed for want of a scale."""
    usual: dict[str, Any] = {
        "failure_id": 3,
        "subject": "Bo Lindqvist",
        "cause": "statement",
        "failed_at": NOW,
        "error": "InvalidInputError: scale 'x' has no step 3",
    }
    return FailureRow(**{**usual, **given})
