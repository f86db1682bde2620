"""Use cases that read: the proof card, and the raw statement for those whom the works agreement names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ForbiddenError, NotFoundError
from lms_bridge.evidence.causes import KnownRule, RuleBook
from lms_bridge.evidence.causes import View as BookView
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.people.scope import Reader, Vision
from lms_bridge.pipeline.confirmations import to_take_back
from lms_bridge.pipeline.naming import names_for
from lms_bridge.pipeline.scoping import vision
from lms_bridge.pipeline.viewing import default_day
from lms_bridge.settings import Settings
from lms_bridge.skills.frameworks import short_id
from lms_bridge.skills.matching import explain
from lms_bridge.skills.records import LearningRecord
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store import causes
from lms_bridge.store import proofs as store
from lms_bridge.store.audit import audit
from lms_bridge.store.awards import award_by_id, revocation_reason
from lms_bridge.store.company import least_strength
from lms_bridge.store.credentials import issuer_of_award
from lms_bridge.store.database import writing
from lms_bridge.store.derivation import derived_through
from lms_bridge.store.identities import owners_of
from lms_bridge.store.readings import readings_of
from reports.content.build import proof_line
from reports.content.pages import Clause, ProofCard, StatementPage

REVERSAL_WORDS = {
    "void": "the statement was voided",
    "revocation": "the award was revoked",
    "withdrawal": "a later statement took it back",
    "identity": "the account was found to belong to somebody else on that day",
    "rule": "the rule was corrected",
    "catalogue": "the catalogue was corrected",
    "policy": "the company's policy changed",
    "clock": "the doubtful timestamp was decided",
    "order": "a statement that arrived later tells more of the same",
}


class ReasonNeededError(ForbiddenError):
    """A raw statement is shown to an auditor only with a reason, which is logged."""

    slug = "reason-needed"


def proof(session: Session, settings: Settings, reader: Reader, evidence_id: str) -> ProofCard:
    """Return the proof card of an evidence row, known now or once.

    Raises:
        NotFoundError: there is no such row, or the reader does not see its person.
    """
    row = store.evidence_by_id(session, evidence_id)
    sight = vision(session, settings, reader)
    if row is None or not sight.sees_person(row.person_id):
        raise NotFoundError(f"evidence {evidence_id!r} is not here")
    instant = derived_through(session, clock.now())
    book = causes.rule_book(session)
    names = names_for(
        session,
        settings,
        skills=[row.fact.skill_iri],
        evidence={row.person_id: (row,)},
        people=[row.person_id],
        instant=instant,
        book=book,
    )
    rule = _rule_of(book, row)
    record = store.record_of(session, row.fact.cited_id) if row.fact.cited_kind == "statement" else None
    award = award_by_id(session, row.fact.cited_id) if row.fact.cited_kind == "award" else None
    issuer, reference = (award.issuer, award.reference) if award is not None else ("", "")
    if award is None and row.fact.cited_kind == "award":
        issuer, reference = issuer_of_award(session, row.fact.cited_id) or ("", "")
    may_open = record is not None and may_see_statements(settings, reader, sight, row.person_id)
    return ProofCard(
        proof=proof_line(row, names, default_day(settings), instant),
        is_known=row.known_at(instant),
        recorded_at=row.recorded_at,
        reversed_at=row.reversed_at,
        reversal_text=_reversal_text(session, row),
        successor_id=row.successor_id,
        clauses=_clauses(rule, record, book.view_at(row.recorded_at), shows_values=may_open),
        rule_text=rule.rule.title or rule.rule.rule_id if rule is not None else "",
        issuer=issuer,
        reference=reference,
        skill_short_id=short_id(row.fact.skill_iri),
        may_open_statement=may_open,
        least_strength=_least_strength(session, settings, row, instant),
        to_take_back=tuple(
            (other.award_id, other.issuer, other.reference) for other in to_take_back(session, reader, row)
        ),
        statement_reason_needed=reader.role == "auditor" and row.person_id != reader.person_id,
    )


def _least_strength(session: Session, settings: Settings, row: EvidenceRow, instant: datetime) -> str:
    """Return the company's least strength where the row is weaker, and so counts only for whoever asks for less."""
    least = strength_from(least_strength(session, instant, settings.least_strength))
    return least.label if row.fact.strength < least else ""


def _reversal_text(session: Session, row: EvidenceRow) -> str:
    """Say what took a row back, or of an award what ended it."""
    words = REVERSAL_WORDS.get(row.reversal_kind or "", "")
    if row.fact.cited_kind != "award":
        return f"{words}." if words else ""
    if row.reversal_kind == "order":
        words = "another word or certificate says the same, and is cited instead"
    reason = revocation_reason(session, row.fact.cited_id, row.reversed_at or row.recorded_at)
    said = ": ".join(part for part in (words, reason) if part)
    return f"{said}." if said and not said.endswith(".") else said


def _rule_of(book: RuleBook, row: EvidenceRow) -> KnownRule | None:
    found = [
        item
        for item in book.rules
        if item.rule.rule_id == row.fact.rule_id and item.version == row.fact.rule_version
    ]
    return found[-1] if found else None


def _clauses(
    rule: KnownRule | None, record: LearningRecord | None, view: BookView, *, shows_values: bool
) -> tuple[Clause, ...]:
    """Return which conditions held; what the statement says of scores is only for those who may open it."""
    if rule is None or record is None:
        return ()
    return tuple(
        Clause(
            f"{clause.name}: {clause.asked}",
            clause.found if shows_values or clause.name not in ("score", "duration") else "held",
            clause.holds,
        )
        for clause in explain(rule.rule, record, view.aliases, view.scale_of(record.source))
    )


def may_see_statements(settings: Settings, reader: Reader, sight: Vision, person_id: str) -> bool:
    """Tell whether the raw statement opens: for the person, the auditor, and whom `proof_detail` names."""
    allowed = {part.strip() for part in settings.proof_detail.split(",")}
    return (
        sight.own_person_id == person_id
        or reader.role == "auditor"
        or (reader.role in allowed and sight.sees_person(person_id))
    )


def statement(
    session: Session, settings: Settings, reader: Reader, statement_id: str, reason: str | None
) -> StatementPage:
    """Return a raw statement and what was made of it; each view leaves an audit row.

    Raises:
        NotFoundError: there is no such statement, or the reader may not see it.
        ReasonNeededError: an auditor gave no reason.
    """
    stored = store.raw_statement(session, statement_id.lower())
    sight = vision(session, settings, reader)
    if stored is None:
        raise NotFoundError(f"statement {statement_id!r} is not here")
    owners = owners_of(session, stored.agent_key)
    is_admin_of_unknown = reader.role == "admin" and not owners
    if not is_admin_of_unknown and not any(
        may_see_statements(settings, reader, sight, person_id) for person_id in owners or ("",)
    ):
        raise NotFoundError(f"statement {statement_id!r} is not here")
    if reader.role == "auditor" and not (reason or "").strip():
        raise ReasonNeededError(
            "say why you look at this statement; the reason is logged and the person can ask for it"
        )
    now = clock.now()
    rows = store.evidence_citing(session, stored.statement_id)
    names = names_for(
        session,
        settings,
        skills=(),
        evidence={"": rows},
        people=[row.person_id for row in rows],
        instant=now,
    )
    page = StatementPage(
        statement_id=stored.statement_id,
        stored=stored.stored,
        source=stored.source,
        document_text=stored.document.decode(),
        voided_by=stored.voided_by,
        flags=stored.flags,
        evidence=tuple(proof_line(row, names, default_day(settings), now) for row in rows),
        readings=readings_of(session, stored.statement_id),
    )
    with writing(session):
        audit(session, now, reader.email, "view statement", stored.statement_id, reason)
    return page
