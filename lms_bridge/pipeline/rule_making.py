"""Use cases that change rules by page: suggestions for learning that no rule counts, what a change would do, the change.

Rules made by page stand in a pack of their own, "company". A change is planned as an import plans it, shown to whoever
asks (who would gain or lose what), and takes effect only when it is confirmed. Nothing suggested is applied by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock
from typing import Any, Final

import tomli_w
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import ConflictError, InvalidInputError, NotFoundError
from lms_bridge.evidence.causes import KnownPattern, KnownRule, RuleBook, View
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline.foreseeing import (
    MOST_PEOPLE,
    Difference,
    company_scale,
    differences,
    gains,
    levels_today,
)
from lms_bridge.pipeline.imports import RULE_TABLES, check_skills, queue_touched, subjects_touched, text_of
from lms_bridge.pipeline.meanings import LabelMeanings
from lms_bridge.settings import Settings
from lms_bridge.skills.matching import meant_object, pattern_holds
from lms_bridge.skills.records import LearningRecord
from lms_bridge.skills.rulebook import RulePlan, RuleRow, latest, plan_pack
from lms_bridge.skills.rules import Pack, pattern_from, read_pack, rule_from
from lms_bridge.skills.strengths import strength_from
from lms_bridge.skills.suggestions import SkillIndex, Suggestion
from lms_bridge.store import causes as cause_store
from lms_bridge.store import frameworks, learning, rules
from lms_bridge.store.audit import audit
from lms_bridge.store.database import claim_tables, writing
from lms_bridge.store.derivation import agents_of_ids
from lms_bridge.store.readings import unmapped_learning
from reports.content.rules import Foresight, LearningPage, SuggestedSkill

PACK: Final = "company"
MAKERS: Final = frozenset({"admin", "hr"})
SUGGESTIONS: Final = 5
_SAMPLE: Final = 30
_ID_CHARACTERS: Final = re.compile(r"[^a-z0-9]+")
# Arrays as tomli-w writes them, an item a line. An item with a bracket in it stays where it is.
_PLAIN_ARRAY: Final = re.compile(r"\[\n((?:[^\[\]\n]+,\n)+)\s*\]")
_ARRAY_OF_ARRAYS: Final = re.compile(r"\[\n((?:\s*\[[^\[\]\n]*\],\n)+)\s*\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as the form of a learning object says it."""

    object_key: str
    title: str
    pattern_id: str
    skill_iri: str
    level: int
    strength: str
    valid_for: str
    score_min: str

    def document(self, rule_id: str) -> dict[str, Any]:
        """Return the rule as its TOML text says it."""
        when: dict[str, Any] = {"object": self.object_key}
        if self.score_min:
            when["score_min"] = self.score_min
        gives: dict[str, Any] = {"skill": self.skill_iri, "level": self.level, "strength": self.strength}
        if self.valid_for:
            gives["valid_for"] = self.valid_for
        rule: dict[str, Any] = {"id": rule_id, "title": self.title}
        if self.pattern_id:
            rule["uses"] = self.pattern_id
        return {**rule, "when": when, "gives": [gives]}


class _Indexes:
    """The index of the skills in force, made with the first question after a release and kept by the process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stamps: dict[str, tuple[tuple[int, int], SkillIndex]] = {}

    def index(self, session: Session, settings: Settings) -> SkillIndex:
        # Both settings of a process are one, but tests open several.
        kind = settings.suggestions
        database = f"{kind} {session.get_bind().engine.url}"
        stamp = learning.release_stamp(session)
        with self._lock:
            known = self._stamps.get(database)
            if known is None or known[0] != stamp:
                meanings = LabelMeanings if kind == "meaning" else None
                known = (stamp, SkillIndex(learning.skill_texts(session), meanings))
                self._stamps = {database: known}
            return known[1]


_indexes: Final = _Indexes()


def suggest_skills(
    session: Session,
    settings: Settings,
    title: str,
    description: str = "",
    lang: str = "",
    limit: int = SUGGESTIONS,
) -> tuple[Suggestion, ...]:
    """Return the skills in force that a course may be about, best first."""
    return _indexes.index(session, settings).suggest(title, description, lang, limit)


def learning_page(
    session: Session, settings: Settings, reader: Reader, object_key: str, wanted: str = ""
) -> LearningPage:
    """Return what is known of learning that no rule counts, with skills that it may be about.

    `wanted` searches other skills than the title suggests.

    Raises:
        NotFoundError: the reader makes no rules, or no such learning waits.
    """
    _gate(reader)
    found = [row for row in unmapped_learning(session) if row.object_key == object_key]
    if not found:
        raise NotFoundError(f"no learning {object_key!r} waits for a rule")
    text = learning.text_of(session, object_key, settings.language)
    book = cause_store.rule_book(session)
    view = book.view_at(clock.now())
    sample = _sample(session, object_key)
    pattern_id = _pattern_of(view, sample, object_key)
    suggestions = (
        suggest_skills(session, settings, wanted)
        if wanted.strip()
        else suggest_skills(session, settings, text.title, text.description, text.lang)
    )
    iris = [item.iri for item in suggestions]
    labels = frameworks.labels_for(session, iris, settings.language)
    scales = frameworks.levels_for(session, iris)
    about = learning.descriptions_of(session, iris)
    company = company_scale(settings)
    return LearningPage(
        by_meaning=settings.suggestions == "meaning",
        object_key=object_key,
        title=text.title,
        description=text.description,
        lang=text.lang,
        people=len(found[0].subjects),
        statements=found[0].statements,
        pattern_id=pattern_id,
        patterns=tuple(sorted(pattern.pattern_id for pattern in view.patterns if pattern.counts)),
        has_scores=any(record.score.ratio(view.scale_of(record.source)) is not None for record in sample),
        suggestions=tuple(
            SuggestedSkill(
                iri=item.iri,
                label=labels[item.iri],
                framework=_framework_of(session, item.iri),
                description=about.get(item.iri, ""),
                share=item.share,
                words=item.words,
                levels=tuple((level.step, level.name) for level in scales.get(item.iri, ())) or company,
            )
            for item in suggestions
        ),
    )


def _framework_of(session: Session, iri: str) -> str:
    stored = frameworks.skill_by_iri(session, iri)
    return "" if stored is None else stored.framework


def _sample(session: Session, object_key: str) -> tuple[LearningRecord, ...]:
    """Return some of the records about a learning object."""
    wanted = dict(learning.statements_about(session, object_key, _SAMPLE))
    keys: set[int] = set()
    for subject in set(wanted.values()):
        kind, _, name = subject.partition(":")
        if kind == "agent":
            keys.add(int(name))
        else:
            keys.update(cause_store.agents_of_person(session, name))
    records = cause_store.records_of(session, sorted(keys), None)
    return tuple(record for record in records if record.statement_id in wanted)


def _pattern_of(view: View, records: Iterable[LearningRecord], object_key: str) -> str:
    """Return the sender pattern that most of the records fit, "" where none does."""
    counts: Counter[str] = Counter()
    for record in records:
        for pattern in view.patterns_for(record.verb):
            meant = meant_object(record, pattern.canonical, view.aliases)
            fits = meant.key == object_key and pattern_holds(
                pattern, record, meant, view.scale_of(record.source)
            )
            if pattern.counts and fits:
                counts[pattern.pattern_id] += 1
    return counts.most_common(1)[0][0] if counts else ""


def foresee_draft(session: Session, settings: Settings, reader: Reader, draft: Draft) -> Foresight:
    """Return what a new rule would do; nothing is written.

    Raises:
        NotFoundError: the reader makes no rules.
        InvalidInputError: a value of the draft is not allowed.
    """
    _gate(reader)
    return _foresee(session, settings, _plan_draft(session, draft))


def put_draft(session: Session, settings: Settings, reader: Reader, draft: Draft) -> str:
    """Put a new rule into force and return its id; whoever it concerns is derived again.

    Raises:
        NotFoundError: the reader makes no rules.
        InvalidInputError: a value of the draft is not allowed.
    """
    del settings
    _gate(reader)
    with writing(session):
        claim_tables(session, *RULE_TABLES)
        now = clock.now()
        return _put(session, _plan_draft(session, draft), now, reader)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A changed text of one rule, and how it treats the past: new criteria from a day, or a correction for all time.

    `replaces` stands for what was in force when the text was read (`in_force`), "" for whatever is.
    """

    rule_id: str
    text: str
    new_from: date | None
    is_correction: bool
    replaces: str = ""


def foresee_change(session: Session, settings: Settings, reader: Reader, change: RuleChange) -> Foresight:
    """Return what a changed rule would do; nothing is written.

    Raises:
        NotFoundError: the reader makes no rules, or there is no such rule.
        InvalidInputError: the text is no rule, has another id, changes nothing, or does not say how it treats the past.
        ConflictError: the rule was changed after the text was read.
    """
    _gate(reader)
    return _foresee(session, settings, _plan_change(session, change))


def put_change(session: Session, settings: Settings, reader: Reader, change: RuleChange) -> str:
    """Put a changed rule into force; errors as for `foresee_change`."""
    del settings
    _gate(reader)
    with writing(session):
        claim_tables(session, *RULE_TABLES)
        now = clock.now()
        return _put(session, _plan_change(session, change), now, reader)


def foresee_packs(
    session: Session,
    settings: Settings,
    files: Mapping[str, bytes],
    *,
    new_from: date | None = None,
    is_correction: bool = False,
) -> tuple[Foresight, ...]:
    """Return what importing each pack would do to today's levels, each against what is in force now; nothing is written.

    Raises:
        FileRefusedError: a file is not readable, or names a skill that no framework has.
        InvalidInputError: a rule changed and neither a day nor a correction was said.
    """
    found: list[Foresight] = []
    patterns = rules.patterns_in_force(session)
    documents = {row.pattern_id: row.document for row in patterns}
    packs = {row.pattern_id: row.pack for row in patterns}
    for file, content in files.items():
        pack = read_pack(file, text_of(file, content), documents, packs)
        check_skills(session, file, pack)
        plan = plan_pack(
            pack, rules.rules_in_force(session), patterns, new_from=new_from, is_correction=is_correction
        )
        found.append(_foresee(session, settings, plan))
        documents = {**documents, **pack.patterns}
    return tuple(found)


def in_force(rows: Iterable[RuleRow]) -> str:
    """Return what stands for the versions of a rule that are in force."""
    return " ".join(sorted(str(row.row_id) for row in rows))


def text_of_rule(document: Mapping[str, Any]) -> str:
    """Return a stored rule as TOML text; reading it gives the same version."""
    return _on_one_line(tomli_w.dumps({"rule": [document["rule"]]}, multiline_strings=False))


def _on_one_line(text: str) -> str:
    """Put arrays of texts and numbers, and arrays of those, on one line: no text of TOML has a line's end in it."""
    for array in (_PLAIN_ARRAY, _ARRAY_OF_ARRAYS):
        text = array.sub(_joined, text)
    return text


def _joined(array: re.Match[str]) -> str:
    # Not splitlines: a text may hold the other line ends of Unicode.
    items = [line.strip().removesuffix(",") for line in array[1].split("\n") if line.strip()]
    return f"[{', '.join(items)}]"


def _plan_draft(session: Session, draft: Draft) -> RulePlan:
    current = rules.rules_in_force(session)
    taken = {row.rule_id for row in current}
    slug = _ID_CHARACTERS.sub("-", draft.title.lower()).strip("-")[:60] or "rule"
    rule_id = next(
        name for name in (slug, *(f"{slug}-{number}" for number in range(2, 10_000))) if name not in taken
    )
    text = _on_one_line(tomli_w.dumps({"pack": PACK, "rule": [draft.document(rule_id)]}))
    plan = _plan(session, PACK, text, None, is_correction=False)
    by_id: dict[str, list[RuleRow]] = {}
    for row in current:
        by_id.setdefault(row.rule_id, []).append(row)
    newest = [latest(rows) for rows in by_id.values()]
    for new in plan.added_rules:
        same = next((row.rule_id for row in newest if _content(row) == _content(new)), None)
        if same is not None:
            raise ConflictError(f"the rule {same!r} says the same and is in force; change that one")
    return plan


def _content(row: RuleRow) -> dict[str, Any]:
    """Return what a rule says, whatever its id is."""
    said = {name: value for name, value in row.document["rule"].items() if name != "id"}
    return {**row.document, "rule": said}


def _plan_change(session: Session, change: RuleChange) -> RulePlan:
    rows = [row for row in rules.rules_in_force(session) if row.rule_id == change.rule_id]
    if not rows:
        raise NotFoundError(f"rule {change.rule_id!r} does not exist")
    if change.replaces not in {"", in_force(rows)}:
        raise ConflictError(
            f"rule {change.rule_id!r} was changed by somebody else meanwhile; compare your text with what is in force, "
            "then show again what it would do"
        )
    plan = _plan(session, rows[0].pack, change.text, change.new_from, is_correction=change.is_correction)
    if not plan.words:
        raise InvalidInputError(f"rule {change.rule_id!r}: nothing is changed; change its text first")
    if plan.rule_ids != {change.rule_id}:
        others = ", ".join(sorted(plan.rule_ids - {change.rule_id}))
        raise InvalidInputError(
            f"rule: the text changes {others}, not {change.rule_id!r} alone; keep the id and one [[rule]]"
        )
    return plan


def _plan(
    session: Session, pack_name: str, text: str, new_from: date | None, *, is_correction: bool
) -> RulePlan:
    """Plan a pack with the rules of `text` in the place of those of the same ids; the others stay."""
    patterns = rules.patterns_in_force(session)
    current = rules.rules_in_force(session)
    file = f"{pack_name}.toml"
    read = read_pack(file, text, {row.pattern_id: row.document for row in patterns})
    check_skills(session, file, read)
    kept = {
        row.rule_id: row.document
        for row in sorted(current, key=lambda row: row.applies_from or date.min)
        if row.pack == pack_name
    }
    own = {row.pattern_id: row.document for row in patterns if row.pack == pack_name}
    pack = Pack(pack_name, {**own, **read.patterns}, {**kept, **read.rules})
    return plan_pack(pack, current, patterns, new_from=new_from, is_correction=is_correction)


def _put(session: Session, plan: RulePlan, now: datetime, reader: Reader) -> str:
    rules.write_plan(session, plan, now)
    queue_touched(session, [plan], now)
    audit(session, now, reader.email, "rule.change", "; ".join(plan.words))
    return next(iter(sorted(plan.rule_ids)))


def _foresee(session: Session, settings: Settings, plan: RulePlan) -> Foresight:
    """Derive those whom a plan touches with the rules of today and with the planned ones, and compare today's levels."""
    now = clock.now()
    today = now.astimezone(settings.zone).date()
    before = cause_store.rule_book(session)
    after = _with_plan(session, before, plan, now)
    subjects = subjects_touched(session, [plan])
    people = cause_store.people_with_causes(session) if subjects is None else _people_of(session, subjects)
    chosen = people[:MOST_PEOPLE]
    least = strength_from(settings.least_strength)
    found: list[Difference] = []
    verbs = [cause_store.verb_ids(session, book.verbs()) for book in (before, after)]
    for person_id in chosen:
        old, new = (
            levels_today(cause_store.person_causes(session, person_id, wanted), book, today, least)
            for book, wanted in zip((before, after), verbs, strict=True)
        )
        found += differences(person_id, old, new)
    return Foresight(plan.words, gains(session, settings, found, now), len(chosen), len(people))


def _with_plan(session: Session, book: RuleBook, plan: RulePlan, now: datetime) -> RuleBook:
    """Return the rule book as it would be after a plan, without writing it."""
    retired = set(plan.retired_rules)
    ended = {
        (row.rule_id, row.version, row.applies_from)
        for row in rules.rules_in_force(session)
        if row.row_id in retired
    }
    kept = [
        replace(item, known_to=now)
        if item.known_to is None and (item.rule.rule_id, item.version, item.applies_from) in ended
        else item
        for item in book.rules
    ]
    added = [
        KnownRule(rule_from(row.document), row.version, row.applies_from, row.applies_to, now, None)
        for row in plan.added_rules
    ]
    gone = {
        row.pattern_id for row in rules.patterns_in_force(session) if row.row_id in set(plan.retired_patterns)
    }
    patterns = [
        replace(item, known_to=now) if item.known_to is None and item.pattern.pattern_id in gone else item
        for item in book.patterns
    ]
    patterns += [KnownPattern(pattern_from(row.document), now, None) for row in plan.added_patterns]
    return RuleBook((*kept, *added), tuple(patterns), book.aliases, book.policies)


def _people_of(session: Session, subjects: Iterable[str]) -> list[str]:
    people: set[str] = set()
    keys: list[str] = []
    for subject in subjects:
        kind, _, name = subject.partition(":")
        if kind == "person":
            people.add(name)
        else:
            key = agents_of_ids(session, [int(name)]).get(int(name))
            keys += [key] if key is not None else []
    for found in cause_store.persons_of_agents(session, keys).values():
        people.update(found)
    return sorted(people)


def _gate(reader: Reader) -> None:
    if reader.role not in MAKERS:
        raise NotFoundError("this page is not here")
