"""Rules and patterns as data: read from TOML, kept as JSON, compared by digest.

A pattern says what counts at a sender without naming skills; a rule says what a learning object gives. The version of a
rule is the digest of the parsed rule with the pattern it uses, not of its file (docs/rules.md).
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Literal

from lms_bridge.errors import FileProblem, FileRefusedError, InvalidInputError
from lms_bridge.periods import parse_period
from lms_bridge.skills.strengths import strength_from
from lms_bridge.skills.text_patterns import matcher
from lms_bridge.xapi.instants import duration_seconds

TEXT_KEYS = (
    "source_kind",
    "source",
    "platform",
    "language",
    "verb",
    "activity_type",
    "activity",
    "object",
    "parent",
    "grouping",
    "category",
    "not_launch_mode",
)
GATE_KEYS = ("completion", "success")
NUMBER_KEYS = ("score_min", "duration_min")
WHEN_KEYS = frozenset((*TEXT_KEYS, *GATE_KEYS, *NUMBER_KEYS, "extension"))
CANONICAL = ("object", "parent", "grouping", "course_key", "main_content")
RULE_KEYS = frozenset(
    {
        "id",
        "uses",
        "when",
        "needs",
        "gives",
        "withdrawn_by",
        "applies_from",
        "applies_to",
        "counts",
        "title",
        "why",
    }
)
PATTERN_KEYS = frozenset({"id", "canonical", "when", "withdrawn_by", "counts", "title", "why"})
GIVES_KEYS = frozenset(
    {
        "skill",
        "level",
        "level_by_score",
        "strength",
        "valid_for",
        "valid_until",
        "renew_window",
        "renew_from",
    }
)

Gate = bool | Literal["not_false"]
Effect = Literal["ended", "never_held"]


@dataclass(frozen=True, slots=True)
class When:
    """Conditions on one statement: all that are given must hold, a list means any of."""

    texts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    gates: tuple[tuple[str, Gate], ...] = ()
    score_min: Decimal | None = None
    duration_min: str | None = None
    extensions: tuple[tuple[str, str], ...] = ()

    def text(self, key: str) -> tuple[str, ...]:
        """Return the patterns of a text condition, empty where it is not given."""
        return dict(self.texts).get(key, ())


@dataclass(frozen=True, slots=True)
class Gives:
    """What a match gives. `levels_by_score` are (threshold 0..1, level), lowest first; below the lowest: no evidence."""

    skill_iri: str
    level: int | None
    levels_by_score: tuple[tuple[Decimal, int], ...]
    strength: str
    valid_for: str | None
    valid_until: tuple[int, int] | None
    renew_window: str | None
    renew_from: Literal["achievement", "previous_expiry"]


@dataclass(frozen=True, slots=True)
class Needs:
    """Several learning objects make one fact, achieved with the n-th distinct one, all of them within `within`."""

    at_least: int
    of: tuple[str, ...]
    within: str | None


@dataclass(frozen=True, slots=True)
class WithdrawnBy:
    """Which later statement on the same learning object takes the fact back, and how."""

    verbs: tuple[str, ...]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Pattern:
    """What counts at a sender; with `counts = false`, what looks like learning there and proves nothing."""

    pattern_id: str
    canonical: str
    when: When
    withdrawn_by: WithdrawnBy | None
    counts: bool
    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with the pattern it uses. `applies_to` is the last day of achievement it applies to."""

    rule_id: str
    title: str
    uses: Pattern | None
    when: When
    needs: Needs | None
    gives: tuple[Gives, ...]
    withdrawn_by: WithdrawnBy | None
    applies_from: date | None
    applies_to: date | None
    counts: bool
    why: str

    @property
    def taken_back_by(self) -> WithdrawnBy | None:
        """The rule's own, else its pattern's."""
        return self.withdrawn_by or (self.uses.withdrawn_by if self.uses else None)

    @property
    def canonical(self) -> str:
        """Which activity of the statement is the learning object."""
        return self.uses.canonical if self.uses else "object"


@dataclass(frozen=True, slots=True)
class Pack:
    """A parsed file: its name, its patterns and rules, each with the JSON document that is stored."""

    name: str
    patterns: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, Any]]


def digest(document: Mapping[str, Any]) -> str:
    """Return the version of a stored document: 16 hex digits of the SHA-256 of its canonical JSON."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()[:16]


def canonical_json(document: Mapping[str, Any]) -> str:
    """Return the one JSON text of a document: sorted keys, no blanks, dates in ISO form."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def read_pack(
    file: str,
    text: str,
    known_patterns: Mapping[str, Mapping[str, Any]],
    packs: Mapping[str, str] | None = None,
) -> Pack:
    """Parse one TOML file; a rule may use patterns of the file or of `known_patterns` (id → document).

    `packs` tells the pack of a known pattern: those of this file's own pack are replaced by the file, so do not count.

    Raises:
        FileRefusedError: with every fault found.
    """
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise FileRefusedError([FileProblem(file, 0, "", "", f"not readable as TOML: {error}")]) from error
    problems: list[FileProblem] = []
    unknown = sorted(set(data) - {"pack", "pattern", "rule"})
    problems += [
        FileProblem(file, 0, key, "", "no such key; a pack has pack, pattern and rule") for key in unknown
    ]
    name = data.get("pack", file.rsplit("/", 1)[-1].removesuffix(".toml"))
    if not isinstance(name, str) or not name.strip():
        problems.append(FileProblem(file, 0, "pack", str(name), "is no name; write a text or leave it out"))
    known_patterns = {
        pattern_id: document
        for pattern_id, document in known_patterns.items()
        if packs is None or packs.get(pattern_id) != name
    }
    patterns: dict[str, dict[str, Any]] = {}
    rules: dict[str, dict[str, Any]] = {}
    for kind, allowed, into in (("pattern", PATTERN_KEYS, patterns), ("rule", RULE_KEYS, rules)):
        items = data.get(kind, [])
        if not isinstance(items, list):
            problems.append(FileProblem(file, 0, kind, "", f"is no list of tables; write [[{kind}]]"))
            continue
        for number, item in enumerate(items, start=1):
            _collect(file, f"{kind} {number}", item, allowed, into, problems)
    documents: dict[str, dict[str, Any]] = {}
    for pattern_id, pattern in patterns.items():
        _try(file, f"pattern {pattern_id}", problems, lambda pattern=pattern: pattern_from(_plain(pattern)))
    for rule_id, rule in rules.items():
        used = rule.get("uses")
        pattern_document = (
            patterns.get(used) or known_patterns.get(used) if isinstance(used, str) and used else None
        )
        if used is not None and pattern_document is None:
            near = ", ".join(sorted({*patterns, *known_patterns})[:8])
            problems.append(
                FileProblem(file, 0, f"rule {rule_id}, uses", str(used), f"no such pattern; known: {near}")
            )
            continue
        document = {
            "rule": _plain(rule),
            **({"pattern": _plain(pattern_document)} if pattern_document else {}),
        }
        _try(file, f"rule {rule_id}", problems, lambda document=document: rule_from(document))
        documents[rule_id] = document
    if problems:
        raise FileRefusedError(problems)
    return Pack(name, {key: _plain(value) for key, value in patterns.items()}, documents)


def _collect(
    file: str,
    place: str,
    item: Any,
    allowed: frozenset[str],
    into: dict[str, dict[str, Any]],
    problems: list[FileProblem],
) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
        problems.append(FileProblem(file, 0, place, "", "give it an id, a text"))
        return
    named = f"{place} ({item['id']})"
    remedy = f"no such key; allowed: {', '.join(sorted(allowed))}"
    problems.extend(FileProblem(file, 0, named, key, remedy) for key in sorted(set(item) - allowed))
    if item["id"] in into:
        problems.append(
            FileProblem(file, 0, place, item["id"], "this id stands twice in the file; rename one")
        )
        return
    into[item["id"]] = item


def _try(file: str, place: str, problems: list[FileProblem], read: Any) -> None:
    try:
        read()
    except InvalidInputError as error:
        problems.append(FileProblem(file, 0, place, "", str(error)))


def _plain(value: Any) -> Any:
    """Turn TOML values into JSON ones that compare by content: dates, times and decimals become text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def pattern_from(document: Mapping[str, Any]) -> Pattern:
    """Build a pattern from its document.

    Raises:
        InvalidInputError: a value is not allowed.
    """
    canonical = str(document.get("canonical", "object"))
    if canonical not in CANONICAL:
        raise InvalidInputError(f"canonical {canonical!r} is none of {', '.join(CANONICAL)}")
    when = _when(document.get("when", {}))
    if when == When():
        raise InvalidInputError("the pattern would match every statement; state conditions (when)")
    return Pattern(
        pattern_id=str(document["id"]),
        canonical=canonical,
        when=when,
        withdrawn_by=_withdrawn_by(document.get("withdrawn_by")),
        counts=_boolean("counts", document.get("counts", True)),
        why=str(document.get("why", "")),
    )


def rule_from(document: Mapping[str, Any]) -> Rule:
    """Build a rule from `{"rule": …, "pattern": …}`.

    Raises:
        InvalidInputError: a value is not allowed; the message names it and what is.
    """
    rule = document["rule"]
    counts = _boolean("counts", rule.get("counts", True))
    given = rule.get("gives", [])
    if not isinstance(given, list):
        raise InvalidInputError("gives is no list of tables; write [[rule.gives]]")
    gives = tuple(_gives(item) for item in given)
    if counts and not gives:
        raise InvalidInputError(
            "a rule that counts gives something; add [[rule.gives]] or set counts = false"
        )
    needs = _needs(rule.get("needs"))
    when = _when(rule.get("when", {}))
    if not rule.get("uses") and when == When() and needs is None:
        raise InvalidInputError(
            "the rule would match every statement; name a pattern (uses) or conditions (when)"
        )
    uses = pattern_from(document["pattern"]) if "pattern" in document else None
    if counts and uses is not None and not uses.counts:
        raise InvalidInputError(
            f"pattern {uses.pattern_id!r} says what never counts; use another one, or none"
        )
    begin, last = _day("applies_from", rule.get("applies_from")), _day("applies_to", rule.get("applies_to"))
    if begin is not None and last is not None and last < begin:
        raise InvalidInputError(f"applies_to {last} lies before applies_from {begin}")
    return Rule(
        rule_id=str(rule["id"]),
        title=str(rule.get("title", "")),
        uses=uses,
        when=when,
        needs=needs,
        gives=gives,
        withdrawn_by=_withdrawn_by(rule.get("withdrawn_by")),
        applies_from=begin,
        applies_to=last,
        counts=counts,
        why=str(rule.get("why", "")),
    )


def _when(data: Any) -> When:
    if not isinstance(data, Mapping):
        raise InvalidInputError("when is a table of conditions")
    unknown = sorted(set(data) - WHEN_KEYS)
    if unknown:
        raise InvalidInputError(
            f"condition {unknown[0]!r} is unknown; conditions are {', '.join(sorted(WHEN_KEYS))}"
        )
    texts = tuple((key, _texts(key, data[key])) for key in TEXT_KEYS if key in data)
    gates = tuple((key, _gate(key, data[key])) for key in GATE_KEYS if key in data)
    duration = data.get("duration_min")
    if duration is not None:
        _check_duration(duration)
    extensions = data.get("extension", {})
    if not isinstance(extensions, Mapping):
        raise InvalidInputError('extension is a table: extension."<iri>" = value')
    return When(
        texts=texts,
        gates=gates,
        score_min=_number("score_min", data["score_min"]) if "score_min" in data else None,
        duration_min=str(duration) if duration is not None else None,
        extensions=tuple(sorted((key, json.dumps(value)) for key, value in extensions.items())),
    )


def _check_duration(value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidInputError(f"duration_min: {value!r} is no duration; write PT30M or P1D")
    if duration_seconds(value) is None:
        parse_period(value)


def _table(name: str, data: Any, allowed: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidInputError(f"{name}: {data!r} is no table; allowed in it: {', '.join(sorted(allowed))}")
    unknown = sorted(set(data) - allowed)
    if unknown:
        raise InvalidInputError(f"{name}: {unknown[0]!r} is unknown; allowed: {', '.join(sorted(allowed))}")
    return data


def _texts(key: str, value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, str) and item for item in items):
        raise InvalidInputError(f"{key}: {value!r} is no text and no list of texts")
    for item in items:
        matcher(item)
    return tuple(items)


def _gate(key: str, value: Any) -> Gate:
    if isinstance(value, bool):
        return value
    if value == "not_false":
        return "not_false"
    raise InvalidInputError(f'{key}: {value!r} is none of true, false, "not_false"')


def _boolean(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInputError(f"{key}: {value!r} is neither true nor false")
    return value


def _number(key: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
        is_inside = 0 <= number <= 1
    except ArithmeticError:
        raise InvalidInputError(f"{key}: {value!r} is no number") from None
    if not is_inside:
        raise InvalidInputError(f"{key}: {value} is out of range; scores are 0..1")
    return number


def _day(key: str, value: Any) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InvalidInputError(f"{key}: {value!r} is no date; write YYYY-MM-DD") from None


def _withdrawn_by(data: Any) -> WithdrawnBy | None:
    if data is None:
        return None
    data = _table("withdrawn_by", data, frozenset({"verb", "effect"}))
    effect = data.get("effect", "ended")
    if effect not in ("ended", "never_held"):
        raise InvalidInputError(f'withdrawn_by effect {effect!r} is neither "ended" nor "never_held"')
    return WithdrawnBy(_texts("withdrawn_by verb", data.get("verb", [])), effect)


def _needs(data: Any) -> Needs | None:
    if data is None:
        return None
    data = _table("needs", data, frozenset({"at_least", "of", "within"}))
    of = _texts("needs.of", data.get("of", []))
    if len(set(of)) != len(of):
        raise InvalidInputError(f"needs.of: {', '.join(of)} names an object twice; name each once")
    at_least = data.get("at_least")
    if not isinstance(at_least, int) or isinstance(at_least, bool) or not 1 <= at_least <= len(of):
        raise InvalidInputError(
            f"needs.at_least: {at_least!r} is no number from 1 to {len(of)}, the length of needs.of"
        )
    within = data.get("within")
    if within is not None:
        _period("needs.within", within)
    return Needs(at_least, of, within)


def _gives(data: Any) -> Gives:
    data = _table("gives", data, GIVES_KEYS)
    level, bands = data.get("level"), data.get("level_by_score")
    if (level is None) == (bands is None):
        raise InvalidInputError("gives: state either level or level_by_score")
    if level is not None and (not isinstance(level, int) or isinstance(level, bool) or level < 1):
        raise InvalidInputError(f"gives.level: {level!r} is no step of a scale; steps are 1, 2, 3 …")
    if not isinstance(data.get("skill"), str) or ":" not in data["skill"]:
        raise InvalidInputError(f"gives.skill: {data.get('skill')!r} is no IRI")
    for key in ("valid_for", "renew_window"):
        if data.get(key) is not None:
            _period(f"gives.{key}", data[key])
    renew_from = data.get("renew_from", "achievement")
    if renew_from not in ("achievement", "previous_expiry"):
        raise InvalidInputError(
            f'gives.renew_from: {renew_from!r} is neither "achievement" nor "previous_expiry"'
        )
    if data.get("valid_for") and data.get("valid_until"):
        raise InvalidInputError("gives: state either valid_for or valid_until, not both")
    return Gives(
        skill_iri=data["skill"],
        level=level,
        levels_by_score=_bands(bands),
        strength=strength_from(str(data.get("strength", ""))).label,
        valid_for=data.get("valid_for"),
        valid_until=_month_day(data.get("valid_until")),
        renew_window=data.get("renew_window"),
        renew_from=renew_from,
    )


def _period(key: str, value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidInputError(f"{key}: {value!r} is no duration; write P2Y, P6M or P90D")
    period = parse_period(value)
    if period.months == 0 and period.days == 0:
        raise InvalidInputError(f"{key}: {value!r} is no time at all; write P2Y, P6M or P90D")


def _bands(data: Any) -> tuple[tuple[Decimal, int], ...]:
    if data is None:
        return ()
    wrong = InvalidInputError(
        f"gives.level_by_score: {data!r}: thresholds and levels must rise, e.g. [[0.5, 2], [0.8, 3]]"
    )
    if not isinstance(data, list) or not data:
        raise wrong
    bands: list[tuple[Decimal, int]] = []
    for item in data:
        if not isinstance(item, list) or len(item) != 2:
            raise wrong
        threshold, level = _number("level_by_score", item[0]), item[1]
        if not isinstance(level, int) or isinstance(level, bool) or level < 1:
            raise wrong
        if bands and (threshold <= bands[-1][0] or level <= bands[-1][1]):
            raise wrong
        bands.append((threshold, level))
    return tuple(bands)


def _month_day(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    try:
        # 2000 is a leap year, so that 02-29 is a day.
        day = date.fromisoformat(f"2000-{value}")
    except ValueError:
        raise InvalidInputError(f'valid_until: {value!r} is no day of the year; write "12-31"') from None
    return day.month, day.day
