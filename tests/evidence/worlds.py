"""Random small worlds of causes, and a naive evaluation of them that shares no code with the product's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lms_bridge.evidence.causes import IdentityCause, KnownRule, PersonCauses, RuleBook
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.skills.catalogue import Alias
from lms_bridge.skills.records import LearningRecord
from tests.evidence.builders import (
    ACCOUNT,
    ADA,
    FAILED,
    PASSED,
    START,
    at,
    book,
    document,
    gives,
    identity,
    known_rule,
    life,
    on,
    policy,
    record,
)

OBJECTS = ("a", "b", "c")
FactKey = tuple[str, str, str, int, date, date | None, str]


@dataclass(frozen=True, slots=True)
class World:
    """The causes of one person, and the rule book with its documents by version."""

    records: tuple[LearningRecord, ...]
    identities: tuple[IdentityCause, ...]
    rules: tuple[KnownRule, ...]
    documents: Mapping[str, Mapping[str, Any]]
    aliases: tuple[Alias, ...]
    moves_zone_at: datetime | None

    @property
    def causes(self) -> PersonCauses:
        return life(*self.records, identities=self.identities)

    @property
    def book(self) -> RuleBook:
        zones = (
            [policy("time_zone", "Pacific/Auckland", known=self.moves_zone_at)] if self.moves_zone_at else []
        )
        return book(*self.rules, aliases=self.aliases, policies=zones)

    def instants(self) -> list[datetime]:
        """Return every instant at which a cause began or ceased to be known."""
        found = {START, self.moves_zone_at}
        for item in self.records:
            found |= {item.stored, item.voided_at}
        timed: list[IdentityCause | KnownRule | Alias] = [*self.identities, *self.rules, *self.aliases]
        for cause in timed:
            found |= {cause.known_from, cause.known_to}
        return sorted(instant for instant in found if instant is not None)


@st.composite
def records(draw: st.DrawFn) -> tuple[LearningRecord, ...]:
    found: list[LearningRecord] = []
    for number in range(draw(st.integers(1, 9))):
        day, hour = draw(st.integers(0, 40)), draw(st.sampled_from([2, 12, 12, 22]))
        stored = at(day, hour) + timedelta(hours=draw(st.integers(0, 600)))
        voided = draw(st.one_of(st.none(), st.none(), st.integers(0, 900)))
        found.append(
            record(
                f"s{draw(st.integers(0, 9))}{number}",
                day,
                hour=hour,
                verb=draw(st.sampled_from([PASSED, PASSED, PASSED, FAILED])),
                activity=draw(st.sampled_from(OBJECTS[:2] + OBJECTS)),
                stored=stored,
                voided_at=stored + timedelta(hours=voided) if voided is not None else None,
                agent=draw(st.sampled_from([ADA, ADA, ACCOUNT])),
            )
        )
    return tuple(found)


@st.composite
def documents(draw: st.DrawFn, rule_id: str) -> dict[str, Any]:
    """Draw one version of a rule: on every object, or a counted group of two."""
    validity = draw(
        st.sampled_from(
            [{}, {"valid_for": "P9D"}, {"valid_for": "P9D", "renew_window": "P4D"}, {"valid_until": "01-20"}]
        )
    )
    if "renew_window" in validity:
        validity = validity | {"renew_from": draw(st.sampled_from(["achievement", "previous_expiry"]))}
    effect = draw(st.sampled_from([None, "ended", "never_held"]))
    fields: dict[str, Any] = {"when": {"verb": [PASSED]}}
    if draw(st.booleans()):
        fields["needs"] = {"at_least": 2, "of": list(OBJECTS)} | draw(
            st.sampled_from([{}, {"within": "P12D"}])
        )
        effect = "never_held" if effect else None
    if effect:
        fields["withdrawn_by"] = {"verb": [FAILED], "effect": effect}
    return document(rule_id, [gives(draw(st.integers(1, 3)), **validity)], **fields)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    rules: list[KnownRule] = []
    by_version: dict[str, Mapping[str, Any]] = {}
    for rule_id in ("r1", "r2")[: draw(st.integers(1, 2))]:
        old, new = draw(documents(rule_id)), draw(documents(rule_id))
        turn = at(draw(st.integers(0, 60)), 7)
        match draw(st.sampled_from(["one", "from", "correction", "removed"])):
            case "one":
                rules.append(known_rule(old))
            case "from":
                day = on(draw(st.integers(0, 40)))
                rules.append(known_rule(old, until=turn))
                rules.append(known_rule(old, known=turn, applies_to=day))
                rules.append(known_rule(new, known=turn, applies_from=day))
            case "correction":
                rules += [known_rule(old, until=turn), known_rule(new, known=turn)]
            case _:
                rules.append(known_rule(old, until=turn))
        for written in (old, new):
            by_version[known_rule(written).version] = written
    joined = at(draw(st.integers(0, 60)), 6)
    identities = [
        identity(until=draw(st.sampled_from([None, None, on(20)]))),
        identity(
            ACCOUNT,
            since=draw(st.sampled_from([None, on(10)])),
            known=joined,
            known_to=draw(st.sampled_from([None, None, joined + timedelta(days=9)])),
        ),
    ]
    moved = at(draw(st.integers(0, 60)), 5)
    aliases = draw(
        st.sampled_from(
            [
                (),
                (Alias("b", "a", START, None),),
                (Alias("b", "a", moved, None),),
                (Alias("b", "a", START, moved), Alias("b", "c", moved, None)),
                (
                    Alias("b", "a", START, moved),
                    Alias("b", "a", moved, None, None, on(15)),
                    Alias("b", "c", moved, None, on(15), None),
                ),
            ]
        )
    )
    zone = draw(st.sampled_from([None, None, at(30, 4)]))
    return World(draw(records()), tuple(identities), tuple(rules), by_version, aliases, zone)


def known_in(found: Sequence[EvidenceRow], instant: datetime) -> list[FactKey]:
    """Return the facts that the product's rows say were known at an instant."""
    return sorted(
        (
            row.fact.rule_id or "",
            row.fact.rule_version or "",
            row.fact.object_key,
            row.fact.level,
            row.fact.achieved_on,
            row.fact.ended_on,
            row.fact.cited_id,
        )
        for row in found
        if row.known_at(instant)
    )


def naive(world: World, instant: datetime) -> list[FactKey]:
    """Work out the facts of one instant from nothing but what was known then."""
    zone = world.moves_zone_at is not None and world.moves_zone_at <= instant
    place = ZoneInfo("Pacific/Auckland" if zone else "UTC")
    seen: list[tuple[datetime, str, date, str, bool]] = []
    for item in world.records:
        if item.stored > instant or (item.voided_at is not None and item.voided_at <= instant):
            continue
        day = item.timestamp.astimezone(place).date()
        owners = [
            held
            for held in world.identities
            if held.agent_key == item.agent_key
            and _is_known(held.known_from, held.known_to, instant)
            and _covers(held.valid_from, held.valid_to, day)
        ]
        if not owners:
            continue
        key = item.activity or ""
        for alias in world.aliases:
            if (
                alias.pattern == item.activity
                and _is_known(alias.known_from, alias.known_to, instant)
                and _covers(alias.valid_from, alias.valid_to, day)
            ):
                key = alias.object_key
        seen.append((item.timestamp, item.statement_id, day, key, item.verb == PASSED))
    seen.sort(key=lambda item: (item[0], item[4], item[1]))
    found: list[FactKey] = []
    for rule_id in sorted({rule.rule.rule_id for rule in world.rules}):
        versions = [
            rule
            for rule in world.rules
            if rule.rule.rule_id == rule_id and _is_known(rule.known_from, rule.known_to, instant)
        ]
        found += _facts_of(world, rule_id, versions, seen)
    return sorted(found)


def _is_known(begin: datetime, end: datetime | None, instant: datetime) -> bool:
    return begin <= instant and (end is None or end > instant)


def _covers(begin: date | None, end: date | None, day: date) -> bool:
    return (begin or date.min) <= day < (end or date.max)


def _facts_of(
    world: World,
    rule_id: str,
    versions: Sequence[KnownRule],
    seen: Sequence[tuple[datetime, str, date, str, bool]],
) -> list[FactKey]:
    # A list of [series, achieved, ended, level, version, id, since]; the series is the object, or the group.
    facts: list[list[Any]] = []
    counted: dict[str, date] = {}
    for now, statement_id, day, key, is_pass in seen:
        if not is_pass:
            _end(world, facts, {rule.version for rule in versions}, day, key, now)
            continue
        judging = next(
            (rule.version for rule in versions if _covers(rule.applies_from, rule.applies_to, day)), None
        )
        if judging is None:
            continue
        rule = world.documents[judging]["rule"]
        if rule.get("withdrawn_by", {}).get("effect") == "never_held" and any(
            not other[4] and other[3] == key and other[0] > now for other in seen
        ):
            continue
        given = rule["gives"][0]
        series = f"group:{rule_id}" if "needs" in rule else key
        said = [
            fact
            for fact in facts
            if fact[0] == series
            and fact[1:2] + fact[3:5] == [day, given["level"], judging]
            and fact[2] != day
        ]
        if said:
            if "needs" not in rule:
                said[0][5] = min(said[0][5], statement_id)
            continue
        since = _counts_from(facts, series, day, given)
        if since is None:
            continue
        if "needs" in rule:
            counted[key] = day
            window = 12 if rule["needs"].get("within") else 10_000
            if len([one for one in counted.values() if (day - one).days <= window]) < 2:
                continue
            counted.clear()
        ended = None
        if "valid_for" in given:
            ended = since + timedelta(days=9)
        elif "valid_until" in given:
            ended = date(since.year + (since > date(since.year, 1, 20)), 1, 21)
        facts.append([series, day, ended, given["level"], judging, statement_id, now])
    best: dict[tuple[Any, ...], list[Any]] = {}
    for fact in facts:
        same = (fact[0], fact[3], fact[1], fact[4])
        other = best.get(same)
        if other is None or (fact[2] or date.max, other[5]) > (other[2] or date.max, fact[5]):
            best[same] = fact
    return [(rule_id, fact[4], fact[0], fact[3], fact[1], fact[2], fact[5]) for fact in best.values()]


def _end(
    world: World, facts: Sequence[list[Any]], versions: set[str], day: date, key: str, now: datetime
) -> None:
    ending = [
        version
        for version in versions
        if world.documents[version]["rule"].get("withdrawn_by", {}).get("effect") == "ended"
    ]
    for fact in facts:
        is_meant = fact[0] == key and fact[4] in ending and fact[6] < now
        if is_meant and (fact[2] is None or fact[2] > day):
            fact[2] = max(day, fact[1])


def _counts_from(
    facts: Sequence[Sequence[Any]], series: str, day: date, given: Mapping[str, Any]
) -> date | None:
    """Return the day from which a new fact is valid, None where one holds that cannot be renewed."""
    holding = [
        fact
        for fact in facts
        if fact[0] == series and fact[3] >= given["level"] and fact[1] <= day < (fact[2] or date.max)
    ]
    if not holding:
        return day
    if "renew_window" not in given or any(fact[2] is None or fact[1] == day for fact in holding):
        return None
    last: date = max(fact[2] for fact in holding)
    if day < last - timedelta(days=4):
        return None
    return last if given["renew_from"] == "previous_expiry" else day


def reordered(world: World, delays: Sequence[int]) -> World:
    """Return the same statements after other delays: each still within a day ahead, none in doubt."""
    moved: list[LearningRecord] = []
    for item, hours in zip(world.records, delays, strict=False):
        stored = item.timestamp + timedelta(hours=hours)
        voided = stored + timedelta(hours=hours) if item.voided_at is not None else None
        moved.append(replace(item, stored=stored, voided_at=voided))
    order = sorted(moved, key=lambda item: (item.stored, item.statement_id))
    return replace(world, records=tuple(order))
