"""Reading causes: the rule book, and everything of one person, with their intervals of knowledge."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lms_bridge.credentials.open_badges import CARRIED, Known, Standing, in_force, is_anchored
from lms_bridge.evidence.causes import (
    AwardCause,
    ClockCause,
    IdentityCause,
    KnownPattern,
    KnownPolicy,
    KnownRule,
    PersonCauses,
    RuleBook,
)
from lms_bridge.evidence.facts import ReversalKind
from lms_bridge.skills.catalogue import Alias
from lms_bridge.skills.records import LearningRecord, StoredStatement, read_record
from lms_bridge.skills.rules import pattern_from, rule_from
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store.driver import Driver
from lms_bridge.store.models.base import from_micros, to_micros
from lms_bridge.store.models.credentials import (
    Credential,
    CredentialAlignment,
    CredentialRecipient,
    IssuerTrust,
)
from lms_bridge.store.models.evidence import Award, AwardRevocation, ClockDecision
from lms_bridge.store.models.frameworks import Skill
from lms_bridge.store.models.people import Identity
from lms_bridge.store.models.skills import ObjectAlias, PatternVersion, Policy, RuleVersion
from lms_bridge.store.models.statements import Agent, Iri, Source, Statement

IN_LIST = 400


def rule_book(session: Session) -> RuleBook:
    """Read all rules, patterns, aliases and policies that ever were known."""
    rules = session.execute(select(RuleVersion).order_by(RuleVersion.row_id)).scalars()
    patterns = session.execute(select(PatternVersion).order_by(PatternVersion.row_id)).scalars()
    aliases = session.execute(select(ObjectAlias).order_by(ObjectAlias.row_id)).scalars()
    policies = session.execute(select(Policy).order_by(Policy.row_id)).scalars()
    return RuleBook(
        rules=tuple(
            KnownRule(
                rule_from(json.loads(row.document)),
                row.version,
                row.applies_from,
                row.applies_to,
                row.known_from,
                row.known_to,
            )
            for row in rules
        ),
        patterns=tuple(
            KnownPattern(pattern_from(json.loads(row.document)), row.known_from, row.known_to)
            for row in patterns
        ),
        aliases=tuple(
            Alias(row.pattern, row.object_key, row.known_from, row.known_to, row.valid_from, row.valid_to)
            for row in aliases
        ),
        policies=tuple(KnownPolicy(row.name, row.value, row.known_from, row.known_to) for row in policies),
    )


_STAMP: Final = "SELECT " + ", ".join(
    [
        f"(SELECT {what} FROM {table})"
        for table in ("rule_version", "pattern_version", "object_alias", "policy")
        for what in ("count(*)", "max(row_id)", "max(known_to)", "count(known_to)")
    ]
    + ["(SELECT count(*) FROM source)", "(SELECT max(source_id) FROM source)"]
)


def book_stamp(session: Session) -> tuple[Any, ...]:
    """Return what changes exactly when the rule book does: per table the newest row and the last closing."""
    return tuple(Driver.of(session.connection()).run(_STAMP).fetchone())


def people_with_causes(session: Session) -> list[str]:
    """Return everybody who ever had an account or award, by id."""
    people = set(session.execute(select(Identity.person_id).distinct()).scalars())
    people |= set(session.execute(select(Award.person_id).distinct()).scalars())
    return sorted(people)


class KnownRecords:
    """Learning records that a process has read already, by seq: a statement is never changed, so reading it once will do.

    Bounded: what was used longest ago is forgotten.
    """

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._known: OrderedDict[int, LearningRecord] = OrderedDict()

    def get(self, seq: int) -> LearningRecord | None:
        """Return the record of a statement, as if it were not voided; None where it was not read yet."""
        found = self._known.get(seq)
        if found is not None:
            self._known.move_to_end(seq)
        return found

    def put(self, seq: int, record: LearningRecord) -> None:
        """Keep a record."""
        self._known[seq] = record
        if len(self._known) > self._most:
            self._known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class PlannedTrust:
    """A decision on an issuer, or on one of its badges, that is not made yet: as if it were known from `known_from`.

    Without a `standing` it is that the badge's own decision ends.
    """

    issuer_id: str
    achievement_id: str
    standing: Standing | None
    known_from: datetime


def person_causes(
    session: Session, person_id: str, verb_ids: Sequence[int] | None, planned: PlannedTrust | None = None
) -> PersonCauses:
    """Read all causes of one person: `causes_of_people`."""
    return causes_of_people(session, [person_id], verb_ids, KnownRecords(), planned)[person_id]


def causes_of_people(
    session: Session,
    people: Sequence[str],
    verb_ids: Sequence[int] | None,
    known: KnownRecords,
    planned: PlannedTrust | None = None,
) -> dict[str, PersonCauses]:
    """Read all causes of some people: records of every account each ever had, awards, decisions.

    `verb_ids` are those that the rule book names, None for all; other statements cannot be evidence nor be read.
    With `planned` they are what they would be after that decision.
    """
    identities: dict[str, list[IdentityCause]] = {person_id: [] for person_id in people}
    for start in range(0, len(people), IN_LIST):
        rows = session.execute(
            select(
                Identity.person_id,
                Identity.agent_key,
                Identity.valid_from,
                Identity.valid_to,
                Identity.known_from,
                Identity.known_to,
            )
            .where(Identity.person_id.in_(people[start : start + IN_LIST]))
            .order_by(Identity.row_id)
        )
        for person_id, *cause in rows:
            identities[person_id].append(IdentityCause(*cause))
    keys = sorted({item.agent_key for found in identities.values() for item in found})
    agents = _agent_ids_by_key(session, keys)
    records = _records_by_agent(session, sorted(agents.values()), verb_ids, known)
    decisions = _decisions_by_statement(
        session, [record.statement_id for found in records.values() for _, record in found]
    )
    awards = _awards_by_person(session, people)
    badges = _badges_by_person(session, identities, planned)
    causes: dict[str, PersonCauses] = {}
    for person_id, accounts in identities.items():
        own = sorted(
            (
                item
                for key in {account.agent_key for account in accounts} & agents.keys()
                for item in records.get(agents[key], ())
            ),
            key=itemgetter(0),
        )
        causes[person_id] = PersonCauses(
            person_id=person_id,
            records=tuple(record for _, record in own),
            identities=tuple(accounts),
            awards=(*awards.get(person_id, ()), *badges.get(person_id, ())),
            decisions=tuple(
                decision for _, record in own for decision in decisions.get(record.statement_id, ())
            ),
        )
    return causes


def _agent_ids_by_key(session: Session, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), IN_LIST):
        rows = session.execute(
            select(Agent.agent_key, Agent.agent_id).where(Agent.agent_key.in_(keys[start : start + IN_LIST]))
        )
        found.update(rows.tuples().all())
    return found


def agent_ids(session: Session, keys: Sequence[str]) -> list[int]:
    """Return the dictionary keys of agents; those never seen are absent."""
    return sorted(_agent_ids_by_key(session, keys).values())


def agents_of_person(session: Session, person_id: str) -> list[int]:
    """Return the accounts that a person ever had, by their numbers."""
    keys = session.execute(select(Identity.agent_key).where(Identity.person_id == person_id).distinct())
    return agent_ids(session, sorted(keys.scalars()))


def verb_ids(session: Session, verbs: frozenset[str] | None) -> list[int] | None:
    """Return the dictionary keys of the verbs that rules name; None stands for any verb."""
    if verbs is None:
        return None
    return list(session.execute(select(Iri.iri_id).where(Iri.value.in_(sorted(verbs)))).scalars())


def records_of(
    session: Session, agents: Sequence[int], verbs: Sequence[int] | None
) -> tuple[LearningRecord, ...]:
    """Read the learning records of some agents, in order of arrival."""
    found = _records_by_agent(session, agents, verbs, KnownRecords())
    return tuple(record for _, record in sorted(chain(*found.values()), key=itemgetter(0)))


def _records_by_agent(
    session: Session, agents: Sequence[int], verbs: Sequence[int] | None, known: KnownRecords
) -> dict[int, list[tuple[int, LearningRecord]]]:
    """Return (seq, record) by agent; documents are read of those alone that are not known."""
    driver = Driver.of(session.connection())
    sources = {
        source_id: (name, kind)
        for source_id, name, kind in session.execute(select(Source.source_id, Source.name, Source.kind))
    }
    named = "" if verbs is None else f" AND s.verb_id IN ({','.join(map(str, verbs)) or 'NULL'})"
    rows = [
        row
        for row in driver.rows_in(
            "SELECT s.agent_id, s.seq, s.source_id, s.statement_id, s.stored, s.voided_by,"
            # The key is looked up for voided statements alone, however many an agent has.
            " (SELECT k.stored FROM statement_key k WHERE k.statement_id = s.voided_by)"
            f" FROM statement s WHERE s.agent_id IN ({{}}){named}",
            agents,
        )
        if row[2] in sources
    ]
    rows.sort(key=itemgetter(1))
    read: dict[int, LearningRecord] = {}
    missing: list[int] = []
    for _, seq, source_id, statement_id, stored, _, _ in rows:
        record = known.get(seq)
        # Where a database was restored beneath this process, the number may be of another statement now.
        if (
            record is not None
            and (record.statement_id, to_micros(record.stored)) == (statement_id, stored)
            and (record.source, record.source_kind) == sources[source_id]
        ):
            read[seq] = record
        else:
            missing.append(seq)
    for seq, record in _read_records(session, missing):
        known.put(seq, record)
        read[seq] = record
    found: dict[int, list[tuple[int, LearningRecord]]] = {}
    for agent_id, seq, _, _, stored, voided_by, voided_at in rows:
        record = read[seq]
        if voided_at is not None:
            record = replace(record, voided_at=from_micros(max(voided_at, stored)), voiding_id=str(voided_by))
        found.setdefault(agent_id, []).append((seq, record))
    return found


def _read_records(session: Session, seqs: Sequence[int]) -> Iterator[tuple[int, LearningRecord]]:
    for start in range(0, len(seqs), IN_LIST):
        rows = session.execute(
            select(
                Statement.seq,
                Statement.statement_id,
                Agent.agent_key,
                Source.name,
                Source.kind,
                Statement.stored,
                Statement.timestamp,
                Statement.document,
            )
            .join(Agent, Agent.agent_id == Statement.agent_id)
            .join(Source, Source.source_id == Statement.source_id)
            .where(Statement.seq.in_(seqs[start : start + IN_LIST]))
        )
        for row in rows:
            stored = StoredStatement(
                statement_id=row.statement_id,
                agent_key=row.agent_key,
                source=row.name,
                source_kind=row.kind,
                stored=row.stored,
                timestamp=row.timestamp,
                voided_at=None,
                voiding_id=None,
                document=row.document,
            )
            yield row.seq, read_record(stored)


def _decisions_by_statement(
    session: Session, statement_ids: Sequence[str]
) -> dict[str, tuple[ClockCause, ...]]:
    """Return the decisions on doubtful timestamps of these statements; on most databases there is none at all."""
    if not statement_ids or session.execute(select(ClockDecision.row_id).limit(1)).first() is None:
        return {}
    found: dict[str, tuple[ClockCause, ...]] = {}
    for decision in clock_decisions(session, statement_ids):
        found[decision.statement_id] = (*found.get(decision.statement_id, ()), decision)
    return found


def clock_decisions(session: Session, statement_ids: Sequence[str]) -> tuple[ClockCause, ...]:
    """Read the decisions on doubtful timestamps of these statements."""
    found: list[ClockCause] = []
    for start in range(0, len(statement_ids), IN_LIST):
        part = statement_ids[start : start + IN_LIST]
        rows = session.execute(
            select(ClockDecision).where(ClockDecision.statement_id.in_(part)).order_by(ClockDecision.row_id)
        ).scalars()
        found += [
            ClockCause(row.statement_id, row.decision, row.achieved_on, row.known_from, row.known_to)
            for row in rows
        ]
    return tuple(found)


def _awards_by_person(session: Session, people: Sequence[str]) -> dict[str, tuple[AwardCause, ...]]:
    awards: list[Award] = []
    for start in range(0, len(people), IN_LIST):
        part = people[start : start + IN_LIST]
        awards += session.execute(
            select(Award).where(Award.person_id.in_(part)).order_by(Award.row_id)
        ).scalars()
    revocations = _revocations_of(session, [award.award_id for award in awards])
    found: dict[str, tuple[AwardCause, ...]] = {}
    for award in awards:
        cause = _award_cause(award, revocations.get(award.award_id, ()))
        found[award.person_id] = (*found.get(award.person_id, ()), cause)
    return found


def _revocations_of(session: Session, ids: Sequence[str]) -> dict[str, list[AwardRevocation]]:
    revocations: dict[str, list[AwardRevocation]] = {}
    for start in range(0, len(ids), IN_LIST):
        part = ids[start : start + IN_LIST]
        for row in session.execute(
            select(AwardRevocation).where(AwardRevocation.award_id.in_(part)).order_by(AwardRevocation.row_id)
        ).scalars():
            revocations.setdefault(row.award_id, []).append(row)
    return revocations


def _award_cause(award: Award, revocations: Sequence[AwardRevocation]) -> AwardCause:
    return AwardCause(
        award_id=award.award_id,
        kind=award.kind,
        object_key=award.object_key or f"award:{award.skill_iri}",
        skill_iri=award.skill_iri,
        level=award.level,
        strength=strength_from(award.strength),
        achieved_on=award.achieved_on,
        last_valid_day=award.last_valid_day,
        authenticity=award.authenticity,
        known_from=award.known_from,
        known_to=award.known_to,
        revocations=tuple((row.effect, row.revoked_on, row.known_from, row.known_to) for row in revocations),
    )


def _badges_by_person(
    session: Session, identities: Mapping[str, Sequence[IdentityCause]], planned: PlannedTrust | None
) -> dict[str, tuple[AwardCause, ...]]:
    """Return what credentials prove of people, as awards: known while credential, account, trust and skill are.

    The day of the award must lie in the days on which the account is the person's.
    """
    keys = sorted({item.agent_key for found in identities.values() for item in found})
    given: dict[str, list[Any]] = {}
    for start in range(0, len(keys), IN_LIST):
        rows = session.execute(
            select(CredentialRecipient.agent_key, Credential, Skill.iri, Skill.known_from)
            .join(Credential, Credential.award_id == CredentialRecipient.award_id)
            .join(CredentialAlignment, CredentialAlignment.award_id == Credential.award_id)
            .join(Skill, or_(Skill.iri == CredentialAlignment.target, Skill.iri == CredentialAlignment.code))
            .where(CredentialRecipient.agent_key.in_(keys[start : start + IN_LIST]))
            .order_by(Credential.row_id, CredentialAlignment.row_id, Skill.iri)
        )
        for row in rows:
            if is_anchored(row[1].anchor, row[1].issuer_id):
                given.setdefault(row[0], []).append(row)
    if not given:
        return {}
    decisions = _decisions_on(session, {row[1].issuer_id for rows in given.values() for row in rows})
    if planned is not None:
        _plan_trust(decisions, planned)
    revocations = _revocations_of(
        session, sorted({row[1].award_id for rows in given.values() for row in rows})
    )
    found: dict[str, tuple[AwardCause, ...]] = {}
    for person_id, accounts in identities.items():
        causes = [
            cause
            for account in accounts
            for _, credential, iri, skill_known in given.get(account.agent_key, ())
            for decision in _trusting(decisions, credential)
            if (cause := _badge_cause(account, credential, decision, iri, skill_known, revocations))
            is not None
        ]
        found[person_id] = tuple(dict.fromkeys(causes))
    return found


def _decisions_on(
    session: Session, issuer_ids: Iterable[str]
) -> dict[str, dict[str, list[Known[IssuerTrust]]]]:
    """Return what was decided of some issuers, "" of all their badges or of one by its id, with when it was known."""
    found: dict[str, dict[str, list[Known[IssuerTrust]]]] = {}
    ordered = sorted(issuer_ids)
    for start in range(0, len(ordered), IN_LIST):
        part = ordered[start : start + IN_LIST]
        for row in session.execute(
            select(IssuerTrust).where(IssuerTrust.issuer_id.in_(part)).order_by(IssuerTrust.row_id)
        ).scalars():
            decision = Known(row.known_from, row.known_to, row)
            found.setdefault(row.issuer_id, {}).setdefault(row.achievement_id, []).append(decision)
    return found


def _plan_trust(decisions: dict[str, dict[str, list[Known[IssuerTrust]]]], planned: PlannedTrust) -> None:
    """Put a decision that is not made yet among those that are: it ends the one before."""
    found = decisions.setdefault(planned.issuer_id, {}).setdefault(planned.achievement_id, [])
    found[:] = [replace(item, known_to=item.known_to or planned.known_from) for item in found]
    if planned.standing is None:
        return
    made = IssuerTrust(
        issuer_id=planned.issuer_id,
        achievement_id=planned.achievement_id,
        tier=planned.standing.tier,
        strength=planned.standing.strength.label,
        level=planned.standing.level,
    )
    found.append(Known(planned.known_from, None, made))


def _trusting(
    decisions: Mapping[str, Mapping[str, Sequence[Known[IssuerTrust]]]], credential: Credential
) -> list[Known[IssuerTrust]]:
    """Return when a credential's badge, or else its issuer, was trusted, and how."""
    of_issuer = decisions.get(credential.issuer_id, {})
    special = of_issuer.get(credential.achievement_id, ()) if credential.achievement_id else ()
    known = in_force(special, of_issuer.get("", ()))
    return [item for item in known if item.decision.tier == "trusted"]


def _badge_cause(
    account: IdentityCause,
    credential: Credential,
    decision: Known[IssuerTrust],
    skill_iri: str,
    skill_known: datetime,
    revocations: Mapping[str, Sequence[AwardRevocation]],
) -> AwardCause | None:
    day = credential.awarded_on
    if (account.valid_from is not None and day < account.valid_from) or (
        account.valid_to is not None and day >= account.valid_to
    ):
        return None
    ends: list[tuple[datetime, ReversalKind, str]] = []
    for known_to, kind, cause in (
        (credential.known_to, "revocation", credential.award_id),
        (account.known_to, "identity", account.agent_key),
        (decision.known_to, "policy", credential.issuer_id),
    ):
        if known_to is not None:
            ends.append((known_to, kind, cause))  # type: ignore[arg-type] # literals of this loop
    trust = decision.decision
    known_from = max(credential.known_from, account.known_from, decision.known_from, skill_known)
    first = min(ends, default=None)
    if first is not None and first[0] <= known_from:
        return None
    return AwardCause(
        award_id=credential.award_id,
        kind="open badge",
        object_key=credential.achievement_id,
        skill_iri=skill_iri,
        level=trust.level,
        strength=strength_from(trust.strength),
        achieved_on=day,
        last_valid_day=credential.last_valid_day,
        authenticity="signed" if credential.anchor == CARRIED else "verified",
        known_from=known_from,
        known_to=None if first is None else first[0],
        revocations=tuple(
            (row.effect, row.revoked_on, row.known_from, row.known_to)
            for row in revocations.get(credential.award_id, ())
        ),
        ended_by=None if first is None else (first[1], first[2]),
    )


def persons_of_agents(session: Session, agent_keys: Sequence[str]) -> dict[str, list[str]]:
    """Return, per agent key, every person who ever had it, in any state of knowledge."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(agent_keys), IN_LIST):
        part = agent_keys[start : start + IN_LIST]
        rows = session.execute(
            select(Identity.agent_key, Identity.person_id)
            .where(or_(Identity.agent_key.in_(part)))
            .distinct()
            .order_by(Identity.agent_key, Identity.person_id)
        )
        for agent_key, person_id in rows:
            found.setdefault(agent_key, []).append(person_id)
    return found
