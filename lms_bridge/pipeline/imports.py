"""Use cases: the files that HR brings. Each is one transaction, all or nothing, with a dry run that tells the difference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.coverage.requirement_files import SkillCheck, plan_requirements
from lms_bridge.credentials.awards import by_id, read_certificates
from lms_bridge.errors import FileProblem, FileRefusedError, InvalidInputError
from lms_bridge.people.roster import RosterState, plan_roster
from lms_bridge.pipeline.derivation import queue_everyone
from lms_bridge.settings import Settings
from lms_bridge.skills.catalogue_files import plan_catalogue
from lms_bridge.skills.crosswalk_files import plan_crosswalks
from lms_bridge.skills.frameworks import step_names
from lms_bridge.skills.rulebook import RulePlan, plan_pack
from lms_bridge.skills.rules import Pack, read_pack, rule_from
from lms_bridge.store import derivation as queue
from lms_bridge.store import frameworks, rules
from lms_bridge.store.audit import audit
from lms_bridge.store.awards import holders_on_paper, take_back_awards, write_awards
from lms_bridge.store.credentials import find_recipients
from lms_bridge.store.database import claim_tables, writing
from lms_bridge.store.file_imports import record_import
from lms_bridge.store.timelines import apply_changes, claim, read_timelines, roster_state
from lms_bridge.timelines import Change

OPERATOR = "command line"
RULE_TABLES = ("rule_version", "pattern_version")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or would do: one line per change, and how many subjects are derived again."""

    lines: tuple[str, ...]
    rows: int
    queued: int
    dry_run: bool

    @property
    def summary(self) -> str:
        """One sentence."""
        if not self.lines:
            return "nothing to change"
        verb = "would change" if self.dry_run else "changed"
        return f"{verb} {len(self.lines)} entries; {self.queued} subjects to derive"


def import_roster(
    session: Session,
    settings: Settings,
    files: Mapping[str, bytes],
    now: datetime | None = None,
    *,
    dry_run: bool = False,
    who: str = OPERATOR,
) -> ImportResult:
    """Import teams, people, memberships, assignments and exemptions, effective-dated.

    Raises:
        FileRefusedError: any fault in any file; nothing was applied.
    """
    with writing(session):
        claim(session, *RosterState.__dataclass_fields__)
        now = now or clock.now()
        plan = plan_roster(
            files, roster_state(session), _today(settings, now), settings.roster_end_share_limit
        )
        lines = _described(plan.changes)
        if dry_run:
            session.rollback()
            return ImportResult(lines, 0, 0, dry_run=True)
        touched = apply_changes(session, plan.changes, now)
        find_recipients(session)
        subjects = _identity_subjects(session, plan.changes)
        queued = queue.add_tasks(session, subjects, "identity", None, now)
        _record(session, "roster", sorted(files), files.values(), lines, now, who)
    return ImportResult(lines, touched, queued, dry_run=False)


def _identity_subjects(session: Session, changes: Iterable[Change]) -> set[str]:
    """Return whom changed identities touch: the persons, everybody who shares the account, and the account itself."""
    keys = {change.key[0] for change in changes if change.table == "identities"}
    people = {change.key[1] for change in changes if change.table == "identities"}
    known = read_timelines(session, "identities")
    people |= {key[1] for key in known if key[0] in keys}
    agents = queue.agents_of_keys(session, keys)
    return {*(f"person:{person}" for person in people), *(f"agent:{agent}" for agent in agents.values())}


def import_requirements(
    session: Session,
    settings: Settings,
    content: bytes,
    now: datetime | None = None,
    *,
    dry_run: bool = False,
    replace: bool = False,
    who: str = OPERATOR,
) -> ImportResult:
    """Import requirements.csv; nothing of evidence depends on it, so nothing is derived again."""
    with writing(session):
        claim(session, "requirements", "roles")
        now = now or clock.now()
        changes = plan_requirements(
            content,
            read_timelines(session, "requirements"),
            read_timelines(session, "roles"),
            frozenset(key[0] for key in read_timelines(session, "teams")),
            skill_check(session, settings),
            _today(settings, now),
            replace=replace,
        )
        lines = _described(changes)
        if dry_run:
            session.rollback()
            return ImportResult(lines, 0, 0, dry_run=True)
        touched = apply_changes(session, changes, now)
        _record(session, "requirements", ["requirements.csv"], [content], lines, now, who)
    return ImportResult(lines, touched, 0, dry_run=False)


def import_catalogue(
    session: Session,
    settings: Settings,
    content: bytes,
    now: datetime | None = None,
    *,
    dry_run: bool = False,
    replace: bool = False,
    who: str = OPERATOR,
) -> ImportResult:
    """Import catalogue.csv; people with statements on activities whose learning object changed are derived again."""
    with writing(session):
        claim(session, "objects", "aliases")
        now = now or clock.now()
        plan = plan_catalogue(
            content,
            read_timelines(session, "objects"),
            read_timelines(session, "aliases"),
            _today(settings, now),
            replace=replace,
        )
        lines = _described(plan.changes)
        if dry_run:
            session.rollback()
            return ImportResult(lines, 0, 0, dry_run=True)
        touched = apply_changes(session, plan.changes, now)
        patterns = [change.key[0] for change in plan.changes if change.table == "aliases"]
        agents = rules.agents_touched(session, plan.keys, patterns) if patterns else set()
        queued = queue.add_tasks(session, (f"agent:{agent}" for agent in agents), "catalogue", None, now)
        _record(session, "catalogue", ["catalogue.csv"], [content], lines, now, who)
    return ImportResult(lines, touched, queued, dry_run=False)


def import_certificates(
    session: Session,
    settings: Settings,
    content: bytes,
    now: datetime | None = None,
    *,
    dry_run: bool = False,
    replace: bool = False,
    who: str = OPERATOR,
) -> ImportResult:
    """Import certificates.csv as awards; rows absent from it stay unless `replace`, which takes them back."""
    with writing(session):
        now = now or clock.now()
        check = skill_check(session, settings)
        awards = by_id(
            read_certificates(
                content,
                frozenset(key[0] for key in read_timelines(session, "people")),
                _given_by_key(session),
                check.steps,
                _today(settings, now),
            )
        )
        stored = holders_on_paper(session)
        new = [award for award_id, award in awards.items() if award_id not in stored]
        gone = {key: person for key, person in stored.items() if replace and key not in awards}
        lines = (
            *(f"certificate of {award.person_id}: {award.skill_iri} at {award.level}" for award in new),
            *(f"certificate of {person} taken back" for person in gone.values()),
        )
        if dry_run:
            session.rollback()
            return ImportResult(lines, 0, 0, dry_run=True)
        write_awards(session, new, now)
        take_back_awards(session, gone, now)
        people = {award.person_id for award in new} | set(gone.values())
        queued = queue.add_tasks(session, (f"person:{person}" for person in people), "award", None, now)
        _record(session, "certificates", ["certificates.csv"], [content], lines, now, who)
    return ImportResult(lines, len(new) + len(gone), queued, dry_run=False)


def import_rules(
    session: Session,
    files: Mapping[str, bytes],
    now: datetime | None = None,
    *,
    new_from: date | None = None,
    is_correction: bool = False,
    dry_run: bool = False,
    who: str = OPERATOR,
) -> ImportResult:
    """Import packs of patterns and rules, in the order of `files`; each replaces exactly the pack of its name.

    Raises:
        FileRefusedError: a file is not readable, or names a skill that no framework has.
        InvalidInputError: a rule changed and neither a day nor a correction was said.
    """
    with writing(session):
        claim_tables(session, *RULE_TABLES)
        now = now or clock.now()
        lines: list[str] = []
        plans: list[RulePlan] = []
        packs: list[Pack] = []
        for file, content in files.items():
            known = rules.patterns_in_force(session)
            pack = read_pack(
                file,
                text_of(file, content),
                {row.pattern_id: row.document for row in known},
                {row.pattern_id: row.pack for row in known},
            )
            if any(pack.name == other.name for other in packs):
                raise InvalidInputError(
                    f"{file}: pack {pack.name!r} stands in two files of this import, and the second would replace the "
                    "first; join the files or give one another name"
                )
            check_skills(session, file, pack)
            plan = plan_pack(
                pack,
                rules.rules_in_force(session),
                rules.patterns_in_force(session),
                new_from=new_from,
                is_correction=is_correction,
            )
            rules.write_plan(session, plan, now)
            plans.append(plan)
            packs.append(pack)
            lines += [f"{pack.name}: {word}" for word in plan.words]
        if dry_run:
            session.rollback()
            return ImportResult(tuple(lines), 0, 0, dry_run=True)
        queued = queue_touched(session, plans, now)
        _record(session, "rules", list(files), files.values(), lines, now, who)
    return ImportResult(tuple(lines), len(lines), queued, dry_run=False)


def queue_touched(session: Session, plans: Sequence[RulePlan], now: datetime) -> int:
    """Queue those whose records a changed rule can concern; a rule that names no object concerns everybody."""
    subjects = subjects_touched(session, plans)
    if subjects is None:
        return queue_everyone(session, "rule", None, now)
    return queue.add_tasks(session, subjects, "rule", None, now)


def subjects_touched(session: Session, plans: Sequence[RulePlan]) -> frozenset[str] | None:
    """Return the subjects whose records changed rules can concern, None for everybody.

    The rules that a plan adds are read from the plan, so that a plan can be asked before it is written.
    """
    ids = {rule_id for plan in plans for rule_id in plan.rule_ids}
    retired = {row_id for plan in plans for row_id in plan.retired_rules}
    if any(plan.added_patterns or plan.retired_patterns for plan in plans):
        return None
    if not ids:
        return frozenset()
    keys: set[str] = set()
    patterns: set[str] = set()
    planned = [dict(row.document) for plan in plans for row in plan.added_rules]
    for document in (*rules.documents_of(session, ids, retired), *planned):
        rule = rule_from(document)
        named = rule.when.text("object")
        parts = rule.needs.of if rule.needs else ()
        activities = rule.when.text("activity") + rule.when.text("parent") + rule.when.text("grouping")
        if not (named or parts or activities):
            return None
        keys |= {key for key in (*named, *parts) if not key.startswith("re:") and not key.endswith("*")}
        patterns |= {key for key in (*named, *activities) if key.startswith("re:") or key.endswith("*")}
        patterns |= set(activities)
    return frozenset(f"agent:{agent}" for agent in rules.agents_touched(session, keys, patterns))


def check_skills(session: Session, file: str, pack: Pack) -> None:
    """Refuse a pack that names a skill which no framework has.

    Raises:
        FileRefusedError: naming each such rule and skill.
    """
    named = {
        gives["skill"]: rule_id
        for rule_id, document in pack.rules.items()
        for gives in document["rule"].get("gives", ())
    }
    known = frameworks.known_iris(session, named)
    problems = [
        FileProblem(
            file, 0, f"rule {rule_id}, skill", iri, "is in no loaded framework; import it or correct the IRI"
        )
        for iri, rule_id in named.items()
        if iri not in known
    ]
    if problems:
        raise FileRefusedError(problems)


def import_crosswalks(
    session: Session,
    settings: Settings,
    content: bytes,
    now: datetime | None = None,
    *,
    dry_run: bool = False,
    who: str = OPERATOR,
) -> ImportResult:
    """Import SKOS mappings between skills; they are applied when figures are computed, nothing is derived again."""
    with writing(session):
        claim(session, "crosswalks")
        now = now or clock.now()
        changes = plan_crosswalks(
            content,
            read_timelines(session, "crosswalks"),
            skill_check(session, settings).steps,
            _today(settings, now),
        )
        lines = _described(changes)
        if dry_run:
            session.rollback()
            return ImportResult(lines, 0, 0, dry_run=True)
        touched = apply_changes(session, changes, now)
        _record(session, "crosswalk", ["crosswalk.csv"], [content], lines, now, who)
    return ImportResult(lines, touched, 0, dry_run=False)


def skill_check(session: Session, settings: Settings) -> SkillCheck:
    """Return what the importers ask of skills: the highest step of each, and what is near; scales are read once per IRI."""
    company = len([part for part in settings.company_scale.split(";") if part.strip()])
    seen: dict[str, int | None] = {}

    def steps(iri: str) -> int | None:
        if iri not in seen:
            scales = frameworks.levels_for(session, [iri])
            seen[iri] = (len(step_names(scales[iri])) or company) if iri in scales else None
        return seen[iri]

    def near(text: str) -> str:
        tail = text.rsplit("/", 1)[-1].rsplit(":", 1)[-1].replace("-", " ")
        hits = frameworks.find_skills(session, tail, limit=3)
        if hits:
            return "near: " + ", ".join(f"{hit.label} ({hit.iri})" for hit in hits)
        return "import its framework first, or correct the IRI"

    return SkillCheck(steps, near)


def _given_by_key(session: Session) -> Callable[[str], tuple[tuple[str, int], ...]]:
    given: dict[str, list[tuple[str, int]]] = {}
    for row in rules.rules_in_force(session):
        rule = rule_from(row.document)
        for key in rule.when.text("object"):
            given.setdefault(key, []).extend(
                (gives.skill_iri, gives.level) for gives in rule.gives if gives.level is not None
            )

    def find(key: str) -> tuple[tuple[str, int], ...]:
        return tuple(dict.fromkeys(given.get(key, ())))

    return find


def text_of(file: str, content: bytes) -> str:
    """Return the text of a UTF-8 file.

    Raises:
        FileRefusedError: it is in another encoding.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileRefusedError(
            [FileProblem(file, line, "", "", "is no UTF-8; save the file as UTF-8")]
        ) from error


def _today(settings: Settings, now: datetime) -> date:
    return now.astimezone(settings.zone).date()


def _described(changes: Iterable[Change]) -> tuple[str, ...]:
    lines: list[str] = []
    for change in changes:
        name = "/".join(part for part in change.key if part)
        for span in change.added:
            begin = span.begin.isoformat() if span.begin else "always"
            end = f" until {span.end.isoformat()}" if span.end else ""
            values = ", ".join(str(value) for value in span.values if value is not None)
            lines.append(f"{change.table} {name}: {values + ' ' if values else ''}from {begin}{end}")
        if not change.added:
            lines.append(f"{change.table} {name}: taken back")
    return tuple(lines)


def _record(
    session: Session,
    kind: str,
    names: Sequence[str],
    contents: Iterable[bytes],
    lines: Sequence[str],
    now: datetime,
    who: str,
) -> None:
    digest = hashlib.sha256(b"\x00".join(contents)).hexdigest()
    record_import(
        session,
        kind=kind,
        name=", ".join(names),
        digest=digest,
        outcome=f"{len(lines)} changes",
        who=who,
        imported_at=now,
    )
    audit(session, now, who, f"import {kind}", ", ".join(names))


def read_day_option(name: str, text: str) -> date:
    """Read a date option.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(f"{name}: {text!r} is no date; write YYYY-MM-DD") from None
