"""Collecting the names of everything a report or page mentions, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from lms_bridge.evidence.causes import RuleBook
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.settings import Settings
from lms_bridge.skills.frameworks import short_id, step_names
from lms_bridge.skills.strengths import strength_from
from lms_bridge.store import frameworks
from lms_bridge.store.awards import given_on_paper
from lms_bridge.store.causes import rule_book
from lms_bridge.store.company import names_of
from lms_bridge.store.naming import senders_of, skill_origins, titles_of
from reports.content.build import Closing, Names


def company_levels(settings: Settings) -> tuple[str, ...]:
    """Return the names of the company scale's steps, lowest first."""
    parts = [part.partition("=") for part in settings.company_scale.split(";") if part.strip()]
    return tuple(name.strip() for _, _, name in parts)


def names_for(
    session: Session,
    settings: Settings,
    *,
    skills: Iterable[str],
    evidence: Mapping[str, Iterable[EvidenceRow]],
    people: Iterable[str],
    instant: datetime,
    book: RuleBook | None = None,
) -> Names:
    """Return the names of `skills`, of what `evidence` cites, and of `people`, as known at `instant`."""
    rows = [row for group in evidence.values() for row in group]
    iris = {*skills, *(row.fact.skill_iri for row in rows)}
    scales = frameworks.levels_for(session, iris)
    own = company_levels(settings)
    keys = {row.fact.object_key for row in rows}
    closing = closing_of(session, settings, instant, book or rule_book(session))
    origins = skill_origins(session, iris)
    return Names(
        labels=frameworks.labels_for(session, iris, settings.language),
        short_ids={iri: short_id(iri) for iri in iris},
        frameworks={iri: framework for iri, (framework, _) in origins.items()},
        descriptions={iri: description for iri, (_, description) in origins.items()},
        levels={iri: step_names(scales.get(iri, ())) or own for iri in iris},
        titles=titles_of(session, keys, settings.language, instant),
        senders=senders_of(
            session,
            (row.fact.cited_id for row in rows if row.fact.cited_kind == "statement"),
            (row.fact.cited_id for row in rows if row.fact.cited_kind == "award"),
        ),
        closing=closing,
        people=names_of(session, list({*people, *evidence}), instant),
    )


def closing_of(
    session: Session, settings: Settings, instant: datetime, book: RuleBook
) -> dict[str, tuple[Closing, ...]]:
    """Return, per skill, the learning objects that give it, best first: by a rule in force, or by certificate so far."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    view = book.view_at(instant)
    keys: set[str] = set()
    for item in view.rules:
        rule = item.rule
        named = rule.when.text("object") or rule.when.text("activity")
        key = f"group:{rule.rule_id}" if rule.needs is not None else next(iter(named), "")
        keys.add(key)
        for gives in rule.gives:
            level = gives.level or max((step for _, step in gives.levels_by_score), default=0)
            found.setdefault(gives.skill_iri, []).append((key or rule.rule_id, level, gives.strength))
    for key, skill_iri, level, strength in given_on_paper(session):
        keys.add(key)
        found.setdefault(skill_iri, []).append((key, level, strength))
    titles = titles_of(session, keys, settings.language, instant)
    return {
        iri: tuple(
            Closing(titles.get(key, key.removeprefix("group:")), level, strength_from(strength))
            for key, level, strength in sorted(options, key=lambda option: (-option[1], option[0]))
        )
        for iri, options in found.items()
    }
