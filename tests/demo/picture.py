"""The demo's figures by the product's own functions: files planned, statements derived, coverage computed, no database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from lms_bridge.coverage.inputs import Company, ExemptionRow, PersonOnDay, RequirementRow, TeamOnDay
from lms_bridge.coverage.requirement_files import SkillCheck, plan_requirements
from lms_bridge.coverage.teams import Sheet
from lms_bridge.credentials.awards import Award, read_certificates
from lms_bridge.demo.statements import sources
from lms_bridge.evidence.causes import (
    AwardCause,
    IdentityCause,
    KnownPattern,
    KnownPolicy,
    KnownRule,
    PersonCauses,
    RuleBook,
)
from lms_bridge.evidence.history import Derived, derive
from lms_bridge.people.roster import RosterState, plan_roster
from lms_bridge.skills.catalogue import Alias
from lms_bridge.skills.catalogue_files import plan_catalogue
from lms_bridge.skills.records import LearningRecord, StoredStatement, read_record
from lms_bridge.skills.rules import digest, pattern_from, read_pack, rule_from
from lms_bridge.skills.strengths import Strength, strength_from
from lms_bridge.timelines import Key, Timeline
from lms_bridge.xapi.actors import agent_key
from tests.demo.seen import ROOT, everything, files

PACKS = ("moodle", "openedx", "cmi5", "h5p", "openbadges")
STEPS = SkillCheck(steps=lambda _: 4, near=lambda _: "")


def loaded_at(today: date) -> datetime:
    """The instant at which the demo was set up: rules and files first, the statements a minute later."""
    return datetime.combine(today, time(9), UTC)


@cache
def roster(today: date) -> Mapping[str, Mapping[Key, Timeline]]:
    content = {name: text.encode() for name, text in files(today).items()}
    tables: dict[str, dict[Key, Timeline]] = defaultdict(dict)
    for change in plan_roster(content, RosterState(), today, 0.3).changes:
        tables[change.table][change.key] = change.added
    return tables


@cache
def awards(today: date) -> tuple[Award, ...]:
    people = frozenset(key[0] for key in roster(today)["people"])
    return read_certificates(
        files(today)["certificates.csv"].encode(), people, lambda _: (), lambda _: 4, today
    )


@cache
def book(today: date) -> RuleBook:
    at = loaded_at(today)
    patterns: dict[str, Mapping[str, object]] = {}
    rules: dict[str, Mapping[str, object]] = {}
    for path in (*(f"config/rules/{name}.toml" for name in PACKS), "config/demo/rules.toml"):
        pack = read_pack(path, (ROOT / path).read_text(encoding="utf-8"), patterns)
        patterns |= pack.patterns
        rules |= pack.rules
    aliases = plan_catalogue(files(today)["catalogue.csv"].encode(), {}, {}, today, replace=False).changes
    scales = [(f"score_scale:{source.name}", source.score_scale) for source in sources()]
    return RuleBook(
        rules=tuple(
            KnownRule(rule_from(item), digest(item), None, None, at, None) for item in rules.values()
        ),
        patterns=tuple(KnownPattern(pattern_from(item), at, None) for item in patterns.values()),
        aliases=tuple(
            Alias(change.key[0], change.key[1], at, None) for change in aliases if change.table == "aliases"
        ),
        policies=tuple(
            KnownPolicy(name, value, at, None) for name, value in [("time_zone", "Europe/Berlin"), *scales]
        ),
    )


@cache
def records(today: date) -> Mapping[str, tuple[LearningRecord, ...]]:
    """Return what is stored, by agent key; voided statements are known to be so."""
    kinds = {source.name: source.kind for source in sources()}
    at = loaded_at(today) + timedelta(minutes=1)
    stored = {item.statement["id"]: item for item in everything(today) if item.expected == "stored"}
    voided = {
        item.statement["object"]["id"]: item.statement["id"]
        for item in stored.values()
        if item.statement["verb"]["id"].endswith("/voided")
    }
    found: dict[str, list[LearningRecord]] = defaultdict(list)
    for statement_id, item in stored.items():
        key = agent_key(item.statement["actor"])
        found[key].append(
            read_record(
                StoredStatement(
                    statement_id,
                    key,
                    item.source,
                    kinds[item.source],
                    at,
                    datetime.fromisoformat(item.statement["timestamp"]),
                    at + timedelta(minutes=1) if statement_id in voided else None,
                    voided.get(statement_id),
                    json.dumps(item.statement).encode(),
                )
            )
        )
    return {key: tuple(items) for key, items in found.items()}


def person_causes(today: date, person_id: str, joined: tuple[str, ...] = ()) -> PersonCauses:
    """Return the causes of a person, with the accounts `joined` as if HR had added them."""
    at = loaded_at(today)
    identities = [
        IdentityCause(key[0], span.begin, span.end, at, None)
        for key, timeline in roster(today)["identities"].items()
        if key[1] == person_id
        for span in timeline
    ]
    identities += [IdentityCause(key, None, None, at, None) for key in joined]
    return PersonCauses(
        person_id=person_id,
        records=tuple(record for cause in identities for record in records(today).get(cause.agent_key, ())),
        identities=tuple(identities),
        awards=tuple(_award_cause(award, at) for award in awards(today) if award.person_id == person_id),
    )


def _award_cause(award: Award, at: datetime) -> AwardCause:
    return AwardCause(
        award_id=award.award_id,
        kind=award.kind,
        object_key=award.object_key or f"award:{award.skill_iri}",
        skill_iri=award.skill_iri,
        level=award.level,
        strength=award.strength,
        achieved_on=award.achieved_on,
        last_valid_day=award.last_valid_day,
        authenticity=award.authenticity,
        known_from=at,
        known_to=None,
    )


@cache
def derived(today: date, person_id: str) -> Derived:
    return derive(person_causes(today, person_id), book(today))


def _unbroken(spans: list[tuple[date | None, date | None]], day: date) -> date | None:
    """Return the first day of the unbroken time up to `day`; None where it has no beginning."""
    begin: date | None = day
    moved = True
    while moved and begin is not None:
        moved = False
        for first, end in spans:
            covers = (first is None or first <= begin) and (end is None or begin <= end)
            if covers and (first is None or first < begin):
                begin, moved = first, True
                break
    return begin


@cache
def company(today: date) -> Company:
    """Return the demo company on `today` with everything that is known then."""
    tables = roster(today)
    teams = {
        key[0]: TeamOnDay(key[0], span.values[0], span.values[1], span.values[2])
        for key, timeline in tables["teams"].items()
        for span in timeline
        if span.covers(today)
    }
    known_on = loaded_at(today) + timedelta(hours=1)
    bare = Company(today, known_on, teams, {}, {}, (), (), (), {}, Strength.COMPLETED)
    people = {
        key[0]: _person(today, bare, key[0], str(timeline[-1].values[0]))
        for key, timeline in tables["people"].items()
    }
    changes = plan_requirements(
        files(today)["requirements.csv"].encode(), {}, {}, frozenset(teams), STEPS, today, replace=False
    )
    return Company(
        as_of=today,
        known_on=known_on,
        teams=teams,
        people=people,
        role_names={},
        requirements=tuple(
            _requirement(number, change.key, change.added)
            for number, change in enumerate(changes)
            if change.table == "requirements"
        ),
        exemptions=tuple(
            ExemptionRow(key[0], key[1] or None, key[2] or None, span.values[0], span.end)
            for key, timeline in tables["exemptions"].items()
            for span in timeline
            if span.covers(today)
        ),
        crosswalks=(),
        evidence={person_id: derived(today, person_id).rows for person_id in people},
        least_strength=Strength.COMPLETED,
    )


def _person(today: date, company: Company, person_id: str, name: str) -> PersonOnDay:
    tables = roster(today)
    spells = [
        (key[1], key[2], span)
        for key, timeline in tables["memberships"].items()
        if key[0] == person_id
        for span in timeline
    ]
    scopes: dict[str, date | None] = {}
    for team_id, _, span in spells:
        if span.covers(today):
            for above in company.ancestors(team_id):
                within = [
                    (other.begin, other.end)
                    for other_id, _, other in spells
                    if above in company.ancestors(other_id)
                ]
                scopes[above] = _unbroken(within, today)
    leave = tables["attributes"].get((person_id, "x_leave"), ())
    return PersonOnDay(
        person_id=person_id,
        name=name,
        manager_id=None,
        teams=tuple((team_id, kind) for team_id, kind, span in spells if span.covers(today)),
        scopes=tuple(scopes.items()),
        assignments=tuple(
            (key[1], key[2], span.begin)
            for key, timeline in tables["assignments"].items()
            if key[0] == person_id
            for span in timeline
            if span.covers(today)
        ),
        on_leave=bool(leave and leave[-1].values[0]),
    )


def _requirement(number: int, key: Key, timeline: Timeline) -> RequirementRow:
    span = timeline[-1]
    level, headcount, strength, due = span.values
    return RequirementRow(
        row_id=number,
        scope="role" if key[0] == "role" else "team",
        scope_id=key[1],
        skill_iri=key[2],
        level=level,
        headcount=headcount,
        importance=key[3],  # type: ignore[arg-type]  # the importer checked that it is one of the three
        min_strength=strength_from(strength) if strength else None,
        due_within=due,
        valid_from=span.begin,
    )


@cache
def sheet(today: date) -> Sheet:
    return Sheet(company(today))
