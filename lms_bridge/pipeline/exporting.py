"""Use cases: evidence, frameworks and proposed requirements as files, in total order: equal states are equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

import orjson
from sqlalchemy.orm import Session

from lms_bridge.coverage.proposals import Proposal, propose, requirements_csv
from lms_bridge.errors import InvalidInputError, NotFoundError
from lms_bridge.pipeline.imports import skill_check
from lms_bridge.settings import Settings
from lms_bridge.skills.formats.case_export import case_package
from lms_bridge.skills.formats.csv_export import framework_csv
from lms_bridge.skills.frameworks import Occupation
from lms_bridge.skills.occupation_crosswalk import led_to, read_occupation_crosswalk
from lms_bridge.store.frameworks import (
    list_frameworks,
    occupation_by_code,
    occupation_technologies,
    occupation_values,
    release_in_force,
)
from lms_bridge.store.proofs import evidence_for_export


def export_evidence(
    session: Session, as_of: date | None, known_on: datetime | None, *, with_history: bool
) -> Iterator[bytes]:
    """Yield one line a row. Without `as_of` all rows not reversed, ended ones too; unresolved actors have none.

    `with_history` adds recorded_at and reversed_at, and the reversed rows.
    """
    lines: list[bytes] = []
    for row in evidence_for_export(session, as_of, known_on, with_reversed=with_history):
        fact = row.fact
        data: dict[str, object] = {
            "person_id": row.person_id,
            "skill_iri": fact.skill_iri,
            "level": fact.level,
            "strength": fact.strength.label,
            "achieved_on": fact.achieved_on.isoformat(),
            "ended_on": fact.ended_on.isoformat() if fact.ended_on else None,
            ("statement_id" if fact.cited_kind == "statement" else "award_id"): fact.cited_id,
            "rule_id": fact.rule_id,
            "rule_version": fact.rule_version,
        }
        if with_history:
            data["recorded_at"] = row.recorded_at.isoformat()
            is_reversed = row.reversed_at is not None and (known_on is None or row.reversed_at <= known_on)
            data["reversed_at"] = row.reversed_at.isoformat() if row.reversed_at and is_reversed else None
        lines.append(orjson.dumps(data) + b"\n")
    # The databases' own order of texts depends on their collation; the bytes' order does not.
    yield from sorted(lines)


def export_framework(session: Session, settings: Settings, name: str, kind: Literal["case", "csv"]) -> bytes:
    """Return the release in force of a framework as a CASE package or as plain framework CSV.

    Raises:
        NotFoundError: no framework has that name.
    """
    found = release_in_force(session, name)
    if found is None:
        known = ", ".join(sorted(item.name for item in list_frameworks(session))) or "none"
        raise NotFoundError(f"framework {name!r} is not loaded; loaded are: {known}")
    release, known_from = found
    if kind == "csv":
        return framework_csv(release)
    return case_package(
        release,
        document_uri=f"{settings.base_url}/frameworks/{quote(release.name, safe='')}",
        creator=settings.company_name,
        changed_at=known_from,
    )


@dataclass(frozen=True, slots=True)
class ProposedFile:
    """requirements.csv as an occupation proposes it; `occupation` is the one that was read, `proposal` what it says."""

    content: bytes
    proposal: Proposal
    occupation: Occupation


def propose_requirements(
    session: Session,
    settings: Settings,
    framework: str,
    code: str,
    role_id: str,
    through: tuple[str, bytes] | None = None,
) -> ProposedFile:
    """Return requirements.csv of a role as an occupation of a loaded framework proposes it; nothing is stored.

    `through` is a crosswalk of occupations, name and content: `code` may then be of the other classification.

    Raises:
        NotFoundError: the framework or the occupation is not loaded, or the crosswalk leads nowhere.
        InvalidInputError: it says nothing that a role could ask, or the crosswalk leads to several.
        FileRefusedError: the crosswalk cannot be read.
    """
    if through is not None:
        code = _led_to(session, framework, code, *through)
    made = occupation_proposal(session, settings, framework, code)
    content = requirements_csv(made.proposal, made.occupation, framework, made.version, role_id)
    return ProposedFile(content, made.proposal, made.occupation)


@dataclass(frozen=True, slots=True)
class ProposedProfile:
    """What an occupation proposes of a role, with the release of its framework."""

    proposal: Proposal
    occupation: Occupation
    version: str


def occupation_proposal(session: Session, settings: Settings, framework: str, code: str) -> ProposedProfile:
    """Return what an occupation of a loaded framework proposes of a role.

    Raises:
        NotFoundError: the framework or the occupation is not loaded.
        InvalidInputError: it says nothing that a role could ask.
    """
    found = release_in_force(session, framework)
    occupation = occupation_by_code(session, framework, code)
    if found is None or occupation is None:
        known = ", ".join(sorted(item.name for item in list_frameworks(session))) or "none"
        raise NotFoundError(
            f"occupation {code!r} of framework {framework!r} is not loaded; frameworks loaded are: {known}"
        )
    check = skill_check(session, settings)
    proposal = propose(
        occupation_values(session, framework, code),
        occupation_technologies(session, framework, code),
        lambda iri: check.steps(iri) or 1,
    )
    if not proposal.rows:
        raise InvalidInputError(
            f"occupation {code!r}: its publisher says of no skill that it is important; choose another"
        )
    return ProposedProfile(proposal, occupation, found[0].version)


def _led_to(session: Session, framework: str, code: str, file: str, content: bytes) -> str:
    """Return the one occupation of the framework that a crosswalk leads to."""
    matches = led_to(read_occupation_crosswalk(file, content), code)
    if not matches:
        raise NotFoundError(f"{file}: has no occupation {code!r}; give an ESCO IRI or an O*NET code")
    loaded = [match for match in matches if occupation_by_code(session, framework, match.code)]
    if not loaded:
        named = ", ".join(f"{match.code} ({match.title})" for match in matches[:5])
        raise NotFoundError(
            f"{file}: {code!r} leads to {named}, which the framework {framework!r} does not have; choose another one"
        )
    if len(loaded) > 1:
        named = "; ".join(f"{match.code} ({match.title}, {match.similarity:.2f})" for match in loaded[:10])
        raise InvalidInputError(
            f"{file}: {code!r} leads to {len(loaded)} occupations, nearest first: {named}; give one of them without "
            "the crosswalk"
        )
    return loaded[0].code
