"""The page of micro-credentials: each with what became of it and whose it is, their issuers, and what the badges ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from textwrap import shorten
from typing import Final

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.coverage.teams import Sheet
from lms_bridge.credentials.open_badges import Standing, judged
from lms_bridge.errors import NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.credentials import READERS
from lms_bridge.pipeline.role_pages import company_today
from lms_bridge.remote.badge_verification import achievement_texts
from lms_bridge.settings import Settings
from lms_bridge.store import credentials as store
from lms_bridge.store.company import evidence_known, names_of, unrecognised_badges
from lms_bridge.store.credentials import Issuer, StoredCredential
from lms_bridge.store.frameworks import labels_for
from reports.content.credentials import BadgeOffered, CredentialLine, CredentialsPage, IssuerLine

# What a badge says of itself can be as long as a credential.
_MOST_TEXT: Final = 600


def credentials_page(session: Session, settings: Settings, reader: Reader) -> CredentialsPage:
    """Return all credentials with what became of each, all issuers and their badges; a constant number of queries.

    Raises:
        NotFoundError: the reader sees none.
    """
    if reader.role not in READERS:
        raise NotFoundError("credentials are not here")
    rows = store.credentials_known(session)
    skills = store.skills_named(session, [row.award_id for row in rows])
    labels = labels_for(session, {iri for found in skills.values() for iri in found}, settings.language)
    named = {award_id: tuple(labels[iri] for iri in iris) for award_id, iris in skills.items()}
    holders = store.holders_known(session)
    people = names_of(session, sorted({one for held in holders.values() for one in held}), clock.now())
    found = store.issuers(session)
    standings = {(issuer.issuer_id, issuer.achievement_id): issuer.standing for issuer in found}
    lines = [
        _credential_line(
            row,
            standings.get(
                (row.badge.issuer_id, row.badge.achievement_id), standings.get((row.badge.issuer_id, ""))
            ),
            named.get(row.award_id, ()),
            tuple(
                (person_id, people.get(person_id, person_id)) for person_id in holders.get(row.award_id, ())
            ),
        )
        for row in rows
    ]
    gaps = _gaps(session, settings)
    issuers = [_issuer_line(issuer, rows, gaps, standings.keys()) for issuer in found]
    undecided = {line.issuer_id for line in issuers if not line.achievement_id and not line.tier}
    issuers.sort(key=lambda line: (line.issuer_id not in undecided, line.issuer_id, line.achievement_id))
    return CredentialsPage(tuple(lines), tuple(issuers), _badge_lines(session, rows, named, gaps))


def _credential_line(
    row: StoredCredential,
    standing: Standing | None,
    skills: tuple[str, ...],
    holders: tuple[tuple[str, str], ...],
) -> CredentialLine:
    badge = row.badge
    outcome, reason = judged(badge, standing, badge.issuer_name)
    notes = [reason]
    if row.is_revoked:
        notes.append("the issuer has taken it back")
    if not skills:
        notes.append("it names no skill of a loaded framework")
    if not holders:
        notes.append("nobody here has the account that it was given to")
    return CredentialLine(
        award_id=row.award_id,
        name=badge.name,
        issuer_id=badge.issuer_id,
        issuer_name=badge.issuer_name,
        awarded_on=badge.awarded_on,
        last_valid_day=badge.last_valid_day,
        outcome=outcome,
        reason="; ".join(notes),
        skills=skills,
        holders=holders,
        checked_at=row.checked_at,
    )


# Of each badge that is held and does not count, the pairs of person and skill whose requirement is not met today.
_Gaps = Mapping[str, frozenset[tuple[str, str]]]


def _gaps(session: Session, settings: Settings) -> _Gaps:
    """Return the gaps in which badges are held that do not count because of their issuers, by award."""
    company = company_today(session, settings)
    badges = unrecognised_badges(session, company.people, company.known_on)
    sheet = Sheet(
        replace(
            company,
            evidence=evidence_known(session, badges, company.known_on),
            unrecognised=badges,
        )
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for person_id in badges:
        for badge in sheet.waiting_badges(person_id):
            found.setdefault(badge.award_id, set()).add((person_id, badge.skill_iri))
    return {award_id: frozenset(pairs) for award_id, pairs in found.items()}


def _count(gaps: _Gaps, rows: Iterable[StoredCredential]) -> int:
    return len({pair for row in rows for pair in gaps.get(row.award_id, ())})


def _issuer_line(
    issuer: Issuer,
    rows: Sequence[StoredCredential],
    gaps: _Gaps,
    decided: Collection[tuple[str, str]],
) -> IssuerLine:
    """Return an issuer's line; `decided` names the badges that have a decision of their own, and wait for no other."""
    standing = issuer.standing
    concerned = (
        row
        for row in rows
        if row.badge.issuer_id == issuer.issuer_id
        and (
            row.badge.achievement_id == issuer.achievement_id
            if issuer.achievement_id
            else (issuer.issuer_id, row.badge.achievement_id) not in decided or not row.badge.achievement_id
        )
    )
    return IssuerLine(
        issuer_id=issuer.issuer_id,
        achievement_id=issuer.achievement_id,
        name=issuer.name,
        tier="" if standing is None else standing.tier,
        strength="" if standing is None else standing.strength.label,
        level=None if standing is None else standing.level,
        has_key=issuer.has_key,
        reason=issuer.reason,
        credentials=issuer.credentials,
        gaps=_count(gaps, concerned),
    )


def _badge_lines(
    session: Session,
    rows: Sequence[StoredCredential],
    skills: Mapping[str, tuple[str, ...]],
    gaps: _Gaps,
) -> tuple[BadgeOffered, ...]:
    """Return the badges that the credentials are of, with what the latest of each says, by issuer and name."""
    by_badge: dict[tuple[str, str], list[StoredCredential]] = {}
    for row in rows:
        if row.badge.achievement_id:
            by_badge.setdefault((row.badge.issuer_id, row.badge.achievement_id), []).append(row)
    documents = store.documents_at(session, [held[0].row_id for held in by_badge.values()])
    lines = []
    for (issuer_id, achievement_id), held in by_badge.items():
        description, criteria = achievement_texts(documents[held[0].row_id])
        lines.append(
            BadgeOffered(
                issuer_id=issuer_id,
                achievement_id=achievement_id,
                name=held[0].badge.name,
                issuer_name=held[0].badge.issuer_name,
                description=shorten(description, _MOST_TEXT, placeholder=" …"),
                criteria=shorten(criteria, _MOST_TEXT, placeholder=" …"),
                skills=tuple(sorted({label for row in held for label in skills.get(row.award_id, ())})),
                credentials=len(held),
                gaps=_count(gaps, held),
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.issuer_name.lower(), line.issuer_id, line.name)))
